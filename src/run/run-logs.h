/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the words of one VM of an unattended run go: to the logs in the run's directory,
 * to our own standard output and error, and what the kernel's log reports into the
 * record. Times are handed in, as milliseconds since the VM was started: there is no
 * clock here.
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
	const char *mark; /* of a helper: all goes to @err, with this before each line */
};

/* The insides are run-logs.c's, but for the two sinks, which the caller polls. */
struct run_logs {
	const struct run_logs_options *options;
	struct run_record *record;
	struct sink out, err;
	struct capfile files[RUN_LOGS]; /* closed if it cannot be written */
	bool in_line; /* the last marked output did not end in a newline */
	struct klog klog;
	struct ktap ktap;
	uint64_t now_ms;      /* of the bytes that are being taken */
	size_t announced;     /* scripts, by the kernel's log */
	uint64_t script_usec; /* when the last one began, by the kernel's log, or 0 */
	struct strbuf kernel_said;  /* the kernel's lines since then */
	struct strbuf console_said; /* the last bytes of the console */
	struct strbuf line;	    /* of the console, until the first script begins */
};

/*
 * Create the log files. @options and @record are borrowed. What cannot be created or
 * written, now or later, becomes record->host_error, with a message.
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

/* The record has one more case; the kernel's log may never announce it. */
void run_logs_case_begins(struct run_logs *logs);

/* See record->kernel_said: what it is so far. Heap, or NULL. */
char *run_logs_kernel_said(struct run_logs *logs);

/* The VM has ended: take what is left, close the files, and fill the record's log sizes,
 * kernel_lines_lost and last_words. */
void run_logs_finish(struct run_logs *logs, uint64_t now_ms);

#endif
