// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido check: what tests need and the host, configuration or kernel lacks. */
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "conf/recipe.h"
#include "cut/cut.h"
#include "lib/log.h"
#include "lib/out.h"
#include "lib/process.h"
#include "vm/backend.h"
#include "vm/vm.h"

/* Checks that do not depend on the test; @arch is the architecture of the kernel. */
static void check_host(const struct session *session, const struct arch *arch,
		       struct report *report)
{
	static const char *const tools[] = { "depmod" };
	const char *share = conf_get(&session->conf, "VIRTFS_SHARE_PATH");
	struct stat st;

	if (!arch) {
		report_error(report, "rapido does not know this machine's architecture");
		return;
	}
	backend_check(&session->conf, arch, report);
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		_cleanup_free_ char *path = process_find(tools[i]);

		if (!path)
			report_error(report, "cannot find '%s' (package: kmod)",
				     tools[i]);
	}
	if (share && (stat(share, &st) < 0 || !S_ISDIR(st.st_mode)))
		report_error(report, "VIRTFS_SHARE_PATH '%s' is not a directory", share);
}

/* Say which kernel was checked, once for all tests. */
static void say_kernel(const struct kernel *kernel)
{
	static bool said;
	_cleanup_free_ char *notice = kernel_notice(kernel);

	if (notice && !said)
		log_info("%s", notice);
	said = true;
}

struct check_args {
	const char *kernel;
	bool gdb, share;
};

/* Report what @test lacks. @arch is set to the architecture of its kernel. */
static void check_test(const struct session *session, const char *test,
		       const struct check_args *args, const struct arch **arch,
		       struct report *report)
{
	_cleanup_(recipe_release) struct recipe recipe = RECIPE_INIT;
	_cleanup_(cut_release) struct cut cut = CUT_INIT;
	struct cut_request request = {
		.conf = &session->conf,
		.dirs = &session->dirs,
		.kernel = args->kernel,
		.check = true,
		.debug = args->gdb,
		.host = args->share,
		.tmp = session->dirs.state,
	};

	if (recipe_get(&session->dirs, test, &recipe, report))
		return;
	if (recipe.script) {
		report_warn(report,
			    "%s is a cut script: only a cut can find what it needs",
			    test);
		return;
	}
	request.test = recipe.name;
	request.manifest = recipe.path;
	cut_resolve(&cut, &request);
	if (cut.arch)
		*arch = cut.arch;
	say_kernel(&cut.kernel);
	if (vm_check_network(&session->conf, &cut.info, 1))
		report_error(report, "the network of VM 1 of %s, see the message above",
			     recipe.name);
	for (size_t i = 0; i < cut.report.warnings.nr; i++)
		report_warn(report, "%s", cut.report.warnings.v[i]);
	for (size_t i = 0; i < cut.absent_firmware.nr; i++)
		report_warn(report, "%s", cut.absent_firmware.v[i]);
	for (size_t i = 0; i < cut.report.errors.nr; i++)
		report_error(report, "%s", cut.report.errors.v[i]);
}

static int print_report(const struct report *report)
{
	for (size_t i = 0; i < report->errors.nr; i++)
		out_print("missing: %s\n", report->errors.v[i]);
	for (size_t i = 0; i < report->warnings.nr; i++)
		out_print("note: %s\n", report->warnings.v[i]);
	if (!report->errors.nr)
		out_print("nothing is missing\n");
	return report->errors.nr ? 1 : 0;
}

static const struct option_spec check_options[] = {
	OPTION_STRING('k', "kernel", "KERNEL", struct check_args, kernel,
		      "as for 'rapido cut'"),
	OPTION_FLAG(0, "gdb", struct check_args, gdb,
		    "also what the kernel lacks for 'rapido gdb'"),
	OPTION_FLAG(0, "share", struct check_args, share,
		    "also what it lacks for --share and --root host"),
	OPTION_END,
};

static int check(const struct invocation *call)
{
	const struct check_args *args = call->args;
	_cleanup_(report_release) struct report report = REPORT_INIT;
	const struct arch *arch = arch_native();

	for (char **test = call->argv; *test; test++)
		check_test(call->session, *test, args, &arch, &report);
	check_host(call->session, arch, &report);
	return print_report(&report);
}

const struct command cmd_check = {
	.name = "check",
	.summary = "report everything that is missing for a test",
	.options = check_options,
	.operands = "TEST...",
	.operand = "test",
	.min_operands = 1,
	.max_operands = CMD_OPERANDS_MAX,
	.notes = "The kernel's configuration is checked too, if it can be found.\n"
		 "The status is 1 if anything is missing that one of the tests needs.\n",
	.flags = CMD_SESSION,
	.args_size = sizeof(struct check_args),
	.run = check,
};
