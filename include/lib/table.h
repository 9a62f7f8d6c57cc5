/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table for the terminal: columns as wide as their widest cell, two spaces between. */
#ifndef RAPIDO_TABLE_H
#define RAPIDO_TABLE_H

#include "lib/str.h"

struct table {
	size_t nr_columns;
	struct strvec cells; /* of all rows, one after the other */
};

#define TABLE_INIT(columns)             \
	{                               \
		.nr_columns = (columns) \
	}

void table_release(struct table *table);

/*
 * Append one cell, which begins a row when the one before is full. NULL and "" become
 * "-"; what is not visible is escaped, see strbuf_add_visible(): texts may come from
 * whoever wrote a file or named a device.
 */
void table_add(struct table *table, const char *text);
void table_addf(struct table *table, const char *fmt, ...) _printf_(2, 3);

/* Append the rows to @out, a line each. The last one is complete. */
void table_format(const struct table *table, struct strbuf *out);

#endif
