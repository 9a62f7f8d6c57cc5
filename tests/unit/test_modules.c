// SPDX-License-Identifier: GPL-2.0-or-later
/* modules: which modules a name stands for, what they depend on, in which order. */
#include "mod_fixture.h"

#include "kernel/modules.h"

static const struct fx_module all_modules[] = {
	{ .path = "kernel/lib/base.ko", .exports = "base_fn" },
	{ .path = "kernel/lib/mid-dash.ko", .exports = "mid_fn", .imports = "base_fn" },
	{ .path = "kernel/fs/top/top.ko",
	  .imports = "mid_fn",
	  .alias = "fs-top",
	  .softdep = "pre: soft_pre post: soft-post" },
	{ .path = "kernel/soft_pre.ko", .imports = "base_fn" },
	{ .path = "kernel/soft_post.ko", .softdep = "pre: top" },
	{ .path = "kernel/circle_a.ko", .softdep = "pre: circle_b" },
	{ .path = "kernel/circle_b.ko", .softdep = "pre: circle_a" },
	{ .path = "kernel/twin1.ko", .alias = "crypto-twin" },
	{ .path = "kernel/twin2.ko", .alias = "crypto-twin" },
	{ .path = "kernel/card.ko", .alias = "pci:v00001AF4d*sv*" },
	{ .path = "kernel/hopeful.ko", .softdep = "pre: not_there post: crypto-none" },
	{ .path = "kernel/aliased_soft.ko", .softdep = "pre: crypto-twin" },
	{ .path = "kernel/many.ko",
	  .softdep = "pre: twin1",
	  .softdep2 = "post: twin2 card" },
	{ .path = "kernel/gone.ko", .exports = "gone_fn" },
	{ .path = "kernel/damaged.ko", .imports = "base_fn" },
	{ .path = "kernel/broken.ko", .imports = "gone_fn" },
	{ .path = "kernel/tolerant.ko", .softdep = "pre: broken" },
	{ .path = "kernel/packed_xz.ko",
	  .imports = "base_fn",
	  .packer = "xz",
	  .firmware = "v/xz.bin" },
	{ .path = "kernel/firm.ko", .firmware = "v/*.bin" },
	{ .path = "kernel/packed_zst.ko",
	  .imports = "base_fn",
	  .packer = "zstd -q --rm" },
	{ .path = "kernel/packed_gz.ko", .imports = "base_fn", .packer = "gzip" },
	{ .path = "updates/moved.ko" },
};

static const char builtin[] = "kernel/bi.ko\nkernel/bi-dash.ko\n";
static const char builtin_info[] = "bi.license=GPL\0bi.softdep=pre: soft_pre\0"
				   "bi.softdep=post: twin1 none\0bi.file=kernel/bi\0"
				   "bi.firmware=bi.bin\0"
				   "bi_dash.license=GPL\0bi_dash.alias=bi-alias\0";

static char *fixture; /* made once: it is only read */

static int setup_group(void **state)
{
	(void)state;
	fixture = fx_root();
	fx_modules(fixture, all_modules, ARRAY_SIZE(all_modules), builtin, builtin_info,
		   sizeof(builtin_info) - 1);
	if (truncate(fx_at(fixture, FX_MODDIR "/kernel/damaged.ko"), 200))
		return -1;
	return unlink(fx_at(fixture, FX_MODDIR "/kernel/gone.ko"));
}

static int teardown_group(void **state)
{
	(void)state;
	fx_remove(fixture);
	return 0;
}

/* The modules of an installed kernel. */
static struct modules *open_installed(const char *moddir)
{
	struct modcat *cat = NULL;

	assert_int_equal(modcat_open_installed(&cat, moddir), 0);
	return modules_new(cat, NULL);
}

static int setup(void **state)
{
	*state = open_installed(fx_at(fixture, FX_MODDIR));
	return 0;
}

static int teardown(void **state)
{
	modules_free(*state);
	return 0;
}

/* modules_select(), where an error leaves a name that is not of interest. */
static int try_select(struct modules *modules, const char *name)
{
	char *why = NULL;
	int err = modules_select(modules, name, 0, &why);

	free(why);
	return err;
}

static const struct module *find(const struct modules *modules, const char *name)
{
	for (size_t i = 0; i < modules_count(modules); i++)
		if (streq(modules_get(modules, i)->name, name))
			return modules_get(modules, i);
	return NULL;
}

/* The modules to load for @name: "base mid-dash top". Heap. */
static char *order(const struct modules *modules, const char *name)
{
	_cleanup_(strvec_release) struct strvec paths = STRVEC_INIT;
	struct strbuf text = STRBUF_INIT;

	modules_load_order(modules, name, &paths);
	for (size_t i = 0; i < paths.nr; i++) {
		const char *base = path_basename(paths.v[i]);

		if (text.len)
			strbuf_addch(&text, ' ');
		strbuf_add(&text, base, strcspn(base, "."));
	}
	return text.len ? strbuf_detach(&text) : xstrdup("");
}

DEFINE_TEST(modcat_open_installed__no_directory_or_no_database__enoent)
{
	struct modcat *cat = NULL;
	char *root = fx_root();

	assert_int_equal(modcat_open_installed(&cat, fx_at(root, "/none")), -ENOENT);
	assert_int_equal(modcat_open_installed(&cat, root), -ENOENT);
	assert_null(cat);
	fx_remove(root);
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, teardown)

TEST(modules_select__module__with_hard_dependencies)
{
	struct modules *modules = *state;
	const struct module *mid;

	assert_int_equal(try_select(modules, "mid-dash"), 0);
	assert_int_equal(modules_count(modules), 2);
	mid = find(modules, "mid_dash");
	assert_non_null(mid);
	assert_string_equal(mid->path,
			    fx_at(fixture, FX_MODDIR "/kernel/lib/mid-dash.ko"));
	assert_non_null(find(modules, "base"));
}

TEST(modules_select__dash_or_underscore__the_same)
{
	struct modules *modules = *state;

	assert_int_equal(try_select(modules, "mid_dash"), 0);
	assert_int_equal(try_select(modules, "soft-pre"), 0);
	assert_non_null(find(modules, "mid_dash"));
	assert_non_null(find(modules, "soft_pre"));
}

TEST(modules_select__reason__who_wanted_it_and_how)
{
	struct modules *modules = *state;
	const struct module *mid, *base;
	char *why;

	assert_int_equal(modules_select(modules, "mid-dash", 42, &why), 0);
	mid = find(modules, "mid_dash");
	base = find(modules, "base");
	assert_int_equal(mid->by, -1);
	assert_null(mid->how);
	assert_int_equal(mid->tag, 42);
	assert_ptr_equal(modules_get(modules, (size_t)base->by), mid);
	assert_string_equal(base->how, "a dependency of mid_dash");
	assert_int_equal(base->tag, 42);
}

TEST(modules_select__twice__first_tag_stays)
{
	struct modules *modules = *state;
	char *why;

	assert_int_equal(modules_select(modules, "base", 1, &why), 0);
	assert_int_equal(modules_select(modules, "base", 2, &why), 0);
	assert_int_equal(modules_count(modules), 1);
	assert_int_equal(modules_get(modules, 0)->tag, 1);
}

TEST(modules_select__soft_dependencies__taken_too)
{
	struct modules *modules = *state;

	assert_int_equal(try_select(modules, "top"), 0);
	assert_non_null(find(modules, "soft_pre"));
	assert_non_null(find(modules, "soft_post"));
	assert_string_equal(find(modules, "soft_pre")->how, "a soft dependency of top");
	assert_int_equal(modules_count(modules), 5);
}

TEST(modules_select__several_softdep_lines__all_of_them)
{
	struct modules *modules = *state;

	assert_int_equal(try_select(modules, "many"), 0);
	assert_non_null(find(modules, "twin1"));
	assert_non_null(find(modules, "twin2"));
	assert_non_null(find(modules, "card"));
}

TEST(modules_select__soft_dependency_by_alias__its_modules)
{
	struct modules *modules = *state;

	assert_int_equal(try_select(modules, "aliased_soft"), 0);
	assert_non_null(find(modules, "twin1"));
	assert_non_null(find(modules, "twin2"));
}

TEST(modules_select__soft_dependency_not_there__fine)
{
	struct modules *modules = *state;

	assert_int_equal(try_select(modules, "hopeful"), 0);
	assert_int_equal(modules_count(modules), 1);
}

TEST(modules_select__circular_soft_dependencies__ends)
{
	struct modules *modules = *state;

	assert_int_equal(try_select(modules, "circle_a"), 0);
	assert_int_equal(modules_count(modules), 2);
}

TEST(modules_select__alias__its_module)
{
	struct modules *modules = *state;

	assert_int_equal(try_select(modules, "fs-top"), 0);
	assert_non_null(find(modules, "top"));
}

TEST(modules_select__alias_of_two__both)
{
	struct modules *modules = *state;

	assert_int_equal(try_select(modules, "crypto-twin"), 0);
	assert_int_equal(modules_count(modules), 2);
}

TEST(modules_select__alias_with_wildcards__matched)
{
	struct modules *modules = *state;

	assert_int_equal(try_select(modules, "pci:v00001AF4d00001000sv0"), 0);
	assert_non_null(find(modules, "card"));
}

TEST(modules_select__unknown__enoent)
{
	struct modules *modules = *state;
	char *why = NULL;

	assert_int_equal(modules_select(modules, "nonesuch", 0, &why), -ENOENT);
	assert_int_equal(modules_count(modules), 0);
	free(why);
}

TEST(modules_select__builtin__counts_as_there)
{
	struct modules *modules = *state;

	assert_int_equal(try_select(modules, "bi-dash"), 0);
	assert_int_equal(try_select(modules, "bi_dash"), 0);
	for (size_t i = 0; i < modules_count(modules); i++)
		assert_null(modules_get(modules, i)->path);
}

TEST(modules_select__builtin__its_soft_dependencies_are_taken)
{
	struct modules *modules = *state;

	assert_int_equal(try_select(modules, "bi"), 0);
	assert_non_null(find(modules, "soft_pre"));
	assert_non_null(find(modules, "base"));
	assert_non_null(find(modules, "twin1"));
	assert_string_equal(find(modules, "soft_pre")->how, "a soft dependency of bi");
}

TEST(modules_select__file_of_a_dependency_is_missing__ebadmsg_and_its_name)
{
	struct modules *modules = *state;
	_cleanup_free_ char *why = NULL;

	assert_int_equal(modules_select(modules, "broken", 0, &why), -EBADMSG);
	assert_non_null(why);
	assert_non_null(strstr(why, "gone"));
}

TEST(modules_select__own_file_is_missing__error)
{
	struct modules *modules = *state;
	_cleanup_free_ char *why = NULL;
	int err = modules_select(modules, "gone", 0, &why);

	assert_int_equal(err, -EBADMSG);
	assert_non_null(why);
}

TEST(modules_select__soft_dependency_is_broken__fine)
{
	assert_int_equal(try_select(*state, "tolerant"), 0);
}

TEST(modules_select__broken_and_seen_before__still_an_error)
{
	struct modules *modules = *state;

	/* as a soft dependency it did not matter, but now it is asked for */
	assert_int_equal(try_select(modules, "tolerant"), 0);
	assert_int_equal(try_select(modules, "broken"), -EBADMSG);
	assert_int_equal(try_select(modules, "broken"), -EBADMSG);
}

static void assert_packed(struct modules *modules, const char *name, const char *path)
{
	if (!fx_exists(fixture, path)) {
		print_message("# the program that makes it is not installed\n");
		skip();
	}
	if (try_select(modules, name) == -ENOENT) {
		print_message("# kmod is built without it\n");
		skip();
	}
	assert_non_null(find(modules, name));
	assert_string_equal(find(modules, name)->path, fx_at(fixture, path));
}

TEST(modules_select__xz__found_with_dependencies)
{
	assert_packed(*state, "packed_xz", FX_MODDIR "/kernel/packed_xz.ko.xz");
	assert_non_null(find(*state, "base"));
}

TEST(modules_select__zstd__found_with_dependencies)
{
	assert_packed(*state, "packed_zst", FX_MODDIR "/kernel/packed_zst.ko.zst");
	assert_non_null(find(*state, "base"));
}

TEST(modules_select__gzip__found)
{
	assert_packed(*state, "packed_gz", FX_MODDIR "/kernel/packed_gz.ko.gz");
}

TEST(modules_select__outside_kernel__found)
{
	struct modules *modules = *state;

	assert_int_equal(try_select(modules, "moved"), 0);
	assert_string_equal(find(modules, "moved")->path,
			    fx_at(fixture, FX_MODDIR "/updates/moved.ko"));
}

TEST(modules_load_order__hard_and_soft__before_and_after)
{
	struct modules *modules = *state;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(try_select(modules, "top"), 0);
	text = order(modules, "top");
	assert_string_equal(text, "base soft_pre mid-dash top soft_post");
}

TEST(modules_load_order__by_alias__of_its_modules)
{
	struct modules *modules = *state;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(try_select(modules, "pci:v00001AF4d1sv1"), 0);
	text = order(modules, "pci:v00001AF4d1sv1");
	assert_string_equal(text, "card");
}

TEST(modules_load_order__circle__each_once)
{
	struct modules *modules = *state;
	_cleanup_free_ char *text = NULL;

	assert_int_equal(try_select(modules, "circle_a"), 0);
	text = order(modules, "circle_a");
	assert_string_equal(text, "circle_b circle_a");
}

TEST(modules_load_order__builtin_or_unknown__nothing)
{
	struct modules *modules = *state;
	_cleanup_free_ char *plain = NULL, *unknown = NULL;

	assert_int_equal(try_select(modules, "bi_dash"), 0);
	plain = order(modules, "bi_dash");
	unknown = order(modules, "nonesuch");
	assert_string_equal(plain, "");
	assert_string_equal(unknown, "");
}

TEST(modules_load_order__two_names__shared_dependency_once)
{
	struct modules *modules = *state;
	_cleanup_(strvec_release) struct strvec paths = STRVEC_INIT;

	assert_int_equal(try_select(modules, "mid-dash"), 0);
	assert_int_equal(try_select(modules, "soft_pre"), 0);
	modules_load_order(modules, "mid-dash", &paths);
	modules_load_order(modules, "soft_pre", &paths);
	assert_int_equal(paths.nr, 3);
}
static void assert_firmware(struct modules *modules, const char *name, const char *file)
{
	const struct module *module;

	assert_int_equal(try_select(modules, name), 0);
	module = find(modules, name);
	assert_non_null(module);
	assert_int_equal(module->firmware->nr, 1);
	assert_string_equal(module->firmware->v[0], file);
}

TEST(modules_select__firmware__as_the_file_says)
{
	assert_firmware(*state, "firm", "v/*.bin");
	assert_firmware(*state, "bi", "bi.bin");
	assert_int_equal(find(*state, "soft_pre")->firmware->nr, 0);
}

TEST(modules_select__damaged_file__error_says_so)
{
	_cleanup_free_ char *why = NULL;

	assert_int_equal(modules_select(*state, "damaged", 0, &why), -EBADMSG);
	assert_non_null(strstr(why, "/kernel/damaged.ko' is damaged"));
}

TEST(modules_select__firmware_of_a_compressed_one__too)
{
	if (fx_shell("command -v xz"))
		skip();
	assert_firmware(*state, "packed_xz", "v/xz.bin");
}

int main(void)
{
	return run_defined_tests(setup_group, teardown_group);
}
