// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The loop of an unattended run, which waits for all its VMs, signals and the clock. It
 * decides which VM starts when, and when the run is over.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/signal-fd.h"
#include "run-vm.h"
#include "supervise.h"
#include "run/verdict.h"

/* Milliseconds that helpers have to end after the test's end. */
#define OVER_GRACE_MS 20000

struct supervision {
	struct run_vm *runs; /* the last one is the test's */
	size_t nr;
	size_t started; /* so many of them were, the first ones */
	bool over;	/* no other VM starts, and the running ones must end */
	int signals;
	uint64_t start_ms;     /* see monotonic_ms() */
	struct vm_peer *peers; /* the VMs that were started, for those after them */
	struct pollfd *fds;    /* the signals, then RUN_VM_FDS for each VM */
};

/* Whether its end or its failure decides the whole run. */
static bool is_over(const struct supervision *loop, const struct run_vm *run)
{
	const struct run_record *record = run->record;

	if (run == &loop->runs[loop->nr - 1]) /* the test's */
		return !run->running;
	return !run->running || record->stop != RUN_NOT_STOPPED || record->has_end ||
	       record->failed;
}

static void interrupt(struct run_vm *run, int signal)
{
	bool again = run->record->stop == RUN_SIGNAL;

	run->record->signal = signal;
	/* whoever sends a second one does not want to wait */
	if (run->running)
		run_vm_stop(run, RUN_SIGNAL, again ? 0 : RUN_INTERRUPT_GRACE_MS);
	run->record->stop = RUN_SIGNAL;
}

/* Returns the number of the signal, or 0 if there was none. */
static int take_signal(void *data)
{
	struct supervision *loop = data;
	struct signalfd_siginfo info;
	int sig;

	if (read(loop->signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	sig = (int)info.ssi_signo;
	for (size_t i = 0; i < loop->nr; i++)
		if (sig == SIGCHLD)
			run_vm_child_ended(&loop->runs[i]);
		else
			interrupt(&loop->runs[i], sig);
	loop->over |= sig != SIGCHLD;
	return sig;
}

static void start_next(struct supervision *loop)
{
	size_t nr = loop->started++;
	struct run_vm *run = &loop->runs[nr];

	if (nr) {
		struct run_vm *before = run - 1;

		loop->peers[nr - 1] =
			(struct vm_peer){ before->record->helper, before->record->slot };
		/* the last VM is the one that the whole run's limit asks to stop */
		before->facts.limited = false;
	}
	run->vm_options.peers = loop->peers;
	run->vm_options.nr_peers = nr;
	run->vm_options.together = loop->nr > 1;
	run->facts.begun_ms = monotonic_ms() - loop->start_ms;
	run->facts.limited = true;
	run_vm_start(run);
	/* if preparing it failed there is no further poll(2), so handle pending signals
	 * now: at most one of each kind can be pending */
	for (int i = 0; i < SIGNAL_FD_KINDS && take_signal(loop); i++)
		;
}

/* Note the test's end, and that of a helper, which decides the run unless the test has
 * ended or was stopped before. */
static void note_ends(struct supervision *loop)
{
	const struct run_record *test = loop->runs[loop->nr - 1].record;

	for (size_t i = 0; !loop->over && i < loop->started; i++) {
		struct run_record *record = loop->runs[i].record;

		if (!is_over(loop, &loop->runs[i]))
			continue;
		if (record == test)
			loop->over = true;
		else if (!test->has_end && test->stop == RUN_NOT_STOPPED)
			record->ended_run = loop->over = true;
		else if (record->stop == RUN_NOT_STOPPED && record->has_end)
			record->stop = RUN_OVER;
	}
}

/* The first starts at once, each of the others when the one before it is ready. */
static bool may_start(const struct supervision *loop)
{
	if (loop->over || loop->started == loop->nr)
		return false;
	return !loop->started || loop->runs[loop->started - 1].record->ready;
}

/* Start and end the VMs whose time has come. Returns whether one is running. */
static bool proceed(struct supervision *loop)
{
	bool running = false;

	for (size_t i = 0; i < loop->started; i++)
		if (loop->runs[i].running)
			run_vm_keep_limits(&loop->runs[i]);
	note_ends(loop);
	while (may_start(loop)) {
		start_next(loop);
		/* a VM that cannot be started has ended */
		note_ends(loop);
	}
	for (size_t i = 0; i < loop->started; i++) {
		struct run_vm *run = &loop->runs[i];

		if (loop->over && run->running && run->record->stop == RUN_NOT_STOPPED)
			run_vm_stop(run, RUN_OVER, OVER_GRACE_MS);
		running |= run->running;
	}
	return running;
}

/* Set up poll(2) for all VMs. Returns its timeout. */
static int prepare_poll(struct supervision *loop)
{
	int timeout = -1;

	loop->fds[0] = (struct pollfd){ .fd = loop->signals, .events = POLLIN };
	for (size_t i = 0; i < loop->nr; i++) {
		struct run_vm *run = &loop->runs[i];
		int wake = run->running ? run_vm_next_wake(run) : -1;

		run_vm_fill_pollfds(run, loop->fds + 1 + i * RUN_VM_FDS);
		if (wake >= 0 && (timeout < 0 || wake < timeout))
			timeout = wake;
	}
	return timeout;
}

static void give_up(struct supervision *loop, int err)
{
	/* the test may not have been started yet */
	record_host_failed(loop->runs[loop->nr - 1].record, "wait for the VM", err);
	for (size_t i = 0; i < loop->started; i++) {
		struct run_vm *run = &loop->runs[i];

		if (!run->running)
			continue;
		record_host_failed(run->record, "wait for the VM", err);
		run_vm_kill(run, RUN_HOST);
	}
}

void supervise_run(const struct run_config *config, struct run_record *record,
		   const struct rundir *dirs, int signals, struct worker *worker)
{
	/* too large for the stack */
	_cleanup_free_ struct run_vm *runs = xcalloc(config->nr_vms, sizeof(*runs));
	_cleanup_free_ struct pollfd *fds =
		xcalloc(1 + config->nr_vms * RUN_VM_FDS, sizeof(*fds));
	_cleanup_free_ struct vm_peer *peers = xcalloc(config->nr_vms, sizeof(*peers));
	struct supervision loop = {
		.runs = runs,
		.nr = config->nr_vms,
		.signals = signals,
		.start_ms = monotonic_ms(),
		.peers = peers,
		.fds = fds,
	};

	for (size_t i = 0; i < config->nr_vms; i++)
		run_vm_init(&runs[i], config, &config->vms[i],
			    i < record->nr_with ? record->with[i] : record, &dirs[i]);
	run_vm_use_worker(&runs[config->nr_vms - 1], worker);
	while (proceed(&loop)) {
		int timeout = prepare_poll(&loop);

		if (poll(fds, 1 + loop.nr * RUN_VM_FDS, timeout) < 0 && errno != EINTR) {
			give_up(&loop, errno);
			break;
		}
		for (size_t i = 0; i < loop.started; i++)
			if (runs[i].running)
				run_vm_work(&runs[i], fds + 1 + i * RUN_VM_FDS);
		if (fds[0].revents)
			take_signal(&loop);
	}
	for (size_t i = 0; i < loop.nr; i++) {
		runs[i].record->skipped = i >= loop.started;
		if (runs[i].record->started_vm)
			run_vm_finish(&runs[i], signals, take_signal, &loop);
		run_vm_release(&runs[i]);
	}
	/* the test is the last, because its verdict looks at those of the helpers */
	for (size_t i = 0; i < loop.nr; i++)
		verdict_judge(runs[i].record);
}
