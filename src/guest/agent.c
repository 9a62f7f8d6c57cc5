// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The agent of an unattended run: one loop that starts the test's shell, sends the host
 * the test's output, the kernel's log and the files in the results directory, and reports
 * how the test ended. Only the loop itself waits, since the test may have broken anything
 * else that could be waited for.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent.h"

/* A little less than WIRE_ALIVE_MS, to be in time. */
#define ALIVE_MS (WIRE_ALIVE_MS - 100)

static struct agent agent;

static void take_frame(struct agent *a, const struct wire_frame *frame)
{
	int is_exec = execs_take(&a->execs, frame);

	if (is_exec < 0)
		give_up(a, "the host sent a message about a command that makes no sense");
	if (is_exec)
		return;
	switch (frame->type) {
	case WIRE_STDIN:
		if (!take_stdin(a, frame))
			give_up(a, "the host sent more input than it was allowed to");
		break;
	case WIRE_STDIN_END:
		a->stdin_ended = true;
		break;
	case WIRE_STOP:
		begin_end(a, WIRE_END_STOPPED, 0, STOP_MS);
		break;
	case WIRE_ORDER:
	case WIRE_ORDER_WORDS:
		if (!suite_take_frame(a, frame))
			give_up(a, "the host sent an order that makes no sense");
		break;
	case WIRE_BLOCKED:
		show_blocked();
		break;
	case WIRE_PATIENCE:
		a->uplink.progress_ms = now_ms();
		break;
	case WIRE_BYE:
		if (a->phase == PHASE_LAST)
			set_phase(a, PHASE_OVER, 0);
		break;
	default:
		give_up(a, "the host sent a message of unknown type");
	}
}

static void take_frames(struct agent *a)
{
	struct wire_frame frame;
	int got = 0;

	while (a->phase != PHASE_OVER && (got = uplink_next(&a->uplink, &frame)) > 0)
		take_frame(a, &frame);
	if (got < 0)
		give_up(a, "the host sent data that is not a frame");
}

static void send_hello(struct agent *a)
{
	char text[1024] = "";
	unsigned char *at = uplink_place(&a->uplink);
	size_t len;

	read_text("/proc/version", text, sizeof(text));
	len = strcspn(text, "\n");
	wire_put32(at, WIRE_VERSION);
	memcpy(at + 4, text, len);
	uplink_commit(&a->uplink, WIRE_HELLO, 4 + len);
	send_kernel(a);
	grant_stdin(a);
}

static void work_on_alive(struct agent *a)
{
	uint64_t now = now_ms();

	if (now < a->alive_ms || !uplink_has_room(&a->uplink, false))
		return;
	uplink_send(&a->uplink, WIRE_ALIVE, NULL, 0);
	a->alive_ms = now + ALIVE_MS;
}

static void work_on_results(struct agent *a)
{
	if (a->phase == PHASE_RUNNING && !outbox_busy(&a->outbox) &&
	    now_ms() >= a->outbox.next_ms)
		outbox_want(&a->outbox, OUTBOX_SETTLED);
	if (outbox_busy(&a->outbox))
		outbox_step(&a->outbox, &a->uplink);
}

static void work_on_execs(struct agent *a)
{
	execs_work(&a->execs);
}

/* Results, the test's output and that of commands take turns in being first. */
static void work_on_bulk(struct agent *a)
{
	static void (*const work[])(struct agent *) = { work_on_results, read_streams,
							work_on_execs };

	for (size_t i = 0; i < ARRAY_SIZE(work); i++)
		work[(a->turn + i) % ARRAY_SIZE(work)](a);
	a->turn++;
}

static void work_on_signals(struct agent *a)
{
	if (!signal_arrived(SIGUSR2) && !signal_arrived(SIGTERM) &&
	    !signal_arrived(SIGINT))
		return;
	/* whoever ends the VM may have ended the shell first */
	if (a->end == WIRE_END_SIGNAL && a->end_status == SIGTERM) {
		a->end = WIRE_END_SHUTDOWN;
		a->end_status = 0;
	}
	begin_end(a, WIRE_END_SHUTDOWN, 0, END_MS);
}

struct polled {
	struct pollfd fds[8 + EXECS_FDS];
	size_t nr, uplink;
};

static struct pollfd *add_poll(struct polled *polled, int fd, short events)
{
	struct pollfd *at = &polled->fds[polled->nr++];

	*at = (struct pollfd){ .fd = fd, .events = events };
	return at;
}

static int min_timeout(int timeout, uint64_t until, uint64_t now)
{
	uint64_t ms = until > now ? until - now : 0;

	return timeout < 0 || ms < (uint64_t)timeout ? (int)ms : timeout;
}

static int loop_timeout(struct agent *a)
{
	uint64_t now = now_ms();
	int timeout = uplink_timeout(&a->uplink, now);

	if (a->again) {
		a->again = false;
		return 0;
	}
	timeout = min_timeout(timeout, now + ALIVE_MS, now);
	if (a->rest_ms)
		timeout = min_timeout(timeout, a->rest_ms, now);
	if (a->phase_ms)
		timeout = min_timeout(timeout, a->phase_ms, now);
	if (execs_timeout(&a->execs, now) >= 0)
		timeout = min_timeout(timeout,
				      now + (uint64_t)execs_timeout(&a->execs, now), now);
	if (!uplink_has_room(&a->uplink, false))
		return timeout;
	timeout = min_timeout(timeout, a->alive_ms, now);
	if (a->phase == PHASE_RUNNING && !outbox_busy(&a->outbox))
		timeout = min_timeout(timeout, a->outbox.next_ms, now);
	if (outbox_busy(&a->outbox) && uplink_has_room(&a->uplink, true))
		timeout = 0;
	return timeout;
}

/* Read only what there is room for. */
static void poll_all(struct agent *a)
{
	struct polled polled = { .nr = 0 };
	struct pollfd *execs, *of_streams[2] = { NULL, NULL }, *report = NULL,
			      *kmsg = NULL;
	bool room = uplink_has_room(&a->uplink, false),
	     bulk = uplink_has_room(&a->uplink, true);

	if (now_ms() >= a->rest_ms)
		a->rest_ms = 0;
	polled.nr = polled.uplink = uplink_poll(&a->uplink, polled.fds);
	for (size_t i = 0; i < ARRAY_SIZE(a->streams); i++) {
		struct stream *stream = &a->streams[i];

		if (bulk && is_wanted(a, stream))
			of_streams[i] = add_poll(&polled, *stream->fd, POLLIN);
	}
	if (room && !a->report.waiting && a->phase < PHASE_DRAINING &&
	    a->shell.report >= 0)
		report = add_poll(&polled, a->shell.report, POLLIN);
	if (bulk && a->phase < PHASE_LAST && a->kmsg >= 0)
		kmsg = add_poll(&polled, a->kmsg, POLLIN);
	if (a->stdin_len && a->shell.in >= 0)
		add_poll(&polled, a->shell.in, POLLOUT);
	execs = polled.fds + polled.nr;
	polled.nr += execs_poll(&a->execs, execs);
	wait_events(polled.fds, polled.nr, loop_timeout(a));
	execs_polled(&a->execs, execs);
	for (size_t i = 0; i < ARRAY_SIZE(a->streams); i++)
		a->streams[i].ready = of_streams[i] && of_streams[i]->revents;
	if (!uplink_work(&a->uplink, polled.fds, polled.uplink))
		give_up(a, "the host is gone");
	if (kmsg && kmsg->revents && uplink_has_room(&a->uplink, true))
		uplink_send_kmsg(&a->uplink, &a->kmsg, &a->kmsg_error);
	if (report && report->revents)
		read_report(a);
}

static void loop(struct agent *a)
{
	while (a->phase != PHASE_OVER) {
		bool children;

		poll_all(a);
		work_on_signals(a);
		children = reap(a);
		take_frames(a);
		work_on_stdin(a);
		work_on_bulk(a);
		/* after the output that it may wait for */
		work_on_report(a);
		wake_shell(a);
		work_on_alive(a);
		work_on_phase(a, children);
		if (!uplink_flush(&a->uplink))
			give_up(a, "the host is gone");
	}
}

/* Give file systems a little time to be written back. */
static void wait_for_sync(struct agent *a)
{
	while (a->sync > 0 && now_ms() < a->sync_ms) {
		wait_events(NULL, 0, (int)(a->sync_ms - now_ms()));
		reap(a);
	}
}

/* Do not be killed for the test's use of memory, and have all of our own at once. */
static void claim_memory(const struct agent *a)
{
	int fd = a->first ? -1 : open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!write(fd, "-1000", 5);
		close(fd);
	}
	mlockall(MCL_CURRENT);
}

static void prepare(struct agent *a, bool first)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	a->first = first;
	a->shell = (struct shell)SHELL_INIT;
	a->stdin_room = WIRE_STDIN_WINDOW;
	a->streams[0] = (struct stream){ .fd = &a->shell.out, .type = WIRE_STDOUT };
	a->streams[1] = (struct stream){ .fd = &a->shell.err, .type = WIRE_STDERR };
	a->alive_ms = now_ms() + ALIVE_MS;
	sigaction(SIGPIPE, &ignore, NULL);
	/* systemd sends it right after SIGTERM, whose work takes longer */
	sigaction(SIGHUP, &ignore, NULL);
	/* a console that nobody reads must not block us */
	fcntl(STDERR_FILENO, F_SETFL, fcntl(STDERR_FILENO, F_GETFL) | O_NONBLOCK);
	claim_memory(a);
	outbox_init(&a->outbox);
	execs_init(&a->execs, &a->uplink, RESULTS_DIR);
	open_kernel(a);
	suite_init(a);
}

bool agent_run(const struct params *params, bool first)
{
	struct agent *a = &agent;
	bool complete, ready;
	int err;

	a->stay = params->stay;
	prepare(a, first);
	if (!uplink_open(&a->uplink, params->channel, params->alone))
		return true;
	send_hello(a);
	uplink_flush(&a->uplink);
	complete = image_complete();
	ready = complete && !params->share_missing;
	err = ready ? shell_start(&a->shell, params) : 0;
	if (!ready) {
		begin_end(a, complete ? WIRE_END_NO_SHARE : WIRE_END_INCOMPLETE, 0,
			  END_MS);
	} else if (err) {
		say("cannot start a process: %s", strerror(-err));
		begin_end(a, WIRE_END_NO_SHELL, (uint32_t)-err, END_MS);
	}
	loop(a);
	wait_for_sync(a);
	return first || a->end != WIRE_END_SHUTDOWN;
}
