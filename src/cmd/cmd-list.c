// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido list: the names of all tests. */
#include "cmd/cmd.h"
#include "conf/manifest.h"
#include "conf/recipe.h"
#include "lib/out.h"

struct list_args {
	bool with_summary;
};

static const struct option_spec list_options[] = {
	OPTION_FLAG('v', "verbose", struct list_args, with_summary,
		    "print the summary of each test as well"),
	OPTION_END,
};

static void print_test(const struct recipe *recipe, int width)
{
	_cleanup_free_ char *summary = NULL;

	if (recipe->script)
		summary = xstrdup("(a cut script)");
	else
		summary = manifest_read_summary(recipe->path);
	if (summary && *summary)
		out_print("%-*s  %s\n", width, recipe->name, summary);
	else
		out_print("%s\n", recipe->name);
}

static int list(const struct invocation *call)
{
	const struct list_args *args = call->args;
	_cleanup_(dirs_release) struct dirs dirs = { 0 };
	struct recipe *recipes;
	int width = 0;
	size_t nr;

	/* a mistake in rapido.conf does not matter here, so that is not read */
	if (dirs_init(&dirs))
		return 1;
	recipe_list(&dirs, &recipes, &nr);
	for (size_t i = 0; i < nr; i++)
		if ((int)strlen(recipes[i].name) > width)
			width = (int)strlen(recipes[i].name);
	for (size_t i = 0; i < nr; i++) {
		if (args->with_summary)
			print_test(&recipes[i], width);
		else
			out_print("%s\n", recipes[i].name);
		recipe_release(&recipes[i]);
	}
	free(recipes);
	return 0;
}

const struct command cmd_list = {
	.name = "list",
	.summary = "list the tests",
	.options = list_options,
	.args_size = sizeof(struct list_args),
	.run = list,
};
