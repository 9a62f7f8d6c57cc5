// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's log of a VM whose console is the user's. */
#include <sys/stat.h>

#include "fixture.h"
#include "lib/io.h"
#include "vm/console-log.h"

static struct console_log kept;

static int setup(void **state)
{
	kept = (struct console_log)CONSOLE_LOG_INIT;
	return fixture_make(state) || console_log_open(&kept, at("log"));
}

static int teardown(void **state)
{
	console_log_release(&kept);
	return fixture_remove(state);
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

static void assert_log(const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	assert_int_equal(io_read_regular(at("log"), 4096, &text, &size), 0);
	assert_int_equal(size, strlen(expected));
	assert_memory_equal(text, expected, size);
}

TEST(console_log_open__file_of_others__replaced_and_private)
{
	struct stat st;

	console_log_release(&kept);
	put_file("log", "old");
	chmod(at("log"), 0644);
	assert_int_equal(console_log_open(&kept, at("log")), 0);
	assert_int_equal(stat(at("log"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_log("");
}

TEST(console_log_records__as_lines)
{
	static const char records[] = "6,339,5140900,-;a text\n SUBSYSTEM=x\n\0"
				      "4,340,12345678,c;x;y\n";

	console_log_records(&kept, records, sizeof(records));
	assert_log("[    5.140900] a text\n[   12.345678] x;y\n");
}

TEST(console_log_records__nonsense__left_out)
{
	/* on the heap, so that tools see what is read beyond the end */
	char *torn = xstrndup("6,1,1", 5);

	console_log_records(&kept, torn, 5);
	free(torn);
	torn = xmemdup("6,1,1;unended", 13);
	console_log_records(&kept, torn, 13);
	free(torn);
	console_log_records(&kept, "\0\0;\0a,b,c;d", 11);
	assert_log("[    0.000001] unended\n");
}

TEST(console_log_add__more_than_the_limit__begins_anew)
{
	static char line[1 << 20];
	struct stat st;

	memset(line, 'x', sizeof(line));
	for (int i = 0; i < 3 * CONSOLE_LOG_MAX / (1 << 20); i++) {
		console_log_add(&kept, line, sizeof(line));
		assert_int_equal(stat(at("log"), &st), 0);
		assert_in_range(st.st_size, 1, CONSOLE_LOG_MAX);
	}
}

TEST(console_log_has_panic__in_two_pieces__found)
{
	assert_false(console_log_has_panic(&kept));
	console_log_add(&kept, "[    1.000000] Kernel panic - not", 33);
	assert_false(console_log_has_panic(&kept));
	console_log_add(&kept, " syncing: no init\n", 18);
	assert_true(console_log_has_panic(&kept));
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
