// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The relay between a VM's cards and their networks, with its process: we are the VM on
 * one side, and the network's stream, or what sends through a TAP device, on the other.
 */
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/un.h>

#include "lib/process.h"
#include "lan_fixture.h"
#include "net/lan/lan-relay.h"
#include "netns_fixture.h"

#define CARDS_MAX 2
#define FRAME_MAX 1532

struct bench {
	pid_t pid;
	int vm_ends[CARDS_MAX];
	struct lan_stream card[CARDS_MAX]; /* ours, as the VM's */
	struct lan_stream net[CARDS_MAX];
	size_t nr;
};

/* Bring a card up, as a VM does that has inherited the descriptor. */
static int card_connect(int vm_end)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", vm_end);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -errno;
	}
	return fd;
}

static void card_up(struct bench *b, size_t i)
{
	int fd = card_connect(b->vm_ends[i]);

	assert_true(fd >= 0);
	lan_stream_init_packets(&b->card[i], fd);
}

static void bench_init(struct bench *b, size_t nr)
{
	struct lan_relay_card cards[CARDS_MAX];

	*b = (struct bench){ .nr = nr };
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < nr; i++) {
		int pair[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair),
				 0);
		lan_stream_init(&b->net[i], pair[0]);
		cards[i] =
			(struct lan_relay_card){ .net = pair[1], .frame_max = FRAME_MAX };
	}
	b->pid = lan_relay_start(fixture_dir, cards, nr, b->vm_ends);
	assert_true(b->pid > 0);
	for (size_t i = 0; i < nr; i++)
		card_up(b, i);
}

static void bench_release(struct bench *b)
{
	lan_relay_stop(b->pid);
	for (size_t i = 0; i < b->nr; i++) {
		lan_stream_release(&b->card[i]);
		lan_stream_release(&b->net[i]);
		close(b->vm_ends[i]);
	}
}

/* A frame of @size bytes, which begins as frame_make() makes it. */
static int send_large(struct lan_stream *to, uint32_t number, size_t size)
{
	static unsigned char bytes[LAN_FRAME_MAX];
	struct test_frame frame = frame_make(1, 2, number);

	memcpy(bytes, &frame, sizeof(frame));
	return lan_stream_send(to, bytes, size);
}

static void expect_large(struct lan_stream *from, uint32_t number, size_t expected)
{
	const unsigned char *data;
	struct test_frame frame;
	size_t size;

	assert_int_equal(frame_wait(from, &data, &size, LAN_TEST_LIMIT), 1);
	assert_int_equal(size, expected);
	memcpy(&frame, data, sizeof(frame));
	assert_int_equal(frame.number, number);
	lan_stream_skip(from);
}

static bool nothing_comes(struct lan_stream *from)
{
	const unsigned char *data;
	size_t size;

	return frame_wait(from, &data, &size, 50) == 0;
}

/* Microseconds of processor time that @pid has used. */
static uint64_t cpu_time(pid_t pid)
{
	clockid_t clock;
	struct timespec t;

	assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
	assert_int_equal(clock_gettime(clock, &t), 0);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

FIXTURE_TEST(lan_relay__frames__both_ways_and_in_order)
{
	struct bench b;

	bench_init(&b, 1);
	for (uint32_t i = 0; i < 50; i++) {
		frame_send(&b.card[0], 1, 2, i);
		frame_send(&b.net[0], 2, 1, i);
	}
	for (uint32_t i = 0; i < 50; i++) {
		frame_expect(&b.net[0], 2, i);
		frame_expect(&b.card[0], 1, i);
	}
	bench_release(&b);
}

FIXTURE_TEST(lan_relay__two_cards__each_has_its_network)
{
	struct bench b;

	bench_init(&b, 2);
	frame_send(&b.card[1], 1, 2, 11);
	frame_send(&b.card[0], 1, 2, 10);
	frame_send(&b.net[1], 2, 1, 21);
	frame_expect(&b.net[0], 2, 10);
	frame_expect(&b.net[1], 2, 11);
	frame_expect(&b.card[1], 1, 21);
	assert_true(nothing_comes(&b.card[0]));
	bench_release(&b);
}

FIXTURE_TEST(lan_relay__too_large_for_the_vm__dropped_and_the_next_comes)
{
	struct bench b;

	bench_init(&b, 1);
	assert_int_equal(send_large(&b.net[0], 1, FRAME_MAX), 0);
	assert_int_equal(send_large(&b.net[0], 2, FRAME_MAX + 1), 0);
	assert_int_equal(send_large(&b.net[0], 3, LAN_FRAME_MAX), 0);
	assert_int_equal(send_large(&b.net[0], 4, FRAME_MAX), 0);
	expect_large(&b.card[0], 1, FRAME_MAX);
	expect_large(&b.card[0], 4, FRAME_MAX);
	assert_int_equal(send_large(&b.card[0], 5, LAN_FRAME_MAX), 0);
	expect_large(&b.net[0], 5, LAN_FRAME_MAX);
	bench_release(&b);
}

/* Until the relay has read all that was sent. */
static void wait_until_read(struct lan_stream *net)
{
	int left = 1;

	for (int i = 0; left && i < LAN_TEST_LIMIT; i++) {
		usleep(1000);
		left = lan_stream_flush(net);
		if (!left)
			assert_int_equal(ioctl(net->fd, TIOCOUTQ, &left), 0);
	}
	assert_int_equal(left, 0);
}

FIXTURE_TEST(lan_relay__card_down__frames_are_dropped_until_it_is_up)
{
	struct bench b;

	bench_init(&b, 1);
	frame_send(&b.net[0], 2, 1, 1);
	frame_expect(&b.card[0], 1, 1);
	lan_stream_release(&b.card[0]);
	/* more than any buffer takes */
	for (uint32_t i = 0; i < 4000; i++)
		while (send_large(&b.net[0], i, FRAME_MAX) == -EAGAIN)
			usleep(100);
	wait_until_read(&b.net[0]);
	card_up(&b, 0);
	frame_send(&b.card[0], 1, 2, 2);
	frame_expect(&b.net[0], 2, 2);
	assert_true(nothing_comes(&b.card[0]));
	frame_send(&b.net[0], 2, 1, 3);
	frame_expect(&b.card[0], 1, 3);
	bench_release(&b);
}

/* Send until nothing more is accepted; returns how many frames were. */
static uint32_t fill_up(struct lan_stream *to)
{
	uint32_t nr = 0, pauses = 0;

	while (pauses < 20) {
		if (!send_large(to, nr, 1500)) {
			nr++;
			pauses = 0;
		} else {
			usleep(5000);
			pauses++;
		}
	}
	return nr;
}

FIXTURE_TEST(lan_relay__a_side_is_not_read__other_waits_and_nothing_is_lost)
{
	struct bench b;
	uint32_t down, up;
	uint64_t used;

	bench_init(&b, 2);
	down = fill_up(&b.net[0]);
	up = fill_up(&b.card[0]);
	assert_true(down > 10 && down < 5000);
	assert_true(up > 10 && up < 5000);
	used = cpu_time(b.pid);
	usleep(200000);
	assert_true(cpu_time(b.pid) - used < 50000);
	/* the other card notices nothing */
	frame_send(&b.net[1], 2, 1, 7);
	frame_expect(&b.card[1], 1, 7);
	frame_send(&b.card[1], 1, 2, 8);
	frame_expect(&b.net[1], 2, 8);
	for (uint32_t i = 0; i < down; i++)
		expect_large(&b.card[0], i, 1500);
	assert_int_equal(lan_stream_flush(&b.net[0]), 0);
	for (uint32_t i = 0; i < up; i++)
		expect_large(&b.net[0], i, 1500);
	bench_release(&b);
}

FIXTURE_TEST(lan_relay__waiting_for_a_card_that_goes__the_network_is_read_again)
{
	struct bench b;

	bench_init(&b, 1);
	fill_up(&b.net[0]);
	lan_stream_release(&b.card[0]);
	for (uint32_t i = 0; i < 1000; i++)
		while (send_large(&b.net[0], i, FRAME_MAX) == -EAGAIN)
			usleep(100);
	card_up(&b, 0);
	frame_send(&b.card[0], 1, 2, 2);
	frame_expect(&b.net[0], 2, 2);
	bench_release(&b);
}

FIXTURE_TEST(lan_relay__network_ends__card_too_and_the_process_with_the_last)
{
	struct process process = PROCESS_INIT;
	const unsigned char *data;
	struct bench b;
	size_t size;

	bench_init(&b, 2);
	lan_stream_release(&b.net[0]);
	assert_int_equal(frame_wait(&b.card[0], &data, &size, LAN_TEST_LIMIT), -EPIPE);
	assert_int_equal(card_connect(b.vm_ends[0]), -ECONNREFUSED);
	frame_send(&b.net[1], 2, 1, 7);
	frame_expect(&b.card[1], 1, 7);
	lan_stream_release(&b.net[1]);
	process.pid = b.pid;
	assert_int_equal(process_wait(&process, LAN_TEST_LIMIT), 0);
	b.pid = 0;
	bench_release(&b);
}

FIXTURE_TEST(lan_relay__no_frames_from_the_network__the_card_ends)
{
	static const unsigned char nonsense[] = "GET / HTTP/1.1\r\n\r\n";
	const unsigned char *data;
	struct bench b;
	size_t size;

	bench_init(&b, 1);
	assert_true(write(b.net[0].fd, nonsense, sizeof(nonsense)) > 0);
	assert_int_equal(frame_wait(&b.card[0], &data, &size, LAN_TEST_LIMIT), -EPIPE);
	bench_release(&b);
}

FIXTURE_TEST(lan_relay__no_directory__error_and_all_is_closed)
{
	struct capture c = capture_start();
	struct lan_relay_card card = { .frame_max = FRAME_MAX };
	int pair[2], end = 0;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	card.net = pair[1];
	assert_int_equal(lan_relay_start(at("none"), &card, 1, &end), -ENOENT);
	assert_contains(capture_stop(&c), "cannot connect the VM's network cards");
	assert_int_equal(end, -1);
	assert_int_equal(read(pair[0], &end, 1), 0);
	close(pair[0]);
}

/* Starts a relay, and is killed. */
static int start_and_die(void)
{
	struct bench b;

	bench_init(&b, 1);
	if (write(STDOUT_FILENO, &b.pid, sizeof(b.pid)) != sizeof(b.pid))
		return 1;
	raise(SIGKILL);
	return 1;
}

FIXTURE_TEST(lan_relay__we_are_killed__it_ends)
{
	int out[2], status;
	pid_t child, relay;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	child = fork();
	if (!child) {
		dup2(out[1], STDOUT_FILENO);
		_exit(start_and_die());
	}
	close(out[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(read(out[0], &relay, sizeof(relay)), sizeof(relay));
	/* its descriptors go with it, even if nobody reaps it */
	for (int i = 0; i < LAN_TEST_LIMIT / 10; i++) {
		_cleanup_free_ char *path = xasprintf("/proc/%d/fd/0", relay);

		if (access(path, F_OK) < 0)
			break;
		usleep(10000);
		assert_true(i < LAN_TEST_LIMIT / 10 - 1);
	}
	close(out[0]);
}

/* A socket that sends and receives whole frames at the host's side of @device. */
static int packet_socket(const char *device)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(device),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void set_up(const char *device, bool up)
{
	struct ifreq ifr = { .ifr_flags = up ? IFF_UP : 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(ifr.ifr_name, device);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	close(fd);
}

/* Wait for a frame of the tests at @host, between those that the kernel sends. */
static bool tap_receives(int host, uint32_t number)
{
	for (int i = 0; i < 1000; i++) {
		struct pollfd p = { .fd = host, .events = POLLIN };
		struct test_frame frame;

		if (poll(&p, 1, 1000) <= 0)
			return false;
		if (recv(host, &frame, sizeof(frame), 0) == sizeof(frame) &&
		    frame.type == 0xb588 && frame.number == number)
			return true;
	}
	return false;
}

static bool card_receives(struct lan_stream *card, uint32_t number)
{
	const unsigned char *data;
	size_t size;

	for (int i = 0; i < 1000 && frame_wait(card, &data, &size, 1000) == 1; i++) {
		struct test_frame frame = { .type = 0 };

		if (size == sizeof(frame))
			memcpy(&frame, data, sizeof(frame));
		lan_stream_skip(card);
		if (frame.type == 0xb588 && frame.number == number)
			return true;
	}
	return false;
}

NETNS_TEST(lan_relay__tap_device__frames_go_through_and_down_is_no_end)
{
	struct bench b = { .nr = 1 };
	struct lan_relay_card card = { .tap = true, .frame_max = FRAME_MAX };
	struct test_frame frame = frame_make(EVERYBODY, 9, 2);
	struct process process = PROCESS_INIT;
	struct netlink nl;
	int host;

	netns_needed_with_tun();
	assert_int_equal(fixture_make(NULL), 0);
	signal(SIGPIPE, SIG_IGN);
	b.net[0].fd = -1;
	assert_int_equal(put_tap("tap7", 0), 0);
	card.net = tun_attach("tap7", false);
	assert_true(card.net >= 0);
	set_up("tap7", true);
	host = packet_socket("tap7");
	b.pid = lan_relay_start(fixture_dir, &card, 1, b.vm_ends);
	assert_true(b.pid > 0);
	card_up(&b, 0);
	frame_send(&b.card[0], EVERYBODY, 2, 1);
	assert_true(tap_receives(host, 1));
	assert_int_equal(send(host, &frame, sizeof(frame), 0), sizeof(frame));
	assert_true(card_receives(&b.card[0], 2));
	set_up("tap7", false);
	frame_send(&b.card[0], EVERYBODY, 2, 3);
	usleep(50000);
	set_up("tap7", true);
	close(host);
	host = packet_socket("tap7");
	frame_send(&b.card[0], EVERYBODY, 2, 4);
	assert_true(tap_receives(host, 4));
	/* the device is removed */
	assert_int_equal(netlink_open(&nl), 0);
	assert_int_equal(netlink_delete(&nl, "tap7"), 0);
	netlink_close(&nl);
	process.pid = b.pid;
	assert_int_equal(process_wait(&process, LAN_TEST_LIMIT), 0);
	b.pid = 0;
	close(host);
	bench_release(&b);
	assert_int_equal(fixture_remove(NULL), 0);
}

int main(void)
{
	return run_defined_tests(netns_enter, NULL);
}
