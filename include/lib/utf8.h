/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes of unknown origin as UTF-8 (RFC 3629), for formats that allow nothing else. */
#ifndef RAPIDO_UTF8_H
#define RAPIDO_UTF8_H

#include "lib/str.h"

/* What stands for whatever is no character: U+FFFD. */
#define UTF8_REPLACEMENT "\xef\xbf\xbd"

/*
 * The length of the character that @s, of @len > 0 bytes, begins with, which is stored in
 * @ch. 0 when these bytes begin no character: overlong forms, surrogates and what is cut
 * off are none.
 */
size_t utf8_char(const char *s, size_t len, uint32_t *ch);

/*
 * Whether a terminal shows @ch, and nothing else happens: no control character, neither
 * of ASCII nor of ISO 8859-1, none that reverses or isolates the text around it (Unicode
 * Standard Annex #9), and no separator of lines.
 */
bool utf8_is_visible(uint32_t ch);

/* How many of the @len bytes of @s come before a character that is cut off at their end.
 */
size_t utf8_whole(const char *s, size_t len);

/*
 * Append JSON text, which is UTF-8, for a terminal: what is not visible in its strings as
 * "\\u009b", so that it stays the same JSON.
 */
void utf8_add_json(struct strbuf *sb, const char *s, size_t len);

/* Append @len bytes of @s, with a replacement for each byte that is not UTF-8. */
void utf8_add(struct strbuf *sb, const char *s, size_t len);

#endif
