/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status.json: a run's record for programs. rapido-run(1) documents its members. */
#ifndef RAPIDO_STATUS_JSON_H
#define RAPIDO_STATUS_JSON_H

#include "run/record.h"

/* Append the JSON text of one run, ending in a newline. Invalid UTF-8 is replaced. */
void status_json_format(const struct run_record *record, struct strbuf *out);

/*
 * The same for a repeated run: an object with the counts, the times, rapido's exit
 * status, and the objects of the single runs as "runs".
 */
void status_json_format_all(const struct run_record *const *records, size_t nr,
			    int status, struct strbuf *out);

#endif
