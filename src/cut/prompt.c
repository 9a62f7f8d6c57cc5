// SPDX-License-Identifier: GPL-2.0-or-later
/* What a VM with a prompt has beside its image. */
#include <errno.h>

#include "cut-programs.h"
#include "cut/base.h"
#include "cut/prompt.h"
#include "closure/tree.h"
#include "image/cpio.h"
#include "lib/io.h"
#include "lib/log.h"

#define VI "/usr/bin/vi"
/* A longer TERM is none. */
#define TERM_NAME_MAX 64

/* The names, whatever packages they are from. */
static const char *const tools[] = {
	"awk",	   "basename", "blkid",	  "cat",      "chgrp",	    "chmod",   "chown",
	"chroot",  "clear",    "cmp",	  "cp",	      "cut",	    "date",    "dd",
	"df",	   "diff",     "dirname", "dmesg",    "du",	    "env",     "find",
	"findmnt", "flock",    "free",	  "grep",     "head",	    "hexdump", "id",
	"insmod",  "ip",       "kill",	  "less",     "ln",	    "losetup", "ls",
	"lsblk",   "lsmod",    "md5sum",  "mkdir",    "mkfifo",	    "mknod",   "mktemp",
	"modinfo", "modprobe", "more",	  "mount",    "mountpoint", "mv",      "nice",
	"nohup",   "nproc",    "nsenter", "od",	      "pgrep",	    "ping",    "pkill",
	"printf",  "ps",       "pwd",	  "readlink", "realpath",   "rm",      "rmdir",
	"rmmod",   "sed",      "seq",	  "setsid",   "sha256sum",  "sleep",   "sort",
	"ss",	   "stat",     "stdbuf",  "strace",   "stty",	    "sync",    "sysctl",
	"tac",	   "tail",     "taskset", "tee",      "test",	    "time",    "timeout",
	"top",	   "touch",    "tput",	  "tr",	      "true",	    "false",   "truncate",
	"tty",	   "umount",   "uname",	  "uniq",     "unshare",    "uptime",  "vi",
	"watch",   "wc",       "which",	  "whoami",   "xargs",	    "yes",
};

/* The editor: a full vim is as large as the half of all others. */
static const char *const small_editors[] = { "vim.tiny", "nvi" };

/* Without a file of the user's vim insists on one of its many own. */
#define VIMRC "/root/.vimrc"
static const char vimrc[] = "set nocompatible backspace=indent,eol,start ruler\n";

/* rapido.rc sets LANG if it is there. */
#define UTF8_LOCALE "/usr/lib/locale/C.utf8"

/* The paths of the image, so that nothing of it is added again or replaced. */
static int read_image(struct plan *plan, int image_fd)
{
	const struct plan_reason reason = { -1, plan_intern(plan, "is in the image") };
	struct cpio_reader *reader = cpio_reader_new(image_fd);
	struct cpio_entry e;
	int err;

	while ((err = cpio_read_next(reader, &e)) > 0) {
		_cleanup_free_ char *path = xasprintf("/%s", e.name);

		if (S_ISDIR(e.mode))
			plan_add_dir(plan, path, e.mode & 07777, reason);
		else if (S_ISLNK(e.mode))
			plan_add_link(plan, path, e.target, reason);
		else
			plan_add_data(plan, path, e.mode & 07777, NULL, 0, reason);
	}
	cpio_reader_free(reader);
	plan->known = plan->nr;
	return err;
}

/* Images have the description of the usual ones. */
static void add_terminal(struct prompt *prompt, struct plan_reason reason)
{
	const char *term = getenv("TERM");

	if (!term || base_terminal(term) ||
	    !is_plain_name(term, strlen(term), TERM_NAME_MAX))
		return;
	if (base_add_terminal(&prompt->plan, &prompt->root, term, reason))
		prompt->term = term;
}

int prompt_find(struct prompt *prompt, int image_fd, const struct conf *conf)
{
	_cleanup_(strbuf_release) struct strbuf added = STRBUF_INIT;
	_cleanup_(strvec_release) struct strvec more = STRVEC_INIT;
	struct plan *plan = &prompt->plan;
	const struct plan_reason reason = { -1, plan_intern(plan, "for the prompt") };
	const char *setting = conf_get(conf, "SHELL_TOOLS");
	struct cut_programs programs = { .plan = plan,
					 .root = &prompt->root,
					 .host = true,
					 .report = &prompt->report };
	int err = sysroot_init(&prompt->root, "/");

	if (!err)
		err = read_image(plan, image_fd);
	if (err)
		return err;
	programs.closure = closure_new(&prompt->root, plan, &prompt->report);
	strvec_split(&more, setting ? setting : "", " \t\n");
	for (size_t i = 0; i < more.nr; i++)
		if (!cut_programs_add(&programs, more.v[i], true, reason, &added))
			report_warn(&prompt->report, "SHELL_TOOLS: cannot find '%s'",
				    more.v[i]);
	for (size_t i = 0; i < ARRAY_SIZE(small_editors) && plan_find(plan, VI) < 0; i++)
		if (cut_programs_add(&programs, small_editors[i], false, reason, &added))
			plan_add_link(plan, VI, small_editors[i], reason);
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++)
		cut_programs_add(&programs, tools[i], false, reason, &added);
	closure_free(programs.closure);
	add_terminal(prompt, reason);
	if (plan_find(plan, VIMRC) < 0)
		plan_add_data(plan, VIMRC, 0644, vimrc, sizeof(vimrc) - 1, reason);
	if (io_is_dir(UTF8_LOCALE) && plan_find(plan, UTF8_LOCALE) < 0)
		tree_add(plan, UTF8_LOCALE, &prompt->root, UTF8_LOCALE, reason, NULL,
			 NULL, &prompt->report);
	if (added.len)
		log_debug("the prompt gets from this host: %s", added.buf);
	return 0;
}

void prompt_release(struct prompt *prompt)
{
	plan_release(&prompt->plan);
	sysroot_release(&prompt->root);
	report_release(&prompt->report);
}

static void add_pages(uint64_t *bytes, uint64_t size, uint64_t page)
{
	*bytes += (size + page - 1) / page * page;
}

void prompt_add_space(const struct prompt *prompt, struct image_space *space)
{
	for (size_t i = prompt->plan.known; i < prompt->plan.nr; i++) {
		const struct plan_entry *e = &prompt->plan.entries[i];

		space->names++;
		add_pages(&space->bytes_4k, e->size, 4096);
		add_pages(&space->bytes_16k, e->size, 16384);
		add_pages(&space->bytes_64k, e->size, 65536);
	}
}
