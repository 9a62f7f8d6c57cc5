// SPDX-License-Identifier: GPL-2.0-or-later
/* The command of the command line: its program, its files, and what runs it. */
#include <sys/stat.h>

#include "closure/elffile.h"
#include "closure/tree.h"
#include "cut-command.h"
#include "cut/base.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/wire.h"

static const char init[] = "/rdinit";

static struct plan_reason reason(const struct cut_command *c, const char *word)
{
	_cleanup_free_ char *why = xasprintf("-- %s", word);

	return (struct plan_reason){ -1, plan_intern(c->plan, why) };
}

/* The VM has a file system of its own there, mounted over what the image has. */
static bool is_hidden(const struct cut_command *c, const char *path)
{
	const char *over = cut_autorun_hidden_below(path);

	if (over)
		report_error(c->report,
			     "cannot have '%s' in the VM, which has a '%s' of its own: "
			     "copy it to another directory",
			     path, over);
	return over != NULL;
}

/* With the host's owner and mode; init makes one that cannot be had. */
static void add_dir(const struct cut_command *c, const char *dir)
{
	const struct plan_reason why = { -1,
					 plan_intern(c->plan, "the current directory") };
	struct stat st;

	if (cut_autorun_hidden_below(dir) || streq(dir, "/"))
		return;
	if (tree_add_path(c->plan, c->host, dir, why, NULL, &st) < 0)
		plan_add_dir(c->plan, dir, 0755, why);
}

/* Whether it can be more than data: an ELF file, or a script. */
static bool is_program(const struct cut_command *c, const char *path)
{
	_cleanup_(elf_file_release) struct elf_file elf = { 0 };
	_cleanup_free_ char *canonical = NULL;
	_cleanup_close_ int fd = -1;
	char head[2];

	if (sysroot_resolve(c->host, path, &canonical, NULL, NULL, NULL) == 0)
		fd = sysroot_open(c->host, canonical);
	return fd >= 0 && (elf_file_read(&elf, fd) == 0 ||
			   (io_pread_full(fd, head, sizeof(head), 0) == sizeof(head) &&
			    !memcmp(head, "#!", sizeof(head))));
}

static void add_program(const struct cut_command *c, const char *path, const char *word)
{
	const struct closure_request request = {
		.name = path,
		.root = c->host,
		.where = "--",
		.reason = reason(c, word),
	};

	if (!is_hidden(c, path))
		closure_add_program(c->closure, &request);
}

/* A program among the files, as in "timeout 5 ./a.out", can be run, too. */
static void add_file(const struct cut_command *c, const char *path, const char *word)
{
	struct stat st;
	int entry;

	if (is_program(c, path)) {
		add_program(c, path, word);
		return;
	}
	if (is_hidden(c, path))
		return;
	entry = tree_add_path(c->plan, c->host, path, reason(c, word), NULL, &st);
	if (entry < 0)
		report_error(c->report, "cannot add '%s': %s", path, err_text(entry));
}

/* Add the file @path for the guest's init, see IMAGE_CONSOLE of wire.h: the directory,
 * and with @program the command. */
static void add_words(const struct cut_command *c, const struct cut_extras *extras,
		      const char *path, const char *program)
{
	_cleanup_(strbuf_release) struct strbuf data = STRBUF_INIT;
	const char *dir = cut_extras_get(extras, CUT_EXTRA_DIR);

	strbuf_add(&data, dir, strlen(dir) + 1);
	if (program)
		strbuf_add(&data, program, strlen(program) + 1);
	for (size_t i = 0; program && i < extras->nr; i++)
		if (extras->v[i].kind == CUT_EXTRA_WORD)
			strbuf_add(&data, extras->v[i].text,
				   strlen(extras->v[i].text) + 1);
	plan_add_data(c->plan, path, 0644, data.buf, data.len,
		      reason(c, program ? cut_extras_get(extras, CUT_EXTRA_WORD) : ""));
}

void cut_command_add(const struct cut_command *c, const struct cut_extras *extras)
{
	const char *dir = cut_extras_get(extras, CUT_EXTRA_DIR);
	const char *program = cut_extras_get(extras, CUT_EXTRA_PROGRAM);
	const char *word = cut_extras_get(extras, CUT_EXTRA_WORD);
	bool console = cut_extras_get(extras, CUT_EXTRA_CONSOLE);

	if (!dir)
		return;
	/* as at a prompt: no systemd of the host's is to be asked */
	if (program && base_ends_vm(word))
		program = init;
	add_dir(c, dir);
	add_words(c, extras, IMAGE_CONSOLE, console ? program : NULL);
	if (!program)
		return;
	if (!console)
		add_words(c, extras, IMAGE_COMMAND, program);
	if (program != init)
		add_program(c, program, word);
	for (size_t i = 0; i < extras->nr; i++)
		if (extras->v[i].kind == CUT_EXTRA_FILE)
			add_file(c, extras->v[i].text, word);
}

void cut_command_add_script(const struct cut_command *c, const struct cut_extras *extras,
			    struct cut_autorun *autorun)
{
	static const char text[] = "/rdinit --command\n";
	const char *program = cut_extras_get(extras, CUT_EXTRA_PROGRAM);
	_cleanup_free_ char *name = NULL;

	if (!program || cut_extras_get(extras, CUT_EXTRA_CONSOLE))
		return;
	name = cut_extras_name(extras);
	cut_autorun_add_text(autorun, name, text,
			     reason(c, cut_extras_get(extras, CUT_EXTRA_WORD)));
}
