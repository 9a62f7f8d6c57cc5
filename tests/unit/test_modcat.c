// SPDX-License-Identifier: GPL-2.0-or-later
/* modcat: the catalogues that know modules from a build's lists and from their files. */
#include "ko_fixture.h"

#include <time.h>

#include "kernel/modcat-needs.h"

#define RELEASE	 "6.13.0-rc1+"
#define VERMAGIC "vermagic=" RELEASE " SMP preempt mod_unload "

static char *root;
static struct modcat *cat;
static struct modcat_list list;
static struct modcat_needs needs;

static int setup(void **state)
{
	(void)state;
	root = fx_root();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	modcat_close(cat);
	cat = NULL;
	modcat_list_release(&list);
	modcat_needs_release(&needs);
	fx_remove(root);
	return 0;
}

/* Open the tree, whose modules.order is this. */
static void open_tree(const char *order)
{
	if (order)
		fx_write(root, "/modules.order", order);
	assert_int_equal(modcat_open_tree(&cat, root, RELEASE, true), 0);
}

static void write_builtin(const char *list_text, const char *text, size_t size)
{
	fx_write(root, "/modules.builtin", list_text);
	fx_write_bytes(root, "/modules.builtin.modinfo", text, size);
}

static size_t lookup(const char *name)
{
	modcat_list_release(&list);
	modcat_lookup(cat, name, &list);
	return list.nr;
}

/* The one module of this name or alias. */
static const struct modcat_module *the(const char *name)
{
	if (lookup(name) != 1)
		fail_msg("%zu modules are '%s'", list.nr, name);
	return &list.v[0];
}

/* @name is one module, whose file and place in an image are these. */
static void assert_module(const char *name, const char *path, const char *place)
{
	const struct modcat_module *module = the(name);

	assert_string_equal(module->path, fx_at(root, path));
	assert_string_equal(module->place, place);
}

static void assert_builtin(const char *name, const char *is)
{
	const struct modcat_module *module = the(name);

	assert_string_equal(module->name, is);
	assert_null(module->path);
}

/* What the module asks for is in `needs` then; why not, or NULL. Heap. */
static char *get_needs(const char *name)
{
	char *why = NULL;
	int err = modcat_get_needs(cat, the(name), &needs, &why);

	assert_int_equal(err, why ? -EBADMSG : 0);
	return why;
}

static void assert_needs(const char *name)
{
	_cleanup_free_ char *why = get_needs(name);

	if (why)
		fail_msg("%s", why);
}

/* Asking fails, and the reason has both parts in it. */
static void assert_broken(const char *name, const char *part, const char *other)
{
	_cleanup_free_ char *why = get_needs(name);

	if (!why || !strstr(why, part) || !strstr(why, other))
		fail_msg("'%s' has not '%s' and '%s'", why ? why : "", part, other);
}

static void assert_words(const struct strvec *words, const char *text)
{
	_cleanup_(strvec_release) struct strvec expected = STRVEC_INIT;

	strvec_split(&expected, text, " ");
	assert_int_equal(words->nr, expected.nr);
	for (size_t i = 0; i < words->nr; i++)
		assert_string_equal(words->v[i], expected.v[i]);
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, teardown)

TEST(tree__order_of_5_3__modules)
{
	open_tree("fs/xfs/xfs.ko\nlib/libcrc32c.ko\n");
	assert_module("xfs", "/fs/xfs/xfs.ko", "kernel/fs/xfs/xfs.ko");
	assert_module("libcrc32c", "/lib/libcrc32c.ko", "kernel/lib/libcrc32c.ko");
}

TEST(tree__order_before_5_3__modules)
{
	open_tree("kernel/fs/xfs/xfs.ko\nkernel/kernel/torture.ko\n");
	assert_module("xfs", "/fs/xfs/xfs.ko", "kernel/fs/xfs/xfs.ko");
	assert_module("torture", "/kernel/torture.ko", "kernel/kernel/torture.ko");
}

TEST(tree__order_since_6_2__modules)
{
	open_tree("fs/xfs/xfs.o\nlib/libcrc32c.o\n");
	assert_module("xfs", "/fs/xfs/xfs.ko", "kernel/fs/xfs/xfs.ko");
	assert_module("libcrc32c", "/lib/libcrc32c.ko", "kernel/lib/libcrc32c.ko");
}

/* The source has a directory kernel/ of its own, with modules in it. */
TEST(tree__modules_below_kernel__not_mistaken_for_the_old_form)
{
	open_tree("kernel/rcu/rcutorture.o\nkernel/torture.o\nfs/xfs/xfs.o\n");
	assert_module("rcutorture", "/kernel/rcu/rcutorture.ko",
		      "kernel/kernel/rcu/rcutorture.ko");
	assert_module("torture", "/kernel/torture.ko", "kernel/kernel/torture.ko");
	modcat_close(cat);
	open_tree("kernel/torture.ko\nfs/xfs/xfs.ko\n");
	assert_module("torture", "/kernel/torture.ko", "kernel/kernel/torture.ko");
}

TEST(tree__nothing_but_modules_below_kernel__found_where_they_are)
{
	FX_KO(root, "/kernel/rcu/rcutorture.ko");
	open_tree("kernel/rcu/rcutorture.ko\n");
	assert_module("rcutorture", "/kernel/rcu/rcutorture.ko",
		      "kernel/kernel/rcu/rcutorture.ko");
	assert_needs("rcutorture");
}

TEST(tree__mixed_forms__each_line_counts)
{
	open_tree("fs/a.ko\nfs/b.o\nfs/c.ko");
	assert_module("a", "/fs/a.ko", "kernel/fs/a.ko");
	assert_module("b", "/fs/b.ko", "kernel/fs/b.ko");
	assert_module("c", "/fs/c.ko", "kernel/fs/c.ko");
}

TEST(tree__order__numbers_of_modules_rise)
{
	size_t first;

	open_tree("b.ko\na.ko\n");
	first = the("b")->order;
	assert_true(first < the("a")->order);
}

TEST(tree__dash_or_underscore__the_same)
{
	open_tree("fs/my-mod_x.o\n");
	assert_module("my-mod-x", "/fs/my-mod_x.ko", "kernel/fs/my-mod_x.ko");
	assert_module("my_mod_x", "/fs/my-mod_x.ko", "kernel/fs/my-mod_x.ko");
	assert_string_equal(the("my-mod_x")->name, "my_mod_x");
}

TEST(tree__nothing_there__no_modules)
{
	open_tree(NULL);
	assert_int_equal(lookup("xfs"), 0);
	assert_int_equal(lookup(""), 0);
}

TEST(tree__list_is_a_directory__error)
{
	fx_mkdir(root, "/modules.order");
	assert_true(modcat_open_tree(&cat, root, RELEASE, true) < 0);
	assert_null(cat);
}

static const char builtin_info[] =
	"ext4.license=GPL\0ext4.alias=fs-ext4\0ext4.softdep=pre: crc32c\0"
	"ext4.softdep=post: late\0ext4.weakdep=weak_one\0ext4_x.softdep=pre: no\0"
	"no_dot\0.alias=empty\0crc32c_generic.alias=crypto-crc32c\0"
	"crc32c_generic.alias=crc32c\0stranger.alias=fs-stranger\0ext4.alias=no-end";

TEST(tree__builtin_only__known_with_aliases)
{
	write_builtin("kernel/fs/ext4/ext4.ko\nkernel/crypto/crc32c-generic.ko\n",
		      builtin_info, sizeof(builtin_info) - 1);
	open_tree(NULL);
	assert_builtin("ext4", "ext4");
	assert_builtin("crc32c-generic", "crc32c_generic");
	assert_builtin("fs-ext4", "ext4");
	assert_builtin("crc32c", "crc32c_generic");
	assert_builtin("crypto_crc32c", "crc32c_generic");
	assert_builtin("no-end", "ext4");
	assert_int_equal(lookup("fs-stranger"), 0);
	assert_int_equal(lookup("empty"), 0);
}

TEST(tree__builtin__its_soft_dependencies)
{
	write_builtin("kernel/fs/ext4/ext4.ko\n", builtin_info, sizeof(builtin_info) - 1);
	open_tree(NULL);
	assert_needs("ext4");
	assert_words(&needs.pre, "crc32c");
	assert_words(&needs.post, "late");
	assert_words(&needs.weak, "weak_one");
	assert_words(&needs.hard, "");
}

TEST(tree__in_both_lists__the_file)
{
	write_builtin("kernel/fs/x.ko\n", "", 0);
	open_tree("fs/x.ko\n");
	assert_module("x", "/fs/x.ko", "kernel/fs/x.ko");
}

TEST(alias__of_a_module__found)
{
	FX_KO(root, "/fs/x.ko", "alias=fs-x");
	open_tree("fs/x.o\n");
	assert_string_equal(the("fs-x")->name, "x");
	assert_string_equal(the("fs_x")->name, "x");
	assert_int_equal(lookup("fs-y"), 0);
	assert_int_equal(lookup("fs-"), 0);
	assert_int_equal(lookup("fs-xx"), 0);
}

TEST(alias__of_several__all_each_once)
{
	FX_KO(root, "/a.ko", "alias=crypto-sha", "alias=crypto-*");
	FX_KO(root, "/b.ko", "alias=crypto-sha");
	FX_KO(root, "/c.ko", "alias=crypto-md");
	write_builtin("kernel/bi.ko\n", "bi.alias=crypto-sha", 19);
	open_tree("a.o\nb.o\nc.o\n");
	assert_int_equal(lookup("crypto-sha"), 3);
	assert_string_equal(list.v[0].name, "a");
	assert_string_equal(list.v[1].name, "b");
	assert_string_equal(list.v[2].name, "bi");
}

TEST(alias__name_of_a_module_too__that_module_only)
{
	FX_KO(root, "/a.ko", "alias=b");
	FX_KO(root, "/b.ko");
	open_tree("a.o\nb.o\n");
	assert_string_equal(the("b")->name, "b");
}

TEST(alias__with_wildcards__matched)
{
	FX_KO(root, "/card.ko", "alias=pci:v00001AF4d*sv*sd*bc*sc*i*");
	FX_KO(root, "/any.ko", "alias=any-?");
	open_tree("card.o\nany.o\n");
	assert_string_equal(the("pci:v00001AF4d00001000sv0sd1bc2sc3i4")->name, "card");
	assert_int_equal(lookup("pci:v00001AF5d00001000sv0sd1bc2sc3i4"), 0);
	assert_string_equal(the("any_x")->name, "any");
	assert_int_equal(lookup("any-"), 0);
}

/* A '-' in brackets is a range, and no other way to write '_'. */
TEST(alias__with_brackets__matched)
{
	FX_KO(root, "/usb.ko", "alias=usb:v[0-9A-F]-x");
	FX_KO(root, "/open.ko", "alias=open[abc");
	open_tree("usb.o\nopen.o\n");
	assert_string_equal(the("usb:v7-x")->name, "usb");
	assert_string_equal(the("usb:vC_x")->name, "usb");
	assert_int_equal(lookup("usb:v_-x"), 0);
	assert_int_equal(lookup("usb:v--x"), 0);
	assert_string_equal(the("open[abc")->name, "open");
}

TEST(alias__too_long__passed_over)
{
	char text[400] = "alias=";

	memset(text + 6, 'a', sizeof(text) - 7);
	FX_KO(root, "/x.ko", text, "alias=short");
	open_tree("x.o\n");
	assert_int_equal(lookup(text + 6), 0);
	assert_string_equal(the("short")->name, "x");
}

TEST(alias__some_files_are_missing_or_damaged__others_are_found)
{
	FX_KO(root, "/good.ko", "alias=fs-good");
	fx_write(root, "/text.ko", "alias=fs-text");
	fx_mkdir(root, "/dir.ko");
	open_tree("gone.o\ntext.o\ndir.o\ngood.o\n");
	assert_string_equal(the("fs-good")->name, "good");
	assert_int_equal(lookup("fs-text"), 0);
}

/* More than a build of a few modules, and the order is the list's. */
TEST(alias__many_files__all_are_read)
{
	_cleanup_(strbuf_release) struct strbuf order = STRBUF_INIT;

	for (int i = 0; i < 1200; i++) {
		_cleanup_free_ char *path = xasprintf("/m%d.ko", i);
		_cleanup_free_ char *alias = xasprintf("alias=nr-%d", i);

		FX_KO(root, path, alias, "alias=common", "alias=class-*");
		strbuf_addf(&order, "m%d.o\n", i);
	}
	open_tree(order.buf);
	assert_string_equal(the("nr-0")->name, "m0");
	assert_string_equal(the("nr_777")->name, "m777");
	assert_string_equal(the("nr-1199")->name, "m1199");
	assert_int_equal(lookup("common"), 1200);
	for (size_t i = 0; i < list.nr; i++)
		assert_int_equal(list.v[i].order, i);
	assert_int_equal(lookup("class-7"), 1200);
}

TEST(tree__50000_lines__in_bounded_time)
{
	_cleanup_(strbuf_release) struct strbuf order = STRBUF_INIT;
	struct timespec from, to;

	for (int i = 0; i < 50000; i++)
		strbuf_addf(&order, "drivers/dir-%d/module-%d.o\n", i / 100, i);
	clock_gettime(CLOCK_MONOTONIC, &from);
	open_tree(order.buf);
	assert_string_equal(the("module_49999")->name, "module_49999");
	assert_int_equal(lookup("an-alias"), 0);
	clock_gettime(CLOCK_MONOTONIC, &to);
	/* a fraction of a second; more under valgrind on a busy machine */
	assert_true(to.tv_sec - from.tv_sec < 20);
}

TEST(tree__lines_of_garbage__passed_over)
{
	open_tree("\n\n \n.ko\n.o\n/\nfs/\nkernel/\nREADME\nfs/x.ko extra\nko\n"
		  "fs/y.KO\nfs/.ko\n\r\nfs/good.ko\nfs/crlf.ko\r\n");
	assert_module("good", "/fs/good.ko", "kernel/fs/good.ko");
	assert_int_equal(lookup("x"), 0);
	assert_int_equal(lookup("y"), 0);
	assert_int_equal(lookup(""), 0);
	assert_int_equal(lookup("crlf"), 0);
}

TEST(tree__nul_in_the_list__no_crash)
{
	fx_write_bytes(root, "/modules.order", "a.ko\n\0b.ko\nc.ko\n", 16);
	open_tree(NULL);
	assert_int_equal(lookup("a"), 1);
}

TEST(tree__name_longer_than_a_file_can_have__passed_over)
{
	_cleanup_(strbuf_release) struct strbuf order = STRBUF_INIT;

	for (int i = 0; i < 5000; i++)
		strbuf_addch(&order, 'x');
	open_tree((strbuf_adds(&order, ".ko\nfs/a.ko\n"), order.buf));
	order.buf[5000] = '\0';
	assert_int_equal(lookup(order.buf), 0);
	assert_int_equal(lookup("a"), 1);
}

/* Whatever a list says, nothing gets out of the module directory of the image. */
TEST(tree__lines_that_lead_out_of_it__to_extra)
{
	static const char *const names[] = { "abs", "up", "below", "late" };

	open_tree("/somewhere/abs.ko\n../up.ko\nfs/../../below.ko\n"
		  "kernel/../late.ko\n");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *place = xasprintf("extra/%s.ko", names[i]);

		assert_string_equal(the(names[i])->place, place);
	}
	assert_string_equal(the("abs")->path, "/somewhere/abs.ko");
}

TEST(needs__of_a_module__as_its_modinfo_says)
{
	FX_KO(root, "/x.ko", VERMAGIC, "depends=a,b-c,d", "softdep=pre: p1 p2 post: q",
	      "softdep=r post: s", "softdep=other: t", "weakdep=w1", "weakdep=w2 w3",
	      "firmware=v/f1.bin", "firmware=f2.bin");
	open_tree("x.o\n");
	assert_needs("x");
	assert_words(&needs.hard, "a b-c d");
	assert_words(&needs.pre, "p1 p2 r");
	assert_words(&needs.post, "q s");
	assert_words(&needs.weak, "w1 w2 w3");
	assert_words(&needs.firmware, "v/f1.bin f2.bin");
}

TEST(needs__nothing__nothing)
{
	FX_KO(root, "/x.ko", VERMAGIC, "depends=", "softdep=", "softdep=pre:");
	open_tree("x.o\n");
	assert_needs("x");
	assert_int_equal(needs.hard.nr + needs.pre.nr + needs.post.nr + needs.weak.nr, 0);
}

TEST(needs__file_is_missing__names_it_and_what_to_run)
{
	open_tree("fs/x.o\n");
	assert_broken("x", fx_at(root, "/fs/x.ko"), "make modules");
}

TEST(needs__not_elf__names_it)
{
	fx_write(root, "/x.ko", "text\n");
	fx_write(root, "/empty.ko", "");
	open_tree("x.o\nempty.o\n");
	assert_broken("x", fx_at(root, "/x.ko"), "ELF");
	assert_broken("empty", fx_at(root, "/empty.ko"), "ELF");
}

TEST(needs__damaged__names_it)
{
	_cleanup_(strbuf_release) struct strbuf bytes =
		fx_ko_bytes((const char *const[]){ "license=GPL", NULL });

	fx_write_bytes(root, "/x.ko", bytes.buf, 100);
	open_tree("x.o\n");
	assert_broken("x", fx_at(root, "/x.ko"), "damaged");
}

TEST(needs__directory_or_fifo__error)
{
	fx_mkdir(root, "/dir.ko");
	assert_int_equal(mkfifo(fx_at(root, "/fifo.ko"), 0644), 0);
	open_tree("dir.o\nfifo.o\n");
	assert_broken("dir", fx_at(root, "/dir.ko"), "");
	assert_broken("fifo", fx_at(root, "/fifo.ko"), "");
}

TEST(needs__other_release__names_both)
{
	FX_KO(root, "/x.ko", "vermagic=6.12.0 SMP preempt mod_unload ");
	FX_KO(root, "/longer.ko", "vermagic=" RELEASE "more SMP ");
	FX_KO(root, "/shorter.ko", "vermagic=6.13.0 SMP ");
	FX_KO(root, "/flag.ko", "vermagic=6.13.0 SMP nomodversions x ");
	FX_KO(root, "/empty.ko", "vermagic=");
	open_tree("x.o\nlonger.o\nshorter.o\nflag.o\nempty.o\n");
	assert_broken("x", "6.12.0", RELEASE);
	assert_broken("x", fx_at(root, "/x.ko"), "make modules");
	assert_broken("longer", RELEASE "more", RELEASE);
	assert_broken("shorter", "6.13.0,", RELEASE);
	assert_broken("flag", "6.13.0", RELEASE);
	assert_broken("empty", fx_at(root, "/empty.ko"), RELEASE);
}

TEST(needs__other_release_but_symbols_have_versions__fine)
{
	FX_KO(root, "/x.ko", "vermagic=6.12.0 SMP mod_unload modversions ");
	FX_KO(root, "/end.ko", "vermagic=6.12.0 SMP mod_unload modversions");
	FX_KO(root, "/arch.ko", "vermagic=6.12.0 SMP mod_unload modversions aarch64");
	open_tree("x.o\nend.o\narch.o\n");
	assert_needs("x");
	assert_needs("end");
	assert_needs("arch");
}

/* A distribution's module has them, and a kernel of one's own usually not. */
TEST(needs__only_the_module_has_versions__names_both)
{
	FX_KO(root, "/x.ko", "vermagic=6.12.0 SMP mod_unload modversions ");
	fx_write(root, "/modules.order", "x.o\n");
	assert_int_equal(modcat_open_tree(&cat, root, RELEASE, false), 0);
	assert_broken("x", "6.12.0", RELEASE);
}

TEST(needs__no_vermagic_or_this_release__fine)
{
	FX_KO(root, "/x.ko");
	FX_KO(root, "/same.ko", "vermagic=" RELEASE);
	open_tree("x.o\nsame.o\n");
	assert_needs("x");
	assert_needs("same");
}

static void open_files(void)
{
	cat = modcat_new_files(RELEASE, true);
}

static int add_files(const char *path, struct strvec *names)
{
	return modcat_add_files(cat, fx_at(root, path), names);
}

TEST(add_files__a_file__known_by_name)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	FX_KO(root, "/my dir/my-mod.ko", "alias=fs-my", VERMAGIC);
	open_files();
	assert_int_equal(lookup("my-mod"), 0);
	assert_int_equal(add_files("/my dir/my-mod.ko", &names), 1);
	assert_words(&names, "my-mod");
	assert_module("my_mod", "/my dir/my-mod.ko", "extra/my-mod.ko");
	assert_string_equal(the("fs-my")->name, "my_mod");
	assert_needs("my_mod");
}

TEST(add_files__directory__all_below_it)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	FX_KO(root, "/d/b.ko");
	FX_KO(root, "/d/sub/deep/a.ko");
	FX_KO(root, "/d/.hidden/c.ko");
	FX_KO(root, "/d/b.ko.xz");
	FX_KO(root, "/d/e.ko.bz2");
	FX_KO(root, "/elsewhere/f.ko");
	fx_write(root, "/d/x.o", "");
	fx_symlink(root, "/d/link", "../elsewhere");
	fx_symlink(root, "/d/loop", ".");
	open_files();
	assert_int_equal(add_files("/d", &names), 3);
	assert_words(&names, "b b a");
	assert_module("b", "/d/b.ko", "extra/b.ko");
	assert_module("a", "/d/sub/deep/a.ko", "extra/a.ko");
	assert_int_equal(lookup("f"), 0);
}

TEST(add_files__deeper_than_16__left_out)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	_cleanup_(strbuf_release) struct strbuf path = STRBUF_INIT;

	strbuf_adds(&path, "/d");
	for (int i = 0; i < 16; i++)
		strbuf_adds(&path, "/s");
	strbuf_adds(&path, "/in.ko");
	FX_KO(root, path.buf);
	strbuf_setlen(&path, path.len - strlen("in.ko"));
	strbuf_adds(&path, "s/out.ko");
	FX_KO(root, path.buf);
	open_files();
	assert_int_equal(add_files("/d", &names), 1);
	assert_words(&names, "in");
}

TEST(add_files__twice__named_again_the_first_counts)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	FX_KO(root, "/one/x.ko");
	FX_KO(root, "/two/x.ko");
	open_files();
	assert_int_equal(add_files("/one", &names), 1);
	assert_int_equal(add_files("/two", &names), 1);
	assert_words(&names, "x x");
	assert_module("x", "/one/x.ko", "extra/x.ko");
}

TEST(add_files__after_a_look_for_an_alias__its_aliases_too)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	FX_KO(root, "/a.ko", "alias=common");
	FX_KO(root, "/b.ko", "alias=common");
	open_files();
	assert_int_equal(add_files("/a.ko", &names), 1);
	assert_int_equal(lookup("common"), 1);
	assert_int_equal(add_files("/b.ko", &names), 1);
	assert_int_equal(lookup("common"), 2);
}

TEST(add_files__nothing_there__none_or_an_error)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	fx_mkdir(root, "/empty");
	fx_write(root, "/file.txt", "");
	open_files();
	assert_int_equal(add_files("/none", &names), -ENOENT);
	assert_int_equal(add_files("/file.txt/x", &names), -ENOTDIR);
	assert_int_equal(add_files("/empty", &names), 0);
	assert_int_equal(add_files("/file.txt", &names), 0);
	assert_int_equal(names.nr, 0);
}

TEST(add_files__gone_afterwards__broken_with_its_name)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	FX_KO(root, "/x.ko");
	open_files();
	assert_int_equal(add_files("/x.ko", &names), 1);
	assert_int_equal(unlink(fx_at(root, "/x.ko")), 0);
	assert_broken("x", fx_at(root, "/x.ko"), "not there");
}

TEST(add_softdep__phases__as_written)
{
	modcat_add_softdep(&needs, "early pre: a  b\tc post: d pre: e odd: f");
	assert_words(&needs.pre, "early a b c e");
	assert_words(&needs.post, "d");
	modcat_add_softdep(&needs, "");
	modcat_add_softdep(&needs, ":");
	modcat_add_softdep(&needs, "post:");
	assert_words(&needs.post, "d");
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
