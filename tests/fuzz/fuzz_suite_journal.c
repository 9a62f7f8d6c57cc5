// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The journal or status.json of an earlier run: whatever is in it, the suite that comes
 * of it can be started, and what is written of it is read as the same again.
 */
#include "fuzz.h"
#include "quiet.h"
#include "run/suite-journal.h"

static const struct strvec no_args = STRVEC_INIT;
static char kernel_path[] = "/linux";
static const struct run_file kernel = { .path = kernel_path, .size = 1 };
static const struct suite_identity identity = { "t", &no_args, &kernel, NULL };

static int read_from(int fd, struct suite *suite)
{
	_cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", fd);

	return suite_journal_read(path, &identity, suite);
}

static void check(struct suite *suite)
{
	struct suite_counts *n = &suite->counts;
	struct suite again = SUITE_INIT;
	int fd = fuzz_file(NULL, 0);

	if (suite_journal_begin(fd, &identity, suite) || read_from(fd, &again) ||
	    again.nr != suite->nr || again.shuffled != suite->shuffled ||
	    again.seed != suite->seed)
		abort();
	for (size_t i = 0; i < suite->nr; i++)
		if (!streq(suite->cases[i].name, again.cases[i].name) ||
		    suite->cases[i].listed != again.cases[i].listed)
			abort();
	suite_release(&again);
	close(fd);
	suite->retries = 2;
	suite_start(suite);
	if (n->total != suite->nr ||
	    n->total != n->none + n->passed + n->skipped + n->failed + n->fault +
				n->timeout + n->no_verdict + n->not_run ||
	    suite->done + suite->first_left + suite->retry.nr != suite->nr)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct suite suite = SUITE_INIT, compared = SUITE_INIT;
	struct report report = REPORT_INIT;
	int fd = fuzz_file(data, size);
	_cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", fd);

	if (!read_from(fd, &suite))
		check(&suite);
	suite_release(&suite);
	if (suite_set_list(&compared, "a\nb\nc\n", 6, &report))
		abort();
	suite_compare(path, &compared);
	for (size_t i = 0; i < compared.nr; i++)
		if (compared.cases[i].has_before != (compared.cases[i].before != 0))
			abort();
	suite_release(&compared);
	close(fd);
	return 0;
}
