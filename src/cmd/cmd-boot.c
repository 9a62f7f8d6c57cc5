// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido boot: boot an image that was cut before. */
#include "cmd/cmd.h"
#include "lib/log.h"
#include "vm/boot.h"
#include "vm-options.h"

struct boot_args {
	struct vm_args vm;
};

static int boot(const struct invocation *call)
{
	const struct boot_args *args = call->args;
	_cleanup_free_ char *image =
		call->argc ? xstrdup(call->argv[0]) : session_last_image(call->session);
	const struct boot_request request = {
		.image = image,
		.image_fd = -1,
		.kernel = args->vm.kernel,
		.args = &args->vm,
		.quiet = !log_enabled(LOG_INFO),
	};

	return boot_image(call->session, &request);
}

static void release_args(void *args)
{
	vm_args_release(&((struct boot_args *)args)->vm);
}

const struct command cmd_boot = {
	.name = "boot",
	.alias = "vm",
	.summary = "boot the last image again, or IMAGE",
	.shared = { VM_OPTIONS(struct boot_args, vm) },
	.operands = "[OPTION]... [IMAGE]",
	.operand = "image",
	.max_operands = 1,
	.notes =
		"If standard input is a terminal, it becomes the VM's console; leave it with\n"
		"'shutdown', 'exit', or Ctrl-a x. Otherwise the VM ends with its scripts.\n",
	.flags = CMD_SESSION,
	.args_size = sizeof(struct boot_args),
	.release = release_args,
	.run = boot,
};
