/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two files of a VM at the worker's side: found, or received and stored. */
#ifndef RAPIDO_SERVE_FILES_H
#define RAPIDO_SERVE_FILES_H

#include "lib/lockfile.h"
#include "worker-link.h"
#include "worker/worker-cache.h"

/* Milliseconds between looks whether another worker has received a file. */
#define SERVE_LOOK_MS 200

struct served_file {
	struct worker_file file;
	int fd;	    /* open for reading; -1: it is not there yet */
	char *path; /* where it is */
};

struct serve_files {
	struct worker_link *link;
	char *dir;    /* the cache */
	uint64_t max; /* bytes in it */
	struct served_file v[WORKER_FILES];
	/* the file that is being received, if any */
	bool waiting;	/* another worker receives it at the moment, */
	uint64_t until; /* which is waited for until then */
	bool receiving;
	enum worker_file_kind kind;
	struct newfile new;
	uint64_t received; /* bytes */
	struct lockfile lock;
};

void serve_files_init(struct serve_files *files, struct worker_link *link,
		      const char *cache, uint64_t max);
void serve_files_release(struct serve_files *files);

/* WORKER_FILE and WORKER_DATA: the answers are sent. 0, or -EPROTO. */
int serve_files_announced(struct serve_files *files, const struct wire_frame *frame);
int serve_files_data(struct serve_files *files, const struct wire_frame *frame);

/* While it is waiting: look again. */
void serve_files_look(struct serve_files *files);

/* Receive nothing more of a file. */
void serve_files_abandon(struct serve_files *files);

#endif
