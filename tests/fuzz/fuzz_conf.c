// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido.conf: parse it, and write it out for the guest's shell. */
#include "conf/conf.h"
#include "fuzz.h"

const char *__lsan_default_suppressions(void);

/* libconfig's scanner loses the string that it was in at a syntax error. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so\n";
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size), *missing = NULL;
	_cleanup_(strbuf_release) struct strbuf shell = STRBUF_INIT,
						expanded = STRBUF_INIT;
	const struct dirs dirs = fuzz_dirs();
	struct report report = REPORT_INIT;
	struct conf conf;

	/* libconfig would read other files of the host */
	if (!text || strstr(text, "@include"))
		return 0;
	conf_init(&conf, &dirs);
	/* no error without a message, and no message without an error */
	if ((conf_parse(&conf, "rapido.conf", text, &report) < 0) !=
	    (report.errors.nr > 0))
		abort();
	conf_to_shell(&conf, &shell);
	conf_expand(&conf, text, &expanded, &missing);
	conf_release(&conf);
	report_release(&report);
	return 0;
}
