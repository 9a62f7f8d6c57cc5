// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames of results: whatever a guest sends, it appears in the one directory, and nothing
 * half finished stays. The input is a row of frames: a byte for the type or CASE_ENDS,
 * two for the length, the payload.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "run/results-file.h"
#include "run/results.h"

#define CASE_ENDS 255

static char top[64];
static int top_fd;
static bool seen_temporary;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	if (ends_with(path, RESULTS_TEMPORARY))
		seen_temporary = true;
	/* the top itself stays */
	return ftw->level ? remove(path) : 0;
}

static void clear(void)
{
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void clear_at_end(void)
{
	clear();
	rmdir(top);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	strcpy(top, "/tmp/rapido-fuzz.XXXXXX");
	if (!mkdtemp(top))
		abort();
	top_fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	atexit(clear_at_end);
	return 0;
}

static size_t count(const char *name)
{
	DIR *dir = fdopendir(openat(top_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	size_t nr = 0;

	if (!dir)
		abort();
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr - 2;
}

static void feed(struct results *results, const uint8_t *data, size_t size)
{
	while (size >= 3) {
		size_t len = data[1] | (size_t)data[2] << 8;
		struct wire_frame frame = { WIRE_RESULTS + data[0] % 5, data + 3, len };

		if (len > size - 3 || len > WIRE_PAYLOAD_MAX)
			return;
		/* a case of a suite has ended, and its files are moved */
		if (data[0] == CASE_ENDS)
			results_taken(results);
		else if (results_frame(results, &frame) == -EPROTO)
			return;
		data += 3 + len;
		size -= 3 + len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const reserved[] = { "console.log", NULL };
	struct results results;
	int fd;

	if (mkdirat(top_fd, "in", 0755) < 0 || mkdirat(top_fd, "out", 0755) < 0 ||
	    symlinkat("../out", top_fd, "in/link") < 0)
		abort();
	fd = openat(top_fd, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	results_init(&results, fd, reserved);
	results.max_files = 20;
	feed(&results, data, size);
	if (results.files > 20 || results.bytes > RESULTS_BYTES_MAX ||
	    results.write_error)
		abort();
	results_release(&results);
	if (count(".") != 2 || count("out") || !faccessat(fd, "console.log", F_OK, 0))
		abort();
	close(fd);
	clear();
	if (seen_temporary)
		abort();
	return 0;
}
