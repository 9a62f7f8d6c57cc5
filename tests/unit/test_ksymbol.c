// SPDX-License-Identifier: GPL-2.0-or-later
/* Kconfig files. */
#include "fixture.h"
#include "kconfig/ksymbol.h"

static struct ksymbols symbols;

static int teardown(void **state)
{
	ksymbols_release(&symbols);
	return fixture_remove(state);
}

static void parse(const char *text)
{
	ksymbols_parse(&symbols, text, fixture_dir, "x86");
}

/* The only entry of @name. */
static struct kdefinition *definition(const char *name)
{
	const struct ksymbol *symbol = ksymbols_get(&symbols, name);

	assert_non_null(symbol);
	assert_non_null(symbol->definitions);
	assert_null(symbol->definitions->next);
	return symbol->definitions;
}

static void assert_all(struct kcondition *condition, const char *expected)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	const struct kexpr *all = ksymbols_all(&symbols, condition);

	assert_non_null(all);
	kexpr_print(all, &text);
	assert_string_equal(text.buf, expected);
}

#define SYMBOL_TEST(f) DEFINE_TEST_WITH(f, fixture_make, teardown)

SYMBOL_TEST(parse__config__type_prompt_and_depends)
{
	parse("config XFS_FS\n"
	      "\ttristate \"XFS filesystem support\" # a comment\n"
	      "\tdepends on BLOCK\n"
	      "\tdepends on A || \\\n\t\tB\n"
	      "\tselect CRC32 if C\n"
	      "\thelp\n"
	      "\t  config NOT_THIS\n"
	      "\n"
	      "\t  more\n"
	      "config NEXT\n"
	      "\tint \"number\"\n");
	assert_int_equal(ksymbols_get(&symbols, "XFS_FS")->type, KSYMBOL_TRISTATE);
	assert_string_equal(definition("XFS_FS")->prompt, "XFS filesystem support");
	assert_all(definition("XFS_FS")->depends, "(A || B) && BLOCK");
	assert_null(ksymbols_get(&symbols, "NOT_THIS"));
	assert_int_equal(ksymbols_get(&symbols, "NEXT")->type, KSYMBOL_INT);
}

SYMBOL_TEST(parse__select__known_at_its_target)
{
	const struct kselect *select;

	parse("config CRC32\n\ttristate\n"
	      "config A\n\tbool \"a\"\n\tselect CRC32\n"
	      "config B\n\tbool \"b\"\n\tselect CRC32 if C\n");
	select = ksymbols_get(&symbols, "CRC32")->selects;
	assert_string_equal(select->by->name, "B");
	assert_all(select->condition, "C");
	assert_string_equal(select->next->by->name, "A");
	assert_null(select->next->condition);
	assert_null(definition("CRC32")->prompt);
}

SYMBOL_TEST(parse__only_mentioned__not_there)
{
	parse("config A\n\tbool \"a\"\n\tselect B\n");
	assert_null(ksymbols_get(&symbols, "B"));
}

SYMBOL_TEST(parse__if_menu_choice__conditions_of_all)
{
	parse("if A\n"
	      "menu \"menu\"\n\tdepends on B\n\tvisible if V\n"
	      "choice\n\tprompt \"choice\"\n\tdepends on C\n"
	      "config INNER\n\tbool \"inner\" if P\n\tdepends on D\n"
	      "endchoice\n"
	      "endmenu\n"
	      "config MIDDLE\n\tbool \"middle\"\n"
	      "endif # A\n"
	      "config OUTER\n\tbool \"outer\"\n");
	assert_all(definition("INNER")->depends, "D && C && B && A");
	assert_all(definition("INNER")->visible, "P && V");
	assert_all(definition("MIDDLE")->depends, "A");
	assert_null(definition("OUTER")->depends);
}

SYMBOL_TEST(parse__defaults__in_order)
{
	const struct kdefault *value;

	parse("config A\n\tdef_bool y if X\n\tdefault Z\n"
	      "config S\n\tstring \"s\"\n\tdefault \"text if it\" if T\n");
	value = definition("A")->defaults;
	assert_all(value->value, "y");
	assert_all(value->condition, "X");
	assert_all(value->next->value, "Z");
	assert_null(value->next->condition);
	assert_null(value->next->next);
	assert_all(definition("S")->defaults->condition, "T");
}

SYMBOL_TEST(parse__defined_twice__both_entries)
{
	const struct ksymbol *symbol;

	parse("config A\n\tbool\n\tdepends on X\nconfig A\n\tbool \"a\"\n");
	symbol = ksymbols_get(&symbols, "A");
	assert_null(symbol->definitions->prompt);
	assert_string_equal(symbol->definitions->next->prompt, "a");
	assert_null(symbol->definitions->next->next);
}

SYMBOL_TEST(parse__old_forms__understood)
{
	put_file("arch/x86/Kconfig", "config X86\n\tdef_bool y\n");
	parse("source arch/$SRCARCH/Kconfig\n"
	      "config OLD\n\tboolean \"old\"\n\t---help---\n\t  text\n"
	      "config AFTER\n\tbool\n");
	assert_non_null(definition("X86"));
	assert_string_equal(definition("OLD")->prompt, "old");
	assert_non_null(definition("AFTER"));
}

SYMBOL_TEST(read__sources__below_the_source)
{
	put_file("Kconfig", "source \"arch/$(SRCARCH)/Kconfig\"\n"
			    "if OUT\nsource \"fs/Kconfig\"\nendif\n"
			    "source \"none/Kconfig\"\nsource \"$(X)/Kconfig\"\n"
			    "config LAST\n\tbool\n");
	put_file("arch/x86/Kconfig", "config X86\n\tbool\n");
	/* what it does not end is not that of the file that sources it */
	put_file("fs/Kconfig", "endif\nmenu \"m\"\n\tdepends on IN\nconfig FS\n\tbool\n");
	assert_int_equal(ksymbols_read(&symbols, fixture_dir, "x86"), 0);
	assert_non_null(definition("X86"));
	assert_all(definition("FS")->depends, "IN && OUT");
	assert_null(definition("LAST")->depends);
}

/* arch/um/Kconfig has the rest from the architecture that it runs on. */
SYMBOL_TEST(read__user_mode_linux__of_x86_as_well)
{
	put_file("Kconfig", "source \"arch/$(SRCARCH)/Kconfig\"\n");
	put_file("arch/um/Kconfig", "config UML\n\tdef_bool y\n"
				    "source \"arch/$(HEADER_ARCH)/um/Kconfig\"\n");
	put_file("arch/x86/um/Kconfig", "config 64BIT\n\tbool\n");
	assert_int_equal(ksymbols_read(&symbols, fixture_dir, "um"), 0);
	assert_non_null(definition("UML"));
	assert_non_null(definition("64BIT"));
}

SYMBOL_TEST(read__sources_itself__ends)
{
	put_file("Kconfig", "config A\n\tbool\nsource \"Kconfig\"\nsource \"Kconfig\"\n");
	assert_int_equal(ksymbols_read(&symbols, fixture_dir, "x86"), 0);
	assert_non_null(ksymbols_get(&symbols, "A"));
}

SYMBOL_TEST(read__no_kconfig__enoent)
{
	assert_int_equal(ksymbols_read(&symbols, fixture_dir, "x86"), -ENOENT);
}

SYMBOL_TEST(read__directory_or_fifo__left_out)
{
	put_file("Kconfig", "source \"dir\"\nsource \"fifo\"\nconfig A\n\tbool\n");
	put_dir("dir");
	assert_int_equal(mkfifo(at("fifo"), 0600), 0);
	assert_int_equal(ksymbols_read(&symbols, fixture_dir, "x86"), 0);
	assert_non_null(definition("A"));
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
