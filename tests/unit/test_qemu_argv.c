// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU's argument vector: all of it once, then what each thing adds to it. The order
 * matters for -serial, of which the first is the console, and for the user's arguments,
 * which are last.
 */
#include "fixture.h"
#include "vm/qemu.h"

#define MIB (1ULL << 20)

struct vm {
	struct qemu qemu;
	struct vm_spec spec;
	struct strvec argv;
};

static void vm_release(struct vm *vm)
{
	strvec_release(&vm->qemu.extra_args);
	strvec_release(&vm->argv);
}

#define _cleanup_vm_ _cleanup_(vm_release)

/* A VM with nothing. */
static struct vm make(const char *machine, enum accel accel)
{
	const struct arch *arch = arch_by_machine(machine);
	struct vm vm = {
		.qemu = { .arch = qemu_arch_of(arch), .accel = accel },
		.spec = VM_SPEC_INIT,
	};

	vm.qemu.program = vm.qemu.arch->program;
	vm.spec.arch = arch;
	vm.spec.slot = 1;
	vm.spec.cpus = 2;
	vm.spec.memory = 512 * MIB;
	vm.spec.kernel = "/boot/vmlinuz";
	vm.spec.initrd = "/s/myinitrd";
	vm.spec.words.console = arch->console;
	vm.spec.words.channel = arch->channel;
	return vm;
}

static void write_argv(struct vm *vm)
{
	strvec_release(&vm->argv);
	qemu_argv(&vm->qemu, &vm->spec, &vm->argv);
	assert_null(vm->argv.v[vm->argv.nr]);
}

/* Where @option with the value @value (NULL: any) stands, or -1. */
static ssize_t place_of(const struct vm *vm, const char *option, const char *value)
{
	for (size_t i = 0; i < vm->argv.nr; i++)
		if (streq(vm->argv.v[i], option) &&
		    (!value || (i + 1 < vm->argv.nr && streq(vm->argv.v[i + 1], value))))
			return (ssize_t)i;
	return -1;
}

static void assert_present(struct vm *vm, const char *option, const char *value)
{
	write_argv(vm);
	if (place_of(vm, option, value) < 0)
		fail_msg("no %s %s", option, value ? value : "");
}

static void assert_absent(struct vm *vm, const char *option)
{
	write_argv(vm);
	if (place_of(vm, option, NULL) >= 0)
		fail_msg("%s is there", option);
}

/* These are the last arguments. */
#define assert_last(vm, ...) assert_ends((vm), (const char *const[]){ __VA_ARGS__, NULL })

static void assert_ends(struct vm *vm, const char *const *expected)
{
	size_t nr = 0;

	while (expected[nr])
		nr++;
	write_argv(vm);
	assert_true(nr <= vm->argv.nr);
	for (size_t i = 0; i < nr; i++)
		assert_string_equal(vm->argv.v[vm->argv.nr - nr + i], expected[i]);
}

DEFINE_TEST(qemu_argv__everything__golden)
{
	static const struct vm_disk disks[] = { { .name = "scratch",
						  .file = "/proc/self/fd/7" },
						{ .name = "log", .file = "/tmp/a,b" } };
	_cleanup_vm_ struct vm vm = make("x86_64", ACCEL_TCG);

	strvec_pushl(&vm.qemu.extra_args, "-nographic", "-device", "virtio-rng-pci",
		     NULL);
	vm.qemu.program = "/opt/qemu/qemu-kvm";
	vm.spec.share = "/home/me/a,share";
	vm.spec.disks = disks;
	vm.spec.nr_disks = 2;
	vm.spec.unattended = vm.spec.run = true;
	vm.spec.monitor = 7;
	vm.spec.console = 8;
	vm.spec.channel = 9;
	vm.spec.port = 10;
	vm.spec.words.params = "no_timer_check";
	write_argv(&vm);
	assert_strvec(
		&vm.argv, "/opt/qemu/qemu-kvm", "-machine", "q35", "-accel", "tcg",
		"-cpu", "max", "-smp", "cpus=2", "-m", "512M", "-no-user-config", "-vga",
		"none", "-kernel", "/boot/vmlinuz", "-initrd", "/s/myinitrd", "-append",
		"rdinit=/rdinit console=ttyS0 rapido.vm_num=1 "
		"systemd.machine_id=72617069646f00000000000000000001 "
		"rapido.unattended=1 panic=-1 rapido.run=1 printk.time=1 init=/rdinit "
		"rapido.channel=ttyS1 no_timer_check",
		"-net", "none", "-virtfs",
		"local,path=/home/me/a,,share,mount_tag=host0,security_model=mapped-"
		"xattr,multidevs=remap,id=host0",
		"-drive",
		"if=none,id=disk0,format=raw,cache=unsafe,discard=unmap,file=/proc/self/fd/7",
		"-device", "virtio-blk-pci,drive=disk0,serial=scratch", "-drive",
		"if=none,id=disk1,format=raw,cache=unsafe,discard=unmap,file=/tmp/a,,b",
		"-device", "virtio-blk-pci,drive=disk1,serial=log", "-no-reboot",
		"-chardev", "socket,id=rapido-monitor,fd=7", "-mon",
		"chardev=rapido-monitor,mode=control", "-chardev",
		"file,id=rapido-console,path=/proc/self/fd/8", "-display", "none",
		"-serial", "chardev:rapido-console", "-chardev",
		"socket,id=rapido-channel,fd=9", "-serial", "chardev:rapido-channel",
		"-chardev", "socket,id=rapido-port,fd=10", "-device", "virtio-serial-pci",
		"-device", "virtserialport,chardev=rapido-port,name=rapido", "-nographic",
		"-machine", "graphics=on", "-device", "virtio-rng-pci");
}

DEFINE_TEST(qemu_argv__nothing__no_device_of_ours)
{
	static const char *const options[] = { "-chardev", "-serial", "-mon",
					       "-device",  "-drive",  "-virtfs",
					       "-fsdev",   "-netdev", "-no-reboot",
					       "-sandbox", "-display" };
	_cleanup_vm_ struct vm vm = make("x86_64", ACCEL_TCG);

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		assert_absent(&vm, options[i]);
	assert_present(&vm, "-net", "none");
}

DEFINE_TEST(qemu_argv__architectures__their_program_machine_and_cpu)
{
	static const struct {
		const char *machine, *program;
		/* NULL: QEMU's default */
		const char *kvm_machine, *tcg_machine, *tcg_cpu;
	} cases[] = {
		{ "x86_64", "qemu-system-x86_64", NULL, "q35", "max" },
		{ "aarch64", "qemu-system-aarch64", "virt,gic-version=max",
		  "virt,gic-version=max", "max" },
		{ "riscv64", "qemu-system-riscv64", "virt", "virt", NULL },
		{ "s390x", "qemu-system-s390x", NULL, NULL, "max" },
		{ "ppc64le", "qemu-system-ppc64", "pseries",
		  "pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,"
		  "cap-ccf-assist=off",
		  NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_vm_ struct vm kvm = make(cases[i].machine, ACCEL_KVM);
		_cleanup_vm_ struct vm tcg = make(cases[i].machine, ACCEL_TCG);

		assert_present(&kvm, "-accel", "kvm");
		assert_present(&kvm, "-cpu", "host");
		assert_string_equal(kvm.argv.v[0], cases[i].program);
		assert_present(&tcg, "-accel", "tcg");
		assert_string_equal(tcg.argv.v[0], cases[i].program);
		if (cases[i].kvm_machine)
			assert_present(&kvm, "-machine", cases[i].kvm_machine);
		else
			assert_absent(&kvm, "-machine");
		if (cases[i].tcg_machine)
			assert_present(&tcg, "-machine", cases[i].tcg_machine);
		else
			assert_absent(&tcg, "-machine");
		if (cases[i].tcg_cpu)
			assert_present(&tcg, "-cpu", cases[i].tcg_cpu);
		else
			assert_absent(&tcg, "-cpu");
	}
}

DEFINE_TEST(qemu_argv__processors_and_memory__as_wanted)
{
	_cleanup_vm_ struct vm vm = make("aarch64", ACCEL_KVM);

	vm.spec.cpus = 8;
	vm.spec.memory = 2048 * MIB;
	assert_present(&vm, "-smp", "cpus=8");
	assert_present(&vm, "-m", "2048M");
}

DEFINE_TEST(qemu_argv__debugger__by_its_socket)
{
	_cleanup_vm_ struct vm vm = make("x86_64", ACCEL_TCG);

	vm.spec.debug = vm.spec.debug_wait = true;
	vm.spec.debugger = 12;
	assert_present(&vm, "-chardev",
		       "socket,id=rapido-debugger,fd=12,server=on,wait=off");
	assert_present(&vm, "-gdb", "chardev:rapido-debugger");
	assert_present(&vm, "-S", NULL);
}

/* Devices are those of the machine's bus. */
DEFINE_TEST(qemu_argv__s390x__devices_of_its_bus)
{
	static const struct vm_disk disk = { .name = "scratch", .file = "/tmp/disk" };
	static const struct vm_nic nic = {
		"tap3", "b8:00:00:01:00:03", NET_TAP, 7, NULL, 0, 0
	};
	_cleanup_vm_ struct vm vm = make("s390x", ACCEL_TCG);

	vm.spec.share = "/share";
	vm.spec.disks = &disk;
	vm.spec.nics = &nic;
	vm.spec.nr_disks = vm.spec.nr_nics = 1;
	vm.spec.port = 10;
	assert_present(&vm, "-fsdev",
		       "local,path=/share,security_model=mapped-xattr,multidevs=remap,"
		       "id=host0");
	assert_present(&vm, "-device", "virtio-9p-ccw,fsdev=host0,mount_tag=host0");
	assert_absent(&vm, "-virtfs");
	assert_present(&vm, "-device", "virtio-blk-ccw,drive=disk0,serial=scratch");
	assert_present(&vm, "-device", "virtio-serial-ccw");
	/* there no card has a ROM, and QEMU would refuse the option */
	assert_present(&vm, "-device",
		       "virtio-net-ccw,netdev=net0,mac=b8:00:00:01:00:03");
}

DEFINE_TEST(qemu_argv__sandbox__as_an_option_of_its_own)
{
	_cleanup_vm_ struct vm vm = make("x86_64", ACCEL_TCG);
	const char *value;

	vm.qemu.sandbox = true;
	assert_present(&vm, "-sandbox", NULL);
	value = vm.argv.v[place_of(&vm, "-sandbox", NULL) + 1];
	assert_contains(value, "on,");
	assert_contains(value, ",spawn=deny");
	assert_contains(value, ",elevateprivileges=deny");
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
		_cleanup_vm_ struct vm vm = make("x86_64", ACCEL_TCG);
		const char *last = NULL;

		for (size_t k = 0; cases[i].extra[k]; k++)
			strvec_push(&vm.qemu.extra_args, cases[i].extra[k]);
		write_argv(&vm);
		for (size_t k = 0; k < vm.argv.nr; k++)
			if (starts_with(vm.argv.v[k], "graphics="))
				last = vm.argv.v[k];
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
			qemu_firmware_draws(
				qemu_arch_of(arch_by_machine(cases[i].machine)), &extra),
			cases[i].draws);
	}
}

DEFINE_TEST(qemu_argv__users_arguments__last)
{
	_cleanup_vm_ struct vm vm = make("aarch64", ACCEL_TCG);

	vm.spec.console = 8;
	vm.spec.port = 10;
	strvec_pushl(&vm.qemu.extra_args, "-nographic", "-cpu", "cortex-a57", NULL);
	assert_last(&vm, "-nographic", "-cpu", "cortex-a57");
}

/* The console is the first -serial, the channel the second. */
DEFINE_TEST(qemu_argv__console__before_the_channel)
{
	_cleanup_vm_ struct vm vm = make("x86_64", ACCEL_TCG);

	vm.spec.console = VM_FD_STDIO;
	assert_last(&vm, "-serial", "mon:stdio");
	vm.spec.channel = 9;
	assert_last(&vm, "-serial", "mon:stdio", "-chardev",
		    "socket,id=rapido-channel,fd=9", "-serial", "chardev:rapido-channel");
	vm.spec.console = 8;
	assert_last(&vm, "-chardev", "file,id=rapido-console,path=/proc/self/fd/8",
		    "-display", "none", "-serial", "chardev:rapido-console", "-chardev",
		    "socket,id=rapido-channel,fd=9", "-serial", "chardev:rapido-channel");
}

/* Nobody sits there who could want QEMU's monitor. */
DEFINE_TEST(qemu_argv__unattended__console_alone_and_no_reboot)
{
	_cleanup_vm_ struct vm vm = make("x86_64", ACCEL_TCG);

	vm.spec.unattended = true;
	vm.spec.console = VM_FD_STDIO;
	assert_last(&vm, "-no-reboot", "-serial", "stdio");
}

DEFINE_TEST(qemu_argv__nics__cards_and_what_they_are_connected_to)
{
	static const struct forward forwards[] = {
		{ false, "127.0.0.1", 2222, 22 },
		{ true, "0.0.0.0", 5353, 53 },
	};
	static const struct vm_nic nics[] = {
		{ "tap3", "b8:00:00:01:00:03", NET_TAP, 7, NULL, 0, 0 },
		{ "tap4", "b8:00:00:02:00:03", NET_LAN, 8, NULL, 0, 0 },
		{ "user", "b8:00:00:03:00:03", NET_PASST, 9, NULL, 0, 0 },
		{ "user", "b8:00:00:04:00:03", NET_USER, -1, forwards, 2, 0 },
		{ "user", "b8:00:00:05:00:03", NET_USER, -1, NULL, 0, 0 },
	};
	_cleanup_vm_ struct vm vm = make("x86_64", ACCEL_TCG);

	vm.spec.nics = nics;
	vm.spec.nr_nics = ARRAY_SIZE(nics);
	assert_absent(&vm, "-net");
	assert_present(&vm, "-netdev", "tap,fd=7,id=net0");
	assert_present(&vm, "-device",
		       "virtio-net-pci,netdev=net0,mac=b8:00:00:01:00:03,romfile=");
	assert_present(&vm, "-netdev", "socket,fd=8,id=net1");
	assert_present(&vm, "-device",
		       "virtio-net-pci,netdev=net1,mac=b8:00:00:02:00:03,romfile=");
	assert_present(&vm, "-netdev",
		       "stream,server=off,addr.type=fd,addr.str=9,id=net2");
	assert_present(&vm, "-netdev",
		       "user,hostfwd=tcp:127.0.0.1:2222-:22,hostfwd=udp:0.0.0.0:5353-:53,"
		       "id=net3");
	assert_present(&vm, "-netdev", "user,id=net4");
}

/* A line that people can try. */
DEFINE_TEST(qemu_argv__nics_of_a_dry_run__by_name_or_a_descriptor)
{
	static const struct vm_nic nics[] = {
		{ "tap3", "b8:00:00:01:00:03", NET_TAP, -1, NULL, 0, 0 },
		{ "lan", "b8:00:00:02:00:03", NET_LAN, -1, NULL, 0, 0 },
	};
	_cleanup_vm_ struct vm vm = make("x86_64", ACCEL_TCG);

	vm.spec.nics = nics;
	vm.spec.nr_nics = ARRAY_SIZE(nics);
	assert_present(&vm, "-netdev", "tap,ifname=tap3,script=no,downscript=no,id=net0");
	assert_present(&vm, "-netdev", "socket,fd=4,id=net1");
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

DEFINE_TEST(qemu_arch_of__all__complete)
{
	const struct arch *arch;

	for (size_t i = 0; (arch = arch_nth(i)); i++) {
		const struct qemu_arch *qemu = qemu_arch_of(arch);

		if (streq(arch->name, "um")) {
			assert_null(qemu);
			continue;
		}
		assert_string_equal(qemu->name, arch->name);
		assert_non_null(qemu->program);
		assert_non_null(qemu->package);
		assert_non_null(qemu->virtio_bus);
		assert_int_equal(qemu->kvm_needs_cpu_flag, streq(arch->name, "x86"));
	}
}

DEFINE_TEST(share__9p__read_only_unless_writable)
{
	_cleanup_vm_ struct vm vm = make("x86_64", ACCEL_TCG);
	struct vm_share shares[] = {
		{ .type = "9p", .tag = "rapido0", .dir = "/a,b", .path = "/a", .fd = -1 },
		{ .type = "9p", .tag = "rapido1", .dir = "/c", .path = "/c", .fd = -1 },
	};

	shares[1].writable = true;
	vm.spec.shares = shares;
	vm.spec.nr_shares = 2;
	write_argv(&vm);
	assert_present(&vm, "-fsdev",
		       "local,path=/a,,b,security_model=none,multidevs=remap,id=rapido0,"
		       "readonly=on");
	assert_present(&vm, "-device", "virtio-9p-pci,fsdev=rapido0,mount_tag=rapido0");
	assert_present(&vm, "-fsdev",
		       "local,path=/c,security_model=none,multidevs=remap,id=rapido1");
	assert_absent(&vm, "-object");
}

DEFINE_TEST(share__virtiofs__with_memory_that_is_shared)
{
	_cleanup_vm_ struct vm vm = make("x86_64", ACCEL_TCG);
	const struct vm_share share = {
		.type = "virtiofs", .tag = "rapido0", .dir = "/a", .path = "/a", .fd = 9
	};

	vm.spec.shares = &share;
	vm.spec.nr_shares = 1;
	write_argv(&vm);
	assert_present(&vm, "-object", "memory-backend-memfd,id=rapido-memory,size=512M");
	assert_present(&vm, "-machine", "memory-backend=rapido-memory");
	assert_present(&vm, "-chardev", "socket,id=rapido0,fd=9");
	assert_present(&vm, "-device", "vhost-user-fs-pci,chardev=rapido0,tag=rapido0");
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
