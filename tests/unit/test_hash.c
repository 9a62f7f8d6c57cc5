// SPDX-License-Identifier: GPL-2.0-or-later
/* Hashes that must not be chosen, and those that must not change. */
#include "fixture.h"
#include "lib/hash.h"

DEFINE_TEST(hash_stable__known_words__as_published)
{
	assert_int_equal(hash_stable("", 0), 0x811c9dc5);
	assert_int_equal(hash_stable("foobar", 6), 0xbf9cf968);
	/* words of one hash, which shows how it is with them */
	assert_int_equal(hash_stable("costarring", 10), hash_stable("liquid", 6));
}

DEFINE_TEST(hash_bytes__each_byte_counts)
{
	unsigned char data[40] = { 0 };
	uint64_t seen[2 * sizeof(data) + 1];
	size_t nr = 0;

	for (size_t size = 0; size <= sizeof(data); size++)
		seen[nr++] = hash_bytes(data, size);
	for (size_t i = 0; i < sizeof(data); i++) {
		data[i] = 1;
		seen[nr++] = hash_bytes(data, sizeof(data));
		assert_int_equal(hash_bytes(data, sizeof(data)), seen[nr - 1]);
		data[i] = 0;
	}
	for (size_t i = 0; i < nr; i++)
		for (size_t j = 0; j < i; j++)
			assert_true(seen[i] != seen[j]);
}

/* Names that have one hash in every other process have many here. */
DEFINE_TEST(hash_bytes__words_of_one_stable_hash__differ)
{
	assert_true(hash_bytes("costarring", 10) != hash_bytes("liquid", 6));
}

/* What a program of this name prints when it is executed again. */
static uint64_t of_another_process(void)
{
	FILE *child = popen("HASH_OF=x /proc/$PPID/exe", "r");
	unsigned long long hash = 0;

	assert_non_null(child);
	assert_int_equal(fscanf(child, "%llx", &hash), 1);
	pclose(child);
	return hash;
}

DEFINE_TEST(hash_bytes__another_process__another_hash)
{
	if (getenv("RAPIDO_VALGRIND")) {
		print_message("valgrind does not run itself\n");
		skip();
	}
	assert_true(of_another_process() != hash_bytes("x", 1));
	assert_true(of_another_process() != of_another_process());
}

int main(void)
{
	const char *of = getenv("HASH_OF");

	if (of) {
		printf("%llx\n", (unsigned long long)hash_bytes(of, strlen(of)));
		return 0;
	}
	return run_defined_tests(fixture_clean_environment, NULL);
}
