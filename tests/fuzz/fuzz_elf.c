// SPDX-License-Identifier: GPL-2.0-or-later
/* ELF files, and the text of their .note.dlopen. */
#include "closure/elffile.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_file elf, note = { 0 };
	int fd = fuzz_file(data, size);

	if (!elf_file_read(&elf, fd)) {
		elf_file_compatible(&elf, fd);
		elf_file_release(&elf);
	}
	close(fd);
	elf_parse_dlopen_note(&note, (const char *)data, size);
	elf_file_release(&note);
	return 0;
}
