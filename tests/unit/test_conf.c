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

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(conf_init__defaults__as_documented)
{
	assert_setting("RAPIDO_DIR", "/r");
	assert_setting("IMAGE_PATH", "/s/myinitrd");
	assert_setting("DRACUT_OUT", "/s/myinitrd");
	assert_setting("QEMU_PID_DIR", "/s");
	assert_setting("VM_NET_CONF", "/r/net-conf");
	assert_setting("QEMU_EXTRA_ARGS", "-nographic -device virtio-rng-pci");
	assert_null(conf_get(&conf, "KERNEL_SRC"));
}

TEST(conf_parse__plain_lines__set)
{
	assert_parses("# rapido.conf\n\nKERNEL_SRC=\"/home/me/linux\"\n"
		      "  # indented comment\nCIFS_PW=\"a b\"  # trailing comment\n");
	assert_setting("KERNEL_SRC", "/home/me/linux");
	assert_setting("CIFS_PW", "a b");
	assert_string_equal(conf.path, "my.conf");
}

TEST(conf_parse__example_conf__fine)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(io_read_file(AT_FDCWD, SOURCE_DIR "/rapido.conf.example",
				      CONF_SIZE_MAX, &text, NULL),
			 0);
	assert_parses(text);
}

/* Every commented-out setting of the example too: a user uncomments them. */
TEST(conf_parse__example_conf_uncommented__fine)
{
	_cleanup_(strbuf_release) struct strbuf active = STRBUF_INIT;
	_cleanup_free_ char *text = NULL;

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

TEST(conf_is_true__words__as_documented)
{
	static const char *const yes[] = { "\"yes\"", "\"true\"", "\"on\"", "\"1\"",
					   "\"YES\"", "true",	  "1" };
	static const char *const no[] = { "\"no\"", "\"false\"", "\"off\"", "\"0\"",
					  "\"No\"", "false",	 "0",	    "\"\"" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		assert_keep_debug(yes[i], true);
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		assert_keep_debug(no[i], false);
}

TEST(conf_is_true__not_set_or_no_such_word__false)
{
	assert_false(conf_is_true(&conf, "KEEP_DEBUG"));
	assert_false(conf_is_true(&conf, "NO_SUCH_KEY"));
	assert_parses("KERNEL_SRC=\"maybe\"\n");
	assert_false(conf_is_true(&conf, "KERNEL_SRC"));
}

TEST(conf_parse__keep_debug_is_neither__error_says_what)
{
	assert_error("\nKEEP_DEBUG=\"maybe\"\n", "my.conf:2", "yes or no");
	report_release(&report);
	assert_error("KEEP_DEBUG=2\n", "KEEP_DEBUG", "yes or no");
}

TEST(conf_parse__extra_modules__as_written)
{
	assert_parses("EXTRA_MODULES=\"${RAPIDO_DIR}/a b:../c\"\n");
	assert_setting("EXTRA_MODULES", "/r/a b:../c");
	assert_int_equal(report.warnings.nr, 0);
}

TEST(conf_parse__slip_of_the_new_keys__the_known_one_is_named)
{
	assert_error("EXTRA_MODULE=\"/a\"\n", "'EXTRA_MODULE'", "EXTRA_MODULES");
}

TEST(conf_parse__empty_text__fine)
{
	assert_parses("");
	assert_setting("QEMU_PID_DIR", "/s");
}

TEST(conf_parse__last_line_without_newline__set)
{
	assert_parses("TARGET_IQN=\"iqn.x\"");
	assert_setting("TARGET_IQN", "iqn.x");
}

TEST(conf_parse__carriage_returns__ignored)
{
	assert_parses("TARGET_IQN=\"iqn.x\"\r\nBR_IF=\"eth0\"\r\n");
	assert_setting("TARGET_IQN", "iqn.x");
	assert_setting("BR_IF", "eth0");
}

TEST(conf_parse__quote_in_comment__opens_nothing)
{
	assert_parses("# don't \"panic\nBR_IF=\"eth0\" # a \" here\nBR_DEV=\"b\"\n#\"");
	assert_setting("BR_IF", "eth0");
	assert_setting("BR_DEV", "b");
}

TEST(conf_parse__hash_in_value__is_no_comment)
{
	assert_parses("CIFS_PW=\"a#b\"\n");
	assert_setting("CIFS_PW", "a#b");
}

TEST(conf_parse__value_over_lines__keeps_newline)
{
	assert_parses("INITIATOR_IQNS=\"one\ntwo\"\n");
	assert_setting("INITIATOR_IQNS", "one\ntwo");
}

TEST(conf_parse__backslash_newline__joins)
{
	assert_parses("QEMU_EXTRA_ARGS=\"-nographic \\\n-s\\\n -S\"\n");
	assert_setting("QEMU_EXTRA_ARGS", "-nographic -s -S");
}

TEST(conf_parse__backslash_before_quote_and_backslash__quotes)
{
	assert_parses("CIFS_PW=\"a\\\"b\\\\c\"\n");
	assert_setting("CIFS_PW", "a\"b\\c");
}

TEST(conf_parse__backslash_before_letter__stays)
{
	assert_parses("CIFS_PW=\"DOM\\name\\t\\x41\"\n");
	assert_setting("CIFS_PW", "DOM\\name\\t\\x41");
}

TEST(conf_parse__escaped_dollar__is_a_dollar)
{
	assert_parses("CIFS_PW=\"a\\$b\\`c\"\n");
	assert_setting("CIFS_PW", "a$b`c");
}

TEST(conf_parse__escaped_reference__is_text)
{
	assert_parses("FSTESTS_AUTORUN_CMD=\"echo \\${FSTYP}\"\n");
	assert_setting("FSTESTS_AUTORUN_CMD", "echo ${FSTYP}");
}

TEST(conf_parse__number__is_text)
{
	assert_parses("FSTESTS_ZRAM_SIZE=1073741824\nMY_OWN_THING=-5\n");
	assert_setting("FSTESTS_ZRAM_SIZE", "1073741824");
	assert_setting("MY_OWN_THING", "-5");
}

TEST(conf_parse__number_that_loses_zeros__error)
{
	assert_error("KERNEL_RELEASE=6.10\n", "my.conf:1:", "KERNEL_RELEASE");
}

TEST(conf_parse__password_as_number__error)
{
	assert_error("CIFS_PW=007\n", "my.conf:1:", "CIFS_PW");
}

TEST(conf_parse__number_of_64_bits__is_text)
{
	assert_parses("FSTESTS_ZRAM_SIZE=10737418240L\n");
	assert_setting("FSTESTS_ZRAM_SIZE", "10737418240");
}

TEST(conf_parse__boolean_for_own_key__true_or_false)
{
	assert_parses("MY_OWN_THING=true\nANOTHER_THING_OF_MINE=false\n");
	assert_setting("MY_OWN_THING", "true");
	assert_setting("ANOTHER_THING_OF_MINE", "false");
}

TEST(conf_parse__reference_to_earlier_key__replaced)
{
	assert_parses(
		"KERNEL_SRC=\"/src\"\nLTP_DIR=\"${KERNEL_SRC}/ltp:${RAPIDO_DIR}\"\n");
	assert_setting("LTP_DIR", "/src/ltp:/r");
}

TEST(conf_parse__reference_to_default__replaced)
{
	assert_parses("QEMU_EXTRA_ARGS=\"${QEMU_EXTRA_ARGS} -s\"\n");
	assert_setting("QEMU_EXTRA_ARGS", "-nographic -device virtio-rng-pci -s");
}

TEST(conf_parse__reference_with_fallback__fallback_when_unset)
{
	assert_parses(
		"LTP_DIR=\"${NOT_THERE:-/opt/ltp}\"\nCIFS_PW=\"x${NOT_THERE:-}y\"\n");
	assert_setting("LTP_DIR", "/opt/ltp");
	assert_setting("CIFS_PW", "xy");
}

TEST(conf_parse__reference_to_later_key__error_with_line)
{
	assert_error("\nLTP_DIR=\"${KERNEL_SRC}/ltp\"\nKERNEL_SRC=\"/src\"\n",
		     "my.conf:2:", "'KERNEL_SRC'");
	assert_contains(report.errors.v[0], "'LTP_DIR'");
}

TEST(conf_parse__broken_reference__error_with_line)
{
	assert_error("LTP_DIR=\"a${KERNEL_SRC\"\n", "my.conf:1:", "'LTP_DIR'");
}

TEST(conf_parse__value_without_quotes__error_names_key)
{
	assert_error("BR_IF=\"eth0\"\nKERNEL_SRC=/home/me/linux\n",
		     "my.conf:2:", "'KERNEL_SRC'");
	assert_contains(report.errors.v[0], "quotes");
}

TEST(conf_parse__value_without_quotes_in_the_middle__its_line)
{
	assert_error("BR_IF=\"eth0\"\nTAP_USER=me\nBR_DEV=\"br\"\n",
		     "my.conf:2:", "'TAP_USER'");
}

TEST(conf_parse__single_quotes__error_names_key)
{
	assert_error("TAP_USER='me'\n", "my.conf:1:", "'TAP_USER'");
}

TEST(conf_parse__quote_not_closed__error_where_it_opens)
{
	static const char *const texts[] = {
		"A=\"x\"\nBR_IF=\"e\nTAP_USER=\"me\"\nBR_DEV=\"b\"\n",
		"A=\"x\"\nBR_IF=\"e\n\nTAP_USER = \"\"\nBR_DEV=\"b\"\n",
		"A=\"x\"\nBR_IF=\"e\n# a \"quoted\" word\nTAP_USER=\"me\"\n",
		"A=\"x\"\nBR_IF=\"\n",
		"A=\"x\\\n\"\nBR_IF=\"e\\\n\nf\"g\"\n",
		"# it's \"\nBR_IF=\"e\\\" \nTAP_USER=\"me\"\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_error(texts[i], i == 4 ? "my.conf:3:" : "my.conf:2:", "quote");
		teardown(NULL);
		setup(NULL);
	}
}

TEST(conf_parse__error_before_a_quote_not_closed__its_line)
{
	assert_error("BR_IF=eth0\nTAP_USER=\"me\n", "my.conf:1:", "'BR_IF'");
}

TEST(conf_parse__byte_order_mark_and_crlf__as_without)
{
	assert_parses("\xef\xbb\xbf# from Windows\r\nLTP_DIR=\"a \\\r\nb\"\r\n"
		      "INITIATOR_IQNS=\"one\r\ntwo\"\r\n");
	assert_setting("LTP_DIR", "a b");
	assert_setting("INITIATOR_IQNS", "one\ntwo");
}

TEST(conf_parse__error_after_crlf__right_line)
{
	assert_error("\xef\xbb\xbfLTP_DIR=\"a \\\r\nb\"\r\nTAP_USER=me\r\n",
		     "my.conf:3:", "'TAP_USER'");
}

TEST(conf_parse__cpus_and_memory__checked)
{
	assert_parses("CPUS=4\nMEMORY=\"2G\"\nAPPEND=\"quiet a=b\"\n");
	assert_setting("CPUS", "4");
	assert_setting("MEMORY", "2G");
	assert_int_equal(report.warnings.nr, 0);
	assert_error("CPUS=\"0\"\n", "my.conf:1:", "1 to 4096");
	report_release(&report);
	assert_error("N=\"many\"\nMEMORY=\"${N}\"\n",
		     "my.conf:2:", "'MEMORY' must be a size");
}

TEST(conf_parse__export__error_says_so)
{
	assert_error("BR_IF=\"e\"\nexport TAP_USER=\"me\"\n", "my.conf:2:", "'export'");
}

TEST(conf_parse__key_twice__error_with_both_lines)
{
	assert_error("BR_IF=\"a\"\nTAP_USER=\"x\"\nBR_IF=\"b\"\n",
		     "my.conf:3:", "'BR_IF'");
	assert_contains(report.errors.v[0], "line 1");
}

TEST(conf_parse__open_string__error_with_file)
{
	assert_int_equal(parse("BR_IF=\"eth0\n"), -EINVAL);
	assert_contains(report.errors.v[0], "my.conf:");
}

TEST(conf_parse__misspelt_key__error_with_the_right_one)
{
	assert_error("\nKERNEL_SCR=\"/src\"\n", "my.conf:2:", "'KERNEL_SCR'");
	assert_contains(report.errors.v[0], "'KERNEL_SRC'");
}

TEST(conf_parse__unknown_key__warning_and_set)
{
	assert_parses("\n\nMY_TESTS_OWN_KEY=\"v\"\n");
	assert_setting("MY_TESTS_OWN_KEY", "v");
	assert_int_equal(report.warnings.nr, 1);
	assert_contains(report.warnings.v[0], "my.conf:3:");
	assert_contains(report.warnings.v[0], "'MY_TESTS_OWN_KEY'");
}

TEST(conf_parse__path_as_number__error)
{
	assert_error("KERNEL_SRC=5\n", "my.conf:1:", "'KERNEL_SRC'");
}

TEST(conf_parse__text_as_boolean__error)
{
	assert_error("TAP_USER=true\n", "my.conf:1:", "'TAP_USER'");
}

TEST(conf_parse__accel_other_word__error)
{
	assert_error("ACCEL=\"fast\"\n", "my.conf:1:", "'ACCEL'");
	assert_contains(report.errors.v[0], "kvm");
}

TEST(conf_parse__network_words__fine)
{
	assert_parses("NETWORK=\"lan\"\nFORWARD=\"2222:22\"\n");
	assert_setting("NETWORK", "lan");
	assert_setting("FORWARD", "2222:22");
}

TEST(conf_parse__network_other_word__error_lists_them)
{
	assert_error("NETWORK=\"bridge\"\n", "my.conf:1:", "passt or none");
}

TEST(conf_parse__accel_words__fine)
{
	assert_parses("ACCEL=\"tcg\"\n");
	assert_setting("ACCEL", "tcg");
}

TEST(conf_parse__group__error_names_key)
{
	assert_error("BR_IF=\"e\"\nnet = { a = 1; }\n", "my.conf:2:", "'net'");
}

TEST(conf_parse__name_no_shell_has__error)
{
	assert_error("MY-KEY=\"v\"\n", "my.conf:1:", "'MY-KEY'");
}

TEST(conf_parse__rapido_dir__error)
{
	assert_error("RAPIDO_DIR=\"/x\"\n", "my.conf:1:", "'RAPIDO_DIR'");
	assert_setting("RAPIDO_DIR", "/r");
}

TEST(conf_parse__several_errors__all_reported)
{
	assert_int_equal(parse("ACCEL=\"x\"\nKERNEL_SCR=\"y\"\nLTP_DIR=\"${NOPE}\"\n"),
			 -EINVAL);
	assert_int_equal(report.errors.nr, 3);
	assert_contains(report.errors.v[0], "my.conf:1:");
	assert_contains(report.errors.v[1], "my.conf:2:");
	assert_contains(report.errors.v[2], "my.conf:3:");
}

TEST(conf_parse__error_after_joined_lines__right_line)
{
	assert_error("QEMU_EXTRA_ARGS=\"a \\\nb \\\nc\"\nACCEL=\"x\"\n",
		     "my.conf:4:", "'ACCEL'");
}

TEST(conf_parse__unquoted_after_joined_lines__right_line)
{
	assert_error("QEMU_EXTRA_ARGS=\"a \\\nb\"\nTAP_USER=me\n",
		     "my.conf:3:", "'TAP_USER'");
}

TEST(conf_parse__dracut_out__sets_image_path)
{
	assert_parses("DRACUT_OUT=\"/x/initrd\"\n");
	assert_setting("IMAGE_PATH", "/x/initrd");
	assert_setting("DRACUT_OUT", "/x/initrd");
}

TEST(conf_parse__image_path__sets_dracut_out)
{
	assert_parses("IMAGE_PATH=\"/x/initrd\"\n");
	assert_setting("IMAGE_PATH", "/x/initrd");
	assert_setting("DRACUT_OUT", "/x/initrd");
}

TEST(conf_get__empty_value__is_unset)
{
	assert_parses("KERNEL_SRC=\"\"\n");
	assert_null(conf_get(&conf, "KERNEL_SRC"));
}

TEST(conf_get__empty_value_of_key_with_default__default)
{
	assert_parses("IMAGE_PATH=\"\"\nQEMU_PID_DIR=\"\"\nQEMU_EXTRA_ARGS=\"\"\n");
	assert_setting("IMAGE_PATH", "/s/myinitrd");
	assert_setting("DRACUT_OUT", "/s/myinitrd");
	assert_setting("QEMU_PID_DIR", "/s");
	assert_setting("QEMU_EXTRA_ARGS", "-nographic -device virtio-rng-pci");
}

/* An empty IMAGE_PATH says nothing against a DRACUT_OUT. */
TEST(conf_get__one_alias_empty__the_other)
{
	assert_parses("IMAGE_PATH=\"\"\nDRACUT_OUT=\"/x/initrd\"\n");
	assert_setting("IMAGE_PATH", "/x/initrd");
	assert_setting("DRACUT_OUT", "/x/initrd");
}

TEST(conf_expand__several_references__all_replaced)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	char *missing = NULL;

	assert_int_equal(
		conf_expand(&conf, "a${RAPIDO_DIR}b${NOT_SET:-c}$d{e}", &out, &missing),
		0);
	assert_string_equal(out.buf, "a/rbc$d{e}");
	assert_null(missing);
}

TEST(conf_expand__value_with_reference_in_it__not_replaced_again)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	char *missing = NULL;

	assert_parses("CIFS_PW=\"$\"\n");
	assert_int_equal(conf_expand(&conf, "${CIFS_PW}{RAPIDO_DIR}", &out, &missing), 0);
	assert_string_equal(out.buf, "${RAPIDO_DIR}");
}

TEST(conf_expand__unset__enoent_with_name)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	_cleanup_free_ char *missing = NULL;

	assert_int_equal(conf_expand(&conf, "a${NOT_SET}b", &out, &missing), -ENOENT);
	assert_string_equal(missing, "NOT_SET");
}

TEST(conf_expand__malformed__einval)
{
	static const char *const bad[] = { "${",      "${}",	 "${RAPIDO_DIR",
					   "${:-a}",  "${1A}",	 "${RAPIDO_DIR-a}",
					   "${A:+b}", "${A B}",	 "${RAPIDO_DIR:}",
					   "x${ A}",  "${#HOME}" };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
		char *missing = NULL;

		assert_int_equal(conf_expand(&conf, bad[i], &out, &missing), -EINVAL);
		assert_null(missing);
	}
}

TEST(conf_to_shell__defaults_only__nothing)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;

	conf_to_shell(&conf, &out);
	assert_string_equal(out.buf, "");
}

TEST(conf_to_shell__settings__quoted_assignments_in_order)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;

	assert_parses("TAP_USER=\"me\"\nCIFS_PW=\"it's a $1\"\nBR_IF=\"\"\n");
	conf_to_shell(&conf, &out);
	assert_string_equal(out.buf, "TAP_USER=me\nCIFS_PW='it'\\''s a $1'\nBR_IF=''\n");
}

static int setup_dir(void **state)
{
	return fixture_make(state) || setup(state);
}

static int teardown_dir(void **state)
{
	return fixture_remove(state) || teardown(state);
}

#define TEST_IN_DIR(f) DEFINE_TEST_WITH(f, setup_dir, teardown_dir)

TEST_IN_DIR(conf_to_shell__hostile_value__shell_reads_it_back)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;
	char back[128] = "";
	FILE *sh;

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

TEST_IN_DIR(conf_find__order_of_places__first_wins_whole)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();

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

TEST_IN_DIR(conf_find__later_place__contributes_nothing)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();

	put_file("home/rapido.conf", "BR_IF=\"eth7\"\n");
	assert_loads(&dirs, "cwd");
	assert_null(conf_get(&conf, "BR_IF"));
}

TEST_IN_DIR(conf_find__env_names_absent_file__error)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();
	int err;

	setenv("RAPIDO_CONF", at("absent.conf"), 1);
	err = load(&dirs);
	unsetenv("RAPIDO_CONF");
	assert_int_equal(err, -EINVAL);
	assert_contains(report.errors.v[0], "absent.conf");
}

TEST_IN_DIR(conf_find__env_empty__as_unset)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();

	setenv("RAPIDO_CONF", "", 1);
	assert_loads(&dirs, "cwd");
	unsetenv("RAPIDO_CONF");
}

TEST_IN_DIR(conf_read__binary_file__error_names_it)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();

	put_data("cwd/rapido.conf", "BR_IF=\"a\"\0\n", 11);
	assert_int_equal(load(&dirs), -EINVAL);
	assert_contains(report.errors.v[0], "rapido.conf");
}

TEST_IN_DIR(conf_parse__include__error_with_line_and_file_not_read)
{
	_cleanup_free_ char *text =
		xasprintf("# one\nBR_IF=\"a\"\n  @include \"%s\"\n",
			  put_file("other.conf", "CIFS_PW=\"secret\"\n"));

	assert_error(text, "my.conf:3:", "'@include' is not supported");
	assert_null(conf_get(&conf, "CIFS_PW"));
}

/* Where libconfig would see one, whatever a shell makes of the line. */
TEST(conf_parse__include_in_odd_places__error_with_line)
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

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		assert_error(odd[i].text, odd[i].where, "@include");
		report_release(&report);
	}
}

TEST(conf_parse__include_in_string_or_comment__is_text)
{
	assert_parses("# @include \"x\"\n/*\n@include \"y\"\n*/\n"
		      "// @include \"z\"\nCIFS_PW=\"a\n@include b\"\n");
	assert_setting("CIFS_PW", "a\n@include b");
}

TEST(conf_parse__quote_in_block_comment__opens_nothing)
{
	assert_parses("/* don't \"do\nthis */ CIFS_PW=\"a\\$b\"\nBR_IF=\"c\"\n");
	assert_setting("CIFS_PW", "a$b");
	assert_setting("BR_IF", "c");
	assert_int_equal(conf.settings[conf.nr - 1].line, 3);
}

TEST(conf_parse__open_block_comment__error)
{
	assert_error("BR_IF=\"c\"\nCIFS_PW /* \"x\"\n", "my.conf:", "");
}

TEST_IN_DIR(conf_find__here__only_where_the_caller_happens_to_be)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();
	bool here;

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

TEST_IN_DIR(conf_find__env__also_if_absent)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();
	_cleanup_free_ char *path = NULL;
	bool here;

	setenv("RAPIDO_CONF", "no/such.conf", 1);
	path = conf_find(&dirs, &here);
	unsetenv("RAPIDO_CONF");
	assert_string_equal(path, "no/such.conf");
}

TEST_IN_DIR(conf_read__huge_file__error_names_it)
{
	_cleanup_(dirs_release) struct dirs dirs = put_confs();

	assert_int_equal(truncate("rapido.conf", CONF_SIZE_MAX + 1), 0);
	assert_int_equal(load(&dirs), -EINVAL);
	assert_contains(report.errors.v[0], "rapido.conf");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
