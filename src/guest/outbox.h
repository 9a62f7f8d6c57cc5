/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The results of a run, on their way to the host. */
#ifndef RAPIDO_OUTBOX_H
#define RAPIDO_OUTBOX_H

#include "uplink.h"

#define WALK_DEPTH 32
#define KNOWN_SETS 1024
#define KNOWN_WAYS 8

enum outbox_kind { OUTBOX_NONE, OUTBOX_SETTLED, OUTBOX_CHANGED, OUTBOX_LAST };

struct outbox_known {
	uint64_t path;	/* hash; 0: unused */
	uint64_t state; /* hash of what stat(2) says, and flags */
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
	bool counting; /* the first of two passes over the directory */
	uint32_t files, sent;
	uint64_t bytes;
	unsigned int generation;
	uint64_t began_ms, count_ms; /* how long the first pass took */
	uint64_t next_ms;	     /* when to look for what has settled */
	dev_t dev;
	int file; /* that is being sent, or -1 */
	uint64_t size, offset, extent_end;
	int depth; /* of the innermost directory, or -1 */
	struct outbox_level levels[WALK_DEPTH + 1];
	char path[(WALK_DEPTH + 2) * 256];
	struct outbox_known known[KNOWN_SETS][KNOWN_WAYS];
};

void outbox_init(struct outbox *outbox);
/* Have results sent, when those that are under way have been. */
void outbox_want(struct outbox *outbox, enum outbox_kind kind);
bool outbox_busy(const struct outbox *outbox);
/* A piece of the work, as far as there is room. */
void outbox_step(struct outbox *outbox, struct uplink *uplink);

#endif
