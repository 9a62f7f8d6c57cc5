// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of files with capabilities. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/xattr.h>
#include <sys/xattr.h>

#include "cut/filecaps.h"
#include "lib/path.h"
#include "lib/log.h"
#include "closure/sysroot.h"

/*
 * The third revision of the attribute is the largest (struct vfs_ns_cap_data). It is for
 * one user namespace; the kernel translates it for the reader.
 */
#define VALUE_MAX sizeof(struct vfs_ns_cap_data)

/* The attribute's size, or -errno. */
static ssize_t read_value(const struct plan_entry *e, unsigned char value[VALUE_MAX])
{
	/* getxattrat(2) is too new for most kernels and libraries */
	_cleanup_free_ char *path =
		xasprintf("/proc/self/fd/%d/%s", e->root, path_relative(e->text));
	ssize_t n = lgetxattr(path, XATTR_NAME_CAPS, value, VALUE_MAX);

	return n < 0 ? -errno : n;
}

static void add_line(struct strbuf *list, const struct plan_entry *e,
		     struct report *report)
{
	unsigned char value[VALUE_MAX];
	ssize_t n = read_value(e, value);

	/* a file that was removed meanwhile is noticed when the image is written */
	if (n == -ENODATA || n == -EOPNOTSUPP || n == -ENOENT)
		return;
	if (n < 0) {
		report_error(report, "cannot read the capabilities of '%s': %s", e->text,
			     err_text((int)n));
		return;
	}
	if (strchr(e->path, '\n')) {
		report_error(
			report,
			"cannot keep the capabilities of '%s': its name has a newline "
			"in it",
			e->path);
		return;
	}
	for (ssize_t i = 0; i < n; i++)
		strbuf_addf(list, "%02x", value[i]);
	strbuf_addf(list, " %s\n", e->path);
}

void filecaps_add(struct plan *plan, struct plan_reason reason, struct report *report)
{
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT;

	for (size_t i = 0; i < plan->nr; i++)
		if (plan->entries[i].kind == PLAN_FILE && plan->entries[i].mode & 0111)
			add_line(&list, &plan->entries[i], report);
	if (list.len)
		plan_add_data(plan, IMAGE_CAPABILITIES, 0644, list.buf, list.len, reason);
}
