// SPDX-License-Identifier: GPL-2.0-or-later
/* What a VM offers depends on its back end: here, one that the test makes up. */
#include <errno.h>

#include "fixture.h"
#include "vm/vm-private.h"

/* A VM with these traits that was not started. */
static struct vm vm_with(struct vm_traits traits)
{
	struct vm vm = { .spec = VM_SPEC_INIT, .traits = traits };

	vm.spec.arch = arch_by_machine("x86_64");
	return vm;
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

/* Start a VM for @machine whose command line ends with @append. Returns what vm_start()
 * does, and @said gets the message, which stays until the next call. */
static int start(const char *machine, const char *append, int *told, const char **said)
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
	int err;

	vm.backend = &backend;
	vm.state = told;
	vm.options = &options;
	vm.initrd_fd = vm.kernel.fd = -1;
	vm.slot = (struct slot)SLOT_INIT;
	vm.process = (struct process)PROCESS_INIT;
	vm.spec.arch = arch_by_machine(machine);
	vm.spec.words.console = "ttyS0";
	vm.spec.append = append;
	capture = capture_start();
	err = vm_start(&vm, -1, -1, -1, NULL);
	*said = capture_stop(&capture);
	process_release(&vm.process);
	return err;
}

DEFINE_TEST(start__no_monitor__back_end_is_told)
{
	const char *said;
	int told = 0;

	assert_int_equal(start("x86_64", NULL, &told, &said), -ENOENT);
	assert_contains(said, "cannot start none '/nonexistent/vm'");
	assert_int_equal(told, 1);
}

DEFINE_TEST(start__long_command_line__by_the_architecture)
{
	_cleanup_free_ char *append = xasprintf("%01100d", 0);
	const char *said;
	int told = 0;

	assert_int_equal(start("x86_64", append, &told, &said), -ENOENT);
	assert_int_equal(start("riscv64", append, &told, &said), -E2BIG);
	assert_contains(said, "the kernel command line has ");
	assert_contains(said, "a kernel for riscv accepts at most 1023");
	assert_int_equal(told, 1);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
