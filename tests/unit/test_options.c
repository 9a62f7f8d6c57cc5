// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables of options: what is parsed, what is complained of, and the texts made of them.
 */
#include "fixture.h"
#include "lib/options.h"

struct values {
	bool all, first, second;
	const char *kernel, *how, *gdb;
	unsigned long seconds;
	struct strvec with;
	char called[64];
};

/* Notes what it was called with; "stop" ends the parsing. */
static int note(void *value, const char *text)
{
	char *called = value;

	snprintf(called + strlen(called), 64 - strlen(called), "%s;", text ? text : "-");
	return text && streq(text, "stop") ? 7 : 0;
}

static const struct option_spec specs[] = {
	OPTION_FLAG('a', "all", struct values, all, "print all"),
	OPTION_STRING('k', "kernel", "KERNEL", struct values, kernel, "the kernel"),
	OPTION_NUMBER('t', "timeout", "SECONDS", struct values, seconds, 1, 99, "seconds",
		      "the time"),
	OPTION_CHOICE(0, "on-fault", "HOW", struct values, how, "stop|continue|ask",
		      "what happens"),
	OPTION_CHOICE_OR("gdb", "wait", struct values, gdb, "attach", "attach|wait",
			 "may be debugged"),
	OPTION_LIST(0, "with", "TEST", struct values, with, "another test"),
	OPTION_CALL('x', "command", "CMD", struct values, called, note, "run a command"),
	OPTION_CALL(0, "no-word", NULL, struct values, called, note, "without a word"),
	OPTION_END,
};

/* The result of options_parse(); @operands may be NULL. */
static int parse_words(struct values *values, char **why, int *operands,
		       const char **argv)
{
	const struct option_group group = { specs, values };
	int argc = 0, first;

	while (argv[argc])
		argc++;
	return options_parse(&group, 1, argc, (char **)argv, operands ? operands : &first,
			     why);
}

#define PARSE(values, why, operands, ...) \
	parse_words(values, why, operands, (const char *[]){ "x", __VA_ARGS__, NULL })

/* What is complained of when the words are parsed. Heap. */
#define COMPLAINT(...)                                                                 \
	({                                                                             \
		struct values ignored_ = { 0 };                                        \
		char *why_ = NULL;                                                     \
                                                                                       \
		assert_int_equal(PARSE(&ignored_, &why_, NULL, __VA_ARGS__), -EINVAL); \
		strvec_release(&ignored_.with);                                        \
		assert_non_null(why_);                                                 \
		why_;                                                                  \
	})

DEFINE_TEST(parse__each_kind__its_value)
{
	struct values v = { 0 };
	char *why = NULL;

	assert_int_equal(PARSE(&v, &why, NULL, "-a", "-kfoo", "--timeout=12",
			       "--on-fault", "continue", "--with", "b", "--with=a", "-x",
			       "true", "--no-word"),
			 0);
	assert_null(why);
	assert_true(v.all);
	assert_string_equal(v.kernel, "foo");
	assert_int_equal(v.seconds, 12);
	assert_string_equal(v.how, "continue");
	assert_int_equal(v.with.nr, 2);
	assert_string_equal(v.with.v[0], "b");
	assert_string_equal(v.with.v[1], "a");
	assert_string_equal(v.called, "true;-;");
	strvec_release(&v.with);
}

DEFINE_TEST(parse__nothing_given__values_stay)
{
	struct values v = { .seconds = 5, .kernel = "here" };
	char *why = NULL;
	int operands;

	assert_int_equal(PARSE(&v, &why, &operands, "operand"), 0);
	assert_int_equal(operands, 1);
	assert_int_equal(v.seconds, 5);
	assert_string_equal(v.kernel, "here");
	assert_false(v.all);
}

DEFINE_TEST(parse__operands_between_options__stand_last)
{
	const char *argv[] = { "x", "one", "-a", "two", "--", "-k", NULL };
	struct values v = { 0 };
	char *why = NULL;
	int operands;

	assert_int_equal(parse_words(&v, &why, &operands, argv), 0);
	assert_true(v.all);
	assert_null(v.kernel);
	assert_int_equal(operands, 3);
	assert_string_equal(argv[3], "one");
	assert_string_equal(argv[4], "two");
	assert_string_equal(argv[5], "-k");
}

DEFINE_TEST(parse__name_cut_short__is_known)
{
	struct values v = { 0 };
	char *why = NULL;

	assert_int_equal(PARSE(&v, &why, NULL, "--ker", "foo"), 0);
	assert_string_equal(v.kernel, "foo");
}

DEFINE_TEST(parse__unknown__is_named)
{
	_cleanup_free_ char *name = COMPLAINT("--frobnicate=1");
	_cleanup_free_ char *letter = COMPLAINT("-az");

	assert_string_equal(name, "unknown option '--frobnicate'");
	assert_string_equal(letter, "unknown option '-z'");
}

DEFINE_TEST(parse__ambiguous__all_are_named)
{
	static const struct option_spec two[] = {
		OPTION_FLAG(0, "first", struct values, first, ""),
		OPTION_FLAG(0, "fist", struct values, second, ""),
		OPTION_END,
	};
	struct values v = { 0 };
	const struct option_group group = { two, &v };
	const char *argv[] = { "x", "--fi", NULL };
	_cleanup_free_ char *why = NULL;
	int operands;

	assert_int_equal(options_parse(&group, 1, 2, (char **)argv, &operands, &why),
			 -EINVAL);
	assert_string_equal(why, "option '--fi' is ambiguous: --first, --fist");
}

DEFINE_TEST(parse__argument_missing_or_too_much__is_said)
{
	_cleanup_free_ char *name = COMPLAINT("--kernel");
	_cleanup_free_ char *letter = COMPLAINT("-k");
	_cleanup_free_ char *flag = COMPLAINT("--all=yes");

	assert_string_equal(name, "option '--kernel' requires an argument");
	assert_string_equal(letter, "option '-k' requires an argument");
	assert_string_equal(flag, "option '--all' takes no argument");
}

DEFINE_TEST(parse__number_out_of_range__range_is_said)
{
	static const char *const wrong[] = { "0", "100", "-1", "1s", "", "x" };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		_cleanup_free_ char *why = COMPLAINT("-t", wrong[i]);

		assert_non_null(strstr(why, "option '--timeout' requires a number of "
					    "seconds from 1 to 99"));
		assert_non_null(strstr(why, wrong[i]));
	}
}

DEFINE_TEST(parse__no_choice__choices_are_said)
{
	_cleanup_free_ char *why = COMPLAINT("--on-fault", "panic");

	assert_string_equal(why,
			    "--on-fault is 'stop', 'continue' or 'ask', not 'panic'");
}

DEFINE_TEST(parse__argument_left_out__what_the_option_stands_for)
{
	struct values values = { 0 };
	char *why = NULL;
	int operands;

	assert_int_equal(PARSE(&values, &why, &operands, "--gdb", "wait"), 0);
	assert_string_equal(values.gdb, "attach");
	/* the next word is not its argument */
	assert_int_equal(operands, 2);
	assert_int_equal(PARSE(&values, &why, &operands, "--gdb=wait"), 0);
	assert_string_equal(values.gdb, "wait");
	assert_int_equal(PARSE(&values, &why, &operands, "--gdb=now"), -EINVAL);
	assert_contains(why, "'attach' or 'wait', not 'now'");
	free(why);
}

DEFINE_TEST(parse__function_ends_it__its_result)
{
	struct values v = { 0 };
	char *why = NULL;

	assert_int_equal(PARSE(&v, &why, NULL, "-x", "go", "-x", "stop", "--bogus"), 7);
	assert_string_equal(v.called, "go;stop;");
	assert_null(why);
}

DEFINE_TEST(parse__same_letter_in_two_groups__first_has_it)
{
	static const struct option_spec own[] = {
		OPTION_FLAG('v', "verbose", struct values, first, "with summaries"),
		OPTION_END,
	};
	static const struct option_spec common[] = {
		OPTION_FLAG('v', "verbose", struct values, second, "say more"),
		OPTION_FLAG('q', "quiet", struct values, all, "say less"),
		OPTION_END,
	};
	struct values v = { 0 };
	const struct option_group groups[] = { { own, &v },
					       { common, &v },
					       { NULL, NULL } };
	const char *argv[] = { "x", "--verb", "-q", NULL };
	_cleanup_(strbuf_release) struct strbuf help = STRBUF_INIT;
	char *why = NULL;
	int operands;

	assert_int_equal(options_parse(groups, 3, 3, (char **)argv, &operands, &why), 0);
	assert_true(v.first && v.all && !v.second);
	options_add_help(&help, groups, 1);
	assert_string_equal(help.buf, "  -q, --quiet    say less\n");
}

/* The words behind "--" of @argv: their number, or -1 without one. */
static int count_rest(int argc, char **argv)
{
	struct values v = { 0 };
	const struct option_group group = { specs, &v };
	int operands, rest;
	char *why = NULL;

	assert_int_equal(
		options_parse_rest(&group, 1, argc, argv, &operands, &rest, &why), 0);
	strvec_release(&v.with);
	assert_true(rest < 0 || rest >= operands);
	return rest < 0 ? -1 : argc - rest;
}

DEFINE_TEST(parse_rest__words_behind_dashes__are_counted)
{
	char x[] = "x", test[] = "test", all[] = "-a", dashes[] = "--", cmd[] = "cmd",
	     opt[] = "-z", more[] = "--";

	assert_int_equal(
		count_rest(6, (char *[]){ x, test, all, dashes, cmd, opt, NULL }), 2);
	assert_int_equal(count_rest(5, (char *[]){ x, dashes, cmd, more, opt, NULL }), 3);
	assert_int_equal(count_rest(3, (char *[]){ x, test, dashes, NULL }), 0);
	assert_int_equal(count_rest(2, (char *[]){ x, dashes, NULL }), 0);
	assert_int_equal(count_rest(3, (char *[]){ x, test, all, NULL }), -1);
}

DEFINE_TEST(parse_rest__dashes_as_an_argument__do_not_count)
{
	char x[] = "x", with[] = "--with", dashes[] = "--", test[] = "test",
	     more[] = "--", cmd[] = "cmd";

	assert_int_equal(count_rest(4, (char *[]){ x, with, dashes, test, NULL }), -1);
	assert_int_equal(
		count_rest(6, (char *[]){ x, with, dashes, test, more, cmd, NULL }), 1);
}

DEFINE_TEST(parse__required_option__is_missed)
{
	static const struct option_spec required[] = {
		{ .kind = OPTION_KIND_STRING,
		  .name = "manifest",
		  .arg = "FILE",
		  .help = "the manifest",
		  .offset = OPTION_OFFSET(struct values, kernel, const char *),
		  .required = true },
		OPTION_END,
	};
	struct values v = { 0 };
	const struct option_group group = { required, &v };
	const char *argv[] = { "x", NULL };
	_cleanup_(strbuf_release) struct strbuf synopsis = STRBUF_INIT;
	_cleanup_free_ char *why = NULL;
	int operands;

	assert_int_equal(options_parse(&group, 1, 1, (char **)argv, &operands, &why),
			 -EINVAL);
	assert_string_equal(why, "option '--manifest' is missing");
	options_add_synopsis(&synopsis, "x", required, NULL);
	assert_string_equal(synopsis.buf, "x --manifest FILE\n");
}

DEFINE_TEST(synopsis__long__wrapped_below_the_first_option)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;

	strbuf_adds(&out, "Usage: ");
	options_add_synopsis(&out, "rapido x", specs, "TEST...");
	assert_string_equal(
		out.buf,
		"Usage: rapido x [-a] [-k KERNEL] [-t SECONDS] [--on-fault HOW]"
		" [--gdb[=wait]]\n"
		"                [--with TEST]... [-x CMD]... [--no-word] TEST...\n");
}

DEFINE_TEST(synopsis__no_options__operands_alone)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;

	options_add_synopsis(&out, "rapido ls", NULL, "[IMAGE]");
	options_add_synopsis(&out, "rapido ps", NULL, NULL);
	assert_string_equal(out.buf, "rapido ls [IMAGE]\nrapido ps\n");
}

DEFINE_TEST(help__names_in_a_column__texts_wrapped_in_the_next)
{
	static const struct option_spec table[] = {
		OPTION_STRING('k', "kernel", "KERNEL", struct values, kernel,
			      "an image, a build tree, an unpacked package's root, or a "
			      "release"),
		OPTION_FLAG(0, "json", struct values, all, "print JSON"),
		OPTION_FLAG('n', NULL, struct values, all, "only print"),
		OPTION_STRING(0, "a-name-that-is-very-long", "ARGUMENT", struct values,
			      how, "below it"),
		OPTION_END,
	};
	const struct option_group group = { table, NULL };
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;

	options_add_help(&out, &group, 0);
	assert_string_equal(
		out.buf,
		"  -k, --kernel KERNEL  an image, a build tree, an unpacked package's root, or a\n"
		"                       release\n"
		"      --json           print JSON\n"
		"  -n                   only print\n"
		"      --a-name-that-is-very-long ARGUMENT\n"
		"                       below it\n");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
