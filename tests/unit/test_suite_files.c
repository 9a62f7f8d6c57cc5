// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of a suite's case: what is written, moved, and put aside. */
#include "fixture.h"
#include "run/suite-files.h"

static int dir = -1, vm = -1;
static struct run_record record;

static int setup(void **state)
{
	if (fixture_make(state))
		return -1;
	put_dir("run");
	put_dir("vm/case");
	dir = open(at("run"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	vm = open(at("vm"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	record_init(&record);
	record_add_suite_case(&record, "g/1", 0);
	return dir < 0 || vm < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	close(dir);
	close(vm);
	record_release(&record);
	return fixture_remove(state);
}

#define FILES_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

/* NULL: there is none. Good until the next call. */
static const char *text_of(const char *name)
{
	static char text[256];
	_cleanup_close_ int fd = open(at(name), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return NULL;
	text[n] = '\0';
	return text;
}

static void attempt(size_t earlier, const char *output, const char *kernel)
{
	struct run_case *c = &record.cases[0];

	c->head.len = 0;
	c->output_bytes = 0;
	record_output(&record, output, strlen(output), true);
	assert_int_equal(suite_files_take(dir, "g/1", earlier, vm), 0);
	assert_int_equal(suite_files_write(dir, "g/1", c, kernel), 0);
}

FILES_TEST(write__output_and_kernel__in_the_cases_directory)
{
	attempt(0, "it says so\n", "[1] x\n");
	assert_string_equal(text_of("run/cases/g/1/output"), "it says so\n");
	assert_string_equal(text_of("run/cases/g/1/kernel.log"), "[1] x\n");
}

FILES_TEST(write__no_kernel__no_file)
{
	attempt(0, "", NULL);
	assert_string_equal(text_of("run/cases/g/1/output"), "");
	assert_null(text_of("run/cases/g/1/kernel.log"));
}

FILES_TEST(take__files_of_the_vm__moved)
{
	put_file("vm/case/full.txt", "all of it");
	put_file("vm/case/deep/in.txt", "inside");
	attempt(0, "", NULL);
	assert_string_equal(text_of("run/cases/g/1/full.txt"), "all of it");
	assert_string_equal(text_of("run/cases/g/1/deep/in.txt"), "inside");
	assert_int_equal(access(at("vm/case"), F_OK), -1);
}

FILES_TEST(take__a_name_of_our_own__gets_another_one)
{
	put_file("vm/case/output", "the guest's");
	put_file("vm/case/attempt-1", "a file");
	attempt(0, "ours", NULL);
	assert_string_equal(text_of("run/cases/g/1/output"), "ours");
	assert_string_equal(text_of("run/cases/g/1/output.case"), "the guest's");
	assert_string_equal(text_of("run/cases/g/1/attempt-1.case"), "a file");
}

FILES_TEST(take__second_attempt__the_first_one_is_aside)
{
	put_file("vm/case/full.txt", "first");
	attempt(0, "one\n", "[1] x\n");
	put_file("vm/case/full.txt", "second");
	attempt(1, "two\n", NULL);
	assert_string_equal(text_of("run/cases/g/1/output"), "two\n");
	assert_string_equal(text_of("run/cases/g/1/full.txt"), "second");
	assert_null(text_of("run/cases/g/1/kernel.log"));
	assert_string_equal(text_of("run/cases/g/1/attempt-1/output"), "one\n");
	assert_string_equal(text_of("run/cases/g/1/attempt-1/full.txt"), "first");
	assert_string_equal(text_of("run/cases/g/1/attempt-1/kernel.log"), "[1] x\n");
}

/* It was interrupted, or its VM was not to be trusted. */
FILES_TEST(take__an_attempt_that_does_not_count__nothing_of_it_stays)
{
	put_file("vm/case/full.txt", "first");
	attempt(0, "one\n", "[1] x\n");
	put_file("run/cases/g/1/sub/output", "another case's");
	attempt(0, "two\n", NULL);
	assert_string_equal(text_of("run/cases/g/1/output"), "two\n");
	assert_null(text_of("run/cases/g/1/kernel.log"));
	assert_null(text_of("run/cases/g/1/full.txt"));
	assert_string_equal(text_of("run/cases/g/1/sub/output"), "another case's");
}

/* A case "g/1/sub" has its files there. */
FILES_TEST(take__directory_of_another_case__stays)
{
	put_file("run/cases/g/1/sub/output", "another case's");
	put_file("vm/case/sub/x", "of this one");
	attempt(1, "two\n", NULL);
	assert_string_equal(text_of("run/cases/g/1/sub/output"), "another case's");
	assert_string_equal(text_of("run/cases/g/1/sub.case/x"), "of this one");
}

FILES_TEST(write__a_link_is_there__not_followed)
{
	put_file("secret", "not to be written");
	put_dir("run/cases/g/1");
	assert_int_equal(symlink(at("secret"), at("run/cases/g/1/output")), 0);
	attempt(0, "ours", NULL);
	assert_string_equal(text_of("secret"), "not to be written");
	assert_string_equal(text_of("run/cases/g/1/output"), "ours");
}

/* A case "g" has kept it. */
FILES_TEST(take__a_file_stands_in_the_way__gets_another_name)
{
	put_file("run/cases/g/1", "a file");
	attempt(0, "ours", NULL);
	assert_string_equal(text_of("run/cases/g/1/output"), "ours");
	assert_string_equal(text_of("run/cases/g/1.case"), "a file");
}

FILES_TEST(take__the_directory_cannot_be_made__error)
{
	put_dir("run/cases/g.case");
	put_file("run/cases/g", "a file");
	assert_true(suite_files_take(dir, "g/1", 0, vm) < 0);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
