/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A test by its name to its image, whichever way that is made. */
#ifndef RAPIDO_CUT_TEST_H
#define RAPIDO_CUT_TEST_H

#include "cut/cut-image.h"

struct cut_result {
	char *test;   /* what the image remembers: its name, or its path */
	char *image;  /* path */
	int image_fd; /* the image, or -1: it is to be opened */
	char *notice; /* see kernel_notice() */
};

#define CUT_RESULT_INIT        \
	{                      \
		.image_fd = -1 \
	}

void cut_result_release(struct cut_result *result);

/* Find the test @name and cut it. The exit status; 0 only when there is an image. */
int cut_test(const struct session *session, const struct cut_args *args, const char *name,
	     struct cut_result *result);

#endif
