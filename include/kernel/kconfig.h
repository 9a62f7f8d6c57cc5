/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel's configuration: the values in a .config file, or in another file of that
 * syntax (include/config/auto.conf, /boot/config-RELEASE). Its lines are
 * CONFIG_SYMBOL=VALUE and comments, see the kernel's Documentation/kbuild/kconfig.rst.
 */
#ifndef RAPIDO_KCONFIG_H
#define RAPIDO_KCONFIG_H

#include "lib/report.h"
#include "lib/strmap.h"

/* A larger file is not a configuration. */
#define KCONFIG_SIZE_MAX (16 << 20)

struct kconfig {
	char *path;
	char *text; /* what the values point into */
	struct strmap values;
};

#define KCONFIG_INIT \
	{            \
		0    \
	}

void kconfig_release(struct kconfig *config);

/*
 * Read @path. Lines other than CONFIG_SYMBOL=VALUE and "# CONFIG_SYMBOL is not set" are
 * ignored; of several lines for one symbol the last counts, as for make. 0; -EINVAL after
 * a report if the file cannot be read, is empty, or has no such line.
 */
int kconfig_read(struct kconfig *config, const char *path, struct report *report);

/*
 * The value of @symbol (without CONFIG_) as it is written: "y", "m", a number, a string
 * with its quotes. NULL if it is not set, or "n". The config's.
 */
const char *kconfig_get(const struct kconfig *config, const char *symbol);

/* The text of a string option, without its quotes and escapes; heap, or NULL as above. */
char *kconfig_get_string(const struct kconfig *config, const char *symbol);

/*
 * Whether @symbol has the value @wanted. "m": it is built in or a module; "n": it is not
 * set; NULL: it is set; other values are compared with or without quotes.
 */
bool kconfig_satisfies(const struct kconfig *config, const char *symbol,
		       const char *wanted);

/*
 * Append the symbols that differ, sorted. @now is .config; @built is
 * include/config/auto.conf, which the last build used. That has all values of .config
 * that are not "n", in newer kernels without the quotes of strings.
 */
void kconfig_changed(const struct kconfig *now, const struct kconfig *built,
		     struct strvec *symbols);

/* Append "CONFIG_A, CONFIG_B and 3 more": @symbols, but at most three by name. */
void kconfig_add_names(struct strbuf *out, const struct strvec *symbols);

#endif
