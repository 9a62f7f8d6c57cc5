// SPDX-License-Identifier: GPL-2.0-or-later
/* Configurations of kernels. */
#include "fuzz.h"
#include "kernel/kconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(strvec_release) struct strvec changed = STRVEC_INIT;
	_cleanup_close_ int fd = fuzz_file(data, size);
	_cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", fd);
	struct report report = REPORT_INIT;
	struct kconfig config;
	int err = kconfig_read(&config, path, &report);

	if ((err < 0) != (report.errors.nr > 0))
		abort();
	for (size_t i = 0; i < config.values.size; i++) {
		const char *name = config.values.slots[i].key;

		if (name && kconfig_get(&config, name) &&
		    !kconfig_satisfies(&config, name, kconfig_get(&config, name)))
			abort();
	}
	kconfig_changed(&config, &config, &changed);
	if (changed.nr)
		abort();
	kconfig_release(&config);
	report_release(&report);
	return 0;
}
