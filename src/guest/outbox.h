/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sends the results of a run to the host, piece by piece. */
#ifndef RAPIDO_OUTBOX_H
#define RAPIDO_OUTBOX_H

#include "uplink.h"

#define WALK_DEPTH 32
#define KNOWN_SETS 1024
#define KNOWN_WAYS 8

/*
 * Which files are sent: those that have not changed for a while; all that have changed;
 * all of the directory WIRE_CASE_FILES; all that have changed, and those that were not
 * remembered.
 */
enum outbox_kind {
	OUTBOX_NONE,
	OUTBOX_SETTLED,
	OUTBOX_CHANGED,
	OUTBOX_CASE,
	OUTBOX_LAST
};

struct outbox_known {
	uint64_t path;	/* hash; 0: unused */
	uint64_t state; /* hash of the file's stat(2), and flags */
};

/* A directory that is being read. */
struct outbox_level {
	int fd;
	size_t path_len;
	size_t at, len; /* in entries */
	_Alignas(8) char entries[2048];
};

struct outbox {
	enum outbox_kind kind, wanted;
	bool cases;    /* WIRE_CASE_FILES is sent with OUTBOX_CASE, and not otherwise */
	bool counting; /* this is the first of two passes over the directory */
	uint32_t files, sent;
	uint64_t bytes;
	unsigned int generation;
	uint64_t began_ms, count_ms; /* when the first pass began; how long it took */
	uint64_t next_ms;	     /* when to look for files that have settled */
	dev_t dev;
	int file; /* the one that is being sent, or -1 */
	uint64_t size, offset, extent_end;
	int depth; /* the innermost directory's, or -1 */
	struct outbox_level levels[WALK_DEPTH + 1];
	char path[(WALK_DEPTH + 2) * 256];
	struct outbox_known known[KNOWN_SETS][KNOWN_WAYS];
};

void outbox_init(struct outbox *outbox);
/* Send results, after those that are being sent. */
void outbox_want(struct outbox *outbox, enum outbox_kind kind);
/* Whether results of that kind are wanted, or being sent. */
bool outbox_has(const struct outbox *outbox, enum outbox_kind kind);
bool outbox_busy(const struct outbox *outbox);
/* Do a piece of the work, as far as the uplink has room. */
void outbox_step(struct outbox *outbox, struct uplink *uplink);

#endif
