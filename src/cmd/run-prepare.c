// SPDX-License-Identifier: GPL-2.0-or-later
/* From the command line of `rapido run` to images and kernels that can be booted. */
#include <sys/stat.h>
#include <unistd.h>

#include "run-prepare.h"
#include "conf/manifest.h"
#include "conf/recipe.h"
#include "lib/ere.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"

static int check_allowed(const char *where, const char *regex)
{
	_cleanup_free_ char *why = NULL;
	int err = ere_check(regex, &why);

	if (err)
		log_error("%s: '%s' is not a regular expression: %s", where, regex, why);
	return err;
}

/* Check the user's expressions, which apply to all VMs, and join them. */
static int allow_in_all(struct run_config *config, const struct session *session)
{
	const char *regex = conf_get(&session->conf, "ALLOW_FAULTS");

	if (regex && check_allowed("ALLOW_FAULTS", regex))
		return -1;
	for (size_t i = 0; i < config->allow.nr; i++)
		if (check_allowed("--allow-fault", config->allow.v[i]))
			return -1;
	if (regex)
		strvec_push(&config->allow, regex);
	return 0;
}

/* Cut @test, and prepare the boot of its image. */
static int prepare_test(struct run_vm_config *vm, const struct session *session,
			const struct cut_args *args, const struct vm_args *asked,
			const char *test)
{
	struct boot_request boot;

	if (cut_test(session, args, test, &vm->cut))
		return -1;
	boot = (struct boot_request){
		.image = vm->cut.image,
		.image_fd = vm->cut.image_fd,
		.args = asked,
		.notice = vm->cut.notice,
	};
	return boot_prepare(&vm->boot, session, &boot);
}

static bool is_name_taken(const struct run_config *config, const char *name)
{
	for (size_t i = 0; i < config->nr_vms; i++)
		if (config->vms[i].name && streq(config->vms[i].name, name))
			return true;
	return false;
}

/* A name for a directory and a host: a test that is given by its path may have any name,
 * or none. Heap. */
static char *plain_name(const char *name)
{
	char *plain = xstrdup(*name ? name : "helper");

	for (char *p = plain; *p; p++)
		if (!is_plain_name(p, 1, 1) || (p == plain && *p == '.'))
			*p = '-';
	return plain;
}

/* "nvmet-tcp", and "nvmet-tcp-2" for the second. NULL after a message. Heap. */
static char *helper_name(const struct run_config *config, const struct session *session,
			 const char *test)
{
	_cleanup_(recipe_release) struct recipe recipe = RECIPE_INIT;
	_cleanup_free_ char *plain = NULL;
	char *name;

	if (recipe_get(&session->dirs, test, &recipe, NULL))
		return NULL;
	plain = plain_name(recipe.name);
	name = xstrdup(plain);
	for (int i = 2; is_name_taken(config, name); i++) {
		free(name);
		name = xasprintf("%s-%d", plain, i);
	}
	return name;
}

static int prepare_helper(struct run_config *config, struct run_vm_config *vm,
			  const struct session *session, const char *test)
{
	const struct run_vm_config *last = &config->vms[config->nr_vms - 1];
	_cleanup_free_ char *image = cut_output_path(session, &config->cut);
	_cleanup_free_ char *output = NULL;
	struct cut_args args = {
		.vm = { .kernel = config->cut.vm.kernel,
			.network = config->cut.vm.network },
		.run = true,
		.vm_missing = config->cut.vm_missing,
		.aside = true,
	};

	vm->name = helper_name(config, session, test);
	if (!vm->name)
		return -1;
	args.output = output = xasprintf("%s-with-%s", image, vm->name);
	/* an image that exists already was cut for this kernel */
	if (!args.vm.kernel && config->image)
		args.vm.kernel = last->boot.options.kernel;
	vm->asked = args.vm;
	return prepare_test(vm, session, &args, &vm->asked, test);
}

static int prepare_vms(struct run_config *config, const struct session *session)
{
	const struct boot_request boot = {
		.image = config->image,
		.image_fd = -1,
		.kernel = config->cut.vm.kernel,
		.args = &config->cut.vm,
	};
	struct run_vm_config *test;
	int err = 0;

	config->nr_vms = config->with.nr + 1;
	config->vms = xcalloc(config->nr_vms, sizeof(*config->vms));
	for (size_t i = 0; i < config->nr_vms; i++)
		config->vms[i] = (struct run_vm_config){
			.cut = CUT_RESULT_INIT,
			.boot = { .image_fd = -1 },
		};
	test = &config->vms[config->nr_vms - 1];
	/* first, because helpers are cut for its kernel */
	if (config->image)
		err = boot_prepare(&test->boot, session, &boot);
	for (size_t i = 0; !err && i < config->with.nr; i++)
		err = prepare_helper(config, &config->vms[i], session, config->with.v[i]);
	/* last, so that the test's image is not replaced if a helper cannot be cut */
	if (!err && !config->image)
		err = prepare_test(test, session, &config->cut, &config->cut.vm,
				   config->test);
	return err;
}

/* A test without scripts would say nothing about the kernel. A helper needs none. */
static int check_scripts(const struct image_info *info)
{
	if (info->scripts || info->scripts_unknown)
		return 0;
	log_error(
		"there is no script to run: the manifest has no autorun line, and neither "
		"-x nor -f is given");
	return -1;
}

/* Collect a VM's expressions. Those of the image are checked again, because rapido need
 * not have cut it. */
static int allow_in_vm(struct run_vm_config *vm, const struct strvec *common)
{
	const struct strvec *own = &vm->boot.info.allow_faults;

	for (size_t i = 0; i < common->nr; i++)
		strvec_push(&vm->allow, common->v[i]);
	for (size_t i = 0; i < own->nr; i++) {
		if (check_allowed("allow-fault of the image", own->v[i]))
			return -1;
		strvec_push(&vm->allow, own->v[i]);
	}
	return 0;
}

static bool is_same_file(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

/* The test has standard input and output; what a helper or the VM of a suite says goes to
 * its logs. */
static void connect_vm(struct run_vm_config *vm, const struct run_config *config)
{
	vm->out = config->json ? STDERR_FILENO : STDOUT_FILENO;
	vm->err = STDERR_FILENO;
	vm->in = isatty(STDIN_FILENO) ? -1 : STDIN_FILENO;
	/* if both go to one file, the lines must be in the order they were written in */
	vm->merge = config->json || is_same_file(STDOUT_FILENO, STDERR_FILENO);
	if (!vm->name && !vm->boot.info.suite)
		return;
	vm->out = vm->in = -1;
	if (!config->show_log)
		vm->err = -1;
	vm->merge = true;
}

/* The value of a setting in bytes, or @usual if it is not set. */
static uint64_t size_setting(const struct session *session, const char *key,
			     uint64_t usual)
{
	const char *text = conf_get(&session->conf, key);
	uint64_t size = usual;

	if (text)
		parse_size(text, 1 << 20, &size);
	return size;
}

/* Whether the run to compare with is where the new one will be, in place of it. */
static bool would_replace(const char *results, const char *compared)
{
	_cleanup_free_ char *dir = realpath(results, NULL);
	_cleanup_free_ char *above = path_dirname(compared);

	return dir && streq(dir, io_is_dir(compared) ? compared : above);
}

static int prepare_dir(struct run_config *config, const struct session *session,
		       const char *test)
{
	const char *state = session->dirs.state;
	_cleanup_free_ char *path = NULL;

	if (config->suite.compare) {
		config->suite.compare_path = rundir_find(state, config->suite.compare);
		if (!config->suite.compare_path)
			return -1;
	}
	if (config->suite.resume) {
		path = rundir_find(state, config->suite.resume);
		return path ? rundir_open_again(&config->dir, path) : -1;
	}
	if (config->results && config->suite.compare &&
	    would_replace(config->results, config->suite.compare_path)) {
		log_error("--compare and --results name the same directory: the results "
			  "of '%s' would be gone",
			  config->suite.compare_path);
		return -1;
	}
	if (config->results)
		return rundir_open(&config->dir, config->results);
	return rundir_new(&config->dir, session->dirs.state, test ? test : "image",
			  size_setting(session, "RUNS_MAX", RUNDIR_TOTAL));
}

bool run_is_suite(const struct run_config *config, const struct session *session)
{
	_cleanup_(recipe_release) struct recipe recipe = RECIPE_INIT;
	_cleanup_(strvec_release) struct strvec bases = STRVEC_INIT;

	/* whatever is wrong with it, the cut will say so */
	if (!config->test || recipe_find(&session->dirs, config->test, &recipe) ||
	    recipe.script)
		return false;
	dirs_bases(&session->dirs, &bases);
	return manifest_is_suite(recipe.path, &session->conf, &bases);
}

bool run_finds_test(const struct run_config *config, const struct session *session)
{
	_cleanup_(recipe_release) struct recipe recipe = RECIPE_INIT;

	return !config->test || recipe_find(&session->dirs, config->test, &recipe) == 0;
}

/* Now it is known what the test is. */
static int check_is_suite(const struct run_config *config, const struct image_info *info)
{
	const struct suite_options *suite = &config->suite;
	const char *test = config->test ? config->test : "";

	if (info->suite && !config->image && !suite->expected)
		log_error("the cut script '%s' makes a suite: cut it first, and run the "
			  "image with --image",
			  test);
	else if (!info->suite && config->image && suite->given)
		log_error("%s is for suites, and image '%s' is none", suite->given,
			  config->image);
	else if (!info->suite && config->image && suite->args.nr)
		log_error("image '%s' is not a suite's: a command is put into an image "
			  "when it is cut, not with --image",
			  config->image);
	else
		return 0;
	return -1;
}

int run_prepare(struct run_config *config, const struct session *session)
{
	const struct image_info *info;

	config->start_ms = monotonic_ms();
	config->log_max = size_setting(session, "LOG_MAX", 0);
	config->show_log = log_enabled(LOG_DEBUG);
	/* a wrong expression must be found before the cut, not after it */
	if (allow_in_all(config, session) || prepare_vms(config, session))
		return -1;
	info = &config->vms[config->nr_vms - 1].boot.info;
	if (check_is_suite(config, info) || check_scripts(info))
		return -1;
	for (size_t i = 0; i < config->nr_vms; i++) {
		if (allow_in_vm(&config->vms[i], &config->allow))
			return -1;
		connect_vm(&config->vms[i], config);
	}
	return prepare_dir(config, session, info->test);
}
