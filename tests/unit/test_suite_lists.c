// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of patterns, and of known failures. */
#include "run/suite-lists.h"
#include "suite_fixture.h"

static struct strvec patterns, why;
static struct suite suite;

static int setup(void **state)
{
	patterns = (struct strvec)STRVEC_INIT;
	why = (struct strvec)STRVEC_INIT;
	suite = (struct suite)SUITE_INIT;
	return fixture_make(state);
}

static int teardown(void **state)
{
	strvec_release(&patterns);
	strvec_release(&why);
	suite_release(&suite);
	return fixture_remove(state);
}

#define LISTS_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

static void read_list(const char *text)
{
	assert_int_equal(suite_patterns_read(put_file("list", text), &patterns, &why), 0);
	assert_int_equal(patterns.nr, why.nr);
}

LISTS_TEST(patterns__comments_and_blank_lines__are_left_out)
{
	read_list("# the whole line\n\n  generic/475  # hangs # now and then\n"
		  "\t\nxfs/*\n   # indented\nbtrfs/1#close\n");
	assert_strvec(&patterns, "generic/475", "xfs/*", "btrfs/1");
	assert_strvec(&why, "hangs # now and then", "", "close");
}

LISTS_TEST(patterns__ends_of_lines__of_dos_and_none)
{
	read_list("a/1\r\n\r\n# x\r\nb/2 # why\r\nlast");
	assert_strvec(&patterns, "a/1", "b/2", "last");
	assert_strvec(&why, "", "why", "");
}

LISTS_TEST(patterns__escaped_hash__is_a_part_of_it)
{
	read_list("a\\#1 # one\nb\\\\#2\nc\\");
	assert_strvec(&patterns, "a\\#1", "b\\\\", "c\\");
	assert_strvec(&why, "one", "2", "");
}

LISTS_TEST(patterns__white_space_inside__stays)
{
	read_list("nvme/003 (tcp)\n");
	assert_strvec(&patterns, "nvme/003 (tcp)");
}

LISTS_TEST(patterns__empty_file__nothing)
{
	read_list("");
	assert_int_equal(patterns.nr, 0);
}

LISTS_TEST(patterns__reasons_not_wanted__only_patterns)
{
	assert_int_equal(
		suite_patterns_read(put_file("list", "a # b\n"), &patterns, NULL), 0);
	assert_strvec(&patterns, "a");
}

static void assert_unreadable(const char *path, const char *word)
{
	struct capture capture = capture_start();
	int err = suite_patterns_read(path, &patterns, &why);
	const char *said = capture_stop(&capture);

	assert_true(err < 0);
	assert_contains(said, path);
	assert_contains(said, word);
	assert_int_equal(patterns.nr, 0);
}

LISTS_TEST(patterns__unreadable_file__one_message)
{
	assert_unreadable(at("absent"), "no such file");
	assert_unreadable(fixture_dir, "directory");
	assert_unreadable(put_data("binary", "a\0b", 3), "binary");
}

LISTS_TEST(patterns__too_large__is_refused)
{
	const char *path = put_file("large", "");

	assert_int_equal(truncate(path, SUITE_FILE_MAX + 1), 0);
	assert_unreadable(path, "large");
}

LISTS_TEST(patterns__dash__standard_input)
{
	int saved = dup(STDIN_FILENO), fd = open(put_file("in", "a # b\n"), O_RDONLY);

	assert_true(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	close(fd);
	assert_int_equal(suite_patterns_read("-", &patterns, &why), 0);
	dup2(saved, STDIN_FILENO);
	close(saved);
	assert_strvec(&patterns, "a");
}

static int read_known(const char *text)
{
	return suite_known_read(&suite, put_file("known", text));
}

LISTS_TEST(known__patterns__mark_the_cases_that_match)
{
	fx_list(&suite, "generic/001\ngeneric/475\nxfs/1\nxfs/2\n");
	assert_int_equal(read_known("generic/475 # hangs\nxfs/*\next4/3\n"), 0);
	assert_false(suite.cases[0].known);
	assert_true(suite.cases[1].known);
	assert_string_equal(suite.cases[1].known_why, "hangs");
	assert_true(suite.cases[2].known && suite.cases[3].known);
	assert_null(suite.cases[3].known_why);
}

LISTS_TEST(known__several_patterns__first_reason_stays)
{
	fx_list(&suite, "a/1\n");
	assert_int_equal(read_known("a/1\na/* # first\na/? # second\n"), 0);
	assert_string_equal(suite.cases[0].known_why, "first");
	assert_int_equal(read_known("a/1 # third\n"), 0);
	assert_string_equal(suite.cases[0].known_why, "first");
}

LISTS_TEST(known__thousands_of_names__do_not_take_quadratic_time)
{
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT;
	uint64_t begin = monotonic_ms();
	size_t known = 0;

	fx_many(&suite, SUITE_CASES_MAX);
	for (int i = 0; i < 100000; i++)
		strbuf_addf(&list, "c/%06d # known\n", 2 * i);
	assert_int_equal(read_known(list.buf), 0);
	for (size_t i = 0; i < suite.nr; i++)
		known += suite.cases[i].known;
	assert_int_equal(known, 100000);
	assert_in_range(monotonic_ms() - begin, 0, 20000);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
