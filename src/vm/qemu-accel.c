// SPDX-License-Identifier: GPL-2.0-or-later
/* KVM or emulation. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/io.h"
#include "qemu.h"

#define KVM_API_EXPECTED 12

/* Whether the first "flags" line of @path has the word vmx or svm. */
static bool has_virtualization_flag(const char *path)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	_cleanup_free_ char *text = NULL;
	const char *flags;

	if (io_read_file(AT_FDCWD, path, 16 << 20, &text, NULL))
		return false;
	flags = strstr(text, "\nflags");
	if (!flags)
		return false;
	flags++;
	text[(flags - text) + (ptrdiff_t)strcspn(flags, "\n")] = '\0';
	strvec_split(&words, flags, " \t:");
	return strvec_has(&words, "vmx") || strvec_has(&words, "svm");
}

/* Why KVM cannot be used, or NULL. */
static const char *kvm_objection(const struct arch *arch,
				 const struct accel_places *places)
{
	_cleanup_close_ int fd = open(places->kvm, O_RDWR | O_CLOEXEC);

	if (arch != arch_native())
		return "the kernel is for another architecture";
	if (fd < 0)
		return errno == EACCES
			       ? "no permission for /dev/kvm (is the user in group kvm?)"
		       : errno == ENOENT ? "there is no /dev/kvm"
					 : "/dev/kvm cannot be opened";
	if (ioctl(fd, KVM_GET_API_VERSION, 0) != KVM_API_EXPECTED)
		return "/dev/kvm does not answer as KVM does";
	if (qemu_arch_of(arch)->kvm_needs_cpu_flag &&
	    !has_virtualization_flag(places->cpuinfo))
		return "the CPU has neither vmx nor svm";
	return NULL;
}

enum accel accel_choose(const char *setting, const struct arch *arch,
			const struct accel_places *places, const char **why)
{
	*why = NULL;
	if (setting && streq(setting, "tcg"))
		return ACCEL_TCG;
	*why = kvm_objection(arch, places);
	if (setting && streq(setting, "kvm"))
		return ACCEL_KVM;
	return *why ? ACCEL_TCG : ACCEL_KVM;
}
