// SPDX-License-Identifier: GPL-2.0-or-later
/* KVM or not. */
#include <linux/kvm.h>
#include <sys/syscall.h>

#include "fixture.h"
#include "vm/qemu.h"

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
	if (arch_native() &&
	    (!with_flags || qemu_arch_of(arch_native())->kvm_needs_cpu_flag))
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
