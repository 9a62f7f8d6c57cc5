/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The logs of one VM of an unattended run. The VM's words go to files in the run's
 * directory and to our own standard output and error; faults and other facts of the
 * kernel's log go into the record. The caller passes the time, in milliseconds since the
 * VM was started: no clock is read here.
 */
#ifndef RAPIDO_RUN_LOGS_H
#define RAPIDO_RUN_LOGS_H

#include "lib/sink.h"
#include "capfile.h"
#include "ktap.h"
#include "run/record.h"
#include "run/rundir.h"

/* The limit of a log, unless the options have another one. */
#define RUN_LOG_MAX (256ULL << 20)

struct run_logs_options {
	const struct rundir *dir;
	int out, err;	  /* where the test's standard output and error go; -1: nowhere */
	uint64_t max;	  /* bytes of each log; 0: RUN_LOG_MAX */
	bool show_kernel; /* the kernel's log goes to @err too */
	const char *mark; /* a helper's: begins each line; all output goes to @err */
	/* called with @data for each line that the kernel itself has logged; or NULL */
	void (*heard)(void *data, const char *line);
	void *data;
};

/* What the kernel logged while a case of a suite was running. */
struct kernel_part {
	size_t index; /* the case's in the record, or what it is going to be */
	char *name;
	uint64_t usec; /* the kernel's time when the case began; 0: not known */
	struct strbuf text;
};

/* All but the two sinks, which the caller polls, is private to run-logs.c. */
struct run_logs {
	const struct run_logs_options *options;
	struct run_record *record;
	struct sink out, err;
	struct capfile files[RUN_LOGS]; /* closed if it cannot be written */
	bool in_line; /* the last marked output did not end in a newline */
	struct klog klog;
	struct ktap ktap;
	uint64_t now_ms;	    /* when the bytes that are being taken have come */
	size_t announced;	    /* scripts that have begun, by the kernel's log */
	uint64_t script_usec;	    /* the kernel's time when the last one began, or 0 */
	struct strbuf kernel_said;  /* the kernel's lines since then */
	struct strbuf console_said; /* the last bytes of the console */
	/* of the cases of a suite, from the first one that is not forgotten */
	struct kernel_part *parts;
	size_t nr_parts, alloc_parts;
	struct strbuf line; /* of the console, only before the first script */
};

/*
 * Create the log files. @options and @record are borrowed. If a file cannot be created or
 * written, now or later, that becomes record->host_error, with a message.
 */
void run_logs_init(struct run_logs *logs, const struct run_logs_options *options,
		   struct run_record *record);
void run_logs_release(struct run_logs *logs);

/* Take bytes of the console. */
void run_logs_console(struct run_logs *logs, const char *data, size_t size,
		      uint64_t now_ms);

/* Take records of /dev/kmsg, as a frame WIRE_KMSG has them. */
void run_logs_kmsg(struct run_logs *logs, const char *data, size_t size, uint64_t now_ms);

/* Take bytes of the test's standard output, or of its standard error if not @out. */
void run_logs_output(struct run_logs *logs, const char *data, size_t size, bool out);

/* The record has one more case, which the kernel's log may not announce. */
void run_logs_case_begins(struct run_logs *logs);

/* The running case of a suite is called that now, which the kernel's log may have
 * announced. */
void run_logs_suite_case(struct run_logs *logs);

/*
 * The kernel's lines so far while the case with that number in the record was running, up
 * to KERNEL_PART_MAX bytes. They and those of the cases before it are forgotten. Heap, or
 * NULL if there are none.
 */
#define KERNEL_PART_MAX (256 << 10)
char *run_logs_take_part(struct run_logs *logs, size_t index);

/* The kernel's last lines so far, see record->kernel_said. Heap, or NULL. */
char *run_logs_kernel_said(struct run_logs *logs);

/* The VM has ended: take incomplete lines, close the files, and set the record's log
 * sizes, kernel_lines_lost and last_words. */
void run_logs_finish(struct run_logs *logs, uint64_t now_ms);

#endif
