/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record of one unattended run: plain data, which several layers share. The run fills
 * in which VM this is and how it was started (runs.h, run-vm.h). The conversation with
 * the guest adds what it observed (conversation.h, run-logs.h). verdict.h judges that,
 * and status-json.h, junit.h and run-print.h write it down. The functions here add cases
 * and their output.
 */
#ifndef RAPIDO_RECORD_H
#define RAPIDO_RECORD_H

#include "run/faults.h"
#include "run/results.h"
#include "run/taint.h"
#include "run/tap.h"

/*
 * The limits on what is kept of a whole run, however many cases a guest has. A case's
 * output, which JUnit gets, is kept up to CASE_OUTPUT_MAX bytes, half from its beginning
 * and half from its end; but once ended cases have RUN_OUTPUT_MAX bytes together, only
 * CASE_OUTPUT_FEW bytes of the end. All TAP of a run has at most TAP_CASES_MAX cases and
 * TAP_TEXT_MAX bytes.
 */
#define CASE_OUTPUT_MAX 131072
#define CASE_OUTPUT_FEW 4096
#define RUN_OUTPUT_MAX	(16 << 20)
#define CASE_NAME_MAX	255 /* bytes; a longer name is cut off */

/* Commands that a case's shell did not find, and that are kept. */
#define CASE_MISSING_MAX 16

struct run_missing {
	char *name;
	bool on_host; /* the host has it, so that it could be put into the image */
};

/* An autorun script, or one of -f and -x; or a case of a suite. */
struct run_case {
	char *name; /* "000-simple_example.sh" */
	/* whether it has passed is what the suite knows, and not this record: it has no
	   status here, and what it prints is not read as TAP */
	bool of_suite;
	bool ended;
	unsigned int status; /* if it ended */
	bool late; /* after a helper was asked to stop: its status does not count */
	uint64_t begin_ms, end_ms; /* since the VM was started */
	size_t head_max, tail_max; /* limits of the next two */
	struct strbuf head;	   /* the first half of what is kept of its output */
	struct strbuf tail;	   /* the last half, if there was more; may be longer than
				      tail_max, see record_case_output() */
	uint64_t output_bytes;	   /* of all its output */
	/* in its standard output; not for a helper's script that a stop has ended */
	struct tap tap;
	struct run_missing missing[CASE_MISSING_MAX];
	size_t nr_missing;
};

/* Why rapido ended the VM, if it did. */
enum run_stop {
	RUN_NOT_STOPPED,
	RUN_TIMEOUT,	  /* --timeout */
	RUN_BOOT_TIMEOUT, /* the agent did not say hello in time */
	RUN_SILENT,	  /* the agent does not answer any more */
	RUN_NO_END,	  /* the VM did not power off after the test's end */
	RUN_FAULT,	  /* --on-fault=stop */
	RUN_SIGNAL,	  /* SIGINT, SIGTERM, ... to rapido */
	RUN_COMMAND,	  /* rapido stop */
	RUN_DAMAGED,	  /* the guest's messages made no sense */
	RUN_NO_NETWORK,	  /* the process that serves its network ended, see host_error */
	RUN_HOST,	  /* the host could not go on, see host_error */
	RUN_OVER,	  /* another one of several VMs had decided the run */
	RUN_CASE_TIMEOUT, /* a case of a suite took too long */
};

/* "timeout", "boot-timeout", "silent", ...; NULL for RUN_NOT_STOPPED. */
const char *run_stop_name(enum run_stop stop);

enum verdict {
	VERDICT_PASSED,
	VERDICT_FAILED, /* the test's own status */
	VERDICT_FAULT,
	VERDICT_TIMEOUT,
	VERDICT_NO_VERDICT,  /* the VM ended without a verdict */
	VERDICT_NOT_RUN,     /* there was nothing to judge */
	VERDICT_INTERRUPTED, /* by a signal to rapido */
};

/* "passed", "failed", "fault", "timeout", "no-verdict", "not-run", "interrupted". */
const char *verdict_name(enum verdict verdict);

/* The logs of a run, whose middle may be left out. */
enum { RUN_LOG_OUTPUT, RUN_LOG_KERNEL, RUN_LOG_CONSOLE, RUN_LOGS };

struct run_log {
	const char *name;
	uint64_t bytes, left_out;
};

/* A file's identity; NULL for the path: not known. */
struct run_file {
	char *path;
	uint64_t size;
	struct timespec mtime;
};

/*
 * One VM of a run: the test's, or a helper's (--with). All strings that are not const are
 * on the heap and the record's; NULL: not known.
 */
struct run_record {
	char *test;
	char *helper; /* a helper's name, which no other has; NULL: the test's VM */
	struct run_record **with; /* the test's helpers, each on the heap */
	size_t nr_with, alloc_with;
	struct run_file image, kernel;
	char *release;	      /* of the kernel, as the image says */
	char *kernel_version; /* /proc/version, as the guest says */
	const char *accel;    /* see struct vm_traits; NULL before it starts */
	unsigned int slot;
	char *dir; /* for the logs and results */

	struct timespec started; /* CLOCK_REALTIME, the VM's start */
	uint64_t boot_ms;	 /* from there to hello; 0: there was none */
	uint64_t tested_ms;	 /* to the last line of the kernel's own tests; 0: none */
	uint64_t vm_ms;		 /* to the VM's end */
	uint64_t total_ms;	 /* with everything before and after */

	bool fault_check; /* faults count */
	bool tap_check;	  /* failed TAP cases count */
	bool kunit;	  /* the test is to run KUnit tests, see image.h */
	struct faults faults;
	struct run_case *cases;
	size_t nr_cases, alloc_cases;
	size_t nr_suite;  /* of these, cases of a suite, which come after all scripts */
	uint32_t planned; /* cases, as the guest says */
	bool has_plan;
	int64_t scripts; /* in the image; -1: not known */
	/* kept of the ended cases: bytes of output, cases and bytes of TAP */
	size_t output_kept, tap_cases, tap_text;

	bool hello, has_end;
	bool ready;	/* the helper has said that it is ready */
	bool failed;	/* a case has ended with a status other than 0 that counts */
	bool skipped;	/* the run was over before this VM was started */
	bool ended_run; /* the helper failed or ended before the test */
	enum wire_end end;
	uint32_t end_status;
	uint64_t out_bytes, err_bytes; /* that arrived */
	uint64_t out_sent, err_sent;   /* that were sent, by WIRE_END */
	struct results results;
	char *last_words;  /* the last lines of the console */
	char *kernel_said; /* the kernel's last lines since the last script began, but
			      not those about powering off; NULL: no script began */
	struct run_log logs[RUN_LOGS];
	uint64_t kernel_lines_lost; /* see klog.h */
	struct taint taint;
	struct tap ktap;    /* of the kernel's own tests, in its log */
	int kmsg_error;	    /* errno value for which the agent did not read /dev/kmsg */
	bool kmsg_more;	    /* the agent could not read the log to its end */
	bool other_version; /* another version of rapido has cut the image */

	enum run_stop stop;
	unsigned int limit_s; /* the limit that passed */
	int signal;	      /* the one that rapido got, or 0 */
	char *damage;	      /* why the guest's messages made no sense */
	bool suite;	    /* the scripts are done, and the VM runs cases of a suite, */
	bool suite_over;    /* or was told that there are no more */
	char *suite_fatal;  /* why the suite's script could not go on, or NULL */
	bool started_again; /* a second agent has begun, see downlink.h */
	bool unread;	    /* the host could not read all that the VM sent, see
			       host_error */
	char *unpack_error; /* the kernel's words when it could not unpack the image */
	char *host_error;   /* the host's first failure: "cannot write '...': ..." */
	bool started_vm;
	int vm_status;		     /* of its process: exit status, or 128 + signal */
	struct strvec texts;	     /* that the next two are, unless they are static */
	const char *vm_fault;	     /* see struct vm_ending, or NULL */
	const char *vm_interference; /* see struct vm_ending, or NULL */
	bool drove_terminal;	     /* the test wrote control sequences to a terminal */
	bool console_spoke;	     /* the console brought at least one byte */
	bool was_reset;		     /* the guest reset the VM, and so ended it */
	bool never_ran;		     /* the process ended with 0, but had not run a VM */

	/* in the test's record, these are the whole run's */
	enum verdict verdict;
	int status;			/* rapido's exit status */
	char *reason;			/* why, in one line */
	const struct run_record *cause; /* the helper whose verdict this is, or NULL */
};

/* Begin with everything unknown, and nothing passed. */
void record_init(struct run_record *record);
void record_release(struct run_record *record);

/* A new record of the helper @name, initialised, which the test's @record owns. */
struct run_record *record_add_helper(struct run_record *record, const char *name);

/* Note that the host "cannot @what: ...", for the errno value @err or -errno. Only the
 * first failure is kept. Whether it is this one. */
bool record_host_failed(struct run_record *record, const char *what, int err);

/* Add a case, which is then the running one. NULL if there are WIRE_CASES_MAX already. */
struct run_case *record_add_case(struct run_record *record, const char *name, size_t len,
				 uint64_t now_ms);

/* The same for a case of a suite, of which there may be more; never NULL. */
struct run_case *record_add_suite_case(struct run_record *record, const char *name,
				       uint64_t now_ms);

/* Free the output of a case that has ended, and has been written elsewhere. */
void record_forget_case(struct run_record *record, struct run_case *c);

/* The running case has ended. */
void record_end_case(struct run_record *record, unsigned int status, uint64_t now_ms,
		     bool late);

/*
 * The VM has ended, so a case that has not ended gets no more output. A helper's case is
 * most likely a server that was stopped: its TAP does not count.
 */
void record_finish(struct run_record *record);

/* Keep @data as the running case's output, within the limits; ignore it if no case is
 * running. @tap: look for TAP in it (standard output, not standard error). */
void record_output(struct run_record *record, const char *data, size_t size, bool tap);

/* Append what is kept of a case's output to @out, with "[... N bytes are left out ...]"
 * for the rest. */
void record_case_output(const struct run_case *c, struct strbuf *out);

/* The running case's shell has not found the command @name. */
void record_missing(struct run_record *record, const char *name);

/* About the number of bytes that record_forget_output() would free. */
size_t record_kept(const struct run_record *record);

/*
 * Free the output of all cases and the TAP cases in it, in one of many records. Names,
 * statuses, times and numbers stay, also those of TAP. record_case_output() and JUnit
 * show that the rest is left out.
 */
void record_forget_output(struct run_record *record);

/* Whether the case's status makes the run fail. */
static inline bool run_case_failed(const struct run_case *c)
{
	return c->ended && c->status && !c->late;
}

/* Count all TAP cases of @record, including those of the kernel's log, and the failed
 * ones among them. */
void record_count_tap(const struct run_record *record, size_t *total, size_t *failed);

/* Whether a shell's status means that a command was not found or could not be executed.
 * Then neither the test nor the kernel was judged. */
static inline bool run_status_is_missing(unsigned int status)
{
	return status == 126 || status == 127;
}

/* In words (heap), what is known to be missing in the kernel's log; or NULL. */
char *record_log_gap(const struct run_record *record);

/* The running case, or NULL. */
struct run_case *record_running(struct run_record *record);

#endif
