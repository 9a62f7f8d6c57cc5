// SPDX-License-Identifier: GPL-2.0-or-later
/* Regular expressions of unknown origin. */
#include <sys/resource.h>

#include "lib/ere.h"
#include "fixture.h"

static void assert_refused(const char *text, const char *part)
{
	_cleanup_free_ char *why = NULL;
	regex_t regex;

	assert_int_equal(ere_compile(&regex, text, &why), -EINVAL);
	assert_contains(why, part);
}

DEFINE_TEST(ere_compile__expression__matches)
{
	static const struct {
		const char *regex, *yes, *no;
	} cases[] = {
		{ "^BUG: .*in foo_[a-z]+", "BUG: KASAN in foo_init", "BUG: in foo_" },
		{ "[]()*+{2}[.-.]]x$", ")x", "ax" },
		{ "[^]a[:digit:]]", "b", "]a5" },
		{ "(a|b){3}c{2,}d{,2}e?", "abbcc", "abc" },
		{ "a{255}|\\[\\(\\{\\\\", "[({\\", "a" },
		{ "([0-9a-f]{16} ){3}",
		  "0123456789abcdef 0123456789abcdef 0123456789abcdef ",
		  "0123456789abcdef " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *why = NULL;
		regex_t regex;

		if (ere_compile(&regex, cases[i].regex, &why))
			fail_msg("'%s' is refused: %s", cases[i].regex, why);
		assert_null(why);
		if (regexec(&regex, cases[i].yes, 0, NULL, 0))
			fail_msg("'%s' does not match '%s'", cases[i].regex,
				 cases[i].yes);
		if (!regexec(&regex, cases[i].no, 0, NULL, 0))
			fail_msg("'%s' matches '%s'", cases[i].regex, cases[i].no);
		regfree(&regex);
	}
}

DEFINE_TEST(ere_compile__no_expression__said)
{
	assert_refused("", "empty");
	assert_refused("foo(", "(");
	assert_refused("[a", "[");
	assert_refused("a{2,1}", "");
	assert_refused("(.*)\\1x", "back-reference");
}

DEFINE_TEST(ere_compile__long__refused)
{
	static char text[60001];

	memset(text, '(', sizeof(text) - 1);
	assert_refused(text, "more than 1000 characters");
	memset(text, 'x', ERE_MAX + 1);
	text[ERE_MAX + 1] = '\0';
	assert_refused(text, "more than 1000 characters");
	text[ERE_MAX] = '\0';
	assert_int_equal(ere_check(text, &(char *){ NULL }), 0);
}

/* All of them would take gigabytes, or for ever: with so little they cannot be tried. */
DEFINE_TEST(ere_compile__repetitions_multiply__refused)
{
	static const char *const greedy[] = {
		"a{255}{255}{255}",
		"((a{100}){100}){100}",
		"((((a{9}){9}){9}){9}){9}",
		"a++++++++++++++++++++++++++++++",
		"(((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+",
		"a{32767}",
		"a{1,32767}",
		"[[:alpha:]]{500,}{500,}",
		"[]{]{2000}",
		"(a{99999999999999999999})",
		"\\({999}{999}",
		"(a{500}(b{500}(c{500}",
		"x|(y{30}{40})",
	};
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_CPU, &limit), 0);
	limit.rlim_cur = 20;
	assert_int_equal(setrlimit(RLIMIT_CPU, &limit), 0);
	for (size_t i = 0; i < ARRAY_SIZE(greedy); i++)
		assert_refused(greedy[i], "repetitions");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
