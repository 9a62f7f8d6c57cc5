// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's log out of console and /dev/kmsg. */
#include "fixture.h"
#include "run/klog.h"

static struct klog klog;
static struct strbuf got;

static struct strbuf callers; /* of the lines, each with a blank */
static struct strbuf origins; /* of the lines, a letter each; small: settled later */

/* "usec text", one line each. */
static void note(void *data, const struct klog_line *line)
{
	strbuf_addf(data, "%llu %s\n", (unsigned long long)line->usec, line->text);
	strbuf_addf(&callers, "%s ", line->caller ? line->caller : "-");
	strbuf_addch(&origins, "CKU"[line->origin]);
}

static void note_settled(void *data, const struct klog_line *line)
{
	(void)data;
	strbuf_addch(&origins, "cku"[line->origin]);
}

static int setup(void **state)
{
	(void)state;
	klog_init(&klog, note, note_settled, &got);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	klog_release(&klog);
	strbuf_release(&got);
	strbuf_release(&callers);
	strbuf_release(&origins);
	return 0;
}

static void console(const char *text)
{
	klog_console(&klog, text, strlen(text));
}

static void kmsg(const char *record)
{
	klog_kmsg(&klog, record, strlen(record) + 1);
}

#define TEST(name) DEFINE_TEST_WITH(name, setup, teardown)

TEST(klog_console__stamped_line__time_and_text)
{
	console("[    1.234567] Freeing unused kernel memory\r\n"
		"[12345.000001]  two blanks\n"
		"[1234567.000002] long up\n");
	assert_string_equal(got.buf, "1234567 Freeing unused kernel memory\n"
				     "12345000001  two blanks\n"
				     "1234567000002 long up\n");
}

TEST(klog_console__callers__left_out)
{
	console("[    1.000000][    T1] task\n"
		"[    1.000001][   C12] cpu\n"
		"[    1.000002][T12345678] long\n"
		"[    1.000003] [    T1] is text\n"
		"[    1.000004] [drm] is text\n");
	assert_string_equal(got.buf, "1000000 task\n1000001 cpu\n1000002 long\n"
				     "1000003 [    T1] is text\n1000004 [drm] is text\n");
	assert_string_equal(callers.buf, "T1 C12 T12345678 - - ");
}

TEST(klog_console__other_lines__passed_over)
{
	console("SeaBIOS (version 1.16)\n"
		"[    0.000001] Linux version 6.1\n"
		"# echo [ 1 ]\n"
		"[1.000000] too narrow\n"
		"[    1.00000] five places\n"
		"[    1.0000000] seven places\n"
		"[    1,000000] no point\n"
		"[         ] nothing\n"
		"[  OK  ] Started something\n"
		"\n");
	assert_string_equal(got.buf, "1 Linux version 6.1\n");
}

TEST(klog_console__escapes_and_torn_lines__from_the_stamp_on)
{
	console("\033c\033[?7l\033[2J\033[0mBooting from ROM..[    0.000000] Linux version 6.1\n"
		"\r\033[K[    0.000001] after an escape\r\r\n"
		"half a line of a program[    0.000002] Kernel panic\n");
	assert_string_equal(got.buf, "0 Linux version 6.1\n1 after an escape\n"
				     "2 Kernel panic\n");
}

TEST(klog_console__byte_by_byte__the_same)
{
	static const char text[] =
		"junk\r\n[    1.000000][  T12] a [b] c\r\n[    2.000000] \r\n";

	for (const char *p = text; *p; p++)
		klog_console(&klog, p, 1);
	assert_string_equal(got.buf, "1000000 a [b] c\n2000000 \n");
}

TEST(klog_console__nul_bytes__left_out)
{
	static const char text[] = "\0[    1.0\00000000] a\0b\n";

	klog_console(&klog, text, sizeof(text) - 1);
	assert_string_equal(got.buf, "1000000 ab\n");
}

TEST(klog_console__no_time_stamps__every_line_from_the_version_on)
{
	console("Booting from ROM..\r\n"
		"\033[0mLinux version 5.10.0 (me@host)\r\n"
		"Command line: console=ttyS0\r\n"
		"[    T1] Run /rdinit\r\n");
	assert_string_equal(got.buf, "0 Linux version 5.10.0 (me@host)\n"
				     "0 Command line: console=ttyS0\n"
				     "0 Run /rdinit\n");
}

TEST(klog_console__stamps_after_a_loader__only_stamped_ones)
{
	console("Linux version of the loader\nmenu\n[    0.000000] Linux version 6.1\nother\n");
	assert_string_equal(got.buf, "0 Linux version of the loader\n0 menu\n"
				     "0 Linux version 6.1\n");
}

TEST(klog_console_end__no_newline__is_a_line)
{
	console("[    1.000000] ---[ end Kernel panic");
	assert_string_equal(got.buf, "");
	klog_console_end(&klog);
	klog_console_end(&klog);
	assert_string_equal(got.buf, "1000000 ---[ end Kernel panic\n");
}

TEST(klog_console__endless_line__cut_off)
{
	console("[    1.000000] ");
	for (int i = 0; i < 1000; i++)
		console("0123456789");
	console("\n[    1.000001] next\n");
	assert_int_equal(got.len,
			 strlen("1000000 \n") + KLOG_LINE_MAX + strlen("1000001 next\n"));
}

TEST(klog_console__stamp_after_endless_line__found)
{
	for (int i = 0; i < 1000; i++)
		console("0123456789");
	console("[    1.000000] Kernel panic\n");
	assert_string_equal(got.buf, "1000000 Kernel panic\n");
}

TEST(klog_kmsg__records__time_and_text)
{
	static const char records[] =
		"6,1,1000000,-;one\n SUBSYSTEM=pci\n DEVICE=+pci:0\n\0"
		"4,2,1000001,c,caller=T1;two; three\n\0"
		"30,3,1000002,-,caller=C1,more=x;systemd[1]: four\n";

	klog_kmsg(&klog, records, sizeof(records));
	assert_string_equal(got.buf, "1000000 one\n1000001 two; three\n"
				     "1000002 systemd[1]: four\n");
}

TEST(klog_kmsg__escapes__undone)
{
	kmsg("6,1,1,-;tab\\x09back\\x5cslash \\xc3\\xa4 \\x0 \\xzz \\x00end\\x\n");
	assert_string_equal(got.buf, "1 tab\tback\\slash \303\244 \\x0 \\xzz end\\x\n");
}

TEST(klog_kmsg__caller__of_all_its_lines)
{
	kmsg("6,1,1000000,-,caller=T7;one\\x0atwo\n SUBSYSTEM=,caller=no");
	kmsg("6,2,1000001,-;,caller=T8;");
	kmsg("6,3,1000002,c,caller=C1,other=1;three");
	kmsg("6,4,1000003,-,caller=T123456789012345678901234567890;cut off");
	assert_string_equal(callers.buf, "T7 T7 - C1 T12345678901234 ");
}

TEST(klog_kmsg__newlines_in_a_record__lines)
{
	kmsg("6,1,7,-;one\\x0a\\x0atwo\\x0a\n");
	assert_string_equal(got.buf, "7 one\n7 \n7 two\n7 \n");
}

TEST(klog_kmsg__no_records__passed_over)
{
	static const char data[] =
		"\0\0no record\0;\0006,1\0006,1;x\0x,1,2,-;x\0006,1,5,-;cut off";

	klog_kmsg(&klog, data, sizeof(data) - 1);
	assert_string_equal(got.buf, "");
}

TEST(klog_kmsg__numbers_in_a_row__nothing_lost)
{
	assert_int_equal(klog.lost, 0);
	kmsg("6,1000,1,-;first that was read\n");
	kmsg("6,1001,1,-;second\n");
	console("[    0.000001] of the console\n");
	kmsg("6,1002,1,-;third\n");
	assert_int_equal(klog.lost, 0);
}

TEST(klog_kmsg__gaps__counted)
{
	kmsg("6,7,1,-;a\n");
	kmsg("6,9,1,-;b\n");
	assert_int_equal(klog.lost, 1);
	kmsg("no record\n");
	kmsg("6,10,1,-;c\n");
	kmsg("6,110,1,-;d\n");
	assert_int_equal(klog.lost, 100);
}

/* No kernel numbers like that. */
TEST(klog_kmsg__numbers_going_back__nothing_lost)
{
	for (int i = 0; i < 3; i++) {
		kmsg("6,100,1,-;x\n");
		kmsg("6,5,1,-;x\n");
	}
	assert_int_equal(klog.lost, 0);
	kmsg("6,18446744073709551615,1,-;x\n");
	kmsg("6,0,1,-;x\n");
	kmsg("6,18446744073709551615,1,-;x\n");
	assert_true(klog.lost == UINT64_MAX - 101);
}

TEST(klog_kmsg__gap_that_the_console_fills__nothing_lost)
{
	kmsg("6,1,1000000,-;a\n");
	console("[    1.000000] a\n[    2.000000] b\n");
	kmsg("6,5,5000000,-;e\n");
	assert_int_equal(klog.lost, 2);
	/* the serial port is slower */
	console("[    3.000000] c\n[    4.000000] d\n[    5.000000] e\n");
	assert_int_equal(klog.lost, 0);
	assert_string_equal(origins.buf, "KCKCC");
}

TEST(klog_kmsg__gap_that_the_console_fills_partly__the_rest_lost)
{
	kmsg("6,1,1000000,-;a\n");
	kmsg("6,11,5000000,-;e\n");
	/* two lines of one record; and what is from outside of the gap, or of both */
	console("[    3.000000] c\n[    3.000000] c, too\n[    6.000000] f\n"
		"[    5.000000] e\n[    1.000000] a\n");
	assert_int_equal(klog.lost, 8);
	for (int i = 0; i < 20; i++) {
		char line[64];

		snprintf(line, sizeof(line), "[    4.%06d] more\n", i);
		console(line);
	}
	assert_int_equal(klog.lost, 0);
}

TEST(klog_kmsg__many_gaps__each_by_its_own_lines)
{
	char text[64];

	for (int i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "6,%d,%d,-;x\n", 2 * i, 10 * i);
		kmsg(text);
		snprintf(text, sizeof(text), "[    0.%06d] y\n", 10 * i + 5);
		if (i % 2)
			console(text);
	}
	/* the last line is of no gap */
	assert_int_equal(klog.lost, 199 - 99);
}

TEST(klog__facility__whose_a_line_is)
{
	kmsg("6,1,1,-;the kernel's\n");
	kmsg("12,2,2,-;a program's\n");
	kmsg("7,3,3,-;the kernel's\n");
	kmsg("8,4,4,-;a program's\n");
	kmsg("99999999999,5,5,-;a program's\n");
	assert_string_equal(origins.buf, "KUKUU");
}

TEST(klog__line_of_the_console_first__settled_by_its_record)
{
	console("[    1.000000] BUG: x\n[    2.000000] BUG: x\n[    3.000000] BUG: x\n");
	kmsg("4,1,1000000,-;BUG: x\n");
	kmsg("12,2,2000000,-;BUG: x\n");
	assert_string_equal(origins.buf, "CCCku");
}

TEST(klog__record_first__the_console_adds_nothing)
{
	kmsg("12,1,1000000,-;BUG: x\\x0aBUG: y\n");
	console("[    1.000000] BUG: x\n[    1.000000] BUG: y\n");
	assert_string_equal(origins.buf, "UU");
}

/* A program's words must not hide those of the kernel. */
TEST(klog__no_time_stamps_on_console__none_becomes_a_program_s)
{
	console("Linux version 5.10\n");
	kmsg("12,1,17,-;BUG: x\n");
	console("BUG: x\n");
	kmsg("12,2,18,-;BUG: x\n");
	assert_string_equal(origins.buf, "CUCU");
}

TEST(klog__line_of_both__once)
{
	console("[    1.000000][    T1] from console\n");
	kmsg("6,1,1000000,-,caller=T1;from console\n");
	kmsg("6,1,2000000,-;from kmsg\\x0a\\x09more\n");
	console("[    2.000000] from kmsg\r\n[    2.000000] \tmore\r\n");
	assert_string_equal(got.buf, "1000000 from console\n2000000 from kmsg\n"
				     "2000000 \tmore\n");
}

TEST(klog__same_line_twice_of_one__twice_and_matches_two)
{
	console("[    1.000000] x\n[    1.000000] x\n");
	kmsg("6,1,1000000,-;x\n");
	kmsg("6,2,1000000,-;x\n");
	assert_string_equal(got.buf, "1000000 x\n1000000 x\n");
	kmsg("6,3,1000000,-;x\n");
	assert_string_equal(got.buf, "1000000 x\n1000000 x\n1000000 x\n");
}

TEST(klog__other_time_or_text__another_line)
{
	console("[    1.000000] x\n");
	kmsg("6,1,1000001,-;x\n");
	kmsg("6,2,1000000,-;y\n");
	assert_string_equal(got.buf, "1000000 x\n1000001 x\n1000000 y\n");
}

TEST(klog__no_time_stamps_on_console__matched_by_text)
{
	console("Linux version 5.10\nsecond\n");
	kmsg("5,0,0,-;Linux version 5.10\n");
	kmsg("5,1,17,-;second\n");
	kmsg("5,2,18,-;third\n");
	console("third\n");
	assert_string_equal(got.buf, "0 Linux version 5.10\n0 second\n18 third\n");
}

TEST(klog__long_line_of_both__once)
{
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT, record = STRBUF_INIT;

	strbuf_adds(&line, "[    1.000000] ");
	strbuf_adds(&record, "6,1,1000000,-;");
	for (int i = 0; i < KLOG_LINE_MAX / 8; i++) {
		strbuf_adds(&line, "01234567\t");
		strbuf_adds(&record, "01234567\\x09");
	}
	strbuf_addch(&line, '\n');
	strbuf_addch(&record, '\n');
	console(line.buf);
	kmsg(record.buf);
	assert_int_equal(got.len, strlen("1000000 \n") + KLOG_LINE_MAX);
}

/* One source is behind by nearly what is remembered, again and again round the ring. */
TEST(klog__one_source_far_behind__once)
{
	const unsigned int behind = KLOG_MEMORY - 1, all = 5 * KLOG_MEMORY;
	char line[64];

	for (unsigned int i = 0; i < all + behind; i++) {
		snprintf(line, sizeof(line), "[%5u.%06u] x\n", i / 1000, i % 1000);
		if (i < all)
			console(line);
		snprintf(line, sizeof(line), "6,1,%u,-;x\n",
			 (i - behind) / 1000 * 1000000 + (i - behind) % 1000);
		if (i >= behind)
			kmsg(line);
		if (i == all / 2)
			strbuf_setlen(&got, 0);
	}
	snprintf(line, sizeof(line), "%u x\n",
		 (all - 1) / 1000 * 1000000 + (all - 1) % 1000);
	assert_int_equal(got.len / strlen(line), all - all / 2 - 1);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
