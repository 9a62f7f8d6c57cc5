/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rapido.conf: settings by name. libconfig reads the file; `KEY="value"` lines with `#`
 * comments are the part of its format that is also valid shell, see rapido.conf(5).
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
	unsigned int line; /* 0: a default of rapido's */
};

struct conf {
	char *path;		       /* the file it came from; NULL: there is none */
	struct conf_setting *settings; /* in the file's order, defaults first */
	size_t nr, alloc;
};

/*
 * Set up @conf with the defaults only. @dirs gives RAPIDO_DIR and the directory for
 * images; it is not kept.
 */
void conf_init(struct conf *conf, const struct dirs *dirs);
void conf_release(struct conf *conf);

/*
 * Read settings from @text. @path is for messages and replaces @conf's path. Each problem
 * is reported with file and line, and then -EINVAL is returned: a syntax error, a value
 * without quotes, an @include directive, which would have other files read, a key that is
 * set twice, a value of the wrong type, a reference to a key that is not set, and a key
 * that is probably a misspelled known one. Any other unknown key is a warning, as tests
 * may have keys of their own.
 */
int conf_parse(struct conf *conf, const char *path, const char *text,
	       struct report *report);

/*
 * The configuration file: $RAPIDO_CONF, even if it does not exist; else the first that
 * exists of ./rapido.conf and rapido.conf in $XDG_CONFIG_HOME/rapido, $RAPIDO_DIR and
 * /etc/rapido. Heap; NULL if there is none, which is no error. @here is set for
 * ./rapido.conf: it was found only because of the current directory.
 */
char *conf_find(const struct dirs *dirs, bool *here);

/* Read the file @path, which becomes @conf's path. 0, or -EINVAL after reports. */
int conf_read(struct conf *conf, const char *path, struct report *report);

/* The value of @key; its default if it is unset or empty; or NULL. @conf owns it. */
const char *conf_get(const struct conf *conf, const char *key);

/* Set @key, whatever the file says; to "": it is unset. */
void conf_set(struct conf *conf, const char *key, const char *value);

/* Whether @key is set to yes, true, on or 1. */
bool conf_is_true(const struct conf *conf, const char *key);

/*
 * Append @text with each ${KEY} replaced by its value, and each ${KEY:-default} by its
 * value or, if that is unset or empty, by the default. 0; -ENOENT if KEY is not set, with
 * its name in @missing (heap); -EINVAL for "${" without "}", without a name, or with
 * another reference in its default.
 */
int conf_expand(const struct conf *conf, const char *text, struct strbuf *out,
		char **missing);

/*
 * Append the settings of the file, without the defaults, as shell assignments, one a
 * line, quoted so that a POSIX shell reads the values byte for byte.
 */
void conf_to_shell(const struct conf *conf, struct strbuf *out);

#endif
