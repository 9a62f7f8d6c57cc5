// SPDX-License-Identifier: GPL-2.0-or-later
/* From the file of a module to the bytes that an image has of it. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "closure/tree.h"
#include "kernel/kofile.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/trust.h"
#include "module-file.h"

void module_files_release(struct module_files *f)
{
	modsign_release(&f->modsign);
}

/* The bytes that the image gets instead of the file. */
struct contents {
	void *data; /* NULL: the file is copied unchanged */
	size_t size;
	char *why; /* for the error message; NULL: the error number says it all */
};

static void contents_release(struct contents *contents)
{
	free(contents->data);
	free(contents->why);
}

/* Drop the debug sections. contents->data stays NULL if there are none. */
static int strip(const struct module_files *f, int fd, struct contents *contents)
{
	if (f->keep_debug)
		return 0;
	return kofile_strip(fd, &contents->data, &contents->size);
}

/*
 * The tree's tool runs with the caller's rights. A tree that the caller names is trusted;
 * one that was found because it is the current directory is checked. False after a
 * message.
 */
static bool may_run_tool(const struct kernel *kernel)
{
	_cleanup_free_ char *tool = path_join(kernel->objdir, "scripts/sign-file");
	_cleanup_(caller_release) struct caller caller = { 0 };
	int err;

	if (!kernel->from_cwd)
		return true;
	caller_init(&caller);
	err = trust_check_file(&caller, tool, "or name the tree with -k");
	return !err || err == -ENOENT;
}

/* Set up the build's signing tool. False if it cannot be used, which is reported once. */
static bool can_sign(struct module_files *f)
{
	const struct kernel *kernel = f->kernel;
	_cleanup_free_ char *hash = kconfig_get_string(f->config, "MODULE_SIG_HASH");
	_cleanup_free_ char *key = kconfig_get_string(f->config, "MODULE_SIG_KEY");
	_cleanup_free_ char *why = NULL;

	if (f->modsign.tmpdir.path || f->cannot_sign)
		return !f->cannot_sign;
	if (kernel->objdir && !may_run_tool(kernel))
		why = xstrdup("the build's own tool is not trusted");
	else if (kernel->objdir && hash && key)
		modsign_init(&f->modsign, kernel->objdir, kernel->srcdir, hash, key,
			     f->tmp, &why);
	f->cannot_sign = !f->modsign.tmpdir.path;
	if (f->cannot_sign)
		report_error(f->report,
			     "kernel %s loads only signed modules "
			     "(CONFIG_MODULE_SIG_FORCE), and those of a build cannot be "
			     "signed: %s",
			     kernel_known_as(kernel), why ? why : "its key is not known");
	return !f->cannot_sign;
}

static int sign(struct module_files *f, int fd, struct contents *contents)
{
	_cleanup_free_ void *unsigned_data = TAKE_PTR(contents->data);
	size_t size = contents->size;
	char *signed_data;
	int err = 0;

	if (!can_sign(f))
		return 0;
	if (!unsigned_data)
		err = kofile_read(fd, &unsigned_data, &size);
	if (!err)
		err = modsign_sign(&f->modsign, unsigned_data, size, &signed_data,
				   &contents->size, &contents->why);
	if (!err)
		contents->data = signed_data;
	return err;
}

/*
 * For a kernel that requires signatures a signed file is copied unchanged, and an
 * unsigned one is stripped and signed. For other kernels it is only stripped.
 */
static int make_contents(struct module_files *f, int fd, struct contents *contents)
{
	const char *force = kconfig_get(f->config, "MODULE_SIG_FORCE");
	struct stat before, after;
	int err = fstat(fd, &before) < 0 ? -errno : 0;

	if (err || (force && kofile_is_signed(fd)))
		return err;
	err = strip(f, fd, contents);
	if (!err && force)
		err = sign(f, fd, contents);
	/* a running make may write it */
	if (!err && (fstat(fd, &after) < 0 || before.st_size != after.st_size ||
		     timespec_compare(&before.st_mtim, &after.st_mtim) != 0))
		err = -ESTALE;
	return err;
}

/* Add a module out of a build. 0, or -errno and perhaps contents->why. */
static int add_built(struct module_files *f, const struct module *module,
		     const char *path, struct plan_reason reason,
		     struct contents *contents)
{
	_cleanup_close_ int fd = kofile_open(module->path);
	int err = fd < 0 ? fd : make_contents(f, fd, contents);

	if (!err && module->packed && !contents->data)
		err = kofile_read(fd, &contents->data, &contents->size);
	if (err == -EBADMSG && !contents->why)
		contents->why = xstrdup("it is damaged; build or copy it again");
	if (err)
		return err;
	if (!contents->data)
		return tree_add_file(f->plan, path, f->host, module->path, true, reason);
	err = plan_add_data(f->plan, path, 0644, contents->data, contents->size, reason);
	return err < 0 && err != PLAN_FILTERED ? err : 0;
}

void module_files_add(struct module_files *f, const struct module *module,
		      const char *path, struct plan_reason reason)
{
	_cleanup_(contents_release) struct contents contents = { 0 };
	int err = module->from_build ? add_built(f, module, path, reason, &contents)
				     : tree_add_file(f->plan, path, f->host, module->path,
						     false, reason);

	if (err)
		report_error(f->report, "cannot add module '%s': %s", module->path,
			     contents.why     ? contents.why
			     : err == -ESTALE ? "it changed while it was read; try again"
					      : err_text(err));
}
