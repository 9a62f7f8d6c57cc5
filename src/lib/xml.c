// SPDX-License-Identifier: GPL-2.0-or-later
/* Escaping for XML. */
#include "lib/utf8.h"
#include "lib/xml.h"

/* Production 2 of XML 1.0, as far as UTF-8 can encode it. */
static bool is_xml_char(uint32_t ch)
{
	if (ch < 0x20)
		return ch == '\t' || ch == '\n' || ch == '\r';
	return ch != 0xfffe && ch != 0xffff;
}

/*
 * The escaped form of @ch, or NULL. ">" is escaped because of "]]>", and white space
 * where a parser would normalise it.
 */
static const char *escape(uint32_t ch, bool attribute)
{
	switch (ch) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return attribute ? "&quot;" : NULL;
	case '\r':
		return "&#13;";
	case '\n':
		return attribute ? "&#10;" : NULL;
	case '\t':
		return attribute ? "&#9;" : NULL;
	default:
		return NULL;
	}
}

static void add_escaped(struct strbuf *out, const char *s, size_t len, bool attribute)
{
	uint32_t ch;

	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		n = utf8_char(s + i, len - i, &ch);
		if (!n || !is_xml_char(ch))
			strbuf_adds(out, UTF8_REPLACEMENT);
		else if (escape(ch, attribute))
			strbuf_adds(out, escape(ch, attribute));
		else
			strbuf_add(out, s + i, n);
	}
}

void xml_add_text(struct strbuf *out, const char *s, size_t len)
{
	add_escaped(out, s, len, false);
}

void xml_add_attribute(struct strbuf *out, const char *name, const char *value)
{
	if (!value)
		return;
	strbuf_addf(out, " %s=\"", name);
	add_escaped(out, value, strlen(value), true);
	strbuf_addch(out, '"');
}
