// SPDX-License-Identifier: GPL-2.0-or-later
/* The image's module database, made by depmod. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "kernel/kofile.h"
#include "lib/log.h"
#include "kernel/moddb.h"
#include "lib/path.h"

/* The largest file of a database that is read. */
#define DB_FILE_MAX (64 << 20)
/* depmod takes milliseconds. */
#define DEPMOD_TIMEOUT_MS 60000

#define ORDER "modules.order"

/* The files that depmod reads besides the modules. */
static const char *const inputs[] = { "modules.builtin", "modules.builtin.modinfo",
				      ORDER };

char *moddb_image_path(const char *release, const char *place)
{
	return xasprintf("/lib/modules/%s/%s", release, place);
}

static int make_link(const char *target, const char *path)
{
	_cleanup_free_ char *dir = path_dirname(path);
	int err = io_mkdir_p(dir);

	if (err)
		return err;
	return symlink(target, path) < 0 && errno != EEXIST ? -errno : 0;
}

static int make_empty(const char *path)
{
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

	return fd < 0 ? -errno : 0;
}

/*
 * Link depmod's input. A tree's modules.order is left out, as its form varies. A missing
 * file becomes an empty one, as depmod warns of missing files.
 */
static int link_inputs(const struct moddb *db, const char *dir, bool tree)
{
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(inputs); i++) {
		_cleanup_free_ char *target = dir ? path_join(dir, inputs[i]) : NULL;
		_cleanup_free_ char *link = path_join(db->dir, inputs[i]);

		if (tree && streq(inputs[i], ORDER))
			continue;
		if (target && access(target, R_OK) == 0)
			err = make_link(target, link);
		else
			err = make_empty(link);
	}
	return err;
}

static int by_order(const void *a, const void *b)
{
	const struct module *x = *(const struct module *const *)a;
	const struct module *y = *(const struct module *const *)b;

	return x->order < y->order ? -1 : x->order > y->order;
}

/* Write modules.order, with the image's modules in the tree's order. */
static int write_order(const struct moddb *db, const struct modules *modules)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	_cleanup_free_ char *path = path_join(db->dir, ORDER);
	size_t nr = modules_count(modules);
	_cleanup_free_ const struct module **sorted = xcalloc(nr, sizeof(*sorted));
	_cleanup_close_ int fd = -1;

	for (size_t i = 0; i < nr; i++)
		sorted[i] = modules_get(modules, i);
	qsort(sorted, nr, sizeof(*sorted), by_order);
	for (size_t i = 0; i < nr; i++)
		if (sorted[i]->path && !sorted[i]->broken)
			strbuf_addf(&text, "%s\n", sorted[i]->place);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return fd < 0 ? -errno : io_write_all(fd, text.buf, text.len);
}

/* Unpack a module, as depmod may not support its compression. */
static int unpack_module(const struct module *module, const char *path)
{
	_cleanup_close_ int in = kofile_open(module->path), out = -1;
	_cleanup_free_ char *dir = path_dirname(path);
	_cleanup_free_ void *data = NULL;
	size_t size;
	int err = in < 0 ? in : kofile_read(in, &data, &size);

	if (!err)
		err = io_mkdir_p(dir);
	if (err)
		return err;
	out = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return out < 0 ? -errno : io_write_all(out, data, size);
}

static int make_links(const struct moddb *db, const struct modules *modules)
{
	int err = 0;

	for (size_t i = 0; !err && i < modules_count(modules); i++) {
		const struct module *module = modules_get(modules, i);
		_cleanup_free_ char *image = NULL, *link = NULL;

		if (!module->path || module->broken)
			continue;
		image = moddb_image_path(db->release, module->place);
		link = xasprintf("%s%s", db->tmpdir.path, image);
		err = module->packed ? unpack_module(module, link)
				     : make_link(module->path, link);
	}
	return err;
}

static int start_depmod(struct moddb *db)
{
	_cleanup_free_ char *program = process_find("depmod");

	if (!program)
		return -ENOENT;
	strvec_pushl(&db->depmod.argv, program, "-b", db->tmpdir.path, db->release, NULL);
	db->depmod.death_signal = SIGKILL;
	return process_start(&db->depmod);
}

int moddb_start(struct moddb *db, const struct modules *modules, const char *dir,
		bool tree, const char *release, const char *tmp, struct report *report)
{
	int err = tmpdir_init(&db->tmpdir, tmp);

	if (!err) {
		db->release = xstrdup(release);
		db->dir = xasprintf("%s/lib/modules/%s", db->tmpdir.path, release);
		err = io_mkdir_p(db->dir);
	}
	if (!err)
		err = link_inputs(db, dir, tree);
	if (!err && tree)
		err = write_order(db, modules);
	if (!err)
		err = make_links(db, modules);
	if (err)
		return report_error(report,
				    "cannot prepare the module database in '%s': %s", tmp,
				    err_text(err));
	err = start_depmod(db);
	if (err)
		return report_error(report, "cannot run depmod: %s (package: kmod)",
				    err_text(err));
	return 0;
}

static int add_files(const struct moddb *db, struct plan *plan, struct plan_reason reason)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	_cleanup_closedir_ DIR *dir = opendir(db->dir);
	struct dirent *d;

	while (dir && (d = readdir(dir)))
		/* modules.builtin.modinfo is only depmod's input */
		if (starts_with(d->d_name, "modules.") &&
		    !streq(d->d_name, "modules.builtin.modinfo"))
			strvec_push(&names, d->d_name);
	strvec_sort(&names);
	for (size_t i = 0; i < names.nr; i++) {
		_cleanup_free_ char *source = path_join(db->dir, names.v[i]),
				    *data = NULL;
		_cleanup_free_ char *path = moddb_image_path(db->release, names.v[i]);
		size_t size;
		int err = io_read_file(AT_FDCWD, source, DB_FILE_MAX, &data, &size);

		if (err)
			return err;
		plan_add_data(plan, path, 0644, data, size, reason);
	}
	return 0;
}

int moddb_finish(struct moddb *db, struct plan *plan, struct plan_reason reason,
		 struct report *report)
{
	int status, err;

	if (!db->depmod.pid)
		return 0;
	status = process_wait(&db->depmod, DEPMOD_TIMEOUT_MS);
	if (status < 0)
		return report_error(report, "cannot wait for depmod: %s",
				    err_text(status));
	if (status)
		return report_error(report, "depmod failed on the modules of the image");
	err = add_files(db, plan, reason);
	if (err)
		return report_error(report, "cannot read the module database: %s",
				    err_text(err));
	return 0;
}

void moddb_release(struct moddb *db)
{
	process_release(&db->depmod);
	tmpdir_release(&db->tmpdir);
	free(db->dir);
	free(db->release);
	*db = (struct moddb)MODDB_INIT;
}
