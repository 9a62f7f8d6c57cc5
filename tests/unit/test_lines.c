// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that are read line by line. */
#include "fixture.h"
#include "lib/lines.h"

static int open_with(const char *data, size_t size)
{
	int fd = open(put_data("file", data, size), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void assert_next(struct lines *lines, const char *expected, bool ended)
{
	char *line;
	size_t len;
	bool whole;

	assert_int_equal(lines_next(lines, &line, &len, &whole), 1);
	assert_string_equal(line, expected);
	assert_int_equal(len, strlen(expected));
	assert_int_equal(whole, ended);
}

static void assert_no_more(struct lines *lines, int result)
{
	char *line;
	size_t len;
	bool whole;

	assert_int_equal(lines_next(lines, &line, &len, &whole), result);
}

FIXTURE_TEST(lines__several__one_after_the_other)
{
	_cleanup_close_ int fd = open_with("a\n\nbc\nlast", 10);
	_cleanup_(lines_release) struct lines lines = LINES_INIT(fd, 10);

	assert_next(&lines, "a", true);
	assert_next(&lines, "", true);
	assert_next(&lines, "bc", true);
	assert_next(&lines, "last", false);
	assert_no_more(&lines, 0);
	assert_no_more(&lines, 0);
}

FIXTURE_TEST(lines__empty_file__none)
{
	_cleanup_close_ int fd = open_with("", 0);
	_cleanup_(lines_release) struct lines lines = LINES_INIT(fd, 10);

	assert_no_more(&lines, 0);
}

FIXTURE_TEST(lines__too_long__efbig)
{
	_cleanup_close_ int fd = open_with("12345\n123456\n", 13);
	_cleanup_(lines_release) struct lines lines = LINES_INIT(fd, 5);

	assert_next(&lines, "12345", true);
	assert_no_more(&lines, -EFBIG);
}

FIXTURE_TEST(lines__endless_file__ends_at_the_limit)
{
	_cleanup_close_ int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	_cleanup_(lines_release) struct lines lines = LINES_INIT(fd, 1 << 20);

	assert_no_more(&lines, -EFBIG);
	assert_in_range(lines.buf.len, 1 << 20, 1 << 21);
}

FIXTURE_TEST(lines__nul_in_it__is_a_part_of_the_line)
{
	_cleanup_close_ int fd = open_with("a\0b\n", 4);
	_cleanup_(lines_release) struct lines lines = LINES_INIT(fd, 5);
	char *line;
	size_t len;
	bool whole;

	assert_int_equal(lines_next(&lines, &line, &len, &whole), 1);
	assert_int_equal(len, 3);
	assert_memory_equal(line, "a\0b", 4);
}

FIXTURE_TEST(lines__longer_than_what_is_read_at_once__are_whole)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	_cleanup_close_ int fd = -1;

	for (size_t i = 0; i < 300; i++) {
		for (size_t k = 0; k < i * 7; k++)
			strbuf_addch(&text, (char)('a' + i % 26));
		strbuf_addch(&text, '\n');
	}
	fd = open_with(text.buf, text.len);
	_cleanup_(lines_release) struct lines lines = LINES_INIT(fd, 10000);

	for (size_t i = 0; i < 300; i++) {
		char *line;
		size_t len;
		bool whole;

		assert_int_equal(lines_next(&lines, &line, &len, &whole), 1);
		assert_int_equal(len, i * 7);
		assert_true(!len || (line[0] == (char)('a' + i % 26) &&
				     line[len - 1] == line[0]));
	}
	assert_no_more(&lines, 0);
}

FIXTURE_TEST(lines__directory__its_error)
{
	_cleanup_close_ int fd = open(fixture_dir, O_RDONLY | O_CLOEXEC);
	_cleanup_(lines_release) struct lines lines = LINES_INIT(fd, 5);

	assert_no_more(&lines, -EISDIR);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
