// SPDX-License-Identifier: GPL-2.0-or-later
/* Who called, what is left of his environment, and whose configuration is read. */
#include <pwd.h>

#include "cmd/net-command.h"
#include "fixture.h"
#include "net/host/privilege.h"

/* Users whom no password file has. */
#define STRANGER 54322

static int setup(void **state)
{
	if (fixture_make(state))
		return -1;
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

static void give(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	assert_int_equal(lchown(at(name), uid, gid), 0);
	assert_int_equal(chmod(at(name), mode), 0);
}

/*
 * privilege_init() changes the whole process, so it runs in a child. What @look says
 * about it goes to standard error, which is returned, with the result before it.
 */
static const char *init_in_child(void (*look)(const struct caller *caller))
{
	struct capture c = capture_start();
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct caller caller;
		char *argv[] = { (char *)"", (char *)"-b", (char *)"a b", NULL };
		int err = privilege_init(&caller, "setup-network", 3, argv);

		fprintf(stderr, "%d ", err);
		if (!err)
			look(&caller);
		caller_release(&caller);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return capture_stop(&c);
}

static void say_caller(const struct caller *caller)
{
	fprintf(stderr, "%u %u %s %s", (unsigned int)caller->uid,
		(unsigned int)caller->gid, caller->name, caller->home);
}

static void say_environment(const struct caller *caller)
{
	(void)caller;
	for (char **env = environ; *env; env++)
		fprintf(stderr, "%s\n", *env);
	fprintf(stderr, "umask %o", (unsigned int)umask(0));
}

static int clear_callers(void **state)
{
	unsetenv("SUDO_UID");
	unsetenv("DOAS_USER");
	unsetenv("PKEXEC_UID");
	unsetenv("RAPIDO_CONF");
	unsetenv("RAPIDO_DIR");
	return fixture_remove(state);
}

static int setup_callers(void **state)
{
	unsetenv("SUDO_UID");
	unsetenv("DOAS_USER");
	unsetenv("PKEXEC_UID");
	return setup(state);
}

#define TEST_INIT(f) DEFINE_TEST_WITH(f, setup_callers, clear_callers)

TEST_INIT(privilege_init__nobody_called__root)
{
	need_root();
	assert_contains(init_in_child(say_caller), "0 0 0 root /");
}

TEST_INIT(privilege_init__sudo__its_caller_with_home)
{
	const struct passwd *user;
	_cleanup_free_ char *uid = NULL, *expected = NULL;

	need_root();
	user = getpwnam("nobody");
	if (!user)
		skip();
	uid = xasprintf("%u", (unsigned int)user->pw_uid);
	expected = xasprintf("0 %s %u nobody %s", uid, (unsigned int)user->pw_gid,
			     user->pw_dir);
	setenv("DOAS_USER", "root", 1);
	setenv("SUDO_UID", uid, 1);
	assert_string_equal(init_in_child(say_caller), expected);
	unsetenv("SUDO_UID");
	setenv("DOAS_USER", "nobody", 1);
	assert_string_equal(init_in_child(say_caller), expected);
	unsetenv("DOAS_USER");
	setenv("PKEXEC_UID", uid, 1);
	assert_string_equal(init_in_child(say_caller), expected);
}

TEST_INIT(privilege_init__caller_who_is_nobody__error)
{
	static const char *const values[] = { "54321", "-1", "4294967295",
					      "root",  "1x", "99999999999999999999" };

	need_root();
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		const char *said;

		setenv("SUDO_UID", values[i], 1);
		said = init_in_child(say_caller);
		assert_contains(said, "SUDO_UID='");
		assert_contains(said, "is no user");
		assert_contains(said, "-22 ");
	}
}

TEST_INIT(privilege_init__hostile_environment__only_ours_is_left)
{
	const char *said;

	need_root();
	setenv("LD_PRELOAD_X", "evil", 1);
	setenv("PATH", "/tmp/evil:/usr/bin", 1);
	setenv("HOME", "/tmp/evil", 1);
	setenv("XDG_CONFIG_HOME", "/tmp/evil", 1);
	setenv("IFS", "evil", 1);
	setenv("RAPIDO_CONF", "my.conf", 1);
	setenv("RAPIDO_DIR", "/my/dir", 1);
	said = init_in_child(say_environment);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("LD_PRELOAD_X");
	unsetenv("IFS");
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/nonexistent/home", 1);
	assert_lacks(said, "evil");
	assert_contains(said, "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n");
	assert_contains(said, "LC_ALL=C\n");
	assert_contains(said, "HOME=/");
	assert_contains(said, "RAPIDO_CONF=my.conf\n");
	assert_contains(said, "RAPIDO_DIR=/my/dir\n");
	assert_contains(said, "umask 22");
}

static int init_as_user(void)
{
	return strstr(init_in_child(say_caller),
		      "setup-network needs root: run 'sudo rapido setup-network -b 'a "
		      "b''\n-1 ")
		       ? 0
		       : 1;
}

TEST_INIT(privilege_init__not_root__eperm_says_sudo)
{
	assert_int_equal(fixture_run_as_user(init_as_user), 0);
}

TEST_INIT(privilege_init__set_user_id__eperm)
{
	const char *said;

	need_root();
	/* as execve(2) of such a program does */
	assert_int_equal(setresuid(54321, 0, 0), 0);
	said = init_in_child(say_caller);
	assert_int_equal(setresuid(0, 0, 0), 0);
	assert_contains(said, "rapido must not be set-user-ID: run 'chmod u-s'");
	assert_contains(said, "-1 ");
}

/* "FILE: WHY" of what cannot be read, and our groups. */
static void say_files(const struct caller *caller)
{
	static const char *const names[] = { "secret", "group-s", "own" };

	if (privilege_assume(caller))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int fd = open(at(names[i]), O_RDONLY | O_CLOEXEC);

		fprintf(stderr, "%s: %s\n", names[i], fd < 0 ? strerror(errno) : "read");
	}
	privilege_resume();
	fprintf(stderr, "now %u %u %d", (unsigned int)geteuid(), (unsigned int)getegid(),
		open(at("secret"), O_RDONLY | O_CLOEXEC) >= 0);
}

TEST_INIT(privilege_assume__caller__reads_what_he_can_and_root_is_back)
{
	const struct passwd *user;
	const char *said;

	need_root();
	user = getpwnam("nobody");
	if (!user)
		skip();
	put_file("secret", "");
	put_file("group-s", "");
	put_file("own", "");
	give("secret", 0, 0, 0600);
	give("group-s", 0, 0, 0640);
	give("own", user->pw_uid, 0, 0600);
	setenv("DOAS_USER", "nobody", 1);
	said = init_in_child(say_files);
	assert_contains(said, "secret: Permission denied\n");
	assert_contains(said, "group-s: Permission denied\n");
	assert_contains(said, "own: read\n");
	assert_contains(said, "now 0 0 1");
}

TEST_INIT(privilege_assume__root_called__stays_root)
{
	need_root();
	put_file("secret", "");
	give("secret", 0, 0, 0600);
	assert_contains(init_in_child(say_files), "secret: read\n");
}

/*
 * The configuration and net-conf as setup-network reads them, in a child: its messages,
 * the result, and a setting or the TAP devices.
 */
static const char *session_in_child(bool with_taps)
{
	struct capture c = capture_start();
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct session session = { 0 };
		struct caller caller;
		struct net_taps taps = NET_TAPS_INIT;
		int err = privilege_init(&caller, "setup-network", 0, NULL);

		if (!err)
			err = session_init_privileged(&session, &caller);
		if (!err && with_taps)
			err = session_load_taps(&session, &caller, &taps);
		fprintf(stderr, "%d ", err);
		if (!err && !with_taps)
			fprintf(stderr, "BR_DEV=%s", conf_get(&session.conf, "BR_DEV"));
		for (size_t i = 0; i < taps.nr; i++)
			fprintf(stderr, "%s ", taps.taps[i].device);
		net_taps_release(&taps);
		session_release(&session);
		caller_release(&caller);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return capture_stop(&c);
}

static void put_checkout(void)
{
	put_dir("cut");
	put_dir("cwd");
	put_file("rapido.conf", "BR_DEV=\"br7\"\n");
	put_file("net-conf/vm1/tap1.network", "[Match]\nName=tap1\n");
	put_file("secret", "TOP_SECRET=\"x\"\n");
	give("secret", 0, 0, 0600);
	setenv("RAPIDO_DIR", fixture_dir, 1);
	assert_int_equal(chdir(at("cwd")), 0);
}

/* As another command than those that need root reads it: the result and a setting. */
static const char *plain_session(void)
{
	struct capture c = capture_start();
	struct session session;
	int err = session_init(&session);

	fprintf(stderr, "%d", err);
	if (!err)
		fprintf(stderr, " BR_DEV=%s", conf_get(&session.conf, "BR_DEV"));
	session_release(&session);
	return capture_stop(&c);
}

TEST_INIT(session_init__conf_here_of_another__refused_unless_named)
{
	const char *said;

	need_root();
	put_checkout();
	put_file("cwd/rapido.conf", "BR_DEV=\"br-trap\"\n");
	assert_string_equal(plain_session(), "0 BR_DEV=br-trap");
	give("cwd/rapido.conf", STRANGER, 0, 0644);
	said = plain_session();
	assert_contains(said, "/cwd/rapido.conf' is not trusted: it belongs to "
			      "'54322', and only root's files are read: copy it");
	assert_contains(said, "RAPIDO_CONF=/tmp/");
	assert_lacks(said, "br-trap");
	assert_contains(said, "\n-1");
	setenv("RAPIDO_CONF", "rapido.conf", 1);
	assert_string_equal(plain_session(), "0 BR_DEV=br-trap");
	unsetenv("RAPIDO_CONF");
	give("cwd/rapido.conf", 0, 0, 0644);
	give("cwd", 0, 0, 0777);
	assert_contains(plain_session(), "/cwd' can be written by everybody");
}

TEST_INIT(session_init__conf_here_beside_rapido__read)
{
	need_root();
	put_checkout();
	give("rapido.conf", STRANGER, 0, 0644);
	assert_int_equal(chdir(fixture_dir), 0);
	assert_string_equal(plain_session(), "0 BR_DEV=br7");
}

TEST_INIT(session_init__sudo__conf_here_of_its_caller__read)
{
	const struct passwd *user;
	_cleanup_free_ char *uid = NULL;

	need_root();
	user = getpwnam("nobody");
	if (!user)
		skip();
	uid = xasprintf("%u", (unsigned int)user->pw_uid);
	put_checkout();
	put_file("cwd/rapido.conf", "BR_DEV=\"br9\"\n");
	give("cwd", user->pw_uid, 0, 0755);
	give("cwd/rapido.conf", user->pw_uid, 0, 0644);
	assert_contains(plain_session(), "call rapido with sudo, as 'nobody', or name");
	setenv("SUDO_UID", uid, 1);
	assert_string_equal(plain_session(), "0 BR_DEV=br9");
	/* whom only another system knows */
	setenv("SUDO_UID", "54321", 1);
	assert_contains(plain_session(), "is not trusted");
}

TEST_INIT(session_init_privileged__own_files__read)
{
	need_root();
	put_checkout();
	assert_string_equal(session_in_child(false), "0 BR_DEV=br7");
	assert_string_equal(session_in_child(true), "0 tap1 ");
}

TEST_INIT(session_init_privileged__files_of_the_caller__read)
{
	const struct passwd *user;

	need_root();
	user = getpwnam("nobody");
	if (!user)
		skip();
	put_checkout();
	give("rapido.conf", user->pw_uid, 0, 0600);
	give("net-conf/vm1/tap1.network", user->pw_uid, 0, 0600);
	setenv("DOAS_USER", "nobody", 1);
	assert_string_equal(session_in_child(false), "0 BR_DEV=br7");
	assert_string_equal(session_in_child(true), "0 tap1 ");
}

TEST_INIT(session_init_privileged__conf_of_another__refused_and_not_read)
{
	const char *said;

	need_root();
	put_checkout();
	put_file("rapido.conf", "BR_DEV=\"br7\"\nunparsable\n");
	give("rapido.conf", STRANGER, 0, 0644);
	said = session_in_child(false);
	assert_contains(said, "rapido.conf' is not trusted");
	assert_lacks(said, "rapido.conf:2");
	assert_contains(said, "-1 ");
}

TEST_INIT(session_init_privileged__link_to_what_only_root_reads__denied)
{
	const char *said;

	need_root();
	put_checkout();
	assert_int_equal(unlink(at("rapido.conf")), 0);
	assert_int_equal(symlink("secret", at("rapido.conf")), 0);
	setenv("DOAS_USER", "nobody", 1);
	said = session_in_child(false);
	assert_contains(said, "rapido.conf': permission denied");
	assert_lacks(said, "TOP_SECRET");
	/* root may see it, in what is wrong with it */
	unsetenv("DOAS_USER");
	assert_contains(session_in_child(false), "TOP_SECRET");
}

TEST_INIT(session_init_privileged__env_names_absent_file__error)
{
	const char *said;

	need_root();
	put_checkout();
	setenv("RAPIDO_CONF", at("absent.conf"), 1);
	said = session_in_child(false);
	assert_contains(said, "absent.conf': no such file");
	assert_contains(said, "-2 ");
}

TEST_INIT(session_init_privileged__no_conf_no_net_conf__defaults)
{
	need_root();
	put_dir("cut");
	put_dir("cwd");
	setenv("RAPIDO_DIR", fixture_dir, 1);
	assert_int_equal(chdir(at("cwd")), 0);
	assert_contains(session_in_child(false), "0 BR_DEV=rapido-br");
	assert_string_equal(session_in_child(true), "-2 ");
}

TEST_INIT(session_load_taps__net_conf_of_another__refused)
{
	const char *said;

	need_root();
	put_checkout();
	give("net-conf/vm1/tap1.network", STRANGER, 0, 0644);
	said = session_in_child(true);
	assert_contains(said, "tap1.network' is not trusted");
	assert_contains(said, "-1 ");
}

TEST_INIT(session_load_taps__link_to_what_only_root_reads__denied)
{
	static const char *const names[] = { "net-conf/vm1/hostname",
					     "net-conf/vm1/tap2.network" };

	need_root();
	put_checkout();
	setenv("DOAS_USER", "nobody", 1);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *said;

		assert_int_equal(symlink("../../secret", at(names[i])), 0);
		said = session_in_child(true);
		assert_contains(said, names[i]);
		assert_contains(said, "permission denied");
		assert_lacks(said, "TOP_SECRET");
		assert_int_equal(unlink(at(names[i])), 0);
	}
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
