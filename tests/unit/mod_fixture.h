/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Module directories for tests: .ko files by the assembler, with just the sections that
 * depmod(8) reads, and depmod run on them.
 */
#ifndef RAPIDO_MOD_FIXTURE_H
#define RAPIDO_MOD_FIXTURE_H

#include "elf_fixture.h"

#define FX_RELEASE "6.1.0-fixture"
#define FX_MODDIR  "/lib/modules/" FX_RELEASE

struct fx_module {
	const char *path;	       /* below the module directory: "kernel/fs/x.ko" */
	const char *exports, *imports; /* a symbol each, or NULL */
	const char *alias, *softdep, *softdep2;
	const char *firmware;
	const char *depends, *vermagic; /* as modpost writes them for a build */
	bool debug;			/* with debug sections */
	bool kunit;			/* with a suite of KUnit tests */
	const char *packer; /* "xz": what the file is packed with, if that is installed */
};

static inline void fx_module_source(const struct fx_module *m, struct strbuf *text)
{
	strbuf_adds(text, ".section .modinfo,\"a\"\n.asciz \"license=GPL\"\n");
	if (m->alias)
		strbuf_addf(text, ".asciz \"alias=%s\"\n", m->alias);
	if (m->softdep)
		strbuf_addf(text, ".asciz \"softdep=%s\"\n", m->softdep);
	if (m->softdep2)
		strbuf_addf(text, ".asciz \"softdep=%s\"\n", m->softdep2);
	if (m->firmware)
		strbuf_addf(text, ".asciz \"firmware=%s\"\n", m->firmware);
	if (m->depends)
		strbuf_addf(text, ".asciz \"depends=%s\"\n", m->depends);
	if (m->vermagic)
		strbuf_addf(text, ".asciz \"vermagic=%s\"\n", m->vermagic);
	if (m->debug)
		strbuf_adds(text, ".section .debug_info\n.space 8192\n");
	if (m->kunit)
		strbuf_adds(text, ".section .kunit_test_suites,\"aw\"\n.quad 0\n");
	if (m->exports)
		strbuf_addf(text, ".section __ksymtab_strings,\"a\"\n.asciz \"%s\"\n",
			    m->exports);
	if (m->imports)
		strbuf_addf(text, ".data\n.long %s\n", m->imports);
}

/* Assemble the module as @path below @root. */
static inline void fx_assemble(const char *root, const char *path,
			       const struct fx_module *module)
{
	_cleanup_(strbuf_release) struct strbuf source = STRBUF_INIT;

	fx_module_source(module, &source);
	fx_parent(root, path);
	fx_write(root, "/module.s", source.buf);
	if (fx_shell("as -o '%s%s' %s/module.s", root, path, root))
		fail_msg("as failed");
}

static inline void fx_run_depmod(const char *root)
{
	if (fx_shell("PATH=$PATH:/usr/sbin:/sbin depmod -b %s " FX_RELEASE, root))
		fail_msg("depmod failed");
}

/*
 * What make leaves of the modules in the directory @dir below @root: the files where
 * their sources are, and modules.order in the form of today.
 */
static inline void fx_built_modules(const char *root, const char *dir,
				    const struct fx_module *modules, size_t nr)
{
	_cleanup_(strbuf_release) struct strbuf order = STRBUF_INIT;
	_cleanup_free_ char *list = xasprintf("%s/modules.order", dir);

	for (size_t i = 0; i < nr; i++) {
		_cleanup_free_ char *path = xasprintf("%s/%s", dir, modules[i].path);

		fx_assemble(root, path, &modules[i]);
		strbuf_addf(&order, "%.*s.o\n", (int)strlen(modules[i].path) - 3,
			    modules[i].path);
	}
	fx_write(root, list, order.buf);
}

/* Make the modules, and the database of them; @builtin_info is as in the kernel's file.
 */
static inline void fx_modules(const char *root, const struct fx_module *modules,
			      size_t nr, const char *builtin, const char *builtin_info,
			      size_t builtin_info_size)
{
	_cleanup_(strbuf_release) struct strbuf order = STRBUF_INIT;

	for (size_t i = 0; i < nr; i++) {
		_cleanup_free_ char *path = xasprintf(FX_MODDIR "/%s", modules[i].path);

		fx_assemble(root, path, &modules[i]);
		if (modules[i].packer &&
		    !fx_shell("%s %s%s", modules[i].packer, root, path))
			unlink(fx_at(root, path));
		strbuf_addf(&order, "%s\n", modules[i].path);
	}
	fx_write(root, FX_MODDIR "/modules.order", order.buf);
	fx_write(root, FX_MODDIR "/modules.builtin", builtin);
	fx_write_bytes(root, FX_MODDIR "/modules.builtin.modinfo", builtin_info,
		       builtin_info_size);
	fx_run_depmod(root);
}

#endif
