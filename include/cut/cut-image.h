/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last part of a cut, which `rapido cut` and `rapido-cut` share: resolve and write.
 */
#ifndef RAPIDO_CUT_IMAGE_H
#define RAPIDO_CUT_IMAGE_H

#include "conf/session.h"
#include "cut/cut.h"

/* What the two have in common on their command lines. */
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

#endif
