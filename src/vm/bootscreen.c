// SPDX-License-Identifier: GPL-2.0-or-later
/* The firmware's output on a VM's console, reduced to text. */
#include "bootscreen.h"

/* Remembered bytes of a line. */
#define LINE_KEPT 256

enum {
	TEXT,
	ESCAPE,	      /* after ESC */
	INTERMEDIATE, /* ESC ( and the like: one more */
	CONTROL,      /* after CSI, up to a final byte */
	STRING,	      /* after OSC, DCS, ...: up to BEL or ST */
	STRING_ESC,
};

static void expect_firmware(struct bootscreen *screen)
{
	screen->kernel = false;
	screen->sequence = TEXT;
	screen->until_ms = monotonic_ms() + BOOTSCREEN_MS;
}

void bootscreen_init(struct bootscreen *screen)
{
	*screen = (struct bootscreen){ .usec = UINT64_MAX, .line = STRBUF_INIT };
	expect_firmware(screen);
}

void bootscreen_release(struct bootscreen *screen)
{
	strbuf_release(&screen->line);
}

void bootscreen_skip(struct bootscreen *screen)
{
	screen->kernel = true;
}

/* Whether @line ends in "[    0.000000]": the time in microseconds. */
static bool ends_in_stamp(const struct strbuf *line, uint64_t *usec)
{
	const char *begin = strrchr(line->buf, '[');
	unsigned long seconds, fraction;
	int len = 0;

	if (!begin || sscanf(begin, "[%9lu.%6lu%n", &seconds, &fraction, &len) != 2 ||
	    len < 9 || begin[len - 7] != '.' || !streq(begin + len, "]"))
		return false;
	*usec = seconds * 1000000ULL + fraction;
	return true;
}

static bool ends_in(const struct strbuf *line, const char *words)
{
	size_t len = strlen(words);

	return line->len >= len && streq(line->buf + line->len - len, words);
}

/* Add a character to the line, and see whether the kernel or firmware writes. */
static void look_at_line(struct bootscreen *screen, char c)
{
	struct strbuf *line = &screen->line;
	uint64_t usec;

	if (c == '\n' || line->len == LINE_KEPT)
		strbuf_setlen(line, 0);
	if (c == '\n' || c == '\0')
		return;
	strbuf_addch(line, c);
	if (c == ']' && ends_in_stamp(line, &usec)) {
		/* a kernel that is about to restart says some more */
		screen->kernel |= usec < screen->usec;
		if (screen->kernel)
			screen->usec = usec;
	} else if (!screen->kernel) {
		screen->kernel = ends_in(line, "Linux version ");
	} else if (ends_in(line, "reboot: Restarting system") ||
		   ends_in(line, "Rebooting in ")) {
		expect_firmware(screen);
	}
}

/* The next state of a sequence. */
static int next_state(int state, unsigned char c)
{
	switch (state) {
	case ESCAPE:
		if (c == '[')
			return CONTROL;
		if (c && strchr("]P_^X", c))
			return STRING;
		return c >= 0x20 && c <= 0x2f ? INTERMEDIATE : TEXT;
	case INTERMEDIATE:
		return c >= 0x20 && c <= 0x2f ? INTERMEDIATE : TEXT;
	case CONTROL:
		return c >= 0x40 && c <= 0x7e ? TEXT : CONTROL;
	case STRING:
		return c == '\a' ? TEXT : c == '\033' ? STRING_ESC : STRING;
	default: /* STRING_ESC */
		return c == '\\' ? TEXT : STRING;
	}
}

/* Filter a character of the firmware's. */
static void take(struct bootscreen *screen, unsigned char c, struct strbuf *out)
{
	if (screen->sequence != TEXT) {
		screen->sequence = next_state(screen->sequence, c);
	} else if (c == '\033') {
		screen->sequence = ESCAPE;
	} else if (c == '\n' || c == '\r' || c == '\t' || (c >= 0x20 && c < 0x7f)) {
		strbuf_addch(out, (char)c);
		look_at_line(screen, (char)c);
	}
}

void bootscreen_add(struct bootscreen *screen, const char *data, size_t size,
		    struct strbuf *out)
{
	if (!screen->kernel && monotonic_ms() > screen->until_ms)
		bootscreen_skip(screen);
	for (size_t i = 0; i < size; i++) {
		if (!screen->kernel) {
			take(screen, (unsigned char)data[i], out);
			continue;
		}
		strbuf_addch(out, data[i]);
		look_at_line(screen, data[i]);
	}
}
