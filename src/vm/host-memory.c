// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Available memory: /proc/meminfo, and the control groups of cgroups(7), of which those
 * of version 2 are in Documentation/admin-guide/cgroup-v2.rst and those of version 1 in
 * cgroup-v1/memory.rst.
 */
#include <fcntl.h>

#include "lib/io.h"
#include "lib/str.h"
#include "vm/host-memory.h"

#define FILE_MAX (1 << 20)
#define CGROUPS	 "sys/fs/cgroup"

/* How a version calls its files. */
struct version {
	const char *const *mounts; /* below the root; NULL after the last */
	const char *limit, *usage;
	const char *cache; /* the line of memory.stat: pages of files not used lately */
};

static char *read_file(const char *root, const char *path)
{
	_cleanup_free_ char *full = xasprintf("%s/%s", root, path);
	char *text = NULL;
	size_t size;

	return io_read_file(AT_FDCWD, full, FILE_MAX, &text, &size) ? NULL : text;
}

/* The number after @key at the beginning of a line, or @none. */
static uint64_t number_after(const char *text, const char *key, uint64_t none)
{
	for (const char *line = text; line && *line; line += *line == '\n') {
		if (starts_with(line, key))
			return strtoull(line + strlen(key), NULL, 10);
		line += strcspn(line, "\n");
	}
	return none;
}

/* The number in the file, or @none: also for "max". */
static uint64_t number_in(const char *root, const char *dir, const char *name,
			  uint64_t none)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", dir, name);
	_cleanup_free_ char *text = read_file(root, path);

	return text && *text >= '0' && *text <= '9' ? strtoull(text, NULL, 10) : none;
}

/* What is left in the group whose directory is @dir. */
static uint64_t left_in(const char *root, const struct version *version, const char *dir)
{
	_cleanup_free_ char *stat_path = xasprintf("%s/memory.stat", dir);
	_cleanup_free_ char *stat = read_file(root, stat_path);
	uint64_t limit = number_in(root, dir, version->limit, UINT64_MAX);
	uint64_t used = number_in(root, dir, version->usage, 0);
	uint64_t cache = number_after(stat, version->cache, 0);

	/* version 1 has no word for "none", but the largest number of pages */
	if (limit >= INT64_MAX / 2)
		return UINT64_MAX;
	used = used > cache ? used - cache : 0;
	return limit > used ? limit - used : 0;
}

/* The least of the group's and of those above it. A container may not show all. */
static uint64_t left_in_groups(const char *root, const struct version *version,
			       const char *group)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; version->mounts[i]; i++) {
		_cleanup_free_ char *path = xasprintf("%s%s", version->mounts[i], group);
		const size_t top = strlen(version->mounts[i]);

		for (;;) {
			uint64_t left = left_in(root, version, path);

			if (left < least)
				least = left;
			if (strlen(path) <= top)
				break;
			*strrchr(path, '/') = '\0';
		}
	}
	return least;
}

/* "4:memory:/group" for version 1, "0::/group" for version 2. */
static uint64_t left_of_line(const char *root, const char *line)
{
	static const char *const mounts1[] = { CGROUPS "/memory", NULL };
	static const char *const mounts2[] = { CGROUPS, CGROUPS "/unified", NULL };
	static const struct version version1 = { mounts1, "memory.limit_in_bytes",
						 "memory.usage_in_bytes",
						 "total_inactive_file " };
	static const struct version version2 = { mounts2, "memory.max", "memory.current",
						 "inactive_file " };
	const char *names = strchr(line, ':');
	const char *group = names ? strchr(names + 1, ':') : NULL;
	_cleanup_(strvec_release) struct strvec list = STRVEC_INIT;
	_cleanup_free_ char *words = NULL;

	/* one that is outside of what a container sees begins with "/.." */
	if (!group || group[1] != '/' || strstr(group, "/.."))
		return UINT64_MAX;
	if (starts_with(line, "0::"))
		return left_in_groups(root, &version2, group + 1);
	words = xstrndup(names + 1, (size_t)(group - names - 1));
	strvec_split(&list, words, ",");
	return strvec_has(&list, "memory") ? left_in_groups(root, &version1, group + 1)
					   : UINT64_MAX;
}

uint64_t host_memory_available(const char *root)
{
	_cleanup_free_ char *meminfo = read_file(root, "proc/meminfo");
	_cleanup_free_ char *groups = read_file(root, "proc/self/cgroup");
	_cleanup_(strvec_release) struct strvec lines = STRVEC_INIT;
	uint64_t kib = number_after(meminfo, "MemAvailable:", UINT64_MAX);
	uint64_t least = kib < UINT64_MAX / 1024 ? kib * 1024 : UINT64_MAX;

	strvec_split(&lines, groups ? groups : "", "\n");
	for (size_t i = 0; i < lines.nr; i++) {
		uint64_t left = left_of_line(root, lines.v[i]);

		if (left < least)
			least = left;
	}
	return least;
}
