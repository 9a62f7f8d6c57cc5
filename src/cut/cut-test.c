// SPDX-License-Identifier: GPL-2.0-or-later
/* From a test's name to its image: by its manifest, or by its cut script. */
#include <fcntl.h>
#include <unistd.h>

#include "cut/cut-script.h"
#include "cut/cut-test.h"
#include "lib/log.h"

void cut_result_release(struct cut_result *result)
{
	free(result->test);
	free(result->image);
	free(result->notice);
	if (result->image_fd >= 0)
		close(result->image_fd);
}

/* The image is opened at once: another cut may put one of the same name there. */
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

	if (recipe_find(&session->dirs, name, &recipe)) {
		_cleanup_free_ char *why = recipe_not_found(&session->dirs, name);

		log_error("%s", why);
		return 1;
	}
	/* a test that was given by its path is found by that again */
	result->test = xstrdup(strchr(name, '/') ? recipe.path : recipe.name);
	if (recipe.script)
		return cut_by_script(session, args, &recipe, output, result);
	result->image = TAKE_PTR(output);
	return cut_to_image(session, args, result->test, recipe.path, result->image, NULL,
			    &result->image_fd, &result->notice);
}
