/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Turns bytes of unknown origin into UTF-8 (RFC 3629), for formats that allow nothing
 * else.
 */
#ifndef RAPIDO_UTF8_H
#define RAPIDO_UTF8_H

#include "lib/str.h"

/* The replacement for bytes that are not a character: U+FFFD. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/*
 * The length of the character that @s, of @len > 0 bytes, begins with; it is stored in
 * @ch. 0 if these bytes begin no character: overlong forms, surrogates and incomplete
 * characters are invalid.
 */
size_t utf8_char(const char *s, size_t len, uint32_t *ch);

/*
 * Whether a terminal just displays @ch: it is not a control character of ASCII or ISO
 * 8859-1, not one that reverses or isolates the text around it (Unicode Standard Annex
 * #9), and not a line separator.
 */
bool utf8_is_visible(uint32_t ch);

/*
 * How many of the @len bytes of @s precede a character that is incomplete at their end.
 */
size_t utf8_whole(const char *s, size_t len);

/*
 * Append JSON text, which is UTF-8, for a terminal: invisible characters in its strings
 * become "\\u009b" and the like, so that it stays the same JSON.
 */
void utf8_add_json(struct strbuf *sb, const char *s, size_t len);

/* Append @len bytes of @s, replacing each byte that is not UTF-8. */
void utf8_add(struct strbuf *sb, const char *s, size_t len);

/*
 * Append @s for a terminal: each byte that is not UTF-8, or that belongs to a character
 * for which utf8_is_visible() is false, becomes "\\ooo". Text from a guest or from a file
 * of others must neither control the user's terminal nor look like something else.
 */
void strbuf_add_visible(struct strbuf *sb, const char *s);

/*
 * Append @len bytes in the same way, but keep tabs and ends of lines ("\n" and "\r\n").
 */
void strbuf_add_visible_text(struct strbuf *sb, const char *s, size_t len);

#endif
