// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of what options add to an image: from the command line, and to and from a
 * file. cut.c puts it into the plan.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "closure/elffile.h"
#include "cut-autorun.h"
#include "cut/cut-extras.h"
#include "kernel/arch.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/process.h"

/* The list is in a file for a moment; the words come from a command line. */
#define FILE_MAX (64 << 20)
/* The name of a command's case and of its results has at most this many characters. */
#define NAME_LEN_MAX 80

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

char *cut_extras_name(const struct cut_extras *extras)
{
	const char *program = cut_extras_get(extras, CUT_EXTRA_PROGRAM);
	char *name = program ? xstrndup(path_basename(program), NAME_LEN_MAX) : NULL;

	for (char *p = name; p && *p; p++)
		if (!is_plain_name(p, 1, 1))
			*p = '_';
	return name;
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
	_cleanup_free_ char *absolute = path_absolute(source), *at = NULL, *clean = NULL,
			    *place = NULL;
	const char *hidden;
	struct stat st;

	if (!*source) {
		log_error("cannot put '%s' into the image: it does not name a file",
			  text);
		return -1;
	}
	if (stat(absolute, &st) < 0) {
		log_error("cannot put '%s' into the image: %s", source, err_text(-errno));
		return -1;
	}
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		log_error("cannot put '%s' into the image: it is neither a regular file "
			  "nor a directory",
			  source);
		return -1;
	}
	clean = path_clean(absolute);
	if (streq(clean, "/")) {
		log_error("cannot put '%s' into the image: it is everything there is; "
			  "'--root host' shows it to the VM",
			  source);
		return -1;
	}
	at = path_absolute(colon && colon[1] ? colon + 1 : source);
	/* as with cp(1), a slash at its end means a directory for it */
	if (colon && ends_with(at, "/")) {
		_cleanup_free_ char *dir = TAKE_PTR(at);

		at = path_join(dir, path_basename(clean));
	}
	place = path_clean(at);
	hidden = cut_autorun_hidden_below(place);
	if (hidden) {
		log_error(
			"cannot put '%s' at '%s' in the VM, which has a '%s' of its own",
			source, place, hidden);
		return -1;
	}
	/* without its init a kernel panics, which would be the kernel's fault */
	if (path_below(place, "/rdinit")) {
		log_error("cannot put '%s' at '%s' in the VM: that is what the VM starts",
			  source, place);
		return -1;
	}
	take(extras, CUT_EXTRA_PUT, TAKE_PTR(absolute));
	take(extras, CUT_EXTRA_AT, TAKE_PTR(place));
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
	for (size_t i = 0; i < vm->shares.nr; i++)
		take(extras, CUT_EXTRA_SHARE, xstrdup(vm->shares.v[i].dir));
	if (vm->shares.root)
		take(extras, CUT_EXTRA_ROOT, xstrdup("/"));
}

void cut_extras_add_directory(struct cut_extras *extras)
{
	char *dir = getcwd(NULL, 0);

	/* one that was removed cannot be in the image */
	take(extras, CUT_EXTRA_DIR, dir && *dir == '/' ? dir : xstrdup("/"));
}

/* "ELF for aarch64", of what this machine cannot run; NULL if it can. Heap. */
static char *foreign(const struct elf_file *elf)
{
	const struct arch *native = arch_native();
	const struct arch *arch = arch_by_elf_machine(elf->machine);

	if (!native || (arch && streq(arch->machine, native->machine)))
		return NULL;
	return arch ? xasprintf("for %s", arch->machine)
		    : xasprintf("for another machine (number %d of elf(5))",
				elf->machine);
}

/* Why the file @path, which is at @fd, cannot be executed; NULL if it can. Heap. */
static char *objection(int fd)
{
	_cleanup_(elf_file_release) struct elf_file elf = { 0 };
	_cleanup_free_ char *what = NULL;
	char head[256];
	ssize_t len;
	int err = elf_file_read(&elf, fd);

	if (err == -EBADMSG)
		return xstrdup("it is a damaged or truncated ELF file");
	if (!err) {
		what = foreign(&elf);
		return what ? xasprintf("it is a program %s, and this machine is %s",
					what, arch_native()->machine)
			    : NULL;
	}
	len = err == -ENOEXEC ? io_pread_full(fd, head, sizeof(head), 0) : err;
	if (len < 0)
		return xstrdup(err_text((int)len));
	if (!len)
		return xstrdup("it is empty");
	/* a shell makes this difference, too: a text without "#!" is a script for sh */
	if (memchr(head, '\0', (size_t)len))
		return xstrdup("it is neither an ELF program nor a script");
	return NULL;
}

/* Complain of what is wrong with the program @word, which is at @path. */
static int check_program(const char *word, const char *path)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *why = NULL;
	struct stat st;

	if (stat(path, &st) < 0) {
		log_error("cannot run '%s': %s", word, err_text(-errno));
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		log_error("cannot run '%s': it is a directory", word);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		log_error("cannot run '%s': it is not a regular file", word);
		return -1;
	}
	if (access(path, X_OK) < 0) {
		log_error("cannot run '%s': it is not executable; use chmod +x, or name "
			  "its interpreter before it",
			  word);
		return -1;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		log_error("cannot put '%s' into the image: you may execute it%s, but not "
			  "read it: %s",
			  word, st.st_mode & S_ISUID ? " (it is set-uid)" : "",
			  err_text(-errno));
		return -1;
	}
	why = objection(fd);
	if (why)
		log_error("cannot run '%s': %s", word, why);
	return why ? -1 : 0;
}

/* The path of the program, with ".." and links in its directory resolved: its name may
 * be a link, by which it knows what to do. Heap, or NULL after a message. */
static char *find_program(const char *word)
{
	_cleanup_free_ char *found = NULL, *path = NULL, *dir = NULL, *real = NULL;

	if (!*word) {
		log_error("the command behind '--' is an empty word");
		return NULL;
	}
	found = strchr(word, '/') ? xstrdup(word) : process_find(word);
	if (!found) {
		log_error("cannot find the program '%s' on the PATH%s", word,
			  strpbrk(word, " \t\n;|&$")
				  ? "; a line for the shell is given with -x"
			  : access(word, F_OK) == 0
				  ? "; one in the current directory begins with './'"
				  : "");
		return NULL;
	}
	path = path_absolute(found);
	if (check_program(word, path))
		return NULL;
	dir = path_dirname(path);
	real = realpath(dir, NULL);
	return real ? path_join(real, path_basename(path)) : TAKE_PTR(path);
}

/* A word that names a regular file below @dir: it is in the image, too. */
static void add_file(struct cut_extras *extras, const char *dir, const char *word)
{
	_cleanup_free_ char *absolute = *word ? path_absolute(word) : NULL;
	_cleanup_free_ char *path = absolute ? path_clean(absolute) : NULL;
	struct stat st;

	if (path && path_below(path, dir) && stat(absolute, &st) == 0 &&
	    S_ISREG(st.st_mode))
		take(extras, CUT_EXTRA_FILE, TAKE_PTR(path));
}

int cut_extras_add_command(struct cut_extras *extras, char *const *words, bool console)
{
	char *program = find_program(words[0]);
	const char *dir;

	if (!program)
		return -1;
	cut_extras_add_directory(extras);
	dir = cut_extras_get(extras, CUT_EXTRA_DIR);
	take(extras, CUT_EXTRA_PROGRAM, program);
	for (size_t i = 0; words[i]; i++) {
		if (i)
			add_file(extras, dir, words[i]);
		take(extras, CUT_EXTRA_WORD, xstrdup(words[i]));
	}
	if (console)
		take(extras, CUT_EXTRA_CONSOLE, xstrdup(""));
	return 0;
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
