/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KTAP in the kernel's log, as KUnit prints it. The lines are put into their order, and
 * lines of programs and torn lines are left out, before they are given to tap.h.
 */
#ifndef RAPIDO_KTAP_H
#define RAPIDO_KTAP_H

#include "run/klog.h"
#include "run/tap.h"

struct ktap_line {
	uint64_t usec, number; /* the number counts lines as they come */
	enum klog_origin origin;
	bool more; /* it continues a note ("# ...") */
	char *text;
};

struct ktap {
	struct ktap_line *lines; /* in the order in which they came */
	size_t nr, alloc;
	size_t bytes; /* of their texts */
	size_t next;  /* the line after the one that was settled last */
	uint64_t seen;
	bool in_note; /* the last line was one, or a part of one */
	uint64_t note_usec;
	enum klog_origin note_origin;
	bool begun; /* there was a version line; lines before it are not KTAP */
};

void ktap_release(struct ktap *ktap);

/*
 * Take a line of @klog when klog passes it on, and again when klog settles it. If there
 * are too many lines to be kept, the oldest go to @tap. True if a test has begun or
 * ended.
 */
bool ktap_line(struct ktap *ktap, const struct klog *klog, const struct klog_line *line,
	       struct tap *tap);
void ktap_settle(struct ktap *ktap, const struct klog_line *line);

/* The log has ended: all lines that are left go to @tap. */
void ktap_finish(struct ktap *ktap, const struct klog *klog, struct tap *tap);

/*
 * The name of the KUnit test, if one called what the kernel's @report is about: the
 * function that kunit_try_run_case() in lib/kunit/test.c has called, by the call trace.
 * If no certain line stands above that one, the test has the fault itself. Without any
 * certain line, as without CONFIG_FRAME_POINTER in User Mode Linux, only a function in a
 * module is taken for the test. Heap, or NULL.
 */
char *ktap_test_in_report(const char *report);

#endif
