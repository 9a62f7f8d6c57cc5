/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the fuzzers share: input as text or as a file, and nothing of the host around. */
#ifndef RAPIDO_FUZZ_H
#define RAPIDO_FUZZ_H

#include <sys/mman.h>
#include <unistd.h>

#include "conf/dirs.h"
#include "lib/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* The input as a string, or NULL when there is a NUL in it. Heap. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	return memchr(data, '\0', size) ? NULL : xstrndup((const char *)data, size);
}

/* The input as an open file. */
static inline int fuzz_file(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || io_write_all(fd, data, size))
		abort();
	return fd;
}

/* Directories in which there is nothing; they are not freed. */
static inline struct dirs fuzz_dirs(void)
{
	static char nowhere[] = "/nonexistent/rapido";

	return (struct dirs){ nowhere, nowhere, nowhere, nowhere, nowhere, nowhere };
}

#endif
