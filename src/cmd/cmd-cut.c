// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido cut: make a test's image, and boot it. */
#include "cut/cut-build.h"
#include "lib/log.h"
#include "vm/backend.h"
#include "vm/boot.h"
#include "vm-options.h"

struct cmd_cut_args {
	struct cut_args cut;
};

static const struct option_spec cut_options[] = {
	OPTION_FLAG('B', "no-boot", struct cmd_cut_args, cut.no_boot,
		    "only make the image"),
	BUILD_OPTION(struct cmd_cut_args, cut.build),
	OPTION_END,
};

static int cut_and_boot(const struct invocation *call)
{
	_cleanup_(cut_result_release) struct cut_result result = CUT_RESULT_INIT;
	_cleanup_(strvec_release) struct strvec tests = STRVEC_INIT;
	struct cmd_cut_args *cmd = call->args;
	struct cut_args *args = &cmd->cut;
	struct boot_request boot = { .args = &args->vm, .quiet = !log_enabled(LOG_INFO) };
	int status;

	strvec_push(&tests, call->argv[0]);
	if (args->build && cut_build(call->session, args, &tests))
		return 1;
	args->vm_missing = backend_missing;
	cut_args_complete(args);
	status = cut_test(call->session, args, call->argv[0], &result);
	if (status)
		cmd_advise_program(call->session, call->argv[0]);
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
	.shared = { IMAGE_OPTIONS(struct cmd_cut_args, cut),
		    VM_OPTIONS(struct cmd_cut_args, cut.vm) },
	.operands = "[OPTION]... TEST",
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
