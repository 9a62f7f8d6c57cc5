// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of architectures, as QEMU has them: what it can do was tried with 7.2. */
#include "lib/str.h"
#include "qemu-arch.h"

static const struct qemu_arch archs[] = {
	{
		.name = "x86",
		.program = "qemu-system-x86_64",
		.package = "qemu-system-x86",
		/* with the interrupt links of QEMU's default, pc, a driver needs 120 ms
		 * for each PCI device: the kernel evaluates them in ACPI's byte code */
		.tcg_machine = "q35",
		/* the host's programs may be built for more than QEMU's default CPU has
		 */
		.tcg_cpu = "max",
		/* on a busy host the timer is sometimes too late for the kernel's test of
		 * it, which panics then: arch/x86/kernel/apic/io_apic.c */
		.tcg_params = "no_timer_check",
		/* what QEMU tells SeaBIOS: src/fw/paravirt.c there, etc/sercon-port */
		.silent_machine = "graphics=on",
		.virtio_bus = "pci",
		.kvm_needs_cpu_flag = true,
	},
	{
		.name = "arm64",
		.program = "qemu-system-aarch64",
		.package = "qemu-system-arm",
		.machine = "virt,gic-version=max",
		.tcg_cpu = "max",
		.virtio_bus = "pci",
	},
	{
		.name = "riscv",
		.program = "qemu-system-riscv64",
		.package = "qemu-system-misc",
		/* QEMU's default, spike, has no PCI */
		.machine = "virt",
		/* QEMU before 8.2 has no "max" for it */
		.tcg_cpu = NULL,
		.virtio_bus = "pci",
		.ends_silently = true,
	},
	{
		.name = "s390",
		.program = "qemu-system-s390x",
		.package = "qemu-system-misc",
		.tcg_cpu = "max",
		/* PCI devices are there too, but a kernel without CONFIG_PCI is usual */
		.virtio_bus = "ccw",
		.virtfs_device = "virtio-9p-ccw",
	},
	{
		.name = "powerpc",
		.program = "qemu-system-ppc64",
		.package = "qemu-system-ppc",
		.machine = "pseries",
		/* the machine's default mitigations, which emulation warns that it lacks
		 */
		.tcg_machine = "pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,"
			       "cap-ccf-assist=off",
		/* SLOF hides the cursor and sets colours */
		.firmware_draws = true,
		.virtio_bus = "pci",
	},
};

const struct qemu_arch *qemu_arch_of(const struct arch *arch)
{
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (streq(archs[i].name, arch->name))
			return &archs[i];
	/* a new architecture was forgotten here, which the unit test finds */
	abort();
}
