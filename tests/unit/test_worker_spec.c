// SPDX-License-Identifier: GPL-2.0-or-later
/* A VM's options on their way to a worker. */
#include <json-c/json.h>

#include "fixture.h"
#include "worker/worker-spec.h"

static struct dirs dirs = { .rapido_dir = (char *)"/r", .state = (char *)"/s" };

static void set_up_conf(struct conf *conf)
{
	conf_init(conf, &dirs);
}

/* The options with these arguments, as a worker reads them, whose settings are @there. */
static int carry(struct worker_spec *spec, const struct vm_options *options,
		 struct conf *there)
{
	_cleanup_(strbuf_release) struct strbuf json = STRBUF_INIT;

	worker_spec_format(&json, options);
	return worker_spec_parse(spec, json.buf, json.len, there);
}

DEFINE_TEST(worker_spec__what_the_command_line_asks__arrives)
{
	_cleanup_(conf_release) struct conf here, there;
	_cleanup_(worker_spec_release) struct worker_spec spec;
	_cleanup_(vm_args_release) struct vm_args args = { .network = "user",
							   .cpus = 3,
							   .memory = 1ULL << 40 };
	struct vm_options options = {
		.conf = &here, .args = &args, .release = "6.1.0 \"x\"", .merge = true
	};
	_cleanup_free_ char *why = NULL;

	set_up_conf(&here);
	set_up_conf(&there);
	strvec_pushl(&args.append, "a=\"b\"", "c\n", NULL);
	strvec_push(&args.machine_args, "-x");
	assert_int_equal(vm_args_add_disk(&args, "64M,name=scratch", &why), 0);
	assert_int_equal(carry(&spec, &options, &there), 0);
	assert_string_equal(spec.release, "6.1.0 \"x\"");
	assert_true(spec.merge);
	assert_false(spec.stay);
	assert_int_equal(spec.args.cpus, 3);
	assert_int_equal(spec.args.memory, 1ULL << 40);
	assert_string_equal(spec.args.network, "user");
	assert_strvec(&spec.args.append, "a=\"b\"", "c\n");
	assert_strvec(&spec.args.machine_args, "-x");
	assert_strvec(&spec.args.um_args, NULL);
	assert_int_equal(spec.args.nr_disks, 1);
	assert_string_equal(spec.args.disks[0].name, "scratch");
	assert_int_equal(spec.args.disks[0].size, 64 << 20);
}

/* Those about the VM are ours, also if they are not set; those about a host are its own.
 */
DEFINE_TEST(worker_spec__settings__of_the_vm_not_of_the_host)
{
	_cleanup_(conf_release) struct conf here, there;
	_cleanup_(worker_spec_release) struct worker_spec spec;
	const struct vm_options options = { .conf = &here };

	set_up_conf(&here);
	set_up_conf(&there);
	conf_set(&here, "APPEND", "debug");
	conf_set(&here, "QEMU_BIN", "/here/program");
	conf_set(&there, "MEMORY", "7G");
	conf_set(&there, "QEMU_BIN", "/there/program");
	conf_set(&there, "VIRTFS_SHARE_PATH", "/there");
	assert_int_equal(carry(&spec, &options, &there), 0);
	assert_string_equal(conf_get(&there, "APPEND"), "debug");
	assert_null(conf_get(&there, "MEMORY"));
	assert_string_equal(conf_get(&there, "QEMU_BIN"), "/there/program");
	assert_null(conf_get(&there, "VIRTFS_SHARE_PATH"));
	assert_null(spec.release);
	assert_int_equal(spec.args.cpus, 0);
}

DEFINE_TEST(worker_spec_parse__no_sense__einval)
{
	static const char *const wrong[] = {
		"",
		"[]",
		"{",
		"nonsense",
		"{\"disks\":[{\"name\":\"../a\",\"size\":1}]}",
		"{\"disks\":[{\"name\":\"a\"}]}",
		"{\"disks\":[7]}",
		"{\"disks\":[null]}",
	};
	static const char *const harmless[] = {
		"{}",
		"{\"cpus\":\"x\",\"memory\":-1,\"append\":7,\"settings\":[]}",
		"{\"append\":[null,1,[]]}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong) + ARRAY_SIZE(harmless); i++) {
		bool ok = i >= ARRAY_SIZE(wrong);
		const char *text = ok ? harmless[i - ARRAY_SIZE(wrong)] : wrong[i];
		struct worker_spec spec;
		struct conf conf;

		set_up_conf(&conf);
		assert_int_equal(worker_spec_parse(&spec, text, strlen(text), &conf),
				 ok ? 0 : -EINVAL);
		worker_spec_release(&spec);
		conf_release(&conf);
	}
}

DEFINE_TEST(worker_spec_objection__what_is_about_this_host__is_named)
{
	struct share share = { .dir = (char *)"/dir" };
	struct vm_disk_arg disk = { .file = (char *)"/disk", .name = (char *)"disk" };
	struct vm_args args = { .cpus = 1 };
	struct image_info info = { .cpus = 1 };
	struct vm_options options = { .args = &args, .info = &info };

	assert_null(worker_spec_objection(&options));
	args.disks = &disk;
	args.nr_disks = 1;
	assert_contains(worker_spec_objection(&options), "--disk");
	disk.file = NULL;
	assert_null(worker_spec_objection(&options));
	args.shares.v = &share;
	args.shares.nr = 1;
	assert_string_equal(worker_spec_objection(&options), "--share");
	args.shares.nr = 0;
	args.shares.root = "host";
	assert_contains(worker_spec_objection(&options), "--root");
	args.shares.root = NULL;
	options.debug = VM_DEBUG_ATTACH;
	assert_string_equal(worker_spec_objection(&options), "--gdb");
	options.debug = VM_DEBUG_NO;
	options.vmcore = 5;
	assert_contains(worker_spec_objection(&options), "--on-fault");
	options.vmcore = -1;
	assert_null(worker_spec_objection(&options));
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
