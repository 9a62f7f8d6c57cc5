/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growing strings, vectors of strings, and small parsers that several modules need:
 * numbers, sizes, shell words.
 */
#ifndef RAPIDO_STR_H
#define RAPIDO_STR_H

#include <stdarg.h>

#include "lib/util.h"

/* A growing string; buf is always NUL-terminated, also when empty. */
struct strbuf {
	char *buf;
	size_t len;
	size_t alloc; /* 0: buf is the shared empty string */
};

extern char strbuf_empty[];
#define STRBUF_INIT                 \
	{                           \
		.buf = strbuf_empty \
	}

void strbuf_release(struct strbuf *sb);
void strbuf_add(struct strbuf *sb, const void *data, size_t len);
void strbuf_adds(struct strbuf *sb, const char *s);
void strbuf_addch(struct strbuf *sb, char c);
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) _printf_(2, 3);
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap);
/* Cut the string down to @len bytes (not more than it has). */
void strbuf_setlen(struct strbuf *sb, size_t len);
/* Remove the first @len bytes, of which there must be as many. */
void strbuf_drop(struct strbuf *sb, size_t len);
/* Return the string, which the caller frees, and leave @sb empty. */
char *strbuf_detach(struct strbuf *sb);

/* A vector of strings that owns them; v[nr] is NULL, so that v can be an argv. */
struct strvec {
	char **v;
	size_t nr;
	size_t alloc;
};

#define STRVEC_INIT \
	{           \
		0   \
	}

void strvec_release(struct strvec *sv);
/* Each returns the string as it is stored, valid until the vector is released. */
const char *strvec_push(struct strvec *sv, const char *s);
const char *strvec_pushf(struct strvec *sv, const char *fmt, ...) _printf_(2, 3);
/* Append @s, which must be on the heap and becomes the vector's. */
const char *strvec_take(struct strvec *sv, char *s);
/* Append several strings, up to a NULL. */
void strvec_pushl(struct strvec *sv, ...) __attribute__((sentinel));
bool strvec_has(const struct strvec *sv, const char *s);
/* Append the non-empty parts of @s between any of the characters of @separators. */
void strvec_split(struct strvec *sv, const char *s, const char *separators);

/*
 * Append the words of @s as a POSIX shell would split them: white space separates, single
 * and double quotes and backslash quote; nothing is expanded. -EINVAL for a quote that is
 * not closed.
 */
int strvec_split_shell(struct strvec *sv, const char *s);

/* Append @s so that a POSIX shell reads it as one word; plain words stay as they are. */
void strbuf_add_quoted(struct strbuf *sb, const char *s);

/*
 * Whether the first @len bytes of @s can be a name in the VM's arguments and in a kernel
 * command line: 1 to @max of a-z A-Z 0-9 _ . -
 */
bool is_plain_name(const char *s, size_t len, size_t max);

/* Whether @s can be a kernel release as uname(2) returns it, and thus a part of paths. */
bool is_kernel_release(const char *s);

/* Whether the first @len bytes of @s can be a Kconfig symbol: letters, digits and '_'. */
bool is_kconfig_symbol(const char *s, size_t len);

/* Sort by byte values. */
void strvec_sort(struct strvec *sv);

/* Parse the whole string as a decimal number from @min to @max. 0, -EINVAL or -ERANGE. */
int parse_uint(const char *s, unsigned long min, unsigned long max, unsigned long *out);

/* 1 or 0 for the words that systemd accepts for yes and no, else -EINVAL. */
int parse_bool(const char *s);

/*
 * Parse a size: digits and an optional k, m, g or t (either case, powers of 1024; without
 * a suffix @unit bytes). At least one byte, at most 2^63-1; else -EINVAL or -ERANGE.
 */
int parse_size(const char *s, uint64_t unit, uint64_t *out);

/*
 * The number of slips between @a and @b: a character more, less or another, or two
 * neighbours in the wrong order; @limit + 1 if there are more than @limit.
 */
unsigned int edit_distance(const char *a, const char *b, unsigned int limit);

/* The search for the name, among several, that was probably meant. */
struct nearest {
	const char *name;   /* as it was written */
	const char *found;  /* the nearest so far; NULL: none is near enough */
	unsigned int limit; /* the most edits that are allowed */
};

/* Allows one edit in a name of up to four characters, and two in a longer one. */
#define NEAREST_INIT(written)                                           \
	{                                                               \
		.name = (written), .limit = strlen(written) > 5 ? 2 : 1 \
	}

/* If @candidate is nearer than all before, make it @nearest->found and return true. */
bool nearest_try(struct nearest *nearest, const char *candidate);

#endif
