/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --build: make(1), before anything is cut. */
#ifndef RAPIDO_CUT_BUILD_H
#define RAPIDO_CUT_BUILD_H

#include "cut/cut-image.h"

/*
 * Run make in the kernel's tree, if @args and the settings choose a tree, and in each
 * source tree that the manifests of @tests name with `source`. There must be one to make.
 * The output goes to a file beside the image, which stays if make fails. If BUILD_ARGS or
 * the environment has another O= directory, that becomes the kernel of @args. 0, or
 * -errno after messages.
 */
int cut_build(const struct session *session, struct cut_args *args,
	      const struct strvec *tests);

#endif
