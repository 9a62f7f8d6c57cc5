// SPDX-License-Identifier: GPL-2.0-or-later
/* Which lines of the kernel's log are KTAP, and in which order. */
#include <ctype.h>

#include "ktap.h"
#include "tap-line.h"

/* Lines are kept until both sources may have brought them, but no more than these. */
#define KEPT_MAX   (4 << 20)
#define KEPT_LINES 50000

static void drop_first(struct ktap *ktap, size_t nr)
{
	if (!nr)
		return;
	for (size_t i = 0; i < nr; i++) {
		ktap->bytes -= strlen(ktap->lines[i].text);
		free(ktap->lines[i].text);
	}
	ktap->nr -= nr;
	memmove(ktap->lines, ktap->lines + nr, ktap->nr * sizeof(*ktap->lines));
}

void ktap_release(struct ktap *ktap)
{
	drop_first(ktap, ktap->nr);
	free(ktap->lines);
	*ktap = (struct ktap){ 0 };
}

/* By time; lines of the same time as they came. */
static int compare_lines(const void *a, const void *b)
{
	const struct ktap_line *x = a, *y = b;

	if (x->usec != y->usec)
		return x->usec < y->usec ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* A line that only the console has, from a time when /dev/kmsg was read, is torn or not
 * the kernel's. */
static bool is_kernels(const struct klog *klog, const struct ktap_line *line)
{
	bool read = klog->numbered && !klog->nr_gaps && !klog->plain &&
		    line->usec > klog->first_usec && line->usec < klog->usec;

	return line->origin == KLOG_KERNEL || (line->origin == KLOG_CONSOLE && !read);
}

static void feed_first(struct ktap *ktap, const struct klog *klog, size_t nr,
		       struct tap *tap)
{
	if (!nr)
		return;
	qsort(ktap->lines, ktap->nr, sizeof(*ktap->lines), compare_lines);
	ktap->next = 0;
	for (size_t i = 0; i < nr; i++) {
		const struct ktap_line *line = &ktap->lines[i];

		if (!is_kernels(klog, line))
			continue;
		tap->usec = line->usec;
		if (line->more)
			tap_feed(tap, "# ", 2);
		tap_feed(tap, line->text, strlen(line->text));
		tap_feed(tap, "\n", 1);
	}
	drop_first(ktap, nr);
}

static bool is_version(const char *text)
{
	text += strspn(text, " \t");
	return starts_with(text, "KTAP version ") || starts_with(text, "TAP version ");
}

/* A module's suite has no version line before Linux 6.2. */
static bool is_subtest(const char *text)
{
	text += strspn(text, " \t");
	return starts_with(text, "# Subtest: ");
}

static bool is_point(const char *text)
{
	text += strspn(text, " \t");
	return starts_with(text, "ok ") || starts_with(text, "not ok ");
}

static bool is_note(const char *text)
{
	return text[strspn(text, " \t")] == '#';
}

/*
 * A note may have several lines, of which only the first has a "#": what KUnit expected.
 * They are one message, so their times are the same.
 */
static bool continues_note(const struct ktap *ktap, const struct klog_line *line)
{
	const char *text = line->text + strspn(line->text, " \t");

	return ktap->in_note && line->usec == ktap->note_usec &&
	       line->origin == ktap->note_origin && text > line->text && *text &&
	       !is_point(text) && !is_version(text) && *text != '#' &&
	       !starts_with(text, "1..");
}

bool ktap_line(struct ktap *ktap, const struct klog *klog, const struct klog_line *line,
	       struct tap *tap)
{
	size_t len = strlen(line->text);
	bool more = continues_note(ktap, line);

	if (line->origin == KLOG_USER)
		return false;
	ktap->in_note = more || is_note(line->text);
	ktap->note_usec = line->usec;
	ktap->note_origin = line->origin;
	if (!more && !tap_line_may_be(line->text, len))
		return false;
	ktap->begun |= is_version(line->text) || is_subtest(line->text);
	if (!ktap->begun)
		return false;
	ALLOC_GROW(ktap->lines, ktap->nr, ktap->alloc);
	ktap->lines[ktap->nr++] = (struct ktap_line){
		.usec = line->usec,
		.number = ktap->seen++,
		.origin = line->origin,
		.more = more,
		.text = xstrdup(line->text),
	};
	ktap->bytes += len;
	if (ktap->bytes > KEPT_MAX || ktap->nr > KEPT_LINES)
		feed_first(ktap, klog, ktap->nr / 2, tap);
	return !more && (is_subtest(line->text) || is_point(line->text));
}

/* Records come in the order of the lines, so the search begins after the last one found.
 */
void ktap_settle(struct ktap *ktap, const struct klog_line *line)
{
	for (size_t i = ktap->next; i < ktap->nr; i++) {
		struct ktap_line *kept = &ktap->lines[i];

		if (kept->usec > line->usec)
			return;
		if (kept->origin != KLOG_CONSOLE || kept->usec != line->usec ||
		    !streq(kept->text, line->text))
			continue;
		kept->origin = line->origin;
		ktap->next = i + 1;
		return;
	}
}

/* The function in a line of a call trace, "? name+0x12/0x34 [module]", or NULL. Heap. */
static char *traced(const char *line, size_t len)
{
	const char *plus = memmem(line, len, "+0x", 3), *name = plus;

	while (name && name > line &&
	       (isalnum((unsigned char)name[-1]) || name[-1] == '_' || name[-1] == '.'))
		name--;
	return name && name < plus ? xstrndup(name, (size_t)(plus - name)) : NULL;
}

/* The return address @line has in its function is its first byte: no call led here. */
static bool is_pointer(const char *line, size_t len)
{
	return memmem(line, len, "+0x0/", 5) != NULL;
}

/* Whether the function in @line is a module's: "name+0x12/0x34 [module]". */
static bool is_in_module(const char *line, size_t len)
{
	const char *name = memmem(line, len, "+0x", 3);

	return name && memmem(name, len - (size_t)(name - line), " [", 2);
}

char *ktap_test_in_report(const char *report)
{
	_cleanup_free_ char *above = NULL, *at = NULL, *maybe = NULL;

	for (const char *line = report; *line;) {
		size_t len = strcspn(line, "\n");
		_cleanup_free_ char *name = traced(line, len);

		if (name && streq(name, "kunit_try_run_case"))
			return above ? TAKE_PTR(above)
			       : at  ? TAKE_PTR(at)
				     : TAKE_PTR(maybe);
		/* "RIP: 0010:name+", "pc : name+", "epc : name+" */
		if (name && !at &&
		    (memmem(line, len, "IP: ", 4) || memmem(line, len, "pc : ", 5))) {
			at = TAKE_PTR(name);
		} else if (name && !memmem(line, len, "? ", 2)) {
			free(above);
			above = TAKE_PTR(name);
		} else if (name && !is_pointer(line, len)) {
			/* left over from calls that have returned, or not */
			free(maybe);
			maybe = is_in_module(line, len) ? TAKE_PTR(name) : NULL;
		} else if (memmem(line, len, "all Trace:", 10) ||
			   memmem(line, len, "all trace:", 10)) {
			free(TAKE_PTR(above));
		}
		line += len + (line[len] == '\n');
	}
	return NULL;
}

void ktap_finish(struct ktap *ktap, const struct klog *klog, struct tap *tap)
{
	feed_first(ktap, klog, ktap->nr, tap);
}
