// SPDX-License-Identifier: GPL-2.0-or-later
/* The files that a closure has examined, and its messages. */
#include <errno.h>
#include <unistd.h>

#include "closure-parts.h"

void closure_complain(struct closure *c, const struct context *context, const char *fmt,
		      ...)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	const struct closure_request *r = context->request;
	va_list ap;

	if (r->where)
		strbuf_addf(&text, "%s: ", r->where);
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	if (r->package)
		strbuf_addf(&text, " (package: %s)", r->package);
	if (context->strict)
		report_error(c->report, "%s", text.buf);
	else
		report_warn(c->report, "%s", text.buf);
}

int closure_examine(struct closure *c, struct sysroot *root, const char *canonical,
		    int entry, struct object **result)
{
	void **slot = strmap_put(&c->objects, canonical);
	_cleanup_close_ int fd = -1;
	struct object *object = *slot;

	if (!object) {
		object = xcalloc(1, sizeof(*object));
		object->path = xstrdup(canonical);
		object->root = root;
		object->entry = entry;
		*slot = object;
		fd = sysroot_open(root, canonical);
		object->err = fd < 0 ? fd : elf_file_read(&object->elf, fd);
		object->is_elf = !object->err;
	}
	*result = object;
	return object->err == -ENOEXEC ? 0 : object->err;
}
