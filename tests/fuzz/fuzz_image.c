// SPDX-License-Identifier: GPL-2.0-or-later
/* Images: the resources in one, and all of its entries. */
#include <errno.h>

#include "image/cpio.h"
#include "fuzz.h"
#include "image/image.h"

/* What a bomb may unpack to, before we look away. */
#define UNPACKED_MAX (4 << 20)
#define ENTRIES_MAX  4096

/* Damaged images are what this is about: messages go nowhere, libFuzzer's excepted. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char option[] = "-close_fd_mask=2";
	char **longer = xcalloc((size_t)*argc + 2, sizeof(*longer));

	memcpy(longer, *argv, (size_t)*argc * sizeof(*longer));
	longer[(*argc)++] = option;
	*argv = longer;
	return 0;
}

static void read_all(int fd)
{
	struct cpio_reader *reader = cpio_reader_new(fd);
	struct cpio_entry entry;
	uint64_t unpacked = 0;
	int more = 0;

	for (int i = 0; i < ENTRIES_MAX && unpacked < UNPACKED_MAX; i++) {
		_cleanup_free_ char *contents = NULL;

		more = cpio_read_next(reader, &entry);
		if (more <= 0)
			break;
		if (!entry.name || !entry.name[0] != !strlen(entry.name))
			abort();
		unpacked += entry.size;
		if (i % 2 && !entry.target)
			cpio_read_data(reader, 1 << 16, &contents);
	}
	/* an error comes with the word for it */
	if (more == -EBADMSG && !*cpio_reader_error(reader))
		abort();
	cpio_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image_info info;
	int fd = fuzz_file(data, size);

	read_all(fd);
	if (!image_read_info(&info, fd, "image")) {
		if (!info.cpus || !info.memory || info.size != size)
			abort();
		image_info_release(&info);
	}
	close(fd);
	return 0;
}
