// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages and what explains them, on standard error. */
#include "fixture.h"
#include "lib/log.h"

DEFINE_TEST(log_error__control_sequences__one_visible_line)
{
	struct capture c = capture_start();

	log_error("cannot open '%s'", "a\nb\033[31m");
	assert_string_equal(capture_stop(&c), "rapido: cannot open 'a\\012b\\033[31m'\n");
}

DEFINE_TEST(log_text__lines_of_others__visible_and_without_our_name)
{
	static const char text[] = "one\ttwo\r\n\033[2Jthree\n";
	struct capture c = capture_start();

	log_text(text, strlen(text));
	assert_string_equal(capture_stop(&c), "one\ttwo\r\n\\033[2Jthree\n");
}

DEFINE_TEST(log_text__quiet__printed_as_errors_are)
{
	struct capture c = capture_start();

	log_set_level(LOG_ERROR);
	log_info("no");
	log_text("yes\n", 4);
	log_set_level(LOG_INFO);
	assert_string_equal(capture_stop(&c), "yes\n");
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
