// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of architectures. What the kernel calls its consoles is said by its drivers,
 * named below; what QEMU can do was tried with its version 7.2.
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
		.qemu = "qemu-system-x86_64",
		.qemu_package = "qemu-system-x86",
		/* with the interrupt links of QEMU's default, pc, a driver needs 120 ms
		 * for each PCI device: the kernel evaluates them in ACPI's byte code */
		.tcg_machine = "q35",
		/* the host's programs may be built for more than QEMU's default CPU has
		 */
		.tcg_cpu = "max",
		/* on a busy host the timer is sometimes too late for the kernel's test of
		 * it, which panics then: arch/x86/kernel/apic/io_apic.c */
		.tcg_params = "no_timer_check",
		/* drivers/tty/serial/8250/8250_core.c */
		.console = "ttyS0",
		.channel = "ttyS1",
		/* what QEMU tells SeaBIOS: src/fw/paravirt.c there, etc/sercon-port */
		.silent_machine = "graphics=on",
		.virtio_bus = "pci",
		/* it has to lie in the memory that q35 has below 4 GiB, with some tables:
		 * QEMU's hw/i386/x86.c and pc_q35.c */
		.initrd_max = (2ULL << 30) - (1 << 20),
		.tree_images = { "arch/x86/boot/bzImage" },
		.kvm_needs_cpu_flag = true,
		.elf_data = ELFDATA2LSB,
		.elf_machine = EM_X86_64,
		.pe_machine = PE_MACHINE_AMD64,
	},
	{
		.name = "arm64",
		.machine = "aarch64",
		.qemu = "qemu-system-aarch64",
		.qemu_package = "qemu-system-arm",
		.qemu_machine = "virt,gic-version=max",
		.tcg_cpu = "max",
		/* drivers/tty/serial/amba-pl011.c */
		.console = "ttyAMA0",
		.virtio_bus = "pci",
		.tree_images = { "arch/arm64/boot/Image", "arch/arm64/boot/Image.gz",
				 "arch/arm64/boot/vmlinuz.efi" },
		.elf_data = ELFDATA2LSB,
		.elf_machine = EM_AARCH64,
		.pe_machine = PE_MACHINE_ARM64,
	},
	{
		.name = "riscv",
		.machine = "riscv64",
		.qemu = "qemu-system-riscv64",
		.qemu_package = "qemu-system-misc",
		/* QEMU's default, spike, has no PCI */
		.qemu_machine = "virt",
		/* QEMU before 8.2 has no "max" for it */
		.tcg_cpu = NULL,
		/* drivers/tty/serial/8250/8250_core.c: the machine has an NS16550A */
		.console = "ttyS0",
		.virtio_bus = "pci",
		.tree_images = { "arch/riscv/boot/Image", "arch/riscv/boot/Image.gz",
				 "arch/riscv/boot/vmlinuz.efi" },
		.elf_data = ELFDATA2LSB,
		.ends_silently = true,
		.elf_machine = EM_RISCV,
		.pe_machine = PE_MACHINE_RISCV64,
	},
	{
		.name = "s390",
		.machine = "s390x",
		.qemu = "qemu-system-s390x",
		.qemu_package = "qemu-system-misc",
		.tcg_cpu = "max",
		/* drivers/s390/char/sclp_vt220.c: QEMU's first serial line is a VT220 */
		.console = "ttysclp0",
		/* PCI devices are there too, but a kernel without CONFIG_PCI is usual */
		.virtio_bus = "ccw",
		.virtfs_device = "virtio-9p-ccw",
		.tree_images = { "arch/s390/boot/bzImage" },
		.elf_data = ELFDATA2MSB,
		.elf_machine = EM_S390,
	},
	{
		.name = "powerpc",
		.machine = "ppc64le",
		.qemu = "qemu-system-ppc64",
		.qemu_package = "qemu-system-ppc",
		.qemu_machine = "pseries",
		/* the machine's default mitigations, which emulation warns that it lacks
		 */
		.tcg_machine = "pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,"
			       "cap-ccf-assist=off",
		/* drivers/tty/hvc/hvc_vio.c */
		.console = "hvc0",
		/* SLOF hides the cursor and sets colours */
		.firmware_draws = true,
		.virtio_bus = "pci",
		.tree_images = { "vmlinux" },
		.elf_data = ELFDATA2LSB,
		.elf_machine = EM_PPC64,
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
