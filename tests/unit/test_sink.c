// SPDX-License-Identifier: GPL-2.0-or-later
/* Output to readers of every kind: slow ones, none, files, terminals. */
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <termios.h>

#include "fixture.h"
#include "lib/sink.h"

static struct sink sink;
static int reader, writer; /* -1: closed */

static int setup(void **state)
{
	int fds[2];

	if (fixture_make(state) || pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	/* as `rapido run` has it */
	signal(SIGPIPE, SIG_IGN);
	alarm(120);
	reader = fds[0];
	writer = fds[1];
	sink = (struct sink){ .own = -1, .queue = STRBUF_INIT };
	return 0;
}

static void close_both(void)
{
	if (reader >= 0)
		close(TAKE_FD(reader));
	if (writer >= 0)
		close(TAKE_FD(writer));
}

static int teardown(void **state)
{
	sink_release(&sink);
	close_both();
	alarm(0);
	signal(SIGPIPE, SIG_DFL);
	return fixture_remove(state);
}

static void use_socket(void)
{
	int fds[2];

	close_both();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	reader = fds[0];
	writer = fds[1];
}

static void use_terminal(void)
{
	struct termios raw;

	close_both();
	reader = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_int_equal(grantpt(reader), 0);
	assert_int_equal(unlockpt(reader), 0);
	writer = open(ptsname(reader), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(writer >= 0);
	assert_int_equal(tcgetattr(writer, &raw), 0);
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(writer, TCSANOW, &raw), 0);
}

/* What can be read now is added to @text. */
static void read_some(struct strbuf *text, size_t max)
{
	struct pollfd p = { .fd = reader, .events = POLLIN };
	char buffer[65536];
	ssize_t n;

	if (poll(&p, 1, 0) <= 0 || !(p.revents & POLLIN))
		return;
	n = read(reader, buffer, max < sizeof(buffer) ? max : sizeof(buffer));
	if (n > 0)
		strbuf_add(text, buffer, (size_t)n);
}

/* What was written to a terminal comes out of it a moment later. */
static void assert_reads(const char *expected)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct pollfd p = { .fd = reader, .events = POLLIN };

	while (text.len < strlen(expected) && poll(&p, 1, 5000) > 0)
		read_some(&text, SIZE_MAX);
	read_some(&text, SIZE_MAX);
	assert_string_equal(text.buf, expected);
}

/* no multiple of a pipe's size */
static char chunk[60000];

/* More than any reader's buffer takes; how much. */
static size_t add_until_queued(void)
{
	size_t added = 0;

	memset(chunk, 'x', sizeof(chunk));
	for (; sink_fd(&sink) < 0; added += sizeof(chunk)) {
		assert_int_equal(sink.error, 0);
		assert_true(added < 64 << 20);
		sink_add(&sink, chunk, sizeof(chunk));
	}
	return added;
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(sink_add__there_is_room__written_at_once)
{
	static void (*const uses[])(void) = { NULL, use_socket, use_terminal };

	for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
		if (uses[i])
			uses[i]();
		sink_release(&sink);
		sink_init(&sink, writer);
		sink_add(&sink, "one", 3);
		sink_add(&sink, "", 0);
		sink_add(&sink, " two\n", 5);
		assert_int_equal(sink_fd(&sink), -1);
		assert_false(sink_is_full(&sink));
		assert_reads("one two\n");
		assert_int_equal(sink.error, 0);
		assert_int_equal(sink_finish(&sink, -1, -1), 0);
	}
}

TEST(sink_add__nobody_reads__queued_and_nobody_waits)
{
	static void (*const uses[])(void) = { NULL, use_socket, use_terminal };

	for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
		struct pollfd p = { .events = POLLOUT };

		if (uses[i])
			uses[i]();
		sink_release(&sink);
		sink_init(&sink, writer);
		add_until_queued();
		p.fd = sink_fd(&sink);
		/* a terminal takes some more a moment later */
		for (int n = 0; n < 100 && poll(&p, 1, 20) == 1; n++) {
			sink_write(&sink);
			add_until_queued();
		}
		assert_int_equal(poll(&p, 1, 0), 0);
		sink_write(&sink);
		assert_int_equal(sink_fd(&sink), p.fd);
		assert_int_equal(sink.error, 0);
	}
}

/* Others write to it too, and do not expect EAGAIN. */
TEST(sink__descriptor__stays_as_it_was_for_others)
{
	static void (*const uses[])(void) = { NULL, use_socket, use_terminal };

	for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
		int before;

		if (uses[i])
			uses[i]();
		before = fcntl(writer, F_GETFL);
		assert_false(before & O_NONBLOCK);
		sink_release(&sink);
		sink_init(&sink, writer);
		assert_int_equal(fcntl(writer, F_GETFL), before);
		add_until_queued();
		assert_int_equal(fcntl(writer, F_GETFL), before);
		sink_release(&sink);
		assert_int_equal(fcntl(writer, F_GETFL), before);
	}
}

/* One that somebody else has made so. */
TEST(sink__descriptor_that_does_not_block__same)
{
	static void (*const uses[])(void) = { NULL, use_socket, use_terminal };

	for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
		if (uses[i])
			uses[i]();
		fcntl(writer, F_SETFL, O_NONBLOCK);
		sink_release(&sink);
		sink_init(&sink, writer);
		add_until_queued();
		assert_int_equal(sink.error, 0);
		assert_true(fcntl(writer, F_GETFL) & O_NONBLOCK);
	}
}

TEST(sink_release__pipe__reader_sees_the_end)
{
	char byte;

	sink_init(&sink, writer);
	sink_add(&sink, "x", 1);
	sink_release(&sink);
	close(TAKE_FD(writer));
	assert_int_equal(read(reader, &byte, 1), 1);
	assert_int_equal(read(reader, &byte, 1), 0);
}

TEST(sink_add__file__appended_where_it_stands)
{
	char text[32] = "";
	int fd = open(put_file("out", "before\n"), O_RDWR | O_CLOEXEC);

	assert_int_equal(lseek(fd, 7, SEEK_SET), 7);
	sink_init(&sink, fd);
	sink_add(&sink, "one\n", 4);
	/* somebody else with the same descriptor, as 2>&1 makes it */
	assert_int_equal(write(fd, "two\n", 4), 4);
	sink_add(&sink, "three\n", 6);
	assert_int_equal(sink_fd(&sink), -1);
	assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), 21);
	assert_string_equal(text, "before\none\ntwo\nthree\n");
	close(fd);
}

TEST(sink_add__dev_null__takes_all)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	sink_init(&sink, fd);
	for (int i = 0; i < 100; i++)
		sink_add(&sink, chunk, sizeof(chunk));
	assert_int_equal(sink_finish(&sink, 1000, -1), 0);
	close(fd);
}

TEST(sink__disk_full__error_once_then_nothing)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	sink_init(&sink, fd);
	sink_add(&sink, "x", 1);
	assert_int_equal(sink.error, ENOSPC);
	for (int i = 0; i < 100; i++)
		sink_add(&sink, chunk, sizeof(chunk));
	assert_int_equal(sink_fd(&sink), -1);
	assert_false(sink_is_full(&sink));
	assert_int_equal(sink.queue.len, 0);
	assert_int_equal(sink_finish(&sink, -1, -1), -ENOSPC);
	close(fd);
}

TEST(sink__file_too_large__what_fits_and_an_error)
{
	int fd = open(at("out"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct rlimit before, limit;
	struct stat st;

	getrlimit(RLIMIT_FSIZE, &before);
	limit = (struct rlimit){ 5, before.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	sink_init(&sink, fd);
	sink_add(&sink, "12345678", 8);
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_DFL);
	assert_int_equal(sink.error, EFBIG);
	assert_int_equal(sink_fd(&sink), -1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 5);
	close(fd);
}

TEST(sink_init__descriptor_is_closed__error)
{
	close(writer);
	sink_init(&sink, TAKE_FD(writer));
	assert_int_equal(sink.error, EBADF);
	sink_add(&sink, "x", 1);
	assert_int_equal(sink_fd(&sink), -1);
	assert_int_equal(sink_finish(&sink, -1, -1), -EBADF);
}

TEST(sink__reader_has_gone__epipe_and_we_live)
{
	static void (*const uses[])(void) = { NULL, use_socket };

	for (size_t i = 0; i < ARRAY_SIZE(uses); i++) {
		if (uses[i])
			uses[i]();
		sink_release(&sink);
		sink_init(&sink, writer);
		add_until_queued();
		close(TAKE_FD(reader));
		sink_write(&sink);
		assert_int_equal(sink.error, EPIPE);
		assert_int_equal(sink.queue.len, 0);
		assert_int_equal(sink_fd(&sink), -1);
		sink_add(&sink, "x", 1);
		assert_int_equal(sink_finish(&sink, -1, -1), -EPIPE);
	}
}

TEST(sink_init__reader_was_never_there__epipe)
{
	close(TAKE_FD(reader));
	sink_init(&sink, writer);
	assert_int_equal(sink.error, 0);
	sink_add(&sink, "x", 1);
	assert_int_equal(sink.error, EPIPE);
}

TEST(sink__terminal_hangs_up__error_and_no_endless_wait)
{
	use_terminal();
	sink_init(&sink, writer);
	add_until_queued();
	close(TAKE_FD(reader));
	assert_int_equal(sink_finish(&sink, 10000, -1), -EIO);
	assert_int_equal(sink_fd(&sink), -1);
}

/* Ctrl-s. */
TEST(sink__terminal_is_stopped__waited_for_until_it_goes_on)
{
	use_terminal();
	sink_init(&sink, writer);
	assert_int_equal(tcflow(writer, TCOOFF), 0);
	sink_add(&sink, "held\n", 5);
	assert_reads("");
	assert_int_equal(sink_finish(&sink, 20, -1), -ETIMEDOUT);
	assert_int_equal(tcflow(writer, TCOON), 0);
	assert_int_equal(sink_finish(&sink, 10000, -1), 0);
	assert_reads("held\n");
}

/* The caller takes no more when it is full, and so this is all the memory it takes. */
TEST(sink__reader_takes_little__queue_stays_bounded)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	size_t added, most = 0;

	sink_init(&sink, writer);
	added = add_until_queued();
	for (int i = 0; i < 3000; i++) {
		while (!sink_is_full(&sink)) {
			sink_add(&sink, chunk, sizeof(chunk));
			added += sizeof(chunk);
		}
		strbuf_setlen(&text, 0);
		read_some(&text, 5000);
		sink_write(&sink);
		if (sink.queue.len > most)
			most = sink.queue.len;
		assert_true(sink.queue.len - sink.written <= SINK_MAX + sizeof(chunk));
	}
	assert_true(added > 12 << 20);
	assert_true(most <= 2 * SINK_MAX);
	assert_true(sink.queue.alloc <= 4 * SINK_MAX);
}

TEST(sink_is_full__at_the_limit__beyond_it)
{
	sink_init(&sink, writer);
	add_until_queued();
	while (sink.queue.len < SINK_MAX)
		sink_add(&sink, "x", 1);
	assert_false(sink_is_full(&sink));
	sink_add(&sink, "x", 1);
	assert_true(sink_is_full(&sink));
}

TEST(sink_is_full__reader_catches_up__room_again)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	size_t added;

	sink_init(&sink, writer);
	added = add_until_queued();
	while (!sink_is_full(&sink)) {
		sink_add(&sink, chunk, sizeof(chunk));
		added += sizeof(chunk);
	}
	while (sink_is_full(&sink)) {
		read_some(&text, sizeof(chunk));
		sink_write(&sink);
	}
	while (sink_fd(&sink) >= 0) {
		read_some(&text, sizeof(chunk));
		sink_write(&sink);
	}
	while (text.len < added)
		read_some(&text, sizeof(chunk));
	assert_int_equal(text.len, added);
}

#define TOTAL (10 << 20)

/* A simple generator: each place has its own byte. */
static unsigned char byte_at(size_t at)
{
	uint32_t x = (uint32_t)at * 2654435761u;

	return (unsigned char)(x >> 24);
}

/* 0 when all came, in order; reads pieces of odd sizes, with pauses now and then. */
static int read_total(int fd)
{
	static unsigned char buffer[100003];
	size_t done = 0, piece = 1;
	ssize_t n;

	while (done < TOTAL && (n = read(fd, buffer, piece)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (buffer[i] != byte_at(done + (size_t)i))
				return 1;
		done += (size_t)n;
		piece = piece * 7 % sizeof(buffer) + 1;
		if (done % 101 == 0)
			usleep(1000);
	}
	return done == TOTAL ? 0 : 2;
}

static void write_total(void)
{
	static unsigned char data[30011];
	size_t done = 0, piece = 1;

	while (done < TOTAL) {
		struct pollfd p = { .fd = sink_fd(&sink), .events = POLLOUT };

		if (sink_is_full(&sink)) {
			poll(&p, 1, -1);
			sink_write(&sink);
			continue;
		}
		piece = piece * 11 % sizeof(data) + 1;
		if (piece > TOTAL - done)
			piece = TOTAL - done;
		for (size_t i = 0; i < piece; i++)
			data[i] = byte_at(done + i);
		sink_add(&sink, data, piece);
		done += piece;
		if (done % 3 == 0)
			sink_write(&sink);
	}
}

/* Exit status of the reader: all of 10 MB arrived as it was. */
static int pass_total(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		close(writer);
		_exit(read_total(reader));
	}
	close(TAKE_FD(reader));
	sink_init(&sink, writer);
	write_total();
	if (sink_finish(&sink, -1, -1))
		return 3;
	sink_release(&sink);
	return waitpid(pid, &status, 0) == pid ? status : 4;
}

TEST(sink__10_mb_through_a_pipe__in_order)
{
	assert_int_equal(pass_total(), 0);
}

TEST(sink__10_mb_through_a_socket__in_order)
{
	use_socket();
	assert_int_equal(pass_total(), 0);
}

TEST(sink__10_mb_through_a_terminal__in_order)
{
	use_terminal();
	assert_int_equal(pass_total(), 0);
}

/* A pipe of another user's, as after su(1): it cannot be opened again. */
static int pass_total_shared(void)
{
	sink_init(&sink, writer);
	if (sink.kind != SINK_SHARED)
		return 5;
	sink_release(&sink);
	return pass_total();
}

TEST(sink__10_mb_through_a_pipe_of_others__in_order)
{
	assert_int_equal(fchmod(writer, 0), 0);
	assert_int_equal(fixture_run_as_user(pass_total_shared), 0);
}

static int queue_shared(void)
{
	sink_init(&sink, writer);
	if (sink.kind != SINK_SHARED)
		return 1;
	add_until_queued();
	if (fcntl(writer, F_GETFL) & O_NONBLOCK || sink_fd(&sink) != writer)
		return 2;
	return sink_finish(&sink, 10, -1) == -ETIMEDOUT ? 0 : 3;
}

TEST(sink_add__pipe_of_others_nobody_reads__nobody_waits)
{
	assert_int_equal(fchmod(writer, 0), 0);
	assert_int_equal(fixture_run_as_user(queue_shared), 0);
}

TEST(sink_finish__nothing_queued__at_once)
{
	int stop[2];

	sink_init(&sink, writer);
	assert_int_equal(sink_finish(&sink, 0, -1), 0);
	assert_int_equal(sink_finish(&sink, -1, -1), 0);
	assert_int_equal(pipe2(stop, O_CLOEXEC), 0);
	assert_int_equal(write(stop[1], "x", 1), 1);
	assert_int_equal(sink_finish(&sink, -1, stop[0]), 0);
	close(stop[0]);
	close(stop[1]);
}

TEST(sink_finish__nobody_reads__gives_up_in_time)
{
	struct timespec start, end;
	long ms;

	sink_init(&sink, writer);
	add_until_queued();
	assert_int_equal(sink_finish(&sink, 0, -1), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(sink_finish(&sink, 100, -1), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &end);
	ms = (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000;
	assert_true(ms >= 99);
	assert_true(ms < 30000);
	/* it is still there for whoever tries again */
	assert_true(sink_fd(&sink) >= 0);
}

TEST(sink_finish__stop_fd_readable__eintr)
{
	int stop[2];

	assert_int_equal(pipe2(stop, O_CLOEXEC), 0);
	sink_init(&sink, writer);
	add_until_queued();
	assert_int_equal(sink_finish(&sink, 10, stop[0]), -ETIMEDOUT);
	assert_int_equal(write(stop[1], "x", 1), 1);
	assert_int_equal(sink_finish(&sink, -1, stop[0]), -EINTR);
	close(stop[0]);
	close(stop[1]);
}

TEST(sink_finish__slow_reader__all_is_written)
{
	size_t added;
	int status;
	pid_t pid;

	sink_init(&sink, writer);
	added = add_until_queued();
	pid = fork();
	if (!pid) {
		close(writer);
		sink_release(&sink);
		usleep(50000);
		for (ssize_t n; (n = read(reader, chunk, 30000)) > 0; usleep(100))
			added -= (size_t)n;
		_exit(added != 0);
	}
	assert_int_equal(sink_finish(&sink, 60000, -1), 0);
	assert_int_equal(sink_fd(&sink), -1);
	sink_release(&sink);
	close(TAKE_FD(writer));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

TEST(sink__many_times__no_descriptor_left)
{
	int before = dup(0), after;

	close(before);
	for (int i = 0; i < 10; i++) {
		sink_init(&sink, writer);
		sink_release(&sink);
	}
	after = dup(0);
	close(after);
	assert_int_equal(after, before);
}

TEST(add__nobody__dropped)
{
	sink_init(&sink, -1);
	sink_add(&sink, "text", 4);
	assert_int_equal(sink_fd(&sink), -1);
	assert_int_equal(sink_finish(&sink, 0, -1), 0);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
