// SPDX-License-Identifier: GPL-2.0-or-later
/* The JSON of an earlier run of a suite. */
#include <errno.h>
#include <limits.h>

#include "lib/log.h"
#include "suite-entry.h"

/* A longer attempt is not believed: 49 days. */
#define MS_MAX UINT32_MAX

const char *suite_entry_text(struct json_object *object, const char *key)
{
	struct json_object *value;
	const char *text;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	text = json_object_get_string(value);
	return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

int suite_entry_outcome(struct json_object *object, const char *key)
{
	const char *name = suite_entry_text(object, key);

	return name ? suite_outcome_parse(name) : -EINVAL;
}

struct json_object *suite_entry_parse(const char *line, size_t len)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object = NULL;

	if (len && len < INT_MAX)
		object = json_tokener_parse_ex(tokener, line, (int)len);
	if (json_tokener_get_error(tokener) != json_tokener_success ||
	    json_tokener_get_parse_end(tokener) != len ||
	    !json_object_is_type(object, json_type_object)) {
		json_object_put(object);
		object = NULL;
	}
	json_tokener_free(tokener);
	return object;
}

/* A number from 0 to @max; 0 if it is absent. */
static uint64_t number(struct json_object *object, const char *key, uint64_t max)
{
	struct json_object *value;
	int64_t n;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_int))
		return 0;
	n = json_object_get_int64(value);
	if (n < 0)
		return 0;
	return (uint64_t)n < max ? (uint64_t)n : max;
}

int suite_entry_read(struct json_object *line, struct suite_entry *entry)
{
	int outcome = suite_entry_outcome(line, "outcome");

	if (!json_object_object_get_ex(line, "case", NULL))
		return 0;
	*entry = (struct suite_entry){
		.name = suite_entry_text(line, "case"),
		.number = number(line, "attempt", UINT_MAX),
		.status = (unsigned int)number(line, "status", UINT_MAX),
		.vm = (unsigned int)number(line, "vm", UINT_MAX),
		.ms = number(line, "ms", MS_MAX),
		.reason = suite_entry_text(line, "reason"),
		.report = suite_entry_text(line, "report"),
	};
	if (!entry->name || outcome <= SUITE_NONE)
		return -EINVAL;
	entry->outcome = (enum suite_outcome)outcome;
	return 1;
}

int suite_entry_check_test(const char *path, struct json_object *header, const char *test)
{
	const char *name = suite_entry_text(header, "test");

	if (!name || !test || streq(name, test))
		return 0;
	log_error("'%s' is from a run of '%s', not of '%s'", path, name, test);
	return -EINVAL;
}
