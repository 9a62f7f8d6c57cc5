/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a suite's case, in its directory below SUITE_CASES. */
#ifndef RAPIDO_SUITE_FILES_H
#define RAPIDO_SUITE_FILES_H

#include "run/record.h"

/*
 * An attempt at the case @name has ended. Make the case's directory below the run's
 * directory @dir_fd. What the last of the @earlier attempts has left there goes to
 * attempt-N; then what is in WIRE_CASE_FILES of the VM's directory @vm_dir is moved
 * there. 0 or -errno.
 */
int suite_files_take(int dir_fd, const char *name, size_t earlier, int vm_dir);

/*
 * Write 'output', with what is kept of @of, and 'kernel.log', with the text @kernel, each
 * unless it is NULL, into the same directory. 0 or -errno.
 */
int suite_files_write(int dir_fd, const char *name, const struct run_case *of,
		      const char *kernel);

#endif
