// SPDX-License-Identifier: GPL-2.0-or-later
/* User Mode Linux as a back end: its command line, and how it ended. */
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "fixture.h"
#include "lib/unix-socket.h"
#include "vm/uml.h"

static struct conf conf;
static struct vm_kernel kernel;
static struct vm_spec spec;
static struct vm_traits traits;
static struct strvec argv;
static void *machine;

static int setup(void **state)
{
	static char rapido_dir[] = "/nonexistent/rapido", dir[512];
	struct dirs dirs = { .rapido_dir = rapido_dir, .state = dir };

	if (fixture_make(state))
		return -1;
	snprintf(dir, sizeof(dir), "%s/state", fixture_dir);
	conf_init(&conf, &dirs);
	kernel = (struct vm_kernel){ xstrdup("/bin/sh"), .fd = -1 };
	spec = (struct vm_spec)VM_SPEC_INIT;
	spec.arch = arch_by_name("um");
	spec.slot = 7;
	spec.cpus = 1;
	spec.memory = 64 << 20;
	spec.kernel = "/proc/self/fd/4";
	spec.initrd = "/proc/self/fd/5";
	argv = (struct strvec)STRVEC_INIT;
	machine = NULL;
	return 0;
}

static int teardown(void **state)
{
	vm_uml.release(machine);
	strvec_release(&argv);
	free(kernel.path);
	conf_release(&conf);
	unsetenv("TMPDIR");
	return fixture_remove(state);
}

/* With the settings @text. */
static int prepare(const char *text)
{
	_cleanup_(report_release) struct report report = REPORT_INIT;

	assert_int_equal(conf_parse(&conf, "rapido.conf", text, &report), 0);
	return vm_uml.prepare(&conf, &kernel, &spec, &traits, &machine);
}

static bool has_arg(const char *arg)
{
	return strvec_has(&argv, arg);
}

#define TEST(f) DEFINE_TEST_WITH(f, setup, teardown)

TEST(takes__its_kernels__no_others)
{
	struct kernel_image image = { .arch = arch_by_name("um") };

	assert_true(vm_uml.takes(&image));
	assert_ptr_equal(backend_for(&image), &vm_uml);
	image.arch = arch_by_machine("x86_64");
	assert_false(vm_uml.takes(&image));
	image.arch = NULL;
	assert_false(vm_uml.takes(&image));
}

TEST(argv__a_run__console_and_channel_by_descriptor)
{
	spec.unattended = spec.run = true;
	assert_int_equal(prepare("QEMU_PID_DIR=\"/tmp/a b\"\nAPPEND=\"x=\\\"1 2\\\"\"\n"),
			 0);
	spec.append = conf_get(&conf, "APPEND");
	spec.console = 8;
	spec.channel = 9;
	vm_uml.argv(machine, &spec, &argv);
	assert_string_equal(argv.v[0], "/proc/self/fd/4");
	assert_true(has_arg("mem=64M"));
	assert_true(has_arg("initrd=/proc/self/fd/5"));
	assert_true(has_arg("uml_dir=/tmp/a b/"));
	assert_true(has_arg("umid=rapido_vm7.uml"));
	assert_true(has_arg("con0=null,fd:8"));
	assert_true(has_arg("ssl0=fd:9"));
	/* the guest's words are one argument, quotes and all */
	/* or the kernel would add one, and the guest's files would be in a ramfs */
	assert_string_equal(argv.v[argv.nr - 3], "root=");
	assert_contains(argv.v[argv.nr - 1], "rapido.channel=ttyS0");
	assert_contains(argv.v[argv.nr - 1], " x=\"1 2\"");
	/* it cannot restart */
	assert_non_null(traits.title);
	assert_true(access(traits.title, F_OK) < 0);
}

TEST(argv__cards__sockets_that_are_connected_whenever_one_is_brought_up)
{
	static const struct vm_nic nics[] = {
		{ "tap3", "b8:00:00:01:00:07", NET_TAP, 11, NULL, 0, 9000 },
		{ "tap4", "b8:00:00:02:00:07", NET_TAP, 12, NULL, 0, 1280 },
		{ "tap5", "b8:00:00:03:00:07", NET_TAP, -1, NULL, 0, 0 },
	};

	assert_true(vm_uml.packets);
	assert_int_equal(prepare(""), 0);
	spec.nics = nics;
	spec.nr_nics = ARRAY_SIZE(nics);
	vm_uml.argv(machine, &spec, &argv);
	assert_true(has_arg("vec0:transport=bess,dst=/proc/self/fd/11,"
			    "mac=b8:00:00:01:00:07,mtu=9000"));
	/* the guest can choose a smaller one itself */
	assert_true(has_arg(
		"vec1:transport=bess,dst=/proc/self/fd/12,mac=b8:00:00:02:00:07"));
	/* of a dry run */
	assert_true(
		has_arg("vec2:transport=bess,dst=/proc/self/fd/5,mac=b8:00:00:03:00:07"));
}

TEST(argv__a_user__has_the_console_and_may_restart)
{
	assert_int_equal(prepare("UML_EXTRA_ARGS=\"vec0:transport=raw 'a b'\"\n"), 0);
	spec.console = VM_FD_STDIO;
	vm_uml.argv(machine, &spec, &argv);
	assert_true(has_arg("con0=fd:0,fd:1"));
	assert_null(traits.title);
	/* the user's arguments have the last word */
	assert_string_equal(argv.v[argv.nr - 2], "vec0:transport=raw");
	assert_string_equal(argv.v[argv.nr - 1], "a b");
}

TEST(argv__disks__plain_and_named)
{
	const struct vm_disk disks[] = { { .name = "scratch",
					   .file = "/proc/self/fd/10" },
					 { .name = "log", .file = "/proc/self/fd/11" } };

	spec.disks = disks;
	spec.nr_disks = 2;
	assert_int_equal(prepare(""), 0);
	vm_uml.argv(machine, &spec, &argv);
	assert_true(has_arg("ubd0d=/proc/self/fd/10,,scratch"));
	assert_true(has_arg("ubd1d=/proc/self/fd/11,,log"));
}

TEST(argv__no_disk_and_no_share__nothing_of_the_host)
{
	assert_int_equal(prepare(""), 0);
	vm_uml.argv(machine, &spec, &argv);
	/* the defaults are a file of the current directory, and / */
	assert_true(has_arg("ubd0=/dev/null/none"));
	assert_true(has_arg("hostfs=/dev/null"));
}

static struct vm_share share_of(const char *tag, const char *dir)
{
	return (struct vm_share){
		.type = "hostfs", .tag = tag, .dir = dir, .path = "/host", .fd = -1
	};
}

/* Whether the process sees @dir, as "share/TAG" or "share". */
static bool sees(const char *dir, const char *target, bool writable)
{
	const struct view *view = traits.view;

	for (size_t i = 0; i < view->nr; i++)
		if (streq(view->v[i].source, dir) && streq(view->v[i].target, target))
			return view->v[i].writable == writable;
	return false;
}

TEST(argv__shares__all_that_it_sees)
{
	struct vm_share shares[] = { share_of("rapido0", "/srv/a, b"),
				     share_of("rapido1", "/srv/c") };

	if (view_check())
		skip();
	shares[1].writable = true;
	spec.shares = shares;
	spec.nr_shares = 2;
	assert_int_equal(prepare(""), 0);
	vm_uml.argv(machine, &spec, &argv);
	assert_true(has_arg("hostfs=/share"));
	assert_contains(argv.v[argv.nr - 1], "rapido.share=hostfs:rapido0:ro:/host");
	assert_contains(argv.v[argv.nr - 1], "rapido.share=hostfs:rapido1:rw:/host");
	assert_non_null(traits.view);
	assert_true(sees("/srv/a, b", "share/rapido0", false));
	assert_true(sees("/srv/c", "share/rapido1", true));
	assert_true(has_arg("uml_dir=/tmp/"));
}

TEST(argv__shares_in_a_dry_run__by_their_paths)
{
	struct vm_share share = share_of("/srv/a", "/srv/a");
	struct capture c;

	spec.shares = &share;
	spec.nr_shares = 1;
	kernel.dry_run = true;
	c = capture_start();
	assert_int_equal(prepare(""), 0);
	capture_stop(&c);
	vm_uml.argv(machine, &spec, &argv);
	assert_true(has_arg("hostfs=/"));
	assert_contains(argv.v[argv.nr - 1], "rapido.share=hostfs:/srv/a:ro:/host");
	assert_null(traits.view);
}

TEST(argv__no_shares__sees_this_host)
{
	assert_int_equal(prepare(""), 0);
	assert_null(traits.view);
}

/* Less room than any host has. */
TEST(prepare__no_room_for_the_memory__refused)
{
	spec.memory = 1ULL << 60;
	setenv("TMPDIR", fixture_dir, 1);
	assert_int_equal(prepare(""), -ENOSPC);
}

TEST(prepare__kernel_that_cannot_be_executed__refused)
{
	free(kernel.path);
	kernel.path = xstrdup(put_file("linux", "x"));
	assert_int_equal(chmod(kernel.path, 0644), 0);
	assert_int_equal(prepare(""), -EACCES);
}

TEST(prepare__quote_not_closed__refused)
{
	assert_int_equal(prepare("UML_EXTRA_ARGS=\"a 'b\"\n"), -EINVAL);
}

static struct vm_ending end_with(int status, const char *output)
{
	return vm_uml.how_it_ended(machine, &(struct vm_traces){ status, output });
}

TEST(how_it_ended__by_its_status)
{
	assert_int_equal(prepare(""), 0);
	assert_int_equal(end_with(0, "").end, VM_END_OFF);
	assert_int_equal(end_with(1, "").end, VM_END_FAILED);
	assert_null(end_with(1, "").fault);
	assert_int_equal(end_with(128 + SIGKILL, "").end, VM_END_KILLED);
	/* a panic aborts */
	assert_int_equal(end_with(128 + SIGABRT, "").end, VM_END_RESET);
}

TEST(how_it_ended__restart__reset)
{
	assert_int_equal(prepare(""), 0);
	assert_int_equal(end_with(0, "\n\nFailed to exec kernel: Not a directory\n").end,
			 VM_END_RESET);
	/* a line of the kernel's log has a time before it */
	assert_int_equal(end_with(0, "[    0.1] Failed to exec kernel: x\n").end,
			 VM_END_OFF);
}

TEST(how_it_ended__noexec__the_hosts_fault)
{
	assert_int_equal(prepare(""), 0);
	assert_contains(end_with(1, "/x must be not mounted noexec\n").fault, "noexec");
	assert_contains(end_with(1, "check_ptrace : ptrace failed: Operation not "
				    "permitted\n")
				.fault,
			"ptrace");
}

/* The end of a VM whose kernel has logged @line. */
static struct vm_ending end_after(const char *line)
{
	vm_uml.watch(machine, line);
	return end_with(128 + SIGABRT, "");
}

TEST(watch__a_process_of_the_guest_was_killed__the_hosts_doing)
{
	static const char *const lines[] = {
		"userspace - PTRACE_GETREGS failed, errno = 3",
		"userspace - ptrace continue failed, op = 31, errno = 3",
		"userspace - child stopped with signal 15",
		"wait_stub_done : failed to wait for SIGTRAP, pid = 7, n = 7, errno = 0, "
		"status = 0x9",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(prepare(""), 0);
		assert_null(end_with(128 + SIGABRT, "").interference);
		assert_contains(end_after(lines[i]).interference, "killed");
		/* what comes then is its consequence */
		assert_contains(end_after("Kernel panic - not syncing: x").interference,
				"killed");
		vm_uml.release(machine);
		machine = NULL;
	}
}

TEST(how_it_ended__aborted_once_it_was_off__off)
{
	assert_int_equal(prepare(""), 0);
	assert_int_equal(end_after("the user says: reboot: Power down").end,
			 VM_END_RESET);
	assert_int_equal(end_after("reboot: Power down").end, VM_END_OFF);
}

TEST(watch__no_memory_or_process__the_hosts_doing)
{
	assert_int_equal(prepare(""), 0);
	assert_contains(end_after("Kernel panic - not syncing: Kernel mode signal 7")
				.interference,
			"memory");
	vm_uml.release(machine);
	machine = NULL;
	assert_int_equal(prepare(""), 0);
	assert_contains(
		end_after("start_userspace : clone failed, errno = 11").interference,
		"ulimit -u");
}

TEST(watch__what_the_kernel_is_to_blame_for__nothing)
{
	static const char *const lines[] = {
		"Kernel panic - not syncing: Kernel mode signal 4",
		"Kernel panic - not syncing: Kernel mode signal 77",
		"userspace - ptrace set regs failed, errno = 5",
		/* only a kernel that lacks room for a processor's registers is excused */
		"userspace - ptrace set fp regs failed, errno = 22",
		"he said: userspace - PTRACE_GETREGS failed, errno = 3",
		NULL,
	};

	assert_int_equal(prepare(""), 0);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		assert_null(end_after(lines[i]).interference);
}

TEST(prepare__one_was_killed__its_directory_is_gone)
{
	_cleanup_free_ char *text = xasprintf("QEMU_PID_DIR=\"%s\"\n", fixture_dir);
	struct stat st;

	/* a process of this number is there */
	put_file("rapido_vm7.uml/pid", "1\n");
	assert_int_equal(prepare(text), 0);
	assert_true(stat(at("rapido_vm7.uml"), &st) < 0);
}

TEST(release__another_one_runs__its_directory_stays)
{
	_cleanup_free_ char *text = xasprintf("QEMU_PID_DIR=\"%s\"\n", fixture_dir);
	_cleanup_close_ int fd = -1;
	struct stat st;

	/* as in a dry run, which takes no number */
	put_file("rapido_vm7.uml/pid", "1\n");
	fd = unix_socket_listen(AT_FDCWD, at("rapido_vm7.uml/mconsole"), SOCK_SEQPACKET,
				1);
	assert_true(fd >= 0);
	assert_int_equal(prepare(text), 0);
	vm_uml.release(machine);
	machine = NULL;
	assert_int_equal(stat(at("rapido_vm7.uml/pid"), &st), 0);
}

TEST(release__killed__its_directory_is_gone)
{
	_cleanup_free_ char *text = xasprintf("QEMU_PID_DIR=\"%s\"\n", fixture_dir);
	_cleanup_close_ int fd = -1;
	struct stat st;

	assert_int_equal(prepare(text), 0);
	vm_uml.started(machine);
	put_file("rapido_vm7.uml/pid", "1\n");
	/* which a child of the kernel's still has when the kernel is gone */
	fd = unix_socket_listen(AT_FDCWD, at("rapido_vm7.uml/mconsole"), SOCK_SEQPACKET,
				1);
	assert_true(fd >= 0);
	vm_uml.release(machine);
	machine = NULL;
	assert_true(stat(at("rapido_vm7.uml"), &st) < 0);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
