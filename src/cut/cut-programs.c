// SPDX-License-Identifier: GPL-2.0-or-later
/* The programs that scripts, and VMs with a prompt, get from the host by themselves. */
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "assets.h"
#include "cut-autorun.h"
#include "cut-programs.h"
#include "cut/base.h"
#include "cut/shellwords.h"
#include "image/image.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/process.h"
#include "lib/wire.h"

/* Longer scripts are not read. */
#define SCRIPT_MAX (1 << 20)

/* The guest's PATH, see set_environment() in guest/init.c. */
static const char *const guest_path[] = {
	"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
};

static bool is_in_image(const struct plan *plan, const char *name)
{
	if (name[0] == '/')
		return plan_find(plan, name) >= 0;
	for (size_t i = 0; i < ARRAY_SIZE(guest_path); i++) {
		_cleanup_free_ char *path = path_join(guest_path[i], name);

		if (plan_find(plan, path) >= 0)
			return true;
	}
	return false;
}

/* Whether the guest can have the program @path and whoever cuts may read it. */
static bool is_usable(const struct cut_programs *p, const char *path)
{
	_cleanup_free_ char *canonical = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (cut_autorun_hidden_below(path) ||
	    sysroot_resolve(p->root, path, &canonical, &st, NULL, NULL) ||
	    !S_ISREG(st.st_mode) || !(st.st_mode & 0111) || !st.st_size)
		return false;
	/* init would hand over to it */
	if (streq(canonical, BASE_SYSTEMD))
		return false;
	fd = sysroot_open(p->root, canonical);
	return fd >= 0;
}

/* Where the host has the program @name, for @callers on the caller's PATH, too. Heap, or
 * NULL. */
static char *find(const struct cut_programs *p, const char *name, bool callers)
{
	char *path = NULL;

	if (name[0] == '/')
		return is_usable(p, name) ? xstrdup(name) : NULL;
	if (p->host && callers)
		path = process_find(name);
	if (path && path[0] == '/' && is_usable(p, path))
		return path;
	for (size_t i = 0; i < ARRAY_SIZE(guest_path); i++) {
		free(path);
		path = path_join(guest_path[i], name);
		if (is_usable(p, path))
			return path;
	}
	free(path);
	return NULL;
}

bool cut_programs_add(const struct cut_programs *p, const char *name, bool callers,
		      struct plan_reason reason, struct strbuf *added)
{
	_cleanup_free_ char *path = NULL, *dir = NULL;
	struct closure_request request = { .wish = true, .try = true, .reason = reason };
	bool on_path = name[0] == '/';
	int entry;

	if (is_in_image(p->plan, name))
		return true;
	path = find(p, name, callers);
	if (!path)
		return false;
	request.name = path;
	entry = closure_add_program(p->closure, &request);
	if (entry < 0)
		return true;
	dir = path_dirname(path);
	for (size_t i = 0; i < ARRAY_SIZE(guest_path); i++)
		on_path |= streq(guest_path[i], dir);
	if (!on_path) {
		_cleanup_free_ char *link = path_join("/usr/bin", name);

		plan_add_link(
			p->plan, link, path,
			(struct plan_reason){
				entry, plan_intern(p->plan, "to be found on the PATH") });
	}
	strbuf_addf(added, "%s%s", added->len ? ", " : "", name);
	return true;
}

/* The text of a script of the image. Heap; NULL if it cannot be read, or is no text. */
static char *read_script(const struct plan_entry *e)
{
	char *text = NULL;
	size_t size;

	if (e->kind == PLAN_DATA)
		return xstrndup(e->data, e->size);
	if (e->kind != PLAN_FILE || e->size > SCRIPT_MAX ||
	    io_read_file(e->root, path_relative(e->text), SCRIPT_MAX, &text, &size))
		return NULL;
	return text;
}

static bool is_users(const struct cut_programs *p, size_t i, size_t first)
{
	const struct plan_entry *e = &p->plan->entries[i];

	if (!path_below(e->path, IMAGE_AUTORUN) || e->kind == PLAN_DIR)
		return false;
	return i >= first ||
	       (e->kind == PLAN_FILE && p->scripts && strvec_has(p->scripts, e->text));
}

/* Whether @words, those of the script @e, are certain that the VM lacks the command. */
static bool is_missing(const struct shellwords *words, const struct shellword *word)
{
	return word->certain && word->name[0] != '/' &&
	       !shellwords_is_function(words, word) &&
	       !strmap_get(&words->handled, word->name) &&
	       !strmap_get(&words->functions, "command_not_found_handle");
}

/*
 * Warn of commands of the script @index, which have run the scripts before it, too. Those
 * may define functions.
 */
static void warn_of_missing(const struct cut_programs *p, size_t index,
			    const struct shellwords *words)
{
	const struct plan_entry *script = &p->plan->entries[index];
	_cleanup_(shellwords_release) struct shellwords all = SHELLWORDS_INIT,
							rc = SHELLWORDS_INIT;

	shellwords_scan(&rc, asset_rc);
	for (size_t i = 0; i <= index; i++) {
		const struct plan_entry *e = &p->plan->entries[i];
		_cleanup_free_ char *text = NULL;

		if (!path_below(e->path, IMAGE_AUTORUN) || e->kind == PLAN_DIR)
			continue;
		text = read_script(e);
		if (text)
			shellwords_scan(&all, text);
	}
	for (size_t i = 0; i < words->nr; i++) {
		const struct shellword *word = &words->v[i];
		void **number = strmap_get(&all.index, word->name);

		if (!is_missing(words, word) || is_in_image(p->plan, word->name) ||
		    shellwords_is_function(&rc, word) || !number ||
		    !is_missing(&all, &all.v[(size_t)*number - 1]))
			continue;
		report_warn(p->report,
			    "%s: '%s' is neither in the image nor on this host",
			    script->kind == PLAN_FILE ? script->text : "-x", word->name);
	}
}

/* Add the programs of @words, for the entry @by. Whether one is missing. */
static bool add_words(const struct cut_programs *p, const struct shellwords *words,
		      int by, struct strbuf *added)
{
	const struct plan_reason reason = { by, "a command in it" };
	bool missing = false;

	for (size_t i = 0; i < words->nr; i++)
		if (!shellwords_is_function(words, &words->v[i]) &&
		    !cut_programs_add(p, words->v[i].name, true, reason, added))
			missing |= is_missing(words, &words->v[i]);
	return missing;
}

/* Add the programs of the host's shell script @path, which the command is or gets. */
static void add_file(const struct cut_programs *p, const char *path, int by,
		     struct strbuf *added)
{
	_cleanup_(shellwords_release) struct shellwords words = SHELLWORDS_INIT;
	_cleanup_free_ char *text = NULL;
	size_t size;

	if (cut_autorun_is_program(path) ||
	    io_read_file(AT_FDCWD, path, SCRIPT_MAX, &text, &size))
		return;
	shellwords_scan(&words, text);
	if (!add_words(p, &words, by, added))
		return;
	for (size_t i = 0; i < words.nr; i++)
		if (is_missing(&words, &words.v[i]) &&
		    !is_in_image(p->plan, words.v[i].name))
			report_warn(p->report,
				    "%s: '%s' is neither in the image nor on this host",
				    path, words.v[i].name);
}

/*
 * Add what the command behind "--" runs: "sh -c TEXT" and "timeout 5 NAME" as in a
 * script, and if it is a shell script, or a shell's, what that runs.
 */
static void add_command(const struct cut_programs *p, struct strbuf *added)
{
	const struct cut_extras *extras = p->extras;
	const char *program = extras ? cut_extras_get(extras, CUT_EXTRA_PROGRAM) : NULL;
	_cleanup_(shellwords_release) struct shellwords words = SHELLWORDS_INIT;
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	int by;

	if (!program)
		return;
	by = plan_find(p->plan, IMAGE_COMMAND);
	if (by < 0)
		by = plan_find(p->plan, IMAGE_CONSOLE);
	for (size_t i = 0; i < extras->nr; i++) {
		if (extras->v[i].kind != CUT_EXTRA_WORD)
			continue;
		strbuf_add_quoted(&text, extras->v[i].text);
		strbuf_addch(&text, ' ');
	}
	shellwords_scan(&words, text.buf);
	add_words(p, &words, by, added);
	add_file(p, program, by, added);
	for (size_t i = 0; cut_autorun_is_shell(program) && i < extras->nr; i++)
		if (extras->v[i].kind == CUT_EXTRA_FILE)
			add_file(p, extras->v[i].text, by, added);
}

void cut_programs_add_used(const struct cut_programs *p, size_t first)
{
	_cleanup_(strbuf_release) struct strbuf added = STRBUF_INIT;

	for (size_t i = 0, nr = p->plan->nr; i < nr; i++) {
		_cleanup_(shellwords_release) struct shellwords words = SHELLWORDS_INIT;
		_cleanup_free_ char *text = NULL;

		if (is_users(p, i, first))
			text = read_script(&p->plan->entries[i]);
		if (!text)
			continue;
		shellwords_scan(&words, text);
		if (add_words(p, &words, (int)i, &added))
			warn_of_missing(p, i, &words);
	}
	add_command(p, &added);
	if (added.len)
		log_debug("what the user runs gets from this host: %s", added.buf);
}
