// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of the options that rapido needs, and its comparison with a configuration. */
#include <errno.h>

#include "kconfig/needs.h"
#include "conf/net-kind.h"
#include "lib/path.h"

/*
 * In the order in which the VM needs them. What init requires is in src/guest/init.c; the
 * consoles are those of arch.c.
 */
static const struct need needs[] = {
	{ "64BIT", "y", NEED_ESSENTIAL, NEEDS_ALWAYS, "x86 um",
	  "the host's programs are 64-bit programs", "none of them can be run" },
	{ "BLK_DEV_INITRD", "y", NEED_ESSENTIAL, NEEDS_ALWAYS, NULL,
	  "the VM's root is an initramfs", "the kernel panics without a root" },
	{ "BINFMT_ELF", "y", NEED_ESSENTIAL, NEEDS_ALWAYS, NULL, "programs are ELF files",
	  "the first process cannot be started" },
	{ "DEVTMPFS", "y", NEED_ESSENTIAL, NEEDS_ALWAYS, NULL, "it makes /dev",
	  "there are no device files" },
	{ "PROC_FS", "y", NEED_ESSENTIAL, NEEDS_ALWAYS, NULL,
	  "the first process reads /proc/cmdline", "scripts do not know where they run" },
	{ "TTY", "y", NEED_ESSENTIAL, NEEDS_ALWAYS, NULL, "the console is a terminal",
	  "nothing the VM prints is seen" },
	{ "SERIAL_8250", "y", NEED_ESSENTIAL, NEEDS_CONSOLE, "x86",
	  "the VM's console is a serial port", "nothing the VM prints is seen" },
	{ "SERIAL_8250_CONSOLE", "y", NEED_ESSENTIAL, NEEDS_CONSOLE, "x86",
	  "the VM's console is a serial port", "nothing the VM prints is seen" },
	{ "CMDLINE_OVERRIDE", "n", NEED_ESSENTIAL, NEEDS_ALWAYS, "x86",
	  "it makes the kernel ignore its command line", "the image is not used" },
	{ "SERIAL_AMBA_PL011", "y", NEED_ESSENTIAL, NEEDS_CONSOLE, "arm64",
	  "the VM's console is this serial port", "nothing the VM prints is seen" },
	{ "SERIAL_AMBA_PL011_CONSOLE", "y", NEED_ESSENTIAL, NEEDS_CONSOLE, "arm64",
	  "the VM's console is this serial port", "nothing the VM prints is seen" },
	{ "CMDLINE_FORCE", "n", NEED_ESSENTIAL, NEEDS_ALWAYS, "arm64",
	  "it makes the kernel ignore its command line", "the image is not used" },
	{ "SERIAL_8250", "y", NEED_ESSENTIAL, NEEDS_CONSOLE, "riscv",
	  "the VM's console is a serial port", "nothing the VM prints is seen" },
	{ "SERIAL_8250_CONSOLE", "y", NEED_ESSENTIAL, NEEDS_CONSOLE, "riscv",
	  "the VM's console is a serial port", "nothing the VM prints is seen" },
	{ "SERIAL_OF_PLATFORM", "y", NEED_ESSENTIAL, NEEDS_CONSOLE, "riscv",
	  "the device tree says where the console is", "nothing the VM prints is seen" },
	{ "ARCH_RV64I", "y", NEED_ESSENTIAL, NEEDS_ALWAYS, "riscv",
	  "the host's programs are 64-bit programs", "none of them can be run" },
	{ "CMDLINE_FORCE", "n", NEED_ESSENTIAL, NEEDS_ALWAYS, "riscv",
	  "it makes the kernel ignore its command line", "the image is not used" },
	{ "SCLP_VT220_TTY", "y", NEED_ESSENTIAL, NEEDS_CONSOLE, "s390",
	  "the VM's console is this terminal", "nothing the VM prints is seen" },
	{ "SCLP_VT220_CONSOLE", "y", NEED_ESSENTIAL, NEEDS_CONSOLE, "s390",
	  "the VM's console is this terminal", "nothing the VM prints is seen" },
	{ "PPC64", "y", NEED_ESSENTIAL, NEEDS_ALWAYS, "powerpc",
	  "the host's programs are 64-bit programs", "none of them can be run" },
	{ "CPU_LITTLE_ENDIAN", "y", NEED_ESSENTIAL, NEEDS_ALWAYS, "powerpc",
	  "the host's programs are little-endian", "none of them can be run" },
	{ "PPC_PSERIES", "y", NEED_ESSENTIAL, NEEDS_ALWAYS, "powerpc",
	  "the VM is a pSeries machine", "the kernel does not start" },
	{ "HVC_CONSOLE", "y", NEED_ESSENTIAL, NEEDS_CONSOLE, "powerpc",
	  "the VM's console is the hypervisor's", "nothing the VM prints is seen" },
	{ "CMDLINE_FORCE", "n", NEED_ESSENTIAL, NEEDS_ALWAYS, "powerpc",
	  "it makes the kernel ignore its command line", "the image is not used" },

	{ "NULL_CHAN", "y", NEED_ESSENTIAL, NEEDS_ALWAYS, "um",
	  "the console of a run has no input", "nothing the VM prints is seen" },
	{ "SSL", "y", NEED_ESSENTIAL, NEEDS_ALWAYS, "um", "a serial line leads to rapido",
	  "'rapido run' learns nothing of the test" },
	{ "STDERR_CONSOLE", "y", NEED_WANTED, NEEDS_ALWAYS, "um",
	  "what the kernel says before it has a console", "an early panic is silent" },

	{ "PRINTK", "y", NEED_EXPECTED, NEEDS_ALWAYS, NULL, "the kernel's messages",
	  "the kernel says nothing, whatever happens" },
	{ "ACPI", "y", NEED_EXPECTED, NEEDS_ALWAYS, "x86", "it powers the VM off",
	  "the VM halts at its end, and must be ended by hand" },
	{ "PCI", "y", NEED_EXPECTED, NEEDS_ALWAYS, "x86", "ACPI needs it in a VM",
	  "ACPI is off, and the VM halts at its end" },
	{ "BINFMT_SCRIPT", "y", NEED_EXPECTED, NEEDS_ALWAYS, NULL,
	  "programs that begin with #!", "scripts can only be run through their shell" },
	{ "MODULES", "y", NEED_ESSENTIAL, NEEDS_MODULES, NULL, "the image has modules",
	  "they cannot be loaded" },
	{ "SYSFS", "y", NEED_EXPECTED, NEEDS_DISK, NULL, "it tells the disks' names",
	  "/dev/disk/by-id is missing" },
	{ "PCI", "y", NEED_EXPECTED, NEEDS_VIRTIO, "!s390 !um",
	  "the VM's devices are on PCI", "they are not found" },
	{ "VIRTIO_MENU", "y", NEED_WANTED, NEEDS_VIRTIO, "!um", "the VM's devices",
	  "they have no drivers" },
	{ "VIRTIO_PCI", "m", NEED_EXPECTED, NEEDS_VIRTIO, "!s390 !um", "the VM's devices",
	  "they are not found" },
	{ "S390_GUEST", "y", NEED_EXPECTED, NEEDS_VIRTIO, "s390", "the VM's devices",
	  "they are not found" },
	{ "VIRTIO_BLK", "m", NEED_ESSENTIAL, NEEDS_DISK, "!um", "scratch disks",
	  "they are not found" },
	{ "SYSFS", "y", NEED_EXPECTED, NEEDS_SHARE, "!um",
	  "it tells the shared directory", "/host is not mounted" },
	{ "BLK_DEV_UBD", "y", NEED_ESSENTIAL, NEEDS_DISK, "um", "scratch disks",
	  "they are not found" },
	{ "HOSTFS", "m", NEED_EXPECTED, NEEDS_SHARE, "um",
	  "the directory VIRTFS_SHARE_PATH", "/host is not mounted" },
	{ "NET_9P_VIRTIO", "m", NEED_EXPECTED, NEEDS_SHARE, "!um",
	  "the directory VIRTFS_SHARE_PATH", "/host is not mounted" },
	{ "9P_FS", "m", NEED_EXPECTED, NEEDS_SHARE, "!um",
	  "the directory VIRTFS_SHARE_PATH", "/host is not mounted" },
	{ "HOSTFS", "m", NEED_EXPECTED, NEEDS_HOST, "um", "directories of this host",
	  "there can be no --share" },
	{ "VIRTIO_FS", "m", NEED_WANTED, NEEDS_HOST, "!um", "directories of this host",
	  "they are mounted with 9p" },
	{ "NET_9P_VIRTIO", "m", NEED_EXPECTED, NEEDS_HOST, "!um",
	  "directories of this host", "they are mounted with virtiofs, if it has that" },
	{ "9P_FS", "m", NEED_EXPECTED, NEEDS_HOST, "!um", "directories of this host",
	  "they are mounted with virtiofs, if it has that" },
	{ "OVERLAY_FS", "m", NEED_EXPECTED, NEEDS_HOST, NULL, "the host's root",
	  "there can be no --root host" },
	{ "TMPFS_XATTR", "y", NEED_WANTED, NEEDS_HOST, NULL, "the host's root",
	  "a directory of the host that was removed comes back if it is made again" },
	{ "DEBUG_FS", "y", NEED_EXPECTED, NEEDS_DEBUG, NULL,
	  "DYN_DEBUG_MODULES and DYN_DEBUG_FILES", "they have no effect" },
	{ "DYNAMIC_DEBUG", "y", NEED_EXPECTED, NEEDS_DEBUG, NULL,
	  "DYN_DEBUG_MODULES and DYN_DEBUG_FILES", "they have no effect" },
	{ "DEBUG_INFO", "y", NEED_EXPECTED, NEEDS_GDB, NULL, "'rapido gdb'",
	  "gdb knows no lines, no types and no modules" },
	{ "KALLSYMS", "y", NEED_EXPECTED, NEEDS_GDB, NULL, "'rapido gdb'",
	  "only the code of modules has its addresses, not their data" },
	{ "GDB_SCRIPTS", "y", NEED_WANTED, NEEDS_GDB, NULL, "'rapido gdb'",
	  "gdb has no commands for the kernel, lx-dmesg and others" },
	{ "NET", "y", NEED_EXPECTED, NEEDS_NETWORK, NULL, "the VM's network",
	  "there is none" },
	{ "INET", "y", NEED_EXPECTED, NEEDS_NETWORK, NULL, "the VM's network",
	  "there is no IPv4" },
	{ "NETDEVICES", "y", NEED_EXPECTED, NEEDS_NETWORK, NULL, "the VM's network",
	  "its cards have no driver" },
	{ "UML_NET_VECTOR", "y", NEED_EXPECTED, NEEDS_NETWORK, "um", "the VM's network",
	  "its cards have no driver" },
	{ "VIRTIO_NET", "m", NEED_EXPECTED, NEEDS_NETWORK, "!um", "the VM's network",
	  "its cards have no driver" },
	{ "PACKET", "m", NEED_EXPECTED, NEEDS_NETWORKD, NULL, "systemd-networkd",
	  "DHCP fails" },
	{ "EPOLL", "y", NEED_EXPECTED, NEEDS_NETWORKD, NULL, "systemd-networkd",
	  "it does not start" },
	{ "INOTIFY_USER", "y", NEED_EXPECTED, NEEDS_NETWORKD, NULL, "systemd-networkd",
	  "it does not start" },
	{ "SIGNALFD", "y", NEED_EXPECTED, NEEDS_NETWORKD, NULL, "systemd-networkd",
	  "it does not start" },
	{ "TIMERFD", "y", NEED_EXPECTED, NEEDS_NETWORKD, NULL, "systemd-networkd",
	  "it does not start" },
	{ "UNIX", "y", NEED_EXPECTED, NEEDS_NETWORKD, NULL, "systemd-networkd",
	  "it does not start" },
	{ "CGROUPS", "y", NEED_EXPECTED, NEEDS_SYSTEMD, NULL, "systemd",
	  "it does not start" },
	{ "EPOLL", "y", NEED_EXPECTED, NEEDS_SYSTEMD, NULL, "systemd",
	  "it does not start" },
	{ "FHANDLE", "y", NEED_EXPECTED, NEEDS_SYSTEMD, NULL, "systemd",
	  "it does not start" },
	{ "INOTIFY_USER", "y", NEED_EXPECTED, NEEDS_SYSTEMD, NULL, "systemd",
	  "it does not start" },
	{ "SIGNALFD", "y", NEED_EXPECTED, NEEDS_SYSTEMD, NULL, "systemd",
	  "it does not start" },
	{ "TIMERFD", "y", NEED_EXPECTED, NEEDS_SYSTEMD, NULL, "systemd",
	  "it does not start" },
	{ "UNIX", "y", NEED_EXPECTED, NEEDS_SYSTEMD, NULL, "systemd",
	  "it does not start" },

	{ "PVH", "y", NEED_WANTED, NEEDS_TREE, "x86",
	  "under emulation a tree's vmlinux is booted",
	  "the bzImage is, and takes longer" },
	{ "SMP", "y", NEED_WANTED, NEEDS_ALWAYS, "!um", "the VM has several CPUs",
	  "only one is used" },
	{ "MULTIUSER", "y", NEED_WANTED, NEEDS_ALWAYS, NULL, "other users than root",
	  "programs that change users or groups fail" },
	{ "FUTEX", "y", NEED_WANTED, NEEDS_ALWAYS, NULL, "programs with threads",
	  "they fail or hang" },
	{ "POSIX_TIMERS", "y", NEED_WANTED, NEEDS_ALWAYS, NULL, "alarms and timers",
	  "timeout(1) and ping(8) fail" },
	{ "FILE_LOCKING", "y", NEED_WANTED, NEEDS_ALWAYS, NULL, "locks on files",
	  "flock(1) and programs that share files fail" },
	{ "SYSFS", "y", NEED_WANTED, NEEDS_ALWAYS, NULL, "/sys",
	  "most tools for devices fail" },
	{ "PROC_SYSCTL", "y", NEED_WANTED, NEEDS_ALWAYS, NULL, "/proc/sys",
	  "sysctl(8) fails" },
	{ "SHMEM", "y", NEED_WANTED, NEEDS_ALWAYS, NULL, "/tmp and /dev/shm",
	  "they have no limits, and shared memory is missing" },
	{ "TMPFS", "y", NEED_WANTED, NEEDS_ALWAYS, NULL, "/tmp and /dev/shm",
	  "they are part of the root, without a limit" },
	{ "UNIX98_PTYS", "y", NEED_WANTED, NEEDS_ALWAYS, NULL, "pseudo terminals",
	  "script(1), tmux(1) and their like fail" },
	{ "IPV6", "m", NEED_WANTED, NEEDS_NETWORK, NULL, "IPv6 addresses",
	  "the VM goes without them" },
	{ "PACKET", "m", NEED_WANTED, NEEDS_NETWORK, NULL, "tcpdump(8) and DHCP clients",
	  "they fail" },
	{ "MODULE_UNLOAD", "y", NEED_WANTED, NEEDS_MODULES, NULL, "rmmod(8)",
	  "a module stays until the VM ends" },
};

const struct need *needs_nth(size_t i)
{
	return i < ARRAY_SIZE(needs) ? &needs[i] : NULL;
}

bool needs_applies(const struct need *need, const char *arch, unsigned int when)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	bool others = need->arch && need->arch[0] == '!';

	if ((need->when & when) != need->when)
		return false;
	if (!need->arch)
		return true;
	if (!arch)
		return false;
	strvec_split(&names, need->arch, " ");
	for (size_t i = 0; i < names.nr; i++)
		if (streq(names.v[i] + others, arch))
			return !others;
	return others;
}

static unsigned int needs_of_entry(const struct manifest_entry *entry)
{
	unsigned int when = 0;

	if (entry->op == MANIFEST_DISK)
		return NEEDS_DISK | NEEDS_VIRTIO;
	if (entry->op == MANIFEST_NETWORK)
		return NEEDS_NETWORK | NEEDS_VIRTIO;
	for (size_t i = 0; i < entry->args.nr; i++) {
		const char *name = path_basename(entry->args.v[i]);

		if (entry->op == MANIFEST_KMOD)
			when |= starts_with(name, "virtio") ? NEEDS_MODULES | NEEDS_VIRTIO
							    : NEEDS_MODULES;
		else if (entry->op == MANIFEST_BIN && streq(name, "systemd"))
			when |= NEEDS_SYSTEMD;
	}
	return when;
}

/* Whether the user has chosen the console. */
static bool names_console(const struct conf *conf)
{
	static const char *const keys[] = { "APPEND", "QEMU_EXTRA_KERNEL_PARAMS" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *params = conf_get(conf, keys[i]);

		if (params && strstr(params, "console="))
			return true;
	}
	return false;
}

unsigned int needs_when(const struct manifest *manifest, const struct conf *conf)
{
	const char *network = conf_get(conf, "NETWORK");
	unsigned int when = 0;

	for (size_t i = 0; i < manifest->nr; i++)
		when |= needs_of_entry(&manifest->entries[i]);
	if (!names_console(conf))
		when |= NEEDS_CONSOLE;
	if (net_kind_is_for_all(network))
		when |= NEEDS_NETWORK | NEEDS_VIRTIO;
	if (conf_get(conf, "VIRTFS_SHARE_PATH"))
		when |= NEEDS_SHARE | NEEDS_VIRTIO;
	if (conf_get(conf, "DYN_DEBUG_MODULES") || conf_get(conf, "DYN_DEBUG_FILES"))
		when |= NEEDS_DEBUG;
	return when;
}

/*
 * "CONFIG_A is not set in '.config'", with the value that it must have if it has another.
 */
static void describe_option(const struct kconfig *config, const char *symbol,
			    const char *wanted, struct strbuf *out)
{
	const char *value = kconfig_get(config, symbol);

	strbuf_addf(out, "CONFIG_%s is ", symbol);
	if (!value)
		strbuf_addf(out, "not set in '%s'", config->path);
	else if (streq(wanted, "n"))
		strbuf_addf(out, "set in '%s'", config->path);
	else
		strbuf_addf(out, "%s in '%s', and must be %s", value, config->path,
			    streq(wanted, "y") ? "built in (=y)" : wanted);
}

static void check_need(const struct kconfig *config, const struct need *need,
		       struct report *report)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	if (kconfig_satisfies(config, need->symbol, need->value))
		return;
	describe_option(config, need->symbol, need->value, &text);
	strbuf_addf(&text, ": %s; %s %s", need->purpose,
		    streq(need->value, "n") ? "with it" : "without it", need->breakage);
	if (need->level == NEED_ESSENTIAL)
		report_error(report, "%s ('rapido config' prints what a test needs)",
			     text.buf);
	else
		report_warn(report, "%s", text.buf);
}

/* Check the needs of the levels from @first to @last. */
static void check_levels(const struct kconfig *config, const struct arch *arch,
			 unsigned int when, enum need_level first, enum need_level last,
			 struct report *report)
{
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (needs[i].level >= first && needs[i].level <= last &&
		    needs_applies(&needs[i], arch ? arch->name : NULL, when))
			check_need(config, &needs[i], report);
}

void needs_split_kconfig(const char *arg, char **symbol, char **value)
{
	static const char prefix[] = "CONFIG_";
	const char *name = starts_with(arg, prefix) ? arg + strlen(prefix) : arg;
	size_t len = strcspn(name, "=");

	*symbol = xstrndup(name, len);
	*value = name[len] ? xstrdup(name + len + 1) : NULL;
}

static void check_line(const struct kconfig *config, const struct manifest_entry *entry,
		       const struct strvec *bases, struct report *report)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	_cleanup_free_ char *symbol = NULL, *wanted = NULL, *at = NULL;

	needs_split_kconfig(entry->args.v[0], &symbol, &wanted);
	if (kconfig_satisfies(config, symbol, wanted))
		return;
	describe_option(config, symbol, wanted ? wanted : "y", &text);
	at = manifest_where(entry, bases);
	report_error(report, "%s: %s: kconfig %s", text.buf, at, entry->args.v[0]);
}

int needs_check(const struct kconfig *config, const struct arch *arch, unsigned int when,
		const struct manifest *manifest, const struct strvec *bases,
		struct report *report)
{
	size_t errors = report->errors.nr;

	check_levels(config, arch, when, NEED_ESSENTIAL, NEED_EXPECTED, report);
	for (size_t i = 0; i < manifest->nr; i++)
		if (manifest->entries[i].op == MANIFEST_KCONFIG &&
		    !manifest->entries[i].try)
			check_line(config, &manifest->entries[i], bases, report);
	return report->errors.nr > errors ? -EINVAL : 0;
}

void needs_check_wanted(const struct kconfig *config, const struct arch *arch,
			unsigned int when, struct report *report)
{
	check_levels(config, arch, when, NEED_WANTED, NEED_WANTED, report);
}
