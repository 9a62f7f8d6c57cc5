// SPDX-License-Identifier: GPL-2.0-or-later
/* The map from strings to pointers. */
#include "fixture.h"
#include "lib/strmap.h"

DEFINE_TEST(strmap_get__empty_map__null)
{
	struct strmap map = STRMAP_INIT;

	assert_null(strmap_get(&map, "a"));
}

DEFINE_TEST(strmap_put__new_key__value_is_null)
{
	struct strmap map = STRMAP_INIT;

	assert_null(*strmap_put(&map, "a"));
	assert_int_equal(map.nr, 1);
	strmap_release(&map, NULL);
}

DEFINE_TEST(strmap_put__known_key__keeps_value)
{
	struct strmap map = STRMAP_INIT;
	int value;

	*strmap_put(&map, "a") = &value;
	assert_ptr_equal(*strmap_put(&map, "a"), &value);
	assert_int_equal(map.nr, 1);
	strmap_release(&map, NULL);
}

DEFINE_TEST(strmap_put__key__is_copied)
{
	struct strmap map = STRMAP_INIT;
	char key[] = "abc";

	strmap_put(&map, key);
	key[0] = 'X';
	assert_non_null(strmap_get(&map, "abc"));
	strmap_release(&map, NULL);
}

DEFINE_TEST(strmap_key__map_grows__stays)
{
	struct strmap map = STRMAP_INIT;
	const char *key = strmap_key(strmap_put(&map, "abc"));

	for (int i = 0; i < 1000; i++) {
		_cleanup_free_ char *other = xasprintf("%d", i);

		strmap_put(&map, other);
	}
	assert_string_equal(key, "abc");
	assert_ptr_equal(strmap_key(strmap_get(&map, "abc")), key);
	strmap_release(&map, NULL);
}

DEFINE_TEST(strmap_get__key_without_value__is_there)
{
	struct strmap map = STRMAP_INIT;

	strmap_put(&map, "a");
	assert_non_null(strmap_get(&map, "a"));
	assert_null(strmap_get(&map, "b"));
	assert_null(strmap_get(&map, ""));
	strmap_release(&map, NULL);
}

DEFINE_TEST(strmap_put__empty_key__is_a_key)
{
	struct strmap map = STRMAP_INIT;
	int value;

	*strmap_put(&map, "") = &value;
	assert_ptr_equal(*strmap_get(&map, ""), &value);
	strmap_release(&map, NULL);
}

DEFINE_TEST(strmap_getn__part_of_text__exact_length_only)
{
	struct strmap map = STRMAP_INIT;

	strmap_put(&map, "/usr");
	assert_non_null(strmap_getn(&map, "/usr/bin", 4));
	assert_null(strmap_getn(&map, "/usr/bin", 3));
	assert_null(strmap_getn(&map, "/usr/bin", 5));
	strmap_release(&map, NULL);
}

DEFINE_TEST(strmap__thousands_of_keys__each_has_its_value)
{
	struct strmap map = STRMAP_INIT;
	char key[32];

	for (uintptr_t i = 1; i <= 20000; i++) {
		snprintf(key, sizeof(key), "/path/%lu", (unsigned long)i);
		*strmap_put(&map, key) = (void *)i;
	}
	assert_int_equal(map.nr, 20000);
	for (uintptr_t i = 1; i <= 20000; i++) {
		snprintf(key, sizeof(key), "/path/%lu", (unsigned long)i);
		assert_non_null(strmap_get(&map, key));
		assert_int_equal((uintptr_t)*strmap_get(&map, key), i);
	}
	assert_null(strmap_get(&map, "/path/0"));
	assert_null(strmap_get(&map, "/path/20001"));
	strmap_release(&map, NULL);
}

DEFINE_TEST(strmap_release__free_value__called_for_each)
{
	struct strmap map = STRMAP_INIT;

	/* the leak checkers see to it */
	for (int i = 0; i < 100; i++) {
		_cleanup_free_ char *key = xasprintf("%d", i);

		*strmap_put(&map, key) = xstrdup(key);
	}
	strmap_release(&map, free);
	assert_int_equal(map.nr, 0);
	assert_null(strmap_get(&map, "1"));
}

static unsigned int freed;

static void count_free(void *value)
{
	(void)value;
	freed++;
}

DEFINE_TEST(strmap_release__free_value__once_a_key)
{
	struct strmap map = STRMAP_INIT;

	freed = 0;
	strmap_put(&map, "a");
	strmap_put(&map, "b");
	strmap_put(&map, "a");
	strmap_release(&map, count_free);
	assert_int_equal(freed, 2);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
