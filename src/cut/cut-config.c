// SPDX-License-Identifier: GPL-2.0-or-later
/* What the configuration of a cut's kernel lacks. */
#include <unistd.h>

#include "cut/cut-config.h"
#include "cut-modules.h"
#include "kconfig/kbuild.h"
#include "kconfig/ksymbol.h"
#include "lib/log.h"
#include "kconfig/needs.h"

/* The source of the kernel, as far as it is asked. */
struct source {
	struct kbuild kbuild;
	struct ksymbols symbols;
};

static void source_release(struct source *source)
{
	kbuild_release(&source->kbuild);
	ksymbols_release(&source->symbols);
}

/* Of modules, those in the image count: what is built in is not to be loaded. */
static unsigned int when(const struct cut *cut)
{
	unsigned int set =
		needs_when(&cut->manifest, cut->conf) & ~(unsigned int)NEEDS_MODULES;

	if (cut_count_modules(cut))
		set |= NEEDS_MODULES;
	if (cut->beyond)
		set |= NEEDS_NETWORKD;
	return cut->kernel.objdir ? set | NEEDS_TREE : set;
}

void cut_read_config(struct cut *cut)
{
	const char *path = cut->kernel.config;

	/* a tree names it whether or not it is there */
	if (path && access(path, F_OK) == 0 &&
	    kconfig_read(&cut->config, path, &cut->report))
		kconfig_release(&cut->config);
}

void cut_check_config(struct cut *cut)
{
	/* what a kernel that is not there lacks is for `check` to say */
	if (cut->config.path && cut->kernel.arch)
		needs_check(&cut->config, cut->arch, when(cut), &cut->manifest,
			    &cut->bases, &cut->report);
}

static unsigned int value_of(void *ctx, const char *symbol)
{
	const char *value = kconfig_get(ctx, symbol);

	return !value		   ? KVALUE_N
	       : streq(value, "y") ? KVALUE_Y
	       : streq(value, "m") ? KVALUE_M
				   : KVALUE_ANY;
}

/* Whether the configuration has make build the module of @objects. */
static bool is_built(struct cut *cut, struct source *source,
		     const struct kbuild_object *objects)
{
	for (const struct kbuild_object *o = objects; o; o = o->next)
		if (kconfig_get(&cut->config, o->symbol) &&
		    (kexpr_eval(kbuild_reached(&source->kbuild, o), value_of,
				&cut->config) &
		     KVALUE_ON))
			return true;
	return false;
}

/* What `make menuconfig` calls the option, or NULL. */
static const char *prompt_of(const struct source *source, const char *name)
{
	const struct ksymbol *symbol = ksymbols_get(&source->symbols, name);
	const struct kdefinition *d = symbol ? symbol->definitions : NULL;

	while (d && !d->prompt)
		d = d->next;
	return d ? d->prompt : NULL;
}

/* The options of @objects that this architecture has, each once. */
static void list_options(const struct source *source, const struct kbuild_object *objects,
			 struct strvec *symbols)
{
	for (const struct kbuild_object *o = objects; o; o = o->next)
		if (ksymbols_get(&source->symbols, o->symbol) &&
		    !strvec_has(symbols, o->symbol))
			strvec_push(symbols, o->symbol);
	strvec_sort(symbols);
}

static void check_module(struct cut *cut, struct source *source,
			 const struct manifest_entry *entry, const char *name)
{
	const struct kbuild_object *objects = kbuild_objects(&source->kbuild, name);
	_cleanup_(strvec_release) struct strvec symbols = STRVEC_INIT;
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	_cleanup_free_ char *at = manifest_where(entry, &cut->bases);
	const char *prompt;

	if (!objects || is_built(cut, source, objects))
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
		    : kconfig_get(&cut->config, symbols.v[0])
			    ? " is set, but not what it depends on,"
			    : " is not set",
		    cut->config.path, at, manifest_directive(entry), name);
	if (entry->try)
		report_warn(&cut->report, "%s", text.buf);
	else
		report_error(&cut->report, "%s", text.buf);
}

static void check_modules(struct cut *cut, struct source *source)
{
	for (size_t i = 0; i < cut->manifest.nr; i++) {
		const struct manifest_entry *entry = &cut->manifest.entries[i];

		for (size_t j = 0; entry->op == MANIFEST_KMOD && j < entry->args.nr; j++)
			check_module(cut, source, entry, entry->args.v[j]);
	}
}

void cut_check_config_more(struct cut *cut)
{
	_cleanup_(source_release) struct source source = { 0 };
	/* of a tree that was not built, which has no image that would tell, this
	 * machine's */
	const struct arch *arch = cut->arch;

	if (!cut->config.path)
		return;
	if (!cut->kernel.arch)
		needs_check(&cut->config, arch, when(cut), &cut->manifest, &cut->bases,
			    &cut->report);
	needs_check_wanted(&cut->config, arch, when(cut), &cut->report);
	if (!cut->kernel.srcdir || !arch)
		return;
	if (!kbuild_read(&source.kbuild, cut->kernel.srcdir, arch->name) &&
	    !ksymbols_read(&source.symbols, cut->kernel.srcdir, arch->name))
		check_modules(cut, &source);
}
