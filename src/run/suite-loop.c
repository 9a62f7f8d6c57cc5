// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The loop of a suite: its VMs, the orders that they get, and what their ends mean for
 * the cases. Each VM has a seat. What the guest says comes by the ears of its
 * conversation, in the middle of reading; what follows from it is done in step().
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/live.h"
#include "lib/log.h"
#include "lib/signal-fd.h"
#include "run-print.h"
#include "run-vm.h"
#include "run/suite-run.h"
#include "run/verdict.h"
#include "vm/host-memory.h"
#include "suite-files.h"
#include "suite-journal.h"
#include "suite-loop.h"

/* Milliseconds that VMs have to end when the suite is over, or one is sent away. */
#define OVER_GRACE_MS 5000
/* Milliseconds for the kernel to log its blocked tasks before the VM ends. */
#define BLOCKED_MS	1000
#define BLOCKED_SLOW_MS 4000
/* Longest wait for a doubtful report, see run-limits.h. */
#define DOUBT_MS RUN_HEARD_MS
/* Lines, and bytes, of what a case printed that explain why it did not pass. */
#define LINES_KEPT 20
#define BYTES_KEPT 4000
/* The name of a case in the record while suite_list runs. */
#define LISTING "suite_list"

enum work {
	WORK_BOOT, /* it has not asked for an order yet */
	WORK_ARGS,
	WORK_LIST,
	WORK_CASES,
	WORK_END, /* it was told that there is nothing more */
};

/* A case that has ended while the kernel's report of a fault may be on its way. */
struct held {
	size_t nr;    /* the case's in the suite, */
	size_t index; /* and in the record */
	struct suite_attempt attempt;
	uint64_t at_ms; /* when it ended */
};

/* A place for a VM. */
struct seat {
	struct suite_loop *loop;
	bool taken; /* it has one */
	unsigned int number;
	char *mark; /* "vm 3" */
	struct rundir dir;
	struct run_record record;
	struct run_vm run;
	struct suite_ears ears;

	enum work work;
	bool ready; /* it waits for an order; the last one returned @returned */
	unsigned int returned;
	struct suite_batch batch;
	bool reported[SUITE_BATCH_MAX];
	size_t current;	   /* in the batch: it is running; SIZE_MAX: none is */
	uint64_t begun_ms; /* by conversation_ms() */
	uint64_t
		limit_ms; /* when its time was over, and its kernel was asked why; or 0 */
	size_t nr_ended;  /* cases */
	struct held *held;
	size_t nr_held, alloc_held;
	char *mistake; /* what the suite's script has done wrong, or NULL */
};

static void end_all(struct suite_loop *loop, enum run_stop why, uint64_t grace_ms)
{
	loop->over = true;
	for (size_t i = 0; loop->seats && i < loop->jobs; i++) {
		struct seat *seat = &loop->seats[i];

		if (seat->taken && seat->run.running &&
		    seat->record.stop == RUN_NOT_STOPPED)
			run_vm_stop(&seat->run, why, grace_ms);
	}
}

void suite_loop_host_failed(struct suite_loop *loop, const char *what, int err)
{
	if (loop->host_error)
		return;
	loop->host_error = xasprintf("cannot %s: %s", what, err_text(err));
	log_error("%s", loop->host_error);
	end_all(loop, RUN_OVER, OVER_GRACE_MS);
}

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
		run_vm_stop(&seat->run, RUN_OVER, OVER_GRACE_MS);
}

/* --- cases --- */

static struct suite_case *case_of(const struct seat *seat, size_t in_batch)
{
	return &seat->loop->suite->cases[seat->batch.cases[in_batch]];
}

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

static size_t find_in_batch(const struct seat *seat, const char *name)
{
	for (size_t i = 0; i < seat->batch.nr; i++)
		if (streq(case_of(seat, i)->name, name))
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
static char *last_lines(const struct run_case *c)
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

static void release_attempt(struct suite_attempt *attempt)
{
	free(attempt->reason);
	free(attempt->report);
}

/* An attempt is the kernel's fault, whatever the case's script says. */
static void blame_kernel(struct suite_attempt *attempt, const struct fault *fault)
{
	release_attempt(attempt);
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
	loop->told(loop, c);
}

static void keep_files(struct seat *seat, size_t nr, size_t index,
		       const struct suite_attempt *attempt)
{
	struct suite_loop *loop = seat->loop;
	struct run_case *of = &seat->record.cases[index];
	_cleanup_free_ char *kernel = conversation_take_part(seat->run.guest, index);
	const bool passed =
		attempt->outcome == SUITE_PASSED || attempt->outcome == SUITE_SKIPPED;
	const struct suite_files files = {
		.name = loop->suite->cases[nr].name,
		.earlier = loop->suite->cases[nr].nr_attempts,
		.of = of,
		.kernel = passed ? NULL : kernel,
		.vm_dir = seat->dir.fd,
	};
	int err = suite_files_keep(loop->dir->fd, &files);

	results_taken(&seat->record.results);
	if (err) {
		_cleanup_free_ char *what =
			xasprintf("write the files of case '%s'", files.name);

		suite_loop_host_failed(loop, what, err);
	}
	record_forget_case(&seat->record, of);
}

/* An attempt has ended, and all is known about it. */
static void settle(struct seat *seat, struct held *held)
{
	struct suite_loop *loop = seat->loop;
	struct suite_attempt *attempt = &held->attempt;
	const struct fault *fault = fault_in(seat, held->index);

	if (fault)
		blame_kernel(attempt, fault);
	else if (!attempt->report && attempt->outcome != SUITE_PASSED &&
		 attempt->outcome != SUITE_SKIPPED)
		attempt->report = last_lines(&seat->record.cases[held->index]);
	keep_files(seat, held->nr, held->index, attempt);
	suite_ended(loop->suite, held->nr, attempt);
	loop->progress = true;
	seat->nr_ended++;
	write_attempt(seat, held->nr);
}

/* Settle those for which no report of the kernel is on its way; all, if @all. */
static void settle_held(struct seat *seat, bool all)
{
	uint64_t now = seat->nr_held ? conversation_ms(seat->run.guest) : 0;
	bool pending = seat->nr_held && !all && faults_pending(&seat->record.faults, now);
	size_t done = 0;

	while (done < seat->nr_held) {
		struct held *held = &seat->held[done];
		const struct fault *fault = fault_in(seat, held->index);

		if (!all && (pending || (fault && !fault->heads.certain &&
					 now < held->at_ms + DOUBT_MS)))
			break;
		settle(seat, held);
		done++;
	}
	seat->nr_held -= done;
	memmove(seat->held, seat->held + done, seat->nr_held * sizeof(*seat->held));
}

/* The next case begins, or the script says that it is another one. */
static void begin_case(struct seat *seat, size_t in_batch)
{
	struct run_record *record = &seat->record;
	const char *name = case_of(seat, in_batch)->name;
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
static void end_case(struct seat *seat, struct suite_attempt attempt)
{
	uint64_t now = conversation_ms(seat->run.guest);

	record_end_case(&seat->record, 0, now, false);
	attempt.ms = now > seat->begun_ms ? now - seat->begun_ms : 0;
	attempt.vm = seat->number;
	ALLOC_GROW(seat->held, seat->nr_held, seat->alloc_held);
	seat->held[seat->nr_held++] = (struct held){
		.nr = seat->batch.cases[seat->current],
		.index = seat->record.nr_cases - 1,
		.attempt = attempt,
		.at_ms = now,
	};
	seat->reported[seat->current] = true;
	seat->current = SIZE_MAX;
	/* the next one's files must not mix with these */
	settle_held(seat, false);
}

/* All of the order that have not ended are run later, in another VM or in this one. */
static void put_back_rest(struct seat *seat)
{
	for (size_t i = 0; i < seat->batch.nr; i++)
		if (!seat->reported[i])
			suite_put_back(seat->loop->suite, seat->batch.cases[i]);
	seat->batch.nr = 0;
	seat->current = SIZE_MAX;
}

/* --- what the guest says --- */

static void hear_list(void *data, const char *text, size_t size)
{
	struct seat *seat = data;

	if (seat->work == WORK_LIST)
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
	return seat->work == WORK_CASES && !seat->mistake && !seat->ready;
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
	end_case(seat, (struct suite_attempt){
			       .outcome = outcomes[how],
			       .status = how == WIRE_CASE_FAIL ? status : 0,
			       .reason = reason && *reason ? xstrdup(reason) : NULL,
		       });
	i = first_unreported(seat);
	if (i != SIZE_MAX)
		begin_case(seat, i);
}

/* --- orders --- */

static void send_order(struct seat *seat, enum work work, enum wire_order order,
		       const struct strvec *words)
{
	static const struct strvec none = STRVEC_INIT;

	seat->work = work;
	seat->ready = false;
	conversation_order(seat->run.guest, order, words ? words : &none);
}

static void order_list(struct seat *seat)
{
	send_order(seat, WORK_LIST, WIRE_ORDER_LIST, NULL);
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
	if (loop->over || !suite_next(loop->suite, !seat->nr_ended && !seat->nr_held,
				      loop->jobs_allowed, &seat->batch)) {
		send_order(seat, WORK_END, WIRE_ORDER_END, NULL);
		return;
	}
	for (size_t i = 0; i < seat->batch.nr; i++)
		strvec_push(&words, case_of(seat, i)->name);
	send_order(seat, WORK_CASES, WIRE_ORDER_RUN, &words);
	begin_case(seat, 0);
}

/* The function has returned, though cases are left: the one that was running is lost. */
static void check_reports(struct seat *seat)
{
	if (seat->current != SIZE_MAX)
		end_case(seat, (struct suite_attempt){
				       .outcome = SUITE_NOT_RUN,
				       .reason = xasprintf("suite_run returned %u and "
							   "had not reported it",
							   seat->returned),
			       });
	put_back_rest(seat);
}

static void refuse(struct suite_loop *loop, char *why)
{
	if (!loop->refusal)
		loop->refusal = why;
	else
		free(why);
	end_all(loop, RUN_OVER, OVER_GRACE_MS);
}

static void print_output(const char *title, const struct run_case *c)
{
	_cleanup_free_ char *lines = last_lines(c);
	_cleanup_free_ char *text = lines ? xasprintf("%s\n%s\n", title, lines) : NULL;

	if (text)
		log_text(text, strlen(text));
}

/* How many VMs there may be at a time, now that the size of one is known. */
static void allow_jobs(struct suite_loop *loop, const struct seat *seat)
{
	/* that of a worker's VM is another host's */
	uint64_t each = seat->run.vm ? vm_memory(seat->run.vm) + VM_MEMORY_OVERHEAD : 0;
	uint64_t fit = each ? loop->memory / each : UINT64_MAX;
	size_t cases = loop->suite->first_left + loop->suite->retry.nr;

	loop->jobs_allowed = loop->jobs;
	if (cases < loop->jobs_allowed)
		loop->jobs_allowed = cases;
	if (fit < loop->jobs_allowed) {
		loop->jobs_allowed = fit ? (size_t)fit : 1;
		if (loop->jobs_allowed < loop->jobs)
			log_warn("%zu instead of %zu VMs at a time: each may need %llu "
				 "MiB of memory, and %llu MiB are available",
				 loop->jobs_allowed, loop->jobs,
				 (unsigned long long)(each >> 20),
				 (unsigned long long)(loop->memory >> 20));
	}
	if (!loop->jobs_allowed)
		loop->jobs_allowed = 1;
}

static void take_list(struct seat *seat)
{
	struct suite_loop *loop = seat->loop;
	struct run_case *c = record_running(&seat->record);

	record_end_case(&seat->record, 0, conversation_ms(seat->run.guest), false);
	if (seat->returned) {
		print_output("the last lines of " LISTING ":", c);
		refuse(loop, xasprintf(seat->returned == 127
					       ? "the suite's cases cannot be listed: %s "
						 "returned %u: a command, or the "
						 "function itself, was not found"
					       : "the suite's cases cannot be listed: %s "
						 "returned %u",
				       LISTING, seat->returned));
	} else if (!loop->listed(loop, loop->list.buf, loop->list.len)) {
		end_all(loop, RUN_OVER, OVER_GRACE_MS);
	} else {
		loop->has_list = true;
		allow_jobs(loop, seat);
	}
	record_forget_case(&seat->record, c);
	strbuf_release(&loop->list);
}

/* The guest waits: what has come of its last order, and which one is next. */
static void take_ready(struct seat *seat)
{
	struct suite_loop *loop = seat->loop;
	const struct run_record *record = &seat->record;

	switch (seat->work) {
	case WORK_BOOT:
		if (!loop->kernel_version && record->kernel_version)
			loop->kernel_version = xstrdup(record->kernel_version);
		loop->accel = record->accel;
		send_order(seat, WORK_ARGS, WIRE_ORDER_ARGS, &loop->config->suite.args);
		return;
	case WORK_ARGS:
		if (!loop->has_list) {
			order_list(seat);
			return;
		}
		if (!loop->jobs_allowed)
			allow_jobs(loop, seat);
		break;
	case WORK_LIST:
		take_list(seat);
		break;
	case WORK_CASES:
		check_reports(seat);
		break;
	case WORK_END:
		return;
	}
	order_cases(seat);
}

/* --- the time of cases --- */

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

/* When to look at the case's limit again, by conversation_ms(); RUN_NEVER. */
static uint64_t case_due(const struct seat *seat)
{
	uint64_t limit = case_limit_s(seat);

	if (!limit || seat->current == SIZE_MAX || !seat->run.running ||
	    seat->record.stop != RUN_NOT_STOPPED)
		return RUN_NEVER;
	if (seat->limit_ms)
		return seat->limit_ms +
		       (seat->run.facts.emulated ? BLOCKED_SLOW_MS : BLOCKED_MS);
	return seat->begun_ms + 1000 * limit;
}

/* A case that takes too long costs the VM. Before that, its kernel says what it waits
 * for. */
static void keep_case_limit(struct seat *seat)
{
	uint64_t now = conversation_ms(seat->run.guest);

	if (case_due(seat) > now)
		return;
	if (!seat->limit_ms) {
		seat->limit_ms = now;
		conversation_show_blocked(seat->run.guest);
		return;
	}
	seat->record.limit_s = (unsigned int)case_limit_s(seat);
	run_vm_stop(&seat->run, RUN_CASE_TIMEOUT, RUN_STOP_GRACE_MS);
}

/* --- VMs --- */

static int take_signal(void *data)
{
	struct suite_loop *loop = data;
	struct signalfd_siginfo info;
	bool again = loop->signal;
	int sig;

	if (read(loop->signals, &info, sizeof(info)) != sizeof(info))
		return 0;
	sig = (int)info.ssi_signo;
	if (sig != SIGCHLD) {
		loop->signal = sig;
		loop->over = true;
	}
	for (size_t i = 0; i < loop->jobs; i++) {
		struct seat *seat = &loop->seats[i];

		if (!seat->taken)
			continue;
		if (sig == SIGCHLD) {
			run_vm_child_ended(&seat->run);
			continue;
		}
		seat->record.signal = sig;
		if (seat->run.running)
			run_vm_stop(&seat->run, RUN_SIGNAL,
				    again ? 0 : RUN_INTERRUPT_GRACE_MS);
		seat->record.stop = RUN_SIGNAL;
	}
	return sig;
}

static void start_vm(struct suite_loop *loop, struct seat *seat)
{
	const unsigned int number = loop->first_vm + ++loop->vms;
	_cleanup_free_ char *path =
		xasprintf("%s/" SUITE_VMS "/%u", loop->dir->path, number);

	*seat = (struct seat){
		.loop = loop,
		.taken = true,
		.number = number,
		.mark = xasprintf("vm %u", number),
		.dir = RUNDIR_INIT,
		.current = SIZE_MAX,
		.ears = { .data = seat,
			  .list = hear_list,
			  .ready = hear_ready,
			  .begin = hear_begin,
			  .end = hear_end },
	};
	record_init(&seat->record);
	if (rundir_open(&seat->dir, path)) {
		seat->record.host_error = xasprintf("cannot use '%s'", path);
		run_vm_init(&seat->run, loop->config, loop->vm, &seat->record,
			    &seat->dir);
		return;
	}
	run_vm_note(&seat->record, loop->vm, seat->dir.path);
	run_vm_init(&seat->run, loop->config, loop->vm, &seat->record, &seat->dir);
	/* a case's output is judged by its suite */
	seat->record.tap_check = false;
	seat->run.talk_options.suite = &seat->ears;
	seat->run.talk_options.logs.mark = seat->mark;
	seat->run.facts.begun_ms = monotonic_ms() - loop->start_ms;
	seat->run.facts.limited = true;
	log_debug("vm %u starts", number);
	run_vm_start(&seat->run);
	for (int i = 0; i < SIGNAL_FD_KINDS && take_signal(loop); i++)
		;
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
	loop->progress = false;
	run_print_evidence(&seat->record, false);
	log_error("vm %u: %s; its logs are in '%s'", seat->number, reason,
		  seat->dir.path ? seat->dir.path : "");
}

/* Faults that were noticed only when a case was over, and settled. Whether there is one
 * of no case. */
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
		suite_amend(suite, nr, &attempt);
		write_attempt(seat, nr);
	}
	return other;
}

/* What the VM's end means for the case that was running in it. False: nothing, it is run
 * again. */
static bool judge_running(struct seat *seat, struct suite_attempt *attempt)
{
	const struct run_record *record = &seat->record;

	attempt->outcome = SUITE_NOT_RUN;
	if (fault_in(seat, record->nr_cases - 1))
		return true; /* settle() does the rest */
	if (seat->mistake) {
		attempt->reason = xstrdup(seat->mistake);
		return true;
	}
	if (record->stop == RUN_TIMEOUT || record->stop == RUN_OVER ||
	    record->verdict == VERDICT_FAULT || record->verdict == VERDICT_INTERRUPTED)
		return false;
	attempt->reason = xstrdup(record->reason);
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
static void judge_idle(struct seat *seat, const struct fault *fault)
{
	const struct suite_loop *loop = seat->loop;
	const struct run_record *record = &seat->record;

	if (fault) {
		add_incident(seat, VERDICT_FAULT, record->reason, fault->text);
		return;
	}
	/* a fault of a case is that case's */
	if (record->verdict == VERDICT_FAULT || record->verdict == VERDICT_INTERRUPTED ||
	    record->stop == RUN_TIMEOUT || record->stop == RUN_FAULT)
		return;
	if (seat->mistake)
		add_incident(seat, VERDICT_NOT_RUN, seat->mistake, NULL);
	else if (record->stop == RUN_OVER && loop->over)
		return;
	else if (record->verdict == VERDICT_FAILED)
		add_incident(seat, VERDICT_NOT_RUN, record->reason, NULL);
	else if (record->verdict != VERDICT_PASSED)
		add_incident(seat, record->verdict, record->reason, NULL);
	else if (seat->work != WORK_END)
		add_incident(seat, VERDICT_NOT_RUN,
			     "the shell ended before the suite was asked for its cases",
			     NULL);
}

static void release_seat(struct seat *seat)
{
	run_vm_release(&seat->run);
	record_release(&seat->record);
	rundir_release(&seat->dir);
	free(seat->mark);
	free(seat->mistake);
	free(seat->held);
	*seat = (struct seat){ .current = SIZE_MAX };
}

static void end_vm(struct suite_loop *loop, struct seat *seat)
{
	struct run_record *record = &seat->record;
	struct suite_attempt attempt = { .ms = 0 };
	size_t before = loop->nr_incidents;
	const struct fault *other;

	if (record->started_vm)
		run_vm_finish(&seat->run, loop->signals, take_signal, loop);
	verdict_judge(record);
	log_debug("vm %u has ended: %s", seat->number, record->reason);
	/* the last messages may have been read just now */
	if (seat->ready && seat->work == WORK_CASES)
		check_reports(seat);
	settle_held(seat, true);
	if (record->stop == RUN_TIMEOUT)
		loop->timed_out = loop->over = true;
	other = amend_cases(seat);
	if (seat->current != SIZE_MAX && judge_running(seat, &attempt)) {
		end_case(seat, attempt);
		settle_held(seat, true);
	} else if (seat->current == SIZE_MAX) {
		judge_idle(seat, other);
	}
	put_back_rest(seat);
	if (!loop->has_list && !loop->refusal && !loop->over) {
		/* without the list there is nothing to go on with */
		if (loop->nr_incidents > before)
			loop->over = true;
		else
			refuse(loop,
			       xstrdup("the VM ended before the cases were listed"));
	}
	release_seat(seat);
}

/* --- the loop --- */

static void step(struct suite_loop *loop, struct seat *seat)
{
	if (seat->run.running)
		run_vm_keep_limits(&seat->run);
	if (!seat->run.running) {
		end_vm(loop, seat);
		return;
	}
	settle_held(seat, false);
	if (seat->ready && seat->record.stop == RUN_NOT_STOPPED)
		take_ready(seat);
	keep_case_limit(seat);
}

/* Whether another VM would have something to do. @idle VMs have not got an order yet. */
static bool wants_vm(const struct suite_loop *loop, size_t taken, size_t idle)
{
	if (loop->over || !loop->progress)
		return false;
	if (!loop->has_list)
		return !taken;
	if (loop->jobs_allowed && taken >= loop->jobs_allowed)
		return false;
	/* the first VM shows how large one is */
	if (!loop->jobs_allowed && taken)
		return false;
	return suite_has_more(loop->suite) &&
	       idle < loop->suite->first_left + loop->suite->retry.nr;
}

static void show_progress(const struct suite_loop *loop)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	_cleanup_free_ struct suite_running *running = NULL;
	size_t nr = 0;

	if (!log_enabled(LOG_INFO) || log_enabled(LOG_DEBUG))
		return;
	if (!loop->has_list) {
		live_say("listing the cases of %s",
			 loop->suite->test ? loop->suite->test : "the suite");
		live_tick();
		return;
	}
	running = xcalloc(loop->jobs, sizeof(*running));
	for (size_t i = 0; i < loop->jobs; i++) {
		const struct seat *seat = &loop->seats[i];

		if (!seat->taken || !seat->run.running)
			continue;
		if (seat->current != SIZE_MAX)
			running[nr++] = (struct suite_running){
				.name = case_of(seat, seat->current)->name,
				.ms = conversation_ms(seat->run.guest) - seat->begun_ms,
			};
		else
			running[nr++] = (struct suite_running){
				.ms = conversation_ms(seat->run.guest),
			};
	}
	suite_progress_format(loop->suite, running, nr, &text);
	live_set(text.buf);
	live_tick();
}

/* Do what is due. Returns whether a VM is there. */
static bool proceed(struct suite_loop *loop)
{
	const uint64_t limit = 1000ULL * loop->config->timeout;
	size_t taken = 0, idle = 0;

	if (limit && !loop->over && monotonic_ms() - loop->start_ms >= limit)
		loop->timed_out = loop->over = true;
	for (size_t i = 0; i < loop->jobs; i++)
		if (loop->seats[i].taken)
			step(loop, &loop->seats[i]);
	for (size_t i = 0; i < loop->jobs; i++) {
		const struct seat *seat = &loop->seats[i];

		taken += seat->taken;
		idle += seat->taken && seat->work < WORK_CASES;
	}
	for (size_t i = 0; i < loop->jobs && wants_vm(loop, taken, idle); i++)
		if (!loop->seats[i].taken) {
			start_vm(loop, &loop->seats[i]);
			taken++;
			idle++;
		}
	show_progress(loop);
	return taken;
}

static int earlier(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/* Milliseconds until there is something to do in a VM. */
static int next_wake(struct seat *seat)
{
	uint64_t now, at;
	int wake;

	/* it could not be started, or has just ended */
	if (!seat->run.running)
		return 0;
	wake = run_vm_next_wake(&seat->run);
	now = conversation_ms(seat->run.guest);
	at = case_due(seat);
	if (seat->ready && seat->record.stop == RUN_NOT_STOPPED && seat->work != WORK_END)
		return 0;
	if (seat->nr_held)
		wake = earlier(wake, 50);
	if (at != RUN_NEVER)
		wake = earlier(wake, at <= now		? 0
				     : at - now < 60000 ? (int)(at - now)
							: 60000);
	return wake;
}

static int prepare_poll(struct suite_loop *loop, struct pollfd *fds)
{
	int timeout = -1;

	fds[0] = (struct pollfd){ .fd = loop->signals, .events = POLLIN };
	for (size_t i = 0; i < loop->jobs; i++) {
		struct seat *seat = &loop->seats[i];

		run_vm_fill_pollfds(&seat->run, fds + 1 + i * RUN_VM_FDS);
		if (seat->taken)
			timeout = earlier(timeout, next_wake(seat));
	}
	return live_timeout(timeout);
}

void suite_loop_run(struct suite_loop *loop)
{
	_cleanup_free_ struct pollfd *fds =
		xcalloc(1 + loop->jobs * RUN_VM_FDS, sizeof(*fds));
	_cleanup_free_ struct seat *seats = xcalloc(loop->jobs, sizeof(*seats));

	loop->seats = seats;
	loop->progress = true;
	loop->list = (struct strbuf)STRBUF_INIT;
	while (proceed(loop)) {
		int timeout = prepare_poll(loop, fds);

		if (poll(fds, 1 + loop->jobs * RUN_VM_FDS, timeout) < 0 &&
		    errno != EINTR) {
			suite_loop_host_failed(loop, "wait for the VMs", errno);
			for (size_t i = 0; i < loop->jobs; i++)
				if (seats[i].taken && seats[i].run.running)
					run_vm_kill(&seats[i].run, RUN_HOST);
			continue;
		}
		for (size_t i = 0; i < loop->jobs; i++)
			if (seats[i].taken && seats[i].run.running)
				run_vm_work(&seats[i].run, fds + 1 + i * RUN_VM_FDS);
		if (fds[0].revents)
			take_signal(loop);
	}
	live_end();
	loop->seats = NULL;
}

void suite_loop_release(struct suite_loop *loop)
{
	for (size_t i = 0; i < loop->nr_incidents; i++) {
		free(loop->incidents[i].reason);
		free(loop->incidents[i].report);
	}
	free(loop->incidents);
	free(loop->refusal);
	free(loop->host_error);
	free(loop->kernel_version);
	strbuf_release(&loop->list);
}
