// SPDX-License-Identifier: GPL-2.0-or-later
/* status.json: the facts of a run as one JSON object. Unknown facts are null. */
#include <json-c/json.h>

#include "status-json.h"
#include "lib/utf8.h"

static void add_member(struct json_object *object, const char *key,
		       struct json_object *value)
{
	json_object_object_add(object, key, value);
}

static struct json_object *text(const char *s)
{
	_cleanup_(strbuf_release) struct strbuf clean = STRBUF_INIT;

	if (!s)
		return NULL;
	utf8_add(&clean, s, strlen(s));
	return json_object_new_string_len(clean.buf, (int)clean.len);
}

static struct json_object *number(uint64_t value)
{
	return json_object_new_int64(value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

/* Seconds, to the millisecond. */
static struct json_object *seconds(uint64_t ms)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%llu.%03u", (unsigned long long)(ms / 1000),
		 (unsigned int)(ms % 1000));
	return json_object_new_double_s((double)ms / 1000, digits);
}

/* ISO 8601, UTC. */
static struct json_object *point_in_time(const struct timespec *ts)
{
	char day[64], whole[80];
	struct tm tm;

	if ((!ts->tv_sec && !ts->tv_nsec) || !gmtime_r(&ts->tv_sec, &tm) ||
	    !strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm))
		return NULL;
	snprintf(whole, sizeof(whole), "%s.%03ldZ", day, ts->tv_nsec / 1000000);
	return text(whole);
}

static void add_file(struct json_object *object, const struct run_file *file)
{
	add_member(object, "path", text(file->path));
	add_member(object, "size", file->path ? number(file->size) : NULL);
	add_member(object, "mtime", file->path ? point_in_time(&file->mtime) : NULL);
}

static struct json_object *format_image(const struct run_record *record)
{
	struct json_object *image = json_object_new_object();

	add_file(image, &record->image);
	return image;
}

/* /proc/sys/kernel/tainted */
static struct json_object *format_taint(const struct taint *taint)
{
	struct json_object *object = taint->known ? json_object_new_object() : NULL;

	if (!object)
		return NULL;
	add_member(object, "start", number(taint->start));
	add_member(object, "end", number(taint->now));
	return object;
}

static struct json_object *format_kernel(const struct run_record *record)
{
	struct json_object *kernel = json_object_new_object();

	add_file(kernel, &record->kernel);
	add_member(kernel, "taint", format_taint(&record->taint));
	add_member(kernel, "release", text(record->release));
	add_member(kernel, "version", text(record->kernel_version));
	return kernel;
}

static struct json_object *format_seconds(const struct run_record *record)
{
	struct json_object *object = json_object_new_object();

	add_member(object, "boot", record->boot_ms ? seconds(record->boot_ms) : NULL);
	add_member(object, "vm", seconds(record->vm_ms));
	add_member(object, "total", seconds(record->total_ms));
	return object;
}

static struct json_object *format_tap(const struct tap *tap)
{
	struct json_object *object = json_object_new_object();

	add_member(object, "passed", number(tap->passed));
	add_member(object, "failed", number(tap->failed));
	add_member(object, "skipped", number(tap->skipped + tap->todo));
	return object;
}

/* The commands that its shell did not find. */
static struct json_object *format_missing(const struct run_case *c)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < c->nr_missing; i++)
		json_object_array_add(array, text(c->missing[i].name));
	return array;
}

static struct json_object *format_case(const struct run_record *record,
				       const struct run_case *c)
{
	struct json_object *object = json_object_new_object();
	uint64_t end_ms = c->ended ? c->end_ms : record->vm_ms;

	add_member(object, "name", text(c->name));
	if (c->ended)
		add_member(object, "status", number(c->status));
	else if (record->has_end && record->end == WIRE_END_EXIT)
		add_member(object, "status", number(record->end_status));
	else
		add_member(object, "status", NULL);
	add_member(object, "seconds",
		   seconds(end_ms > c->begin_ms ? end_ms - c->begin_ms : 0));
	add_member(object, "output_bytes", number(c->output_bytes));
	add_member(object, "missing", format_missing(c));
	if (c->tap.is_tap)
		add_member(object, "tap", format_tap(&c->tap));
	return object;
}

static struct json_object *format_cases(const struct run_record *record)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < record->nr_cases; i++)
		json_object_array_add(array, format_case(record, &record->cases[i]));
	return array;
}

static struct json_object *format_fault(const struct run_record *record,
					const struct fault *fault)
{
	struct json_object *object = json_object_new_object();
	size_t i = fault->case_index;

	add_member(object, "kind", text(fault->kind));
	add_member(object, "title", text(fault->title));
	add_member(object, "text", text(fault->text));
	add_member(object, "allowed", json_object_new_boolean(fault->allowed));
	add_member(object, "certain", json_object_new_boolean(fault->heads.certain));
	add_member(object, "case",
		   i < record->nr_cases ? text(record->cases[i].name) : NULL);
	return object;
}

static struct json_object *format_faults(const struct run_record *record)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < record->faults.nr; i++)
		json_object_array_add(array,
				      format_fault(record, &record->faults.list[i]));
	return array;
}

/* With each test, unless they were forgotten. */
static struct json_object *format_kernel_tests(const struct tap *tap)
{
	static const char *const outcomes[] = {
		[TAP_PASSED] = "passed",
		[TAP_FAILED] = "failed",
		[TAP_SKIPPED] = "skipped",
		[TAP_TODO] = "skipped",
	};
	struct json_object *object = format_tap(tap);
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < tap->nr; i++) {
		const struct tap_case *c = &tap->cases[i];
		struct json_object *test = json_object_new_object();

		add_member(test, "name", text(c->name));
		add_member(test, "outcome", text(outcomes[c->outcome]));
		add_member(test, "reason", text(c->reason));
		add_member(test, "notes", text(c->notes));
		add_member(test, "seconds", c->usec ? seconds(c->usec / 1000) : NULL);
		json_object_array_add(array, test);
	}
	add_member(object, "tests", array);
	return object;
}

static struct json_object *format_kernel_log(const struct run_record *record)
{
	_cleanup_free_ char *gap = record_log_gap(record);
	struct json_object *object = json_object_new_object();

	add_member(object, "lost", number(record->kernel_lines_lost));
	if (!gap && record->unread)
		gap = xstrdup(record->host_error);
	add_member(object, "missing", text(gap));
	if (record->ktap.is_tap)
		add_member(object, "tap", format_kernel_tests(&record->ktap));
	return object;
}

static struct json_object *format_logs(const struct run_record *record)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < RUN_LOGS; i++) {
		struct json_object *object = json_object_new_object();

		add_member(object, "name", text(record->logs[i].name));
		add_member(object, "bytes", number(record->logs[i].bytes));
		add_member(object, "left_out", number(record->logs[i].left_out));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *format_results(const struct run_record *record)
{
	const struct results *results = &record->results;
	struct json_object *object = json_object_new_object();
	struct json_object *refused = json_object_new_array();

	for (size_t i = 0; i < results->refused.nr; i++)
		json_object_array_add(refused, text(results->refused.v[i]));
	add_member(object, "directory", text(record->dir));
	add_member(object, "files", number(results->files));
	add_member(object, "bytes", number(results->bytes));
	add_member(object, "complete", json_object_new_boolean(results->complete));
	add_member(object, "missing", number(results_missing(results)));
	add_member(object, "refused", refused);
	add_member(object, "meta_failed", number(results->meta_failed));
	add_member(object, "refused_count", number(results->nr_refused));
	return object;
}

static struct json_object *format_record(const struct run_record *record);

/* The helpers' own objects. */
static struct json_object *format_helpers(const struct run_record *record)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < record->nr_with; i++)
		json_object_array_add(array, format_record(record->with[i]));
	return array;
}

static struct json_object *format_record(const struct run_record *record)
{
	struct json_object *run = json_object_new_object();

	add_member(run, "rapido", text(RAPIDO_VERSION));
	add_member(run, "test", text(record->test));
	if (record->helper)
		add_member(run, "name", text(record->helper));
	add_member(run, "verdict", text(verdict_name(record->verdict)));
	add_member(run, "status", json_object_new_int(record->status));
	add_member(run, "reason", text(record->reason));
	add_member(run, "started", point_in_time(&record->started));
	add_member(run, "seconds", format_seconds(record));
	add_member(run, "accel", text(record->accel));
	add_member(run, "slot", record->slot ? number(record->slot) : NULL);
	add_member(run, "image", format_image(record));
	add_member(run, "kernel", format_kernel(record));
	add_member(run, "cases", format_cases(record));
	add_member(run, "planned", number(record->planned));
	add_member(run, "faults", format_faults(record));
	add_member(run, "fault_count", number(record->faults.counted));
	add_member(run, "fault_check", json_object_new_boolean(record->fault_check));
	add_member(run, "tap_check", json_object_new_boolean(record->tap_check));
	add_member(run, "kernel_log", format_kernel_log(record));
	add_member(run, "logs", format_logs(record));
	add_member(run, "results", format_results(record));
	add_member(run, "stop", text(run_stop_name(record->stop)));
	add_member(run, "signal",
		   record->signal ? json_object_new_int(record->signal) : NULL);
	add_member(run, "vm_status",
		   record->started_vm ? json_object_new_int(record->vm_status) : NULL);
	if (!record->helper)
		add_member(run, "with", format_helpers(record));
	return run;
}

static void write_out(struct json_object *object, struct strbuf *out)
{
	strbuf_adds(out,
		    json_object_to_json_string_ext(
			    object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	strbuf_addch(out, '\n');
	json_object_put(object);
}

void status_json_format(const struct run_record *record, struct strbuf *out)
{
	write_out(format_record(record), out);
}

/* The number of runs with each verdict. */
static struct json_object *format_counts(const struct run_record *const *records,
					 size_t nr)
{
	struct json_object *object = json_object_new_object();

	add_member(object, "runs", number(nr));
	for (int verdict = VERDICT_PASSED; verdict <= VERDICT_INTERRUPTED; verdict++) {
		uint64_t count = 0;

		for (size_t i = 0; i < nr; i++)
			count += (int)records[i]->verdict == verdict;
		add_member(object, verdict_name((enum verdict)verdict), number(count));
	}
	return object;
}

static struct json_object *format_times(const struct run_record *const *records,
					size_t nr)
{
	struct json_object *object = json_object_new_object();
	uint64_t shortest = UINT64_MAX, longest = 0, total = 0;

	for (size_t i = 0; i < nr; i++) {
		uint64_t ms = records[i]->total_ms;

		shortest = ms < shortest ? ms : shortest;
		longest = ms > longest ? ms : longest;
		total += ms;
	}
	add_member(object, "total", seconds(total));
	add_member(object, "shortest", nr ? seconds(shortest) : NULL);
	add_member(object, "mean", nr ? seconds(total / nr) : NULL);
	add_member(object, "longest", nr ? seconds(longest) : NULL);
	return object;
}

void status_json_format_all(const struct run_record *const *records, size_t nr,
			    int status, struct strbuf *out)
{
	struct json_object *all = json_object_new_object(),
			   *runs = json_object_new_array();

	for (size_t i = 0; i < nr; i++)
		json_object_array_add(runs, format_record(records[i]));
	add_member(all, "rapido", text(RAPIDO_VERSION));
	add_member(all, "test", nr ? text(records[0]->test) : NULL);
	add_member(all, "status", json_object_new_int(status));
	add_member(all, "counts", format_counts(records, nr));
	add_member(all, "seconds", format_times(records, nr));
	add_member(all, "runs", runs);
	write_out(all, out);
}
