/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the agent share. All of its memory is static and there from the
 * beginning: a test may fill all that the VM has. Each of the files calls only those that
 * stand above it here.
 */
#ifndef RAPIDO_AGENT_H
#define RAPIDO_AGENT_H

#include "outbox.h"

/* What processes have between SIGTERM and SIGKILL: at the end, and when the host asks. */
#define END_MS	200
#define STOP_MS 500

enum phase {
	PHASE_RUNNING,	/* the shell runs */
	PHASE_ENDING,	/* the processes have got SIGTERM */
	PHASE_KILLED,	/* and SIGKILL */
	PHASE_DRAINING, /* what is left in the pipes */
	PHASE_RESULTS,
	PHASE_LAST, /* WIRE_END is on its way */
	PHASE_OVER,
};

/* A pipe that the test writes to. */
struct stream {
	int *fd;
	enum wire_type type;
	uint64_t sent;
	size_t due; /* bytes that belong before what is to be said next */
	bool ready;
};

/* Commands that were not found: so many different ones are told to the host. */
#define REPORT_MISSING_MAX 16

/* What rapido.rc says of the scripts: lines, see there. */
struct agent_report {
	size_t len;
	char text[4096];
	bool too_long; /* dropping the rest of a line */
	bool waiting;  /* for the streams, with CASE_BEGIN or CASE_END */
	bool begins;
	bool planned;	  /* the plan was told: there is one */
	uint32_t serial;  /* of the line that was answered last, or waits for that */
	bool refused;	  /* that one */
	uint64_t wake_ms; /* when the shell is to be woken next */
	uint32_t status;
	uint32_t next_case;
	bool in_case;
	int complaints;
	uint64_t missing[REPORT_MISSING_MAX]; /* checksums of names */
	size_t nr_missing;
	char name[4096];
};

struct agent {
	bool first; /* process */
	bool stay;  /* a helper's, see struct params */
	bool ready; /* and the host has been told that it is */
	enum phase phase;
	uint64_t phase_ms; /* when it must have come to its end; 0: no limit */
	uint64_t alive_ms; /* when the next WIRE_ALIVE is due */
	bool again;	   /* there is more to do before anything happens */
	unsigned int turn;
	struct uplink uplink;
	struct shell shell;
	struct stream streams[2];
	struct stream *last_read;
	unsigned int little; /* how often in a row little was read of it */
	uint64_t rest_ms;    /* when its rest is over; 0: it has none */
	struct agent_report report;
	struct outbox outbox;
	int kmsg;
	uint32_t kmsg_error; /* errno value for which it is not read */
	bool kmsg_more;	     /* the end does not wait for all that is in it */
	int tainted;	     /* /proc/sys/kernel/tainted, or -1 */
	uint64_t taint;	     /* that the host knows of */
	int late_reports;
	int last_frames; /* of the kernel's log, since the results */
	bool ended;	 /* it is known how */
	enum wire_end end;
	uint32_t end_status;
	pid_t sync; /* writes file systems back; 0: no more */
	uint64_t sync_ms;
	size_t stdin_start, stdin_len, stdin_room; /* room: not yet told to the host */
	bool stdin_ended;
	unsigned char stdin_data[WIRE_STDIN_WINDOW];
};

/* agent-kernel.c */

void open_kernel(struct agent *a);
/* Send a frame of the log's records, for which there must be room; false when there was
 * none. */
bool read_kmsg(struct agent *a);
/* Tell the host what is known of the kernel. Only if there is room. */
void send_kernel(struct agent *a);
/* The same, if its taint is another one by now. */
void send_taint(struct agent *a);

/* agent-streams.c */

/* Whether it is to be read when it is ready. */
bool is_wanted(const struct agent *a, const struct stream *stream);
/* Send what the test's streams that are ready have, as far as there is room. */
void read_streams(struct agent *a);
/* What is in the pipes now comes before what is said next. */
void mark_streams(struct agent *a);
/* Whether some of that has still to be read. */
bool streams_due(const struct agent *a);

/* False when it is more than there is room for. */
bool take_stdin(struct agent *a, const struct wire_frame *frame);
/* Write what the test takes of its standard input. */
void work_on_stdin(struct agent *a);
/* Tell the host how much more of it may be sent, but not for every byte. */
void grant_stdin(struct agent *a);

/* agent-report.c */

/* True when something has come. */
bool read_report(struct agent *a);
/* Take the lines that have come, one after the other, as far as nothing is due before. */
void work_on_report(struct agent *a);

/* Have the shell look whether it was heard, now and then: that may have got lost. */
void wake_shell(struct agent *a);

/* agent-end.c */

/* @limit_ms from now: 0: none. */
void set_phase(struct agent *a, enum phase phase, uint64_t limit_ms);
/* The host cannot be talked to any more: there is nobody to run the test for. */
void give_up(struct agent *a, const char *why);
/* The test has ended like this, or has to: SIGTERM, and SIGKILL @grace milliseconds
 * later. What ended it first stands. */
void begin_end(struct agent *a, enum wire_end end, uint32_t status, uint64_t grace);
/* Take notice of children that have ended. True while there are others. */
bool reap(struct agent *a);
/* Go on to the next phase when this one is done with. @children: there are some. */
void work_on_phase(struct agent *a, bool children);

#endif
