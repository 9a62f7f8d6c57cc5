// SPDX-License-Identifier: GPL-2.0-or-later
/* The runs of a command, one after the other: each is judged, written down and told
 * before the next one begins. */
#include <errno.h>
#include <fcntl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/signal-fd.h"
#include "lib/sink.h"
#include "lib/tty.h"
#include "lib/utf8.h"
#include "run-print.h"
#include "run-vm.h"
#include "junit.h"
#include "report-file.h"
#include "run/runs.h"
#include "status-json.h"
#include "run/verdict.h"
#include "supervise.h"

/* Bytes of output that are kept of all runs for JUnit. */
#define KEPT_MAX (64 << 20)

struct runs {
	const struct run_config *config;
	struct run_record **records; /* the test's of each run, on the heap */
	size_t nr, alloc;
	uint64_t start_ms; /* of the current run */
	int signals;
	struct workers workers; /* one, or none: each run has one VM for it */
	struct tty tty;
	off_t in_start; /* of standard input if it can be read again, else -1 */
	size_t kept;	/* bytes of the runs' output */
	struct report_file junit;
};

/* The test's VM, which is the last one. */
static const struct run_vm_config *test_vm(const struct runs *runs)
{
	return &runs->config->vms[runs->config->nr_vms - 1];
}

static struct run_record *add_record(struct runs *runs, const char *dir)
{
	struct run_record *record = xcalloc(1, sizeof(*record));

	record_init(record);
	ALLOC_GROW(runs->records, runs->nr, runs->alloc);
	runs->records[runs->nr++] = record;
	run_vm_note(record, test_vm(runs), dir);
	return record;
}

/* The host cannot write '@what', so the run has not passed: judge it again. */
static void cannot_write(struct run_record *record, const char *what, int err)
{
	if (!record->host_error)
		record->host_error =
			xasprintf("cannot write '%s': %s", what, err_text(err));
	verdict_judge(record);
}

static void write_status(struct run_record *record, const struct rundir *dir)
{
	_cleanup_(strbuf_release) struct strbuf json = STRBUF_INIT;
	int err;

	status_json_format(record, &json);
	err = rundir_write(dir, "status.json", json.buf, json.len);
	if (err)
		cannot_write(record, "status.json", err);
}

static void write_files(struct run_record *record, const struct rundir *dir)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	int err = 0;

	for (size_t i = 0; i < record->faults.nr; i++)
		strbuf_addf(&text, "%s%s: %s%s\n%s", i ? "\n" : "",
			    record->faults.list[i].kind, record->faults.list[i].title,
			    record->faults.list[i].allowed ? " (allowed)" : "",
			    record->faults.list[i].text);
	if (text.len)
		err = rundir_write(dir, "faults.txt", text.buf, text.len);
	if (err)
		cannot_write(record, "faults.txt", err);
	write_status(record, dir);
}

/* Add the helpers' records to the test's, and make their directories below the test's,
 * which is the last of @dirs. 0 or -errno. */
static int add_helpers(const struct run_config *config, struct run_record *test,
		       struct rundir *dirs)
{
	const size_t nr = config->nr_vms - 1;
	int err = 0;

	for (size_t i = 0; i < nr; i++) {
		const struct run_vm_config *vm = &config->vms[i];
		struct run_record *record = record_add_helper(test, vm->name);
		_cleanup_free_ char *path =
			xasprintf("%s/" RUNDIR_WITH "/%s", dirs[nr].path, vm->name);

		dirs[i] = (struct rundir)RUNDIR_INIT;
		if (!err)
			err = rundir_open(&dirs[i], path);
		if (!err)
			run_vm_note(record, vm, dirs[i].path);
	}
	return err;
}

static bool drove_terminal(const struct run_record *record)
{
	bool drove = record->drove_terminal;

	for (size_t i = 0; i < record->nr_with; i++)
		drove |= record->with[i]->drove_terminal;
	return drove;
}

/* One run of all VMs, with its files and messages. */
static struct run_record *run_in(struct runs *runs, const struct rundir *dir)
{
	const struct run_config *config = runs->config;
	const struct run_vm_config *test = test_vm(runs);
	const size_t nr = config->nr_vms - 1;
	_cleanup_free_ struct rundir *dirs = xcalloc(nr + 1, sizeof(*dirs));
	struct run_record *record = add_record(runs, dir->path);
	int err;

	dirs[nr] = *dir;
	err = add_helpers(config, record, dirs);
	if (err) {
		cannot_write(record, RUNDIR_WITH, err);
	} else {
		supervise_run(config, record, dirs, runs->signals,
			      runs->workers.nr ? runs->workers.v[0] : NULL);
		for (size_t i = 0; i < nr; i++) {
			record->with[i]->total_ms = record->with[i]->vm_ms;
			write_files(record->with[i], &dirs[i]);
		}
		record->total_ms = monotonic_ms() - runs->start_ms;
		verdict_judge(record);
	}
	/* the test's files come last, because they tell of all VMs */
	write_files(record, dir);
	for (size_t i = 0; i < nr; i++)
		rundir_release(&dirs[i]);
	runs->start_ms = monotonic_ms();
	if (drove_terminal(record))
		tty_restore(&runs->tty);
	/* the reader of our messages may have seen the test's output already */
	run_print_end(record, test->merge || isatty(test->out));
	return record;
}

static struct run_record *run_numbered(struct runs *runs, unsigned long number)
{
	_cleanup_(rundir_release) struct rundir dir = RUNDIR_INIT;
	_cleanup_free_ char *path = xasprintf("%s/%lu", runs->config->dir.path, number);
	struct run_record *record;
	int err;

	/* each run gets the same input, if it can be read again */
	if (runs->in_start >= 0)
		lseek(test_vm(runs)->in, runs->in_start, SEEK_SET);
	log_info("run %lu", number);
	err = rundir_open(&dir, path);
	if (!err)
		return run_in(runs, &dir);
	record = add_record(runs, NULL);
	cannot_write(record, path, err);
	return record;
}

/* The number of a signal that has come since the last run, or 0. */
static int caught_between(const struct runs *runs)
{
	struct signalfd_siginfo info;

	while (read(runs->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			return (int)info.ssi_signo;
	return 0;
}

/* Whether a signal ends the runs. It has a record then. */
static bool is_interrupted(struct runs *runs)
{
	int sig = caught_between(runs);
	struct run_record *record;

	if (!sig)
		return false;
	record = add_record(runs, NULL);
	record->signal = sig;
	verdict_judge(record);
	return true;
}

static void run_many(struct runs *runs)
{
	const struct run_config *config = runs->config;

	for (unsigned long i = 1; !config->repeat || i <= config->repeat; i++) {
		struct run_record *record = run_numbered(runs, i);

		/* a fault of the host would make the next run fail, too */
		if (record->status >= STATUS_NOT_RUN ||
		    (record->status && config->until_failure) || is_interrupted(runs))
			break;
		if (config->junit)
			runs->kept += record_kept(record);
		if (!config->junit || runs->kept > KEPT_MAX)
			record_forget_output(record);
	}
	run_print_summary(runs->records, runs->nr);
}

static bool interrupted(void *data)
{
	return caught_between(data);
}

static int write_junit(struct runs *runs)
{
	_cleanup_(strbuf_release) struct strbuf xml = STRBUF_INIT;

	junit_format((const struct run_record *const *)runs->records, runs->nr, &xml);
	return report_file_write(&runs->junit, &xml, runs->signals, interrupted, runs);
}

/* A file about all runs could not be written, so the last run has not passed. */
static void all_failed(struct runs *runs, const char *what, int err)
{
	struct run_record *last = runs->records[runs->nr - 1];

	cannot_write(last, what, err);
	if (!run_config_is_many(runs->config))
		write_status(last, &runs->config->dir);
}

/* The status of the last run if a signal has ended it, else of the first that did not
 * pass, else 0. */
static int status_of_all(const struct runs *runs)
{
	const struct run_record *last = runs->records[runs->nr - 1];

	if (last->verdict == VERDICT_INTERRUPTED)
		return last->status;
	for (size_t i = 0; i < runs->nr; i++)
		if (runs->records[i]->status)
			return runs->records[i]->status;
	return 0;
}

static void report_all(struct runs *runs)
{
	const struct run_config *config = runs->config;
	_cleanup_(strbuf_release) struct strbuf json = STRBUF_INIT;
	int err = config->junit ? write_junit(runs) : 0;

	if (err)
		all_failed(runs, config->junit, err);
	if (run_config_is_many(config)) {
		status_json_format_all((const struct run_record *const *)runs->records,
				       runs->nr, status_of_all(runs), &json);
		err = rundir_write(&config->dir, "status.json", json.buf, json.len);
		if (err)
			all_failed(runs, "status.json", err);
	} else {
		status_json_format(runs->records[0], &json);
	}
	err = config->json ? report_print_json(&json) : 0;
	if (err)
		all_failed(runs, "standard output", err);
}

static void runs_release(struct runs *runs)
{
	workers_free(&runs->workers);
	report_file_release(&runs->junit);
	for (size_t i = 0; i < runs->nr; i++) {
		record_release(runs->records[i]);
		free(runs->records[i]);
	}
	free(runs->records);
}

/* If the VM is not to run here. A run has one VM, so the first of several will do. */
static int start_worker(struct runs *runs)
{
	const struct strvec *commands = &runs->config->suite.workers;

	return commands->nr ? workers_start(&runs->workers, commands, 1,
					    test_vm(runs)->boot.options.conf)
			    : 0;
}

int runs_run(const struct run_config *config)
{
	_cleanup_(runs_release) struct runs runs = {
		.config = config,
		.start_ms = config->start_ms,
		.junit = REPORT_FILE_INIT,
	};
	_cleanup_close_ int signals = -1;
	sigset_t before;
	int status = STATUS_NOT_RUN;

	runs.in_start = lseek(test_vm(&runs)->in, 0, SEEK_CUR);
	if (report_file_open(&runs.junit, config->junit))
		return STATUS_NOT_RUN;
	tty_save(&runs.tty);
	signals = runs.signals = signal_fd_open(&before, 0);
	if (signals < 0) {
		log_error("cannot wait for signals: %s", err_text(signals));
	} else if (start_worker(&runs)) {
		/* there was a message */
	} else {
		if (run_config_is_many(config))
			run_many(&runs);
		else
			run_in(&runs, &config->dir);
		report_all(&runs);
		status = status_of_all(&runs);
		/* a signal that came since has nothing to end any more */
		caught_between(&runs);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}

void run_config_release(struct run_config *config)
{
	cut_args_release(&config->cut);
	strvec_release(&config->with);
	strvec_release(&config->allow);
	strvec_release(&config->suite.args);
	strvec_release(&config->suite.select);
	strvec_release(&config->suite.exclude);
	strvec_release(&config->suite.known_failures);
	strvec_release(&config->suite.workers);
	free(config->suite.compare_path);
	rundir_release(&config->dir);
	for (size_t i = 0; i < config->nr_vms; i++) {
		struct run_vm_config *vm = &config->vms[i];

		free(vm->name);
		strvec_release(&vm->allow);
		boot_release(&vm->boot);
		cut_result_release(&vm->cut);
	}
	free(config->vms);
}
