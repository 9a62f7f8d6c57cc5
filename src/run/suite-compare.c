// SPDX-License-Identifier: GPL-2.0-or-later
/* The outcomes of an earlier run, from whatever of its files there is. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/lines.h"
#include "lib/log.h"
#include "lib/path.h"
#include "run/suite-run.h"
#include "suite-entry.h"
#include "suite-journal.h"

#define STATUS_JSON "status.json"

struct earlier {
	const char *path;
	struct lines lines;
	struct suite *suite;
};

static int cannot_read(const char *path, int err)
{
	log_error("cannot read '%s': %s", path, err_text(err));
	return err;
}

static int no_suite(const char *path)
{
	log_error("'%s' is neither the journal nor the " STATUS_JSON " of a suite", path);
	return -EINVAL;
}

/*
 * The object that the file begins with: the first line of a journal, or all of
 * status.json, which has many.
 */
static int read_first(struct earlier *earlier, struct json_object **object)
{
	struct json_tokener *tokener = json_tokener_new();
	enum json_tokener_error error = json_tokener_continue;
	size_t len;
	char *line;
	bool whole;
	int got = 0;

	while (error == json_tokener_continue &&
	       (got = lines_next(&earlier->lines, &line, &len, &whole)) > 0) {
		/* a newline is white space between tokens */
		if (whole)
			line[len++] = '\n';
		*object = json_tokener_parse_ex(tokener, line, (int)len);
		error = json_tokener_get_error(tokener);
	}
	json_tokener_free(tokener);
	if (error == json_tokener_continue && got < 0)
		return cannot_read(earlier->path, got);
	if (error == json_tokener_success &&
	    json_object_is_type(*object, json_type_object))
		return 0;
	json_object_put(*object);
	*object = NULL;
	return no_suite(earlier->path);
}

/* What could not be judged says nothing of the case if something else does. */
static void note(struct suite *suite, const char *name, enum suite_outcome outcome,
		 uint64_t ms)
{
	struct suite_case *c = suite_find(suite, name);

	if (!c || (c->has_before && outcome == SUITE_NOT_RUN))
		return;
	c->has_before = true;
	c->before = outcome;
	c->before_ms = ms;
}

/* Of a case, in milliseconds; 0 if it is not there. */
static uint64_t case_ms(struct json_object *object)
{
	double s = json_object_get_double(json_object_object_get(object, "seconds"));

	return s > 0 && s < UINT32_MAX / 1000 ? (uint64_t)(s * 1000 + 0.5) : 0;
}

static int read_status(const struct earlier *earlier, struct json_object *status)
{
	struct json_object *suite = json_object_object_get(status, "suite"), *cases;
	int err = suite_entry_check_test(earlier->path, status, earlier->suite->test);

	if (err)
		return err;
	if (!json_object_is_type(suite, json_type_object) ||
	    !json_object_object_get_ex(suite, "cases", &cases) ||
	    !json_object_is_type(cases, json_type_array))
		return no_suite(earlier->path);
	for (size_t i = 0, nr = json_object_array_length(cases); i < nr; i++) {
		struct json_object *object = json_object_array_get_idx(cases, i);
		int outcome;
		const char *name;

		if (!json_object_is_type(object, json_type_object))
			continue;
		name = suite_entry_text(object, "name");
		outcome = suite_entry_outcome(object, "outcome");
		if (name && outcome > SUITE_NONE)
			note(earlier->suite, name, (enum suite_outcome)outcome,
			     case_ms(object));
	}
	return 0;
}

static int read_journal(struct earlier *earlier, struct json_object *header)
{
	int got = suite_entry_check_test(earlier->path, header, earlier->suite->test);
	size_t len;
	char *line;
	bool whole;

	if (got)
		return got;
	while ((got = lines_next(&earlier->lines, &line, &len, &whole)) > 0 && whole) {
		struct json_object *object = suite_entry_parse(line, len);
		struct suite_entry entry;

		if (object && suite_entry_read(object, &entry) > 0)
			note(earlier->suite, entry.name, entry.outcome, entry.ms);
		json_object_put(object);
	}
	return got < 0 ? cannot_read(earlier->path, got) : 0;
}

static int read_file(const char *path, struct suite *suite)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct earlier earlier = {
		.path = path,
		.lines = LINES_INIT(fd, SUITE_LINE_MAX),
		.suite = suite,
	};
	struct json_object *first = NULL;
	int err = fd < 0 ? cannot_read(path, -errno) : read_first(&earlier, &first);

	if (!err && json_object_object_get_ex(first, "suite", NULL))
		err = read_status(&earlier, first);
	else if (!err && json_object_object_get_ex(first, "rapido", NULL) &&
		 !json_object_object_get_ex(first, "verdict", NULL) &&
		 !json_object_object_get_ex(first, "runs", NULL))
		err = read_journal(&earlier, first);
	else if (!err)
		err = no_suite(path);
	json_object_put(first);
	lines_release(&earlier.lines);
	return err;
}

/* A journal is read with less memory, and an interrupted run may have nothing else. */
int suite_compare(const char *path, struct suite *suite)
{
	_cleanup_free_ char *journal = path_join(path, SUITE_JOURNAL);
	_cleanup_free_ char *status = path_join(path, STATUS_JSON);

	if (!io_is_dir(path))
		return read_file(path, suite);
	return read_file(io_is_file(journal) ? journal : status, suite);
}
