// SPDX-License-Identifier: GPL-2.0-or-later
/* --disk. */
#include <errno.h>

#include "fixture.h"

#include "conf/vm-args.h"

/* The complaint about the disk @text, or NULL. Heap. */
static char *add(struct vm_args *args, const char *text)
{
	char *why = NULL;
	int err = vm_args_add_disk(args, text, &why);

	assert_int_equal(err, why ? -EINVAL : 0);
	return why;
}

static void assert_complaint(struct vm_args *args, const char *text, const char *words)
{
	_cleanup_free_ char *why = add(args, text);

	assert_non_null(why);
	assert_non_null(strstr(why, words));
}

DEFINE_TEST(disk__file_with_words__all_taken)
{
	_cleanup_(vm_args_release) struct vm_args args = { 0 };

	assert_null(add(&args, "/x/a,b.img,ro,snapshot,format=qcow2,name=root"));
	assert_int_equal(args.nr_disks, 1);
	assert_string_equal(args.disks[0].file, "/x/a,b.img");
	assert_string_equal(args.disks[0].name, "root");
	assert_true(args.disks[0].read_only && args.disks[0].snapshot);
	assert_int_equal(args.disks[0].format, VM_DISK_QCOW2);
}

DEFINE_TEST(disk__size__no_file)
{
	_cleanup_(vm_args_release) struct vm_args args = { 0 };

	assert_null(add(&args, "2G"));
	assert_null(add(&args, "64,name=log"));
	assert_null(add(&args, "./64"));
	assert_null(args.disks[0].file);
	assert_true(args.disks[0].size == 2ULL << 30);
	assert_true(args.disks[1].size == 64ULL << 20);
	assert_string_equal(args.disks[0].name, "disk1");
	assert_string_equal(args.disks[1].name, "log");
	assert_string_equal(args.disks[2].file, "./64");
	assert_string_equal(args.disks[2].name, "disk3");
}

DEFINE_TEST(disk__wrong__complaint)
{
	_cleanup_(vm_args_release) struct vm_args args = { 0 };

	assert_complaint(&args, "", "needs a file or a size");
	assert_complaint(&args, "a.img,format=vmdk", "'format=vmdk' is not one of ro");
	assert_complaint(&args, "1G,ro", "has only name=NAME");
	assert_complaint(&args, "1G,name=", "cannot be a disk's name");
	assert_complaint(&args, "1G,name=a b", "cannot be a disk's name");
	assert_null(add(&args, "1G,name=a"));
	assert_complaint(&args, "b.img,name=a", "a disk 'a' already");
	assert_int_equal(args.nr_disks, 1);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
