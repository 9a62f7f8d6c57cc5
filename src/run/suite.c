// SPDX-License-Identifier: GPL-2.0-or-later
/* The cases of a suite: their list, and which of them are run next. */
#include <assert.h>
#include <errno.h>
#include <fnmatch.h>

#include "lib/utf8.h"
#include "run/suite.h"

/* Wrong lines of a list that are reported one by one, and bytes of each that are shown.
 */
#define WRONG_LINES_MAX 10
#define WRONG_NAME_MAX	60
/* Cases of an order as long as nobody knows how long they take. */
#define FIRST_BATCH 4

/* The names of one order always fit. */
static_assert(SUITE_BATCH_MAX * (WIRE_SUITE_NAME_MAX + 1) <= WIRE_ORDER_MAX,
	      "an order is too long");

void suite_attempt_release(struct suite_attempt *attempt)
{
	free(attempt->reason);
	free(attempt->report);
}

static void release_case(struct suite_case *c)
{
	for (size_t i = 0; i < c->nr_attempts; i++)
		suite_attempt_release(&c->attempts[i]);
	free(c->attempts);
	free(c->known_why);
	free(c->name);
}

void suite_release(struct suite *suite)
{
	for (size_t i = 0; i < suite->nr; i++)
		release_case(&suite->cases[i]);
	free(suite->cases);
	free(suite->back.cases);
	free(suite->retry.cases);
	strmap_release(&suite->index, NULL);
	strvec_release(&suite->args);
	free(suite->test);
	*suite = (struct suite)SUITE_INIT;
}

/* The list */

static void index_case(struct suite *suite, size_t nr)
{
	*strmap_put(&suite->index, suite->cases[nr].name) = (void *)(uintptr_t)(nr + 1);
}

/* After cases have changed their places, or were removed. */
static void index_again(struct suite *suite)
{
	strmap_release(&suite->index, NULL);
	for (size_t i = 0; i < suite->nr; i++)
		index_case(suite, i);
}

struct suite_case *suite_find(const struct suite *suite, const char *name)
{
	void **value = strmap_get(&suite->index, name);

	return value ? &suite->cases[(uintptr_t)*value - 1] : NULL;
}

/* Why this cannot be the name of a case, or NULL. */
static const char *name_fault(const struct suite *suite, const char *name, size_t len)
{
	uint32_t ch;

	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_char(name + i, len - i, &ch);
		if (!n)
			return "is not UTF-8";
		if (!ch || !utf8_is_visible(ch))
			return "has a control character";
	}
	if (len > WIRE_SUITE_NAME_MAX)
		return "is too long";
	if (strmap_getn(&suite->index, name, len))
		return "comes twice";
	return NULL;
}

static void add_case(struct suite *suite, const char *name, size_t len)
{
	ALLOC_GROW(suite->cases, suite->nr, suite->alloc);
	suite->cases[suite->nr] = (struct suite_case){
		.name = xstrndup(name, len),
		.listed = suite->nr,
	};
	index_case(suite, suite->nr++);
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int suite_set_list(struct suite *suite, const char *text, size_t size,
		   struct report *report)
{
	const char *line = text, *end = text + size, *next;
	size_t nr = 1, wrong = 0;

	for (; line < end; line = next, nr++) {
		const char *stop = memchr(line, '\n', (size_t)(end - line)), *fault;
		size_t len;

		next = stop ? stop + 1 : end;
		stop = stop ? stop : end;
		while (line < stop && is_blank(*line))
			line++;
		while (stop > line && is_blank(stop[-1]))
			stop--;
		len = (size_t)(stop - line);
		if (!len)
			continue;
		if (suite->nr == SUITE_CASES_MAX) {
			report_error(report, "'suite_list' printed more than %d names",
				     SUITE_CASES_MAX);
			return -E2BIG;
		}
		fault = name_fault(suite, line, len);
		if (!fault)
			add_case(suite, line, len);
		else if (wrong++ < WRONG_LINES_MAX)
			report_error(report, "line %zu of 'suite_list': '%.*s%s' %s", nr,
				     (int)(len < WRONG_NAME_MAX ? len : WRONG_NAME_MAX),
				     line, len > WRONG_NAME_MAX ? "..." : "", fault);
	}
	if (wrong > WRONG_LINES_MAX)
		report_error(report, "%zu more lines of 'suite_list' are wrong",
			     wrong - WRONG_LINES_MAX);
	if (wrong)
		return -EINVAL;
	return suite->nr ? 0 : -ENODATA;
}

/* Most patterns in lists of thousands are plain names, which are not compared with each
 * case. */
size_t suite_match(const struct suite *suite, const char *pattern, size_t *cases)
{
	const struct suite_case *same = suite_find(suite, pattern);
	size_t nr = 0;

	if (same)
		cases[nr++] = (size_t)(same - suite->cases);
	if (!strpbrk(pattern, "*?[\\"))
		return nr;
	for (size_t i = 0; i < suite->nr; i++)
		if (&suite->cases[i] != same &&
		    !fnmatch(pattern, suite->cases[i].name, 0))
			cases[nr++] = i;
	return nr;
}

/* Note in @marks which cases match one of @patterns. The first that matches none. */
static const char *mark(const struct suite *suite, const struct strvec *patterns,
			bool *marks)
{
	_cleanup_free_ size_t *cases = xcalloc(suite->nr + 1, sizeof(*cases));
	const char *unmatched = NULL;

	for (size_t i = 0; i < patterns->nr; i++) {
		size_t nr = suite_match(suite, patterns->v[i], cases);

		if (!nr && !unmatched)
			unmatched = patterns->v[i];
		while (nr--)
			marks[cases[nr]] = true;
	}
	return unmatched;
}

/* Keep the cases that are marked. */
static void keep(struct suite *suite, const bool *marks)
{
	size_t kept = 0;

	for (size_t i = 0; i < suite->nr; i++) {
		if (!marks[i]) {
			release_case(&suite->cases[i]);
			suite->left_out++;
			continue;
		}
		suite->cases[kept] = suite->cases[i];
		suite->cases[kept].listed = kept;
		kept++;
	}
	suite->nr = kept;
	index_again(suite);
}

const char *suite_select(struct suite *suite, const struct strvec *select,
			 const struct strvec *exclude)
{
	_cleanup_free_ bool *selected = xcalloc(suite->nr + 1, sizeof(bool));
	_cleanup_free_ bool *excluded = xcalloc(suite->nr + 1, sizeof(bool));
	const char *unmatched = mark(suite, select, selected);

	mark(suite, exclude, excluded);
	for (size_t i = 0; i < suite->nr; i++)
		selected[i] = (selected[i] || !select->nr) && !excluded[i];
	keep(suite, selected);
	return unmatched;
}

int suite_shard_parse(const char *text, struct suite_shard *shard)
{
	const char *slash = strchr(text, '/');
	_cleanup_free_ char *nr = slash ? xstrndup(text, (size_t)(slash - text)) : NULL;

	if (!slash || parse_uint(slash + 1, 1, SUITE_CASES_MAX, &shard->of) ||
	    parse_uint(nr, 1, shard->of, &shard->nr))
		return -EINVAL;
	return 0;
}

void suite_keep_shard(struct suite *suite, const struct suite_shard *shard)
{
	_cleanup_free_ bool *marks = xcalloc(suite->nr + 1, sizeof(bool));

	for (size_t i = shard->nr - 1; i < suite->nr; i += shard->of)
		marks[i] = true;
	keep(suite, marks);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct suite_case *)a)->name,
		      ((const struct suite_case *)b)->name);
}

/*
 * SplitMix64: G. L. Steele, D. Lea and C. H. Flood, "Fast splittable pseudorandom number
 * generators", OOPSLA 2014, with the constants that S. Vigna gives at prng.di.unimi.it.
 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* The shuffle of R. A. Fisher and F. Yates, as in D. E. Knuth's Algorithm P. */
void suite_shuffle(struct suite *suite, uint64_t seed)
{
	uint64_t state = seed;

	suite->shuffled = true;
	suite->seed = seed;
	if (suite->nr < 2)
		return;
	qsort(suite->cases, suite->nr, sizeof(*suite->cases), by_name);
	for (size_t i = suite->nr - 1; i; i--) {
		size_t j = next_random(&state) % (i + 1);
		struct suite_case c = suite->cases[i];

		suite->cases[i] = suite->cases[j];
		suite->cases[j] = c;
	}
	index_again(suite);
}

/* Which are run next */

/* There is room at the end, or the cases move to the beginning. */
static void queue_add(struct suite_queue *queue, size_t nr)
{
	if (queue->first > queue->nr) {
		memmove(queue->cases, queue->cases + queue->first,
			queue->nr * sizeof(*queue->cases));
		queue->first = 0;
	}
	ALLOC_GROW(queue->cases, queue->first + queue->nr, queue->alloc);
	queue->cases[queue->first + queue->nr++] = nr;
}

static size_t queue_take(struct suite_queue *queue)
{
	queue->nr--;
	return queue->cases[queue->first++];
}

static bool has_retries(const struct suite *suite, const struct suite_case *c)
{
	size_t broken = 0;

	if (!suite_is_broken(suite_case_outcome(c)))
		return false;
	for (size_t i = 0; i < c->nr_attempts; i++)
		broken += suite_is_broken(c->attempts[i].outcome);
	return broken <= suite->retries;
}

static uint64_t usual_ms(const struct suite_attempt *attempt)
{
	return attempt->ms < SUITE_BATCH_MS ? attempt->ms : SUITE_BATCH_MS;
}

void suite_add_attempt(struct suite *suite, size_t nr,
		       const struct suite_attempt *attempt)
{
	struct suite_case *c = &suite->cases[nr];

	ALLOC_GROW(c->attempts, c->nr_attempts, c->alloc_attempts);
	c->attempts[c->nr_attempts++] = *attempt;
	suite->spent_ms += attempt->ms;
	suite->usual_ms += usual_ms(attempt);
	suite->spent_nr++;
}

/* Add the case to the counts, or take it out of them. */
static void count_case(struct suite *suite, const struct suite_case *c, bool in)
{
	struct suite_counts *counts = &suite->counts;
	size_t one = in ? 1 : -(size_t)1;

	switch (suite_case_outcome(c)) {
	case SUITE_NONE:
		counts->none += one;
		break;
	case SUITE_PASSED:
		counts->passed += one;
		break;
	case SUITE_SKIPPED:
		counts->skipped += one;
		break;
	case SUITE_FAILED:
		counts->failed += one;
		break;
	case SUITE_FAULT:
		counts->fault += one;
		break;
	case SUITE_TIMEOUT:
		counts->timeout += one;
		break;
	case SUITE_NO_VERDICT:
		counts->no_verdict += one;
		break;
	case SUITE_NOT_RUN:
		counts->not_run += one;
		break;
	}
	switch (suite_case_change(c)) {
	case SUITE_AS_BEFORE:
		break;
	case SUITE_NEWLY_BROKEN:
		counts->newly_broken += one;
		break;
	case SUITE_STILL_BROKEN:
		counts->still_broken += one;
		break;
	case SUITE_NEWLY_FIXED:
		counts->newly_fixed += one;
		break;
	}
	if (suite_is_flaky(c))
		counts->flaky += one;
	if (c->known)
		counts->known += one;
	counts->total += one;
}

void suite_start(struct suite *suite)
{
	suite->started = true;
	suite->counts = (struct suite_counts){ 0 };
	for (size_t i = 0; i < suite->nr; i++) {
		struct suite_case *c = &suite->cases[i];
		enum suite_outcome outcome = suite_case_outcome(c);

		if (outcome == SUITE_NONE || outcome == SUITE_NOT_RUN) {
			c->queued = true;
			suite->first_left++;
		} else if (has_retries(suite, c)) {
			c->queued = true;
			queue_add(&suite->retry, i);
		} else {
			suite->done++;
		}
		count_case(suite, c, true);
	}
}

/* About how long the case will take; 0: not known. */
static uint64_t expected_ms(const struct suite *suite, const struct suite_case *c)
{
	uint64_t ms = 0;

	if (c->has_before && c->before_ms)
		ms = c->before_ms;
	else if (suite->spent_nr)
		ms = suite->usual_ms / suite->spent_nr;
	else
		return 0;
	return ms ? ms : 1;
}

/* The case that waits for its first attempt and is next; there is one. */
static size_t next_first(struct suite *suite, bool take)
{
	if (suite->back.nr)
		return take ? queue_take(&suite->back)
			    : suite->back.cases[suite->back.first];
	while (!suite->cases[suite->next].queued ||
	       suite_is_broken(suite_case_outcome(&suite->cases[suite->next])))
		suite->next++;
	return take ? suite->next++ : suite->next;
}

static void give(struct suite *suite, size_t nr, struct suite_batch *batch)
{
	suite->cases[nr].queued = false;
	suite->cases[nr].in_order = true;
	batch->cases[batch->nr++] = nr;
}

/*
 * Guided self-scheduling (C. D. Polychronopoulos and D. J. Kuck, 1987): a VM gets a part
 * of the rest, which becomes smaller, so that all VMs end at about the same time; half
 * of its share, because cases do not take equally long.
 */
bool suite_next(struct suite *suite, bool fresh, size_t vms, struct suite_batch *batch)
{
	size_t most = suite->first_left / (2 * (vms ? vms : 1));
	uint64_t together = 0;

	batch->nr = 0;
	if (fresh && suite->retry.nr) {
		give(suite, queue_take(&suite->retry), batch);
		return true;
	}
	if (most > SUITE_BATCH_MAX)
		most = SUITE_BATCH_MAX;
	while (suite->first_left && (!batch->nr || batch->nr < most)) {
		uint64_t ms = expected_ms(suite, &suite->cases[next_first(suite, false)]);

		together += ms ? ms : SUITE_BATCH_MS / FIRST_BATCH;
		if (batch->nr && together > SUITE_BATCH_MS)
			break;
		give(suite, next_first(suite, true), batch);
		suite->first_left--;
	}
	return batch->nr;
}

bool suite_has_more(const struct suite *suite)
{
	return suite->first_left || suite->retry.nr;
}

void suite_ended(struct suite *suite, size_t nr, const struct suite_attempt *attempt)
{
	struct suite_case *c = &suite->cases[nr];

	count_case(suite, c, false);
	suite_add_attempt(suite, nr, attempt);
	count_case(suite, c, true);
	c->in_order = false;
	if (suite_is_broken(attempt->outcome) && has_retries(suite, c)) {
		c->queued = true;
		queue_add(&suite->retry, nr);
	} else {
		suite->done++;
	}
}

void suite_amend(struct suite *suite, size_t nr, const struct suite_attempt *attempt)
{
	struct suite_case *c = &suite->cases[nr];
	struct suite_attempt *last = &c->attempts[c->nr_attempts - 1];

	count_case(suite, c, false);
	suite->spent_ms += attempt->ms - last->ms;
	suite->usual_ms += usual_ms(attempt) - usual_ms(last);
	suite_attempt_release(last);
	*last = *attempt;
	count_case(suite, c, true);
	if (!suite->started || c->queued || c->in_order ||
	    !suite_is_broken(attempt->outcome) || !has_retries(suite, c))
		return;
	suite->done--;
	c->queued = true;
	queue_add(&suite->retry, nr);
}

void suite_put_back(struct suite *suite, size_t nr)
{
	struct suite_case *c = &suite->cases[nr];

	c->in_order = false;
	c->queued = true;
	if (suite_is_broken(suite_case_outcome(c))) {
		queue_add(&suite->retry, nr);
	} else {
		queue_add(&suite->back, nr);
		suite->first_left++;
	}
}

void suite_lost_worker(struct suite *suite, size_t nr, char *reason)
{
	const struct suite_attempt lost = { .outcome = SUITE_NOT_RUN, .reason = reason };

	if (++suite->cases[nr].deaths < SUITE_DEATHS_MAX) {
		suite_put_back(suite, nr);
		free(reason);
	} else {
		suite_ended(suite, nr, &lost);
	}
}
