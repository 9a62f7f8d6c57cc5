// SPDX-License-Identifier: GPL-2.0-or-later
/* The cases of a suite: the list, which run next, and what their outcomes mean. */
#include "lib/wire.h"
#include "run/suite.h"
#include "suite_fixture.h"

static struct suite suite;
static struct report report;

static int setup(void **state)
{
	(void)state;
	suite = (struct suite)SUITE_INIT;
	report = (struct report)REPORT_INIT;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	suite_release(&suite);
	report_release(&report);
	return 0;
}

#define SUITE_TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

static int set_list(const char *text)
{
	return suite_set_list(&suite, text, strlen(text), &report);
}

static void put_names(struct strbuf *names)
{
	for (size_t i = 0; i < suite.nr; i++)
		strbuf_addf(names, "%s%s", i ? " " : "", suite.cases[i].name);
}

#define assert_names(expected)                                                \
	do {                                                                  \
		_cleanup_(strbuf_release) struct strbuf names_ = STRBUF_INIT; \
                                                                              \
		put_names(&names_);                                           \
		assert_string_equal(names_.buf, (expected));                  \
	} while (0)

/* The list */

SUITE_TEST(list__white_space_and_empty_lines__do_not_count)
{
	assert_int_equal(set_list("\n  a/1 \r\n\n\tb c\n  \nd"), 0);
	assert_int_equal(suite.nr, 3);
	assert_string_equal(suite.cases[0].name, "a/1");
	assert_string_equal(suite.cases[1].name, "b c");
	assert_string_equal(suite.cases[2].name, "d");
	assert_int_equal(suite.cases[2].listed, 2);
}

SUITE_TEST(list__nothing_in_it__enodata_without_report)
{
	assert_int_equal(set_list(""), -ENODATA);
	assert_int_equal(set_list(" \n\r\n"), -ENODATA);
	assert_int_equal(report.errors.nr, 0);
}

SUITE_TEST(list__wrong_lines__each_is_reported_with_its_number)
{
	static const char text[] = "a\nb\033c\n\na\nx\0y\n\xff\nz\xc2\x9b\n";

	assert_int_equal(suite_set_list(&suite, text, sizeof(text) - 1, &report),
			 -EINVAL);
	assert_int_equal(report.errors.nr, 5);
	assert_contains(report.errors.v[0], "line 2 ");
	assert_contains(report.errors.v[0], "control");
	assert_contains(report.errors.v[1], "line 4 ");
	assert_contains(report.errors.v[1], "'a' comes twice");
	assert_contains(report.errors.v[2], "line 5 ");
	assert_contains(report.errors.v[3], "UTF-8");
	assert_contains(report.errors.v[4], "line 7 ");
}

SUITE_TEST(list__longest_name__is_taken_and_one_more_byte_is_not)
{
	char name[WIRE_SUITE_NAME_MAX + 2];

	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(set_list(name + 1), 0);
	assert_int_equal(set_list(name), -EINVAL);
	assert_contains(report.errors.v[0], "too long");
}

SUITE_TEST(list__everything_wrong__few_are_reported)
{
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT;

	for (int i = 0; i < 50000; i++)
		strbuf_adds(&list, "same\n");
	assert_int_equal(set_list(list.buf), -EINVAL);
	assert_in_range(report.errors.nr, 2, 20);
	assert_contains(report.errors.v[report.errors.nr - 1], "more lines");
}

SUITE_TEST(list__too_many__e2big)
{
	_cleanup_(strbuf_release) struct strbuf list = STRBUF_INIT;

	for (int i = 0; i <= SUITE_CASES_MAX; i++)
		strbuf_addf(&list, "%d\n", i);
	assert_int_equal(set_list(list.buf), -E2BIG);
	assert_int_equal(report.errors.nr, 1);
	assert_contains(report.errors.v[0], "200000");
}

SUITE_TEST(find__names__only_those_listed)
{
	fx_list(&suite, "a\nb\n");
	assert_ptr_equal(suite_find(&suite, "b"), &suite.cases[1]);
	assert_null(suite_find(&suite, "c"));
	assert_null(suite_find(&suite, ""));
}

/* Which of them */

static const char *select_words(const char *select, const char *exclude)
{
	_cleanup_(strvec_release) struct strvec wanted = STRVEC_INIT, not = STRVEC_INIT;
	static char unmatched[64];
	const char *s;

	strvec_split(&wanted, select, " ");
	strvec_split(&not, exclude, " ");
	s = suite_select(&suite, &wanted, &not );
	if (!s)
		return NULL;
	snprintf(unmatched, sizeof(unmatched), "%s", s);
	return unmatched;
}

SUITE_TEST(select__patterns__star_matches_slashes)
{
	fx_list(&suite, "generic/001\nxfs/001\ngeneric/013\ngeneric/sub/1\nbtrfs/1\n");
	assert_null(select_words("gen*1 btrfs/1", "*/013"));
	assert_names("generic/001 generic/sub/1 btrfs/1");
	assert_int_equal(suite.left_out, 2);
	assert_int_equal(suite.cases[1].listed, 1);
	assert_ptr_equal(suite_find(&suite, "btrfs/1"), &suite.cases[2]);
	assert_null(suite_find(&suite, "xfs/001"));
}

SUITE_TEST(shard_parse__texts__numbers_from_1)
{
	static const char *const wrong[] = { "",      "1",    "/",    "0/2", "3/2", "1/0",
					     "1/2/3", "-1/2", "1 /2", "a/b", "1/" };
	struct suite_shard shard;

	assert_int_equal(suite_shard_parse("2/10", &shard), 0);
	assert_int_equal(shard.nr, 2);
	assert_int_equal(shard.of, 10);
	assert_int_equal(suite_shard_parse("1/1", &shard), 0);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(suite_shard_parse(wrong[i], &shard), -EINVAL);
}

SUITE_TEST(keep_shard__each_of_three__all_cases_once)
{
	static const char *const expected[] = { "a d g", "b e", "c f" };

	for (unsigned long i = 0; i < 3; i++) {
		fx_list(&suite, "a\nb\nc\nd\ne\nf\ng\n");
		suite_keep_shard(&suite, &(struct suite_shard){ i + 1, 3 });
		assert_names(expected[i]);
		assert_int_equal(suite.left_out, 7 - suite.nr);
		assert_int_equal(suite.cases[1].listed, 1);
		suite_release(&suite);
	}
	fx_list(&suite, "a\nb\n");
	suite_keep_shard(&suite, &(struct suite_shard){ 3, 3 });
	assert_int_equal(suite.nr, 0);
}

SUITE_TEST(select__nothing_asked__all_stay)
{
	fx_list(&suite, "a\nb\n");
	assert_null(select_words("", ""));
	assert_names("a b");
}

SUITE_TEST(select__unmatched_patterns__first_is_returned)
{
	fx_list(&suite, "a\nb\n");
	assert_string_equal(select_words("b nope* other", "b"), "nope*");
	assert_names("");
}

SUITE_TEST(select__excluded_is_matched__not_unmatched)
{
	fx_list(&suite, "a\nb\n");
	assert_null(select_words("b", "b"));
	assert_int_equal(suite.nr, 0);
	assert_int_equal(suite.left_out, 2);
}

SUITE_TEST(select__name_with_pattern_characters__matches_itself)
{
	fx_list(&suite, "f[0]\nf0\nf\\1\n");
	assert_null(select_words("f[0] f\\1", ""));
	assert_names("f[0] f0 f\\1");
}

SUITE_TEST(match__pattern__counts_each_case_once)
{
	size_t cases[3];

	fx_list(&suite, "ab\na*\nb\n");
	assert_int_equal(suite_match(&suite, "a*", cases), 2);
	assert_int_equal(cases[0] + cases[1], 1);
	assert_int_equal(suite_match(&suite, "c", cases), 0);
}

/* The order */

SUITE_TEST(shuffle__same_seed__does_not_depend_on_listed_order)
{
	_cleanup_(strbuf_release) struct strbuf first = STRBUF_INIT;

	fx_list(&suite, "a\nb\nc\nd\ne\nf\ng\nh\n");
	suite_shuffle(&suite, 7);
	put_names(&first);
	assert_string_not_equal(first.buf, "a b c d e f g h");
	suite_release(&suite);
	fx_list(&suite, "h\nc\na\nb\ng\nf\nd\ne\n");
	suite_shuffle(&suite, 7);
	assert_names(first.buf);
	assert_true(suite.shuffled);
	assert_int_equal(suite.seed, 7);
	assert_int_equal(suite_find(&suite, "h")->listed, 0);
	for (size_t i = 0; i < suite.nr; i++)
		assert_ptr_equal(suite_find(&suite, suite.cases[i].name),
				 &suite.cases[i]);
}

/* The order of a seed is what a user writes into a report: it stays. */
SUITE_TEST(shuffle__known_seeds__known_orders)
{
	fx_list(&suite, "a\nb\nc\nd\ne\nf\n");
	suite_shuffle(&suite, 0);
	assert_names("e c f d a b");
	suite_shuffle(&suite, UINT64_MAX);
	assert_names("d f a b e c");
}

SUITE_TEST(shuffle__one_case_or_none__nothing_happens)
{
	suite_shuffle(&suite, 1);
	fx_list(&suite, "a\n");
	suite_shuffle(&suite, 1);
	assert_names("a");
}

SUITE_TEST(next__times_unknown__first_order_is_small)
{
	fx_many(&suite, 1000);
	suite_start(&suite);
	assert_string_equal(fx_next(&suite, true, 1),
			    "c/000000 c/000001 c/000002 c/000003");
	assert_string_equal(fx_next(&suite, true, 1),
			    "c/000004 c/000005 c/000006 c/000007");
	assert_int_equal(suite.first_left, 992);
	assert_true(suite.cases[7].in_order);
	assert_false(suite.cases[7].queued);
	assert_true(suite.cases[8].queued);
}

SUITE_TEST(next__one_case__is_given)
{
	fx_list(&suite, "a\n");
	suite_start(&suite);
	assert_true(suite_has_more(&suite));
	assert_string_equal(fx_next(&suite, false, 16), "a");
	assert_null(fx_next(&suite, true, 16));
	assert_false(suite_has_more(&suite));
}

static size_t next_size(size_t vms)
{
	struct suite_batch batch;

	return suite_next(&suite, false, vms, &batch) ? batch.nr : 0;
}

static void spent(uint64_t ms)
{
	const struct suite_attempt attempt = { .outcome = SUITE_PASSED, .ms = ms };
	struct suite_batch batch;

	assert_true(suite_next(&suite, false, SIZE_MAX / 4, &batch));
	assert_int_equal(batch.nr, 1);
	suite_ended(&suite, batch.cases[0], &attempt);
}

SUITE_TEST(next__cases_are_quick__order_has_a_limit)
{
	fx_many(&suite, 1000);
	suite_start(&suite);
	spent(0);
	assert_int_equal(next_size(1), SUITE_BATCH_MAX);
	/* half a share of the rest */
	assert_int_equal(next_size(100), 4);
}

SUITE_TEST(next__cases_take_seconds__order_takes_its_time)
{
	fx_many(&suite, 1000);
	suite_start(&suite);
	spent(3000);
	spent(5000);
	assert_int_equal(next_size(1), SUITE_BATCH_MS / 4000);
}

SUITE_TEST(next__cases_take_long__one_at_a_time)
{
	fx_many(&suite, 1000);
	suite_start(&suite);
	spent(100000);
	assert_int_equal(next_size(1), 1);
}

SUITE_TEST(next__one_of_many_took_long__does_not_count_much)
{
	fx_many(&suite, 1000);
	suite_start(&suite);
	for (int i = 0; i < 99; i++)
		spent(0);
	spent(3600000);
	assert_int_equal(next_size(1), SUITE_BATCH_MAX);
	assert_int_equal(suite.spent_ms, 3600000);
	assert_int_equal(suite.spent_nr, 100);
}

SUITE_TEST(next__times_of_an_earlier_run__are_used)
{
	fx_many(&suite, 100);
	for (size_t i = 0; i < suite.nr; i++) {
		suite.cases[i].has_before = true;
		suite.cases[i].before_ms = i < 2 ? 15000 : 2000;
	}
	suite_start(&suite);
	assert_int_equal(next_size(1), 1);
	assert_int_equal(next_size(1), 3);
	assert_int_equal(next_size(1), 10);
}

SUITE_TEST(next__whole_suite__each_case_once_and_in_order)
{
	struct suite_batch batch;
	size_t expected = 0;

	fx_many(&suite, 777);
	suite_start(&suite);
	while (suite_next(&suite, false, 3, &batch)) {
		assert_in_range(batch.nr, 1, SUITE_BATCH_MAX);
		for (size_t i = 0; i < batch.nr; i++) {
			const struct suite_attempt passed = { .outcome = SUITE_PASSED };

			assert_int_equal(batch.cases[i], expected++);
			suite_ended(&suite, batch.cases[i], &passed);
		}
	}
	assert_int_equal(expected, 777);
	assert_int_equal(suite.done, 777);
}

SUITE_TEST(put_back__behind_a_broken_one__run_by_others_before_the_rest)
{
	fx_list(&suite, "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n");
	suite_start(&suite);
	assert_string_equal(fx_next(&suite, true, 1), "a b c d");
	fx_ended(&suite, "a", SUITE_FAULT);
	for (const char *name = "b\0c\0d\0"; *name; name += 2)
		suite_put_back(&suite, fx_nr(&suite, name));
	assert_int_equal(suite.first_left, 11);
	assert_int_equal(suite.done, 1);
	assert_string_equal(fx_next(&suite, true, 1), "b c d e f");
	fx_ended(&suite, "b", SUITE_PASSED);
	assert_false(suite_find(&suite, "c")->queued);
}

SUITE_TEST(put_back__again_and_again__nothing_gets_lost)
{
	struct suite_batch batch;
	size_t orders = 0;

	fx_many(&suite, 300);
	suite_start(&suite);
	/* the first case of each order passes, the others are given back */
	for (; suite_next(&suite, true, 1, &batch); orders++) {
		const struct suite_attempt passed = { .outcome = SUITE_PASSED };

		suite_ended(&suite, batch.cases[0], &passed);
		for (size_t i = 1; i < batch.nr; i++)
			suite_put_back(&suite, batch.cases[i]);
		assert_int_equal(suite.first_left + suite.done, 300);
	}
	assert_int_equal(orders, 300);
	assert_int_equal(suite.counts.passed, 300);
	assert_in_range(suite.back.alloc, 1, 4096);
}

SUITE_TEST(retry__broken_case__alone_in_a_fresh_vm)
{
	fx_list(&suite, "a\nb\nc\n");
	suite.retries = 1;
	suite_start(&suite);
	assert_string_equal(fx_next(&suite, true, 3), "a");
	fx_ended(&suite, "a", SUITE_FAULT);
	assert_int_equal(suite.done, 0);
	assert_string_equal(fx_next(&suite, false, 3), "b");
	assert_string_equal(fx_next(&suite, true, 1), "a");
	assert_null(fx_next(&suite, true, 1) ? NULL : "c is left");
	assert_false(suite_has_more(&suite));
	fx_ended(&suite, "a", SUITE_FAILED);
	assert_false(suite_has_more(&suite));
	assert_int_equal(suite.done, 1);
	assert_int_equal(suite_case_outcome(&suite.cases[0]), SUITE_FAILED);
}

SUITE_TEST(retry__only_retries_left__nothing_for_a_used_vm)
{
	fx_list(&suite, "a\n");
	suite.retries = 1;
	suite_start(&suite);
	fx_next(&suite, true, 1);
	fx_ended(&suite, "a", SUITE_TIMEOUT);
	assert_null(fx_next(&suite, false, 1));
	assert_true(suite_has_more(&suite));
	assert_string_equal(fx_next(&suite, true, 1), "a");
}

SUITE_TEST(retry__outcomes__only_broken_ones_are_run_again)
{
	for (enum suite_outcome o = SUITE_PASSED; o <= SUITE_NOT_RUN; o++) {
		fx_list(&suite, "a\n");
		suite.retries = 2;
		suite_start(&suite);
		fx_next(&suite, true, 1);
		fx_ended(&suite, "a", o);
		assert_int_equal(suite_has_more(&suite), suite_is_broken(o));
		suite_release(&suite);
	}
}

SUITE_TEST(retry__number__is_kept)
{
	fx_list(&suite, "a\n");
	suite.retries = 3;
	suite_start(&suite);
	for (int i = 0; i < 4; i++) {
		assert_string_equal(fx_next(&suite, true, 1), "a");
		fx_ended(&suite, "a", SUITE_FAILED);
	}
	assert_null(fx_next(&suite, true, 1));
	assert_int_equal(suite.done, 1);
}

SUITE_TEST(retry__put_back__is_still_alone)
{
	fx_list(&suite, "a\nb\nc\n");
	suite.retries = 1;
	suite_start(&suite);
	fx_next(&suite, true, 8);
	fx_ended(&suite, "a", SUITE_FAILED);
	assert_string_equal(fx_next(&suite, true, 8), "a");
	suite_put_back(&suite, 0);
	assert_string_equal(fx_next(&suite, false, 8), "b");
	assert_string_equal(fx_next(&suite, true, 8), "a");
}

SUITE_TEST(retry__could_not_be_judged__it_is_still_broken)
{
	fx_list(&suite, "a\n");
	suite.retries = 2;
	suite_start(&suite);
	fx_next(&suite, true, 1);
	fx_ended(&suite, "a", SUITE_FAULT);
	fx_next(&suite, true, 1);
	fx_ended(&suite, "a", SUITE_NOT_RUN);
	assert_false(suite_has_more(&suite));
	assert_int_equal(suite_case_outcome(&suite.cases[0]), SUITE_FAULT);
	assert_ptr_equal(suite_case_attempt(&suite.cases[0]),
			 &suite.cases[0].attempts[0]);
	assert_int_equal(suite.counts.newly_broken, 1);
	assert_int_equal(suite.counts.not_run, 0);
}

static void amend(const char *name, enum suite_outcome outcome, uint64_t ms)
{
	const struct suite_attempt attempt = { .outcome = outcome,
					       .ms = ms,
					       .reason = xstrdup("late") };

	suite_amend(&suite, fx_nr(&suite, name), &attempt);
}

SUITE_TEST(amend__fault_came_late__is_counted_and_run_again)
{
	fx_list(&suite, "a\nb\n");
	suite.retries = 1;
	suite_start(&suite);
	fx_next(&suite, true, 1);
	fx_ended(&suite, "a", SUITE_PASSED);
	assert_int_equal(suite.done, 1);
	amend("a", SUITE_FAULT, 70);
	assert_int_equal(suite.done, 0);
	assert_int_equal(suite.spent_ms, 70);
	assert_int_equal(suite.counts.passed, 0);
	assert_int_equal(suite.counts.newly_broken, 1);
	assert_int_equal(suite.cases[0].nr_attempts, 1);
	/* what is queued or running already is not queued twice */
	amend("a", SUITE_FAULT, 80);
	assert_string_equal(fx_next(&suite, true, 1), "a");
	amend("a", SUITE_TIMEOUT, 90);
	fx_ended(&suite, "a", SUITE_PASSED);
	assert_int_equal(suite.done, 1);
	assert_string_equal(fx_next(&suite, true, 1), "b");
	assert_false(suite_has_more(&suite));
	assert_int_equal(suite.counts.flaky, 1);
}

SUITE_TEST(amend__no_retries_left__only_the_outcome_changes)
{
	fx_list(&suite, "a\n");
	suite_start(&suite);
	fx_next(&suite, true, 1);
	fx_ended(&suite, "a", SUITE_PASSED);
	amend("a", SUITE_FAULT, 100);
	assert_int_equal(suite.done, 1);
	assert_false(suite_has_more(&suite));
	assert_string_equal(suite.cases[0].attempts[0].reason, "late");
}

SUITE_TEST(lost_worker__several_deaths__count_against_the_case)
{
	fx_list(&suite, "a\n");
	suite_start(&suite);
	for (int i = 1; i < SUITE_DEATHS_MAX; i++) {
		assert_string_equal(fx_next(&suite, true, 1), "a");
		suite_lost_worker(&suite, 0, xstrdup("gone"));
		assert_int_equal(suite.cases[0].nr_attempts, 0);
	}
	assert_string_equal(fx_next(&suite, true, 1), "a");
	suite_lost_worker(&suite, 0, xstrdup("gone"));
	assert_int_equal(suite_case_outcome(&suite.cases[0]), SUITE_NOT_RUN);
	assert_string_equal(suite.cases[0].attempts[0].reason, "gone");
	assert_false(suite_has_more(&suite));
}

static void add(const char *name, enum suite_outcome outcome)
{
	const struct suite_attempt attempt = { .outcome = outcome, .ms = 50 };

	suite_add_attempt(&suite, fx_nr(&suite, name), &attempt);
}

SUITE_TEST(start__attempts_of_an_earlier_run__only_the_rest_is_run)
{
	fx_list(&suite, "passed\nfailed\nagain\nnot-run\nnew\nskipped\nflaky\n");
	suite.retries = 1;
	add("passed", SUITE_PASSED);
	add("failed", SUITE_FAILED);
	add("failed", SUITE_FAULT);
	add("again", SUITE_FAILED);
	add("not-run", SUITE_NOT_RUN);
	add("skipped", SUITE_SKIPPED);
	add("flaky", SUITE_FAILED);
	add("flaky", SUITE_PASSED);
	suite_start(&suite);
	assert_int_equal(suite.done, 4);
	assert_int_equal(suite.first_left, 2);
	assert_int_equal(suite.spent_nr, 8);
	assert_string_equal(fx_next(&suite, true, 1), "again");
	fx_ended(&suite, "again", SUITE_PASSED);
	assert_string_equal(fx_next(&suite, false, 1), "not-run");
	fx_ended(&suite, "not-run", SUITE_PASSED);
	assert_string_equal(fx_next(&suite, false, 1), "new");
	fx_ended(&suite, "new", SUITE_PASSED);
	assert_false(suite_has_more(&suite));
	assert_int_equal(suite.done, 7);
	assert_int_equal(suite.counts.flaky, 2);
	assert_int_equal(suite.counts.not_run, 0);
}

/* What it means */

SUITE_TEST(outcome__names__are_parsed_again)
{
	for (enum suite_outcome o = SUITE_NONE; o <= SUITE_NOT_RUN; o++)
		assert_int_equal(suite_outcome_parse(suite_outcome_name(o)), o);
	assert_int_equal(suite_outcome_parse(""), -EINVAL);
	assert_int_equal(suite_outcome_parse("Passed"), -EINVAL);
	assert_string_equal(suite_outcome_name(SUITE_NO_VERDICT), "no-verdict");
}

/* Whether the last of the outcomes (in the end) is flaky and what it changes. */
static enum suite_change change(bool known, int before, enum suite_outcome first,
				enum suite_outcome second)
{
	struct suite_attempt attempts[2] = { { .outcome = first },
					     { .outcome = second } };
	const struct suite_case c = {
		.attempts = attempts,
		.nr_attempts = second  ? 2
			       : first ? 1
				       : 0,
		.known = known,
		.has_before = before >= 0,
		.before = before < 0 ? SUITE_NONE : (enum suite_outcome)before,
	};

	return suite_case_change(&c);
}

DEFINE_TEST(change__nothing_known__broken_is_newly_broken)
{
	for (enum suite_outcome o = SUITE_NONE; o <= SUITE_NOT_RUN; o++)
		assert_int_equal(change(false, -1, o, 0), suite_is_broken(o)
								  ? SUITE_NEWLY_BROKEN
								  : SUITE_AS_BEFORE);
}

DEFINE_TEST(change__known_failure__is_still_broken_or_fixed)
{
	assert_int_equal(change(true, -1, SUITE_FAILED, 0), SUITE_STILL_BROKEN);
	assert_int_equal(change(true, -1, SUITE_FAULT, 0), SUITE_STILL_BROKEN);
	assert_int_equal(change(true, -1, SUITE_PASSED, 0), SUITE_NEWLY_FIXED);
	assert_int_equal(change(true, -1, SUITE_SKIPPED, 0), SUITE_AS_BEFORE);
	assert_int_equal(change(true, -1, SUITE_NOT_RUN, 0), SUITE_AS_BEFORE);
	assert_int_equal(change(true, -1, SUITE_NONE, 0), SUITE_AS_BEFORE);
}

DEFINE_TEST(change__earlier_run__only_broken_there_excuses)
{
	for (int before = SUITE_NONE; before <= SUITE_NOT_RUN; before++) {
		bool was = suite_is_broken((enum suite_outcome)before);

		assert_int_equal(change(false, before, SUITE_TIMEOUT, 0),
				 was ? SUITE_STILL_BROKEN : SUITE_NEWLY_BROKEN);
		assert_int_equal(change(false, before, SUITE_PASSED, 0),
				 was ? SUITE_NEWLY_FIXED : SUITE_AS_BEFORE);
	}
}

DEFINE_TEST(change__flaky__is_neither_broken_nor_fixed)
{
	assert_int_equal(change(false, -1, SUITE_FAILED, SUITE_PASSED), SUITE_AS_BEFORE);
	assert_int_equal(change(false, SUITE_PASSED, SUITE_FAULT, SUITE_SKIPPED),
			 SUITE_AS_BEFORE);
	assert_int_equal(change(true, -1, SUITE_FAILED, SUITE_PASSED), SUITE_AS_BEFORE);
	assert_int_equal(change(false, SUITE_FAILED, SUITE_FAILED, SUITE_PASSED),
			 SUITE_AS_BEFORE);
	/* not judged, then passed */
	assert_int_equal(change(true, -1, SUITE_NOT_RUN, SUITE_PASSED),
			 SUITE_NEWLY_FIXED);
}

SUITE_TEST(deciding__several_broken__first_as_listed)
{
	fx_list(&suite, "a\nb\nc\nd\ne\nf\ng\nh\n");
	suite_find(&suite, "b")->known = true;
	suite_shuffle(&suite, 3);
	suite_start(&suite);
	assert_null(suite_deciding(&suite));
	while (fx_next(&suite, false, 1))
		;
	fx_ended(&suite, "h", SUITE_FAULT);
	assert_string_equal(suite_deciding(&suite)->name, "h");
	fx_ended(&suite, "a", SUITE_PASSED);
	fx_ended(&suite, "b", SUITE_FAILED);
	fx_ended(&suite, "c", SUITE_NOT_RUN);
	fx_ended(&suite, "d", SUITE_TIMEOUT);
	assert_string_equal(suite_deciding(&suite)->name, "d");
}

SUITE_TEST(count__whole_life__each_case_has_one_outcome)
{
	struct suite_counts n;

	fx_list(&suite, "a\nb\nc\nd\ne\nf\ng\nh\n");
	suite_find(&suite, "a")->known = true;
	suite_find(&suite, "b")->known = true;
	suite.retries = 1;
	suite_start(&suite);
	suite_count(&suite, &n);
	assert_int_equal(n.total, 8);
	assert_int_equal(n.none, 8);
	assert_int_equal(n.known, 2);
	while (fx_next(&suite, false, 1))
		;
	fx_ended(&suite, "a", SUITE_PASSED);
	fx_ended(&suite, "b", SUITE_FAILED);
	fx_ended(&suite, "c", SUITE_FAULT);
	fx_ended(&suite, "d", SUITE_TIMEOUT);
	fx_ended(&suite, "e", SUITE_NO_VERDICT);
	fx_ended(&suite, "f", SUITE_SKIPPED);
	fx_ended(&suite, "g", SUITE_NOT_RUN);
	suite_count(&suite, &n);
	assert_int_equal(n.none, 1);
	assert_int_equal(n.passed, 1);
	assert_int_equal(n.failed, 1);
	assert_int_equal(n.fault, 1);
	assert_int_equal(n.timeout, 1);
	assert_int_equal(n.no_verdict, 1);
	assert_int_equal(n.skipped, 1);
	assert_int_equal(n.not_run, 1);
	assert_int_equal(n.newly_broken, 3);
	assert_int_equal(n.still_broken, 1);
	assert_int_equal(n.newly_fixed, 1);
	assert_int_equal(n.flaky, 0);
	assert_string_equal(fx_next(&suite, true, 1), "b");
	fx_ended(&suite, "b", SUITE_PASSED);
	suite_count(&suite, &n);
	assert_int_equal(n.failed, 0);
	assert_int_equal(n.passed, 2);
	assert_int_equal(n.flaky, 1);
	assert_int_equal(n.still_broken, 0);
	assert_int_equal(n.total, 8);
}

SUITE_TEST(many__all_steps__do_not_take_quadratic_time)
{
	_cleanup_(strvec_release) struct strvec none = STRVEC_INIT, exclude = STRVEC_INIT;
	uint64_t begin = monotonic_ms();
	struct suite_batch batch;
	struct suite_counts n;

	fx_many(&suite, SUITE_CASES_MAX);
	for (int i = 0; i < 50000; i++)
		strvec_pushf(&exclude, "c/%06d", i * 2);
	assert_null(suite_select(&suite, &none, &exclude));
	suite_shuffle(&suite, 1);
	suite.retries = 1;
	suite_start(&suite);
	while (suite_next(&suite, true, 2, &batch)) {
		for (size_t i = 0; i < batch.nr; i++) {
			const struct suite_attempt attempt = {
				.outcome =
					batch.cases[i] % 7 ? SUITE_PASSED : SUITE_FAILED,
			};

			/* give one back now and then */
			if (i && batch.cases[i] % 11 == 0)
				suite_put_back(&suite, batch.cases[i]);
			else
				suite_ended(&suite, batch.cases[i], &attempt);
		}
		suite_count(&suite, &n);
	}
	assert_int_equal(n.total, 150000);
	assert_int_equal(n.none, 0);
	assert_int_equal(suite.done, 150000);
	/* it takes a tenth of a second; quadratic would be minutes */
	assert_in_range(monotonic_ms() - begin, 0, 20000);
}

/*
 * VMs that do at random what VMs may do: whatever the order of events, each case is in
 * one order at a time, what was broken is run again alone in a fresh VM, and all is done
 * in the end.
 */
struct any_vm {
	struct suite_batch batch;
	size_t at;
	bool fresh;
};

static uint32_t random_state;

static uint32_t any(uint32_t below)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % below;
}

static void check_order(const struct any_vm *vm, bool *given)
{
	for (size_t i = 0; i < vm->batch.nr; i++) {
		const struct suite_case *c = &suite.cases[vm->batch.cases[i]];

		assert_true(c->in_order && !c->queued);
		assert_false(given[vm->batch.cases[i]]);
		given[vm->batch.cases[i]] = true;
		if (suite_is_broken(suite_case_outcome(c)))
			assert_true(vm->fresh && vm->batch.nr == 1);
	}
}

/* The case that is running ends somehow. Whether the VM goes on. */
static bool end_somehow(struct any_vm *vm)
{
	size_t nr = vm->batch.cases[vm->at++];
	struct suite_attempt attempt = { .outcome = SUITE_PASSED, .ms = any(2000) };
	bool dies = false;

	switch (any(12)) {
	case 0:
		attempt.outcome = SUITE_FAULT;
		dies = true;
		break;
	case 1:
		attempt.outcome = SUITE_FAILED;
		break;
	case 2:
		attempt.outcome = SUITE_NOT_RUN;
		break;
	case 3:
		suite_lost_worker(&suite, nr, xstrdup("lost"));
		return false;
	case 4:
		suite_put_back(&suite, nr);
		return false;
	default:
		break;
	}
	suite_ended(&suite, nr, &attempt);
	if (any(20) == 0 && !suite.cases[nr].in_order) {
		attempt.outcome = SUITE_FAULT;
		suite_amend(&suite, nr, &attempt);
	}
	vm->fresh = false;
	return !dies;
}

static void check_sums(void)
{
	const struct suite_counts *n = &suite.counts;
	size_t in_order = 0, queued = 0;

	for (size_t i = 0; i < suite.nr; i++) {
		in_order += suite.cases[i].in_order;
		queued += suite.cases[i].queued;
	}
	assert_int_equal(queued, suite.first_left + suite.retry.nr);
	assert_int_equal(suite.done + queued + in_order, suite.nr);
	assert_int_equal(n->total, suite.nr);
	assert_int_equal(n->passed + n->skipped + n->failed + n->fault + n->timeout +
				 n->no_verdict + n->not_run + n->none,
			 suite.nr);
}

SUITE_TEST(many_vms__events_in_any_order__all_is_done)
{
	for (uint32_t seed = 0; seed < 30; seed++) {
		struct any_vm vms[5] = { 0 };
		size_t events = 0, busy = 1;

		random_state = seed;
		fx_many(&suite, 1 + any(400));
		suite.retries = any(3);
		suite_start(&suite);
		for (; busy; events++) {
			struct any_vm *vm = &vms[any(ARRAY_SIZE(vms))];
			bool given[400] = { false };

			assert_true(events < 100000);
			if (vm->at < vm->batch.nr) {
				if (!end_somehow(vm)) {
					while (vm->at < vm->batch.nr)
						suite_put_back(&suite,
							       vm->batch.cases[vm->at++]);
					vm->fresh = true;
				}
			} else {
				vm->at = 0;
				if (!suite_next(&suite, vm->fresh, ARRAY_SIZE(vms),
						&vm->batch))
					vm->fresh = true;
				else
					check_order(vm, given);
			}
			check_sums();
			busy = suite_has_more(&suite);
			for (size_t i = 0; i < ARRAY_SIZE(vms); i++)
				busy += vms[i].at < vms[i].batch.nr;
		}
		assert_int_equal(suite.done, suite.nr);
		assert_int_equal(suite.counts.none, 0);
		suite_release(&suite);
	}
}

/* The directory */

static void assert_dir(const char *name, const char *expected)
{
	_cleanup_free_ char *dir = suite_case_dir(name);

	assert_string_equal(dir, expected);
}

DEFINE_TEST(case_dir__plain_names__stay)
{
	assert_dir("generic/001", "generic/001");
	assert_dir("a", "a");
	assert_dir("nvme/003 (tcp)", "nvme/003 (tcp)");
	assert_dir("t\xc3\xa4st", "t\xc3\xa4st");
}

DEFINE_TEST(case_dir__what_leads_elsewhere__is_escaped)
{
	assert_dir("..", "%2E.");
	assert_dir(".", "%2E");
	assert_dir("a/../b", "a/%2E./b");
	assert_dir("/etc", "%00/etc");
	assert_dir("a//b/", "a/%00/b/%00");
	assert_dir("", "%00");
	assert_dir(".rapido-run", "%2Erapido-run");
	assert_dir("x.rapido-tmp", "x%2Erapido-tmp");
}

DEFINE_TEST(case_dir__characters__those_of_no_file_are_escaped)
{
	assert_dir("a:b*c?", "a%3Ab%2Ac%3F");
	assert_dir("50%25", "50%2525");
	assert_dir("a\x01\x7f", "a%01%7F");
	assert_dir("a\\b|c<d>\"e\"", "a%5Cb%7Cc%3Cd%3E%22e%22");
}

DEFINE_TEST(case_dir__rapidos_own_names__only_below_others)
{
	assert_dir("output", "output");
	assert_dir("a/output", "a/%6Futput");
	assert_dir("a/kernel.log/b", "a/%6Bernel.log/b");
	assert_dir("a/attempt-1", "a/%61ttempt-1");
	assert_dir("a/outputs", "a/outputs");
}

DEFINE_TEST(case_dir__longest_name__parts_fit)
{
	char plain[WIRE_SUITE_NAME_MAX + 1], escaped[WIRE_SUITE_NAME_MAX + 1];

	memset(plain, 'x', sizeof(plain) - 1);
	plain[sizeof(plain) - 1] = '\0';
	memset(escaped, '*', sizeof(escaped) - 1);
	escaped[sizeof(escaped) - 1] = '\0';
	for (int i = 0; i < 2; i++) {
		_cleanup_free_ char *dir = suite_case_dir(i ? plain : escaped);
		size_t letters = 0;

		for (const char *part = dir; *part;) {
			size_t len = strcspn(part, "/");

			assert_in_range(len, 1, 255);
			letters += len;
			part += len;
			if (*part == '/') {
				assert_memory_equal(part - 2, "%+", 2);
				letters -= 2;
				part++;
			}
		}
		assert_int_equal(letters, i ? 255 : 3 * 255);
	}
}

DEFINE_TEST(case_dir__long_name_goes_on_with_a_dot__is_escaped)
{
	char name[WIRE_SUITE_NAME_MAX + 1] = "";
	_cleanup_free_ char *dir = NULL;

	memset(name, 'x', 251);
	strcpy(name + 251, "..");
	dir = suite_case_dir(name);
	assert_true(ends_with(dir, "x%+/%2E."));
}

/* All names of some bytes that are special: no two have one directory. */
DEFINE_TEST(case_dir__many_names__all_differ)
{
	static const char letters[] = "/.%0+2E";
	struct strmap dirs = STRMAP_INIT;
	size_t nr = 0;

	for (size_t i = 0; i < 7 * 7 * 7 * 7 * 7; i++) {
		char name[6] = "";

		for (size_t k = 0, n = i; k < 5; k++, n /= 7)
			name[k] = letters[n % 7];
		for (int from = 0; from < 5; from++) {
			_cleanup_free_ char *dir = suite_case_dir(name + from);
			void **value = strmap_put(&dirs, dir);

			if (!*value) {
				*value = xstrdup(name + from);
				nr++;
			}
			assert_string_equal(*value, name + from);
		}
	}
	assert_int_equal(nr, 7 + 49 + 343 + 2401 + 16807);
	strmap_release(&dirs, free);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
