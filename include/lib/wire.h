/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest's agent and `rapido run` say to each other: frames on a byte stream,
 * which is a serial port or a virtio-serial port. Compiled into both, so with libc alone.
 *
 * A frame is a header of WIRE_HEADER bytes and a payload. Numbers are little-endian:
 *
 *	0  u32  WIRE_MAGIC
 *	4  u16  type
 *	6  u16  zero
 *	8  u32  number of the frame in its direction, from 0, whatever the link
 *	12 u32  length of the payload, at most WIRE_PAYLOAD_MAX
 *	16 u64  checksum of bytes 0 to 15 and the payload, see wire_checksum()
 *
 * Whatever does not fit this ends the conversation: nothing is guessed or skipped.
 *
 * The agent begins on the port that is there first and may move to a faster one: after
 * WIRE_SWITCH nothing more comes from it on the old link, and the frame that follows is
 * the first one of the new link. The host answers on the link on which it heard last; the
 * agent listens to both, and what it has not yet got of the old one comes first.
 *
 * Outside of a run there are three messages only, on a serial port: WIRE_HELLO, without
 * the text, when the guest's first process listens, which may be after a reboot of the
 * guest; WIRE_STOP and WIRE_WINSIZE. Each is found wherever it begins, see wire_find().
 */
#ifndef RAPIDO_WIRE_H
#define RAPIDO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_MAGIC	 0x4f445052u /* "RPDO" */
#define WIRE_VERSION	 2
#define WIRE_HEADER	 24
#define WIRE_FRAME_MAX	 32768 /* what a virtio-serial port takes in one write(2) */
#define WIRE_PAYLOAD_MAX (WIRE_FRAME_MAX - WIRE_HEADER)

/*
 * The files of an image by which the host tells the guest's first process what to do. The
 * directory has other files, too, see image.h.
 */
#define IMAGE_RESOURCES	      "/rapido-rsc"
#define IMAGE_MODULES	      IMAGE_RESOURCES "/modules"	 /* to load at once */
#define IMAGE_CHANNEL_MODULES IMAGE_RESOURCES "/channel-modules" /* for WIRE_PORT */
#define IMAGE_CAPABILITIES    IMAGE_RESOURCES "/capabilities"	 /* see filecaps.h */
#define IMAGE_NETWORK	      IMAGE_RESOURCES "/network"	 /* see netguest.h */
#define IMAGE_HOSTS	      IMAGE_RESOURCES "/hosts" /* lines for /etc/hosts */

/*
 * The last file that a cut puts into an image, and its text: init checks it to see
 * whether the kernel has unpacked the whole image.
 */
#define IMAGE_COMPLETE	    "/.rapido-complete"
#define IMAGE_COMPLETE_TEXT "complete\n"

/* The name of the virtio-serial port, in /sys/class/virtio-ports/.../name. */
#define WIRE_PORT "rapido"

enum wire_type {
	/* guest to host */
	WIRE_HELLO = 1,	 /* u32 WIRE_VERSION, then the text of /proc/version */
	WIRE_PLAN,	 /* u32: number of cases, at most WIRE_CASES_MAX */
	WIRE_CASE_BEGIN, /* u32 index from 0, then the name (no NUL) */
	WIRE_CASE_END,	 /* u32 index, u32 status */
	WIRE_STDOUT,	 /* bytes that the test wrote */
	WIRE_STDERR,
	WIRE_KMSG,	  /* whole records of /dev/kmsg, each ended by a NUL */
	WIRE_STDIN_ROOM,  /* u32: this many more bytes of standard input are welcome */
	WIRE_ALIVE,	  /* nothing; at least every WIRE_ALIVE_MS */
	WIRE_SWITCH,	  /* nothing: the last frame on this link */
	WIRE_RESULTS,	  /* begins a sending of results: u32 files, u64 bytes in them */
	WIRE_FILE,	  /* u32 st_mode, u32 mtime ns, u64 mtime s, u64 size, the path
			     below the directory (no NUL, not empty, '/' between parts) */
	WIRE_FILE_DATA,	  /* u64 offset, then bytes of the last WIRE_FILE; holes are not
			     sent */
	WIRE_FILE_END,	  /* u32: 0, or the errno value for which it is not whole */
	WIRE_RESULTS_END, /* u32 files that were sent, u32 1 if that was the last sending
			   */
	WIRE_END,     /* u32 enum wire_end, u32 status, u64 bytes of stdout, u64 bytes of
			 stderr that were sent; the agent's last frame */
	WIRE_READY,   /* nothing: what a helper's VM is there for works; once, and only
			 where the kernel's command line has rapido.stay=1 */
	WIRE_KERNEL,  /* u32 flags of WIRE_KERNEL_*, u32 0 or the errno value for which
			 /dev/kmsg is not read, u64 /proc/sys/kernel/tainted. After
			 WIRE_HELLO, where a script begins or ends if the taint has
			 changed, and before WIRE_END */
	WIRE_MISSING, /* the name of a command that a script's shell did not find (no
			 NUL) */

	/* host to guest */
	WIRE_STDIN = 64, /* bytes for the test's standard input */
	WIRE_STDIN_END,	 /* nothing: there is no more */
	WIRE_STOP,	 /* nothing: end the test, send results and WIRE_END, power off */
	WIRE_BYE,	 /* nothing: WIRE_END is here, the power may go */
	WIRE_PATIENCE, /* nothing: the host will read again, but its own readers are slow
			*/
	WIRE_WINSIZE,  /* u32 rows, u32 columns of the user's terminal; outside of a run,
			  see below */
};

/* How the test ended, as far as the guest can tell. */
enum wire_end {
	WIRE_END_EXIT,	   /* the shell exited with this status */
	WIRE_END_SIGNAL,   /* the shell was ended by this signal */
	WIRE_END_STOPPED,  /* WIRE_STOP came before */
	WIRE_END_SHUTDOWN, /* the test asked for power-off or reboot */
	WIRE_END_NO_SHELL, /* the shell could not be started: status is the errno value */
	/* the kernel had not unpacked all of the image, and so no test was run */
	WIRE_END_INCOMPLETE,
};

/* The taint is known; the kernel has logged more than was sent, and goes on. */
#define WIRE_KERNEL_TAINT 1u
#define WIRE_KERNEL_MORE  2u

/*
 * The bits of the taint that the kernel sets when it reports a fault
 * (Documentation/admin-guide/tainted-kernels.rst): B, a bad page, as KASAN, KFENCE and
 * SLUB set it as well; D, an oops; W, a warning; L, a soft lockup.
 */
#define WIRE_TAINT_FAULTS (1u << 5 | 1u << 7 | 1u << 9 | 1u << 14)

/* How lines begin that the guest's first process writes to the console. */
#define WIRE_INIT_SAYS "rapido-init: "

/* More scripts than this are not planned, and not begun. */
#define WIRE_CASES_MAX 10000

#define WIRE_ALIVE_MS 1000
/*
 * After WIRE_END the agent waits this long for WIRE_BYE: what a port has taken is lost
 * with the power as long as the host has not read it, and the guest cannot see that.
 */
#define WIRE_BYE_MS 10000
/* The host may have this many bytes of WIRE_STDIN under way. */
#define WIRE_STDIN_WINDOW 65536

/*
 * Fletcher's checksum in 64 bits: over the 32-bit little-endian words of the data, the
 * last one filled up with zeroes, s1 is their sum and s2 the sum of all s1, each modulo
 * 2^32; s2 in the upper half. Continues from @sum; 0 to begin with. Only the last piece
 * may have a length that is no multiple of 4.
 */
uint64_t wire_checksum(uint64_t sum, const void *data, size_t size);

/* Put a header for @payload into @header. */
void wire_header(unsigned char header[WIRE_HEADER], enum wire_type type, uint32_t number,
		 const void *payload, size_t size);

struct wire_frame {
	unsigned int type;
	const unsigned char *payload; /* into the bytes that were parsed */
	size_t size;		      /* of the payload */
};

/*
 * Look at the first frame in @data. Its length with the header; 0 when more bytes are
 * needed; -1 when this is no frame, or not frame @number.
 */
long wire_parse(struct wire_frame *frame, const unsigned char *data, size_t size,
		uint32_t number);

/*
 * Look for the first frame in @data, whatever its number, on a line that may have had
 * something else on it. @used bytes are done with when it has been dealt with: what came
 * before it, and the frame. False, and a payload of NULL, when there is none: @used is
 * what cannot begin one.
 */
bool wire_find(struct wire_frame *frame, const unsigned char *data, size_t size,
	       size_t *used);

void wire_put32(unsigned char *at, uint32_t value);
void wire_put64(unsigned char *at, uint64_t value);
uint32_t wire_get32(const unsigned char *at);
uint64_t wire_get64(const unsigned char *at);

#endif
