// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU's argument vector. */
#include "lib/wire.h"
#include "qemu-sandbox.h"
#include "qemu.h"

#define MIB (1ULL << 20)
/* The descriptor that a dry run, which opens none, shows for the first card. */
#define DRY_RUN_FD 3

/* Double the commas, as QEMU's option syntax requires inside a value. Heap. */
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

static void add_accel(const struct qemu *qemu, struct strvec *argv)
{
	bool kvm = qemu->accel == ACCEL_KVM;
	const char *machine = !kvm && qemu->arch->tcg_machine ? qemu->arch->tcg_machine
							      : qemu->arch->machine;
	const char *cpu = kvm ? "host" : qemu->arch->tcg_cpu;

	if (machine)
		strvec_pushl(argv, "-machine", machine, NULL);
	strvec_pushl(argv, "-accel", kvm ? "kvm" : "tcg", NULL);
	if (cpu)
		strvec_pushl(argv, "-cpu", cpu, NULL);
}

/* -virtfs is short for -fsdev and -device with a PCI device. */
static void add_share(const struct qemu *qemu, const char *share, struct strvec *argv)
{
	static const char how[] = "security_model=mapped-xattr,multidevs=remap,id=host0";
	_cleanup_free_ char *path = NULL;

	if (!share)
		return;
	path = escape_commas(share);
	if (!qemu->arch->virtfs_device) {
		strvec_push(argv, "-virtfs");
		strvec_pushf(argv, "local,path=%s,mount_tag=host0,%s", path, how);
		return;
	}
	strvec_push(argv, "-fsdev");
	strvec_pushf(argv, "local,path=%s,%s", path, how);
	strvec_push(argv, "-device");
	strvec_pushf(argv, "%s,fsdev=host0,mount_tag=host0", qemu->arch->virtfs_device);
}

static void add_virtiofs(const struct qemu *qemu, const struct vm_share *share,
			 struct strvec *argv)
{
	strvec_push(argv, "-chardev");
	if (share->fd >= 0)
		strvec_pushf(argv, "socket,id=%s,fd=%d", share->tag, share->fd);
	else
		strvec_pushf(argv, "socket,id=%s,path=%s.socket", share->tag, share->tag);
	strvec_push(argv, "-device");
	strvec_pushf(argv, "vhost-user-fs-%s,chardev=%s,tag=%s", qemu->arch->virtio_bus,
		     share->tag, share->tag);
}

/* What the guest makes are ordinary files of the user's. */
static void add_9p(const struct qemu *qemu, const struct vm_share *share,
		   struct strvec *argv)
{
	_cleanup_free_ char *dir = escape_commas(share->dir);

	strvec_push(argv, "-fsdev");
	strvec_pushf(argv, "local,path=%s,security_model=none,multidevs=remap,id=%s%s",
		     dir, share->tag, share->writable ? "" : ",readonly=on");
	strvec_push(argv, "-device");
	strvec_pushf(argv, "virtio-9p-%s,fsdev=%s,mount_tag=%s", qemu->arch->virtio_bus,
		     share->tag, share->tag);
}

static bool has_virtiofs(const struct vm_spec *spec)
{
	return spec->nr_shares && streq(spec->shares[0].type, "virtiofs");
}

static void add_shares(const struct qemu *qemu, const struct vm_spec *spec,
		       struct strvec *argv)
{
	/* the server reads and writes the guest's memory */
	if (has_virtiofs(spec)) {
		strvec_push(argv, "-object");
		strvec_pushf(argv, "memory-backend-memfd,id=rapido-memory,size=%lluM",
			     (unsigned long long)(spec->memory / MIB));
		strvec_pushl(argv, "-machine", "memory-backend=rapido-memory", NULL);
	}
	for (size_t i = 0; i < spec->nr_shares; i++)
		if (has_virtiofs(spec))
			add_virtiofs(qemu, &spec->shares[i], argv);
		else
			add_9p(qemu, &spec->shares[i], argv);
}

static void add_disks(const struct qemu *qemu, const struct vm_spec *spec,
		      struct strvec *argv)
{
	for (size_t i = 0; i < spec->nr_disks; i++) {
		const struct vm_disk *disk = &spec->disks[i];
		_cleanup_free_ char *file = escape_commas(disk->file);

		strvec_push(argv, "-drive");
		strvec_pushf(argv,
			     "if=none,id=disk%zu,format=%s%s,discard=unmap%s%s,file=%s",
			     i, disk->qcow2 ? "qcow2" : "raw",
			     disk->keep ? "" : ",cache=unsafe",
			     disk->read_only ? ",readonly=on" : "",
			     disk->snapshot ? ",snapshot=on" : "", file);
		strvec_push(argv, "-device");
		strvec_pushf(argv, "virtio-blk-%s,drive=disk%zu,serial=%s",
			     qemu->arch->virtio_bus, i, disk->name);
	}
}

/* Add the -netdev of card @i. */
static void add_netdev(const struct vm_nic *nic, size_t i, struct strvec *argv)
{
	_cleanup_(strbuf_release) struct strbuf netdev = STRBUF_INIT;
	int fd = nic->fd >= 0 ? nic->fd : DRY_RUN_FD + (int)i;

	switch (nic->kind) {
	case NET_TAP:
		if (nic->fd >= 0)
			strbuf_addf(&netdev, "tap,fd=%d", nic->fd);
		else
			strbuf_addf(&netdev, "tap,ifname=%s,script=no,downscript=no",
				    nic->device);
		break;
	case NET_LAN:
		strbuf_addf(&netdev, "socket,fd=%d", fd);
		break;
	case NET_PASST:
		/* since QEMU 7.2 */
		strbuf_addf(&netdev, "stream,server=off,addr.type=fd,addr.str=%d", fd);
		break;
	case NET_USER:
	case NET_NONE:
		strbuf_adds(&netdev, "user");
		for (size_t k = 0; k < nic->nr_forwards; k++) {
			const struct forward *forward = &nic->forwards[k];

			strbuf_addf(&netdev, ",hostfwd=%s:%s:%u-:%u",
				    forward->udp ? "udp" : "tcp", forward->address,
				    forward->host_port, forward->guest_port);
		}
		break;
	}
	strvec_push(argv, "-netdev");
	strvec_pushf(argv, "%s,id=net%zu", netdev.buf, i);
}

static void add_nics(const struct qemu *qemu, const struct vm_spec *spec,
		     struct strvec *argv)
{
	const char *bus = qemu->arch->virtio_bus;
	/* a boot ROM would cost time in the firmware */
	const char *rom = streq(bus, "pci") ? ",romfile=" : "";

	if (!spec->nr_nics)
		strvec_pushl(argv, "-net", "none", NULL);
	for (size_t i = 0; i < spec->nr_nics; i++) {
		add_netdev(&spec->nics[i], i, argv);
		strvec_push(argv, "-device");
		strvec_pushf(argv, "virtio-net-%s,netdev=net%zu,mac=%s%s", bus, i,
			     spec->nics[i].mac, rom);
	}
}

/* Add a socket as a character device. */
static void add_socket(struct strvec *argv, const char *id, int fd)
{
	strvec_push(argv, "-chardev");
	strvec_pushf(argv, "socket,id=%s,fd=%d", id, fd);
}

/*
 * Add the console and the ways to the guest's agent. A user's console has the monitor as
 * well (Ctrl-a c), as with -nographic alone.
 */
static void add_ports(const struct qemu *qemu, const struct vm_spec *spec,
		      struct strvec *argv)
{
	if (spec->console >= 0) {
		strvec_push(argv, "-chardev");
		strvec_pushf(argv, "file,id=rapido-console,path=/proc/self/fd/%d",
			     spec->console);
		strvec_pushl(argv, "-display", "none", "-serial",
			     "chardev:rapido-console", NULL);
	} else if (spec->console == VM_FD_STDIO) {
		strvec_pushl(argv, "-serial", spec->unattended ? "stdio" : "mon:stdio",
			     NULL);
	}
	if (spec->channel >= 0) {
		add_socket(argv, "rapido-channel", spec->channel);
		strvec_pushl(argv, "-serial", "chardev:rapido-channel", NULL);
	}
	if (spec->port >= 0) {
		add_socket(argv, "rapido-port", spec->port);
		strvec_push(argv, "-device");
		strvec_pushf(argv, "virtio-serial-%s", qemu->arch->virtio_bus);
		strvec_pushl(argv, "-device",
			     "virtserialport,chardev=rapido-port,name=" WIRE_PORT, NULL);
	}
}

static void add_debugger(const struct vm_spec *spec, struct strvec *argv)
{
	if (spec->debugger >= 0) {
		strvec_push(argv, "-chardev");
		strvec_pushf(argv, "socket,id=rapido-debugger,fd=%d,server=on,wait=off",
			     spec->debugger);
		strvec_pushl(argv, "-gdb", "chardev:rapido-debugger", NULL);
	} else if (spec->debug) {
		/* a dry run has no socket: the port is localhost:1234 */
		strvec_push(argv, "-s");
	}
	if (spec->debug_wait)
		strvec_push(argv, "-S");
}

/*
 * The user's arguments come last and win. -nographic implies "graphics=off", which only
 * the firmware heeds: revoke it at once, so that the user may still say it later.
 */
static void add_extra_args(const struct qemu *qemu, struct strvec *argv)
{
	for (size_t i = 0; i < qemu->extra_args.nr; i++) {
		const char *arg = qemu->extra_args.v[i];

		strvec_push(argv, arg);
		if (qemu->arch->silent_machine &&
		    (streq(arg, "-nographic") || streq(arg, "--nographic")))
			strvec_pushl(argv, "-machine", qemu->arch->silent_machine, NULL);
	}
}

void qemu_argv(const struct qemu *qemu, const struct vm_spec *spec, struct strvec *argv)
{
	_cleanup_(strbuf_release) struct strbuf params = STRBUF_INIT;

	strvec_push(argv, qemu->program);
	add_accel(qemu, argv);
	strvec_pushf(argv, "-smp");
	strvec_pushf(argv, "cpus=%u", spec->cpus);
	strvec_push(argv, "-m");
	strvec_pushf(argv, "%lluM", (unsigned long long)(spec->memory / MIB));
	strvec_pushl(argv, "-no-user-config", "-vga", "none", NULL);
	if (qemu->sandbox)
		strvec_pushl(argv, "-sandbox", QEMU_SANDBOX, NULL);
	strvec_pushl(argv, "-kernel", spec->kernel, "-initrd", spec->initrd, NULL);
	spec_kernel_params(spec, &params);
	strvec_pushl(argv, "-append", params.buf, NULL);
	add_nics(qemu, spec, argv);
	add_share(qemu, spec->share, argv);
	add_shares(qemu, spec, argv);
	add_disks(qemu, spec, argv);
	if (spec->unattended)
		strvec_push(argv, "-no-reboot");
	/* its memory is still there then; the monitor ends it */
	if (spec->vmcore >= 0)
		strvec_push(argv, "-no-shutdown");
	if (spec->monitor >= 0) {
		add_socket(argv, "rapido-monitor", spec->monitor);
		strvec_pushl(argv, "-mon", "chardev=rapido-monitor,mode=control", NULL);
	}
	add_ports(qemu, spec, argv);
	add_debugger(spec, argv);
	add_extra_args(qemu, argv);
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

bool qemu_firmware_draws(const struct qemu_arch *arch, const struct strvec *extra_args)
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
