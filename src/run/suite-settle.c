// SPDX-License-Identifier: GPL-2.0-or-later
/* What became of a suite's cases: by what its script has reported, what the kernel has
 * logged, and how the VM has ended. */
#include "lib/log.h"
#include "run-print.h"
#include "run/suite-run.h"
#include "run/verdict.h"
#include "suite-files.h"
#include "suite-journal.h"
#include "suite-seat.h"

/* Longest wait for a doubtful report, see run-limits.h. */
#define DOUBT_MS RUN_HEARD_MS
/* Lines, and bytes, of what a case printed that explain why it did not pass. */
#define LINES_KEPT 20
#define BYTES_KEPT 4000
/* So many VMs, beside those that run at the same time, may end without a case that could
 * be judged. */
#define BARREN_MAX 5

/* The number in the suite of the case with this index in the record, or SIZE_MAX. */
static size_t number_of(const struct seat *seat, size_t index)
{
	const struct suite *suite = seat->loop->suite;
	const struct suite_case *c;

	if (index >= seat->record.nr_cases || !seat->record.cases[index].of_suite)
		return SIZE_MAX;
	c = suite_find(suite, seat->record.cases[index].name);
	return c ? (size_t)(c - suite->cases) : SIZE_MAX;
}

/* The first fault that counts in the case with this index, or NULL. */
static const struct fault *fault_in(const struct seat *seat, size_t index)
{
	const struct run_record *record = &seat->record;

	for (size_t i = 0; record->fault_check && i < record->faults.nr; i++)
		if (!record->faults.list[i].allowed &&
		    record->faults.list[i].case_index == index)
			return &record->faults.list[i];
	return NULL;
}

/* The last lines of what it printed, as text. Heap, or NULL if that is nothing. */
char *seat_last_lines(const struct run_case *c)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	size_t begin, lines = 0;

	record_case_output(c, &text);
	while (text.len && strchr("\r\n", text.buf[text.len - 1]))
		strbuf_setlen(&text, text.len - 1);
	for (begin = text.len; begin > 0 && text.len - begin < BYTES_KEPT; begin--)
		if (text.buf[begin - 1] == '\n' && ++lines == LINES_KEPT)
			break;
	for (size_t i = begin; i < text.len; i++)
		if (!text.buf[i])
			text.buf[i] = '?';
	return text.len ? xstrdup(text.buf + begin) : NULL;
}

/* Why a case has failed, for want of better: the last line of what it printed. Heap. */
static char *last_line(const struct suite_attempt *attempt)
{
	const char *line = attempt->report ? strrchr(attempt->report, '\n') : NULL;

	if (!attempt->report)
		return xasprintf("status %u", attempt->status);
	return xstrdup(line ? line + 1 : attempt->report);
}

/* An attempt is the kernel's fault, whatever the case's script says. */
static void blame_kernel(struct suite_attempt *attempt, const struct fault *fault)
{
	suite_attempt_release(attempt);
	attempt->outcome = SUITE_FAULT;
	attempt->status = 0;
	attempt->reason = xstrdup(fault->title);
	attempt->report = xstrdup(fault->text);
}

static void write_attempt(struct seat *seat, size_t nr)
{
	struct suite_loop *loop = seat->loop;
	const struct suite_case *c = &loop->suite->cases[nr];
	int err = suite_journal_attempt(loop->journal, loop->suite, nr);

	if (err)
		suite_loop_host_failed(loop, "write '" SUITE_JOURNAL "'", err);
	loop->case_ended(loop, c);
}

/* The host cannot keep a case's files: the suite ends. */
static void files_failed(struct suite_loop *loop, const char *name, int err)
{
	_cleanup_free_ char *what = xasprintf("write the files of case '%s'", name);

	suite_loop_host_failed(loop, what, err);
}

void seat_take_files(struct seat *seat, size_t nr)
{
	const struct suite_case *c = &seat->loop->suite->cases[nr];
	int err = suite_files_take(seat->loop->dir->fd, c->name, c->nr_attempts,
				   seat->dir.fd);

	if (err)
		files_failed(seat->loop, c->name, err);
}

/* What it printed, and what the kernel logged meanwhile. */
static void write_output(struct seat *seat, size_t nr, size_t index, bool passed)
{
	const char *name = seat->loop->suite->cases[nr].name;
	struct run_case *of = &seat->record.cases[index];
	_cleanup_free_ char *kernel = conversation_take_part(seat->run.guest, index);
	int err =
		suite_files_write(seat->loop->dir->fd, name, of, passed ? NULL : kernel);

	if (err)
		files_failed(seat->loop, name, err);
	record_forget_case(&seat->record, of);
}

/* An attempt has ended, and all is known about it. */
static void settle(struct seat *seat, struct seat_held *held)
{
	struct suite_loop *loop = seat->loop;
	struct suite_attempt *attempt = &held->attempt;
	const struct fault *fault = fault_in(seat, held->index);
	bool passed;

	if (fault) {
		blame_kernel(attempt, fault);
		seat->spoilt = seat->run.facts.stop_on_fault;
	}
	passed = attempt->outcome == SUITE_PASSED || attempt->outcome == SUITE_SKIPPED;
	if (!passed && !attempt->report)
		attempt->report = seat_last_lines(&seat->record.cases[held->index]);
	if (attempt->outcome == SUITE_FAILED && (!attempt->reason || !*attempt->reason)) {
		free(attempt->reason);
		attempt->reason = last_line(attempt);
	}
	write_output(seat, held->nr, held->index, passed);
	suite_ended(loop->suite, held->nr, attempt);
	loop->progress = true;
	loop->stuck = false;
	if (attempt->outcome != SUITE_NOT_RUN)
		loop->barren = 0;
	seat->nr_ended++;
	write_attempt(seat, held->nr);
}

/* Its kernel had reported a fault before, so nothing that the case did there counts. */
static void forget(struct seat *seat, struct seat_held *held)
{
	free(conversation_take_part(seat->run.guest, held->index));
	record_forget_case(&seat->record, &seat->record.cases[held->index]);
	suite_attempt_release(&held->attempt);
	suite_put_back(seat->loop->suite, held->nr);
}

/* Settle those for which no report of the kernel is on its way; all, if @all. */
void seat_settle(struct seat *seat, bool all)
{
	uint64_t now = seat->nr_held ? conversation_ms(seat->run.guest) : 0;
	bool pending = seat->nr_held && !all && faults_pending(&seat->record.faults, now);
	size_t done = 0;

	while (done < seat->nr_held) {
		struct seat_held *held = &seat->held[done];
		const struct fault *fault = fault_in(seat, held->index);

		if (!all && (pending || (fault && !fault->heads.certain &&
					 now < held->at_ms + DOUBT_MS)))
			break;
		if (seat->spoilt)
			forget(seat, held);
		else
			settle(seat, held);
		done++;
	}
	if (!done)
		return;
	seat->nr_held -= done;
	memmove(seat->held, seat->held + done, seat->nr_held * sizeof(*seat->held));
}

static void add_incident(struct seat *seat, enum verdict verdict, const char *reason,
			 const char *report)
{
	struct suite_loop *loop = seat->loop;

	ALLOC_GROW(loop->incidents, loop->nr_incidents, loop->alloc_incidents);
	loop->incidents[loop->nr_incidents++] = (struct suite_incident){
		.vm = seat->number,
		.verdict = verdict,
		.reason = xstrdup(reason),
		.report = report ? xstrdup(report) : NULL,
	};
	loop->stuck = !loop->progress;
	loop->progress = false;
	run_print_evidence(&seat->record, false);
	/* without a list it is the last that is said */
	if (loop->has_list)
		log_warn("vm %u: %s", seat->number, reason);
}

/* Faults that were noticed only when a case was over, and settled. The first one of no
 * case, or NULL. */
static const struct fault *amend_cases(struct seat *seat)
{
	struct suite *suite = seat->loop->suite;
	const struct run_record *record = &seat->record;
	const struct fault *other = NULL;

	for (size_t i = 0; record->fault_check && i < record->faults.nr; i++) {
		const struct fault *fault = &record->faults.list[i];
		size_t nr = number_of(seat, fault->case_index);
		const struct suite_attempt *last;
		struct suite_attempt attempt;
		int err;

		if (fault->allowed)
			continue;
		if (nr == SIZE_MAX) {
			if (!other)
				other = fault;
			continue;
		}
		if (!suite->cases[nr].nr_attempts)
			continue;
		last = &suite->cases[nr].attempts[suite->cases[nr].nr_attempts - 1];
		if (last->vm != seat->number || last->outcome == SUITE_FAULT)
			continue;
		attempt = (struct suite_attempt){ .ms = last->ms, .vm = last->vm };
		blame_kernel(&attempt, fault);
		err = suite_files_write(seat->loop->dir->fd, suite->cases[nr].name, NULL,
					fault->text);
		if (err)
			files_failed(seat->loop, suite->cases[nr].name, err);
		suite_amend(suite, nr, &attempt);
		write_attempt(seat, nr);
	}
	return other;
}

/* How the VM ended but for a fault that is not the running case's. */
static void judge_without_fault(struct run_record *record)
{
	const bool checked = record->fault_check;

	record->fault_check = false;
	verdict_judge(record);
	record->fault_check = checked;
}

/* What the VM's end means for the case that was running in it. False: nothing, it is run
 * again. */
static bool judge_running(struct seat *seat, struct suite_attempt *attempt)
{
	struct run_record *record = &seat->record;

	attempt->outcome = SUITE_NOT_RUN;
	/* a kernel may fall over because its programs were told to end */
	if (record->verdict == VERDICT_INTERRUPTED)
		return false;
	if (fault_in(seat, record->nr_cases - 1))
		return true; /* settle() does the rest */
	if (seat->mistake) {
		attempt->reason = TAKE_PTR(seat->mistake);
		return true;
	}
	/* it was rapido that ended the VM, and not because of this case */
	if (record->stop == RUN_TIMEOUT || record->stop == RUN_OVER ||
	    record->stop == RUN_FAULT)
		return false;
	if (record->verdict == VERDICT_FAULT)
		judge_without_fault(record);
	attempt->reason =
		record->stop == RUN_CASE_TIMEOUT
			? xasprintf("the time limit of %u s passed", record->limit_s)
			: xstrdup(record->reason);
	switch (record->verdict) {
	case VERDICT_TIMEOUT:
		attempt->outcome = SUITE_TIMEOUT;
		break;
	case VERDICT_NO_VERDICT:
		attempt->outcome = SUITE_NO_VERDICT;
		break;
	case VERDICT_PASSED:
		free(attempt->reason);
		attempt->reason = xstrdup("the shell ended while it ran, with status 0");
		break;
	default:
		break;
	}
	return true;
}

/* No case was running when the VM ended, and this is not how it should have ended. */
static void judge_idle(struct seat *seat)
{
	const struct run_record *record = &seat->record;

	/* a fault of a case is that case's, and the others have been noted */
	if (record->verdict == VERDICT_FAULT || record->verdict == VERDICT_INTERRUPTED ||
	    record->stop == RUN_TIMEOUT || record->stop == RUN_FAULT)
		return;
	if (seat->mistake)
		add_incident(seat, VERDICT_NOT_RUN, seat->mistake, NULL);
	else if (record->stop == RUN_OVER)
		return;
	else if (record->verdict == VERDICT_FAILED)
		add_incident(seat, VERDICT_NOT_RUN, record->reason, NULL);
	else if (record->verdict != VERDICT_PASSED)
		add_incident(seat, record->verdict, record->reason, NULL);
	else if (seat->work != SEAT_ENDS)
		add_incident(seat, VERDICT_NOT_RUN,
			     "the shell ended before the suite was asked for its cases",
			     NULL);
}

/* A suite that gives up in each VM would do so for each of a thousand cases. */
static void note_barren(struct seat *seat, const struct suite_attempt *attempt)
{
	struct suite_loop *loop = seat->loop;

	if (attempt->outcome != SUITE_NOT_RUN ||
	    fault_in(seat, seat->record.nr_cases - 1) ||
	    ++loop->barren < BARREN_MAX + loop->jobs)
		return;
	suite_loop_refuse(loop, xasprintf("no case was judged in %zu VMs, one after the "
					  "other: %s",
					  loop->barren, attempt->reason));
}

/* The VM's worker was lost, so nothing is known about the case that was running. */
static void lose_worker(struct seat *seat)
{
	struct suite *suite = seat->loop->suite;
	const char *why = seat->record.host_error;
	size_t nr, attempts;

	if (seat->current == SIZE_MAX) {
		log_warn("%s", why);
		return;
	}
	log_warn("%s; what it was running is run again elsewhere", why);
	nr = seat->batch.cases[seat->current];
	attempts = suite->cases[nr].nr_attempts;
	suite_lost_worker(suite, nr, xstrdup(why));
	seat->reported[seat->current] = true;
	if (suite->cases[nr].nr_attempts > attempts)
		write_attempt(seat, nr);
}

void seat_judge_end(struct seat *seat)
{
	struct suite_attempt attempt = { .ms = 0 };
	const struct fault *other;

	/* the last messages may have been read just now */
	if (seat->ready && seat->work == SEAT_RUNS)
		seat_check_reports(seat);
	seat_settle(seat, true);
	other = amend_cases(seat);
	if (other) {
		_cleanup_free_ char *reason = xasprintf(
			"the kernel reported a fault, in no case: %s", other->title);

		add_incident(seat, VERDICT_FAULT, reason, other->text);
	}
	if (seat->run.lost_worker && !fault_in(seat, seat->record.nr_cases - 1)) {
		lose_worker(seat);
	} else if (seat->current == SIZE_MAX) {
		judge_idle(seat);
	} else if (!seat->spoilt && judge_running(seat, &attempt)) {
		note_barren(seat, &attempt);
		seat_end_case(seat, attempt);
		seat_settle(seat, true);
	}
	seat_put_back_rest(seat);
}
