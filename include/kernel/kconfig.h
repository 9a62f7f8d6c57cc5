/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel was configured with: the values in a .config file, and in other files of
 * that syntax (include/config/auto.conf, /boot/config-RELEASE). The lines are
 * CONFIG_SYMBOL=VALUE and comments, see the kernel's Documentation/kbuild/kconfig.rst.
 */
#ifndef RAPIDO_KCONFIG_H
#define RAPIDO_KCONFIG_H

#include "lib/report.h"
#include "lib/strmap.h"

/* A larger file is no configuration. */
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
 * Read @path. A line is CONFIG_SYMBOL=VALUE or "# CONFIG_SYMBOL is not set", anything
 * else means nothing; of several for one symbol the last counts, as for make. 0; -EINVAL
 * after a report when it cannot be read, is empty, or has no such line at all.
 */
int kconfig_read(struct kconfig *config, const char *path, struct report *report);

/*
 * The value of @symbol (without CONFIG_) as it is written: "y", "m", a number, a string
 * with its quotes. NULL when it is not set, or "n". The config's.
 */
const char *kconfig_get(const struct kconfig *config, const char *symbol);

/* The text of a string option, without its quotes and escapes; heap, or NULL as above. */
char *kconfig_get_string(const struct kconfig *config, const char *symbol);

/*
 * Whether @symbol is as @wanted: "y" is just that; "m" is built in or a module; "n" is
 * not set; NULL is any value but that; else the value, with or without its quotes.
 */
bool kconfig_satisfies(const struct kconfig *config, const char *symbol,
		       const char *wanted);

/*
 * Append the symbols that differ, sorted: @now is .config, @built is what the last build
 * used, include/config/auto.conf, which has all values of .config that are not "n", and
 * in newer kernels without the quotes of strings.
 */
void kconfig_changed(const struct kconfig *now, const struct kconfig *built,
		     struct strvec *symbols);

/* Append "CONFIG_A, CONFIG_B and 3 more": @symbols, but at most three by name. */
void kconfig_add_names(struct strbuf *out, const struct strvec *symbols);

#endif
