/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a test to its image file: by a manifest, or by a cut script. */
#ifndef RAPIDO_CUT_IMAGE_H
#define RAPIDO_CUT_IMAGE_H

#include "conf/session.h"
#include "cut/cut.h"

/* What the commands that cut have in common on their command lines. */
struct cut_args {
	struct cut_script *scripts;
	size_t nr_scripts, alloc_scripts;
	struct strvec user_scripts; /* see struct cut_request */
	struct cut_extras extras;
	struct vm_args vm;
	bool build;	    /* --build, see cut-build.h */
	char *objdir;	    /* heap: the kernel that it chose, see there */
	const char *output; /* -o, or NULL for the configured image */
	bool run;	    /* for `rapido run`, whose standard output is the test's */
	bool quiet;   /* what was written is not printed: the user asked for a prompt */
	bool no_boot; /* nothing is booted: the kernel may have no image here */
	bool aside;   /* do not make it the last image, which `rapido boot` boots */
	/* see struct cut_request */
	char *(*vm_missing)(const struct conf *conf, const struct arch *arch);
};

void cut_args_release(struct cut_args *args);
void cut_args_add_file(struct cut_args *args, const char *path);
void cut_args_add_command(struct cut_args *args, const char *command);

/* Say in @args->extras what the image is to know of @args->vm. To be called once, when
 * all options are known. */
void cut_args_complete(struct cut_args *args);

/* Make the image's directory, if it is the usual one. 0, or -errno after a message. */
int cut_make_image_dir(const struct session *session, const char *image);

/* The image's absolute path. Heap. */
char *cut_output_path(const struct session *session, const struct cut_args *args);

/*
 * Cut the manifest @manifest (NULL: there is no test, and what @args adds is all) of the
 * test called @test into @output, and print "initramfs
 * PATH written (N bytes)" (for a run: as a debug message). @base: see struct cut_request.
 * @image_fd, if not NULL, gets the image, see image_write(); @notice gets the words of
 * kernel_notice(). The exit status.
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

/* Find the test @name (NULL: cut what @args adds, and no test) and cut it. The exit
 * status; 0 only when there is an image. */
int cut_test(const struct session *session, const struct cut_args *args, const char *name,
	     struct cut_result *result);

#endif
