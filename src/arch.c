// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of architectures. */
#include <elf.h>

#include "arch.h"

static const struct arch archs[] = {
	{
		.name = "x86",
		.machine = "x86_64",
		.qemu = "qemu-system-x86_64",
		.qemu_package = "qemu-system-x86",
		.console = "ttyS0",
		.tree_image = "arch/x86/boot/bzImage",
		.kvm_needs_cpu_flag = true,
		.elf_machine = EM_X86_64,
	},
	{
		.name = "arm64",
		.machine = "aarch64",
		.qemu = "qemu-system-aarch64",
		.qemu_package = "qemu-system-arm",
		.qemu_machine = "virt,gic-version=max",
		.console = "ttyAMA0",
		.tree_image = "arch/arm64/boot/Image",
		.elf_machine = EM_AARCH64,
	},
};

const struct arch *arch_nth(size_t i)
{
	return i < ARRAY_SIZE(archs) ? &archs[i] : NULL;
}

const struct arch *arch_by_machine(const char *machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (streq(archs[i].machine, machine))
			return &archs[i];
	return NULL;
}

const struct arch *arch_native(void)
{
#if defined(__x86_64__)
	return arch_by_machine("x86_64");
#elif defined(__aarch64__)
	return arch_by_machine("aarch64");
#else
	return NULL;
#endif
}

static bool has_at(const unsigned char *header, size_t size, size_t offset,
		   const char *magic)
{
	size_t len = strlen(magic);

	return offset + len <= size && memcmp(header + offset, magic, len) == 0;
}

const struct arch *arch_of_image(const void *header, size_t size)
{
	/* boot.rst: boot_flag 0xAA55 at 0x1fe, "HdrS" at 0x202 */
	if (has_at(header, size, 0x1fe, "\x55\xaa") &&
	    has_at(header, size, 0x202, "HdrS"))
		return arch_by_machine("x86_64");
	/* booting.rst: "ARM\x64" at 56 */
	if (has_at(header, size, 56, "ARM\x64"))
		return arch_by_machine("aarch64");
	return NULL;
}
