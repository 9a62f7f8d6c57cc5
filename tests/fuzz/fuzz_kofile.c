// SPDX-License-Identifier: GPL-2.0-or-later
/* Module files: their strings, and without their debug sections. */
#include "fuzz.h"
#include "kernel/kofile.h"

/* What comes out of strip is a module again, which has nothing that could go. */
static void strip_again(const void *data, size_t size)
{
	void *again;
	size_t again_size;
	int fd = fuzz_file(data, size);

	if (kofile_strip(fd, &again, &again_size) || again)
		abort();
	close(fd);
}

static void read_values(const char *info, size_t size)
{
	struct kofile_cursor cursor = { info, info + size };
	const char *value;
	size_t total = 0;

	while ((value = kofile_next_value(&cursor, "alias")))
		total += strlen(value);
	if (total > size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = fuzz_file(data, size);
	void *stripped = NULL;
	char *info;
	size_t len;

	if (!kofile_read_info(fd, &info, &len)) {
		read_values(info, len);
		free(info);
	}
	if (!kofile_strip(fd, &stripped, &len) && stripped)
		strip_again(stripped, len);
	free(stripped);
	kofile_is_signed(fd);
	close(fd);
	return 0;
}
