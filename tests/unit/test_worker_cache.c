// SPDX-License-Identifier: GPL-2.0-or-later
/* The files that a worker keeps. */
#include "fixture.h"
#include "lib/io.h"
#include "worker/worker-cache.h"

/* What the other side says of a file with this text. */
static struct worker_file file_of(const char *text, const char *path)
{
	struct worker_file file = { .size = strlen(text), .path = xstrdup(path) };
	_cleanup_close_ int fd = memfd_create("file", MFD_CLOEXEC);

	assert_int_equal(io_write_all(fd, text, strlen(text)), 0);
	assert_int_equal(digest_file(&file.digest, fd, NULL, NULL), 0);
	return file;
}

static int store(const struct worker_file *file, const char *text, uint64_t max)
{
	_cleanup_(newfile_release) struct newfile new = NEWFILE_INIT;

	assert_int_equal(worker_cache_begin(at("cache"), file, &new), 0);
	assert_int_equal(io_write_all(new.fd, text, strlen(text)), 0);
	return worker_cache_add(at("cache"), file, &new, max, NULL, NULL);
}

/* Whether it is there, and where. */
static bool finds(const struct worker_file *file, const char *where)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int fd = worker_cache_find(at("cache"), file, &path, NULL, NULL);

	if (fd < 0) {
		assert_int_equal(fd, -ENOENT);
		assert_null(path);
		return false;
	}
	assert_contains(path, where);
	return true;
}

FIXTURE_TEST(worker_cache_add__right_content__is_found)
{
	_cleanup_(worker_file_release) struct worker_file file =
		file_of("image", "/nonexistent/image");

	assert_false(finds(&file, "cache/"));
	assert_int_equal(store(&file, "image", UINT64_MAX), 0);
	assert_true(finds(&file, file.digest.hex));
}

FIXTURE_TEST(worker_cache_add__other_content__nothing_is_stored)
{
	_cleanup_(worker_file_release) struct worker_file file =
		file_of("image", "/nonexistent/image");

	assert_int_equal(store(&file, "imagf", UINT64_MAX), -EBADMSG);
	assert_int_equal(store(&file, "imag", UINT64_MAX), -EBADMSG);
	assert_false(finds(&file, "cache/"));
}

FIXTURE_TEST(worker_cache_find__damaged__is_removed)
{
	_cleanup_(worker_file_release) struct worker_file file =
		file_of("image", "/nonexistent/image");
	_cleanup_free_ char *path = xasprintf("%s/%s", at("cache"), file.digest.hex);
	struct capture c;

	assert_int_equal(store(&file, "image", UINT64_MAX), 0);
	put_file(path + strlen(fixture_dir) + 1, "imagf");
	c = capture_start();
	assert_false(finds(&file, "cache/"));
	assert_contains(capture_stop(&c), "is damaged");
	assert_int_equal(access(path, F_OK), -1);
}

/* A directory that both sides share. */
FIXTURE_TEST(worker_cache_find__same_path__if_time_and_content_are_the_same)
{
	_cleanup_(worker_file_release) struct worker_file file =
		file_of("image", at("shared"));
	struct stat st;

	assert_int_equal(stat(put_file("shared", "image"), &st), 0);
	file.mtime = st.st_mtim;
	assert_true(finds(&file, "shared"));
	file.mtime.tv_nsec ^= 1;
	assert_false(finds(&file, "shared"));
	file.mtime.tv_nsec ^= 1;
	put_file("shared", "imagf");
	assert_int_equal(utimensat(AT_FDCWD, at("shared"),
				   (struct timespec[]){ file.mtime, file.mtime }, 0),
			 0);
	assert_false(finds(&file, "shared"));
}

static void set_age(const struct worker_file *file, time_t age)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", at("cache"), file->digest.hex);
	const struct timespec then = { .tv_sec = time(NULL) - age };

	assert_int_equal(utimensat(AT_FDCWD, path, (struct timespec[]){ then, then }, 0),
			 0);
}

FIXTURE_TEST(worker_cache_add__too_much__the_oldest_go)
{
	struct worker_file files[] = {
		file_of("one", "/nonexistent/1"),
		file_of("two", "/nonexistent/2"),
		file_of("new", "/nonexistent/3"),
	};

	assert_int_equal(store(&files[0], "one", UINT64_MAX), 0);
	assert_int_equal(store(&files[1], "two", UINT64_MAX), 0);
	set_age(&files[0], 10);
	set_age(&files[1], 20);
	put_file("cache/other", "is nobody's business");
	assert_int_equal(store(&files[2], "new", 7), 0);
	assert_true(finds(&files[0], "cache/"));
	assert_false(finds(&files[1], "cache/"));
	assert_true(finds(&files[2], "cache/"));
	/* what was used just now stays, and what has come in any case */
	set_age(&files[2], 20);
	assert_int_equal(store(&files[1], "two", 1), 0);
	assert_false(finds(&files[0], "cache/"));
	assert_true(finds(&files[1], "cache/"));
	assert_int_equal(access(at("cache/other"), F_OK), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		worker_file_release(&files[i]);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
