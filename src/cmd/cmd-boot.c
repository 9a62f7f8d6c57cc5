// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido boot: boot an image that was cut before. */
#include "cmd/cmd.h"
#include "conf/net-kind.h"
#include "debug-option.h"
#include "vm/boot.h"

struct boot_args {
	const char *kernel, *network, *gdb;
	bool dry_run;
};

static const struct option_spec boot_options[] = {
	OPTION_STRING(
		'k', "kernel", "KERNEL", struct boot_args, kernel,
		"boot KERNEL instead of the one the image was cut for: an image, a build "
		"tree, the root of an unpacked package, or a release"),
	OPTION_CHOICE(
		0, "network", "KIND", struct boot_args, network, NET_KIND_CHOICES,
		"the VM's network, instead of what the image or NETWORK says: " NET_KIND_LIST_ALL),
	DEBUG_OPTION(struct boot_args, gdb),
	OPTION_FLAG('n', "dry-run", struct boot_args, dry_run,
		    "print the command that starts the VM, instead of running it"),
	OPTION_END,
};

static int boot(const struct invocation *call)
{
	const struct boot_args *args = call->args;
	_cleanup_free_ char *image =
		call->argc ? xstrdup(call->argv[0]) : session_last_image(call->session);
	const struct boot_request request = {
		.image = image,
		.image_fd = -1,
		.kernel = args->kernel,
		.network = args->network,
		.debug = debug_option(args->gdb),
		.dry_run = args->dry_run,
	};

	return boot_image(call->session, &request);
}

const struct command cmd_boot = {
	.name = "boot",
	.alias = "vm",
	.summary = "boot the last image again, or IMAGE",
	.options = boot_options,
	.operands = "[IMAGE]",
	.operand = "image",
	.max_operands = 1,
	.notes =
		"If standard input is a terminal, it becomes the VM's console; leave it with\n"
		"'shutdown', 'exit', or Ctrl-a x. Otherwise the VM ends with its scripts.\n",
	.flags = CMD_SESSION,
	.args_size = sizeof(struct boot_args),
	.run = boot,
};
