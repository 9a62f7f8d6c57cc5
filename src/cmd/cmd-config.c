// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido config: the kernel configuration fragment that tests need. */
#include <errno.h>

#include "cmd/cmd.h"
#include "conf/recipe.h"
#include "kconfig/ksolve.h"
#include "kconfig/needs.h"
#include "kernel/ktree.h"
#include "lib/log.h"
#include "lib/out.h"

/* The group of the options that rapido itself needs; each manifest line has one, too. */
#define OWN_GROUP 0

/* A test's manifest. */
struct test {
	struct recipe recipe;
	struct manifest manifest;
	size_t first_group;
};

struct fragment {
	const struct session *session;
	struct strvec bases;
	struct report report;
	struct test *tests;
	size_t nr_tests, nr_groups;
	unsigned int when;
	const char *arch;
	struct ktree tree;
	struct ksymbols symbols;
	struct kbuild kbuild;
	struct ksolve solve;
	bool has_source;
};

static void fragment_release(struct fragment *f)
{
	for (size_t i = 0; i < f->nr_tests; i++) {
		recipe_release(&f->tests[i].recipe);
		manifest_release(&f->tests[i].manifest);
	}
	free(f->tests);
	strvec_release(&f->bases);
	report_release(&f->report);
	ksolve_release(&f->solve);
	kbuild_release(&f->kbuild);
	ksymbols_release(&f->symbols);
	ktree_release(&f->tree);
}

static void load_test(struct fragment *f, const char *name)
{
	struct test *test = &f->tests[f->nr_tests];

	if (recipe_get(&f->session->dirs, name, &test->recipe, &f->report))
		return;
	f->nr_tests++;
	test->first_group = f->nr_groups;
	if (test->recipe.script) {
		report_error(&f->report,
			     "%s is a cut script: only a cut can find what it needs",
			     test->recipe.name);
		return;
	}
	manifest_load(&test->manifest, test->recipe.path, &f->session->conf, &f->bases,
		      &f->report);
	f->nr_groups += test->manifest.nr;
	f->when |= needs_when(&test->manifest, &f->session->conf);
}

/* Report why there is no source. @dir is the directory that @what, -k or KERNEL_SRC,
 * names, or NULL. */
static void no_source(struct fragment *f, const char *dir, const char *what)
{
	const char *unknown = "cannot tell which other options these need";

	for (size_t i = 0; i < f->nr_tests; i++)
		for (size_t j = 0; j < f->tests[i].manifest.nr; j++)
			if (f->tests[i].manifest.entries[j].op == MANIFEST_KMOD)
				unknown = "cannot tell which options the modules need";
	if (f->tree.objdir)
		report_error(&f->report,
			     "'%s' does not say where its source is: %s; name the source "
			     "with -k",
			     f->tree.objdir, unknown);
	else if (dir)
		report_error(&f->report, "%s: '%s' is not in a kernel tree: %s", what,
			     dir, unknown);
	else
		report_error(&f->report,
			     "neither -k nor KERNEL_SRC names a kernel tree, and the "
			     "current directory is not in one: %s; use -k",
			     unknown);
}

/* -k, KERNEL_SRC or the current directory. The source is enough; it need not be built. */
static void find_source(struct fragment *f, const char *tree)
{
	const char *dir = tree ? tree : conf_get(&f->session->conf, "KERNEL_SRC");
	int err = ktree_find(&f->tree, dir ? dir : ".");

	if (err || !f->tree.srcdir) {
		no_source(f, dir, tree ? "-k" : "KERNEL_SRC");
		return;
	}
	if (ktree_arch(f->tree.config))
		f->arch = ktree_arch(f->tree.config)->name;
	err = ksymbols_read(&f->symbols, f->tree.srcdir, f->arch);
	if (!err)
		err = kbuild_read(&f->kbuild, f->tree.srcdir, f->arch);
	if (err)
		report_error(&f->report, "cannot read kernel source '%s': %s",
			     f->tree.srcdir, err_text(err));
	f->has_source = !err;
}

/* Kconfig requires quotes around a string. Heap. */
static char *value_text(const struct fragment *f, const char *symbol, const char *value)
{
	const struct ksymbol *known =
		f->has_source ? ksymbols_get(&f->symbols, symbol) : NULL;

	if (!value)
		return xstrdup("y");
	if (known && known->type == KSYMBOL_STRING && value[0] != '"')
		return xasprintf("\"%s\"", value);
	return xstrdup(value);
}

static void want_kconfig(struct fragment *f, const struct manifest_entry *entry,
			 size_t group)
{
	_cleanup_free_ char *symbol = NULL, *value = NULL,
			    *at = manifest_where(entry, &f->bases);
	_cleanup_free_ char *text = NULL;
	int err;

	needs_split_kconfig(entry->args.v[0], &symbol, &value);
	text = value_text(f, symbol, value);
	err = ksolve_set(&f->solve, symbol, text, group);
	if (entry->try)
		return;
	if (err == -EEXIST)
		report_error(&f->report, "%s: CONFIG_%s is set to %s by a line above", at,
			     symbol, ksolve_get(&f->solve, symbol));
	else if (err)
		report_error(&f->report, "%s: kernel source '%s' has no option CONFIG_%s",
			     at, f->tree.srcdir, symbol);
}

static void add_names(struct strbuf *out, const struct strvec *symbols)
{
	for (size_t i = 0; i < symbols->nr; i++)
		strbuf_addf(out, "%sCONFIG_%s", i ? ", " : "", symbols->v[i]);
}

static void want_module(struct fragment *f, const struct manifest_entry *entry,
			const char *name, size_t group)
{
	_cleanup_(strvec_release) struct strvec symbols = STRVEC_INIT;
	_cleanup_(strbuf_release) struct strbuf names = STRBUF_INIT;
	_cleanup_free_ char *at = manifest_where(entry, &f->bases);
	int err = ksolve_want_module(&f->solve, name, group, &symbols);

	if (!err || (entry->try && err != -ENOTUNIQ))
		return;
	add_names(&names, &symbols);
	if (err == -ENOENT)
		report_error(&f->report,
			     "%s: no Makefile in '%s' says which option builds module "
			     "'%s': add a 'kconfig' line with that option",
			     at, f->tree.srcdir, name);
	else if (err == -ENOTUNIQ)
		report_error(&f->report,
			     "%s: several options build module '%s' (%s): add a "
			     "'kconfig' line with one of them",
			     at, name, names.buf);
	else
		report_error(&f->report,
			     "%s: module '%s' is built by %s, whose dependencies "
			     "cannot be met on %s",
			     at, name, names.buf, f->arch);
}

typedef void (*line_fn)(struct fragment *f, const struct manifest_entry *entry,
			size_t group);

/* Call a function, if not NULL, for each `kconfig` line and each line of modules. */
static void for_each_line(struct fragment *f, line_fn on_kconfig, line_fn on_kmod)
{
	for (size_t i = 0; i < f->nr_tests; i++) {
		const struct test *test = &f->tests[i];

		for (size_t j = 0; j < test->manifest.nr; j++) {
			const struct manifest_entry *entry = &test->manifest.entries[j];
			line_fn fn = entry->op == MANIFEST_KCONFIG ? on_kconfig
				     : entry->op == MANIFEST_KMOD  ? on_kmod
								   : NULL;

			if (fn)
				fn(f, entry, test->first_group + j);
		}
	}
}

static void want_modules(struct fragment *f, const struct manifest_entry *entry,
			 size_t group)
{
	/* a path names an external module, which the kernel's source does not know */
	for (size_t i = 0; i < entry->args.nr && f->has_source; i++)
		if (!strchr(entry->args.v[i], '/'))
			want_module(f, entry, entry->args.v[i], group);
}

static void want_own(struct fragment *f)
{
	const struct need *need;

	for (size_t i = 0; (need = needs_nth(i)); i++) {
		/*
		 * options that must be off are off by default; merge_config.sh would
		 * often complain about a line for them
		 */
		if (needs_applies(need, f->arch, f->when) && !streq(need->value, "n"))
			ksolve_want(&f->solve, need->symbol, false, OWN_GROUP);
	}
}

static const char *purpose_of(const struct fragment *f, const char *symbol)
{
	const struct need *need;

	for (size_t i = 0; (need = needs_nth(i)); i++)
		if (needs_applies(need, f->arch, f->when) && streq(need->symbol, symbol))
			return need->purpose;
	return NULL;
}

/* @last is the purpose that the line above has been given, which needs no second title.
 */
static void print_item(const struct fragment *f, const struct ksolve_item *item,
		       const char **last)
{
	const char *purpose, *said = *last;

	*last = NULL;
	if (!item->symbol) {
		out_print("# %s\n", item->text);
		return;
	}
	purpose = item->group == OWN_GROUP && !item->owner ? purpose_of(f, item->symbol)
							   : NULL;
	*last = purpose;
	if (purpose && (!said || !streq(purpose, said)))
		out_print("# %s\n", purpose);
	else if (item->owner)
		out_print("# for %s\n", item->owner);
	if (streq(item->text, "n"))
		out_print("# CONFIG_%s is not set\n", item->symbol);
	else
		out_print("CONFIG_%s=%s\n", item->symbol, item->text);
}

/* The manifest line of @group, or NULL for rapido's own group. */
static const struct manifest_entry *entry_of(const struct fragment *f, size_t group)
{
	for (size_t i = 0; i < f->nr_tests; i++) {
		const struct test *test = &f->tests[i];

		if (group >= test->first_group &&
		    group - test->first_group < test->manifest.nr)
			return &test->manifest.entries[group - test->first_group];
	}
	return NULL;
}

/* Report what is not certain: the user must decide, or the option may be dropped. */
static void warn_of_notes(struct fragment *f)
{
	for (size_t i = 0; i < f->solve.nr; i++) {
		const struct ksolve_item *item = &f->solve.items[i];
		const struct manifest_entry *entry = entry_of(f, item->group);
		_cleanup_free_ char *at = entry ? manifest_where(entry, &f->bases) : NULL;

		if (!item->symbol)
			report_warn(&f->report,
				    "%s%s%s: add one of them as a 'kconfig' line",
				    at ? at : "", at ? ": " : "", item->text);
	}
}

static size_t print_group(const struct fragment *f, size_t group, const char *title)
{
	const char *purpose = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < f->solve.nr; i++) {
		if (f->solve.items[i].group != group)
			continue;
		if (!nr++)
			out_print("\n# %s\n", title);
		print_item(f, &f->solve.items[i], &purpose);
	}
	return nr;
}

static void print_line(struct fragment *f, const struct manifest_entry *entry,
		       size_t group)
{
	_cleanup_(strbuf_release) struct strbuf title = STRBUF_INIT;
	_cleanup_free_ char *at = manifest_where(entry, &f->bases);

	strbuf_addf(&title, "%s: %s", at, manifest_directive(entry));
	for (size_t i = 0; i < entry->args.nr; i++) {
		/* merge_config.sh would mistake it for the option itself */
		const char *arg = starts_with(entry->args.v[i], "CONFIG_")
					  ? entry->args.v[i] + strlen("CONFIG_")
					  : entry->args.v[i];

		strbuf_addf(&title, " %s", arg);
	}
	/* an option that an earlier line has set is not repeated */
	if (!print_group(f, group, title.buf) && entry->op == MANIFEST_KMOD)
		out_print("\n# %s\n", title.buf);
}

static void print(struct fragment *f)
{
	out_print("# What the kernel needs for:");
	for (size_t i = 0; i < f->nr_tests; i++)
		out_print(" %s", f->tests[i].recipe.name);
	if (f->when & NEEDS_HOST)
		out_print(" --share, --root host");
	out_print(" (%s)\n# To be merged with scripts/kconfig/merge_config.sh\n",
		  f->arch);
	print_group(f, OWN_GROUP, "rapido itself");
	for_each_line(f, print_line, print_line);
}

struct config_args {
	const char *tree;
	bool share;
};

static const struct option_spec config_options[] = {
	OPTION_STRING(
		'k', "kernel", "TREE", struct config_args, tree,
		"the kernel's source, which need not be configured or built, or its O= "
		"directory (default: KERNEL_SRC, or the tree of the current directory)"),
	OPTION_FLAG(0, "share", struct config_args, share,
		    "also what --share and --root host need; TEST may be left out then"),
	OPTION_END,
};

static int config(const struct invocation *call)
{
	const struct config_args *args = call->args;
	const struct manifest nothing = { 0 };
	_cleanup_(fragment_release) struct fragment f = {
		.session = call->session,
		.arch = arch_native() ? arch_native()->name : "",
		.nr_groups = OWN_GROUP + 1,
		.when = NEEDS_TREE,
	};

	if (!call->argc && !args->share)
		return cmd_usage_error(call->command, "no test is given");
	if (args->share)
		f.when |= NEEDS_HOST | NEEDS_VIRTIO;
	f.when |= needs_when(&nothing, &call->session->conf);
	dirs_bases(&call->session->dirs, &f.bases);
	f.tests = xcalloc((size_t)call->argc, sizeof(*f.tests));
	for (size_t i = 0; i < (size_t)call->argc; i++)
		load_test(&f, call->argv[i]);
	/* a fragment can do without the source, but not without the tests */
	if (report_flush(&f.report))
		return 1;
	find_source(&f, args->tree);
	ksolve_init(&f.solve, f.has_source ? &f.symbols : NULL,
		    f.has_source ? &f.kbuild : NULL);
	for_each_line(&f, want_kconfig, NULL);
	want_own(&f);
	for_each_line(&f, NULL, want_modules);
	ksolve_finish(&f.solve);
	warn_of_notes(&f);
	print(&f);
	return report_flush(&f.report) ? 1 : 0;
}

const struct command cmd_config = {
	.name = "config",
	.summary = "print the kernel configuration that a test needs",
	.options = config_options,
	.operands = "[TEST]...",
	.operand = "test",
	.max_operands = CMD_OPERANDS_MAX,
	.notes =
		"Prints a fragment for scripts/kconfig/merge_config.sh. The status is 1 if the\n"
		"option of something in the manifest cannot be determined.\n",
	.flags = CMD_SESSION,
	.args_size = sizeof(struct config_args),
	.run = config,
};
