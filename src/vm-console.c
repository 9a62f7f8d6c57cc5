// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VM in the foreground. QEMU is our child and has the terminal. We wait for its end,
 * for signals and for its monitor in one loop, and put everything back afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "tty.h"
#include "vm.h"
#include "wire.h"

/* After SIGTERM QEMU gets this long to end by itself. */
#define QEMU_GRACE_MS 2000
/* What serves its network ends with QEMU, and may be seen to do so before it. */
#define LOST_GRACE_MS 1000

struct console {
	struct vm vm;
	struct tty tty;
	int channel; /* to the guest's init, which can only be asked to end; or -1 */
	bool warned; /* that it has lost its network */
	int caught;  /* the signal that ended us, or 0 */
};

static void console_release(struct console *console)
{
	vm_release(&console->vm);
	if (console->channel >= 0)
		close(console->channel);
}

/* The guest is asked to power off; a guest that cannot be asked is ended. */
static void ask_to_end(struct console *console)
{
	unsigned char frame[WIRE_HEADER];

	if (console->channel < 0) {
		vm_stop(&console->vm, QEMU_GRACE_MS);
		return;
	}
	wire_header(frame, WIRE_STOP, 0, NULL, 0);
	(void)!send(console->channel, frame, sizeof(frame), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* A child has ended. QEMU's status, or -ETIMEDOUT: it was another one, or none, as
 * children that are stopped or continued signal too. */
static int reap(struct console *console)
{
	const char *lost = vm_net_lost(&console->vm.net);
	int status = process_wait(&console->vm.qemu, lost ? LOST_GRACE_MS : 0);

	if (status == -ETIMEDOUT && lost && !console->warned) {
		console->warned = true;
		log_warn("%s: it has no network any more", lost);
	}
	return status;
}

/* A signal has come. True when that was the end: @status is QEMU's, or -errno. */
static bool take_signal(struct console *console, int signals, int *status)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return false;
	*status = 0;
	if (slot_is_ask((int)info.ssi_signo)) {
		ask_to_end(console);
		return console->vm.qemu.pid <= 0;
	}
	if (info.ssi_signo != SIGCHLD) {
		console->caught = (int)info.ssi_signo;
		vm_stop(&console->vm, QEMU_GRACE_MS);
		return true;
	}
	*status = reap(console);
	return *status != -ETIMEDOUT;
}

/* What comes from the guest's init means nothing here. */
static void drop_channel(struct console *console)
{
	char buffer[512];
	ssize_t n = recv(console->channel, buffer, sizeof(buffer), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close(TAKE_FD(console->channel));
}

/* Wait for QEMU's end, its exit status, or for a signal to us, which is left in
 * console->caught. */
static int supervise(struct console *console, int signals)
{
	struct qmp *qmp = &console->vm.qmp;

	for (;;) {
		struct pollfd fds[] = { { .fd = signals, .events = POLLIN },
					{ .fd = qmp->fd, .events = POLLIN },
					{ .fd = console->channel, .events = POLLIN } };
		int status;

		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[1].revents)
			qmp_read(qmp);
		if (fds[2].revents)
			drop_channel(console);
		if ((fds[0].revents & POLLIN) && take_signal(console, signals, &status))
			return status;
	}
}

static int judge(struct console *console, int status)
{
	struct vm *vm = &console->vm;

	/* what the monitor still has to say */
	qmp_read(&vm->qmp);
	if (console->caught)
		return 128 + console->caught;
	if (status < 0) {
		log_error("cannot wait for QEMU: %s", err_text(status));
		return 1;
	}
	if (status == 0 && vm->qmp.was_reset) {
		log_error(
			"the VM was reset before its scripts had ended: the kernel panicked, or a "
			"script called reboot");
		return 1;
	}
	if (status >= 128) {
		log_error("QEMU was ended by signal %d (%s)", status - 128,
			  strsignal(status - 128));
		return status;
	}
	if (status) {
		log_error("QEMU failed with status %d; see its message above", status);
		return 1;
	}
	if (vm->spec.unattended && !vm->qmp.has_ended && !vm->spec.arch->ends_silently) {
		log_error("QEMU ended without having run the VM");
		return 1;
	}
	return 0;
}

/* Where QEMU's own choice of serial ports is known, the guest's init gets one too. */
static void add_channel(struct console *console)
{
	struct vm_spec *spec = &console->vm.spec;

	if (!spec->arch->channel || !qemu_has_default_console(&console->vm.extra_args))
		return;
	spec->serial_fd = vm_socket(&console->vm, &console->channel);
	if (spec->serial_fd >= 0) {
		spec->first_serial = spec->unattended ? "stdio" : "mon:stdio";
		return;
	}
	log_debug("'rapido stop' cannot ask this VM: %s", err_text(spec->serial_fd));
	spec->serial_fd = -1;
}

static void set_console(struct console *console, const struct vm_options *options)
{
	struct vm_spec *spec = &console->vm.spec;

	spec->unattended = !console->tty.attended;
	if (spec->unattended)
		return;
	tty_size(&console->tty, &spec->rows, &spec->cols);
	spec->term = options->term;
}

static int run(struct console *console)
{
	struct vm *vm = &console->vm;
	_cleanup_close_ int null_fd = -1, signals = -1;
	sigset_t before;
	int status;

	add_channel(console);
	/* where nobody sits, QEMU gets no input, and its monitor says how the VM ended */
	if (vm->spec.unattended) {
		null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (vm_add_monitor(vm))
			return 1;
	}
	signals = vm_catch_signals(&before);
	if (signals < 0)
		log_error("cannot wait for signals: %s", err_text(signals));
	if (signals < 0 || vm_start(vm, null_fd, -1, -1, NULL)) {
		status = 1;
	} else {
		status = supervise(console, signals);
		tty_restore(&console->tty);
		status = judge(console, status);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}

int vm_run(const struct vm_options *options)
{
	_cleanup_(console_release) struct console console = { .channel = -1 };

	tty_save(&console.tty);
	if (vm_init(&console.vm, options))
		return 1;
	set_console(&console, options);
	if (options->dry_run)
		return vm_print_command(&console.vm) ? 1 : 0;
	return run(&console);
}
