// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A suite from its options to its status: which cases there are, and what is written and
 * said about them. suite-loop.c runs them in between.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/out.h"
#include "lib/path.h"
#include "lib/signal-fd.h"
#include "report-file.h"
#include "run-vm.h"
#include "run/suite-lists.h"
#include "run/suite-run.h"
#include "run/verdict.h"
#include "suite-journal.h"
#include "suite-loop.h"
#include "suite-report.h"
#include "vm/host-memory.h"

struct suite_run {
	const struct run_config *config;
	const struct suite_options *options;
	struct suite suite;
	struct suite_loop loop;
	struct workers workers;
	struct suite_identity identity;
	struct run_record vm; /* what is known of every VM */
	struct strvec select, exclude;
	struct report_file junit;
	struct timespec started;
	int journal; /* -1: not open */
	int status;
	char *reason;
};

/* --- before the first VM --- */

/* Patterns, or files of patterns: @FILE. */
static int read_patterns(struct strvec *patterns, const struct strvec *words)
{
	int err = 0;

	for (size_t i = 0; !err && i < words->nr; i++)
		if (words->v[i][0] == '@')
			err = suite_patterns_read(words->v[i] + 1, patterns, NULL);
		else
			strvec_push(patterns, words->v[i]);
	return err;
}

/* Whether the run to compare with is one of this suite; a pipe can be read only once. */
static int try_compare(const struct suite_run *run)
{
	_cleanup_(suite_release) struct suite no_cases = SUITE_INIT;
	const char *path = run->options->compare_path;

	if (!path || (!io_is_dir(path) && !io_is_file(path)))
		return 0;
	if (run->suite.test)
		no_cases.test = xstrdup(run->suite.test);
	return suite_compare(path, &no_cases);
}

/* A wrong file must be found before the first VM boots, not after it. */
static int read_options(struct suite_run *run)
{
	const struct strvec *known = &run->options->known_failures;
	int err = read_patterns(&run->select, &run->options->select);

	if (!err && run->options->select.nr && !run->select.nr) {
		log_error("no case is selected: there is no pattern in '%s'",
			  run->options->select.v[0] + 1);
		err = -ENODATA;
	}
	if (!err)
		err = read_patterns(&run->exclude, &run->options->exclude);
	for (size_t i = 0; !err && i < known->nr; i++) {
		_cleanup_(strvec_release) struct strvec patterns = STRVEC_INIT;

		if (!streq(known->v[i], "-"))
			err = suite_patterns_read(known->v[i], &patterns, NULL);
	}
	return err ? err : try_compare(run);
}

/* What users know of the cases, once these are known. */
static int read_knowledge(struct suite_run *run)
{
	const struct strvec *known = &run->options->known_failures;
	int err = 0;

	for (size_t i = 0; !err && i < known->nr; i++)
		err = suite_known_read(&run->suite, known->v[i]);
	if (!err && run->options->compare_path)
		err = suite_compare(run->options->compare_path, &run->suite);
	return err;
}

/* What rapido was killed in the middle of writing must not be joined by a new line. */
static int drop_torn_line(int fd)
{
	struct stat st;
	off_t end;
	char last;

	if (fstat(fd, &st) < 0)
		return -errno;
	for (end = st.st_size; end > 0; end--) {
		ssize_t n = pread(fd, &last, 1, end - 1);

		if (n != 1)
			return n < 0 ? -errno : -EIO;
		if (last == '\n')
			break;
	}
	return end < st.st_size && ftruncate(fd, end) < 0 ? -errno : 0;
}

/* The numbers of new VMs come after those of the run that goes on. */
static unsigned int last_vm(const struct rundir *dir)
{
	_cleanup_closedir_ DIR *d = io_open_dir(dir->fd, SUITE_VMS);
	struct dirent *entry;
	unsigned long last = 0, number;

	while (d && (entry = readdir(d)))
		if (parse_uint(entry->d_name, 1, UINT32_MAX / 2, &number) == 0 &&
		    number > last)
			last = number;
	return (unsigned int)last;
}

/* Go on with the run in the directory. 0, or -errno after a message. */
static int resume(struct suite_run *run)
{
	const struct rundir *dir = &run->config->dir;
	_cleanup_free_ char *path = path_join(dir->path, SUITE_JOURNAL);
	int err = suite_journal_read(path, &run->identity, &run->suite);

	if (err)
		return err;
	run->journal = openat(dir->fd, SUITE_JOURNAL,
			      O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	err = run->journal < 0 ? -errno : drop_torn_line(run->journal);
	if (err) {
		log_error("cannot open '%s': %s", path, err_text(err));
		return err;
	}
	err = read_knowledge(run);
	if (err)
		return err;
	suite_start(&run->suite);
	run->loop.journal = run->journal;
	run->loop.has_list = true;
	run->loop.first_vm = last_vm(dir);
	log_info("%zu of %zu cases are done already", run->suite.done, run->suite.nr);
	return 0;
}

/* --- the list --- */

static bool refuse(struct suite_loop *loop, const char *why)
{
	loop->refusal = xstrdup(why);
	return false;
}

static bool begin_journal(struct suite_run *run)
{
	int err = run->journal = rundir_create(&run->config->dir, SUITE_JOURNAL);

	if (err >= 0)
		err = suite_journal_begin(run->journal, &run->identity, &run->suite);
	if (err < 0)
		suite_loop_host_failed(&run->loop, "write '" SUITE_JOURNAL "'", err);
	run->loop.journal = run->journal;
	return err >= 0;
}

/* The list has come: choose among its cases. */
static bool listed(struct suite_loop *loop, const char *text, size_t size)
{
	struct suite_run *run = loop->data;
	struct suite *suite = &run->suite;
	_cleanup_(report_release) struct report report = REPORT_INIT;
	_cleanup_free_ char *why = NULL;
	const char *unmatched;
	struct suite_shard shard;
	unsigned long seed;
	int err = suite_set_list(suite, text, size, &report);

	report_flush(&report);
	if (err == -ENODATA)
		return refuse(loop, "no case is selected: suite_list printed none");
	if (err)
		return refuse(loop, "the suite's list of cases is wrong");
	unmatched = suite_select(suite, &run->select, &run->exclude);
	if (unmatched) {
		why = xasprintf("no case matches '%s'", unmatched);
		return refuse(loop, why);
	}
	if (!suite->nr)
		return refuse(loop, "no case is selected: all are excluded");
	if (run->options->shard && suite_shard_parse(run->options->shard, &shard) == 0)
		suite_keep_shard(suite, &shard);
	if (!suite->nr) {
		why = xasprintf("part %s has no cases", run->options->shard);
		return refuse(loop, why);
	}
	if (run->options->shuffle &&
	    parse_uint(run->options->shuffle, 0, ULONG_MAX, &seed) == 0)
		suite_shuffle(suite, seed);
	if (read_knowledge(run))
		return refuse(loop, "what is known of the cases could not be read");
	if (!begin_journal(run))
		return false;
	suite_start(suite);
	return true;
}

/* --- what is said --- */

/* A user at a terminal is told of what went wrong; a log gets every case. */
static void case_ended(struct suite_loop *loop, const struct suite_case *c)
{
	const struct suite_run *run = loop->data;
	const struct suite_attempt *last = &c->attempts[c->nr_attempts - 1];
	bool watched = isatty(run->config->json ? STDERR_FILENO : STDOUT_FILENO) &&
		       !log_enabled(LOG_DEBUG);
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT;
	int err;

	if (watched && (last->outcome == SUITE_PASSED || last->outcome == SUITE_SKIPPED))
		return;
	suite_case_format(c, &line);
	strbuf_addch(&line, '\n');
	if (run->config->json) {
		log_text(line.buf, line.len);
		return;
	}
	out_print("%s", line.buf);
	err = out_flush();
	/* a reader that closes the pipe has seen enough */
	if (err && err != -EPIPE)
		suite_loop_host_failed(loop, "write to standard output", err);
}

static void print_summary(const struct suite_facts *facts)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	size_t rows = SUITE_SUMMARY_ROWS, cols = 0;
	struct winsize size;

	if (isatty(STDERR_FILENO) && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_row > 2) {
		rows = size.ws_row - 2u;
		cols = size.ws_col;
	}
	suite_summary_format(facts, rows, cols, &text);
	log_text(text.buf, text.len);
}

/* --- the end --- */

static void decide(struct suite_run *run, int status, const char *fmt, ...)
	_printf_(3, 4);
static void decide(struct suite_run *run, int status, const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	free(run->reason);
	run->reason = strbuf_detach(&text);
	run->status = status;
}

static int status_of_outcome(enum suite_outcome outcome)
{
	switch (outcome) {
	case SUITE_FAULT:
		return STATUS_FAULT;
	case SUITE_TIMEOUT:
		return STATUS_TIMEOUT;
	case SUITE_NO_VERDICT:
		return STATUS_NO_VERDICT;
	default:
		return 1;
	}
}

static int status_of_verdict(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_FAULT:
		return STATUS_FAULT;
	case VERDICT_TIMEOUT:
		return STATUS_TIMEOUT;
	case VERDICT_NO_VERDICT:
		return STATUS_NO_VERDICT;
	default:
		return STATUS_NOT_RUN;
	}
}

/* The first incident whose verdict is (not) that there was nothing to judge, or NULL. */
static const struct suite_incident *find_incident(const struct suite_loop *loop,
						  bool judged)
{
	for (size_t i = 0; i < loop->nr_incidents; i++)
		if (judged ==
		    (status_of_verdict(loop->incidents[i].verdict) != STATUS_NOT_RUN))
			return &loop->incidents[i];
	return NULL;
}

static const struct suite_case *find_not_run(const struct suite *suite)
{
	for (size_t i = 0; i < suite->nr; i++)
		if (suite_case_outcome(&suite->cases[i]) == SUITE_NOT_RUN)
			return &suite->cases[i];
	return NULL;
}

static void decide_by_case(struct suite_run *run, int status, size_t nr, const char *what,
			   const struct suite_case *c)
{
	const struct suite_attempt *attempt = suite_case_attempt(c);
	const char *reason = attempt ? attempt->reason : NULL;

	decide(run, status, "%zu of %zu cases %s %s: '%s'%s%s", nr, run->suite.nr,
	       nr == 1 ? "is" : "are", what, c->name, reason ? ": " : "",
	       reason ? reason : "");
}

static void decide_passed(struct suite_run *run, const struct suite_counts *counts)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	strbuf_addf(&text, "%zu of %zu cases passed", counts->passed, counts->total);
	if (counts->skipped)
		strbuf_addf(&text, ", %zu skipped", counts->skipped);
	if (counts->still_broken)
		strbuf_addf(&text, ", %zu broken as is known", counts->still_broken);
	if (counts->flaky)
		strbuf_addf(&text, ", %zu flaky", counts->flaky);
	if (counts->newly_fixed)
		strbuf_addf(&text, ", %zu newly fixed", counts->newly_fixed);
	decide(run, 0, "%s", text.buf);
}

/* Why all this ends with which status: the first that applies. */
static void judge(struct suite_run *run)
{
	const struct suite_loop *loop = &run->loop;
	const struct suite *suite = &run->suite;
	const struct suite_incident *judged = find_incident(loop, true);
	const struct suite_incident *not_judged = find_incident(loop, false);
	const struct suite_case *c = suite_deciding(suite);
	struct suite_counts counts;

	suite_count(suite, &counts);
	if (loop->signal) {
		decide(run, 128 + loop->signal,
		       "interrupted by signal %d (%s): %zu of %zu cases are done%s%s",
		       loop->signal, strsignal(loop->signal), suite->done, suite->nr,
		       run->journal >= 0 ? "; to go on: --continue " : "",
		       run->journal >= 0 ? run->config->dir.path : "");
	} else if (loop->host_error) {
		/* broken cases may not have been run again, or not be written down */
		decide(run, STATUS_NOT_RUN, "%s", loop->host_error);
	} else if (c) {
		decide_by_case(run, status_of_outcome(suite_case_outcome(c)),
			       counts.newly_broken, "newly broken", c);
	} else if (judged) {
		decide(run, status_of_verdict(judged->verdict), "vm %u: %s", judged->vm,
		       judged->reason);
	} else if (loop->timed_out) {
		decide(run, STATUS_TIMEOUT,
		       "the time limit of %lu s passed: %zu of %zu cases are done",
		       run->config->timeout, suite->done, suite->nr);
	} else if (loop->refusal) {
		decide(run, STATUS_NOT_RUN, "%s", loop->refusal);
	} else if (counts.not_run) {
		decide_by_case(run, STATUS_NOT_RUN, counts.not_run, "not judged",
			       find_not_run(suite));
	} else if (not_judged) {
		decide(run, STATUS_NOT_RUN, "vm %u: %s", not_judged->vm,
		       not_judged->reason);
	} else if (counts.none || !suite->nr) {
		decide(run, STATUS_NOT_RUN, "%zu of %zu cases were not run", counts.none,
		       suite->nr);
	} else {
		decide_passed(run, &counts);
	}
}

static struct suite_facts gather_facts(const struct suite_run *run)
{
	const struct suite_loop *loop = &run->loop;

	return (struct suite_facts){
		.suite = &run->suite,
		.release = run->vm.release,
		.kernel = run->vm.kernel.path,
		.kernel_version = loop->kernel_version,
		.image = run->vm.image.path,
		.accel = loop->accel,
		.dir = run->config->dir.path,
		.compared = run->options->compare,
		.resumed = run->options->resume,
		.started = run->started,
		.total_ms = monotonic_ms() - run->config->start_ms,
		.vms = loop->vms,
		.jobs = loop->jobs_allowed ? loop->jobs_allowed : loop->jobs,
		.jobs_asked = loop->jobs,
		.signal = loop->signal,
		.incidents = loop->incidents,
		.nr_incidents = loop->nr_incidents,
		.status = run->status,
		.reason = run->reason,
	};
}

/* After a second signal, no report waits for the reader of a fifo. */
static bool interrupted(void *data)
{
	const struct suite_loop *loop = data;
	struct signalfd_siginfo info;

	while (read(loop->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			return true;
	return false;
}

static int write_junit(struct suite_run *run, const struct suite_facts *facts)
{
	_cleanup_(strbuf_release) struct strbuf xml = STRBUF_INIT;

	if (!run->config->junit)
		return 0;
	suite_junit_format(facts, run->config->dir.fd, &xml);
	return report_file_write(&run->junit, &xml, run->loop.signals, interrupted,
				 &run->loop);
}

/* A report could not be written, so the suite has not passed. */
static void not_written(struct suite_run *run, const char *what, int err)
{
	if (!run->status)
		decide(run, STATUS_NOT_RUN, "cannot write '%s': %s", what, err_text(err));
}

static void write_reports(struct suite_run *run)
{
	const struct run_config *config = run->config;
	struct suite_facts facts = gather_facts(run);
	_cleanup_(strbuf_release) struct strbuf json = STRBUF_INIT;
	int err = write_junit(run, &facts);

	if (err) {
		not_written(run, config->junit, err);
		facts = gather_facts(run);
	}
	suite_json_format(&facts, &json);
	err = rundir_write(&config->dir, "status.json", json.buf, json.len);
	if (err)
		not_written(run, "status.json", err);
	err = config->json ? report_print_json(&json) : 0;
	if (err)
		not_written(run, "standard output", err);
}

static void print_end(const struct suite_run *run)
{
	const struct suite_facts facts = gather_facts(run);

	/* a broken case decides, but the user learns why others were not run */
	if (run->loop.refusal && !streq(run->reason, run->loop.refusal))
		log_warn("%s", run->loop.refusal);
	if (run->suite.nr)
		print_summary(&facts);
	log_verdict(!run->status, "%s, in %.1f s; logs are in '%s'", run->reason,
		    (double)facts.total_ms / 1000, run->config->dir.path);
}

/* Run what there is to run. */
static void run_vms(struct suite_run *run)
{
	struct suite_loop *loop = &run->loop;

	if (loop->has_list && !suite_has_more(&run->suite))
		return;
	loop->start_ms = monotonic_ms();
	suite_loop_run(loop);
}

static void release(struct suite_run *run)
{
	suite_loop_release(&run->loop);
	workers_free(&run->workers);
	suite_release(&run->suite);
	record_release(&run->vm);
	strvec_release(&run->select);
	strvec_release(&run->exclude);
	report_file_release(&run->junit);
	if (run->journal >= 0)
		close(run->journal);
	free(run->reason);
}

/* If the VMs are not to run here: one for each, and at least one by each command. */
static int start_workers(struct suite_run *run)
{
	const struct strvec *commands = &run->options->workers;
	struct suite_loop *loop = &run->loop;

	if (!commands->nr)
		return 0;
	if (loop->jobs < commands->nr)
		loop->jobs = commands->nr;
	loop->workers = &run->workers;
	return workers_start(&run->workers, commands, loop->jobs,
			     loop->vm->boot.options.conf);
}

int suite_run(const struct run_config *config)
{
	const struct run_vm_config *vm = &config->vms[config->nr_vms - 1];
	_cleanup_(release) struct suite_run run = {
		.config = config,
		.options = &config->suite,
		.suite = SUITE_INIT,
		.junit = REPORT_FILE_INIT,
		.journal = -1,
		.status = STATUS_NOT_RUN,
		.loop = { .config = config,
			  .vm = vm,
			  .dir = &config->dir,
			  .journal = -1,
			  .jobs = config->suite.jobs ? config->suite.jobs : 1,
			  .listed = listed,
			  .case_ended = case_ended },
	};
	sigset_t before;

	record_init(&run.vm);
	run_vm_note(&run.vm, vm, config->dir.path);
	run.identity = (struct suite_identity){
		.test = run.vm.test,
		/* with --continue they need not be given again */
		.args = config->suite.resume && !config->suite.args.nr
				? NULL
				: &config->suite.args,
		.kernel = &run.vm.kernel,
		.release = run.vm.release,
	};
	run.suite.test = run.vm.test ? xstrdup(run.vm.test) : NULL;
	for (size_t i = 0; i < config->suite.args.nr; i++)
		strvec_push(&run.suite.args, config->suite.args.v[i]);
	run.suite.retries = (unsigned int)config->suite.retry;
	run.loop.suite = &run.suite;
	run.loop.data = &run;
	run.loop.memory = host_memory_available("");
	clock_gettime(CLOCK_REALTIME, &run.started);
	if (read_options(&run) || report_file_open(&run.junit, config->junit))
		return STATUS_NOT_RUN;
	run.loop.signals = signal_fd_open(&before, 0);
	if (run.loop.signals < 0) {
		log_error("cannot wait for signals: %s", err_text(run.loop.signals));
		return STATUS_NOT_RUN;
	}
	/* a run that cannot go on stays as it is */
	if (start_workers(&run)) {
		run.status = STATUS_NOT_RUN;
	} else if (!config->suite.resume || resume(&run) == 0) {
		run_vms(&run);
		judge(&run);
		write_reports(&run);
		print_end(&run);
	}
	/* a signal that came since has nothing to end any more */
	interrupted(&run.loop);
	close(run.loop.signals);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return run.status;
}
