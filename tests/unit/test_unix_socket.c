// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets in the file system: long paths, who may connect, and who did. */
#include <sys/socket.h>

#include "fixture.h"
#include "lib/unix-socket.h"

static void assert_connects(int listener, int dir, const char *path)
{
	_cleanup_close_ int client = unix_socket_connect(dir, path);
	_cleanup_close_ int server = -1;
	char byte;

	assert_true(client >= 0);
	server = unix_socket_accept(listener);
	assert_true(server >= 0);
	assert_int_equal(unix_socket_peer(client), geteuid());
	assert_int_equal(unix_socket_peer(server), geteuid());
	/* neither end waits */
	assert_int_equal(read(server, &byte, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(read(client, &byte, 1), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fcntl(client, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(server, F_GETFD), FD_CLOEXEC);
	assert_int_equal(unix_socket_accept(listener), -EAGAIN);
}

FIXTURE_TEST(unix_socket_listen__absolute_path__private_and_connects)
{
	_cleanup_close_ int fd =
		unix_socket_listen(AT_FDCWD, at("socket"), SOCK_STREAM, 1);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(lstat(at("socket"), &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_connects(fd, AT_FDCWD, at("socket"));
}

/* Longer than the address of a socket. */
FIXTURE_TEST(unix_socket_listen__long_and_relative_paths__connects)
{
	_cleanup_free_ char *parent = xasprintf("%0200d", 7);
	_cleanup_free_ char *below = xasprintf("%s/socket", parent);
	_cleanup_close_ int dir = -1, absolute = -1, relative = -1;

	dir = open(put_dir(parent), O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	absolute = unix_socket_listen(AT_FDCWD, at(below), SOCK_STREAM, 1);
	assert_true(absolute >= 0);
	assert_connects(absolute, AT_FDCWD, at(below));
	assert_connects(absolute, dir, "socket");
	relative = unix_socket_listen(dir, "other", SOCK_STREAM, 1);
	assert_true(relative >= 0);
	assert_connects(relative, dir, "other");
	assert_int_equal(chdir(fixture_dir), 0);
	assert_connects(absolute, AT_FDCWD, below);
	assert_int_equal(chdir(parent), 0);
	assert_connects(relative, AT_FDCWD, "other");
}

FIXTURE_TEST(unix_socket_listen__cannot__error)
{
	_cleanup_free_ char *name = xasprintf("%0150d", 7);

	put_file("file", "");
	assert_int_equal(unix_socket_listen(AT_FDCWD, at("file"), SOCK_STREAM, 1),
			 -EADDRINUSE);
	assert_int_equal(unix_socket_listen(AT_FDCWD, at("none/socket"), SOCK_STREAM, 1),
			 -ENOENT);
	assert_int_equal(unix_socket_listen(AT_FDCWD, at("file/socket"), SOCK_STREAM, 1),
			 -ENOTDIR);
	assert_int_equal(unix_socket_listen(AT_FDCWD, at(name), SOCK_STREAM, 1),
			 -ENAMETOOLONG);
}

FIXTURE_TEST(unix_socket_connect__nobody_listens__error)
{
	assert_int_equal(unix_socket_connect(AT_FDCWD, at("none")), -ENOENT);
	assert_int_equal(unix_socket_connect(AT_FDCWD, at("none/socket")), -ENOENT);
	put_file("file", "");
	assert_int_equal(unix_socket_connect(AT_FDCWD, at("file")), -ECONNREFUSED);
	close(unix_socket_listen(AT_FDCWD, at("stale"), SOCK_STREAM, 1));
	assert_int_equal(unix_socket_connect(AT_FDCWD, at("stale")), -ECONNREFUSED);
}

FIXTURE_TEST(unix_socket_connect__queue_is_full__eagain)
{
	_cleanup_close_ int fd =
		unix_socket_listen(AT_FDCWD, at("socket"), SOCK_STREAM, 0);
	_cleanup_close_ int first = unix_socket_connect(AT_FDCWD, at("socket"));

	assert_true(first >= 0);
	assert_int_equal(unix_socket_connect(AT_FDCWD, at("socket")), -EAGAIN);
}

static int connect_as_user(void)
{
	return unix_socket_connect(AT_FDCWD, at("socket")) == -EACCES ? 0 : 1;
}

static int connect_if_allowed(void)
{
	_cleanup_close_ int fd = unix_socket_connect(AT_FDCWD, at("socket"));

	return fd >= 0 && unix_socket_peer(fd) == 0 ? 0 : 1;
}

FIXTURE_TEST(unix_socket_peer__another_user__is_told)
{
	_cleanup_close_ int fd = -1, server = -1;

	if (geteuid() != 0)
		skip();
	fd = unix_socket_listen(AT_FDCWD, at("socket"), SOCK_STREAM, 1);
	assert_int_equal(fixture_run_as_user(connect_as_user), 0);
	assert_int_equal(chmod(at("socket"), 0666), 0);
	assert_int_equal(fixture_run_as_user(connect_if_allowed), 0);
	server = unix_socket_accept(fd);
	assert_true(server >= 0);
	assert_int_equal(unix_socket_peer(server), 65534);
}

FIXTURE_TEST(unix_socket_peer__not_a_socket__unknown)
{
	_cleanup_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_int_equal(unix_socket_peer(fd), (uid_t)-1);
}

FIXTURE_TEST(unix_socket_send__with_a_file__received_once_and_close_on_exec)
{
	_cleanup_close_ int file = open(put_file("file", "text"), O_RDONLY | O_CLOEXEC),
			    got = -1;
	char data[8];
	int ends[2], none;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(unix_socket_send(ends[0], "one", 3, file), 3);
	assert_int_equal(unix_socket_send(ends[0], "two", 3, -1), 3);
	assert_int_equal(unix_socket_recv(ends[1], data, 2, &got), 2);
	assert_true(got >= 0);
	assert_int_equal(fcntl(got, F_GETFD), FD_CLOEXEC);
	assert_int_equal(read(got, data, sizeof(data)), 4);
	assert_memory_equal(data, "text", 4);
	assert_int_equal(unix_socket_recv(ends[1], data, sizeof(data), &none), 4);
	assert_memory_equal(data, "etwo", 4);
	assert_int_equal(none, -1);
	assert_int_equal(unix_socket_recv(ends[1], data, sizeof(data), &none), -1);
	assert_int_equal(none, -1);
	close(ends[0]);
	assert_int_equal(unix_socket_recv(ends[1], data, sizeof(data), &none), 0);
	close(ends[1]);
}

/* More than one: what nobody asks for must not stay open. */
FIXTURE_TEST(unix_socket_recv__two_files__one_is_closed)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = { 0 };
	char data[8] = "x";
	struct iovec part = { data, 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int ends[2], pipes[2], passed;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(header), (int[]){ ends[0], pipes[1] }, 2 * sizeof(int));
	assert_int_equal(sendmsg(ends[0], &message, 0), 1);
	close(pipes[1]);
	assert_int_equal(unix_socket_recv(ends[1], data, sizeof(data), &passed), 1);
	assert_true(passed >= 0);
	/* its last writer is gone */
	assert_int_equal(read(pipes[0], data, 1), 0);
	close(passed);
	close(pipes[0]);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
