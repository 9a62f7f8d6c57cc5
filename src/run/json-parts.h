/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts that the JSON of a run and that of a suite are made of. What is not known is
 * null, which json-c writes for NULL.
 */
#ifndef RAPIDO_JSON_PARTS_H
#define RAPIDO_JSON_PARTS_H

#include <json-c/json.h>
#include <time.h>

#include "lib/str.h"

/* Add @value, which becomes @object's. */
void json_add(struct json_object *object, const char *key, struct json_object *value);

/* A string; bytes that are not UTF-8 are replaced. NULL for NULL. */
struct json_object *json_text(const char *s);

struct json_object *json_number(uint64_t value);

/* Milliseconds as seconds with three decimals. */
struct json_object *json_seconds(uint64_t ms);

/* ISO 8601, UTC; NULL if @ts is 0. */
struct json_object *json_point_in_time(const struct timespec *ts);

/* Append @object as text on many lines, with a newline, and free it. */
void json_write(struct json_object *object, struct strbuf *out);

/* Append @object as text on one line, without a newline, and free it. */
void json_write_line(struct json_object *object, struct strbuf *out);

#endif
