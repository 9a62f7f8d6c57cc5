/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's log, put together from two sources:
 *
 *	console     all lines up to the last one of a panic, but only those that the
 *	            console's log level lets through, and torn by other output
 *	/dev/kmsg   complete records (Documentation/ABI/testing/dev-kmsg), but only as
 *long as the guest's processes run
 *
 * Each line is passed on once, as soon as one of the two has brought it.
 *
 * Programs can write to /dev/kmsg as well. Records say who wrote them, the console does
 * not, so the origin of a line that the console brought first is unknown until its record
 * comes.
 */
#ifndef RAPIDO_KLOG_H
#define RAPIDO_KLOG_H

#include "lib/str.h"

/* Lines of one source that are remembered for comparison with the other. */
#define KLOG_MEMORY 8192
/* A longer line is cut off. */
#define KLOG_LINE_MAX 4096

enum klog_origin {
	KLOG_CONSOLE, /* only the console has brought it so far: origin unknown */
	KLOG_KERNEL,
	KLOG_USER, /* a program has written it to /dev/kmsg */
};

struct klog_line {
	uint64_t usec;	  /* the kernel's time stamp; 0 when it has none */
	const char *text; /* without time stamp and caller, terminated; control characters
			     as they came */
	enum klog_origin origin;
	const char *caller; /* "T12" for a task, "C0" for a processor; NULL: not said
			       (CONFIG_PRINTK_CALLER) */
};

/* A longer name of a caller is cut off. */
#define KLOG_CALLER_SIZE 16

typedef void klog_fn(void *data, const struct klog_line *line);

/* The lines that one source has brought and the other one not yet. Chains of lines with
 * equal hash bits lead to them; their links count lines, so that a line that the ring has
 * overwritten is not found any more. */
struct klog_source {
	uint64_t seen[KLOG_MEMORY]; /* hashes of its last lines, a ring; 0: matched */
	uint64_t usec[KLOG_MEMORY]; /* their times */
	size_t before[KLOG_MEMORY]; /* the line before it in its chain, plus 1 */
	size_t last[KLOG_MEMORY];   /* of each chain, plus 1; 0: none */
	size_t nr;
};

/* Records of /dev/kmsg that are missing between two of these times. */
struct klog_gap {
	uint64_t from, to;
	uint64_t missing;
	uint64_t last; /* time of the last console line that filled it */
};

/* Gaps, the last ones, that lines of the console can still fill. */
#define KLOG_GAPS 64

/* Large: not for the stack. */
struct klog {
	klog_fn *line, *settled;
	void *data;
	struct strbuf partial; /* of the console */
	bool stamped;	       /* the kernel's lines on the console have time stamps, */
	bool plain;	       /* or they have none, see klog_console() */
	bool numbered;	       /* there was a record of /dev/kmsg */
	uint64_t number, usec; /* of the last one */
	uint64_t first_usec;   /* of the first one */
	/* records that the guest's agent could not read before they were overwritten, and
	   that the console has not brought either */
	uint64_t lost;
	struct klog_gap gaps[KLOG_GAPS]; /* a ring */
	size_t nr_gaps;
	char caller[KLOG_CALLER_SIZE]; /* of the line that is being passed on */
	struct klog_source console, kmsg;
};

/*
 * @line is called with @data for each line of the log. If the origin of a line was
 * unknown then, @settled is called for it as soon as it is known.
 */
void klog_init(struct klog *klog, klog_fn *line, klog_fn *settled, void *data);
void klog_release(struct klog *klog);

/* A hash of a line's time and words, never 0; another process has others. */
uint64_t klog_line_hash(uint64_t usec, const char *text, size_t len);

/*
 * Take bytes of the console as they arrive. A line of the kernel's begins with "[", its
 * time in seconds with six digits after the point, "]", perhaps "[", the caller, "]", and
 * a blank (printk.time=1 is on the command line of a run; print_time() and print_caller()
 * of kernel/printk/printk.c). Text before the first time stamp of a line is not the
 * kernel's and is passed over: terminal escapes of the firmware, or output of a program
 * without a newline. So are "\r" before the newline, and NUL bytes. A line with "Linux
 * version " before there was any time stamp means that this kernel prints none: from then
 * on every line counts, and none becomes a program's, since only its text could tell it
 * from a line of the kernel's.
 */
void klog_console(struct klog *klog, const char *data, size_t size);
/* The console has ended: a last line may have no newline. */
void klog_console_end(struct klog *klog);

/*
 * Take records of /dev/kmsg, each ended by a NUL, as a frame WIRE_KMSG has them. If a
 * record has newlines in its text, each line counts, with the record's time, as on the
 * console. The kernel numbers its records. Those that are missing after the first one are
 * lost, unless only the console has lines of the time in between: each of these replaces
 * a missing record.
 */
void klog_kmsg(struct klog *klog, const char *data, size_t size);

#endif
