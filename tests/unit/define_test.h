/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tests register themselves: DEFINE_TEST(subject__condition__result) { ... } puts the
 * function into a section of the program, and run_defined_tests() runs all that are in
 * it, in the order of the file. A file whose tests share a setup has a macro of its own
 * for them.
 */
#ifndef RAPIDO_TESTS_DEFINE_TEST_H
#define RAPIDO_TESTS_DEFINE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct unit_test {
	struct CMUnitTest test;
	int line;
};

/* The section has pointers, which no compiler pads. */
#define DEFINE_TEST_WITH(function, setup, teardown)                                      \
	static void function(void **state);                                              \
	static const struct unit_test function##_test = {                                \
		.test = { #function, function, setup, teardown, NULL }, .line = __LINE__ \
	};                                                                               \
	static const struct unit_test *const function##_entry                            \
		__attribute__((section("unit_tests"), used)) = &function##_test;         \
	static void function(void **state __attribute__((unused)))

#define DEFINE_TEST(function) DEFINE_TEST_WITH(function, NULL, NULL)

/* The linker's names for the ends of the section. */
extern const struct unit_test *const __start_unit_tests[], *const __stop_unit_tests[];

static inline int by_line(const void *a, const void *b)
{
	const struct unit_test *const *first = a, *const *second = b;

	return (*first)->line - (*second)->line;
}

/* Run them between @setup and @teardown, either of which may be NULL; main()'s result. */
static inline int run_defined_tests(CMFixtureFunction setup, CMFixtureFunction teardown)
{
	size_t nr = (size_t)(__stop_unit_tests - __start_unit_tests);
	const struct unit_test **sorted = calloc(nr, sizeof(*sorted));
	struct CMUnitTest *tests = calloc(nr, sizeof(*tests));
	int failed = 1;

	if (sorted && tests) {
		for (size_t i = 0; i < nr; i++)
			sorted[i] = __start_unit_tests[i];
		qsort(sorted, nr, sizeof(*sorted), by_line);
		for (size_t i = 0; i < nr; i++)
			tests[i] = sorted[i]->test;
		failed = _cmocka_run_group_tests("tests", tests, nr, setup, teardown);
	}
	free(sorted);
	free(tests);
	return failed;
}

#endif
