// SPDX-License-Identifier: GPL-2.0-or-later
/* modsign: how the build's own tool is called. That the kernel takes what it makes is not
 * for a unit test to show. */
#include "fixture.h"
#include "lib/io.h"
#include "kernel/modsign.h"

/* Writes down how it was called, and signs. */
static const char tool[] = "#!/bin/sh\n"
			   "echo \"$1 $2 $3\" > \"${0%/*}/called\"\n"
			   "[ $# = 4 ] && printf 'SIGNATURE' >> \"$4\"\n";

static struct modsign sign = MODSIGN_INIT;
static char *why;

static int setup(void **state)
{
	fixture_make(state);
	put_file("obj/scripts/sign-file", tool);
	assert_int_equal(chmod(at("obj/scripts/sign-file"), 0755), 0);
	put_file("obj/certs/signing_key.x509", "a certificate");
	put_file("obj/certs/signing_key.pem", "a key");
	return 0;
}

static int teardown(void **state)
{
	modsign_release(&sign);
	free(TAKE_PTR(why));
	return fixture_remove(state);
}

static int init(const char *key)
{
	_cleanup_free_ char *objdir = xstrdup(at("obj"));
	_cleanup_free_ char *srcdir = xstrdup(at("src"));
	_cleanup_free_ char *tmp = xstrdup(at("tmp"));

	return modsign_init(&sign, objdir, srcdir, "sha256", key, tmp, &why);
}

/* What the tool was called with, but for the module. */
static void assert_called(const char *expected)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(
		io_read_file(AT_FDCWD, at("obj/scripts/called"), 4096, &text, NULL), 0);
	assert_string_equal(text, expected);
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, teardown)

TEST(modsign_sign__module__comes_back_with_its_signature)
{
	_cleanup_free_ char *signed_module = NULL, *expected = NULL;
	_cleanup_free_ char *key = xstrdup(at("obj/certs/signing_key.pem"));
	size_t size = 0;

	assert_int_equal(init("certs/signing_key.pem"), 0);
	assert_int_equal(modsign_sign(&sign, "MODULE", 6, &signed_module, &size, &why),
			 0);
	assert_int_equal(size, strlen("MODULESIGNATURE"));
	assert_memory_equal(signed_module, "MODULESIGNATURE", size);
	expected = xasprintf("sha256 %s %s\n", key, at("obj/certs/signing_key.x509"));
	assert_called(expected);
}

TEST(modsign_sign__second_module__nothing_of_the_first)
{
	_cleanup_free_ char *first = NULL, *second = NULL;
	size_t size = 0;

	assert_int_equal(init("certs/signing_key.pem"), 0);
	assert_int_equal(modsign_sign(&sign, "LONG MODULE", 11, &first, &size, &why), 0);
	assert_int_equal(modsign_sign(&sign, "M", 1, &second, &size, &why), 0);
	assert_int_equal(size, strlen("MSIGNATURE"));
	assert_memory_equal(second, "MSIGNATURE", size);
}

TEST(modsign_sign__tool_fails__reason_names_tool_and_key)
{
	char *signed_module = NULL;
	size_t size;

	put_file("obj/scripts/sign-file", "#!/bin/sh\nexit 1\n");
	assert_int_equal(init("certs/signing_key.pem"), 0);
	assert_int_not_equal(
		modsign_sign(&sign, "MODULE", 6, &signed_module, &size, &why), 0);
	assert_null(signed_module);
	assert_non_null(strstr(why, "scripts/sign-file"));
	assert_non_null(strstr(why, "certs/signing_key.pem"));
}

TEST(modsign_init__key_in_the_source__found)
{
	put_file("src/mine/key.pem", "a key");
	assert_int_equal(init("mine/key.pem"), 0);
	assert_string_equal(sign.key, at("src/mine/key.pem"));
}

TEST(modsign_init__key_in_a_token__passed_on)
{
	assert_int_equal(init("pkcs11:token=x"), 0);
	assert_string_equal(sign.key, "pkcs11:token=x");
}

TEST(modsign_init__something_absent__named)
{
	assert_int_equal(init("no/key.pem"), -ENOENT);
	assert_non_null(strstr(why, "src/no/key.pem"));
	modsign_release(&sign);
	free(TAKE_PTR(why));
	assert_int_equal(unlink(at("obj/certs/signing_key.x509")), 0);
	assert_int_equal(init("certs/signing_key.pem"), -ENOENT);
	assert_non_null(strstr(why, "signing_key.x509"));
	modsign_release(&sign);
	free(TAKE_PTR(why));
	assert_int_equal(unlink(at("obj/scripts/sign-file")), 0);
	assert_int_equal(init("certs/signing_key.pem"), -ENOENT);
	assert_non_null(strstr(why, "scripts/sign-file"));
}

TEST(modsign_release__after_work__leaves_nothing_behind)
{
	_cleanup_free_ char *signed_module = NULL;
	size_t size;

	assert_int_equal(init("certs/signing_key.pem"), 0);
	assert_int_equal(modsign_sign(&sign, "MODULE", 6, &signed_module, &size, &why),
			 0);
	modsign_release(&sign);
	assert_int_equal(rmdir(at("tmp")), 0);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
