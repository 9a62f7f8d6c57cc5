// SPDX-License-Identifier: GPL-2.0-or-later
/* The directory of a case, made of its name. */
#include <limits.h>

#include "results-file.h"
#include "run/suite.h"

/* Ends a part that goes on below: what is escaped has two digits there. */
#define GOES_ON "%+"

/* What rapido has in the directory of a case, in which those of others may be. */
static bool is_own_file(const char *part, size_t len)
{
	static const char *const own[] = { "output", "kernel.log" };
	static const char attempt[] = "attempt-";

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (strlen(own[i]) == len && memcmp(own[i], part, len) == 0)
			return true;
	return len > sizeof(attempt) - 1 &&
	       memcmp(part, attempt, sizeof(attempt) - 1) == 0;
}

/* Many file systems, and those who store results of CI, do not have the others. */
static bool is_plain(unsigned char c)
{
	return c >= ' ' && c != 0x7f && !strchr("%\"*:<>?\\|", c);
}

/* @first: nothing stands before it. */
static void add_part(struct strbuf *dir, const char *part, size_t len, bool first)
{
	static const size_t temporary = sizeof(RESULTS_TEMPORARY) - 1;
	bool own = !first && is_own_file(part, len);
	size_t start = dir->len, last_dot = SIZE_MAX;

	if (!len)
		strbuf_adds(dir, "%00");
	if (len >= temporary &&
	    memcmp(part + len - temporary, RESULTS_TEMPORARY, temporary) == 0)
		last_dot = len - temporary;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)part[i];

		if (dir->len - start + 3 + strlen(GOES_ON) > NAME_MAX) {
			strbuf_adds(dir, GOES_ON "/");
			start = dir->len;
		}
		if (is_plain(c) && !(dir->len == start && (c == '.' || own)) &&
		    i != last_dot)
			strbuf_addch(dir, (char)c);
		else
			strbuf_addf(dir, "%%%02X", c);
	}
}

char *suite_case_dir(const char *name)
{
	struct strbuf dir = STRBUF_INIT;
	const char *part = name;

	for (;;) {
		size_t len = strcspn(part, "/");

		add_part(&dir, part, len, part == name);
		if (!part[len])
			break;
		strbuf_addch(&dir, '/');
		part += len + 1;
	}
	return strbuf_detach(&dir);
}
