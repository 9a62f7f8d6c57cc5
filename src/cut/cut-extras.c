// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of what options add to an image: from the command line, and to and from a
 * file. cut.c puts it into the plan.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cut/cut-extras.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"

/* The list is in a file for a moment; the words come from a command line. */
#define FILE_MAX (64 << 20)

void cut_extras_release(struct cut_extras *extras)
{
	for (size_t i = 0; i < extras->nr; i++)
		free(extras->v[i].text);
	free(extras->v);
	*extras = (struct cut_extras){ 0 };
}

static void take(struct cut_extras *extras, enum cut_extra_kind kind, char *text)
{
	ALLOC_GROW(extras->v, extras->nr, extras->alloc);
	extras->v[extras->nr++] = (struct cut_extra){ kind, text };
}

const char *cut_extras_get(const struct cut_extras *extras, enum cut_extra_kind kind)
{
	for (size_t i = 0; i < extras->nr; i++)
		if (extras->v[i].kind == kind)
			return extras->v[i].text;
	return NULL;
}

/* A cut script's rapido-cut has another current directory. Heap. */
static char *name_or_path(const char *name)
{
	return strchr(name, '/') ? path_absolute(name) : xstrdup(name);
}

int cut_extras_add_bin(struct cut_extras *extras, const char *name)
{
	take(extras, CUT_EXTRA_BIN, name_or_path(name));
	return 0;
}

int cut_extras_add_kmod(struct cut_extras *extras, const char *name)
{
	take(extras, CUT_EXTRA_KMOD, name_or_path(name));
	return 0;
}

int cut_extras_add_put(struct cut_extras *extras, const char *text)
{
	const char *colon = access(text, F_OK) == 0 ? NULL : strrchr(text, ':');
	_cleanup_free_ char *source =
		colon ? xstrndup(text, (size_t)(colon - text)) : xstrdup(text);
	_cleanup_free_ char *absolute = path_absolute(source), *at = NULL;

	if (access(absolute, F_OK) < 0) {
		log_error("cannot put '%s' into the image: %s", source, err_text(-errno));
		return -1;
	}
	at = path_absolute(colon && colon[1] ? colon + 1 : source);
	/* as with cp(1), a slash at its end means a directory for it */
	if (colon && ends_with(at, "/")) {
		_cleanup_free_ char *clean = path_clean(absolute), *dir = TAKE_PTR(at);

		at = path_join(dir, path_basename(clean));
	}
	take(extras, CUT_EXTRA_PUT, TAKE_PTR(absolute));
	take(extras, CUT_EXTRA_AT, path_clean(at));
	return 0;
}

void cut_extras_add_vm(struct cut_extras *extras, const struct vm_args *vm)
{
	if (vm->cpus)
		take(extras, CUT_EXTRA_CPUS, xasprintf("%lu", vm->cpus));
	if (vm->memory)
		take(extras, CUT_EXTRA_MEMORY,
		     xasprintf("%lluM",
			       (unsigned long long)((vm->memory + (1 << 20) - 1) >> 20)));
	if (vm->nr_disks)
		take(extras, CUT_EXTRA_DISKS, xstrdup(""));
}

int cut_extras_write(const struct cut_extras *extras, const char *path)
{
	_cleanup_(strbuf_release) struct strbuf data = STRBUF_INIT;
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int err = fd < 0 ? -errno : 0;

	for (size_t i = 0; i < extras->nr; i++) {
		strbuf_addch(&data, (char)extras->v[i].kind);
		strbuf_add(&data, extras->v[i].text, strlen(extras->v[i].text) + 1);
	}
	if (!err)
		err = io_write_all(fd, data.buf, data.len);
	if (err)
		log_error("cannot write '%s': %s", path, err_text(err));
	return err;
}

int cut_extras_read(struct cut_extras *extras, const char *path)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	int err = io_read_file(AT_FDCWD, path, FILE_MAX, &data, &size);

	if (err) {
		log_error("cannot read '%s': %s", path, err_text(err));
		return err;
	}
	for (const char *p = data; p < data + size; p += strlen(p) + 1)
		take(extras, (enum cut_extra_kind) * p, xstrdup(p + 1));
	return 0;
}
