// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido why: the chain of reasons why a file is in an image. */
#include <errno.h>
#include <unistd.h>

#include "conf/recipe.h"
#include "cut/cut.h"
#include "lib/log.h"
#include "lib/out.h"
#include "lib/path.h"
#include "vm-options.h"

/* From the manifest line down to the entry @index. */
static void print_chain(const struct plan *plan, int index)
{
	_cleanup_free_ int *chain = xcalloc(plan->nr, sizeof(*chain));
	size_t nr = 0;

	for (; index >= 0; index = plan->entries[index].by)
		chain[nr++] = index;
	for (size_t depth = 0; depth < nr; depth++) {
		const struct plan_entry *e = &plan->entries[chain[nr - 1 - depth]];

		if (depth == 0)
			out_print("%s\n", e->why);
		out_print("%*s%s", (int)(2 * (depth + 1)), "", e->path);
		if (e->kind == PLAN_LINK)
			out_print(" -> %s", e->text);
		if (depth > 0)
			out_print("  (%s)", e->why);
		else if (e->implied)
			out_print("  (the directory of something)");
		out_print("\n");
	}
}

/* The test that the last image was cut for, and its kernel. Heap, or NULL after a
 * message. */
static char *last_test(const struct session *session, char **kernel)
{
	_cleanup_(image_info_release) struct image_info info = { 0 };
	_cleanup_free_ char *path = session_last_image(session);
	_cleanup_close_ int fd = -1;

	if (access(path, F_OK) < 0 && errno == ENOENT) {
		log_error("no image has been cut yet: name a test");
		return NULL;
	}
	fd = image_open(path);
	if (fd < 0 || image_read_info(&info, fd, path))
		return NULL;
	if (!info.test || info.no_test) {
		log_error(
			"image '%s' was cut without a test: name one, or what was behind "
			"'--' and the options of the image",
			path);
		return NULL;
	}
	*kernel = TAKE_PTR(info.kernel);
	return TAKE_PTR(info.test);
}

/* Find an entry by its path, or by its file name if @path has no slash. */
static int find_entry(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->nr && !strchr(path, '/'); i++)
		if (streq(path_basename(plan->entries[i].path), path))
			return (int)i;
	return strchr(path, '/') ? plan_find(plan, path) : -1;
}

/* @test: NULL for what @args adds alone. */
static int explain(const struct session *session, const char *path,
		   const struct cut_args *args, const char *test, const char *kernel)
{
	_cleanup_(recipe_release) struct recipe recipe = RECIPE_INIT;
	_cleanup_(cut_release) struct cut cut = CUT_INIT;
	struct cut_request request = {
		.conf = &session->conf,
		.dirs = &session->dirs,
		.kernel = args->vm.kernel ? args->vm.kernel : kernel,
		.extras = &args->extras,
		.scripts = args->scripts,
		.nr_scripts = args->nr_scripts,
		.no_boot = true,
		.tmp = session->dirs.state,
	};
	int index;

	if (test && recipe_get(&session->dirs, test, &recipe, NULL))
		return 1;
	if (recipe.script) {
		log_error(
			"'%s' is a cut script; its contents are only known after running it",
			test);
		return 1;
	}
	request.test = test ? recipe.name : "this command line";
	request.manifest = recipe.path;
	cut_resolve(&cut, &request);
	report_flush(&cut.report);
	index = find_entry(&cut.plan, path);
	if (index < 0) {
		log_error("'%s' would not be in the image of %s", path, request.test);
		return 1;
	}
	print_chain(&cut.plan, index);
	return 0;
}

static int why(const struct invocation *call)
{
	struct cut_args *args = call->args;
	_cleanup_free_ char *test = NULL, *kernel = NULL;

	if (call->rest && cut_extras_add_command(&args->extras, call->rest, false))
		return 1;
	if (call->argc > 1)
		test = xstrdup(call->argv[1]);
	else if (!args->extras.nr && !args->nr_scripts)
		test = last_test(call->session, &kernel);
	else
		return explain(call->session, call->argv[0], args, NULL, NULL);
	return test ? explain(call->session, call->argv[0], args, test, kernel) : 1;
}

static void release_args(void *args)
{
	cut_args_release(args);
}

const struct command cmd_why = {
	.name = "why",
	.summary = "say why a file would be in an image",
	.shared = { { image_options, 0, "Options of the image:" } },
	.operands = "[OPTION]... PATH [TEST] [-- CMD [ARG]...]",
	.operand = "path",
	.min_operands = 1,
	.max_operands = 2,
	.notes =
		"Prints the chain of reasons, from the manifest's line, the option or the command down\n"
		"to PATH, which may also be a plain file name. If neither a test nor a command or an\n"
		"option is given, it is the test of the last image.\n",
	.flags = CMD_SESSION | CMD_REST,
	.args_size = sizeof(struct cut_args),
	.release = release_args,
	.run = why,
};
