// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido boot: boot an image that was cut before. */
#include <getopt.h>

#include "cmd/boot-run.h"

enum { OPT_NETWORK = 256 };

/* -1: go on; else the exit status. */
static int parse(int argc, char **argv, struct boot_request *args)
{
	static const struct option options[] = {
		{ "kernel", required_argument, NULL, 'k' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "network", required_argument, NULL, OPT_NETWORK },
		CMD_LONG_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	int c, status;

	while ((c = getopt_long(argc, argv, CMD_SHORT_OPTIONS "k:n", options, NULL)) !=
	       -1) {
		if (c == 'k')
			args->kernel = optarg;
		else if (c == 'n')
			args->dry_run = true;
		else if (c == OPT_NETWORK && !cmd_check_network(&cmd_boot, optarg))
			return 1;
		else if (c == OPT_NETWORK)
			args->network = optarg;
		else if ((status = cmd_common_option(&cmd_boot, c)) >= 0)
			return status;
	}
	if (argc - optind > 1)
		return cmd_usage_error(&cmd_boot, "more than one image is given");
	args->image = argv[optind];
	return -1;
}

static int run(int argc, char **argv)
{
	_cleanup_(session_release) struct session session = { 0 };
	struct boot_request args = { .image_fd = -1 };
	_cleanup_free_ char *last = NULL;
	int status = parse(argc, argv, &args);

	if (status >= 0)
		return status;
	if (session_init(&session))
		return 1;
	last = args.image ? NULL : session_last_image(&session);
	if (last)
		args.image = last;
	return boot_image(&session, &args);
}

const struct command cmd_boot = {
	.name = "boot",
	.summary = "boot the last image again, or IMAGE",
	.usage = "boot [-k KERNEL] [--network KIND] [--dry-run] [IMAGE]",
	.options =
		"  -k, --kernel KERNEL  another kernel than the one the image was cut for: an image,\n"
		"                       a build tree, an unpacked package's root, or a release\n"
		"      --network KIND   another kind of network than the image or NETWORK says: tap,\n"
		"                       lan, user, passt, none\n"
		"  -n, --dry-run        print the QEMU command instead of running it\n"
		"\n"
		"With a terminal on standard input you get the VM's console; leave with 'shutdown',\n"
		"'exit', or QEMU's Ctrl-a x. Without one the VM ends when its scripts have ended.\n",
	.run = run,
};
