// SPDX-License-Identifier: GPL-2.0-or-later
/* Executable cut scripts, which compute a manifest and hand it to rapido-cut. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "cut-script.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/process.h"
#include "lib/tmpdir.h"

/* Write the -x commands to files, as the script is given paths. */
static int write_commands(const struct cut_args *args, const struct tmpdir *tmpdir,
			  struct strvec *argv)
{
	for (size_t i = 0; i < args->nr_scripts; i++) {
		const struct cut_script *script = &args->scripts[i];
		_cleanup_close_ int fd = -1;
		const char *path;
		int err;

		if (script->path) {
			strvec_take(argv, path_absolute(script->path));
			continue;
		}
		path = strvec_pushf(argv, "%s/command-%zu.sh", tmpdir->path, i);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		err = fd < 0 ? -errno
			     : io_write_all(fd, script->command, strlen(script->command));
		if (!err)
			err = io_write_all(fd, "\n", 1);
		if (err) {
			log_error("cannot write '%s': %s", path, err_text(err));
			return err;
		}
	}
	return 0;
}

/* A script sees the settings, rapido's directory, and the options of `rapido cut`. */
static void script_environment(const struct session *session, const struct cut_args *args,
			       const char *test, const char *output, const char *note,
			       const char *extras, const struct strvec *argv,
			       struct strvec *env)
{
	_cleanup_(strbuf_release) struct strbuf scripts = STRBUF_INIT;
	const char *path = getenv("PATH");

	for (size_t i = 0; i < session->conf.nr; i++)
		if (session->conf.settings[i].value[0])
			strvec_pushf(env, "%s=%s", session->conf.settings[i].key,
				     session->conf.settings[i].value);
	strvec_pushf(env, "DRACUT_OUT=%s", output);
	strvec_pushf(env, "IMAGE_PATH=%s", output);
	strvec_pushf(env, "RAPIDO_NOTE=%s", note);
	strvec_pushf(env, "RAPIDO_EXTRAS=%s", extras);
	strvec_pushf(env, "RAPIDO_IMAGE=%s", output);
	strvec_pushf(env, "RAPIDO_TEST=%s", test);
	strvec_pushf(env, "RAPIDO_RUN=%s", args->run ? "1" : "");
	strvec_pushf(env, "RAPIDO_NETWORK=%s", args->vm.network ? args->vm.network : "");
	strvec_pushf(env, "RAPIDO_ASIDE=%s", args->aside ? "1" : "");
	for (size_t i = 1; i < argv->nr; i++) {
		_cleanup_free_ char *real = realpath(argv->v[i], NULL);

		strbuf_addf(&scripts, "%s\n", real ? real : argv->v[i]);
	}
	strvec_pushf(env, "RAPIDO_SCRIPTS=%s", scripts.buf);
	if (session->conf.path) {
		_cleanup_free_ char *conf = path_absolute(session->conf.path);

		strvec_pushf(env, "RAPIDO_CONF=%s", conf);
	}
	if (args->vm.kernel) {
		_cleanup_free_ char *kernel = access(args->vm.kernel, F_OK) == 0
						      ? path_absolute(args->vm.kernel)
						      : xstrdup(args->vm.kernel);

		strvec_pushf(env, "RAPIDO_KERNEL=%s", kernel);
	}
	strvec_pushf(env, "PATH=%s:%s", session->dirs.exe_dir,
		     path ? path : "/usr/bin:/bin");
}

/* The note that rapido-cut leaves: the image it wrote, a NUL, and the notice. */
static int read_note(const char *note, const struct recipe *recipe, char **image,
		     char **notice)
{
	size_t size;

	if (io_read_file(AT_FDCWD, note, 2 * PATH_MAX, image, &size) == 0) {
		size_t len = strlen(*image) + 1;

		*notice = len < size ? xstrdup(*image + len) : NULL;
		return 0;
	}
	log_error("cut script '%s' wrote no image: it must end with rapido-cut",
		  recipe->path);
	return 1;
}

/*
 * Scripts write paths into manifests, where white space would split them. The state
 * directory belongs to the user alone, so /tmp is only the second choice.
 */
static int make_tmpdir(struct tmpdir *tmpdir, const char *state)
{
	int err;

	if (!state[strcspn(state, " \t\n")] && tmpdir_init(tmpdir, state) == 0)
		return 0;
	err = tmpdir_init_shared(tmpdir, P_tmpdir);
	if (err)
		log_error("cannot make a directory in '%s': %s", P_tmpdir, err_text(err));
	return err;
}

int cut_script_run(const struct session *session, const struct cut_args *args,
		   const struct recipe *recipe, const char *output, char **image,
		   char **notice)
{
	_cleanup_(process_release) struct process script = PROCESS_INIT;
	_cleanup_(tmpdir_release) struct tmpdir tmpdir = TMPDIR_INIT;
	_cleanup_free_ char *cut_dir = path_dirname(recipe->path);
	_cleanup_free_ char *dir = path_dirname(cut_dir), *note = NULL, *extras = NULL;
	int err, status;

	if (make_tmpdir(&tmpdir, session->dirs.state))
		return 1;
	note = path_join(tmpdir.path, "note");
	extras = path_join(tmpdir.path, "extras");
	strvec_push(&script.argv, recipe->path);
	if (write_commands(args, &tmpdir, &script.argv) ||
	    cut_extras_write(&args->extras, extras))
		return 1;
	script_environment(session, args, recipe->name, output, note, extras,
			   &script.argv, &script.env);
	script.dir = dir;
	script.out = args->run ? STDERR_FILENO : -1;
	script.death_signal = SIGTERM;
	err = process_start(&script);
	if (err) {
		log_error("cannot run cut script '%s': %s", recipe->path, err_text(err));
		return 1;
	}
	status = process_wait(&script, -1);
	if (!status)
		return read_note(note, recipe, image, notice);
	log_error("cut script '%s' failed with status %d", recipe->path, status);
	return 1;
}
