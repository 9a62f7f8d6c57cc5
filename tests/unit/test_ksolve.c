// SPDX-License-Identifier: GPL-2.0-or-later
/* What wanted options ask for, against small Kconfig files. */
#include "fixture.h"
#include "kconfig/ksolve.h"

static struct ksymbols symbols;
static struct kbuild kbuild;
static struct ksolve solve;

static int teardown(void **state)
{
	ksolve_release(&solve);
	kbuild_release(&kbuild);
	ksymbols_release(&symbols);
	return fixture_remove(state);
}

#define MODULES "config MODULES\n\tbool \"modules\"\n"

static void source(const char *kconfig, const char *makefile)
{
	ksymbols_parse(&symbols, kconfig, fixture_dir, "x86");
	kbuild_parse(&kbuild, makefile, fixture_dir, "x86");
	ksolve_init(&solve, &symbols, &kbuild);
}

static void want(const char *symbol)
{
	assert_int_equal(ksolve_want(&solve, symbol, false, 0), 0);
}

static int want_module(const char *name, struct strvec *names)
{
	_cleanup_(strvec_release) struct strvec unused = STRVEC_INIT;

	return ksolve_want_module(&solve, name, 0, names ? names : &unused);
}

/* "A=m B=y", and notes in brackets: all that the result has. */
static void assert_result(const char *expected)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	ksolve_finish(&solve);
	for (size_t i = 0; i < solve.nr; i++) {
		const struct ksolve_item *item = &solve.items[i];

		if (item->symbol)
			strbuf_addf(&text, "%s%s=%s", i ? " " : "", item->symbol,
				    item->text);
		else
			strbuf_addf(&text, "%s[%s]", i ? " " : "", item->text);
	}
	assert_string_equal(text.buf, expected);
}

#define SOLVE_TEST(f) DEFINE_TEST_WITH(f, fixture_make, teardown)

SOLVE_TEST(want__conjunction__each)
{
	source("config A\n\tbool \"a\"\n\tdepends on B && C\n"
	       "config B\n\tbool \"b\"\n\tdepends on D\n"
	       "config C\n\tbool \"c\"\nconfig D\n\tbool \"d\"\n",
	       "");
	want("A");
	assert_result("A=y B=y C=y D=y");
}

SOLVE_TEST(want__alternatives__note)
{
	source("config A\n\tbool \"a\"\n\tdepends on B || C\n"
	       "config B\n\tbool \"b\"\nconfig C\n\tbool \"c\"\n",
	       "");
	want("A");
	assert_result("A=y [A also needs: B || C]");
}

SOLVE_TEST(want__alternative_that_comes_later__settled)
{
	source("config A\n\tbool \"a\"\n\tdepends on B || C\n"
	       "config B\n\tbool \"b\"\nconfig C\n\tbool \"c\"\n",
	       "");
	want("A");
	want("C");
	assert_result("A=y C=y");
}

SOLVE_TEST(want__one_alternative_possible__that_one)
{
	source("config A\n\tbool \"a\"\n\tdepends on ARM || COMPILE_TEST || PCI\n"
	       "config PCI\n\tbool \"pci\"\n"
	       "config COMPILE_TEST\n\tbool \"compile also what cannot run\"\n",
	       "");
	want("A");
	assert_result("A=y PCI=y");
}

SOLVE_TEST(want__must_be_off__note)
{
	source("config A\n\tbool \"a\"\n\tdepends on !B && !NONE\n"
	       "config B\n\tbool \"b\"\n",
	       "");
	want("A");
	assert_result("A=y [A also needs: !B]");
}

SOLVE_TEST(want__either_way__nothing)
{
	source(MODULES "config A\n\ttristate \"a\"\n\tdepends on B || !B || B=n\n"
		       "config B\n\ttristate \"b\"\n",
	       "obj-$(CONFIG_A) += a.o");
	assert_int_equal(want_module("a", NULL), 0);
	assert_result("A=m");
}

SOLVE_TEST(want__no_prompt_default__what_it_depends_on)
{
	source("config A\n\tbool \"a\"\n\tdepends on AUTO && MMU\n"
	       "config AUTO\n\tdef_bool B\n\tdepends on C\n"
	       "config MMU\n\tdef_bool y\n"
	       "config B\n\tbool \"b\"\nconfig C\n\tbool \"c\"\n",
	       "");
	want("A");
	assert_result("A=y B=y C=y");
}

SOLVE_TEST(want__no_prompt_one_select__selected)
{
	source("config A\n\tbool \"a\"\n\tdepends on LIB\n"
	       "config LIB\n\tbool\n"
	       "config B\n\tbool \"b\"\n\tselect LIB if C\nconfig C\n\tbool \"c\"\n"
	       "config ARM_THING\n\tbool \"t\"\n\tdepends on ARM\n",
	       "");
	want("A");
	assert_result("A=y B=y C=y");
}

SOLVE_TEST(want__no_prompt_several_selects__note)
{
	source("config A\n\tbool \"a\"\n\tdepends on LIB\nconfig LIB\n\tbool\n"
	       "config B\n\tbool \"b\"\n\tselect LIB\n"
	       "config C\n\tbool \"c\"\n\tselect LIB\n",
	       "");
	want("A");
	assert_result("A=y [LIB also needs: C || B]");
}

SOLVE_TEST(want__selected_by_what_is_wanted__nothing)
{
	source("config A\n\tbool \"a\"\n\tdepends on LIB\nconfig LIB\n\tbool\n"
	       "config B\n\tbool \"b\"\n\tselect LIB\n"
	       "config C\n\tbool \"c\"\n\tselect LIB\n",
	       "");
	want("A");
	want("C");
	assert_result("A=y C=y");
}

SOLVE_TEST(want__prompt_for_experts__not_when_on_anyway)
{
	source("config A\n\tbool \"a\" if EXPERT\n\tdefault y\n"
	       "config B\n\tbool \"b\" if EXPERT\n"
	       "config C\n\tbool \"c\" if EXPERT\n\tdefault y if !EXPERT\n"
	       "config EXPERT\n\tbool \"expert\"\n",
	       "");
	want("A");
	want("C");
	assert_result("A=y C=y");
	want("B");
	assert_result("A=y C=y B=y EXPERT=y");
}

SOLVE_TEST(want__around_in_a_circle__ends)
{
	source("config A\n\tbool \"a\"\n\tdepends on B\n"
	       "config B\n\tbool \"b\"\n\tdepends on A && D\n"
	       "config D\n\tbool\n\tdepends on E\n\tdefault F\n"
	       "config E\n\tdef_bool D\nconfig F\n\tdef_bool E\n",
	       "");
	want("A");
	ksolve_finish(&solve);
	assert_string_equal(ksolve_get(&solve, "B"), "y");
}

SOLVE_TEST(want__not_in_the_source__enoent)
{
	source("config A\n\tbool \"a\"\n", "");
	assert_int_equal(ksolve_want(&solve, "B", false, 0), -ENOENT);
	assert_result("");
}

SOLVE_TEST(set__value__verbatim_and_its_dependencies)
{
	source("config NAME\n\tstring \"name\"\n\tdepends on B\n"
	       "config B\n\tbool \"b\"\nconfig C\n\tbool \"c\"\n\tdepends on B\n",
	       "");
	assert_int_equal(ksolve_set(&solve, "NAME", "\"x\"", 0), 0);
	assert_int_equal(ksolve_set(&solve, "C", "n", 0), 0);
	assert_int_equal(ksolve_set(&solve, "NEW", "y", 0), -ENOENT);
	assert_int_equal(ksolve_set(&solve, "C", "y", 0), -EEXIST);
	assert_result("NAME=\"x\" C=n NEW=y B=y");
}

SOLVE_TEST(set__off_and_needed__note)
{
	source("config A\n\tbool \"a\"\n\tdepends on B\nconfig B\n\tbool \"b\"\n", "");
	assert_int_equal(ksolve_set(&solve, "B", "n", 0), 0);
	want("A");
	assert_result("B=n [A also needs: B]");
}

SOLVE_TEST(module__tristate__as_a_module)
{
	source(MODULES "config XFS_FS\n\ttristate \"xfs\"\n\tdepends on BLOCK && LIB\n"
		       "config BLOCK\n\tbool \"block\"\n"
		       "config LIB\n\ttristate \"lib\"\n",
	       "obj-$(CONFIG_XFS_FS) += xfs.o\n");
	assert_int_equal(want_module("xfs", NULL), 0);
	assert_result("XFS_FS=m BLOCK=y LIB=m");
}

SOLVE_TEST(module__wanted_built_in_too__built_in)
{
	source(MODULES "config A\n\ttristate \"a\"\n\tdepends on B\n"
		       "config B\n\ttristate \"b\"\n",
	       "obj-$(CONFIG_A) += a.o\n");
	assert_int_equal(want_module("a", NULL), 0);
	want("A");
	assert_result("A=y B=y");
}

SOLVE_TEST(module__bool__built_in)
{
	source("config A\n\tbool \"a\"\n", "obj-$(CONFIG_A) += a.o\n");
	assert_int_equal(want_module("a", NULL), 0);
	assert_result("A=y");
}

SOLVE_TEST(module__directory_options__as_well)
{
	put_file("Kbuild", "obj-$(CONFIG_VENDOR) += intel/\n");
	put_file("intel/Makefile", "obj-$(CONFIG_E1000) += e1000.o\n");
	ksymbols_parse(&symbols,
		       MODULES "config E1000\n\ttristate \"e\"\n"
			       "config VENDOR\n\tbool \"v\"\n",
		       fixture_dir, "x86");
	assert_int_equal(kbuild_read(&kbuild, fixture_dir, "x86"), 0);
	ksolve_init(&solve, &symbols, &kbuild);
	assert_int_equal(want_module("e1000", NULL), 0);
	assert_result("E1000=m VENDOR=y");
}

SOLVE_TEST(module__unknown__enoent)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	source("", "");
	assert_int_equal(want_module("xfs", &names), -ENOENT);
	assert_int_equal(names.nr, 0);
}

SOLVE_TEST(module__several_options__all_named)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	source("config B\n\ttristate \"b\"\nconfig A\n\ttristate \"a\"\n"
	       "config C\n\tbool \"c\"\nconfig D\n\ttristate \"d\"\n\tdepends on ARM\n",
	       "obj-$(CONFIG_B) += x.o\nobj-$(CONFIG_A) += x.o\n"
	       "obj-$(CONFIG_C) += x.o\nobj-$(CONFIG_D) += x.o\n");
	assert_int_equal(want_module("x", &names), -ENOTUNIQ);
	assert_strvec(&names, "A", "B");
	assert_result("");
}

SOLVE_TEST(module__several_options_one_set__that_one)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	source("config B\n\ttristate \"b\"\nconfig A\n\ttristate \"a\"\n",
	       "obj-$(CONFIG_B) += x.o\nobj-$(CONFIG_A) += x.o\n");
	assert_int_equal(ksolve_set(&solve, "B", "m", 0), 0);
	assert_int_equal(want_module("x", &names), 0);
	assert_result("B=m");
}

SOLVE_TEST(module__of_another_architecture__named)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	source("config A\n\ttristate \"a\"\n\tdepends on ARM\n",
	       "obj-$(CONFIG_A) += x.o\nobj-$(CONFIG_NONE) += x.o\n");
	assert_int_equal(want_module("x", &names), -EOPNOTSUPP);
	assert_strvec(&names, "A", "NONE");
	assert_result("");
}

SOLVE_TEST(no_source__values_as_they_are)
{
	ksolve_init(&solve, NULL, NULL);
	assert_int_equal(ksolve_set(&solve, "A", "m", 0), 0);
	want("B");
	assert_result("A=m B=y");
}

/* As nobody writes it: long expressions that ask for each other must not fill the stack.
 */
SOLVE_TEST(want__long_expressions_within_each_other__ends)
{
	_cleanup_(strbuf_release) struct strbuf kconfig = STRBUF_INIT;

	strbuf_adds(&kconfig, "config A\n\tbool \"a\"\n"
			      "config TOP\n\tbool \"top\"\n\tdepends on S0\n");
	for (unsigned int i = 0; i < 50; i++) {
		strbuf_addf(&kconfig, "config S%u\n\tbool\n\tdefault y if S%u", i, i + 1);
		for (size_t k = 0; k < 3500; k++)
			strbuf_adds(&kconfig, "&&A");
		strbuf_adds(&kconfig, "\n");
	}
	source(kconfig.buf, "");
	want("TOP");
	ksolve_finish(&solve);
	assert_string_equal(ksolve_get(&solve, "TOP"), "y");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
