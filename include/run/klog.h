/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's log out of its two sources: the console, which has all of it up to a
 * panic's last line, but torn by what others print there and only what the console's log
 * level lets through; and /dev/kmsg (Documentation/ABI/testing/dev-kmsg), whole, but
 * only while the guest's processes run. Each line is passed on once, when the first of
 * the two has brought it.
 *
 * Programs write to /dev/kmsg as well. Its records say who wrote them, the console does
 * not: a line that the console has brought first is of unknown origin until its record
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
	KLOG_CONSOLE, /* the console alone has it so far: whose it is is not known */
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

/* What one source brought and the other has not yet: found by chains of equal hash bits,
 * whose links are counts of lines, so that what the ring has overwritten drops out. */
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
	uint64_t last; /* time of the last line that the console had for it */
};

/* Of so many gaps, the last ones, lines of the console are still taken. */
#define KLOG_GAPS 64

/* Large: not for the stack. */
struct klog {
	klog_fn *line, *settled;
	void *data;
	struct strbuf partial; /* of the console */
	bool stamped;	       /* the console's kernel lines have time stamps */
	bool plain;	       /* they have none, see klog_console() */
	bool numbered;	       /* there was a record of /dev/kmsg */
	uint64_t number, usec; /* of the last one */
	uint64_t first_usec;   /* of the first one */
	/* records that were overwritten before the guest's agent read them, and that the
	   console has not brought either */
	uint64_t lost;
	struct klog_gap gaps[KLOG_GAPS]; /* a ring */
	size_t nr_gaps;
	char caller[KLOG_CALLER_SIZE]; /* of the line that is being passed on */
	struct klog_source console, kmsg;
};

/*
 * @line is called with @data for each line of the log, and @settled once more for one
 * that was of unknown origin then, as soon as that is known.
 */
void klog_init(struct klog *klog, klog_fn *line, klog_fn *settled, void *data);
void klog_release(struct klog *klog);

/* A hash of a line's time and words, never 0; another process has others. */
uint64_t klog_line_hash(uint64_t usec, const char *text, size_t len);

/*
 * Bytes of the console, as they arrive. A line of the kernel's begins with "[", its time
 * in seconds with six digits after the point, "]", perhaps "[", the caller, "]", and a
 * blank (printk.time=1 is on the command line of a run; print_time() and print_caller()
 * of kernel/printk/printk.c). What stands before the first time stamp of a line is not
 * the kernel's and is passed over: terminal escapes of the firmware, or what a program
 * wrote without a newline; so are "\r" before the newline, and NUL bytes. As long as
 * there was no time stamp, a line with "Linux version " means that this kernel has none:
 * from then on every line counts, and none becomes a program's, for it is told by its
 * text alone from one of the kernel's with the same words.
 */
void klog_console(struct klog *klog, const char *data, size_t size);
/* The console has ended: what came without a newline is a line too. */
void klog_console_end(struct klog *klog);

/*
 * Records of /dev/kmsg, each ended by a NUL, as a frame WIRE_KMSG has them. Of a record
 * with newlines in its text each line is one, with the record's time, as on the console.
 * The kernel numbers its records; what is missing after the first one is lost, but for as
 * many lines as the console has, and only it, from the time in between.
 */
void klog_kmsg(struct klog *klog, const char *data, size_t size);

#endif
