// SPDX-License-Identifier: GPL-2.0-or-later
/* The loop of a suite: which VMs start, and the poll(2) for all of them. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/live.h"
#include "lib/log.h"
#include "lib/signal-fd.h"
#include "run/suite-run.h"
#include "run/verdict.h"
#include "suite-seat.h"
#include "vm/host-memory.h"

/* Milliseconds that VMs have to end when the suite is over. */
#define OVER_GRACE_MS 5000

void suite_loop_end(struct suite_loop *loop)
{
	loop->over = true;
	for (size_t i = 0; loop->seats && i < loop->jobs; i++) {
		struct seat *seat = &loop->seats[i];

		if (seat->taken && seat->run.running &&
		    seat->record.stop == RUN_NOT_STOPPED)
			run_vm_stop(&seat->run, RUN_OVER, OVER_GRACE_MS);
	}
}

void suite_loop_host_failed(struct suite_loop *loop, const char *what, int err)
{
	if (loop->host_error)
		return;
	loop->host_error = xasprintf("cannot %s: %s", what, err_text(err));
	log_error("%s", loop->host_error);
	suite_loop_end(loop);
}

void suite_loop_refuse(struct suite_loop *loop, char *why)
{
	if (!loop->refusal)
		loop->refusal = why;
	else
		free(why);
	suite_loop_end(loop);
}

/* How many VMs there may be at a time, now that the size of one is known. */
void suite_loop_allow_jobs(struct suite_loop *loop, const struct seat *seat)
{
	/* that of a worker's VM is another host's */
	uint64_t each = seat->run.vm ? vm_memory(seat->run.vm) + VM_MEMORY_OVERHEAD : 0;
	uint64_t fit = each ? loop->memory / each : UINT64_MAX;
	size_t cases = loop->suite->first_left + loop->suite->retry.nr;

	loop->jobs_allowed = loop->jobs;
	if (cases < loop->jobs_allowed)
		loop->jobs_allowed = cases;
	if (fit < loop->jobs_allowed) {
		loop->jobs_allowed = fit ? (size_t)fit : 1;
		if (loop->jobs_allowed < loop->jobs)
			log_warn("%zu instead of %zu VMs at a time: each may need %llu "
				 "MiB of memory, and %llu MiB are available",
				 loop->jobs_allowed, loop->jobs,
				 (unsigned long long)(each >> 20),
				 (unsigned long long)(loop->memory >> 20));
	}
	if (!loop->jobs_allowed)
		loop->jobs_allowed = 1;
}

static int take_signal(void *data)
{
	struct suite_loop *loop = data;
	struct signalfd_siginfo info;
	bool again = loop->signal;
	int sig;

	if (read(loop->signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	sig = (int)info.ssi_signo;
	if (sig != SIGCHLD) {
		loop->signal = sig;
		loop->over = true;
	}
	for (size_t i = 0; i < loop->jobs; i++) {
		struct seat *seat = &loop->seats[i];

		if (!seat->taken)
			continue;
		if (sig == SIGCHLD) {
			run_vm_child_ended(&seat->run);
			continue;
		}
		seat->record.signal = sig;
		if (seat->run.running)
			run_vm_stop(&seat->run, RUN_SIGNAL,
				    again ? 0 : RUN_INTERRUPT_GRACE_MS);
		seat->record.stop = RUN_SIGNAL;
	}
	return sig;
}

static struct worker *worker_of(const struct suite_loop *loop, const struct seat *seat)
{
	return loop->workers ? loop->workers->v[seat - loop->seats] : NULL;
}

static void start_vm(struct suite_loop *loop, struct seat *seat)
{
	const unsigned int number = loop->first_vm + ++loop->vms;
	_cleanup_free_ char *path =
		xasprintf("%s/" SUITE_VMS "/%u", loop->dir->path, number);

	*seat = (struct seat){
		.loop = loop,
		.taken = true,
		.number = number,
		.mark = xasprintf("vm %u", number),
		.dir = RUNDIR_INIT,
	};
	seat_init(seat);
	record_init(&seat->record);
	if (rundir_open(&seat->dir, path)) {
		seat->record.host_error = xasprintf("cannot use '%s'", path);
		run_vm_init(&seat->run, loop->config, loop->vm, &seat->record,
			    &seat->dir);
		return;
	}
	run_vm_note(&seat->record, loop->vm, seat->dir.path);
	run_vm_init(&seat->run, loop->config, loop->vm, &seat->record, &seat->dir);
	run_vm_use_worker(&seat->run, worker_of(loop, seat));
	/* a case's output is judged by its suite */
	seat->record.tap_check = false;
	seat->run.talk_options.suite = &seat->ears;
	seat->run.talk_options.logs.mark = seat->mark;
	seat->run.facts.begun_ms = monotonic_ms() - loop->start_ms;
	seat->run.facts.limited = true;
	log_debug("vm %u starts", number);
	run_vm_start(&seat->run);
	for (int i = 0; i < SIGNAL_FD_KINDS && take_signal(loop); i++)
		;
}

static void release_seat(struct seat *seat)
{
	run_vm_release(&seat->run);
	record_release(&seat->record);
	rundir_release(&seat->dir);
	free(seat->mark);
	free(seat->mistake);
	free(seat->held);
	*seat = (struct seat){ .current = SIZE_MAX };
}

static void end_vm(struct suite_loop *loop, struct seat *seat)
{
	struct run_record *record = &seat->record;
	size_t before = loop->nr_incidents;

	if (record->started_vm)
		run_vm_finish(&seat->run, loop->signals, take_signal, loop);
	verdict_judge(record);
	log_debug("vm %u has ended: %s", seat->number, record->reason);
	if (record->stop == RUN_TIMEOUT)
		loop->timed_out = loop->over = true;
	seat_judge_end(seat);
	if (seat->run.lost_worker) {
		strbuf_setlen(&loop->list, loop->has_list ? loop->list.len : 0);
	} else if (!loop->has_list && !loop->refusal && !loop->over) {
		/* without the list there is nothing to go on with */
		if (loop->nr_incidents > before)
			loop->over = true;
		else
			suite_loop_refuse(loop, xstrdup("the VM ended before the cases "
							"were listed"));
	}
	release_seat(seat);
}

static void step(struct suite_loop *loop, struct seat *seat)
{
	if (seat->run.running)
		run_vm_keep_limits(&seat->run);
	if (!seat->run.running) {
		end_vm(loop, seat);
		return;
	}
	seat_settle(seat, false);
	if (seat->ready && seat->record.stop == RUN_NOT_STOPPED)
		seat_take_ready(seat);
	seat_keep_limit(seat);
}

/* Whether another VM would have something to do. @idle VMs have not got an order yet. */
static bool wants_vm(const struct suite_loop *loop, size_t taken, size_t idle)
{
	if (loop->over || loop->stuck)
		return false;
	if (!loop->has_list)
		return !taken;
	if (loop->jobs_allowed && taken >= loop->jobs_allowed)
		return false;
	/* the first VM shows how large one is */
	if (!loop->jobs_allowed && taken)
		return false;
	return suite_has_more(loop->suite) &&
	       idle < loop->suite->first_left + loop->suite->retry.nr;
}

static void show_progress(struct suite_loop *loop, size_t taken)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	_cleanup_free_ struct suite_running *running = NULL;
	size_t nr = 0;

	if (!log_enabled(LOG_INFO) || log_enabled(LOG_DEBUG))
		return;
	if (!loop->has_list) {
		if (loop->workers && !taken)
			live_say("waiting for a worker");
		else
			live_say("listing the cases of %s",
				 loop->suite->test ? loop->suite->test : "the suite");
		live_tick();
		return;
	}
	/* a line takes time to make, and nobody reads more of them */
	if (monotonic_ms() < loop->shown_ms + LIVE_EVERY_MS)
		return;
	loop->shown_ms = monotonic_ms();
	running = xcalloc(loop->jobs, sizeof(*running));
	for (size_t i = 0; i < loop->jobs; i++) {
		const struct seat *seat = &loop->seats[i];

		if (!seat->taken || !seat->run.running)
			continue;
		if (seat->current != SIZE_MAX)
			running[nr++] = (struct suite_running){
				.name = seat_case(seat, seat->current)->name,
				.ms = conversation_ms(seat->run.guest) - seat->begun_ms,
			};
		else
			running[nr++] = (struct suite_running){
				.ms = conversation_ms(seat->run.guest),
			};
	}
	suite_progress_format(loop->suite, running, nr, &text);
	live_set(text.buf);
	live_tick();
}

/* Whether a VM can start there now; and whether one may, later. */
static bool is_usable(const struct suite_loop *loop, const struct seat *seat)
{
	const struct worker *worker = worker_of(loop, seat);

	return !seat->taken && (!worker || worker_state(worker) == WORKER_READY);
}

static bool may_become_usable(const struct suite_loop *loop)
{
	for (size_t i = 0; loop->workers && i < loop->jobs; i++)
		if (worker_state(loop->workers->v[i]) != WORKER_GONE)
			return true;
	return !loop->workers;
}

/* Whether to wait for a worker, while no VM is there. */
static bool awaits_worker(struct suite_loop *loop)
{
	if (!loop->workers || !wants_vm(loop, 0, 0))
		return false;
	if (may_become_usable(loop))
		return true;
	loop->host_error = xstrdup("no worker is left");
	log_error("%s", loop->host_error);
	loop->over = true;
	return false;
}

/* Do what is due. Returns whether a VM is there, or will be. */
static bool proceed(struct suite_loop *loop)
{
	const uint64_t limit = 1000ULL * loop->config->timeout;
	size_t taken = 0, idle = 0;

	if (limit && !loop->over && monotonic_ms() - loop->start_ms >= limit)
		loop->timed_out = loop->over = true;
	for (size_t i = 0; i < loop->jobs; i++)
		if (loop->seats[i].taken)
			step(loop, &loop->seats[i]);
	for (size_t i = 0; i < loop->jobs; i++) {
		const struct seat *seat = &loop->seats[i];

		taken += seat->taken;
		idle += seat->taken && seat->work < SEAT_RUNS;
	}
	for (size_t i = 0; i < loop->jobs && wants_vm(loop, taken, idle); i++)
		if (is_usable(loop, &loop->seats[i])) {
			start_vm(loop, &loop->seats[i]);
			taken++;
			idle++;
		}
	show_progress(loop, taken);
	return taken || awaits_worker(loop);
}

static int earlier(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* Milliseconds until there is something to do in a VM. */
static int next_wake(struct seat *seat)
{
	uint64_t now, at;
	int wake;

	/* it could not be started, or has just ended */
	if (!seat->run.running)
		return 0;
	wake = run_vm_next_wake(&seat->run);
	now = conversation_ms(seat->run.guest);
	at = seat_due(seat);
	if (seat->ready && seat->record.stop == RUN_NOT_STOPPED &&
	    seat->work != SEAT_ENDS)
		return 0;
	if (seat->nr_held)
		wake = earlier(wake, 50);
	if (at != RUN_NEVER)
		wake = earlier(wake, at <= now		? 0
				     : at - now < 60000 ? (int)(at - now)
							: 60000);
	return wake;
}

static int prepare_poll(struct suite_loop *loop, struct pollfd *fds)
{
	int timeout = -1;

	fds[0] = (struct pollfd){ .fd = loop->signals, .events = POLLIN };
	for (size_t i = 0; i < loop->jobs; i++) {
		struct seat *seat = &loop->seats[i];

		run_vm_fill_pollfds(&seat->run, fds + 1 + i * RUN_VM_FDS);
		if (seat->taken) {
			timeout = earlier(timeout, next_wake(seat));
		} else if (loop->workers) {
			worker_fill_pollfds(worker_of(loop, seat),
					    fds + 1 + i * RUN_VM_FDS);
			timeout = earlier(timeout, worker_timeout(worker_of(loop, seat)));
		}
	}
	return live_timeout(timeout);
}

void suite_loop_run(struct suite_loop *loop)
{
	_cleanup_free_ struct pollfd *fds =
		xcalloc(1 + loop->jobs * RUN_VM_FDS, sizeof(*fds));
	_cleanup_free_ struct seat *seats = xcalloc(loop->jobs, sizeof(*seats));

	loop->seats = seats;
	loop->progress = true;
	loop->list = (struct strbuf)STRBUF_INIT;
	while (proceed(loop)) {
		int timeout = prepare_poll(loop, fds);

		if (poll(fds, 1 + loop->jobs * RUN_VM_FDS, timeout) < 0 &&
		    errno != EINTR) {
			suite_loop_host_failed(loop, "wait for the VMs", errno);
			for (size_t i = 0; i < loop->jobs; i++)
				if (seats[i].taken && seats[i].run.running)
					run_vm_kill(&seats[i].run, RUN_HOST);
			continue;
		}
		for (size_t i = 0; i < loop->jobs; i++)
			if (seats[i].taken && seats[i].run.running)
				run_vm_work(&seats[i].run, fds + 1 + i * RUN_VM_FDS);
			else if (loop->workers && !seats[i].taken)
				worker_work(loop->workers->v[i]);
		if (fds[0].revents)
			take_signal(loop);
	}
	live_end();
	loop->seats = NULL;
}

void suite_loop_release(struct suite_loop *loop)
{
	for (size_t i = 0; i < loop->nr_incidents; i++) {
		free(loop->incidents[i].reason);
		free(loop->incidents[i].report);
	}
	free(loop->incidents);
	free(loop->refusal);
	free(loop->host_error);
	free(loop->kernel_version);
	strbuf_release(&loop->list);
}
