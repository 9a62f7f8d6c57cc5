// SPDX-License-Identifier: GPL-2.0-or-later
/* Configuration expressions. */
#include "fixture.h"
#include "kconfig/kexpr.h"

static struct pool pool;

static int teardown(void **state)
{
	(void)state;
	pool_release(&pool);
	return 0;
}

/* N, M and Y have that value, the others may have any. */
static unsigned int value(void *ctx, const char *name)
{
	(void)ctx;
	return streq(name, "N")	  ? KVALUE_N
	       : streq(name, "M") ? KVALUE_M
	       : streq(name, "Y") ? KVALUE_Y
				  : KVALUE_ANY;
}

static unsigned int eval(const char *text)
{
	return kexpr_eval(kexpr_parse(&pool, text, "x86"), value, NULL);
}

static void assert_text(const char *text, const char *expected)
{
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;

	kexpr_print(kexpr_parse(&pool, text, "x86"), &out);
	assert_string_equal(out.buf, expected);
}

#define EXPR_TEST(f) DEFINE_TEST_WITH(f, NULL, teardown)

EXPR_TEST(eval__operators__tristate_logic)
{
	assert_int_equal(eval("Y && M"), KVALUE_M);
	assert_int_equal(eval("Y || M"), KVALUE_Y);
	assert_int_equal(eval("!M"), KVALUE_M);
	assert_int_equal(eval("!Y"), KVALUE_N);
	assert_int_equal(eval("N || Y && M"), KVALUE_M);
	assert_int_equal(eval("(N || Y) && !N"), KVALUE_Y);
	assert_int_equal(eval("y"), KVALUE_Y);
	assert_int_equal(eval("m"), KVALUE_M);
}

EXPR_TEST(eval__comparisons__by_value)
{
	assert_int_equal(eval("M=m"), KVALUE_Y);
	assert_int_equal(eval("M = y"), KVALUE_N);
	assert_int_equal(eval("M != n"), KVALUE_Y);
	assert_int_equal(eval("y = Y"), KVALUE_Y);
	assert_int_equal(eval("X = y"), KVALUE_N | KVALUE_Y);
	assert_int_equal(eval("\"$(ARCH)\" = \"x86\""), KVALUE_Y);
	assert_int_equal(eval("\"$(SRCARCH)\" != 'x86'"), KVALUE_N);
	/* arch/x86/um/Kconfig */
	assert_int_equal(eval("\"$(SUBARCH)\" = \"x86\""), KVALUE_Y);
}

EXPR_TEST(eval__what_is_not_known__all_it_can_be)
{
	assert_int_equal(eval("A"), KVALUE_ANY);
	assert_int_equal(eval("A && M"), KVALUE_N | KVALUE_M);
	assert_int_equal(eval("A && N"), KVALUE_N);
	assert_int_equal(eval("A || Y"), KVALUE_Y);
	assert_int_equal(eval("$(cc-option,-fsome)"), KVALUE_ANY);
	assert_int_equal(eval("VERSION > 5"), KVALUE_ANY);
}

EXPR_TEST(eval__same_symbol_twice__combined)
{
	assert_int_equal(eval("A || !A"), KVALUE_ON);
	assert_int_equal(eval("A=y || A=m || A=n"), KVALUE_Y);
	assert_int_equal(eval("A=y && A=n"), KVALUE_N);
}

EXPR_TEST(parse__malformed__unknown)
{
	static const char *const texts[] = { "",     "A &&",  "(A", "A B",
					     "&& A", "A = ",  "!",  "A || )",
					     "\"A",  "A @ B", "$(x" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(kexpr_parse(&pool, texts[i], "x86")->op, KEXPR_UNKNOWN);
}

EXPR_TEST(parse__very_deep__unknown)
{
	char text[1001] = "";

	memset(text, '(', sizeof(text) - 1);
	assert_int_equal(kexpr_parse(&pool, text, "x86")->op, KEXPR_UNKNOWN);
	memset(text, '!', sizeof(text) - 2);
	text[sizeof(text) - 2] = 'A';
	assert_int_equal(kexpr_parse(&pool, text, "x86")->op, KEXPR_UNKNOWN);
}

EXPR_TEST(print__parentheses__as_few_as_possible)
{
	assert_text("((A)&&(B||C))", "A && (B || C)");
	assert_text("A || (B && !C)", "A || B && !C");
	assert_text("!(A || B)", "!(A || B)");
	assert_text("A!=n", "A!=n");
	assert_text("A = B", "A=B");
	assert_text("$(success,test a) && A", "$(success,test a) && A");
}

EXPR_TEST(compose__constants__folded)
{
	const struct kexpr *a = kexpr_symbol(&pool, "A");
	const struct kexpr *y = kexpr_const(&pool, KVALUE_Y);
	const struct kexpr *n = kexpr_const(&pool, KVALUE_N);

	assert_ptr_equal(kexpr_and(&pool, y, a), a);
	assert_ptr_equal(kexpr_and(&pool, a, NULL), a);
	assert_ptr_equal(kexpr_or(&pool, a, n), a);
	assert_ptr_equal(kexpr_and(&pool, a, n), n);
	assert_ptr_equal(kexpr_or(&pool, y, a), y);
	assert_int_equal(kexpr_or(&pool, a, NULL)->op, KEXPR_CONST);
	assert_int_equal(kexpr_not(&pool, n)->set, KVALUE_Y);
}

EXPR_TEST(compose__without_end__unknown)
{
	const struct kexpr *e = kexpr_symbol(&pool, "A");

	for (int i = 0; i < 100; i++)
		e = kexpr_and(&pool, e, e);
	assert_int_equal(kexpr_eval(e, value, NULL), KVALUE_ANY);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
