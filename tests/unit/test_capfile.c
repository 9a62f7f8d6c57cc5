// SPDX-License-Identifier: GPL-2.0-or-later
/* Logs with a limit: whole below it, and above it their beginning and their end. */
#include "run/capfile.h"
#include "fixture.h"
#include "lib/io.h"

#define LIMIT 4096

static struct capfile file;
static int dir_fd;
static struct strbuf wrote = STRBUF_INIT;

static void begin(void)
{
	int fd;

	dir_fd = open(fixture_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = open(at("log"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	capfile_init(&file, fd, dir_fd, LIMIT);
	strbuf_setlen(&wrote, 0);
}

/* @size bytes, in pieces of at most @piece. */
static void put(size_t size, size_t piece)
{
	for (size_t done = 0; done < size; done += piece) {
		size_t n = size - done < piece ? size - done : piece, from = wrote.len;

		for (size_t i = 0; i < n; i++)
			strbuf_addch(&wrote, (char)('a' + (wrote.len / 7 + i) % 26));
		assert_int_equal(capfile_write(&file, wrote.buf + from, n), 0);
	}
}

static char *finish(size_t *size)
{
	char *text;

	assert_int_equal(capfile_finish(&file), 0);
	assert_int_equal(capfile_finish(&file), 0);
	assert_int_equal(io_read_file(AT_FDCWD, at("log"), 1 << 20, &text, size), 0);
	close(dir_fd);
	strbuf_release(&wrote);
	return text;
}

FIXTURE_TEST(write__within_half_the_limit__all_there_at_once)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	begin();
	put(LIMIT / 2, 100);
	assert_int_equal(io_read_file(AT_FDCWD, at("log"), LIMIT, &text, &size), 0);
	assert_int_equal(size, LIMIT / 2);
	free(finish(&size));
}

FIXTURE_TEST(write__up_to_the_limit__whole)
{
	static const size_t sizes[] = {
		0, 1, LIMIT / 2 + 1, LIMIT * 3 / 4, LIMIT * 3 / 4 + 1, LIMIT
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_free_ char *text = NULL, *expected = NULL;
		size_t size;

		begin();
		put(sizes[i], 999);
		expected = xstrndup(wrote.buf, wrote.len);
		assert_int_equal(capfile_left_out(&file), 0);
		text = finish(&size);
		assert_int_equal(size, sizes[i]);
		assert_string_equal(text, expected);
	}
}

FIXTURE_TEST(write__beyond__beginning_and_end)
{
	static const size_t pieces[] = { 1, 7, 1024, 5000, 1 << 20 };

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		_cleanup_free_ char *text = NULL, *all = NULL, *mark = NULL;
		size_t size, total = 10 * LIMIT + 333;
		char *at_mark;

		begin();
		put(total, pieces[i]);
		all = xstrndup(wrote.buf, wrote.len);
		assert_int_equal(file.bytes, total);
		mark = xasprintf("\n[... %llu bytes are left out",
				 (unsigned long long)capfile_left_out(&file));
		text = finish(&size);
		assert_true(size <= LIMIT + 100);
		/* what it had said before is still so */
		assert_int_equal(capfile_left_out(&file) + size -
					 (size_t)(strchr(strstr(text, "...]"), '\n') + 1 -
						  strstr(text, "\n[...")),
				 total);
		at_mark = strstr(text, mark);
		assert_non_null(at_mark);
		assert_int_equal(at_mark - text, LIMIT / 2);
		assert_memory_equal(text, all, LIMIT / 2);
		assert_memory_equal(text + size - LIMIT / 4, all + total - LIMIT / 4,
				    LIMIT / 4);
	}
}

FIXTURE_TEST(write__nothing_but_the_log_is_left)
{
	begin();
	put(10 * LIMIT, 1000);
	capfile_release(&file);
	assert_int_equal(rmdir(fixture_dir), -1);
	assert_int_equal(unlink(at("log")), 0);
	assert_int_equal(rmdir(fixture_dir), 0);
	assert_int_equal(mkdir(fixture_dir, 0700), 0);
	assert_int_equal(capfile_finish(&file), 0);
	close(dir_fd);
	strbuf_release(&wrote);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
