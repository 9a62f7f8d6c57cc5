// SPDX-License-Identifier: GPL-2.0-or-later
/* Manifests, in a directory where an `include` finds nothing. */
#include "conf/conf.h"
#include "fuzz.h"
#include "conf/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	_cleanup_(strvec_release) struct strvec bases = STRVEC_INIT;
	struct manifest manifest = MANIFEST_INIT;
	const struct dirs dirs = fuzz_dirs();
	struct report report = REPORT_INIT;
	struct conf conf;
	int err;

	/* names with ".." or at the top would find files of the host all the same */
	if (!text || (strstr(text, "include") && strchr(text, '/')))
		return 0;
	/* libc takes all memory for "a{255}{255}{255}", which is no defect of ours */
	if (strstr(text, "allow-fault") && strchr(text, '{'))
		return 0;
	conf_init(&conf, &dirs);
	err = manifest_parse(&manifest, "/nonexistent/rapido/cut/x.fest", text, &conf,
			     &bases, &report);
	if ((err < 0) != (report.errors.nr > 0))
		abort();
	for (size_t i = 0; i < manifest.nr; i++)
		if (!*manifest_directive(&manifest.entries[i]) ||
		    manifest.entries[i].op == MANIFEST_NONE)
			abort();
	manifest_release(&manifest);
	conf_release(&conf);
	report_release(&report);
	return 0;
}
