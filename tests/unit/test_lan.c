// SPDX-License-Identifier: GPL-2.0-or-later
/* The private LAN with its processes; sockets of ours are QEMU's. */
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "net/lan/lan.h"
#include "lan_fixture.h"

#define NICS_MAX 2

struct vm {
	struct lan lan;
	struct lan_stream nic[NICS_MAX];
	size_t nr;
};

static void vm_start_in(struct vm *vm, const char *dir, unsigned int slot, size_t nr)
{
	int ends[NICS_MAX];

	*vm = (struct vm){ .nr = nr };
	assert_int_equal(lan_start(&vm->lan, dir, slot, nr, ends), 0);
	for (size_t i = 0; i < nr; i++)
		lan_stream_init(&vm->nic[i], ends[i]);
}

static void vm_start(struct vm *vm, unsigned int slot)
{
	vm_start_in(vm, at("lan"), slot, 1);
}

static void vm_quit(struct vm *vm)
{
	for (size_t i = 0; i < vm->nr; i++)
		lan_stream_release(&vm->nic[i]);
}

static void vm_stop(struct vm *vm)
{
	lan_stop(&vm->lan);
	vm_quit(vm);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Look until it is as it should be, but not for ever. */
#define eventually(condition)                                           \
	({                                                              \
		int waited_ = 0;                                        \
		while (!(condition) && (waited_ += 2) < LAN_TEST_LIMIT) \
			usleep(2000);                                   \
		(condition);                                            \
	})

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool under_valgrind(void)
{
	return getenv("RAPIDO_VALGRIND");
}

FIXTURE_TEST(lan__frame_for_all__all_others_and_not_oneself)
{
	struct vm a, b, c;

	vm_start(&a, 1);
	vm_start(&b, 2);
	vm_start(&c, 3);
	frame_send(&a.nic[0], EVERYBODY, 1, 10);
	frame_expect(&b.nic[0], 1, 10);
	frame_expect(&c.nic[0], 1, 10);
	frame_send(&c.nic[0], EVERYBODY, 3, 11);
	frame_expect(&a.nic[0], 3, 11);
	frame_expect(&b.nic[0], 3, 11);
	vm_stop(&a);
	vm_stop(&b);
	vm_stop(&c);
}

FIXTURE_TEST(lan__frame_for_a_known_address__to_that_vm_only)
{
	struct vm a, b, c;

	vm_start(&a, 1);
	vm_start(&b, 2);
	vm_start(&c, 3);
	frame_send(&b.nic[0], EVERYBODY, 2, 1);
	frame_expect(&a.nic[0], 2, 1);
	frame_expect(&c.nic[0], 2, 1);
	frame_send(&a.nic[0], 2, 1, 2);
	frame_send(&a.nic[0], 0x77, 1, 3);
	frame_expect(&b.nic[0], 1, 2);
	frame_expect(&b.nic[0], 1, 3);
	frame_expect(&c.nic[0], 1, 3);
	vm_stop(&a);
	vm_stop(&b);
	vm_stop(&c);
}

FIXTURE_TEST(lan__two_interfaces__each_its_own_frames)
{
	struct vm a, b;

	vm_start_in(&a, at("lan"), 1, 2);
	vm_start(&b, 2);
	frame_send(&a.nic[1], EVERYBODY, 0x11, 1);
	frame_expect(&a.nic[0], 0x11, 1);
	frame_expect(&b.nic[0], 0x11, 1);
	frame_send(&a.nic[0], EVERYBODY, 0x10, 2);
	frame_expect(&a.nic[1], 0x10, 2);
	frame_expect(&b.nic[0], 0x10, 2);
	frame_send(&b.nic[0], 0x11, 2, 3);
	frame_send(&b.nic[0], 0x10, 2, 4);
	frame_expect(&a.nic[1], 2, 3);
	frame_expect(&a.nic[0], 2, 4);
	vm_stop(&a);
	vm_stop(&b);
}

/* Send and receive as the sockets let us: one side of a busy connection. */
struct side {
	struct lan_stream *nic;
	unsigned char own, other;
	uint32_t sent, seen, goal;
};

static void move_frames(struct side *side)
{
	const unsigned char *data;
	struct test_frame frame;
	size_t size;

	for (int i = 0; i < 100 && side->sent < side->goal; i++) {
		frame = frame_make(side->other, side->own, side->sent);
		if (lan_stream_send(side->nic, (unsigned char *)&frame, sizeof(frame)))
			break;
		side->sent++;
	}
	(void)lan_stream_flush(side->nic);
	(void)lan_stream_fill(side->nic);
	while (lan_stream_next(side->nic, &data, &size) == 1) {
		memcpy(&frame, data, sizeof(frame));
		assert_int_equal(size, sizeof(frame));
		assert_int_equal(frame.number, side->seen);
		side->seen++;
		lan_stream_skip(side->nic);
	}
}

static void wait_for_either(const struct side *sides)
{
	struct pollfd p[2];

	for (int i = 0; i < 2; i++) {
		bool more = sides[i].sent < sides[i].goal;

		p[i] = (struct pollfd){ .fd = sides[i].nic->fd,
					.events = POLLIN | (more ? POLLOUT : 0) };
	}
	poll(p, 2, 1000);
}

FIXTURE_TEST(lan__both_ways_at_full_speed__all_frames_in_order)
{
	uint32_t goal = under_valgrind() ? 3000 : 100000;
	double limit = seconds() + 60;
	struct vm a, b;
	struct side sides[2] = {
		{ .nic = &a.nic[0], .own = 1, .other = 2, .goal = goal },
		{ .nic = &b.nic[0], .own = 2, .other = 1, .goal = goal },
	};

	vm_start(&a, 1);
	vm_start(&b, 2);
	frame_send(&a.nic[0], EVERYBODY, 1, 0);
	frame_expect(&b.nic[0], 1, 0);
	frame_send(&b.nic[0], 1, 2, 0);
	frame_expect(&a.nic[0], 2, 0);
	while ((sides[0].seen < goal || sides[1].seen < goal) && seconds() < limit) {
		wait_for_either(sides);
		move_frames(&sides[0]);
		move_frames(&sides[1]);
	}
	assert_int_equal(sides[0].seen, goal);
	assert_int_equal(sides[1].seen, goal);
	vm_stop(&a);
	vm_stop(&b);
}

FIXTURE_TEST(lan__largest_frames__whole)
{
	static const size_t sizes[] = { 14, 1514, 9014, 65000, 65549, LAN_FRAME_MAX };
	static unsigned char data[LAN_FRAME_MAX];
	const unsigned char *frame;
	struct vm a, b;
	size_t size;

	vm_start(&a, 1);
	vm_start(&b, 2);
	memset(data, 0xff, 6);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		data[sizes[i] - 1] = (unsigned char)(i + 1);
		assert_int_equal(lan_stream_send(&a.nic[0], data, sizes[i]), 0);
		while (lan_stream_flush(&a.nic[0]) == -EAGAIN)
			usleep(1000);
		assert_int_equal(frame_wait(&b.nic[0], &frame, &size, LAN_TEST_LIMIT), 1);
		assert_int_equal(size, sizes[i]);
		assert_memory_equal(frame, data, size);
		lan_stream_skip(&b.nic[0]);
	}
	vm_stop(&a);
	vm_stop(&b);
}

/* Its QEMU is stopped, say: frames for it are lost, in time those for others are not. */
FIXTURE_TEST(lan__vm_that_reads_nothing__others_go_on)
{
	double start;
	struct vm a, b, c;
	struct test_frame frame = frame_make(3, 1, 0);

	vm_start(&a, 1);
	vm_start(&b, 2);
	vm_start(&c, 3);
	frame_send(&b.nic[0], EVERYBODY, 2, 0);
	frame_expect(&a.nic[0], 2, 0);
	frame_send(&c.nic[0], EVERYBODY, 3, 0);
	frame_expect(&a.nic[0], 3, 0);
	frame_expect(&b.nic[0], 3, 0);
	start = seconds();
	for (int i = 0; i < 20000; i++)
		while (lan_stream_send(&a.nic[0], (unsigned char *)&frame,
				       sizeof(frame)) == -EAGAIN)
			usleep(1000);
	frame = frame_make(2, 1, 7);
	while (lan_stream_send(&a.nic[0], (unsigned char *)&frame, sizeof(frame)) ==
	       -EAGAIN)
		usleep(1000);
	frame_expect(&b.nic[0], 1, 7);
	assert_true(seconds() - start < LAN_TEST_LIMIT / 1000.);
	vm_stop(&a);
	vm_stop(&b);
	vm_stop(&c);
}

FIXTURE_TEST(lan__killed_port__others_go_on_and_it_comes_back)
{
	struct vm a, b, c;

	vm_start(&a, 1);
	vm_start(&b, 2);
	vm_start(&c, 3);
	frame_send(&b.nic[0], EVERYBODY, 2, 1);
	frame_expect(&a.nic[0], 2, 1);
	frame_expect(&c.nic[0], 2, 1);
	kill(b.lan.pid, SIGKILL);
	frame_send(&a.nic[0], EVERYBODY, 1, 2);
	frame_expect(&c.nic[0], 1, 2);
	vm_stop(&b);
	assert_false(exists(at("lan/vm2")));
	vm_start(&b, 2);
	frame_send(&a.nic[0], EVERYBODY, 1, 3);
	frame_expect(&b.nic[0], 1, 3);
	frame_expect(&c.nic[0], 1, 3);
	vm_stop(&a);
	vm_stop(&b);
	vm_stop(&c);
}

FIXTURE_TEST(lan_stop__running__no_process_socket_or_descriptor_left)
{
	int before = open("/dev/null", O_RDONLY), after;
	struct vm a, b;

	close(before);
	vm_start(&a, 1);
	vm_start(&b, 2);
	assert_true(exists(at("lan/vm1")));
	vm_stop(&a);
	vm_stop(&b);
	assert_int_equal(a.lan.pid, 0);
	assert_int_equal(rmdir(at("lan")), 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	after = open("/dev/null", O_RDONLY);
	close(after);
	assert_int_equal(after, before);
}

FIXTURE_TEST(lan_stop__never_started__harmless)
{
	struct lan lan = { 0 };

	lan_stop(&lan);
	lan_stop(&lan);
	assert_int_equal(lan.pid, 0);
}

/* Whether the port has ended, and is only to be reaped. */
static bool has_ended(const struct vm *vm)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)vm->lan.pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
		       0 &&
	       info.si_pid;
}

FIXTURE_TEST(lan__qemu_ends__so_does_the_port)
{
	struct vm vm;

	vm_start_in(&vm, at("lan"), 1, 2);
	lan_stream_release(&vm.nic[0]);
	frame_send(&vm.nic[1], EVERYBODY, 1, 1);
	usleep(20000);
	assert_false(has_ended(&vm));
	vm_quit(&vm);
	assert_true(eventually(has_ended(&vm)));
	assert_false(exists(at("lan/vm1")));
	vm_stop(&vm);
}

/* For a child: start a port, hand QEMU's end of it to whoever has @to, and end. */
static int start_and_end(int to)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
				  .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS } };
	struct msghdr message = { .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct lan lan;
	int end;

	if (lan_start(&lan, at("lan"), 1, 1, &end))
		return 1;
	memcpy(CMSG_DATA(&control.header), &end, sizeof(end));
	return sendmsg(to, &message, 0) < 0;
}

/* Although somebody keeps QEMU's end. */
FIXTURE_TEST(lan__we_end__so_does_the_port)
{
	int held[2], status;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, held), 0);
	pid = fork();
	if (!pid)
		_exit(start_and_end(held[1]));
	close(held[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(eventually(!exists(at("lan/vm1"))));
	close(held[0]);
}

FIXTURE_TEST(lan__blocked_signals__the_port_ends_at_once)
{
	sigset_t all, before;
	struct vm vm;
	double start;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	vm_start(&vm, 1);
	start = seconds();
	vm_stop(&vm);
	sigprocmask(SIG_SETMASK, &before, NULL);
	assert_true(seconds() - start < (under_valgrind() ? 20 : 1.5));
}

/* A reader of our output sees its end when we have closed it. */
FIXTURE_TEST(lan__descriptors_of_ours__not_kept)
{
	struct pollfd p = { .events = POLLIN };
	struct vm vm;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	vm_start(&vm, 1);
	close(ends[1]);
	p.fd = ends[0];
	assert_int_equal(poll(&p, 1, LAN_TEST_LIMIT), 1);
	assert_int_equal(p.revents, POLLHUP);
	close(ends[0]);
	vm_stop(&vm);
}

static bool has_name(pid_t pid, const char *name)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/comm", (int)pid);
	char text[32];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return streq(text, name);
}

FIXTURE_TEST(lan__process__has_its_name_and_session)
{
	struct vm vm;

	vm_start(&vm, 1);
	assert_true(eventually(has_name(vm.lan.pid, "rapido-lan\n")));
	assert_true(eventually(getsid(vm.lan.pid) == vm.lan.pid));
	vm_stop(&vm);
}

static struct sockaddr_un address_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", at(name));
	return address;
}

static int put_socket(const char *name)
{
	const struct sockaddr_un address = address_at(name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* What a killed port leaves. */
static void put_stale_socket(const char *name)
{
	close(put_socket(name));
}

/* The lowest descriptor that a process does not have. */
static unsigned int next_fd(pid_t pid)
{
	for (unsigned int fd = 0;; fd++) {
		_cleanup_free_ char *path = xasprintf("/proc/%d/fd/%u", (int)pid, fd);
		char target[8];

		if (readlink(path, target, sizeof(target)) < 0)
			return fd;
	}
}

/* Ours may be too low for all VMs. */
FIXTURE_TEST(lan__process__may_have_more_descriptors_than_we)
{
	struct rlimit before, low, its;
	struct vm vm;

	if (under_valgrind()) {
		print_message("valgrind keeps the limits itself\n");
		skip();
	}
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = (struct rlimit){ 64, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	vm_start(&vm, 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(eventually(prlimit(vm.lan.pid, RLIMIT_NOFILE, NULL, &its) == 0 &&
			       its.rlim_cur == before.rlim_max));
	vm_stop(&vm);
}

static double cpu_seconds(pid_t pid)
{
	struct timespec used = { 0 };
	clockid_t clock;

	assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
	assert_int_equal(clock_gettime(clock, &used), 0);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* It accepts nobody for a while, for which it does not run in circles. */
FIXTURE_TEST(lan__no_descriptors_left__waits_and_takes_them_later)
{
	struct rlimit before, few;
	struct vm a, b;
	double cpu;

	vm_start_in(&a, at("lan"), 1, 2);
	frame_send(&a.nic[0], EVERYBODY, 1, 1);
	frame_expect(&a.nic[1], 1, 1);
	assert_int_equal(prlimit(a.lan.pid, RLIMIT_NOFILE, NULL, &before), 0);
	few = (struct rlimit){ next_fd(a.lan.pid), before.rlim_max };
	assert_int_equal(prlimit(a.lan.pid, RLIMIT_NOFILE, &few, NULL), 0);
	cpu = cpu_seconds(a.lan.pid);
	vm_start(&b, 2);
	usleep(500000);
	assert_true(cpu_seconds(a.lan.pid) - cpu < 0.1);
	assert_int_equal(prlimit(a.lan.pid, RLIMIT_NOFILE, &before, NULL), 0);
	frame_send(&b.nic[0], EVERYBODY, 2, 2);
	frame_expect(&a.nic[0], 2, 2);
	frame_expect(&a.nic[1], 2, 2);
	vm_stop(&a);
	vm_stop(&b);
}

FIXTURE_TEST(lan_start__stale_sockets__replaced_and_removed)
{
	struct vm a, b;

	assert_int_equal(mkdir(at("lan"), 0700), 0);
	put_stale_socket("lan/vm1");
	put_stale_socket("lan/vm7");
	put_file("lan/vm8", "no socket");
	put_file("lan/other", "not ours");
	vm_start(&a, 1);
	assert_false(exists(at("lan/vm7")));
	assert_true(exists(at("lan/other")));
	vm_start(&b, 2);
	frame_send(&a.nic[0], EVERYBODY, 1, 1);
	frame_expect(&b.nic[0], 1, 1);
	vm_stop(&a);
	vm_stop(&b);
}

static const char *said_by_start(struct vm *vm, unsigned int slot)
{
	struct capture capture = capture_start();

	vm_start(vm, slot);
	return capture_stop(&capture);
}

FIXTURE_TEST(lan_start__vm_takes_no_more__said)
{
	struct sockaddr_un address;
	int busy, other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct vm vm;

	assert_int_equal(mkdir(at("lan"), 0700), 0);
	busy = put_socket("lan/vm7");
	assert_int_equal(listen(busy, 0), 0);
	address = address_at("lan/vm7");
	assert_int_equal(connect(other, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_contains(said_by_start(&vm, 1),
			"VM 7 cannot be reached on the private LAN: it does not answer");
	vm_stop(&vm);
	close(other);
	close(busy);
}

FIXTURE_TEST(lan_start__vm_of_another_user__said)
{
	struct vm vm;
	int other;

	if (geteuid()) {
		print_message("only root can become another user\n");
		skip();
	}
	assert_int_equal(mkdir(at("lan"), 0700), 0);
	other = put_socket("lan/vm7");
	assert_int_equal(seteuid(65534), 0);
	assert_int_equal(listen(other, 1), 0);
	assert_int_equal(seteuid(0), 0);
	assert_contains(said_by_start(&vm, 1),
			"VM 7 cannot be reached on the private LAN: permission denied");
	vm_stop(&vm);
	close(other);
}

FIXTURE_TEST(lan_start__number_is_on_the_lan__eaddrinuse_with_message)
{
	struct capture capture;
	struct lan lan;
	struct vm vm;
	int end, err;

	vm_start(&vm, 4);
	capture = capture_start();
	err = lan_start(&lan, at("lan"), 4, 1, &end);
	assert_contains(capture_stop(&capture), "there is a VM 4 on the private LAN in");
	assert_int_equal(err, -EADDRINUSE);
	assert_int_equal(lan.pid, 0);
	assert_int_equal(end, -1);
	assert_true(exists(at("lan/vm4")));
	vm_stop(&vm);
}

FIXTURE_TEST(lan_start__long_directory__works)
{
	_cleanup_free_ char *dir = xasprintf("%s/%0100d/%0100d/lan", at(""), 1, 2);
	struct vm a, b;

	vm_start_in(&a, dir, 1, 1);
	vm_start_in(&b, dir, 999, 1);
	frame_send(&b.nic[0], EVERYBODY, 2, 1);
	frame_expect(&a.nic[0], 2, 1);
	vm_stop(&a);
	vm_stop(&b);
}

/* The messages of a start in @dir that has to fail with @expected. */
static const char *refused(const char *dir, int expected)
{
	struct capture capture = capture_start();
	struct lan lan;
	int end, err = lan_start(&lan, dir, 1, 1, &end);
	const char *text = capture_stop(&capture);

	assert_int_equal(err, expected);
	assert_int_equal(lan.pid, 0);
	return text;
}

FIXTURE_TEST(lan_start__somebody_keeps_the_lock__given_up_in_time)
{
	double start = seconds();
	int lock;

	assert_int_equal(mkdir(at("lan"), 0700), 0);
	lock = open(at("lan"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(flock(lock, LOCK_EX), 0);
	assert_contains(refused(at("lan"), -EWOULDBLOCK),
			"another rapido keeps it locked; try again");
	assert_true(seconds() - start < 4);
	close(lock);
}

/* For a child: has the lock but for moments, for longer than the test takes. */
static void keep_locking(void)
{
	int lock = open(at("lan"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < 60; i++) {
		flock(lock, LOCK_EX);
		usleep(300000);
		flock(lock, LOCK_UN);
		usleep(15000);
	}
	_exit(0);
}

/* Each attempt for the number waits for the lock, but all of it has one limit. */
FIXTURE_TEST(lan_start__number_and_lock_are_taken__given_up_in_time)
{
	struct capture capture;
	struct lan lan;
	struct vm vm;
	double start;
	int end, err;
	pid_t pid;

	vm_start(&vm, 1);
	pid = fork();
	if (!pid)
		keep_locking();
	start = seconds();
	capture = capture_start();
	err = lan_start(&lan, at("lan"), 1, 1, &end);
	capture_stop(&capture);
	assert_true(err == -EADDRINUSE || err == -EWOULDBLOCK);
	assert_true(seconds() - start < 4);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	vm_stop(&vm);
}

FIXTURE_TEST(lan_start__directory_is_a_link__refused)
{
	assert_int_equal(mkdir(at("own"), 0700), 0);
	assert_int_equal(symlink("own", at("lan")), 0);
	assert_contains(refused(at("lan"), -ENOTDIR), "for the private LAN");
	assert_int_equal(rmdir(at("own")), 0);
}

FIXTURE_TEST(lan_start__others_can_enter__refused)
{
	static const mode_t modes[] = { 0755, 0710, 0701, 0702, 01777 };

	assert_int_equal(mkdir(at("lan"), 0700), 0);
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_int_equal(chmod(at("lan"), modes[i]), 0);
		assert_contains(refused(at("lan"), -EPERM), "use 'chmod 700'");
	}
}

FIXTURE_TEST(lan_start__directory_of_another_user__refused)
{
	if (geteuid()) {
		print_message("only root can give a directory away\n");
		skip();
	}
	assert_int_equal(mkdir(at("lan"), 0700), 0);
	assert_int_equal(chown(at("lan"), 65534, 65534), 0);
	assert_contains(refused(at("lan"), -EPERM), "another user");
}

FIXTURE_TEST(lan_start__directory_is_a_file__refused)
{
	put_file("lan", "");
	assert_contains(refused(at("lan"), -ENOTDIR), "for the private LAN");
}

FIXTURE_TEST(lan_start__too_many_interfaces__einval)
{
	struct capture capture = capture_start();
	int ends[LAN_PORTS_MAX + 1], err;
	struct lan lan;

	err = lan_start(&lan, at("lan"), 1, LAN_PORTS_MAX + 1, ends);
	assert_contains(capture_stop(&capture), "8 interfaces on the private LAN, not 9");
	assert_int_equal(err, -EINVAL);
}

static int enter_as_another(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char byte;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", at("lan/vm1"));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return 1;
	/* turned away */
	return read(fd, &byte, 1) == 0 || errno == ECONNRESET ? 0 : 2;
}

/* Even if somebody opens the doors for them. */
FIXTURE_TEST(lan__another_user_connects__turned_away)
{
	struct vm vm;

	if (geteuid()) {
		print_message("only root can become another user\n");
		skip();
	}
	vm_start(&vm, 1);
	assert_int_equal(fixture_run_as_user(enter_as_another), 1);
	assert_int_equal(chmod(at("lan"), 0755), 0);
	assert_int_equal(chmod(at("lan/vm1"), 0777), 0);
	assert_int_equal(fixture_run_as_user(enter_as_another), 0);
	vm_stop(&vm);
}

#define CROWD 10

/* A gate opens when the writing end is closed by all who have it. */
struct crowd {
	int ready[2], gate[2], exit[2];
};

/* A VM of its own process: 0 when a frame of each other VM has come. */
static int join_crowd(const struct crowd *crowd, unsigned int number)
{
	bool seen[CROWD + 1] = { false };
	unsigned int nr_seen = 0;
	const unsigned char *data;
	struct test_frame frame = frame_make(EVERYBODY, (unsigned char)number, 0);
	struct lan_stream nic;
	struct lan lan;
	size_t size;
	char byte;
	int end;

	close(crowd->gate[1]);
	close(crowd->exit[1]);
	if (lan_start(&lan, at("lan"), number, 1, &end) ||
	    write(crowd->ready[1], "", 1) != 1 || read(crowd->gate[0], &byte, 1) != 0)
		return 1;
	lan_stream_init(&nic, end);
	if (lan_stream_send(&nic, (unsigned char *)&frame, sizeof(frame)))
		return 2;
	while (nr_seen < CROWD - 1) {
		if (frame_wait(&nic, &data, &size, LAN_TEST_LIMIT) != 1)
			return 3;
		if (data[11] > CROWD || seen[data[11]])
			return 4;
		seen[data[11]] = true;
		nr_seen++;
		lan_stream_skip(&nic);
	}
	return write(crowd->ready[1], "", 1) != 1 || read(crowd->exit[0], &byte, 1) != 0;
}

static void wait_for_crowd(const struct crowd *crowd)
{
	struct pollfd p = { .fd = crowd->ready[0], .events = POLLIN };
	char byte;

	for (int i = 0; i < CROWD; i++) {
		assert_int_equal(poll(&p, 1, LAN_TEST_LIMIT), 1);
		assert_int_equal(read(p.fd, &byte, 1), 1);
	}
}

FIXTURE_TEST(lan__ten_at_once__each_reaches_all)
{
	struct crowd crowd;
	int status, failed = 0;

	assert_int_equal(pipe2(crowd.ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(crowd.gate, O_CLOEXEC), 0);
	assert_int_equal(pipe2(crowd.exit, O_CLOEXEC), 0);
	for (unsigned int i = 1; i <= CROWD; i++)
		if (!fork())
			_exit(join_crowd(&crowd, i));
	wait_for_crowd(&crowd);
	close(crowd.gate[1]);
	wait_for_crowd(&crowd);
	close(crowd.exit[1]);
	for (int i = 0; i < CROWD; i++) {
		assert_true(waitpid(-1, &status, 0) > 0);
		failed += status != 0;
	}
	assert_int_equal(failed, 0);
	close(crowd.ready[0]);
	close(crowd.ready[1]);
	close(crowd.gate[0]);
	close(crowd.exit[0]);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
