// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes that may not be UTF-8. */
#include "lib/utf8.h"

size_t utf8_char(const char *s, size_t len, uint32_t *ch)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t min;
	} forms[] = {
		{ 0x80, 0x00, 0 },
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};
	const unsigned char *p = (const unsigned char *)s;
	size_t more = 0;

	while (more < ARRAY_SIZE(forms) && (p[0] & forms[more].mask) != forms[more].lead)
		more++;
	if (more == ARRAY_SIZE(forms) || more >= len)
		return 0;
	*ch = p[0] & (unsigned char)~forms[more].mask;
	for (size_t i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*ch = *ch << 6 | (p[i] & 0x3f);
	}
	if (*ch < forms[more].min || *ch > 0x10ffff || (*ch >= 0xd800 && *ch <= 0xdfff))
		return 0;
	return more + 1;
}

bool utf8_is_visible(uint32_t ch)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x061c, 0x061c },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x206f },
	};

	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++)
		if (ch >= hidden[i].first && ch <= hidden[i].last)
			return false;
	return true;
}

size_t utf8_whole(const char *s, size_t len)
{
	/* the lead byte is one of the last three: all four would be a character */
	for (size_t back = 1; back <= 3 && back <= len; back++) {
		unsigned char c = (unsigned char)s[len - back];

		if ((c & 0xc0) == 0x80)
			continue;
		if (c >= 0xf0 || (c >= 0xe0 && back < 3) || (c >= 0xc0 && back < 2))
			return len - back;
		break;
	}
	return len;
}

/* @json: escape what is not visible. */
static void add_chars(struct strbuf *sb, const char *s, size_t len, bool json)
{
	uint32_t ch;

	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		n = utf8_char(s + i, len - i, &ch);
		/* ASCII control characters only stand between strings, as white space */
		if (json && n && ch >= 0x7f && !utf8_is_visible(ch))
			strbuf_addf(sb, "\\u%04x", ch);
		else if (n)
			strbuf_add(sb, s + i, n);
		else
			strbuf_adds(sb, UTF8_REPLACEMENT);
	}
}

void utf8_add_json(struct strbuf *sb, const char *s, size_t len)
{
	add_chars(sb, s, len, true);
}

void utf8_add(struct strbuf *sb, const char *s, size_t len)
{
	add_chars(sb, s, len, false);
}

static void add_octal(struct strbuf *sb, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		strbuf_addf(sb, "\\%03o", (unsigned char)s[i]);
}

static void add_visible(struct strbuf *sb, const char *s, size_t len, bool text)
{
	uint32_t ch;

	for (size_t i = 0, n; i < len; i += n) {
		bool end = text && (s[i] == '\t' || s[i] == '\n' ||
				    (s[i] == '\r' && i + 1 < len && s[i + 1] == '\n'));

		n = utf8_char(s + i, len - i, &ch);
		if (end || (n && utf8_is_visible(ch))) {
			strbuf_add(sb, s + i, n);
			continue;
		}
		n = n ? n : 1;
		add_octal(sb, s + i, n);
	}
}

void strbuf_add_visible(struct strbuf *sb, const char *s)
{
	add_visible(sb, s, strlen(s), false);
}

void strbuf_add_visible_text(struct strbuf *sb, const char *s, size_t len)
{
	add_visible(sb, s, len, true);
}
