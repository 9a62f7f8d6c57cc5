// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes cases of TAP and KTAP: the plans, the nesting, and the notes of each case. */
#include "tap-line.h"
#include "run/tap.h"

#define DEPTH_MAX   16
#define NAME_BYTES  512	   /* a longer name loses its suites, then its end */
#define NOTES_BYTES 16384  /* of one case */
#define NUMBERS_MAX 100000 /* test numbers that are checked against a plan */

/* A document or a subtest of it. */
struct level {
	size_t indent;
	char *name;	 /* from "# Subtest:", or NULL */
	char *next_name; /* of the next subtest */
	size_t begin;	 /* the first case in it, or in a subtest of it */
	size_t failed;	 /* the number of failed cases before it */
	size_t points, planned, numbered;
	unsigned char *numbers;	  /* a bit for each test number that has come */
	bool has_plan, plan_last; /* the plan came after its points */
	bool bailed;		  /* out of it or a subtest, so that the plan is moot */
	bool over;		  /* it bailed out: another document comes next */
};

/* The levels that a point has closed: it is that of the outermost one. */
struct closed {
	size_t points, failed;
};

struct tap_state {
	struct strbuf partial;
	struct level levels[DEPTH_MAX];
	size_t depth;		  /* of the innermost level that is open */
	struct strbuf notes;	  /* for the next case */
	struct strbuf late_notes; /* for the last case */
	size_t last;		  /* the case of the last point, plus 1; 0: none */
	bool ktap;		  /* notes come before their case, not after */
	bool runner;	  /* output of a kselftest program comes, with "# " in front */
	bool notes_after; /* a point has failed, so the next notes are its */
	bool after_point; /* the last line was one: YAML may follow */
	bool yaml;
	bool bailed; /* a subtest has just bailed out: its parent may repeat that */
	struct closed closed;
	uint64_t since; /* when the last test ended, or the first one began */
};

void tap_init(struct tap *tap)
{
	*tap = (struct tap){ .max_cases = TAP_CASES_MAX,
			     .max_text = TAP_TEXT_MAX,
			     .state = xcalloc(1, sizeof(*tap->state)) };
	tap->state->partial = (struct strbuf)STRBUF_INIT;
	tap->state->notes = (struct strbuf)STRBUF_INIT;
	tap->state->late_notes = (struct strbuf)STRBUF_INIT;
}

static void free_cases(struct tap *tap)
{
	for (size_t i = 0; i < tap->nr; i++) {
		free(tap->cases[i].name);
		free(tap->cases[i].reason);
		free(tap->cases[i].notes);
	}
	free(tap->cases);
	tap->cases = NULL;
	tap->nr = tap->alloc = tap->text_bytes = 0;
}

static void clear_level(struct level *level)
{
	free(level->name);
	free(level->next_name);
	free(level->numbers);
	*level = (struct level){ 0 };
}

static void free_state(struct tap *tap)
{
	struct tap_state *state = TAKE_PTR(tap->state);

	if (!state)
		return;
	for (size_t i = 0; i < DEPTH_MAX; i++)
		clear_level(&state->levels[i]);
	strbuf_release(&state->partial);
	strbuf_release(&state->notes);
	strbuf_release(&state->late_notes);
	free(state);
}

void tap_forget(struct tap *tap)
{
	free_cases(tap);
	free_state(tap);
}

void tap_release(struct tap *tap)
{
	tap_forget(tap);
	free(tap->first_failed);
	free(tap->unfinished);
	*tap = (struct tap){ 0 };
}

static void set_name(char **name, const char *text)
{
	free(*name);
	*name = xstrndup(text, NAME_BYTES);
}

/* A copy of @text, for a case; NULL for NULL, or if too much is kept already. */
static char *keep_text(struct tap *tap, const char *text)
{
	if (!text || tap->text_bytes >= tap->max_text)
		return NULL;
	tap->text_bytes += strlen(text);
	return xstrdup(text);
}

/* The same for the contents of @notes, which is empty then. */
static char *take_notes(struct tap *tap, struct strbuf *notes)
{
	char *taken = notes->len ? keep_text(tap, notes->buf) : NULL;

	strbuf_setlen(notes, 0);
	return taken;
}

/* Give the last case the notes that came after it. */
static void put_late_notes(struct tap *tap)
{
	struct tap_state *state = tap->state;
	struct tap_case *c;
	char *late;

	if (!state->last)
		return;
	late = take_notes(tap, &state->late_notes);
	c = &tap->cases[state->last - 1];
	if (late && c->notes) {
		strbuf_adds(&state->late_notes, c->notes);
		strbuf_adds(&state->late_notes, late);
		free(late);
		free(c->notes);
		late = strbuf_detach(&state->late_notes);
	}
	if (late)
		c->notes = late;
	state->last = 0;
}

static void count(struct tap *tap, enum tap_outcome outcome)
{
	tap->passed += outcome == TAP_PASSED;
	tap->failed += outcome == TAP_FAILED;
	tap->skipped += outcome == TAP_SKIPPED;
	tap->todo += outcome == TAP_TODO;
}

/* Add a case; @name and @reason are copied. */
static void add_case(struct tap *tap, const char *name, enum tap_outcome outcome,
		     const char *reason)
{
	count(tap, outcome);
	put_late_notes(tap);
	if (tap->nr >= tap->max_cases)
		return;
	ALLOC_GROW(tap->cases, tap->nr, tap->alloc);
	tap->cases[tap->nr++] = (struct tap_case){
		.name = xstrndup(name, NAME_BYTES),
		.outcome = outcome,
		.reason = keep_text(tap, reason),
		.usec = tap->usec > tap->state->since ? tap->usec - tap->state->since : 0,
		.notes = take_notes(tap, &tap->state->notes)
	};
	tap->state->last = tap->nr;
}

/* Add a line to the notes of the last case. */
static void add_to_case(struct tap_state *state, const char *text)
{
	if (!state->last || state->late_notes.len + strlen(text) >= NOTES_BYTES)
		return;
	strbuf_adds(&state->late_notes, text);
	strbuf_addch(&state->late_notes, '\n');
}

static void add_note(struct tap *tap, const char *text)
{
	struct tap_state *state = tap->state;

	/* the harness of kselftest prints this when it begins a test */
	if (starts_with(text, " RUN "))
		state->notes_after = false;
	if (state->notes_after) {
		add_to_case(tap->state, text);
	} else if (state->notes.len + strlen(text) < NOTES_BYTES) {
		strbuf_adds(&state->notes, text);
		strbuf_addch(&state->notes, '\n');
	}
}

static void add_number(struct level *level, size_t number)
{
	if (!number)
		return;
	level->numbered++;
	if (number > NUMBERS_MAX)
		return;
	if (!level->numbers)
		level->numbers = xcalloc(1, NUMBERS_MAX / 8 + 1);
	level->numbers[number / 8] |= (unsigned char)(1 << number % 8);
}

/*
 * The first test of the plan that was not run; 0 if there is none, or if not all had a
 * number. Numbers need not be in order.
 */
static size_t missing_number(const struct level *level)
{
	if (level->numbered != level->points)
		return 0;
	for (size_t i = 1; level->numbers && i <= level->planned && i <= NUMBERS_MAX; i++)
		if (!(level->numbers[i / 8] & (1 << i % 8)))
			return i;
	return 0;
}

/* Compare the plan of @level with the tests that were run. */
static void check_plan(struct tap *tap, struct level *level)
{
	size_t missing = missing_number(level);
	_cleanup_free_ char *why = NULL;

	if (level->has_plan && !level->bailed) {
		if (level->points != level->planned)
			why = xasprintf("%zu of %zu planned tests were run",
					level->points, level->planned);
		else if (missing)
			why = xasprintf("test %zu of %zu was not run: the numbers of "
					"others repeat or are too high",
					missing, level->planned);
		if (why) {
			add_case(tap, "plan", TAP_FAILED, why);
			tap->incomplete++;
		}
	}
	level->has_plan = level->plan_last = level->bailed = level->over = false;
	level->points = level->planned = level->numbered = 0;
	free(TAKE_PTR(level->numbers));
}

static void put_below(struct tap_case *c, const char *suite)
{
	char *name;

	if (strlen(suite) + 3 + strlen(c->name) > NAME_BYTES)
		return;
	name = xasprintf("%s / %s", suite, c->name);
	free(c->name);
	c->name = name;
}

/* Make the failures in @level TODO, as the subtest's own point is. */
static void excuse_failures(struct tap *tap, const struct level *level)
{
	size_t failed = tap->failed - level->failed;

	tap->failed -= failed;
	tap->todo += failed;
	for (size_t i = level->begin; i < tap->nr; i++)
		if (tap->cases[i].outcome == TAP_FAILED)
			tap->cases[i].outcome = TAP_TODO;
}

/* Close the innermost level, whose test point is @point, or NULL. */
static void close_level(struct tap *tap, const struct tap_line *point)
{
	struct level *level = &tap->state->levels[tap->state->depth];
	const char *suite = level->name ? level->name : point ? point->name : NULL;
	bool bailed = level->bailed;

	check_plan(tap, level);
	if (point && point->directive == TAP_DIRECTIVE_TODO && !bailed)
		excuse_failures(tap, level);
	for (size_t i = level->begin; suite && i < tap->nr; i++)
		put_below(&tap->cases[i], suite);
	clear_level(level);
	if (tap->state->depth)
		tap->state->depth--;
	else
		level->begin = tap->nr;
}

static struct level *open_level(struct tap *tap, size_t indent)
{
	struct tap_state *state = tap->state;
	struct level *parent = &state->levels[state->depth], *level = parent + 1;

	/* before Linux 6.2, modules' suites follow those of the boot without a plan */
	if (tap->kernel && !state->depth && parent->points == parent->planned)
		check_plan(tap, parent);
	*level = (struct level){ .indent = indent,
				 .begin = tap->nr,
				 .failed = tap->failed,
				 .name = TAKE_PTR(parent->next_name) };
	state->depth++;
	return level;
}

/*
 * The level of a line at @indent, which ends deeper levels. @point: the line, if it is
 * the test point of such a level; else NULL.
 */
static struct level *find_level(struct tap *tap, size_t indent,
				const struct tap_line *point)
{
	struct tap_state *state = tap->state;

	state->closed = (struct closed){ 0 };
	while (state->depth && state->levels[state->depth].indent > indent) {
		const struct level *level = &state->levels[state->depth];
		/* the point is that of the outermost level that ends */
		size_t outer = state->levels[state->depth - 1].indent;
		size_t points = level->points, failed = level->failed;

		close_level(tap, outer <= indent ? point : NULL);
		state->closed = (struct closed){ points, tap->failed - failed };
	}
	if (indent > state->levels[state->depth].indent && state->depth + 1 < DEPTH_MAX)
		return open_level(tap, indent);
	return &state->levels[state->depth];
}

/* A test line continues @level, or begins a document after another. */
static void go_on(struct tap *tap, struct level *level)
{
	tap->state->bailed = false;
	if (level->over)
		check_plan(tap, level);
	level->bailed = false;
}

/* Notes before a document do not belong to its first test. */
static void begin_document(struct tap *tap)
{
	tap->is_tap = true;
	if (!tap->state->runner)
		strbuf_setlen(&tap->state->notes, 0);
}

static void take_version(struct tap *tap, const struct tap_line *line)
{
	struct level *level = find_level(tap, line->indent, NULL);

	begin_document(tap);
	tap->state->ktap = line->ktap;
	tap->state->bailed = false;
	/* another document or subtest begins */
	if (level->points || level->has_plan || level->bailed) {
		close_level(tap, NULL);
		find_level(tap, line->indent, NULL);
	}
}

static void take_plan(struct tap *tap, const struct tap_line *line)
{
	struct level *level = find_level(tap, line->indent, NULL);

	begin_document(tap);
	if (level->has_plan)
		check_plan(tap, level);
	go_on(tap, level);
	level->has_plan = true;
	level->plan_last = level->points > 0;
	level->planned = line->number;
	/* for a subtest, its test point says so as well */
	if (!line->number && line->directive == TAP_DIRECTIVE_SKIP && !tap->state->depth)
		add_case(tap, "all tests", TAP_SKIPPED, line->reason);
}

/* Whether the point @line is that of a subtest, and says no more than its tests did. */
static bool repeats_subtest(const struct tap *tap, const struct tap_line *line)
{
	const struct closed *closed = &tap->state->closed;

	return tap->kernel && closed->points && (closed->failed > 0) == !line->ok;
}

static void take_point(struct tap *tap, const struct tap_line *line)
{
	static const enum tap_outcome outcomes[] = {
		[TAP_DIRECTIVE_SKIP] = TAP_SKIPPED,
		[TAP_DIRECTIVE_TODO] = TAP_TODO,
	};
	struct level *level = find_level(tap, line->indent, line);
	enum tap_outcome outcome = line->ok ? TAP_PASSED : TAP_FAILED;
	char number[32];

	if (level->plan_last)
		check_plan(tap, level);
	go_on(tap, level);
	level->points++;
	add_number(level, line->number);
	free(TAKE_PTR(level->next_name));
	if (repeats_subtest(tap, line)) {
		strbuf_setlen(&tap->state->notes, 0);
		tap->state->since = tap->usec;
		return;
	}
	if (line->directive)
		outcome = outcomes[line->directive];
	snprintf(number, sizeof(number), "test %zu",
		 line->number ? line->number : level->points);
	add_case(tap, line->name ? line->name : number, outcome, line->reason);
	tap->state->since = tap->usec;
	tap->state->notes_after = outcome == TAP_FAILED && !tap->state->ktap;
	if (!line->indent)
		tap->state->runner = false;
}

/*
 * In KTAP a subtest's first line has its name; in TAP 14 the line before that, at the
 * outer level.
 */
static void take_subtest(struct tap *tap, const struct tap_line *line)
{
	struct level *level = find_level(tap, line->indent, NULL);

	tap->state->since = tap->usec;
	tap->state->notes_after = false;
	if (tap->state->depth && !level->name && !level->points) {
		set_name(&level->name, line->text);
		tap->state->ktap = true;
	} else {
		set_name(&level->next_name, line->text);
	}
}

/* kselftest runs a program, whose output follows, each line with "# " in front. */
static void take_runner(struct tap *tap, const struct tap_line *line)
{
	struct level *level = find_level(tap, line->indent, NULL);

	set_name(&level->next_name, line->text);
	strbuf_setlen(&tap->state->notes, 0);
	tap->state->runner = true;
	tap->state->notes_after = false;
}

/* A subtest that bails out prints this, and so does its parent then, unless it goes on.
 */
static void take_bail(struct tap *tap, const struct tap_line *line)
{
	struct level *level = find_level(tap, line->indent, NULL);
	struct tap_state *state = tap->state;

	if (!state->bailed)
		add_case(tap, "Bail out!", TAP_FAILED,
			 line->reason ? line->reason : "the test bailed out");
	for (size_t i = 0; i <= state->depth; i++)
		state->levels[i].bailed = true;
	level->over = true;
	state->bailed = state->depth > 0;
	state->notes_after = false;
	tap->bailed = true;
}

static void take_parsed(struct tap *tap, const struct tap_line *line)
{
	switch (line->type) {
	case TAP_LINE_VERSION:
		take_version(tap, line);
		break;
	case TAP_LINE_PLAN:
		take_plan(tap, line);
		break;
	case TAP_LINE_POINT:
		take_point(tap, line);
		break;
	case TAP_LINE_SUBTEST:
		take_subtest(tap, line);
		break;
	case TAP_LINE_RUNNER:
		take_runner(tap, line);
		break;
	case TAP_LINE_NOTE:
		add_note(tap, line->text);
		break;
	case TAP_LINE_BAIL:
		take_bail(tap, line);
		break;
	case TAP_LINE_YAML:
		tap->state->yaml =
			tap->state->after_point &&
			line->indent > tap->state->levels[tap->state->depth].indent;
		break;
	case TAP_LINE_OTHER:
		break;
	}
	tap->state->after_point = line->type == TAP_LINE_POINT;
}

/*
 * Take "# ..." in @text as an indented line of the program that kselftest runs. Such
 * lines must begin with a version or a plan; other output does not count.
 */
static bool take_runners(struct tap *tap, char *text)
{
	const struct tap_state *state = tap->state;
	struct tap_line line;
	bool taken;

	if (!state->runner || !starts_with(text, "# "))
		return false;
	text[0] = ' ';
	tap_line_parse(&line, text);
	taken = line.type == TAP_LINE_VERSION || line.type == TAP_LINE_PLAN ||
		(line.type != TAP_LINE_OTHER && state->depth);
	if (taken)
		take_parsed(tap, &line);
	tap_line_release(&line);
	text[0] = '#';
	return taken;
}

static void take_yaml(struct tap *tap, const char *text)
{
	text += strspn(text, " \t");
	if (streq(text, "..."))
		tap->state->yaml = false;
	else
		add_to_case(tap->state, text);
}

static void take_line(struct tap *tap, const char *data, size_t len)
{
	struct tap_state *state = tap->state;
	_cleanup_free_ char *text = NULL;
	struct tap_line line;

	if (!state->yaml && !tap_line_may_be(data, len)) {
		state->after_point = false;
		return;
	}
	text = xstrndup(data, len < TAP_LINE_MAX ? len : TAP_LINE_MAX);
	len = strlen(text);
	while (len && text[len - 1] == '\r')
		text[--len] = '\0';
	if (take_runners(tap, text))
		return;
	tap_line_parse(&line, text);
	/* the next test line ends a block that has no end */
	if (state->yaml && line.type >= TAP_LINE_VERSION && line.type <= TAP_LINE_POINT &&
	    line.indent <= state->levels[state->depth].indent)
		state->yaml = false;
	if (state->yaml)
		take_yaml(tap, text);
	else
		take_parsed(tap, &line);
	tap_line_release(&line);
}

void tap_feed(struct tap *tap, const char *data, size_t size)
{
	struct strbuf *partial;
	const char *end = data + size;

	if (!tap->state)
		return;
	partial = &tap->state->partial;
	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		size_t len = (size_t)((newline ? newline : end) - data);

		if (newline && !partial->len) {
			take_line(tap, data, len);
		} else {
			size_t room = TAP_LINE_MAX - partial->len;

			strbuf_add(partial, data, len < room ? len : room);
		}
		if (newline && partial->len) {
			take_line(tap, partial->buf, partial->len);
			strbuf_setlen(partial, 0);
		}
		data += len + 1;
	}
}

/*
 * Add a case for the kernel's test that was running when the log ended, if any. KTAP has
 * its number only: the kernel prints a test's name when it ends.
 */
static void add_unfinished(struct tap *tap)
{
	struct tap_state *state = tap->state;
	struct level *level = &state->levels[state->depth];
	_cleanup_(strbuf_release) struct strbuf path = STRBUF_INIT;
	_cleanup_free_ char *name = NULL, *why = NULL;

	if (!state->depth && (!level->has_plan || level->points >= level->planned))
		return;
	for (size_t i = 1; i <= state->depth; i++)
		if (state->levels[i].name)
			strbuf_addf(&path, "%s / ", state->levels[i].name);
	if (level->has_plan && level->points >= level->planned) {
		/* or the suite's exit function */
		name = xstrdup("end of the suite");
		why = xstrdup("the suite did not end after its last test");
	} else {
		name = xasprintf("test %zu", level->points + 1);
		why = level->has_plan ? xasprintf("it did not end: %zu of %zu planned "
						  "tests did",
						  level->points, level->planned)
				      : xstrdup("it did not end");
	}
	tap->usec = 0;
	add_case(tap, name, TAP_FAILED, why);
	tap->incomplete++;
	tap->unfinished = xasprintf("%s%s", path.buf, name);
	for (size_t i = 0; i <= state->depth; i++)
		state->levels[i].has_plan = false;
}

void tap_name_unfinished(struct tap *tap, const char *name)
{
	struct tap_case *last = tap->nr ? &tap->cases[tap->nr - 1] : NULL;
	const char *number = tap->unfinished ? strrchr(tap->unfinished, '/') : NULL;
	_cleanup_free_ char *parameter = xasprintf("/ %s / test ", name);
	bool kept, first;
	char *named;

	if (!number || !starts_with(number, "/ test ") ||
	    strstr(tap->unfinished, parameter))
		return;
	kept = last && streq(last->name, tap->unfinished);
	first = tap->first_failed && streq(tap->first_failed, tap->unfinished);
	named = xasprintf("%.*s/ %s", (int)(number - tap->unfinished), tap->unfinished,
			  name);
	free(tap->unfinished);
	tap->unfinished = named;
	if (kept) {
		free(last->name);
		last->name = xstrndup(named, NAME_BYTES);
	}
	if (first) {
		free(tap->first_failed);
		tap->first_failed = xstrdup(named);
	}
}

void tap_finish(struct tap *tap)
{
	struct tap_state *state = tap->state;

	if (!state)
		return;
	if (state->partial.len)
		take_line(tap, state->partial.buf, state->partial.len);
	strbuf_setlen(&state->partial, 0);
	if (tap->kernel && tap->is_tap)
		add_unfinished(tap);
	while (state->depth)
		close_level(tap, NULL);
	close_level(tap, NULL);
	put_late_notes(tap);
	free_state(tap);
	if (!tap->is_tap) {
		free_cases(tap);
		tap->passed = tap->failed = tap->skipped = tap->todo = 0;
		tap->bailed = false;
	}
	for (size_t i = 0; i < tap->nr && !tap->first_failed; i++)
		if (tap->cases[i].outcome == TAP_FAILED)
			tap->first_failed = xstrdup(tap->cases[i].name);
}
