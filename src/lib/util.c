// SPDX-License-Identifier: GPL-2.0-or-later
/* Cleanup handlers, allocation that ends the program instead of failing, and the clock.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "lib/util.h"

void cleanup_free(void *ptr)
{
	free(*(void **)ptr);
}

void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void cleanup_fclose(FILE **file)
{
	if (*file)
		fclose(*file);
}

void cleanup_closedir(void *dir)
{
	DIR *d = *(DIR **)dir;

	if (d)
		closedir(d);
}

static void *checked(void *ptr)
{
	static const char text[] = "rapido: out of memory\n";

	if (ptr)
		return ptr;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(125);
	exit(125);
}

void *xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *ptr, size_t size)
{
	return checked(realloc(ptr, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return checked(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return checked(strndup(s, n));
}

void *xmemdup(const void *data, size_t size)
{
	void *copy = xmalloc(size);

	return size ? memcpy(copy, data, size) : copy;
}

char *xasprintf(const char *fmt, ...)
{
	char *s = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return checked(s);
}

uint64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

const char *err_text(int err)
{
	static _Thread_local char text[128];

	/* "bad message" is about network protocols; here it is files that are bad */
	if (abs(err) == EBADMSG)
		return "it is damaged";
	snprintf(text, sizeof(text), "%s", strerror(abs(err)));
	if (isupper((unsigned char)text[0]) && islower((unsigned char)text[1]))
		text[0] = (char)tolower((unsigned char)text[0]);
	return text;
}
