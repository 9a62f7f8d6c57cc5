// SPDX-License-Identifier: GPL-2.0-or-later
/* The syntax of systemd.syntax(7): what a reader sees of a text. */
#include "fixture.h"
#include "net/ini.h"

/* All that is in @text: "1[Section]", "2Key=value", and "3!" for a wrong line. */
static const char *items(const char *text)
{
	static char seen[1024];
	struct strbuf out = STRBUF_INIT;
	struct ini ini;

	ini_init(&ini, text);
	while (ini_next(&ini)) {
		strbuf_addf(&out, "%s%u", out.len ? " " : "", ini.line);
		if (ini.kind == INI_SECTION)
			strbuf_addf(&out, "[%s]", ini.section);
		else if (ini.kind == INI_ASSIGNMENT)
			strbuf_addf(&out, "%s=%s", ini.key, ini.value);
		else
			strbuf_addch(&out, '!');
	}
	ini_release(&ini);
	snprintf(seen, sizeof(seen), "%s", out.buf);
	strbuf_release(&out);
	return seen;
}

DEFINE_TEST(ini_next__plain_text__sections_and_assignments)
{
	assert_string_equal(items("[A]\nX=1\nY = 2 3 \n\n[B]\n\tZ=\n"),
			    "1[A] 2X=1 3Y=2 3 5[B] 6Z=");
}

DEFINE_TEST(ini_next__comments__passed_over)
{
	assert_string_equal(items("# a\n[A]\n; b\n  # [B]\nX=1 # no comment\n"),
			    "2[A] 5X=1 # no comment");
}

DEFINE_TEST(ini_next__backslash_at_the_end__line_goes_on)
{
	assert_string_equal(items("[A]\nX=1\\\n  2\nY=3\n"), "1[A] 2X=1   2 4Y=3");
}

DEFINE_TEST(ini_next__comment_in_a_long_line__passed_over)
{
	assert_string_equal(items("[A]\nX=1 \\\n# no\\\n;no\n2\nY=3"),
			    "1[A] 2X=1  2 6Y=3");
}

DEFINE_TEST(ini_next__comment_with_backslash__ends_there)
{
	assert_string_equal(items("# a\\\n[A]\n"), "2[A]");
}

DEFINE_TEST(ini_next__two_backslashes__no_continuation)
{
	assert_string_equal(items("[A]\nX=1\\\\\nY=2\n"), "1[A] 2X=1\\\\ 3Y=2");
}

DEFINE_TEST(ini_next__backslash_at_the_very_end__line_ends)
{
	assert_string_equal(items("[A]\nX=1\\"), "1[A] 2X=1");
	assert_string_equal(items("[A]\nX=1\\\n"), "1[A] 2X=1");
}

DEFINE_TEST(ini_next__carriage_returns__white_space)
{
	assert_string_equal(items("[A]\r\nX=1\r\nY=2\\\r\n3\r\n"), "1[A] 2X=1 3Y=2 3");
}

DEFINE_TEST(ini_next__byte_order_mark__passed_over)
{
	assert_string_equal(items("\xef\xbb\xbf[A]\nX=1\n"), "1[A] 2X=1");
}

DEFINE_TEST(ini_next__section_for_others__not_seen)
{
	assert_string_equal(items("[A]\n[X-B]\nnonsense\nX=1\n[C]\nY=2\n"),
			    "1[A] 5[C] 6Y=2");
}

DEFINE_TEST(ini_next__wrong_lines__said_so)
{
	assert_string_equal(items("X=1\n"), "1!");
	assert_string_equal(items("[A]\nX\n=1\nY=2\n"), "1[A] 2! 3! 4Y=2");
	assert_string_equal(items("[A\nX=1\n[B]\n"), "1! 3[B]");
	assert_string_equal(items("[A] x\n["), "1! 2!");
}

DEFINE_TEST(ini_next__nothing_in_it__nothing)
{
	static const char *const texts[] = { "", "\n", " \t\r\n", "\\", "\\\n\\\n", "#" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_string_equal(items(texts[i]), "");
}

/* Who replaces a section keeps the rest to the byte. */
DEFINE_TEST(ini_next__bytes_of_an_item__with_all_its_lines)
{
	static const char text[] = "# c\n[A]\n\nX=1\\\n# c\n 2\n# d\nY=3";
	static const char *const parts[] = { "[A]\n", "X=1\\\n# c\n 2\n", "Y=3" };
	struct ini ini;

	ini_init(&ini, text);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		assert_true(ini_next(&ini));
		assert_int_equal(ini.end - ini.begin, strlen(parts[i]));
		assert_memory_equal(ini.begin, parts[i], strlen(parts[i]));
	}
	ini_release(&ini);
}

DEFINE_TEST(ini_is_text__text__true)
{
	unsigned int line;

	assert_true(ini_is_text("", &line));
	assert_true(ini_is_text("[A]\r\n\tX=\xc3\xa4 \xf0\x9f\x90\xa7\n", &line));
}

DEFINE_TEST(ini_is_text__bytes_that_are_none__false_with_line)
{
	static const char *const texts[] = {
		"a\n\x01", "a\nb\x1b[2J", "a\n\xff",	 "a\n\xc3",
		"a\nb\rc", "a\n\x7f",	  "a\n\xc2\x9b",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		unsigned int line = 0;

		assert_false(ini_is_text(texts[i], &line));
		assert_int_equal(line, 2);
	}
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
