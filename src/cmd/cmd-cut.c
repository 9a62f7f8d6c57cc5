// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido cut: make a test's image, and boot it. */
#include "cut-options.h"
#include "conf/net-kind.h"
#include "debug-option.h"
#include "cut/cut-image.h"
#include "lib/log.h"
#include "vm/backend.h"
#include "vm/boot.h"

struct cmd_cut_args {
	struct cut_args cut;
	const char *gdb;
};

static const struct option_spec cut_options[] = {
	OPTION_FLAG('B', "no-boot", struct cmd_cut_args, cut.no_boot,
		    "only make the image"),
	CUT_OPTION_FILE(struct cmd_cut_args, cut,
			"run FILE, a script or program, after the test's own scripts"),
	CUT_OPTION_COMMAND(
		struct cmd_cut_args, cut,
		"run the shell command CMD in the VM; -f and -x may be repeated and "
		"run in the order given"),
	OPTION_STRING('k', "kernel", "KERNEL", struct cmd_cut_args, cut.kernel,
		      "an image, a build tree, the root of an unpacked package, or a "
		      "release (default: KERNEL_SRC, the build tree in the current "
		      "directory, KERNEL_RELEASE, the running kernel, or the newest "
		      "installed)"),
	OPTION_STRING('o', "output", "IMAGE", struct cmd_cut_args, cut.output,
		      "write IMAGE instead of the configured file"),
	OPTION_CHOICE(
		0, "network", "KIND", struct cmd_cut_args, cut.network, NET_KIND_CHOICES,
		"the VM's network: " NET_KIND_LIST_ALL "; tap requires setup-network"),
	DEBUG_OPTION(struct cmd_cut_args, gdb),
	OPTION_END,
};

static int cut_and_boot(const struct invocation *call)
{
	_cleanup_(cut_result_release) struct cut_result result = CUT_RESULT_INIT;
	struct cmd_cut_args *cmd = call->args;
	struct cut_args *args = &cmd->cut;
	struct boot_request boot = { .network = args->network,
				     .debug = debug_option(cmd->gdb) };
	int status;

	args->vm_missing = backend_missing;
	status = cut_test(call->session, args, call->argv[0], &result);
	boot.image = result.image;
	boot.image_fd = result.image_fd;
	boot.notice = result.notice;
	if (status || !args->no_boot)
		return status ? status : boot_image(call->session, &boot);
	if (result.notice)
		log_info("%s", result.notice);
	return 0;
}

static void release_args(void *args)
{
	cut_args_release(&((struct cmd_cut_args *)args)->cut);
}

const struct command cmd_cut = {
	.name = "cut",
	.summary = "make the image of TEST and boot it",
	.options = cut_options,
	.operands = "TEST",
	.operand = "test",
	.min_operands = 1,
	.max_operands = 1,
	.notes =
		"TEST is a name that 'rapido list' prints, or the path of a manifest (with a '/').\n",
	.flags = CMD_SESSION,
	.args_size = sizeof(struct cmd_cut_args),
	.release = release_args,
	.run = cut_and_boot,
};
