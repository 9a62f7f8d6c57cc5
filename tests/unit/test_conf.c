// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido.conf: syntax, checks, references, where it is looked for, the guest's copy. */
#include "conf/conf.h"
#include "fixture.h"
#include "lib/io.h"

__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

/* libconfig's scanner loses the string that it was in at a syntax error. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

static struct conf conf;
static struct report report;

static int setup(void **state)
{
	static char rapido_dir[] = "/r", state_dir[] = "/s";
	const struct dirs dirs = { .rapido_dir = rapido_dir, .state = state_dir };

	(void)state;
	conf_init(&conf, &dirs);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	conf_release(&conf);
	report_release(&report);
	return 0;
}

static int parse(const char *text)
{
	return conf_parse(&conf, "my.conf", text, &report);
}

static void assert_setting(const char *key, const char *value)
{
	const char *is = conf_get(&conf, key);

	if (!is)
		fail_msg("'%s' is not set", key);
	assert_string_equal(is, value);
}

static void assert_parses(const char *text)
{
	int err = parse(text);

	for (size_t i = 0; i < report.errors.nr; i++)
		print_error("%s\n", report.errors.v[i]);
	assert_int_equal(err, 0);
	assert_int_equal(report.errors.nr, 0);
}

/* One error, that has both parts in it. */
static void assert_error(const char *text, const char *part, const char *other)
{
	assert_int_equal(parse(text), -EINVAL);
	assert_int_equal(report.errors.nr, 1);
	assert_contains(report.errors.v[0], part);
	assert_contains(report.errors.v[0], other);
}

static void conf_init__defaults__as_documented(void **state)
{
	(void)state;
	assert_setting("RAPIDO_DIR", "/r");
	assert_setting("IMAGE_PATH", "/s/myinitrd");
	assert_setting("DRACUT_OUT", "/s/myinitrd");
	assert_setting("QEMU_PID_DIR", "/s");
	assert_setting("VM_NET_CONF", "/r/net-conf");
	assert_setting("QEMU_EXTRA_ARGS", "-nographic -device virtio-rng-pci");
	assert_null(conf_get(&conf, "KERNEL_SRC"));
}

static void conf_parse__plain_lines__set(void **state)
{
	(void)state;
	assert_parses("# rapido.conf\n\nKERNEL_SRC=\"/home/me/linux\"\n"
		      "  # indented comment\nCIFS_PW=\"a b\"  # trailing comment\n");
	assert_setting("KERNEL_SRC", "/home/me/linux");
	assert_setting("CIFS_PW", "a b");
	assert_string_equal(conf.path, "my.conf");
}

static void conf_parse__example_conf__fine(void **state)
{
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(io_read_file(AT_FDCWD, SOURCE_DIR "/rapido.conf.example",
				      CONF_SIZE_MAX, &text, NULL),
			 0);
	assert_parses(text);
}

/* Every commented-out setting of the example too: a user uncomments them. */
static void conf_parse__example_conf_uncommented__fine(void **state)
{
	_cleanup_(strbuf_release) struct strbuf active = STRBUF_INIT;
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(io_read_file(AT_FDCWD, SOURCE_DIR "/rapido.conf.example",
				      CONF_SIZE_MAX, &text, NULL),
			 0);
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		const char *key = line;
		size_t name;

		if (*key == '#')
			key++;
		name = strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		if (name && key[name] == '=')
			strbuf_addf(&active, "%.*s\n", (int)(len - (size_t)(key - line)),
				    key);
		line += len + (line[len] == '\n');
	}
	assert_true(active.len > 0);
	assert_parses(active.buf);
	assert_int_equal(report.warnings.nr, 0);
}

/* @value as it stands behind KEEP_DEBUG, and what it means. */
static void assert_keep_debug(const char *value, bool is)
{
	_cleanup_free_ char *text = xasprintf("KEEP_DEBUG=%s\n", value);

	conf_release(&conf);
	setup(NULL);
	assert_parses(text);
	if (conf_is_true(&conf, "KEEP_DEBUG") != is)
		fail_msg("KEEP_DEBUG=%s is not %s", value, is ? "true" : "false");
}

static void conf_is_true__words__as_documented(void **state)
{
	static const char *const yes[] = { "\"yes\"", "\"true\"", "\"on\"", "\"1\"",
					   "\"YES\"", "true",	  "1" };
	static const char *const no[] = { "\"no\"", "\"false\"", "\"off\"", "\"0\"",
					  "\"No\"", "false",	 "0",	    "\"\"" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_keep_debug(yes[i], true);
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		assert_keep_debug(no[i], false);
}

static void conf_is_true__not_set_or_no_such_word__false(void **state)
{
	(void)state;
	assert_false(conf_is_true(&conf, "KEEP_DEBUG"));
	assert_false(conf_is_true(&conf, "NO_SUCH_KEY"));
	assert_parses("KERNEL_SRC=\"maybe\"\n");
	assert_false(conf_is_true(&conf, "KERNEL_SRC"));
}

static void conf_parse__keep_debug_is_neither__error_says_what(void **state)
{
	(void)state;
	assert_error("\nKEEP_DEBUG=\"maybe\"\n", "my.conf:2", "yes or no");
	report_release(&report);
	assert_error("KEEP_DEBUG=2\n", "KEEP_DEBUG", "yes or no");
}

static void conf_parse__extra_modules__as_written(void **state)
{
	(void)state;
	assert_parses("EXTRA_MODULES=\"${RAPIDO_DIR}/a b:../c\"\n");
	assert_setting("EXTRA_MODULES", "/r/a b:../c");
	assert_int_equal(report.warnings.nr, 0);
}

static void conf_parse__slip_of_the_new_keys__the_known_one_is_named(void **state)
{
	(void)state;
	assert_error("EXTRA_MODULE=\"/a\"\n", "'EXTRA_MODULE'", "EXTRA_MODULES");
}

static void conf_parse__empty_text__fine(void **state)
{
	(void)state;
	assert_parses("");
	assert_setting("QEMU_PID_DIR", "/s");
}

static void conf_parse__last_line_without_newline__set(void **state)
{
	(void)state;
	assert_parses("TARGET_IQN=\"iqn.x\"");
	assert_setting("TARGET_IQN", "iqn.x");
}

static void conf_parse__carriage_returns__ignored(void **state)
{
	(void)state;
	assert_parses("TARGET_IQN=\"iqn.x\"\r\nBR_IF=\"eth0\"\r\n");
	assert_setting("TARGET_IQN", "iqn.x");
	assert_setting("BR_IF", "eth0");
}

static void conf_parse__quote_in_comment__opens_nothing(void **state)
{
	(void)state;
	assert_parses("# don't \"panic\nBR_IF=\"eth0\" # a \" here\nBR_DEV=\"b\"\n#\"");
	assert_setting("BR_IF", "eth0");
	assert_setting("BR_DEV", "b");
}

static void conf_parse__hash_in_value__is_no_comment(void **state)
{
	(void)state;
	assert_parses("CIFS_PW=\"a#b\"\n");
	assert_setting("CIFS_PW", "a#b");
}

static void conf_parse__value_over_lines__keeps_newline(void **state)
{
	(void)state;
	assert_parses("INITIATOR_IQNS=\"one\ntwo\"\n");
	assert_setting("INITIATOR_IQNS", "one\ntwo");
}

static void conf_parse__backslash_newline__joins(void **state)
{
	(void)state;
	assert_parses("QEMU_EXTRA_ARGS=\"-nographic \\\n-s\\\n -S\"\n");
	assert_setting("QEMU_EXTRA_ARGS", "-nographic -s -S");
}

static void conf_parse__backslash_before_quote_and_backslash__quotes(void **state)
{
	(void)state;
	assert_parses("CIFS_PW=\"a\\\"b\\\\c\"\n");
	assert_setting("CIFS_PW", "a\"b\\c");
}

static void conf_parse__backslash_before_letter__stays(void **state)
{
	(void)state;
	assert_parses("CIFS_PW=\"DOM\\name\\t\\x41\"\n");
	assert_setting("CIFS_PW", "DOM\\name\\t\\x41");
}

static void conf_parse__escaped_dollar__is_a_dollar(void **state)
{
	(void)state;
	assert_parses("CIFS_PW=\"a\\$b\\`c\"\n");
	assert_setting("CIFS_PW", "a$b`c");
}

static void conf_parse__escaped_reference__is_text(void **state)
{
	(void)state;
	assert_parses("FSTESTS_AUTORUN_CMD=\"echo \\${FSTYP}\"\n");
	assert_setting("FSTESTS_AUTORUN_CMD", "echo ${FSTYP}");
}

static void conf_parse__number__is_text(void **state)
{
	(void)state;
	assert_parses("FSTESTS_ZRAM_SIZE=1073741824\nMY_OWN_THING=-5\n");
	assert_setting("FSTESTS_ZRAM_SIZE", "1073741824");
	assert_setting("MY_OWN_THING", "-5");
}

static void conf_parse__number_that_loses_zeros__error(void **state)
{
	(void)state;
	assert_error("KERNEL_RELEASE=6.10\n", "my.conf:1:", "KERNEL_RELEASE");
}

static void conf_parse__password_as_number__error(void **state)
{
	(void)state;
	assert_error("CIFS_PW=007\n", "my.conf:1:", "CIFS_PW");
}

static void conf_parse__number_of_64_bits__is_text(void **state)
{
	(void)state;
	assert_parses("FSTESTS_ZRAM_SIZE=10737418240L\n");
	assert_setting("FSTESTS_ZRAM_SIZE", "10737418240");
}

static void conf_parse__boolean_for_own_key__true_or_false(void **state)
{
	(void)state;
	assert_parses("MY_OWN_THING=true\nANOTHER_THING_OF_MINE=false\n");
	assert_setting("MY_OWN_THING", "true");
	assert_setting("ANOTHER_THING_OF_MINE", "false");
}

static void conf_parse__reference_to_earlier_key__replaced(void **state)
{
	(void)state;
	assert_parses(
		"KERNEL_SRC=\"/src\"\nLTP_DIR=\"${KERNEL_SRC}/ltp:${RAPIDO_DIR}\"\n");
	assert_setting("LTP_DIR", "/src/ltp:/r");
}

static void conf_parse__reference_to_default__replaced(void **state)
{
	(void)state;
	assert_parses("QEMU_EXTRA_ARGS=\"${QEMU_EXTRA_ARGS} -s\"\n");
	assert_setting("QEMU_EXTRA_ARGS", "-nographic -device virtio-rng-pci -s");
}

static void conf_parse__reference_with_fallback__fallback_when_unset(void **state)
{
	(void)state;
	assert_parses(
		"LTP_DIR=\"${NOT_THERE:-/opt/ltp}\"\nCIFS_PW=\"x${NOT_THERE:-}y\"\n");
	assert_setting("LTP_DIR", "/opt/ltp");
	assert_setting("CIFS_PW", "xy");
}

static void conf_parse__reference_to_later_key__error_with_line(void **state)
{
	(void)state;
	assert_error("\nLTP_DIR=\"${KERNEL_SRC}/ltp\"\nKERNEL_SRC=\"/src\"\n",
		     "my.conf:2:", "'KERNEL_SRC'");
	assert_contains(report.errors.v[0], "'LTP_DIR'");
}

static void conf_parse__broken_reference__error_with_line(void **state)
{
	(void)state;
	assert_error("LTP_DIR=\"a${KERNEL_SRC\"\n", "my.conf:1:", "'LTP_DIR'");
}

static void conf_parse__value_without_quotes__error_names_key(void **state)
{
	(void)state;
	assert_error("BR_IF=\"eth0\"\nKERNEL_SRC=/home/me/linux\n",
		     "my.conf:2:", "'KERNEL_SRC'");
	assert_contains(report.errors.v[0], "quotes");
}

static void conf_parse__value_without_quotes_in_the_middle__its_line(void **state)
{
	(void)state;
	assert_error("BR_IF=\"eth0\"\nTAP_USER=me\nBR_DEV=\"br\"\n",
		     "my.conf:2:", "'TAP_USER'");
}

static void conf_parse__single_quotes__error_names_key(void **state)
{
	(void)state;
	assert_error("TAP_USER='me'\n", "my.conf:1:", "'TAP_USER'");
}

static void conf_parse__quote_not_closed__error_where_it_opens(void **state)
{
	static const char *const texts[] = {
		"A=\"x\"\nBR_IF=\"e\nTAP_USER=\"me\"\nBR_DEV=\"b\"\n",
		"A=\"x\"\nBR_IF=\"e\n\nTAP_USER = \"\"\nBR_DEV=\"b\"\n",
		"A=\"x\"\nBR_IF=\"e\n# a \"quoted\" word\nTAP_USER=\"me\"\n",
		"A=\"x\"\nBR_IF=\"\n",
		"A=\"x\\\n\"\nBR_IF=\"e\\\n\nf\"g\"\n",
		"# it's \"\nBR_IF=\"e\\\" \nTAP_USER=\"me\"\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_error(texts[i], i == 4 ? "my.conf:3:" : "my.conf:2:", "quote");
		teardown(NULL);
		setup(NULL);
	}
}

static void conf_parse__error_before_a_quote_not_closed__its_line(void **state)
{
	(void)state;
	assert_error("BR_IF=eth0\nTAP_USER=\"me\n", "my.conf:1:", "'BR_IF'");
}

static void conf_parse__byte_order_mark_and_crlf__as_without(void **state)
{
	(void)state;
	assert_parses("\xef\xbb\xbf# from Windows\r\nLTP_DIR=\"a \\\r\nb\"\r\n"
		      "INITIATOR_IQNS=\"one\r\ntwo\"\r\n");
	assert_setting("LTP_DIR", "a b");
	assert_setting("INITIATOR_IQNS", "one\ntwo");
}

static void conf_parse__error_after_crlf__right_line(void **state)
{
	(void)state;
	assert_error("\xef\xbb\xbfLTP_DIR=\"a \\\r\nb\"\r\nTAP_USER=me\r\n",
		     "my.conf:3:", "'TAP_USER'");
}

static void conf_parse__cpus_and_memory__checked(void **state)
{
	(void)state;
	assert_parses("CPUS=4\nMEMORY=\"2G\"\nAPPEND=\"quiet a=b\"\n");
	assert_setting("CPUS", "4");
	assert_setting("MEMORY", "2G");
	assert_int_equal(report.warnings.nr, 0);
	assert_error("CPUS=\"0\"\n", "my.conf:1:", "1 to 4096");
	report_release(&report);
	assert_error("N=\"many\"\nMEMORY=\"${N}\"\n",
		     "my.conf:2:", "'MEMORY' must be a size");
}

static void conf_parse__export__error_says_so(void **state)
{
	(void)state;
	assert_error("BR_IF=\"e\"\nexport TAP_USER=\"me\"\n", "my.conf:2:", "'export'");
}

static void conf_parse__key_twice__error_with_both_lines(void **state)
{
	(void)state;
	assert_error("BR_IF=\"a\"\nTAP_USER=\"x\"\nBR_IF=\"b\"\n",
		     "my.conf:3:", "'BR_IF'");
	assert_contains(report.errors.v[0], "line 1");
}

static void conf_parse__open_string__error_with_file(void **state)
{
	(void)state;
	assert_int_equal(parse("BR_IF=\"eth0\n"), -EINVAL);
	assert_contains(report.errors.v[0], "my.conf:");
}

static void conf_parse__misspelt_key__error_with_the_right_one(void **state)
{
	(void)state;
	assert_error("\nKERNEL_SCR=\"/src\"\n", "my.conf:2:", "'KERNEL_SCR'");
	assert_contains(report.errors.v[0], "'KERNEL_SRC'");
}

static void conf_parse__unknown_key__warning_and_set(void **state)
{
	(void)state;
	assert_parses("\n\nMY_TESTS_OWN_KEY=\"v\"\n");
	assert_setting("MY_TESTS_OWN_KEY", "v");
	assert_int_equal(report.warnings.nr, 1);
	assert_contains(report.warnings.v[0], "my.conf:3:");
	assert_contains(report.warnings.v[0], "'MY_TESTS_OWN_KEY'");
}

static void conf_parse__path_as_number__error(void **state)
{
	(void)state;
	assert_error("KERNEL_SRC=5\n", "my.conf:1:", "'KERNEL_SRC'");
}

static void conf_parse__text_as_boolean__error(void **state)
{
	(void)state;
	assert_error("TAP_USER=true\n", "my.conf:1:", "'TAP_USER'");
}

static void conf_parse__accel_other_word__error(void **state)
{
	(void)state;
	assert_error("ACCEL=\"fast\"\n", "my.conf:1:", "'ACCEL'");
	assert_contains(report.errors.v[0], "kvm");
}

static void conf_parse__network_words__fine(void **state)
{
	(void)state;
	assert_parses("NETWORK=\"lan\"\nFORWARD=\"2222:22\"\n");
	assert_setting("NETWORK", "lan");
	assert_setting("FORWARD", "2222:22");
}

static void conf_parse__network_other_word__error_lists_them(void **state)
{
	(void)state;
	assert_error("NETWORK=\"bridge\"\n", "my.conf:1:", "passt, or none");
}

static void conf_parse__accel_words__fine(void **state)
{
	(void)state;
	assert_parses("ACCEL=\"tcg\"\n");
	assert_setting("ACCEL", "tcg");
}

static void conf_parse__group__error_names_key(void **state)
{
	(void)state;
	assert_error("BR_IF=\"e\"\nnet = { a = 1; }\n", "my.conf:2:", "'net'");
}

static void conf_parse__name_no_shell_has__error(void **state)
{
	(void)state;
	assert_error("MY-KEY=\"v\"\n", "my.conf:1:", "'MY-KEY'");
}

static void conf_parse__rapido_dir__error(void **state)
{
	(void)state;
	assert_error("RAPIDO_DIR=\"/x\"\n", "my.conf:1:", "'RAPIDO_DIR'");
	assert_setting("RAPIDO_DIR", "/r");
}

static void conf_parse__several_errors__all_reported(void **state)
{
	(void)state;
	assert_int_equal(parse("ACCEL=\"x\"\nKERNEL_SCR=\"y\"\nLTP_DIR=\"${NOPE}\"\n"),
			 -EINVAL);
	assert_int_equal(report.errors.nr, 3);
	assert_contains(report.errors.v[0], "my.conf:1:");
	assert_contains(report.errors.v[1], "my.conf:2:");
	assert_contains(report.errors.v[2], "my.conf:3:");
}

static void conf_parse__error_after_joined_lines__right_line(void **state)
{
	(void)state;
	assert_error("QEMU_EXTRA_ARGS=\"a \\\nb \\\nc\"\nACCEL=\"x\"\n",
		     "my.conf:4:", "'ACCEL'");
}

static void conf_parse__unquoted_after_joined_lines__right_line(void **state)
{
	(void)state;
	assert_error("QEMU_EXTRA_ARGS=\"a \\\nb\"\nTAP_USER=me\n",
		     "my.conf:3:", "'TAP_USER'");
}

static void conf_parse__dracut_out__sets_image_path(void **state)
{
	(void)state;
	assert_parses("DRACUT_OUT=\"/x/initrd\"\n");
	assert_setting("IMAGE_PATH", "/x/initrd");
	assert_setting("DRACUT_OUT", "/x/initrd");
}

static void conf_parse__image_path__sets_dracut_out(void **state)
{
	(void)state;
	assert_parses("IMAGE_PATH=\"/x/initrd\"\n");
	assert_setting("IMAGE_PATH", "/x/initrd");
	assert_setting("DRACUT_OUT", "/x/initrd");
}

static void conf_get__empty_value__is_unset(void **state)
{
	(void)state;
	assert_parses("KERNEL_SRC=\"\"\n");
	assert_null(conf_get(&conf, "KERNEL_SRC"));
}

static void conf_get__empty_value_of_key_with_default__default(void **state)
{
	(void)state;
	assert_parses("IMAGE_PATH=\"\"\nQEMU_PID_DIR=\"\"\nQEMU_EXTRA_ARGS=\"\"\n");
	assert_setting("IMAGE_PATH", "/s/myinitrd");
	assert_setting("DRACUT_OUT", "/s/myinitrd");
	assert_setting("QEMU_PID_DIR", "/s");
	assert_setting("QEMU_EXTRA_ARGS", "-nographic -device virtio-rng-pci");
}

/* An empty IMAGE_PATH says nothing against a DRACUT_OUT. */
static void conf_get__one_alias_empty__the_other(void **state)
{
	(void)state;
	assert_parses("IMAGE_PATH=\"\"\nDRACUT_OUT=\"/x/initrd\"\n");
	assert_setting("IMAGE_PATH", "/x/initrd");
	assert_setting("DRACUT_OUT", "/x/initrd");
}

static void conf_expand__several_references__all_replaced(void **state)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	char *missing = NULL;

	(void)state;
	assert_int_equal(
		conf_expand(&conf, "a${RAPIDO_DIR}b${NOT_SET:-c}$d{e}", &out, &missing),
		0);
	assert_string_equal(out.buf, "a/rbc$d{e}");
	assert_null(missing);
}

static void conf_expand__value_with_reference_in_it__not_replaced_again(void **state)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	char *missing = NULL;

	(void)state;
	assert_parses("CIFS_PW=\"$\"\n");
	assert_int_equal(conf_expand(&conf, "${CIFS_PW}{RAPIDO_DIR}", &out, &missing), 0);
	assert_string_equal(out.buf, "${RAPIDO_DIR}");
}

static void conf_expand__unset__enoent_with_name(void **state)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	_cleanup_free_ char *missing = NULL;

	(void)state;
	assert_int_equal(conf_expand(&conf, "a${NOT_SET}b", &out, &missing), -ENOENT);
	assert_string_equal(missing, "NOT_SET");
}

static void conf_expand__malformed__einval(void **state)
{
	static const char *const bad[] = { "${",      "${}",	 "${RAPIDO_DIR",
					   "${:-a}",  "${1A}",	 "${RAPIDO_DIR-a}",
					   "${A:+b}", "${A B}",	 "${RAPIDO_DIR:}",
					   "x${ A}",  "${#HOME}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
		char *missing = NULL;

		assert_int_equal(conf_expand(&conf, bad[i], &out, &missing), -EINVAL);
		assert_null(missing);
	}
}

static void conf_to_shell__defaults_only__nothing(void **state)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;

	(void)state;
	conf_to_shell(&conf, &out);
	assert_string_equal(out.buf, "");
}

static void conf_to_shell__settings__quoted_assignments_in_order(void **state)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;

	(void)state;
	assert_parses("TAP_USER=\"me\"\nCIFS_PW=\"it's a $1\"\nBR_IF=\"\"\n");
	conf_to_shell(&conf, &out);
	assert_string_equal(out.buf, "TAP_USER=me\nCIFS_PW='it'\\''s a $1'\nBR_IF=''\n");
}

static void conf_to_shell__hostile_value__shell_reads_it_back(void **state)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	char back[128] = "";
	FILE *sh;

	(void)state;
	assert_parses("CIFS_PW=\"'; exit 9; `id` \\$(id) \\\\ \\\" \n#x\"\n");
	conf_to_shell(&conf, &out);
	strbuf_adds(&out, "printf %s \"$CIFS_PW\"");
	put_file("script", out.buf);
	strbuf_setlen(&out, 0);
	strbuf_addf(&out, "sh %s", at("script"));
	sh = popen(out.buf, "r");
	assert_non_null(sh);
	back[fread(back, 1, sizeof(back) - 1, sh)] = '\0';
	assert_int_equal(pclose(sh), 0);
	assert_string_equal(back, "'; exit 9; `id` $(id) \\ \" \n#x");
}

/* rapido.conf in all the places below the fixture's directory, each naming its own. */
static struct dirs put_confs(void)
{
	struct dirs dirs = {
		.rapido_dir = xstrdup(put_dir("home")),
		.config = xstrdup(put_dir("config/rapido")),
		.state = xstrdup(at("state")),
	};

	put_file("env.conf", "TAP_USER=\"env\"\n");
	put_file("cwd/rapido.conf", "TAP_USER=\"cwd\"\n");
	put_file("config/rapido/rapido.conf", "TAP_USER=\"config\"\n");
	put_file("home/rapido.conf", "TAP_USER=\"home\"\n");
	assert_int_equal(chdir(at("cwd")), 0);
	return dirs;
}

static int load(const struct dirs *dirs)
{
	bool here;
	_cleanup_free_ char *path = conf_find(dirs, &here);

	return path ? conf_read(&conf, path, &report) : 0;
}

static void assert_loads(const struct dirs *dirs, const char *user)
{
	conf_release(&conf);
	conf_init(&conf, dirs);
	assert_int_equal(load(dirs), 0);
	assert_setting("TAP_USER", user);
}

static void conf_find__order_of_places__first_wins_whole(void **state)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();

	(void)state;
	setenv("RAPIDO_CONF", at("env.conf"), 1);
	assert_loads(&dirs, "env");
	unsetenv("RAPIDO_CONF");
	assert_loads(&dirs, "cwd");
	assert_string_equal(conf.path, "rapido.conf");
	unlink("rapido.conf");
	assert_loads(&dirs, "config");
	unlink(at("config/rapido/rapido.conf"));
	assert_loads(&dirs, "home");
	assert_string_equal(conf.path, at("home/rapido.conf"));
}

static void conf_find__later_place__contributes_nothing(void **state)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();

	(void)state;
	put_file("home/rapido.conf", "BR_IF=\"eth7\"\n");
	assert_loads(&dirs, "cwd");
	assert_null(conf_get(&conf, "BR_IF"));
}

static void conf_find__env_names_absent_file__error(void **state)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();
	int err;

	(void)state;
	setenv("RAPIDO_CONF", at("absent.conf"), 1);
	err = load(&dirs);
	unsetenv("RAPIDO_CONF");
	assert_int_equal(err, -EINVAL);
	assert_contains(report.errors.v[0], "absent.conf");
}

static void conf_find__env_empty__as_unset(void **state)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();

	(void)state;
	setenv("RAPIDO_CONF", "", 1);
	assert_loads(&dirs, "cwd");
	unsetenv("RAPIDO_CONF");
}

static void conf_read__binary_file__error_names_it(void **state)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();

	(void)state;
	put_data("cwd/rapido.conf", "BR_IF=\"a\"\0\n", 11);
	assert_int_equal(load(&dirs), -EINVAL);
	assert_contains(report.errors.v[0], "rapido.conf");
}

static void conf_parse__include__error_with_line_and_file_not_read(void **state)
{
	_cleanup_free_ char *text =
		xasprintf("# one\nBR_IF=\"a\"\n  @include \"%s\"\n",
			  put_file("other.conf", "CIFS_PW=\"secret\"\n"));

	(void)state;
	assert_error(text, "my.conf:3:", "'@include' is not supported");
	assert_null(conf_get(&conf, "CIFS_PW"));
}

/* Where libconfig would see one, whatever a shell makes of the line. */
static void conf_parse__include_in_odd_places__error_with_line(void **state)
{
	static const struct {
		const char *text, *where;
	} odd[] = {
		{ "@include \"x\"", "my.conf:1:" },
		{ "\t@include\t\"x\"\n", "my.conf:1:" },
		{ "A=\"x\\\ny\" @include \"f\"\n", "my.conf:2:" },
		{ "A=\"\\\"\"\n@include \"f\"\n", "my.conf:2:" },
		{ "/* \" */\n@include \"f\"\n", "my.conf:2:" },
		{ "# \"\n@include \"f\"\n", "my.conf:2:" },
		{ "/* a\nb */ @include \"f\"\n", "my.conf:2:" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		assert_error(odd[i].text, odd[i].where, "@include");
		report_release(&report);
	}
}

static void conf_parse__include_in_string_or_comment__is_text(void **state)
{
	(void)state;
	assert_parses("# @include \"x\"\n/*\n@include \"y\"\n*/\n"
		      "// @include \"z\"\nCIFS_PW=\"a\n@include b\"\n");
	assert_setting("CIFS_PW", "a\n@include b");
}

static void conf_parse__quote_in_block_comment__opens_nothing(void **state)
{
	(void)state;
	assert_parses("/* don't \"do\nthis */ CIFS_PW=\"a\\$b\"\nBR_IF=\"c\"\n");
	assert_setting("CIFS_PW", "a$b");
	assert_setting("BR_IF", "c");
	assert_int_equal(conf.settings[conf.nr - 1].line, 3);
}

static void conf_parse__open_block_comment__error(void **state)
{
	(void)state;
	assert_error("BR_IF=\"c\"\nCIFS_PW /* \"x\"\n", "my.conf:", "");
}

static void conf_find__here__only_where_the_caller_happens_to_be(void **state)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();
	bool here;

	(void)state;
	free(conf_find(&dirs, &here));
	assert_true(here);
	setenv("RAPIDO_CONF", "rapido.conf", 1);
	free(conf_find(&dirs, &here));
	unsetenv("RAPIDO_CONF");
	assert_false(here);
	unlink("rapido.conf");
	free(conf_find(&dirs, &here));
	assert_false(here);
}

static void conf_find__env__also_if_absent(void **state)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();
	_cleanup_free_ char *path = NULL;
	bool here;

	(void)state;
	setenv("RAPIDO_CONF", "no/such.conf", 1);
	path = conf_find(&dirs, &here);
	unsetenv("RAPIDO_CONF");
	assert_string_equal(path, "no/such.conf");
}

static void conf_read__huge_file__error_names_it(void **state)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();

	(void)state;
	assert_int_equal(truncate("rapido.conf", CONF_SIZE_MAX + 1), 0);
	assert_int_equal(load(&dirs), -EINVAL);
	assert_contains(report.errors.v[0], "rapido.conf");
}

static int setup_dir(void **state)
{
	return fixture_make(state) || setup(state);
}

static int teardown_dir(void **state)
{
	return fixture_remove(state) || teardown(state);
}

#define TEST(f)	       cmocka_unit_test_setup_teardown(f, setup, teardown)
#define TEST_IN_DIR(f) cmocka_unit_test_setup_teardown(f, setup_dir, teardown_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(conf_init__defaults__as_documented),
		TEST(conf_parse__plain_lines__set),
		TEST(conf_parse__example_conf__fine),
		TEST(conf_parse__example_conf_uncommented__fine),
		TEST(conf_is_true__words__as_documented),
		TEST(conf_is_true__not_set_or_no_such_word__false),
		TEST(conf_parse__keep_debug_is_neither__error_says_what),
		TEST(conf_parse__extra_modules__as_written),
		TEST(conf_parse__slip_of_the_new_keys__the_known_one_is_named),
		TEST(conf_parse__empty_text__fine),
		TEST(conf_parse__last_line_without_newline__set),
		TEST(conf_parse__carriage_returns__ignored),
		TEST(conf_parse__quote_in_comment__opens_nothing),
		TEST(conf_parse__hash_in_value__is_no_comment),
		TEST(conf_parse__value_over_lines__keeps_newline),
		TEST(conf_parse__backslash_newline__joins),
		TEST(conf_parse__backslash_before_quote_and_backslash__quotes),
		TEST(conf_parse__backslash_before_letter__stays),
		TEST(conf_parse__escaped_dollar__is_a_dollar),
		TEST(conf_parse__escaped_reference__is_text),
		TEST(conf_parse__number__is_text),
		TEST(conf_parse__number_that_loses_zeros__error),
		TEST(conf_parse__password_as_number__error),
		TEST(conf_parse__number_of_64_bits__is_text),
		TEST(conf_parse__boolean_for_own_key__true_or_false),
		TEST(conf_parse__reference_to_earlier_key__replaced),
		TEST(conf_parse__reference_to_default__replaced),
		TEST(conf_parse__reference_with_fallback__fallback_when_unset),
		TEST(conf_parse__reference_to_later_key__error_with_line),
		TEST(conf_parse__broken_reference__error_with_line),
		TEST(conf_parse__value_without_quotes__error_names_key),
		TEST(conf_parse__value_without_quotes_in_the_middle__its_line),
		TEST(conf_parse__single_quotes__error_names_key),
		TEST(conf_parse__cpus_and_memory__checked),
		TEST(conf_parse__quote_not_closed__error_where_it_opens),
		TEST(conf_parse__error_before_a_quote_not_closed__its_line),
		TEST(conf_parse__byte_order_mark_and_crlf__as_without),
		TEST(conf_parse__error_after_crlf__right_line),
		TEST(conf_parse__export__error_says_so),
		TEST(conf_parse__key_twice__error_with_both_lines),
		TEST(conf_parse__open_string__error_with_file),
		TEST(conf_parse__misspelt_key__error_with_the_right_one),
		TEST(conf_parse__unknown_key__warning_and_set),
		TEST(conf_parse__path_as_number__error),
		TEST(conf_parse__text_as_boolean__error),
		TEST(conf_parse__accel_other_word__error),
		TEST(conf_parse__accel_words__fine),
		TEST(conf_parse__network_words__fine),
		TEST(conf_parse__network_other_word__error_lists_them),
		TEST(conf_parse__group__error_names_key),
		TEST(conf_parse__name_no_shell_has__error),
		TEST(conf_parse__rapido_dir__error),
		TEST(conf_parse__several_errors__all_reported),
		TEST(conf_parse__error_after_joined_lines__right_line),
		TEST(conf_parse__unquoted_after_joined_lines__right_line),
		TEST(conf_parse__dracut_out__sets_image_path),
		TEST(conf_parse__image_path__sets_dracut_out),
		TEST(conf_get__empty_value__is_unset),
		TEST(conf_get__empty_value_of_key_with_default__default),
		TEST(conf_get__one_alias_empty__the_other),
		TEST(conf_expand__several_references__all_replaced),
		TEST(conf_expand__value_with_reference_in_it__not_replaced_again),
		TEST(conf_expand__unset__enoent_with_name),
		TEST(conf_expand__malformed__einval),
		TEST(conf_to_shell__defaults_only__nothing),
		TEST(conf_to_shell__settings__quoted_assignments_in_order),
		TEST_IN_DIR(conf_to_shell__hostile_value__shell_reads_it_back),
		TEST_IN_DIR(conf_find__order_of_places__first_wins_whole),
		TEST_IN_DIR(conf_find__later_place__contributes_nothing),
		TEST_IN_DIR(conf_find__env_names_absent_file__error),
		TEST_IN_DIR(conf_find__env_empty__as_unset),
		TEST_IN_DIR(conf_read__binary_file__error_names_it),
		TEST_IN_DIR(conf_read__huge_file__error_names_it),
		TEST_IN_DIR(conf_find__here__only_where_the_caller_happens_to_be),
		TEST_IN_DIR(conf_find__env__also_if_absent),
		TEST_IN_DIR(conf_parse__include__error_with_line_and_file_not_read),
		TEST(conf_parse__include_in_odd_places__error_with_line),
		TEST(conf_parse__include_in_string_or_comment__is_text),
		TEST(conf_parse__quote_in_block_comment__opens_nothing),
		TEST(conf_parse__open_block_comment__error),
	};

	return cmocka_run_group_tests(tests, fixture_clean_environment, NULL);
}
