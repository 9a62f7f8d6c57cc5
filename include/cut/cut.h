/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a test to the plan of its image: reads the manifest, finds the kernel, and lets
 * the resolvers do their work. What is missing is collected, not printed.
 */
#ifndef RAPIDO_CUT_H
#define RAPIDO_CUT_H

#include "closure/sysroot.h"
#include "conf/conf.h"
#include "image/image.h"
#include "kernel/kernel.h"

/* A script that the user adds on the command line. */
struct cut_script {
	const char *path;    /* -f: a file; or NULL */
	const char *command; /* -x: shell text */
};

struct cut_request {
	const struct conf *conf;
	const struct dirs *dirs;
	const char *test;		  /* its name, for the image to remember */
	const char *manifest;		  /* path */
	const char *kernel;		  /* -k, or NULL */
	const char *network;		  /* --network, or NULL */
	const struct cut_script *scripts; /* in order */
	size_t nr_scripts;
	bool run;	     /* for `rapido run`: with what the guest's agent may want */
	bool no_boot;	     /* a kernel without an image will do */
	bool check;	     /* report also what the test would only like to have */
	const char *tmp;     /* directory for temporary files */
	const char *base;    /* first directory for relative names, or NULL */
	const char *sysroot; /* see struct cut; NULL: "/" */
};

/* The outcome of a cut. */
struct cut {
	struct report report;
	struct kernel kernel;
	const struct arch *arch; /* the kernel's, or, if none was found, this machine's;
				    NULL: unknown */
	struct image_info info;
	struct plan plan;
	/*
	 * Where the files of the plan come from. The host, "/", has what the user names
	 * and the kernel's part: autorun scripts and those of -f, the locations of `file`
	 * and `tree`, modules and their firmware. The sysroot has the guest's programs
	 * and libraries, and all else that is in an image because a distribution has it.
	 */
	struct sysroot host, sysroot;
	struct strvec absent_firmware; /* a sentence for each module that names some */
};

/* Before cut_resolve(), and for a cut that may end without it: zeros would stand for
 * descriptor 0. */
#define CUT_INIT                                                                      \
	{                                                                             \
		.report = REPORT_INIT, .host = SYSROOT_INIT, .sysroot = SYSROOT_INIT, \
	}

/*
 * Fill @cut for the request. 0 when the image can be written; -EINVAL when cut->report
 * says why not. The report may hold warnings either way.
 */
int cut_resolve(struct cut *cut, const struct cut_request *request);
void cut_release(struct cut *cut);

/* Bytes that an image for this kernel may have; 0: any number, or not known. */
uint64_t cut_initrd_max(const struct cut *cut);

#endif
