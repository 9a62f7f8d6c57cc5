// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program's own directories. Where the program lies decides, so this program copies
 * itself to the place in question and runs there with the argument "print".
 */
#include "conf/dirs.h"
#include "fixture.h"
#include "lib/io.h"
#include "lib/process.h"

static int print_dirs(void)
{
	_cleanup_(dirs_release) struct dirs dirs;
	int err = dirs_init(&dirs);

	if (!err)
		printf("%s\n%s\n%s\n%s\n%s\n%s\n", dirs.rapido_dir, dirs.exe_dir,
		       dirs.data, dirs.config, dirs.state, dirs.cache);
	return err ? 3 : 0;
}

/* Copy this program to @name in the fixture's directory. */
static const char *put_self(const char *name)
{
	_cleanup_free_ char *data = NULL;
	size_t size;
	const char *path;

	assert_int_equal(
		io_read_file(AT_FDCWD, "/proc/self/exe", 256 << 20, &data, &size), 0);
	path = put_data(name, data, size);
	assert_int_equal(chmod(path, 0755), 0);
	return path;
}

/* Run the copy @program; what it found, or an empty vector if dirs_init() failed. */
static void run_copy(const char *program, struct strvec *found)
{
	_cleanup_(process_release) struct process child = PROCESS_INIT;
	_cleanup_free_ char *text = NULL;
	int ends[2], status;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	strvec_pushl(&child.argv, program, "print", NULL);
	child.out = ends[1];
	assert_int_equal(process_start(&child), 0);
	close(ends[1]);
	assert_int_equal(io_read_fd(ends[0], 65536, &text, NULL), 0);
	close(ends[0]);
	status = process_wait(&child, -1);
	assert_true(status == 0 || status == 3);
	if (!status)
		strvec_split(found, text, "\n");
}

enum { RAPIDO, EXE, DATA, CONFIG, STATE, CACHE };

static int setup(void **state)
{
	int err = fixture_clean_environment(state);

	return err ? err : fixture_make(state);
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, fixture_remove)

TEST(dirs_init__beside_cut__is_checkout)
{
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;

	put_dir("src/cut");
	run_copy(put_self("src/rapido"), &found);
	assert_int_equal(found.nr, 6);
	assert_string_equal(found.v[RAPIDO], at("src"));
	assert_string_equal(found.v[EXE], at("src"));
	assert_string_equal(found.v[STATE], at("src/initrds"));
}

TEST(dirs_init__installed__data_in_share)
{
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;

	put_dir("usr/share/rapido/cut");
	run_copy(put_self("usr/bin/rapido"), &found);
	assert_int_equal(found.nr, 6);
	assert_string_equal(found.v[RAPIDO], at("usr/share/rapido"));
	assert_string_equal(found.v[EXE], at("usr/bin"));
	assert_string_equal(found.v[STATE], "/nonexistent/home/.local/state/rapido");
}

TEST(dirs_init__through_link__where_the_program_is)
{
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;

	put_dir("src/cut");
	put_self("src/rapido");
	put_dir("bin");
	assert_int_equal(symlink("../src/rapido", at("bin/rapido")), 0);
	run_copy(at("bin/rapido"), &found);
	assert_int_equal(found.nr, 6);
	assert_string_equal(found.v[RAPIDO], at("src"));
}

TEST(dirs_init__no_tests_anywhere__message)
{
	_cleanup_(dirs_release) struct dirs dirs;
	struct capture c = capture_start();
	int err = dirs_init(&dirs);

	assert_contains(capture_stop(&c), "RAPIDO_DIR");
	assert_int_equal(err, -ENOENT);
}

TEST(dirs_init__rapido_dir_set__wins)
{
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;

	put_dir("src/cut");
	put_dir("other/cut");
	setenv("RAPIDO_DIR", at("other"), 1);
	run_copy(put_self("src/rapido"), &found);
	assert_int_equal(found.nr, 6);
	assert_string_equal(found.v[RAPIDO], at("other"));
	assert_string_equal(found.v[EXE], at("src"));
	assert_string_equal(found.v[STATE], at("other/initrds"));
}

TEST(dirs_init__rapido_dir_relative__made_absolute)
{
	_cleanup_(dirs_release) struct dirs dirs;
	_cleanup_free_ char *cwd = NULL;

	put_dir("a/cut");
	put_dir("b");
	assert_int_equal(chdir(at("b")), 0);
	setenv("RAPIDO_DIR", "../a/", 1);
	assert_int_equal(dirs_init(&dirs), 0);
	assert_int_equal(chdir(at("a")), 0);
	cwd = getcwd(NULL, 0);
	assert_string_equal(dirs.rapido_dir, cwd);
}

TEST(dirs_init__rapido_dir_empty__as_unset)
{
	_cleanup_(strvec_release) struct strvec found = STRVEC_INIT;

	put_dir("src/cut");
	setenv("RAPIDO_DIR", "", 1);
	run_copy(put_self("src/rapido"), &found);
	assert_int_equal(found.nr, 6);
	assert_string_equal(found.v[RAPIDO], at("src"));
}

TEST(dirs_init__rapido_dir_absent__error_names_it)
{
	_cleanup_(dirs_release) struct dirs dirs;
	struct capture c;
	int err;

	setenv("RAPIDO_DIR", at("absent"), 1);
	c = capture_start();
	err = dirs_init(&dirs);
	assert_contains(capture_stop(&c), at("absent"));
	assert_int_equal(err, -ENOTDIR);
}

TEST(dirs_init__rapido_dir_without_cut__state_elsewhere)
{
	_cleanup_(dirs_release) struct dirs dirs;

	setenv("RAPIDO_DIR", put_dir("plain"), 1);
	assert_int_equal(dirs_init(&dirs), 0);
	assert_string_equal(dirs.rapido_dir, at("plain"));
	assert_string_equal(dirs.state, "/nonexistent/home/.local/state/rapido");
}

TEST(dirs_init__xdg_set__used)
{
	_cleanup_(dirs_release) struct dirs dirs;

	setenv("RAPIDO_DIR", put_dir("plain"), 1);
	setenv("XDG_DATA_HOME", "/xdg/data", 1);
	setenv("XDG_CONFIG_HOME", "/xdg/config/", 1);
	setenv("XDG_STATE_HOME", "/xdg/state", 1);
	setenv("XDG_CACHE_HOME", "/xdg/cache", 1);
	assert_int_equal(dirs_init(&dirs), 0);
	assert_string_equal(dirs.data, "/xdg/data/rapido");
	assert_string_equal(dirs.config, "/xdg/config/rapido");
	assert_string_equal(dirs.state, "/xdg/state/rapido");
	assert_string_equal(dirs.cache, "/xdg/cache/rapido");
}

TEST(dirs_init__xdg_unset__below_home)
{
	_cleanup_(dirs_release) struct dirs dirs;

	setenv("RAPIDO_DIR", put_dir("plain"), 1);
	setenv("HOME", "/h", 1);
	assert_int_equal(dirs_init(&dirs), 0);
	assert_string_equal(dirs.data, "/h/.local/share/rapido");
	assert_string_equal(dirs.config, "/h/.config/rapido");
	assert_string_equal(dirs.state, "/h/.local/state/rapido");
	assert_string_equal(dirs.cache, "/h/.cache/rapido");
}

TEST(dirs_init__xdg_relative__ignored)
{
	_cleanup_(dirs_release) struct dirs dirs;

	setenv("RAPIDO_DIR", put_dir("plain"), 1);
	setenv("XDG_DATA_HOME", "data", 1);
	assert_int_equal(dirs_init(&dirs), 0);
	assert_string_equal(dirs.data, "/nonexistent/home/.local/share/rapido");
}

static int state_of_read_only_checkout(void)
{
	struct dirs dirs;
	bool fine;

	if (dirs_init(&dirs))
		return 2;
	fine = starts_with(dirs.state, getenv("HOME")) &&
	       ends_with(dirs.state, "/.local/state/rapido");
	dirs_release(&dirs);
	return fine ? 0 : 1;
}

TEST(dirs_init__checkout_not_writable__state_elsewhere)
{
	put_dir("ro/cut");
	setenv("RAPIDO_DIR", at("ro"), 1);
	setenv("HOME", put_dir("home"), 1);
	assert_int_equal(chmod(at("home"), 0777), 0);
	assert_int_equal(chmod(at("ro"), 0555), 0);
	assert_int_equal(fixture_run_as_user(state_of_read_only_checkout), 0);
	assert_int_equal(chmod(at("ro"), 0755), 0);
}

/* Whether the state directory is the private one in TMPDIR; 2: dirs_init() failed. */
static int state_is_in_tmp(void)
{
	_cleanup_free_ char *expected =
		xasprintf("%s/rapido-%u", getenv("TMPDIR"), (unsigned int)getuid());
	_cleanup_(dirs_release) struct dirs dirs;
	struct stat st;

	if (dirs_init(&dirs))
		return 2;
	return streq(dirs.state, expected) && stat(expected, &st) == 0 &&
			       (st.st_mode & 0777) == 0700
		       ? 0
		       : 1;
}

/* As `docker run --user` has it: HOME is "/", or there is none at all. */
TEST(dirs_init__no_home_to_write_to__private_directory_in_tmp)
{
	setenv("RAPIDO_DIR", put_dir("plain"), 1);
	setenv("TMPDIR", put_dir("tmp"), 1);
	assert_int_equal(chmod(at("tmp"), 01777), 0);
	setenv("HOME", "/", 1);
	assert_int_equal(fixture_run_as_user(state_is_in_tmp), 0);
	/* once more, now that it is there */
	unsetenv("HOME");
	if (getuid() == 0)
		assert_int_equal(fixture_run_as_user(state_is_in_tmp), 0);
}

TEST(dirs_init__directory_in_tmp_is_somebody_elses__refused)
{
	if (getuid() != 0)
		skip();
	/* of fixture_run_as_user()'s user, and root's */
	assert_int_equal(chmod(put_dir("tmp/rapido-65534"), 0777), 0);
	setenv("RAPIDO_DIR", put_dir("plain"), 1);
	setenv("TMPDIR", at("tmp"), 1);
	setenv("HOME", "/", 1);
	assert_int_equal(fixture_run_as_user(state_is_in_tmp), 2);
}

TEST(dirs_bases__order__users_own_first)
{
	_cleanup_(strvec_release) struct strvec bases = STRVEC_INIT;
	static char data[] = "/data", home[] = "/home";
	const struct dirs dirs = { .data = data, .rapido_dir = home };

	dirs_bases(&dirs, &bases);
	assert_strvec(&bases, "/data", "/home");
}

int main(int argc, char **argv)
{
	if (argc > 1 && streq(argv[1], "print"))
		return print_dirs();
	return run_defined_tests(NULL, NULL);
}
