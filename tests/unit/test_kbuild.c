// SPDX-License-Identifier: GPL-2.0-or-later
/* Makefiles of a kernel's source. */
#include "fixture.h"
#include "kconfig/kbuild.h"

static struct kbuild kbuild;

static int teardown(void **state)
{
	kbuild_release(&kbuild);
	return fixture_remove(state);
}

static void parse(const char *text)
{
	kbuild_parse(&kbuild, text, fixture_dir, "x86");
}

/* @name is made by one option alone; what else it asks for is @reached. */
static void assert_module(const char *name, const char *symbol, const char *reached)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	const struct kbuild_object *object = kbuild_objects(&kbuild, name);

	if (!object)
		fail_msg("there is no module %s", name);
	assert_null(object->next);
	assert_string_equal(object->symbol, symbol);
	kexpr_print(kbuild_reached(&kbuild, object), &text);
	assert_string_equal(text.buf, reached);
}

#define KBUILD_TEST(f) DEFINE_TEST_WITH(f, fixture_make, teardown)

KBUILD_TEST(parse__lists__symbol_of_each_object)
{
	parse("# obj-$(CONFIG_NOT) += not.o\n"
	      "obj-$(CONFIG_XFS_FS)\t\t+= xfs.o\n"
	      "xfs-y := a.o b.o\nxfs-$(CONFIG_XFS_QUOTA) += quota.o\n"
	      "  obj-${CONFIG_TWO} := one.o \\\n\ttwo.o # three.o\n"
	      "obj-y += core.o\nobj-m += always.o\n");
	assert_module("xfs", "XFS_FS", "y");
	assert_module("one", "TWO", "y");
	assert_module("two", "TWO", "y");
	assert_null(kbuild_objects(&kbuild, "not"));
	assert_null(kbuild_objects(&kbuild, "quota"));
	assert_null(kbuild_objects(&kbuild, "three"));
	assert_null(kbuild_objects(&kbuild, "core"));
}

KBUILD_TEST(objects__dash_or_underscore__the_same)
{
	parse("obj-$(CONFIG_CRYPTO_LZO) += lzo-rle.o\n");
	assert_module("lzo-rle", "CRYPTO_LZO", "y");
	assert_module("lzo_rle", "CRYPTO_LZO", "y");
}

KBUILD_TEST(parse__oddities__left_alone)
{
	parse("obj-$(CONFIG_A)-y += a.o\nobj-$(A) += b.o\nobj- += c.o\n"
	      "obj-$(CONFIG_) += d.o\nobj-$(CONFIG_E += e.o\nobj-$(CONFIG_F)\n"
	      "obj-$(CONFIG_G) += $(g).o .o o /\n\\\n");
	assert_int_equal(kbuild.objects.nr, 0);
	assert_int_equal(kbuild.dirs.nr, 0);
}

KBUILD_TEST(parse__subst__last_option)
{
	parse("obj-$(subst m,y,$(CONFIG_HYPERV)) += hv.o\n"
	      "obj-$(subst y,$(CONFIG_L2TP),$(CONFIG_L2TP_ETH)) += l2tp_eth.o\n");
	assert_module("hv", "HYPERV", "y");
	assert_module("l2tp_eth", "L2TP_ETH", "y");
}

KBUILD_TEST(parse__list_in_a_list__both_options)
{
	parse("rdma-$(CONFIG_ADDR) := rdma_cm.o\n"
	      "obj-$(CONFIG_INFINIBAND) += ib_core.o \\\n\t$(rdma-y)\n"
	      "part-$(CONFIG_PART) := part.o\nwhole-y := $(part-y)\n");
	assert_module("ib_core", "INFINIBAND", "y");
	assert_module("rdma_cm", "ADDR", "INFINIBAND");
	assert_null(kbuild_objects(&kbuild, "part"));
}

KBUILD_TEST(parse__ifs__conditions)
{
	parse("ifdef CONFIG_A\nobj-$(CONFIG_X) += a.o\nelse\nobj-$(CONFIG_X) += b.o\n"
	      "endif\n"
	      "ifeq ($(CONFIG_B),y)\nifndef CONFIG_C\nobj-$(CONFIG_X) += c.o\nendif\n"
	      "endif # B\n"
	      "ifneq ($(CONFIG_D)$(CONFIG_E),)\nobj-$(CONFIG_X) += d.o\n"
	      "else ifeq ($(CONFIG_F), m)\nobj-$(CONFIG_X) += e.o\nendif\n"
	      "ifeq ($(BITS),64)\nobj-$(CONFIG_X) += f.o\nendif\n"
	      "obj-$(CONFIG_X) += g.o\n");
	assert_module("a", "X", "A");
	assert_module("b", "X", "!A");
	assert_module("c", "X", "B=y && !C");
	assert_module("d", "X", "D || E");
	assert_module("e", "X", "!(D || E) && F=m");
	assert_module("f", "X", " ($(BITS),64)");
	assert_module("g", "X", "y");
}

KBUILD_TEST(read__directories__their_options)
{
	put_file("Kbuild", "obj-y += drivers/\nobj-$(CONFIG_NET) += net/\n"
			   "obj-y += arch/$(SRCARCH)/\n");
	put_file("drivers/Makefile", "obj-y += net/\n");
	put_file("drivers/net/Makefile", "obj-$(CONFIG_VENDOR) += intel/\n");
	put_file("drivers/net/intel/Makefile", "obj-$(CONFIG_E1000) += e1000.o\n");
	/* Kbuild is the one that counts */
	put_file("net/Kbuild", "obj-$(CONFIG_NET_9P) += 9pnet.o\n");
	put_file("net/Makefile", "obj-$(CONFIG_OTHER) += 9pnet.o\n");
	put_file("arch/x86/Kbuild", "obj-$(CONFIG_KVM) += kvm/\n");
	put_file("arch/x86/kvm/Makefile", "obj-$(CONFIG_KVM_INTEL) += kvm-intel.o\n");
	put_file("arch/x86/Makefile", "drivers-$(CONFIG_PCI) += arch/x86/pci/\n");
	put_file("arch/x86/pci/Makefile", "obj-$(CONFIG_MM) += pcimm.o\n");
	put_file("arch/arm/Kbuild", "obj-$(CONFIG_ARM) += armonly.o\n");
	assert_int_equal(kbuild_read(&kbuild, fixture_dir, "x86"), 0);
	assert_module("e1000", "E1000", "VENDOR");
	assert_module("9pnet", "NET_9P", "NET");
	assert_module("kvm-intel", "KVM_INTEL", "KVM");
	assert_module("pcimm", "MM", "PCI");
	assert_null(kbuild_objects(&kbuild, "armonly"));
}

KBUILD_TEST(read__older_top__its_lists)
{
	put_file("Makefile", "ifeq ($(KBUILD_EXTMOD),)\n"
			     "core-y += fs/\ndrivers-$(CONFIG_S) += samples/\nendif\n"
			     "net-y := net/\n");
	put_file("fs/Makefile", "obj-$(CONFIG_XFS_FS) += xfs/\n");
	put_file("fs/xfs/Makefile", "obj-$(CONFIG_XFS_FS) += xfs.o\n");
	put_file("samples/Makefile", "obj-$(CONFIG_SAMPLE) += sample.o\n");
	put_file("net/Makefile", "net-$(CONFIG_X) += x.o\n");
	assert_int_equal(kbuild_read(&kbuild, fixture_dir, "x86"), 0);
	assert_module("xfs", "XFS_FS", "XFS_FS");
	assert_module("sample", "SAMPLE", "S");
	assert_null(kbuild_objects(&kbuild, "x"));
}

KBUILD_TEST(read__two_ways_to_a_directory__either)
{
	put_file("Kbuild", "obj-$(CONFIG_A) += usb/\nobj-$(CONFIG_B) += usb/\n");
	put_file("usb/Makefile", "obj-$(CONFIG_STORAGE) += usb-storage.o\n");
	assert_int_equal(kbuild_read(&kbuild, fixture_dir, "x86"), 0);
	assert_module("usb-storage", "STORAGE", "B || A");
}

KBUILD_TEST(read__directory_below_itself__ends)
{
	put_file("Kbuild", "obj-y += a/\n");
	put_file("a/Makefile",
		 "obj-$(CONFIG_A) += link/ ../a/ ./\nobj-$(CONFIG_A) += a.o\n");
	assert_int_equal(symlink(".", at("a/link")), 0);
	assert_int_equal(kbuild_read(&kbuild, fixture_dir, "x86"), 0);
	assert_non_null(kbuild_objects(&kbuild, "a"));
	assert_in_range(kbuild.dirs.nr, 2, 2 * KBUILD_DEPTH_MAX);
}

KBUILD_TEST(read__nothing_there__enoent)
{
	assert_int_equal(kbuild_read(&kbuild, fixture_dir, "x86"), -ENOENT);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
