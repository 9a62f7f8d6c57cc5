// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's command line to the letter, and the memory for an image. */
#include "fixture.h"
#include "vm/spec.h"

#define MIB (1ULL << 20)

static struct vm_spec basic(void)
{
	struct vm_spec spec = VM_SPEC_INIT;

	spec.slot = 1;
	spec.words = (struct vm_words){ .console = "ttyS0",
					.channel = "ttyS1",
					.params = "no_timer_check" };
	return spec;
}

#define PARAMS_1                                        \
	"rdinit=/rdinit console=ttyS0 rapido.vm_num=1 " \
	"systemd.machine_id=72617069646f00000000000000000001"

static void assert_params(const struct vm_spec *spec, const char *expected)
{
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT;

	spec_kernel_params(spec, &line);
	assert_string_equal(line.buf, expected);
}

DEFINE_TEST(kernel_params__minimum__as_compat_lists_it)
{
	struct vm_spec spec = basic();

	assert_params(&spec, PARAMS_1 " no_timer_check");
	spec.words.params = NULL;
	assert_params(&spec, PARAMS_1);
}

/* What a back end says of its consoles. */
DEFINE_TEST(kernel_params__other_words__in_their_places)
{
	struct vm_spec spec = basic();

	spec.words = (struct vm_words){ .console = "tty0",
					.channel = "ttyS7",
					.params = "ubd.name=scratch" };
	spec.channel = 5;
	assert_params(&spec, "rdinit=/rdinit console=tty0 rapido.vm_num=1 "
			     "systemd.machine_id=72617069646f00000000000000000001 "
			     "rapido.channel=ttyS7 rapido.alone=1 ubd.name=scratch");
}

DEFINE_TEST(kernel_params__highest_slot__32_digits_of_machine_id)
{
	struct vm_spec spec = basic();
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT;
	const char *id;

	spec.slot = 999;
	spec_kernel_params(&spec, &line);
	assert_contains(line.buf, " rapido.vm_num=999 ");
	id = strstr(line.buf, "systemd.machine_id=");
	assert_non_null(id);
	id += strlen("systemd.machine_id=");
	assert_int_equal(strspn(id, "0123456789abcdef"), 32);
	assert_int_equal(id[32], ' ');
}

DEFINE_TEST(kernel_params__all__in_compats_order)
{
	struct vm_spec spec = basic();

	spec.rows = 24;
	spec.cols = 80;
	spec.hostname = "node.example.org";
	spec.term = "xterm";
	spec.image_append = "mitigations=off";
	spec.append = "slub_debug quiet";
	spec.kernel_params = "debug loglevel=7";
	assert_params(&spec, PARAMS_1
		      " rapido.stty=24,80 rapido.hostname=node.example.org TERM=xterm "
		      "no_timer_check mitigations=off slub_debug quiet "
		      "debug loglevel=7");
}

DEFINE_TEST(kernel_params__size_half_known__no_stty)
{
	struct vm_spec spec = basic();

	spec.rows = 24;
	assert_params(&spec, PARAMS_1 " no_timer_check");
}

DEFINE_TEST(kernel_params__unattended__ends_at_a_panic)
{
	struct vm_spec spec = basic();

	spec.unattended = true;
	spec.kernel_params = "panic=5";
	/* the user's own come last and win */
	assert_params(&spec,
		      PARAMS_1 " rapido.unattended=1 panic=-1 no_timer_check panic=5");
}

DEFINE_TEST(kernel_params__run__agent_is_told)
{
	struct vm_spec spec = basic();

	spec.unattended = true;
	spec.run = true;
	assert_params(&spec, PARAMS_1 " rapido.unattended=1 panic=-1 rapido.run=1 "
				      "printk.time=1 init=/rdinit no_timer_check");
	spec.stay = true;
	assert_params(&spec, PARAMS_1 " rapido.unattended=1 panic=-1 rapido.run=1 "
				      "printk.time=1 init=/rdinit rapido.stay=1 "
				      "no_timer_check");
	spec.stay = false;
	spec.merge = true;
	spec.channel = 5;
	spec.port = 6;
	spec.kernel_params = "printk.time=0";
	/* the user's own come last and win */
	assert_params(&spec, PARAMS_1
		      " rapido.unattended=1 panic=-1 rapido.run=1 printk.time=1 "
		      "init=/rdinit rapido.merge=1 rapido.channel=ttyS1 no_timer_check "
		      "printk.time=0");
	spec.port = VM_FD_NONE;
	assert_params(&spec, PARAMS_1
		      " rapido.unattended=1 panic=-1 rapido.run=1 printk.time=1 "
		      "init=/rdinit rapido.merge=1 rapido.channel=ttyS1 rapido.alone=1 "
		      "no_timer_check printk.time=0");
}

/* In an interactive boot too, for `rapido stop`. */
DEFINE_TEST(kernel_params__serial_channel_no_run__channel_only)
{
	struct vm_spec spec = basic();

	spec.channel = 5;
	assert_params(&spec,
		      PARAMS_1 " rapido.channel=ttyS1 rapido.alone=1 no_timer_check");
}

static const struct vm_nic two_nics[] = {
	{ "tap3", "b8:00:00:01:00:03", NET_TAP, 7, NULL, 0, 0 },
	{ "tap4", "b8:00:00:02:00:03", NET_LAN, 8, NULL, 0, 0 },
};

DEFINE_TEST(kernel_params__nics__macs_by_their_devices)
{
	struct vm_spec spec = basic();

	spec.nics = two_nics;
	spec.nr_nics = 2;
	assert_params(&spec, PARAMS_1 " net.ifnames=0 rapido.mac.tap3=b8:00:00:01:00:03 "
				      "rapido.mac.tap4=b8:00:00:02:00:03 no_timer_check");
}

/* Of an image whose files have @files bytes together, and @names names. */
static uint64_t memory_for(uint64_t memory, uint64_t files, uint64_t names)
{
	const struct image_space space = { names, files, files, files };

	return spec_memory_for(memory, files, &space, 4096);
}

DEFINE_TEST(memory_for__small_image__what_was_asked)
{
	assert_int_equal(memory_for(512 * MIB, 20 * MIB, 200), 512 * MIB);
	assert_int_equal(memory_for(512 * MIB, 0, 0), 512 * MIB);
}

DEFINE_TEST(memory_for__big_image__room_to_unpack_it)
{
	uint64_t memory = memory_for(512 * MIB, 400 * MIB, 100);

	/* the archive, and a tmpfs of which its files may fill half */
	assert_true(memory > 1200 * MIB);
	assert_true(memory <= 1700 * MIB);
}

/* Small files have pages of their own, and empty ones an inode. */
DEFINE_TEST(memory_for__many_small_files__their_pages_and_inodes)
{
	const struct image_space files = { 60000, 60000ULL << 12, 60000ULL << 14,
					   60000ULL << 16 };
	const struct image_space empty = { .names = 80000 };

	assert_true(spec_memory_for(512 * MIB, 10 * MIB, &files, 4096) > 600 * MIB);
	assert_true(spec_memory_for(512 * MIB, 10 * MIB, &files, 4096) < 900 * MIB);
	assert_true(spec_memory_for(512 * MIB, 10 * MIB, &files, 16384) > 1900 * MIB);
	assert_true(spec_memory_for(512 * MIB, 10 * MIB, &files, 65536) > 7500 * MIB);
	assert_true(spec_memory_for(512 * MIB, 10 * MIB, &empty, 4096) > 750 * MIB);
}

DEFINE_TEST(memory_for__larger_image__never_less)
{
	uint64_t before = 0;

	for (uint64_t size = 0; size < 4096 * MIB; size += 13 * MIB + 7) {
		uint64_t memory = memory_for(256 * MIB, size, 1);

		assert_true(memory >= before);
		assert_true(memory > 3 * size);
		before = memory;
	}
}

DEFINE_TEST(memory_for__odd_sizes__whole_mib)
{
	assert_int_equal(memory_for(512 * MIB + 1, 0, 0), 513 * MIB);
	assert_int_equal(memory_for(64 * MIB, 300 * MIB + 1, 1) % MIB, 0);
}

DEFINE_TEST(kernel_params__shares__words_without_quotes)
{
	const struct vm_share shares[] = {
		{ .type = "9p", .tag = "rapido0", .path = "/a b\n%\"c", .fd = -1 },
		{ .type = "virtiofs",
		  .tag = "rapido1",
		  .path = "/d",
		  .writable = true,
		  .fd = -1 },
	};
	struct vm_spec spec = basic();

	spec.shares = shares;
	spec.nr_shares = 2;
	spec.user = "1000:100:100,5:me";
	spec.home = "/home/my self";
	assert_params(&spec, PARAMS_1 " rapido.share=9p:rapido0:ro:/a%20b%0a%25%22c "
				      "rapido.share=virtiofs:rapido1:rw:/d "
				      "rapido.user=1000:100:100,5:me "
				      "rapido.home=/home/my%20self no_timer_check");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
