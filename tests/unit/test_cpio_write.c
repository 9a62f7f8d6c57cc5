// SPDX-License-Identifier: GPL-2.0-or-later
/* cpio: plans as archives. What was written is read by newc.h, and by GNU cpio. */
#include "newc.h"

#include <sys/sysmacros.h>

#include "image/cpio.h"
#include "image/image.h"
#include "lib/log.h"
#include "lib/process.h"
#include "closure/sysroot.h"

struct env {
	char *dir;
	struct sysroot root;
	struct plan plan;
};

static const struct plan_reason asked = { -1, "asked for" };

static int setup(void **state)
{
	struct env *env = xcalloc(1, sizeof(*env));

	env->dir = fx_root();
	assert_int_equal(sysroot_init(&env->root, env->dir), 0);
	*state = env;
	return 0;
}

static int teardown(void **state)
{
	struct env *env = *state;

	plan_release(&env->plan);
	sysroot_release(&env->root);
	fx_remove(env->dir);
	free(env);
	return 0;
}

static int add_file(struct env *env, const char *path, const char *source)
{
	struct stat st;

	assert_int_equal(stat(fx_at(env->dir, source), &st), 0);
	return plan_add_file(&env->plan, path, env->root.fd, source, &st, false, asked);
}

static void add_text(struct env *env, const char *path, const char *text)
{
	plan_add_data(&env->plan, path, 0644, text, strlen(text), asked);
}

/* The plan as an archive; it is in a file of the fixture's directory meanwhile. */
static struct strbuf written(struct env *env)
{
	int fd = open(fx_at(env->dir, "/archive"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct strbuf bytes;

	assert_true(fd >= 0);
	assert_int_equal(cpio_write(&env->plan, fd), 0);
	bytes = file_bytes(fd);
	close(fd);
	return bytes;
}

/* cpio_write()'s error; its message does not get into the test's output. */
static int write_error(struct env *env)
{
	int fd = memfd_create("archive", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
	int null = open("/dev/null", O_WRONLY), err;

	dup2(null, STDERR_FILENO);
	err = cpio_write(&env->plan, fd);
	dup2(saved, STDERR_FILENO);
	close(null);
	close(saved);
	close(fd);
	return err;
}

static void assert_data(const struct strbuf *archive, const char *name, const char *text)
{
	struct newc e;

	assert_true(newc_find(archive, name, &e));
	assert_int_equal(e.size, strlen(text));
	assert_memory_equal(archive->buf + e.data, text, e.size);
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, teardown)

TEST(cpio_write__each_kind__its_header)
{
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;
	struct newc e;

	plan_add_dir(&env->plan, "/dir", 01777, asked);
	plan_add_link(&env->plan, "/link", "some/where", asked);
	plan_add_device(&env->plan, "/dev/console", 0600, makedev(5, 1), asked);
	plan_add_data(&env->plan, "/data", 04755, "text", 4, asked);
	archive = written(env);
	assert_true(newc_find(&archive, "dir", &e));
	assert_int_equal(e.mode, S_IFDIR | 01777);
	assert_true(newc_find(&archive, "link", &e));
	assert_int_equal(e.mode, S_IFLNK | 0777);
	assert_int_equal(e.size, 10);
	assert_memory_equal(archive.buf + e.data, "some/where", 10);
	assert_true(newc_find(&archive, "dev/console", &e));
	assert_int_equal(e.mode, S_IFCHR | 0600);
	assert_int_equal(e.rdev_major, 5);
	assert_int_equal(e.rdev_minor, 1);
	assert_true(newc_find(&archive, "data", &e));
	assert_int_equal(e.mode, S_IFREG | 04755);
	assert_int_equal(e.nlink, 1);
	assert_data(&archive, "data", "text");
}

TEST(cpio_write__file__contents_and_metadata_of_the_source)
{
	struct env *env = *state;
	const struct timespec times[2] = { { 1000, 0 }, { 2000, 7 } };
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;
	struct newc e;

	fx_write(env->dir, "/src", "contents");
	fx_chmod(env->dir, "/src", 0640);
	utimensat(AT_FDCWD, fx_at(env->dir, "/src"), times, 0);
	add_file(env, "/a/b", "/src");
	archive = written(env);
	assert_data(&archive, "a/b", "contents");
	assert_true(newc_find(&archive, "a/b", &e));
	assert_int_equal(e.mode, S_IFREG | 0640);
	assert_int_equal(e.mtime, 2000);
	assert_int_equal(e.uid, geteuid());
}

TEST(cpio_write__empty_file__no_data)
{
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;

	fx_write(env->dir, "/src", "");
	add_file(env, "/file", "/src");
	add_text(env, "/data", "");
	add_text(env, "/last", "x");
	archive = written(env);
	assert_data(&archive, "file", "");
	assert_data(&archive, "data", "");
	assert_data(&archive, "last", "x");
}

TEST(cpio_write__empty_plan__only_the_trailer)
{
	_cleanup_(strbuf_release) struct strbuf archive = written(*state);
	struct newc e;

	assert_false(newc_at(&archive, 0, &e));
	assert_int_equal(e.next, archive.len);
}

TEST(cpio_write__resources_added_last__stand_first)
{
	static const char *const names[] = {
		"rapido-rsc",  "rapido-rsc/cpu", "rapido-rsc/cpu/4",
		"rapido-rscx", "first",
	};
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;
	struct newc e;
	size_t at = 0;

	add_text(env, IMAGE_RESOURCES "x", "");
	add_text(env, "/first", "");
	add_text(env, IMAGE_RESOURCES "/cpu/4", "");
	archive = written(env);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_true(newc_at(&archive, at, &e));
		assert_string_equal(e.name, names[i]);
		at = e.next;
	}
}

/* Sizes around each limit: alignment, the buffer, and where the kernel copies. */
TEST(cpio_write__files_of_many_sizes__whole_and_aligned)
{
	static const size_t sizes[] = {
		1,     3,     4,      4095,   4096,   4097,   8192,    65535,
		65536, 65537, 262143, 262144, 262145, 300000, 1000001,
	};
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_free_ char *path = xasprintf("/f%zu", sizes[i]);

		fx_fill(env->dir, path, (char)('a' + i), sizes[i]);
		add_file(env, path, path);
	}
	archive = written(env);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_free_ char *name = xasprintf("f%zu", sizes[i]);
		struct newc e;

		assert_true(newc_find(&archive, name, &e));
		assert_int_equal(e.size, sizes[i]);
		for (size_t j = 0; j < e.size; j++)
			if (archive.buf[e.data + j] != (char)('a' + i))
				fail_msg("%s is damaged at %zu", name, j);
		if (sizes[i] >= CPIO_ALIGN)
			assert_int_equal(e.data % CPIO_ALIGN, 0);
	}
}

TEST(cpio_write__to_another_file_system__contents_are_whole)
{
	struct env *env = *state;
	int fd = memfd_create("archive", MFD_CLOEXEC);
	_cleanup_(strbuf_release) struct strbuf here = STRBUF_INIT, there = STRBUF_INIT;

	fx_fill(env->dir, "/src", 'x', 1000000);
	add_file(env, "/file", "/src");
	assert_int_equal(cpio_write(&env->plan, fd), 0);
	there = file_bytes(fd);
	close(fd);
	here = written(env);
	assert_int_equal(here.len, there.len);
	assert_memory_equal(here.buf, there.buf, here.len);
}

/* Whatever the offset is when it comes to the data. */
TEST(cpio_write__from_every_offset__data_is_aligned)
{
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;
	_cleanup_free_ char *data = xcalloc(1, 8192);
	struct newc e;
	size_t aligned = 0;

	for (size_t i = 0; i < 1024; i++) {
		_cleanup_free_ char *small = xasprintf("/dir/s%zu", i);
		_cleanup_free_ char *large = xasprintf("/dir/l%zu", i);

		plan_add_data(&env->plan, small, 0644, data, i * 4, asked);
		plan_add_data(&env->plan, large, 0644, data, 4096, asked);
	}
	archive = written(env);
	for (size_t at = 0; newc_at(&archive, at, &e); at = e.next) {
		if (S_ISREG(e.mode) && e.size >= CPIO_ALIGN) {
			assert_int_equal(e.data % CPIO_ALIGN, 0);
			aligned++;
		}
	}
	assert_int_equal(aligned, 1024);
}

/* A directory's path of @length bytes. Heap. */
static char *long_path(size_t length)
{
	char *path = xmalloc(length + 1);

	for (size_t i = 0; i < length; i++)
		path[i] = i % 200 ? 'd' : '/';
	path[length - 1] = 'd';
	path[length] = '\0';
	return path;
}

/* Padding repeats a directory's name, and that may be longer than what is to be filled.
 */
TEST(cpio_write__long_parent__data_is_aligned)
{
	static const size_t lengths[] = { 250, 1000, 1950, 2050, 2500, 3500, 4000 };
	_cleanup_free_ char *data = xcalloc(1, 8192);

	for (size_t l = 0; l < ARRAY_SIZE(lengths); l++) {
		_cleanup_free_ char *parent = long_path(lengths[l]);

		for (size_t fill = 0; fill < 4096; fill += 148) {
			struct env env = { .dir = fx_root() };
			_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;
			_cleanup_free_ char *path = xasprintf("%s/file", parent);
			struct newc e;

			plan_add_dir(&env.plan, parent, 0755, asked);
			plan_add_data(&env.plan, "/fill", 0644, data, fill, asked);
			plan_add_data(&env.plan, path, 0644, data, 4096, asked);
			archive = written(&env);
			assert_true(newc_find(&archive, path + 1, &e));
			if (e.data % CPIO_ALIGN)
				fail_msg("parent of %zu, fill of %zu: data at %zu",
					 lengths[l], fill, e.data);
			plan_release(&env.plan);
			fx_remove(env.dir);
		}
	}
}

TEST(cpio_write__padding__is_a_directory_that_is_there_already)
{
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;
	_cleanup_free_ char *data = xcalloc(1, 8192);
	struct newc e;
	size_t paddings = 0;

	plan_add_dir(&env->plan, "/d", 01751, asked);
	plan_add_data(&env->plan, "/d/file", 0644, data, 4096, asked);
	plan_add_data(&env->plan, "/top", 0644, data, 4096, asked);
	archive = written(env);
	for (size_t at = 0; newc_at(&archive, at, &e); at = e.next) {
		size_t len = strlen(e.name);

		if (e.name[len - 1] != '/')
			continue;
		paddings++;
		assert_true(len < CPIO_NAME_MAX);
		assert_int_equal(e.size, 0);
		if (e.name[0] == 'd')
			assert_int_equal(e.mode, S_IFDIR | 01751);
		else
			assert_int_equal(e.mode, S_IFDIR | 0755);
	}
	assert_true(paddings >= 2);
}

TEST(cpio_write__hard_links__one_inode_and_data_once)
{
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;
	struct newc a, b, other;

	fx_fill(env->dir, "/a", 'x', 5000);
	assert_int_equal(link(fx_at(env->dir, "/a"), fx_at(env->dir, "/b")), 0);
	fx_write(env->dir, "/other", "x");
	add_file(env, "/one/a", "/a");
	add_file(env, "/other", "/other");
	add_file(env, "/two/b", "/b");
	archive = written(env);
	assert_true(newc_find(&archive, "one/a", &a));
	assert_true(newc_find(&archive, "two/b", &b));
	assert_true(newc_find(&archive, "other", &other));
	assert_int_equal(a.ino, b.ino);
	assert_int_equal(a.nlink, 2);
	assert_int_equal(b.nlink, 2);
	assert_int_equal(a.size, 5000);
	assert_int_equal(b.size, 0);
	assert_int_not_equal(other.ino, a.ino);
	assert_int_equal(other.nlink, 1);
}

TEST(cpio_write__one_of_two_hard_links__stands_alone)
{
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;
	struct newc a;

	fx_write(env->dir, "/a", "text");
	assert_int_equal(link(fx_at(env->dir, "/a"), fx_at(env->dir, "/b")), 0);
	add_file(env, "/a", "/a");
	archive = written(env);
	assert_true(newc_find(&archive, "a", &a));
	assert_int_equal(a.nlink, 1);
	assert_data(&archive, "a", "text");
}

TEST(cpio_write__inodes__differ)
{
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;
	struct newc e;
	uint32_t last = 0;

	add_text(env, "/a/b/c", "x");
	add_text(env, "/a/d", "x");
	archive = written(env);
	for (size_t at = 0; newc_at(&archive, at, &e); at = e.next) {
		assert_true(e.ino > last);
		last = e.ino;
	}
}

TEST(cpio_write__twice__same_bytes)
{
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf one = STRBUF_INIT, two = STRBUF_INIT;

	fx_fill(env->dir, "/a", 'x', 70000);
	assert_int_equal(link(fx_at(env->dir, "/a"), fx_at(env->dir, "/b")), 0);
	add_file(env, "/d/a", "/a");
	add_file(env, "/d/b", "/b");
	add_text(env, "/c", "text");
	one = written(env);
	two = written(env);
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.buf, two.buf, one.len);
}

TEST(cpio_write__copies_of_a_tree__same_bytes)
{
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf one = STRBUF_INIT, two = STRBUF_INIT;
	const struct timespec times[2] = { { 1000, 0 }, { 2000, 0 } };

	/* other inode numbers on the host, and other nanoseconds */
	for (int i = 0; i < 2; i++) {
		fx_fill(env->dir, i ? "/t2/a" : "/t1/a", 'x', 5000);
		assert_int_equal(link(fx_at(env->dir, i ? "/t2/a" : "/t1/a"),
				      fx_at(env->dir, i ? "/t2/b" : "/t1/b")),
				 0);
		utimensat(AT_FDCWD, fx_at(env->dir, i ? "/t2/a" : "/t1/a"), times, 0);
		add_file(env, "/a", i ? "/t2/a" : "/t1/a");
		add_file(env, "/b", i ? "/t2/b" : "/t1/b");
		if (i)
			two = written(env);
		else
			one = written(env);
		plan_release(&env->plan);
	}
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.buf, two.buf, one.len);
}

TEST(cpio_write__odd_names__byte_for_byte)
{
	static const char *const names[] = {
		"with space", "new\nline", "\xc3\xa4\xe6\xbc\xa2", "\xff\xfe",
		"-x",	      "...",	   "back\\slash",	   "tab\t",
		"TRAILER",    "quote'\"",
	};
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path = xasprintf("/%s", names[i]);

		add_text(env, path, names[i]);
	}
	plan_add_link(&env->plan, "/link", "\xc3\xa4 \xff\n", asked);
	archive = written(env);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_data(&archive, names[i], names[i]);
	assert_data(&archive, "link", "\xc3\xa4 \xff\n");
}

TEST(cpio_write__times_outside_32_bits__nearest)
{
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;
	struct plan_entry entry = { .kind = PLAN_DIR, .mode = 0755 };
	struct newc e;

	entry.path = "/before";
	entry.mtime = -5;
	plan_add(&env->plan, &entry, asked);
	entry.path = "/after";
	entry.mtime = 1LL << 40;
	plan_add(&env->plan, &entry, asked);
	archive = written(env);
	assert_true(newc_find(&archive, "before", &e));
	assert_int_equal(e.mtime, 0);
	assert_true(newc_find(&archive, "after", &e));
	assert_int_equal(e.mtime, UINT32_MAX);
}

TEST(cpio_write__owner_of_32_bits__kept)
{
	struct env *env = *state;
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;
	const struct plan_entry entry = {
		.kind = PLAN_DIR, .path = "/d", .uid = 0xfffffffe, .gid = 300000
	};
	struct newc e;

	plan_add(&env->plan, &entry, asked);
	archive = written(env);
	assert_true(newc_find(&archive, "d", &e));
	assert_int_equal(e.uid, 0xfffffffe);
	assert_int_equal(e.gid, 300000);
}

TEST(cpio_write__source_shrank__estale)
{
	struct env *env = *state;

	fx_fill(env->dir, "/src", 'x', 10000);
	add_file(env, "/file", "/src");
	assert_int_equal(truncate(fx_at(env->dir, "/src"), 5000), 0);
	assert_int_equal(write_error(env), -ESTALE);
}

TEST(cpio_write__source_grew__estale)
{
	struct env *env = *state;

	fx_fill(env->dir, "/src", 'x', 100);
	add_file(env, "/file", "/src");
	fx_fill(env->dir, "/src", 'x', 200);
	assert_int_equal(write_error(env), -ESTALE);
}

TEST(cpio_write__source_has_a_new_time__estale)
{
	struct env *env = *state;
	const struct timespec times[2] = { { 1000, 0 }, { 2000, 0 } };

	fx_fill(env->dir, "/src", 'x', 100);
	add_file(env, "/file", "/src");
	utimensat(AT_FDCWD, fx_at(env->dir, "/src"), times, 0);
	assert_int_equal(write_error(env), -ESTALE);
}

TEST(cpio_write__source_vanished__estale)
{
	struct env *env = *state;

	fx_write(env->dir, "/src", "x");
	add_file(env, "/file", "/src");
	assert_int_equal(unlink(fx_at(env->dir, "/src")), 0);
	assert_int_equal(write_error(env), -ESTALE);
}

TEST(cpio_write__source_is_a_link_or_fifo_now__estale)
{
	struct env *env = *state;

	fx_write(env->dir, "/src", "x");
	fx_write(env->dir, "/other", "x");
	add_file(env, "/file", "/src");
	assert_int_equal(unlink(fx_at(env->dir, "/src")), 0);
	fx_symlink(env->dir, "/src", "other");
	assert_int_equal(write_error(env), -ESTALE);
	assert_int_equal(unlink(fx_at(env->dir, "/src")), 0);
	assert_int_equal(mkfifo(fx_at(env->dir, "/src"), 0600), 0);
	assert_int_equal(write_error(env), -ESTALE);
}

TEST(cpio_write__file_above_4_gib__eoverflow)
{
	struct env *env = *state;

	fx_write(env->dir, "/src", "");
	if (truncate(fx_at(env->dir, "/src"), 1LL << 32) < 0)
		skip(); /* no sparse files here */
	add_file(env, "/file", "/src");
	assert_int_equal(write_error(env), -EOVERFLOW);
}

TEST(cpio_write__link_target_too_long__enametoolong)
{
	struct env *env = *state;
	char target[CPIO_NAME_MAX + 1];

	memset(target, 'x', sizeof(target));
	target[CPIO_NAME_MAX] = '\0';
	plan_add_link(&env->plan, "/link", target, asked);
	assert_int_equal(write_error(env), -ENAMETOOLONG);
}

TEST(cpio_write__no_space__enospc)
{
	struct env *env = *state;
	int full = open("/dev/full", O_WRONLY), saved = dup(STDERR_FILENO);
	int null = open("/dev/null", O_WRONLY), err;

	add_text(env, "/a", "x");
	dup2(null, STDERR_FILENO);
	err = cpio_write(&env->plan, full);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(null);
	close(full);
	assert_int_equal(err, -ENOSPC);
}

/* What GNU cpio and bsdtar make of it, if they are here: all of a small root. */
static void fill_root(struct env *env)
{
	fx_fill(env->dir, "/src/large", 'x', 100000);
	fx_write(env->dir, "/src/small", "small");
	assert_int_equal(
		link(fx_at(env->dir, "/src/small"), fx_at(env->dir, "/src/hard")), 0);
	add_file(env, "/usr/bin/large", "/src/large");
	add_file(env, "/usr/bin/small", "/src/small");
	add_file(env, "/usr/hard", "/src/hard");
	plan_add_link(&env->plan, "/bin", "usr/bin", asked);
	add_text(env, "/with space", "text");
	add_text(env, "/empty", "");
}

TEST(cpio_write__unpacked_by_gnu_cpio__same_files)
{
	struct env *env = *state;
	_cleanup_free_ char *program = process_find("cpio");
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;

	if (!program) {
		print_message("# cpio is not installed\n");
		skip();
	}
	fill_root(env);
	archive = written(env);
	fx_mkdir(env->dir, "/out");
	assert_int_equal(fx_shell("cd %s/out && cpio -id < ../archive", env->dir), 0);
	assert_int_equal(fx_shell("cd %s && cmp src/large out/bin/large", env->dir), 0);
	assert_int_equal(fx_shell("cd %s && cmp src/small out/usr/bin/small", env->dir),
			 0);
	assert_int_equal(fx_shell("cd %s && cmp src/hard out/usr/hard", env->dir), 0);
	assert_int_equal(
		fx_shell("cd %s && test out/usr/hard -ef out/usr/bin/small", env->dir),
		0);
	assert_int_equal(
		fx_shell("cd %s && test \"$(cat 'out/with space')\" = text", env->dir),
		0);
	assert_true(fx_exists(env->dir, "/out/empty"));
}

TEST(cpio_write__listed_by_bsdtar__same_names)
{
	struct env *env = *state;
	_cleanup_free_ char *program = process_find("bsdtar");
	_cleanup_(strbuf_release) struct strbuf archive = STRBUF_INIT;

	if (!program) {
		print_message("# bsdtar is not installed\n");
		skip();
	}
	fill_root(env);
	archive = written(env);
	assert_int_equal(
		fx_shell("cd %s && bsdtar -tf archive > list && "
			 "grep -x usr/bin/large list && grep -x usr/hard list && "
			 "grep -x 'with space' list && grep -x bin list",
			 env->dir),
		0);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
