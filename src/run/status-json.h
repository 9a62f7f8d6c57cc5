/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status.json: a run's record for programs. Its members are in rapido(1). */
#ifndef RAPIDO_STATUS_JSON_H
#define RAPIDO_STATUS_JSON_H

#include "run/record.h"

/* The JSON text of one run, ending in a newline. Bytes that are no UTF-8 are replaced. */
void status_json_format(const struct run_record *record, struct strbuf *out);

/*
 * Of a repeated run: an object with the counts, the times, the status that rapido exits
 * with, and the single runs' objects as "runs".
 */
void status_json_format_all(const struct run_record *const *records, size_t nr,
			    int status, struct strbuf *out);

#endif
