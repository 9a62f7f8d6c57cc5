/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a test to its image file, whichever way that is made. */
#ifndef RAPIDO_CUT_IMAGE_H
#define RAPIDO_CUT_IMAGE_H

#include "conf/session.h"
#include "cut/cut.h"

/* What the commands that cut have in common on their command lines. */
struct cut_args {
	struct cut_script *scripts;
	size_t nr_scripts, alloc_scripts;
	const char *kernel;  /* -k */
	const char *output;  /* -o, or NULL for the configured image */
	const char *network; /* --network, or NULL */
	bool run;	     /* for `rapido run`, whose standard output is the test's */
	bool no_boot; /* nothing is booted: the kernel need not have an image here */
	bool aside;   /* it is not the image that was cut last, for `rapido boot` */
};

void cut_args_release(struct cut_args *args);
void cut_args_add_file(struct cut_args *args, const char *path);
void cut_args_add_command(struct cut_args *args, const char *command);

/* The image's absolute path. Heap. */
char *cut_output_path(const struct session *session, const struct cut_args *args);

/*
 * Cut the manifest @manifest (its test is called @test) into @output, and print
 * "initramfs PATH written (N bytes)", as a message for a run. @base: see struct
 * cut_request. The exit status;
 * @image_fd, when not NULL, gets the image, see image_write(), and @notice what
 * kernel_notice() says of its kernel.
 */
int cut_to_image(const struct session *session, const struct cut_args *args,
		 const char *test, const char *manifest, const char *output,
		 const char *base, int *image_fd, char **notice);

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
