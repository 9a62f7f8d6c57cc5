// SPDX-License-Identifier: GPL-2.0-or-later
/* --share, --root and --user: what they may say. */
#include <pwd.h>

#include "conf/share.h"
#include "fixture.h"

static struct share_args args;

static int remove_all(void **state)
{
	share_args_release(&args);
	return fixture_remove(state);
}

#define SHARE_TEST(f) DEFINE_TEST_WITH(f, fixture_make, remove_all)

/* "DIR at PATH ro" for each, without the fixture's own directory. Heap. */
static char *describe(void)
{
	struct strbuf out = STRBUF_INIT;

	for (size_t i = 0; i < args.nr; i++) {
		const struct share *share = &args.v[i];
		const char *path = share->path;

		if (starts_with(path, fixture_dir))
			path += strlen(fixture_dir);
		strbuf_addf(&out, "%s%s at %s %s", i ? "; " : "",
			    share->dir + strlen(fixture_dir), path,
			    share->writable ? "rw" : "ro");
	}
	return strbuf_detach(&out);
}

static void assert_shares(const char *expected)
{
	_cleanup_free_ char *shares = describe();

	assert_string_equal(shares, expected);
}

/* Add "FIXTURE/TEXT". */
static int add(const char *text)
{
	return share_args_add(&args, at(text));
}

static void assert_refused(const char *text, const char *why)
{
	struct capture c = capture_start();
	int err = share_args_add(&args, text);
	const char *said = capture_stop(&c);

	assert_int_equal(err, -EINVAL);
	assert_contains(said, why);
}

SHARE_TEST(share_args_add__directory__where_it_is_and_read_only)
{
	put_dir("src");
	assert_int_equal(add("src"), 0);
	assert_shares("/src at /src ro");
}

SHARE_TEST(share_args_add__rw_and_path__taken)
{
	put_dir("a");
	put_dir("b");
	put_dir("c");
	assert_int_equal(add("a:/x:rw"), 0);
	assert_int_equal(add("b:rw"), 0);
	assert_int_equal(add("c:/y/../z//"), 0);
	assert_shares("/b at /b rw; /a at /x rw; /c at /z ro");
}

SHARE_TEST(share_args_add__mistyped_rw__refused)
{
	static const char *const words[] = { "d:/x:rx", "d:/x:wr", "d:/x:r", "d:rx",
					     "d:/x:" };

	put_dir("d");
	put_dir("odd:rx");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		assert_refused(at(words[i]), "neither ':rw' nor ':ro'");
	assert_int_equal(add("odd:rx"), 0);
	assert_int_equal(add("d:/pci-0000:00"), 0);
	assert_shares("/d at /pci-0000:00 ro; /odd:rx at /odd:rx ro");
}

SHARE_TEST(share_args_add__slashes_and_dots__clean)
{
	put_dir("d");
	assert_int_equal(add("./d/.//"), 0);
	assert_shares("/d at /d ro");
}

SHARE_TEST(share_args_add__current_directory__its_own_path)
{
	const char *path = put_dir("here");
	int old = open(".", O_RDONLY | O_DIRECTORY);

	assert_int_equal(chdir(path), 0);
	assert_int_equal(share_args_add(&args, "."), 0);
	assert_int_equal(fchdir(old), 0);
	close(old);
	assert_shares("/here at /here ro");
}

SHARE_TEST(share_args_add__link__its_target_at_the_path_of_the_link)
{
	put_dir("real");
	assert_int_equal(symlink("real", at("link")), 0);
	assert_int_equal(add("link"), 0);
	assert_shares("/real at /link ro");
}

SHARE_TEST(share_args_add__parent_of_a_link__the_real_directory)
{
	put_dir("deep/er");
	assert_int_equal(symlink("deep/er", at("link")), 0);
	assert_int_equal(add("link/.."), 0);
	assert_shares("/deep at /deep ro");
}

SHARE_TEST(share_args_add__strange_names__taken)
{
	put_dir("a:b");
	put_dir("c,d=e");
	put_dir("new\nline");
	put_dir("x:rw");
	assert_int_equal(add("a:b"), 0);
	assert_int_equal(add("c,d=e:rw"), 0);
	assert_int_equal(add("new\nline"), 0);
	assert_int_equal(add("x:rw:ro"), 0);
	assert_shares("/a:b at /a:b ro; /c,d=e at /c,d=e rw; "
		      "/new\nline at /new\nline ro; /x:rw at /x:rw ro");
}

SHARE_TEST(share_args_add__colon_and_slash_in_name__path_ends_it)
{
	put_dir("a:/b");
	assert_int_equal(add("a:/b:/b"), 0);
	assert_shares("/a:/b at /b ro");
}

SHARE_TEST(share_args_add__child_first__parent_is_mounted_first)
{
	put_dir("p/q");
	assert_int_equal(add("p/q:rw"), 0);
	assert_int_equal(add("p"), 0);
	assert_shares("/p at /p ro; /p/q at /p/q rw");
}

SHARE_TEST(share_args_add__no_directory__refused)
{
	_cleanup_free_ char *where = xasprintf("%s:where", fixture_dir);

	assert_refused("", "no directory");
	assert_refused(":/x", "no directory");
	assert_refused(":rw", "no directory");
	assert_refused(put_file("file", ""), "not a directory");
	assert_refused(at("none"), "no such file");
	assert_refused(where, "begins with '/'");
}

SHARE_TEST(share_args_add__place_of_the_vm__refused)
{
	static const char *const places[] = { "/",	"//",	 "/proc",
					      "/dev/x", "/sys/", "/a/../rapido-rsc",
					      "/rdinit" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		_cleanup_free_ char *text = xasprintf("%s:%s", fixture_dir, places[i]);

		assert_refused(text, "VM");
	}
	assert_refused("/", "--root host");
	assert_int_equal(share_args_add(&args, "/:/all"), 0);
	assert_string_equal(args.v[0].dir, "/");
}

SHARE_TEST(share_args_add__same_place_twice__refused)
{
	_cleanup_free_ char *text = xasprintf("%s:/x", fixture_dir);

	assert_int_equal(share_args_add(&args, text), 0);
	assert_refused(text, "already");
}

SHARE_TEST(share_args_add__too_many__refused)
{
	for (int i = 0; i < SHARES_MAX; i++) {
		_cleanup_free_ char *text = xasprintf("%s:/%d", fixture_dir, i);

		assert_int_equal(share_args_add(&args, text), 0);
	}
	assert_refused(fixture_dir, "at most 8");
}

DEFINE_TEST(share_args_check__user__requires_the_root_of_the_host)
{
	struct share_args user = { .user = "root" };
	struct share_args both = { .user = "root", .root = "host" };
	struct share_args nobody = { .user = "no-such-user", .root = "host" };
	struct capture c = capture_start();
	int alone = share_args_check(&user), unknown = share_args_check(&nobody);
	const char *said = capture_stop(&c);

	assert_int_equal(alone, -EINVAL);
	assert_int_equal(unknown, -ENOENT);
	assert_contains(said, "--root host");
	assert_contains(said, "no-such-user");
	assert_int_equal(share_args_check(&both), 0);
}

DEFINE_TEST(share_user_find__name__its_numbers_and_home)
{
	const struct passwd *pw = getpwnam("root");
	_cleanup_(share_user_release) struct share_user user = { 0 };

	assert_int_equal(share_user_find(&user, "root"), 0);
	assert_true(starts_with(user.ids, "0:0:0"));
	assert_true(ends_with(user.ids, ":root"));
	assert_string_equal(user.home, pw->pw_dir);
}

DEFINE_TEST(share_user_find__nobody_named__home_of_the_caller)
{
	_cleanup_(share_user_release) struct share_user user = { 0 };

	setenv("HOME", "/somewhere/", 1);
	assert_int_equal(share_user_find(&user, NULL), 0);
	unsetenv("HOME");
	assert_null(user.ids);
	assert_string_equal(user.home, "/somewhere");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
