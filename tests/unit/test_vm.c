// SPDX-License-Identifier: GPL-2.0-or-later
/* What a VM offers depends on its back end: here, one that the test makes up. */
#include "fixture.h"
#include "vm/vm-private.h"

/* A VM with these traits that was not started. */
static struct vm vm_with(struct vm_traits traits)
{
	return (struct vm){ .spec = VM_SPEC_INIT, .traits = traits };
}

DEFINE_TEST(add_port__back_end_has_none__no_socket)
{
	struct vm vm = vm_with((struct vm_traits){ .has_port = false });
	int ours = 0;

	assert_int_equal(vm_add_port(&vm, &ours), 0);
	assert_int_equal(ours, -1);
	assert_int_equal(vm.spec.port, VM_FD_NONE);
	assert_int_equal(vm.nr_ends, 0);
}

DEFINE_TEST(add_port__back_end_has_one__two_ends)
{
	struct vm vm = vm_with((struct vm_traits){ .has_port = true });
	int ours = -1;

	assert_int_equal(vm_add_port(&vm, &ours), 0);
	assert_true(ours >= 0);
	assert_int_equal(vm.nr_ends, 1);
	assert_int_equal(vm.spec.port, vm.ends[0]);
	close(ours);
	close(vm.ends[0]);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
