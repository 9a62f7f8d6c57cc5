// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido shell: a prompt on a kernel, or a command with the terminal, without a test. */
#include <unistd.h>

#include "cut/cut-build.h"
#include "lib/log.h"
#include "vm/backend.h"
#include "vm/boot.h"
#include "vm-options.h"

struct shell_args {
	struct cut_args cut;
};

static const struct option_spec shell_options[] = {
	BUILD_OPTION(struct shell_args, cut.build),
	OPTION_END,
};

static int shell(const struct invocation *call)
{
	_cleanup_(cut_result_release) struct cut_result result = CUT_RESULT_INIT;
	struct cut_args *args = &((struct shell_args *)call->args)->cut;
	const struct strvec no_tests = STRVEC_INIT;
	const int failure = call->rest ? VM_NO_COMMAND : 1;
	struct boot_request boot = { .args = &args->vm,
				     .command = call->rest,
				     .quiet = !log_enabled(LOG_DEBUG) };

	/* scripts need nobody who types */
	if (!call->rest && !args->nr_scripts && !args->vm.dry_run &&
	    !isatty(STDIN_FILENO)) {
		log_error(
			"standard input is no terminal, which a prompt needs: use 'rapido "
			"run -- CMD' or 'rapido shell -- CMD'");
		return failure;
	}
	if (args->build && cut_build(call->session, args, &no_tests))
		return failure;
	args->vm_missing = backend_missing;
	args->quiet = true;
	cut_args_complete(args);
	if (!call->rest)
		cut_extras_add_directory(&args->extras);
	else if (cut_extras_add_command(&args->extras, call->rest, true))
		return failure;
	if (cut_test(call->session, args, NULL, &result))
		return failure;
	boot.image = result.image;
	boot.image_fd = result.image_fd;
	boot.notice = result.notice;
	return boot_image(call->session, &boot);
}

static void release_args(void *args)
{
	cut_args_release(&((struct shell_args *)args)->cut);
}

const struct command cmd_shell = {
	.name = "shell",
	.summary = "boot to a prompt, or run CMD on this terminal",
	.options = shell_options,
	.shared = { IMAGE_OPTIONS(struct shell_args, cut),
		    VM_OPTIONS(struct shell_args, cut.vm) },
	.operands = "[OPTION]... [-- CMD [ARG]...]",
	.notes =
		"The prompt is in a directory of the same name as the current one. With CMD the exit\n"
		"status is CMD's: 126 if it cannot be executed, 127 if it is not found, 128 + N if\n"
		"signal N ended it; and 125 if there is none, because the VM failed.\n",
	.flags = CMD_SESSION | CMD_REST,
	.args_size = sizeof(struct shell_args),
	.release = release_args,
	.run = shell,
};
