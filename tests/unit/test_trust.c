// SPDX-License-Identifier: GPL-2.0-or-later
/* Which files are trusted. */
#include <grp.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <pwd.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/xattr.h>

#include "fixture.h"
#include "lib/trust.h"

/* Users whom no password file has. */
#define ME	 54321
#define STRANGER 54322

static struct caller me;
static const char *hint;

static int setup(void **state)
{
	static char name[] = "me", home[] = "/";

	if (fixture_make(state))
		return -1;
	hint = NULL;
	me = (struct caller){ .uid = ME, .gid = ME, .name = name, .home = home };
	/* mkdtemp(3) gives it to us alone, that is to root */
	return chmod(fixture_dir, 0755);
}

static void need_root(void)
{
	if (geteuid() == 0)
		return;
	print_message("only root can give files to others\n");
	skip();
}

static int check_file(const struct caller *caller, const char *path)
{
	return trust_check_file(caller, path, NULL);
}

/* What @name says of the message, and the result, of checking the file or tree @name. */
static int check(int (*fn)(const struct caller *, const char *), const char *name,
		 const char **said)
{
	struct capture c = capture_start();
	int err = fn(&me, at(name));

	*said = capture_stop(&c);
	return err;
}

static void assert_trusted(const char *name)
{
	const char *said;
	int err = check(check_file, name, &said);

	assert_string_equal(said, "");
	assert_int_equal(err, 0);
}

/* With one message that has both parts. */
static void assert_refused(const char *name, const char *part, const char *other)
{
	const char *said;
	int err = check(check_file, name, &said);

	assert_int_equal(err, -EPERM);
	assert_contains(said, part);
	assert_contains(said, other);
	assert_null(strchr(strchr(said, '\n') + 1, '\n'));
}

static void assert_tree(const char *name, int expected, const char *part)
{
	const char *said;
	int err = check(trust_check_tree, name, &said);

	assert_contains(said, part);
	if (!*part)
		assert_string_equal(said, "");
	assert_int_equal(err, expected);
}

static void give(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	assert_int_equal(lchown(at(name), uid, gid), 0);
	assert_int_equal(chmod(at(name), mode), 0);
}

/* An ACL that lets user @uid write, with the mask rwx. */
static void let_write(const char *name, uid_t uid)
{
	struct {
		struct posix_acl_xattr_header header;
		struct posix_acl_xattr_entry entries[5];
	} acl = {
		.header = { POSIX_ACL_XATTR_VERSION },
		.entries = {
			{ ACL_USER_OBJ, ACL_READ | ACL_WRITE, 0 },
			{ ACL_USER, ACL_READ | ACL_WRITE, uid },
			{ ACL_GROUP_OBJ, ACL_READ, 0 },
			{ ACL_MASK, ACL_READ | ACL_WRITE, 0 },
			{ ACL_OTHER, ACL_READ, 0 },
		},
	};

	if (setxattr(at(name), "system.posix_acl_access", &acl, sizeof(acl), 0) == 0)
		return;
	print_message("no ACLs in /tmp here: %s\n", strerror(errno));
	skip();
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, fixture_remove)

TEST(check_file__of_root_or_caller__trusted)
{
	need_root();
	put_file("mine/rapido.conf", "");
	assert_trusted("mine/rapido.conf");
	give("mine/rapido.conf", ME, ME, 0600);
	give("mine", ME, ME, 0700);
	assert_trusted("mine/rapido.conf");
	assert_trusted("mine");
}

TEST(check_file__of_another_user__refused)
{
	need_root();
	put_file("rapido.conf", "");
	give("rapido.conf", STRANGER, 0, 0644);
	assert_refused("rapido.conf", "is not trusted: it belongs to '54322'",
		       "copy it to a directory of your own");
}

TEST(check_file__directory_of_another_user__refused)
{
	need_root();
	put_file("a/b/rapido.conf", "");
	give("a", STRANGER, 0, 0755);
	assert_refused("a/b/rapido.conf",
		       "b/rapido.conf' is not trusted: the directory '",
		       "/a' belongs to '54322'");
}

TEST(check_file__written_by_everybody__refused)
{
	need_root();
	put_file("rapido.conf", "");
	give("rapido.conf", ME, ME, 0666);
	assert_refused("rapido.conf", "it can be written by everybody",
		       "run: chmod o-w ");
}

TEST(check_file__directory_written_by_everybody__refused)
{
	need_root();
	put_file("a/rapido.conf", "");
	give("a", 0, 0, 0777);
	assert_refused("a/rapido.conf", "/a' can be written by everybody",
		       ": move it to a directory that only 'me' can write to\n");
}

TEST(check_file__in_sticky_directory__trusted_if_own)
{
	need_root();
	put_file("a/mine", "");
	put_file("a/other", "");
	give("a", 0, 0, 01777);
	give("a/mine", ME, ME, 0644);
	give("a/other", STRANGER, ME, 0644);
	assert_trusted("a/mine");
	assert_refused("a/other", "it belongs to", "54322");
	assert_refused("a", "it can be written by everybody", ": move it to a dir");
}

TEST(check_file__root_called_in_a_checkout__says_as_whom)
{
	const struct passwd *user;
	_cleanup_free_ char *name = NULL;

	need_root();
	user = getpwuid(1);
	if (!user)
		skip();
	name = xasprintf("call rapido with sudo, as '%s'\n", user->pw_name);
	put_file("a/rapido.conf", "");
	give("a", 1, 1, 0755);
	me.uid = 0;
	assert_refused("a/rapido.conf", "/a' belongs to '", name);
}

TEST(check_file__written_by_a_group__refused)
{
	need_root();
	put_file("a/rapido.conf", "");
	give("a/rapido.conf", 0, STRANGER, 0664);
	assert_refused("a/rapido.conf", "it can be written by the group '54322'",
		       "run: chmod g-w /tmp/");
	give("a", 0, STRANGER, 0775);
	assert_refused("a/rapido.conf", "/a' can be written by the group '54322'",
		       "move it to a directory that only 'me' can write to");
}

TEST(check_file__written_by_root_s_group__trusted)
{
	need_root();
	put_file("a/rapido.conf", "");
	give("a", 0, 0, 0775);
	assert_trusted("a/rapido.conf");
}

/* A user of this system, other than root, whose group of the same name is his alone. */
static const struct passwd *find_private(void)
{
	const struct passwd *user;

	setpwent();
	while ((user = getpwent())) {
		const struct group *group = getgrgid(user->pw_gid);

		if (user->pw_uid && group && streq(group->gr_name, user->pw_name) &&
		    !group->gr_mem[0])
			break;
	}
	endpwent();
	if (!user) {
		print_message("no user here has a private group\n");
		skip();
	}
	return user;
}

TEST(check_file__written_by_the_private_group__trusted)
{
	const struct passwd *user;

	need_root();
	user = find_private();
	put_file("a/rapido.conf", "");
	give("a", user->pw_uid, user->pw_gid, 0775);
	me.uid = user->pw_uid;
	me.name = user->pw_name;
	assert_trusted("a/rapido.conf");
	/* of another user it is not */
	me.name = (char *)"me";
	assert_refused("a/rapido.conf", "/a' can be written by the group", "");
}

/* Whether a directory of @gid is trusted on a system with these files, in a child. */
static bool is_trusted_with(const char *groups, const char *users, gid_t gid)
{
	struct capture c;
	const char *said;
	pid_t pid;

	put_file("group", groups);
	put_file("passwd", users);
	put_file("a/rapido.conf", "");
	give("a", 0, gid, 0775);
	c = capture_start();
	pid = fork();
	if (!pid) {
		if (unshare(CLONE_NEWNS) < 0 ||
		    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount(at("group"), "/etc/group", "none", MS_BIND, NULL) < 0 ||
		    mount(at("passwd"), "/etc/passwd", "none", MS_BIND, NULL) < 0)
			fprintf(stderr, "no mount");
		else
			fprintf(stderr, "%d", check_file(&me, at("a/rapido.conf")));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	said = capture_stop(&c);
	if (streq(said, "no mount")) {
		print_message("nothing can be mounted here\n");
		skip();
	}
	return streq(said, "0");
}

TEST(check_file__group_that_others_are_in__refused)
{
#define ROOT "root:x:0:0::/:/bin/sh\n"
#define MINE "me:x:54321:500::/:/bin/sh\n"
	static const struct {
		const char *groups, *users;
		gid_t gid;
		bool trusted;
	} rows[] = {
		{ "me:x:500:\n", ROOT MINE, 500, true },
		{ "me:x:500:me,root\n", ROOT MINE, 500, true },
		{ "me:x:500:me,eve\n", ROOT MINE, 500, false },
		{ "me:x:500:\n", ROOT MINE "eve:x:54322:500::/:/bin/sh\n", 500, false },
		{ "staff:x:500:\n", ROOT MINE, 500, false },
		{ "root:x:0:\n", ROOT MINE, 0, true },
		{ "root:x:0:eve\n", ROOT MINE, 0, false },
		{ "root:x:0:\n", ROOT MINE "operator:x:11:0::/:/bin/sh\n", 0, false },
	};

	need_root();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (is_trusted_with(rows[i].groups, rows[i].users, rows[i].gid) !=
		    rows[i].trusted)
			fail_msg("row %zu", i);
}

TEST(check_file__acl_lets_others_write__refused)
{
	need_root();
	put_file("rapido.conf", "");
	let_write("rapido.conf", STRANGER);
	assert_refused("rapido.conf", "its ACL", "run: setfacl -b ");
	/* with the mask that this sets they cannot */
	give("rapido.conf", 0, 0, 0644);
	assert_trusted("rapido.conf");
}

TEST(check_file__link__its_target_and_the_way_count)
{
	need_root();
	put_file("theirs/rapido.conf", "");
	put_file("mine/rapido.conf", "");
	put_dir("d");
	assert_int_equal(symlink("../theirs/rapido.conf", at("d/theirs")), 0);
	assert_int_equal(symlink("../mine/./rapido.conf", at("d/mine")), 0);
	assert_int_equal(symlink(at("d/mine"), at("d/absolute")), 0);
	give("theirs", STRANGER, 0, 0755);
	assert_trusted("d/mine");
	assert_trusted("d/absolute");
	assert_refused("d/theirs", "d/theirs' is not trusted: the directory '",
		       "/theirs' belongs to '54322'");
}

TEST(check_file__link_in_directory_of_another__refused)
{
	need_root();
	put_file("mine/rapido.conf", "");
	put_dir("theirs");
	assert_int_equal(symlink("../mine/rapido.conf", at("theirs/link")), 0);
	assert_int_equal(symlink("theirs/../mine/rapido.conf", at("around")), 0);
	give("theirs", STRANGER, 0, 0755);
	assert_refused("theirs/link", "/theirs' belongs to '54322'", "");
	assert_refused("around", "/theirs' belongs to '54322'", "");
	assert_refused("theirs/../mine/rapido.conf", "/theirs' belongs to '54322'", "");
}

TEST(check_file__link_of_another_user_in_tmp__refused)
{
	need_root();
	put_file("mine/rapido.conf", "");
	put_dir("tmp");
	assert_int_equal(symlink("../mine/rapido.conf", at("tmp/link")), 0);
	assert_int_equal(chmod(at("tmp"), 01777), 0);
	assert_trusted("tmp/link");
	assert_int_equal(lchown(at("tmp/link"), STRANGER, 0), 0);
	assert_refused("tmp/link", "it belongs to '54322'", "");
}

TEST(check_file__links_in_a_circle__error)
{
	const char *said;

	need_root();
	assert_int_equal(symlink("b", at("a")), 0);
	assert_int_equal(symlink("a", at("b")), 0);
	assert_int_equal(check(check_file, "a", &said), -ELOOP);
	assert_contains(said, "too many links");
}

TEST(check_file__absent__enoent_without_a_word)
{
	const char *said;

	need_root();
	put_dir("a");
	assert_int_equal(check(check_file, "a/b/c", &said), -ENOENT);
	assert_string_equal(said, "");
	/* anybody could make it before it is looked for */
	give("a", 0, 0, 01777);
	assert_refused("a/b/c", "/a' can be written by everybody", "");
}

TEST(check_file__special__refused)
{
	const char *said;

	need_root();
	assert_int_equal(mkfifo(at("fifo"), 0644), 0);
	assert_int_equal(check(check_file, "fifo", &said), -EINVAL);
	assert_contains(said, "neither a regular file");
}

/* What @name says of ./rapido.conf in the directory @dir. */
static int check_here(const char *dir, const char **said)
{
	struct capture c;
	int err;

	assert_int_equal(chdir(at(dir)), 0);
	c = capture_start();
	err = trust_check_here(&me, "rapido.conf", hint);
	*said = capture_stop(&c);
	return err;
}

TEST(check_here__what_is_above__does_not_matter)
{
	const char *said;

	need_root();
	put_file("shared/mine/rapido.conf", "");
	give("shared", STRANGER, STRANGER, 0777);
	give("shared/mine", ME, ME, 0755);
	give("shared/mine/rapido.conf", ME, ME, 0644);
	assert_int_equal(check_here("shared/mine", &said), 0);
	assert_string_equal(said, "");
	assert_int_equal(check(check_file, "shared/mine/rapido.conf", &said), -EPERM);
}

TEST(check_here__file_or_directory_of_another__refused)
{
	const char *said;

	need_root();
	put_file("a/rapido.conf", "");
	give("a/rapido.conf", STRANGER, 0, 0644);
	hint = "or name it";
	assert_int_equal(check_here("a", &said), -EPERM);
	assert_contains(said, "/a/rapido.conf' is not trusted: it belongs to '54322'");
	assert_contains(said, ", or name it\n");
	give("a/rapido.conf", ME, 0, 0644);
	give("a", STRANGER, 0, 0755);
	assert_int_equal(check_here("a", &said), -EPERM);
	assert_contains(said, "/a' belongs to '54322'");
	assert_contains(said, ", or name it\n");
	give("a", ME, 0, 0777);
	assert_int_equal(check_here("a", &said), -EPERM);
	assert_contains(said, "/a' can be written by everybody");
	give("a", ME, 0, 0755);
	give("a/rapido.conf", ME, STRANGER, 0664);
	assert_int_equal(check_here("a", &said), -EPERM);
	assert_contains(said, "it can be written by the group '54322'; run: chmod g-w ");
	assert_contains(said, "rapido.conf, or name it\n");
}

TEST(check_here__in_tmp__own_file_only)
{
	const char *said;

	need_root();
	put_file("tmp/rapido.conf", "");
	assert_int_equal(chmod(at("tmp"), 01777), 0);
	give("tmp/rapido.conf", ME, ME, 0644);
	assert_int_equal(check_here("tmp", &said), 0);
	give("tmp/rapido.conf", STRANGER, ME, 0644);
	assert_int_equal(check_here("tmp", &said), -EPERM);
}

TEST(check_here__link__its_target_counts)
{
	const char *said;

	need_root();
	put_dir("a");
	put_file("theirs", "");
	give("theirs", STRANGER, 0, 0644);
	assert_int_equal(symlink("../theirs", at("a/rapido.conf")), 0);
	assert_int_equal(check_here("a", &said), -EPERM);
	assert_contains(said, "/theirs' belongs to '54322'");
	give("theirs", 0, 0, 0644);
	assert_int_equal(check_here("a", &said), 0);
}

TEST(check_here__private_group_can_write__trusted)
{
	_cleanup_free_ char *name = NULL;
	const struct passwd *user;
	const char *said;

	need_root();
	user = find_private();
	name = xstrdup(user->pw_name);
	put_file("a/rapido.conf", "");
	give("a", user->pw_uid, user->pw_gid, 0775);
	give("a/rapido.conf", user->pw_uid, user->pw_gid, 0664);
	me.uid = user->pw_uid;
	me.name = name;
	assert_int_equal(check_here("a", &said), 0);
	assert_string_equal(said, "");
}

TEST(check_file__relative__from_the_current_directory)
{
	struct capture c;
	const char *said;
	int err;

	need_root();
	put_file("a/rapido.conf", "");
	assert_int_equal(chdir(at("a")), 0);
	assert_int_equal(check_file(&me, "rapido.conf"), 0);
	give("a", STRANGER, 0, 0755);
	c = capture_start();
	err = check_file(&me, "rapido.conf");
	said = capture_stop(&c);
	assert_int_equal(err, -EPERM);
	assert_contains(said, at("a/rapido.conf"));
	assert_contains(said, "/a' belongs to '54322'");
}

TEST(check_file__name_with_control_characters__shown_harmless)
{
	need_root();
	put_file("a\033[2Jb", "");
	give("a\033[2Jb", 0, 0, 0666);
	assert_refused("a\033[2Jb", "a\\033[2Jb'", "everybody");
}

TEST(check_tree__own_files__trusted)
{
	need_root();
	put_file("net-conf/vm1/tap1.network", "");
	put_file("net-conf/vm2/tap2.network.d/x.conf", "");
	put_file("elsewhere/file", "");
	assert_int_equal(symlink("../vm1/tap1.network", at("net-conf/vm2/link")), 0);
	assert_int_equal(symlink("../elsewhere", at("net-conf/vm3")), 0);
	/* as editors leave them */
	assert_int_equal(symlink("nothing", at("net-conf/vm1/.#tap1.network")), 0);
	give("net-conf/vm1", ME, ME, 0755);
	assert_tree("net-conf", 0, "");
}

TEST(check_tree__something_in_it_of_another__refused)
{
	static const char *const names[] = {
		"net-conf/vm1/tap1.network",
		"net-conf/vm1/tap1.network.d/x.conf",
		"net-conf/vm1",
		"net-conf",
		"elsewhere",
		"elsewhere/file",
	};

	need_root();
	put_file("net-conf/vm1/tap1.network", "");
	put_file("net-conf/vm1/tap1.network.d/x.conf", "");
	put_file("elsewhere/file", "");
	assert_int_equal(symlink("../elsewhere", at("net-conf/vm2")), 0);
	assert_tree("net-conf", 0, "");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		give(names[i], STRANGER, 0, 0755);
		assert_tree("net-conf", -EPERM, "belongs to '54322'");
		give(names[i], 0, 0, 0757);
		assert_tree("net-conf", -EPERM, "can be written by everybody");
		give(names[i], 0, 0, 0755);
	}
}

TEST(check_tree__names_with_a_dot__passed_over)
{
	need_root();
	put_file("net-conf/.git/config", "");
	put_file("net-conf/vm1/.tap1.network.swp", "");
	give("net-conf/.git", STRANGER, 0, 0777);
	give("net-conf/vm1/.tap1.network.swp", STRANGER, 0, 0666);
	assert_tree("net-conf", 0, "");
}

/* Others can put files into it, which is as good as writing. */
TEST(check_tree__sticky_directory_in_it__refused)
{
	need_root();
	put_file("net-conf/vm1/tap1.network", "");
	give("net-conf/vm1", 0, 0, 01777);
	assert_tree("net-conf", -EPERM,
		    "/vm1' is not trusted: it can be written by every");
	give("net-conf/vm1", 0, 0, 0755);
	give("net-conf", 0, 0, 01777);
	assert_tree("net-conf", -EPERM, "/net-conf' is not trusted: it can be written");
}

TEST(check_tree__special_file__refused)
{
	need_root();
	put_dir("net-conf/vm1");
	assert_int_equal(mkfifo(at("net-conf/vm1/tap1.network"), 0644), 0);
	assert_tree("net-conf", -EINVAL, "tap1.network' is not trusted: it is neither");
}

TEST(check_tree__loop_of_directories__ends)
{
	need_root();
	put_dir("net-conf/vm1");
	assert_int_equal(symlink("..", at("net-conf/vm1/up")), 0);
	assert_int_equal(symlink("..", at("net-conf/vm1/up2")), 0);
	assert_tree("net-conf", 0, "");
}

TEST(check_tree__too_many_files__e2big)
{
	need_root();
	put_dir("net-conf/vm1");
	for (int i = 0; i < TRUST_ENTRIES_MAX; i++) {
		char name[64];

		snprintf(name, sizeof(name), "net-conf/vm1/%d", i);
		assert_int_equal(symlink("nothing", at(name)), 0);
	}
	assert_tree("net-conf", -E2BIG, "more than 10000 files");
}

TEST(check_tree__absent_or_a_file__error)
{
	need_root();
	put_file("file", "");
	assert_tree("absent", -ENOENT, "");
	assert_tree("file", -ENOTDIR, "not a directory");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
