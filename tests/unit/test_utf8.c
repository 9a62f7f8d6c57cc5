// SPDX-License-Identifier: GPL-2.0-or-later
/* utf8: what is a character, and what is replaced. */
#include "fixture.h"

#include "utf8.h"

#define BAD UTF8_REPLACEMENT

static void check(const char *in, const char *expected)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	/* exactly as long as it is, for the sanitizers */
	char *copy = xmemdup(in, strlen(in));

	utf8_add(&out, copy, strlen(in));
	assert_string_equal(out.buf, expected);
	free(copy);
}

static void add__valid__unchanged(void **state)
{
	(void)state;
	check("", "");
	check("plain\n", "plain\n");
	check("\xc2\x80 \xdf\xbf", "\xc2\x80 \xdf\xbf");
	check("\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80",
	      "\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80");
	check("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf");
}

static void add__invalid__replaced(void **state)
{
	(void)state;
	check("a\x80z", "a" BAD "z");
	check("\xff\xfe", BAD BAD);
	/* overlong forms */
	check("\xc0\xaf", BAD BAD);
	check("\xe0\x80\xaf", BAD BAD BAD);
	check("\xf0\x80\x80\xaf", BAD BAD BAD BAD);
	/* surrogates, and beyond the last character */
	check("\xed\xa0\x80", BAD BAD BAD);
	check("\xf4\x90\x80\x80", BAD BAD BAD BAD);
	/* cut off, at the end and by another one */
	check("a\xe2\x82", "a" BAD BAD);
	check("\xe2\x82z", BAD BAD "z");
	check("\xe2\xc3\xa4", BAD "\xc3\xa4");
}

static void add__nul__kept(void **state)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;

	(void)state;
	utf8_add(&out, "a\0b", 3);
	assert_int_equal(out.len, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(add__valid__unchanged),
		cmocka_unit_test(add__invalid__replaced),
		cmocka_unit_test(add__nul__kept),
	};

	return cmocka_run_group_tests(tests, fixture_clean_environment, NULL);
}
