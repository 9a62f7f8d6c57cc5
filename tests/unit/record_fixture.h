/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs that never were, for what is written about them. */
#ifndef RAPIDO_TESTS_RECORD_FIXTURE_H
#define RAPIDO_TESTS_RECORD_FIXTURE_H

#include "fixture.h"
#include "run/verdict.h"

static inline struct run_case *fx_case(struct run_record *record, const char *name,
				       uint64_t begin_ms, uint64_t end_ms,
				       unsigned int status, const char *output)
{
	struct run_case *c = record_add_case(record, name, strlen(name), begin_ms);

	record_output(record, output, strlen(output), false);
	c->ended = end_ms > 0;
	c->end_ms = end_ms;
	c->status = status;
	return c;
}

static inline void fx_fault(struct run_record *record, const char *kind,
			    const char *title, const char *text, size_t case_index)
{
	struct faults *faults = &record->faults;

	ALLOC_GROW(faults->list, faults->nr, faults->alloc);
	faults->list[faults->nr++] = (struct fault){
		.kind = kind,
		.title = xstrdup(title),
		.text = xstrdup(text),
		.case_index = case_index,
		.heads.certain = true,
	};
	faults->counted++;
}

static inline void fx_tap(struct run_case *c, const char *name, enum tap_outcome outcome,
			  const char *reason, const char *notes)
{
	struct tap *tap = &c->tap;

	ALLOC_GROW(tap->cases, tap->nr, tap->alloc);
	tap->cases[tap->nr++] = (struct tap_case){
		.name = xstrdup(name),
		.outcome = outcome,
		.reason = reason ? xstrdup(reason) : NULL,
		.notes = notes ? xstrdup(notes) : NULL,
	};
	tap->passed += outcome == TAP_PASSED;
	tap->todo += outcome == TAP_TODO;
	tap->failed += outcome == TAP_FAILED;
	tap->skipped += outcome == TAP_SKIPPED;
	tap->is_tap = true;
}

/* A run of "simple" that got as far as its end, with @planned scripts to be added. */
static inline void fx_record(struct run_record *record, uint32_t planned)
{
	record_init(record);
	record->test = xstrdup("simple");
	record->kernel = (struct run_file){ xstrdup("/linux/bzImage"),
					    1234,
					    { 1700000000, 500000000 } };
	record->image =
		(struct run_file){ xstrdup("initrds/simple"), 5678, { 1700000001, 0 } };
	record->release = xstrdup("6.1.0-tiny");
	record->accel = "tcg";
	record->slot = 3;
	record->started = (struct timespec){ 1700000002, 42000000 };
	record->boot_ms = 1500;
	record->vm_ms = 4000;
	record->total_ms = 4321;
	record->started_vm = record->console_spoke = record->hello = record->has_end =
		true;
	record->planned = planned;
}

#endif
