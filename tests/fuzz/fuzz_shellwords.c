// SPDX-License-Identifier: GPL-2.0-or-later
/* Shell scripts: what is found in them can be the name of a program. */
#include "cut/shellwords.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	_cleanup_(shellwords_release) struct shellwords words = SHELLWORDS_INIT;

	if (!text)
		return 0;
	shellwords_scan(&words, text);
	for (size_t i = 0; i < words.nr; i++) {
		const char *name = words.v[i].name;

		if (!*name || (name[0] != '/' && strchr(name, '/')))
			abort();
		for (const char *p = name; *p; p++)
			if ((unsigned char)*p <= ' ')
				abort();
	}
	return 0;
}
