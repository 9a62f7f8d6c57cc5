// SPDX-License-Identifier: GPL-2.0-or-later
/* What the user is told about a suite: while it runs, and at its end. */
#include "lib/utf8.h"
#include "suite-report.h"

/* Columns of a case's name in the line while it runs, and of a reason in the summary. */
#define NAME_SHOWN   40
#define REASON_SHOWN 100
/* At first each list of a summary gets this many lines, if there is no room for all. */
#define LINES_FIRST 3

/* "41 s", "3:20", "1:02:03" */
static void add_time(struct strbuf *out, uint64_t ms)
{
	unsigned long long s = (ms + 500) / 1000;

	if (s < 60)
		strbuf_addf(out, "%llu s", s);
	else if (s < 3600)
		strbuf_addf(out, "%llu:%02llu", s / 60, s % 60);
	else
		strbuf_addf(out, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
}

/* Append the end of @name, which tells more than its beginning, if it is long. */
static void add_name(struct strbuf *out, const char *name)
{
	size_t len = strlen(name), skip = 0;

	if (len > NAME_SHOWN) {
		skip = len - (NAME_SHOWN - 3);
		while (((unsigned char)name[skip] & 0xc0) == 0x80)
			skip++;
		strbuf_adds(out, "...");
	}
	strbuf_add_visible(out, name + skip);
}

/* Append a reason, at most @max bytes of its first line. */
static void add_reason(struct strbuf *out, const char *reason, size_t max)
{
	size_t len = strcspn(reason, "\r\n");
	_cleanup_free_ char *line = xstrndup(reason, len);
	bool cut = len > max;

	if (cut)
		line[utf8_whole(line, max - 3)] = '\0';
	strbuf_add_visible(out, line);
	strbuf_adds(out, cut ? "..." : "");
}

/* In how many milliseconds the suite will be done, by the mean of the cases so far. */
static uint64_t time_left(const struct suite *suite, const struct suite_running *running,
			  size_t nr)
{
	uint64_t mean = suite->spent_ms / suite->spent_nr, work, longest = 0;
	size_t left = suite->nr > suite->done ? suite->nr - suite->done : 0;
	size_t begun = 0;

	for (size_t i = 0; i < nr; i++)
		begun += running[i].name != NULL;
	work = mean * (left > begun ? left - begun : 0);
	for (size_t i = 0; i < nr; i++) {
		uint64_t rest = running[i].ms < mean ? mean - running[i].ms : 0;

		if (!running[i].name)
			continue;
		work += rest;
		longest = rest > longest ? rest : longest;
	}
	work /= nr ? nr : 1;
	return work > longest ? work : longest;
}

static int compare_running(const void *a, const void *b)
{
	const struct suite_running *x = *(const struct suite_running *const *)a;
	const struct suite_running *y = *(const struct suite_running *const *)b;

	return x->ms > y->ms ? -1 : x->ms < y->ms;
}

/* What runs now, what has run for longest first: that is what the user waits for. */
static void add_running(struct strbuf *out, const struct suite_running *running,
			size_t nr)
{
	_cleanup_free_ const struct suite_running **sorted =
		xcalloc(nr ? nr : 1, sizeof(*sorted));
	size_t boots = 0;
	const char *mark = "; ";

	for (size_t i = 0; i < nr; i++)
		sorted[i] = &running[i];
	qsort(sorted, nr, sizeof(*sorted), compare_running);
	for (size_t i = 0; i < nr; i++) {
		if (!sorted[i]->name) {
			boots++;
			continue;
		}
		strbuf_adds(out, mark);
		add_name(out, sorted[i]->name);
		strbuf_addch(out, ' ');
		add_time(out, sorted[i]->ms);
		mark = ", ";
	}
	if (boots)
		strbuf_addf(out, "%s%zu VM%s", mark, boots,
			    boots > 1 ? "s boot" : " boots");
}

void suite_progress_format(const struct suite *suite, const struct suite_running *running,
			   size_t nr, struct strbuf *out)
{
	struct suite_counts n;
	uint64_t left = 0;

	suite_count(suite, &n);
	strbuf_addf(out, "%zu/%zu done", suite->done, suite->nr);
	if (n.newly_broken)
		strbuf_addf(out, ", %zu failed", n.newly_broken);
	if (n.still_broken)
		strbuf_addf(out, ", %zu known", n.still_broken);
	if (n.not_run)
		strbuf_addf(out, ", %zu not judged", n.not_run);
	if (suite->spent_nr && suite->done < suite->nr)
		left = time_left(suite, running, nr);
	/* nobody knows it of a case that takes longer than others */
	if (left >= 500) {
		strbuf_adds(out, ", about ");
		add_time(out, left);
		strbuf_adds(out, " left");
	}
	add_running(out, running, nr);
}

/* What a case's line begins with. */
static const char *word_for(enum suite_outcome outcome)
{
	switch (outcome) {
	case SUITE_PASSED:
		return "pass";
	case SUITE_SKIPPED:
		return "skip";
	case SUITE_FAILED:
		return "fail";
	default:
		return suite_outcome_name(outcome);
	}
}

void suite_case_format(const struct suite_case *c, struct strbuf *out)
{
	const struct suite_attempt *last =
		c->nr_attempts ? &c->attempts[c->nr_attempts - 1] : NULL;

	strbuf_addf(out, "%s ", word_for(last ? last->outcome : SUITE_NONE));
	strbuf_add_visible(out, c->name);
	if (!last)
		return;
	strbuf_addf(out, " (%llu.%llu s", (unsigned long long)last->ms / 1000,
		    (unsigned long long)last->ms % 1000 / 100);
	if (c->nr_attempts > 1)
		strbuf_addf(out, ", attempt %zu", c->nr_attempts);
	if (suite_is_broken(last->outcome) && suite_case_change(c) == SUITE_STILL_BROKEN)
		strbuf_adds(out, c->known ? ", a known failure" : ", as before");
	if (suite_is_flaky(c))
		strbuf_adds(out, ", flaky");
	strbuf_addch(out, ')');
	if (last->reason && *last->reason) {
		strbuf_adds(out, ": ");
		add_reason(out, last->reason, SIZE_MAX);
	}
}

/* The lists of a summary, the most important one first. */
enum list { BROKEN, NOT_JUDGED, INCIDENTS, FLAKY, FIXED, LISTS };

struct summary {
	const struct suite_facts *facts;
	struct suite_counts n;
	size_t cols; /* 0: no limit */
	size_t entries[LISTS];
	size_t lines[LISTS]; /* that each list gets, without its heading */
	bool compares;	     /* there is something that a case can be compared with */
};

/* Append @line, cut to the width, and a newline. */
static void add_line(struct strbuf *out, const struct summary *summary,
		     const struct strbuf *line)
{
	size_t at = 0, cols = 0, keep = 0;
	uint32_t ch;

	while (at < line->len && (!summary->cols || cols <= summary->cols)) {
		size_t n = utf8_char(line->buf + at, line->len - at, &ch);

		if (cols + 3 <= summary->cols)
			keep = at;
		at += n ? n : 1;
		cols++;
	}
	if (!summary->cols || cols <= summary->cols) {
		strbuf_add(out, line->buf, line->len);
	} else {
		strbuf_add(out, line->buf, keep);
		strbuf_adds(out, "...");
	}
	strbuf_addch(out, '\n');
}

static bool is_in(const struct suite_case *c, enum list list)
{
	switch (list) {
	case BROKEN:
		return suite_case_change(c) == SUITE_NEWLY_BROKEN;
	case NOT_JUDGED:
		return suite_case_outcome(c) == SUITE_NOT_RUN;
	case FLAKY:
		return suite_is_flaky(c);
	case FIXED:
		return suite_case_change(c) == SUITE_NEWLY_FIXED;
	default:
		return false;
	}
}

/* The attempt that a list speaks of: of a flaky case the first broken one.
 */
static const struct suite_attempt *telling(const struct suite_case *c, enum list list)
{
	for (size_t i = 0; list == FLAKY && i < c->nr_attempts; i++)
		if (suite_is_broken(c->attempts[i].outcome))
			return &c->attempts[i];
	return suite_case_attempt(c);
}

static void add_case(struct strbuf *line, const struct suite_case *c, enum list list)
{
	const struct suite_attempt *attempt = telling(c, list);
	const char *why = attempt->reason;

	strbuf_adds(line, "  ");
	if (list == BROKEN)
		strbuf_addf(line, "%-10s ", suite_outcome_name(attempt->outcome));
	strbuf_add_visible(line, c->name);
	if (list == FLAKY)
		strbuf_addf(line, ": %s, then %s", suite_outcome_name(attempt->outcome),
			    suite_outcome_name(suite_case_outcome(c)));
	if (list == FIXED)
		why = c->known_why;
	if (why && *why) {
		strbuf_adds(line, ": ");
		add_reason(line, why, REASON_SHOWN);
	}
}

static void add_incident(struct strbuf *line, const struct suite_incident *incident)
{
	strbuf_addf(line, "  VM %u: %s", incident->vm, verdict_name(incident->verdict));
	if (incident->reason && *incident->reason) {
		strbuf_adds(line, ": ");
		add_reason(line, incident->reason, REASON_SHOWN);
	}
}

/* Append the entry, which is the list's number @nr. False if the list has no more room.
 */
static bool add_entry(struct strbuf *out, const struct summary *summary, enum list list,
		      size_t nr, struct strbuf *line)
{
	size_t lines = summary->lines[list], all = summary->entries[list];

	if (all > lines && nr + 1 >= lines && lines > 1) {
		strbuf_setlen(line, 0);
		strbuf_addf(line, "  and %zu more", all - nr);
	}
	add_line(out, summary, line);
	return nr + 1 < lines;
}

static void add_list(struct strbuf *out, const struct summary *summary, enum list list)
{
	static const char *const titles[] = {
		[BROKEN] = "broken",
		[NOT_JUDGED] = "could not be judged",
		[INCIDENTS] = "VMs that ended without a case",
		[FLAKY] = "flaky",
		[FIXED] = "newly fixed",
	};
	const struct suite_facts *facts = summary->facts;
	const struct suite *suite = facts->suite;
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT;
	bool more = summary->lines[list] > 0;

	if (!more)
		return;
	strbuf_addf(&line,
		    "%s%s (%zu):", list == BROKEN && summary->compares ? "newly " : "",
		    titles[list], summary->entries[list]);
	add_line(out, summary, &line);
	for (size_t i = 0, nr = 0; list == INCIDENTS && i < facts->nr_incidents && more;
	     i++) {
		strbuf_setlen(&line, 0);
		add_incident(&line, &facts->incidents[i]);
		more = add_entry(out, summary, list, nr++, &line);
	}
	for (size_t i = 0, nr = 0; list != INCIDENTS && i < suite->nr && more; i++) {
		if (!is_in(&suite->cases[i], list))
			continue;
		strbuf_setlen(&line, 0);
		add_case(&line, &suite->cases[i], list);
		more = add_entry(out, summary, list, nr++, &line);
	}
}

static void add_number(struct strbuf *out, const char **mark, size_t number,
		       const char *what)
{
	if (!number)
		return;
	strbuf_addf(out, "%s%zu %s", *mark, number, what);
	*mark = ", ";
}

static void add_numbers(struct strbuf *out, const struct summary *summary)
{
	const struct suite_facts *facts = summary->facts;
	const struct suite_counts *n = &summary->n;
	const char *mark = ": ";

	strbuf_addf(out, "%zu case%s", n->total, n->total == 1 ? "" : "s");
	add_number(out, &mark, n->passed, "passed");
	add_number(out, &mark, n->skipped, "skipped");
	add_number(out, &mark, n->newly_broken,
		   summary->compares ? "newly broken" : "broken");
	add_number(out, &mark, n->still_broken, "still broken");
	add_number(out, &mark, n->not_run, "could not be judged");
	add_number(out, &mark, n->none, "not reached");
	add_number(out, &mark, n->flaky, "flaky");
	add_number(out, &mark, n->newly_fixed, "newly fixed");
	strbuf_addf(out, "; %u VM%s, ", facts->vms, facts->vms == 1 ? "" : "s");
	add_time(out, facts->total_ms);
	strbuf_addch(out, '\n');
}

static void count_entries(struct summary *summary)
{
	const struct suite *suite = summary->facts->suite;

	for (size_t i = 0; i < suite->nr; i++)
		for (enum list list = 0; list < LISTS; list++)
			summary->entries[list] += is_in(&suite->cases[i], list);
	summary->entries[INCIDENTS] = summary->facts->nr_incidents;
}

/*
 * Give each list its lines out of @rows: at first a few for each, as long as there are
 * any, then what is left to the first ones.
 */
static void share_rows(struct summary *summary, size_t rows)
{
	for (enum list list = 0; list < LISTS && rows > 1; list++) {
		size_t lines = summary->entries[list];

		if (!lines)
			continue;
		lines = lines < LINES_FIRST ? lines : LINES_FIRST;
		lines = lines < rows - 1 ? lines : rows - 1;
		summary->lines[list] = lines;
		rows -= lines + 1;
	}
	for (enum list list = 0; list < LISTS; list++) {
		size_t lines = summary->entries[list] - summary->lines[list];

		if (!summary->lines[list])
			continue;
		lines = lines < rows ? lines : rows;
		summary->lines[list] += lines;
		rows -= lines;
	}
}

void suite_summary_format(const struct suite_facts *facts, size_t rows, size_t cols,
			  struct strbuf *out)
{
	struct summary summary = { .facts = facts, .cols = cols };
	_cleanup_(strbuf_release) struct strbuf numbers = STRBUF_INIT;
	size_t for_numbers;

	suite_count(facts->suite, &summary.n);
	summary.compares = facts->compared || summary.n.known;
	count_entries(&summary);
	add_numbers(&numbers, &summary);
	for_numbers = cols ? (numbers.len - 1 + cols - 1) / cols : 1;
	if (!rows)
		rows = SIZE_MAX;
	share_rows(&summary, rows > for_numbers ? rows - for_numbers : 0);
	for (enum list list = 0; list < LISTS; list++)
		add_list(out, &summary, list);
	strbuf_add(out, numbers.buf, numbers.len);
}
