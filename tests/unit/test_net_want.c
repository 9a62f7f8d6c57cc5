// SPDX-License-Identifier: GPL-2.0-or-later
/* The addresses of a bridge and the owner of the TAP devices, as users write them. */
#include "fixture.h"
#include "cmd/net-command.h"

/* The addresses of @text with spaces behind each, or "refused". */
static const char *addresses_of(const char *text)
{
	_cleanup_(net_addresses_release) struct net_addresses addresses = { 0 };
	static char all[256];
	struct capture c = capture_start();
	int err = net_want_addresses(&addresses, text);
	const char *said = capture_stop(&c);

	all[0] = '\0';
	for (size_t i = 0; i < addresses.nr; i++) {
		net_prefix_text(&addresses.v[i], all + strlen(all));
		strcat(all, " ");
	}
	if (!err)
		assert_string_equal(said, "");
	else
		assert_contains(said, "is not an address for a bridge");
	assert_true(!err || err == -EINVAL);
	return err ? "refused" : all;
}

DEFINE_TEST(net_want_addresses__several__all_in_order)
{
	assert_string_equal(addresses_of("10.0.0.1/24"), "10.0.0.1/24 ");
	assert_string_equal(addresses_of(" fd00::1/64, 10.0.0.1/8\n"),
			    "fd00::1/64 10.0.0.1/8 ");
}

DEFINE_TEST(net_want_addresses__none__none)
{
	assert_string_equal(addresses_of("none"), "");
}

DEFINE_TEST(net_want_addresses__other_text__refused)
{
	static const char *const texts[] = {
		"",	    " ",	   ",",
		"10.0.0.1", "10.0.0.1/33", "10.0.0.1/24 x",
		"NONE",	    "fd00::1",	   "10.0.0.1/24;none",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_string_equal(addresses_of(texts[i]), "refused");
}

DEFINE_TEST(net_want_owner__name_or_number__the_uid)
{
	uid_t uid = 1;

	assert_int_equal(net_want_owner("root", &uid), 0);
	assert_int_equal(uid, 0);
	assert_int_equal(net_want_owner("4294967294", &uid), 0);
	assert_int_equal(uid, 4294967294U);
}

DEFINE_TEST(net_want_owner__nobody__enoent)
{
	static const char *const names[] = { "",	   "no-such-user", "-1",
					     "4294967295", "0x10",	   "1 " };
	uid_t uid;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(net_want_owner(names[i], &uid), -ENOENT);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
