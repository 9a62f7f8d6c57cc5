// SPDX-License-Identifier: GPL-2.0-or-later
/* What is wrong with a name that a guest gave a file. Nothing here touches one. */
#include <limits.h>

#include "run/made.h"
#include "results-path.h"
#include "run/results.h"

static bool is_reserved(const char *path, const char *const *reserved)
{
	size_t len = strcspn(path, "/");

	for (const char *const *name = reserved; name && *name; name++)
		if (strlen(*name) == len && memcmp(*name, path, len) == 0)
			return true;
	return false;
}

static bool is_temporary(const char *part, size_t len)
{
	static const size_t end = sizeof(RESULTS_TEMPORARY) - 1;

	return len >= end && memcmp(part + len - end, RESULTS_TEMPORARY, end) == 0;
}

static const char *part_fault(const char *part, size_t len)
{
	if (!len)
		return "its name has an empty part";
	if (len == 1 && part[0] == '.')
		return "its name has a part '.'";
	if (len == 2 && part[0] == '.' && part[1] == '.')
		return "it leads out of the directory";
	if (len > NAME_MAX)
		return "its name is too long";
	if (is_temporary(part, len))
		return "names that end in '" RESULTS_TEMPORARY "' are rapido's own";
	/* at any depth: the directory may become one of a run's itself */
	if (len == sizeof(MADE_FILE) - 1 && memcmp(part, MADE_FILE, len) == 0)
		return "that name is rapido's own";
	return NULL;
}

static const char *parts_fault(const char *path)
{
	for (size_t depth = 0; depth <= RESULTS_DEPTH_MAX; depth++) {
		size_t len = strcspn(path, "/");
		const char *fault = part_fault(path, len);

		if (fault || !path[len])
			return fault;
		path += len + 1;
	}
	return "it is too deep below the directory";
}

const char *results_path_fault(const char *path, size_t len, const char *const *reserved)
{
	if (!len)
		return "its name is empty";
	if (strlen(path) != len)
		return "its name has a NUL in it";
	if (path[0] == '/')
		return "its name is absolute";
	if (len > RESULTS_PATH_MAX)
		return "its name is too long";
	if (is_reserved(path, reserved))
		return "that name is rapido's own";
	return parts_fault(path);
}

const char *results_kind_fault(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
		return NULL;
	case S_IFLNK:
		return "it is a symbolic link";
	case S_IFCHR:
	case S_IFBLK:
		return "it is a device";
	case S_IFIFO:
		return "it is a fifo";
	case S_IFSOCK:
		return "it is a socket";
	default:
		return "it is neither a file nor a directory";
	}
}
