// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido cut: make a test's image, and boot it. */
#include <getopt.h>

#include "cmd/boot-run.h"
#include "cut/cut-test.h"
#include "lib/log.h"

struct cmd_cut_args {
	struct cut_args cut;
	const char *test;
};

enum { OPT_NETWORK = 256 };

/* -1: go on; else the exit status. */
static int parse(int argc, char **argv, struct cmd_cut_args *args)
{
	static const struct option options[] = {
		{ "no-boot", no_argument, NULL, 'B' },
		{ "file", required_argument, NULL, 'f' },
		{ "command", required_argument, NULL, 'x' },
		{ "kernel", required_argument, NULL, 'k' },
		{ "output", required_argument, NULL, 'o' },
		{ "network", required_argument, NULL, OPT_NETWORK },
		CMD_LONG_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	int c, status;

	while ((c = getopt_long(argc, argv, CMD_SHORT_OPTIONS "Bf:x:k:o:", options,
				NULL)) != -1) {
		if (c == 'B')
			args->cut.no_boot = true;
		else if (c == 'f')
			cut_args_add_file(&args->cut, optarg);
		else if (c == 'x')
			cut_args_add_command(&args->cut, optarg);
		else if (c == 'k')
			args->cut.kernel = optarg;
		else if (c == 'o')
			args->cut.output = optarg;
		else if (c == OPT_NETWORK && !cmd_check_network(&cmd_cut, optarg))
			return 1;
		else if (c == OPT_NETWORK)
			args->cut.network = optarg;
		else if ((status = cmd_common_option(&cmd_cut, c)) >= 0)
			return status;
	}
	if (argc - optind != 1)
		return cmd_usage_error(&cmd_cut, "%s test is given",
				       optind < argc ? "more than one" : "no");
	args->test = argv[optind];
	return -1;
}

static int cut_and_boot(const struct session *session, const struct cmd_cut_args *args)
{
	_cleanup_(cut_result_release) struct cut_result result = CUT_RESULT_INIT;
	int status = cut_test(session, &args->cut, args->test, &result);
	const struct boot_request boot = { .image = result.image,
					   .image_fd = result.image_fd,
					   .network = args->cut.network,
					   .notice = result.notice };

	if (status || !args->cut.no_boot)
		return status ? status : boot_image(session, &boot);
	if (result.notice)
		log_info("%s", result.notice);
	return 0;
}

static int run(int argc, char **argv)
{
	_cleanup_(session_release) struct session session = { 0 };
	struct cmd_cut_args args = { 0 };
	int status = parse(argc, argv, &args);

	if (status < 0)
		status = session_init(&session) ? 1 : cut_and_boot(&session, &args);
	cut_args_release(&args.cut);
	return status;
}

const struct command cmd_cut = {
	.name = "cut",
	.summary = "make the image of TEST and boot it",
	.usage =
		"cut [-B] [-f FILE]... [-x CMD]... [-k KERNEL] [-o IMAGE] [--network KIND] TEST",
	.options =
		"  -B, --no-boot        only make the image\n"
		"  -f, --file FILE      run FILE, a script or program, after the test's own scripts\n"
		"  -x, --command CMD    run the shell command CMD in the VM; -f and -x may be\n"
		"                       repeated and are run in the order given\n"
		"  -k, --kernel KERNEL  an image, a build tree, an unpacked package's root, or a\n"
		"                       release; without it: KERNEL_SRC, the build tree in the\n"
		"                       current directory, KERNEL_RELEASE, the running kernel, the\n"
		"                       newest that is there\n"
		"  -o, --output IMAGE   write IMAGE instead of the configured file\n"
		"      --network KIND   give the VM a network: tap (see setup-network), lan, user,\n"
		"                       passt; or none\n"
		"\n"
		"TEST is a name that 'rapido list' prints, or the path of a manifest (with a '/').\n",
	.run = run,
};
