/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Escapes text for XML 1.0. Bytes that are not UTF-8, and characters that XML does not
 * allow even escaped, are replaced by U+FFFD.
 */
#ifndef RAPIDO_XML_H
#define RAPIDO_XML_H

#include "lib/str.h"

/* Append @len bytes of @s as the text of an element. */
void xml_add_text(struct strbuf *out, const char *s, size_t len);

/* Append ` NAME="VALUE"`; nothing when @value is NULL. */
void xml_add_attribute(struct strbuf *out, const char *name, const char *value);

#endif
