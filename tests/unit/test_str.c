// SPDX-License-Identifier: GPL-2.0-or-later
/* Growing strings, vectors of them, shell words, numbers, sizes, edit distance. */
#include <limits.h>

#include "fixture.h"
#include "lib/utf8.h"

DEFINE_TEST(strbuf__new__is_empty_string)
{
	struct strbuf sb = STRBUF_INIT;

	assert_string_equal(sb.buf, "");
	assert_int_equal(sb.len, 0);
}

DEFINE_TEST(strbuf__many_appends__keeps_all)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT;

	for (int i = 0; i < 1000; i++)
		strbuf_addf(&sb, "%03d", i);
	assert_int_equal(sb.len, 3000);
	assert_int_equal(strlen(sb.buf), 3000);
	assert_memory_equal(sb.buf, "000001002", 9);
	assert_string_equal(sb.buf + 2994, "998999");
}

DEFINE_TEST(strbuf_add__with_nul_bytes__keeps_them)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT;

	strbuf_add(&sb, "a\0b", 3);
	strbuf_addch(&sb, 'c');
	assert_int_equal(sb.len, 4);
	assert_memory_equal(sb.buf, "a\0bc", 5);
}

DEFINE_TEST(strbuf_setlen__shorter__cuts)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT;

	strbuf_adds(&sb, "abcdef");
	strbuf_setlen(&sb, 2);
	assert_string_equal(sb.buf, "ab");
	assert_int_equal(sb.len, 2);
}

DEFINE_TEST(strbuf_setlen__longer__leaves_it)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT;

	strbuf_setlen(&sb, 9);
	assert_int_equal(sb.len, 0);
	strbuf_adds(&sb, "ab");
	strbuf_setlen(&sb, 9);
	assert_int_equal(sb.len, 2);
}

DEFINE_TEST(strbuf_detach__used__leaves_empty)
{
	struct strbuf sb = STRBUF_INIT;
	_cleanup_free_ char *s = NULL;

	strbuf_adds(&sb, "text");
	s = strbuf_detach(&sb);
	assert_string_equal(s, "text");
	assert_string_equal(sb.buf, "");
}

DEFINE_TEST(strbuf_detach__unused__is_heap_string)
{
	struct strbuf sb = STRBUF_INIT;
	char *s = strbuf_detach(&sb);

	assert_string_equal(s, "");
	assert_ptr_not_equal(s, strbuf_empty);
	free(s);
}

DEFINE_TEST(strvec__many_pushes__is_terminated_argv)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	for (int i = 0; i < 100; i++) {
		strvec_pushf(&sv, "%d", i);
		assert_null(sv.v[sv.nr]);
	}
	assert_int_equal(sv.nr, 100);
	assert_string_equal(sv.v[99], "99");
}

DEFINE_TEST(strvec_push__string__is_copied)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;
	char text[] = "abc";

	strvec_push(&sv, text);
	text[0] = 'X';
	assert_string_equal(sv.v[0], "abc");
}

DEFINE_TEST(strvec_take__heap_string__becomes_its_own)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;
	char *s = xstrdup("abc");

	assert_ptr_equal(strvec_take(&sv, s), s);
	assert_ptr_equal(sv.v[0], s);
}

DEFINE_TEST(strvec_pushl__several__in_order)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	strvec_pushl(&sv, "a", "", "c", NULL);
	assert_strvec(&sv, "a", "", "c");
}

DEFINE_TEST(strvec_has__prefix_of_member__false)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	assert_false(strvec_has(&sv, "vmx"));
	strvec_pushl(&sv, "fpu", "vmx_ept", NULL);
	assert_false(strvec_has(&sv, "vmx"));
	assert_true(strvec_has(&sv, "vmx_ept"));
}

DEFINE_TEST(strvec_split__empty_parts__dropped)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	strvec_split(&sv, "::/bin::/usr/bin;/sbin:", ":;");
	assert_strvec(&sv, "/bin", "/usr/bin", "/sbin");
}

DEFINE_TEST(strvec_split__only_separators__nothing)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	strvec_split(&sv, " \t ", " \t");
	strvec_split(&sv, "", " \t");
	assert_int_equal(sv.nr, 0);
}

DEFINE_TEST(split_shell__plain_words__at_white_space)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	assert_int_equal(strvec_split_shell(&sv, " -nographic\t-device \n rng  "), 0);
	assert_strvec(&sv, "-nographic", "-device", "rng");
}

DEFINE_TEST(split_shell__quotes__group_and_vanish)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	assert_int_equal(strvec_split_shell(&sv, "'a b'\"c d\"e \"it's\" '\"'"), 0);
	assert_strvec(&sv, "a bc de", "it's", "\"");
}

DEFINE_TEST(split_shell__empty_quotes__are_a_word)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	assert_int_equal(strvec_split_shell(&sv, "a '' \"\""), 0);
	assert_strvec(&sv, "a", "", "");
}

DEFINE_TEST(split_shell__backslash_outside_quotes__quotes_one)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	assert_int_equal(strvec_split_shell(&sv, "a\\ b \\' \\\\ \\n"), 0);
	assert_strvec(&sv, "a b", "'", "\\", "n");
}

DEFINE_TEST(split_shell__backslash_in_double_quotes__quotes_special_only)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	assert_int_equal(strvec_split_shell(&sv, "\"\\\" \\\\ \\$ \\` \\n\""), 0);
	assert_strvec(&sv, "\" \\ $ ` \\n");
}

DEFINE_TEST(split_shell__backslash_in_single_quotes__is_literal)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	assert_int_equal(strvec_split_shell(&sv, "'a\\' 'b\\\\'"), 0);
	assert_strvec(&sv, "a\\", "b\\\\");
}

DEFINE_TEST(split_shell__joined_line_in_word__joins)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	assert_int_equal(strvec_split_shell(&sv, "ab\\\ncd \"e\\\nf\""), 0);
	assert_strvec(&sv, "abcd", "ef");
}

DEFINE_TEST(split_shell__joined_line_between_words__is_no_word)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	assert_int_equal(strvec_split_shell(&sv, "a \\\n b \\\n"), 0);
	assert_strvec(&sv, "a", "b");
}

DEFINE_TEST(split_shell__nothing_expanded__dollar_stays)
{
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

	assert_int_equal(strvec_split_shell(&sv, "$HOME ~ *.c"), 0);
	assert_strvec(&sv, "$HOME", "~", "*.c");
}

DEFINE_TEST(split_shell__open_quote__einval)
{
	static const char *const bad[] = { "'a", "a \"b", "a\"b'", "'" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;

		assert_int_equal(strvec_split_shell(&sv, bad[i]), -EINVAL);
	}
}

DEFINE_TEST(add_quoted__plain_word__unchanged)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT;

	strbuf_add_quoted(&sb, "/usr/bin/x_y-1.2+z,a=b:c@d%e");
	assert_string_equal(sb.buf, "/usr/bin/x_y-1.2+z,a=b:c@d%e");
}

DEFINE_TEST(add_quoted__empty__two_quotes)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT;

	strbuf_add_quoted(&sb, "");
	assert_string_equal(sb.buf, "''");
}

/* The shell itself is the judge. */
DEFINE_TEST(add_quoted__special_characters__shell_reads_them_back)
{
	static const char *const words[] = { "a b",  "it's",	    "$HOME `id` $(id)",
					     "\"\\", "~",	    "*",
					     "#",    "line\nbreak", "\xc3\xa4",
					     "!x",   "a;b&c|d",	    "'" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT;
		char back[64] = "";
		size_t n;
		FILE *sh;

		strbuf_adds(&sb, "printf %s ");
		strbuf_add_quoted(&sb, words[i]);
		sh = popen(sb.buf, "r");
		assert_non_null(sh);
		n = fread(back, 1, sizeof(back) - 1, sh);
		assert_int_equal(pclose(sh), 0);
		back[n] = '\0';
		assert_string_equal(back, words[i]);
	}
}

DEFINE_TEST(add_quoted__any_bytes__split_shell_reads_them_back)
{
	_cleanup_(strbuf_release) struct strbuf quoted = STRBUF_INIT;
	_cleanup_(strvec_release) struct strvec sv = STRVEC_INIT;
	char all[256];

	for (int i = 1; i < 256; i++)
		all[i - 1] = (char)i;
	all[255] = '\0';
	strbuf_add_quoted(&quoted, all);
	assert_int_equal(strvec_split_shell(&sv, quoted.buf), 0);
	assert_strvec(&sv, all);
}

DEFINE_TEST(add_visible__control_characters__as_octal)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT;

	strbuf_add_visible(&sb, "a\033[31m\x7f\xc2\x9b\n\xc3\xa4");
	assert_string_equal(sb.buf, "a\\033[31m\\177\\302\\233\\012\xc3\xa4");
}

DEFINE_TEST(add_visible__what_is_no_text__as_octal)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT;

	/* C1 as a byte, cut off UTF-8, and a right-to-left override */
	strbuf_add_visible(&sb, "a\x9b"
				"31m\xe2\x82 \xe2\x80\xae");
	assert_string_equal(sb.buf, "a\\23331m\\342\\202 \\342\\200\\256");
}

DEFINE_TEST(add_visible_text__ends_of_lines__stay)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT;
	static const char text[] = "a\tb\r\nc\rd\n\033[2J";

	strbuf_add_visible_text(&sb, text, sizeof(text) - 1);
	assert_string_equal(sb.buf, "a\tb\r\nc\\015d\n\\033[2J");
}

DEFINE_TEST(plain_name__limits__as_documented)
{
	assert_true(is_plain_name("a.B-9_", 6, 6));
	assert_false(is_plain_name("a.B-9_x", 7, 6));
	assert_false(is_plain_name("", 0, 6));
	assert_false(is_plain_name("a,b", 3, 6));
	assert_true(is_plain_name("a,b", 1, 6));
}

DEFINE_TEST(parse_uint__limits__included)
{
	unsigned long n = 0;

	assert_int_equal(parse_uint("1", 1, 4096, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(parse_uint("4096", 1, 4096, &n), 0);
	assert_int_equal(n, 4096);
}

DEFINE_TEST(parse_uint__out_of_range__erange)
{
	unsigned long n = 7;

	assert_int_equal(parse_uint("0", 1, 4096, &n), -ERANGE);
	assert_int_equal(parse_uint("4097", 1, 4096, &n), -ERANGE);
	assert_int_equal(parse_uint("18446744073709551616", 0, ULONG_MAX, &n), -ERANGE);
	assert_int_equal(n, 7);
}

DEFINE_TEST(parse_uint__not_a_number__einval)
{
	static const char *const bad[] = {
		"", "-1", "+1", " 1", "1 ", "0x10", "1.5", "a"
	};
	unsigned long n;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_uint(bad[i], 0, 100, &n), -EINVAL);
}

DEFINE_TEST(parse_uint__leading_zero__is_decimal)
{
	unsigned long n;

	assert_int_equal(parse_uint("010", 0, 100, &n), 0);
	assert_int_equal(n, 10);
}

DEFINE_TEST(parse_bool__words__as_systemd)
{
	assert_int_equal(parse_bool("yes"), 1);
	assert_int_equal(parse_bool("True"), 1);
	assert_int_equal(parse_bool("1"), 1);
	assert_int_equal(parse_bool("on"), 1);
	assert_int_equal(parse_bool("no"), 0);
	assert_int_equal(parse_bool("OFF"), 0);
	assert_int_equal(parse_bool("0"), 0);
	assert_int_equal(parse_bool(""), -EINVAL);
	assert_int_equal(parse_bool("maybe"), -EINVAL);
	assert_int_equal(parse_bool("10"), -EINVAL);
}

DEFINE_TEST(parse_size__suffixes__powers_of_1024)
{
	static const struct {
		const char *text;
		uint64_t size;
	} sizes[] = {
		{ "1k", 1ULL << 10 },	  { "1K", 1ULL << 10 }, { "512M", 512ULL << 20 },
		{ "512m", 512ULL << 20 }, { "2g", 2ULL << 30 }, { "2G", 2ULL << 30 },
		{ "3T", 3ULL << 40 },	  { "4t", 4ULL << 40 },
	};
	uint64_t size;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		assert_int_equal(parse_size(sizes[i].text, 1, &size), 0);
		assert_int_equal(size, sizes[i].size);
	}
}

DEFINE_TEST(parse_size__no_suffix__counts_units)
{
	uint64_t size;

	assert_int_equal(parse_size("512", 1 << 20, &size), 0);
	assert_int_equal(size, 512ULL << 20);
	assert_int_equal(parse_size("512", 1, &size), 0);
	assert_int_equal(size, 512);
}

DEFINE_TEST(parse_size__beyond_63_bits__erange)
{
	uint64_t size;

	assert_int_equal(parse_size("9223372036854775807", 1, &size), 0);
	assert_int_equal(parse_size("9223372036854775808", 1, &size), -ERANGE);
	assert_int_equal(parse_size("8388607T", 1, &size), 0);
	assert_int_equal(parse_size("8388608T", 1, &size), -ERANGE);
	assert_int_equal(parse_size("99999999999999999999", 1, &size), -ERANGE);
}

DEFINE_TEST(parse_size__zero__erange)
{
	uint64_t size;

	assert_int_equal(parse_size("0", 1, &size), -ERANGE);
	assert_int_equal(parse_size("0G", 1, &size), -ERANGE);
}

DEFINE_TEST(parse_size__not_a_size__einval)
{
	static const char *const bad[] = { "", "M", "-1M", "1MB", "1 M", "1x", "1.5G" };
	uint64_t size;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_size(bad[i], 1, &size), -EINVAL);
}

DEFINE_TEST(strbuf_drop__some_and_all__rest_is_terminated)
{
	_cleanup_(strbuf_release) struct strbuf sb = STRBUF_INIT;

	strbuf_drop(&sb, 0);
	assert_string_equal(sb.buf, "");
	strbuf_adds(&sb, "abcdef");
	strbuf_drop(&sb, 2);
	assert_string_equal(sb.buf, "cdef");
	assert_int_equal(sb.len, 4);
	strbuf_drop(&sb, 4);
	assert_string_equal(sb.buf, "");
}

DEFINE_TEST(edit_distance__known_pairs__counts_edits)
{
	assert_int_equal(edit_distance("abc", "abc", 3), 0);
	assert_int_equal(edit_distance("abc", "abd", 3), 1);
	assert_int_equal(edit_distance("abc", "ab", 3), 1);
	assert_int_equal(edit_distance("ab", "abc", 3), 1);
	assert_int_equal(edit_distance("kitten", "sitting", 9), 3);
	assert_int_equal(edit_distance("", "abc", 3), 3);
	/* two letters in the wrong order are one slip */
	assert_int_equal(edit_distance("kmdo", "kmod", 3), 1);
	assert_int_equal(edit_distance("chekc", "hceck", 3), 2);
}

DEFINE_TEST(edit_distance__above_limit__limit_plus_one)
{
	assert_int_equal(edit_distance("abcd", "wxyz", 2), 3);
	assert_int_equal(edit_distance("a", "abcdefgh", 2), 3);
}

DEFINE_TEST(nearest__slips__the_nearest_of_all)
{
	struct nearest nearest = NEAREST_INIT("taerdwon");
	struct nearest shorter = NEAREST_INIT("psx");

	assert_false(nearest_try(&nearest, "setup"));
	assert_null(nearest.found);
	assert_true(nearest_try(&nearest, "teardown"));
	assert_false(nearest_try(&nearest, "teardown"));
	assert_string_equal(nearest.found, "teardown");
	/* of a short name two slips leave nothing */
	assert_false(nearest_try(&shorter, "net"));
	assert_true(nearest_try(&shorter, "ps"));
	assert_false(nearest_try(&shorter, "psy"));
	assert_true(nearest_try(&shorter, "psx"));
	assert_string_equal(shorter.found, "psx");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
