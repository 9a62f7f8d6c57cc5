/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One unattended run: what was run, what was seen, and what is made of it. Filled by the
 * run itself (run.h), judged by verdict.h, written down by status-json.h and junit.h.
 */
#ifndef RAPIDO_RECORD_H
#define RAPIDO_RECORD_H

#include "run/faults.h"
#include "run/results.h"
#include "run/taint.h"
#include "run/tap.h"

/*
 * What is kept is limited for a whole run, however many cases a guest has. Of a case's
 * output, which JUnit gets, these are the bytes of its beginning and its end; once the
 * ended cases have RUN_OUTPUT_MAX together, those that begin have CASE_OUTPUT_FEW, of
 * their end. All TAP of a run has TAP_CASES_MAX cases and TAP_TEXT_MAX bytes.
 */
#define CASE_OUTPUT_MAX 131072
#define CASE_OUTPUT_FEW 4096
#define RUN_OUTPUT_MAX	(16 << 20)
#define CASE_NAME_MAX	255 /* bytes: the rest of a longer one is cut off */

/* Commands that a case's shell did not find: so many are kept. */
#define CASE_MISSING_MAX 16

struct run_missing {
	char *name;
	bool on_host; /* where it could be taken from */
};

/* An autorun script, or one of -f and -x. */
struct run_case {
	char *name; /* "000-simple_example.sh" */
	bool ended;
	unsigned int status; /* if it ended */
	bool late;	     /* of a helper that had been asked to stop: no matter */
	uint64_t begin_ms, end_ms; /* since the VM was started */
	size_t head_max, tail_max; /* bytes of its output that are kept */
	struct strbuf head;	   /* the first half of what is kept of its output */
	struct strbuf tail;	   /* the last half, if there was more: may be longer
				      than it must be, see record_case_output() */
	uint64_t output_bytes;	   /* all of it */
	/* of its standard output; not of a helper's script that a stop has ended */
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
	RUN_NO_END,	  /* the VM did not power off after its end */
	RUN_FAULT,	  /* --on-fault=stop */
	RUN_SIGNAL,	  /* SIGINT, SIGTERM, ... to rapido */
	RUN_COMMAND,	  /* rapido stop */
	RUN_DAMAGED,	  /* what came from the guest made no sense */
	RUN_NO_NETWORK,	  /* what serves its network ended, see host_error */
	RUN_HOST,	  /* the host could not go on, see host_error */
	RUN_OVER,	  /* of several VMs, another one had decided the run */
};

/* "timeout", "boot-timeout", "silent", ...; NULL for RUN_NOT_STOPPED. */
const char *run_stop_name(enum run_stop stop);

enum verdict {
	VERDICT_PASSED,
	VERDICT_FAILED, /* the test's own status */
	VERDICT_FAULT,
	VERDICT_TIMEOUT,
	VERDICT_NO_VERDICT,  /* the VM ended without */
	VERDICT_NOT_RUN,     /* there was nothing to judge */
	VERDICT_INTERRUPTED, /* by a signal to rapido */
};

/* "passed", "failed", "fault", "timeout", "no-verdict", "not-run", "interrupted". */
const char *verdict_name(enum verdict verdict);

/* The logs of a run, which may be cut in the middle. */
enum { RUN_LOG_OUTPUT, RUN_LOG_KERNEL, RUN_LOG_CONSOLE, RUN_LOGS };

struct run_log {
	const char *name;
	uint64_t bytes, left_out;
};

/* A file's identity; path NULL: not known. */
struct run_file {
	char *path;
	uint64_t size;
	struct timespec mtime;
};

/*
 * One VM of a run: the test's, or one that helps it (--with). All strings on the heap and
 * the record's; NULL for what is not known.
 */
struct run_record {
	char *test;
	char *helper; /* of a helper: its name, which no other has; NULL: it is the test
		       */
	struct run_record **with; /* of the test: its helpers, each on the heap */
	size_t nr_with, alloc_with;
	struct run_file image, kernel;
	char *release;	      /* of the kernel, as the image says */
	char *kernel_version; /* /proc/version, as the guest says */
	const char *accel;    /* "kvm", "tcg" */
	unsigned int slot;
	char *dir; /* where the logs are */

	struct timespec started; /* CLOCK_REALTIME, the VM's start */
	uint64_t boot_ms;	 /* from there to hello; 0: there was none */
	uint64_t vm_ms;		 /* to the VM's end */
	uint64_t total_ms;	 /* with everything before and after */

	bool fault_check; /* faults count */
	bool tap_check;	  /* failed TAP cases do */
	struct faults faults;
	struct run_case *cases;
	size_t nr_cases, alloc_cases;
	uint32_t planned; /* cases, by the guest */
	bool has_plan;
	int64_t scripts; /* that the image has; -1: not known */
	/* what ended cases have: bytes of output, cases and bytes of TAP */
	size_t output_kept, tap_cases, tap_text;

	bool hello, has_end;
	bool ready;	/* of a helper: it said so */
	bool failed;	/* a case ended with a status that is not 0, and not late */
	bool skipped;	/* the run was over before this VM's turn came to start */
	bool ended_run; /* of a helper: it failed or ended while the test went on */
	enum wire_end end;
	uint32_t end_status;
	uint64_t out_bytes, err_bytes; /* that arrived */
	uint64_t out_sent, err_sent;   /* that were sent, by WIRE_END */
	struct results results;
	char *last_words;  /* of the console: its last lines */
	char *kernel_said; /* the kernel's last lines since the last script began,
			      without those about the power being switched off;
			      NULL: no script began */
	struct run_log logs[RUN_LOGS];
	uint64_t kernel_lines_lost; /* see struct klog */
	struct taint taint;
	struct tap ktap;    /* of tests in the kernel, by its log */
	int kmsg_error;	    /* errno value for which the agent did not read /dev/kmsg */
	bool kmsg_more;	    /* the kernel went on logging when the agent had to end */
	bool other_version; /* of rapido has cut the image */

	enum run_stop stop;
	unsigned int limit_s; /* the limit that passed */
	int signal;	      /* that rapido got */
	char *damage;	      /* what made no sense */
	bool started_again;   /* and that is: a second agent began, see downlink.h */
	bool unread;	      /* the host could not read all, see host_error: what was not
				 read may have been anything */
	char *unpack_error; /* what the kernel said when it could not unpack the image */
	char *host_error;   /* what the host could not do, "cannot write '...': ..." */
	bool started_qemu;
	int qemu_status;     /* exit status, or 128 + signal */
	bool drove_terminal; /* what the test wrote to a terminal had control sequences */
	bool console_spoke;  /* at least a byte of the console came */
	bool was_reset;	     /* the guest reset the VM, by QEMU's monitor */

	/* of the test's record: those of the whole run */
	enum verdict verdict;
	int status;			/* rapido's exit status */
	char *reason;			/* one line: what happened */
	const struct run_record *cause; /* the helper whose verdict this is, or NULL */
};

/* Everything unknown, and nothing passed. */
void record_init(struct run_record *record);
void record_release(struct run_record *record);

/* A new record, set up, of a helper called @name, which the test's @record then owns. */
struct run_record *record_add_helper(struct run_record *record, const char *name);

/* Note that the host "cannot @what: ...", for the errno value @err or -errno. The first
 * failure is kept: whether it is this one. */
bool record_host_failed(struct run_record *record, const char *what, int err);

/* A new case; the last one is the one that runs. NULL when there are WIRE_CASES_MAX. */
struct run_case *record_add_case(struct run_record *record, const char *name, size_t len,
				 uint64_t now_ms);

/* The case that runs has ended. */
void record_end_case(struct run_record *record, unsigned int status, uint64_t now_ms,
		     bool late);

/*
 * The VM has ended: there is no more output of a case without an end of its own. One of a
 * helper's is a server, most likely, and was stopped: its TAP is not looked at.
 */
void record_finish(struct run_record *record);

/* Keep @data as the running case's output, within the limits. Nothing without a
 * case. @tap: look for TAP in it (standard output, not standard error). */
void record_output(struct run_record *record, const char *data, size_t size, bool tap);

/* What is kept of a case's output, with "[... N bytes are left out ...]" where some is
 * not. Appended to @out. */
void record_case_output(const struct run_case *c, struct strbuf *out);

/* The running case's shell has not found the command @name. */
void record_missing(struct run_record *record, const char *name);

/* The bytes that record_forget_output() would free, about. */
size_t record_kept(const struct run_record *record);

/*
 * Free what is kept of the output of all cases and the TAP cases in it, for one of many
 * records. Names, statuses, times and numbers stay, also those of TAP; what
 * record_case_output() and JUnit say of it is that it is left out.
 */
void record_forget_output(struct run_record *record);

/* Whether its status makes the run fail. */
static inline bool run_case_failed(const struct run_case *c)
{
	return c->ended && c->status && !c->late;
}

/* All TAP cases of @record, those of the kernel's log among them, and the failed ones
 * among them. */
void record_count_tap(const struct run_record *record, size_t *total, size_t *failed);

/* Whether a shell's status says that a command was not found, or could not be executed:
 * nothing of the test's, or the kernel's, was judged then. */
static inline bool run_status_is_missing(unsigned int status)
{
	return status == 126 || status == 127;
}

/* What is known to be missing of the kernel's log, in words (heap), or NULL. */
char *record_log_gap(const struct run_record *record);

/* The case that runs, or NULL. */
struct run_case *record_running(struct run_record *record);

#endif
