// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VM in the foreground. Its process is our child and has the terminal. One loop waits
 * for its end, for signals and for the monitor; the terminal is restored afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bootscreen.h"
#include "console-log.h"
#include "lib/io.h"
#include "lib/live.h"
#include "lib/log.h"
#include "lib/signal-fd.h"
#include "lib/sink.h"
#include "lib/tty.h"
#include "vm/exec-relay.h"
#include "vm/vm.h"

/* Time for the VM to end after SIGTERM. */
#define TERM_GRACE_MS 2000
/* The process that serves its network ends with the VM, and may be seen to end first. */
#define LOST_GRACE_MS 1000
/* The VM's last output waits this long for a terminal that was stopped. */
#define LAST_WORDS_MS 2000

struct console {
	struct vm_options options;
	struct vm *vm;
	struct tty tty;
	struct downlink link;	   /* to the guest's init, see wire.h */
	struct exec_relay *relay;  /* of commands, over the link */
	bool serving;		   /* the relay is open */
	bool greeted;		   /* the guest's init listens */
	bool asked;		   /* was asked to end */
	int command_status;	   /* of the command on the console; -1: not known */
	unsigned short rows, cols; /* the terminal's size that the guest knows */
	struct console_log log;	   /* what the user does not see */
	bool hidden;		   /* the console's output goes there */
	int screen_fd; /* the VM's output for the terminal; -1: it writes there */
	bool screen_ended;
	struct bootscreen screen;
	struct sink out; /* the terminal */
	bool warned;	 /* of a lost network */
	int caught;	 /* the signal that ended us, or 0 */
};

static void console_release(struct console *console)
{
	vm_free(console->vm);
	if (console->screen_fd >= 0) {
		close(console->screen_fd);
		sink_release(&console->out);
		bootscreen_release(&console->screen);
	}
	console_log_release(&console->log);
	exec_relay_free(console->relay);
	if (console->relay)
		downlink_release(&console->link);
}

static bool has_log(const struct console *console)
{
	return console->log.fd >= 0;
}

static bool has_channel(const struct console *console)
{
	return console->link.streams[0].fd >= 0;
}

static void tell_init(struct console *console, enum wire_type type, const void *payload,
		      size_t size)
{
	if (console->greeted)
		downlink_send(&console->link, type, payload, size);
	else
		downlink_shout(&console->link, type, payload, size);
	downlink_write(&console->link);
}

/*
 * Ask the guest to power off, or end it if it cannot be asked. It may not listen yet; an
 * image that an older rapido cut never says that it does.
 */
static void ask_to_end(struct console *console)
{
	console->asked = true;
	if (!has_channel(console))
		vm_stop(console->vm, TERM_GRACE_MS);
	else
		tell_init(console, WIRE_STOP, "", 0);
}

/* Tell the guest if the user has changed the window's size. */
static void tell_size(struct console *console)
{
	unsigned short rows = 0, cols = 0;
	unsigned char size[8];

	if (!console->greeted || !has_channel(console) || !console->tty.attended ||
	    !tty_size(&console->tty, &rows, &cols) ||
	    (rows == console->rows && cols == console->cols))
		return;
	console->rows = rows;
	console->cols = cols;
	wire_put32(size, rows);
	wire_put32(size + 4, cols);
	tell_init(console, WIRE_WINSIZE, size, sizeof(size));
}

/* The guest listens. It knows the size on its command line, and may have missed what was
 * said before. */
static void greet(struct console *console)
{
	console->greeted = true;
	bootscreen_skip(&console->screen);
	console->rows = console->options.rows;
	console->cols = console->options.cols;
	tell_size(console);
	if (console->asked)
		tell_init(console, WIRE_STOP, "", 0);
}

/* After SIGCHLD: the VM's status, or -ETIMEDOUT if another child has ended, or a child
 * was stopped or continued. */
static int reap(struct console *console)
{
	const char *lost = vm_lost(console->vm);
	int status = vm_wait(console->vm, lost ? LOST_GRACE_MS : 0);

	if (status == -ETIMEDOUT && lost && !console->warned) {
		console->warned = true;
		log_warn("%s; the VM has to do without it", lost);
	}
	return status;
}

/* Handle what came over the control socket. True if the VM has ended. */
static bool take_requests(struct console *console)
{
	enum control_request request = control_read(vm_control(console->vm));
	int fd;

	while ((fd = control_take_exec(vm_control(console->vm))) >= 0)
		exec_relay_add(console->relay, fd);
	vm_serve_dumps(console->vm);
	switch (request) {
	case CONTROL_NONE:
		break;
	case CONTROL_STOP:
		ask_to_end(console);
		break;
	case CONTROL_END:
		console->caught = SIGTERM;
		vm_stop(console->vm, TERM_GRACE_MS);
		break;
	}
	return !vm_is_running(console->vm);
}

/* Read a signal. True if the VM has ended: @status is its status or -errno. */
static bool take_signal(struct console *console, int signals, int *status)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		return false;
	*status = 0;
	if (info.ssi_signo == SIGWINCH) {
		tell_size(console);
		return false;
	}
	if (info.ssi_signo != SIGCHLD) {
		console->caught = (int)info.ssi_signo;
		vm_stop(console->vm, TERM_GRACE_MS);
		return true;
	}
	*status = reap(console);
	return *status != -ETIMEDOUT;
}

static void serve(struct console *console)
{
	console->serving = true;
	exec_relay_open(console->relay);
}

static void stop_serving(struct console *console, const char *why)
{
	console->serving = false;
	exec_relay_close(console->relay, why);
}

/* Copy what the VM has printed to the terminal's sink, or to the log. False if there is
 * no more now. */
static bool show(struct console *console)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	char data[4096];
	ssize_t n = read(console->screen_fd, data, sizeof(data));

	if (n > 0)
		bootscreen_add(&console->screen, data, (size_t)n, &text);
	if (console->hidden && text.len) {
		console_log_add(&console->log, text.buf, text.len);
		/* a kernel that has panicked may stay as it is: the user waits for
		 * nothing */
		if (console_log_has_panic(&console->log)) {
			live_end();
			console_log_show(&console->log);
			console->hidden = false;
		}
	} else if (text.len) {
		sink_add(&console->out, text.buf, text.len);
	}
	console->screen_ended = n == 0;
	return n > 0 || (n < 0 && errno == EINTR);
}

/* From now on the console is the user's, or the kernel's. What it has shown until now has
 * arrived, and the guest waits before it goes on. */
static void hide(struct console *console, bool hidden)
{
	if (!has_log(console))
		return;
	while (show(console))
		;
	live_end();
	console->hidden = hidden;
}

static void tell_seen(struct console *console)
{
	if (has_log(console))
		downlink_send(&console->link, WIRE_SEEN, "", 0);
}

static void take_hello(struct console *console, const struct wire_frame *frame)
{
	greet(console);
	hide(console, false);
	if (frame->size < 4 || wire_get32(frame->payload) != WIRE_VERSION) {
		stop_serving(console, "its image was cut by another version of rapido");
		return;
	}
	downlink_pace(&console->link);
	tell_seen(console);
	serve(console);
}

static void read_link(struct console *console)
{
	static const char nonsense[] = "what its guest says makes no sense";
	struct wire_frame frame;
	int more;

	downlink_read(&console->link);
	while ((more = downlink_next(&console->link, &frame))) {
		if (more == -ECONNRESET) {
			stop_serving(console, "its guest was started again");
			downlink_restart(&console->link);
		} else if (more > 0 && frame.type == WIRE_HELLO) {
			take_hello(console, &frame);
		} else if (more > 0 && frame.type == WIRE_STATUS && frame.size == 4) {
			console->command_status = wire_get32(frame.payload) & 0xff;
		} else if (more > 0 && frame.type == WIRE_LEAVE) {
			hide(console, true);
			tell_seen(console);
		} else if (more > 0 && frame.type == WIRE_KMSG) {
			if (has_log(console))
				console_log_records(&console->log,
						    (const char *)frame.payload,
						    frame.size);
		} else if (more < 0 || exec_relay_frame(console->relay, &frame) < 0) {
			stop_serving(console, nonsense);
		}
	}
	if (console->link.torn && console->serving)
		stop_serving(console, nonsense);
}

/* The VM has ended: show the rest. */
static void show_rest(struct console *console)
{
	if (console->screen_fd < 0)
		return;
	while (show(console))
		;
	sink_finish(&console->out, LAST_WORDS_MS, -1);
}

/* What supervise() polls. */
enum {
	FD_SIGNALS,
	FD_MONITOR,
	FD_CONTROL,
	FD_RELAY,
	FD_SCREEN,
	FD_TERMINAL,
	FD_LINK,
	NR_FDS = FD_LINK + DOWNLINK_STREAMS
};

static void fill_pollfds(const struct console *console, struct pollfd *fds, int signals)
{
	const struct downlink *link = &console->link;

	for (int i = 0; i < NR_FDS; i++)
		fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
	fds[FD_SIGNALS].fd = signals;
	fds[FD_MONITOR].fd = vm_monitor_fd(console->vm);
	fds[FD_CONTROL].fd = control_fd(vm_control(console->vm));
	fds[FD_RELAY].fd = exec_relay_fd(console->relay);
	if (console->screen_fd >= 0) {
		fds[FD_TERMINAL] = (struct pollfd){ .fd = sink_fd(&console->out),
						    .events = POLLOUT };
		if (!console->screen_ended && !sink_is_full(&console->out))
			fds[FD_SCREEN].fd = console->screen_fd;
	}
	for (int i = 0; i < DOWNLINK_STREAMS; i++) {
		struct pollfd *fd = &fds[FD_LINK + i];

		fd->events = downlink_wants_input(link, i) ? POLLIN : 0;
		if (downlink_wants_output(link, i))
			fd->events |= POLLOUT;
		if (fd->events)
			fd->fd = link->streams[i].fd;
	}
}

/* Wait for the VM's end and return its status, or for a signal that ends us, see
 * console->caught. */
static int supervise(struct console *console, int signals)
{
	for (;;) {
		struct pollfd fds[NR_FDS];
		int status;

		fill_pollfds(console, fds, signals);
		if (console->hidden)
			live_tick();
		if (poll(fds, NR_FDS, live_timeout(-1)) < 0 && errno != EINTR)
			return -errno;
		if (fds[FD_MONITOR].revents)
			vm_read_monitor(console->vm);
		if (fds[FD_LINK].revents || fds[FD_LINK + 1].revents)
			read_link(console);
		if (fds[FD_SCREEN].revents)
			show(console);
		if (fds[FD_TERMINAL].revents)
			sink_write(&console->out);
		if (fds[FD_CONTROL].revents && take_requests(console))
			return 0;
		exec_relay_work(console->relay);
		downlink_write(&console->link);
		if ((fds[FD_SIGNALS].revents & POLLIN) &&
		    take_signal(console, signals, &status))
			return status;
	}
}

/* The VM has ended: read what the guest said last. */
static void read_last_words(struct console *console)
{
	const struct downlink *link = &console->link;

	for (int i = 0; console->relay && i < DOWNLINK_STREAMS; i++) {
		struct pollfd fd = { .fd = link->streams[i].fd, .events = POLLIN };

		while (link->streams[i].fd >= 0 && downlink_wants_input(link, i) &&
		       poll(&fd, 1, 0) > 0)
			read_link(console);
	}
}

/* The status of the command on the console. */
static int judge_command(const struct console *console, int status)
{
	if (console->command_status >= 0)
		return console->command_status;
	if (!status)
		log_error("the VM ended before the command had returned");
	return VM_NO_COMMAND;
}

static int judge_vm(struct console *console, int status)
{
	const bool is_script = !console->options.command;
	struct vm_ending ending;
	const char *why;

	if (status < 0) {
		log_error("cannot wait for the VM: %s", err_text(status));
		return 1;
	}
	ending = vm_ending(console->vm, status);
	if (ending.end != VM_END_OFF && console->hidden)
		console_log_show(&console->log);
	/* what it said before the guest had a console */
	if (ending.end != VM_END_OFF && !console->greeted)
		log_text(vm_output(console->vm), strlen(vm_output(console->vm)));
	why = ending.fault ? ending.fault : ending.interference;
	if (why && ending.end != VM_END_OFF) {
		log_error("the VM %s", why);
		return status;
	}
	switch (ending.end) {
	case VM_END_OFF:
		return 0;
	case VM_END_RESET:
		log_error("the VM was reset%s: the kernel panicked, or %s called reboot",
			  is_script ? " before its scripts had ended" : "",
			  is_script ? "a script" : "something in it");
		return 1;
	case VM_END_KILLED:
		log_error("the VM was ended by signal %d (%s)", status - 128,
			  strsignal(status - 128));
		return status;
	case VM_END_FAILED:
		log_error("the VM failed with status %d; see the message above", status);
		return 1;
	case VM_END_NEVER_RAN:
		log_error("the VM's process ended without having run the VM");
		return 1;
	}
	return 1;
}

static int judge(struct console *console, int status)
{
	if (console->caught)
		return 128 + console->caught;
	status = judge_vm(console, status);
	return console->options.command || console->command_status >= 0
		       ? judge_command(console, status)
		       : status;
}

/* The exit status if there was no VM. */
static int not_run(const struct vm_options *options)
{
	return options->command ? VM_NO_COMMAND : 1;
}

/* Give the guest's init a channel, for requests to stop and for commands; these can use a
 * faster one. */
static void add_channel(struct console *console)
{
	int slow = -1, fast = -1;
	int err = vm_add_channel(console->vm, &slow);

	if (!err && slow >= 0)
		err = vm_add_port(console->vm, &fast);
	if (err)
		log_debug("cannot make a socket for the VM: %s", err_text(err));
	downlink_init(&console->link, slow, fast);
	console->link.skips = true;
	console->relay = exec_relay_new(&console->link);
	if (slow < 0)
		stop_serving(console, "nothing connects rapido with its guest");
}

/* Make the file for the kernel's log, which else the terminal has. Its path; heap. */
static char *add_log(struct console *console)
{
	char *path;
	int err;

	if (!console->options.quiet || !has_channel(console) ||
	    !vm_traits(console->vm)->has_console)
		return NULL;
	path = vm_log_path(console->vm);
	err = console_log_open(&console->log, path);
	if (err) {
		log_debug("cannot create '%s': %s", path, err_text(err));
		free(path);
		return NULL;
	}
	return path;
}

/*
 * Filter the output of firmware that would draw on the terminal. Returns the descriptor
 * that the VM gets as its standard output, or -1: it gets ours.
 */
static int add_screen(struct console *console)
{
	const struct vm_traits *traits = vm_traits(console->vm);
	int ends[2];

	if (!traits->has_console ||
	    (!has_log(console) && !(isatty(STDOUT_FILENO) && traits->firmware_draws)))
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0) {
		log_debug("the firmware has the terminal: %s", err_text(errno));
		return -1;
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	console->screen_fd = ends[0];
	bootscreen_init(&console->screen);
	sink_init(&console->out, STDOUT_FILENO);
	console->hidden = has_log(console);
	return ends[1];
}

static int run_console(struct console *console, int signals)
{
	struct vm *vm = console->vm;
	_cleanup_close_ int null_fd = -1, out = -1;
	_cleanup_free_ char *log = NULL;
	int status;

	add_channel(console);
	/* no input without a user */
	if (console->options.unattended)
		null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* it tells how the VM ended, and dumps its memory */
	if (vm_add_monitor(vm))
		return not_run(&console->options);
	log = add_log(console);
	out = add_screen(console);
	if (console->hidden)
		live_say("booting %s", console->options.release ? console->options.release
								: "the kernel");
	if (vm_start(vm, null_fd, out, -1, log))
		return not_run(&console->options);
	if (out >= 0)
		close(TAKE_FD(out));
	status = supervise(console, signals);
	show_rest(console);
	live_end();
	read_last_words(console);
	tty_restore(&console->tty);
	return judge(console, status);
}

/* A VM from its number to its end, which gives that back. */
static int run_numbered(const struct vm_options *options, int signals)
{
	_cleanup_(console_release) struct console console = { .options = *options,
							      .command_status = -1,
							      .log = CONSOLE_LOG_INIT,
							      .screen_fd = -1 };

	tty_save(&console.tty);
	console.options.unattended = !console.tty.attended;
	console.options.prompt = console.tty.attended;
	if (console.tty.attended)
		tty_size(&console.tty, &console.options.rows, &console.options.cols);
	if (vm_new(&console.vm, &console.options))
		return not_run(options);
	if (options->dry_run)
		return vm_print_command(console.vm) ? 1 : 0;
	return run_console(&console, signals);
}

int vm_run(const struct vm_options *options)
{
	_cleanup_close_ int signals = -1;
	sigset_t before;
	int status;

	/* from now on no signal ends us before the number is given back */
	signals = signal_fd_open(&before, SIGWINCH);
	if (signals < 0) {
		log_error("cannot wait for signals: %s", err_text(signals));
		status = not_run(options);
	} else {
		status = run_numbered(options, signals);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}
