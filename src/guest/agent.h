/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the agent share. All of its memory is static and there from the
 * beginning: a test may fill all that the VM has. Each of the files calls only those that
 * stand above it here.
 */
#ifndef RAPIDO_AGENT_H
#define RAPIDO_AGENT_H

#include "exec.h"
#include "outbox.h"

/* The time between SIGTERM and SIGKILL: at the test's end, and when the host asks. */
#define END_MS	200
#define STOP_MS 500

enum phase {
	PHASE_RUNNING,	/* the shell runs */
	PHASE_ENDING,	/* the processes were sent SIGTERM */
	PHASE_KILLED,	/* ... and SIGKILL */
	PHASE_DRAINING, /* the rest of the pipes is read */
	PHASE_RESULTS,
	PHASE_LAST, /* WIRE_END is on its way */
	PHASE_OVER,
};

/* A pipe that the test writes to. */
struct stream {
	int *fd;
	enum wire_type type;
	uint64_t sent;
	size_t due; /* bytes to send before the next frame about a script */
	bool ready;
};

/* Different commands that were not found: the host is told of no more than these. */
#define REPORT_MISSING_MAX 16

/* Lines that are known again if they are repeated. */
#define REPORT_RECENT 256

/* The lines in which rapido.rc reports on the scripts. */
struct agent_report {
	size_t len;
	char text[4096];
	bool too_long; /* the rest of a line is being dropped */
	bool waiting;  /* WIRE_CASE_BEGIN or _END, or a suite's, waits for the streams */
	bool of_suite; /* it is one of agent-suite.c's */
	bool begins;
	bool planned;	  /* the host knows the plan, of which there is one */
	uint32_t serial;  /* the number of the line that was or will be answered */
	uint32_t highest; /* that was answered */
	uint64_t sum;	  /* its checksum */
	bool sent;	  /* the frame of a suite is in the uplink */
	bool ordering;	  /* it is answered when the host's order is there */
	bool answered;
	bool refused;	  /* its answer is no */
	uint64_t wake_ms; /* when to wake the shell next */
	uint32_t status;
	uint32_t next_case;
	bool in_case;
	int complaints;
	uint64_t missing[REPORT_MISSING_MAX]; /* checksums of the names */
	size_t nr_missing;
	uint64_t recent[REPORT_RECENT]; /* checksum and number of lines that were taken */
	size_t nr_recent;
	char name[4096];
};

/* Where agent-suite.c is with the orders of the host and the cases. */
struct agent_suite {
	bool is;    /* the test is a suite */
	bool ready; /* the host was told so, and its next order is not complete yet */
	bool has_order;
	bool failed;	 /* it could not be written for the shell */
	bool fatal;	 /* the script cannot go on */
	uint32_t order;	 /* the last one, enum wire_order */
	uint32_t left;	 /* bytes of its words that are still to come */
	int file;	 /* that gets them, or -1 */
	int list;	 /* the file with the cases that is being sent, or -1 */
	uint32_t listed; /* bytes of it that were sent */
	/* the next frame */
	enum wire_type type;
	bool kept; /* files come before it */
	unsigned int kmsg_frames;
	size_t len;
	unsigned char payload[12 + WIRE_SUITE_TEXT_MAX + WIRE_SUITE_NAME_MAX];
};

struct agent {
	bool first; /* process */
	bool stay;  /* a helper's, see struct params */
	bool ready; /* the host was told that the helper is ready */
	enum phase phase;
	uint64_t phase_ms; /* when the phase must end; 0: no limit */
	uint64_t alive_ms; /* when the next WIRE_ALIVE is due */
	bool again;	   /* do not wait: there is more to do */
	unsigned int turn;
	struct uplink uplink;
	struct shell shell;
	struct stream streams[2];
	struct stream *last_read;
	unsigned int little; /* how often in a row it had little */
	uint64_t rest_ms;    /* when its rest is over; 0: it is not resting */
	struct agent_report report;
	struct agent_suite suite;
	struct outbox outbox;
	struct execs execs;
	int kmsg;
	uint32_t kmsg_error; /* errno value for which /dev/kmsg is not read, or 0 */
	bool kmsg_more;	     /* the run ends before all of it was read */
	int tainted;	     /* /proc/sys/kernel/tainted, or -1 */
	uint64_t taint;	     /* as the host was told last */
	int late_reports;
	int last_frames; /* of the kernel's log, after the results */
	bool ended;	 /* @end and @end_status are known */
	enum wire_end end;
	uint32_t end_status;
	pid_t sync; /* the child that calls sync(2), or 0 */
	uint64_t sync_ms;
	size_t stdin_start, stdin_len;
	size_t stdin_room; /* bytes that the host does not know yet it may send */
	bool stdin_ended;
	unsigned char stdin_data[WIRE_STDIN_WINDOW];
};

/* agent-kernel.c */

void open_kernel(struct agent *a);
/* Tell the host the kernel's state. Only if there is room. */
void send_kernel(struct agent *a);
/* The same, but only if its taint has changed. */
void send_taint(struct agent *a);

/* agent-streams.c */

/* Whether to read it when it is ready. */
bool is_wanted(const struct agent *a, const struct stream *stream);
/* Send the output that the test's streams have ready, as far as there is room. */
void read_streams(struct agent *a);
/* Send what is in the pipes now before the next frame about a script. */
void mark_streams(struct agent *a);
/* Whether some of that is still unread. */
bool streams_due(const struct agent *a);

/* False when it is more than there is room for. */
bool take_stdin(struct agent *a, const struct wire_frame *frame);
/* Write to the test's standard input as much as it takes. */
void work_on_stdin(struct agent *a);
/* Tell the host how much more it may send, but not for every byte. */
void grant_stdin(struct agent *a);

/* agent-suite.c */

void suite_init(struct agent *a);
/* Take a line of rapido.rc's about the suite, which becomes a frame when the output that
 * was written before it is sent. False if it makes no sense. */
bool suite_take(struct agent *a, const char *line);
/* Send that frame, after what comes before it. False: try again when there is room. */
bool suite_send(struct agent *a);
/* The script cannot go on, so that the test is over. False if that makes no sense. */
bool suite_take_fatal(struct agent *a, const char *why);
/* Take WIRE_ORDER or WIRE_ORDER_WORDS. False if it makes no sense. */
bool suite_take_frame(struct agent *a, const struct wire_frame *frame);
/* Have the kernel log which tasks are blocked. */
void show_blocked(void);

/* agent-report.c */

/* True when something has come. */
bool read_report(struct agent *a);
/* Take the lines that have come, in order, until one must wait for the streams. */
void work_on_report(struct agent *a);

/* Make the shell check from time to time whether its line was taken: the answer may have
 * got lost. */
void wake_shell(struct agent *a);

/* agent-end.c */

/* @limit_ms from now: 0: none. */
void set_phase(struct agent *a, enum phase phase, uint64_t limit_ms);
/* The host cannot be reached any more, so the test is over. */
void give_up(struct agent *a, const char *why);
/* The test has ended like this, or must end: send SIGTERM, and SIGKILL @grace
 * milliseconds later. Only the first end counts. */
void begin_end(struct agent *a, enum wire_end end, uint32_t status, uint64_t grace);
/* Reap children that have ended. True while there are others. */
bool reap(struct agent *a);
/* Go on to the next phase if this one is over. @children: there are some. */
void work_on_phase(struct agent *a, bool children);

#endif
