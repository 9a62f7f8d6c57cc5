// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables for the terminal. */
#include "lib/table.h"
#include "lib/utf8.h"

void table_release(struct table *table)
{
	strvec_release(&table->cells);
}

void table_add(struct table *table, const char *text)
{
	struct strbuf cell = STRBUF_INIT;

	strbuf_add_visible(&cell, text && *text ? text : "-");
	strvec_take(&table->cells, strbuf_detach(&cell));
}

void table_addf(struct table *table, const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	table_add(table, text.buf);
}

void table_format(const struct table *table, struct strbuf *out)
{
	size_t last = table->nr_columns - 1;
	_cleanup_free_ size_t *widths = xcalloc(table->nr_columns, sizeof(*widths));

	for (size_t i = 0; i < table->cells.nr; i++) {
		size_t len = strlen(table->cells.v[i]), column = i % table->nr_columns;

		if (len > widths[column])
			widths[column] = len;
	}
	for (size_t i = 0; i < table->cells.nr; i++) {
		size_t column = i % table->nr_columns;

		if (column < last)
			strbuf_addf(out, "%-*s  ", (int)widths[column],
				    table->cells.v[i]);
		else
			strbuf_addf(out, "%s\n", table->cells.v[i]);
	}
}
