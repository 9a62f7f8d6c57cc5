/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a suite's case, in its directory below SUITE_CASES. */
#ifndef RAPIDO_SUITE_FILES_H
#define RAPIDO_SUITE_FILES_H

#include "run/record.h"

struct suite_files {
	const char *name;	   /* the case's */
	size_t earlier;		   /* attempts before this one */
	const struct run_case *of; /* has what it printed */
	const char *kernel;	   /* what the kernel logged meanwhile, or NULL */
	int vm_dir; /* its VM's directory, whose WIRE_CASE_FILES has the files of the case
		     */
};

/*
 * Write 'output' and 'kernel.log' into the case's directory below the run's directory
 * @dir_fd, and move the other files there. What an earlier attempt has left there goes to
 * attempt-N. 0 or -errno.
 */
int suite_files_keep(int dir_fd, const struct suite_files *files);

#endif
