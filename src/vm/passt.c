// SPDX-License-Identifier: GPL-2.0-or-later
/* Run passt(1) beside a VM. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/utf8.h"
#include "passt.h"
#include "vm/spec.h"

/* It needs about 20 ms to be ready. */
#define START_MS 3000
#define STOP_MS	 1000
/* It drops what the VM does not take in time, and then TCP pauses. The host may allow
 * less. */
#define SEND_BUFFER_BYTES (4 << 20)
#define SAID_MAX	  65536
/* Before the answer there may be other frames: connections to its ports. */
#define FRAMES_MAX 64
#define FRAME_MAX  (65536 + 64)

/* Offsets in an Ethernet frame of ARP (RFC 826), and its size. */
#define ARP_SIZE 42
#define ARP_TYPE 12
#define ARP_OP	 20

/* In the stream each frame has its length before it. */
struct frame {
	uint32_t length; /* network byte order */
	unsigned char bytes[FRAME_MAX];
};

/*
 * "Who has 10.0.2.2?", asked by 10.0.2.15. passt sends to the asking MAC address until
 * the guest has sent something itself. That address is broadcast, as without asking.
 */
static const unsigned char question[ARP_SIZE] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0x08, 0x06, 0,	1,    0x08, 0,	  6,	4,    0,    1,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 10,	  0,	2,    15,   0,
	0,    0,    0,	  0,	0,    10,   0,	  2,	2,
};

void passt_add_port(struct strvec *ports, bool udp, const char *address,
		    unsigned int port, unsigned int guest_port)
{
	strvec_pushf(ports, "--%s-ports=%s/%u:%u", udp ? "udp" : "tcp", address, port,
		     guest_port);
}

/* Read all @size bytes. -EPIPE if the other end is closed, -ETIMEDOUT, or -errno. */
static int read_until(int fd, void *data, size_t size, uint64_t deadline)
{
	size_t have = 0;

	while (have < size) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = (int64_t)(deadline - monotonic_ms());
		ssize_t n;

		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		n = read(fd, (char *)data + have, size - have);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (!n)
			return -EPIPE;
		have += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static bool is_answer(const struct frame *frame, size_t length)
{
	static const unsigned char arp[] = { 0x08, 0x06 }, reply[] = { 0, 2 };

	return length >= ARP_SIZE && memcmp(frame->bytes + ARP_TYPE, arp, 2) == 0 &&
	       memcmp(frame->bytes + ARP_OP, reply, 2) == 0;
}

/* Ask a question in the guest's place, to see whether passt serves. 0 or -errno. */
static int ask_passt(int fd)
{
	_cleanup_free_ struct frame *frame = xmalloc(sizeof(*frame));
	uint64_t deadline = monotonic_ms() + START_MS;
	int err;

	frame->length = htonl(ARP_SIZE);
	memcpy(frame->bytes, question, ARP_SIZE);
	if (send(fd, frame, sizeof(frame->length) + ARP_SIZE, MSG_NOSIGNAL) < 0)
		return -errno;
	for (int i = 0; i < FRAMES_MAX; i++) {
		size_t length;

		err = read_until(fd, &frame->length, sizeof(frame->length), deadline);
		if (err)
			return err;
		length = ntohl(frame->length);
		if (length > FRAME_MAX)
			return -EPROTO;
		err = read_until(fd, frame->bytes, length, deadline);
		if (err)
			return err;
		if (is_answer(frame, length))
			return 0;
	}
	return -EPROTO;
}

/* The last line of its output, without its complaint about a missing syslog. */
static char *last_words(int fd, const char *instead)
{
	_cleanup_(strvec_release) struct strvec lines = STRVEC_INIT;
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT;
	_cleanup_free_ char *text = NULL;
	size_t i;

	if (lseek(fd, 0, SEEK_SET) < 0 || io_read_fd(fd, SAID_MAX, &text, NULL))
		return NULL;
	/* newer versions work without a default route */
	if (strstr(text, "No external routable interface"))
		return xasprintf("this host has no default route; use %s", instead);
	strvec_split(&lines, text, "\n");
	for (i = lines.nr; i > 0 && strstr(lines.v[i - 1], "to syslog"); i--)
		;
	if (!i)
		return NULL;
	strbuf_add_visible(&shown, lines.v[i - 1]);
	return strbuf_detach(&shown);
}

static void set_argv(struct passt *passt, const struct strvec *ports, bool loopback,
		     int fd)
{
	struct strvec *argv = &passt->process.argv;

	strvec_pushl(argv, "passt", "--foreground", "--quiet", NULL);
	strvec_pushf(argv, "--fd=%d", fd);
	strvec_pushl(argv, "--ipv4-only", "--address=" VM_USER_ADDRESS, "--netmask=24",
		     "--gateway=" VM_USER_GATEWAY, "--dns-forward=" VM_USER_DNS, NULL);
	if (!loopback)
		strvec_push(argv, "--no-map-gw");
	for (size_t i = 0; i < ports->nr; i++)
		strvec_push(argv, ports->v[i]);
}

/* @ends: ours and passt's. */
static int spawn_passt(struct passt *passt, const struct strvec *ports, bool loopback,
		       const int ends[2], int said)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int err;

	if (null < 0)
		return -errno;
	set_argv(passt, ports, loopback, ends[1]);
	passt->process.in = null;
	passt->process.out = null;
	passt->process.err = said;
	passt->process.keep = &ends[1];
	passt->process.nr_keep = 1;
	passt->process.own_group = true;
	passt->process.death_signal = SIGTERM;
	err = process_start(&passt->process);
	/* only the child needed these */
	passt->process.in = passt->process.out = passt->process.err = -1;
	passt->process.keep = NULL;
	passt->process.nr_keep = 0;
	return err;
}

static const char *failure_text(int err)
{
	switch (err) {
	case -EIO:
		return "it ends without a word";
	case -ETIMEDOUT:
		return "it does not answer";
	default:
		return err_text(err);
	}
}

static int report_failure(int err, int said, const char *instead)
{
	_cleanup_free_ char *words = NULL;

	if (err == -ENOENT) {
		log_error("cannot start 'passt': install it (Debian package: passt), or "
			  "use %s",
			  instead);
		return err;
	}
	/* either of these means that it has ended */
	if (err == -EPIPE || err == -ECONNRESET) {
		words = last_words(said, instead);
		err = -EIO;
	}
	log_error("cannot start 'passt': %s", words ? words : failure_text(err));
	return err;
}

int passt_start(struct passt *passt, const struct strvec *ports, bool loopback,
		const char *instead, int *vm_end)
{
	_cleanup_close_ int said = memfd_create("passt", MFD_CLOEXEC);
	_cleanup_close_ int ours = -1, its = -1;
	int ends[2], room = SEND_BUFFER_BYTES, err;

	*passt = (struct passt)PASST_INIT;
	if (said < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return report_failure(-errno, said, instead);
	ours = ends[0];
	its = ends[1];
	setsockopt(its, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	err = spawn_passt(passt, ports, loopback, ends, said);
	close(TAKE_FD(its));
	if (!err)
		err = ask_passt(ours);
	if (err) {
		process_release(&passt->process);
		return report_failure(err, said, instead);
	}
	*vm_end = TAKE_FD(ours);
	return 0;
}

void passt_stop(struct passt *passt)
{
	/* it may have ended with the VM already */
	if (passt->process.pid > 0) {
		kill(passt->process.pid, SIGTERM);
		process_wait(&passt->process, STOP_MS);
	}
	process_release(&passt->process);
}
