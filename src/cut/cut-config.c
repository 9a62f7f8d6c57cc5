// SPDX-License-Identifier: GPL-2.0-or-later
/* The options that a cut's kernel lacks. */
#include "cut-config.h"
#include "kconfig/kbuild.h"
#include "kconfig/ksymbol.h"
#include "lib/log.h"
#include "kconfig/needs.h"

/* What the kernel's source says of its modules and options. */
struct source {
	struct kbuild kbuild;
	struct ksymbols symbols;
};

static void source_release(struct source *source)
{
	kbuild_release(&source->kbuild);
	ksymbols_release(&source->symbols);
}

void cut_config_check(const struct cut_config *c)
{
	/* the options of a kernel that was not built are for `check` to report */
	if (c->config->path && c->kernel->arch)
		needs_check(c->config, c->arch, c->when, c->manifest, c->bases,
			    c->report);
}

static unsigned int value_of(void *ctx, const char *symbol)
{
	const char *value = kconfig_get(ctx, symbol);

	return !value		   ? KVALUE_N
	       : streq(value, "y") ? KVALUE_Y
	       : streq(value, "m") ? KVALUE_M
				   : KVALUE_ANY;
}

/* Whether make builds a module of @objects with this configuration. */
static bool is_built(const struct cut_config *c, struct source *source,
		     const struct kbuild_object *objects)
{
	for (const struct kbuild_object *o = objects; o; o = o->next)
		if (kconfig_get(c->config, o->symbol) &&
		    (kexpr_eval(kbuild_reached(&source->kbuild, o), value_of,
				(void *)c->config) &
		     KVALUE_ON))
			return true;
	return false;
}

/* The text that `make menuconfig` shows for the option, or NULL. */
static const char *prompt_of(const struct source *source, const char *name)
{
	const struct ksymbol *symbol = ksymbols_get(&source->symbols, name);
	const struct kdefinition *d = symbol ? symbol->definitions : NULL;

	while (d && !d->prompt)
		d = d->next;
	return d ? d->prompt : NULL;
}

/* The options of @objects that exist on this architecture, each once. */
static void list_options(const struct source *source, const struct kbuild_object *objects,
			 struct strvec *symbols)
{
	for (const struct kbuild_object *o = objects; o; o = o->next)
		if (ksymbols_get(&source->symbols, o->symbol) &&
		    !strvec_has(symbols, o->symbol))
			strvec_push(symbols, o->symbol);
	strvec_sort(symbols);
}

static void check_module(const struct cut_config *c, struct source *source,
			 const struct manifest_entry *entry, const char *name)
{
	const struct kbuild_object *objects = kbuild_objects(&source->kbuild, name);
	_cleanup_(strvec_release) struct strvec symbols = STRVEC_INIT;
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	_cleanup_free_ char *at = manifest_where(entry, c->bases);
	const char *prompt;

	if (!objects || is_built(c, source, objects))
		return;
	list_options(source, objects, &symbols);
	if (!symbols.nr)
		return;
	kconfig_add_names(&text, &symbols);
	prompt = symbols.nr == 1 ? prompt_of(source, symbols.v[0]) : NULL;
	if (prompt)
		strbuf_addf(&text, " (%s)", prompt);
	strbuf_addf(&text, "%s in '%s': %s: %s %s",
		    symbols.nr > 1 ? ": none is set"
		    : kconfig_get(c->config, symbols.v[0])
			    ? " is set, but not what it depends on,"
			    : " is not set",
		    c->config->path, at, manifest_directive(entry), name);
	if (entry->try)
		report_warn(c->report, "%s", text.buf);
	else
		report_error(c->report, "%s", text.buf);
}

static void check_modules(const struct cut_config *c, struct source *source)
{
	for (size_t i = 0; i < c->manifest->nr; i++) {
		const struct manifest_entry *entry = &c->manifest->entries[i];

		for (size_t j = 0; entry->op == MANIFEST_KMOD && j < entry->args.nr; j++)
			check_module(c, source, entry, entry->args.v[j]);
	}
}

void cut_config_check_more(const struct cut_config *c)
{
	_cleanup_(source_release) struct source source = { 0 };

	if (!c->config->path)
		return;
	if (!c->kernel->arch)
		needs_check(c->config, c->arch, c->when, c->manifest, c->bases,
			    c->report);
	needs_check_wanted(c->config, c->arch, c->when, c->report);
	if (!c->kernel->srcdir || !c->arch)
		return;
	if (!kbuild_read(&source.kbuild, c->kernel->srcdir, c->arch->name) &&
	    !ksymbols_read(&source.symbols, c->kernel->srcdir, c->arch->name))
		check_modules(c, &source);
}
