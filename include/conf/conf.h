/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rapido.conf: settings by name. The file's form is libconfig's, of which `KEY="value"`
 * lines with `#` comments are the part that is also valid shell; see rapido.conf(5).
 */
#ifndef RAPIDO_CONF_H
#define RAPIDO_CONF_H

#include "conf/dirs.h"
#include "lib/report.h"

/* A larger rapido.conf is refused. */
#define CONF_SIZE_MAX (1 << 20)

struct conf_setting {
	char *key;
	char *value;	   /* as text, ${KEY} replaced; booleans are "true" and "false" */
	unsigned int line; /* 0: a default of rapido's own */
};

struct conf {
	char *path;		       /* the file it came from; NULL: there is none */
	struct conf_setting *settings; /* in the file's order, defaults first */
	size_t nr, alloc;
};

/*
 * Set up with the defaults alone. @dirs gives RAPIDO_DIR and the place for images; it is
 * not kept.
 */
void conf_init(struct conf *conf, const struct dirs *dirs);
void conf_release(struct conf *conf);

/*
 * Read settings from @text; @path, for messages, becomes @conf's instead of the one that
 * it had. Everything wrong is reported with file and line, and then -EINVAL is returned:
 * a syntax error, a value without quotes, an @include directive, which would have other
 * files read, a key set twice, a value of the wrong type, a reference to a key that is
 * not set, and a key that looks like a slip of the pen for a known one. Other unknown
 * keys are the tests' own: a warning.
 */
int conf_parse(struct conf *conf, const char *path, const char *text,
	       struct report *report);

/*
 * The configuration file: $RAPIDO_CONF (also if it is not there), ./rapido.conf, or
 * rapido.conf in $XDG_CONFIG_HOME/rapido, $RAPIDO_DIR or /etc/rapido; the first that
 * exists is the only one. Heap; NULL: there is none, which is fine. @here: it is
 * ./rapido.conf only because that is where the caller happens to be.
 */
char *conf_find(const struct dirs *dirs, bool *here);

/* Read the file @path, which becomes @conf's path. 0, or -EINVAL and reported. */
int conf_read(struct conf *conf, const char *path, struct report *report);

/* The value of @key, its default when it is set to nothing, or NULL. The conf's. */
const char *conf_get(const struct conf *conf, const char *key);

/* Whether @key is set to yes, true, on or 1. */
bool conf_is_true(const struct conf *conf, const char *key);

/*
 * Append @text with each ${KEY} replaced by its value, and ${KEY:-default} by the default
 * where KEY is unset or empty. 0; -ENOENT for a key that is not set, whose name is then
 * left in @missing (heap); -EINVAL for "${" without its "}", with no name in it, or with
 * another reference in its default.
 */
int conf_expand(const struct conf *conf, const char *text, struct strbuf *out,
		char **missing);

/*
 * Append the settings of the file (not the defaults) as shell assignments, one a line,
 * quoted so that a POSIX shell that reads them gets the values byte for byte.
 */
void conf_to_shell(const struct conf *conf, struct strbuf *out);

#endif
