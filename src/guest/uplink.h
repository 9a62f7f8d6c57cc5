/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection to the host. Frames are built in a buffer, and go out when
 * uplink_flush() finds the port ready. A test's output and its results may fill the
 * buffer up to the last frame's room, which is kept for frames about the run itself.
 */
#ifndef RAPIDO_UPLINK_H
#define RAPIDO_UPLINK_H

#include "init.h"

#define UPLINK_LIMIT (4 * WIRE_FRAME_MAX)
#define UPLINK_SIZE  (UPLINK_LIMIT + 2 * WIRE_FRAME_MAX)

struct port {
	int fd; /* -1: none */
	bool serial;
	uint64_t got;  /* bytes that were read */
	uint64_t told; /* as many of them as the host knows of */
	size_t len;
	unsigned char in[WIRE_FRAME_MAX];
};

/* The steps of moving from a serial port to a faster one. */
enum uplink_move { MOVE_NONE, MOVE_LOADING, MOVE_LAST_FRAMES, MOVE_DONE };

struct uplink {
	struct port ports[2]; /* the first port, and the faster one */
	struct port *port;    /* the port for outgoing frames */
	enum uplink_move move;
	pid_t loader; /* the child that loads the faster port's modules, or 0 */
	int next_fd;  /* the faster port until it is in use, or -1 */
	uint64_t move_ms, look_ms; /* when the step began; when to look for the port */
	uint64_t sent;		   /* bytes */
	uint64_t progress_ms;	   /* when the host took a byte last */
	uint32_t out_number, in_number;
	struct port *taken; /* the port of uplink_next()'s last frame */
	size_t taken_len;
	bool closed;	   /* the last frame is in the buffer */
	size_t start, end; /* the bytes that wait in @out */
	unsigned char out[UPLINK_SIZE];
};

/* Open a port; false, after a message, if there is none. @alone: none faster than
 * @channel will come. */
bool uplink_open(struct uplink *uplink, const char *channel, bool alone);
/* The same, but only the serial port @channel until there is much to send. */
bool uplink_open_serial(struct uplink *uplink, const char *channel, bool alone);
/* Fill in @fds for wait_events(), UPLINK_FDS at most, and return their number. */
#define UPLINK_FDS 2
size_t uplink_poll(struct uplink *uplink, struct pollfd *fds);
/* Milliseconds until uplink_work() must be called even if nothing happens, or -1. */
int uplink_timeout(const struct uplink *uplink, uint64_t now);
/* Read, and move to a faster port when it is time; false if the host is gone. */
bool uplink_work(struct uplink *uplink, const struct pollfd *fds, size_t nr);
/* Write as much as is possible without waiting; false if the host is gone. */
bool uplink_flush(struct uplink *uplink);

/* Whether there is room for a frame of any length; @bulk: of output or results. */
bool uplink_has_room(const struct uplink *uplink, bool bulk);
/* Where to put a payload, if there is room; and turn it into a frame. */
unsigned char *uplink_place(struct uplink *uplink);
void uplink_commit(struct uplink *uplink, enum wire_type type, size_t size);
/* Both at once, for a small payload. Only if there is room. */
void uplink_send(struct uplink *uplink, enum wire_type type, const void *data,
		 size_t size);
/* The same with one number as payload. */
void uplink_send32(struct uplink *uplink, enum wire_type type, uint32_t value);
/*
 * Read the records that have come from *@kmsg, which is /dev/kmsg or -1, and send them as
 * one frame, for which there must be room. Whether there were any. If it cannot be read
 * it is closed, and *@error set to why.
 */
bool uplink_send_kmsg(struct uplink *uplink, int *kmsg, uint32_t *error);
bool uplink_is_empty(const struct uplink *uplink);

/* The next frame from the host, valid until the next call: 1; 0 if there is none yet; -1
 * if the bytes are no frame. */
int uplink_next(struct uplink *uplink, struct wire_frame *frame);

/* Number the frames from 0 again, in both directions. */
void uplink_restart(struct uplink *uplink);
/* The next frame wherever it begins and whatever its number, which *@number gets; valid
 * until the next call. If it is the first one, uplink_next() can take the second. */
bool uplink_find(struct uplink *uplink, struct wire_frame *frame, uint32_t *number);

/* Open the serial port @name for frames: a descriptor, or -1 after a message. */
int serial_open(const char *name);

#endif
