// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads and compares kernel configurations. */
#include <errno.h>

#include "lib/io.h"
#include "kernel/kconfig.h"
#include "lib/log.h"

#define PREFIX	    "CONFIG_"
#define NAMES_SHOWN 2

void kconfig_release(struct kconfig *config)
{
	strmap_release(&config->values, NULL);
	free(config->text);
	free(config->path);
	*config = (struct kconfig)KCONFIG_INIT;
}

/* "# CONFIG_X is not set", which Kconfig reads as CONFIG_X=n. */
static bool take_unset(struct kconfig *config, char *line)
{
	static const char before[] = "# " PREFIX, after[] = " is not set";
	static char no[] = "n";
	size_t len = strcspn(line, "\r");
	char *name = line + strlen(before);

	line[len] = '\0';
	if (!starts_with(line, before) || !ends_with(line, after))
		return false;
	line[len - strlen(after)] = '\0';
	if (is_kconfig_symbol(name, strlen(name)))
		*strmap_put(&config->values, name) = no;
	return true;
}

/*
 * Store the option of @line, which is changed and must live as long as the configuration.
 */
static void take_option(struct kconfig *config, char *line)
{
	char *name = line + strlen(PREFIX), *value;
	size_t len;

	if (take_unset(config, line) || !starts_with(line, PREFIX))
		return;
	value = strchr(name, '=');
	if (!value || !is_kconfig_symbol(name, (size_t)(value - name)))
		return;
	*value++ = '\0';
	len = strlen(value);
	while (len && strchr(" \t\r", value[len - 1]))
		value[--len] = '\0';
	*strmap_put(&config->values, name) = value;
}

int kconfig_read(struct kconfig *config, const char *path, struct report *report)
{
	char *next;
	int err;

	*config = (struct kconfig){ .path = xstrdup(path) };
	err = io_read_regular(path, KCONFIG_SIZE_MAX, &config->text, NULL);
	if (err)
		return report_error(report, "cannot read configuration '%s': %s", path,
				    err_text(err));
	if (!*config->text)
		return report_error(report, "configuration '%s' is empty", path);
	for (char *line = config->text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		take_option(config, line);
	}
	if (!config->values.nr)
		return report_error(report,
				    "'%s' is not a kernel configuration: it sets nothing",
				    path);
	return 0;
}

const char *kconfig_get(const struct kconfig *config, const char *symbol)
{
	void **value = strmap_get(&config->values, symbol);

	return value && *value && !streq(*value, "n") ? *value : NULL;
}

/* A string without its quotes and escapes. Heap. */
static char *unquote(const char *value)
{
	size_t len = strlen(value);
	char *text, *out;

	if (len < 2 || value[0] != '"' || value[len - 1] != '"')
		return xstrdup(value);
	text = out = xstrndup(value + 1, len - 2);
	for (const char *p = text; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		*out++ = *p;
	}
	*out = '\0';
	return text;
}

char *kconfig_get_string(const struct kconfig *config, const char *symbol)
{
	const char *value = kconfig_get(config, symbol);

	return value ? unquote(value) : NULL;
}

bool kconfig_satisfies(const struct kconfig *config, const char *symbol,
		       const char *wanted)
{
	const char *value = kconfig_get(config, symbol);
	_cleanup_free_ char *x = NULL, *y = NULL;

	if (wanted && streq(wanted, "n"))
		return !value;
	if (!value || !wanted)
		return value != NULL;
	if (streq(wanted, "m") && streq(value, "y"))
		return true;
	x = unquote(value);
	y = unquote(wanted);
	return streq(x, y);
}

/*
 * Since Linux 5.17 auto.conf has strings without quotes. An empty value in one file may
 * be left out of the other.
 */
static bool same_value(const struct kconfig *a, const struct kconfig *b, const char *name)
{
	_cleanup_free_ char *x = kconfig_get_string(a, name);
	_cleanup_free_ char *y = kconfig_get_string(b, name);

	return streq(x ? x : "", y ? y : "");
}

/*
 * Append the symbols of @a that @b does not have, or with @changed, has with another
 * value.
 */
static void add_differing(const struct kconfig *a, const struct kconfig *b, bool changed,
			  struct strvec *symbols)
{
	for (size_t i = 0; i < a->values.size; i++) {
		const char *name = a->values.slots[i].key;

		if (name && kconfig_get(a, name) && (changed || !kconfig_get(b, name)) &&
		    !same_value(a, b, name))
			strvec_push(symbols, name);
	}
}

void kconfig_changed(const struct kconfig *now, const struct kconfig *built,
		     struct strvec *symbols)
{
	add_differing(now, built, true, symbols);
	add_differing(built, now, false, symbols);
	strvec_sort(symbols);
}

void kconfig_add_names(struct strbuf *out, const struct strvec *symbols)
{
	size_t shown = symbols->nr <= NAMES_SHOWN + 1 ? symbols->nr : NAMES_SHOWN;

	for (size_t i = 0; i < shown; i++)
		strbuf_addf(out, "%s" PREFIX "%s",
			    !i			  ? ""
			    : i + 1 < symbols->nr ? ", "
						  : " and ",
			    symbols->v[i]);
	if (shown < symbols->nr)
		strbuf_addf(out, " and %zu more", symbols->nr - shown);
}
