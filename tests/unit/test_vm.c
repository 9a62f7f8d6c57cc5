// SPDX-License-Identifier: GPL-2.0-or-later
/* What a VM offers depends on its back end: here, one that the test makes up. */
#include <errno.h>

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

/* Its exit status tells all. */
static const struct vm_backend without_monitor = { .name = "none" };

DEFINE_TEST(monitor__back_end_has_none__nothing_is_read)
{
	struct vm vm = vm_with((struct vm_traits){ 0 });

	vm.backend = &without_monitor;
	assert_int_equal(vm_add_monitor(&vm), 0);
	assert_int_equal(vm_monitor_fd(&vm), -1);
	vm_read_monitor(&vm);
}

static void note_started(void *state)
{
	++*(int *)state;
}

static void make_argv(const void *state, const struct vm_spec *spec, struct strvec *argv)
{
	(void)state;
	(void)spec;
	strvec_push(argv, "/nonexistent/vm");
}

static char *lacks_nothing(const struct conf *conf, const struct arch *arch)
{
	(void)conf;
	(void)arch;
	return NULL;
}

DEFINE_TEST(start__no_monitor__back_end_is_told)
{
	static const struct vm_backend backend = {
		.name = "none",
		.argv = make_argv,
		.started = note_started,
		.missing = lacks_nothing,
	};
	const struct vm_options options = { .image_fd = -1 };
	struct vm vm = vm_with((struct vm_traits){ 0 });
	struct capture capture;
	int calls = 0;

	vm.backend = &backend;
	vm.state = &calls;
	vm.options = &options;
	vm.initrd_fd = vm.kernel.fd = -1;
	vm.slot = (struct slot)SLOT_INIT;
	vm.process = (struct process)PROCESS_INIT;
	vm.spec.words.console = "ttyS0";
	capture = capture_start();
	assert_int_equal(vm_start(&vm, -1, -1, -1, NULL), -ENOENT);
	assert_contains(capture_stop(&capture), "cannot start none '/nonexistent/vm'");
	assert_int_equal(calls, 1);
	process_release(&vm.process);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
