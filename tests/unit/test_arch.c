// SPDX-License-Identifier: GPL-2.0-or-later
/* Architectures, and how an image's header tells them. */
#include <sys/utsname.h>

#include "arch.h"
#include "fixture.h"
#include "kernel-image.h"

static void arch_of_image__bzimage__x86(void **state)
{
	unsigned char image[BZIMAGE_SIZE];
	const struct arch *arch;

	(void)state;
	bzimage(image, "6.1.0");
	arch = arch_of_image(image, sizeof(image));
	assert_non_null(arch);
	assert_string_equal(arch->name, "x86");
	assert_string_equal(arch->qemu, "qemu-system-x86_64");
	assert_string_equal(arch->console, "ttyS0");
	assert_true(arch->kvm_needs_cpu_flag);
}

static void arch_of_image__arm64_image__arm64(void **state)
{
	unsigned char image[ARM64_IMAGE_SIZE];
	const struct arch *arch;

	(void)state;
	arm64_image(image);
	arch = arch_of_image(image, sizeof(image));
	assert_non_null(arch);
	assert_string_equal(arch->name, "arm64");
	assert_string_equal(arch->qemu, "qemu-system-aarch64");
	assert_string_equal(arch->console, "ttyAMA0");
	assert_false(arch->kvm_needs_cpu_flag);
}

static void arch_of_image__boot_flag_without_hdrs__null(void **state)
{
	unsigned char image[BZIMAGE_SIZE];

	(void)state;
	bzimage(image, NULL);
	image[0x202] = 'h';
	assert_null(arch_of_image(image, sizeof(image)));
}

static void arch_of_image__hdrs_without_boot_flag__null(void **state)
{
	unsigned char image[BZIMAGE_SIZE];

	(void)state;
	bzimage(image, NULL);
	image[0x1fe] = 0;
	assert_null(arch_of_image(image, sizeof(image)));
}

static void arch_of_image__other_files__null(void **state)
{
	unsigned char elf[4096] = "\x7f"
				  "ELF\x02\x01\x01",
		      gzip[4096] = "\x1f\x8b\x08", zeros[4096] = { 0 };

	(void)state;
	assert_null(arch_of_image(elf, sizeof(elf)));
	assert_null(arch_of_image(gzip, sizeof(gzip)));
	assert_null(arch_of_image(zeros, sizeof(zeros)));
}

/* On the heap, so that a byte read too many is seen. */
static void arch_of_image__every_length__no_byte_beyond(void **state)
{
	unsigned char image[BZIMAGE_SIZE];

	(void)state;
	bzimage(image, NULL);
	for (size_t size = 0; size <= 0x210; size++) {
		_cleanup_free_ void *part = xmemdup(image, size);

		assert_int_equal(arch_of_image(part, size) != NULL, size >= 0x206);
	}
}

static void arch_by_machine__known__found(void **state)
{
	(void)state;
	assert_string_equal(arch_by_machine("x86_64")->name, "x86");
	assert_string_equal(arch_by_machine("aarch64")->name, "arm64");
}

static void arch_by_machine__unknown__null(void **state)
{
	(void)state;
	assert_null(arch_by_machine("vax"));
	assert_null(arch_by_machine(""));
}

static void arch_native__this_machine__its_entry(void **state)
{
	struct utsname host;

	(void)state;
	uname(&host);
	if (streq(host.machine, "x86_64") || streq(host.machine, "aarch64")) {
		assert_non_null(arch_native());
		assert_string_equal(arch_native()->machine, host.machine);
	} else {
		assert_null(arch_native());
	}
}

static void arch_nth__all__complete_then_null(void **state)
{
	const struct arch *arch;
	size_t nr = 0;

	(void)state;
	for (; (arch = arch_nth(nr)); nr++) {
		assert_non_null(arch->name);
		assert_non_null(arch->qemu);
		assert_non_null(arch->console);
		assert_non_null(arch->tree_image);
		assert_true(arch->elf_machine != 0);
		assert_ptr_equal(arch_by_machine(arch->machine), arch);
	}
	assert_true(nr >= 2);
	assert_null(arch_nth(nr + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arch_of_image__bzimage__x86),
		cmocka_unit_test(arch_of_image__arm64_image__arm64),
		cmocka_unit_test(arch_of_image__boot_flag_without_hdrs__null),
		cmocka_unit_test(arch_of_image__hdrs_without_boot_flag__null),
		cmocka_unit_test(arch_of_image__other_files__null),
		cmocka_unit_test(arch_of_image__every_length__no_byte_beyond),
		cmocka_unit_test(arch_by_machine__known__found),
		cmocka_unit_test(arch_by_machine__unknown__null),
		cmocka_unit_test(arch_native__this_machine__its_entry),
		cmocka_unit_test(arch_nth__all__complete_then_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
