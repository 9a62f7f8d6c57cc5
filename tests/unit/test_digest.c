// SPDX-License-Identifier: GPL-2.0-or-later
/* SHA-256 of files. */
#include "fixture.h"
#include "lib/digest.h"
#include "lib/io.h"

static int file_of(const void *data, size_t size)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_int_equal(io_write_all(fd, data, size), 0);
	return fd;
}

static void count(void *data)
{
	++*(unsigned int *)data;
}

/* FIPS 180-4, whose examples NIST has published */
DEFINE_TEST(digest_file__known_texts__known_digests)
{
	static const struct {
		const char *text, *hex;
	} known[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb924"
		      "27ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223"
			 "b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039"
		  "a33ce45964ff2167f6ecedd419db06c1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		struct digest digest;
		int fd = file_of(known[i].text, strlen(known[i].text));

		assert_int_equal(digest_file(&digest, fd, NULL, NULL), 0);
		assert_string_equal(digest.hex, known[i].hex);
		close(fd);
	}
}

DEFINE_TEST(digest_file__large_file__ticks_and_leaves_the_position)
{
	const size_t size = 3000000;
	_cleanup_free_ char *data = xcalloc(1, size);
	_cleanup_close_ int fd = file_of(data, size);
	unsigned int ticks = 0;
	struct digest digest;

	assert_int_equal(lseek(fd, 17, SEEK_SET), 17);
	assert_int_equal(digest_file(&digest, fd, count, &ticks), 0);
	assert_true(ticks > 5);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 17);
	/* head -c 3000000 /dev/zero | sha256sum */
	assert_string_equal(
		digest.hex,
		"35bce4eae54ec8e6cc2868baa8d157914d6ae2858811b4cc0c078c94460fa26f");
}

DEFINE_TEST(digest_is_valid__other_texts__false)
{
	char text[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

	assert_true(digest_is_valid(text));
	text[0] = 'E';
	assert_false(digest_is_valid(text));
	text[0] = '/';
	assert_false(digest_is_valid(text));
	assert_false(digest_is_valid(text + 1));
	assert_false(digest_is_valid(""));
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
