// SPDX-License-Identifier: GPL-2.0-or-later
/* results: what a guest may write on the host, and what it may not. */
#include "wire_fixture.h"

#include <dirent.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "lib/io.h"

static const char *const reserved[] = { "console.log", "status.json", NULL };

/* Results go into the directory "in". */
static struct results results;
static int dir_fd;

static int setup(void **state)
{
	if (fixture_make(state))
		return -1;
	dir_fd = open(put_dir("in"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	results_init(&results, dir_fd, reserved);
	return dir_fd < 0 ? -1 : 0;
}

static size_t leftovers;

static int count_leftover(const char *path, const struct stat *st, int type,
			  struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	if (strstr(path, ".rapido-tmp"))
		leftovers++;
	return 0;
}

/* After every test: nothing that is only half there. */
static int teardown(void **state)
{
	results_release(&results);
	close(dir_fd);
	leftovers = 0;
	nftw(fixture_dir, count_leftover, 16, FTW_PHYS);
	if (leftovers)
		return -1;
	return fixture_remove(state);
}

static const struct fx_meta a_file = { .mode = S_IFREG | 0644, .sec = 1000, .size = 4 };

/* What is in a file of the results, or NULL. Good until the next call. */
static const char *content(const char *name)
{
	static char *data;
	_cleanup_free_ char *path = xasprintf("in/%s", name);

	free(data);
	data = NULL;
	return io_read_file(AT_FDCWD, at(path), 1 << 20, &data, NULL) ? NULL : data;
}

static struct stat stat_of(const char *name)
{
	_cleanup_free_ char *path = xasprintf("in/%s", name);
	struct stat st;

	assert_int_equal(lstat(at(path), &st), 0);
	return st;
}

/* The number of names in the directory "in". */
static size_t count_names(void)
{
	DIR *dir = opendir(at("in"));
	size_t nr = 0;

	while (readdir(dir))
		nr++;
	closedir(dir);
	/* ".", "..", and the list of what was made */
	return nr - 3;
}

/* The file @path, sent as one, is refused with @reason, and nothing appears. */
static void refused(const char *path, struct fx_meta meta, const char *reason)
{
	size_t nr = results.nr_refused, names = count_names();

	assert_int_equal(fx_file(&results, path, meta), 0);
	if (S_ISREG(meta.mode)) {
		if (meta.size)
			assert_int_equal(fx_data(&results, 0, "evil", 4), 0);
		assert_int_equal(fx_file_end(&results, 0), 0);
	}
	assert_int_equal(results.nr_refused, nr + 1);
	assert_contains(results.refused.v[nr], reason);
	assert_int_equal(count_names(), names);
}

#define RESULTS_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

RESULTS_TEST(frame__files__arrive_with_mode_and_time)
{
	struct fx_meta meta = { S_IFREG | 0640, 123456789, 1500000000, 10 };
	struct stat st;

	fx_begin(&results, 1);
	assert_int_equal(fx_file(&results, "a", meta), 0);
	assert_int_equal(fx_data(&results, 0, "hello ", 6), 0);
	assert_null(content("a"));
	assert_int_equal(fx_data(&results, 6, "rest", 4), 0);
	assert_int_equal(fx_file_end(&results, 0), 0);
	assert_string_equal(content("a"), "hello rest");
	st = stat_of("a");
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(st.st_mtim.tv_sec, 1500000000);
	assert_int_equal(st.st_mtim.tv_nsec, 123456789);
	assert_int_equal(results.files, 1);
	assert_int_equal(results.bytes, 10);
}

RESULTS_TEST(frame__special_mode_bits__not_taken)
{
	struct fx_meta meta = { .mode = S_IFREG | 07755 };

	fx_begin(&results, 1);
	assert_int_equal(fx_file(&results, "a", meta), 0);
	assert_int_equal(fx_file_end(&results, 0), 0);
	assert_int_equal(stat_of("a").st_mode, S_IFREG | 0755);
}

RESULTS_TEST(frame__holes__are_holes)
{
	struct fx_meta meta = { .mode = S_IFREG | 0600, .size = 1 << 30 };
	struct stat st;

	fx_begin(&results, 1);
	assert_int_equal(fx_file(&results, "a", meta), 0);
	assert_int_equal(fx_data(&results, 1 << 20, "data", 4), 0);
	assert_int_equal(fx_file_end(&results, 0), 0);
	st = stat_of("a");
	assert_int_equal(st.st_size, 1 << 30);
	assert_true(st.st_blocks < 1000);
}

RESULTS_TEST(frame__directory__time_and_mode_survive_its_files)
{
	struct fx_meta dir = { S_IFDIR | 01055, 5, 1234, 4096 };

	fx_begin(&results, 3);
	assert_int_equal(fx_file(&results, "d", dir), 0);
	assert_int_equal(fx_file(&results, "d/e", dir), 0);
	assert_int_equal(fx_file_end(&results, 0), 0);
	fx_send(&results, "d/e/f", "text");
	assert_int_equal(fx_end(&results, 3, 0), 0);
	assert_int_equal(stat_of("d").st_mode, S_IFDIR | 0755);
	assert_int_equal(stat_of("d").st_mtim.tv_sec, 1234);
	assert_int_equal(stat_of("d/e").st_mtim.tv_sec, 1234);
	assert_int_equal(stat_of("d/e").st_mtim.tv_nsec, 5);
	/* and of another sending that does not bring it again */
	fx_begin(&results, 1);
	fx_send(&results, "d/e/f", "new text");
	assert_int_equal(fx_end(&results, 1, 0), 0);
	assert_int_equal(stat_of("d/e").st_mtim.tv_sec, 1234);
}

RESULTS_TEST(frame__missing_directories__made)
{
	fx_begin(&results, 1);
	fx_send(&results, "a/b/c", "text");
	assert_string_equal(content("a/b/c"), "text");
	assert_int_equal(stat_of("a").st_mode, S_IFDIR | 0700);
}

RESULTS_TEST(frame__same_file_again__replaced_and_counted_once)
{
	fx_begin(&results, 2);
	fx_send(&results, "a", "first");
	fx_send(&results, "a", "2nd");
	assert_string_equal(content("a"), "2nd");
	assert_int_equal(results.files, 1);
	assert_int_equal(results.bytes, 3);
}

RESULTS_TEST(frame__failed_in_the_guest__former_file_stays)
{
	fx_begin(&results, 2);
	fx_send(&results, "a", "first");
	assert_int_equal(fx_file(&results, "a", a_file), 0);
	assert_int_equal(fx_data(&results, 0, "ab", 2), 0);
	assert_int_equal(fx_file_end(&results, EIO), 0);
	assert_string_equal(content("a"), "first");
	assert_strvec(&results.refused,
		      "'a': the VM could not send all of it: input/output error");
	assert_int_equal(results.bytes, 5);
}

RESULTS_TEST(frame__bad_names__refused)
{
	static const struct {
		const char *path, *reason;
	} names[] = {
		{ "", "its name is empty" },
		{ "/etc/passwd", "absolute" },
		{ "..", "leads out" },
		{ "../x", "leads out" },
		{ "a/../../x", "leads out" },
		{ "a/..", "leads out" },
		{ ".", "a part '.'" },
		{ "a/./b", "a part '.'" },
		{ "a//b", "an empty part" },
		{ "a/", "an empty part" },
		{ "console.log", "rapido's own" },
		{ "status.json/x", "rapido's own" },
		{ "x.rapido-tmp", "rapido's own" },
		{ ".1-0.rapido-tmp/x", "rapido's own" },
		{ ".rapido-run", "rapido's own" },
		{ "a/.rapido-run", "rapido's own" },
	};

	fx_begin(&results, 20);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct fx_meta dir = { .mode = S_IFDIR | 0755 };

		refused(names[i].path, a_file, names[i].reason);
		assert_int_equal(fx_file(&results, names[i].path, dir), 0);
	}
	assert_int_equal(count_names(), 0);
	fx_send(&results, "sub/console.log", "this is none of ours");
	fx_send(&results, "..a", "nor is this out of it");
}

RESULTS_TEST(frame__nul_in_a_name__refused)
{
	fx_begin(&results, 1);
	assert_int_equal(fx_file_n(&results, "a\0b", 3, a_file), 0);
	assert_strvec(&results.refused, "'a': its name has a NUL in it");
}

RESULTS_TEST(frame__control_characters_in_a_name__shown_harmlessly)
{
	fx_begin(&results, 1);
	refused("/\033[2J\n", a_file, "'/\\033[2J\\012': its name is absolute");
}

RESULTS_TEST(frame__long_and_deep_names__refused)
{
	char deep[2 * 40] = "", name[2048];

	fx_begin(&results, 10);
	memset(name, 'x', sizeof(name));
	name[256] = '\0';
	refused(name, a_file, "too long");
	name[256] = 'x';
	for (size_t i = 200; i < sizeof(name); i += 200)
		name[i] = '/';
	name[1025] = '\0';
	refused(name, a_file, "...': its name is too long");
	for (int i = 0; i < 33; i++)
		strcat(deep, "d/");
	strcat(deep, "f");
	refused(deep, a_file, "too deep");
	fx_send(&results, deep + 2, "32 directories are not");
	name[1024] = '\0';
	fx_send(&results, name, "1024 bytes are not");
}

RESULTS_TEST(frame__other_kinds__refused)
{
	fx_begin(&results, 10);
	refused("l", (struct fx_meta){ .mode = S_IFLNK | 0777 }, "a symbolic link");
	refused("c", (struct fx_meta){ .mode = S_IFCHR }, "a device");
	refused("b", (struct fx_meta){ .mode = S_IFBLK }, "a device");
	refused("p", (struct fx_meta){ .mode = S_IFIFO }, "a fifo");
	refused("s", (struct fx_meta){ .mode = S_IFSOCK }, "a socket");
	refused("x", (struct fx_meta){ .mode = 0644 }, "neither a file nor a directory");
	assert_int_equal(fx_file_end(&results, 0), 0);
	assert_int_equal(fx_end(&results, 6, 1), 0);
	assert_int_equal(results_missing(&results), 4);
}

RESULTS_TEST(frame__link_on_the_host__not_followed)
{
	put_file("out/f", "before");
	assert_int_equal(symlink("../out", at("in/dir")), 0);
	assert_int_equal(symlink("../out/f", at("in/file")), 0);
	fx_begin(&results, 4);
	refused("dir/f", a_file, "a file or link stands where a directory must go");
	refused("dir", (struct fx_meta){ .mode = S_IFDIR | 0777 }, "a file or link");
	refused("file", a_file, "not made by a run");
	assert_true(S_ISLNK(stat_of("file").st_mode));
	assert_string_equal(content("../out/f"), "before");
}

/* What is there from before, in a directory of an earlier run or not. */
RESULTS_TEST(frame__file_of_the_user_s__refused_and_untouched)
{
	put_file("in/mine", "before");
	put_file("in/.git/hooks/pre-commit", "before");
	assert_int_equal(chmod(at("in/.git"), 0751), 0);
	fx_begin(&results, 4);
	refused("mine", a_file, "not made by a run");
	refused(".git/hooks/pre-commit", a_file, "not made by a run");
	assert_int_equal(fx_file(&results, ".git",
				 (struct fx_meta){ .mode = S_IFDIR | 0700, .sec = 77 }),
			 0);
	assert_int_equal(fx_end(&results, 3, 1), 0);
	results_finish(&results);
	assert_string_equal(content("mine"), "before");
	assert_string_equal(content(".git/hooks/pre-commit"), "before");
	assert_int_equal(stat_of(".git").st_mode, S_IFDIR | 0751);
	assert_true(stat_of(".git").st_mtim.tv_sec != 77);
}

RESULTS_TEST(frame__file_appears_meanwhile__refused)
{
	fx_begin(&results, 1);
	assert_int_equal(fx_file(&results, "a", a_file), 0);
	put_file("in/a", "mine");
	assert_int_equal(fx_file_end(&results, 0), 0);
	assert_int_equal(results.nr_refused, 1);
	assert_string_equal(content("a"), "mine");
}

static void again(void)
{
	results_release(&results);
	results_init(&results, dir_fd, reserved);
}

RESULTS_TEST(frame__next_run_in_the_same_directory__replaces_its_own)
{
	struct fx_meta dir = { .mode = S_IFDIR | 0700, .sec = 77 };

	fx_begin(&results, 3);
	fx_send(&results, "d/a\nb", "first");
	fx_send(&results, "changed", "first");
	fx_send(&results, "left", "first");
	again();
	put_file("in/changed", "by the user");
	fx_begin(&results, 3);
	fx_send(&results, "d/a\nb", "second");
	assert_int_equal(fx_file(&results, "d", dir), 0);
	refused("changed", a_file, "not made by a run");
	again();
	/* also what only the first one had left */
	fx_begin(&results, 2);
	fx_send(&results, "left", "third");
	fx_send(&results, "d/a\nb", "third");
	assert_string_equal(content("left"), "third");
	assert_string_equal(content("d/a\nb"), "third");
	assert_string_equal(content("changed"), "by the user");
	assert_int_equal(stat_of("d").st_mode, S_IFDIR | 0700);
	assert_int_equal(results.nr_refused, 0);
}

RESULTS_TEST(frame__modes__not_beyond_the_umask)
{
	mode_t before = umask(027);

	again();
	umask(before);
	fx_begin(&results, 2);
	assert_int_equal(
		fx_file(&results, "a", (struct fx_meta){ .mode = S_IFREG | 07777 }), 0);
	assert_int_equal(fx_file_end(&results, 0), 0);
	assert_int_equal(
		fx_file(&results, "d", (struct fx_meta){ .mode = S_IFDIR | 07777 }), 0);
	assert_int_equal(fx_end(&results, 2, 1), 0);
	assert_int_equal(stat_of("a").st_mode, S_IFREG | 0750);
	assert_int_equal(stat_of("d").st_mode, S_IFDIR | 0750);
}

/* As on a file system that has none; in a child, for it cannot be undone. */
RESULTS_TEST(frame__modes_that_cannot_be_set__told)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchmod, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(filter), filter };
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
			_exit(77);
		fx_begin(&results, 2);
		fx_send(&results, "a", "text");
		fx_send(&results, "b", "text");
		_exit(results.meta_failed == 2 && results.files == 2 &&
				      !results.write_error &&
				      streq(results.meta_reason,
					    "'a': operation not permitted")
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(status, 0);
}

RESULTS_TEST(frame__file_and_directory_of_one_name__refused)
{
	fx_begin(&results, 4);
	fx_send(&results, "f", "text");
	fx_send(&results, "d/x", "text");
	refused("d", a_file, "a directory of that name is there");
	refused("f", (struct fx_meta){ .mode = S_IFDIR | 0755 }, "a file or link stands");
	refused("f/x", a_file, "a file or link stands");
}

RESULTS_TEST(frame__directory_appears_meanwhile__refused)
{
	fx_begin(&results, 1);
	assert_int_equal(fx_file(&results, "a", a_file), 0);
	put_dir("in/a");
	assert_int_equal(fx_file_end(&results, 0), 0);
	assert_strvec(&results.refused, "'a': a directory of that name is there");
	assert_int_equal(count_names(), 1);
}

RESULTS_TEST(frame__huge_files__refused)
{
	struct fx_meta half = { .mode = S_IFREG, .size = RESULTS_BYTES_MAX / 2 + 1 };
	struct fx_meta tera = { .mode = S_IFREG, .size = 1ULL << 40 };
	struct fx_meta most = { .mode = S_IFREG, .size = UINT64_MAX };

	fx_begin(&results, 10);
	refused("a", tera, "'a': with its 1099511627776 bytes there would be more than");
	refused("b", most, "bytes there would be more than 4294967296");
	for (int i = 0; i < 2; i++) {
		/* the second time it replaces the first */
		assert_int_equal(fx_file(&results, "c", half), 0);
		assert_int_equal(fx_file_end(&results, 0), 0);
	}
	refused("d", half, "bytes there would be more than 4294967296");
	assert_int_equal(results.files, 1);
	assert_int_equal(results.bytes, RESULTS_BYTES_MAX / 2 + 1);
}

RESULTS_TEST(frame__too_many_files__refused)
{
	struct fx_meta empty = { .mode = S_IFREG };
	char name[256];

	results.max_files = 1000;
	fx_begin(&results, 10);
	/* directories that nobody has sent count as well */
	for (unsigned int i = 0; i < 1000 / 20; i++) {
		int len = snprintf(name, sizeof(name), "%u", i);

		for (int depth = 1; depth < 20; depth++)
			len += snprintf(name + len, sizeof(name) - (size_t)len, "/d");
		assert_int_equal(fx_file(&results, name, empty), 0);
		assert_int_equal(fx_file_end(&results, 0), 0);
	}
	assert_int_equal(results.files, 1000 / 20);
	assert_int_equal(results.nr_refused, 0);
	refused("x", empty, "there are 1000 files and directories");
	/* what is there already may still be replaced */
	fx_send(&results, name, "text");
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "more%d", i);
		assert_int_equal(fx_file(&results, name, empty), 0);
		assert_int_equal(fx_file_end(&results, 0), 0);
	}
	assert_int_equal(results.nr_refused, 1001);
	assert_int_equal(results.refused.nr, RESULTS_REFUSED_MAX);
}

RESULTS_TEST(data__beyond_or_before__no_sense)
{
	static const struct {
		uint64_t offset;
		size_t size;
	} second[] = {
		{ 1, 1 },	   /* again */
		{ 4, 1 },	   /* one too many */
		{ 2, 3 },	   /* ends too late */
		{ 5, 0 },	   /* begins too late */
		{ UINT64_MAX, 2 }, /* overflows */
		{ UINT64_MAX - 1, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(second); i++) {
		/* both for a file that is written and for one that is not */
		for (int good = 0; good < 2; good++) {
			fx_begin(&results, 1);
			assert_int_equal(fx_file(&results, good ? "a" : "/a", a_file), 0);
			assert_int_equal(fx_data(&results, 0, "ab", 2), 0);
			assert_int_equal(fx_data(&results, second[i].offset, "1234",
						 second[i].size),
					 -EPROTO);
			teardown(state);
			setup(state);
		}
	}
}

/* Frames out of place: each is sent when the letters before it have been. */
RESULTS_TEST(frame__out_of_order__no_sense)
{
	static const char *const orders[] = {
		"f",   "d",	"e",   "E", /* before a sending */
		"RR",  "RX",	"RY",	    /* in one, and with a wrong count or flag */
		"Rd",  "Re",		    /* without a file */
		"Rff", "RfR",	"RfE", "Rfded", /* in and after one */
		"RDd", "RDR",			/* a directory has no data */
		"RLR", "RfeLR",			/* after the last */
	};

	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		int err = 0;
		uint32_t sent = 0;

		for (const char *p = orders[i]; *p; p++) {
			struct fx_meta dir = { .mode = S_IFDIR | 0755 };

			assert_int_equal(err, 0);
			if (*p == 'R')
				err = fx_begin(&results, 1);
			else if (*p == 'f' && ++sent)
				err = fx_file(&results, "a", a_file);
			else if (*p == 'D' && ++sent)
				err = fx_file(&results, "a", dir);
			else if (*p == 'd')
				err = fx_data(&results, 0, "ab", 2);
			else if (*p == 'e')
				err = fx_file_end(&results, 0);
			else if (*p == 'E')
				err = fx_end(&results, sent, 0);
			else if (*p == 'L')
				err = fx_end(&results, sent, 1);
			else if (*p == 'X')
				err = fx_end(&results, sent + 1, 0);
			else
				err = fx_end(&results, sent, 2);
		}
		assert_int_equal(err, -EPROTO);
		teardown(state);
		setup(state);
	}
}

RESULTS_TEST(frame__wrong_sizes__no_sense)
{
	static const struct {
		enum wire_type type;
		size_t size; /* that is wrong */
	} wrong[] = {
		{ WIRE_RESULTS, 11 }, { WIRE_RESULTS, 13 },    { WIRE_FILE, 23 },
		{ WIRE_FILE, 0 },     { WIRE_FILE_DATA, 7 },   { WIRE_FILE_END, 3 },
		{ WIRE_FILE_END, 5 }, { WIRE_RESULTS_END, 7 }, { WIRE_RESULTS_END, 9 },
		{ WIRE_STDOUT, 4 },   { WIRE_END, 24 },
	};
	static const unsigned char zeroes[64];

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		enum wire_type type = wrong[i].type;

		if (type != WIRE_RESULTS)
			assert_int_equal(fx_begin(&results, 1), 0);
		if (type == WIRE_FILE_DATA || type == WIRE_FILE_END)
			assert_int_equal(fx_file(&results, "a", a_file), 0);
		assert_int_equal(fx_frame(&results, type, zeroes, wrong[i].size),
				 -EPROTO);
		teardown(state);
		setup(state);
	}
}

/* UTIME_NOW and UTIME_OMIT are such values. */
RESULTS_TEST(frame__nanoseconds_of_more_than_a_second__no_sense)
{
	struct fx_meta meta = { .mode = S_IFREG, .nsec = 1000000000 };

	fx_begin(&results, 1);
	assert_int_equal(fx_file(&results, "a", meta), -EPROTO);
}

RESULTS_TEST(release__file_half_there__removed)
{
	fx_begin(&results, 1);
	assert_int_equal(fx_file(&results, "d/a", a_file), 0);
	assert_int_equal(fx_data(&results, 0, "ab", 2), 0);
	results_release(&results);
	assert_null(content("d/a"));
}

/* Other runs follow, and the number of the descriptor may stand for something else then.
 */
RESULTS_TEST(finish__directory_closed_after_it__all_is_done)
{
	struct stat st;

	fx_begin(&results, 2);
	assert_int_equal(fx_file(&results, "d",
				 (struct fx_meta){ .mode = S_IFDIR | 0750, .sec = 77 }),
			 0);
	assert_int_equal(fx_file(&results, "d/a", a_file), 0);
	assert_int_equal(fx_data(&results, 0, "ab", 2), 0);
	results_finish(&results);
	close(dir_fd);
	dir_fd = results.dir_fd = -1;
	assert_int_equal(stat(at("in/d"), &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, 77);
	assert_null(content("d/a"));
	assert_int_equal(results_missing(&results), 1);
	/* and again, with what is left */
	results_finish(&results);
	results_release(&results);
}

RESULTS_TEST(missing__sending_cut_off__counted)
{
	assert_int_equal(results_missing(&results), 0);
	fx_begin(&results, 5);
	fx_send(&results, "a", "text");
	refused("/b", a_file, "absolute");
	assert_int_equal(fx_file(&results, "c", a_file), 0);
	assert_int_equal(results_missing(&results), 3);
	assert_false(results.complete);
}

RESULTS_TEST(complete__last_sending_ended__true)
{
	fx_begin(&results, 1);
	fx_send(&results, "a", "text");
	assert_int_equal(fx_end(&results, 1, 0), 0);
	assert_false(results.complete);
	fx_begin(&results, 0);
	assert_int_equal(fx_end(&results, 0, 1), 0);
	assert_true(results.complete);
	assert_int_equal(results_missing(&results), 0);
	assert_int_equal(results.files, 1);
}

/* A full disk, played by a limit of the size of files. */
RESULTS_TEST(frame__host_cannot_write__noted_and_later_ones_tried)
{
	struct rlimit before, low;
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
	struct fx_meta meta = { .mode = S_IFREG, .size = 8192 };

	getrlimit(RLIMIT_FSIZE, &before);
	low = (struct rlimit){ 4096, before.rlim_max };
	setrlimit(RLIMIT_FSIZE, &low);
	fx_begin(&results, 3);
	assert_int_equal(fx_file(&results, "a", meta), 0);
	assert_int_equal(fx_data(&results, 4096, "text", 4), 0);
	assert_int_equal(results.write_error, EFBIG);
	assert_int_equal(count_names(), 0);
	assert_int_equal(fx_data(&results, 4100, "text", 4), 0);
	assert_int_equal(fx_file_end(&results, 0), 0);
	/* the hole at its end cannot be had either */
	assert_int_equal(fx_file(&results, "b", meta), 0);
	assert_int_equal(fx_file_end(&results, 0), 0);
	assert_int_equal(count_names(), 0);
	fx_send(&results, "c", "small");
	setrlimit(RLIMIT_FSIZE, &before);
	signal(SIGXFSZ, handler);
	assert_int_equal(fx_end(&results, 3, 1), 0);
	assert_string_equal(content("c"), "small");
	assert_int_equal(results.files, 1);
	assert_int_equal(results_missing(&results), 2);
	assert_int_equal(results.nr_refused, 0);
}

RESULTS_TEST(frame__left_over_temporary_file__another_name)
{
	char name[64];

	snprintf(name, sizeof(name), "in/.%ld-0.rapido-tmp", (long)getpid());
	put_file(name, "of another time");
	fx_begin(&results, 1);
	fx_send(&results, "a", "text");
	assert_string_equal(content("a"), "text");
	assert_string_equal(content(name + 3), "of another time");
	unlink(at(name));
}

/* A file of 4 bytes below the directory for a case's files arrives. */
static void case_file(const char *path)
{
	assert_int_equal(fx_begin(&results, 1), 0);
	fx_send(&results, path, "text");
	assert_int_equal(fx_end(&results, 1, 0), 0);
	assert_string_equal(content(path), "text");
}

RESULTS_TEST(taken__same_name_again__arrives_and_is_counted_anew)
{
	results.max_files = 4;
	case_file("other");
	for (int i = 0; i < 20; i++) {
		_cleanup_free_ char *away = xasprintf("away-%d", i), *moved = NULL;

		case_file("case/sub/x.log");
		assert_int_equal(results.files, 2);
		assert_int_equal(results.bytes, 8);
		moved = xstrdup(at(away));
		assert_int_equal(rename(at("in/case"), moved), 0);
		results_taken(&results);
		assert_int_equal(results.files, 1);
		assert_int_equal(results.bytes, 4);
	}
	assert_int_equal(results.nr_refused, 0);
	assert_int_equal(results.write_error, 0);
	/* what is not in the directory is still known */
	assert_string_equal(content("other"), "text");
}

RESULTS_TEST(taken__not_moved__replaced_by_the_next)
{
	case_file("case/x");
	results_taken(&results);
	case_file("case/x");
	assert_int_equal(results.nr_refused, 0);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
