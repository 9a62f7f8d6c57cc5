// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's reports: where each begins and ends, and which one a line of the log
 * belongs to. fault-titles.c knows the meaning of a line, fault-report.c the state of one
 * report, and faults-list.c keeps reports that are complete.
 */
#include <regex.h>

#include "faults-list.h"
#include "lib/ere.h"

/* Some reports end with such a line. */
#define RULE "========================="

/* An allow-fault expression is compared with this many lines after the title, and with so
 * many bytes of each, since libc's matcher is slow on long lines. */
#define ALLOW_LINES 20
#define ALLOW_WIDTH 500
/* Lines after the end mark: x86 repeats the registers, and a panic may follow. */
#define LINES_AFTER_END 60
/* Lines after a panic that are held in case the panic was false. If there are more, it
 * was false, or its report is long enough. */
#define HELD_MAX 2000
/* A line that follows "cut here" later than this has nothing to do with it. */
#define SENTENCE_USEC 10000
/* Reports that may go on at the same time, on several processors. */
#define OPEN_MAX 4

/* A line that came after a panic, in case the panic was false. */
struct held_line {
	uint64_t usec, now_ms;
	char *text, caller[KLOG_CALLER_SIZE];
	size_t case_index;
	enum klog_origin origin;
};

struct faults_state {
	struct fault_titles titles;
	regex_t *allow;
	size_t nr_allow, alloc_allow;
	struct strbuf rule;		    /* the last line, if it was one of "=" */
	struct fault_report open[OPEN_MAX]; /* in the order in which they began */
	size_t nr_open, nr_begun;
	uint64_t panic; /* hash of the panic's line */
	bool no_panic;	/* there was a false one: no other is believed */
	struct held_line *held;
	size_t nr_held, alloc_held;
	uint64_t closed_ms; /* when the last report became complete */
};

const char *faults_kind(size_t i)
{
	const struct fault_title *title;

	for (size_t t = 0; (title = fault_titles_get(t)); t++) {
		size_t earlier = 0;

		while (!streq(fault_titles_get(earlier)->kind, title->kind))
			earlier++;
		if (earlier == t && i-- == 0)
			return title->kind;
	}
	return NULL;
}

void faults_init(struct faults *faults)
{
	*faults = (struct faults){ .state = xcalloc(1, sizeof(*faults->state)) };
	faults_list_init(faults);
	fault_titles_init(&faults->state->titles);
	faults->state->rule = (struct strbuf)STRBUF_INIT;
}

static void remove_report(struct faults_state *state, size_t i)
{
	fault_report_release(&state->open[i]);
	state->nr_open--;
	memmove(&state->open[i], &state->open[i + 1],
		(state->nr_open - i) * sizeof(state->open[0]));
}

static void release_held(struct faults_state *state)
{
	for (size_t i = 0; i < state->nr_held; i++)
		free(state->held[i].text);
	free(state->held);
	state->held = NULL;
	state->nr_held = state->alloc_held = 0;
}

void faults_release(struct faults *faults)
{
	struct faults_state *state = faults->state;

	release_held(state);
	faults_list_release(faults);
	while (state->nr_open)
		remove_report(state, state->nr_open - 1);
	strbuf_release(&state->rule);
	for (size_t i = 0; i < state->nr_allow; i++)
		regfree(&state->allow[i]);
	free(state->allow);
	fault_titles_release(&state->titles);
	free(state);
	*faults = (struct faults){ 0 };
}

int faults_allow(struct faults *faults, const char *regex, char **why)
{
	struct faults_state *state = faults->state;
	int err;

	ALLOC_GROW(state->allow, state->nr_allow, state->alloc_allow);
	err = ere_compile(&state->allow[state->nr_allow], regex, why);
	if (!err)
		state->nr_allow++;
	return err;
}

static bool matches_allow(const struct faults_state *state, const char *text)
{
	_cleanup_free_ char *begin = NULL;

	if (state->nr_allow && strlen(text) > ALLOW_WIDTH)
		text = begin = xstrndup(text, ALLOW_WIDTH);
	for (size_t i = 0; i < state->nr_allow; i++)
		if (regexec(&state->allow[i], text, 0, NULL, 0) == 0)
			return true;
	return false;
}

void faults_add(struct faults *faults, const char *kind, const char *title,
		const char *text, size_t case_index)
{
	struct fault fault = { .kind = kind,
			       .title = xstrdup(title),
			       .text = xstrdup(text),
			       .case_index = case_index,
			       .heads.certain = true,
			       .number = faults->state->nr_begun++ };

	for (const char *line = text; *line && !fault.allowed;) {
		size_t len = strcspn(line, "\n");
		_cleanup_free_ char *copy = xstrndup(line, len);

		fault.allowed = matches_allow(faults->state, copy);
		line += len + (line[len] == '\n');
	}
	faults_list_add(faults, fault);
}

/* The report is complete. */
static void finish_report(struct faults *faults, size_t i, uint64_t now_ms)
{
	struct faults_state *state = faults->state;

	faults_list_add_report(faults, &state->open[i]);
	state->closed_ms = now_ms;
	remove_report(state, i);
}

static void expire(struct faults *faults, uint64_t now_ms)
{
	for (size_t i = 0; i < faults->state->nr_open;)
		if (fault_report_is_over(&faults->state->open[i], now_ms))
			finish_report(faults, i, now_ms);
		else
			i++;
}

bool faults_pending(struct faults *faults, uint64_t now_ms)
{
	expire(faults, now_ms);
	return faults->state->nr_open > 0;
}

void faults_finish(struct faults *faults)
{
	while (faults->state->nr_open)
		finish_report(faults, 0, 0);
}

/* Compare a line that is certainly the report's. */
static void compare_allow(const struct faults_state *state, struct fault_report *report,
			  const struct klog_line *line)
{
	if (report->allowed || report->ended ||
	    (report->title && report->lines > 1 + ALLOW_LINES) ||
	    !matches_allow(state, line->text))
		return;
	report->allowed = true;
	report->heads.allowed = fault_line_hash(line);
}

/*
 * Begin a report. Other reports go on if they are known to be another processor's, or if
 * their end mark must still come.
 */
static struct fault_report *begin(struct faults *faults, const struct klog_line *line,
				  uint64_t now_ms, size_t case_index)
{
	struct faults_state *state = faults->state;
	struct fault_report *report;

	for (size_t i = 0; i < state->nr_open;) {
		report = &state->open[i];
		if (!report->title || fault_report_expects_end(report) ||
		    (!report->ended && !fault_report_same_caller(report, line)))
			i++;
		else
			finish_report(faults, i, now_ms);
	}
	if (state->nr_open == OPEN_MAX)
		finish_report(faults, 0, now_ms);
	report = &state->open[state->nr_open++];
	*report = (struct fault_report){
		.text = STRBUF_INIT,
		.opening = xstrdup(line->text),
		.usec = line->usec,
		.begun_ms = now_ms,
		.last_ms = now_ms,
		.case_index = case_index,
		.number = state->nr_begun++,
	};
	if (line->caller)
		snprintf(report->caller, sizeof(report->caller), "%s", line->caller);
	strbuf_add(&report->text, state->rule.buf, state->rule.len);
	return report;
}

/*
 * The report whose "cut here" this is, although the report began before it: this line
 * comes after the sentence with CONFIG_BUG_ON_DATA_CORRUPTION and the like, and comes
 * late from /dev/kmsg if the console left it out because of its level.
 */
static struct fault_report *find_for_cut(struct faults_state *state,
					 const struct klog_line *line)
{
	for (size_t i = 0; i < state->nr_open; i++) {
		struct fault_report *report = &state->open[i];

		if (!report->title || report->cut || report->ended ||
		    !fault_report_same_caller(report, line))
			continue;
		if (fault_report_follows_cut(report->title) &&
		    line->usec <= report->usec &&
		    line->usec + FAULT_EARLIER_USEC >= report->usec && line->usec)
			return report;
		if ((report->title->flags & TITLE_SENTENCE) && !report->trapped &&
		    report->lines <= 2)
			return report;
	}
	return NULL;
}

static struct fault_report *find_for_title(struct faults_state *state,
					   const struct fault_title *title,
					   const struct klog_line *line)
{
	if (title->flags & TITLE_PANIC) {
		if (fault_titles_is_consequence(&state->titles, line->text))
			for (size_t i = state->nr_open; i-- > 0;)
				if (state->open[i].title &&
				    fault_report_same_caller(&state->open[i], line))
					return &state->open[i];
		return NULL;
	}
	for (size_t i = 0; i < state->nr_open; i++)
		if (fault_report_same_caller(&state->open[i], line) &&
		    fault_report_goes_on(&state->open[i], title))
			return &state->open[i];
	return NULL;
}

/* The report that an end mark belongs to: the last to begin, but preferably one that
 * lacks nothing else. */
static struct fault_report *find_for_end(struct faults_state *state,
					 const struct klog_line *line)
{
	struct fault_report *found = NULL;

	for (size_t i = state->nr_open; i-- > 0;) {
		struct fault_report *report = &state->open[i];

		if (!fault_report_same_caller(report, line) ||
		    (report->title && !fault_report_expects_end(report)))
			continue;
		if (report->died || (report->trapped && !report->dies))
			return report;
		if (!found)
			found = report;
	}
	return found;
}

/* The report that an ordinary line belongs to; NULL if several are possible. */
static struct fault_report *find_for_text(struct faults_state *state,
					  const struct klog_line *line)
{
	if (line->caller)
		for (size_t i = 0; i < state->nr_open; i++)
			if (streq(state->open[i].caller, line->caller))
				return &state->open[i];
	return state->nr_open == 1 ? &state->open[0] : NULL;
}

/* Whether the kernel has panicked because of its last report, which was complete. */
static bool panic_joins_last(struct faults *faults, const struct fault_title *title,
			     const char *text, uint64_t now_ms)
{
	struct faults_state *state = faults->state;

	if (state->nr_open || !(title->flags & TITLE_PANIC) || !faults->nr ||
	    now_ms - state->closed_ms >= FAULT_QUIET_MS ||
	    !fault_titles_is_consequence(&state->titles, text))
		return false;
	faults_list_begin_panic(faults);
	return true;
}

static size_t index_of(const struct faults_state *state,
		       const struct fault_report *report)
{
	return (size_t)(report - state->open);
}

static void note_panic(struct faults *faults, const struct klog_line *line)
{
	if (faults->state->no_panic)
		return;
	faults->panicked = true;
	faults->state->panic = fault_line_hash(line);
}

static void hold(struct faults_state *state, const struct klog_line *line,
		 uint64_t now_ms, size_t case_index)
{
	struct held_line *held;

	ALLOC_GROW(state->held, state->nr_held, state->alloc_held);
	held = &state->held[state->nr_held++];
	*held = (struct held_line){ .usec = line->usec,
				    .now_ms = now_ms,
				    .text = xstrdup(line->text),
				    .case_index = case_index,
				    .origin = line->origin };
	if (line->caller)
		snprintf(held->caller, sizeof(held->caller), "%s", line->caller);
}

/* A line that may be held has turned out to be a program's, or the kernel's. */
static void settle_held(struct faults_state *state, const struct klog_line *line)
{
	for (size_t i = 0; i < state->nr_held; i++) {
		struct held_line *held = &state->held[i];

		if (held->origin == KLOG_CONSOLE && held->usec == line->usec &&
		    streq(held->text, line->text)) {
			held->origin = line->origin;
			return;
		}
	}
}

static void take_cut(struct faults *faults, const struct klog_line *line, uint64_t now_ms,
		     size_t case_index)
{
	struct fault_report *report = find_for_cut(faults->state, line);

	if (!report && faults_list_comes_late(faults, NULL, line))
		return;
	if (!report)
		report = begin(faults, line, now_ms, case_index);
	report->cut = true;
	fault_heads_add(&report->heads, line);
	fault_report_add_text(report, line, now_ms);
	compare_allow(faults->state, report, line);
}

static void take_title(struct faults *faults, const struct fault_title *title,
		       const struct klog_line *line, uint64_t now_ms, size_t case_index)
{
	struct faults_state *state = faults->state;
	struct fault_report *report = find_for_title(state, title, line);

	if (!report && faults_list_comes_late(faults, title, line))
		return;
	if (!report)
		report = begin(faults, line, now_ms, case_index);
	fault_report_add_title(report, title, line);
	fault_report_add_text(report, line, now_ms);
	compare_allow(state, report, line);
	if (title->flags & TITLE_PANIC) {
		size_t at = index_of(state, report);

		/* no other report goes on after it */
		while (state->nr_open > at + 1)
			finish_report(faults, at + 1, now_ms);
		while (at-- > 0)
			finish_report(faults, 0, now_ms);
		note_panic(faults, line);
	} else if (report->title->flags & TITLE_LINE) {
		finish_report(faults, index_of(state, report), now_ms);
	}
}

/* "end trace" ends the first report that lacks it, or one whose beginning got lost. */
static void take_end(struct faults *faults, const struct klog_line *line, uint64_t now_ms,
		     size_t case_index)
{
	struct faults_state *state = faults->state;
	struct fault_report *report = find_for_end(state, line);

	if (!report && faults_list_end_comes_late(faults, line))
		return;
	if (!report) {
		report = begin(faults, line, now_ms, case_index);
		report->cut = true;
	}
	fault_heads_add(&report->heads, line);
	faults_list_note_end(faults, line);
	fault_report_add_text(report, line, now_ms);
	compare_allow(state, report, line);
	report->ended = true;
	report->lines = 0;
	if (!report->dies && !report->died)
		finish_report(faults, index_of(state, report), now_ms);
}

/* Any other line is text of one report, or of all that go on. */
static void take_text(struct faults *faults, const struct klog_line *line,
		      uint64_t now_ms)
{
	struct faults_state *state = faults->state;
	struct fault_report *own = find_for_text(state, line);

	for (size_t i = 0; i < state->nr_open; i++) {
		struct fault_report *report = &state->open[i];

		if (own && report != own)
			continue;
		fault_report_add_text(report, line, now_ms);
		if (own)
			compare_allow(state, report, line);
		if (report->cut && !report->title && !report->sentence && *line->text &&
		    (own || i == state->nr_open - 1) &&
		    line->usec <= report->usec + SENTENCE_USEC)
			report->sentence = xstrdup(line->text);
	}
	for (size_t i = 0; i < state->nr_open;) {
		const struct fault_report *report = &state->open[i];

		if ((starts_with(line->text, RULE) && report->title && !report->cut &&
		     report->title->flags & TITLE_RULED && (!own || report == own)) ||
		    (report->ended && report->lines > LINES_AFTER_END))
			finish_report(faults, i, now_ms);
		else
			i++;
	}
}

/* After a panic there are no other faults, only its text. */
static bool take_after_panic(struct faults *faults, const struct klog_line *line,
			     uint64_t now_ms, size_t case_index)
{
	hold(faults->state, line, now_ms, case_index);
	if (!faults->state->nr_open)
		return faults_list_add_panic(faults, line);
	fault_report_add_text(&faults->state->open[0], line, now_ms);
	if (fault_ends_panic(line->text))
		finish_report(faults, 0, now_ms);
	return true;
}

/* The panic was false: look at the lines that have come since. */
static void go_on(struct faults *faults)
{
	struct faults_state *state = faults->state;
	struct held_line *held = TAKE_PTR(state->held);
	size_t nr = state->nr_held;

	faults->panicked = false;
	state->panic = 0;
	faults_list_end_panic(faults);
	state->nr_held = state->alloc_held = 0;
	for (size_t i = 0; i < nr; i++) {
		const struct klog_line line = {
			.usec = held[i].usec,
			.text = held[i].text,
			.origin = held[i].origin,
			.caller = *held[i].caller ? held[i].caller : NULL,
		};

		if (line.origin != KLOG_USER)
			faults_line(faults, &line, held[i].now_ms, held[i].case_index);
		free(held[i].text);
	}
	free(held);
}

/* The kernel has logged too much since its panic for that to be true. */
static void doubt_panic(struct faults *faults, uint64_t now_ms)
{
	while (faults->state->nr_open)
		finish_report(faults, 0, now_ms);
	faults->state->no_panic = true;
	go_on(faults);
}

bool faults_line(struct faults *faults, const struct klog_line *line, uint64_t now_ms,
		 size_t case_index)
{
	struct faults_state *state = faults->state;
	const struct fault_title *title;
	bool taken = true;

	if (state->nr_open)
		expire(faults, now_ms);
	if (faults->panicked && state->nr_held == HELD_MAX)
		doubt_panic(faults, now_ms);
	if (faults->panicked)
		return take_after_panic(faults, line, now_ms, case_index);
	title = fault_titles_find(&state->titles, line->text);
	if (title && panic_joins_last(faults, title, line->text, now_ms)) {
		note_panic(faults, line);
		return faults_list_add_panic(faults, line);
	}
	if (fault_report_is_cut(line->text))
		take_cut(faults, line, now_ms, case_index);
	else if (title)
		take_title(faults, title, line, now_ms, case_index);
	else if (starts_with(line->text, FAULT_END_TRACE))
		take_end(faults, line, now_ms, case_index);
	else if (state->nr_open)
		take_text(faults, line, now_ms);
	else
		taken = false;
	strbuf_setlen(&state->rule, 0);
	if (!taken && starts_with(line->text, RULE))
		fault_format_line(&state->rule, line);
	return taken;
}

/* The record of a line has come: the line makes its report certain, or is not part of it.
 */
static void settle_head(struct faults *faults, uint64_t hash, bool kernel)
{
	struct faults_state *state = faults->state;
	bool lost;

	if (faults_list_settle(faults, hash, kernel))
		return;
	for (size_t i = 0; i < state->nr_open; i++) {
		if (!fault_heads_settle(&state->open[i].heads, hash, kernel, &lost))
			continue;
		if (lost)
			remove_report(state, i);
		return;
	}
}

void faults_disown(struct faults *faults, const struct klog_line *line)
{
	struct faults_state *state = faults->state;
	uint64_t hash = fault_line_hash(line);

	for (size_t i = 0; i < state->nr_open; i++)
		fault_heads_revoke(&state->open[i].heads, &state->open[i].allowed, hash);
	faults_list_revoke(faults, hash);
	settle_head(faults, hash, false);
	settle_held(state, line);
	if (faults->panicked && state->panic == hash)
		go_on(faults);
}

void faults_confirm(struct faults *faults, const struct klog_line *line)
{
	settle_head(faults, fault_line_hash(line), true);
	settle_held(faults->state, line);
}
