// SPDX-License-Identifier: GPL-2.0-or-later
/* The journal of a suite, written and read. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "json-parts.h"
#include "lib/io.h"
#include "lib/lines.h"
#include "lib/log.h"
#include "lib/utf8.h"
#include "suite-entry.h"
#include "suite-journal.h"

static int write_line(int fd, struct json_object *object)
{
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT;

	json_write_line(object, &line);
	strbuf_addch(&line, '\n');
	return io_write_all(fd, line.buf, line.len);
}

static struct json_object *format_words(const struct strvec *words)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; words && i < words->nr; i++)
		json_object_array_add(array, json_text(words->v[i]));
	return array;
}

static struct json_object *format_kernel(const struct suite_identity *identity)
{
	struct json_object *kernel = json_object_new_object();
	const struct run_file *file = identity->kernel;

	json_add(kernel, "path", json_text(file->path));
	json_add(kernel, "size", json_number(file->size));
	json_add(kernel, "mtime", json_object_new_int64(file->mtime.tv_sec));
	json_add(kernel, "mtime_ns", json_object_new_int64(file->mtime.tv_nsec));
	json_add(kernel, "release", json_text(identity->release));
	return kernel;
}

/* A number of 64 bits is more than what many readers of JSON have. */
static struct json_object *format_seed(const struct suite *suite)
{
	char digits[32];

	if (!suite->shuffled)
		return NULL;
	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)suite->seed);
	return json_text(digits);
}

/* Of the identity and the order. */
static struct json_object *format_header(const struct suite_identity *identity)
{
	struct json_object *header = json_object_new_object();

	json_add(header, "rapido", json_text(RAPIDO_VERSION));
	json_add(header, "test", json_text(identity->test));
	json_add(header, "args", format_words(identity->args));
	json_add(header, "kernel", format_kernel(identity));
	return header;
}

static struct json_object *format_list(const struct suite *suite)
{
	const char **listed = xcalloc(suite->nr + 1, sizeof(*listed));
	struct json_object *object = json_object_new_object(),
			   *names = json_object_new_array();

	for (size_t i = 0; i < suite->nr; i++)
		listed[suite->cases[i].listed] = suite->cases[i].name;
	for (size_t i = 0; i < suite->nr; i++)
		json_object_array_add(names, json_text(listed[i]));
	json_add(object, "list", names);
	json_add(object, "left_out", json_number(suite->left_out));
	free(listed);
	return object;
}

int suite_journal_begin(int fd, const struct suite_identity *identity,
			const struct suite *suite)
{
	struct json_object *header = format_header(identity);
	int err;

	json_add(header, "shuffle", format_seed(suite));
	err = write_line(fd, header);
	return err ? err : write_line(fd, format_list(suite));
}

int suite_journal_attempt(int fd, const struct suite *suite, size_t nr)
{
	const struct suite_case *c = &suite->cases[nr];
	const struct suite_attempt *attempt = &c->attempts[c->nr_attempts - 1];
	struct json_object *line = json_object_new_object();

	json_add(line, "case", json_text(c->name));
	json_add(line, "attempt", json_number(c->nr_attempts));
	json_add(line, "outcome", json_text(suite_outcome_name(attempt->outcome)));
	json_add(line, "status", json_number(attempt->status));
	json_add(line, "ms", json_number(attempt->ms));
	json_add(line, "vm", json_number(attempt->vm));
	json_add(line, "reason", json_text(attempt->reason));
	json_add(line, "report", json_text(attempt->report));
	return write_line(fd, line);
}

/* Reading */

struct reader {
	const char *path;
	struct lines lines;
	struct suite *suite;
	bool any_args;
	size_t damaged; /* lines that make no sense */
};

static int refuse(const struct reader *reader, const char *why)
{
	log_error("cannot go on with '%s': %s", reader->path, why);
	return -EINVAL;
}

/* 1 with the object of the next line, or NULL if it has none; 0 if there is no further
 * whole line; -errno after a message. */
static int next_object(struct reader *reader, struct json_object **object)
{
	char *line;
	size_t len;
	bool whole;
	int got = lines_next(&reader->lines, &line, &len, &whole);

	*object = NULL;
	if (got < 0) {
		log_error("cannot read '%s': %s", reader->path, err_text(got));
		return got;
	}
	if (!got || !whole)
		return 0;
	*object = suite_entry_parse(line, len);
	return 1;
}

/* Whether the members are the same. */
static bool is_same(struct json_object *a, struct json_object *b, const char *key)
{
	return json_object_equal(json_object_object_get(a, key),
				 json_object_object_get(b, key));
}

/* False if there are more than an order has room for. */
static bool take_args(struct suite *suite, struct json_object *args)
{
	size_t nr = json_object_is_type(args, json_type_array)
			    ? json_object_array_length(args)
			    : 0;
	size_t size = 0;

	for (size_t i = 0; i < nr; i++) {
		struct json_object *word = json_object_array_get_idx(args, i);

		if (json_object_is_type(word, json_type_string))
			size += strlen(strvec_push(&suite->args,
						   json_object_get_string(word))) +
				1;
	}
	return size <= WIRE_ORDER_MAX;
}

static int check_identity(const struct reader *reader, struct json_object *header,
			  struct json_object *ours, const char *test)
{
	static const char *const keys[] = { "path", "size", "mtime", "mtime_ns",
					    "release" };
	struct json_object *was = json_object_object_get(header, "kernel"),
			   *is = json_object_object_get(ours, "kernel");
	int err = suite_entry_check_test(reader->path, header, test);

	if (err)
		return err;
	if (!reader->any_args && !is_same(header, ours, "args"))
		return refuse(reader, "the suite had other arguments");
	if (reader->any_args &&
	    !take_args(reader->suite, json_object_object_get(header, "args")))
		return refuse(reader, "it is damaged");
	if (!json_object_is_type(was, json_type_object))
		return refuse(reader, "it is damaged");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!is_same(was, is, keys[i]))
			return refuse(reader, "its kernel was another one");
	return 0;
}

/* @text is NULL if the cases were not shuffled. */
static int take_seed(struct reader *reader, const char *text)
{
	unsigned long seed;

	if (!text)
		return 0;
	if (parse_uint(text, 0, ULONG_MAX, &seed))
		return refuse(reader, "it is damaged");
	reader->suite->shuffled = true;
	reader->suite->seed = seed;
	return 0;
}

static int read_header(struct reader *reader, const struct suite_identity *identity)
{
	struct json_object *header, *ours;
	int got = next_object(reader, &header), err;

	if (got < 0)
		return got;
	if (!json_object_object_get_ex(header, "rapido", NULL) ||
	    !json_object_object_get_ex(header, "kernel", NULL)) {
		json_object_put(header);
		return refuse(reader, "it is not the journal of a suite");
	}
	ours = format_header(identity);
	err = check_identity(reader, header, ours, identity->test);
	json_object_put(ours);
	if (!err)
		err = take_seed(reader, suite_entry_text(header, "shuffle"));
	json_object_put(header);
	return err;
}

static int take_list(struct reader *reader, struct json_object *names)
{
	_cleanup_(report_release) struct report report = REPORT_INIT;
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	size_t nr = json_object_array_length(names);

	for (size_t i = 0; i < nr; i++) {
		struct json_object *name = json_object_array_get_idx(names, i);

		if (json_object_is_type(name, json_type_string))
			strbuf_add(&text, json_object_get_string(name),
				   (size_t)json_object_get_string_len(name));
		strbuf_addch(&text, '\n');
	}
	if (suite_set_list(reader->suite, text.buf, text.len, &report) ||
	    reader->suite->nr != nr)
		return refuse(reader, "its list of cases is damaged");
	if (reader->suite->shuffled)
		suite_shuffle(reader->suite, reader->suite->seed);
	return 0;
}

static int read_list(struct reader *reader)
{
	struct json_object *line, *names, *left_out;
	int got = next_object(reader, &line), err;

	if (got < 0)
		return got;
	if (!json_object_object_get_ex(line, "list", &names) ||
	    !json_object_is_type(names, json_type_array)) {
		json_object_put(line);
		return refuse(reader, "that run had no list of cases yet");
	}
	err = take_list(reader, names);
	left_out = json_object_object_get(line, "left_out");
	if (json_object_get_int64(left_out) > 0)
		reader->suite->left_out = (size_t)json_object_get_int64(left_out);
	json_object_put(line);
	return err;
}

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

/* False if the line makes no sense. */
static bool take_entry(struct suite *suite, struct json_object *line)
{
	struct suite_attempt attempt;
	struct suite_entry entry;
	struct suite_case *c;
	size_t nr;
	int got = line ? suite_entry_read(line, &entry) : -EINVAL;

	if (got <= 0)
		return got == 0;
	c = suite_find(suite, entry.name);
	if (!c || entry.number > c->nr_attempts + 1 ||
	    (entry.number && entry.number < c->nr_attempts))
		return false;
	attempt = (struct suite_attempt){
		.outcome = entry.outcome,
		.status = entry.status,
		.ms = entry.ms,
		.vm = entry.vm,
		.reason = copy(entry.reason),
		.report = copy(entry.report),
	};
	nr = (size_t)(c - suite->cases);
	if (entry.number && entry.number == c->nr_attempts)
		suite_amend(suite, nr, &attempt);
	else
		suite_add_attempt(suite, nr, &attempt);
	return true;
}

static int read_attempts(struct reader *reader)
{
	struct json_object *line;
	int got;

	while ((got = next_object(reader, &line)) > 0) {
		if (!take_entry(reader->suite, line))
			reader->damaged++;
		json_object_put(line);
	}
	if (reader->damaged)
		log_warn("%zu damaged lines of '%s' are ignored", reader->damaged,
			 reader->path);
	return got;
}

int suite_journal_read(const char *path, const struct suite_identity *identity,
		       struct suite *suite)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct reader reader = {
		.path = path,
		.lines = LINES_INIT(fd, SUITE_LINE_MAX),
		.suite = suite,
		.any_args = !identity->args,
	};
	int err = fd < 0 ? -errno : 0;

	if (err)
		log_error("cannot read '%s': %s", path, err_text(err));
	if (!err)
		err = read_header(&reader, identity);
	if (!err)
		err = read_list(&reader);
	if (!err)
		err = read_attempts(&reader);
	lines_release(&reader.lines);
	return err;
}
