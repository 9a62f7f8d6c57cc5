/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a closure: the files that were looked into, and messages about them. */
#ifndef RAPIDO_CLOSURE_PARTS_H
#define RAPIDO_CLOSURE_PARTS_H

#include "closure/closure.h"
#include "closure/elffile.h"
#include "closure/runtime.h"
#include "libsearch.h"

/* A file that was looked into, once. */
struct object {
	char *path; /* canonical */
	struct sysroot *root;
	int entry; /* in the plan */
	bool is_elf;
	int err; /* why it cannot be read; -ENOEXEC is no reason */
	/* as the first of a process, all it needs being in the plan; what was missing
	 * then */
	enum { NOT_FOLLOWED, FOLLOWED_WITH_WARNINGS, FOLLOWED_WITH_ERRORS } followed;
	struct elf_file elf;
};

/* An interpreter whose own library is to be added when all else is. */
struct interpreter {
	const struct object *object;
	const struct runtime *runtime;
	const char *where; /* of the request that brought it; the plan's, or NULL */
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

/* How the messages about one thing are made: a manifest's own words are errors. */
struct context {
	const struct closure_request *request;
	bool strict; /* what is missing is an error; else (below a directory) a warning */
	unsigned int script_depth;
};

/* Report what is missing or wrong, as an error or a warning. */
void closure_complain(struct closure *c, const struct context *context, const char *fmt,
		      ...) _printf_(3, 4);

/*
 * Look into the file @canonical of the plan's @entry, below @root, if that was not done
 * yet. 0, also if it is no ELF file, and @result is the closure's; else -errno: it cannot
 * be read.
 */
int closure_examine(struct closure *c, struct sysroot *root, const char *canonical,
		    int entry, struct object **result);

#endif
