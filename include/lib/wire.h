/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The protocol between the guest's agent and `rapido run`: frames on a byte stream, which
 * is a serial port or a virtio-serial port. It is compiled into both, so it uses libc
 * only.
 *
 * A frame is a header of WIRE_HEADER bytes and a payload. Numbers are little-endian:
 *
 *	0  u32  WIRE_MAGIC
 *	4  u16  type
 *	6  u16  zero
 *	8  u32  number of the frame in its direction, from 0, on whichever link
 *	12 u32  length of the payload, at most WIRE_PAYLOAD_MAX
 *	16 u64  checksum of bytes 0 to 15 and the payload, see wire_checksum()
 *
 * Anything else ends the conversation: nothing is guessed or skipped.
 *
 * The agent begins on the port that exists first and may move to a faster one: after
 * WIRE_SWITCH it sends nothing more on the old link, and the next frame is the first one
 * on the new link. The host answers on the link on which it received the last frame. The
 * agent listens to both links, and reads the rest of the old one first.
 *
 * What the host sends over a serial port must not be more than the guest has room for
 * before it is read: at most WIRE_SLOW_WINDOW bytes are under way, and the guest reports
 * with WIRE_GOT what it has read.
 *
 * Outside of a run the guest's first process sends WIRE_HELLO, without the text, when it
 * begins to listen on the serial port, which may be after a reboot of the guest; from
 * then on both sides number their frames from 0. If it reads what is not the next frame,
 * it begins again in the same way. Until the frame with the number 0 arrives, it searches
 * for frames, see wire_find(). It serves WIRE_STOP and WIRE_WINSIZE then as well,
 * whatever their numbers. With rapido.quiet=1 on the kernel's command line it sends
 * WIRE_KMSG, too, from when it begins to listen. Its last frames may be WIRE_STATUS and
 * WIRE_LEAVE.
 *
 * Commands of `rapido exec` are served in both kinds of VM. Each has a number, which is
 * the first u32 of every frame about it. A stream carries only as many bytes as its
 * reader has made room for, so that one that is not read holds up no other. The same
 * frames, with 0 as the number, go between rapido exec and the rapido that supervises
 * the VM, see control.h.
 */
#ifndef RAPIDO_WIRE_H
#define RAPIDO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIRE_MAGIC	 0x4f445052u /* "RPDO" */
#define WIRE_VERSION	 5
#define WIRE_HEADER	 24
#define WIRE_FRAME_MAX	 32768 /* what a virtio-serial port accepts in one write(2) */
#define WIRE_PAYLOAD_MAX (WIRE_FRAME_MAX - WIRE_HEADER)

/*
 * The files of an image by which the host tells the guest's first process what to do. The
 * directory has other files, too, see image.h.
 */
#define IMAGE_RESOURCES	      "/rapido-rsc"
#define IMAGE_MODULES	      IMAGE_RESOURCES "/modules"	 /* to load at once */
#define IMAGE_CHANNEL_MODULES IMAGE_RESOURCES "/channel-modules" /* for WIRE_PORT */
#define IMAGE_CAPABILITIES    IMAGE_RESOURCES "/capabilities"	 /* see filecaps.h */
#define IMAGE_KUNIT	      IMAGE_RESOURCES "/kunit" /* modules with KUnit tests */
#define IMAGE_SUITE	      IMAGE_RESOURCES "/suite" /* the test is a suite, see image.h */
#define IMAGE_NETWORK	      IMAGE_RESOURCES "/network" /* see netguest.h */
#define IMAGE_HOSTS	      IMAGE_RESOURCES "/hosts"	 /* lines for /etc/hosts */
/*
 * What the command line of the host gave: words that are each ended by a NUL. The first
 * is the directory to be in. If more follow, they are the program's path and its argv[0],
 * argv[1], ... IMAGE_CONSOLE is about the shell on the console, or what is there in its
 * place; IMAGE_COMMAND is for "/rdinit --command".
 */
#define IMAGE_CONSOLE IMAGE_RESOURCES "/console"
#define IMAGE_COMMAND IMAGE_RESOURCES "/command"

/*
 * The last file that a cut puts into an image, and its text: init checks it to see
 * whether the kernel has unpacked the whole image.
 */
#define IMAGE_COMPLETE	    "/.rapido-complete"
#define IMAGE_COMPLETE_TEXT "complete\n"

/* The name of the virtio-serial port in /sys/class/virtio-ports/.../name. */
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
	WIRE_STDIN_ROOM,  /* u32: the host may send this many more bytes of standard input
			   */
	WIRE_ALIVE,	  /* no payload; at least every WIRE_ALIVE_MS */
	WIRE_SWITCH,	  /* no payload: the last frame on this link */
	WIRE_RESULTS,	  /* begins a transfer of results: u32 files, u64 bytes in them */
	WIRE_FILE,	  /* u32 st_mode, u32 mtime ns, u64 mtime s, u64 size, the path
			     below the directory (no NUL, not empty, '/' between parts) */
	WIRE_FILE_DATA,	  /* u64 offset, then bytes of the last WIRE_FILE; holes are not
			     sent */
	WIRE_FILE_END,	  /* u32: 0, or the errno value of why the file is incomplete */
	WIRE_RESULTS_END, /* u32 files that were sent, u32 1 if this was the last transfer
			   */
	WIRE_END,    /* u32 enum wire_end, u32 status, u64 bytes of stdout, u64 bytes of
			stderr that were sent; the agent's last frame but for
			WIRE_GOT */
	WIRE_READY,  /* no payload: the service of a helper's VM is ready; once, and only
			if the kernel's command line has rapido.stay=1 */
	WIRE_KERNEL, /* u32 flags WIRE_KERNEL_*, u32 0 or the errno value of why /dev/kmsg
			is not read, u64 /proc/sys/kernel/tainted. Sent after WIRE_HELLO,
			where a script begins or ends if the taint has changed, and before
			WIRE_END */
	WIRE_MISSING, /* the name of a command that the shell of a script did not find (no
			 NUL) */
	WIRE_STATUS,  /* u32: what the command on the console returned, see IMAGE_CONSOLE;
			 or  128 + the signal that ended it. Only outside of a run */
	WIRE_LEAVE,   /* no payload: the VM is about to end, and what its console shows
			 from now on is for no user. Only outside of a run */

	/* about the cases of a suite, in a run of one, after the scripts */
	WIRE_SUITE_LIST,  /* the next bytes of what suite_list has printed, up to
			     WIRE_SUITE_LIST_MAX; before the WIRE_SUITE_READY that ends
			     the order, if that says 0 */
	WIRE_SUITE_READY, /* u32 what the function of the last order returned, 0 at first:
			     another order may come */
	WIRE_SUITE_BEGIN, /* the name (no NUL): this case of the order is running now.
			     Without it the first one without WIRE_SUITE_CASE is */
	WIRE_SUITE_CASE,  /* u32 enum wire_case, u32 status up to 255, u32 bytes of the
			     reason, the reason, the name: the case has ended, and its
			     files below WIRE_CASE_FILES were sent */
	WIRE_SUITE_FATAL, /* why the script cannot go on, which is no case's fault, up to
			     WIRE_SUITE_TEXT_MAX bytes (no NUL). Also while it is set up
			   */

	/* about a command, after its number */
	WIRE_EXEC_STDOUT = 32, /* bytes that it has written */
	WIRE_EXEC_STDERR,
	WIRE_EXEC_STDIN_ROOM, /* u32: so many more bytes may be sent for its standard
				 input; the first one says that it was started; 0: it
				 reads no more */
	WIRE_EXEC_END,	   /* u32 enum wire_exec_end, u32 value, u64 bytes of its standard
			      output, u64 of its standard error that were sent; the last frame
			      about it */
	WIRE_EXEC_REFUSED, /* why there is no command (no NUL), instead of WIRE_EXEC_END;
			      not from the guest, but from the rapido that supervises the
			      VM */
	WIRE_GOT, /* u32 bytes that were read from the serial port since the last such
		     frame */

	/* host to guest */
	WIRE_STDIN = 64, /* bytes for the test's standard input */
	WIRE_STDIN_END,	 /* no payload: the end of standard input */
	WIRE_STOP, /* no payload: end the test, send results and WIRE_END, power off */
	WIRE_BYE,  /* no payload: WIRE_END has arrived, power off */
	WIRE_PATIENCE, /* no payload: the host will read again, but its own readers are
			  slow */
	WIRE_WINSIZE,  /* u32 rows, u32 columns of the user's terminal; only outside of a
			  run, see above */
	WIRE_SEEN, /* no payload: what the console had shown before the guest's WIRE_HELLO
		      or WIRE_LEAVE is dealt with, and the guest may go on. Only with
		      rapido.quiet=1 */

	WIRE_ORDER,	  /* u32 enum wire_order, u32 bytes of its words, at most
			     WIRE_ORDER_MAX; answers WIRE_SUITE_READY */
	WIRE_ORDER_WORDS, /* the next bytes of its words, each ended by a NUL; when all
			     are there it begins */
	WIRE_BLOCKED,	  /* no payload: have the kernel log which tasks are blocked */

	/* about a command, after its number */
	WIRE_EXEC = 96,	 /* u32 flags WIRE_EXEC_*, u32 rows, u32 columns of its terminal,
			    u32 bytes of its words, 1 to WIRE_EXEC_WORDS_MAX */
	WIRE_EXEC_WORDS, /* the next bytes of its words, each ended by a NUL: TERM for its
			    terminal, or "", and the command; without a command, a shell.
			    When all are there, it is started */
	WIRE_EXEC_STDIN, /* bytes for its standard input */
	WIRE_EXEC_STDIN_END, /* the end of its standard input */
	WIRE_EXEC_ROOM,	     /* u32, u32: it may send so many more bytes of standard
				output, and of standard error */
	WIRE_EXEC_SIGNAL,    /* u32: SIGHUP, SIGINT, SIGQUIT or SIGTERM for it */
	WIRE_EXEC_WINSIZE,   /* u32 rows, u32 columns of its terminal */
	WIRE_EXEC_HANGUP,    /* nobody is interested any more: end it. WIRE_EXEC_END comes
				nevertheless */
};

/* How the test ended, as far as the guest can tell. */
enum wire_end {
	WIRE_END_EXIT,	   /* the shell exited with this status */
	WIRE_END_SIGNAL,   /* the shell was ended by this signal */
	WIRE_END_STOPPED,  /* WIRE_STOP came first */
	WIRE_END_SHUTDOWN, /* the test requested power-off or reboot */
	WIRE_END_NO_SHELL, /* the shell could not be started: status is the errno value */
	/* the kernel had not unpacked the whole image, so no test was run */
	WIRE_END_INCOMPLETE,
	/* a directory of the host could not be mounted, so no test was run */
	WIRE_END_NO_SHARE,
};

/* What a suite's script is to do. */
enum wire_order {
	WIRE_ORDER_LIST, /* list the cases that the arguments select; no words */
	WIRE_ORDER_RUN,	 /* run the cases that the words are */
	WIRE_ORDER_END,	 /* nothing more */
	WIRE_ORDER_ARGS, /* the words are the arguments; the first order of each VM */
};

/* How a case of a suite ended, as its script says. */
enum wire_case {
	WIRE_CASE_PASS,
	WIRE_CASE_FAIL,
	WIRE_CASE_SKIP,
	WIRE_CASE_ERROR, /* it could not be judged */
};

#define WIRE_ORDER_MAX	    (1u << 20)
#define WIRE_SUITE_LIST_MAX (16u << 20)
#define WIRE_SUITE_NAME_MAX 255	 /* bytes of a case's name */
#define WIRE_SUITE_TEXT_MAX 1000 /* and of a reason */
/* The directory of $RAPIDO_RESULTS with the files of the case that ends. */
#define WIRE_CASE_FILES "case"

/* How a command of WIRE_EXEC ended. */
enum wire_exec_end {
	WIRE_EXEC_EXIT,	      /* with this status */
	WIRE_EXEC_SIGNALLED,  /* by this signal */
	WIRE_EXEC_NO_PROGRAM, /* it could not be executed: the errno value */
	WIRE_EXEC_FAILED,     /* there were not the means to start it: the errno value */
	WIRE_EXEC_CUT_OFF,    /* by this signal, because the test has ended */
};

/* Flag of WIRE_EXEC: it gets a terminal, which is its standard error as well. */
#define WIRE_EXEC_TTY 1u

/* So many commands at a time. */
#define WIRE_EXEC_MAX	    64
#define WIRE_EXEC_WORDS_MAX (1u << 20)
/* The room of a command's standard input, and the most that a reader of its output may
 * make room for. */
#define WIRE_EXEC_INPUT	 65536
#define WIRE_EXEC_OUTPUT 262144

/*
 * Flags of WIRE_KERNEL: the taint is known; the kernel has logged more than was sent, and
 * goes on.
 */
#define WIRE_KERNEL_TAINT 1u
#define WIRE_KERNEL_MORE  2u

/*
 * The bits of the taint that the kernel sets when it reports a fault
 * (Documentation/admin-guide/tainted-kernels.rst): B, a bad page, also set by KASAN,
 * KFENCE and SLUB; D, an oops; W, a warning; L, a soft lockup.
 */
#define WIRE_TAINT_FAULTS (1u << 5 | 1u << 7 | 1u << 9 | 1u << 14)

/* The beginning of lines that the guest's first process writes to the console. */
#define WIRE_INIT_SAYS "rapido-init: "

/* Further scripts are neither planned nor run. */
#define WIRE_CASES_MAX 10000

#define WIRE_ALIVE_MS 1000
/*
 * After WIRE_END the agent waits this long for WIRE_BYE: data that a port has accepted,
 * but that the host has not read, is lost at power-off, and the guest cannot see that.
 */
#define WIRE_BYE_MS 10000
/*
 * Bytes on their way to the guest over a serial port: fewer than its terminal layer holds
 * before it throttles the port (N_TTY_BUF_SIZE less TTY_THRESHOLD_THROTTLE of
 * drivers/tty/n_tty.c). A real port would go on and lose some; that of User Mode Linux
 * would never be heard again (line_throttle() of arch/um/drivers/line.c).
 */
#define WIRE_SLOW_WINDOW 3072
/* The host may have this many bytes of WIRE_STDIN in flight. */
#define WIRE_STDIN_WINDOW 65536

/*
 * Fletcher's checksum in 64 bits, over the 32-bit little-endian words of the data, the
 * last one padded with zeroes: s1 is their sum and s2 the sum of all s1, each modulo
 * 2^32; s2 is the upper half. Continues from @sum, which is 0 at first. Only the last
 * piece may have a length that is not a multiple of 4.
 */
uint64_t wire_checksum(uint64_t sum, const void *data, size_t size);

/* Make the header for @payload. */
void wire_header(unsigned char header[WIRE_HEADER], enum wire_type type, uint32_t number,
		 const void *payload, size_t size);

struct wire_frame {
	unsigned int type;
	const unsigned char *payload; /* points into the bytes that were parsed */
	size_t size;		      /* of the payload */
};

/*
 * Parse the first frame in @data. Returns its length with the header; 0 if more bytes are
 * needed; -1 if this is not a frame, or not frame @number.
 */
long wire_parse(struct wire_frame *frame, const unsigned char *data, size_t size,
		uint32_t number);

/*
 * Find the first frame in @data, whatever its number, on a line that may have carried
 * something else. @used is the number of bytes to drop when the frame has been handled:
 * what came before it, and the frame. If there is none: false, and a payload of NULL;
 * @used bytes are certainly not part of a frame.
 */
bool wire_find(struct wire_frame *frame, const unsigned char *data, size_t size,
	       size_t *used);

void wire_put32(unsigned char *at, uint32_t value);
void wire_put64(unsigned char *at, uint64_t value);
uint32_t wire_get32(const unsigned char *at);
uint64_t wire_get64(const unsigned char *at);

#endif
