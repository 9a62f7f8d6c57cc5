// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido list: the names of all tests. */
#include <getopt.h>

#include "cmd/cmd.h"
#include "conf/manifest.h"
#include "lib/out.h"
#include "conf/recipe.h"

static void print(const struct recipe *recipe, bool long_form, int width)
{
	_cleanup_free_ char *summary = NULL;

	if (!long_form) {
		out_print("%s\n", recipe->name);
		return;
	}
	summary = recipe->script ? NULL : manifest_read_summary(recipe->path);
	out_print("%-*s  %s\n", width, recipe->name,
		  summary	   ? summary
		  : recipe->script ? "(a cut script)"
				   : "");
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		CMD_LONG_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	_cleanup_(dirs_release) struct dirs dirs = { 0 };
	struct recipe *list;
	bool long_form = false;
	int c, status, width = 0;
	size_t nr;

	while ((c = getopt_long(argc, argv, "hqv", options, NULL)) != -1) {
		long_form |= c == 'v';
		status = c == 'v' ? -1 : cmd_common_option(&cmd_list, c);
		if (status >= 0)
			return status;
	}
	if (optind < argc)
		return cmd_usage_error(&cmd_list, "'list' takes no arguments");
	if (dirs_init(&dirs))
		return 1;
	recipe_list(&dirs, &list, &nr);
	for (size_t i = 0; i < nr; i++)
		if ((int)strlen(list[i].name) > width)
			width = (int)strlen(list[i].name);
	for (size_t i = 0; i < nr; i++) {
		print(&list[i], long_form, width);
		recipe_release(&list[i]);
	}
	free(list);
	return 0;
}

const struct command cmd_list = {
	.name = "list",
	.summary = "list the tests",
	.usage = "list [-v]",
	.options = "  -v             with the summary of each\n",
	.run = run,
};
