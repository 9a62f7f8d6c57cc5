// SPDX-License-Identifier: GPL-2.0-or-later
/* A VM of a run: from its start to its last words. What the guest says goes to
 * conversation.c. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "lib/log.h"
#include "run-vm.h"

void run_host_failed(struct run *run, const char *what, int err)
{
	if (!run->record->host_error)
		run->record->host_error = xasprintf("cannot %s: %s", what, err_text(err));
}

void run_init(struct run *run, const struct run_options *options,
	      struct run_record *record)
{
	*run = (struct run){
		.options = options,
		.vm_options = options->vm,
		.record = record,
		.console = -1,
		.stop_ms = RUN_NEVER,
		.end_ms = RUN_NEVER,
		.panic_ms = RUN_NEVER,
	};
	record->fault_check = options->fault_check;
	record->tap_check = options->tap_check;
}

void run_release(struct run *run)
{
	if (run->guest_prepared)
		conversation_release(&run->guest);
	if (run->prepared)
		vm_release(&run->vm);
	if (run->console >= 0)
		close(run->console);
	free(run->peers);
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
	spec->stay = run->record->helper;
	err = take_end(vm_pipe(&run->vm, &run->console), &spec->console_fd);
	if (!err && spec->arch->channel)
		err = take_end(vm_socket(&run->vm, &slow), &spec->serial_fd);
	if (!err)
		err = take_end(vm_socket(&run->vm, &fast), &spec->port_fd);
	conversation_init(&run->guest, &run->options->guest, run->record, slow, fast);
	run->guest_prepared = true;
	return err ? err : vm_add_monitor(&run->vm);
}

static int start_qemu(struct run *run)
{
	_cleanup_free_ char *log =
		xasprintf("%s/console.log", run->options->guest.logs.dir->path);
	_cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int err;

	clock_gettime(CLOCK_REALTIME, &run->record->started);
	/* QEMU's own words are no output of the test's */
	err = vm_start(&run->vm, null_fd, STDERR_FILENO, -1, log);
	if (err && !run->record->host_error)
		run->record->host_error = xstrdup("QEMU could not be started");
	if (err)
		return err;
	run->guest.start_ms = monotonic_ms();
	run->record->started_qemu = true;
	run->record->slot = run->vm.spec.slot;
	run->record->accel = run->vm.spec.accel == ACCEL_KVM ? "kvm" : "tcg";
	run->running = true;
	return 0;
}

void run_start(struct run *run)
{
	int err = vm_init(&run->vm, &run->vm_options);

	run->prepared = true;
	if (!err)
		err = connect_guest(run);
	if (!err)
		start_qemu(run);
}

void run_ended(struct run *run)
{
	run->running = false;
	run->record->vm_ms = conversation_ms(&run->guest);
	slot_release(&run->vm.slot);
}

void run_child_ended(struct run *run)
{
	const struct run_record *record = run->record;
	int status = run->running ? process_wait(&run->vm.qemu, 0) : 0;

	if (!run->running)
		return;
	if (status >= 0) {
		run->record->qemu_status = status;
		run_ended(run);
	} else if (status != -ETIMEDOUT) {
		run_host_failed(run, "see whether QEMU has ended", status);
		run_kill(run, RUN_HOST);
	} else if (!run->lost && !record->has_end && record->stop == RUN_NOT_STOPPED) {
		run->lost = vm_net_lost(&run->vm.net);
		run->lost_ms = conversation_ms(&run->guest);
	}
}

void run_fill_pollfds(const struct run *run, struct pollfd *fds)
{
	const struct conversation *talk = &run->guest;
	const struct downlink *link = &talk->link;

	for (int i = 0; i < RUN_NR_FDS; i++)
		fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	if (!run->running)
		return;
	fds[RUN_FD_MONITOR].fd = run->vm.qmp.fd;
	fds[RUN_FD_CONSOLE].fd = sink_is_full(&talk->logs.err) ? -1 : run->console;
	for (int i = 0; i < DOWNLINK_STREAMS; i++) {
		struct pollfd *fd = &fds[RUN_FD_DOWNLINK + i];

		fd->events = downlink_wants_output(link, i) ? POLLOUT : 0;
		if (downlink_wants_input(link, i) && conversation_listens(talk))
			fd->events |= POLLIN;
		if (fd->events)
			fd->fd = link->streams[i].fd;
	}
	fds[RUN_FD_OUT].fd = sink_fd(&talk->logs.out);
	fds[RUN_FD_OUT].events = POLLOUT;
	fds[RUN_FD_ERR].fd = sink_fd(&talk->logs.err);
	fds[RUN_FD_ERR].events = POLLOUT;
	if (conversation_wants_stdin(talk))
		fds[RUN_FD_STDIN].fd = talk->options->in;
}

/* The VM goes on, and how its test ends may be known all the same. */
static void note_unread(struct run *run, const char *what, int err)
{
	run->record->unread = true;
	run_host_failed(run, what, err);
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
		conversation_console(&run->guest, buffer, (size_t)n);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 0)
		note_unread(run, "read the VM's console", errno);
	if (n <= 0)
		close(TAKE_FD(run->console));
	return n > 0;
}

void run_work(struct run *run, const struct pollfd *fds)
{
	if (fds[RUN_FD_MONITOR].revents)
		qmp_read(&run->vm.qmp);
	if (fds[RUN_FD_CONSOLE].revents)
		read_console(run);
	for (int i = 0; i < DOWNLINK_STREAMS; i++)
		if (fds[RUN_FD_DOWNLINK + i].revents && conversation_listens(&run->guest))
			conversation_read(&run->guest);
	if (fds[RUN_FD_STDIN].revents)
		conversation_read_stdin(&run->guest);
	/* it may have been silent only because we did not listen until now */
	if (!conversation_listens(&run->guest))
		run->guest.heard_ms = conversation_ms(&run->guest);
	conversation_write(&run->guest);
}

/* Whom to ask about signals while a reader is waited for. */
struct interest {
	int signals;
	int (*on_signal)(void *data);
	void *data;
};

/* What a slow reader has not taken yet; a signal ends that. */
static void finish_output(struct run *run, const struct interest *interest)
{
	struct sink *sinks[] = { &run->guest.logs.out, &run->guest.logs.err };

	for (size_t i = 0; i < ARRAY_SIZE(sinks); i++) {
		int err, sig;

		/* QEMU's end, when we ended it, is still among the signals; and there is
		 * no VM any more that 'rapido stop' could ask for */
		do {
			err = sink_finish(sinks[i], run_output_patience(run),
					  interest->signals);
			sig = err == -EINTR ? interest->on_signal(interest->data) : 0;
		} while (sig == SIGCHLD || slot_is_ask(sig));
		/* somebody who closes the pipe has seen enough */
		if (err && err != -EPIPE)
			run_host_failed(run, "write the test's output", err);
		/* and nothing more is queued */
		if (err && !sinks[i]->error)
			sinks[i]->error = -err;
	}
}

void run_finish(struct run *run, int signals, int (*on_signal)(void *data), void *data)
{
	const struct interest interest = { signals, on_signal, data };

	while (read_console(run))
		;
	while (!run->record->damage && conversation_read(&run->guest))
		if (!conversation_listens(&run->guest))
			finish_output(run, &interest);
	if (run->guest.link.error)
		note_unread(run, "read what the VM's agent says", run->guest.link.error);
	qmp_read(&run->vm.qmp);
	run->record->was_reset = run->vm.qmp.was_reset;
	conversation_finish(&run->guest);
	finish_output(run, &interest);
}
