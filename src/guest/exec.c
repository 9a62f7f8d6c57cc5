// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The commands of `rapido exec`. Each is a child in a session of its own, with three
 * pipes or a pseudo terminal. It ends with its first process: what the command had
 * written by then is sent, and what processes that it leaves behind write later is not.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "exec.h"

/* From SIGHUP to SIGKILL, when nobody is interested in a command any more. */
#define HANGUP_MS 500
/* What a terminal can hold at most, see TTYB_DEFAULT_MEM_LIMIT in
 * drivers/tty/tty_buffer.c */
#define TTY_HOLDS (2 * 65536)
/* The control character that ends a terminal's input (VEOF). */
#define CTRL_D 4

static const enum wire_type output_types[] = { WIRE_EXEC_STDOUT, WIRE_EXEC_STDERR };

void execs_init(struct execs *execs, struct uplink *uplink, const char *results)
{
	*execs = (struct execs){ .uplink = uplink, .results = results };
}

static struct exec *find(struct execs *execs, uint32_t id)
{
	for (size_t i = 0; i < WIRE_EXEC_MAX; i++)
		if (execs->list[i].id == id && !execs->list[i].forgotten)
			return &execs->list[i];
	return NULL;
}

static void close_streams(struct exec *exec)
{
	close_fd(&exec->in);
	for (size_t i = 0; i < ARRAY_SIZE(exec->streams); i++)
		close_fd(&exec->streams[i].fd);
}

static void release(struct execs *execs, struct exec *exec)
{
	close_streams(exec);
	close_fd(&exec->error);
	free(exec->words);
	free(exec->input);
	*exec = (struct exec){ .id = 0 };
	execs->nr--;
}

static void set_end(struct exec *exec, enum wire_exec_end end, uint32_t value)
{
	exec->ended = true;
	exec->end = end;
	exec->value = value;
}

/* --- its start --- */

/* What the child gets as its standard streams. A terminal is all three of them. */
struct exec_ends {
	int fds[3], error;
};

static void close_ends(struct exec_ends *ends)
{
	for (size_t i = 0; i < ARRAY_SIZE(ends->fds); i++)
		if (ends->fds[i] >= 0 && (!i || ends->fds[i] != ends->fds[0]))
			close(ends->fds[i]);
	close_fd(&ends->error);
}

static int make_pipe(int *reader, int *writer)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	*reader = fds[0];
	*writer = fds[1];
	return 0;
}

static int make_pipes(struct exec *exec, struct exec_ends *ends)
{
	int err = make_pipe(&ends->fds[0], &exec->in);

	for (size_t i = 0; !err && i < ARRAY_SIZE(exec->streams); i++)
		err = make_pipe(&exec->streams[i].fd, &ends->fds[i + 1]);
	return err;
}

/* TIOCGPTPEER, of Linux 4.13, does not depend on where devpts is mounted. */
static int open_peer(int master)
{
	int unlock = 0, fd;
	unsigned int number;
	char path[32];

	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return -errno;
	fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (ioctl(master, TIOCGPTN, &number) < 0)
		return -errno;
	snprintf(path, sizeof(path), "/dev/pts/%u", number);
	fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int make_terminal(struct exec *exec, struct exec_ends *ends)
{
	int fd;

	exec->in = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (exec->in < 0)
		return -errno;
	exec->streams[0].fd = fcntl(exec->in, F_DUPFD_CLOEXEC, 3);
	if (exec->streams[0].fd < 0)
		return -errno;
	fd = open_peer(exec->in);
	if (fd < 0)
		return fd;
	set_window_size(exec->in, exec->rows, exec->cols);
	for (size_t i = 0; i < ARRAY_SIZE(ends->fds); i++)
		ends->fds[i] = fd;
	return 0;
}

static void do_not_block(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* The words without the first, TERM; without any, a shell. NULL if memory is short. */
static char **make_argv(const struct exec *exec)
{
	static char login[] = "-l", bash[] = "/bin/bash", sh[] = "/bin/sh";
	char *first = exec->words + strlen(exec->words) + 1;
	const char *end = exec->words + exec->words_size;
	size_t nr = 0;
	char **argv;

	for (const char *word = first; word < end; word += strlen(word) + 1)
		nr++;
	argv = calloc(nr + 3, sizeof(*argv));
	if (!argv)
		return NULL;
	if (!nr) {
		argv[0] = access(bash, X_OK) == 0 ? bash : sh;
		argv[1] = login;
		/* as rapido.rc has it */
		setenv("PS1", "\\h:\\w\\$ ", 1);
	}
	nr = 0;
	for (char *word = first; word < end; word += strlen(word) + 1)
		argv[nr++] = word;
	return argv;
}

static void exec_command(const struct execs *execs, const struct exec *exec,
			 const struct exec_ends *ends)
{
	char **argv;
	int fd, err;

	default_signals();
	setsid();
	/* unless we are the first process, it has inherited our own setting */
	fd = getppid() == 1 ? -1 : open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		(void)!write(fd, "0", 1);
	if (exec->flags & WIRE_EXEC_TTY)
		ioctl(ends->fds[0], TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(ends->fds[i], i);
	if (exec->words[0])
		setenv("TERM", exec->words, 1);
	if (execs->results)
		setenv("RAPIDO_RESULTS", execs->results, 1);
	argv = make_argv(exec);
	if (argv)
		execvp(argv[0], argv);
	err = errno;
	(void)!write(ends->error, &err, sizeof(err));
	_exit(127);
}

static int start_process(const struct execs *execs, struct exec *exec)
{
	struct exec_ends ends = { { -1, -1, -1 }, -1 };
	int err = exec->flags & WIRE_EXEC_TTY ? make_terminal(exec, &ends)
					      : make_pipes(exec, &ends);

	if (!err)
		err = make_pipe(&exec->error, &ends.error);
	if (!err) {
		exec->pid = fork();
		if (!exec->pid)
			exec_command(execs, exec, &ends);
		if (exec->pid < 0) {
			err = -errno;
			exec->pid = 0;
		}
	}
	close_ends(&ends);
	do_not_block(exec->in);
	do_not_block(exec->error);
	for (size_t i = 0; i < ARRAY_SIZE(exec->streams); i++)
		do_not_block(exec->streams[i].fd);
	return err;
}

static void start(const struct execs *execs, struct exec *exec)
{
	int err;

	exec->input = malloc(WIRE_EXEC_INPUT);
	err = exec->input ? start_process(execs, exec) : -ENOMEM;
	free(exec->words);
	exec->words = NULL;
	if (!err)
		return;
	close_streams(exec);
	set_end(exec, WIRE_EXEC_FAILED, (uint32_t)-err);
}

/* --- frames --- */

/* WIRE_EXEC is all numbers. */
static bool take_begin(struct execs *execs, uint32_t id, const unsigned char *at,
		       size_t size)
{
	struct exec *exec = find(execs, 0);
	size_t words = size == 16 ? wire_get32(at + 12) : 0;

	if (!exec || !id || !words || words > WIRE_EXEC_WORDS_MAX || find(execs, id))
		return false;
	*exec = (struct exec){
		.id = id,
		.flags = wire_get32(at),
		.rows = wire_get32(at + 4),
		.cols = wire_get32(at + 8),
		.words = malloc(words),
		.words_size = words,
		.in = -1,
		.error = -1,
		.streams = { { .fd = -1 }, { .fd = -1 } },
		.input_room = WIRE_EXEC_INPUT,
	};
	execs->nr++;
	if (!exec->words)
		set_end(exec, WIRE_EXEC_FAILED, ENOMEM);
	return true;
}

static bool take_words(const struct execs *execs, struct exec *exec,
		       const unsigned char *at, size_t size)
{
	if (!size || size > exec->words_size - exec->words_len)
		return false;
	if (exec->words)
		memcpy(exec->words + exec->words_len, at, size);
	exec->words_len += size;
	if (exec->words_len < exec->words_size || exec->ended)
		return true;
	if (exec->words[exec->words_size - 1])
		return false;
	start(execs, exec);
	return true;
}

static bool take_input(struct exec *exec, const unsigned char *at, size_t size)
{
	size_t end = (exec->input_start + exec->input_len) % WIRE_EXEC_INPUT;
	size_t first = WIRE_EXEC_INPUT - end;

	if (exec->ended || exec->in < 0)
		return true;
	if (exec->input_ended ||
	    size > WIRE_EXEC_INPUT - exec->input_len - exec->input_room)
		return false;
	if (first > size)
		first = size;
	memcpy(exec->input + end, at, first);
	memcpy(exec->input, at + first, size - first);
	exec->input_len += size;
	return true;
}

static bool take_room(struct exec *exec, const unsigned char *at, size_t size)
{
	for (size_t i = 0; size == 8 && i < ARRAY_SIZE(exec->streams); i++) {
		uint32_t more = wire_get32(at + 4 * i);

		if (more > WIRE_EXEC_OUTPUT - exec->streams[i].room)
			return false;
		exec->streams[i].room += more;
	}
	return size == 8;
}

/* Its session's first group; of a terminal, the group in the foreground. */
static void signal_command(const struct exec *exec, int sig)
{
	pid_t group =
		exec->flags & WIRE_EXEC_TTY && exec->in >= 0 ? tcgetpgrp(exec->in) : 0;

	if (exec->pid > 0)
		kill(group > 0 ? -group : -exec->pid, sig);
}

static bool take_signal(const struct exec *exec, const unsigned char *at, size_t size)
{
	static const int allowed[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	uint32_t sig = size == 4 ? wire_get32(at) : 0;

	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		if (sig == (uint32_t)allowed[i]) {
			signal_command(exec, allowed[i]);
			return true;
		}
	return false;
}

static bool take_size(const struct exec *exec, const unsigned char *at, size_t size)
{
	if (size != 8)
		return false;
	if (exec->flags & WIRE_EXEC_TTY && exec->in >= 0)
		set_window_size(exec->in, wire_get32(at), wire_get32(at + 4));
	return true;
}

static bool hang_up(struct exec *exec)
{
	if (exec->hung_up)
		return true;
	exec->hung_up = true;
	if (exec->pid > 0) {
		signal_command(exec, SIGHUP);
		kill(-exec->pid, SIGHUP);
		exec->kill_ms = now_ms() + HANGUP_MS;
	} else if (!exec->ended) {
		set_end(exec, WIRE_EXEC_FAILED, ECANCELED);
	}
	close_streams(exec);
	return true;
}

static bool end_input(struct exec *exec)
{
	exec->input_ended = true;
	return true;
}

int execs_take(struct execs *execs, const struct wire_frame *frame)
{
	const unsigned char *at = frame->payload + 4;
	struct exec *exec;
	size_t size;
	uint32_t id;
	bool ok = false;

	if (frame->type < WIRE_EXEC || frame->type > WIRE_EXEC_HANGUP)
		return 0;
	if (frame->size < 4)
		return -1;
	size = frame->size - 4;
	id = wire_get32(frame->payload);
	if (frame->type == WIRE_EXEC)
		return take_begin(execs, id, at, size) ? 1 : -1;
	exec = id ? find(execs, id) : NULL;
	/* its end may have been under way */
	if (!exec)
		return 1;
	switch (frame->type) {
	case WIRE_EXEC_WORDS:
		ok = take_words(execs, exec, at, size);
		break;
	case WIRE_EXEC_STDIN:
		ok = take_input(exec, at, size);
		break;
	case WIRE_EXEC_STDIN_END:
		ok = end_input(exec);
		break;
	case WIRE_EXEC_ROOM:
		ok = take_room(exec, at, size);
		break;
	case WIRE_EXEC_SIGNAL:
		ok = take_signal(exec, at, size);
		break;
	case WIRE_EXEC_WINSIZE:
		ok = take_size(exec, at, size);
		break;
	case WIRE_EXEC_HANGUP:
		ok = hang_up(exec);
		break;
	default:
		break;
	}
	return ok ? 1 : -1;
}

/* --- its streams --- */

static bool wants_output(const struct execs *execs, const struct exec *exec,
			 const struct exec_stream *stream)
{
	return stream->fd >= 0 && stream->room && (!exec->ended || stream->due) &&
	       uplink_has_room(execs->uplink, true);
}

size_t execs_poll(struct execs *execs, struct pollfd *fds)
{
	size_t nr = 0;

	for (size_t i = 0; execs->nr && i < WIRE_EXEC_MAX; i++) {
		struct exec *exec = &execs->list[i];

		if (!exec->id)
			continue;
		for (size_t k = 0; k < ARRAY_SIZE(exec->streams); k++) {
			struct exec_stream *stream = &exec->streams[k];

			stream->polled = 0;
			if (!wants_output(execs, exec, stream))
				continue;
			fds[nr] = (struct pollfd){ .fd = stream->fd, .events = POLLIN };
			stream->polled = ++nr;
		}
		if (exec->input_len && exec->in >= 0)
			fds[nr++] = (struct pollfd){ .fd = exec->in, .events = POLLOUT };
	}
	return nr;
}

void execs_polled(struct execs *execs, const struct pollfd *fds)
{
	for (size_t i = 0; execs->nr && i < WIRE_EXEC_MAX; i++) {
		struct exec *exec = &execs->list[i];

		for (size_t k = 0; exec->id && k < ARRAY_SIZE(exec->streams); k++) {
			struct exec_stream *stream = &exec->streams[k];

			stream->ready = stream->polled && fds[stream->polled - 1].revents;
		}
	}
}

int execs_timeout(const struct execs *execs, uint64_t now)
{
	int timeout = -1;

	for (size_t i = 0; execs->nr && i < WIRE_EXEC_MAX; i++) {
		const struct exec *exec = &execs->list[i];
		int left = exec->kill_ms > now ? (int)(exec->kill_ms - now) : 0;

		if (exec->id && exec->kill_ms && (timeout < 0 || left < timeout))
			timeout = left;
	}
	return timeout;
}

static void send_output(struct execs *execs, struct exec *exec, size_t which)
{
	struct exec_stream *stream = &exec->streams[which];
	size_t max = WIRE_PAYLOAD_MAX - 4;
	unsigned char *at;
	ssize_t n;

	if (!wants_output(execs, exec, stream) || !(stream->ready || exec->ended))
		return;
	stream->ready = false;
	if (max > stream->room)
		max = stream->room;
	if (exec->ended && max > stream->due)
		max = (size_t)stream->due;
	at = uplink_place(execs->uplink);
	n = read(stream->fd, at + 4, max);
	if (n > 0) {
		wire_put32(at, exec->id);
		uplink_commit(execs->uplink, output_types[which], 4 + (size_t)n);
		stream->room -= (uint32_t)n;
		stream->sent += (uint64_t)n;
		stream->due -= exec->ended ? (uint64_t)n : 0;
	} else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		stream->due = 0;
	} else {
		/* EIO: nobody has the terminal open any more */
		close_fd(&stream->fd);
		stream->due = 0;
	}
}

static void refuse_input(struct exec *exec)
{
	close_fd(&exec->in);
	exec->input_len = 0;
	exec->input_refused = true;
}

/* False if it takes no more now. */
static bool write_input(struct exec *exec)
{
	size_t size = WIRE_EXEC_INPUT - exec->input_start;
	ssize_t n;

	if (size > exec->input_len)
		size = exec->input_len;
	n = write(exec->in, exec->input + exec->input_start, size);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 0) {
		refuse_input(exec);
		return false;
	}
	exec->input_start = (exec->input_start + (size_t)n) % WIRE_EXEC_INPUT;
	exec->input_len -= (size_t)n;
	exec->input_room += (size_t)n;
	return true;
}

/* A terminal's input does not end when it is closed, but with a character. */
static void finish_input(struct exec *exec)
{
	static const char end = CTRL_D;

	if (!(exec->flags & WIRE_EXEC_TTY)) {
		close_fd(&exec->in);
	} else if (write(exec->in, &end, 1) == 1) {
		/* the descriptor still serves for the terminal's size */
		exec->input_ended = false;
		exec->input_room = 0;
	}
}

static void send_number(struct execs *execs, const struct exec *exec, enum wire_type type,
			uint32_t value)
{
	unsigned char payload[8];

	wire_put32(payload, exec->id);
	wire_put32(payload + 4, value);
	uplink_send(execs->uplink, type, payload, sizeof(payload));
}

static void move_input(struct execs *execs, struct exec *exec)
{
	if (exec->ended || !exec->pid)
		return;
	while (exec->input_len && exec->in >= 0 && write_input(exec))
		;
	if (!exec->input_len && exec->input_ended && exec->in >= 0)
		finish_input(exec);
	if (exec->hung_up || !uplink_has_room(execs->uplink, false))
		return;
	if (exec->input_refused && exec->started) {
		exec->input_refused = false;
		send_number(execs, exec, WIRE_EXEC_STDIN_ROOM, 0);
	} else if (exec->in >= 0 && exec->input_room &&
		   (!exec->input_len || exec->input_room >= WIRE_EXEC_INPUT / 4)) {
		send_number(execs, exec, WIRE_EXEC_STDIN_ROOM,
			    (uint32_t)exec->input_room);
		exec->input_room = 0;
		exec->started = true;
	}
}

/* --- its end --- */

/* What is in the pipes now was written by the command. */
static void mark_streams(struct exec *exec)
{
	for (size_t i = 0; i < ARRAY_SIZE(exec->streams); i++) {
		struct exec_stream *stream = &exec->streams[i];
		int n = 0;

		if (exec->flags & WIRE_EXEC_TTY)
			stream->due = TTY_HOLDS;
		else if (ioctl(stream->fd, FIONREAD, &n) == 0)
			stream->due = (uint64_t)n;
	}
}

bool execs_reaped(struct execs *execs, pid_t pid, int status)
{
	for (size_t i = 0; execs->nr && i < WIRE_EXEC_MAX; i++) {
		struct exec *exec = &execs->list[i];
		int err;

		if (!exec->id || exec->pid != pid)
			continue;
		exec->pid = 0;
		exec->kill_ms = 0;
		if (read(exec->error, &err, sizeof(err)) == sizeof(err))
			set_end(exec, WIRE_EXEC_NO_PROGRAM, (uint32_t)err);
		else if (WIFSIGNALED(status))
			set_end(exec,
				execs->test_ended ? WIRE_EXEC_CUT_OFF
						  : WIRE_EXEC_SIGNALLED,
				(uint32_t)WTERMSIG(status));
		else
			set_end(exec, WIRE_EXEC_EXIT, (uint32_t)WEXITSTATUS(status));
		mark_streams(exec);
		return true;
	}
	return false;
}

/* Report the end when nothing is left to be sent before it. */
static void report_end(struct execs *execs, struct exec *exec)
{
	unsigned char payload[28];

	for (size_t i = 0; i < ARRAY_SIZE(exec->streams); i++)
		if (exec->streams[i].fd >= 0 && exec->streams[i].due)
			return;
	if (!exec->forgotten && !uplink_has_room(execs->uplink, false))
		return;
	wire_put32(payload, exec->id);
	wire_put32(payload + 4, exec->end);
	wire_put32(payload + 8, exec->value);
	wire_put64(payload + 12, exec->streams[0].sent);
	wire_put64(payload + 20, exec->streams[1].sent);
	if (!exec->forgotten)
		uplink_send(execs->uplink, WIRE_EXEC_END, payload, sizeof(payload));
	release(execs, exec);
}

void execs_work(struct execs *execs)
{
	uint64_t now = execs->nr ? now_ms() : 0;

	for (size_t i = 0; execs->nr && i < WIRE_EXEC_MAX; i++) {
		struct exec *exec = &execs->list[(execs->turn + i) % WIRE_EXEC_MAX];

		if (!exec->id)
			continue;
		if (exec->kill_ms && now >= exec->kill_ms) {
			exec->kill_ms = 0;
			if (exec->pid > 0)
				kill(-exec->pid, SIGKILL);
		}
		move_input(execs, exec);
		send_output(execs, exec, 0);
		send_output(execs, exec, 1);
		if (exec->ended)
			report_end(execs, exec);
	}
	execs->turn++;
}

void execs_kill(struct execs *execs, int sig)
{
	for (size_t i = 0; execs->nr && i < WIRE_EXEC_MAX; i++)
		if (execs->list[i].id && execs->list[i].pid > 0)
			kill(-execs->list[i].pid, sig);
}

void execs_forget(struct execs *execs)
{
	for (size_t i = 0; execs->nr && i < WIRE_EXEC_MAX; i++)
		if (execs->list[i].id) {
			hang_up(&execs->list[i]);
			execs->list[i].forgotten = true;
		}
	/* those that were not started have ended */
	execs_work(execs);
}
