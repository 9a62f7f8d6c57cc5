// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido run: a test without a terminal, with the verdict as exit status. */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd-run-prepare.h"
#include "conf/net-kind.h"
#include "cut-options.h"
#include "lib/log.h"
#include "run/runs.h"
#include "run/verdict.h"

/* In seconds, three years: more than anybody waits for. */
#define NUMBER_MAX 100000000

struct cmd_run_args {
	struct run_request request;
	const char *junit, *on_fault, *tap;
	unsigned long timeout, boot_timeout, hang_timeout, repeat;
	bool json, no_fault_check, until_failure;
};

static const struct option_spec run_options[] = {
	CUT_OPTION_FILE(struct cmd_run_args, request.cut,
			"run FILE, a script or program, after the test's own scripts"),
	CUT_OPTION_COMMAND(struct cmd_run_args, request.cut,
			   "run the shell command CMD; may be repeated, as -f"),
	OPTION_STRING('k', "kernel", "KERNEL", struct cmd_run_args, request.cut.kernel,
		      "an image, a build tree, an unpacked package's root, or a release, "
		      "see 'rapido help cut'"),
	OPTION_STRING('o', "output", "IMAGE", struct cmd_run_args, request.cut.output,
		      "write IMAGE instead of the configured file"),
	OPTION_STRING('i', "image", "IMAGE", struct cmd_run_args, request.image,
		      "run IMAGE, which was cut before, instead of a TEST"),
	OPTION_CHOICE(0, "network", "KIND", struct cmd_run_args, request.cut.network,
		      NET_KIND_CHOICES,
		      "tap, lan, user, passt or none, see 'rapido help cut'"),
	OPTION_LIST(
		0, "with", "TEST", struct cmd_run_args, request.with,
		"run TEST beside it in a VM of its own, which helps; may be repeated, "
		"and they are started in this order"),
	OPTION_NUMBER(0, "timeout", "SECONDS", struct cmd_run_args, timeout, 1,
		      NUMBER_MAX, "seconds",
		      "end the VM after this time (default: no limit)"),
	OPTION_NUMBER(0, "boot-timeout", "SECONDS", struct cmd_run_args, boot_timeout, 1,
		      NUMBER_MAX, "seconds",
		      "time to boot (default: 60, 240 under emulation)"),
	OPTION_NUMBER(0, "hang-timeout", "SECONDS", struct cmd_run_args, hang_timeout, 1,
		      NUMBER_MAX, "seconds",
		      "time without a sign of life from the VM (default: 60, 180 under "
		      "emulation)"),
	OPTION_STRING(0, "results", "DIR", struct cmd_run_args, request.results,
		      "where logs and the files that the test left in $RAPIDO_RESULTS go "
		      "(default: a new directory)"),
	OPTION_STRING(0, "junit", "FILE", struct cmd_run_args, junit, "write JUnit XML"),
	OPTION_FLAG(0, "json", struct cmd_run_args, json,
		    "print the run's status as JSON; the test's output goes to standard "
		    "error"),
	OPTION_CHOICE(0, "on-fault", "HOW", struct cmd_run_args, on_fault,
		      "stop|continue",
		      "'stop' after a report of the kernel's (default), or 'continue'"),
	OPTION_LIST(0, "allow-fault", "REGEX", struct cmd_run_args, request.allow,
		    "a report that matches is expected"),
	OPTION_FLAG(0, "no-fault-check", struct cmd_run_args, no_fault_check,
		    "the kernel's reports do not count"),
	OPTION_CHOICE(0, "tap", "HOW", struct cmd_run_args, tap, "fail|report",
		      "'fail' when a TAP or KTAP case fails, though the scripts return 0 "
		      "(default), or only 'report' it"),
	OPTION_NUMBER(0, "repeat", "N", struct cmd_run_args, repeat, 1, NUMBER_MAX,
		      "runs", "run N times, each in a new VM"),
	OPTION_FLAG(0, "until-failure", struct cmd_run_args, until_failure,
		    "run again until a run fails; with --repeat, N times at most"),
	OPTION_END,
};

/* 0, or the status to exit with after a complaint. */
static int check_args(struct cmd_run_args *args, const struct invocation *call)
{
	struct run_request *request = &args->request;

	if (request->image && call->argc)
		return cmd_usage_error(call->command,
				       "a test and --image exclude each other");
	if (!request->image && !call->argc)
		return cmd_usage_error(call->command, "no test is given");
	if (request->image && request->cut.nr_scripts)
		return cmd_usage_error(call->command,
				       "-f and -x are put into an image when it is cut, "
				       "not with --image");
	request->test = call->argv[0];
	return 0;
}

static bool is_same_file(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

/* 0: the usual one. */
static uint64_t log_max(const struct conf *conf)
{
	const char *text = conf_get(conf, "LOG_MAX");
	uint64_t max = 0;

	if (text)
		parse_size(text, 1 << 20, &max);
	return max;
}

/* What all VMs of a run have in common. */
static struct run_options make_options(const struct run_prepared_vm *vm,
				       const struct cmd_run_args *args)
{
	return (struct run_options){
		.vm = vm->boot.options,
		.timeout = (unsigned int)args->timeout,
		.boot_timeout = (unsigned int)args->boot_timeout,
		.hang_timeout = (unsigned int)args->hang_timeout,
		.fault_check = !args->no_fault_check,
		.tap_check = !args->tap || streq(args->tap, "fail"),
		.stop_on_fault = !args->on_fault || streq(args->on_fault, "stop"),
	};
}

static struct run_plan plan_test(const struct run_prepared_vm *vm,
				 const struct cmd_run_args *args)
{
	struct run_plan plan = { .run = make_options(vm, args), .allow = &vm->allow };

	plan.run.guest = (struct conversation_options){
		.logs.out = args->json ? STDERR_FILENO : STDOUT_FILENO,
		.logs.err = STDERR_FILENO,
		.logs.max = log_max(vm->boot.options.conf),
		.logs.show_kernel = log_enabled(LOG_DEBUG),
		.in = isatty(STDIN_FILENO) ? -1 : STDIN_FILENO,
	};
	/* in one file, what was written first stands first */
	plan.run.merge = args->json || is_same_file(STDOUT_FILENO, STDERR_FILENO);
	return plan;
}

/* Standard input and output are the test's; what a helper says is in its logs. */
static struct run_plan plan_helper(const struct run_prepared_vm *vm,
				   const struct cmd_run_args *args)
{
	struct run_plan plan = {
		.name = vm->name,
		.run = make_options(vm, args),
		.allow = &vm->allow,
	};

	plan.run.guest = (struct conversation_options){
		.logs.out = -1,
		.logs.err = log_enabled(LOG_DEBUG) ? STDERR_FILENO : -1,
		.logs.max = log_max(vm->boot.options.conf),
		.logs.show_kernel = log_enabled(LOG_DEBUG),
		.logs.mark = vm->name,
		.in = -1,
	};
	plan.run.merge = true;
	return plan;
}

static int run_prepared(const struct run_prepared *prepared, struct runs_options *options,
			const struct cmd_run_args *args)
{
	_cleanup_free_ struct run_plan *plans = xcalloc(prepared->nr, sizeof(*plans));

	for (size_t i = 0; i < prepared->nr; i++) {
		const struct run_prepared_vm *vm = &prepared->vms[i];

		plans[i] = vm->name ? plan_helper(vm, args) : plan_test(vm, args);
	}
	options->plans = plans;
	options->nr = prepared->nr;
	options->dir = &prepared->dir;
	return runs_run(options);
}

/* Where nothing was run, the report of an earlier run must not look like one of it. */
static void remove_stale(const char *junit)
{
	struct stat st;

	if (junit && lstat(junit, &st) == 0 && S_ISREG(st.st_mode))
		unlink(junit);
}

static int run_session(const struct session *session, const struct cmd_run_args *args)
{
	_cleanup_(run_prepared_release) struct run_prepared prepared = {
		.dir = RUNDIR_INIT,
	};
	struct runs_options options = {
		.many = args->repeat || args->until_failure,
		.repeat = args->repeat,
		.until_failure = args->until_failure,
		.junit = args->junit,
		.json = args->json,
		.start_ms = monotonic_ms(),
	};

	/* who reads our output may stop before we do: an error of write(2), not the end
	 */
	signal(SIGPIPE, SIG_IGN);
	if (run_prepare(&prepared, session, &args->request)) {
		remove_stale(args->junit);
		return STATUS_NOT_RUN;
	}
	return run_prepared(&prepared, &options, args);
}

static int run_test(const struct invocation *call)
{
	struct cmd_run_args *args = call->args;
	int status = check_args(args, call);

	args->request.cut.run = true;
	if (!status)
		status = run_session(call->session, args);
	/* a shell whose loop we are in ends it only if we die of the Ctrl-C, too */
	if (status == 128 + SIGINT) {
		signal(SIGINT, SIG_DFL);
		raise(SIGINT);
	}
	return status;
}

static void release_args(void *args)
{
	run_request_release(&((struct cmd_run_args *)args)->request);
}

const struct command cmd_run = {
	.name = "run",
	.summary = "run TEST without a terminal; the exit status is the verdict",
	.options = run_options,
	.operands = "TEST",
	.operand = "test",
	.max_operands = 1,
	.notes =
		"Exit status: 0 all passed; 1 to 99 the test's first status that is not 0, 1 also\n"
		"for a failed TAP case; 100 the kernel reported a fault; 101 a time limit passed;\n"
		"102 the VM ended without a verdict; 125 there was nothing to judge, for 'git\n"
		"bisect run'; 128 + N signal N.\n",
	.flags = CMD_SESSION,
	.failure = STATUS_NOT_RUN,
	.args_size = sizeof(struct cmd_run_args),
	.release = release_args,
	.run = run_test,
};
