// SPDX-License-Identifier: GPL-2.0-or-later
/* initrd: an image and what is added to it, read back as the kernel would. */
#include "fixture.h"
#include "newc.h"

#include "image/cpio.h"
#include "image/initrd.h"

/* A plan with one file. */
static void plan_hosts(struct plan *plan)
{
	const struct plan_reason reason = { -1, plan_intern(plan, "a test") };

	plan_add_data(plan, "/etc/hosts", 0644, "one\n", 4, reason);
}

/* An image with one file of @size bytes in it. */
static int image_of(size_t size)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;
	_cleanup_free_ char *text = xcalloc(1, size + 1);

	memset(text, 'x', size);
	newc_put_file(&bytes, "file", text);
	newc_put_trailer(&bytes);
	return memory_file(bytes.buf, bytes.len);
}

static void assert_names(int fd, const char *expected)
{
	struct cpio_reader *reader = cpio_reader_new(fd);
	_cleanup_(strbuf_release) struct strbuf names = STRBUF_INIT;
	struct cpio_entry entry;
	int err;

	while ((err = cpio_read_next(reader, &entry)) > 0)
		strbuf_addf(&names, "%s%s", names.len ? " " : "", entry.name);
	assert_int_equal(err, 0);
	assert_string_equal(names.buf, expected);
	cpio_reader_free(reader);
}

DEFINE_TEST(initrd_extend__image__entries_of_both)
{
	_cleanup_(plan_release) struct plan plan = PLAN_INIT;
	_cleanup_close_ int image = image_of(5000);
	_cleanup_close_ int fd = -1;

	plan_hosts(&plan);
	fd = initrd_extend(image, "image", &plan);
	assert_true(fd >= 0);
	assert_names(fd, "file etc etc/hosts");
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

/* Another tool's image need not end where a header may begin. */
DEFINE_TEST(initrd_extend__odd_size__padded)
{
	_cleanup_(plan_release) struct plan plan = PLAN_INIT;
	_cleanup_close_ int image = image_of(10);
	_cleanup_close_ int fd = -1;
	struct stat before, after;

	plan_hosts(&plan);
	assert_int_equal(lseek(image, 0, SEEK_END),
			 fstat(image, &before) ? -1 : before.st_size);
	assert_int_equal(write(image, "\0", 1), 1);
	fd = initrd_extend(image, "image", &plan);
	assert_true(fd >= 0);
	assert_names(fd, "file etc etc/hosts");
	assert_int_equal(fstat(fd, &after), 0);
	assert_int_equal(after.st_size % 4, 0);
}

DEFINE_TEST(initrd_extend__twice__image_as_it_was)
{
	_cleanup_(plan_release) struct plan plan = PLAN_INIT;
	_cleanup_close_ int image = image_of(100);
	off_t offset = lseek(image, 3, SEEK_SET);

	plan_hosts(&plan);
	for (int i = 0; i < 2; i++) {
		_cleanup_close_ int fd = initrd_extend(image, "image", &plan);

		assert_names(fd, "file etc etc/hosts");
	}
	assert_int_equal(lseek(image, 0, SEEK_CUR), offset);
	assert_names(image, "file");
}

DEFINE_TEST(initrd_append__extended__entries_of_all)
{
	_cleanup_(plan_release) struct plan first = PLAN_INIT, second = PLAN_INIT;
	const struct plan_reason reason = { -1, plan_intern(&first, "a test") };
	_cleanup_close_ int image = image_of(10);
	_cleanup_close_ int fd = -1;

	/* what the image has is no part of the next archive */
	plan_add_data(&first, "/file", 0644, "x", 1, reason);
	first.known = first.nr;
	plan_add_data(&first, "/usr/bin/ls", 0755, "ls", 2, reason);
	plan_hosts(&second);
	fd = initrd_extend(image, "image", &first);
	assert_true(fd >= 0);
	assert_int_equal(initrd_append(fd, "image", &second), 0);
	assert_names(fd, "file usr usr/bin usr/bin/ls etc etc/hosts");
}

DEFINE_TEST(initrd_extend__no_image__error)
{
	_cleanup_(plan_release) struct plan plan = PLAN_INIT;
	struct capture capture;
	const char *said;
	int err;

	capture = capture_start();
	err = initrd_extend(-1, "some/image", &plan);
	said = capture_stop(&capture);
	assert_int_equal(err, -EBADF);
	assert_contains(said, "cannot extend image 'some/image': ");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
