// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables for the terminal. */
#include "fixture.h"
#include "lib/table.h"

DEFINE_TEST(format__cells_of_different_widths__columns_line_up)
{
	_cleanup_(table_release) struct table table = TABLE_INIT(3);
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;

	table_add(&table, "SLOT");
	table_add(&table, "TEST");
	table_add(&table, "LOG");
	table_addf(&table, "%d", 1);
	table_add(&table, "simple-example");
	table_add(&table, "/tmp/log");
	table_addf(&table, "%d", 23);
	table_add(&table, NULL);
	table_add(&table, "");
	table_format(&table, &out);
	assert_string_equal(out.buf, "SLOT  TEST            LOG\n"
				     "1     simple-example  /tmp/log\n"
				     "23    -               -\n");
}

DEFINE_TEST(add__what_drives_a_terminal__escaped)
{
	_cleanup_(table_release) struct table table = TABLE_INIT(2);
	_cleanup_(strbuf_release) struct strbuf out = STRBUF_INIT;

	table_add(&table, "\033[31m");
	table_add(&table, "x\ny");
	table_format(&table, &out);
	assert_string_equal(out.buf, "\\033[31m  x\\012y\n");
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
