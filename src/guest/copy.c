// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `rapido cp` runs in the VM: a file's content comes by standard input, or goes to
 * standard output.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"

/* For whoever called rapido on the host. */
static int complain(const char *verb, const char *path, const char *why)
{
	dprintf(STDERR_FILENO, "rapido: cannot %s '%s' in the VM: %s\n", verb, path, why);
	return 1;
}

/* Copy all that comes. The number of bytes; -1 with errno: of a write if *@writing. */
static long long copy(int from, int to, bool *writing)
{
	static char data[65536];
	long long sum = 0;
	ssize_t n;

	for (;;) {
		*writing = false;
		n = read(from, data, sizeof(data));
		if (n <= 0)
			return n < 0 ? -1 : sum;
		*writing = true;
		for (ssize_t at = 0, part; at < n; at += part) {
			part = write(to, data + at, (size_t)(n - at));
			if (part < 0)
				return -1;
		}
		sum += n;
	}
}

int copy_out(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool writing = false;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return complain("read", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return complain("read", path, strerror(EISDIR));
	/* what cannot be written is for the host to know */
	if (copy(fd, STDOUT_FILENO, &writing) < 0 && !writing)
		return complain("read", path, strerror(errno));
	return writing;
}

int copy_in(const char *path, const char *name, const char *mode, const char *size)
{
	char below[4096];
	struct stat st;
	bool is_new, writing = true;
	long long sum, expected = strtoll(size, NULL, 10);
	int fd;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		if (snprintf(below, sizeof(below), "%s/%s", path, name) >=
		    (int)sizeof(below))
			return complain("write", path, strerror(ENAMETOOLONG));
		path = below;
	}
	is_new = access(path, F_OK) < 0;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		  (mode_t)strtoul(mode, NULL, 8));
	if (fd < 0)
		return complain("write", path, strerror(errno));
	sum = copy(STDIN_FILENO, fd, &writing);
	/* -1: it is not a file */
	if (sum >= 0 && (sum == expected || expected < 0) && close(fd) == 0)
		return 0;
	complain("write", path,
		 sum < 0 ? strerror(errno) : "the file has another size than before");
	if (is_new)
		unlink(path);
	return 1;
}
