// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of architectures. The comments name the files of the kernel that tell what it
 * calls its consoles and how long its command line may be.
 */
#include <elf.h>

#include "kernel/arch.h"

/* include/linux/pe.h of the kernel */
#define PE_MACHINE_AMD64   0x8664
#define PE_MACHINE_ARM64   0xaa64
#define PE_MACHINE_RISCV64 0x5064

static const struct arch archs[] = {
	{
		.name = "x86",
		.machine = "x86_64",
		/* drivers/tty/serial/8250/8250_core.c */
		.console = "ttyS0",
		.channel = "ttyS1",
		/* it has to lie in the memory that the machine has below 4 GiB, which is
		 * two of them, with some tables */
		.initrd_max = (2ULL << 30) - (1 << 20),
		/* arch/x86/include/asm/setup.h */
		.command_line_size = 2048,
		.tree_images = { "arch/x86/boot/bzImage" },
		.elf_data = ELFDATA2LSB,
		.elf_machine = EM_X86_64,
		.pe_machine = PE_MACHINE_AMD64,
	},
	{
		.name = "arm64",
		.machine = "aarch64",
		/* drivers/tty/serial/amba-pl011.c */
		.console = "ttyAMA0",
		/* arch/arm64/include/uapi/asm/setup.h */
		.command_line_size = 2048,
		.tree_images = { "arch/arm64/boot/Image", "arch/arm64/boot/Image.gz",
				 "arch/arm64/boot/vmlinuz.efi" },
		.elf_data = ELFDATA2LSB,
		.elf_machine = EM_AARCH64,
		.pe_machine = PE_MACHINE_ARM64,
	},
	{
		.name = "riscv",
		.machine = "riscv64",
		/* drivers/tty/serial/8250/8250_core.c: the machine has an NS16550A */
		.console = "ttyS0",
		/* arch/riscv/include/uapi/asm/setup.h */
		.command_line_size = 1024,
		.tree_images = { "arch/riscv/boot/Image", "arch/riscv/boot/Image.gz",
				 "arch/riscv/boot/vmlinuz.efi" },
		.elf_data = ELFDATA2LSB,
		.elf_machine = EM_RISCV,
		.pe_machine = PE_MACHINE_RISCV64,
	},
	{
		.name = "s390",
		.machine = "s390x",
		/* drivers/s390/char/sclp_vt220.c: the first serial line is a VT220 */
		.console = "ttysclp0",
		/* arch/s390/Kconfig: the default of CONFIG_COMMAND_LINE_SIZE */
		.command_line_size = 4096,
		.tree_images = { "arch/s390/boot/bzImage" },
		.elf_data = ELFDATA2MSB,
		.elf_machine = EM_S390,
	},
	{
		.name = "powerpc",
		.machine = "ppc64le",
		/* drivers/tty/hvc/hvc_vio.c */
		.console = "hvc0",
		/* arch/powerpc/include/uapi/asm/setup.h */
		.command_line_size = 2048,
		.tree_images = { "vmlinux" },
		.elf_data = ELFDATA2LSB,
		.elf_machine = EM_PPC64,
	},
	{
		/* User Mode Linux: after x86, whose programs and modules it has */
		.name = "um",
		.machine = "x86_64",
		/* arch/um/drivers/stdio_console.c and ssl.c */
		.console = "tty0",
		.channel = "ttyS0",
		/* arch/um/include/asm/setup.h */
		.command_line_size = 4096,
		/* what one read(2) returns: arch/um/kernel/load_file.c */
		.initrd_max = 0x7ffff000,
		.tree_images = { "linux" },
		.elf_data = ELFDATA2LSB,
		.elf_machine = EM_X86_64,
	},
};

const struct arch *arch_nth(size_t i)
{
	return i < ARRAY_SIZE(archs) ? &archs[i] : NULL;
}

const struct arch *arch_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (streq(archs[i].name, name))
			return &archs[i];
	return NULL;
}

const struct arch *arch_by_machine(const char *machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (streq(archs[i].machine, machine))
			return &archs[i];
	return NULL;
}

const struct arch *arch_by_elf_machine(int machine)
{
	if (machine == EM_386)
		machine = EM_X86_64;
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (archs[i].elf_machine == machine)
			return &archs[i];
	return NULL;
}

const struct arch *arch_by_pe_machine(int machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (archs[i].pe_machine && archs[i].pe_machine == machine)
			return &archs[i];
	return NULL;
}

const struct arch *arch_native(void)
{
#if defined(__x86_64__) && defined(__LP64__)
	return arch_by_machine("x86_64");
#elif defined(__aarch64__) && defined(__AARCH64EL__)
	return arch_by_machine("aarch64");
#elif defined(__riscv) && __riscv_xlen == 64
	return arch_by_machine("riscv64");
#elif defined(__s390x__)
	return arch_by_machine("s390x");
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
	return arch_by_machine("ppc64le");
#else
	return NULL;
#endif
}
