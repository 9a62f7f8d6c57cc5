// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a VM of a suite is told, and what it says about its cases. The ears are called in
 * the middle of reading; the next order comes when the loop finds that the guest waits.
 */
#include <stdarg.h>

#include "lib/log.h"
#include "suite-seat.h"

/* Milliseconds for the kernel to log its blocked tasks before the VM ends. */
#define BLOCKED_MS	1000
#define BLOCKED_SLOW_MS 4000
/* Milliseconds that a VM has to end after a mistake of its suite. */
#define MISTAKE_GRACE_MS 5000
/* Seconds that its shell may take to end when there is nothing more. */
#define ENDING_S      60
#define ENDING_SLOW_S 180
/* The name of a case in the record while suite_list runs. */
#define LISTING "suite_list"

/* Only the first one counts: the VM is ended for it. */
static _printf_(2, 3) void mistaken(struct seat *seat, const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	va_list ap;

	if (seat->mistake)
		return;
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	seat->mistake = strbuf_detach(&text);
	if (seat->run.running)
		run_vm_stop(&seat->run, RUN_OVER, MISTAKE_GRACE_MS);
}

struct suite_case *seat_case(const struct seat *seat, size_t in_batch)
{
	return &seat->loop->suite->cases[seat->batch.cases[in_batch]];
}

static size_t find_in_batch(const struct seat *seat, const char *name)
{
	for (size_t i = 0; i < seat->batch.nr; i++)
		if (streq(seat_case(seat, i)->name, name))
			return i;
	return SIZE_MAX;
}

static size_t first_unreported(const struct seat *seat)
{
	for (size_t i = 0; i < seat->batch.nr; i++)
		if (!seat->reported[i])
			return i;
	return SIZE_MAX;
}

/* The next case begins, or the script says that it is another one. */
static void begin_case(struct seat *seat, size_t in_batch)
{
	struct run_record *record = &seat->record;
	const char *name = seat_case(seat, in_batch)->name;
	uint64_t now = conversation_ms(seat->run.guest);
	struct run_case *c = record_running(record);

	seat->current = in_batch;
	seat->begun_ms = now;
	seat->limit_ms = 0;
	if (c) {
		free(c->name);
		c->name = xstrdup(name);
		c->begin_ms = now;
	} else {
		record_add_suite_case(record, name, now);
	}
	conversation_suite_case(seat->run.guest);
}

/* The case that is running has ended like this; the attempt's strings become ours. */
void seat_end_case(struct seat *seat, struct suite_attempt attempt)
{
	uint64_t now = conversation_ms(seat->run.guest);

	record_end_case(&seat->record, 0, now, false);
	attempt.ms = now > seat->begun_ms ? now - seat->begun_ms : 0;
	attempt.vm = seat->number;
	ALLOC_GROW(seat->held, seat->nr_held, seat->alloc_held);
	seat->held[seat->nr_held++] = (struct seat_held){
		.nr = seat->batch.cases[seat->current],
		.index = seat->record.nr_cases - 1,
		.attempt = attempt,
		.at_ms = now,
	};
	seat->reported[seat->current] = true;
	seat->begun_ms = now;
	seat->limit_ms = 0;
	/* the next one's files must not mix with these */
	seat_take_files(seat, seat->batch.cases[seat->current]);
	seat->current = SIZE_MAX;
	seat_settle(seat, false);
}

/* All of the order that have not ended are run later, in another VM or in this one. */
void seat_put_back_rest(struct seat *seat)
{
	for (size_t i = 0; i < seat->batch.nr; i++)
		if (!seat->reported[i])
			suite_put_back(seat->loop->suite, seat->batch.cases[i]);
	seat->batch.nr = 0;
	seat->current = SIZE_MAX;
}

static void hear_list(void *data, const char *text, size_t size)
{
	struct seat *seat = data;

	if (seat->work == SEAT_LISTS)
		strbuf_add(&seat->loop->list, text, size);
}

static void hear_ready(void *data, unsigned int status)
{
	struct seat *seat = data;

	seat->ready = true;
	seat->returned = status;
}

static bool hears_cases(const struct seat *seat)
{
	return seat->work == SEAT_RUNS && !seat->mistake && !seat->ready;
}

static void hear_begin(void *data, const char *name)
{
	struct seat *seat = data;
	size_t i = find_in_batch(seat, name);

	if (!hears_cases(seat))
		return;
	if (i == SIZE_MAX)
		mistaken(seat, "it began '%s', which is not in its order", name);
	else if (seat->reported[i])
		mistaken(seat, "it began '%s' again", name);
	else
		begin_case(seat, i);
}

static void hear_end(void *data, const char *name, enum wire_case how,
		     unsigned int status, const char *reason)
{
	static const enum suite_outcome outcomes[] = {
		[WIRE_CASE_PASS] = SUITE_PASSED,
		[WIRE_CASE_FAIL] = SUITE_FAILED,
		[WIRE_CASE_SKIP] = SUITE_SKIPPED,
		[WIRE_CASE_ERROR] = SUITE_NOT_RUN,
	};
	struct seat *seat = data;
	size_t i = find_in_batch(seat, name);

	if (!hears_cases(seat))
		return;
	if (i == SIZE_MAX) {
		mistaken(seat, "it reported '%s', which is not in its order", name);
		return;
	}
	if (seat->reported[i]) {
		mistaken(seat, "it reported '%s' twice", name);
		return;
	}
	if (i != seat->current)
		begin_case(seat, i);
	seat_end_case(seat, (struct suite_attempt){
				    .outcome = outcomes[how],
				    .status = how == WIRE_CASE_FAIL ? status : 0,
				    .reason = reason && *reason ? xstrdup(reason) : NULL,
			    });
	i = first_unreported(seat);
	if (i != SIZE_MAX)
		begin_case(seat, i);
}

static void send_order(struct seat *seat, enum seat_work work, enum wire_order order,
		       const struct strvec *words)
{
	static const struct strvec none = STRVEC_INIT;

	seat->work = work;
	seat->ready = false;
	seat->begun_ms = conversation_ms(seat->run.guest);
	seat->limit_ms = 0;
	conversation_order(seat->run.guest, order, words ? words : &none);
}

static void order_list(struct seat *seat)
{
	send_order(seat, SEAT_LISTS, WIRE_ORDER_LIST, NULL);
	/* what it prints on standard error explains why it fails */
	record_add_suite_case(&seat->record, LISTING, conversation_ms(seat->run.guest));
}

/* Cases for this VM, or its end. */
static void order_cases(struct seat *seat)
{
	struct suite_loop *loop = seat->loop;
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;

	memset(seat->reported, 0, sizeof(seat->reported));
	seat->batch.nr = 0;
	if (loop->over || seat->spoilt ||
	    !suite_next(loop->suite, !seat->nr_ended && !seat->nr_held,
			loop->jobs_allowed, &seat->batch)) {
		send_order(seat, SEAT_ENDS, WIRE_ORDER_END, NULL);
		return;
	}
	for (size_t i = 0; i < seat->batch.nr; i++)
		strvec_push(&words, seat_case(seat, i)->name);
	send_order(seat, SEAT_RUNS, WIRE_ORDER_RUN, &words);
	begin_case(seat, 0);
}

/* The function has returned, though cases are left: the one that was running is lost. */
void seat_check_reports(struct seat *seat)
{
	struct suite_attempt attempt = { .outcome = SUITE_NOT_RUN };

	if (seat->current != SIZE_MAX) {
		attempt.reason = TAKE_PTR(seat->mistake);
		if (!attempt.reason)
			attempt.reason = xasprintf("suite_run returned %u and had not "
						   "reported it",
						   seat->returned);
		seat_end_case(seat, attempt);
	}
	seat_put_back_rest(seat);
}

static void print_output(const char *title, const struct run_case *c)
{
	_cleanup_free_ char *lines = seat_last_lines(c);
	_cleanup_free_ char *text = lines ? xasprintf("%s\n%s\n", title, lines) : NULL;

	if (text)
		log_text(text, strlen(text));
}

static void take_list(struct seat *seat)
{
	struct suite_loop *loop = seat->loop;
	struct run_case *c = record_running(&seat->record);

	record_end_case(&seat->record, 0, conversation_ms(seat->run.guest), false);
	if (seat->returned) {
		print_output("the last lines of " LISTING ":", c);
		suite_loop_refuse(
			loop,
			xasprintf(seat->returned == 127
					  ? "the suite's cases cannot be listed: %s "
					    "returned %u: a command, or the "
					    "function itself, was not found"
					  : "the suite's cases cannot be listed: %s "
					    "returned %u",
				  LISTING, seat->returned));
	} else if (!loop->listed(loop, loop->list.buf, loop->list.len)) {
		suite_loop_end(loop);
	} else {
		loop->has_list = true;
		suite_loop_allow_jobs(loop, seat);
	}
	record_forget_case(&seat->record, c);
	strbuf_release(&loop->list);
}

/* The guest waits: what has come of its last order, and which one is next. */
void seat_take_ready(struct seat *seat)
{
	struct suite_loop *loop = seat->loop;
	const struct run_record *record = &seat->record;

	switch (seat->work) {
	case SEAT_BOOTS:
		if (!loop->kernel_version && record->kernel_version)
			loop->kernel_version = xstrdup(record->kernel_version);
		loop->accel = record->accel;
		send_order(seat, SEAT_ARGS, WIRE_ORDER_ARGS, &loop->suite->args);
		return;
	case SEAT_ARGS:
		if (!loop->has_list) {
			order_list(seat);
			return;
		}
		if (!loop->jobs_allowed)
			suite_loop_allow_jobs(loop, seat);
		break;
	case SEAT_LISTS:
		take_list(seat);
		break;
	case SEAT_RUNS:
		seat_check_reports(seat);
		break;
	case SEAT_ENDS:
		return;
	}
	order_cases(seat);
}

static uint64_t case_limit_s(const struct seat *seat)
{
	const struct suite_loop *loop = seat->loop;
	const struct image_info *info = loop->vm->boot.options.info;

	if (loop->config->suite.case_timeout)
		return loop->config->suite.case_timeout;
	if (seat->run.facts.debugged)
		return 0;
	if (info->case_timeout)
		return info->case_timeout;
	return seat->run.facts.emulated ? SUITE_CASE_SLOW_S : SUITE_CASE_S;
}

/* Seconds for what the VM does now; 0: no limit. A script that hangs between two cases,
 * or before the first, must not hold up the suite for ever. */
static uint64_t limit_s(const struct seat *seat)
{
	const bool slow = seat->run.facts.emulated;
	uint64_t limit = case_limit_s(seat);

	switch (seat->work) {
	case SEAT_BOOTS:
	case SEAT_ARGS:
	case SEAT_LISTS:
		/* until it can be heard, that of the boot applies */
		if (!limit || !seat->record.hello)
			return 0;
		return limit > SUITE_CASE_SLOW_S ? limit : SUITE_CASE_SLOW_S;
	case SEAT_RUNS:
		return limit;
	case SEAT_ENDS:
		return slow ? ENDING_SLOW_S : ENDING_S;
	}
	return limit;
}

uint64_t seat_due(const struct seat *seat)
{
	uint64_t limit = limit_s(seat);

	if (!limit || seat->ready || !seat->run.running ||
	    seat->record.stop != RUN_NOT_STOPPED || seat->record.has_end)
		return RUN_NEVER;
	if (seat->limit_ms)
		return seat->limit_ms +
		       (seat->run.facts.emulated ? BLOCKED_SLOW_MS : BLOCKED_MS);
	return seat->begun_ms + 1000 * limit;
}

/* Before the VM ends, its kernel says what it waits for. */
void seat_keep_limit(struct seat *seat)
{
	uint64_t now = conversation_ms(seat->run.guest);

	if (seat_due(seat) > now)
		return;
	if (!seat->limit_ms) {
		seat->limit_ms = now;
		conversation_show_blocked(seat->run.guest);
		return;
	}
	seat->record.limit_s = (unsigned int)limit_s(seat);
	/* all of its cases have been judged */
	if (seat->work == SEAT_ENDS)
		run_vm_stop(&seat->run, RUN_OVER, MISTAKE_GRACE_MS);
	else
		run_vm_stop(&seat->run, RUN_CASE_TIMEOUT, RUN_STOP_GRACE_MS);
}

void seat_init(struct seat *seat)
{
	seat->current = SIZE_MAX;
	seat->ears = (struct suite_ears){
		.data = seat,
		.list = hear_list,
		.ready = hear_ready,
		.begin = hear_begin,
		.end = hear_end,
	};
}
