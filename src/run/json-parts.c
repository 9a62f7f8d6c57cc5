// SPDX-License-Identifier: GPL-2.0-or-later
/* Values of JSON, and their text. */
#include "json-parts.h"
#include "lib/utf8.h"

void json_add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

struct json_object *json_text(const char *s)
{
	_cleanup_(strbuf_release) struct strbuf clean = STRBUF_INIT;

	if (!s)
		return NULL;
	utf8_add(&clean, s, strlen(s));
	return json_object_new_string_len(clean.buf, (int)clean.len);
}

struct json_object *json_number(uint64_t value)
{
	return json_object_new_int64(value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

struct json_object *json_seconds(uint64_t ms)
{
	char digits[32];

	snprintf(digits, sizeof(digits), "%llu.%03u", (unsigned long long)(ms / 1000),
		 (unsigned int)(ms % 1000));
	return json_object_new_double_s((double)ms / 1000, digits);
}

struct json_object *json_point_in_time(const struct timespec *ts)
{
	char day[64], whole[80];
	struct tm tm;

	if ((!ts->tv_sec && !ts->tv_nsec) || !gmtime_r(&ts->tv_sec, &tm) ||
	    !strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm))
		return NULL;
	snprintf(whole, sizeof(whole), "%s.%03ldZ", day, ts->tv_nsec / 1000000);
	return json_text(whole);
}

static void write_with(struct json_object *object, int flags, struct strbuf *out)
{
	flags |= JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;
	strbuf_adds(out, json_object_to_json_string_ext(object, flags));
	json_object_put(object);
}

void json_write(struct json_object *object, struct strbuf *out)
{
	write_with(object, JSON_C_TO_STRING_PRETTY, out);
	strbuf_addch(out, '\n');
}

void json_write_line(struct json_object *object, struct strbuf *out)
{
	write_with(object, 0, out);
}
