// SPDX-License-Identifier: GPL-2.0-or-later
/* Complete reports, and the parts of them that come late. */
#include "faults-list.h"

/* Reports without room in the list; beyond this they are only counted. */
#define UNKEPT_MAX 10000
/* Complete reports whose missing parts may come late. */
#define CLOSED_MAX 64
/* A part of a report may be later than the report by this much, by the kernel's clock:
 * one source of the log may be ahead of the other. */
#define LATER_USEC 1000000
/* The time until a report's end mark, which is printed after everything else. The mark of
 * a report whose beginning got lost must not be taken for that of an older report. */
#define END_LATER_USEC 30000000
/* Lines after a panic that are part of its report. */
#define LINES_AFTER_PANIC 200

/* The parts that a complete report lacked. */
struct closed_report {
	size_t number; /* of the fault */
	uint64_t usec;
	bool allowed, cut, trap, die, end;
};

/* A report that counts and for which the list has no room. */
struct unkept {
	bool allowed;
	struct fault_heads heads;
};

struct faults_late {
	struct closed_report closed[CLOSED_MAX]; /* a ring */
	size_t nr_closed;
	uint64_t end_usec; /* of the last end mark */
	struct unkept *unkept;
	size_t nr_unkept, alloc_unkept;
	bool last_kept;		  /* the last report to be complete ends the list */
	unsigned int panic_lines; /* lines that its text may still get */
};

static void release_fault(struct fault *fault)
{
	free(fault->title);
	free(fault->text);
}

void faults_list_init(struct faults *faults)
{
	faults->late = xcalloc(1, sizeof(*faults->late));
}

void faults_list_release(struct faults *faults)
{
	for (size_t i = 0; i < faults->nr; i++)
		release_fault(&faults->list[i]);
	free(faults->list);
	free(faults->late->unkept);
	free(faults->late);
}

const struct fault *faults_first(const struct faults *faults)
{
	for (size_t i = 0; i < faults->nr; i++)
		if (!faults->list[i].allowed)
			return &faults->list[i];
	return NULL;
}

bool faults_certain(const struct faults *faults)
{
	for (size_t i = 0; i < faults->nr; i++)
		if (!faults->list[i].allowed && faults->list[i].heads.certain)
			return true;
	return false;
}

static void note_unkept(struct faults_late *late, struct fault *fault)
{
	if (late->nr_unkept < UNKEPT_MAX) {
		ALLOC_GROW(late->unkept, late->nr_unkept, late->alloc_unkept);
		late->unkept[late->nr_unkept++] =
			(struct unkept){ fault->allowed, fault->heads };
	}
	release_fault(fault);
}

/* Reports are kept in the order in which they began. Whether @fault is the last one. */
static bool add_fault(struct faults *faults, struct fault fault)
{
	size_t at = faults->nr;

	ALLOC_GROW(faults->list, faults->nr, faults->alloc);
	for (; at && faults->list[at - 1].number > fault.number; at--)
		faults->list[at] = faults->list[at - 1];
	faults->list[at] = fault;
	return at == faults->nr++;
}

/* The first fault that counts is kept even if all places are taken. */
static void keep(struct faults *faults, struct fault fault)
{
	struct faults_late *late = faults->late;

	late->last_kept = false;
	if (faults->nr < FAULTS_MAX) {
		late->last_kept = add_fault(faults, fault);
	} else if (!fault.allowed && !faults_first(faults)) {
		note_unkept(late, &faults->list[FAULTS_MAX - 1]);
		faults->list[FAULTS_MAX - 1] = fault;
	} else {
		note_unkept(late, &fault);
	}
}

void faults_list_add(struct faults *faults, struct fault fault)
{
	if (fault.allowed)
		faults->allowed++;
	else
		faults->counted++;
	keep(faults, fault);
}

void faults_list_add_report(struct faults *faults, struct fault_report *report)
{
	struct faults_late *late = faults->late;

	late->closed[late->nr_closed++ % CLOSED_MAX] = (struct closed_report){
		.number = report->number,
		.usec = report->usec,
		.allowed = report->allowed,
		.cut = !report->cut && fault_report_follows_cut(report->title),
		.trap = !report->trapped && (!report->title || report->cut ||
					     report->title->flags & TITLE_SENTENCE),
		.die = report->dies && !report->died,
		.end = !report->ended &&
		       (!report->title || fault_report_expects_end(report)),
	};
	if (!report->title)
		fault_report_add_sentence(report);
	faults_list_add(faults, (struct fault){ .kind = report->title->kind,
						.title = TAKE_PTR(report->title_text),
						.text = strbuf_detach(&report->text),
						.allowed = report->allowed,
						.case_index = report->case_index,
						.heads = report->heads,
						.number = report->number });
}

/* @line is one more of the lines that make the complete report @closed a fault. False:
 * the report was withdrawn, or not kept. */
static bool add_head(struct faults *faults, const struct closed_report *closed,
		     const struct klog_line *line)
{
	for (size_t i = faults->nr; i-- > 0;) {
		struct fault *fault = &faults->list[i];

		if (fault->number != closed->number)
			continue;
		fault_heads_add(&fault->heads, line);
		return true;
	}
	return false;
}

/* A part that names the fault must not be hidden in a report that is allowed. */
bool faults_list_comes_late(struct faults *faults, const struct fault_title *title,
			    const struct klog_line *line)
{
	bool cut = fault_report_is_cut(line->text);

	for (size_t i = 0; line->usec && i < CLOSED_MAX; i++) {
		struct closed_report *closed = &faults->late->closed[i];
		bool *lacked = cut				    ? &closed->cut
			       : title && title->flags & TITLE_TRAP ? &closed->trap
			       : title && title->flags & TITLE_DIE  ? &closed->die
								    : NULL;
		uint64_t latest = closed->usec + (cut ? 0 : LATER_USEC);

		if (!lacked || !*lacked || (!cut && closed->allowed) ||
		    line->usec + FAULT_EARLIER_USEC < closed->usec ||
		    line->usec > latest || !add_head(faults, closed, line))
			continue;
		*lacked = false;
		return true;
	}
	return false;
}

void faults_list_note_end(struct faults *faults, const struct klog_line *line)
{
	if (line->usec > faults->late->end_usec)
		faults->late->end_usec = line->usec;
}

bool faults_list_end_comes_late(struct faults *faults, const struct klog_line *line)
{
	struct faults_late *late = faults->late;

	if (line->usec && line->usec <= late->end_usec)
		return true;
	for (size_t i = 0; i < CLOSED_MAX; i++) {
		struct closed_report *closed = &late->closed[i];

		if (!closed->end || line->usec > closed->usec + END_LATER_USEC ||
		    !add_head(faults, closed, line))
			continue;
		closed->end = false;
		return true;
	}
	return false;
}

void faults_list_begin_panic(struct faults *faults)
{
	faults->late->panic_lines = faults->late->last_kept ? LINES_AFTER_PANIC : 0;
}

bool faults_list_add_panic(struct faults *faults, const struct klog_line *line)
{
	struct strbuf text = STRBUF_INIT;
	struct fault *fault;

	if (!faults->late->panic_lines)
		return false;
	faults->late->panic_lines--;
	fault = &faults->list[faults->nr - 1];
	strbuf_adds(&text, fault->text);
	if (text.len + strlen(line->text) + 32 <= FAULT_TEXT_MAX)
		fault_format_line(&text, line);
	free(fault->text);
	fault->text = strbuf_detach(&text);
	if (fault_ends_panic(line->text))
		faults->late->panic_lines = 0;
	return true;
}

void faults_list_end_panic(struct faults *faults)
{
	faults->late->panic_lines = 0;
}

static void remove_fault(struct faults *faults, size_t i)
{
	struct fault *fault = &faults->list[i];

	*(fault->allowed ? &faults->allowed : &faults->counted) -= 1;
	if (i == faults->nr - 1)
		faults->late->panic_lines = 0;
	release_fault(fault);
	memmove(fault, fault + 1, (--faults->nr - i) * sizeof(*fault));
}

static void remove_unkept(struct faults *faults, size_t i)
{
	struct faults_late *late = faults->late;
	struct unkept *unkept = &late->unkept[i];

	*(unkept->allowed ? &faults->allowed : &faults->counted) -= 1;
	/* keep their order: see fault_heads_settle() */
	memmove(unkept, unkept + 1, (--late->nr_unkept - i) * sizeof(*unkept));
}

bool faults_list_settle(struct faults *faults, uint64_t hash, bool kernel)
{
	struct faults_late *late = faults->late;
	bool lost;

	for (size_t i = 0; i < faults->nr; i++) {
		if (!fault_heads_settle(&faults->list[i].heads, hash, kernel, &lost))
			continue;
		if (lost)
			remove_fault(faults, i);
		return true;
	}
	for (size_t i = 0; i < late->nr_unkept; i++) {
		if (!fault_heads_settle(&late->unkept[i].heads, hash, kernel, &lost))
			continue;
		if (lost)
			remove_unkept(faults, i);
		return true;
	}
	return false;
}

void faults_list_revoke(struct faults *faults, uint64_t hash)
{
	struct faults_late *late = faults->late;
	size_t revoked = 0;

	for (size_t i = 0; i < faults->nr; i++)
		revoked += fault_heads_revoke(&faults->list[i].heads,
					      &faults->list[i].allowed, hash);
	for (size_t i = 0; i < late->nr_unkept; i++)
		revoked += fault_heads_revoke(&late->unkept[i].heads,
					      &late->unkept[i].allowed, hash);
	faults->allowed -= revoked;
	faults->counted += revoked;
}
