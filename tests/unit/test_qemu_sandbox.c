// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether QEMU gets its sandbox. */
#include "elf_fixture.h"
#include "fixture.h"
#include "vm/qemu-sandbox.h"
#include "seccomp_fixture.h"

static const char *why;

static void put_qemu(const char *library)
{
	const struct fx_elf spec = { .needed = { "libc.so.6", library } };

	fx_elf(fixture_dir, "/qemu", &spec);
	assert_int_equal(chmod(at("qemu"), 0755), 0);
}

/* With the argument words @extra and a program that is linked with libseccomp. */
static bool choose(const char *setting, const char *extra)
{
	_cleanup_(strvec_release) struct strvec args = STRVEC_INIT;
	_cleanup_free_ char *program = xstrdup(at("qemu"));

	assert_int_equal(strvec_split_shell(&args, extra), 0);
	return qemu_sandbox_choose(setting, program, &args, &why);
}

FIXTURE_TEST(choose__qemu_of_a_distribution__has_it)
{
	put_qemu("libseccomp.so.2");
	assert_true(choose(NULL, "-nographic -device virtio-rng-pci"));
	assert_null(why);
	assert_true(choose(NULL, "-display none -serial stdio"));
	assert_true(choose(NULL, "-nographic -netdev tap,fd=7,id=a -netdev user,id=b"));
	assert_true(choose(NULL, "-nographic -netdev "
				 "tap,ifname=t,script=no,downscript=no,id=a"));
	assert_true(choose(NULL, "-nographic -netdev tap,downscript=no,script=no,id=a"));
	assert_true(choose(NULL, "-nographic -netdev tap,vhostfd=8,fd=7,id=a"));
}

FIXTURE_TEST(choose__built_without_or_a_script__has_it_not)
{
	put_qemu("libz.so.1");
	assert_false(choose(NULL, "-nographic"));
	assert_contains(why, "libseccomp");
	put_file("qemu", "#!/bin/sh\nexec qemu-system-x86_64 \"$@\"\n");
	assert_int_equal(chmod(at("qemu"), 0755), 0);
	assert_false(choose(NULL, "-nographic"));
	unlink(at("qemu"));
	assert_false(choose(NULL, "-nographic"));
}

FIXTURE_TEST(choose__setting__decides)
{
	put_qemu("libseccomp.so.2");
	assert_false(choose("no", "-nographic"));
	assert_contains(why, "QEMU_SANDBOX");
	put_qemu("libc.so.6");
	assert_true(choose("yes", "-nographic -netdev bridge,id=a"));
}

FIXTURE_TEST(choose__sandbox_of_the_users_own__not_ours)
{
	put_qemu("libseccomp.so.2");
	assert_false(choose("yes", "-nographic -sandbox on,spawn=allow"));
	assert_contains(why, "-sandbox");
	assert_false(choose(NULL, "-nographic --sandbox off"));
}

FIXTURE_TEST(choose__other_programs_are_started__has_it_not)
{
	static const char *const extra[] = {
		"-netdev bridge,id=a",
		"-netdev bridge,br=virbr0,id=a",
		"-nic tap",
		"-netdev tap,ifname=t,id=a",
		"-netdev tap,script=no,id=a",
		"--netdev tap,id=a,helper=/x",
		"-net user,smb=/srv",
		"-netdev user,id=a,guestfwd=tcp:10.0.2.100:80-cmd:netcat",
		"-incoming exec:cat",
		"-runas nobody",
		"-daemonize",
	};

	put_qemu("libseccomp.so.2");
	for (size_t i = 0; i < ARRAY_SIZE(extra); i++) {
		_cleanup_free_ char *words = xasprintf("-nographic %s", extra[i]);

		if (choose(NULL, words))
			fail_msg("%s", extra[i]);
		assert_contains(why, "other programs");
	}
}

FIXTURE_TEST(choose__window__has_it_not)
{
	put_qemu("libseccomp.so.2");
	assert_false(choose(NULL, ""));
	assert_false(choose(NULL, "-display gtk"));
	assert_false(choose(NULL, "-nographic -display sdl"));
	assert_contains(why, "window");
	assert_true(choose(NULL, "-vnc :1"));
}

static int choose_default(void)
{
	return choose(NULL, "-nographic") ? 1 : !why || !strstr(why, "kernel") ? 2 : 0;
}

FIXTURE_TEST(choose__kernel_without_filters__has_it_not)
{
	put_qemu("libseccomp.so.2");
	assert_int_equal(seccomp_run_without(SYS_prctl, EINVAL, choose_default), 0);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
