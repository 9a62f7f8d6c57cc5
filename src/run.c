// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The loop of an unattended run: QEMU, the guest, signals and the clock are waited for
 * together. What the guest says is sorted by guest.c; here is decided when it is over.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "log.h"
#include "run.h"
#include "verdict.h"

/* Seconds that a kernel has to boot, and an agent to be heard of again. */
#define BOOT_LIMIT	60
#define BOOT_LIMIT_SLOW 240 /* under emulation */
#define HANG_LIMIT	60
#define HANG_LIMIT_SLOW 180
/* Milliseconds that a guest has to end when it was asked, ... */
#define STOP_GRACE_MS	   10000
#define SILENT_GRACE_MS	   1000
#define RESULTS_GRACE_MS   60000 /* while results come in */
#define INTERRUPT_GRACE_MS 1000	 /* when somebody waits for us to end */
#define OFF_GRACE_MS	   20000 /* to power off after its last message */
/* ... and QEMU to end after SIGTERM. */
#define QEMU_GRACE_MS 500
/* How often a report that may not be complete is looked at. */
#define REPORT_POLL_MS 50
#define SLOW_READER_MS 1000

#define NEVER UINT64_MAX

struct run {
	const struct run_options *options;
	struct run_record *record;
	struct vm vm;
	struct guest guest;
	int console; /* pipe */
	int signals;
	uint64_t stop_ms;   /* when QEMU is ended; NEVER */
	uint64_t asked_ms;  /* when the guest was asked to stop */
	uint64_t end_ms;    /* when WIRE_END came; NEVER */
	uint64_t output_ms; /* until when readers of our output are waited for; 0 */
	bool running;	    /* QEMU */
};

/* What the host could not do; the first of it is kept. */
static void host_failed(struct run *run, const char *what, int err)
{
	if (!run->record->host_error)
		run->record->host_error = xasprintf("cannot %s: %s", what, err_text(err));
}

/* What the poll set consists of. */
enum {
	FD_SIGNALS,
	FD_MONITOR,
	FD_CONSOLE,
	FD_LINK,
	FD_OUT = FD_LINK + LINK_STREAMS,
	FD_ERR,
	FD_STDIN,
	NR_FDS
};

static void fill_pollfds(const struct run *run, struct pollfd *fds)
{
	const struct guest *guest = &run->guest;
	const struct link *link = &guest->link;

	for (int i = 0; i < NR_FDS; i++)
		fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	fds[FD_SIGNALS].fd = run->signals;
	fds[FD_MONITOR].fd = run->vm.qmp.fd;
	fds[FD_CONSOLE].fd = sink_is_full(&guest->err) ? -1 : run->console;
	for (int i = 0; i < LINK_STREAMS; i++) {
		struct pollfd *fd = &fds[FD_LINK + i];

		fd->events = link_wants_output(link, i) ? POLLOUT : 0;
		if (link_wants_input(link, i) && guest_listens(guest))
			fd->events |= POLLIN;
		if (fd->events)
			fd->fd = link->streams[i].fd;
	}
	fds[FD_OUT].fd = sink_fd(&guest->out);
	fds[FD_OUT].events = POLLOUT;
	fds[FD_ERR].fd = sink_fd(&guest->err);
	fds[FD_ERR].events = POLLOUT;
	if (guest_wants_stdin(guest))
		fds[FD_STDIN].fd = guest->options->in;
}

/* QEMU is ended within @grace_ms; before that the guest may end in good order. */
static void stop_within(struct run *run, enum run_stop why, uint64_t grace_ms)
{
	uint64_t now = guest_ms(&run->guest), at;

	if (run->record->stop == RUN_NOT_STOPPED) {
		run->record->stop = why;
		run->asked_ms = now;
	}
	at = guest_stop(&run->guest) || run->record->has_end ? now + grace_ms : now;
	if (at < run->stop_ms)
		run->stop_ms = at;
}

static unsigned int boot_limit(const struct run *run)
{
	if (run->options->boot_timeout)
		return run->options->boot_timeout;
	return run->vm.spec.accel == ACCEL_KVM ? BOOT_LIMIT : BOOT_LIMIT_SLOW;
}

static unsigned int hang_limit(const struct run *run)
{
	if (run->options->hang_timeout)
		return run->options->hang_timeout;
	return run->vm.spec.accel == ACCEL_KVM ? HANG_LIMIT : HANG_LIMIT_SLOW;
}

/* The limits that may pass while nothing has ended the run yet, and which is the next. */
static uint64_t next_limit(const struct run *run, enum run_stop *why, unsigned int *limit)
{
	const struct run_record *record = run->record;
	uint64_t next = NEVER, at;

	if (record->stop != RUN_NOT_STOPPED || record->has_end)
		return NEVER;
	if (run->options->timeout) {
		*why = RUN_TIMEOUT;
		*limit = run->options->timeout;
		next = 1000ULL * *limit;
	}
	/* while we do not listen, the agent cannot be heard */
	at = !record->hello ? 1000ULL * boot_limit(run)
	     : guest_listens(&run->guest)
		     ? run->guest.heard_ms + 1000ULL * hang_limit(run)
		     : NEVER;
	if (at < next) {
		*why = record->hello ? RUN_SILENT : RUN_BOOT_TIMEOUT;
		*limit = record->hello ? hang_limit(run) : boot_limit(run);
		next = at;
	}
	return next;
}

/* When a guest that is ending is ended: later as long as its results come in. */
static uint64_t hard_end(const struct run *run)
{
	uint64_t at = run->stop_ms, heard = run->guest.heard_ms + STOP_GRACE_MS,
		 latest = run->asked_ms + RESULTS_GRACE_MS;

	if (run->end_ms != NEVER && run->end_ms + OFF_GRACE_MS < at)
		at = run->end_ms + OFF_GRACE_MS;
	if (run->stop_ms == NEVER || run->record->has_end || !run->guest.asked ||
	    run->record->stop == RUN_SIGNAL || run->record->stop == RUN_SILENT ||
	    !run->record->results.begun)
		return at;
	if (at < heard && heard <= latest)
		at = heard;
	return at;
}

/* Whether the agent was silent only as long as we did not come to listen to it. */
static bool was_not_heard(struct run *run, enum run_stop why)
{
	return why == RUN_SILENT && guest_listens(&run->guest) && guest_read(&run->guest);
}

/* What the record says has happened, and limits that have passed. */
static void judge_time(struct run *run, uint64_t now)
{
	struct run_record *record = run->record;
	bool pending = faults_pending(&record->faults, now);
	enum run_stop why = RUN_NOT_STOPPED;
	unsigned int limit = 0;

	if (record->has_end && run->end_ms == NEVER)
		run->end_ms = now;
	if (run->options->fault_check && run->options->stop_on_fault &&
	    record->faults.counted && !pending && !record->has_end)
		stop_within(run, RUN_FAULT, STOP_GRACE_MS);
	/* it resets itself, unless somebody told it not to */
	if (record->faults.panicked && run->stop_ms == NEVER && !pending)
		run->stop_ms = now + STOP_GRACE_MS;
	if (record->damage && record->stop == RUN_NOT_STOPPED)
		stop_within(run, RUN_DAMAGED, 0);
	if (now >= next_limit(run, &why, &limit) && !was_not_heard(run, why)) {
		record->limit_s = limit;
		/* one that does not speak will hardly listen */
		stop_within(run, why,
			    why == RUN_SILENT ? SILENT_GRACE_MS : STOP_GRACE_MS);
	}
}

/* How long poll(2) may wait, in milliseconds; -1: for ever. */
static int next_wake(struct run *run, uint64_t now)
{
	enum run_stop why;
	unsigned int limit;
	uint64_t next = next_limit(run, &why, &limit), end = hard_end(run);

	next = end < next ? end : next;
	if (faults_pending(&run->record->faults, now) && now + REPORT_POLL_MS < next)
		next = now + REPORT_POLL_MS;
	if (!guest_listens(&run->guest) && now + SLOW_READER_MS < next)
		next = now + SLOW_READER_MS;
	if (next == NEVER)
		return -1;
	if (next <= now)
		return 0;
	return next - now < INT_MAX ? (int)(next - now) : INT_MAX;
}

/* Whether the guest's time is over, and QEMU has been ended. */
static bool end_in_time(struct run *run, uint64_t now)
{
	if (now < hard_end(run))
		return false;
	if (run->record->stop == RUN_NOT_STOPPED)
		run->record->stop = RUN_NO_END;
	vm_stop(&run->vm, QEMU_GRACE_MS);
	run->running = false;
	return true;
}

/* Which one it was, or 0. */
static int take_signal(struct run *run)
{
	struct signalfd_siginfo info;
	int status;

	if (read(run->signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	if (info.ssi_signo == SIGUSR1) {
		if (run->running)
			stop_within(run, RUN_COMMAND, STOP_GRACE_MS);
	} else if (info.ssi_signo != SIGCHLD) {
		run->record->signal = (int)info.ssi_signo;
		/* a second one does not want to wait */
		stop_within(run, RUN_SIGNAL,
			    run->record->stop == RUN_SIGNAL ? 0 : INTERRUPT_GRACE_MS);
		run->record->stop = RUN_SIGNAL;
	} else {
		/* children that are stopped or continued signal too */
		status = process_wait(&run->vm.qemu, 0);
		if (status != -ETIMEDOUT) {
			run->record->qemu_status = status < 0 ? 0 : status;
			run->running = false;
		}
	}
	return (int)info.ssi_signo;
}

/* Whether there was anything. */
static bool read_console(struct run *run)
{
	char buffer[16384];
	ssize_t n;

	if (run->console < 0)
		return false;
	n = read(run->console, buffer, sizeof(buffer));
	if (n > 0)
		guest_console(&run->guest, buffer, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close(TAKE_FD(run->console));
	return n > 0;
}

static void supervise(struct run *run)
{
	struct pollfd fds[NR_FDS];

	while (run->running) {
		uint64_t now = guest_ms(&run->guest);

		judge_time(run, now);
		if (end_in_time(run, now))
			break;
		fill_pollfds(run, fds);
		if (poll(fds, NR_FDS, next_wake(run, now)) < 0 && errno != EINTR) {
			host_failed(run, "wait for the VM", errno);
			return;
		}
		if (fds[FD_MONITOR].revents)
			qmp_read(&run->vm.qmp);
		if (fds[FD_CONSOLE].revents)
			read_console(run);
		for (int i = 0; i < LINK_STREAMS; i++)
			if (fds[FD_LINK + i].revents && guest_listens(&run->guest))
				guest_read(&run->guest);
		if (fds[FD_STDIN].revents)
			guest_read_stdin(&run->guest);
		/* it may have been silent only because we did not listen until now */
		if (!guest_listens(&run->guest))
			run->guest.heard_ms = guest_ms(&run->guest);
		guest_write(&run->guest);
		if (fds[FD_SIGNALS].revents)
			take_signal(run);
	}
}

/* How long readers of our output may take for what is left, in milliseconds; -1: any. */
static int output_patience(struct run *run)
{
	uint64_t now = guest_ms(&run->guest), limit = 1000ULL * run->options->timeout;

	if (run->record->signal)
		return 0;
	/* who sets a limit wants to go on after it, whatever it was that took so long */
	if (!limit && !run->record->limit_s)
		return -1;
	if (!run->output_ms)
		run->output_ms = (now > limit ? now : limit) + STOP_GRACE_MS;
	return now < run->output_ms ? (int)(run->output_ms - now) : 0;
}

/* What a slow reader has not taken yet; a signal ends that. */
static void finish_output(struct run *run)
{
	struct sink *sinks[] = { &run->guest.out, &run->guest.err };

	for (size_t i = 0; i < ARRAY_SIZE(sinks); i++) {
		int err, sig;

		/* QEMU's end, when we ended it, is still among the signals; and there is
		 * no VM any more that 'rapido stop' could ask for */
		do {
			err = sink_finish(sinks[i], output_patience(run), run->signals);
			sig = err == -EINTR ? take_signal(run) : 0;
		} while (sig == SIGCHLD || sig == SIGUSR1);
		/* somebody who closes the pipe has seen enough */
		if (err && err != -EPIPE)
			host_failed(run, "write the test's output", err);
		/* and nothing more is queued */
		if (err && !sinks[i]->error)
			sinks[i]->error = -err;
	}
}

/* QEMU is gone: the sockets still have what it said last. */
static void drain(struct run *run)
{
	while (read_console(run))
		;
	while (!run->record->damage && guest_read(&run->guest))
		if (!guest_listens(&run->guest))
			finish_output(run);
	qmp_read(&run->vm.qmp);
	run->record->was_reset = run->vm.qmp.was_reset;
	guest_finish(&run->guest);
	finish_output(run);
}

/* QEMU's end of something becomes part of QEMU's command line. */
static int take_end(int fd, int *spec_fd)
{
	if (fd < 0)
		log_error("cannot make a socket or pipe for QEMU: %s", err_text(fd));
	else
		*spec_fd = fd;
	return fd < 0 ? fd : 0;
}

/* The console, and the ways to the guest's agent. */
static int connect_guest(struct run *run)
{
	struct vm_spec *spec = &run->vm.spec;
	int slow = -1, fast = -1, err;

	spec->unattended = true;
	spec->run = true;
	spec->merge = run->options->merge;
	err = take_end(vm_pipe(&run->vm, &run->console), &spec->console_fd);
	if (!err && spec->arch->channel)
		err = take_end(vm_socket(&run->vm, &slow), &spec->serial_fd);
	if (!err)
		err = take_end(vm_socket(&run->vm, &fast), &spec->port_fd);
	guest_init(&run->guest, &run->options->guest, run->record, slow, fast);
	return err ? err : vm_add_monitor(&run->vm);
}

static int start(struct run *run)
{
	_cleanup_free_ char *log =
		xasprintf("%s/console.log", run->options->guest.dir->path);
	_cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int err;

	clock_gettime(CLOCK_REALTIME, &run->record->started);
	/* QEMU's own words are no output of the test's */
	err = vm_start(&run->vm, null_fd, STDERR_FILENO, -1, log);
	if (err)
		return err;
	clock_gettime(CLOCK_MONOTONIC, &run->guest.start);
	run->record->started_qemu = true;
	run->record->slot = run->vm.spec.slot;
	run->record->accel = run->vm.spec.accel == ACCEL_KVM ? "kvm" : "tcg";
	run->running = true;
	return 0;
}

static void run_prepared(struct run *run)
{
	if (!connect_guest(run) && !start(run)) {
		supervise(run);
		run->record->vm_ms = guest_ms(&run->guest);
		drain(run);
	}
	guest_release(&run->guest);
}

void run_vm(const struct run_options *options, struct run_record *record)
{
	/* too large for the stack */
	_cleanup_free_ struct run *run = xcalloc(1, sizeof(*run));

	run->options = options;
	run->record = record;
	run->console = -1;
	run->signals = options->signals;
	run->stop_ms = NEVER;
	run->end_ms = NEVER;
	record->fault_check = options->fault_check;
	if (!vm_init(&run->vm, &options->vm))
		run_prepared(run);
	vm_release(&run->vm);
	if (run->console >= 0)
		close(run->console);
	verdict_judge(record);
}
