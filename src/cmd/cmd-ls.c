// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido ls: the contents of an image, like `ls -l`. */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "image/cpio.h"
#include "image/image.h"
#include "lib/log.h"
#include "lib/out.h"
#include "lib/utf8.h"

static char type_letter(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	case S_IFREG:
		return '-';
	default:
		return '?';
	}
}

/* "drwxr-xr-x" */
static void mode_text(uint32_t mode, char text[11])
{
	static const char letters[] = "rwxrwxrwx";

	text[0] = type_letter(mode);
	for (int i = 0; i < 9; i++)
		text[i + 1] = mode & (0400U >> i) ? letters[i] : '-';
	if (mode & S_ISUID)
		text[3] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		text[6] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		text[9] = mode & S_IXOTH ? 't' : 'T';
	text[10] = '\0';
}

static void print_name(const char *name)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	strbuf_add_visible(&text, name);
	out_print("%s", text.buf);
}

static void print_entry(const struct cpio_entry *e)
{
	char mode[11], when[32], size[32];
	time_t mtime = e->mtime;
	struct tm tm;

	mode_text(e->mode, mode);
	gmtime_r(&mtime, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	if (S_ISCHR(e->mode) || S_ISBLK(e->mode))
		snprintf(size, sizeof(size), "%u, %u", e->rdev_major, e->rdev_minor);
	else
		snprintf(size, sizeof(size), "%u", e->size);
	out_print("%s %3u %5u %5u %10s %s ", mode, e->nlink, e->uid, e->gid, size, when);
	print_name(e->name);
	if (e->target) {
		out_print(" -> ");
		print_name(e->target);
	}
	out_print("\n");
}

static int list_image(const char *path)
{
	_cleanup_close_ int fd = image_open(path);
	struct cpio_reader *reader;
	struct cpio_entry entry;
	size_t nr = 0;
	int more;

	if (fd < 0)
		return 1;
	reader = cpio_reader_new(fd);
	while ((more = cpio_read_next(reader, &entry)) > 0) {
		nr++;
		if (!entry.padding)
			print_entry(&entry);
	}
	if (more < 0)
		log_error("cannot read image '%s': %s", path,
			  more == -EBADMSG ? cpio_reader_error(reader) : err_text(more));
	else if (!nr)
		log_error("cannot read image '%s': it is empty", path);
	cpio_reader_free(reader);
	return more < 0 || !nr ? 1 : 0;
}

static int ls(const struct invocation *call)
{
	_cleanup_(session_release) struct session session = { 0 };
	_cleanup_free_ char *last = NULL;

	/* an image that is named can be listed whatever is in rapido.conf */
	if (call->argc)
		return list_image(call->argv[0]);
	if (session_init(&session))
		return 1;
	last = session_last_image(&session);
	return list_image(last);
}

const struct command cmd_ls = {
	.name = "ls",
	.summary = "list what is in an image",
	.operands = "[IMAGE]",
	.operand = "image",
	.max_operands = 1,
	.notes =
		"Lists any initramfs, also compressed ones and several archives in a row. Times are\n"
		"in UTC. Without IMAGE, lists the image that was cut last.\n",
	.run = ls,
};
