/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What rapido and a worker say to each other: frames as in wire.h, with types of their
 * own, over the worker's standard input and output. Each is followed by the end of a
 * line, because Slurm holds back what is not a whole line. Each side numbers its frames
 * from 0. What the worker's command prints before the worker's first frame is skipped.
 * Anything else that is not the next frame ends the connection, and with it the VM.
 *
 * The worker begins with WORKER_HELLO, and rapido answers with its own. For each VM
 * rapido then announces two files, one after the other, and sends those that the worker
 * wants. WORKER_SPEC describes the VM, WORKER_MAKE has it made and started. The streams
 * carry bytes between us and the guest: each side may send WORKER_WINDOW bytes of a
 * stream, and more when the other one has made room, so that no stream holds up anything
 * else. After WORKER_ENDED the worker sends what is left without regard to that, up to
 * WORKER_REST_MAX bytes of each stream, then WORKER_REST. WORKER_FREE is about any VM
 * that was asked for; after it another one may follow.
 *
 * Each side sends something every WORKER_ALIVE_MS. A worker that hears nothing for
 * WORKER_ALONE_MS takes it that nobody is there any more.
 */
#ifndef RAPIDO_WORKER_WIRE_H
#define RAPIDO_WORKER_WIRE_H

#include "lib/wire.h"

/* Increased with each change of the protocol. */
#define WORKER_PROTOCOL 1

#define WORKER_FRAME_END '\n'

#define WORKER_ALIVE_MS	  5000
#define WORKER_ALONE_MS	  600000
#define WORKER_WINDOW	  262144u
#define WORKER_REST_MAX	  (4u << 20)
#define WORKER_SPEC_MAX	  (1u << 20)
#define WORKER_OUTPUT_MAX (1u << 20)
#define WORKER_NOISE_MAX  65536

enum worker_wire_type {
	/* both ways */
	WORKER_HELLO = 1, /* u32 WORKER_PROTOCOL, u32 WIRE_VERSION, rapido's version */
	WORKER_ALIVE,	  /* no payload */
	WORKER_BYTES,	  /* u32 stream, bytes */
	WORKER_ROOM,	  /* u32 stream, u32: so many more bytes may be sent */
	WORKER_EOF,	  /* u32 stream: it has no more bytes */

	/* to the worker */
	WORKER_FILE = 32, /* u32 enum worker_file_kind, u64 size, u64 mtime s, u32 mtime
			     ns, DIGEST_HEX digits, the path */
	WORKER_DATA,	  /* the next bytes of the file that the worker wants */
	WORKER_SPEC,	  /* the next bytes of a JSON object, see worker-spec.h */
	WORKER_MAKE,	  /* no payload: the object is complete, start the VM */
	WORKER_WATCH,	  /* a line that the guest's kernel has logged */
	WORKER_STOP,	  /* u32 grace in ms, see vm_stop() */
	WORKER_JUDGE,	  /* u32 status: say how it ended, see vm_ending() */
	WORKER_FREE,	  /* no payload: end the VM if it still runs, and forget it */

	/* from the worker */
	WORKER_HAVE = 64, /* u32 enum worker_file_kind: the file is there */
	WORKER_WANT,	  /* u32 enum worker_file_kind: the file is to be sent */
	WORKER_FAILED,	  /* why there is no VM; or nothing: the worker has printed it */
	WORKER_STARTED,	  /* u32 slot, u32 1 if emulated, accel */
	WORKER_LOST,	  /* what vm_lost() says */
	WORKER_REQUEST,	  /* u32 enum control_request */
	WORKER_ENDED,	  /* u32 status, see vm_wait(); 0 after WORKER_STOP */
	WORKER_OUTPUT,	  /* the next bytes of vm_output(), up to WORKER_OUTPUT_MAX */
	WORKER_REST,	  /* no payload: that was all */
	WORKER_ENDING,	  /* u32 enum vm_end, u32 bytes of the fault, the fault, the
			     interference; empty: none */
	WORKER_FREED,	  /* no payload: the VM of WORKER_FREE is gone */
	WORKER_BYE,	  /* why it ends */
};

enum worker_file_kind { WORKER_KERNEL, WORKER_IMAGE, WORKER_FILES };

enum worker_stream { WORKER_CONSOLE, WORKER_SLOW, WORKER_FAST, WORKER_STREAMS };

#endif
