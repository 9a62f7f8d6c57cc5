// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido run: a test without a terminal, with the verdict as exit status. */
#include <getopt.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "cmd-run-prepare.h"
#include "run/runs.h"
#include "run/verdict.h"

struct cmd_run_args {
	struct run_request request;
	const char *junit;
	unsigned long timeout, boot_timeout, hang_timeout, repeat;
	bool json, continue_on_fault, no_fault_check, until_failure, tap_report;
};

enum {
	OPT_TIMEOUT = 256,
	OPT_BOOT_TIMEOUT,
	OPT_HANG_TIMEOUT,
	OPT_RESULTS,
	OPT_JUNIT,
	OPT_JSON,
	OPT_ON_FAULT,
	OPT_NO_FAULT_CHECK,
	OPT_ALLOW_FAULT,
	OPT_TAP,
	OPT_REPEAT,
	OPT_UNTIL_FAILURE,
	OPT_NETWORK,
	OPT_WITH,
};

/* -1, or the status to return with. */
static int take_number(const char *what, const char *text, unsigned long *value)
{
	if (parse_uint(text, 1, 100000000, value) == 0)
		return -1;
	cmd_usage_error(&cmd_run, "'%s' is not a number of %s", text, what);
	return STATUS_NOT_RUN;
}

static int take_on_fault(struct cmd_run_args *args, const char *text)
{
	args->continue_on_fault = streq(text, "continue");
	if (args->continue_on_fault || streq(text, "stop"))
		return -1;
	cmd_usage_error(&cmd_run, "--on-fault is 'stop' or 'continue', not '%s'", text);
	return STATUS_NOT_RUN;
}

static int take_tap(struct cmd_run_args *args, const char *text)
{
	args->tap_report = streq(text, "report");
	if (args->tap_report || streq(text, "fail"))
		return -1;
	cmd_usage_error(&cmd_run, "--tap is 'fail' or 'report', not '%s'", text);
	return STATUS_NOT_RUN;
}

/* An option that only runs have. -1: go on; else the exit status. */
static int take_option(struct cmd_run_args *args, int c)
{
	switch (c) {
	case OPT_TIMEOUT:
		return take_number("seconds", optarg, &args->timeout);
	case OPT_BOOT_TIMEOUT:
		return take_number("seconds", optarg, &args->boot_timeout);
	case OPT_HANG_TIMEOUT:
		return take_number("seconds", optarg, &args->hang_timeout);
	case OPT_REPEAT:
		return take_number("runs", optarg, &args->repeat);
	case OPT_ON_FAULT:
		return take_on_fault(args, optarg);
	case OPT_TAP:
		return take_tap(args, optarg);
	case OPT_NETWORK:
		if (!cmd_check_network(&cmd_run, optarg))
			return STATUS_NOT_RUN;
		args->request.cut.network = optarg;
		break;
	case OPT_RESULTS:
		args->request.results = optarg;
		break;
	case OPT_JUNIT:
		args->junit = optarg;
		break;
	case OPT_JSON:
		args->json = true;
		break;
	case OPT_NO_FAULT_CHECK:
		args->no_fault_check = true;
		break;
	case OPT_ALLOW_FAULT:
		strvec_push(&args->request.allow, optarg);
		break;
	case OPT_WITH:
		strvec_push(&args->request.with, optarg);
		break;
	case OPT_UNTIL_FAILURE:
		args->until_failure = true;
		break;
	default:
		return cmd_common_option(&cmd_run, c) > 0 ? STATUS_NOT_RUN
		       : c == 'h'			  ? 0
							  : -1;
	}
	return -1;
}

static int check_args(struct cmd_run_args *args, int argc, char **argv)
{
	struct run_request *request = &args->request;

	if (argc - optind != (request->image ? 0 : 1)) {
		cmd_usage_error(&cmd_run, "%s",
				request->image	 ? "a test and --image exclude each other"
				: argc == optind ? "no test is given"
						 : "more than one test is given");
		return STATUS_NOT_RUN;
	}
	if (request->image && request->cut.nr_scripts) {
		cmd_usage_error(&cmd_run, "-f and -x are put into an image when it is "
					  "cut, not with --image");
		return STATUS_NOT_RUN;
	}
	request->test = request->image ? NULL : argv[optind];
	return -1;
}

/* -1: go on; else the exit status. */
static int parse(int argc, char **argv, struct cmd_run_args *args)
{
	static const struct option options[] = {
		{ "file", required_argument, NULL, 'f' },
		{ "command", required_argument, NULL, 'x' },
		{ "kernel", required_argument, NULL, 'k' },
		{ "output", required_argument, NULL, 'o' },
		{ "image", required_argument, NULL, 'i' },
		{ "network", required_argument, NULL, OPT_NETWORK },
		{ "with", required_argument, NULL, OPT_WITH },
		{ "timeout", required_argument, NULL, OPT_TIMEOUT },
		{ "boot-timeout", required_argument, NULL, OPT_BOOT_TIMEOUT },
		{ "hang-timeout", required_argument, NULL, OPT_HANG_TIMEOUT },
		{ "results", required_argument, NULL, OPT_RESULTS },
		{ "junit", required_argument, NULL, OPT_JUNIT },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "on-fault", required_argument, NULL, OPT_ON_FAULT },
		{ "no-fault-check", no_argument, NULL, OPT_NO_FAULT_CHECK },
		{ "allow-fault", required_argument, NULL, OPT_ALLOW_FAULT },
		{ "tap", required_argument, NULL, OPT_TAP },
		{ "repeat", required_argument, NULL, OPT_REPEAT },
		{ "until-failure", no_argument, NULL, OPT_UNTIL_FAILURE },
		CMD_LONG_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	struct run_request *request = &args->request;
	int c, status;

	while ((c = getopt_long(argc, argv, CMD_SHORT_OPTIONS "f:x:k:o:i:", options,
				NULL)) != -1) {
		if (c == 'f')
			cut_args_add_file(&request->cut, optarg);
		else if (c == 'x')
			cut_args_add_command(&request->cut, optarg);
		else if (c == 'k')
			request->cut.kernel = optarg;
		else if (c == 'o')
			request->cut.output = optarg;
		else if (c == 'i')
			request->image = optarg;
		else if ((status = take_option(args, c)) >= 0)
			return status;
	}
	return check_args(args, argc, argv);
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
		.tap_check = !args->tap_report,
		.stop_on_fault = !args->continue_on_fault,
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

static int run(int argc, char **argv)
{
	_cleanup_(session_release) struct session session = { 0 };
	struct cmd_run_args args = { .request.cut.run = true };
	int status = parse(argc, argv, &args);

	if (status < 0)
		status = session_init(&session) ? STATUS_NOT_RUN
						: run_session(&session, &args);
	run_request_release(&args.request);
	/* a shell whose loop we are in ends it only if we die of the Ctrl-C, too */
	if (status == 128 + SIGINT) {
		signal(SIGINT, SIG_DFL);
		raise(SIGINT);
	}
	return status;
}

const struct command cmd_run = {
	.name = "run",
	.summary = "run TEST without a terminal; the exit status is the verdict",
	.usage = "run [-f FILE]... [-x CMD]... [-k KERNEL] [OPTION]... TEST",
	.options =
		"  -f, --file FILE         run FILE, a script or program, after the test's own scripts\n"
		"  -x, --command CMD       run the shell command CMD; may be repeated, as -f\n"
		"  -k, --kernel KERNEL     an image, a build tree, an unpacked package's root, or a\n"
		"                          release, see 'rapido help cut'\n"
		"  -o, --output IMAGE      write IMAGE instead of the configured file\n"
		"  -i, --image IMAGE       run IMAGE, which was cut before, instead of a TEST\n"
		"      --network KIND      tap, lan, user, passt or none, see 'rapido help cut'\n"
		"      --with TEST         run TEST beside it in a VM of its own, which helps; may be\n"
		"                          repeated, and they are started in this order\n"
		"      --timeout SECONDS   end the VM after this time (default: no limit)\n"
		"      --boot-timeout SECONDS  time to boot (default: 60, 240 under emulation)\n"
		"      --hang-timeout SECONDS  time without a sign of life from the VM (default:\n"
		"                          60, 180 under emulation)\n"
		"      --results DIR       where logs and the files that the test left in\n"
		"                          $RAPIDO_RESULTS go (default: a new directory)\n"
		"      --junit FILE        write JUnit XML\n"
		"      --json              print the run's status as JSON; the test's output goes\n"
		"                          to standard error\n"
		"      --on-fault HOW      'stop' after a report of the kernel's (default), or\n"
		"                          'continue'\n"
		"      --allow-fault REGEX a report that matches is expected\n"
		"      --no-fault-check    the kernel's reports do not count\n"
		"      --tap HOW           'fail' when a TAP or KTAP case fails, though the scripts\n"
		"                          return 0 (default), or only 'report' it\n"
		"      --repeat N          run N times, each in a new VM\n"
		"      --until-failure     run again until a run fails; with --repeat, N times at most\n"
		"\n"
		"Exit status: 0 all passed; 1 to 99 the test's first status that is not 0, 1 also\n"
		"for a failed TAP case; 100 the kernel reported a fault; 101 a time limit passed;\n"
		"102 the VM ended without a verdict; 125 there was nothing to judge, for 'git\n"
		"bisect run'; 128 + N signal N.\n",
	.run = run,
};
