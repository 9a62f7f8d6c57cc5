/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every file may use: cleanup attributes, ownership transfer, and allocation that
 * does not fail. Nothing here knows of VMs or images.
 */
#ifndef RAPIDO_UTIL_H
#define RAPIDO_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define _printf_(fmt, first) __attribute__((format(printf, fmt, first)))

/*
 * Locals that clean up after themselves. A function returns a value it owns with
 * TAKE_PTR() or TAKE_FD(), which leaves nothing behind for the cleanup.
 */
#define _cleanup_(fn)	   __attribute__((cleanup(fn)))
#define _cleanup_free_	   _cleanup_(cleanup_free)
#define _cleanup_close_	   _cleanup_(cleanup_close)
#define _cleanup_fclose_   _cleanup_(cleanup_fclose)
#define _cleanup_closedir_ _cleanup_(cleanup_closedir)

void cleanup_free(void *ptr);
void cleanup_close(int *fd);
void cleanup_fclose(FILE **file);
void cleanup_closedir(void *dir); /* DIR ** */

#define TAKE_PTR(ptr)                           \
	({                                      \
		__typeof__(ptr) taken_ = (ptr); \
		(ptr) = NULL;                   \
		taken_;                         \
	})

#define TAKE_FD(fd)                \
	({                         \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})

/*
 * Like malloc(3) and its kin, but never return NULL: without memory the program ends with
 * a message and status 125, which for `rapido run` is no verdict. The caller frees with
 * free(3).
 */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *ptr, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
void *xmemdup(const void *data, size_t size);
char *xasprintf(const char *fmt, ...) _printf_(1, 2);

/*
 * Make room for one more element in a growing array. @array has @nr elements in use and
 * @alloc allocated, and may move.
 */
#define ALLOC_GROW(array, nr, alloc)                                             \
	do {                                                                     \
		if ((nr) >= (alloc)) {                                           \
			(alloc) = (alloc) ? (alloc)*2 : 8;                       \
			(array) = xrealloc((array), (alloc) * sizeof(*(array))); \
		}                                                                \
	} while (0)

/* CLOCK_MONOTONIC in milliseconds: changes of the system's clock do not affect it. */
uint64_t monotonic_ms(void);

/* Negative, 0 or positive if @a is before, equal to or after @b. */
static inline int timespec_compare(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	return a->tv_nsec < b->tv_nsec ? -1 : a->tv_nsec > b->tv_nsec;
}

static inline bool streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static inline bool starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

static inline bool ends_with(const char *s, const char *suffix)
{
	size_t len = strlen(s), n = strlen(suffix);

	return len >= n && streq(s + len - n, suffix);
}

/*
 * The text for the errno value @err, positive or negative, in lower case: "no such file".
 * Valid until the next call.
 */
const char *err_text(int err);

#endif
