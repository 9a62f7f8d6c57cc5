// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verdict on a run. Each step of the judgement looks at one kind of fact and either
 * decides or leaves it to the next step; if no step has decided, the run has passed.
 */
#include <signal.h>

#include "ktap.h"
#include "lib/log.h"
#include "lib/utf8.h"
#include "run/verdict.h"

/*
 * Set the verdict. Always true, for the steps to return. The guest's words cannot break
 * the line.
 */
static _printf_(4, 5) bool decide(struct run_record *record, enum verdict verdict,
				  int status, const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT, line = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	strbuf_add_visible(&line, text.buf);
	free(record->reason);
	record->reason = strbuf_detach(&line);
	record->verdict = verdict;
	record->status = status;
	return true;
}

#define no_verdict(record, ...) \
	decide(record, VERDICT_NO_VERDICT, STATUS_NO_VERDICT, __VA_ARGS__)
#define not_run(record, ...) decide(record, VERDICT_NOT_RUN, STATUS_NOT_RUN, __VA_ARGS__)

/* "signal 9 (Killed)". Good until the next call. */
static const char *signal_text(int number)
{
	static _Thread_local char text[64];
	const char *words = number > 0 && number < NSIG ? strsignal(number) : NULL;

	snprintf(text, sizeof(text), words ? "signal %d (%s)" : "signal %d", number,
		 words);
	return text;
}

/* Where it happened: " WORDS '001-command'", or "" outside of a case. */
static const char *in_case(struct run_record *record, const char *words, char text[512])
{
	const struct run_case *c = record_running(record);

	text[0] = '\0';
	if (c)
		snprintf(text, 512, " %s '%s'", words, c->name);
	return text;
}

static bool judge_signal(struct run_record *record)
{
	char where[512];

	if (record->signal <= 0)
		return false;
	return decide(record, VERDICT_INTERRUPTED, 128 + record->signal,
		      "interrupted by %s%s", signal_text(record->signal),
		      in_case(record, "while it ran", where));
}

static bool vm_failed(const struct run_record *record)
{
	return record->stop == RUN_NOT_STOPPED && record->vm_status;
}

/* "was killed by signal 9 (Killed)", "ended with status 1". Good until the next call. */
static const char *vm_end_text(const struct run_record *record)
{
	static _Thread_local char text[96];
	int status = record->vm_status;

	if (record->vm_fault)
		return record->vm_fault;
	if (status > 128 && status < 128 + NSIG)
		snprintf(text, sizeof(text), "was killed by %s",
			 signal_text(status - 128));
	else
		snprintf(text, sizeof(text), "ended with status %d", status);
	return text;
}

static bool judge_start(struct run_record *record)
{
	if (record->skipped)
		return not_run(record, "the run was over before it was started");
	if (!record->started_vm)
		return not_run(record, "%s",
			       record->host_error ? record->host_error
						  : "the VM could not be prepared");
	if (vm_failed(record) && !record->console_spoke && !record->hello)
		return not_run(record, "the VM %s before it said anything",
			       vm_end_text(record));
	if (record->never_ran && record->stop == RUN_NOT_STOPPED &&
	    !record->console_spoke && !record->hello)
		return not_run(record, "the program that should run the VM ended without "
				       "having run one");
	return false;
}

/*
 * Add how to get the commands that @c did not find: "'cat' is not in the image: cut it
 * with --bin cat or add 'bin cat' to the manifest". Nothing if it found all.
 */
static void add_missing(struct strbuf *text, const struct run_case *c, const char *before)
{
	_cleanup_(strbuf_release) struct strbuf absent = STRBUF_INIT,
						nowhere = STRBUF_INIT, bin = STRBUF_INIT,
						options = STRBUF_INIT;
	size_t nr[2] = { 0 };

	for (size_t i = 0; i < c->nr_missing; i++) {
		const struct run_missing *missing = &c->missing[i];
		struct strbuf *list = missing->on_host ? &absent : &nowhere;

		strbuf_addf(list, "%s'%s'", list->len ? ", " : "", missing->name);
		if (missing->on_host) {
			strbuf_addf(&bin, " %s", missing->name);
			strbuf_addf(&options, "--bin %s ", missing->name);
		}
		nr[missing->on_host]++;
	}
	if (absent.len)
		strbuf_addf(text,
			    "%s%s %s not in the image: cut it with %sor add 'bin%s' to "
			    "the manifest",
			    before, absent.buf, nr[1] == 1 ? "is" : "are", options.buf,
			    bin.buf);
	if (nowhere.len)
		strbuf_addf(text, "%s%s %s neither in the image nor on this host",
			    absent.len ? "; " : before, nowhere.buf,
			    nr[0] == 1 ? "is" : "are");
}

/* Judge @status, after the words @what. It is that of the case @c, or of the shell during
 * that case; @c may be NULL. */
static bool failed(struct run_record *record, const char *what, unsigned int status,
		   const struct run_case *c)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "%s %u", what, status);
	if (run_status_is_missing(status)) {
		if (c && c->nr_missing)
			add_missing(&text, c, ": ");
		else
			strbuf_adds(&text,
				    status == 127
					    ? ": a command was not found in the VM; "
					      "--bin NAME brings the host's"
					    : ": a command could not be executed");
		return not_run(record, "%s", text.buf);
	}
	if (status > STATUS_TEST_MAX)
		strbuf_addf(&text, ", reported as %d", STATUS_TEST_MAX);
	if (c)
		add_missing(&text, c, "; ");
	return decide(record, VERDICT_FAILED,
		      status > STATUS_TEST_MAX ? STATUS_TEST_MAX : (int)status, "%s",
		      text.buf);
}

/* The first script that has failed decides. The guest cannot withdraw that later. */
static bool judge_script(struct run_record *record)
{
	_cleanup_free_ char *what = NULL;

	for (size_t i = 0; i < record->nr_cases; i++) {
		const struct run_case *c = &record->cases[i];

		if (!run_case_failed(c) || c->of_suite)
			continue;
		what = xasprintf("'%s' returned", c->name);
		return failed(record, what, c->status, c);
	}
	return false;
}

/*
 * The kernel leaves out files for which it has no room. Missing files may have any
 * effect, even a panic.
 */
static bool no_room(struct run_record *record)
{
	const char *said = record->unpack_error;

	return not_run(
		record,
		"the image did not fit into the VM's memory%s%s%s: give it more with "
		"'memory' in the manifest",
		said ? " (" : "", said ? said : "", said ? ")" : "");
}

static bool not_unpacked(struct run_record *record)
{
	static const char prefix[] = "Initramfs unpacking failed: ";
	const char *said = record->unpack_error;

	if (!said)
		return false;
	/* the image is damaged, or compressed in a way that the kernel lacks */
	if (starts_with(said, prefix) && !streq(said + strlen(prefix), "write error"))
		return not_run(record, "the kernel could not unpack the image: %s",
			       said + strlen(prefix));
	return no_room(record);
}

/* If scripts were run, the agent has found the image complete. */
static bool judge_unpacking(struct run_record *record)
{
	return !record->nr_cases && not_unpacked(record);
}

static bool judge_faults(struct run_record *record)
{
	const struct fault *first = faults_first(&record->faults);
	size_t more = record->faults.counted - 1;
	char others[64] = "";
	const char *doubt = "";

	if (!record->fault_check || !record->faults.counted)
		return false;
	if (more)
		snprintf(others, sizeof(others), " (and %zu more)", more);
	/* from its start to its end the agent has read who wrote each line */
	if (first && !first->heads.certain && first->case_index != SIZE_MAX &&
	    record->has_end && !record->kmsg_error)
		doubt = " (only the console has it, not /dev/kmsg)";
	return decide(record, VERDICT_FAULT, STATUS_FAULT,
		      "the kernel reported a fault: %s%s%s",
		      first ? first->title : "not kept", doubt, others);
}

/* The last line that the first process wrote to the console, or NULL. Heap. */
static char *agent_words(const struct run_record *record)
{
	static const char prefix[] = WIRE_INIT_SAYS;
	char *found = NULL;

	for (const char *line = record->last_words; line;) {
		const char *end = strchr(line, '\n');
		size_t len = end ? (size_t)(end - line) : strlen(line);

		while (len && line[len - 1] == '\r')
			len--;
		if (starts_with(line, prefix) && len > sizeof(prefix) - 1) {
			free(found);
			found = xstrndup(line + sizeof(prefix) - 1,
					 len - (sizeof(prefix) - 1));
		}
		line = end ? end + 1 : NULL;
	}
	return found;
}

/* Judge a boot that did not come to the agent's hello. @what happened instead. */
static bool judge_boot(struct run_record *record, enum verdict verdict, int status,
		       const char *what)
{
	_cleanup_free_ char *words = agent_words(record);

	return decide(record, verdict, status, "%s%s%s", what, words ? ": " : "",
		      words ? words : "");
}

static bool judge_boot_limit(struct run_record *record)
{
	char what[96];

	snprintf(what, sizeof(what),
		 record->tested_ms
			 ? "the kernel's tests at the boot did not go on for %u s"
		 : record->console_spoke
			 ? "the VM did not get as far as the test in %u s after its start"
			 : "the VM said nothing for %u s after its start",
		 record->limit_s);
	return judge_boot(record, VERDICT_TIMEOUT, STATUS_TIMEOUT, what);
}

static bool judge_limits(struct run_record *record)
{
	char where[512];

	switch (record->stop) {
	case RUN_TIMEOUT:
		return decide(record, VERDICT_TIMEOUT, STATUS_TIMEOUT,
			      "the time limit of %u s passed%s%s", record->limit_s,
			      in_case(record, "while", where),
			      record_running(record) ? " was running"
			      : !record->hello	     ? " before the test began"
						     : "");
	case RUN_BOOT_TIMEOUT:
		return judge_boot_limit(record);
	case RUN_CASE_TIMEOUT:
		return decide(record, VERDICT_TIMEOUT, STATUS_TIMEOUT,
			      record_running(record)
				      ? "the time limit of %u s passed%s"
				      : "the suite's script took more than %u s and no "
					"case was running%s",
			      record->limit_s, in_case(record, "in", where));
	case RUN_SILENT:
		return decide(record, VERDICT_TIMEOUT, STATUS_TIMEOUT,
			      "the VM stopped responding%s: no sign of life for %u s",
			      in_case(record, "in", where), record->limit_s);
	default:
		return false;
	}
}

static bool judge_stop(struct run_record *record)
{
	char where[512];

	in_case(record, "in", where);
	if (record->other_version)
		return not_run(record, "%s: cut it again", record->damage);
	if (record->started_again)
		return no_verdict(
			record,
			"the VM started again%s, as after kexec, before the test "
			"had ended",
			where);
	if (record->stop == RUN_DAMAGED || record->damage)
		return no_verdict(record, "the VM's messages make no sense: %s",
				  record->damage ? record->damage : "they are damaged");
	switch (record->stop) {
	case RUN_NOT_STOPPED:
	case RUN_NO_END:
		return false;
	case RUN_COMMAND:
		return no_verdict(record, "the VM was ended by 'rapido stop'%s", where);
	case RUN_FAULT:
		return judge_script(record) ||
		       not_run(record,
			       "the VM was stopped%s because of a false fault: a program "
			       "had written it to /dev/kmsg",
			       where);
	case RUN_NO_NETWORK:
	case RUN_HOST:
		return not_run(record, "%s%s", record->host_error, where);
	case RUN_OVER:
		/* a helper may have ended well, and the test may just have ended */
		return !record->helper && !record->has_end &&
		       no_verdict(record,
				  "the VM was stopped because a helper VM ended%s",
				  where);
	default:
		return no_verdict(
			record, "the VM was stopped before the test had ended%s", where);
	}
}

static bool judge_host(struct run_record *record)
{
	if (not_unpacked(record))
		return true;
	if (record->fault_check && record->taint.now & TAINT_MACHINE_CHECK)
		return not_run(
			record,
			"the kernel is tainted: M (machine check), which comes from "
			"the VM's processor and is not the kernel's fault");
	if (record->host_error)
		return not_run(record, "%s", record->host_error);
	if (record->results.write_error)
		return not_run(record, "cannot write the test's results: %s",
			       err_text(record->results.write_error));
	return false;
}

/* The host may have missed how the VM ended. */
static bool judge_unread(struct run_record *record)
{
	return record->unread && !record->has_end &&
	       not_run(record, "%s", record->host_error);
}

/* The VM has ended, but the agent has not reported how the test ended. */
static bool judge_no_end(struct run_record *record)
{
	char where[512];

	if (record->has_end && record->hello)
		return false;
	if (record->stop == RUN_OVER && record->ready)
		return no_verdict(record, "the VM did not end when it was asked to");
	/* this may be the reason, or have hidden it */
	if (record->host_error)
		return not_run(record, "%s; the VM ended without a verdict%s",
			       record->host_error, in_case(record, "in", where));
	if (record->was_reset)
		return no_verdict(record, "the VM was reset%s",
				  in_case(record, "in", where));
	if (vm_failed(record) && record->vm_fault)
		return not_run(record, "the VM %s%s", vm_end_text(record),
			       in_case(record, "in", where));
	if (vm_failed(record))
		return no_verdict(record, "the VM %s%s", vm_end_text(record),
				  in_case(record, "in", where));
	if (!record->hello)
		return judge_boot(record, VERDICT_NO_VERDICT, STATUS_NO_VERDICT,
				  record->console_spoke
					  ? "the VM ended before the test began"
					  : "the VM ended and had said nothing");
	return no_verdict(record, "the VM was powered off%s before the test had ended",
			  in_case(record, "in", where));
}

/* The kernel has panicked, but that is allowed, not checked, or was too late. */
static bool judge_panic(struct run_record *record)
{
	char where[512];

	if (!record->faults.panicked)
		return false;
	return no_verdict(record, "the VM ended without a verdict: the kernel panicked%s",
			  in_case(record, "in", where));
}

static bool judge_end(struct run_record *record)
{
	int status = (int)record->end_status;
	char where[512];

	in_case(record, "in", where);
	switch (record->end) {
	case WIRE_END_EXIT:
		break;
	case WIRE_END_SIGNAL:
		return no_verdict(record, "the shell was killed by %s%s",
				  signal_text(status), where);
	case WIRE_END_STOPPED:
		if (record->helper && record->stop == RUN_OVER)
			break;
		return no_verdict(record, "the test was stopped%s before it had ended",
				  where);
	case WIRE_END_SHUTDOWN:
		return no_verdict(record,
				  "the VM was powered off by the test%s before it had "
				  "ended",
				  where);
	case WIRE_END_INCOMPLETE:
		if (record->nr_cases)
			return no_verdict(record,
					  "the VM found its image incomplete after "
					  "scripts were run");
		return no_room(record);
	case WIRE_END_NO_SHARE:
		if (record->nr_cases)
			return no_verdict(record,
					  "the VM missed a directory of this host after "
					  "scripts were run");
		return not_run(record, "the VM could not mount a directory of this host, "
				       "see its log");
	case WIRE_END_NO_SHELL:
		if (record->nr_cases)
			return no_verdict(record,
					  "the VM could not start the shell after "
					  "scripts were run");
		return not_run(record, "the shell could not be started: %s",
			       err_text(status));
	default:
		return no_verdict(record, "the test ended in an unknown way");
	}
	if (record->was_reset)
		return no_verdict(record, "the VM was reset when the test had ended");
	return false;
}

/* Scripts that were run; a suite's cases come after them. */
static size_t nr_scripts(const struct run_record *record)
{
	return record->nr_cases - record->nr_suite;
}

/* A suite's script must do what it is told until it is told that there is no more. */
static bool judge_suite(struct run_record *record)
{
	const struct run_case *c = record_running(record);
	char where[512];

	if (record->suite_fatal && c)
		return not_run(record, "%s, in '%s'", record->suite_fatal, c->name);
	if (record->suite_fatal)
		return not_run(record, "%s", record->suite_fatal);
	if (!record->suite || record->suite_over || !record->has_end ||
	    record->end != WIRE_END_EXIT)
		return false;
	return not_run(record, "the suite's script ended the shell with status %u%s",
		       record->end_status, in_case(record, "in", where));
}

/*
 * Judge cases that did not run. The last one may have no end of its own, since an `exit`
 * in it ends the shell, whose status counts then.
 */
static bool judge_cases(struct run_record *record)
{
	size_t nr = nr_scripts(record);
	char where[512];

	for (size_t i = 0; i + 1 < nr; i++)
		if (!record->cases[i].ended)
			return no_verdict(record, "the end of '%s' was not reported",
					  record->cases[i].name);
	if (nr > record->planned)
		return no_verdict(record, "%zu scripts were run, but %u were planned", nr,
				  record->planned);
	/* a helper's server may run in its first script until the end */
	if (record->end_status || record->helper)
		return false;
	if (!nr)
		return no_verdict(record,
				  "the shell ended with status 0 and no script was "
				  "run");
	if (nr < record->planned)
		return no_verdict(record,
				  "the shell ended with status 0%s, so that %zu of %u "
				  "scripts %s not run",
				  in_case(record, "in", where), record->planned - nr,
				  record->planned,
				  record->planned - nr == 1 ? "was" : "were");
	return false;
}

static bool judge_status(struct run_record *record)
{
	_cleanup_free_ char *what = NULL;
	char where[512];

	if (judge_script(record))
		return true;
	if (!record->end_status)
		return false;
	what = xasprintf("the shell ended%s with status", in_case(record, "in", where));
	failed(record, what, record->end_status, record_running(record));
	if (nr_scripts(record) < record->planned) {
		_cleanup_free_ char *reason = TAKE_PTR(record->reason);

		record->reason =
			xasprintf("%s, so that %zu of %u scripts were not run", reason,
				  record->planned - nr_scripts(record), record->planned);
	}
	return true;
}

/* The first script with a TAP case that failed. */
static const struct run_case *find_failed_tap(const struct run_record *record)
{
	for (size_t i = 0; i < record->nr_cases; i++)
		if (record->cases[i].tap.failed)
			return &record->cases[i];
	return NULL;
}

/* What a KUnit run is about. The kernel has the tests, or the filter does not fit. */
static bool judge_kunit(struct run_record *record)
{
	if (!record->kunit || tap_total(&record->ktap))
		return false;
	return not_run(
		record,
		"the kernel ran no KUnit test: none matches KUNIT_FILTER, or it has "
		"none; set CONFIG_KUNIT_ALL_TESTS, or the options of single tests");
}

/* Lost output is not the test's failure. More bytes than were sent make no sense. */
static bool judge_output(struct run_record *record)
{
	static const char *const names[] = { "standard output", "standard error" };
	const uint64_t sent[] = { record->out_sent, record->err_sent };
	const uint64_t got[] = { record->out_bytes, record->err_bytes };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (got[i] < sent[i])
			return not_run(record,
				       "only %llu of the %llu bytes of the test's %s "
				       "arrived",
				       (unsigned long long)got[i],
				       (unsigned long long)sent[i], names[i]);
		if (got[i] > sent[i])
			return no_verdict(record,
					  "%llu bytes of the test's %s arrived, more "
					  "than the %llu that the VM says it sent",
					  (unsigned long long)got[i], names[i],
					  (unsigned long long)sent[i]);
	}
	return false;
}

static bool judge_tap(struct run_record *record)
{
	const struct run_case *c = find_failed_tap(record);
	const struct tap *tap = c ? &c->tap : &record->ktap;
	_cleanup_free_ char *first = NULL;
	size_t total, failed;

	if (!tap->failed || !record->tap_check)
		return false;
	if (!c && tap->failed == tap->incomplete) {
		_cleanup_free_ char *gap = record_log_gap(record);

		if (gap)
			return not_run(record,
				       "results of the kernel's tests are missing: %s",
				       gap);
	}
	record_count_tap(record, &total, &failed);
	if (tap->first_failed)
		first = xasprintf(": '%s'%s", tap->first_failed,
				  failed > 1 ? " is the first" : "");
	return decide(record, VERDICT_FAILED, STATUS_TAP,
		      c ? "%zu of %zu TAP cases failed%s, in '%s'"
			: "%zu of %zu TAP cases failed%s, in the kernel's log",
		      failed, total, first ? first : "", c ? c->name : "");
}

/* A helper must become ready, and then stay until the run is over. */
static bool judge_helper(struct run_record *record)
{
	bool over = record->stop == RUN_OVER && !record->ended_run;

	if (!record->helper || (over && record->ready))
		return false;
	if (over)
		return no_verdict(record, "the run was over before the VM was ready");
	return no_verdict(record, "the VM ended before %s",
			  record->ready ? "the test had" : "it was ready");
}

static void pass(struct run_record *record)
{
	const char *late =
		record->stop == RUN_NO_END ? "; the VM did not power off by itself" : "";
	_cleanup_free_ char *gap = record_log_gap(record);
	const char *but = gap ? "; " : "";
	size_t total, failed;
	char tap[96] = "";

	if (!gap)
		gap = xstrdup("");
	record_count_tap(record, &total, &failed);
	if (failed)
		snprintf(tap, sizeof(tap), " (%zu of %zu TAP cases failed)", failed,
			 total);
	else if (tap_total(&record->ktap))
		snprintf(tap, sizeof(tap),
			 " (and %zu of the kernel's tests passed, %zu skipped)",
			 record->ktap.passed, record->ktap.skipped + record->ktap.todo);
	if (record->helper)
		decide(record, VERDICT_PASSED, 0, "the VM was there for the test%s%s%s%s",
		       tap, late, but, gap);
	else if (nr_scripts(record) == 1)
		decide(record, VERDICT_PASSED, 0, "'%s' returned 0%s%s%s%s",
		       record->cases[0].name, tap, late, but, gap);
	else
		decide(record, VERDICT_PASSED, 0, "all %zu scripts returned 0%s%s%s%s",
		       nr_scripts(record), tap, late, but, gap);
}

/* What the kernel or the test is blamed for may be the host's doing. */
static void judge_interference(struct run_record *record)
{
	if (record->vm_interference && record->verdict != VERDICT_INTERRUPTED)
		not_run(record, "the VM %s", record->vm_interference);
}

/* The kernel's test that the verdict is about, or NULL. Heap. */
static char *kernel_test(const struct run_record *record)
{
	const char *unfinished = record->ktap.unfinished;
	const struct fault *fault =
		record->verdict == VERDICT_FAULT ? faults_first(&record->faults) : NULL;
	_cleanup_free_ char *name = fault ? ktap_test_in_report(fault->text) : NULL;

	/* the first report need not be about the last test */
	if (name && !(unfinished && ends_with(unfinished, name)))
		return TAKE_PTR(name);
	return unfinished ? xstrdup(unfinished) : NULL;
}

/* A verdict that KTAP has not decided may still be about a test of the kernel's. */
static void add_kernel_test(struct run_record *record)
{
	_cleanup_free_ char *test = NULL;
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	switch (record->verdict) {
	case VERDICT_FAULT:
	case VERDICT_TIMEOUT:
	case VERDICT_NO_VERDICT:
	case VERDICT_INTERRUPTED:
		test = kernel_test(record);
		break;
	case VERDICT_PASSED:
	case VERDICT_FAILED:
	case VERDICT_NOT_RUN:
		break;
	}
	if (!test)
		return;
	strbuf_addf(&text, "%s; the kernel's test '", record->reason);
	strbuf_add_visible(&text, test);
	strbuf_adds(&text, "' was running");
	free(record->reason);
	record->reason = strbuf_detach(&text);
}

/* Judge this one VM. */
static void judge_alone(struct run_record *record)
{
	static bool (*const steps[])(struct run_record *) = {
		judge_signal, judge_start,  judge_unpacking, judge_faults, judge_limits,
		judge_stop,   judge_panic,  judge_unread,    judge_suite,  judge_no_end,
		judge_end,    judge_cases,  judge_status,    judge_kunit,  judge_tap,
		judge_output, judge_helper, judge_host,
	};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
		if (steps[i](record)) {
			judge_interference(record);
			add_kernel_test(record);
			return;
		}
	pass(record);
}

/* "in the VM of 'nvmet-tcp': ...", or "VM 1 of 'nvmet-tcp' was ended by ...". */
static char *reason_of_helper(const struct run_record *record,
			      const struct run_record *helper)
{
	const char *not_run = record->skipped ? "the test was not run: " : "";

	if (helper->stop == RUN_COMMAND && helper->verdict == VERDICT_NO_VERDICT)
		return xasprintf("%sVM %u of '%s' was ended by 'rapido stop'", not_run,
				 helper->slot, helper->helper);
	return xasprintf("%sin the VM of '%s': %s", not_run, helper->helper,
			 helper->reason);
}

void verdict_judge(struct run_record *record)
{
	const struct run_record *fault = NULL, *ended = NULL, *other = NULL,
				*cause = NULL;
	_cleanup_free_ char *own = NULL, *reason = NULL;

	judge_alone(record);
	/* backwards, so that the first of each kind is found last */
	for (size_t i = record->nr_with; i-- > 0;) {
		const struct run_record *helper = record->with[i];

		if (helper->verdict == VERDICT_FAULT)
			fault = helper;
		if (helper->ended_run)
			ended = helper;
		if (helper->verdict != VERDICT_PASSED)
			other = helper;
	}
	if (record->verdict == VERDICT_FAULT)
		cause = NULL;
	else if (fault)
		cause = fault;
	else if (ended && (record->skipped || record->stop == RUN_OVER))
		/* a test that has lost its helper is not judged by what it does */
		cause = ended;
	else if (record->verdict == VERDICT_PASSED)
		cause = other;
	record->cause = NULL;
	if (record->verdict == VERDICT_INTERRUPTED || !(cause || ended))
		return;
	own = TAKE_PTR(record->reason);
	reason = reason_of_helper(record, cause ? cause : ended);
	if (!cause) {
		/* that may have to do with the test's end */
		record->reason = xasprintf("%s; before that, %s", own, reason);
		return;
	}
	record->cause = cause;
	record->reason = TAKE_PTR(reason);
	record->verdict = cause->verdict;
	record->status = cause->status;
}
