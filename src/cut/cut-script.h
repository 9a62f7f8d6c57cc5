/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running an executable cut script, cut/NAME.sh; see rapido-cut(1), CUT SCRIPTS. */
#ifndef RAPIDO_CUT_SCRIPT_H
#define RAPIDO_CUT_SCRIPT_H

#include "cut/cut-image.h"
#include "conf/recipe.h"

/*
 * Run the script of @recipe in the directory above its cut/, with the files of -f and -x
 * as its arguments. rapido-cut writes to @output unless the script says otherwise. @image
 * gets the path of the image that it wrote, @notice the words of kernel_notice(), both on
 * the heap. The exit status.
 */
int cut_script_run(const struct session *session, const struct cut_args *args,
		   const struct recipe *recipe, const char *output, char **image,
		   char **notice);

#endif
