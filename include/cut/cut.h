/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a test to the plan of its image: reads the manifest, finds the kernel, and
 * resolves programs, modules and files. Missing things are collected in a report, not
 * printed.
 */
#ifndef RAPIDO_CUT_H
#define RAPIDO_CUT_H

#include "closure/sysroot.h"
#include "conf/conf.h"
#include "cut/cut-extras.h"
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
	const char *manifest;		  /* path; NULL: no test, only @extras */
	const struct cut_extras *extras;  /* of the command line, or NULL */
	const char *kernel;		  /* -k, or NULL */
	const char *network;		  /* --network, or NULL */
	const struct cut_script *scripts; /* in order */
	size_t nr_scripts;
	/* scripts that are the user's, too, if the manifest has them; may be NULL */
	const struct strvec *user_scripts;
	bool run;	     /* for `rapido run`: with the modules of the guest's agent */
	bool no_boot;	     /* a kernel without an image will do */
	bool check;	     /* for `rapido check`: report what is only wished for, too */
	bool debug;	     /* the kernel is to be debugged */
	bool host;	     /* it is to have directories of this host */
	const char *tmp;     /* directory for temporary files */
	const char *base;    /* first directory for relative names, or NULL */
	const char *sysroot; /* see struct cut; NULL: "/" */
	/* see backend_missing() of vm/backend.h; NULL: that is not looked for */
	char *(*vm_missing)(const struct conf *conf, const struct arch *arch);
};

/* The outcome of a cut. */
struct cut {
	struct report report;
	struct kernel kernel;
	const struct arch *arch; /* the kernel's; if none was found, this machine's;
				    NULL: unknown */
	struct image_info info;
	struct plan plan;
	/*
	 * Where the files of the plan come from. The host, "/", has the files that the
	 * user names (autorun scripts, those of -f, the locations of `file` and `tree`)
	 * and the kernel's (modules and their firmware). The sysroot has the guest's
	 * programs and libraries, and all other files of a distribution.
	 */
	struct sysroot host, sysroot;
	struct strvec absent_firmware; /* a sentence for each module that lacks some */
};

/* Required before cut_resolve() and cut_release(): zeros would mean descriptor 0. */
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

/* The largest size in bytes of an image for this kernel; 0: no limit, or not known. */
uint64_t cut_initrd_max(const struct cut *cut);

#endif
