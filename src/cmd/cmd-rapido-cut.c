// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rapido-cut: the last command of an executable cut script. It reads a manifest, usually
 * from standard input, and the environment that `rapido cut` gave to the script.
 */
#include <unistd.h>

#include "lib/log.h"
#include "vm-options.h"

struct rapido_cut_args {
	struct cut_args cut;
	const char *manifest;
};

static const struct option_spec rapido_cut_options[] = {
	{ .kind = OPTION_KIND_STRING,
	  .letter = 'm',
	  .name = "manifest",
	  .arg = "FILE",
	  .help = "the manifest, often /dev/stdin",
	  .offset = OPTION_OFFSET(struct rapido_cut_args, manifest, const char *),
	  .required = true },
	OPTION_STRING('o', "output", "IMAGE", struct rapido_cut_args, cut.output,
		      "the image to write (default: RAPIDO_IMAGE, or IMAGE_PATH)"),
	OPTION_STRING('k', "kernel", "KERNEL", struct rapido_cut_args, cut.vm.kernel,
		      "as for 'rapido cut' (default: RAPIDO_KERNEL)"),
	OPTION_END,
};

/* Tell the `rapido cut` that runs our script what to boot. */
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

/* NULL if the variable is not set or empty. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int rapido_cut(const struct invocation *call)
{
	struct rapido_cut_args *args = call->args;
	struct cut_args *cut = &args->cut;
	_cleanup_free_ char *output = NULL, *cwd = NULL, *notice = NULL;
	const char *test = getenv("RAPIDO_TEST"), *extras = variable("RAPIDO_EXTRAS");
	int status;

	/* the -o, -k and --network of the `rapido cut` above us */
	if (!cut->output)
		cut->output = getenv("RAPIDO_IMAGE");
	if (!cut->vm.kernel)
		cut->vm.kernel = getenv("RAPIDO_KERNEL");
	cut->vm.network = variable("RAPIDO_NETWORK");
	if (extras && cut_extras_read(&cut->extras, extras))
		return 1;
	cut->run = variable("RAPIDO_RUN");
	cut->aside = variable("RAPIDO_ASIDE");
	cut->no_boot = true;
	/* the files of its -f and -x, which the script has put into the manifest */
	if (variable("RAPIDO_SCRIPTS"))
		strvec_split(&cut->user_scripts, variable("RAPIDO_SCRIPTS"), "\n");
	output = cut_output_path(call->session, cut);
	cwd = getcwd(NULL, 0);
	status = cut_to_image(call->session, cut, test ? test : "unnamed", args->manifest,
			      output, cwd, NULL, &notice);
	return status ? status : leave_note(output, notice);
}

static void release_args(void *args)
{
	cut_args_release(&((struct rapido_cut_args *)args)->cut);
}

const struct command cmd_rapido_cut = {
	.name = "rapido-cut",
	.summary = "write the image of a manifest",
	.options = rapido_cut_options,
	.shared = { SCRIPT_OPTIONS(struct rapido_cut_args, cut) },
	.flags = CMD_SESSION | CMD_PROGRAM,
	.args_size = sizeof(struct rapido_cut_args),
	.release = release_args,
	.run = rapido_cut,
};
