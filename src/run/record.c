// SPDX-License-Identifier: GPL-2.0-or-later
/* The facts of one run: its cases, their output, and the names of verdicts. */
#include "lib/log.h"
#include "lib/process.h"
#include "run/record.h"

/* The bytes that are kept of a case's beginning, and of its end. */
#define HALF (CASE_OUTPUT_MAX / 2)

const char *run_stop_name(enum run_stop stop)
{
	static const char *const names[] = {
		[RUN_NOT_STOPPED] = NULL,
		[RUN_TIMEOUT] = "timeout",
		[RUN_BOOT_TIMEOUT] = "boot-timeout",
		[RUN_SILENT] = "silent",
		[RUN_NO_END] = "no-end",
		[RUN_FAULT] = "fault",
		[RUN_SIGNAL] = "signal",
		[RUN_COMMAND] = "command",
		[RUN_DAMAGED] = "damaged",
		[RUN_NO_NETWORK] = "network",
		[RUN_HOST] = "host",
		[RUN_OVER] = "over",
		[RUN_CASE_TIMEOUT] = "case-timeout",
	};

	return names[stop];
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_PASSED] = "passed",
		[VERDICT_FAILED] = "failed",
		[VERDICT_FAULT] = "fault",
		[VERDICT_TIMEOUT] = "timeout",
		[VERDICT_NO_VERDICT] = "no-verdict",
		[VERDICT_NOT_RUN] = "not-run",
		[VERDICT_INTERRUPTED] = "interrupted",
	};

	return names[verdict];
}

void record_init(struct run_record *record)
{
	/* until it is judged, the run has not passed */
	*record = (struct run_record){
		.fault_check = true,
		.scripts = -1,
		.logs = { [RUN_LOG_OUTPUT] = { .name = "output" },
			  [RUN_LOG_KERNEL] = { .name = "kernel.log" },
			  [RUN_LOG_CONSOLE] = { .name = "console.log" } },
		.tap_check = true,
		.results.dir_fd = -1,
		.verdict = VERDICT_NOT_RUN,
		.status = 125,
	};
	faults_init(&record->faults);
	tap_init(&record->ktap);
	record->ktap.kernel = true;
}

static void case_release(struct run_case *c)
{
	free(c->name);
	strbuf_release(&c->head);
	strbuf_release(&c->tail);
	tap_release(&c->tap);
	for (size_t i = 0; i < c->nr_missing; i++)
		free(c->missing[i].name);
}

static void release_helpers(struct run_record *record)
{
	for (size_t i = 0; i < record->nr_with; i++) {
		record_release(record->with[i]);
		free(record->with[i]);
	}
	free(record->with);
}

void record_release(struct run_record *record)
{
	strvec_release(&record->texts);
	release_helpers(record);
	for (size_t i = 0; i < record->nr_cases; i++)
		case_release(&record->cases[i]);
	free(record->cases);
	faults_release(&record->faults);
	tap_release(&record->ktap);
	results_release(&record->results);
	free(record->unpack_error);
	free(record->test);
	free(record->helper);
	free(record->image.path);
	free(record->kernel.path);
	free(record->release);
	free(record->kernel_version);
	free(record->dir);
	free(record->last_words);
	free(record->kernel_said);
	free(record->damage);
	free(record->suite_fatal);
	free(record->host_error);
	free(record->reason);
	*record = (struct run_record){ 0 };
}

struct run_record *record_add_helper(struct run_record *record, const char *name)
{
	struct run_record *helper = xcalloc(1, sizeof(*helper));

	record_init(helper);
	helper->helper = xstrdup(name);
	ALLOC_GROW(record->with, record->nr_with, record->alloc_with);
	record->with[record->nr_with++] = helper;
	return helper;
}

bool record_host_failed(struct run_record *record, const char *what, int err)
{
	if (record->host_error)
		return false;
	record->host_error = xasprintf("cannot %s: %s", what, err_text(err));
	return true;
}

static size_t left(size_t max, size_t used)
{
	return max > used ? max - used : 0;
}

static struct run_case *add_case(struct run_record *record, const char *name, size_t len,
				 uint64_t now_ms)
{
	bool few = record->output_kept >= RUN_OUTPUT_MAX;
	struct run_case *c;

	ALLOC_GROW(record->cases, record->nr_cases, record->alloc_cases);
	c = &record->cases[record->nr_cases++];
	*c = (struct run_case){
		.name = xstrndup(name, len < CASE_NAME_MAX ? len : CASE_NAME_MAX),
		.begin_ms = now_ms,
		.head_max = few ? 0 : HALF,
		.tail_max = few ? CASE_OUTPUT_FEW : HALF,
		.head = STRBUF_INIT,
		.tail = STRBUF_INIT,
	};
	tap_init(&c->tap);
	c->tap.max_cases = left(TAP_CASES_MAX, record->tap_cases);
	c->tap.max_text = left(TAP_TEXT_MAX, record->tap_text);
	return c;
}

struct run_case *record_add_case(struct run_record *record, const char *name, size_t len,
				 uint64_t now_ms)
{
	if (record->nr_cases >= WIRE_CASES_MAX)
		return NULL;
	return add_case(record, name, len, now_ms);
}

struct run_case *record_add_suite_case(struct run_record *record, const char *name,
				       uint64_t now_ms)
{
	struct run_case *c = add_case(record, name, strlen(name), now_ms);

	c->of_suite = true;
	record->nr_suite++;
	return c;
}

void record_forget_case(struct run_record *record, struct run_case *c)
{
	record->output_kept -= c->head.len + c->tail.len;
	strbuf_release(&c->head);
	strbuf_release(&c->tail);
}

struct run_case *record_running(struct run_record *record)
{
	struct run_case *last;

	if (!record->nr_cases)
		return NULL;
	last = &record->cases[record->nr_cases - 1];
	return last->ended ? NULL : last;
}

/*
 * The tail may become twice as long as needed before it is cut, so that each byte is
 * moved at most once, however small the pieces are.
 */
static void add_tail(struct strbuf *tail, const char *data, size_t size, size_t max)
{
	if (size > max) {
		data += size - max;
		size = max;
	}
	if (tail->len + size > 2 * max)
		strbuf_drop(tail, tail->len - max);
	strbuf_add(tail, data, size);
}

/* Nothing more will be added: free the room for growing. */
static void shrink(struct strbuf *sb)
{
	struct strbuf exact = STRBUF_INIT;

	if (sb->len) {
		exact.alloc = sb->len + 1;
		exact.buf = xmemdup(sb->buf, exact.alloc);
		exact.len = sb->len;
	}
	strbuf_release(sb);
	*sb = exact;
}

void record_end_case(struct run_record *record, unsigned int status, uint64_t now_ms,
		     bool late)
{
	struct run_case *c = record_running(record);

	c->ended = true;
	c->late = late;
	c->status = status;
	record->failed |= status && !late && !c->of_suite;
	c->end_ms = now_ms;
	if (late)
		tap_release(&c->tap);
	tap_finish(&c->tap);
	if (c->tail.len > c->tail_max)
		strbuf_drop(&c->tail, c->tail.len - c->tail_max);
	shrink(&c->head);
	shrink(&c->tail);
	record->output_kept += c->head.len + c->tail.len;
	record->tap_cases += c->tap.nr;
	record->tap_text += c->tap.text_bytes;
}

void record_finish(struct run_record *record)
{
	struct run_case *c = record_running(record);

	if (c && record->helper)
		tap_release(&c->tap);
	if (c)
		tap_finish(&c->tap);
}

void record_count_tap(const struct run_record *record, size_t *total, size_t *failed)
{
	*total = tap_total(&record->ktap);
	*failed = record->ktap.failed;
	for (size_t i = 0; i < record->nr_cases; i++) {
		*total += tap_total(&record->cases[i].tap);
		*failed += record->cases[i].tap.failed;
	}
}

char *record_log_gap(const struct run_record *record)
{
	if (record->kernel_lines_lost)
		return xasprintf(
			"%llu lines of the kernel's log were lost, in which it may "
			"have reported a fault",
			(unsigned long long)record->kernel_lines_lost);
	if (record->kmsg_error)
		return xasprintf("/dev/kmsg was not read: %s",
				 err_text(record->kmsg_error));
	if (record->kmsg_more)
		return xstrdup("the kernel's log was not read to its end");
	return NULL;
}

size_t record_kept(const struct run_record *record)
{
	size_t kept = 0;

	for (size_t i = 0; i < record->nr_with; i++)
		kept += record_kept(record->with[i]);
	for (size_t i = 0; i < record->nr_cases; i++) {
		const struct run_case *c = &record->cases[i];

		kept += c->head.len + c->tail.len + c->tap.text_bytes +
			c->tap.nr * (sizeof(*c->tap.cases) + CASE_NAME_MAX);
	}
	return kept;
}

void record_forget_output(struct run_record *record)
{
	for (size_t i = 0; i < record->nr_with; i++)
		record_forget_output(record->with[i]);
	tap_forget(&record->ktap);
	for (size_t i = 0; i < record->nr_cases; i++) {
		struct run_case *c = &record->cases[i];

		strbuf_release(&c->head);
		strbuf_release(&c->tail);
		tap_forget(&c->tap);
	}
}

void record_output(struct run_record *record, const char *data, size_t size, bool tap)
{
	struct run_case *c = record_running(record);
	size_t first;

	if (!c)
		return;
	if (tap && !c->of_suite)
		tap_feed(&c->tap, data, size);
	c->output_bytes += size;
	first = c->head_max - c->head.len;
	if (first > size)
		first = size;
	strbuf_add(&c->head, data, first);
	if (size > first)
		add_tail(&c->tail, data + first, size - first, c->tail_max);
}

void record_missing(struct run_record *record, const char *name)
{
	struct run_case *c = record_running(record);
	_cleanup_free_ char *host = NULL;

	if (!c || c->nr_missing == CASE_MISSING_MAX)
		return;
	for (size_t i = 0; i < c->nr_missing; i++)
		if (streq(c->missing[i].name, name))
			return;
	host = process_find(name);
	c->missing[c->nr_missing++] = (struct run_missing){
		.name = xstrndup(name, CASE_NAME_MAX),
		.on_host = host,
	};
}

void record_case_output(const struct run_case *c, struct strbuf *out)
{
	size_t tail = c->tail.len < c->tail_max ? c->tail.len : c->tail_max;
	uint64_t left_out = c->output_bytes - c->head.len - tail;

	strbuf_add(out, c->head.buf, c->head.len);
	if (left_out)
		strbuf_addf(out, "\n[... %llu bytes are left out ...]\n",
			    (unsigned long long)left_out);
	strbuf_add(out, c->tail.buf + c->tail.len - tail, tail);
}
