// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU as a back end: what is decided before it starts, and how it ended. */
#include <signal.h>
#include <sys/socket.h>

#include "kernel_fixture.h"
#include "vm/qemu.h"

static struct conf conf;
static struct vm_kernel kernel;
static struct vm_spec spec;
static struct vm_traits traits;
static void *machine;

static int setup(void **state)
{
	static char rapido_dir[] = "/nonexistent/rapido", dir[512];
	struct dirs dirs = { .rapido_dir = rapido_dir, .state = dir };

	if (fixture_make(state))
		return -1;
	snprintf(dir, sizeof(dir), "%s/state", fixture_dir);
	conf_init(&conf, &dirs);
	kernel = (struct vm_kernel){ xstrdup("/nonexistent/kernel"), .fd = -1 };
	spec = (struct vm_spec)VM_SPEC_INIT;
	spec.arch = arch_by_machine("x86_64");
	machine = NULL;
	return 0;
}

static int teardown(void **state)
{
	vm_qemu.release(machine);
	free(kernel.path);
	if (kernel.fd >= 0)
		close(kernel.fd);
	conf_release(&conf);
	return fixture_remove(state);
}

/* With the settings @text. */
static int prepare(const char *text)
{
	_cleanup_(report_release) struct report report = REPORT_INIT;

	assert_int_equal(conf_parse(&conf, "rapido.conf", text, &report), 0);
	return vm_qemu.prepare(&conf, &kernel, &spec, &traits, &machine);
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(prepare__tcg__emulated_as_the_user_asked)
{
	assert_int_equal(prepare("ACCEL=\"tcg\"\n"), 0);
	assert_string_equal(traits.accel, "tcg");
	assert_true(traits.emulated);
	assert_null(traits.why_emulated);
	assert_true(traits.has_console);
	assert_true(traits.has_port);
	assert_string_equal(spec.words.console, "ttyS0");
	assert_string_equal(spec.words.channel, "ttyS1");
	assert_string_equal(spec.words.params, "no_timer_check");
}

/* As on any host, because the kernel is for another architecture than one of the two. */
TEST(prepare__no_kvm__says_why_it_is_emulated)
{
	spec.arch = arch_by_machine(
		arch_native() == arch_by_machine("x86_64") ? "aarch64" : "x86_64");
	assert_int_equal(prepare("ACCEL=\"auto\"\n"), 0);
	assert_true(traits.emulated);
	assert_contains(traits.why_emulated, "because KVM cannot be used: the kernel is "
					     "for another architecture");
}

TEST(prepare__console_of_the_users__not_ours)
{
	assert_int_equal(prepare("QEMU_EXTRA_ARGS=\"-nographic -serial null\"\n"), 0);
	assert_false(traits.has_console);
}

TEST(prepare__open_quote__refused)
{
	struct capture capture = capture_start();
	int err = prepare("QEMU_EXTRA_ARGS=\"-append 'a\"\n");

	assert_contains(capture_stop(&capture), "QEMU_EXTRA_ARGS");
	assert_true(err < 0);
}

/* A bzImage, the last @cut bytes of which are missing. */
static void put_bzimage(size_t cut)
{
	unsigned char data[VMLINUX_SIZE], packed[3 * BZIMAGE_SIZE];
	size_t size;

	vmlinux(data, EM_X86_64, 18);
	size = packed_bzimage(packed, sizeof(packed), "zstd", data, sizeof(data));
	free(kernel.path);
	kernel.path = xstrdup(put_data("vmlinuz", packed, size - cut));
	kernel.fd = open(kernel.path, O_RDONLY | O_CLOEXEC);
	assert_true(kernel.fd >= 0);
}

/* Whether the VM gets the vmlinux that is in the image, of which it has the path. */
static bool is_unpacked(void)
{
	assert_true(ends_with(kernel.path, "/vmlinuz"));
	return kernel_image_has_pvh(kernel.fd);
}

TEST(prepare__bzimage_under_emulation__its_vmlinux)
{
	put_bzimage(0);
	assert_int_equal(prepare("ACCEL=\"tcg\"\n"), 0);
	assert_true(is_unpacked());
}

TEST(prepare__bzimage__its_vmlinux_only_if_wanted)
{
	put_bzimage(0);
	assert_int_equal(prepare("ACCEL=\"tcg\"\nBOOT_VMLINUX=\"no\"\n"), 0);
	assert_false(is_unpacked());
}

TEST(prepare__bzimage_and_another_firmware__its_vmlinux_only_if_wanted)
{
	put_bzimage(0);
	assert_int_equal(prepare("ACCEL=\"tcg\"\nQEMU_EXTRA_ARGS=\"-bios OVMF.fd\"\n"),
			 0);
	assert_false(is_unpacked());
	vm_qemu.release(machine);
	assert_int_equal(prepare("BOOT_VMLINUX=\"yes\"\n"), 0);
	assert_true(is_unpacked());
}

TEST(prepare__bzimage_with_kvm__its_vmlinux_if_wanted)
{
	put_bzimage(0);
	assert_int_equal(prepare("ACCEL=\"kvm\"\n"), 0);
	assert_false(is_unpacked());
	vm_qemu.release(machine);
	assert_int_equal(prepare("ACCEL=\"kvm\"\nBOOT_VMLINUX=\"yes\"\n"), 0);
	assert_true(is_unpacked());
}

TEST(prepare__damaged_bzimage__as_it_is)
{
	put_bzimage(1);
	assert_int_equal(prepare("ACCEL=\"tcg\"\n"), 0);
	assert_false(is_unpacked());
}

TEST(prepare__bzimage_in_a_dry_run__as_it_is)
{
	put_bzimage(0);
	kernel.dry_run = true;
	assert_int_equal(prepare("ACCEL=\"tcg\"\n"), 0);
	assert_false(is_unpacked());
}

TEST(prepare__same_bzimage_again__unpacked_once)
{
	struct stat first, again;

	put_bzimage(0);
	assert_int_equal(prepare("ACCEL=\"tcg\"\n"), 0);
	assert_int_equal(fstat(kernel.fd, &first), 0);
	close(kernel.fd);
	kernel.fd = open(kernel.path, O_RDONLY | O_CLOEXEC);
	vm_qemu.release(machine);
	assert_int_equal(prepare(""), 0);
	assert_int_equal(fstat(kernel.fd, &again), 0);
	assert_int_equal(first.st_ino, again.st_ino);
}

TEST(prepare__another_bzimage_of_the_same_name__unpacked_again)
{
	put_bzimage(0);
	assert_int_equal(prepare("ACCEL=\"tcg\"\n"), 0);
	assert_true(is_unpacked());
	close(kernel.fd);
	put_bzimage(1);
	vm_qemu.release(machine);
	assert_int_equal(prepare(""), 0);
	assert_false(is_unpacked());
}

TEST(missing__no_such_program__its_package)
{
	_cleanup_free_ char *lack = NULL;

	prepare("QEMU_BIN=\"/nonexistent/qemu\"\n");
	lack = vm_qemu.missing(&conf, spec.arch);
	assert_contains(lack, "'/nonexistent/qemu'");
	assert_contains(lack, "qemu-system-x86");
}

TEST(missing__program_is_there__nothing)
{
	prepare("QEMU_BIN=\"/bin/sh\"\n");
	assert_null(vm_qemu.missing(&conf, spec.arch));
}

/* QEMU says @words on its monitor and ends with @status. */
static struct vm_ending end_with(const char *words, int status)
{
	int qemu;

	assert_int_equal(prepare(""), 0);
	qemu = vm_qemu.monitor(machine);
	assert_true(qemu >= 0);
	assert_int_equal(write(qemu, words, strlen(words)), strlen(words));
	vm_qemu.started(machine);
	return vm_qemu.how_it_ended(machine, &(struct vm_traces){ status, "" });
}

#define SHUTDOWN(reason) \
	"{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"" reason "\"}}\n"

TEST(how_it_ended__powered_off__off)
{
	assert_int_equal(end_with(SHUTDOWN("guest-shutdown"), 0).end, VM_END_OFF);
}

TEST(how_it_ended__reset__reset)
{
	assert_int_equal(end_with(SHUTDOWN("guest-reset"), 0).end, VM_END_RESET);
}

TEST(how_it_ended__no_word_of_the_vm__never_ran)
{
	assert_int_equal(end_with("", 0).end, VM_END_NEVER_RAN);
}

/* QEMU 7.2 says nothing of a power-off there. */
TEST(how_it_ended__no_word_on_riscv__off)
{
	spec.arch = arch_by_machine("riscv64");
	assert_int_equal(end_with("", 0).end, VM_END_OFF);
}

TEST(how_it_ended__status__failed_or_killed)
{
	struct vm_ending ending = end_with("", 1);

	assert_int_equal(ending.end, VM_END_FAILED);
	assert_null(ending.fault);
	ending = vm_qemu.how_it_ended(machine, &(struct vm_traces){ 128 + SIGKILL, "" });
	assert_int_equal(ending.end, VM_END_KILLED);
	assert_null(ending.fault);
}

TEST(how_it_ended__forbidden_system_call__the_sandbox)
{
	struct vm_ending ending = end_with("", 128 + SIGSYS);

	assert_int_equal(ending.end, VM_END_KILLED);
	assert_contains(ending.fault, "was ended by its sandbox");
	assert_contains(ending.fault, "QEMU_SANDBOX=\"no\"");
}

/* An interactive VM has no monitor: it is believed. */
TEST(how_it_ended__no_monitor__by_the_status_alone)
{
	assert_int_equal(prepare(""), 0);
	assert_int_equal(vm_qemu.monitor_fd(machine), -1);
	assert_int_equal(vm_qemu.how_it_ended(machine, &(struct vm_traces){ 0, "" }).end,
			 VM_END_OFF);
}

TEST(backend_for__a_kernel__has_one)
{
	const struct kernel_image image = { .format = KERNEL_IMAGE_BZIMAGE,
					    .arch = spec.arch };

	assert_ptr_equal(backend_for(&image), &vm_qemu);
	assert_true(backend_is_process("qemu-system-x86"));
	assert_false(backend_is_process("sleep"));
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
