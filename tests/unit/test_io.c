// SPDX-License-Identifier: GPL-2.0-or-later
/* Whole reads and writes, and mkdir -p. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/time.h>

#include "fixture.h"
#include "lib/io.h"

static void on_alarm(int number)
{
	(void)number;
}

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* More than a pipe holds, with signals that interrupt both sides. */
DEFINE_TEST(write_all__slow_pipe_and_signals__all_arrives)
{
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };
	struct sigaction action = { .sa_handler = on_alarm };
	static char data[300000];
	_cleanup_free_ char *back = NULL;
	size_t size = 0;
	int ends[2], status, err;
	pid_t pid;

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i % 251);
	assert_int_equal(pipe(ends), 0);
	sigaction(SIGALRM, &action, NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		close(ends[0]);
		setitimer(ITIMER_REAL, &often, NULL);
		_exit(io_write_all(ends[1], data, sizeof(data)) ? 1 : 0);
	}
	close(ends[1]);
	usleep(20000);
	setitimer(ITIMER_REAL, &often, NULL);
	err = io_read_fd(ends[0], sizeof(data), &back, &size);
	setitimer(ITIMER_REAL, &never, NULL);
	/* one that is late does not kill us */
	signal(SIGALRM, SIG_IGN);
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(err, 0);
	assert_int_equal(size, sizeof(data));
	assert_memory_equal(back, data, sizeof(data));
}

/* As QEMU makes the terminal that we share with it. */
DEFINE_TEST(write_all__non_blocking_and_slow_reader__all_arrives)
{
	static char data[300000];
	_cleanup_free_ char *back = NULL;
	size_t size = 0;
	int ends[2], status, err;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_WRONLY | O_NONBLOCK), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		close(ends[0]);
		_exit(io_write_all(ends[1], data, sizeof(data)) ? 1 : 0);
	}
	close(ends[1]);
	usleep(100000);
	err = io_read_fd(ends[0], 1 << 20, &back, &size);
	close(ends[0]);
	assert_int_equal(err, 0);
	assert_int_equal(size, sizeof(data));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

DEFINE_TEST(write_all__bad_descriptor__error)
{
	assert_int_equal(io_write_all(-1, "x", 1), -EBADF);
}

FIXTURE_TEST(pread_full__past_end__short_count)
{
	int fd = open(put_file("f", "0123456789"), O_RDONLY | O_CLOEXEC);
	char buf[16];

	assert_int_equal(io_pread_full(fd, buf, sizeof(buf), 4), 6);
	assert_memory_equal(buf, "456789", 6);
	assert_int_equal(io_pread_full(fd, buf, sizeof(buf), 10), 0);
	assert_int_equal(io_pread_full(fd, buf, sizeof(buf), 1000), 0);
	close(fd);
}

FIXTURE_TEST(pread_full__inside__leaves_file_position)
{
	int fd = open(put_file("f", "0123456789"), O_RDONLY | O_CLOEXEC);
	char buf[3];

	assert_int_equal(io_pread_full(fd, buf, sizeof(buf), 2), 3);
	assert_memory_equal(buf, "234", 3);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
	close(fd);
}

FIXTURE_TEST(pread_full__directory__error)
{
	int fd = open(fixture_dir, O_RDONLY | O_CLOEXEC);
	char buf[3];

	assert_int_equal(io_pread_full(fd, buf, sizeof(buf), 0), -EISDIR);
	close(fd);
}

FIXTURE_TEST(read_file__text__terminated)
{
	_cleanup_free_ char *data = NULL;
	size_t size = 0;

	put_file("f", "hello\n");
	assert_int_equal(io_read_file(AT_FDCWD, at("f"), 100, &data, &size), 0);
	assert_string_equal(data, "hello\n");
	assert_int_equal(size, 6);
}

FIXTURE_TEST(read_file__empty__empty_string)
{
	_cleanup_free_ char *data = NULL;
	size_t size = 7;

	put_file("f", "");
	assert_int_equal(io_read_file(AT_FDCWD, at("f"), 100, &data, &size), 0);
	assert_string_equal(data, "");
	assert_int_equal(size, 0);
}

FIXTURE_TEST(read_file__nul_bytes__counted)
{
	_cleanup_free_ char *data = NULL;
	size_t size = 0;

	put_data("f", "a\0b", 3);
	assert_int_equal(io_read_file(AT_FDCWD, at("f"), 100, &data, &size), 0);
	assert_int_equal(size, 3);
	assert_memory_equal(data, "a\0b", 4);
}

FIXTURE_TEST(read_regular__something_else__refused_without_waiting)
{
	_cleanup_free_ char *data = NULL;

	put_file("f", "text");
	assert_int_equal(io_read_regular(at("f"), 100, &data, NULL), 0);
	assert_string_equal(data, "text");
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_int_equal(io_read_regular(at("fifo"), 100, &data, NULL), -EINVAL);
	assert_int_equal(io_read_regular(at("."), 100, &data, NULL), -EISDIR);
	assert_int_equal(io_read_regular(at("absent"), 100, &data, NULL), -ENOENT);
}

FIXTURE_TEST(read_text__file_or_pipe__its_text)
{
	_cleanup_free_ char *data = NULL, *path = NULL;
	const char *why;
	int fds[2];

	put_file("f", "text");
	assert_int_equal(io_read_text(at("f"), 100, &data, &why), 0);
	assert_string_equal(data, "text");
	free(TAKE_PTR(data));
	assert_int_equal(pipe(fds), 0);
	path = xasprintf("/dev/fd/%d", fds[0]);
	assert_int_equal(write(fds[1], "piped", 5), 5);
	close(fds[1]);
	assert_int_equal(io_read_text(path, 100, &data, &why), 0);
	assert_string_equal(data, "piped");
	close(fds[0]);
	free(TAKE_PTR(data));
	assert_int_equal(io_read_text("/dev/null", 100, &data, &why), 0);
	assert_string_equal(data, "");
}

FIXTURE_TEST(read_text__pipe_whose_writer_is_slow__waited_for)
{
	_cleanup_free_ char *data = NULL, *path = NULL;
	const char *why;
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	path = xasprintf("/dev/fd/%d", fds[0]);
	pid = fork();
	if (!pid) {
		usleep(100000);
		_exit(write(fds[1], "late", 4) != 4);
	}
	close(fds[1]);
	assert_int_equal(io_read_text(path, 100, &data, &why), 0);
	assert_string_equal(data, "late");
	close(fds[0]);
	waitpid(pid, NULL, 0);
}

FIXTURE_TEST(read_text__nothing_to_read__says_why_without_waiting)
{
	_cleanup_free_ char *data = NULL;
	const char *why = "";

	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_int_equal(io_read_text(at("fifo"), 100, &data, &why), -EPIPE);
	assert_string_equal(why, "nobody writes to this pipe");
	put_data("f", "a\0b", 3);
	assert_int_equal(io_read_text(at("f"), 100, &data, &why), -EILSEQ);
	assert_string_equal(why, "it holds binary data");
	put_file("g", "text");
	assert_int_equal(io_read_text(at("g"), 3, &data, &why), -EFBIG);
	assert_int_equal(io_read_text(at("."), 100, &data, &why), -EISDIR);
	assert_int_equal(io_read_text(at("absent"), 100, &data, &why), -ENOENT);
	assert_string_equal(why, "no such file or directory");
	assert_null(data);
}

FIXTURE_TEST(read_file__size_not_asked__fine)
{
	_cleanup_free_ char *data = NULL;

	put_file("f", "x");
	assert_int_equal(io_read_file(AT_FDCWD, at("f"), 100, &data, NULL), 0);
	assert_string_equal(data, "x");
}

/* Sizes around those at which a buffer would grow. */
FIXTURE_TEST(read_file__buffer_boundaries__whole)
{
	static const size_t sizes[] = { 4094, 4095, 4096, 4097, 8191, 8192, 100000 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_free_ char *text = xmalloc(sizes[i]), *data = NULL;
		size_t size = 0;

		memset(text, 'a' + (int)i, sizes[i]);
		put_data("f", text, sizes[i]);
		assert_int_equal(io_read_file(AT_FDCWD, at("f"), 1 << 20, &data, &size),
				 0);
		assert_int_equal(size, sizes[i]);
		assert_memory_equal(data, text, sizes[i]);
		assert_int_equal(data[size], '\0');
	}
}

FIXTURE_TEST(read_file__at_limit__fine)
{
	_cleanup_free_ char *data = NULL;

	put_file("f", "12345678");
	assert_int_equal(io_read_file(AT_FDCWD, at("f"), 8, &data, NULL), 0);
	assert_string_equal(data, "12345678");
}

FIXTURE_TEST(read_file__above_limit__efbig)
{
	char *data = NULL;

	put_file("f", "123456789");
	assert_int_equal(io_read_file(AT_FDCWD, at("f"), 8, &data, NULL), -EFBIG);
	assert_null(data);
}

FIXTURE_TEST(read_file__endless__efbig)
{
	char *data = NULL;

	assert_int_equal(io_read_file(AT_FDCWD, "/dev/zero", 1 << 20, &data, NULL),
			 -EFBIG);
	assert_null(data);
}

FIXTURE_TEST(read_file__relative_to_directory__found)
{
	int dir = open(put_dir("d"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *data = NULL;

	put_file("d/f", "in d");
	assert_int_equal(io_read_file(dir, "f", 100, &data, NULL), 0);
	assert_string_equal(data, "in d");
	close(dir);
}

FIXTURE_TEST(read_file__absent__enoent)
{
	char *data = NULL;

	assert_int_equal(io_read_file(AT_FDCWD, at("f"), 8, &data, NULL), -ENOENT);
}

FIXTURE_TEST(read_file__directory__eisdir)
{
	char *data = NULL;

	assert_int_equal(io_read_file(AT_FDCWD, fixture_dir, 8, &data, NULL), -EISDIR);
	assert_null(data);
}

FIXTURE_TEST(mkdir_p__several_levels__made)
{
	assert_int_equal(io_mkdir_p(at("a/b/c")), 0);
	assert_true(is_dir(at("a/b/c")));
}

FIXTURE_TEST(mkdir_p__there_already__fine)
{
	put_dir("a/b");
	assert_int_equal(io_mkdir_p(at("a/b")), 0);
	assert_int_equal(io_mkdir_p("/"), 0);
}

FIXTURE_TEST(mkdir_p__trailing_and_double_slashes__fine)
{
	assert_int_equal(io_mkdir_p(at("a//b/")), 0);
	assert_true(is_dir(at("a/b")));
}

FIXTURE_TEST(mkdir_p__relative__below_cwd)
{
	assert_int_equal(chdir(fixture_dir), 0);
	assert_int_equal(io_mkdir_p("x/y"), 0);
	assert_true(is_dir(at("x/y")));
}

FIXTURE_TEST(mkdir_p__link_to_directory__fine)
{
	put_dir("real");
	assert_int_equal(symlink("real", at("link")), 0);
	assert_int_equal(io_mkdir_p(at("link")), 0);
	assert_int_equal(io_mkdir_p(at("link/sub")), 0);
	assert_true(is_dir(at("real/sub")));
}

FIXTURE_TEST(mkdir_p__file_above__enotdir)
{
	put_file("f", "");
	assert_int_equal(io_mkdir_p(at("f/sub")), -ENOTDIR);
}

FIXTURE_TEST(mkdir_p__file_in_its_place__error)
{
	int err;

	put_file("f", "");
	err = io_mkdir_p(at("f"));
	assert_true(err == -ENOTDIR || err == -EEXIST);
}

FIXTURE_TEST(mkdir_p__empty_path__error)
{
	assert_int_equal(io_mkdir_p(""), -ENOENT);
}

FIXTURE_TEST(mkdir_p__umask__respected)
{
	struct stat st;
	mode_t before = umask(0027);
	int err = io_mkdir_p(at("a/b"));

	umask(before);
	assert_int_equal(err, 0);
	assert_int_equal(stat(at("a"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0750);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
