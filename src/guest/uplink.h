/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to the host. Frames are put into a buffer, where their payload is made in
 * place, and go out when uplink_flush() finds the port ready. A test's output or its
 * results may fill that but for one frame; the rest is for frames that say what happens.
 */
#ifndef RAPIDO_UPLINK_H
#define RAPIDO_UPLINK_H

#include "init.h"

#define UPLINK_LIMIT (4 * WIRE_FRAME_MAX)
#define UPLINK_SIZE  (UPLINK_LIMIT + 2 * WIRE_FRAME_MAX)

struct port {
	int fd; /* -1: none */
	bool serial;
	uint64_t got; /* bytes */
	size_t len;
	unsigned char in[WIRE_FRAME_MAX];
};

/* The way from a serial port to a faster one. */
enum uplink_move { MOVE_NONE, MOVE_LOADING, MOVE_LAST_FRAMES, MOVE_DONE };

struct uplink {
	struct port ports[2]; /* the first one, and the one that is moved to */
	struct port *port;    /* where frames go out */
	enum uplink_move move;
	pid_t loader;		   /* loads the modules for the faster port; 0: none */
	int next_fd;		   /* the faster port while it is made ready, or -1 */
	uint64_t move_ms, look_ms; /* since when; when to look again */
	uint64_t sent;		   /* bytes */
	uint64_t progress_ms;	   /* when a byte was sent last */
	uint32_t out_number, in_number;
	struct port *taken; /* of the frame that uplink_next() gave last */
	size_t taken_len;
	bool closed;	   /* the last frame is made */
	size_t start, end; /* of what is to be sent */
	unsigned char out[UPLINK_SIZE];
};

/* Find a port; false, after a message, when there is none. */
bool uplink_open(struct uplink *uplink, const char *channel);
/* For wait_events(): their number. */
size_t uplink_poll(struct uplink *uplink, struct pollfd *fds);
/* Milliseconds until uplink_work() is to be called even if nothing happens; or -1. */
int uplink_timeout(const struct uplink *uplink, uint64_t now);
/* Read, move to a faster port; false when the host is gone. */
bool uplink_work(struct uplink *uplink, const struct pollfd *fds, size_t nr);
/* Write what can be written without waiting; false when the host is gone. */
bool uplink_flush(struct uplink *uplink);

/* Whether a frame of any length may be made; @bulk: of output or results. */
bool uplink_has_room(const struct uplink *uplink, bool bulk);
/* Where a payload is to be put, if there is room; and make a frame of it. */
unsigned char *uplink_place(struct uplink *uplink);
void uplink_commit(struct uplink *uplink, enum wire_type type, size_t size);
/* The two at once, for a small one. Only if there is room. */
void uplink_send(struct uplink *uplink, enum wire_type type, const void *data,
		 size_t size);
/* The same with one number. */
void uplink_send32(struct uplink *uplink, enum wire_type type, uint32_t value);
bool uplink_is_empty(const struct uplink *uplink);

/* The next frame from the host, valid until the next call: 1; 0: none yet; -1: what came
 * is none. */
int uplink_next(struct uplink *uplink, struct wire_frame *frame);

/* Open a serial port for frames: a descriptor, or -1 after a message. */
int serial_open(const char *name);

#endif
