// SPDX-License-Identifier: GPL-2.0-or-later
/* Values in .config files. */
#include "fixture.h"
#include "kernel/kconfig.h"

static struct kconfig config;
static struct report report;

static int teardown(void **state)
{
	kconfig_release(&config);
	report_release(&report);
	return fixture_remove(state);
}

static void read_config(const char *text)
{
	assert_int_equal(kconfig_read(&config, put_file(".config", text), &report), 0);
}

static void assert_value(const char *symbol, const char *value)
{
	const char *found = kconfig_get(&config, symbol);

	assert_non_null(found);
	assert_string_equal(found, value);
}

static void assert_refused(const char *path, const char *part)
{
	assert_int_equal(kconfig_read(&config, path, &report), -EINVAL);
	assert_int_equal(report.errors.nr, 1);
	assert_contains(report.errors.v[0], part);
	assert_contains(report.errors.v[0], path);
}

#define CONFIG_TEST(f) DEFINE_TEST_WITH(f, fixture_make, teardown)

CONFIG_TEST(read__values__as_written)
{
	read_config("# Linux/x86 6.1.0 Kernel Configuration\n"
		    "CONFIG_A=y\nCONFIG_B=m\nCONFIG_NR=12\n"
		    "CONFIG_TEXT=\"a = b # c\"\nCONFIG_LAST=y");
	assert_value("A", "y");
	assert_value("B", "m");
	assert_value("NR", "12");
	assert_value("TEXT", "\"a = b # c\"");
	assert_value("LAST", "y");
}

CONFIG_TEST(get__not_set__null)
{
	read_config("CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=n\n");
	assert_null(kconfig_get(&config, "B"));
	assert_null(kconfig_get(&config, "C"));
	assert_null(kconfig_get(&config, "D"));
}

CONFIG_TEST(read__set_twice__last_counts)
{
	read_config("CONFIG_A=y\nCONFIG_A=m\n");
	assert_value("A", "m");
}

CONFIG_TEST(read__garbage_between__ignored)
{
	read_config("CONFIG_\nCONFIG_X\nCONFIG_=y\nCONFIG A=y\n\x80\xff\n=\n"
		    "CONFIG_A-B=y\nCONFIG_A=y \r\n");
	assert_int_equal(config.values.nr, 1);
	assert_value("A", "y");
}

CONFIG_TEST(read__empty__says_so)
{
	assert_refused(put_file(".config", ""), "is empty");
}

CONFIG_TEST(read__something_else__refused)
{
	assert_refused(put_file(".config", "int main(void)\n"),
		       "not a kernel configuration");
}

CONFIG_TEST(read__directory__refused)
{
	assert_refused(put_dir(".config"), "is a directory");
}

CONFIG_TEST(read__not_there__refused)
{
	assert_refused(at("none"), "no such file");
}

CONFIG_TEST(satisfies__wanted_values__compared)
{
	read_config("CONFIG_Y=y\nCONFIG_M=m\nCONFIG_S=\"text\"\nCONFIG_I=7\n");
	assert_true(kconfig_satisfies(&config, "Y", "y"));
	assert_true(kconfig_satisfies(&config, "Y", "m"));
	assert_true(kconfig_satisfies(&config, "Y", NULL));
	assert_false(kconfig_satisfies(&config, "Y", "n"));
	assert_false(kconfig_satisfies(&config, "M", "y"));
	assert_true(kconfig_satisfies(&config, "M", "m"));
	assert_true(kconfig_satisfies(&config, "M", NULL));
	assert_true(kconfig_satisfies(&config, "S", "text"));
	assert_true(kconfig_satisfies(&config, "S", "\"text\""));
	assert_false(kconfig_satisfies(&config, "S", "tex"));
	assert_true(kconfig_satisfies(&config, "I", "7"));
	assert_true(kconfig_satisfies(&config, "NONE", "n"));
	assert_false(kconfig_satisfies(&config, "NONE", NULL));
	assert_false(kconfig_satisfies(&config, "NONE", "m"));
}

CONFIG_TEST(changed__after_build__sorted_differences)
{
	_cleanup_(strvec_release) struct strvec symbols = STRVEC_INIT;
	struct kconfig built = KCONFIG_INIT;

	read_config("CONFIG_SAME=y\nCONFIG_NEW=y\nCONFIG_OTHER=y\n"
		    "# CONFIG_GONE is not set\nCONFIG_OFF=n\n");
	assert_int_equal(
		kconfig_read(&built,
			     put_file("auto.conf", "CONFIG_SAME=y\nCONFIG_OTHER=m\n"
						   "CONFIG_GONE=y\n"),
			     &report),
		0);
	kconfig_changed(&config, &built, &symbols);
	assert_strvec(&symbols, "GONE", "NEW", "OTHER");
	kconfig_release(&built);
}

CONFIG_TEST(changed__strings_without_quotes__the_same)
{
	_cleanup_(strvec_release) struct strvec symbols = STRVEC_INIT;
	struct kconfig built = KCONFIG_INIT;

	read_config("CONFIG_A=\"a \\\"b\\\\\"\nCONFIG_B=\"\"\n");
	assert_int_equal(kconfig_read(&built,
				      put_file("auto.conf", "CONFIG_A=a \"b\\\n"
							    "CONFIG_B=\n"),
				      &report),
			 0);
	kconfig_changed(&config, &built, &symbols);
	assert_int_equal(symbols.nr, 0);
	kconfig_release(&built);
}

CONFIG_TEST(names__many__counted)
{
	_cleanup_(strvec_release) struct strvec symbols = STRVEC_INIT;
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	strvec_pushl(&symbols, "A", "B", "C", NULL);
	kconfig_add_names(&text, &symbols);
	assert_string_equal(text.buf, "CONFIG_A, CONFIG_B and CONFIG_C");
	strbuf_setlen(&text, 0);
	strvec_pushl(&symbols, "D", "E", NULL);
	kconfig_add_names(&text, &symbols);
	assert_string_equal(text.buf, "CONFIG_A, CONFIG_B and 3 more");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
