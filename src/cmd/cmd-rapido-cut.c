// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rapido-cut: what an executable cut script ends with. It has a manifest, usually on
 * standard input, and the environment that `rapido cut` gave to the script.
 */
#include <getopt.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cut/cut-run.h"
#include "lib/log.h"

static const char usage[] =
	"Usage: rapido-cut --manifest FILE [--output IMAGE] [--kernel KERNEL]\n"
	"                  [-f FILE]... [-x CMD]...\n";

static int parse(int argc, char **argv, struct cut_args *args, const char **manifest)
{
	static const struct option options[] = {
		{ "manifest", required_argument, NULL, 'm' },
		{ "output", required_argument, NULL, 'o' },
		{ "kernel", required_argument, NULL, 'k' },
		CMD_LONG_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	const char *network = getenv("RAPIDO_NETWORK");
	int c;

	/* the -o, -k and --network of the `rapido cut` above us */
	args->output = getenv("RAPIDO_IMAGE");
	args->kernel = getenv("RAPIDO_KERNEL");
	if (network && *network)
		args->network = network;
	while ((c = getopt_long(argc, argv, CMD_SHORT_OPTIONS "m:o:k:f:x:", options,
				NULL)) != -1) {
		if (c == 'm')
			*manifest = optarg;
		else if (c == 'o')
			args->output = optarg;
		else if (c == 'k')
			args->kernel = optarg;
		else if (c == 'f')
			cut_args_add_file(args, optarg);
		else if (c == 'x')
			cut_args_add_command(args, optarg);
		else if (c == 'q' || c == 'v')
			cmd_common_option(&cmd_rapido_cut, c);
		else {
			fputs(usage, c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 1;
		}
	}
	if (*manifest && optind == argc)
		return -1;
	fputs(usage, stderr);
	return 1;
}

/* The `rapido cut` that runs our script wants to know what there is to boot. */
static int leave_note(const char *image, const char *notice)
{
	const char *note = getenv("RAPIDO_NOTE");
	FILE *file = note ? fopen(note, "we") : NULL;

	if (!note && notice)
		log_info("%s", notice);
	if (!note ||
	    (file && fprintf(file, "%s%c%s", image, '\0', notice ? notice : "") >= 0 &&
	     fclose(file) == 0))
		return 0;
	log_error("cannot write '%s'", note);
	return 1;
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && *value;
}

static int run(int argc, char **argv)
{
	_cleanup_(cut_args_release) struct cut_args args = { .no_boot = true };
	_cleanup_(session_release) struct session session = { 0 };
	_cleanup_free_ char *output = NULL, *cwd = NULL, *notice = NULL;
	const char *manifest = NULL, *test = getenv("RAPIDO_TEST");
	int status = parse(argc, argv, &args, &manifest);

	if (status >= 0)
		return status;
	args.run = is_set("RAPIDO_RUN");
	args.aside = is_set("RAPIDO_ASIDE");
	if (session_init(&session))
		return 1;
	output = cut_output_path(&session, &args);
	cwd = getcwd(NULL, 0);
	status = cut_to_image(&session, &args, test ? test : "unnamed", manifest, output,
			      cwd, NULL, &notice);
	return status ? status : leave_note(output, notice);
}

const struct command cmd_rapido_cut = {
	.name = "rapido-cut",
	.summary = "write the image of a manifest",
	.usage = "rapido-cut",
	.run = run,
};
