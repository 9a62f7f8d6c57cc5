/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The userspace closure: adds a program or library, and everything it needs to run, to a
 * plan. The rules are those of ld.so(8) for libraries, of execve(2) for "#!" lines, and
 * of systemd's ELF_DLOPEN_METADATA for what a program loads itself.
 */
#ifndef RAPIDO_CLOSURE_H
#define RAPIDO_CLOSURE_H

#include "image/plan.h"
#include "lib/report.h"
#include "closure/sysroot.h"

struct closure;

/* The request of one manifest line. Messages about it begin with @where. */
struct closure_request {
	const char *name;	     /* a name to search for, or an absolute path */
	const struct strvec *search; /* directories to search first; may be NULL */
	/*
	 * the root of the absolute path @name, if it is not the closure's; what the file
	 * needs, also beside itself, is searched below the closure's root
	 */
	struct sysroot *root;
	bool execute;	     /* it is run, so make it executable if its mode is not */
	bool try;	     /* it is no error if @name itself does not exist */
	bool wish;	     /* what it lacks is a warning, not an error */
	const char *where;   /* "cut/x.fest:3", or NULL */
	const char *package; /* the package that contains it, for messages; or NULL */
	struct plan_reason reason;
};

/* All three arguments must outlive the closure. */
struct closure *closure_new(struct sysroot *root, struct plan *plan,
			    struct report *report);
void closure_free(struct closure *closure);

/*
 * Add a program. Without a slash, @name is searched in the request's directories and then
 * in /usr/bin, /usr/sbin, /usr/lib/systemd, /bin and /sbin. A directory is added with
 * everything below it. A program from one of the request's own directories, which are not
 * on the guest's PATH, gets a link in /usr/local/bin.
 *
 * Returns the index of the plan's entry; -ENOENT if a `try` does not exist;
 * PLAN_FILTERED; or another negative number after a report. If something that the program
 * needs is missing, that is reported, but the program counts as added.
 */
int closure_add_program(struct closure *closure, const struct closure_request *request);

/* Add a shared library by soname or path. Returns the same. */
int closure_add_library(struct closure *closure, const struct closure_request *request);

/*
 * Finish, when everything is added: add the libraries of the interpreters among the
 * programs (runtime.h), unless the plan already has them, and the dynamic linker's cache,
 * if a library is where ld.so in the guest would not find it otherwise.
 */
void closure_finish(struct closure *closure, struct plan_reason reason);

#endif
