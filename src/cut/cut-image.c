// SPDX-License-Identifier: GPL-2.0-or-later
/* A test to its image: by its manifest, or by its cut script. */
#include <fcntl.h>
#include <unistd.h>

#include "cut/cut-image.h"
#include "cut-script.h"
#include "lib/io.h"
#include "lib/live.h"
#include "lib/log.h"
#include "lib/out.h"
#include "lib/path.h"
#include "lib/tmpdir.h"

void cut_args_release(struct cut_args *args)
{
	free(args->scripts);
	strvec_release(&args->user_scripts);
	cut_extras_release(&args->extras);
	vm_args_release(&args->vm);
	free(args->objdir);
	*args = (struct cut_args){ 0 };
}

static void add_script(struct cut_args *args, struct cut_script script)
{
	ALLOC_GROW(args->scripts, args->nr_scripts, args->alloc_scripts);
	args->scripts[args->nr_scripts++] = script;
}

void cut_args_add_file(struct cut_args *args, const char *path)
{
	add_script(args, (struct cut_script){ .path = path });
}

void cut_args_add_command(struct cut_args *args, const char *command)
{
	add_script(args, (struct cut_script){ .command = command });
}

void cut_args_complete(struct cut_args *args)
{
	cut_extras_add_vm(&args->extras, &args->vm);
}

char *cut_output_path(const struct session *session, const struct cut_args *args)
{
	return path_absolute(args->output ? args->output
					  : conf_get(&session->conf, "IMAGE_PATH"));
}

/* One that the user names must exist. */
int cut_make_image_dir(const struct session *session, const char *output)
{
	_cleanup_free_ char *dir = path_dirname(output);
	int err = streq(dir, session->dirs.state) ? io_mkdir_p(dir) : 0;

	if (err)
		log_error("cannot make directory '%s': %s", dir, err_text(err));
	return err;
}

static int write_image(struct cut *cut, const char *output, bool quiet, int *image_fd)
{
	uint64_t size;

	if (image_write(&cut->plan, output, image_fd, &size))
		return 1;
	if (!image_fits(size, cut_initrd_max(cut), &cut->report)) {
		report_flush(&cut->report);
		return 1;
	}
	if (quiet) {
		log_debug("initramfs %s written (%llu bytes)", output,
			  (unsigned long long)size);
		return 0;
	}
	out_print("initramfs %s written (%llu bytes)\n", output,
		  (unsigned long long)size);
	/* before the VM writes to the same file; an error is reported at the end */
	out_flush();
	return 0;
}

int cut_to_image(const struct session *session, const struct cut_args *args,
		 const char *test, const char *manifest, const char *output,
		 const char *base, int *image_fd, char **notice)
{
	_cleanup_(cut_release) struct cut cut = CUT_INIT;
	const struct cut_request request = {
		.conf = &session->conf,
		.dirs = &session->dirs,
		.test = test,
		.manifest = manifest,
		.extras = &args->extras,
		.kernel = args->vm.kernel,
		.network = args->vm.network,
		.scripts = args->scripts,
		.nr_scripts = args->nr_scripts,
		.user_scripts = &args->user_scripts,
		.run = args->run,
		.no_boot = args->no_boot,
		.tmp = session->dirs.state,
		.base = base,
		.vm_missing = args->vm_missing,
	};
	int err;

	tmpdir_clean(request.tmp);
	live_say("cutting %s", test);
	err = cut_resolve(&cut, &request);
	report_flush(&cut.report);
	live_say("cutting %zu files", cut.plan.nr);
	err = err || cut_make_image_dir(session, output) ||
	      write_image(&cut, output, args->run || args->quiet, image_fd);
	live_end();
	if (err)
		return 1;
	if (!args->aside)
		session_set_last_image(session, output);
	*notice = kernel_notice(&cut.kernel);
	return 0;
}

void cut_result_release(struct cut_result *result)
{
	free(result->test);
	free(result->image);
	free(result->notice);
	if (result->image_fd >= 0)
		close(result->image_fd);
}

/* The image is opened at once, as another cut may replace it. */
static int cut_by_script(const struct session *session, const struct cut_args *args,
			 const struct recipe *recipe, const char *output,
			 struct cut_result *result)
{
	int status = cut_script_run(session, args, recipe, output, &result->image,
				    &result->notice);

	if (!status)
		result->image_fd = open(result->image, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return status;
}

int cut_test(const struct session *session, const struct cut_args *args, const char *name,
	     struct cut_result *result)
{
	_cleanup_(recipe_release) struct recipe recipe = RECIPE_INIT;
	_cleanup_free_ char *output = cut_output_path(session, args);

	if (share_args_check(&args->vm.shares))
		return 1;
	if (!name) {
		result->test = cut_extras_name(&args->extras);
		if (!result->test)
			result->test = xstrdup(args->nr_scripts ? "command" : "shell");
		result->image = TAKE_PTR(output);
		return cut_to_image(session, args, result->test, NULL, result->image,
				    NULL, &result->image_fd, &result->notice);
	}
	if (recipe_get(&session->dirs, name, &recipe, NULL))
		return 1;
	/* a test that was given by its path is found by that again */
	result->test = xstrdup(strchr(name, '/') ? recipe.path : recipe.name);
	if (recipe.script)
		return cut_by_script(session, args, &recipe, output, result);
	result->image = TAKE_PTR(output);
	return cut_to_image(session, args, result->test, recipe.path, result->image, NULL,
			    &result->image_fd, &result->notice);
}
