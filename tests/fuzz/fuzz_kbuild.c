// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel's source: the input up to the first form feed is a Makefile, the rest Kconfig;
 * and then what the first options and modules of it need.
 */
#include "fuzz.h"
#include "kconfig/ksolve.h"

/* So many are asked for: of a larger source the first say as much as all. */
#define ASKED 32

static void ask(struct ksolve *solve, const struct strmap *names, bool modules)
{
	_cleanup_(strvec_release) struct strvec symbols = STRVEC_INIT;
	size_t nr = 0;

	for (size_t i = 0; i < names->size && nr < ASKED; i++) {
		const char *name = names->slots[i].key;

		if (!name)
			continue;
		nr++;
		if (!modules) {
			ksolve_want(solve, name, i % 2, 0);
			continue;
		}
		ksolve_want_module(solve, name, 0, &symbols);
		strvec_release(&symbols);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	char *split = text ? strchr(text, '\f') : NULL;
	struct ksymbols symbols;
	struct kbuild kbuild;
	struct ksolve solve;

	/* names with ".." would find files of the host */
	if (!text || strstr(text, ".."))
		return 0;
	if (split)
		*split++ = '\0';
	kbuild_parse(&kbuild, text, "/nonexistent/rapido", "x86");
	ksymbols_parse(&symbols, split ? split : "", "/nonexistent/rapido", "x86");
	ksolve_init(&solve, &symbols, &kbuild);
	ksolve_set(&solve, "A", "m", 0);
	ask(&solve, &symbols.map, false);
	ask(&solve, &kbuild.objects, true);
	ksolve_finish(&solve);
	for (size_t i = 0; i < solve.nr; i++)
		if (!solve.items[i].text)
			abort();
	ksolve_release(&solve);
	ksymbols_release(&symbols);
	kbuild_release(&kbuild);
	return 0;
}
