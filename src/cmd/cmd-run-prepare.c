// SPDX-License-Identifier: GPL-2.0-or-later
/* From the command line of `rapido run` to images and kernels that can be booted. */
#include "lib/ere.h"
#include "lib/log.h"
#include "conf/recipe.h"
#include "cmd-run-prepare.h"

void run_request_release(struct run_request *request)
{
	cut_args_release(&request->cut);
	strvec_release(&request->with);
	strvec_release(&request->allow);
}

static void vm_prepared_release(struct run_prepared_vm *vm)
{
	free(vm->name);
	strvec_release(&vm->allow);
	boot_release(&vm->boot);
	cut_result_release(&vm->cut);
}

void run_prepared_release(struct run_prepared *prepared)
{
	for (size_t i = 0; i < prepared->nr; i++)
		vm_prepared_release(&prepared->vms[i]);
	free(prepared->vms);
	rundir_release(&prepared->dir);
}

static int check_allowed(const char *where, const char *regex)
{
	_cleanup_free_ char *why = NULL;
	int err = ere_check(regex, &why);

	if (err)
		log_error("%s: '%s' is not a regular expression: %s", where, regex, why);
	return err;
}

/* What is allowed in all VMs, before anything is made: a wrong one must not cost a run.
 */
static int list_allowed(struct strvec *allow, const struct session *session,
			const struct run_request *request)
{
	const char *regex = conf_get(&session->conf, "ALLOW_FAULTS");

	if (regex && check_allowed("ALLOW_FAULTS", regex))
		return -1;
	if (regex)
		strvec_push(allow, regex);
	for (size_t i = 0; i < request->allow.nr; i++) {
		if (check_allowed("--allow-fault", request->allow.v[i]))
			return -1;
		strvec_push(allow, request->allow.v[i]);
	}
	return 0;
}

static int cut_and_find_kernel(struct run_prepared_vm *vm, const struct session *session,
			       const struct cut_args *args, const char *test)
{
	struct boot_request boot;

	if (cut_test(session, args, test, &vm->cut))
		return -1;
	boot = (struct boot_request){
		.image = vm->cut.image,
		.image_fd = vm->cut.image_fd,
		.network = args->network,
		.notice = vm->cut.notice,
	};
	return boot_prepare(&vm->boot, session, &boot);
}

static int prepare_image(struct run_prepared_vm *vm, const struct session *session,
			 const struct run_request *request)
{
	const struct boot_request boot = {
		.image = request->image,
		.image_fd = -1,
		.kernel = request->cut.kernel,
		.network = request->cut.network,
	};

	return boot_prepare(&vm->boot, session, &boot);
}

static bool name_is_taken(const struct run_prepared *prepared, const char *name)
{
	for (size_t i = 0; i < prepared->nr; i++)
		if (prepared->vms[i].name && streq(prepared->vms[i].name, name))
			return true;
	return false;
}

/* It becomes one of a directory and of a host: a test that is given by its path may have
 * any, or none. Heap. */
static char *plain_name(const char *name)
{
	char *plain = xstrdup(*name ? name : "helper");

	for (char *p = plain; *p; p++)
		if (!is_plain_name(p, 1, 1) || (p == plain && *p == '.'))
			*p = '-';
	return plain;
}

/* "nvmet-tcp", and "nvmet-tcp-2" for the second. NULL after a message. Heap. */
static char *helper_name(const struct run_prepared *prepared,
			 const struct session *session, const char *test)
{
	_cleanup_(recipe_release) struct recipe recipe = RECIPE_INIT;
	_cleanup_free_ char *plain = NULL;
	char *name;

	if (recipe_find(&session->dirs, test, &recipe)) {
		_cleanup_free_ char *why = recipe_not_found(&session->dirs, test);

		log_error("%s", why);
		return NULL;
	}
	plain = plain_name(recipe.name);
	name = xstrdup(plain);
	for (int i = 2; name_is_taken(prepared, name); i++) {
		free(name);
		name = xasprintf("%s-%d", plain, i);
	}
	return name;
}

/* That of the test: -k, or what an image was cut for; NULL: that of all cuts. */
static const char *helpers_kernel(const struct run_prepared *prepared,
				  const struct run_request *request)
{
	const struct run_prepared_vm *test = &prepared->vms[prepared->nr - 1];

	if (request->cut.kernel || !request->image)
		return request->cut.kernel;
	return test->boot.options.kernel;
}

static int prepare_helper(struct run_prepared *prepared, struct run_prepared_vm *vm,
			  const struct session *session,
			  const struct run_request *request, const char *test)
{
	_cleanup_free_ char *image = cut_output_path(session, &request->cut);
	_cleanup_free_ char *output = NULL;
	struct cut_args args = {
		.kernel = helpers_kernel(prepared, request),
		.network = request->cut.network,
		.run = request->cut.run,
		.aside = true,
	};

	vm->name = helper_name(prepared, session, test);
	if (!vm->name)
		return -1;
	args.output = output = xasprintf("%s-with-%s", image, vm->name);
	return cut_and_find_kernel(vm, session, &args, test);
}

static int prepare_vms(struct run_prepared *prepared, const struct session *session,
		       const struct run_request *request)
{
	struct run_prepared_vm *test;
	int err = 0;

	prepared->nr = request->with.nr + 1;
	prepared->vms = xcalloc(prepared->nr, sizeof(*prepared->vms));
	for (size_t i = 0; i < prepared->nr; i++)
		prepared->vms[i] = (struct run_prepared_vm){
			.cut = CUT_RESULT_INIT,
			.boot = { .image_fd = -1 },
		};
	test = &prepared->vms[prepared->nr - 1];
	/* helpers are cut for its kernel */
	if (request->image)
		err = prepare_image(test, session, request);
	for (size_t i = 0; !err && i < request->with.nr; i++)
		err = prepare_helper(prepared, &prepared->vms[i], session, request,
				     request->with.v[i]);
	/* last, so that nothing has become of it when a helper cannot be cut */
	if (!err && !request->image)
		err = cut_and_find_kernel(test, session, &request->cut, request->test);
	return err;
}

static int prepare_dir(struct run_prepared *prepared, const struct session *session,
		       const struct run_request *request)
{
	const char *test = prepared->vms[prepared->nr - 1].boot.info.test;
	const char *text = conf_get(&session->conf, "RUNS_MAX");
	uint64_t total = RUNDIR_TOTAL;

	if (text)
		parse_size(text, 1 << 20, &total);
	return request->results ? rundir_open(&prepared->dir, request->results)
				: rundir_new(&prepared->dir, session->dirs.state,
					     test ? test : "image", total);
}

/* A cut has checked those of its image, but anybody may have made this one. */
static int add_allowed(struct run_prepared_vm *vm, const struct strvec *common)
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

/* Of an image without scripts the VM can tell nothing, whatever the kernel is like; but a
 * helper may do without. */
static int check_scripts(const struct run_prepared *prepared)
{
	const struct image_info *info = &prepared->vms[prepared->nr - 1].boot.info;

	if (info->scripts || info->scripts_unknown)
		return 0;
	log_error(
		"there is no script to run: the manifest has no autorun line, and neither "
		"-x nor -f is given");
	return -1;
}

int run_prepare(struct run_prepared *prepared, const struct session *session,
		const struct run_request *request)
{
	_cleanup_(strvec_release) struct strvec allow = STRVEC_INIT;

	if (list_allowed(&allow, session, request) ||
	    prepare_vms(prepared, session, request) || check_scripts(prepared))
		return -1;
	for (size_t i = 0; i < prepared->nr; i++)
		if (add_allowed(&prepared->vms[i], &allow))
			return -1;
	return prepare_dir(prepared, session, request);
}
