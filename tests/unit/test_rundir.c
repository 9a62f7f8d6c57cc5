// SPDX-License-Identifier: GPL-2.0-or-later
/* Directories of runs: whose they are, which are removed, and what is written in them. */
#include <dirent.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>

#include "fixture.h"
#include "lib/path.h"
#include "run/made.h"
#include "run/rundir.h"

static struct rundir dir;

static int setup(void **state)
{
	dir = (struct rundir)RUNDIR_INIT;
	return fixture_make(state);
}

static int teardown(void **state)
{
	rundir_release(&dir);
	return fixture_remove(state);
}

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* The contents of a file, good until the next call; NULL: none. */
static const char *text_of(const char *path)
{
	static char text[256];
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return NULL;
	text[n] = '\0';
	return text;
}

static bool is_locked(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

/* The directories of runs that are there. */
static size_t count_runs(void)
{
	DIR *d = opendir(at("results"));
	struct dirent *entry;
	size_t nr = 0;

	while (d && (entry = readdir(d)))
		nr += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
	closedir(d);
	return nr;
}

static void assert_last(const char *path)
{
	char to[512];
	ssize_t len = readlink(at("results/last"), to, sizeof(to) - 1);

	assert_true(len > 0);
	to[len] = '\0';
	/* without the path: the whole may be moved */
	assert_null(strchr(to, '/'));
	assert_string_equal(to, strrchr(path, '/') + 1);
}

/* It has "-NAME" behind 8 digits, "-", and 6 digits. */
static void assert_named(const char *path, const char *name)
{
	const char *base = strrchr(path, '/') + 1;

	assert_int_equal(strspn(base, "0123456789"), 8);
	assert_int_equal(base[8], '-');
	assert_int_equal(strspn(base + 9, "0123456789"), 6);
	assert_string_equal(base + 15, name);
}

/* A run has been there. */
static void use(const char *name)
{
	struct rundir used;

	assert_int_equal(rundir_open(&used, at(name)), 0);
	rundir_release(&used);
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(rundir_new__first__made_locked_and_last)
{
	assert_int_equal(rundir_new(&dir, at(""), "simple-example", RUNDIR_TOTAL), 0);
	assert_true(starts_with(dir.path, at("results/")));
	assert_named(dir.path, "-simple-example");
	assert_true(is_locked(dir.path));
	assert_last(dir.path);
	/* it leads there */
	assert_int_equal(rundir_write(&dir, "output", "x", 1), 0);
	assert_string_equal(text_of(at("results/last/output")), "x");
}

TEST(rundir_new__state_is_not_there__made)
{
	assert_int_equal(rundir_new(&dir, at("a/b"), "t", RUNDIR_TOTAL), 0);
	assert_true(starts_with(dir.path, at("a/b/results/")));
}

TEST(rundir_new__test_is_a_path__its_name)
{
	assert_int_equal(
		rundir_new(&dir, at(""), "/home/me/my-tests/fs_xfs.fest", RUNDIR_TOTAL),
		0);
	assert_named(dir.path, "-fs_xfs");
	rundir_release(&dir);
	assert_int_equal(rundir_new(&dir, at(""), "./50%s.fest", RUNDIR_TOTAL), 0);
	assert_named(dir.path, "-50%s");
	rundir_release(&dir);
	assert_int_equal(rundir_new(&dir, at(""), "..", RUNDIR_TOTAL), 0);
	assert_named(dir.path, "-..");
}

TEST(rundir_new__name_is_taken__number_behind_it)
{
	char *paths[5];

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct rundir one;

		assert_int_equal(rundir_new(&one, at(""), "t", RUNDIR_TOTAL), 0);
		paths[i] = xstrdup(one.path);
		rundir_release(&one);
		assert_last(paths[i]);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(paths[i], paths[k]);
	}
	assert_int_equal(count_runs(), ARRAY_SIZE(paths));
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		free(paths[i]);
}

#define MANY 8

TEST(rundir_new__many_at_once__each_its_own)
{
	char to[512];
	int status, failed = 0;
	ssize_t len;

	for (int i = 0; i < MANY; i++) {
		if (fork())
			continue;
		for (int k = 0; k < 5; k++) {
			struct rundir one;

			if (rundir_new(&one, at(""), "t", RUNDIR_TOTAL) ||
			    rundir_write(&one, "mark", "x", 1) < 0)
				_exit(1);
			rundir_release(&one);
		}
		_exit(0);
	}
	while (wait(&status) > 0)
		failed += status != 0;
	assert_int_equal(failed, 0);
	assert_int_equal(count_runs(), 5 * MANY);
	len = readlink(at("results/last"), to, sizeof(to) - 1);
	assert_true(len > 0);
	assert_true(is_there(at("results/last/mark")));
	assert_false(is_there(at("results/.last.rapido-tmp")));
}

/* What a killed process with our number left behind. */
TEST(rundir_new__stale_temporary_link__no_obstacle)
{
	_cleanup_free_ char *name =
		xasprintf("results/.last.%d.rapido-tmp", (int)getpid());
	struct capture c;

	put_dir("results");
	assert_int_equal(symlink("nowhere", at(name)), 0);
	c = capture_start();
	assert_int_equal(rundir_new(&dir, at(""), "t", RUNDIR_TOTAL), 0);
	assert_string_equal(capture_stop(&c), "");
	assert_last(dir.path);
	assert_false(is_there(at(name)));
}

TEST(rundir_new__last_is_a_directory__warned_and_left_alone)
{
	struct capture c;

	put_file("results/last/mine", "precious");
	c = capture_start();
	assert_int_equal(rundir_new(&dir, at(""), "t", RUNDIR_TOTAL), 0);
	assert_contains(capture_stop(&c), at("results/last"));
	assert_string_equal(text_of(at("results/last/mine")), "precious");
	rundir_release(&dir);
	assert_int_equal(count_runs(), 1);
}

TEST(rundir_new__state_is_a_file__error_names_it)
{
	struct capture c;

	put_file("results", "");
	c = capture_start();
	assert_int_equal(rundir_new(&dir, at(""), "t", RUNDIR_TOTAL), -ENOTDIR);
	assert_contains(capture_stop(&c), at("results"));
}

TEST(rundir_new__name_too_long__error)
{
	char name[300];
	struct capture c;

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	c = capture_start();
	assert_int_equal(rundir_new(&dir, at(""), name, RUNDIR_TOTAL), -ENAMETOOLONG);
	assert_contains(capture_stop(&c), at("results"));
}

static int new_in_read_only(void)
{
	struct capture c = capture_start();
	int err = rundir_new(&dir, at(""), "t", RUNDIR_TOTAL);
	const char *said = capture_stop(&c);

	rundir_release(&dir);
	return err == -EACCES && strstr(said, at("results")) ? 0 : 1;
}

TEST(rundir_new__read_only__error_names_it)
{
	put_dir("results");
	assert_int_equal(chmod(at("results"), 0555), 0);
	assert_int_equal(fixture_run_as_user(new_in_read_only), 0);
	assert_int_equal(chmod(at("results"), 0755), 0);
}

/* Runs of long ago, with something in them, from number @begin on. */
static void put_old(int begin, int end)
{
	for (int i = begin; i < end; i++) {
		_cleanup_free_ char *name =
			xasprintf("results/20200101-%06d-t/sub/dir/file", i);

		put_file(name, "x");
	}
}

static bool has_old(int i)
{
	_cleanup_free_ char *name = xasprintf("results/20200101-%06d-t", i);

	return is_there(at(name));
}

TEST(rundir_new__too_many__oldest_are_removed)
{
	put_old(0, RUNDIR_KEEP + 4);
	assert_int_equal(rundir_new(&dir, at(""), "t", RUNDIR_TOTAL), 0);
	assert_int_equal(count_runs(), RUNDIR_KEEP);
	for (int i = 0; i < RUNDIR_KEEP + 4; i++)
		assert_int_equal(has_old(i), i >= 5);
	assert_true(is_there(dir.path));
	assert_last(dir.path);
}

TEST(rundir_new__as_many_as_are_kept__none_removed)
{
	put_old(0, RUNDIR_KEEP - 1);
	assert_int_equal(rundir_new(&dir, at(""), "t", RUNDIR_TOTAL), 0);
	assert_int_equal(count_runs(), RUNDIR_KEEP);
	assert_true(has_old(0));
}

/* However many they are: those that are too much together go, the oldest first. */
TEST(rundir_new__too_large_together__oldest_are_removed)
{
	static char block[65536];

	memset(block, 'x', sizeof(block));
	put_old(0, 4);
	for (int i = 0; i < 4; i++) {
		_cleanup_free_ char *name =
			xasprintf("results/20200101-%06d-t/sub/large", i);
		_cleanup_free_ char *path = xstrdup(at(name));
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
		close(fd);
	}
	assert_int_equal(rundir_new(&dir, at(""), "t", 3 * sizeof(block)), 0);
	assert_false(has_old(0));
	assert_false(has_old(1));
	assert_true(has_old(2));
	assert_true(has_old(3));
	/* this one stays, whatever the limit */
	rundir_release(&dir);
	assert_int_equal(rundir_new(&dir, at(""), "t", 0), 0);
	assert_false(has_old(3));
	assert_true(is_there(dir.path));
}

TEST(rundir_new__oldest_in_use__kept)
{
	struct rundir used;

	use("results/20200101-000001-t");
	put_old(0, RUNDIR_KEEP + 2);
	assert_int_equal(rundir_open(&used, at("results/20200101-000001-t")), 0);
	assert_int_equal(rundir_new(&dir, at(""), "t", RUNDIR_TOTAL), 0);
	assert_false(has_old(0));
	assert_true(has_old(1));
	assert_true(is_there(at("results/20200101-000001-t/sub/dir/file")));
	rundir_release(&used);
	rundir_release(&dir);
	assert_int_equal(rundir_new(&dir, at(""), "t", RUNDIR_TOTAL), 0);
	assert_false(has_old(1));
}

/* The clock was set back: what is made now is the oldest by its name. */
TEST(rundir_new__all_others_are_newer__own_one_stays)
{
	for (int i = 0; i < RUNDIR_KEEP + 1; i++) {
		_cleanup_free_ char *name = xasprintf("results/99990101-%06d-t", i);

		put_dir(name);
	}
	assert_int_equal(rundir_new(&dir, at(""), "t", RUNDIR_TOTAL), 0);
	assert_true(is_there(dir.path));
	assert_last(dir.path);
}

TEST(rundir_new__what_others_put_there__stays)
{
	static const char *const others[] = {
		"results/mine/file",	       "results/20200101/file",
		"results/20200101-12345/file", "results/20200101-12345x-t/file",
		"results/20200101-000000",     "results/00000000-000000-file",
		"results/2020-01-01/file",     "results/.00000000-000000-t/file",
	};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		put_file(others[i], "x");
	put_file("elsewhere/file", "x");
	assert_int_equal(symlink("../elsewhere", at("results/00000000-000001-t")), 0);
	put_old(0, RUNDIR_KEEP + 5);
	assert_int_equal(rundir_new(&dir, at(""), "t", RUNDIR_TOTAL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_true(is_there(at(others[i])));
	assert_true(is_there(at("results/00000000-000001-t")));
	assert_true(is_there(at("elsewhere/file")));
	assert_false(has_old(0));
}

/* A run that is removed may hold links: what they lead to is not ours. */
TEST(rundir_new__removed_one_has_links__not_followed)
{
	put_old(0, RUNDIR_KEEP);
	put_file("elsewhere/file", "x");
	assert_int_equal(
		symlink(at("elsewhere"), at("results/20200101-000000-t/sub/link")), 0);
	assert_int_equal(rundir_new(&dir, at(""), "t", RUNDIR_TOTAL), 0);
	assert_false(has_old(0));
	assert_true(is_there(at("elsewhere/file")));
}

static void assert_not_opened(const char *path, int err, const char *why)
{
	struct capture c = capture_start();
	int is = rundir_open(&dir, path);
	const char *said = capture_stop(&c);

	assert_int_equal(is, err);
	assert_contains(said, path);
	assert_contains(said, why);
	assert_int_equal(dir.fd, -1);
	rundir_release(&dir);
}

TEST(rundir_open__not_there__made_with_its_parents)
{
	assert_int_equal(rundir_open(&dir, at("a/b/c")), 0);
	assert_string_equal(dir.path, at("a/b/c"));
	assert_true(is_locked(at("a/b/c")));
	rundir_release(&dir);
	assert_false(is_locked(at("a/b/c")));
	assert_null(dir.path);
	assert_int_equal(dir.fd, -1);
}

TEST(rundir_open__there_already__what_is_in_it_stays)
{
	use("r");
	put_file("r/mine", "x");
	assert_int_equal(rundir_open(&dir, at("r/")), 0);
	assert_string_equal(text_of(at("r/mine")), "x");
	assert_false(is_there(at("results")));
}

/* A directory of the user's in which a guest would find its way to his files. */
TEST(rundir_open__no_run_s__eexist_and_nothing_has_changed)
{
	static const char *const files[] = { "r/Makefile", "s/status.json",
					     "t/.rapido-run" };
	static const char *const dirs[] = { "r", "s", "t" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		put_file(files[i], "{\"status\": 0}");
		assert_not_opened(at(dirs[i]), -EEXIST, path_basename(files[i]));
		assert_string_equal(text_of(at(files[i])), "{\"status\": 0}");
		assert_int_equal(unlink(at(files[i])), 0);
		assert_int_equal(rmdir(at(dirs[i])), 0);
	}
}

/* Of a rapido that did not keep a list yet. */
TEST(rundir_open__with_a_status_json_of_a_run__used)
{
	put_file("r/status.json", "{\"rapido\": \"1\", \"verdict\": \"passed\"}");
	put_file("r/left", "x");
	assert_int_equal(rundir_open(&dir, at("r")), 0);
	assert_false(is_there(at("r/status.json")));
	assert_string_equal(text_of(at("r/left")), "x");
}

/* What a former run had found is not the word on the next one; what its test had left, or
 * somebody else, is not ours. */
TEST(rundir_open__of_a_former_run__own_files_removed_others_stay)
{
	use("r");
	use("r/with/a");
	use("r/with/b");
	for (size_t i = 0; rundir_reserved[i]; i++) {
		_cleanup_free_ char *own = path_join("r", rundir_reserved[i]);
		_cleanup_free_ char *helpers = path_join("r/with/a", rundir_reserved[i]);
		_cleanup_free_ char *only = path_join("r/with/b", rundir_reserved[i]);

		if (streq(rundir_reserved[i], RUNDIR_WITH))
			continue;
		put_file(own, "old");
		put_file(helpers, "old");
		put_file(only, "old");
	}
	put_file("r/left", "x");
	put_file("r/with/a/left", "x");
	put_file("r/with/note", "x");
	put_file("elsewhere/status.json", "x");
	assert_int_equal(symlink("../../elsewhere", at("r/with/link")), 0);
	assert_int_equal(rundir_open(&dir, at("r")), 0);
	assert_false(is_there(at("r/status.json")));
	assert_false(is_there(at("r/with/a/status.json")));
	assert_false(is_there(at("r/with/a/console.log")));
	assert_false(is_there(at("r/with/b")));
	assert_string_equal(text_of(at("r/left")), "x");
	assert_string_equal(text_of(at("r/with/a/left")), "x");
	assert_string_equal(text_of(at("r/with/note")), "x");
	assert_string_equal(text_of(at("elsewhere/status.json")), "x");
}

TEST(rundir_open__only_helpers_of_a_former_run__with_is_gone)
{
	use("r");
	use("r/with/a");
	put_file("r/with/a/status.json", "old");
	assert_int_equal(rundir_open(&dir, at("r")), 0);
	assert_false(is_there(at("r/with")));
}

TEST(rundir_open__another_run_uses_a_helpers__not_touched)
{
	struct rundir used;

	use("r");
	assert_int_equal(rundir_open(&used, at("r/with/a")), 0);
	put_file("r/with/a/output", "new");
	assert_int_equal(rundir_open(&dir, at("r")), 0);
	assert_string_equal(text_of(at("r/with/a/output")), "new");
	rundir_release(&used);
}

TEST(rundir_open__relative__absolute_path_afterwards)
{
	use("");
	assert_int_equal(chdir(fixture_dir), 0);
	assert_int_equal(rundir_open(&dir, "a/b"), 0);
	assert_string_equal(dir.path, at("a/b"));
	rundir_release(&dir);
	assert_int_equal(rundir_open(&dir, "."), 0);
	assert_int_equal(dir.path[0], '/');
	assert_int_equal(rundir_write(&dir, "output", "x", 1), 0);
	assert_true(is_there(at("output")));
}

TEST(rundir_open__link_to_a_directory__that_one)
{
	put_dir("real");
	assert_int_equal(symlink("real", at("link")), 0);
	assert_int_equal(rundir_open(&dir, at("link")), 0);
	assert_true(is_locked(at("real")));
}

/* @err after a message that has @path, and nothing is left to release. */
TEST(rundir_open__file_in_the_way__error_names_it)
{
	put_file("file", "precious");
	assert_not_opened(at("file"), -ENOTDIR, "not a directory");
	assert_not_opened(at("file/below"), -ENOTDIR, "not a directory");
	assert_string_equal(text_of(at("file")), "precious");
	assert_int_equal(symlink("nowhere", at("dangling")), 0);
	assert_not_opened(at("dangling"), -ENOENT, "");
	assert_not_opened("", -ENOENT, "");
}

TEST(rundir_open__another_run_uses_it__ewouldblock_says_so)
{
	struct rundir other;

	assert_int_equal(rundir_open(&other, at("r")), 0);
	assert_not_opened(at("r"), -EWOULDBLOCK, "another run");
	rundir_release(&other);
	assert_int_equal(rundir_open(&dir, at("r")), 0);
}

static int open_read_only(void)
{
	static const char *const names[] = { "r", "r/below" };
	int failed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct capture c = capture_start();
		int err = rundir_open(&dir, at(names[i]));

		if (!strstr(capture_stop(&c), at(names[i])) || err != -EACCES)
			failed++;
		rundir_release(&dir);
	}
	return failed;
}

/* Before a VM has run for an hour. */
TEST(rundir_open__nothing_can_be_written__error)
{
	put_dir("r");
	assert_int_equal(chmod(at("r"), 0555), 0);
	assert_int_equal(fixture_run_as_user(open_read_only), 0);
	assert_int_equal(chmod(at("r"), 0755), 0);
}

TEST(rundir_create__new__empty_and_for_writing)
{
	struct stat st;
	int fd;

	assert_int_equal(rundir_open(&dir, at("r")), 0);
	fd = rundir_create(&dir, "output");
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "abc", 3), 3);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	assert_string_equal(text_of(at("r/output")), "abc");
	assert_int_equal(stat(at("r/output"), &st), 0);
	assert_int_equal(st.st_mode & 0111, 0);
}

TEST(rundir_create__there_already__replaced_not_overwritten)
{
	int fd;

	use("r");
	put_file("r/output", "of an earlier run");
	put_file("keep", "x");
	assert_int_equal(link(at("r/output"), at("saved")), 0);
	assert_int_equal(rundir_open(&dir, at("r")), 0);
	fd = rundir_create(&dir, "output");
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "new", 3), 3);
	close(fd);
	assert_string_equal(text_of(at("r/output")), "new");
	assert_string_equal(text_of(at("saved")), "of an earlier run");
}

TEST(rundir_create__link__replaced_not_followed)
{
	static const char *const targets[] = { "../precious", "../absent", "output" };

	put_file("precious", "x");
	assert_int_equal(rundir_open(&dir, at("r")), 0);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		struct stat st;
		int fd;

		unlink(at("r/output"));
		assert_int_equal(symlink(targets[i], at("r/output")), 0);
		fd = rundir_create(&dir, "output");
		assert_true(fd >= 0);
		assert_int_equal(write(fd, "new", 3), 3);
		close(fd);
		assert_int_equal(lstat(at("r/output"), &st), 0);
		assert_true(S_ISREG(st.st_mode));
	}
	assert_string_equal(text_of(at("precious")), "x");
	assert_false(is_there(at("absent")));
}

/* Nobody waits for a reader of it. */
TEST(rundir_create__fifo__replaced)
{
	struct stat st;
	int fd;

	use("r");
	assert_int_equal(mkfifo(at("r/output"), 0600), 0);
	assert_int_equal(rundir_open(&dir, at("r")), 0);
	fd = rundir_create(&dir, "output");
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	close(fd);
}

TEST(rundir_create__directory_in_the_way__error_and_it_stays)
{
	struct capture c;
	int err;

	use("r");
	put_file("r/output/file", "x");
	assert_int_equal(rundir_open(&dir, at("r")), 0);
	assert_int_equal(rundir_create(&dir, "output"), -EISDIR);
	assert_true(is_there(at("r/output/file")));
	c = capture_start();
	err = rundir_write(&dir, "output", "x", 1);
	assert_contains(capture_stop(&c), at("r/output"));
	assert_int_equal(err, -EISDIR);
}

/* It is the directory that was locked, whatever has its name now. */
TEST(rundir_create__directory_was_renamed__goes_there)
{
	assert_int_equal(rundir_open(&dir, at("r")), 0);
	assert_int_equal(rename(at("r"), at("moved")), 0);
	put_dir("r");
	assert_int_equal(rundir_write(&dir, "output", "x", 1), 0);
	assert_true(is_there(at("moved/output")));
	assert_false(is_there(at("r/output")));
}

TEST(rundir_write__any_bytes__whole_file)
{
	static const char data[] = "{\n\0}\n";
	struct stat st;

	assert_int_equal(rundir_open(&dir, at("r")), 0);
	assert_int_equal(rundir_write(&dir, "status.json", "longer than that", 16), 0);
	assert_int_equal(rundir_write(&dir, "status.json", data, sizeof(data)), 0);
	assert_int_equal(stat(at("r/status.json"), &st), 0);
	assert_int_equal(st.st_size, sizeof(data));
	assert_int_equal(rundir_write(&dir, "status.json", NULL, 0), 0);
	assert_string_equal(text_of(at("r/status.json")), "");
}

/* A file size limit stands for a disk that is full. */
static int write_limited(const char *name, size_t size)
{
	static char data[4096];
	struct rlimit before, limit;
	int err;

	getrlimit(RLIMIT_FSIZE, &before);
	limit = (struct rlimit){ 100, before.rlim_max };
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	err = rundir_write(&dir, name, data, size);
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, SIG_DFL);
	return err;
}

/* Half a status.json is worse than none. */
TEST(rundir_write__disk_full__error_and_no_part_of_a_file)
{
	int saved = dup(STDERR_FILENO), message[2], err;
	char text[512] = "";

	assert_int_equal(rundir_open(&dir, at("r")), 0);
	/* a pipe: the limit holds for other files too */
	assert_int_equal(pipe2(message, O_CLOEXEC), 0);
	dup2(message[1], STDERR_FILENO);
	err = write_limited("status.json", 4096);
	dup2(saved, STDERR_FILENO);
	assert_true(read(message[0], text, sizeof(text) - 1) > 0);
	close(message[0]);
	close(message[1]);
	close(saved);
	assert_int_equal(err, -EFBIG);
	assert_contains(text, at("r/status.json"));
	assert_false(is_there(at("r/status.json")));
	assert_int_equal(write_limited("status.json", 100), 0);
	assert_true(is_there(at("r/status.json")));
}

TEST(rundir_reserved__names__end_with_null)
{
	size_t nr = 0;

	while (rundir_reserved[nr])
		assert_null(strchr(rundir_reserved[nr++], '/'));
	assert_true(nr >= 4);
}

TEST(rundir_release__twice_and_never_opened__harmless)
{
	struct rundir never = RUNDIR_INIT;
	int before = dup(0), after;

	close(before);
	rundir_release(&never);
	assert_int_equal(rundir_new(&dir, at(""), "t", RUNDIR_TOTAL), 0);
	rundir_release(&dir);
	rundir_release(&dir);
	after = dup(0);
	close(after);
	assert_int_equal(after, before);
}

TEST(find__last__is_the_run_that_it_was_then)
{
	_cleanup_free_ char *found = NULL, *path = NULL;

	assert_int_equal(rundir_new(&dir, fixture_dir, "one", RUNDIR_TOTAL), 0);
	path = xstrdup(dir.path);
	rundir_release(&dir);
	found = rundir_find(fixture_dir, "last");
	assert_string_equal(found, path);
	free(found);
	found = rundir_find("/nonexistent", at("results/last"));
	assert_string_equal(found, path);
}

TEST(find__pipe__is_found)
{
	_cleanup_free_ char *found = NULL;
	char path[64];
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	found = rundir_find(fixture_dir, path);
	assert_string_equal(found, path);
	close(fds[0]);
	close(fds[1]);
}

TEST(find__names__below_results_only)
{
	_cleanup_free_ char *found = NULL;
	struct capture capture;

	put_dir("results/one");
	put_dir("two");
	found = rundir_find(fixture_dir, "one");
	assert_true(ends_with(found, "/results/one"));
	capture = capture_start();
	assert_null(rundir_find(fixture_dir, "../two"));
	assert_null(rundir_find(fixture_dir, "two"));
	assert_contains(capture_stop(&capture), "'two'");
}

/* What a suite has left, and a file of the user's. */
static const char *put_suite(void)
{
	const char *path = at("suite");

	put_data("suite/" MADE_FILE, MADE_MARK, sizeof(MADE_MARK));
	put_file("suite/journal", "{}\n");
	put_file("suite/status.json", "{}\n");
	put_file("suite/cases/a/output", "x");
	put_file("suite/vms/1/kernel.log", "x");
	put_file("suite/mine", "x");
	return path;
}

TEST(open__a_suite_was_there__its_files_are_removed)
{
	assert_int_equal(rundir_open(&dir, put_suite()), 0);
	assert_false(is_there(at("suite/journal")));
	assert_false(is_there(at("suite/cases")));
	assert_false(is_there(at("suite/vms")));
	assert_true(is_there(at("suite/mine")));
}

TEST(open__cases_without_a_journal__somebody_elses)
{
	const char *path = put_suite();

	assert_int_equal(unlink(at("suite/journal")), 0);
	assert_int_equal(rundir_open(&dir, path), 0);
	assert_true(is_there(at("suite/cases/a/output")));
}

TEST(open_again__a_suite_was_there__all_stays)
{
	assert_int_equal(rundir_open_again(&dir, put_suite()), 0);
	assert_true(is_locked(at("suite")));
	assert_true(is_there(at("suite/journal")));
	assert_true(is_there(at("suite/status.json")));
	assert_true(is_there(at("suite/cases/a/output")));
}

TEST(find__a_path_or_a_name__where_it_is)
{
	_cleanup_free_ char *path = NULL, *name = NULL, *last = NULL;

	assert_int_equal(rundir_new(&dir, fixture_dir, "test", UINT64_MAX), 0);
	path = rundir_find(fixture_dir, dir.path);
	assert_string_equal(path, dir.path);
	name = rundir_find(fixture_dir, strrchr(dir.path, '/') + 1);
	assert_string_equal(name, dir.path);
	last = rundir_find(fixture_dir, "last");
	assert_non_null(last);
	assert_true(is_there(last));
}

TEST(find__no_such_run__message)
{
	struct capture capture = capture_start();

	assert_null(rundir_find(fixture_dir, "nowhere"));
	assert_null(rundir_find(fixture_dir, "../nothing"));
	assert_contains(capture_stop(&capture), "nowhere");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
