// SPDX-License-Identifier: GPL-2.0-or-later
/* Manifest lines to entries: directives, settings, includes, and every error at once. */
#include "lib/ere.h"
#include "fixture.h"
#include "conf/manifest.h"

static struct conf conf;
static struct report report;
static struct manifest manifest;
static struct strvec bases;

static int setup(void **state)
{
	struct dirs dirs = { 0 };
	int err = fixture_make(state);

	if (err)
		return err;
	dirs.rapido_dir = xstrdup(at("home"));
	dirs.state = xstrdup(at("state"));
	conf_init(&conf, &dirs);
	dirs_release(&dirs);
	strvec_push(&bases, at("own"));
	strvec_push(&bases, at("home"));
	return 0;
}

static int teardown(void **state)
{
	conf_release(&conf);
	report_release(&report);
	manifest_release(&manifest);
	strvec_release(&bases);
	return fixture_remove(state);
}

static void set_conf(const char *text)
{
	assert_int_equal(conf_parse(&conf, "rapido.conf", text, &report), 0);
}

static int parse(const char *text)
{
	return manifest_parse(&manifest, at("home/cut/t.fest"), text, &conf, &bases,
			      &report);
}

static void assert_parses(const char *text)
{
	int err = parse(text);

	for (size_t i = 0; i < report.errors.nr; i++)
		print_error("%s\n", report.errors.v[i]);
	assert_int_equal(err, 0);
}

/* One error that has both parts in it, and no entry. */
static void assert_error(const char *text, const char *part, const char *other)
{
	assert_int_equal(parse(text), -EINVAL);
	assert_int_equal(report.errors.nr, 1);
	assert_contains(report.errors.v[0], part);
	assert_contains(report.errors.v[0], other);
}

/* The entry's directive, its line, and its arguments with blanks between. */
static void assert_entry(size_t i, unsigned int line, const char *text)
{
	_cleanup_(strbuf_release) struct strbuf is = STRBUF_INIT;
	const struct manifest_entry *entry = &manifest.entries[i];

	assert_true(i < manifest.nr);
	strbuf_adds(&is, manifest_directive(entry));
	for (size_t a = 0; a < entry->args.nr; a++)
		strbuf_addf(&is, " %s", entry->args.v[a]);
	assert_string_equal(is.buf, text);
	assert_int_equal(entry->line, line);
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(manifest_parse__compat_directives__entries_in_order)
{
	assert_parses("autorun autorun/a.sh b.sh\n"
		      "bin bash /usr/bin/env\n"
		      "try-bin strace\n"
		      "kmod zram\n"
		      "try-kmod lzo-rle\n"
		      "file /etc/empty\n"
		      "file /etc/x /etc/y\n"
		      "dir /mnt /mnt/test\n"
		      "slink /etc/mtab /proc/self/mounts\n"
		      "tree /fstests /src/fstests\n"
		      "filter /fstests/.git\n");
	assert_int_equal(manifest.nr, 11);
	assert_entry(0, 1, "autorun autorun/a.sh b.sh");
	assert_entry(1, 2, "bin bash /usr/bin/env");
	assert_entry(2, 3, "try-bin strace");
	assert_entry(3, 4, "kmod zram");
	assert_entry(4, 5, "try-kmod lzo-rle");
	assert_entry(5, 6, "file /etc/empty");
	assert_entry(6, 7, "file /etc/x /etc/y");
	assert_entry(7, 8, "dir /mnt /mnt/test");
	assert_entry(8, 9, "slink /etc/mtab /proc/self/mounts");
	assert_entry(9, 10, "tree /fstests /src/fstests");
	assert_entry(10, 11, "filter /fstests/.git");
}

TEST(manifest_parse__own_directives__entries_in_order)
{
	assert_parses("lib libnss_files.so.2\n"
		      "try-lib libfoo.so\n"
		      "cpus 4\n"
		      "memory 2G\n"
		      "network\n"
		      "disk scratch 5g\n"
		      "kconfig CONFIG_XFS_DEBUG=y\n");
	assert_int_equal(manifest.nr, 7);
	assert_entry(0, 1, "lib libnss_files.so.2");
	assert_entry(1, 2, "try-lib libfoo.so");
	assert_entry(2, 3, "cpus 4");
	assert_entry(3, 4, "memory 2G");
	assert_entry(4, 5, "network");
	assert_entry(5, 6, "disk scratch 5g");
	assert_entry(6, 7, "kconfig CONFIG_XFS_DEBUG=y");
}

TEST(manifest_parse__kind_of_network__kept)
{
	assert_parses("network lan\nnetwork passt\n");
	assert_entry(0, 1, "network lan");
	assert_entry(1, 2, "network passt");
}

TEST(manifest_parse__no_kind_of_network__error_lists_them)
{
	assert_int_equal(parse("network bridge\nnetwork none\n"), -EINVAL);
	assert_int_equal(report.errors.nr, 2);
	assert_contains(report.errors.v[0], "'bridge'");
	assert_contains(report.errors.v[0], "tap, lan, user or passt");
	assert_contains(report.errors.v[1], "'none'");
}

TEST(manifest_parse__op_and_try__as_the_directive_says)
{
	assert_parses("bin a\ntry-bin a\nkmod a\ntry-kmod a\ntry-lib a\n");
	assert_int_equal(manifest.entries[0].op, MANIFEST_BIN);
	assert_false(manifest.entries[0].try);
	assert_int_equal(manifest.entries[1].op, MANIFEST_BIN);
	assert_true(manifest.entries[1].try);
	assert_int_equal(manifest.entries[2].op, MANIFEST_KMOD);
	assert_false(manifest.entries[2].try);
	assert_int_equal(manifest.entries[3].op, MANIFEST_KMOD);
	assert_true(manifest.entries[3].try);
	assert_int_equal(manifest.entries[4].op, MANIFEST_LIB);
	assert_true(manifest.entries[4].try);
}

TEST(manifest_parse__comments_and_blank_lines__skipped_but_counted)
{
	assert_parses("# bin one\n\n   \t\n  #bin two\nbin three\n#");
	assert_int_equal(manifest.nr, 1);
	assert_entry(0, 5, "bin three");
}

TEST(manifest_parse__hash_in_a_line__is_a_word)
{
	assert_parses("dir /a#b #c\n");
	assert_entry(0, 1, "dir /a#b #c");
}

TEST(manifest_parse__tabs_and_carriage_return__white_space)
{
	assert_parses("\tbin\ta \t b\r\n\r\nbin c\r\n");
	assert_int_equal(manifest.nr, 2);
	assert_entry(0, 1, "bin a b");
	assert_entry(1, 3, "bin c");
}

TEST(manifest_parse__no_newline_at_end__last_line_counts)
{
	assert_parses("bin a\nbin b");
	assert_int_equal(manifest.nr, 2);
	assert_entry(1, 2, "bin b");
}

TEST(manifest_parse__unknown_directive__error_with_nearest)
{
	assert_error("bin a\nautorum x.sh\n", "cut/t.fest:2:", "'autorum'");
	assert_contains(report.errors.v[0], "'autorun'");
}

TEST(manifest_parse__case_differs__unknown)
{
	assert_error("BIN a\n", "cut/t.fest:1:", "'BIN'");
}

TEST(manifest_parse__file_outside_bases__full_path_in_message)
{
	assert_int_equal(manifest_parse(&manifest, "/elsewhere/x.fest", "nope\n", &conf,
					&bases, &report),
			 -EINVAL);
	assert_contains(report.errors.v[0], "/elsewhere/x.fest:1:");
}

TEST(manifest_parse__too_few_arguments__error_with_usage)
{
	static const char *const bad[] = { "autorun", "bin",	 "kmod",    "file",
					   "dir",     "filter",	 "include", "need",
					   "lib",     "search",	 "package", "cpus",
					   "memory",  "summary", "kconfig", "allow-fault",
					   "append",  "source",	 "built" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(parse(bad[i]), -EINVAL);
		assert_int_equal(report.errors.nr, 1);
		assert_contains(report.errors.v[0], "cut/t.fest:1:");
		assert_contains(report.errors.v[0], bad[i]);
		assert_contains(report.errors.v[0], "too few");
		report_release(&report);
	}
}

TEST(manifest_parse__one_argument_of_two__error)
{
	assert_int_equal(parse("slink /a\ntree /a\ndisk a\n"), -EINVAL);
	assert_int_equal(report.errors.nr, 3);
	assert_contains(report.errors.v[0], "slink PATH TARGET");
	assert_contains(report.errors.v[1], "tree PATH LOCATION");
	assert_contains(report.errors.v[2], "disk NAME SIZE");
}

TEST(manifest_parse__too_many_arguments__error)
{
	assert_int_equal(parse("slink /a b c\ntree /a b c\nfile /a b c\ncpus 1 2\n"
			       "memory 1G 2G\ninclude a b\npackage a b\ndisk a 1G x\n"
			       "network tap x\n"),
			 -EINVAL);
	assert_int_equal(report.errors.nr, 9);
	for (unsigned int i = 0; i < 9; i++) {
		char where[32];

		snprintf(where, sizeof(where), "cut/t.fest:%u:", i + 1);
		assert_contains(report.errors.v[i], where);
		assert_contains(report.errors.v[i], "too many");
	}
}

TEST(manifest_parse__several_errors__all_reported)
{
	assert_int_equal(parse("bogus a\nbin ${NOT_SET}\nbin fine\ncpus x\n"), -EINVAL);
	assert_int_equal(report.errors.nr, 3);
	assert_contains(report.errors.v[0], "cut/t.fest:1:");
	assert_contains(report.errors.v[1], "cut/t.fest:2:");
	assert_contains(report.errors.v[2], "cut/t.fest:4:");
	assert_int_equal(manifest.nr, 1);
}

TEST(manifest_parse__setting__replaced_everywhere)
{
	set_conf("LTP_DIR=\"/opt/ltp\"\nMY_OWN_NAME=\"x\"\n");
	assert_parses("tree /ltp${MY_OWN_NAME} ${LTP_DIR}/bin\n");
	assert_entry(0, 1, "tree /ltpx /opt/ltp/bin");
}

TEST(manifest_parse__setting_with_blanks__stays_one_word)
{
	set_conf("LTP_DIR=\"/opt/my ltp\"\n");
	assert_parses("tree /ltp ${LTP_DIR}\n");
	assert_int_equal(manifest.entries[0].args.nr, 2);
	assert_string_equal(manifest.entries[0].args.v[1], "/opt/my ltp");
}

TEST(manifest_parse__unset_with_default__default)
{
	assert_parses("memory ${NOT_SET:-1G}\nbin a ${NOT_SET:-} b\n");
	assert_entry(0, 1, "memory 1G");
	assert_entry(1, 2, "bin a b");
}

TEST(manifest_parse__unset_setting__error_names_it)
{
	assert_error("\ntree /fstests ${FSTESTS_SRC}\n",
		     "cut/t.fest:2:", "'FSTESTS_SRC'");
}

TEST(manifest_parse__malformed_reference__error_shows_it)
{
	assert_error("tree /ltp ${LTP_DIR\n", "cut/t.fest:1:", "${LTP_DIR");
}

TEST(manifest_parse__setting_in_directive_name__not_replaced)
{
	set_conf("MY_DIRECTIVE=\"bin\"\n");
	assert_error("${MY_DIRECTIVE} a\n", "cut/t.fest:1:", "${MY_DIRECTIVE}");
}

TEST(manifest_parse__cpus_out_of_range__error)
{
	assert_int_equal(parse("cpus 0\ncpus 4097\ncpus two\ncpus -1\ncpus 4096\n"),
			 -EINVAL);
	assert_int_equal(report.errors.nr, 4);
	assert_contains(report.errors.v[2], "'two'");
	assert_int_equal(manifest.nr, 1);
	assert_entry(0, 5, "cpus 4096");
}

TEST(manifest_parse__memory_no_size__error)
{
	assert_error("memory much\n", "cut/t.fest:1:", "'much'");
}

TEST(manifest_parse__disk_name_too_long_or_odd__error)
{
	assert_int_equal(parse("disk aaaaaaaaaabbbbbbbbbbc 1G\ndisk a,b 1G\n"
			       "disk a=b 1G\ndisk ok 0\n"),
			 -EINVAL);
	assert_int_equal(report.errors.nr, 4);
	assert_contains(report.errors.v[1], "'a,b'");
	assert_int_equal(manifest.nr, 0);
}

TEST(manifest_parse__disk_name_of_20__fine)
{
	assert_parses("disk Aa_.-aaaaabbbbb12345 1G\n");
	assert_entry(0, 1, "disk Aa_.-aaaaabbbbb12345 1G");
}

TEST(manifest_parse__root_as_path__error)
{
	assert_int_equal(parse("dir /\nfile /. /etc/x\nslink // /x\nfilter /a/..\n"),
			 -EINVAL);
	assert_int_equal(report.errors.nr, 4);
	assert_int_equal(manifest.nr, 0);
}

TEST(manifest_parse__root_as_later_path__error)
{
	assert_int_equal(parse("dir /a /\nfilter /a /\n"), -EINVAL);
	assert_int_equal(report.errors.nr, 2);
}

TEST(manifest_parse__root_as_target__fine)
{
	assert_parses("slink /host-root /\ntree / /src/overlay\n");
	assert_int_equal(manifest.nr, 2);
}

TEST(manifest_parse__package__in_force_for_what_follows)
{
	assert_parses("bin a\npackage xfsprogs\nbin b\nbin c\npackage other\nbin d\n");
	assert_int_equal(manifest.nr, 4);
	assert_null(manifest.entries[0].package);
	assert_string_equal(manifest.entries[1].package, "xfsprogs");
	assert_string_equal(manifest.entries[2].package, "xfsprogs");
	assert_string_equal(manifest.entries[3].package, "other");
}

TEST(manifest_parse__empty_line__ends_package)
{
	assert_parses("package grep\nbin a\n# a comment does not\nbin b\n \t\r\nbin c\n");
	assert_string_equal(manifest.entries[0].package, "grep");
	assert_string_equal(manifest.entries[1].package, "grep");
	assert_null(manifest.entries[2].package);
}

TEST(manifest_parse__byte_order_mark_and_crlf__as_without)
{
	assert_parses("\xef\xbb\xbfsummary some words\r\nbin a b\r\n\r\n");
	assert_string_equal(manifest.summary, "some words");
	assert_strvec(&manifest.entries[0].args, "a", "b");
}

TEST(manifest_parse__search__adds_up_for_what_follows)
{
	assert_parses("bin a\nsearch /x /y\nbin b\nsearch /z\nlib c\n");
	assert_int_equal(manifest.entries[0].search.nr, 0);
	assert_strvec(&manifest.entries[1].search, "/x", "/y");
	assert_strvec(&manifest.entries[2].search, "/x", "/y", "/z");
}

TEST(manifest_parse__search_relative__error)
{
	assert_error("search build\n", "cut/t.fest:1:", "'build'");
}

TEST(manifest_parse__summary__first_one_as_prose)
{
	assert_parses("summary  xfstests on   ${NOT_SET} XFS\nsummary second\n");
	assert_string_equal(manifest.summary, "xfstests on ${NOT_SET} XFS");
	assert_int_equal(manifest.nr, 0);
}

TEST(manifest_parse__allow_fault__words_are_one_expression)
{
	assert_parses("allow-fault BUG: unable  to\thandle\n"
		      "  allow-fault ^(WARNING|INFO): .*$ \n"
		      "allow-fault [[:space:]]x{2,3}#\n");
	assert_int_equal(manifest.nr, 3);
	assert_entry(0, 1, "allow-fault BUG: unable to handle");
	assert_int_equal(manifest.entries[0].args.nr, 1);
	assert_int_equal(manifest.entries[0].op, MANIFEST_ALLOW_FAULT);
	assert_entry(1, 2, "allow-fault ^(WARNING|INFO): .*$");
	assert_entry(2, 3, "allow-fault [[:space:]]x{2,3}#");
}

TEST(manifest_parse__allow_fault_with_setting__replaced)
{
	set_conf("MY_DRIVER=\"snd_(hda|usb)\"\n");
	assert_parses("allow-fault WARNING: .*${MY_DRIVER}\n");
	assert_entry(0, 1, "allow-fault WARNING: .*snd_(hda|usb)");
}

TEST(manifest_parse__allow_fault_no_expression__error_says_why)
{
	static const char *const wrong[] = { "(",	"[a",
					     "a{2,1}",	"BUG: [[:nonesuch:]]",
					     "oops \\", "a{255}{255}{255}" };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		_cleanup_free_ char *text =
			xasprintf("\nallow-fault %s\nallow-fault fine\n", wrong[i]);

		assert_int_equal(parse(text), -EINVAL);
		assert_int_equal(report.errors.nr, 1);
		assert_contains(report.errors.v[0], "cut/t.fest:2:");
		assert_contains(report.errors.v[0], wrong[i]);
		assert_contains(report.errors.v[0], "not a regular expression: ");
		/* what is right stays in force */
		assert_int_equal(manifest.nr, 1);
		manifest_release(&manifest);
		report_release(&report);
	}
}

TEST(manifest_parse__append__words_as_they_are)
{
	assert_parses("append mitigations=off  slub_debug\n"
		      "append dyndbg=\"file a.c +p\" x=\"\"\n");
	assert_int_equal(manifest.nr, 2);
	assert_int_equal(manifest.entries[0].op, MANIFEST_APPEND);
	assert_entry(0, 1, "append mitigations=off slub_debug");
	assert_int_equal(manifest.entries[0].args.nr, 2);
	assert_entry(1, 2, "append dyndbg=\"file a.c +p\" x=\"\"");
}

TEST(manifest_parse__append_setting_with_blank__quoted)
{
	set_conf("WHAT=\"a b=c\"\n");
	assert_parses("append m.p=${WHAT} y\nappend m.p=\"x ${WHAT}\"\n");
	assert_entry(0, 1, "append m.p=\"a b=c\" y");
	assert_entry(1, 2, "append m.p=\"x a b=c\"");
}

TEST(manifest_parse__append_is_no_parameter__error_says_why)
{
	static const struct {
		const char *line, *why;
	} wrong[] = {
		{ "append a --", "ends the kernel's parameters" },
		{ "append a=\"b", "not closed" },
		{ "append a=\"b\nappend c\"", "not closed" },
		{ "append ${BLANK}", "contains a blank" },
		{ "append a=${QUOTE}", "contains a blank" },
		{ "append a=\001", "control character" },
	};

	set_conf("BLANK=\"a b\"\nQUOTE=\"a \\\" b\"\n");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(parse(wrong[i].line), -EINVAL);
		assert_contains(report.errors.v[0], "cut/t.fest:1:");
		assert_contains(report.errors.v[0], wrong[i].why);
		assert_int_equal(manifest.nr, 0);
		manifest_release(&manifest);
		report_release(&report);
	}
}

TEST(manifest_parse__allow_fault_too_long__error)
{
	static char text[32 + 60000], *at_word = text + strlen("allow-fault ");

	strcpy(text, "allow-fault ");
	memset(at_word, '(', 60000);
	assert_error(text, "cut/t.fest:1:", "more than 1000 characters");
	manifest_release(&manifest);
	report_release(&report);
	memset(at_word, 'x', 60000);
	at_word[ERE_MAX + 1] = '\0';
	assert_error(text, "cut/t.fest:1:", "more than 1000 characters");
	manifest_release(&manifest);
	report_release(&report);
	at_word[ERE_MAX] = '\0';
	assert_parses(text);
}

/* The image remembers it in a line. */
TEST(manifest_parse__allow_fault_of_two_lines__error)
{
	set_conf("MY_FAULTS=\"a\nkernel /other\"\n");
	assert_error("allow-fault ${MY_FAULTS}\n", "cut/t.fest:1:", "newline");
}

TEST(manifest_parse__need_unset__error_with_text)
{
	assert_error("\nneed FSTESTS_SRC where ${X} was built\n",
		     "cut/t.fest:2:", "'FSTESTS_SRC'");
	assert_contains(report.errors.v[0], "where ${X} was built");
}

TEST(manifest_parse__need_unset_and_used__named_once)
{
	assert_error("need FSTESTS_SRC\nbin ${FSTESTS_SRC}/check\n"
		     "search ${FSTESTS_SRC}/ltp\n",
		     "cut/t.fest:1:", "'FSTESTS_SRC'");
}

TEST(manifest_parse__need_set__fine)
{
	set_conf("FSTESTS_SRC=\"/src\"\n");
	assert_parses("need FSTESTS_SRC where it was built\n");
	assert_int_equal(manifest.nr, 0);
}

TEST(manifest_parse__need_set_to_nothing__error)
{
	set_conf("FSTESTS_SRC=\"\"\n");
	assert_error("need FSTESTS_SRC\n", "cut/t.fest:1:", "'FSTESTS_SRC'");
}

TEST(manifest_parse__kernel_config__at_most_a_path)
{
	assert_parses("kernel-config\nkernel-config /config\n");
	assert_int_equal(manifest.entries[0].op, MANIFEST_BOOT_CONFIG);
	assert_int_equal(manifest.entries[0].args.nr, 0);
	assert_string_equal(manifest.entries[1].args.v[0], "/config");
	assert_error("kernel-config / x\n", "cut/t.fest:1:", "too many");
}

TEST(manifest_parse__source__key_and_words_for_make)
{
	set_conf("MY_SRC=\"/src\"\n");
	assert_parses("source MY_SRC CC=gcc ${NONE:-}\nsource OTHER_SRC\n");
	assert_int_equal(manifest.nr, 1);
	assert_int_equal(manifest.entries[0].op, MANIFEST_SOURCE);
	assert_int_equal(manifest.entries[0].args.nr, 2);
	assert_string_equal(manifest.entries[0].args.v[0], "MY_SRC");
}

TEST(manifest_parse__built__only_for_a_setting_that_is_there)
{
	set_conf("MY_SRC=\"/src\"\n");
	assert_parses("built MY_SRC a b/c\nbuilt OTHER_SRC x\n");
	assert_int_equal(manifest.nr, 1);
	assert_int_equal(manifest.entries[0].op, MANIFEST_BUILT);
	assert_int_equal(manifest.entries[0].args.nr, 3);
}

TEST(manifest_parse__source_with_a_value__error)
{
	set_conf("MY_SRC=\"/src\"\n");
	assert_error("source ${MY_SRC}\n",
		     "cut/t.fest:1:", "'/src' is not the name of a setting");
}

TEST(manifest_parse__suite__one_script_and_a_limit)
{
	assert_parses("suite autorun/my_suite.sh\ncase-timeout 90\n");
	assert_int_equal(manifest.nr, 2);
	assert_int_equal(manifest.entries[0].op, MANIFEST_SUITE);
	assert_entry(0, 1, "suite autorun/my_suite.sh");
	assert_int_equal(manifest.entries[1].op, MANIFEST_CASE_TIMEOUT);
	assert_entry(1, 2, "case-timeout 90");
}

TEST(manifest_parse__suite_with_two_scripts__error)
{
	assert_int_equal(parse("suite a.sh b.sh\nsuite\n"), -EINVAL);
	assert_int_equal(report.errors.nr, 2);
	assert_contains(report.errors.v[0], "cut/t.fest:1: 'suite' has too many");
	assert_contains(report.errors.v[1], "cut/t.fest:2: 'suite' has too few");
}

TEST(manifest_parse__second_suite__error_names_the_first)
{
	assert_error("bin ls\nsuite a.sh\nsuite b.sh\n", "cut/t.fest:3: 'b.sh'",
		     "'a.sh' already (cut/t.fest:2)");
}

TEST(include__second_suite__error_with_its_own_line)
{
	put_file("home/cut/part.inc", "\nsuite b.sh\n");
	assert_error("suite a.sh\ninclude part.inc\n", "part.inc:2:", "cut/t.fest:1");
}

TEST(manifest_is_suite__in_an_included_file_and_with_errors__true)
{
	put_file("home/cut/part.inc", "suite b.sh\n");
	put_file("home/cut/a.fest", "need NOT_SET\ninclude part.inc\n");
	put_file("home/cut/b.fest", "autorun b.sh\n");
	assert_true(manifest_is_suite(at("home/cut/a.fest"), &conf, &bases));
	assert_false(manifest_is_suite(at("home/cut/b.fest"), &conf, &bases));
	assert_false(manifest_is_suite(at("home/cut/none.fest"), &conf, &bases));
}

TEST(manifest_parse__case_timeout__a_number_of_seconds)
{
	assert_parses("case-timeout 1\ncase-timeout 100000000\n");
	assert_int_equal(parse("case-timeout 0\ncase-timeout 100000001\n"
			       "case-timeout 5m\n"),
			 -EINVAL);
	assert_int_equal(report.errors.nr, 3);
	assert_contains(report.errors.v[0],
			"cut/t.fest:1: '0' is not a number of seconds");
	assert_contains(report.errors.v[1], "'100000001'");
	assert_contains(report.errors.v[2], "'5m'");
}

TEST(include__beside_the_file__in_place)
{
	put_file("home/cut/part.inc", "\nbin in_part\n");
	assert_parses("bin before\ninclude part.inc\nbin after\n");
	assert_int_equal(manifest.nr, 3);
	assert_entry(0, 1, "bin before");
	assert_entry(1, 2, "bin in_part");
	assert_entry(2, 3, "bin after");
	assert_string_equal(manifest.entries[1].file, at("home/cut/part.inc"));
	assert_string_equal(manifest.entries[2].file, at("home/cut/t.fest"));
	assert_strvec(&manifest.files, at("home/cut/t.fest"), at("home/cut/part.inc"));
}

TEST(include__without_ending__found)
{
	put_file("home/cut/part.fest", "bin p\n");
	assert_parses("include part\n");
	assert_entry(0, 1, "bin p");
}

TEST(include__places__beside_then_own_then_home)
{
	static const char *const places[] = { "home/cut/p.fest", "own/manifest/p.fest",
					      "own/cut/p.fest", "home/manifest/p.fest" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		put_file(places[i], "bin p\n");
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		assert_parses("include p.fest\n");
		assert_string_equal(manifest.files.v[1], at(places[i]));
		manifest_release(&manifest);
		unlink(at(places[i]));
	}
	assert_int_equal(parse("include p.fest\n"), -EINVAL);
}

TEST(include__absolute__that_file)
{
	_cleanup_free_ char *text = xasprintf("include %s\n", at("x/abs.fest"));

	put_file("x/abs.fest", "bin p\n");
	assert_parses(text);
	assert_entry(0, 1, "bin p");
}

TEST(include__setting_in_name__replaced)
{
	set_conf("MY_PART_NAME=\"part\"\n");
	put_file("home/cut/part.fest", "bin p\n");
	assert_parses("include ${MY_PART_NAME}.fest\n");
	assert_entry(0, 1, "bin p");
}

TEST(include__of_an_include__beside_it)
{
	put_file("home/cut/sub/a.fest", "include b.fest\n");
	put_file("home/cut/sub/b.fest", "bin deep\n");
	put_file("home/cut/b.fest", "bin wrong\n");
	assert_parses("include sub/a.fest\n");
	assert_entry(0, 1, "bin deep");
}

TEST(include__directory_of_that_name__passed_over)
{
	put_dir("home/cut/part");
	put_file("home/cut/part.fest", "bin p\n");
	assert_parses("include part\n");
	assert_entry(0, 1, "bin p");
}

TEST(include__absent__error_names_it)
{
	assert_error("\ninclude nowhere.fest\n", "cut/t.fest:2:", "'nowhere.fest'");
}

TEST(include__error_inside__its_own_file_and_line)
{
	put_file("home/cut/part.fest", "bin a\nbogus\n");
	assert_error("include part.fest\n", "cut/part.fest:2:", "'bogus'");
}

TEST(include__package_search_and_summary__stay_inside)
{
	put_file("home/cut/part.fest",
		 "summary of the part\nbin a\npackage inner\nsearch /inner\nbin b\n");
	assert_parses("package outer\nsearch /outer\ninclude part.fest\nbin c\n");
	assert_null(manifest.summary);
	assert_null(manifest.entries[0].package);
	assert_int_equal(manifest.entries[0].search.nr, 0);
	assert_string_equal(manifest.entries[1].package, "inner");
	assert_strvec(&manifest.entries[1].search, "/inner");
	assert_string_equal(manifest.entries[2].package, "outer");
	assert_strvec(&manifest.entries[2].search, "/outer");
}

TEST(include__itself__error)
{
	put_file("home/cut/t.fest", "bin a\ninclude t.fest\n");
	assert_int_equal(
		manifest_load(&manifest, at("home/cut/t.fest"), &conf, &bases, &report),
		-EINVAL);
	assert_contains(report.errors.v[0], "cut/t.fest:2:");
	assert_contains(report.errors.v[0], "include");
}

/* Each doubles the number: it ends soon all the same. */
TEST(include__itself_twice__ends)
{
	put_file("home/cut/t.fest", "include t.fest\ninclude t.fest\n");
	assert_int_equal(
		manifest_load(&manifest, at("home/cut/t.fest"), &conf, &bases, &report),
		-EINVAL);
	assert_true(manifest.files.nr <= MANIFEST_FILES_MAX + 1);
}

TEST(include__up_to_the_depth__fine)
{
	for (int i = 1; i < MANIFEST_DEPTH_MAX; i++) {
		_cleanup_free_ char *name = xasprintf("home/cut/d%d.fest", i);
		_cleanup_free_ char *text = xasprintf("include d%d.fest\n", i + 1);

		put_file(name, text);
	}
	put_file("home/cut/d"
		 "16"
		 ".fest",
		 "bin deepest\n");
	assert_int_equal(MANIFEST_DEPTH_MAX, 16);
	assert_parses("include d1.fest\n");
	assert_entry(0, 1, "bin deepest");
}

TEST(manifest_load__file__as_parse)
{
	put_file("home/cut/x.fest", "bin a\n");
	assert_int_equal(
		manifest_load(&manifest, at("home/cut/x.fest"), &conf, &bases, &report),
		0);
	assert_entry(0, 1, "bin a");
}

TEST(manifest_load__absent__error_names_it)
{
	assert_int_equal(
		manifest_load(&manifest, at("home/cut/x.fest"), &conf, &bases, &report),
		-EINVAL);
	assert_contains(report.errors.v[0], "x.fest");
}

TEST(manifest_load__binary__error_names_it)
{
	put_data("x.fest", "bin a\0\n", 7);
	assert_int_equal(manifest_load(&manifest, at("x.fest"), &conf, &bases, &report),
			 -EINVAL);
	assert_contains(report.errors.v[0], "x.fest");
	assert_contains(report.errors.v[0], "binary");
}

TEST(manifest_load__huge__error_names_it)
{
	put_file("x.fest", "bin a\n");
	assert_int_equal(truncate(at("x.fest"), MANIFEST_SIZE_MAX + 1), 0);
	assert_int_equal(manifest_load(&manifest, at("x.fest"), &conf, &bases, &report),
			 -EINVAL);
	assert_contains(report.errors.v[0], "x.fest");
}

static void assert_summary(const char *text, const char *expected)
{
	_cleanup_free_ char *summary = NULL;

	put_file("s.fest", text);
	summary = manifest_read_summary(at("s.fest"));
	if (!expected)
		assert_null(summary);
	else if (!summary)
		fail_msg("there is no summary");
	else
		assert_string_equal(summary, expected);
}

TEST(read_summary__anywhere_in_the_file__found)
{
	assert_summary("# c\nbin a\n\tsummary\tA test\r\nsummary B\n", "A test");
	assert_summary("summary at the end", "at the end");
}

TEST(read_summary__none__null)
{
	assert_summary("# summary no\nbin summary\nsummary\nsummaryX a\n", NULL);
	assert_summary("", NULL);
	assert_null(manifest_read_summary(at("absent.fest")));
}

TEST(read_summary__odd_blanks__as_the_parser_has_it)
{
	assert_parses("summary  a   b \n");
	assert_summary("summary  a   b \n", manifest.summary);
}

static void assert_located(const char *name, const char *expected)
{
	_cleanup_free_ char *path = manifest_locate(at("own/cut/t.fest"), name, &bases);
	_cleanup_free_ char *real = path ? realpath(path, NULL) : NULL;

	if (!path)
		fail_msg("'%s' was not found", name);
	assert_string_equal(real, expected);
}

TEST(manifest_locate__places__beside_above_then_bases)
{
	_cleanup_free_ char *top = NULL;
	static const char *const places[] = { "own/cut/autorun/x.sh", "own/autorun/x.sh",
					      "home/autorun/x.sh" };

	top = realpath(fixture_dir, NULL);
	put_dir("own/cut");
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		put_file(places[i], "");
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		_cleanup_free_ char *expected = xasprintf("%s/%s", top, places[i]);

		assert_located("autorun/x.sh", expected);
		unlink(at(places[i]));
	}
	assert_null(manifest_locate(at("own/cut/t.fest"), "autorun/x.sh", &bases));
}

TEST(manifest_locate__absolute__only_that)
{
	_cleanup_free_ char *path = NULL;

	put_file("own/x.sh", "");
	path = manifest_locate(at("own/cut/t.fest"), at("own/x.sh"), &bases);
	assert_string_equal(path, at("own/x.sh"));
	assert_null(manifest_locate(at("own/cut/t.fest"), "/nonexistent/x", &bases));
}

TEST(manifest_label__below_a_base__without_it)
{
	assert_string_equal(manifest_label(at("own/cut/a.fest"), &bases), "cut/a.fest");
	assert_string_equal(manifest_label(at("home/cut/a.fest"), &bases), "cut/a.fest");
}

TEST(manifest_label__elsewhere__whole)
{
	assert_string_equal(manifest_label("/x/a.fest", &bases), "/x/a.fest");
	assert_string_equal(manifest_label(at("owner/a.fest"), &bases),
			    at("owner/a.fest"));
	assert_string_equal(manifest_label("./a.fest", &bases), "./a.fest");
}

TEST(manifest_label__base_is_the_root__without_slash)
{
	strvec_push(&bases, "/");
	assert_string_equal(manifest_label("/cut/a.fest", &bases), "cut/a.fest");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
