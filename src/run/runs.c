// SPDX-License-Identifier: GPL-2.0-or-later
/* One run after the other, each judged, told and written down before the next. */
#include <errno.h>
#include <fcntl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "run-print.h"
#include "run/runs.h"
#include "lib/sink.h"
#include "lib/tty.h"
#include "lib/utf8.h"
#include "run/verdict.h"

/* How long a fifo that nobody reads is waited for, in milliseconds. */
#define READER_MS 5000
/* What is kept of the output of all runs for JUnit, in bytes. */
#define KEPT_MAX (64 << 20)

struct runs {
	const struct runs_options *options;
	struct run_list list;
	uint64_t start_ms; /* of the present run */
	int signals;
	struct tty tty;
	off_t in_start; /* of standard input, where it can be read again; else -1 */
	size_t kept;	/* bytes of the runs' output */
	int junit_fd;
	char *junit_tmp;
};

/* The test's, which is the last one. */
static const struct run_plan *test_plan(const struct runs *runs)
{
	return &runs->options->plans[runs->options->nr - 1];
}

static struct run_record *add_record(struct runs *runs, const char *dir)
{
	struct run_record *record = run_list_add(&runs->list);

	run_once_describe(record, test_plan(runs), dir);
	return record;
}

/* Whether those who read our messages have the test's output before them already. */
static bool is_output_shown(const struct runs *runs)
{
	const struct run_options *run = &test_plan(runs)->run;

	return run->merge || isatty(run->guest.logs.out);
}

static bool drove_terminal(const struct run_record *record)
{
	bool drove = record->drove_terminal;

	for (size_t i = 0; i < record->nr_with; i++)
		drove |= record->with[i]->drove_terminal;
	return drove;
}

static struct run_record *run_in(struct runs *runs, const struct rundir *dir)
{
	struct run_record *record = add_record(runs, dir->path);
	const struct run_once once = {
		.plans = runs->options->plans,
		.nr = runs->options->nr,
		.dir = dir,
		.signals = runs->signals,
		.start_ms = runs->start_ms,
	};

	run_once(&once, record);
	runs->start_ms = monotonic_ms();
	if (drove_terminal(record))
		tty_restore(&runs->tty);
	run_print_end(record, is_output_shown(runs));
	return record;
}

static struct run_record *run_numbered(struct runs *runs, unsigned long number)
{
	_cleanup_(rundir_release) struct rundir dir = RUNDIR_INIT;
	_cleanup_free_ char *path = xasprintf("%s/%lu", runs->options->dir->path, number);
	struct run_record *record;
	int err;

	/* each run gets the same input, if that can be had */
	if (runs->in_start >= 0)
		lseek(test_plan(runs)->run.guest.in, runs->in_start, SEEK_SET);
	log_info("run %lu", number);
	err = rundir_open(&dir, path);
	if (!err)
		return run_in(runs, &dir);
	record = add_record(runs, NULL);
	run_once_failed(record, path, err);
	return record;
}

/* A signal that has come since the last run: its number, or 0. */
static int caught_between(const struct runs *runs)
{
	struct signalfd_siginfo info;

	while (read(runs->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD && !slot_is_ask((int)info.ssi_signo))
			return (int)info.ssi_signo;
	return 0;
}

/* Whether that is all. */
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
	const struct runs_options *options = runs->options;

	for (unsigned long i = 1; !options->repeat || i <= options->repeat; i++) {
		struct run_record *record = run_numbered(runs, i);

		/* what is at fault on the host would be so again */
		if (record->status >= STATUS_NOT_RUN ||
		    (record->status && options->until_failure) || is_interrupted(runs))
			break;
		if (options->junit)
			runs->kept += record_kept(record);
		if (!options->junit || runs->kept > KEPT_MAX)
			record_forget_output(record);
	}
	run_print_summary(&runs->list);
}

/* A new file beside @path, under a name that nobody can have taken before. */
static int make_junit(struct runs *runs, const char *path)
{
	static const char suffix[] = ".rapido-tmp";

	runs->junit_tmp = xasprintf("%s.XXXXXX%s", path, suffix);
	runs->junit_fd = mkostemps(runs->junit_tmp, sizeof(suffix) - 1, O_CLOEXEC);
	if (runs->junit_fd < 0) {
		free(TAKE_PTR(runs->junit_tmp));
		return -1;
	}
	/* as any other file; where there are no modes it is as good as it gets */
	(void)!fchmod(runs->junit_fd, 0666 & ~io_umask());
	return 0;
}

/* Nobody waits for the reader of a fifo: there may be one when it is written. */
static int open_stream(struct runs *runs, const char *path)
{
	runs->junit_fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	return runs->junit_fd < 0 && errno != ENXIO ? -1 : 0;
}

/* Before the first run: an hour later would be too late to find that it cannot be made.
 */
static int open_junit(struct runs *runs)
{
	const char *path = runs->options->junit;
	struct stat st;
	int err;

	if (!path)
		return 0;
	/* a fifo or /dev/stdout is written to, other things are replaced */
	if (stat(path, &st) < 0 || S_ISREG(st.st_mode))
		err = make_junit(runs, path);
	else
		err = open_stream(runs, path);
	if (err)
		log_error("cannot write '%s': %s", path, err_text(errno));
	return err;
}

/* To a fifo or a terminal, whose reader may be slow, or not there yet. 0 or -errno. */
static int write_stream(struct runs *runs, const struct strbuf *xml)
{
	uint64_t until = monotonic_ms() + READER_MS;
	struct sink sink;
	int err;

	while (runs->junit_fd < 0) {
		if (open_stream(runs, runs->options->junit))
			return -errno;
		if (runs->junit_fd < 0 && monotonic_ms() > until)
			return -ENXIO;
		if (runs->junit_fd < 0)
			usleep(20000);
	}
	sink_init(&sink, runs->junit_fd);
	sink_add(&sink, xml->buf, xml->len);
	/* a child's end, which is among the signals, is none of ours */
	do
		err = sink_finish(&sink, -1, runs->signals);
	while (err == -EINTR && !caught_between(runs));
	sink_release(&sink);
	return err;
}

static int write_junit(struct runs *runs)
{
	_cleanup_(strbuf_release) struct strbuf xml = STRBUF_INIT;
	int err;

	run_report_junit(&runs->list, &xml);
	if (!runs->junit_tmp)
		return write_stream(runs, &xml);
	err = io_write_all(runs->junit_fd, xml.buf, xml.len);
	if (close(TAKE_FD(runs->junit_fd)) < 0 && !err)
		err = -errno;
	if (!err && rename(runs->junit_tmp, runs->options->junit) < 0)
		err = -errno;
	if (!err)
		free(TAKE_PTR(runs->junit_tmp));
	return err;
}

/* A file about all runs could not be written: the last one has to answer for it. */
static void all_failed(struct runs *runs, const char *what, int err)
{
	struct run_record *last = runs->list.records[runs->list.nr - 1];

	run_once_failed(last, what, err);
	if (!runs->options->many)
		run_report_status(last, runs->options->dir);
}

/* On a terminal it is the same JSON, with nothing in it that drives that. */
static int print_json(const struct strbuf *json)
{
	_cleanup_(strbuf_release) struct strbuf shown = STRBUF_INIT;

	if (!isatty(STDOUT_FILENO))
		return io_write_all(STDOUT_FILENO, json->buf, json->len);
	utf8_add_json(&shown, json->buf, json->len);
	return io_write_all(STDOUT_FILENO, shown.buf, shown.len);
}

static void report_all(struct runs *runs)
{
	const struct runs_options *options = runs->options;
	_cleanup_(strbuf_release) struct strbuf json = STRBUF_INIT;
	int err = options->junit ? write_junit(runs) : 0;

	if (err) {
		log_error("cannot write '%s': %s", options->junit,
			  err == -ENXIO ? "nobody reads it" : err_text(err));
		all_failed(runs, options->junit, err);
	}
	run_report_json(&runs->list, options->many, &json);
	if (options->many) {
		err = rundir_write(options->dir, "status.json", json.buf, json.len);
		if (err)
			all_failed(runs, "status.json", err);
	}
	err = options->json ? print_json(&json) : 0;
	if (err) {
		log_error("cannot write to standard output: %s", err_text(err));
		all_failed(runs, "standard output", err);
	}
}

static void runs_release(struct runs *runs)
{
	if (runs->junit_fd >= 0)
		close(runs->junit_fd);
	if (runs->junit_tmp)
		unlink(runs->junit_tmp);
	free(runs->junit_tmp);
	run_list_release(&runs->list);
}

int runs_run(const struct runs_options *options)
{
	_cleanup_(runs_release) struct runs runs = {
		.options = options,
		.start_ms = options->start_ms,
		.in_start =
			lseek(options->plans[options->nr - 1].run.guest.in, 0, SEEK_CUR),
		.junit_fd = -1,
	};
	_cleanup_close_ int signals = -1;
	sigset_t before;
	int status = STATUS_NOT_RUN;

	if (open_junit(&runs))
		return STATUS_NOT_RUN;
	tty_save(&runs.tty);
	signals = runs.signals = vm_catch_signals(&before, 0);
	if (signals < 0) {
		log_error("cannot wait for signals: %s", err_text(signals));
	} else {
		if (options->many)
			run_many(&runs);
		else
			run_in(&runs, options->dir);
		report_all(&runs);
		status = run_list_status(&runs.list);
		/* one that came since has nothing to end any more */
		caught_between(&runs);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return status;
}
