/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The userspace closure: a program or library with all that it needs to run, as entries
 * of a plan. The rules are ld.so(8)'s for libraries, execve(2)'s for "#!" lines, and
 * systemd's ELF_DLOPEN_METADATA for what a program loads by itself.
 */
#ifndef RAPIDO_CLOSURE_H
#define RAPIDO_CLOSURE_H

#include "image/plan.h"
#include "lib/report.h"
#include "closure/sysroot.h"

struct closure;

/* What one manifest line asks for; the messages about it begin with @where. */
struct closure_request {
	const char *name;	     /* a name to search for, or an absolute path */
	const struct strvec *search; /* directories to look in first; may be NULL */
	/* where the absolute path @name is, if not below the closure's root; what the
	   file needs, also what it looks for beside itself, is of the closure's root */
	struct sysroot *root;
	bool execute;	     /* a program that is run, whether its mode says so or not */
	bool try;	     /* it is fine if @name itself is not there */
	const char *where;   /* "cut/x.fest:3", or NULL */
	const char *package; /* package that has it, for the message, or NULL */
	struct plan_reason reason;
};

/* The three must outlive the closure. */
struct closure *closure_new(struct sysroot *root, struct plan *plan,
			    struct report *report);
void closure_free(struct closure *closure);

/*
 * Add a program: without a slash, @name is searched in the request's directories and then
 * in /usr/bin, /usr/sbin, /usr/lib/systemd, /bin and /sbin; a directory is taken with all
 * below it. A program from one of the request's own directories, which are not on the
 * guest's PATH, gets a link in /usr/bin.
 *
 * The index of the plan's entry, -ENOENT when a `try` was not there, PLAN_FILTERED, or
 * another negative number after a report. That something it needs is missing is reported
 * too, but as far as this function goes it was added.
 */
int closure_add_program(struct closure *closure, const struct closure_request *request);

/* Add a shared library by soname or path; the same returns. */
int closure_add_library(struct closure *closure, const struct closure_request *request);

/*
 * When all is added: the libraries of the interpreters among the programs (runtime.h),
 * where the plan has not got them from elsewhere; and the dynamic linker's cache, if a
 * library lies where ld.so in the guest would not look without it.
 */
void closure_finish(struct closure *closure, struct plan_reason reason);

#endif
