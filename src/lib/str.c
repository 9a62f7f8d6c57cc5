// SPDX-License-Identifier: GPL-2.0-or-later
/* Growing strings, string vectors, and small text parsers. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <strings.h>
#include <sys/utsname.h>

#include "lib/str.h"

char strbuf_empty[1];

void strbuf_release(struct strbuf *sb)
{
	if (sb->alloc)
		free(sb->buf);
	*sb = (struct strbuf)STRBUF_INIT;
}

static void strbuf_room(struct strbuf *sb, size_t extra)
{
	size_t need = sb->len + extra + 1;

	if (need <= sb->alloc)
		return;
	if (need < sb->alloc * 2)
		need = sb->alloc * 2;
	if (need < 64)
		need = 64;
	sb->buf = xrealloc(sb->alloc ? sb->buf : NULL, need);
	sb->alloc = need;
}

void strbuf_add(struct strbuf *sb, const void *data, size_t len)
{
	strbuf_room(sb, len);
	if (len)
		memcpy(sb->buf + sb->len, data, len);
	sb->len += len;
	sb->buf[sb->len] = '\0';
}

void strbuf_adds(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}

void strbuf_addch(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
}

void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (len <= 0)
		return;
	strbuf_room(sb, (size_t)len);
	vsnprintf(sb->buf + sb->len, (size_t)len + 1, fmt, ap);
	sb->len += (size_t)len;
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(sb, fmt, ap);
	va_end(ap);
}

void strbuf_setlen(struct strbuf *sb, size_t len)
{
	if (len >= sb->len)
		return;
	sb->len = len;
	sb->buf[len] = '\0';
}

void strbuf_drop(struct strbuf *sb, size_t len)
{
	memmove(sb->buf, sb->buf + len, sb->len - len);
	strbuf_setlen(sb, sb->len - len);
}

char *strbuf_detach(struct strbuf *sb)
{
	char *s = sb->alloc ? sb->buf : xstrdup("");

	*sb = (struct strbuf)STRBUF_INIT;
	return s;
}

void strvec_release(struct strvec *sv)
{
	for (size_t i = 0; i < sv->nr; i++)
		free(sv->v[i]);
	free(sv->v);
	*sv = (struct strvec)STRVEC_INIT;
}

const char *strvec_take(struct strvec *sv, char *s)
{
	ALLOC_GROW(sv->v, sv->nr + 1, sv->alloc);
	sv->v[sv->nr++] = s;
	sv->v[sv->nr] = NULL;
	return s;
}

const char *strvec_push(struct strvec *sv, const char *s)
{
	return strvec_take(sv, xstrdup(s));
}

const char *strvec_pushf(struct strvec *sv, const char *fmt, ...)
{
	struct strbuf sb = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	return strvec_take(sv, strbuf_detach(&sb));
}

void strvec_pushl(struct strvec *sv, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, sv);
	while ((s = va_arg(ap, const char *)))
		strvec_push(sv, s);
	va_end(ap);
}

bool strvec_has(const struct strvec *sv, const char *s)
{
	for (size_t i = 0; i < sv->nr; i++)
		if (streq(sv->v[i], s))
			return true;
	return false;
}

void strvec_split(struct strvec *sv, const char *s, const char *separators)
{
	for (;;) {
		size_t len;

		s += strspn(s, separators);
		len = strcspn(s, separators);
		if (!len)
			return;
		strvec_take(sv, xstrndup(s, len));
		s += len;
	}
}

/*
 * Reads one shell word at @s into @word. Returns where it ends, or NULL for an open
 * quote.
 */
static const char *shell_word(const char *s, struct strbuf *word)
{
	char quote = '\0';

	for (; *s && (quote || !isspace((unsigned char)*s)); s++) {
		if (quote ? *s == quote : (*s == '\'' || *s == '"')) {
			quote = quote ? '\0' : *s;
		} else if (*s == '\\' && quote != '\'' && s[1] &&
			   (!quote || strchr("\\\"$`\n", s[1]))) {
			s++;
			if (*s != '\n')
				strbuf_addch(word, *s);
		} else {
			strbuf_addch(word, *s);
		}
	}
	return quote ? NULL : s;
}

int strvec_split_shell(struct strvec *sv, const char *s)
{
	for (;;) {
		struct strbuf word = STRBUF_INIT;

		/* between words, a joined line is white space */
		while (isspace((unsigned char)*s) || (s[0] == '\\' && s[1] == '\n'))
			s += *s == '\\' ? 2 : 1;
		if (!*s)
			return 0;
		s = shell_word(s, &word);
		if (!s) {
			strbuf_release(&word);
			return -EINVAL;
		}
		strvec_take(sv, strbuf_detach(&word));
	}
}

void strbuf_add_quoted(struct strbuf *sb, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@%+=:,./-";

	if (*s && !s[strspn(s, plain)]) {
		strbuf_adds(sb, s);
		return;
	}
	strbuf_addch(sb, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			strbuf_adds(sb, "'\\''");
		else
			strbuf_addch(sb, *s);
	}
	strbuf_addch(sb, '\'');
}

bool is_plain_name(const char *s, size_t len, size_t max)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !strchr("_.-", s[i]))
			return false;
	return len > 0 && len <= max;
}

bool is_kernel_release(const char *s)
{
	size_t len = strlen(s);

	if (!len || len >= sizeof(((struct utsname *)0)->release) || s[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] > '~' || s[i] == '/')
			return false;
	return true;
}

bool is_kconfig_symbol(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!(s[i] >= '0' && s[i] <= '9') && !(s[i] >= 'A' && s[i] <= 'Z') &&
		    !(s[i] >= 'a' && s[i] <= 'z') && s[i] != '_')
			return false;
	return len > 0;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strvec_sort(struct strvec *sv)
{
	if (sv->nr)
		qsort(sv->v, sv->nr, sizeof(*sv->v), by_bytes);
}

int parse_uint(const char *s, unsigned long min, unsigned long max, unsigned long *out)
{
	char *end;
	unsigned long n;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	n = strtoul(s, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno || n < min || n > max)
		return -ERANGE;
	*out = n;
	return 0;
}

int parse_bool(const char *s)
{
	static const char *const words[][2] = {
		{ "0", "1" },	     { "no", "yes" }, { "n", "y" },
		{ "false", "true" }, { "f", "t" },    { "off", "on" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		for (int yes = 0; yes < 2; yes++)
			if (strcasecmp(s, words[i][yes]) == 0)
				return yes;
	return -EINVAL;
}

int parse_size(const char *s, uint64_t unit, uint64_t *out)
{
	static const char suffixes[] = "kmgt";
	const char *suffix;
	char *end;
	unsigned long long n;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	n = strtoull(s, &end, 10);
	if (errno)
		return -ERANGE;
	if (*end) {
		suffix = strchr(suffixes, tolower((unsigned char)*end));
		if (!suffix || end[1])
			return -EINVAL;
		unit = 1ULL << (10 * (suffix - suffixes + 1));
	}
	if (!n || n > (unsigned long long)INT64_MAX / unit)
		return -ERANGE;
	*out = n * unit;
	return 0;
}

static unsigned int min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

unsigned int edit_distance(const char *a, const char *b, unsigned int limit)
{
	size_t la = strlen(a), lb = strlen(b), width = lb + 1;
	_cleanup_free_ unsigned int *table = NULL;

	if ((la > lb ? la - lb : lb - la) > limit)
		return limit + 1;
	/* at I * width + J: of the first I characters of @a and J of @b */
	table = xcalloc((la + 1) * width, sizeof(*table));
	for (size_t i = 0; i <= la; i++)
		for (size_t j = 0; j <= lb; j++) {
			size_t at = i * width + j;

			if (!i || !j) {
				table[at] = (unsigned int)(i + j);
				continue;
			}
			table[at] = min(table[at - 1], table[at - width]) + 1;
			table[at] = min(table[at],
					table[at - width - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				table[at] = min(table[at], table[at - 2 * width - 2] + 1);
		}
	return min(table[la * width + lb], limit + 1);
}

bool nearest_try(struct nearest *nearest, const char *candidate)
{
	unsigned int distance = edit_distance(nearest->name, candidate, nearest->limit);

	if (distance > nearest->limit || (nearest->found && distance == nearest->limit))
		return false;
	nearest->limit = distance;
	nearest->found = candidate;
	return true;
}
