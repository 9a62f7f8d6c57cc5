// SPDX-License-Identifier: GPL-2.0-or-later
/* What a terminal gets of firmware and of the kernel that it boots. */
#include "vm/bootscreen.h"
#include "fixture.h"

#define SEABIOS "\033c\033[?7l\033[2J\033[0mSeaBIOS\r\n"
#define OVMF \
	"\033[2J\033[01;01H\033[=3h\033[2J\033[0m\033[37m\033[40mBdsDxe: starting\r\n"
#define KERNEL "[    0.000000] Linux version 6.1.0\r\n"

static struct bootscreen screen;
static struct strbuf out;

static int setup(void **state)
{
	(void)state;
	bootscreen_init(&screen);
	out = (struct strbuf)STRBUF_INIT;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bootscreen_release(&screen);
	strbuf_release(&out);
	return 0;
}

static const char *shown(const char *text)
{
	strbuf_setlen(&out, 0);
	bootscreen_add(&screen, text, strlen(text), &out);
	return out.buf;
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(add__firmware__its_text_alone)
{
	assert_string_equal(shown(SEABIOS), "SeaBIOS\r\n");
	assert_string_equal(shown(OVMF), "BdsDxe: starting\r\n");
	assert_string_equal(shown("\033]0;title\aa\033Pq\033\\b\033(0c\x9b\x80\x01"
				  "d"),
			    "abcd");
}

TEST(add__sequence_in_pieces__gone_all_the_same)
{
	_cleanup_(strbuf_release) struct strbuf all = STRBUF_INIT;

	for (const char *p = OVMF; *p; p++)
		bootscreen_add(&screen, p, 1, &all);
	assert_string_equal(all.buf, "BdsDxe: starting\r\n");
}

TEST(add__kernel__all_that_follows_as_it_is)
{
	/* behind what the firmware has left on the line */
	assert_string_equal(shown("o\033c\033[?7l" KERNEL), "o" KERNEL);
	assert_string_equal(shown("\033[1mbold\033[m\x9b"), "\033[1mbold\033[m\x9b");
}

TEST(add__kernel_without_time_stamps__known)
{
	shown("Linux version 6.1.0\r\n");
	assert_string_equal(shown("\033[1m"), "\033[1m");
}

TEST(add__restart__firmware_again)
{
	shown(KERNEL "[    9.000000] reboot: Restarting system\r\n"
		     "[    9.100000] reboot: machine restart\r\n");
	assert_string_equal(shown(OVMF), "BdsDxe: starting\r\n");
	shown("[    0.500000] of the next kernel\r\n");
	assert_string_equal(shown("\033[1m"), "\033[1m");
}

TEST(add__panic__firmware_again)
{
	shown(KERNEL "[    9.000000] Rebooting in 1 seconds..\r\n");
	assert_string_equal(shown(OVMF), "BdsDxe: starting\r\n");
}

TEST(skip__no_word_of_the_kernel__all_as_it_is)
{
	shown(OVMF);
	bootscreen_skip(&screen);
	assert_string_equal(shown("\033[1m"), "\033[1m");
}

TEST(add__brackets_without_time__still_firmware)
{
	shown("[ 12] [1.5] [    1.23456] [ .000000]\r\n[Bds]Booting\r\n");
	assert_string_equal(shown("\033[1mx"), "x");
}

TEST(add__nul_after_escape__text_goes_on)
{
	static const char firmware[] = "a\033\0b\n";

	bootscreen_add(&screen, firmware, sizeof(firmware) - 1, &out);
	assert_string_equal(out.buf, "ab\n");
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
