// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU's argument vector. */
#include "vm/qemu-sandbox.h"
#include "vm/qemu.h"
#include "lib/wire.h"

#define MIB (1ULL << 20)
/* What the kernel and the first processes want beside the image. */
#define KERNEL_RESERVE (192 * MIB)

uint64_t qemu_memory_for(uint64_t memory, uint64_t image_size,
			 const struct image_space *space, unsigned int page_size)
{
	uint64_t pages = page_size == 65536   ? space->bytes_64k
			 : page_size == 16384 ? space->bytes_16k
					      : space->bytes_4k;
	uint64_t inodes = space->names * page_size;
	/*
	 * Once as the archive. The rest is the kernel's to count when it makes the tmpfs,
	 * whose files may fill half of it, and which has an inode for each two pages:
	 * shmem_default_max_blocks() and -inodes() in mm/shmem.c.
	 */
	uint64_t need =
		image_size + 2 * (pages > inodes ? pages : inodes) + KERNEL_RESERVE;

	/* the kernel's descriptions of pages; with KASAN they have an eighth of all */
	need += need / 7;

	if (need < memory)
		need = memory;
	return (need + MIB - 1) / MIB * MIB;
}

void qemu_kernel_params(const struct vm_spec *spec, struct strbuf *line)
{
	strbuf_addf(line, "rdinit=/rdinit console=%s rapido.vm_num=%u",
		    spec->arch->console, spec->slot);
	/* "rapido" in hexadecimal, then the number: stable, and different for each VM */
	strbuf_addf(line, " systemd.machine_id=72617069646f%020x", spec->slot);
	if (spec->rows && spec->cols)
		strbuf_addf(line, " rapido.stty=%u,%u", spec->rows, spec->cols);
	if (spec->hostname)
		strbuf_addf(line, " rapido.hostname=%s", spec->hostname);
	if (spec->nr_nics)
		strbuf_adds(line, " net.ifnames=0");
	for (size_t i = 0; i < spec->nr_nics; i++)
		strbuf_addf(line, " rapido.mac.%s=%s", spec->nics[i].device,
			    spec->nics[i].mac);
	if (spec->term)
		strbuf_addf(line, " TERM=%s", spec->term);
	if (spec->unattended)
		strbuf_adds(line, " rapido.unattended=1 panic=-1");
	/* time stamps are what the kernel's lines on the console are known by, see klog.h
	 */
	if (spec->run)
		strbuf_adds(line, " rapido.run=1 printk.time=1");
	/* where /rdinit cannot be run the kernel tries others, up to /bin/sh, which would
	   wait for a user; with one of this name it panics instead */
	if (spec->run)
		strbuf_adds(line, " init=/rdinit");
	if (spec->merge)
		strbuf_adds(line, " rapido.merge=1");
	if (spec->stay)
		strbuf_adds(line, " rapido.stay=1");
	if (spec->serial_fd >= 0)
		strbuf_addf(line, " rapido.channel=%s", spec->arch->channel);
	if (spec->accel == ACCEL_TCG && spec->arch->tcg_params)
		strbuf_addf(line, " %s", spec->arch->tcg_params);
	if (spec->append)
		strbuf_addf(line, " %s", spec->append);
	if (spec->kernel_params)
		strbuf_addf(line, " %s", spec->kernel_params);
}

/* QEMU's option syntax has commas doubled inside a value. Heap. */
static char *escape_commas(const char *value)
{
	struct strbuf out = STRBUF_INIT;

	for (; *value; value++) {
		strbuf_addch(&out, *value);
		if (*value == ',')
			strbuf_addch(&out, ',');
	}
	return strbuf_detach(&out);
}

static void add_accel(const struct vm_spec *spec, struct strvec *argv)
{
	bool kvm = spec->accel == ACCEL_KVM;
	const char *machine = !kvm && spec->arch->tcg_machine ? spec->arch->tcg_machine
							      : spec->arch->qemu_machine;
	const char *cpu = kvm ? "host" : spec->arch->tcg_cpu;

	if (machine)
		strvec_pushl(argv, "-machine", machine, NULL);
	strvec_pushl(argv, "-accel", kvm ? "kvm" : "tcg", NULL);
	if (cpu)
		strvec_pushl(argv, "-cpu", cpu, NULL);
}

/* -virtfs is short for the two options, with a PCI device. */
static void add_share(const struct vm_spec *spec, struct strvec *argv)
{
	static const char how[] = "security_model=mapped-xattr,multidevs=remap,id=host0";
	_cleanup_free_ char *path = NULL;

	if (!spec->share)
		return;
	path = escape_commas(spec->share);
	if (!spec->arch->virtfs_device) {
		strvec_push(argv, "-virtfs");
		strvec_pushf(argv, "local,path=%s,mount_tag=host0,%s", path, how);
		return;
	}
	strvec_push(argv, "-fsdev");
	strvec_pushf(argv, "local,path=%s,%s", path, how);
	strvec_push(argv, "-device");
	strvec_pushf(argv, "%s,fsdev=host0,mount_tag=host0", spec->arch->virtfs_device);
}

static void add_disks(const struct vm_spec *spec, struct strvec *argv)
{
	for (size_t i = 0; i < spec->nr_disks; i++) {
		_cleanup_free_ char *file = escape_commas(spec->disk_files[i]);

		strvec_push(argv, "-drive");
		strvec_pushf(
			argv,
			"if=none,id=disk%zu,format=raw,cache=unsafe,discard=unmap,file=%s",
			i, file);
		strvec_push(argv, "-device");
		strvec_pushf(argv, "virtio-blk-%s,drive=disk%zu,serial=%s",
			     spec->arch->virtio_bus, i, spec->disks[i].name);
	}
}

static void add_nics(const struct vm_spec *spec, struct strvec *argv)
{
	/* a ROM to boot from takes the firmware's time */
	const char *rom = streq(spec->arch->virtio_bus, "pci") ? ",romfile=" : "";

	if (!spec->nr_nics)
		strvec_pushl(argv, "-net", "none", NULL);
	for (size_t i = 0; i < spec->nr_nics; i++) {
		strvec_push(argv, "-netdev");
		strvec_pushf(argv, "%s,id=net%zu", spec->nics[i].backend, i);
		strvec_push(argv, "-device");
		strvec_pushf(argv, "virtio-net-%s,netdev=net%zu,mac=%s%s",
			     spec->arch->virtio_bus, i, spec->nics[i].mac, rom);
	}
}

/* Each socket is a character device of QEMU's. */
static void add_socket(struct strvec *argv, const char *id, int fd)
{
	strvec_push(argv, "-chardev");
	strvec_pushf(argv, "socket,id=%s,fd=%d", id, fd);
}

/* The console and the ways between the guest's agent and us. */
static void add_ports(const struct vm_spec *spec, struct strvec *argv)
{
	if (spec->console_fd >= 0) {
		strvec_push(argv, "-chardev");
		strvec_pushf(argv, "file,id=rapido-console,path=/proc/self/fd/%d",
			     spec->console_fd);
		strvec_pushl(argv, "-display", "none", "-serial",
			     "chardev:rapido-console", NULL);
	} else if (spec->first_serial) {
		strvec_pushl(argv, "-serial", spec->first_serial, NULL);
	}
	if (spec->serial_fd >= 0) {
		add_socket(argv, "rapido-channel", spec->serial_fd);
		strvec_pushl(argv, "-serial", "chardev:rapido-channel", NULL);
	}
	if (spec->port_fd >= 0) {
		add_socket(argv, "rapido-port", spec->port_fd);
		strvec_push(argv, "-device");
		strvec_pushf(argv, "virtio-serial-%s", spec->arch->virtio_bus);
		strvec_pushl(argv, "-device",
			     "virtserialport,chardev=rapido-port,name=" WIRE_PORT, NULL);
	}
}

/*
 * They have the last word. -nographic says "graphics=off", of which the firmware alone
 * takes notice: what comes after it may say so again.
 */
static void add_extra_args(const struct vm_spec *spec, struct strvec *argv)
{
	for (size_t i = 0; spec->extra_args && i < spec->extra_args->nr; i++) {
		const char *arg = spec->extra_args->v[i];

		strvec_push(argv, arg);
		if (spec->arch->silent_machine &&
		    (streq(arg, "-nographic") || streq(arg, "--nographic")))
			strvec_pushl(argv, "-machine", spec->arch->silent_machine, NULL);
	}
}

void qemu_argv(const struct vm_spec *spec, struct strvec *argv)
{
	_cleanup_(strbuf_release) struct strbuf params = STRBUF_INIT;

	strvec_push(argv, spec->qemu ? spec->qemu : spec->arch->qemu);
	add_accel(spec, argv);
	strvec_pushf(argv, "-smp");
	strvec_pushf(argv, "cpus=%u", spec->cpus);
	strvec_push(argv, "-m");
	strvec_pushf(argv, "%lluM", (unsigned long long)(spec->memory / MIB));
	strvec_pushl(argv, "-no-user-config", "-vga", "none", NULL);
	if (spec->sandbox)
		strvec_pushl(argv, "-sandbox", QEMU_SANDBOX, NULL);
	strvec_pushl(argv, "-kernel", spec->kernel, "-initrd", spec->initrd, NULL);
	qemu_kernel_params(spec, &params);
	strvec_pushl(argv, "-append", params.buf, NULL);
	add_nics(spec, argv);
	add_share(spec, argv);
	add_disks(spec, argv);
	if (spec->unattended)
		strvec_push(argv, "-no-reboot");
	if (spec->monitor_fd >= 0) {
		add_socket(argv, "rapido-monitor", spec->monitor_fd);
		strvec_pushl(argv, "-mon", "chardev=rapido-monitor,mode=control", NULL);
	}
	add_ports(spec, argv);
	add_extra_args(spec, argv);
}

bool qemu_has_default_console(const struct strvec *extra_args)
{
	static const char *const others[] = {
		"-serial", "-monitor", "-mon", "-qmp", "-qmp-pretty", "-nodefaults",
	};
	bool nographic = false;

	for (size_t i = 0; i < extra_args->nr; i++) {
		const char *arg = extra_args->v[i];

		if (starts_with(arg, "--"))
			arg++;
		nographic |= streq(arg, "-nographic");
		if (starts_with(arg, "isa-serial"))
			return false;
		for (size_t k = 0; k < ARRAY_SIZE(others); k++)
			if (streq(arg, others[k]))
				return false;
	}
	return nographic;
}

bool qemu_firmware_draws(const struct arch *arch, const struct strvec *extra_args)
{
	static const char *const words[] = { "-bios", "-pflash", "-L" };

	for (size_t i = 0; i < extra_args->nr; i++) {
		const char *arg = extra_args->v[i];

		/* -drive if=pflash,...; -machine pflash0=...,firmware=...,graphics=off */
		if (strstr(arg, "pflash") || strstr(arg, "firmware=") ||
		    strstr(arg, "graphics=off"))
			return true;
		if (starts_with(arg, "--"))
			arg++;
		for (size_t k = 0; k < ARRAY_SIZE(words); k++)
			if (streq(arg, words[k]))
				return true;
	}
	return arch->firmware_draws;
}
