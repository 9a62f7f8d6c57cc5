// SPDX-License-Identifier: GPL-2.0-or-later
/* status.json: the facts of a run as one JSON object. Unknown facts are null. */
#include "json-parts.h"
#include "status-json.h"

static void add_file(struct json_object *object, const struct run_file *file)
{
	json_add(object, "path", json_text(file->path));
	json_add(object, "size", file->path ? json_number(file->size) : NULL);
	json_add(object, "mtime", file->path ? json_point_in_time(&file->mtime) : NULL);
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
	json_add(object, "start", json_number(taint->start));
	json_add(object, "end", json_number(taint->now));
	return object;
}

static struct json_object *format_kernel(const struct run_record *record)
{
	struct json_object *kernel = json_object_new_object();

	add_file(kernel, &record->kernel);
	json_add(kernel, "taint", format_taint(&record->taint));
	json_add(kernel, "release", json_text(record->release));
	json_add(kernel, "version", json_text(record->kernel_version));
	return kernel;
}

static struct json_object *format_seconds(const struct run_record *record)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "boot", record->boot_ms ? json_seconds(record->boot_ms) : NULL);
	json_add(object, "vm", json_seconds(record->vm_ms));
	json_add(object, "total", json_seconds(record->total_ms));
	return object;
}

static struct json_object *format_tap(const struct tap *tap)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "passed", json_number(tap->passed));
	json_add(object, "failed", json_number(tap->failed));
	json_add(object, "skipped", json_number(tap->skipped + tap->todo));
	return object;
}

/* The commands that its shell did not find. */
static struct json_object *format_missing(const struct run_case *c)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < c->nr_missing; i++)
		json_object_array_add(array, json_text(c->missing[i].name));
	return array;
}

static struct json_object *format_case(const struct run_record *record,
				       const struct run_case *c)
{
	struct json_object *object = json_object_new_object();
	uint64_t end_ms = c->ended ? c->end_ms : record->vm_ms;

	json_add(object, "name", json_text(c->name));
	if (c->ended)
		json_add(object, "status", json_number(c->status));
	else if (record->has_end && record->end == WIRE_END_EXIT)
		json_add(object, "status", json_number(record->end_status));
	else
		json_add(object, "status", NULL);
	json_add(object, "seconds",
		 json_seconds(end_ms > c->begin_ms ? end_ms - c->begin_ms : 0));
	json_add(object, "output_bytes", json_number(c->output_bytes));
	json_add(object, "missing", format_missing(c));
	if (c->tap.is_tap)
		json_add(object, "tap", format_tap(&c->tap));
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

	json_add(object, "kind", json_text(fault->kind));
	json_add(object, "title", json_text(fault->title));
	json_add(object, "text", json_text(fault->text));
	json_add(object, "allowed", json_object_new_boolean(fault->allowed));
	json_add(object, "certain", json_object_new_boolean(fault->heads.certain));
	json_add(object, "case",
		 i < record->nr_cases ? json_text(record->cases[i].name) : NULL);
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

		json_add(test, "name", json_text(c->name));
		json_add(test, "outcome", json_text(outcomes[c->outcome]));
		json_add(test, "reason", json_text(c->reason));
		json_add(test, "notes", json_text(c->notes));
		json_add(test, "seconds", c->usec ? json_seconds(c->usec / 1000) : NULL);
		json_object_array_add(array, test);
	}
	json_add(object, "tests", array);
	return object;
}

static struct json_object *format_kernel_log(const struct run_record *record)
{
	_cleanup_free_ char *gap = record_log_gap(record);
	struct json_object *object = json_object_new_object();

	json_add(object, "lost", json_number(record->kernel_lines_lost));
	if (!gap && record->unread)
		gap = xstrdup(record->host_error);
	json_add(object, "missing", json_text(gap));
	if (record->ktap.is_tap)
		json_add(object, "tap", format_kernel_tests(&record->ktap));
	return object;
}

static struct json_object *format_logs(const struct run_record *record)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < RUN_LOGS; i++) {
		struct json_object *object = json_object_new_object();

		json_add(object, "name", json_text(record->logs[i].name));
		json_add(object, "bytes", json_number(record->logs[i].bytes));
		json_add(object, "left_out", json_number(record->logs[i].left_out));
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
		json_object_array_add(refused, json_text(results->refused.v[i]));
	json_add(object, "directory", json_text(record->dir));
	json_add(object, "files", json_number(results->files));
	json_add(object, "bytes", json_number(results->bytes));
	json_add(object, "complete", json_object_new_boolean(results->complete));
	json_add(object, "missing", json_number(results_missing(results)));
	json_add(object, "refused", refused);
	json_add(object, "meta_failed", json_number(results->meta_failed));
	json_add(object, "refused_count", json_number(results->nr_refused));
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

	json_add(run, "rapido", json_text(RAPIDO_VERSION));
	json_add(run, "test", json_text(record->test));
	if (record->helper)
		json_add(run, "name", json_text(record->helper));
	json_add(run, "verdict", json_text(verdict_name(record->verdict)));
	json_add(run, "status", json_object_new_int(record->status));
	json_add(run, "reason", json_text(record->reason));
	json_add(run, "started", json_point_in_time(&record->started));
	json_add(run, "seconds", format_seconds(record));
	json_add(run, "accel", json_text(record->accel));
	json_add(run, "slot", record->slot ? json_number(record->slot) : NULL);
	json_add(run, "image", format_image(record));
	json_add(run, "kernel", format_kernel(record));
	json_add(run, "cases", format_cases(record));
	json_add(run, "planned", json_number(record->planned));
	json_add(run, "faults", format_faults(record));
	json_add(run, "fault_count", json_number(record->faults.counted));
	json_add(run, "fault_check", json_object_new_boolean(record->fault_check));
	json_add(run, "tap_check", json_object_new_boolean(record->tap_check));
	json_add(run, "kernel_log", format_kernel_log(record));
	json_add(run, "logs", format_logs(record));
	json_add(run, "results", format_results(record));
	json_add(run, "stop", json_text(run_stop_name(record->stop)));
	json_add(run, "signal",
		 record->signal ? json_object_new_int(record->signal) : NULL);
	json_add(run, "vm_status",
		 record->started_vm ? json_object_new_int(record->vm_status) : NULL);
	if (!record->helper)
		json_add(run, "with", format_helpers(record));
	return run;
}

void status_json_format(const struct run_record *record, struct strbuf *out)
{
	json_write(format_record(record), out);
}

/* The number of runs with each verdict. */
static struct json_object *format_counts(const struct run_record *const *records,
					 size_t nr)
{
	struct json_object *object = json_object_new_object();

	json_add(object, "runs", json_number(nr));
	for (int verdict = VERDICT_PASSED; verdict <= VERDICT_INTERRUPTED; verdict++) {
		uint64_t count = 0;

		for (size_t i = 0; i < nr; i++)
			count += (int)records[i]->verdict == verdict;
		json_add(object, verdict_name((enum verdict)verdict), json_number(count));
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
	json_add(object, "total", json_seconds(total));
	json_add(object, "shortest", nr ? json_seconds(shortest) : NULL);
	json_add(object, "mean", nr ? json_seconds(total / nr) : NULL);
	json_add(object, "longest", nr ? json_seconds(longest) : NULL);
	return object;
}

void status_json_format_all(const struct run_record *const *records, size_t nr,
			    int status, struct strbuf *out)
{
	struct json_object *all = json_object_new_object(),
			   *runs = json_object_new_array();

	for (size_t i = 0; i < nr; i++)
		json_object_array_add(runs, format_record(records[i]));
	json_add(all, "rapido", json_text(RAPIDO_VERSION));
	json_add(all, "test", nr ? json_text(records[0]->test) : NULL);
	json_add(all, "status", json_object_new_int(status));
	json_add(all, "counts", format_counts(records, nr));
	json_add(all, "seconds", format_times(records, nr));
	json_add(all, "runs", runs);
	json_write(all, out);
}
