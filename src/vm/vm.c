// SPDX-License-Identifier: GPL-2.0-or-later
/* Starting and stopping a VM; what it consists of is vm-init.c's. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/out.h"
#include "vm/vm.h"

#define KERNEL_PARAMS_MAX 2048

/* Its ends of the sockets: as long as we have them too, we do not see it end. */
static void close_sockets(struct vm *vm)
{
	while (vm->nr_sockets)
		close(vm->sockets[--vm->nr_sockets]);
}

/* It is in memory: QEMU alone has it from its start on. */
static void close_initrd(struct vm *vm)
{
	if (vm->initrd_fd >= 0)
		close(TAKE_FD(vm->initrd_fd));
}

void vm_give_number_back(struct vm *vm)
{
	control_free(TAKE_PTR(vm->control));
	slot_release(&vm->slot);
}

void vm_release(struct vm *vm)
{
	process_release(&vm->qemu);
	qmp_release(&vm->qmp);
	close_sockets(vm);
	vm_net_release(&vm->net);
	vm_give_number_back(vm);
	for (size_t i = 0; i < vm->spec.nr_disks; i++)
		if (vm->disk_fds[i] >= 0)
			close(vm->disk_fds[i]);
	if (vm->kernel_fd >= 0)
		close(vm->kernel_fd);
	close_initrd(vm);
	strvec_release(&vm->extra_args);
	strvec_release(&vm->paths);
}

/* The kernel would cut off what is too long, without a word (COMMAND_LINE_SIZE). */
static int check_kernel_params(const struct vm *vm)
{
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT;

	qemu_kernel_params(&vm->spec, &line);
	if (line.len < KERNEL_PARAMS_MAX)
		return 0;
	log_error(
		"the kernel command line has %zu characters, more than the %d that a kernel takes",
		line.len, KERNEL_PARAMS_MAX - 1);
	return -E2BIG;
}

int vm_print_command(const struct vm *vm)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT;

	qemu_argv(&vm->spec, &argv);
	for (size_t i = 0; i < argv.nr; i++) {
		if (i)
			strbuf_addch(&line, ' ');
		strbuf_add_quoted(&line, argv.v[i]);
	}
	strbuf_addch(&line, '\n');
	out_print("%s", line.buf);
	return check_kernel_params(vm);
}

int vm_socket(struct vm *vm, int *ours)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	vm->sockets[vm->nr_sockets++] = ends[1];
	*ours = ends[0];
	return ends[1];
}

int vm_pipe(struct vm *vm, int *ours)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	/* a smaller one will do too */
	fcntl(ends[1], F_SETPIPE_SZ, VM_PIPE_SIZE);
	vm->sockets[vm->nr_sockets++] = ends[1];
	*ours = ends[0];
	return ends[1];
}

int vm_add_monitor(struct vm *vm)
{
	int err = qmp_init(&vm->qmp);

	if (err)
		log_error("cannot prepare QEMU's monitor: %s", err_text(err));
	vm->spec.monitor_fd = vm->qmp.peer;
	return err;
}

/* What QEMU inherits. */
static size_t list_descriptors(const struct vm *vm, int *keep)
{
	size_t nr = 0;

	keep[nr++] = vm_initrd(vm);
	keep[nr++] = vm->kernel_fd;
	keep[nr++] = vm->slot.lock.fd;
	if (vm->qmp.peer >= 0)
		keep[nr++] = vm->qmp.peer;
	for (size_t i = 0; i < vm->nr_sockets; i++)
		keep[nr++] = vm->sockets[i];
	for (size_t i = 0; i < vm->net.nr; i++)
		if (vm->net.fds[i] >= 0)
			keep[nr++] = vm->net.fds[i];
	for (size_t i = 0; i < vm->spec.nr_disks; i++)
		keep[nr++] = vm->disk_fds[i];
	return nr;
}

/* For `rapido ps` and its kin. */
static void describe(struct vm *vm, const char *log)
{
	const struct image_info *info = vm->options->info;
	const char *path = vm->options->kernel;
	bool is_its_own = info->release && info->kernel && streq(info->kernel, path);
	_cleanup_free_ char *kernel = xstrdup(is_its_own ? info->release : path);
	const struct slot_info slot = {
		.number = vm->slot.number,
		.vm = vm->qemu.pid,
		.rapido = getpid(),
		.test = info->test,
		.kernel = kernel,
		.log = (char *)log,
		.started = time(NULL),
	};
	int err = slot_describe(&vm->slot, &slot);

	if (err)
		log_warn("cannot write '%s': %s", vm->slot.lock.path, err_text(err));
	control_describe(vm->control, &slot, net_kind_name(vm->net.kind));
}

int vm_start(struct vm *vm, int in, int out, int err, const char *log)
{
	int keep[4 + VM_KEEP_MAX + VM_NICS_MAX + VM_DISKS_MAX],
		error = check_kernel_params(vm);
	const char *program;

	if (error)
		return error;
	vm->qemu.nr_keep = list_descriptors(vm, keep);
	vm->qemu.keep = keep;
	vm->qemu.in = in;
	vm->qemu.out = out;
	vm->qemu.err = err;
	vm->qemu.death_signal = SIGTERM;
	/* the Ctrl-C that ends a run is for us, who then let the guest end in good order
	 */
	vm->qemu.own_group = vm->spec.run;
	qemu_argv(&vm->spec, &vm->qemu.argv);
	program = vm->qemu.argv.v[0];
	error = process_start(&vm->qemu);
	if (error == -ENOENT)
		log_error(
			"cannot find QEMU '%s': install it (Debian package: %s), or set QEMU_BIN",
			program, vm->spec.arch->qemu_package);
	else if (error)
		log_error("cannot start QEMU '%s': %s", program, err_text(error));
	else
		describe(vm, log);
	vm->qemu.keep = NULL;
	vm->qemu.nr_keep = 0;
	close_sockets(vm);
	close_initrd(vm);
	vm_net_started(&vm->net);
	qmp_started(&vm->qmp);
	return error;
}

void vm_stop(struct vm *vm, int grace_ms)
{
	if (vm->qemu.pid <= 0)
		return;
	kill(vm->qemu.pid, SIGTERM);
	/* also where it cannot be seen whether it has ended */
	if (process_wait(&vm->qemu, grace_ms) < 0)
		process_release(&vm->qemu);
}

int vm_catch_signals(sigset_t *before, int more)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	if (more)
		sigaddset(&set, more);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++) {
		struct sigaction now;

		if (sigaction(ending[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(&set, ending[i]);
	}
	sigprocmask(SIG_BLOCK, &set, before);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}
