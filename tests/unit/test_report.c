// SPDX-License-Identifier: GPL-2.0-or-later
/* Collected messages, and how they are printed. */
#include "fixture.h"
#include "lib/log.h"
#include "lib/report.h"

DEFINE_TEST(report_error__message__kept_and_einval)
{
	struct report report = REPORT_INIT;

	assert_int_equal(report_error(&report, "%s:%u: bad", "f", 3u), -EINVAL);
	assert_strvec(&report.errors, "f:3: bad");
	assert_int_equal(report.warnings.nr, 0);
	report_release(&report);
}

DEFINE_TEST(report_error__same_message_again__once)
{
	struct report report = REPORT_INIT;

	report_error(&report, "one");
	report_error(&report, "two");
	assert_int_equal(report_error(&report, "%s", "one"), -EINVAL);
	assert_strvec(&report.errors, "one", "two");
	report_release(&report);
}

DEFINE_TEST(report_warn__message__is_no_error)
{
	struct report report = REPORT_INIT;

	report_warn(&report, "odd %d", 1);
	report_warn(&report, "odd %d", 1);
	assert_strvec(&report.warnings, "odd 1");
	assert_int_equal(report.errors.nr, 0);
	report_release(&report);
}

DEFINE_TEST(report_flush__both__warnings_first_and_errors_counted)
{
	struct report report = REPORT_INIT;
	struct capture c;
	size_t nr;

	report_error(&report, "an error");
	report_error(&report, "another");
	report_warn(&report, "a warning");
	c = capture_start();
	nr = report_flush(&report);
	assert_string_equal(capture_stop(&c), "rapido: warning: a warning\n"
					      "rapido: an error\n"
					      "rapido: another\n");
	assert_int_equal(nr, 2);
}

DEFINE_TEST(report_flush__second_time__nothing)
{
	struct report report = REPORT_INIT;
	struct capture c = capture_start();
	size_t nr;

	report_error(&report, "an error");
	report_flush(&report);
	nr = report_flush(&report);
	assert_string_equal(capture_stop(&c), "rapido: an error\n");
	assert_int_equal(nr, 0);
}

DEFINE_TEST(report_flush__percent_in_message__printed_as_it_is)
{
	struct report report = REPORT_INIT;
	struct capture c = capture_start();

	report_error(&report, "%s", "'%s%n' is odd");
	report_flush(&report);
	assert_string_equal(capture_stop(&c), "rapido: '%s%n' is odd\n");
}

DEFINE_TEST(report_flush__quiet__errors_only)
{
	struct report report = REPORT_INIT;
	struct capture c = capture_start();

	report_error(&report, "an error");
	report_warn(&report, "a warning");
	log_set_level(LOG_ERROR);
	report_flush(&report);
	log_set_level(LOG_INFO);
	assert_string_equal(capture_stop(&c), "rapido: an error\n");
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
