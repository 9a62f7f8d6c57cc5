// SPDX-License-Identifier: GPL-2.0-or-later
/* TAP in a test's output: in one piece and in pieces it is the same. */
#include "fuzz.h"
#include "run/tap.h"

static void check(const struct tap *tap)
{
	size_t failed = 0, skipped = 0;

	for (size_t i = 0; i < tap->nr; i++) {
		if (!*tap->cases[i].name || strchr(tap->cases[i].name, '\n'))
			abort();
		failed += tap->cases[i].outcome == TAP_FAILED;
		skipped += tap->cases[i].outcome == TAP_SKIPPED;
	}
	if (tap->nr < TAP_CASES_MAX && (failed != tap->failed || skipped != tap->skipped))
		abort();
	if (!tap->is_tap && (tap->nr || tap->bailed))
		abort();
}

static void compare(const struct tap *a, const struct tap *b)
{
	if (a->nr != b->nr || a->is_tap != b->is_tap || a->bailed != b->bailed)
		abort();
	for (size_t i = 0; i < a->nr; i++)
		if (!streq(a->cases[i].name, b->cases[i].name) ||
		    a->cases[i].outcome != b->cases[i].outcome)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct tap whole, pieces;
	size_t step = size ? data[0] % 7 + 1 : 1;

	tap_init(&whole);
	tap_init(&pieces);
	tap_feed(&whole, text, size);
	for (size_t at = 0; at < size; at += step)
		tap_feed(&pieces, text + at, size - at < step ? size - at : step);
	tap_finish(&whole);
	tap_finish(&pieces);
	check(&whole);
	compare(&whole, &pieces);
	tap_release(&whole);
	tap_release(&pieces);
	return 0;
}
