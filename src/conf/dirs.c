// SPDX-License-Identifier: GPL-2.0-or-later
/* The program's own directories. */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/dirs.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"

/*
 * The value of an environment variable, if it is an absolute path: the specification
 * ignores others.
 */
static const char *env_path(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] == '/' ? value : NULL;
}

/*
 * The home directory: HOME, or by the password file. Never a directory that others can
 * write.
 */
static const char *home_dir(void)
{
	const char *home = env_path("HOME");
	const struct passwd *user = home ? NULL : getpwuid(getuid());

	return home ? home : user && user->pw_dir[0] == '/' ? user->pw_dir : "";
}

/* "$XDG_<name>/rapido", by default below the home directory. */
static char *xdg_dir(const char *name, const char *fallback)
{
	const char *base = env_path(name);

	if (base)
		return path_join(base, "rapido");
	return xasprintf("%s/%s/rapido", home_dir(), fallback);
}

static int find_exe_dir(struct dirs *dirs)
{
	char exe[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (len < 0)
		return -errno;
	exe[len] = '\0';
	dirs->exe_dir = path_dirname(exe);
	return 0;
}

static bool has_tests(const char *dir)
{
	_cleanup_free_ char *cut = path_join(dir, "cut");

	return io_is_dir(cut);
}

static int find_rapido_dir(struct dirs *dirs, bool *checkout)
{
	const char *env = getenv("RAPIDO_DIR");
	_cleanup_free_ char *installed = NULL;

	*checkout = has_tests(dirs->exe_dir);
	if (env && *env) {
		_cleanup_free_ char *absolute = path_absolute(env);

		dirs->rapido_dir = path_clean(absolute);
		/* a checkout has its own initrds/, an installed tree has not */
		*checkout = has_tests(dirs->rapido_dir) &&
			    !ends_with(dirs->rapido_dir, "/share/rapido");
		if (io_is_dir(dirs->rapido_dir))
			return 0;
		log_error("RAPIDO_DIR '%s' is not a directory", env);
		return -ENOTDIR;
	}
	if (*checkout) {
		dirs->rapido_dir = xstrdup(dirs->exe_dir);
		return 0;
	}
	installed = path_join(dirs->exe_dir, "../share/rapido");
	dirs->rapido_dir = path_clean(installed);
	if (has_tests(dirs->rapido_dir))
		return 0;
	log_error("cannot find rapido's tests: neither '%s/cut' nor '%s/cut' exists; "
		  "set RAPIDO_DIR",
		  dirs->exe_dir, dirs->rapido_dir);
	return -ENOENT;
}

/* Whether @path is a directory that we may write to, or that we can make. */
static bool is_usable(const char *path)
{
	_cleanup_free_ char *at = xstrdup(path);

	while (access(at, F_OK) < 0 && !streq(at, "/")) {
		char *parent = path_dirname(at);

		free(at);
		at = parent;
	}
	return io_is_dir(at) && access(at, W_OK | X_OK) == 0;
}

/*
 * Makes a private directory for temporary files, for a user without a home directory, as
 * processes in containers often are. 0 with @state unchanged if none can be made there.
 */
static int make_tmp_state(char **state)
{
	const char *tmp = env_path("TMPDIR");
	_cleanup_free_ char *path =
		xasprintf("%s/rapido-%u", tmp ? tmp : "/tmp", getuid());
	struct stat st;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return 0;
	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISDIR(st.st_mode) || st.st_uid != getuid() || (st.st_mode & 022)) {
		log_error("no home directory is writable, and '%s' is not a private "
			  "directory of yours: set HOME or XDG_STATE_HOME",
			  path);
		return -EPERM;
	}
	*state = TAKE_PTR(path);
	return 0;
}

/* A checkout keeps its images in itself, if its user may write there. */
static int find_state_dir(struct dirs *dirs, bool checkout)
{
	_cleanup_free_ char *own = path_join(dirs->rapido_dir, "initrds");
	const char *writable = io_is_dir(own) ? own : dirs->rapido_dir;
	_cleanup_free_ char *home = xdg_dir("XDG_STATE_HOME", ".local/state");
	int err = 0;

	if (checkout && access(writable, W_OK) == 0)
		dirs->state = TAKE_PTR(own);
	else if (!env_path("XDG_STATE_HOME") && !is_usable(home))
		err = make_tmp_state(&dirs->state);
	if (!dirs->state)
		dirs->state = TAKE_PTR(home);
	return err;
}

int dirs_init(struct dirs *dirs)
{
	bool checkout;
	int err;

	*dirs = (struct dirs){ 0 };
	err = find_exe_dir(dirs);
	if (err) {
		log_error("cannot find the program's own directory: %s", err_text(err));
		return err;
	}
	err = find_rapido_dir(dirs, &checkout);
	if (err)
		return err;
	dirs->data = xdg_dir("XDG_DATA_HOME", ".local/share");
	dirs->config = xdg_dir("XDG_CONFIG_HOME", ".config");
	dirs->cache = xdg_dir("XDG_CACHE_HOME", ".cache");
	return find_state_dir(dirs, checkout);
}

void dirs_release(struct dirs *dirs)
{
	free(dirs->rapido_dir);
	free(dirs->exe_dir);
	free(dirs->data);
	free(dirs->config);
	free(dirs->state);
	free(dirs->cache);
	*dirs = (struct dirs){ 0 };
}

void dirs_bases(const struct dirs *dirs, struct strvec *bases)
{
	strvec_push(bases, dirs->data);
	strvec_push(bases, dirs->rapido_dir);
}
