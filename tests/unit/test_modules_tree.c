// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * modules: selection across catalogues, and out of a build, whose dependencies nobody has
 * checked before. What an installed kernel has is in test_modules.c.
 */
#include "ko_fixture.h"

#include "kernel/modules.h"

#define RELEASE "6.13.0-rc1+"

static char *root;
static struct modules *modules;
static struct modcat *extra;

static int setup(void **state)
{
	(void)state;
	root = fx_root();
	extra = modcat_new_files(RELEASE, true);
	modules = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	modules_free(modules);
	fx_remove(root);
	return 0;
}

/* The kernel's own catalogue has the modules of this modules.order. */
static void open_kernel(const char *order)
{
	struct modcat *cat = NULL;

	fx_write(root, "/o/modules.order", order);
	assert_int_equal(modcat_open_tree(&cat, fx_at(root, "/o"), RELEASE, true), 0);
	modules = modules_new(cat, extra);
}

static void add_extra(const char *path)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	assert_true(modcat_add_files(extra, fx_at(root, path), &names) > 0);
}

static void assert_selects(const char *name)
{
	_cleanup_free_ char *why = NULL;
	int err = modules_select(modules, name, 0, &why);

	if (err)
		fail_msg("%s: %s: %s", name, strerror(-err), why ? why : "");
}

/* It cannot be loaded, with just this reason. */
static void assert_fails(const char *name, const char *reason)
{
	_cleanup_free_ char *why = NULL;

	assert_int_equal(modules_select(modules, name, 0, &why), -EBADMSG);
	assert_non_null(why);
	assert_string_equal(why, reason);
}

static const struct module *find(const char *name)
{
	for (size_t i = 0; i < modules_count(modules); i++)
		if (streq(modules_get(modules, i)->name, name))
			return modules_get(modules, i);
	return NULL;
}

static bool is_there(const char *name)
{
	const struct module *module = find(name);

	return module && !module->broken;
}

/* The places to load for @name are these, with spaces between them. */
static void assert_order(const char *name, const char *expected)
{
	_cleanup_(strvec_release) struct strvec places = STRVEC_INIT;
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	modules_load_order(modules, name, &places);
	for (size_t i = 0; i < places.nr; i++)
		strbuf_addf(&text, "%s%s", i ? " " : "", places.v[i]);
	assert_string_equal(text.buf, expected);
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, teardown)

TEST(select__hard_circle__message_names_it)
{
	FX_KO(root, "/o/a.ko", "depends=b");
	FX_KO(root, "/o/b.ko", "depends=a");
	open_kernel("a.o\nb.o\n");
	assert_fails("a", "it depends on itself: a -> b -> a");
}

TEST(select__hard_circle_further_on__only_the_circle_is_named)
{
	FX_KO(root, "/o/top.ko", "depends=a");
	FX_KO(root, "/o/a.ko", "depends=b");
	FX_KO(root, "/o/b.ko", "depends=c");
	FX_KO(root, "/o/c.ko", "depends=a");
	open_kernel("top.o\na.o\nb.o\nc.o\n");
	assert_fails("top", "it depends on itself: a -> b -> c -> a");
	assert_true(find("top")->broken);
	assert_fails("a", "it depends on itself: a -> b -> c -> a");
}

TEST(select__depends_on_itself__message_says_so)
{
	FX_KO(root, "/o/a.ko", "depends=a");
	open_kernel("a.o\n");
	assert_fails("a", "it depends on itself: a -> a");
}

TEST(select__soft_circle__fine)
{
	FX_KO(root, "/o/a.ko", "softdep=pre: b");
	FX_KO(root, "/o/b.ko", "softdep=pre: a");
	FX_KO(root, "/o/own.ko", "softdep=pre: own post: own");
	open_kernel("a.o\nb.o\nown.o\n");
	assert_selects("a");
	assert_true(is_there("a"));
	assert_true(is_there("b"));
	assert_order("a", "kernel/b.ko kernel/a.ko");
	assert_selects("own");
	assert_order("own", "kernel/own.ko");
}

/* As the kernel's crypto modules are: one needs the other's symbols, that wants the one.
 */
TEST(select__circle_of_hard_and_soft__fine)
{
	FX_KO(root, "/o/a.ko", "depends=b");
	FX_KO(root, "/o/b.ko", "softdep=pre: a");
	open_kernel("a.o\nb.o\n");
	assert_selects("b");
	assert_true(is_there("a"));
	assert_true(is_there("b"));
	assert_order("a", "kernel/b.ko kernel/a.ko");
}

TEST(select__diamond__no_circle)
{
	FX_KO(root, "/o/top.ko", "depends=l,r");
	FX_KO(root, "/o/l.ko", "depends=base");
	FX_KO(root, "/o/r.ko", "depends=base");
	FX_KO(root, "/o/base.ko");
	open_kernel("top.o\nl.o\nr.o\nbase.o\n");
	assert_selects("top");
	assert_int_equal(modules_count(modules), 4);
	assert_order("top", "kernel/base.ko kernel/l.ko kernel/r.ko kernel/top.ko");
}

TEST(select__long_chain__fine)
{
	_cleanup_(strbuf_release) struct strbuf order = STRBUF_INIT;

	for (int i = 0; i < 500; i++) {
		_cleanup_free_ char *path = xasprintf("/o/m%d.ko", i);
		_cleanup_free_ char *depends = xasprintf("depends=m%d", i + 1);

		if (i < 499)
			FX_KO(root, path, depends);
		else
			FX_KO(root, path);
		strbuf_addf(&order, "m%d.o\n", i);
	}
	open_kernel(order.buf);
	assert_selects("m0");
	assert_int_equal(modules_count(modules), 500);
}

TEST(select__hard_dependency_is_not_there__reason_names_it)
{
	FX_KO(root, "/o/a.ko", "depends=gone");
	open_kernel("a.o\n");
	assert_fails("a", "it needs 'gone', which is not there");
}

TEST(select__soft_dependency_is_broken__left_out)
{
	FX_KO(root, "/o/a.ko", "softdep=pre: bad old text absent");
	FX_KO(root, "/o/bad.ko", "depends=gone");
	FX_KO(root, "/o/old.ko", "vermagic=5.0 SMP ");
	fx_write(root, "/o/text.ko", "text");
	open_kernel("a.o\nbad.o\nold.o\ntext.o\nabsent.o\n");
	assert_selects("a");
	assert_false(find("a")->broken);
	assert_true(find("bad")->broken);
	assert_true(find("old")->broken);
	assert_true(find("text")->broken);
	assert_true(find("absent")->broken);
	assert_order("a", "kernel/a.ko");
	assert_fails("bad", "it needs 'gone', which is not there");
}

/* What breaks only later must not be loaded either. */
TEST(select__soft_dependency_on_one_in_progress_that_breaks__left_out)
{
	FX_KO(root, "/o/user.ko", "softdep=pre: a");
	FX_KO(root, "/o/a.ko", "softdep=pre: b", "depends=gone");
	FX_KO(root, "/o/b.ko", "softdep=pre: a");
	open_kernel("user.o\na.o\nb.o\n");
	assert_selects("user");
	assert_true(find("a")->broken);
	assert_order("user", "kernel/user.ko");
	assert_order("b", "kernel/b.ko");
}

TEST(select__weak_dependency__there_but_not_loaded)
{
	FX_KO(root, "/o/a.ko", "weakdep=w none");
	FX_KO(root, "/o/w.ko", "depends=base");
	FX_KO(root, "/o/base.ko");
	open_kernel("a.o\nw.o\nbase.o\n");
	assert_selects("a");
	assert_true(is_there("w"));
	assert_true(is_there("base"));
	assert_string_equal(find("w")->how, "a weak dependency of a");
	assert_order("a", "kernel/a.ko");
}

TEST(select__external_module__hides_the_kernels_own)
{
	FX_KO(root, "/o/fs/x.ko", "alias=fs-x", "depends=own");
	FX_KO(root, "/o/own.ko");
	FX_KO(root, "/ext/x.ko", "alias=fs-y");
	open_kernel("fs/x.o\nown.o\n");
	add_extra("/ext/x.ko");
	assert_selects("x");
	assert_string_equal(find("x")->path, fx_at(root, "/ext/x.ko"));
	assert_string_equal(find("x")->place, "extra/x.ko");
	assert_int_equal(modules_count(modules), 1);
	assert_order("x", "extra/x.ko");
}

/* The alias is only the hidden module's, which is not there any more. */
TEST(select__alias_of_a_hidden_module__enoent)
{
	_cleanup_free_ char *why = NULL;

	FX_KO(root, "/o/x.ko", "alias=fs-x");
	FX_KO(root, "/ext/x.ko");
	open_kernel("x.o\n");
	add_extra("/ext");
	assert_int_equal(modules_select(modules, "fs-x", 0, &why), -ENOENT);
}

TEST(select__external_for_one_that_is_builtin__the_external)
{
	fx_write(root, "/o/modules.builtin", "kernel/x.ko\n");
	FX_KO(root, "/ext/x.ko");
	open_kernel("");
	add_extra("/ext");
	assert_selects("x");
	assert_non_null(find("x")->path);
}

TEST(select__external_module__may_depend_on_the_kernels)
{
	FX_KO(root, "/o/lib/base.ko");
	FX_KO(root, "/ext/mine.ko", "depends=base,other", "softdep=pre: base-alias");
	FX_KO(root, "/ext/other.ko");
	open_kernel("lib/base.o\n");
	add_extra("/ext");
	assert_selects("mine");
	assert_order("mine", "kernel/lib/base.ko extra/other.ko extra/mine.ko");
	assert_true(find("base")->order < find("mine")->order);
	assert_true(find("mine")->from_build);
	assert_true(find("base")->from_build);
}

TEST(select__alias_in_two_catalogues__all_of_them)
{
	FX_KO(root, "/o/own.ko", "alias=crypto-x");
	FX_KO(root, "/ext/mine.ko", "alias=crypto-x");
	open_kernel("own.o\n");
	add_extra("/ext");
	assert_selects("crypto-x");
	assert_int_equal(modules_count(modules), 2);
	assert_true(is_there("own"));
	assert_true(is_there("mine"));
}

TEST(select__alias_one_of_two_is_broken__the_error_and_the_other)
{
	FX_KO(root, "/o/bad.ko", "alias=both", "depends=gone");
	FX_KO(root, "/o/good.ko", "alias=both");
	FX_KO(root, "/o/soft.ko", "softdep=pre: both");
	open_kernel("bad.o\ngood.o\nsoft.o\n");
	assert_fails("both", "it needs 'gone', which is not there");
	assert_true(is_there("good"));
	assert_selects("soft");
	assert_order("soft", "kernel/good.ko kernel/soft.ko");
}

TEST(select__no_kernel_modules_at_all__external_ones_work)
{
	_cleanup_free_ char *why = NULL;

	FX_KO(root, "/ext/mine.ko");
	modules = modules_new(NULL, extra);
	add_extra("/ext/mine.ko");
	assert_selects("mine");
	assert_int_equal(modules_select(modules, "other", 0, &why), -ENOENT);
}

TEST(select__by__always_one_that_was_selected_before)
{
	FX_KO(root, "/o/a.ko", "depends=b", "softdep=pre: c post: d", "weakdep=e");
	FX_KO(root, "/o/b.ko", "depends=f");
	FX_KO(root, "/o/c.ko");
	FX_KO(root, "/o/d.ko", "softdep=pre: a");
	FX_KO(root, "/o/e.ko", "softdep=pre: g");
	FX_KO(root, "/o/f.ko");
	FX_KO(root, "/o/g.ko");
	open_kernel("a.o\nb.o\nc.o\nd.o\ne.o\nf.o\ng.o\n");
	assert_selects("a");
	assert_int_equal(modules_count(modules), 7);
	for (size_t i = 1; i < 7; i++)
		assert_in_range(modules_get(modules, i)->by, 0, i - 1);
	assert_string_equal(find("g")->how, "a soft dependency of e");
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
