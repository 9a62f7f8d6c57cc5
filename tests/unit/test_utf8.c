// SPDX-License-Identifier: GPL-2.0-or-later
/* utf8: what is a character, and what is replaced. */
#include "fixture.h"

#include "lib/utf8.h"

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

DEFINE_TEST(add__valid__unchanged)
{
	check("", "");
	check("plain\n", "plain\n");
	check("\xc2\x80 \xdf\xbf", "\xc2\x80 \xdf\xbf");
	check("\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80",
	      "\xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80");
	check("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf");
}

DEFINE_TEST(add__invalid__replaced)
{
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

DEFINE_TEST(add__nul__kept)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;

	utf8_add(&out, "a\0b", 3);
	assert_int_equal(out.len, 3);
}

DEFINE_TEST(is_visible__what_drives_or_reverses__not)
{
	static const uint32_t hidden[] = { 0x1b,   0x7f,   0x80,   0x9b,   0x9f,
					   0x61c,  0x200e, 0x200f, 0x2028, 0x202a,
					   0x202e, 0x2066, 0x2069 };
	static const uint32_t shown[] = { ' ',	 '~',	 0xa0,	 0xe4,
					  0x5d0, 0x2022, 0x20ac, 0x1f600 };

	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++)
		assert_false(utf8_is_visible(hidden[i]));
	for (size_t i = 0; i < ARRAY_SIZE(shown); i++)
		assert_true(utf8_is_visible(shown[i]));
}

DEFINE_TEST(whole__cut_off_character__not_counted)
{
	assert_int_equal(utf8_whole("", 0), 0);
	assert_int_equal(utf8_whole("ab", 2), 2);
	assert_int_equal(utf8_whole("a\xc3\xa4", 3), 3);
	assert_int_equal(utf8_whole("a\xc3", 2), 1);
	assert_int_equal(utf8_whole("a\xe2\x82", 3), 1);
	assert_int_equal(utf8_whole("a\xf0\x9f\x98", 4), 1);
	assert_int_equal(utf8_whole("\xf0\x9f\x98\x80", 4), 4);
	/* what begins no character is not waited for */
	assert_int_equal(utf8_whole("a\x80\x80\x80\x80", 5), 5);
}

DEFINE_TEST(add_json__for_a_terminal__same_json)
{
	static const char in[] = "{\n  \"a\": \"\x7f\xc2\x9b\xe2\x80\xae\xc3\xa4\"\n}\n";
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;

	utf8_add_json(&out, in, sizeof(in) - 1);
	assert_string_equal(out.buf,
			    "{\n  \"a\": \"\\u007f\\u009b\\u202e\xc3\xa4\"\n}\n");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
