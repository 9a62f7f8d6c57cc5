/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests by name: where their manifests and cut scripts are, and which tests exist. */
#ifndef RAPIDO_RECIPE_H
#define RAPIDO_RECIPE_H

#include "conf/dirs.h"
#include "lib/report.h"

struct recipe {
	char *name;  /* as `rapido list` prints it: "simple-example" */
	char *path;  /* the manifest or the script */
	bool script; /* it is an executable cut script */
};

#define RECIPE_INIT \
	{           \
		0   \
	}

void recipe_release(struct recipe *recipe);

/* The name of the test in a file: without its ending, with '-' for '_'. Heap. */
char *recipe_test_name(const char *file);

/*
 * Find the test @name: cut/NAME.fest, or an executable cut/NAME.sh, in the user's
 * directory and then in RAPIDO_DIR; '-' in the name also stands for '_'. A name with a
 * slash is the path of the file; that of an executable script must lie in a directory
 * "cut" or name rapido-cut, and other programs are no tests. 0 or -ENOENT.
 */
int recipe_find(const struct dirs *dirs, const char *name, struct recipe *recipe);

/*
 * The message for a test that recipe_find() did not find. It names what may have been
 * meant: a manifest of that name in the current directory, which only a path names, or a
 * test whose name is similar; or else the directory of tests that may not be searched.
 * Heap.
 */
char *recipe_not_found(const struct dirs *dirs, const char *name);

/* recipe_find() with that message in @report, or if that is NULL, in the log. */
int recipe_get(const struct dirs *dirs, const char *name, struct recipe *recipe,
	       struct report *report);

/* All tests, sorted by name, each name once. The caller owns the array and its parts. */
void recipe_list(const struct dirs *dirs, struct recipe **list, size_t *nr);

#endif
