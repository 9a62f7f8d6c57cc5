// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU's argument vector and the kernel command line, to the letter; memory; KVM or not.
 */
#include <linux/kvm.h>
#include <sys/syscall.h>

#include "fixture.h"
#include "vm/qemu.h"

#define MIB (1ULL << 20)

/* What the fixture's KVM answers to KVM_GET_API_VERSION; 0: it is no KVM. */
static int kvm_version;

int ioctl(int fd, unsigned long request, ...);

/* Takes the place of the library's: a file can be /dev/kvm then. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	void *arg;

	if (request == KVM_GET_API_VERSION && kvm_version)
		return kvm_version;
	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	return (int)syscall(SYS_ioctl, fd, request, arg);
}

static struct vm_spec basic(const char *machine)
{
	return (struct vm_spec){
		.arch = arch_by_machine(machine),
		.accel = ACCEL_TCG,
		.slot = 1,
		.cpus = 2,
		.memory = 512 * MIB,
		.kernel = "/boot/vmlinuz",
		.initrd = "/s/myinitrd",
		.monitor_fd = -1,
		.console_fd = -1,
		.serial_fd = -1,
		.port_fd = -1,
	};
}

#define PARAMS_1                                        \
	"rdinit=/rdinit console=ttyS0 rapido.vm_num=1 " \
	"systemd.machine_id=72617069646f00000000000000000001"

static void assert_params(const struct vm_spec *spec, const char *expected)
{
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT;

	qemu_kernel_params(spec, &line);
	assert_string_equal(line.buf, expected);
}

DEFINE_TEST(kernel_params__minimum__as_compat_lists_it)
{
	struct vm_spec spec = basic("x86_64");

	assert_params(&spec, PARAMS_1 " no_timer_check");
	spec.accel = ACCEL_KVM;
	assert_params(&spec, PARAMS_1);
}

DEFINE_TEST(kernel_params__other_architectures__their_consoles)
{
	static const char *const consoles[][2] = {
		{ "aarch64", " console=ttyAMA0 " },
		{ "riscv64", " console=ttyS0 " },
		{ "s390x", " console=ttysclp0 " },
		{ "ppc64le", " console=hvc0 " },
	};

	for (size_t i = 0; i < ARRAY_SIZE(consoles); i++) {
		_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT;
		struct vm_spec spec = basic(consoles[i][0]);

		qemu_kernel_params(&spec, &line);
		assert_contains(line.buf, consoles[i][1]);
	}
}

DEFINE_TEST(kernel_params__highest_slot__32_digits_of_machine_id)
{
	struct vm_spec spec = basic("x86_64");
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT;
	const char *id;

	spec.slot = 999;
	qemu_kernel_params(&spec, &line);
	assert_contains(line.buf, " rapido.vm_num=999 ");
	id = strstr(line.buf, "systemd.machine_id=");
	assert_non_null(id);
	id += strlen("systemd.machine_id=");
	assert_int_equal(strspn(id, "0123456789abcdef"), 32);
	assert_int_equal(id[32], ' ');
}

DEFINE_TEST(kernel_params__all__in_compats_order)
{
	struct vm_spec spec = basic("x86_64");

	spec.rows = 24;
	spec.cols = 80;
	spec.hostname = "node.example.org";
	spec.term = "xterm";
	spec.append = "slub_debug quiet";
	spec.kernel_params = "debug loglevel=7";
	assert_params(&spec, PARAMS_1
		      " rapido.stty=24,80 rapido.hostname=node.example.org TERM=xterm "
		      "no_timer_check slub_debug quiet debug loglevel=7");
}

DEFINE_TEST(kernel_params__size_half_known__no_stty)
{
	struct vm_spec spec = basic("x86_64");

	spec.rows = 24;
	assert_params(&spec, PARAMS_1 " no_timer_check");
}

DEFINE_TEST(kernel_params__unattended__ends_at_a_panic)
{
	struct vm_spec spec = basic("x86_64");

	spec.unattended = true;
	spec.kernel_params = "panic=5";
	/* the user's own come last and win */
	assert_params(&spec,
		      PARAMS_1 " rapido.unattended=1 panic=-1 no_timer_check panic=5");
}

DEFINE_TEST(kernel_params__run__agent_is_told)
{
	struct vm_spec spec = basic("x86_64");

	spec.unattended = true;
	spec.run = true;
	assert_params(&spec, PARAMS_1 " rapido.unattended=1 panic=-1 rapido.run=1 "
				      "printk.time=1 init=/rdinit no_timer_check");
	spec.stay = true;
	assert_params(&spec, PARAMS_1 " rapido.unattended=1 panic=-1 rapido.run=1 "
				      "printk.time=1 init=/rdinit rapido.stay=1 "
				      "no_timer_check");
	spec.stay = false;
	spec.merge = true;
	spec.serial_fd = 5;
	spec.port_fd = 6;
	spec.kernel_params = "printk.time=0";
	/* the user's own come last and win */
	assert_params(&spec, PARAMS_1
		      " rapido.unattended=1 panic=-1 rapido.run=1 printk.time=1 "
		      "init=/rdinit rapido.merge=1 rapido.channel=ttyS1 no_timer_check "
		      "printk.time=0");
}

/* In an interactive boot too, for `rapido stop`. */
DEFINE_TEST(kernel_params__serial_channel_no_run__channel_only)
{
	struct vm_spec spec = basic("x86_64");

	spec.serial_fd = 5;
	assert_params(&spec, PARAMS_1 " rapido.channel=ttyS1 no_timer_check");
}

DEFINE_TEST(qemu_argv__emulation__golden)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	struct vm_spec spec = basic("x86_64");

	qemu_argv(&spec, &argv);
	assert_strvec(&argv, "qemu-system-x86_64", "-machine", "q35", "-accel", "tcg",
		      "-cpu", "max", "-smp", "cpus=2", "-m", "512M", "-no-user-config",
		      "-vga", "none", "-kernel", "/boot/vmlinuz", "-initrd",
		      "/s/myinitrd", "-append", PARAMS_1 " no_timer_check", "-net",
		      "none");
	assert_null(argv.v[argv.nr]);
}

DEFINE_TEST(qemu_argv__kvm_on_arm64__golden)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	struct vm_spec spec = basic("aarch64");

	spec.accel = ACCEL_KVM;
	spec.slot = 16;
	spec.cpus = 8;
	spec.memory = 2048 * MIB;
	qemu_argv(&spec, &argv);
	assert_strvec(&argv, "qemu-system-aarch64", "-machine", "virt,gic-version=max",
		      "-accel", "kvm", "-cpu", "host", "-smp", "cpus=8", "-m", "2048M",
		      "-no-user-config", "-vga", "none", "-kernel", "/boot/vmlinuz",
		      "-initrd", "/s/myinitrd", "-append",
		      "rdinit=/rdinit console=ttyAMA0 rapido.vm_num=16 "
		      "systemd.machine_id=72617069646f00000000000000000010",
		      "-net", "none");
}

#define PARAMS_OF(console)                                    \
	"rdinit=/rdinit console=" console " rapido.vm_num=1 " \
	"systemd.machine_id=72617069646f00000000000000000001"
#define SHARE_OF(path) \
	"local,path=" path ",security_model=mapped-xattr,multidevs=remap,id=host0"
#define DRIVE_0 "if=none,id=disk0,format=raw,cache=unsafe,discard=unmap,file=/tmp/disk"

DEFINE_TEST(qemu_argv__sandbox__as_an_option_of_its_own)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	struct vm_spec spec = basic("x86_64");
	size_t at = 0;

	qemu_argv(&spec, &argv);
	assert_false(strvec_has(&argv, "-sandbox"));
	strvec_release(&argv);
	spec.sandbox = true;
	qemu_argv(&spec, &argv);
	while (at < argv.nr && !streq(argv.v[at], "-sandbox"))
		at++;
	assert_true(at + 1 < argv.nr);
	assert_contains(argv.v[at + 1], "on,");
	assert_contains(argv.v[at + 1], ",spawn=deny");
	assert_contains(argv.v[at + 1], ",elevateprivileges=deny");
}

/* With the default QEMU_EXTRA_ARGS, a disk and a share: the argv of @machine. */
static void make_equipped(const char *machine, enum accel accel, struct strvec *argv)
{
	_cleanup_(strvec_release) struct strvec extra = STRVEC_INIT;
	static char name[] = "scratch";
	const struct image_disk disk = { name, 1 << 30 };
	const char *const file = "/tmp/disk";
	struct vm_spec spec = basic(machine);

	strvec_pushl(&extra, "-nographic", "-device", "virtio-rng-pci", NULL);
	spec.accel = accel;
	spec.share = "/share";
	spec.disks = &disk;
	spec.nr_disks = 1;
	spec.disk_files = &file;
	spec.extra_args = &extra;
	qemu_argv(&spec, argv);
}

DEFINE_TEST(qemu_argv__x86__golden)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;

	make_equipped("x86_64", ACCEL_KVM, &argv);
	assert_strvec(&argv, "qemu-system-x86_64", "-accel", "kvm", "-cpu", "host",
		      "-smp", "cpus=2", "-m", "512M", "-no-user-config", "-vga", "none",
		      "-kernel", "/boot/vmlinuz", "-initrd", "/s/myinitrd", "-append",
		      PARAMS_OF("ttyS0"), "-net", "none", "-virtfs",
		      "local,path=/share,mount_tag=host0,security_model=mapped-xattr,"
		      "multidevs=remap,id=host0",
		      "-drive", DRIVE_0, "-device",
		      "virtio-blk-pci,drive=disk0,serial=scratch", "-nographic",
		      "-machine", "graphics=on", "-device", "virtio-rng-pci");
}

DEFINE_TEST(qemu_argv__firmware__silent_unless_the_user_decides)
{
	static const struct {
		const char *extra[4];
		bool silenced;
	} cases[] = {
		{ { "-nographic" }, true },
		{ { "--nographic", "-m", "1G" }, true },
		{ { "-display", "none" }, false },
		{ { "-nographic", "-machine", "graphics=off" }, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT,
							extra = STRVEC_INIT;
		struct vm_spec spec = basic("x86_64");
		const char *last;

		for (size_t k = 0; cases[i].extra[k]; k++)
			strvec_push(&extra, cases[i].extra[k]);
		spec.extra_args = &extra;
		qemu_argv(&spec, &argv);
		last = NULL;
		for (size_t k = 0; k < argv.nr; k++)
			if (starts_with(argv.v[k], "graphics="))
				last = argv.v[k];
		assert_int_equal(last && streq(last, "graphics=on"), cases[i].silenced);
	}
}

DEFINE_TEST(firmware_draws__what_is_not_kept_silent__yes)
{
	static const struct {
		const char *machine, *extra;
		bool draws;
	} cases[] = {
		{ "x86_64", "-nographic -device virtio-rng-pci", false },
		{ "x86_64", "-nographic -machine graphics=off", true },
		{ "x86_64", "-nographic -bios OVMF.fd", true },
		{ "x86_64", "-drive if=pflash,format=raw,file=OVMF.fd", true },
		{ "aarch64", "-nographic", false },
		{ "aarch64", "-nographic --bios AAVMF.fd", true },
		{ "ppc64le", "-nographic", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(strvec_release) struct strvec extra = STRVEC_INIT;

		strvec_split(&extra, cases[i].extra, " ");
		assert_int_equal(
			qemu_firmware_draws(arch_by_machine(cases[i].machine), &extra),
			cases[i].draws);
	}
}

DEFINE_TEST(qemu_argv__arm64__golden)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;

	make_equipped("aarch64", ACCEL_TCG, &argv);
	assert_strvec(
		&argv, "qemu-system-aarch64", "-machine", "virt,gic-version=max",
		"-accel", "tcg", "-cpu", "max", "-smp", "cpus=2", "-m", "512M",
		"-no-user-config", "-vga", "none", "-kernel", "/boot/vmlinuz", "-initrd",
		"/s/myinitrd", "-append", PARAMS_OF("ttyAMA0"), "-net", "none", "-virtfs",
		"local,path=/share,mount_tag=host0,security_model=mapped-xattr,"
		"multidevs=remap,id=host0",
		"-drive", DRIVE_0, "-device", "virtio-blk-pci,drive=disk0,serial=scratch",
		"-nographic", "-device", "virtio-rng-pci");
}

DEFINE_TEST(qemu_argv__riscv__golden)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;

	make_equipped("riscv64", ACCEL_TCG, &argv);
	assert_strvec(&argv, "qemu-system-riscv64", "-machine", "virt", "-accel", "tcg",
		      "-smp", "cpus=2", "-m", "512M", "-no-user-config", "-vga", "none",
		      "-kernel", "/boot/vmlinuz", "-initrd", "/s/myinitrd", "-append",
		      PARAMS_OF("ttyS0"), "-net", "none", "-virtfs",
		      "local,path=/share,mount_tag=host0,security_model=mapped-xattr,"
		      "multidevs=remap,id=host0",
		      "-drive", DRIVE_0, "-device",
		      "virtio-blk-pci,drive=disk0,serial=scratch", "-nographic",
		      "-device", "virtio-rng-pci");
}

DEFINE_TEST(qemu_argv__kvm_on_riscv__golden)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;

	make_equipped("riscv64", ACCEL_KVM, &argv);
	assert_strvec(
		&argv, "qemu-system-riscv64", "-machine", "virt", "-accel", "kvm", "-cpu",
		"host", "-smp", "cpus=2", "-m", "512M", "-no-user-config", "-vga", "none",
		"-kernel", "/boot/vmlinuz", "-initrd", "/s/myinitrd", "-append",
		PARAMS_OF("ttyS0"), "-net", "none", "-virtfs",
		"local,path=/share,mount_tag=host0,security_model=mapped-xattr,"
		"multidevs=remap,id=host0",
		"-drive", DRIVE_0, "-device", "virtio-blk-pci,drive=disk0,serial=scratch",
		"-nographic", "-device", "virtio-rng-pci");
}

DEFINE_TEST(qemu_argv__s390__golden)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;

	make_equipped("s390x", ACCEL_TCG, &argv);
	assert_strvec(&argv, "qemu-system-s390x", "-accel", "tcg", "-cpu", "max", "-smp",
		      "cpus=2", "-m", "512M", "-no-user-config", "-vga", "none",
		      "-kernel", "/boot/vmlinuz", "-initrd", "/s/myinitrd", "-append",
		      PARAMS_OF("ttysclp0"), "-net", "none", "-fsdev", SHARE_OF("/share"),
		      "-device", "virtio-9p-ccw,fsdev=host0,mount_tag=host0", "-drive",
		      DRIVE_0, "-device", "virtio-blk-ccw,drive=disk0,serial=scratch",
		      "-nographic", "-device", "virtio-rng-pci");
}

DEFINE_TEST(qemu_argv__kvm_on_s390__golden)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;

	make_equipped("s390x", ACCEL_KVM, &argv);
	assert_strvec(&argv, "qemu-system-s390x", "-accel", "kvm", "-cpu", "host", "-smp",
		      "cpus=2", "-m", "512M", "-no-user-config", "-vga", "none",
		      "-kernel", "/boot/vmlinuz", "-initrd", "/s/myinitrd", "-append",
		      PARAMS_OF("ttysclp0"), "-net", "none", "-fsdev", SHARE_OF("/share"),
		      "-device", "virtio-9p-ccw,fsdev=host0,mount_tag=host0", "-drive",
		      DRIVE_0, "-device", "virtio-blk-ccw,drive=disk0,serial=scratch",
		      "-nographic", "-device", "virtio-rng-pci");
}

DEFINE_TEST(qemu_argv__powerpc__golden)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;

	make_equipped("ppc64le", ACCEL_TCG, &argv);
	assert_strvec(
		&argv, "qemu-system-ppc64", "-machine",
		"pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off",
		"-accel", "tcg", "-smp", "cpus=2", "-m", "512M", "-no-user-config",
		"-vga", "none", "-kernel", "/boot/vmlinuz", "-initrd", "/s/myinitrd",
		"-append", PARAMS_OF("hvc0"), "-net", "none", "-virtfs",
		"local,path=/share,mount_tag=host0,security_model=mapped-xattr,"
		"multidevs=remap,id=host0",
		"-drive", DRIVE_0, "-device", "virtio-blk-pci,drive=disk0,serial=scratch",
		"-nographic", "-device", "virtio-rng-pci");
}

DEFINE_TEST(qemu_argv__kvm_on_powerpc__golden)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;

	make_equipped("ppc64le", ACCEL_KVM, &argv);
	assert_strvec(
		&argv, "qemu-system-ppc64", "-machine", "pseries", "-accel", "kvm",
		"-cpu", "host", "-smp", "cpus=2", "-m", "512M", "-no-user-config", "-vga",
		"none", "-kernel", "/boot/vmlinuz", "-initrd", "/s/myinitrd", "-append",
		PARAMS_OF("hvc0"), "-net", "none", "-virtfs",
		"local,path=/share,mount_tag=host0,security_model=mapped-xattr,"
		"multidevs=remap,id=host0",
		"-drive", DRIVE_0, "-device", "virtio-blk-pci,drive=disk0,serial=scratch",
		"-nographic", "-device", "virtio-rng-pci");
}

DEFINE_TEST(qemu_argv__everything__golden)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT, extra = STRVEC_INIT;
	static char name0[] = "scratch", name1[] = "log";
	const struct image_disk disks[] = { { name0, 1 << 30 }, { name1, 1 << 20 } };
	const char *const files[] = { "/proc/self/fd/7", "/tmp/a,b" };
	struct vm_spec spec = basic("x86_64");

	strvec_pushl(&extra, "-nographic", "-device", "virtio-rng-pci", NULL);
	spec.qemu = "/opt/qemu/qemu-kvm";
	spec.share = "/home/me/a,share";
	spec.disks = disks;
	spec.nr_disks = 2;
	spec.disk_files = files;
	spec.unattended = true;
	spec.monitor_fd = 9;
	spec.extra_args = &extra;
	qemu_argv(&spec, &argv);
	assert_strvec(
		&argv, "/opt/qemu/qemu-kvm", "-machine", "q35", "-accel", "tcg", "-cpu",
		"max", "-smp", "cpus=2", "-m", "512M", "-no-user-config", "-vga", "none",
		"-kernel", "/boot/vmlinuz", "-initrd", "/s/myinitrd", "-append",
		PARAMS_1 " rapido.unattended=1 panic=-1 no_timer_check", "-net", "none",
		"-virtfs",
		"local,path=/home/me/a,,share,mount_tag=host0,security_model=mapped-"
		"xattr,multidevs=remap,id=host0",
		"-drive",
		"if=none,id=disk0,format=raw,cache=unsafe,discard=unmap,file=/proc/self/fd/7",
		"-device", "virtio-blk-pci,drive=disk0,serial=scratch", "-drive",
		"if=none,id=disk1,format=raw,cache=unsafe,discard=unmap,file=/tmp/a,,b",
		"-device", "virtio-blk-pci,drive=disk1,serial=log", "-no-reboot",
		"-chardev", "socket,id=rapido-monitor,fd=9", "-mon",
		"chardev=rapido-monitor,mode=control", "-nographic", "-machine",
		"graphics=on", "-device", "virtio-rng-pci");
}

/* What stands behind the end of the options that every VM has. */
static void assert_argv_ends(const struct vm_spec *spec, const char *const *expected,
			     size_t nr)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	size_t i;

	qemu_argv(spec, &argv);
	for (i = 0; i < argv.nr && !streq(argv.v[i], "-net"); i++)
		;
	i += 2;
	assert_true(i <= argv.nr);
	for (size_t k = 0; k < nr && i + k < argv.nr; k++)
		assert_string_equal(argv.v[i + k], expected[k]);
	assert_int_equal(argv.nr - i, nr);
}

#define assert_ends(spec, ...)                                          \
	assert_argv_ends((spec), (const char *const[]){ __VA_ARGS__ },  \
			 sizeof((const char *const[]){ __VA_ARGS__ }) / \
				 sizeof(const char *))

DEFINE_TEST(qemu_argv__run__console_channel_and_port_golden)
{
	_cleanup_(strvec_release) struct strvec extra = STRVEC_INIT;
	struct vm_spec spec = basic("x86_64");

	strvec_pushl(&extra, "-nographic", "-device", "virtio-rng-pci", NULL);
	spec.unattended = true;
	spec.run = true;
	spec.monitor_fd = 7;
	spec.console_fd = 8;
	spec.serial_fd = 9;
	spec.port_fd = 10;
	spec.extra_args = &extra;
	/* the console is the first -serial, which the channel's counts on */
	assert_ends(&spec, "-no-reboot", "-chardev", "socket,id=rapido-monitor,fd=7",
		    "-mon", "chardev=rapido-monitor,mode=control", "-chardev",
		    "file,id=rapido-console,path=/proc/self/fd/8", "-display", "none",
		    "-serial", "chardev:rapido-console", "-chardev",
		    "socket,id=rapido-channel,fd=9", "-serial", "chardev:rapido-channel",
		    "-chardev", "socket,id=rapido-port,fd=10", "-device",
		    "virtio-serial-pci", "-device",
		    "virtserialport,chardev=rapido-port,name=rapido", "-nographic",
		    "-machine", "graphics=on", "-device", "virtio-rng-pci");
}

DEFINE_TEST(qemu_argv__run_without_serial__port_of_its_bus)
{
	struct vm_spec spec = basic("s390x");

	spec.run = true;
	spec.console_fd = 8;
	spec.port_fd = 10;
	assert_ends(&spec, "-chardev", "file,id=rapido-console,path=/proc/self/fd/8",
		    "-display", "none", "-serial", "chardev:rapido-console", "-chardev",
		    "socket,id=rapido-port,fd=10", "-device", "virtio-serial-ccw",
		    "-device", "virtserialport,chardev=rapido-port,name=rapido");
}

static const struct vm_nic two_nics[] = {
	{ "tap3", "b8:00:00:01:00:03", "tap,fd=7" },
	{ "tap4", "b8:00:00:02:00:03", "socket,fd=8" },
};

DEFINE_TEST(kernel_params__nics__macs_by_their_devices)
{
	struct vm_spec spec = basic("x86_64");

	spec.nics = two_nics;
	spec.nr_nics = 2;
	assert_params(&spec, PARAMS_1 " net.ifnames=0 rapido.mac.tap3=b8:00:00:01:00:03 "
				      "rapido.mac.tap4=b8:00:00:02:00:03 no_timer_check");
}

DEFINE_TEST(qemu_argv__nics__cards_and_back_ends)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	struct vm_spec spec = basic("x86_64");
	size_t i;

	spec.nics = two_nics;
	spec.nr_nics = 2;
	qemu_argv(&spec, &argv);
	assert_false(strvec_has(&argv, "-net"));
	for (i = 0; i < argv.nr && !streq(argv.v[i], "-netdev"); i++)
		;
	assert_int_equal(argv.nr - i, 8);
	assert_string_equal(argv.v[i + 1], "tap,fd=7,id=net0");
	assert_string_equal(argv.v[i + 2], "-device");
	assert_string_equal(argv.v[i + 3],
			    "virtio-net-pci,netdev=net0,mac=b8:00:00:01:00:03,romfile=");
	assert_string_equal(argv.v[i + 5], "socket,fd=8,id=net1");
	assert_string_equal(argv.v[i + 7],
			    "virtio-net-pci,netdev=net1,mac=b8:00:00:02:00:03,romfile=");
}

/* There no card has a ROM, and QEMU would refuse the option. */
DEFINE_TEST(qemu_argv__nic_on_s390x__no_rom)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	struct vm_spec spec = basic("s390x");

	spec.nics = two_nics;
	spec.nr_nics = 1;
	qemu_argv(&spec, &argv);
	assert_true(
		strvec_has(&argv, "virtio-net-ccw,netdev=net0,mac=b8:00:00:01:00:03"));
}

DEFINE_TEST(qemu_argv__first_serial__before_the_channel)
{
	struct vm_spec spec = basic("x86_64");

	spec.first_serial = "mon:stdio";
	assert_ends(&spec, "-serial", "mon:stdio");
	spec.serial_fd = 9;
	assert_ends(&spec, "-serial", "mon:stdio", "-chardev",
		    "socket,id=rapido-channel,fd=9", "-serial", "chardev:rapido-channel");
	/* it is one of the two */
	spec.serial_fd = -1;
	spec.console_fd = 8;
	assert_ends(&spec, "-chardev", "file,id=rapido-console,path=/proc/self/fd/8",
		    "-display", "none", "-serial", "chardev:rapido-console");
}

DEFINE_TEST(spec_init__no_socket__none_in_argv)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	struct vm_spec spec = VM_SPEC_INIT;

	spec.arch = arch_by_machine("x86_64");
	spec.kernel = "k";
	spec.initrd = "i";
	qemu_argv(&spec, &argv);
	assert_false(strvec_has(&argv, "-chardev"));
	assert_false(strvec_has(&argv, "-serial"));
}

/* Whether QEMU_EXTRA_ARGS of this text leave console and monitor to -nographic. */
static bool has_default_console(const char *text)
{
	_cleanup_(strvec_release) struct strvec args = STRVEC_INIT;

	assert_int_equal(strvec_split_shell(&args, text), 0);
	return qemu_has_default_console(&args);
}

DEFINE_TEST(default_console__nographic_alone__yes)
{
	static const char *const texts[] = {
		"-nographic",
		"--nographic",
		"-nographic -device virtio-rng-pci",
		"-smp 4 -nographic -cpu host",
		"-nographic -append 'a -serial b'",
		"-nographic -device virtio-serial-pci -chardev null,id=x",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (!has_default_console(texts[i]))
			fail_msg("%s", texts[i]);
}

DEFINE_TEST(default_console__another_or_none__no)
{
	static const char *const texts[] = {
		"",
		"-display none",
		"-vga std",
		"-nographic -serial stdio",
		"-serial mon:stdio -nographic",
		"-nographic --serial null",
		"-nographic -monitor none",
		"-nographic -mon chardev=x",
		"-nographic -qmp unix:/tmp/x",
		"-nographic -qmp-pretty unix:/tmp/x",
		"-nographic -nodefaults",
		"-nographic -device isa-serial,chardev=x",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (has_default_console(texts[i]))
			fail_msg("%s", texts[i]);
}

DEFINE_TEST(qemu_argv__interactive__guest_may_reboot)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	struct vm_spec spec = basic("x86_64");

	spec.rows = 24;
	spec.cols = 80;
	qemu_argv(&spec, &argv);
	assert_false(strvec_has(&argv, "-no-reboot"));
	assert_false(strvec_has(&argv, "-mon"));
}

/* Of an image whose files have @files bytes together, and @names names. */
static uint64_t memory_for(uint64_t memory, uint64_t files, uint64_t names)
{
	const struct image_space space = { names, files, files, files };

	return qemu_memory_for(memory, files, &space, 4096);
}

DEFINE_TEST(memory_for__small_image__what_was_asked)
{
	assert_int_equal(memory_for(512 * MIB, 20 * MIB, 200), 512 * MIB);
	assert_int_equal(memory_for(512 * MIB, 0, 0), 512 * MIB);
}

DEFINE_TEST(memory_for__big_image__room_to_unpack_it)
{
	uint64_t memory = memory_for(512 * MIB, 400 * MIB, 100);

	/* the archive, and a tmpfs of which its files may fill half */
	assert_true(memory > 1200 * MIB);
	assert_true(memory <= 1700 * MIB);
}

/* Small files have pages of their own, and empty ones an inode. */
DEFINE_TEST(memory_for__many_small_files__their_pages_and_inodes)
{
	const struct image_space files = { 60000, 60000ULL << 12, 60000ULL << 14,
					   60000ULL << 16 };
	const struct image_space empty = { .names = 80000 };

	assert_true(qemu_memory_for(512 * MIB, 10 * MIB, &files, 4096) > 600 * MIB);
	assert_true(qemu_memory_for(512 * MIB, 10 * MIB, &files, 4096) < 900 * MIB);
	assert_true(qemu_memory_for(512 * MIB, 10 * MIB, &files, 16384) > 1900 * MIB);
	assert_true(qemu_memory_for(512 * MIB, 10 * MIB, &files, 65536) > 7500 * MIB);
	assert_true(qemu_memory_for(512 * MIB, 10 * MIB, &empty, 4096) > 750 * MIB);
}

DEFINE_TEST(memory_for__larger_image__never_less)
{
	uint64_t before = 0;

	for (uint64_t size = 0; size < 4096 * MIB; size += 13 * MIB + 7) {
		uint64_t memory = memory_for(256 * MIB, size, 1);

		assert_true(memory >= before);
		assert_true(memory > 3 * size);
		before = memory;
	}
}

DEFINE_TEST(memory_for__odd_sizes__whole_mib)
{
	assert_int_equal(memory_for(512 * MIB + 1, 0, 0), 513 * MIB);
	assert_int_equal(memory_for(64 * MIB, 300 * MIB + 1, 1) % MIB, 0);
}

#define CPUINFO(flags)                                             \
	"processor\t: 0\nvendor_id\t: Vendor\nvmx flags\t: vnmi\n" \
	"flags\t\t: fpu vme " flags " sse2\nbugs\t\t: spectre_v1\n"

static enum accel choose(const char *setting, const char **why)
{
	const struct accel_places places = { at("kvm"), at("cpuinfo") };

	return accel_choose(setting, arch_native(), &places, why);
}

static int setup(void **state)
{
	kvm_version = KVM_API_VERSION;
	if (fixture_make(state))
		return -1;
	put_file("kvm", "");
	put_file("cpuinfo", CPUINFO("vmx"));
	return 0;
}

static int teardown(void **state)
{
	kvm_version = 0;
	return fixture_remove(state);
}

/* Without an own architecture there is never KVM; without flags nothing to look at. */
static void need_native(bool with_flags)
{
	if (arch_native() && (!with_flags || arch_native()->kvm_needs_cpu_flag))
		return;
	print_message("this machine's architecture does not look at this\n");
	skip();
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(accel_choose__auto_and_all_fine__kvm)
{
	static const char *const flags[] = { CPUINFO("vmx"), CPUINFO("svm"),
					     CPUINFO("nx svm lm") };
	const char *why;

	need_native(false);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		put_file("cpuinfo", flags[i]);
		assert_int_equal(choose("auto", &why), ACCEL_KVM);
		assert_null(why);
	}
}

TEST(accel_choose__unset__as_auto)
{
	const char *why;

	need_native(false);
	assert_int_equal(choose(NULL, &why), ACCEL_KVM);
	assert_null(why);
	unlink(at("kvm"));
	assert_int_equal(choose(NULL, &why), ACCEL_TCG);
	assert_non_null(why);
}

TEST(accel_choose__no_device__emulation_with_reason)
{
	const char *why;

	need_native(false);
	unlink(at("kvm"));
	assert_int_equal(choose("auto", &why), ACCEL_TCG);
	assert_contains(why, "there is no /dev/kvm");
}

static int choose_without_permission(void)
{
	const char *why;

	return choose("auto", &why) == ACCEL_TCG && why && strstr(why, "permission") ? 0
										     : 1;
}

TEST(accel_choose__no_permission__emulation_with_reason)
{
	need_native(false);
	assert_int_equal(chmod(at("kvm"), geteuid() == 0 ? 0600 : 0), 0);
	assert_int_equal(fixture_run_as_user(choose_without_permission), 0);
}

TEST(accel_choose__device_is_no_kvm__emulation_with_reason)
{
	const char *why;

	need_native(false);
	kvm_version = 0;
	assert_int_equal(choose("auto", &why), ACCEL_TCG);
	assert_contains(why, "/dev/kvm");
}

TEST(accel_choose__other_api_version__emulation_with_reason)
{
	const char *why;

	need_native(false);
	kvm_version = KVM_API_VERSION - 1;
	assert_int_equal(choose("auto", &why), ACCEL_TCG);
	assert_contains(why, "/dev/kvm");
}

TEST(accel_choose__cpu_without_flags__emulation_with_reason)
{
	static const char *const flags[] = { CPUINFO("nx"), CPUINFO("vmx_ept nosvm"), "",
					     "processor\t: 0\n" };
	const char *why;

	need_native(true);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		put_file("cpuinfo", flags[i]);
		assert_int_equal(choose("auto", &why), ACCEL_TCG);
		assert_contains(why, "vmx");
	}
}

TEST(accel_choose__no_cpuinfo__emulation)
{
	const char *why;

	need_native(true);
	unlink(at("cpuinfo"));
	assert_int_equal(choose("auto", &why), ACCEL_TCG);
	assert_non_null(why);
}

TEST(accel_choose__foreign_architecture__emulation_with_reason)
{
	const struct accel_places places = { at("kvm"), at("cpuinfo") };
	const struct arch *arch;
	const char *why;

	for (size_t i = 0; (arch = arch_nth(i)); i++) {
		if (arch == arch_native())
			continue;
		assert_int_equal(accel_choose("auto", arch, &places, &why), ACCEL_TCG);
		assert_contains(why, "architecture");
	}
}

TEST(accel_choose__foreign_architecture_no_device__that_is_the_reason)
{
	const struct accel_places places = { at("absent"), at("cpuinfo") };
	const struct arch *arch;
	const char *why;

	for (size_t i = 0; (arch = arch_nth(i)); i++) {
		if (arch == arch_native())
			continue;
		assert_int_equal(accel_choose(NULL, arch, &places, &why), ACCEL_TCG);
		assert_contains(why, "architecture");
	}
}

TEST(accel_choose__tcg__no_reason_given)
{
	const char *why;

	assert_int_equal(choose("tcg", &why), ACCEL_TCG);
	assert_null(why);
}

TEST(accel_choose__kvm__obeyed_but_not_without_a_word)
{
	const char *why;

	unlink(at("kvm"));
	assert_int_equal(choose("kvm", &why), ACCEL_KVM);
	assert_non_null(why);
}

TEST(accel_choose__many_times__no_descriptor_left)
{
	const char *why;
	int before = dup(0), after;

	close(before);
	choose("auto", &why);
	after = dup(0);
	close(after);
	assert_int_equal(after, before);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
