// SPDX-License-Identifier: GPL-2.0-or-later
/* The verdict on a run of several VMs, from those on each of them. */
#include "run/verdict.h"

static const struct run_record *first_fault(const struct run_record *record)
{
	for (size_t i = 0; i < record->nr_with; i++)
		if (record->with[i]->verdict == VERDICT_FAULT)
			return record->with[i];
	return NULL;
}

static const struct run_record *first_to_end(const struct run_record *record)
{
	for (size_t i = 0; i < record->nr_with; i++)
		if (record->with[i]->ended_run)
			return record->with[i];
	return NULL;
}

static const struct run_record *first_not_passed(const struct run_record *record)
{
	for (size_t i = 0; i < record->nr_with; i++)
		if (record->with[i]->verdict != VERDICT_PASSED)
			return record->with[i];
	return NULL;
}

/* The helper whose verdict is that of the run, or NULL. @record has its own already. */
static const struct run_record *find_cause(const struct run_record *record)
{
	const struct run_record *fault = first_fault(record);
	const struct run_record *ended = first_to_end(record);

	if (record->verdict == VERDICT_INTERRUPTED || record->verdict == VERDICT_FAULT)
		return NULL;
	if (fault)
		return fault;
	/* what a test does without its helper is no verdict on it */
	if (ended && (record->skipped || record->stop == RUN_OVER))
		return ended;
	return record->verdict == VERDICT_PASSED ? first_not_passed(record) : NULL;
}

/* "in the VM of 'nvmet-tcp': ...", or "VM 1 of 'nvmet-tcp' was ended by ...". */
static char *make_reason(const struct run_record *record, const struct run_record *cause)
{
	const char *not_run = record->skipped ? "the test was not run: " : "";

	if (cause->stop == RUN_COMMAND && cause->verdict == VERDICT_NO_VERDICT)
		return xasprintf("%sVM %u of '%s' was ended by 'rapido stop'", not_run,
				 cause->slot, cause->helper);
	return xasprintf("%sin the VM of '%s': %s", not_run, cause->helper,
			 cause->reason);
}

/* What may have had to do with it. */
static void mention(struct run_record *record, const struct run_record *helper)
{
	_cleanup_free_ char *own = TAKE_PTR(record->reason);
	_cleanup_free_ char *other = make_reason(record, helper);

	record->reason = xasprintf("%s; before that, %s", own, other);
}

void verdict_judge(struct run_record *record)
{
	const struct run_record *cause, *ended = first_to_end(record);

	verdict_judge_alone(record);
	record->cause = cause = find_cause(record);
	if (!cause) {
		if (ended && record->verdict != VERDICT_INTERRUPTED)
			mention(record, ended);
		return;
	}
	free(record->reason);
	record->reason = make_reason(record, cause);
	record->verdict = cause->verdict;
	record->status = cause->status;
}
