// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reports of the kernel, put together line by line. What a line means is in
 * fault-titles.c; here is where a report begins, what belongs to it, and where it ends.
 */
#include "ere.h"
#include "fault-titles.h"
#include "faults.h"

/* include/asm-generic/bug.h; arch/arm */
#define CUT_HERE     "------------[ cut here ]------------"
#define CUT_HERE_ARM "8<--- cut here ---"
#define END_TRACE    "---[ end trace "
#define RULE	     "========================="

/* An allow-fault expression is compared with this many lines after the title. */
#define ALLOW_LINES 20
/* x86 repeats the registers after the end mark, and a panic may follow. */
#define LINES_AFTER_END 60
/* Lines after a panic are of its report. */
#define LINES_AFTER_PANIC 200
/* So many lines after a panic are held, in case that it was none. */
#define HELD_MAX 2000
/* More reports without room in the list than this are not told apart. */
#define UNKEPT_MAX 100000

/* The report that is being taken. */
struct open_report {
	bool open;
	struct strbuf text;
	const struct fault_title *title; /* NULL: only the line before it came */
	char *title_text;
	char *sentence; /* the first line after "cut here" that is not empty */
	uint64_t usec;	/* of the title */
	size_t case_index;
	uint64_t begun_ms, last_ms;
	unsigned int lines; /* since the title, the end mark or the panic */
	bool cut;	    /* it began with "cut here" */
	bool trapped;	    /* the line of WARN() or BUG() was there */
	bool dies;	    /* an oops is expected */
	bool died;	    /* it was there */
	bool ended;	    /* the end mark was there, but more may come */
	bool allowed, full;
	struct fault_heads heads;
};

/* A report that counts and for which the list has no room. */
struct unkept {
	bool allowed;
	struct fault_heads heads;
};

/* What came after a panic, in case that it was none. */
struct held_line {
	uint64_t usec, now_ms;
	char *text;
	size_t case_index;
	enum klog_origin origin;
};

struct faults_state {
	struct fault_titles titles;
	regex_t *allow;
	size_t nr_allow, alloc_allow;
	struct strbuf rule; /* a line of "=" that the last line was */
	struct open_report now;
	struct unkept *unkept;
	size_t nr_unkept, alloc_unkept;
	uint64_t panic; /* hash of its line */
	struct held_line *held;
	size_t nr_held, alloc_held;
	uint64_t closed_ms;	  /* the last one that is complete */
	bool last_kept;		  /* and it is at the end of the list */
	unsigned int panic_lines; /* that may still go into it */
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
	fault_titles_init(&faults->state->titles);
	faults->state->rule = (struct strbuf)STRBUF_INIT;
	faults->state->now.text = (struct strbuf)STRBUF_INIT;
}

static void clear(struct open_report *report)
{
	strbuf_release(&report->text);
	free(report->title_text);
	free(report->sentence);
	*report = (struct open_report){ .text = STRBUF_INIT };
}

static void release_fault(struct fault *fault)
{
	free(fault->title);
	free(fault->text);
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
	free(state->unkept);
	for (size_t i = 0; i < faults->nr; i++)
		release_fault(&faults->list[i]);
	free(faults->list);
	clear(&state->now);
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
	for (size_t i = 0; i < state->nr_allow; i++)
		if (regexec(&state->allow[i], text, 0, NULL, 0) == 0)
			return true;
	return false;
}

const struct fault *faults_first(const struct faults *faults)
{
	for (size_t i = 0; i < faults->nr; i++)
		if (!faults->list[i].allowed)
			return &faults->list[i];
	return NULL;
}

static void note_unkept(struct faults_state *state, struct fault *fault)
{
	if (state->nr_unkept < UNKEPT_MAX) {
		ALLOC_GROW(state->unkept, state->nr_unkept, state->alloc_unkept);
		state->unkept[state->nr_unkept++] =
			(struct unkept){ fault->allowed, fault->heads };
	}
	release_fault(fault);
}

/* With all places taken, the first one that counts is still worth one. */
static void keep(struct faults *faults, struct fault fault)
{
	struct faults_state *state = faults->state;

	if (faults->nr < FAULTS_MAX) {
		ALLOC_GROW(faults->list, faults->nr, faults->alloc);
		faults->list[faults->nr++] = fault;
	} else if (!fault.allowed && !faults_first(faults)) {
		note_unkept(state, &faults->list[FAULTS_MAX - 1]);
		faults->list[FAULTS_MAX - 1] = fault;
	} else {
		note_unkept(state, &fault);
	}
}

void faults_add(struct faults *faults, const char *kind, const char *title,
		const char *text, size_t case_index)
{
	struct fault fault = { .kind = kind,
			       .title = xstrdup(title),
			       .text = xstrdup(text),
			       .case_index = case_index,
			       .heads.certain = true };

	for (const char *line = text; *line && !fault.allowed;) {
		size_t len = strcspn(line, "\n");
		_cleanup_free_ char *copy = xstrndup(line, len);

		fault.allowed = matches_allow(faults->state, copy);
		line += len + (line[len] == '\n');
	}
	if (fault.allowed)
		faults->allowed++;
	else
		faults->counted++;
	keep(faults, fault);
}

/* The report is complete. One without a title was none. */
static void finish_report(struct faults *faults, uint64_t now_ms)
{
	struct open_report *report = &faults->state->now;

	if (report->open && report->title) {
		if (report->allowed)
			faults->allowed++;
		else
			faults->counted++;
		faults->state->last_kept = faults->nr < FAULTS_MAX;
		keep(faults, (struct fault){ .kind = report->title->kind,
					     .title = TAKE_PTR(report->title_text),
					     .text = strbuf_detach(&report->text),
					     .allowed = report->allowed,
					     .case_index = report->case_index,
					     .heads = report->heads });
		faults->state->closed_ms = now_ms;
	}
	clear(report);
}

static void expire(struct faults *faults, uint64_t now_ms)
{
	const struct open_report *report = &faults->state->now;

	if (report->open && (now_ms - report->last_ms >= FAULT_QUIET_MS ||
			     now_ms - report->begun_ms >= FAULT_REPORT_MS))
		finish_report(faults, now_ms);
}

bool faults_pending(struct faults *faults, uint64_t now_ms)
{
	expire(faults, now_ms);
	return faults->state->now.open;
}

void faults_finish(struct faults *faults)
{
	finish_report(faults, 0);
}

static uint64_t line_hash(const struct klog_line *line)
{
	uint64_t hash = 14695981039346656037u ^ line->usec;

	for (const char *p = line->text; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 1099511628211u;
	return hash ? hash : 1;
}

static void note_head(struct open_report *report, const struct klog_line *line)
{
	struct fault_heads *heads = &report->heads;
	bool known = line->origin == KLOG_KERNEL;

	if (heads->nr < FAULT_HEADS_MAX) {
		heads->line[heads->nr] = line_hash(line);
		heads->known[heads->nr] = known;
	}
	heads->nr++;
	heads->certain |= known;
}

static void format_line(struct strbuf *out, const struct klog_line *line)
{
	if (line->usec)
		strbuf_addf(out, "[%5llu.%06llu] ",
			    (unsigned long long)line->usec / 1000000,
			    (unsigned long long)line->usec % 1000000);
	strbuf_adds(out, line->text);
	strbuf_addch(out, '\n');
}

static void begin(struct faults *faults, uint64_t now_ms, size_t case_index)
{
	struct faults_state *state = faults->state;

	finish_report(faults, now_ms);
	state->now.open = true;
	state->now.begun_ms = now_ms;
	state->now.case_index = case_index;
	strbuf_add(&state->now.text, state->rule.buf, state->rule.len);
}

static void add(struct faults_state *state, const struct klog_line *line, uint64_t now_ms)
{
	static const char left_out[] = "[... the rest is left out ...]\n";
	struct open_report *report = &state->now;

	report->last_ms = now_ms;
	report->lines++;
	if (!report->allowed && !report->ended &&
	    (!report->title || report->lines <= 1 + ALLOW_LINES))
		report->allowed = matches_allow(state, line->text);
	if (report->allowed && !report->heads.allowed)
		report->heads.allowed = line_hash(line);
	if (report->full)
		return;
	if (report->text.len + strlen(line->text) + sizeof(left_out) + 32 >
	    FAULT_TEXT_MAX) {
		report->full = true;
		strbuf_adds(&report->text, left_out);
		return;
	}
	format_line(&report->text, line);
}

static bool is_cut(const char *text)
{
	return starts_with(text, CUT_HERE) || starts_with(text, CUT_HERE_ARM);
}

/*
 * Whether a "cut here" is the report's that has begun before it: it comes after the
 * sentence with CONFIG_BUG_ON_DATA_CORRUPTION and the like, and late from /dev/kmsg when
 * the console has left it out for its level.
 */
static bool cut_belongs(const struct open_report *report, const struct klog_line *line)
{
	if (!report->open || !report->title || report->cut || report->ended)
		return false;
	if (line->usec && line->usec <= report->usec)
		return true;
	return (report->title->flags & TITLE_SENTENCE) && !report->trapped &&
	       report->lines <= 2;
}

/* Whether @title goes on with the report that has begun, instead of heading another. */
static bool title_belongs(struct faults_state *state, const struct fault_title *title,
			  const char *text)
{
	const struct open_report *report = &state->now;

	if (!report->open)
		return false;
	if (title->flags & TITLE_PANIC)
		return report->title && fault_titles_is_consequence(&state->titles, text);
	if (report->ended)
		return false;
	if (!report->title)
		return true;
	if (title->flags & TITLE_DIE)
		return report->dies && !report->died;
	if (title->flags & TITLE_TRAP)
		return !report->trapped &&
		       (report->cut || (report->title->flags & TITLE_SENTENCE));
	return false;
}

static void note_title(struct open_report *report, const struct fault_title *title,
		       const struct klog_line *line)
{
	if (!report->title) {
		report->title = title;
		report->title_text = xstrdup(line->text);
		report->usec = line->usec;
		report->lines = 0;
	}
	if (title->flags & TITLE_TRAP)
		report->trapped = true;
	if (title->flags & TITLE_DIE)
		report->died = true;
	if (title->flags & (TITLE_DIES | TITLE_SENTENCE))
		report->dies = true;
	if ((title->flags & TITLE_TRAP) && !(title->flags & TITLE_DIES))
		report->dies = false;
}

/* A WARN() whose own line got lost, by its sentence. */
static void title_by_sentence(struct open_report *report)
{
	static const struct fault_title warning = { "warning", "", NULL, TITLE_TRAP };

	report->title = &warning;
	report->title_text =
		report->sentence ? TAKE_PTR(report->sentence) : xstrdup(CUT_HERE);
	report->trapped = true;
}

/* Whether the report is complete with this line, which is in it. */
static bool is_end(struct faults *faults, const char *text, bool is_title)
{
	struct open_report *report = &faults->state->now;

	if (faults->panicked)
		return starts_with(text, "---[ end Kernel panic") ||
		       starts_with(text, "Rebooting in ");
	if (report->ended)
		return report->lines > LINES_AFTER_END;
	if (starts_with(text, END_TRACE) && !report->title && report->cut)
		title_by_sentence(report);
	if (!report->title)
		return false;
	if (is_title)
		return report->title->flags & TITLE_LINE;
	if (starts_with(text, RULE))
		return (report->title->flags & TITLE_RULED) && !report->cut;
	if (!starts_with(text, END_TRACE))
		return false;
	if (report->dies || report->died) {
		report->ended = true;
		report->lines = 0;
		return false;
	}
	return report->trapped || report->cut;
}

/* The kernel has panicked over a report that was complete: its last one. */
static bool panic_joins_last(struct faults *faults, const struct fault_title *title,
			     const char *text, uint64_t now_ms)
{
	struct faults_state *state = faults->state;

	if (state->now.open || !(title->flags & TITLE_PANIC) || !faults->nr ||
	    now_ms - state->closed_ms >= FAULT_QUIET_MS ||
	    !fault_titles_is_consequence(&state->titles, text))
		return false;
	state->panic_lines = state->last_kept ? LINES_AFTER_PANIC : 0;
	return true;
}

static bool add_to_last(struct faults *faults, const struct klog_line *line)
{
	struct strbuf text = STRBUF_INIT;
	struct fault *fault;

	if (!faults->state->panic_lines)
		return false;
	faults->state->panic_lines--;
	fault = &faults->list[faults->nr - 1];
	strbuf_adds(&text, fault->text);
	if (text.len + strlen(line->text) + 32 <= FAULT_TEXT_MAX)
		format_line(&text, line);
	free(fault->text);
	fault->text = strbuf_detach(&text);
	if (is_end(faults, line->text, false))
		faults->state->panic_lines = 0;
	return true;
}

/* Begin what @line begins. False: it has nothing to do with any report. */
static bool open_for(struct faults *faults, const struct fault_title *title,
		     const struct klog_line *line, uint64_t now_ms, size_t case_index)
{
	struct open_report *report = &faults->state->now;

	if (is_cut(line->text)) {
		if (!cut_belongs(report, line)) {
			begin(faults, now_ms, case_index);
			report->cut = true;
		}
		note_head(report, line);
	} else if (title) {
		if (!title_belongs(faults->state, title, line->text))
			begin(faults, now_ms, case_index);
		note_title(report, title, line);
		note_head(report, line);
	} else if (report->open && report->cut && !report->title && !report->sentence &&
		   *line->text) {
		report->sentence = xstrdup(line->text);
	}
	return report->open;
}

static void note_panic(struct faults *faults, const struct klog_line *line)
{
	faults->panicked = true;
	faults->state->panic = line_hash(line);
}

static void hold(struct faults_state *state, const struct klog_line *line,
		 uint64_t now_ms, size_t case_index)
{
	if (state->nr_held >= HELD_MAX)
		return;
	ALLOC_GROW(state->held, state->nr_held, state->alloc_held);
	state->held[state->nr_held++] =
		(struct held_line){ line->usec, now_ms, xstrdup(line->text), case_index,
				    line->origin };
}

/* It is known by now whose a line is that is held. */
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

bool faults_line(struct faults *faults, const struct klog_line *line, uint64_t now_ms,
		 size_t case_index)
{
	struct faults_state *state = faults->state;
	const struct fault_title *title = NULL;
	bool taken;

	expire(faults, now_ms);
	/* nothing that comes after a panic is another fault */
	if (faults->panicked)
		hold(state, line, now_ms, case_index);
	else
		title = fault_titles_find(&state->titles, line->text);
	if (title && panic_joins_last(faults, title, line->text, now_ms)) {
		note_panic(faults, line);
		return add_to_last(faults, line);
	}
	taken = faults->panicked ? state->now.open
				 : open_for(faults, title, line, now_ms, case_index);
	if (title && (title->flags & TITLE_PANIC))
		note_panic(faults, line);
	if (taken) {
		add(state, line, now_ms);
		if (is_end(faults, line->text, title != NULL))
			finish_report(faults, now_ms);
	} else if (faults->panicked) {
		taken = add_to_last(faults, line);
	}
	strbuf_setlen(&state->rule, 0);
	if (!taken && starts_with(line->text, RULE))
		format_line(&state->rule, line);
	return taken;
}

/*
 * Several lines may have the same words and the same time, and be of several origins: a
 * guest's clock may stand still for milliseconds. Both sources have them in one order, so
 * that a record is about the first whose record has not come yet.
 */
static size_t find_head(const struct fault_heads *heads, uint64_t hash)
{
	for (size_t i = 0; i < heads->nr && i < FAULT_HEADS_MAX; i++)
		if (heads->line[i] == hash && !heads->known[i])
			return i;
	return SIZE_MAX;
}

/* Take line @i out of what makes a report one. True: it was the last. */
static bool lose_head(struct fault_heads *heads, size_t i)
{
	if (heads->nr > FAULT_HEADS_MAX)
		return false;
	heads->nr--;
	heads->line[i] = heads->line[heads->nr];
	heads->known[i] = heads->known[heads->nr];
	return !heads->nr;
}

static void confirm_head(struct fault_heads *heads, size_t i)
{
	heads->known[i] = heads->certain = true;
}

/* Whether a report that was allowed for this line alone is so no longer. */
static bool lose_permission(struct fault_heads *heads, bool *allowed, uint64_t hash)
{
	if (!*allowed || heads->allowed != hash)
		return false;
	*allowed = false;
	heads->allowed = 0;
	return true;
}

static void revoke_permissions(struct faults *faults, uint64_t hash)
{
	struct faults_state *state = faults->state;
	size_t revoked = 0;

	lose_permission(&state->now.heads, &state->now.allowed, hash);
	for (size_t i = 0; i < faults->nr; i++)
		revoked += lose_permission(&faults->list[i].heads,
					   &faults->list[i].allowed, hash);
	for (size_t i = 0; i < state->nr_unkept; i++)
		revoked += lose_permission(&state->unkept[i].heads,
					   &state->unkept[i].allowed, hash);
	faults->allowed -= revoked;
	faults->counted += revoked;
}

static void remove_fault(struct faults *faults, size_t i)
{
	struct fault *fault = &faults->list[i];

	*(fault->allowed ? &faults->allowed : &faults->counted) -= 1;
	if (i == faults->nr - 1)
		faults->state->panic_lines = 0;
	release_fault(fault);
	memmove(fault, fault + 1, (--faults->nr - i) * sizeof(*fault));
}

static void remove_unkept(struct faults *faults, size_t i)
{
	struct faults_state *state = faults->state;
	struct unkept *unkept = &state->unkept[i];

	*(unkept->allowed ? &faults->allowed : &faults->counted) -= 1;
	/* in their order: see find_head() */
	memmove(unkept, unkept + 1, (--state->nr_unkept - i) * sizeof(*unkept));
}

/* The record of a line has come: it makes a report certain, or is taken out of it. */
static void settle_head(struct faults *faults, uint64_t hash, bool kernel)
{
	struct faults_state *state = faults->state;
	size_t head;

	for (size_t i = 0; i < faults->nr; i++) {
		head = find_head(&faults->list[i].heads, hash);
		if (head == SIZE_MAX)
			continue;
		if (kernel)
			confirm_head(&faults->list[i].heads, head);
		else if (lose_head(&faults->list[i].heads, head))
			remove_fault(faults, i);
		return;
	}
	for (size_t i = 0; i < state->nr_unkept; i++) {
		head = find_head(&state->unkept[i].heads, hash);
		if (head == SIZE_MAX)
			continue;
		if (kernel)
			confirm_head(&state->unkept[i].heads, head);
		else if (lose_head(&state->unkept[i].heads, head))
			remove_unkept(faults, i);
		return;
	}
	head = state->now.open ? find_head(&state->now.heads, hash) : SIZE_MAX;
	if (head == SIZE_MAX)
		return;
	if (kernel)
		confirm_head(&state->now.heads, head);
	else if (lose_head(&state->now.heads, head))
		clear(&state->now);
}

/* There was no panic: what has come since is looked at. */
static void go_on(struct faults *faults)
{
	struct faults_state *state = faults->state;
	struct held_line *held = TAKE_PTR(state->held);
	size_t nr = state->nr_held;

	faults->panicked = false;
	state->panic = 0;
	state->panic_lines = 0;
	state->nr_held = state->alloc_held = 0;
	for (size_t i = 0; i < nr; i++) {
		const struct klog_line line = { held[i].usec, held[i].text,
						held[i].origin };

		if (line.origin != KLOG_USER)
			faults_line(faults, &line, held[i].now_ms, held[i].case_index);
		free(held[i].text);
	}
	free(held);
}

void faults_disown(struct faults *faults, const struct klog_line *line)
{
	uint64_t hash = line_hash(line);

	revoke_permissions(faults, hash);
	settle_head(faults, hash, false);
	settle_held(faults->state, line);
	if (faults->panicked && faults->state->panic == hash)
		go_on(faults);
}

void faults_confirm(struct faults *faults, const struct klog_line *line)
{
	settle_head(faults, line_hash(line), true);
	settle_held(faults->state, line);
}

bool faults_certain(const struct faults *faults)
{
	for (size_t i = 0; i < faults->nr; i++)
		if (!faults->list[i].allowed && faults->list[i].heads.certain)
			return true;
	return false;
}
