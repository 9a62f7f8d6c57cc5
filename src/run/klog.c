// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of the kernel's log, from the console's bytes and the records of /dev/kmsg. */
#include <ctype.h>
#include <inttypes.h>

#include "lib/hash.h"
#include "run/klog.h"

/* The time stamp and the caller of a line on the console are never longer than this. */
#define PREFIX_MAX  128
#define PARTIAL_MAX (KLOG_LINE_MAX + PREFIX_MAX)
/* The word before the caller in a record of /dev/kmsg. */
#define CALLER ",caller="

void klog_init(struct klog *klog, klog_fn *line, klog_fn *settled, void *data)
{
	/* a compound literal would be built on the stack, and it is large */
	memset(klog, 0, sizeof(*klog));
	klog->line = line;
	klog->settled = settled;
	klog->data = data;
	klog->partial = (struct strbuf)STRBUF_INIT;
}

void klog_release(struct klog *klog)
{
	strbuf_release(&klog->partial);
}

uint64_t klog_line_hash(uint64_t usec, const char *text, size_t len)
{
	/* an odd factor: no two times give the same product */
	uint64_t hash = hash_bytes(text, len) ^ usec * 0x9e3779b97f4a7c15;

	return hash ? hash : 1;
}

/* Whether @source has brought the line; each line that it has brought is found once. */
static bool take_seen(struct klog_source *source, uint64_t hash)
{
	size_t oldest = source->nr > KLOG_MEMORY ? source->nr - KLOG_MEMORY : 0;

	for (size_t at = source->last[hash % KLOG_MEMORY]; at > oldest;
	     at = source->before[(at - 1) % KLOG_MEMORY]) {
		uint64_t *seen = &source->seen[(at - 1) % KLOG_MEMORY];

		if (*seen == hash) {
			*seen = 0;
			return true;
		}
	}
	return false;
}

static void remember(struct klog_source *source, uint64_t hash, uint64_t usec)
{
	size_t *last = &source->last[hash % KLOG_MEMORY];
	size_t at = source->nr++ % KLOG_MEMORY;

	source->seen[at] = hash;
	source->usec[at] = usec;
	source->before[at] = *last;
	*last = source->nr;
}

/*
 * A line of the console's from the time of a gap in /dev/kmsg is one of the records that
 * are missing there. Of several lines with the same time, which may be of one record, the
 * first counts.
 */
static bool fills_gap(struct klog_gap *gap, uint64_t usec)
{
	if (!gap->missing || usec <= gap->from || usec >= gap->to || usec == gap->last)
		return false;
	gap->last = usec;
	gap->missing--;
	return true;
}

static void fill_gaps(struct klog *klog, uint64_t usec)
{
	for (size_t i = 0; i < klog->nr_gaps && i < KLOG_GAPS; i++)
		klog->lost -= fills_gap(&klog->gaps[i], usec);
}

/* @missing records before one of the time @usec. */
static void note_gap(struct klog *klog, uint64_t missing, uint64_t usec)
{
	struct klog_gap *gap = &klog->gaps[klog->nr_gaps++ % KLOG_GAPS];
	const struct klog_source *console = &klog->console;
	size_t at = console->nr > KLOG_MEMORY ? console->nr - KLOG_MEMORY : 0;

	*gap = (struct klog_gap){ klog->usec, usec, missing, 0 };
	for (; at < console->nr; at++)
		if (console->seen[at % KLOG_MEMORY])
			fills_gap(gap, console->usec[at % KLOG_MEMORY]);
	klog->lost += gap->missing;
}

/* Pass on a line that @from has brought: the caller's @text, which is terminated here. */
static void pass_on(struct klog *klog, struct klog_source *from, enum klog_origin origin,
		    uint64_t usec, char *text, size_t len)
{
	struct klog_source *other = from == &klog->console ? &klog->kmsg : &klog->console;
	struct klog_line line = { .usec = usec,
				  .text = text,
				  .origin = origin,
				  .caller = *klog->caller ? klog->caller : NULL };
	uint64_t hash;

	if (len > KLOG_LINE_MAX)
		len = KLOG_LINE_MAX;
	while (len && text[len - 1] == '\r')
		len--;
	text[len] = '\0';
	/* it cannot be known whether the console has it, too */
	if (klog->plain && origin == KLOG_USER) {
		klog->line(klog->data, &line);
		return;
	}
	hash = klog_line_hash(klog->plain ? 0 : usec, text, len);
	if (take_seen(other, hash)) {
		if (origin != KLOG_CONSOLE)
			klog->settled(klog->data, &line);
		return;
	}
	remember(from, hash, usec);
	if (origin == KLOG_CONSOLE)
		fill_gaps(klog, usec);
	klog->line(klog->data, &line);
}

/* Parse the time at @s, "[   12.345678]": the text after it, or NULL if it is not a time.
 */
static const char *parse_stamp(const char *s, uint64_t *usec)
{
	const char *p = s + 1;
	uint64_t n = 0;
	unsigned int digits;

	p += strspn(p, " ");
	for (digits = 0; isdigit((unsigned char)*p); digits++)
		n = n * 10 + (uint64_t)(*p++ - '0');
	/* the kernel fills up to five places */
	if (!digits || digits > 12 || p - s < 6 || *p++ != '.')
		return NULL;
	for (digits = 0; digits < 6 && isdigit((unsigned char)*p); digits++)
		n = n * 10 + (uint64_t)(*p++ - '0');
	if (digits < 6 || *p != ']')
		return NULL;
	*usec = n;
	return p + 1;
}

/* The first time stamp in @s, or NULL. */
static const char *find_stamp(const char *s)
{
	uint64_t usec;

	for (; (s = strchr(s, '[')); s++)
		if (parse_stamp(s, &usec))
			return s;
	return NULL;
}

static void note_caller(struct klog *klog, const char *name, size_t len)
{
	if (len >= sizeof(klog->caller))
		len = sizeof(klog->caller) - 1;
	memcpy(klog->caller, name, len);
	klog->caller[len] = '\0';
}

/* Skip the caller, "[    T1]", right after the time stamp, and a blank. */
static char *skip_caller(struct klog *klog, char *s)
{
	char *end = *s == '[' ? strstr(s, "] ") : NULL;

	klog->caller[0] = '\0';
	if (end && end - s < PREFIX_MAX / 2) {
		s += 1 + strspn(s + 1, " ");
		note_caller(klog, s, (size_t)(end - s));
		s = end + 1;
	}
	return *s == ' ' ? s + 1 : s;
}

static void console_line(struct klog *klog)
{
	struct strbuf *line = &klog->partial;
	const char *stamp = find_stamp(line->buf);
	char *text = line->buf;
	uint64_t usec = 0;

	if (stamp) {
		klog->stamped = true;
		klog->plain = false;
		text = skip_caller(klog,
				   line->buf + (parse_stamp(stamp, &usec) - line->buf));
	} else if (klog->stamped) {
		return;
	} else if (!klog->plain) {
		char *version = strstr(line->buf, "Linux version ");

		if (!version)
			return;
		klog->plain = true;
		text = version;
	} else {
		text = skip_caller(klog, text);
	}
	pass_on(klog, &klog->console, KLOG_CONSOLE, usec, text,
		line->len - (size_t)(text - line->buf));
}

/*
 * Make room in a line that is too long. Text without a time stamp can be dropped, but its
 * end may be the beginning of a stamp.
 */
static bool shorten(struct klog *klog)
{
	struct strbuf *line = &klog->partial;
	const char *stamp = find_stamp(line->buf);

	if (klog->plain || stamp == line->buf)
		return false;
	strbuf_drop(line, stamp ? (size_t)(stamp - line->buf) : line->len - PREFIX_MAX);
	return true;
}

/* Add bytes without a newline. NUL bytes are left out: they would end the line's text. */
static void add_partial(struct klog *klog, const char *data, size_t size)
{
	struct strbuf *line = &klog->partial;

	while (size) {
		size_t n = strnlen(data, size), room = PARTIAL_MAX - line->len;

		if (!n) {
			data++;
			size--;
			continue;
		}
		if (!room) {
			if (!shorten(klog))
				return;
			continue;
		}
		if (n > room)
			n = room;
		strbuf_add(line, data, n);
		data += n;
		size -= n;
	}
}

void klog_console(struct klog *klog, const char *data, size_t size)
{
	const char *end = data + size;

	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));

		add_partial(klog, data, (size_t)((newline ? newline : end) - data));
		if (!newline)
			return;
		console_line(klog);
		strbuf_setlen(&klog->partial, 0);
		data = newline + 1;
	}
}

void klog_console_end(struct klog *klog)
{
	if (klog->partial.len)
		console_line(klog);
	strbuf_setlen(&klog->partial, 0);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Undo the escapes of the kernel's msg_add_ext_text(), "\xNN". */
static void unescape(struct strbuf *out, const char *s, const char *end)
{
	while (s < end) {
		const char *backslash = memchr(s, '\\', (size_t)(end - s));
		int high, low;

		strbuf_add(out, s, (size_t)((backslash ? backslash : end) - s));
		if (!backslash)
			return;
		s = backslash;
		high = end - s >= 4 && s[1] == 'x' ? hex_digit(s[2]) : -1;
		low = high < 0 ? -1 : hex_digit(s[3]);
		if (low < 0) {
			strbuf_addch(out, *s++);
			continue;
		}
		if (high || low)
			strbuf_addch(out, (char)(high << 4 | low));
		s += 4;
	}
}

/* The kernel counts up by one; numbers that go back are ignored. */
static void count_lost(struct klog *klog, uint64_t number, uint64_t usec)
{
	if (klog->numbered && number <= klog->number)
		return;
	if (klog->numbered && number - klog->number > 1)
		note_gap(klog, number - klog->number - 1, usec);
	if (!klog->numbered)
		klog->first_usec = usec;
	klog->number = number;
	klog->usec = usec;
	klog->numbered = true;
}

/*
 * A record is "priority,number,usec,flags[,...];text", then lines of a blank and
 * KEY=value. The priority without its lowest three bits is the facility: 0 is the
 * kernel's, which programs cannot use.
 */
static void kmsg_record(struct klog *klog, const char *record, size_t len)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	const char *start = memchr(record, ';', len), *end, *caller;
	uint64_t priority, number, usec;
	enum klog_origin origin;
	char *line, *next;

	/* the record is terminated, so sscanf() stays in it */
	if (!start || sscanf(record, "%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",", &priority,
			     &number, &usec) != 3)
		return;
	origin = priority >> 3 ? KLOG_USER : KLOG_KERNEL;
	count_lost(klog, number, usec);
	caller = memmem(record, (size_t)(start - record), CALLER, strlen(CALLER));
	caller = caller ? caller + strlen(CALLER) : "";
	note_caller(klog, caller, strcspn(caller, ",;"));
	start++;
	end = memchr(start, '\n', len - (size_t)(start - record));
	unescape(&text, start, end ? end : record + len);
	for (line = text.buf; line; line = next) {
		size_t n = strcspn(line, "\n");

		next = line[n] ? line + n + 1 : NULL;
		pass_on(klog, &klog->kmsg, origin, usec, line, n);
	}
}

void klog_kmsg(struct klog *klog, const char *data, size_t size)
{
	const char *end = data + size;

	while (data < end) {
		const char *nul = memchr(data, '\0', (size_t)(end - data));

		/* the guest must send complete records: ignore the rest */
		if (!nul)
			return;
		kmsg_record(klog, data, (size_t)(nul - data));
		data = nul + 1;
	}
}
