// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido run: a test without a terminal, with the verdict as exit status. */
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/vm-number.h"
#include "cut/cut-build.h"
#include "run-prepare.h"
#include "run/suite-run.h"
#include "run/suite.h"
#include "run/verdict.h"
#include "vm/backend.h"
#include "vm-options.h"

/* In seconds, three years: more than anybody waits for. */
#define NUMBER_MAX 100000000
/* As many as there are numbers for VMs. */
#define JOBS_MAX VM_NUMBER_MAX

static const struct option_spec run_options[] = {
	OPTION_STRING('i', "image", "IMAGE", struct run_config, image,
		      "run IMAGE, which was cut before, instead of a TEST"),
	BUILD_OPTION(struct run_config, cut.build),
	OPTION_LIST(0, "with", "TEST", struct run_config, with,
		    "run TEST as a helper in a VM of its own; may be repeated, "
		    "and helpers start in the order given"),
	OPTION_NUMBER(0, "timeout", "SECONDS", struct run_config, timeout, 1, NUMBER_MAX,
		      "seconds", "end the VM after this time (default: no limit)"),
	OPTION_NUMBER(0, "boot-timeout", "SECONDS", struct run_config, boot_timeout, 1,
		      NUMBER_MAX, "seconds",
		      "how long the VM may take to boot (default: 60, 240 under "
		      "emulation)"),
	OPTION_NUMBER(0, "hang-timeout", "SECONDS", struct run_config, hang_timeout, 1,
		      NUMBER_MAX, "seconds",
		      "how long the VM may give no sign of life (default: 60, 180 "
		      "under emulation)"),
	OPTION_STRING(0, "results", "DIR", struct run_config, results,
		      "the directory for logs and for the files that the test "
		      "leaves in $RAPIDO_RESULTS (default: a new one)"),
	OPTION_STRING(0, "junit", "FILE", struct run_config, junit, "write JUnit XML"),
	OPTION_FLAG(0, "json", struct run_config, json,
		    "print the run's status as JSON; the test's output goes to standard "
		    "error"),
	OPTION_CHOICE(0, "on-fault", "HOW", struct run_config, on_fault,
		      "stop|continue|dump",
		      "'stop' after the kernel reports a fault (default), 'continue', or "
		      "stop and 'dump' the VM's memory to 'vmcore' beside the logs"),
	OPTION_LIST(0, "allow-fault", "REGEX", struct run_config, allow,
		    "expect kernel reports that match REGEX"),
	OPTION_FLAG(0, "no-fault-check", struct run_config, no_fault_check,
		    "ignore kernel reports in the verdict"),
	OPTION_CHOICE(0, "tap", "HOW", struct run_config, tap, "fail|report",
		      "'fail' if a TAP or KTAP case fails though the scripts "
		      "return 0 (default), or only 'report' it"),
	OPTION_NUMBER(0, "repeat", "N", struct run_config, repeat, 1, NUMBER_MAX, "runs",
		      "run N times, each in a new VM"),
	OPTION_FLAG(0, "until-failure", struct run_config, until_failure,
		    "repeat until a run fails, with --repeat at most N times"),
	OPTION_LIST(0, "worker", "COMMAND", struct run_config, suite.workers,
		    "the VM runs elsewhere: by 'rapido worker', which COMMAND starts, "
		    "such as 'ssh host'; of a suite, several may, see rapido-worker(1)"),
	OPTION_END,
};

/* A part of the configuration. */
static const struct option_spec suite_options[] = {
	OPTION_NUMBER('j', "jobs", "N", struct suite_options, jobs, 1, JOBS_MAX, "VMs",
		      "run the cases in N VMs at a time (default: 1)"),
	OPTION_NUMBER(0, "case-timeout", "SECONDS", struct suite_options, case_timeout, 1,
		      NUMBER_MAX, "seconds",
		      "how long a case may take (default: as the suite says, or 1200, "
		      "3600 under emulation)"),
	OPTION_NUMBER(0, "retry", "N", struct suite_options, retry, 0, 1000, "times",
		      "run a broken case up to N times again, each in a new VM"),
	OPTION_LIST(0, "select", "PATTERN|@FILE", struct suite_options, select,
		    "run only the cases that match; may be repeated"),
	OPTION_LIST(0, "exclude", "PATTERN|@FILE", struct suite_options, exclude,
		    "do not run the cases that match; may be repeated"),
	OPTION_STRING(0, "shard", "I/N", struct suite_options, shard,
		      "run only part I of N parts of the cases"),
	OPTION_STRING(0, "shuffle", "SEED", struct suite_options, shuffle,
		      "run them in another order, the same one for the same number"),
	OPTION_LIST(0, "known-failures", "FILE", struct suite_options, known_failures,
		    "these cases may fail: a pattern on each line; may be repeated"),
	OPTION_STRING(0, "compare", "RUN|FILE", struct suite_options, compare,
		      "only what was not broken in that run counts"),
	OPTION_STRING(0, "continue", "RUN", struct suite_options, resume,
		      "go on with a run that was interrupted: its directory, or its "
		      "name, or 'last'"),
	OPTION_END,
};

/* 0, or after a complaint rapido's exit status. */
static int check_args(const struct run_config *config, const struct invocation *call)
{
	if (config->image && call->argc)
		return cmd_usage_error(call->command,
				       "a test and --image exclude each other");
	if (!config->image && !call->argc && !call->rest && !config->cut.nr_scripts)
		return cmd_usage_error(call->command,
				       "neither a test nor a command is given");
	if (config->image && config->cut.build)
		return cmd_usage_error(call->command,
				       "--build and --image exclude each other");
	if (config->suite.workers.nr && config->with.nr)
		return cmd_usage_error(call->command,
				       "--worker and --with exclude each other: the VMs "
				       "of a run with helpers are on one host");
	/* words behind "--" may be for the suite of an image */
	if (config->image && (config->cut.nr_scripts || config->cut.extras.nr))
		return cmd_usage_error(
			call->command,
			"-f, -x, --bin, --kmod, --put and commands are put "
			"into an image when it is cut, not with --image");
	return 0;
}

/* The option that only suites have and that was given, or NULL. */
static const char *given_suite_option(const struct suite_options *suite)
{
	return suite->jobs		  ? "--jobs"
	       : suite->case_timeout	  ? "--case-timeout"
	       : suite->retry		  ? "--retry"
	       : suite->select.nr	  ? "--select"
	       : suite->exclude.nr	  ? "--exclude"
	       : suite->shard		  ? "--shard"
	       : suite->shuffle		  ? "--shuffle"
	       : suite->known_failures.nr ? "--known-failures"
	       : suite->compare		  ? "--compare"
	       : suite->resume		  ? "--continue"
					  : NULL;
}

/* 0, or after a complaint rapido's exit status. */
static int check_suite(const struct run_config *config, const struct command *command)
{
	const struct suite_options *suite = &config->suite;
	struct suite_shard shard;
	unsigned long seed;

	if (run_config_is_many(config))
		return cmd_usage_error(command,
				       "a suite is not repeated: --repeat and "
				       "--until-failure are for other tests, and --retry "
				       "is for cases");
	if (config->with.nr)
		return cmd_usage_error(
			command, "a suite has no helpers: --with is for other tests");
	if (suite->shuffle && parse_uint(suite->shuffle, 0, ULONG_MAX, &seed))
		return cmd_usage_error(command, "--shuffle %s: the seed is not a number",
				       suite->shuffle);
	if (suite->shard && suite_shard_parse(suite->shard, &shard))
		return cmd_usage_error(command,
				       "--shard %s: it is not I/N with I from 1 to N",
				       suite->shard);
	if (suite->resume && (suite->select.nr || suite->exclude.nr || suite->shard ||
			      suite->shuffle || config->results))
		return cmd_usage_error(
			command, "--continue goes on with the cases, their order and "
				 "the directory of that run: --select, --exclude, "
				 "--shard, --shuffle and --results do not go with it");
	return 0;
}

/* Decide whether the test is a suite, as far as that is known before the cut; and whose
 * the words behind "--" are. 0, or after a complaint rapido's exit status. */
static int sort_words(struct run_config *config, const struct invocation *call)
{
	bool maybe_suite = config->image || run_is_suite(config, call->session);
	const char *option = given_suite_option(&config->suite);
	size_t size = 0;
	int status = 0;

	config->suite.given = option;
	config->suite.expected = maybe_suite && !config->image;
	if (config->suite.expected || (config->image && option))
		status = check_suite(config, call->command);
	else if (option && !maybe_suite && run_finds_test(config, call->session))
		status = cmd_usage_error(call->command,
					 "%s is for suites, and %s%s%s is none", option,
					 config->test ? "'" : "",
					 config->test ? config->test : "a command",
					 config->test ? "'" : "");
	if (status || !call->rest)
		return status;
	if (!maybe_suite)
		return 0;
	for (size_t i = 0; call->rest[i]; i++)
		size += strlen(strvec_push(&config->suite.args, call->rest[i])) + 1;
	return size > WIRE_ORDER_MAX
		       ? cmd_usage_error(call->command,
					 "the words behind '--' have more than %u bytes",
					 WIRE_ORDER_MAX)
		       : 0;
}

/* If nothing was run, nobody must take the report of an earlier run for a new one. */
static void remove_stale(const char *junit)
{
	struct stat st;

	if (junit && lstat(junit, &st) == 0 && S_ISREG(st.st_mode))
		unlink(junit);
}

static int not_run(const struct run_config *config)
{
	remove_stale(config->junit);
	return STATUS_NOT_RUN;
}

static int build(struct run_config *config, const struct session *session)
{
	_cleanup_(strvec_release) struct strvec tests = STRVEC_INIT;

	if (config->test)
		strvec_push(&tests, config->test);
	for (size_t i = 0; i < config->with.nr; i++)
		strvec_push(&tests, config->with.v[i]);
	return cut_build(session, &config->cut, &tests);
}

/* Of the helpers' VMs, too, in the order in which they start. */
static int print_commands(const struct run_config *config)
{
	for (size_t i = 0; i < config->nr_vms; i++) {
		struct vm_options options = config->vms[i].boot.options;
		struct vm *vm;
		int err;

		options.dry_run = options.unattended = options.run = true;
		options.together = config->nr_vms > 1;
		err = vm_new(&vm, &options);
		if (!err)
			err = vm_print_command(vm);
		vm_free(vm);
		if (err)
			return STATUS_NOT_RUN;
	}
	return 0;
}

static int run_test(const struct invocation *call)
{
	struct run_config *config = call->args;
	int status = check_args(config, call);
	bool is_suite;

	if (status)
		return status;
	config->test = call->argc ? call->argv[0] : NULL;
	cut_args_complete(&config->cut);
	if (sort_words(config, call))
		return not_run(config);
	if (config->cut.build && build(config, call->session))
		return not_run(config);
	/* only now: the command may name what has just been made */
	if (call->rest && !config->image && !config->suite.expected &&
	    cut_extras_add_command(&config->cut.extras, call->rest, false))
		return not_run(config);
	/* a reader of our output may end before we do: then write(2) fails */
	signal(SIGPIPE, SIG_IGN);
	if (run_prepare(config, call->session)) {
		if (config->test && !call->rest)
			cmd_advise_program(call->session, config->test);
		return not_run(config);
	}
	is_suite = config->vms[config->nr_vms - 1].boot.info.suite;
	/* that of an image is known only now */
	if (is_suite && check_suite(config, call->command))
		return not_run(config);
	if (config->cut.vm.dry_run)
		return print_commands(config);
	status = is_suite ? suite_run(config) : runs_run(config);
	/* a shell ends the loop that called us only if we die of the Ctrl-C, too */
	if (status == 128 + SIGINT) {
		signal(SIGINT, SIG_DFL);
		raise(SIGINT);
	}
	return status;
}

static void release_config(void *args)
{
	run_config_release(args);
}

static const struct run_config run_defaults = {
	.cut = { .run = true, .vm_missing = backend_missing },
	.on_fault = "stop",
	.tap = "fail",
	.dir = RUNDIR_INIT,
};

const struct command cmd_run = {
	.name = "run",
	.summary = "run TEST or CMD without a terminal; the status is the verdict",
	.options = run_options,
	.shared = { { suite_options, offsetof(struct run_config, suite),
		      "Options of suites:" },
		    IMAGE_OPTIONS(struct run_config, cut),
		    VM_OPTIONS(struct run_config, cut.vm) },
	.operands = "[OPTION]... [TEST] [-- CMD|ARG...]",
	.operand = "test",
	.max_operands = 1,
	.notes =
		"Exit status: 0 all passed; 1 to 99 the test's first status other than 0, 1 also for\n"
		"a failed TAP case; 100 the kernel reported a fault; 101 a time limit passed; 102 the\n"
		"VM ended without a verdict; 125 there was nothing to judge, for 'git bisect run';\n"
		"128 + N signal N.\n",
	.flags = CMD_SESSION | CMD_REST,
	.failure = STATUS_NOT_RUN,
	.args_size = sizeof(struct run_config),
	.defaults = &run_defaults,
	.release = release_config,
	.run = run_test,
};
