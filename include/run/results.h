/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a test left in $RAPIDO_RESULTS, written below a directory of the host. The guest
 * is not trusted: nothing of what it says leads out of the directory, through a link in
 * it, over a file of rapido's own, or over the limits.
 */
#ifndef RAPIDO_RESULTS_H
#define RAPIDO_RESULTS_H

#include "lib/str.h"
#include "lib/wire.h"

#define RESULTS_FILES_MAX 100000       /* files and directories */
#define RESULTS_BYTES_MAX (4ULL << 30) /* of all files, holes included */
/* Reasons that are kept as text; more are counted. */
#define RESULTS_REFUSED_MAX 100

struct results {
	int dir_fd;
	size_t max_files;      /* RESULTS_FILES_MAX; tests have less */
	uint64_t files, bytes; /* that are there, whole */
	uint64_t announced;    /* files, by the last WIRE_RESULTS */
	uint64_t sent;	       /* WIRE_FILE frames since then */
	uint64_t settled;      /* of these: have arrived whole or were refused */
	size_t nr_refused;
	struct strvec refused; /* "'../x': it leads out of the directory" */
	bool complete;	       /* the last sending has ended in good order */
	bool begun;	       /* there was a WIRE_RESULTS */
	int write_error;       /* errno value of the first failure of the host's, or 0;
				  what comes later is tried all the same */
	uint64_t
		meta_failed; /* files and directories without the guest's mode or time, */
	char *meta_reason;   /* and why: "'x': operation not permitted", or NULL */
	struct results_state *state; /* the file that is being received, what is known */
};

/*
 * Files go below the directory @dir_fd, which stays the caller's. @reserved are names
 * that a file or directory at its top must not have; NULL after the last; kept.
 */
void results_init(struct results *results, int dir_fd, const char *const *reserved);

/*
 * Nothing more will come: a file that has not been received whole is removed, directories
 * get the times that are known, and the directory may be closed. What was counted stays.
 */
void results_finish(struct results *results);

/* The same if that was not done, and free the rest. */
void results_release(struct results *results);

/*
 * Take a frame of the types WIRE_RESULTS to WIRE_RESULTS_END. 0; -EPROTO when it makes no
 * sense, after which the guest is not to be listened to. What is refused, and what the
 * host cannot write, is noted and is no error here.
 *
 * A file is written under a temporary name in its own directory and takes its name when
 * WIRE_FILE_END says that it is whole; it may come again later, and then replaces the
 * former. Permissions are those of the guest without set-user-ID, set-group-ID and sticky
 * bits and without those of the umask, directories with rwx for their owner; times are
 * the guest's. What stands there and was not made by this run or an earlier one (made.h)
 * stays as it is: a file is refused then. Refused are links,
 * devices, sockets and fifos, what the guest could not read, names that are empty,
 * absolute, too long, too deep, or have "." or ".." in them, the reserved ones, those
 * that end as temporary names do, and whatever is over the limits or would have to
 * replace a directory.
 *
 * The numbers in WIRE_RESULTS and WIRE_RESULTS_END are of all WIRE_FILE frames: files,
 * directories, and what is neither. A WIRE_FILE_END follows each file, and may follow the
 * others. There is no sending after the last one. SIGXFSZ must be ignored.
 */
int results_frame(struct results *results, const struct wire_frame *frame);

/*
 * The number of files (and directories) of the last sending that were announced, and have
 * neither arrived whole nor were refused.
 */
uint64_t results_missing(const struct results *results);

#endif
