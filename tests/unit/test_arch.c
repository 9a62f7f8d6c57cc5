// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of architectures. */
#include <elf.h>
#include <sys/utsname.h>

#include "kernel/arch.h"
#include "fixture.h"

DEFINE_TEST(arch_by_machine__known__found)
{
	static const char *const known[][3] = {
		{ "x86_64", "x86", "ttyS0" },	  { "aarch64", "arm64", "ttyAMA0" },
		{ "riscv64", "riscv", "ttyS0" },  { "s390x", "s390", "ttysclp0" },
		{ "ppc64le", "powerpc", "hvc0" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const struct arch *arch = arch_by_machine(known[i][0]);

		assert_non_null(arch);
		assert_string_equal(arch->name, known[i][1]);
		assert_string_equal(arch->console, known[i][2]);
	}
}

DEFINE_TEST(arch_by_machine__unknown__null)
{
	assert_null(arch_by_machine("vax"));
	/* the big-endian one is another */
	assert_null(arch_by_machine("ppc64"));
	assert_null(arch_by_machine(""));
}

DEFINE_TEST(arch_by_elf_machine__386__x86)
{
	assert_ptr_equal(arch_by_elf_machine(EM_386), arch_by_machine("x86_64"));
	assert_ptr_equal(arch_by_elf_machine(EM_PPC64), arch_by_machine("ppc64le"));
	assert_null(arch_by_elf_machine(EM_VAX));
	assert_null(arch_by_elf_machine(EM_NONE));
}

DEFINE_TEST(arch_by_pe_machine__none__null)
{
	assert_string_equal(arch_by_pe_machine(0xaa64)->name, "arm64");
	assert_string_equal(arch_by_pe_machine(0x5064)->name, "riscv");
	/* LoongArch */
	assert_null(arch_by_pe_machine(0x6264));
	/* some architectures of the table have none */
	assert_null(arch_by_pe_machine(0));
}

DEFINE_TEST(arch_native__this_machine__its_entry)
{
	struct utsname host;

	uname(&host);
	if (!arch_by_machine(host.machine)) {
		assert_null(arch_native());
		return;
	}
	assert_non_null(arch_native());
	assert_string_equal(arch_native()->machine, host.machine);
}

DEFINE_TEST(arch_nth__all__complete_then_null)
{
	const struct arch *arch;
	size_t nr = 0;

	for (; (arch = arch_nth(nr)); nr++) {
		assert_non_null(arch->name);
		assert_non_null(arch->console);
		assert_in_range(arch->command_line_size, 1024, 4096);
		assert_non_null(arch->tree_images[0]);
		assert_null(arch->tree_images[ARCH_TREE_IMAGES_MAX - 1]);
		assert_true(arch->elf_data != 0);
		assert_ptr_equal(arch_by_name(arch->name), arch);
		/* that of User Mode Linux is the host's */
		if (streq(arch->name, "um"))
			continue;
		assert_ptr_equal(arch_by_machine(arch->machine), arch);
		assert_ptr_equal(arch_by_elf_machine(arch->elf_machine), arch);
	}
	assert_null(arch_by_name("vax"));
	assert_int_equal(nr, 6);
	assert_null(arch_nth(nr + 1));
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
