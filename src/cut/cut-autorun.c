// SPDX-License-Identifier: GPL-2.0-or-later
/* The scripts of an image, and the programs that run as if they were scripts. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cut-autorun.h"
#include "image/image.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"
#include "closure/shebang.h"
#include "closure/tree.h"

/* A script out of a pipe may have this many bytes. */
#define PIPED_SIZE_MAX (16 << 20)

/* "/rapido_autorun/000-NAME", with the next number. Heap. */
static char *next_path(struct cut_autorun *a, const char *name)
{
	return xasprintf(IMAGE_AUTORUN "/%03u-%s", a->nr++, name);
}

bool cut_autorun_is_shell(const char *name)
{
	static const char *const shells[] = { "sh", "bash", "dash", "ash" };

	for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
		if (streq(path_basename(name), shells[i]))
			return true;
	return false;
}

/* Whether a file that begins with @head must be executed instead of sourced. */
static bool is_program(const char *head)
{
	_cleanup_(shebang_release) struct shebang shebang = { 0 };
	_cleanup_free_ char *name = NULL;
	const char *runs;

	if (starts_with(head, ELFMAG))
		return true;
	if (!shebang_parse(&shebang, head))
		return false;
	runs = shebang.program ? shebang.program : shebang.interpreter;
	/* busybox is the shell or other program that its argument names */
	if (streq(path_basename(runs), "busybox") && shebang.argument)
		runs = shebang.argument;
	/* a shell that sources it does not care for a carriage return in its first line
	 */
	name = xstrndup(runs, strcspn(runs, " \t\r"));
	return !cut_autorun_is_shell(name);
}

bool cut_autorun_is_program(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char head[SHEBANG_MAX + 1];
	ssize_t len = fd < 0 ? fd : io_pread_full(fd, head, SHEBANG_MAX, 0);

	if (len < 0)
		return false;
	head[len] = '\0';
	return is_program(head);
}

const char *cut_autorun_hidden_below(const char *path)
{
	static const char *const mounts[] = { "/dev", "/proc", "/sys" };

	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++)
		if (path_below(path, mounts[i]))
			return mounts[i];
	return NULL;
}

/*
 * @path with ".." and symbolic links resolved in its directory. Its last part may be a
 * link: the program may depend on the name that it is run by. Heap.
 */
static char *place_of(const char *path)
{
	_cleanup_free_ char *dir = path_dirname(path);
	_cleanup_free_ char *real = realpath(dir, NULL);

	return real ? path_join(real, path_basename(path)) : xstrdup(path);
}

/*
 * The program @source keeps its path in the image, as with `bin`, so that it finds the
 * files beside it. A script of one line runs it.
 */
static void add_program(struct cut_autorun *a, const char *source, const char *at,
			struct plan_reason reason)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	_cleanup_free_ char *path = next_path(a, path_basename(source));
	_cleanup_free_ char *place = place_of(source);
	const char *hidden = cut_autorun_hidden_below(place);
	const struct closure_request request = {
		.name = place,
		.root = a->host,
		.execute = true,
		.where = at,
		.reason = reason,
	};

	if (hidden) {
		report_error(
			a->report,
			"%s%scannot run '%s' in the VM, which has a '%s' of its own: "
			"copy it to another directory",
			at ? at : "", at ? ": " : "", source, hidden);
		return;
	}
	log_debug("'%s' is executed: it is not a shell script", source);
	closure_add_program(a->closure, &request);
	strbuf_add_quoted(&text, place);
	strbuf_addch(&text, '\n');
	plan_add_data(a->plan, path, 0644, text.buf, text.len, reason);
}

/* Read a script out of a pipe, as in `-f <(command)`. 0, or -errno and the reason. */
static int add_piped(struct cut_autorun *a, const char *source, struct plan_reason reason,
		     const char **why)
{
	_cleanup_free_ char *text = NULL, *path = NULL;
	int err = io_read_text(source, PIPED_SIZE_MAX, &text, why);

	if (err)
		return err;
	if (is_program(text)) {
		*why = "it is not a shell script, and a pipe cannot be executed";
		return -ENOEXEC;
	}
	path = next_path(a, path_basename(source));
	plan_add_data(a->plan, path, 0644, text, strlen(text), reason);
	return 0;
}

void cut_autorun_add(struct cut_autorun *a, const char *source, const char *at,
		     struct plan_reason reason)
{
	_cleanup_free_ char *absolute = path_absolute(source);
	_cleanup_free_ char *path = NULL;
	const char *why = NULL;
	struct stat st;
	int err = 0;

	if (stat(absolute, &st) == 0 && S_ISFIFO(st.st_mode)) {
		err = add_piped(a, absolute, reason, &why);
	} else if (cut_autorun_is_program(absolute)) {
		add_program(a, absolute, at, reason);
	} else {
		path = next_path(a, path_basename(source));
		err = tree_add_file(a->plan, path, a->host, absolute, true, reason);
		why = err_text(err);
	}
	if (err)
		report_error(a->report, "%s%scannot add autorun script '%s': %s",
			     at ? at : "", at ? ": " : "", source, why);
}

void cut_autorun_add_text(struct cut_autorun *a, const char *name, const char *text,
			  struct plan_reason reason)
{
	/* files with a dot are not run */
	_cleanup_free_ char *path = a->nr || name[0] == '.'
					    ? next_path(a, name)
					    : xasprintf(IMAGE_AUTORUN "/%s", name);

	plan_add_data(a->plan, path, 0644, text, strlen(text), reason);
}

void cut_autorun_add_command(struct cut_autorun *a, const char *command,
			     struct plan_reason reason)
{
	_cleanup_free_ char *path = next_path(a, "command");
	_cleanup_free_ char *text = xasprintf("%s\n", command);

	plan_add_data(a->plan, path, 0644, text, strlen(text), reason);
}
