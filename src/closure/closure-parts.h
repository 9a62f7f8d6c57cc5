/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of a closure share: the files that were examined, and how messages are
 * reported.
 */
#ifndef RAPIDO_CLOSURE_PARTS_H
#define RAPIDO_CLOSURE_PARTS_H

#include "closure/closure.h"
#include "closure/elffile.h"
#include "closure/runtime.h"
#include "libsearch.h"

/* A file that was examined. */
struct object {
	char *path; /* canonical */
	struct sysroot *root;
	int entry; /* in the plan */
	bool is_elf;
	int err; /* why it cannot be read; -ENOEXEC: it is no ELF file */
	/*
	 * whether everything that it needs as a program is in the plan, and how missing
	 * things were reported
	 */
	enum { NOT_FOLLOWED, FOLLOWED_WITH_WARNINGS, FOLLOWED_WITH_ERRORS } followed;
	struct elf_file elf;
};

/* An interpreter whose standard library is added at the end. */
struct interpreter {
	const struct object *object;
	const struct runtime *runtime;
	const char *where; /* of the request that added it; owned by the plan, or NULL */
};

struct closure {
	struct sysroot *root;
	struct plan *plan;
	struct report *report;
	struct libsearch libraries;
	struct strmap objects; /* canonical path -> struct object */
	struct interpreter *interpreters;
	size_t nr_interpreters, alloc_interpreters;
};

/* How messages about something are reported: for what a manifest names, as errors. */
struct context {
	const struct closure_request *request;
	bool strict; /* what is missing is an error; else, below a directory, a warning */
	unsigned int script_depth;
};

/* Report that something is missing or wrong, as an error or a warning. */
void closure_complain(struct closure *c, const struct context *context, const char *fmt,
		      ...) _printf_(3, 4);

/*
 * Examine the file @canonical of the plan's @entry, below @root, unless that was done
 * before. 0, also if it is not an ELF file, and @result, which the closure owns; else
 * -errno: it cannot be read.
 */
int closure_examine(struct closure *c, struct sysroot *root, const char *canonical,
		    int entry, struct object **result);

#endif
