// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end of a run, one phase after the other: end the test's processes, read the rest of
 * the pipes, send the results, send WIRE_END.
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

/* How long processes may take to be gone after SIGKILL. */
#define KILLED_MS 200
/* How long the host may read nothing, and how long sync(2) may take. */
#define STUCK_MS 20000
#define SYNC_MS	 1000
/* The most that a kernel which keeps logging can add at the end. */
#define LAST_KMSG_FRAMES 64
#define REPORTS_LATE	 16

void set_phase(struct agent *a, enum phase phase, uint64_t limit_ms)
{
	a->phase = phase;
	a->phase_ms = limit_ms ? now_ms() + limit_ms : 0;
	a->again = true;
}

void give_up(struct agent *a, const char *why)
{
	if (a->phase != PHASE_OVER)
		say("%s: ending the VM", why);
	set_phase(a, PHASE_OVER, 0);
}

static void set_end(struct agent *a, enum wire_end end, uint32_t status)
{
	if (!a->ended) {
		a->end = end;
		a->end_status = status;
	}
	a->ended = true;
}

/* Signal all that the test has started, as far as we can know. */
static void kill_test(struct agent *a, int sig)
{
	if (a->first)
		kill(-1, sig);
	else if (a->shell.pid > 0)
		kill(-a->shell.pid, sig);
	if (!a->first)
		execs_kill(&a->execs, sig);
}

/* In a child, because a broken file system may block it for ever. */
static void start_sync(struct agent *a)
{
	a->sync = fork();
	if (a->sync)
		return;
	sync();
	_exit(0);
}

static void start_draining(struct agent *a)
{
	if (a->first)
		start_sync(a);
	mark_streams(a);
	set_phase(a, PHASE_DRAINING, 0);
}

void begin_end(struct agent *a, enum wire_end end, uint32_t status, uint64_t grace)
{
	if (a->phase != PHASE_RUNNING)
		return;
	set_end(a, end, status);
	close_fd(&a->shell.in);
	a->stdin_ended = true;
	a->execs.test_ended = true;
	kill_test(a, SIGTERM);
	set_phase(a, PHASE_ENDING, grace);
}

static void on_shell_end(struct agent *a, int status)
{
	int err = shell_exec_error(&a->shell);

	a->shell.pid = 0;
	if (err) {
		say("cannot run the shell: %s", strerror(err));
		begin_end(a, WIRE_END_NO_SHELL, (uint32_t)err, END_MS);
	} else if (WIFSIGNALED(status)) {
		begin_end(a, WIRE_END_SIGNAL, (uint32_t)WTERMSIG(status), END_MS);
	} else {
		begin_end(a, WIRE_END_EXIT, (uint32_t)WEXITSTATUS(status), END_MS);
	}
}

bool reap(struct agent *a)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == a->shell.pid)
			on_shell_end(a, status);
		else if (pid == a->sync)
			a->sync = 0;
		else
			execs_reaped(&a->execs, pid, status);
	}
	return pid == 0;
}

static void send_end(struct agent *a)
{
	unsigned char payload[24];

	wire_put32(payload, a->end);
	wire_put32(payload + 4, a->end_status);
	wire_put64(payload + 8, a->streams[0].sent);
	wire_put64(payload + 16, a->streams[1].sent);
	uplink_send(&a->uplink, WIRE_END, payload, sizeof(payload));
}

/* A shell that was killed may have left lines behind. */
static void work_on_draining(struct agent *a)
{
	if (a->report.waiting || streams_due(a))
		return;
	a->again = a->late_reports++ < REPORTS_LATE && read_report(a);
	if (!a->again) {
		outbox_want(&a->outbox, OUTBOX_LAST);
		set_phase(a, PHASE_RESULTS, 0);
	}
}

/* Send the last frame, if there is room for it, and before it the rest of the kernel's
 * log. */
static void work_on_last(struct agent *a)
{
	while (uplink_has_room(&a->uplink, false)) {
		a->kmsg_more = uplink_send_kmsg(&a->uplink, &a->kmsg, &a->kmsg_error);
		if (a->kmsg_more && a->last_frames++ < LAST_KMSG_FRAMES)
			continue;
		if (!uplink_has_room(&a->uplink, false))
			return;
		send_kernel(a);
		send_end(a);
		a->uplink.closed = true;
		a->sync_ms = now_ms() + SYNC_MS;
		set_phase(a, PHASE_LAST, WIRE_BYE_MS);
		return;
	}
}

static void check_progress(struct agent *a)
{
	if (a->phase > PHASE_RUNNING && a->phase < PHASE_OVER &&
	    !uplink_is_empty(&a->uplink) && now_ms() - a->uplink.progress_ms > STUCK_MS)
		give_up(a, "the host has stopped reading");
}

void work_on_phase(struct agent *a, bool children)
{
	bool late = a->phase_ms && now_ms() >= a->phase_ms;
	bool test_is_gone = a->first ? !children : !a->shell.pid;

	switch (a->phase) {
	case PHASE_RUNNING:
		/* a part of a pipeline may have said it, and its shell would go on */
		if (a->suite.fatal)
			begin_end(a, WIRE_END_EXIT, 1, END_MS);
		break;
	case PHASE_ENDING:
		if (test_is_gone) {
			start_draining(a);
		} else if (late) {
			kill_test(a, SIGKILL);
			set_phase(a, PHASE_KILLED, KILLED_MS);
		}
		break;
	case PHASE_KILLED:
		if (test_is_gone || late)
			start_draining(a);
		break;
	case PHASE_DRAINING:
		work_on_draining(a);
		break;
	case PHASE_RESULTS:
		if (!outbox_busy(&a->outbox))
			work_on_last(a);
		break;
	case PHASE_LAST:
		if (late)
			set_phase(a, PHASE_OVER, 0);
		break;
	case PHASE_OVER:
		break;
	}
	check_progress(a);
}
