// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's taint as a witness of faults that its log does not show. */
#include "fixture.h"
#include "run/taint.h"

#define BAD_PAGE    (1u << 5)
#define OOPS	    (1u << 7)
#define WARNING	    (1u << 9)
#define OUT_OF_TREE (1u << 12)

static struct faults faults;
static struct taint taint;

static int setup(void **state)
{
	(void)state;
	faults_init(&faults);
	taint = (struct taint){ 0 };
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	faults_release(&faults);
	return 0;
}

static void log_says(const char *text)
{
	faults_line(&faults, &(struct klog_line){ .usec = 1, .text = text }, 0, 0);
}

static void log_has_warning(void)
{
	log_says("------------[ cut here ]------------");
	log_says("WARNING: CPU: 0 PID: 7 at a/b.c:3 its_test+0x1/0x2");
	log_says("---[ end trace 0000000000000000 ]---");
}

static void judge(void)
{
	faults_finish(&faults);
	taint_judge(&taint, &faults, 0);
}

#define TEST(name) DEFINE_TEST_WITH(name, setup, teardown)

TEST(taint__none__no_fault)
{
	judge();
	taint_note(&taint, 0, SIZE_MAX);
	taint_note(&taint, 0, 0);
	judge();
	assert_int_equal(faults.nr, 0);
}

TEST(taint__of_other_kinds__no_fault)
{
	taint_note(&taint, OUT_OF_TREE, SIZE_MAX);
	taint_note(&taint, OUT_OF_TREE | 1, 0);
	judge();
	assert_int_equal(faults.nr, 0);
	assert_int_equal(taint.start, OUT_OF_TREE);
	assert_int_equal(taint.now, OUT_OF_TREE | 1);
}

TEST(taint__without_a_report__fault_of_the_case)
{
	taint_note(&taint, 0, SIZE_MAX);
	taint_note(&taint, WARNING, 1);
	taint_note(&taint, WARNING, 2);
	faults_finish(&faults);
	taint_judge(&taint, &faults, 77);
	assert_int_equal(faults.counted, 1);
	assert_string_equal(faults.list[0].kind, "taint");
	assert_contains(faults.list[0].title, "W (warning)");
	assert_contains(faults.list[0].text, "77 lines of the kernel's log were lost");
	assert_int_equal(faults.list[0].case_index, 1);
}

TEST(taint__before_the_test__fault_of_the_boot)
{
	taint_note(&taint, OOPS | WARNING, SIZE_MAX);
	judge();
	assert_int_equal(faults.counted, 1);
	assert_contains(faults.list[0].title, "D (oops), W (warning)");
	assert_contains(faults.list[0].text, "when the test began");
	assert_int_equal(faults.list[0].case_index, SIZE_MAX);
}

TEST(taint__with_its_report__that_one_alone)
{
	log_has_warning();
	taint_note(&taint, WARNING, 0);
	judge();
	assert_int_equal(faults.nr, 1);
	assert_string_equal(faults.list[0].kind, "warning");
}

TEST(taint__with_the_report_of_something_else__both)
{
	log_has_warning();
	taint_note(&taint, WARNING, 0);
	taint_note(&taint, WARNING | OOPS, 0);
	judge();
	assert_int_equal(faults.counted, 2);
	assert_contains(faults.list[1].title, "D (oops)");
	assert_null(strstr(faults.list[1].title, "warning"));
}

TEST(taint__with_an_allowed_report__no_fault)
{
	char *why = NULL;

	assert_int_equal(faults_allow(&faults, "its_test", &why), 0);
	log_has_warning();
	taint_note(&taint, WARNING, 0);
	judge();
	assert_int_equal(faults.counted, 0);
	assert_int_equal(faults.allowed, 1);
}

TEST(taint__after_a_report_that_may_set_any__no_other_fault)
{
	log_says("BUG: KASAN: use-after-free in its_test+0x1/0x2");
	taint_note(&taint, BAD_PAGE | OOPS, 0);
	judge();
	assert_int_equal(faults.nr, 1);
}

TEST(taint__allowed_itself__no_fault)
{
	char *why = NULL;

	assert_int_equal(faults_allow(&faults, "tainted: W", &why), 0);
	taint_note(&taint, WARNING, 0);
	judge();
	assert_int_equal(faults.counted, 0);
	assert_int_equal(faults.allowed, 1);
}

/* More reports than are kept: what the others were is not known. */
TEST(taint__many_reports__no_other_fault)
{
	for (int i = 0; i <= FAULTS_MAX; i++)
		log_has_warning();
	taint_note(&taint, OOPS, 0);
	judge();
	assert_int_equal(faults.counted, FAULTS_MAX + 1);
}

/* Whatever a guest sends: each bit is taken once. */
TEST(taint__all_bits_back_and_forth__each_once)
{
	for (int i = 0; i < 1000; i++) {
		taint_note(&taint, 1ULL << (i % 64), 0);
		taint_note(&taint, 0, 0);
	}
	assert_true(taint.now == UINT64_MAX);
	assert_true(taint.nr_steps <= ARRAY_SIZE(taint.steps));
	judge();
	assert_int_equal(faults.counted, taint.nr_steps);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
