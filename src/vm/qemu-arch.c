// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of QEMU's architectures. What they can do was tried with QEMU 7.2. */
#include "lib/str.h"
#include "qemu-arch.h"

static const struct qemu_arch archs[] = {
	{
		.name = "x86",
		.program = "qemu-system-x86_64",
		.package = "qemu-system-x86",
		/* in QEMU's default, pc, each PCI device costs a driver 120 ms, because
		 * the kernel evaluates interrupt links in ACPI's byte code */
		.tcg_machine = "q35",
		/* the host's programs may require more than QEMU's default CPU has */
		.tcg_cpu = "max",
		/* on a busy host the timer is sometimes late when the kernel tests it,
		 * and then the kernel panics: arch/x86/kernel/apic/io_apic.c */
		.tcg_params = "no_timer_check",
		/* QEMU passes it to SeaBIOS: etc/sercon-port in its src/fw/paravirt.c */
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
		/* it has PCI, too, but kernels without CONFIG_PCI are usual */
		.virtio_bus = "ccw",
		.virtfs_device = "virtio-9p-ccw",
	},
	{
		.name = "powerpc",
		.program = "qemu-system-ppc64",
		.package = "qemu-system-ppc",
		.machine = "pseries",
		/* without the default mitigations, about which emulation warns */
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
	return NULL;
}
