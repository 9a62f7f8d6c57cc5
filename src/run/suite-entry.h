/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read of an earlier run of a suite: its files are not trusted to be whole. */
#ifndef RAPIDO_SUITE_ENTRY_H
#define RAPIDO_SUITE_ENTRY_H

#include <json-c/json.h>

#include "run/suite.h"

/* Bytes of a line of a journal: the list has up to SUITE_CASES_MAX names, each byte of
 * which may be escaped. */
#define SUITE_LINE_MAX (256 << 20)

/* An attempt at a case, as a journal has it. Strings are those of the JSON object. */
struct suite_entry {
	const char *name;
	uint64_t number; /* of the attempt, from 1; 0: it is not said */
	enum suite_outcome outcome;
	unsigned int status, vm;
	uint64_t ms;
	const char *reason, *report; /* or NULL */
};

/* The string that is @key's value, or NULL. */
const char *suite_entry_text(struct json_object *object, const char *key);
/* The outcome that is @key's value; -EINVAL if there is none. */
int suite_entry_outcome(struct json_object *object, const char *key);
/* The object that is all of @line, or NULL. The caller puts it. */
struct json_object *suite_entry_parse(const char *line, size_t len);

/* 1; 0 if the line is about something else; -EINVAL if it makes no sense. */
int suite_entry_read(struct json_object *line, struct suite_entry *entry);

/* Whether the run of this header, or of this status.json, was @test's; -EINVAL after a
 * message about @path. */
int suite_entry_check_test(const char *path, struct json_object *header,
			   const char *test);

#endif
