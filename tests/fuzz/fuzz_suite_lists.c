// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a suite prints as its list, and lists of patterns: the names that come out are
 * ones that can be sent to a VM, written into XML, and found again, and their directories
 * are below the one directory. The input is both.
 */
#include <errno.h>
#include <limits.h>

#include "fuzz.h"
#include "quiet.h"
#include "run/suite-lists.h"

static void check_dir(const char *name)
{
	_cleanup_free_ char *dir = suite_case_dir(name);

	for (const char *part = dir;; part++) {
		size_t len = strcspn(part, "/");

		if (!len || len > NAME_MAX || *part == '.')
			abort();
		part += len;
		if (!*part)
			break;
	}
}

static void check_case(const struct suite *suite, size_t i)
{
	const struct suite_case *c = &suite->cases[i];
	size_t len = strlen(c->name);

	if (!len || len > WIRE_SUITE_NAME_MAX || strpbrk(c->name, "\n\t\033") ||
	    suite_find(suite, c->name) != c)
		abort();
	check_dir(c->name);
}

/* The patterns of the file, and the cases that they mark. */
static void check_patterns(const uint8_t *data, size_t size, struct suite *suite)
{
	_cleanup_(strvec_release) struct strvec patterns = STRVEC_INIT, why = STRVEC_INIT;
	int fd = fuzz_file(data, size);
	_cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", fd);
	int err = suite_patterns_read(path, &patterns, &why);

	if ((err < 0) != (memchr(data, '\0', size) != NULL) || patterns.nr != why.nr)
		abort();
	for (size_t i = 0; i < patterns.nr; i++)
		if (!*patterns.v[i] || strpbrk(patterns.v[i], "\n") ||
		    strpbrk(why.v[i], "\n"))
			abort();
	if (suite_known_read(suite, path) != err)
		abort();
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	struct report report = REPORT_INIT;
	struct suite suite = SUITE_INIT;
	int err = suite_set_list(&suite, (const char *)data, size, &report);

	if ((err == -EINVAL) != (report.errors.nr > 0))
		abort();
	for (size_t i = 0; i < suite.nr; i++)
		check_case(&suite, i);
	if (text && size <= 4096)
		check_dir(text);
	check_patterns(data, size, &suite);
	suite_shuffle(&suite, size);
	suite_start(&suite);
	if (suite.counts.total != suite.nr || suite.first_left != suite.nr)
		abort();
	report_release(&report);
	suite_release(&suite);
	return 0;
}
