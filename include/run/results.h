/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that a test left in $RAPIDO_RESULTS, written below a directory of the host.
 * The guest is not trusted: whatever it sends cannot leave the directory, follow a link
 * in it, replace a file of rapido's own, or exceed the limits.
 */
#ifndef RAPIDO_RESULTS_H
#define RAPIDO_RESULTS_H

#include "lib/str.h"
#include "lib/wire.h"

#define RESULTS_FILES_MAX 100000       /* files and directories */
#define RESULTS_BYTES_MAX (4ULL << 30) /* of all files, holes included */
/* Refusals whose reason is kept; others are counted. */
#define RESULTS_REFUSED_MAX 100

struct results {
	int dir_fd;
	size_t max_files;      /* RESULTS_FILES_MAX; less in tests */
	uint64_t files, bytes; /* complete files, and their bytes */
	uint64_t announced;    /* files, by the last WIRE_RESULTS */
	uint64_t sent;	       /* WIRE_FILE frames since then */
	uint64_t settled;      /* of these: complete, or refused */
	size_t nr_refused;
	struct strvec refused; /* "'../x': it leads out of the directory" */
	bool complete;	       /* the last sending has ended properly */
	bool begun;	       /* there was a WIRE_RESULTS */
	int write_error; /* errno value of the host's first failure, or 0; later files are
			    still written */
	uint64_t
		meta_failed; /* files and directories without the guest's mode or time, */
	char *meta_reason;   /* and why: "'x': operation not permitted", or NULL */
	struct results_state *state; /* the insides of results.c */
};

/*
 * Write files below the directory @dir_fd, which stays the caller's. Files and
 * directories directly in it must not have a name in @reserved, which is borrowed; NULL
 * after the last.
 */
void results_init(struct results *results, int dir_fd, const char *const *reserved);

/*
 * Nothing more will come. An incomplete file is removed, directories get the times that
 * are known, and the caller may close @dir_fd. The numbers stay.
 */
void results_finish(struct results *results);

/* Call results_finish() if that was not done, and free the rest. */
void results_release(struct results *results);

/*
 * Take a frame of the types WIRE_RESULTS to WIRE_RESULTS_END. 0, or -EPROTO if it makes
 * no sense, after which the guest must not be listened to. Files that are refused, or
 * that the host cannot write, are noted and are not an error here.
 *
 * A file is written under a temporary name in its own directory, and renamed when
 * WIRE_FILE_END says that it is complete. It may come again later, and then replaces the
 * earlier one. Permissions are the guest's without set-user-ID, set-group-ID and sticky
 * bits and without the bits of the umask; directories have rwx for their owner. Times are
 * the guest's. A file or directory that was not made by a run (made.h) stays as it is,
 * and a result that would replace it is refused. Also refused are links, devices, sockets
 * and fifos; files that the guest could not read; names that are empty, absolute, too
 * long, too deep, reserved, have a part "." or "..", or end as temporary names do; and
 * whatever exceeds the limits or would replace a directory.
 *
 * The numbers in WIRE_RESULTS and WIRE_RESULTS_END count all WIRE_FILE frames: of files,
 * directories, and anything else. A WIRE_FILE_END follows each file, and may follow the
 * others. There is no sending after the last one. SIGXFSZ must be ignored.
 */
int results_frame(struct results *results, const struct wire_frame *frame);

/*
 * The caller has moved the directory WIRE_CASE_FILES elsewhere, or removed it. What was
 * in it does not count any more, and its names may come again.
 */
void results_taken(struct results *results);

/*
 * The number of files (and directories) of the last sending that were announced, but
 * neither arrived completely nor were refused.
 */
uint64_t results_missing(const struct results *results);

#endif
