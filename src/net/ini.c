// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads systemd's files, one section or assignment after another. */
#include <errno.h>

#include "net/ini.h"
#include "lib/utf8.h"

#define BLANKS	 " \t\r"
#define BOM	 "\xef\xbb\xbf"
#define COMMENTS "#;"

void ini_init(struct ini *ini, const char *text)
{
	if (starts_with(text, BOM))
		text += strlen(BOM);
	*ini = (struct ini){
		.begin = text,
		.end = text,
		.next_line = 1,
		.joined = STRBUF_INIT,
	};
}

void ini_release(struct ini *ini)
{
	strbuf_release(&ini->joined);
	free(ini->name);
	*ini = (struct ini){ .begin = "", .end = "", .joined = STRBUF_INIT };
}

/* The length of the line at ini->end, without its line end; moves ini->end behind it. */
static size_t pass_line(struct ini *ini)
{
	const char *line = ini->end;
	size_t len = strcspn(line, "\n");

	ini->end += len + (line[len] == '\n');
	ini->next_line++;
	return len && line[len - 1] == '\r' ? len - 1 : len;
}

static bool is_comment(const char *line, size_t len)
{
	size_t blanks = strspn(line, BLANKS);

	return blanks < len && strchr(COMMENTS, line[blanks]);
}

/* An even number of backslashes at the end is no continuation. */
static bool is_continued(const char *line, size_t len)
{
	size_t nr = 0;

	while (nr < len && line[len - 1 - nr] == '\\')
		nr++;
	return nr % 2;
}

/* The next line and those that continue it, in ini->joined; "" for a comment. */
static bool join_lines(struct ini *ini)
{
	bool more = false;

	ini->begin = ini->end;
	ini->line = ini->next_line;
	strbuf_setlen(&ini->joined, 0);
	if (!*ini->end)
		return false;
	do {
		const char *line = ini->end;
		size_t len = pass_line(ini);

		/* a comment between two such lines does not separate them */
		if (is_comment(line, len))
			continue;
		more = is_continued(line, len);
		strbuf_add(&ini->joined, line, more ? len - 1 : len);
		if (more)
			strbuf_addch(&ini->joined, ' ');
	} while (more && *ini->end);
	return true;
}

static char *strip(char *s)
{
	size_t len;

	s += strspn(s, BLANKS);
	for (len = strlen(s); len && strchr(BLANKS, s[len - 1]); len--)
		;
	s[len] = '\0';
	return s;
}

static void begin_section(struct ini *ini, char *line)
{
	size_t len = strlen(line);

	ini->ignored = line[len - 1] != ']';
	ini->kind = ini->ignored ? INI_NO_SECTION : INI_SECTION;
	if (ini->ignored)
		return;
	free(ini->name);
	ini->name = xstrndup(line + 1, len - 2);
	ini->section = ini->name;
	ini->ignored = starts_with(ini->name, "X-");
}

static void split_assignment(struct ini *ini, char *line)
{
	char *equals = strchr(line, '=');

	if (!equals || equals == line) {
		ini->kind = INI_NO_ASSIGNMENT;
		return;
	}
	*equals = '\0';
	ini->kind = ini->section ? INI_ASSIGNMENT : INI_OUTSIDE;
	ini->key = strip(line);
	ini->value = strip(equals + 1);
}

bool ini_next(struct ini *ini)
{
	while (join_lines(ini)) {
		/* an empty string buffer must not be written to */
		char *line = ini->joined.len ? strip(ini->joined.buf) : NULL;

		if (!line || !*line || (ini->ignored && *line != '['))
			continue;
		ini->key = ini->value = "";
		if (*line == '[')
			begin_section(ini, line);
		else
			split_assignment(ini, line);
		if (!ini->ignored || ini->kind == INI_NO_SECTION)
			return true;
	}
	return false;
}

bool ini_is_text(const char *text, unsigned int *line)
{
	*line = 1;
	for (size_t left = strlen(text); left;) {
		uint32_t ch;
		size_t len = utf8_char(text, left, &ch);
		bool ends_line = *text == '\n' || starts_with(text, "\r\n");

		if (!len || (ch < 0x20 && ch != '\t' && !ends_line) ||
		    (ch >= 0x7f && ch < 0xa0))
			return false;
		*line += *text == '\n';
		text += len;
		left -= len;
	}
	return true;
}
