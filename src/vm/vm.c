// SPDX-License-Identifier: GPL-2.0-or-later
/* Start and stop a VM. vm-init.c makes it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/out.h"
#include "lib/unix-socket.h"
#include "vm-private.h"

/* The most that a user may have without privilege (pipe-max-size in pipe(7)). */
#define PIPE_SIZE (1 << 20)

/* Close the VM's ends of sockets and pipes: open here, they would hide its end. */
static void close_ends(struct vm *vm)
{
	while (vm->nr_ends)
		close(vm->ends[--vm->nr_ends]);
}

/* It takes memory, so only the VM keeps it. */
static void close_initrd(struct vm *vm)
{
	if (vm->initrd_fd >= 0)
		close(TAKE_FD(vm->initrd_fd));
}

int vm_new(struct vm **vm, const struct vm_options *options)
{
	*vm = xcalloc(1, sizeof(**vm));
	return vm_init(*vm, options);
}

void vm_free(struct vm *vm)
{
	if (!vm)
		return;
	process_release(&vm->process);
	if (vm->backend)
		vm->backend->release(vm->state);
	close_ends(vm);
	vm_net_release(&vm->net);
	vm_shares_release(&vm->shares);
	vm_give_number_back(vm);
	for (size_t i = 0; i < vm->spec.nr_disks; i++)
		if (vm->disk_fds[i] >= 0)
			close(vm->disk_fds[i]);
	if (vm->kernel.fd >= 0)
		close(vm->kernel.fd);
	free(vm->kernel.path);
	close_initrd(vm);
	if (vm->output_fd >= 0)
		close(vm->output_fd);
	strbuf_release(&vm->output);
	strvec_release(&vm->paths);
	free(vm);
}

char *vm_log_path(const struct vm *vm)
{
	return slot_log_path(vm->slot.lock.path);
}

unsigned int vm_number(const struct vm *vm)
{
	return vm->spec.slot;
}

uint64_t vm_memory(const struct vm *vm)
{
	return vm->spec.memory;
}

const struct vm_traits *vm_traits(const struct vm *vm)
{
	return &vm->traits;
}

static int check_kernel_params(const struct vm *vm)
{
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT;
	const struct arch *arch = vm->spec.arch;

	spec_kernel_params(&vm->spec, &line);
	if (line.len < arch->command_line_size)
		return 0;
	log_error("the kernel command line has %zu characters; a kernel for %s accepts "
		  "at most %zu",
		  line.len, arch->name, arch->command_line_size - 1);
	return -E2BIG;
}

int vm_print_command(const struct vm *vm)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_(strbuf_release) struct strbuf line = STRBUF_INIT;

	vm->backend->argv(vm->state, &vm->spec, &argv);
	if (vm->traits.env)
		strbuf_addf(&line, "%s ", vm->traits.env);
	for (size_t i = 0; i < argv.nr; i++) {
		if (i)
			strbuf_addch(&line, ' ');
		strbuf_add_quoted(&line, argv.v[i]);
	}
	strbuf_addch(&line, '\n');
	out_print("%s", line.buf);
	return check_kernel_params(vm);
}

/* Keep the VM's end, @ends[1], for vm_start(). */
static int keep_end(struct vm *vm, const int ends[2], int *ours)
{
	vm->ends[vm->nr_ends++] = ends[1];
	*ours = ends[0];
	return ends[1];
}

static int add_socket(struct vm *vm, int *end, int *ours)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*end = keep_end(vm, ends, ours);
	return 0;
}

static int add_pipe(struct vm *vm, int *end, int *ours)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	/* a smaller one works, too */
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
	*end = keep_end(vm, ends, ours);
	return 0;
}

int vm_add_console(struct vm *vm, int *ours)
{
	return add_pipe(vm, &vm->spec.console, ours);
}

int vm_add_channel(struct vm *vm, int *ours)
{
	bool has_console = vm->spec.console != VM_FD_NONE || vm->traits.has_console;
	int err;

	*ours = -1;
	if (!vm->spec.words.channel || !has_console)
		return 0;
	err = add_socket(vm, &vm->spec.channel, ours);
	/* the channel is the second serial line */
	if (!err && vm->spec.console == VM_FD_NONE)
		vm->spec.console = VM_FD_STDIO;
	return err;
}

int vm_add_port(struct vm *vm, int *ours)
{
	*ours = -1;
	return vm->traits.has_port ? add_socket(vm, &vm->spec.port, ours) : 0;
}

int vm_add_monitor(struct vm *vm)
{
	int fd = vm->backend->monitor ? vm->backend->monitor(vm->state) : VM_FD_NONE;

	if (vm->backend->monitor && fd < 0) {
		log_error("cannot prepare the VM's monitor: %s", err_text(fd));
		return fd;
	}
	vm->spec.monitor = fd;
	return 0;
}

/* List what its process inherits; returns how many there are. */
static size_t list_descriptors(const struct vm *vm, int *keep)
{
	size_t nr = 0;

	keep[nr++] = vm_initrd(vm);
	keep[nr++] = vm->kernel.fd;
	keep[nr++] = vm->slot.lock.fd;
	if (vm->spec.monitor >= 0)
		keep[nr++] = vm->spec.monitor;
	for (size_t i = 0; i < vm->nr_ends; i++)
		keep[nr++] = vm->ends[i];
	for (size_t i = 0; i < vm->spec.nr_nics; i++)
		if (vm->spec.nics[i].fd >= 0)
			keep[nr++] = vm->spec.nics[i].fd;
	for (size_t i = 0; i < vm->spec.nr_disks; i++)
		keep[nr++] = vm->disk_fds[i];
	for (size_t i = 0; i < vm->spec.nr_shares; i++)
		if (vm->spec.shares[i].fd >= 0)
			keep[nr++] = vm->spec.shares[i].fd;
	return nr;
}

/* Write into the number's file what `rapido ps` and others show. */
static void write_slot_info(struct vm *vm, const char *log)
{
	const struct image_info *info = vm->options->info;
	const char *path = vm->options->kernel;
	bool is_its_own = info->release && info->kernel && streq(info->kernel, path);
	_cleanup_free_ char *kernel = xstrdup(is_its_own ? info->release : path);
	const struct slot_info slot = {
		.number = vm->slot.number,
		.vm = vm->process.pid,
		.rapido = getpid(),
		.test = info->test,
		.kernel = kernel,
		.log = (char *)log,
		.started = time(NULL),
	};
	const struct control_facts facts = {
		.network = net_kind_name(vm->net.kind),
		.image = path,
		.debug = !vm->traits.has_debugger ? "process"
			 : vm->spec.debug	  ? "socket"
						  : NULL,
	};
	int err = slot_describe(&vm->slot, &slot);

	if (err)
		log_warn("cannot write '%s': %s", vm->slot.lock.path, err_text(err));
	control_describe(vm->control, &slot, &facts);
}

static void say_not_started(const struct vm *vm, int err)
{
	const struct vm_backend *backend = vm->backend;
	const char *program = vm->process.argv.v[0];
	_cleanup_free_ char *lack =
		err == -ENOENT ? backend->missing(vm->options->conf, vm->spec.arch)
			       : NULL;

	if (lack)
		log_error("cannot find %s: install it, or set %s", lack,
			  backend->setting);
	else
		log_error("cannot start %s '%s': %s", backend->name, program,
			  err_text(err));
}

/* Keep the process's output: the pipe has room for all that is worth to be known. */
static int keep_output(struct vm *vm, int *out, int *err)
{
	int end = -1, error = add_pipe(vm, &end, &vm->output_fd);

	if (error) {
		log_error("cannot make a pipe for the VM's output: %s", err_text(error));
		return error;
	}
	if (vm->spec.console >= 0)
		*out = end;
	*err = end;
	return 0;
}

/* Make the socket to which a debugger connects; its file goes away with the number. */
static int add_debugger(struct vm *vm)
{
	_cleanup_free_ char *path = slot_debug_path(vm->slot.lock.path);
	int fd = unix_socket_listen(AT_FDCWD, path, SOCK_STREAM, 1);

	if (fd < 0) {
		log_error("cannot create '%s', for a debugger: %s", path, err_text(fd));
		return fd;
	}
	vm->spec.debugger = vm->ends[vm->nr_ends++] = fd;
	if (vm->spec.debug_wait)
		log_info("VM %u waits for 'rapido gdb %u'", vm->spec.slot, vm->spec.slot);
	return 0;
}

int vm_start(struct vm *vm, int in, int out, int err, const char *log)
{
	int keep[4 + VM_ENDS_MAX + VM_NICS_MAX + VM_DISKS_MAX + VM_SHARES_MAX];
	int error = check_kernel_params(vm);

	if (!error && vm->traits.keeps_output)
		error = keep_output(vm, &out, &err);
	if (!error && vm->spec.debug && vm->traits.has_debugger)
		error = add_debugger(vm);
	if (error)
		return error;
	vm->process.nr_keep = list_descriptors(vm, keep);
	vm->process.keep = keep;
	vm->process.in = in;
	vm->process.out = out;
	vm->process.err = err;
	vm->process.death_signal = vm->traits.has_children ? SIGKILL : SIGTERM;
	/* Ctrl-C in a run is for rapido, which asks the guest to end */
	vm->process.own_group = vm->spec.run;
	vm->process.kill_group = vm->process.no_core = vm->traits.has_children;
	vm->process.title = vm->traits.title;
	vm->process.view = vm->traits.view;
	if (vm->traits.env)
		strvec_push(&vm->process.env, vm->traits.env);
	vm->backend->argv(vm->state, &vm->spec, &vm->process.argv);
	error = process_start(&vm->process);
	if (error)
		say_not_started(vm, error);
	else
		write_slot_info(vm, log);
	vm->process.keep = NULL;
	vm->process.nr_keep = 0;
	close_ends(vm);
	close_initrd(vm);
	vm_net_started(&vm->net);
	vm_shares_started(&vm->shares);
	if (vm->backend->started)
		vm->backend->started(vm->state);
	return error;
}

int vm_monitor_fd(const struct vm *vm)
{
	return vm->spec.monitor >= 0 ? vm->backend->monitor_fd(vm->state) : -1;
}

/* Answer whoever has asked for a dump, if it is done. */
static void finish_dump(struct vm *vm)
{
	const char *error;
	enum vm_dump state = vm_dump_state(vm, &error);

	if (vm->dump_client < 0 || state == VM_DUMP_RUNNING)
		return;
	control_answer_dump(TAKE_FD(vm->dump_client),
			    state == VM_DUMP_FAILED ? error : NULL);
	vm->backend->forget_dump(vm->state);
}

void vm_read_monitor(struct vm *vm)
{
	if (vm->spec.monitor < 0)
		return;
	vm->backend->read_monitor(vm->state);
	finish_dump(vm);
}

void vm_watch(struct vm *vm, const char *line)
{
	if (vm->backend && vm->backend->watch)
		vm->backend->watch(vm->state, line);
}

int vm_dump(struct vm *vm, int fd, enum vm_dump_format format)
{
	if (!vm->backend->dump)
		return -EOPNOTSUPP;
	return vm->spec.monitor >= 0 ? vm->backend->dump(vm->state, fd, format)
				     : -ENOTCONN;
}

enum vm_dump vm_dump_state(const struct vm *vm, const char **error)
{
	*error = NULL;
	return vm->backend && vm->backend->dump && vm->spec.monitor >= 0
		       ? vm->backend->dump_state(vm->state, error)
		       : VM_DUMP_NONE;
}

/* Why there is no dump, or NULL: it was begun. */
static const char *begin_dump(struct vm *vm, const struct control_dump *dump)
{
	const char *error;
	int err;

	/* it is no longer the one of a request, when it has ended */
	if (vm_dump_state(vm, &error) != VM_DUMP_NONE)
		return "its memory is being dumped already";
	err = vm_dump(vm, dump->file, dump->format);
	switch (err) {
	case 0:
		vm->dump_client = dump->client;
		return NULL;
	case -EOPNOTSUPP:
		return "it is a process, which 'rapido gdb' can attach to";
	case -ENOTCONN:
		return "nothing connects rapido with its monitor";
	default:
		return err_text(err);
	}
}

void vm_serve_dumps(struct vm *vm)
{
	struct control_dump dump;

	while (control_take_dump(vm->control, &dump)) {
		const char *why = begin_dump(vm, &dump);

		if (why)
			control_answer_dump(dump.client, why);
		close(dump.file);
	}
}

bool vm_is_running(const struct vm *vm)
{
	return vm->process.pid > 0;
}

int vm_wait(struct vm *vm, int timeout_ms)
{
	return process_wait(&vm->process, timeout_ms);
}

const char *vm_output(struct vm *vm)
{
	char data[4096];
	ssize_t n;

	while (vm->output_fd >= 0) {
		n = read(vm->output_fd, data, sizeof(data));
		if (n > 0)
			strbuf_add(&vm->output, data, (size_t)n);
		else if (n == 0 || errno != EINTR)
			close(TAKE_FD(vm->output_fd));
	}
	if (vm->output.len && vm->output.buf[vm->output.len - 1] != '\n')
		strbuf_addch(&vm->output, '\n');
	return vm->output.buf;
}

struct vm_ending vm_ending(struct vm *vm, int status)
{
	const struct vm_traces traces = { status, vm_output(vm) };

	return vm->backend->how_it_ended(vm->state, &traces);
}

void vm_give_number_back(struct vm *vm)
{
	if (vm->dump_client >= 0)
		control_answer_dump(TAKE_FD(vm->dump_client),
				    "it ended before that was done");
	control_free(TAKE_PTR(vm->control));
	slot_release(&vm->slot);
}

struct control *vm_control(const struct vm *vm)
{
	return vm->control;
}

void vm_stop(struct vm *vm, int grace_ms)
{
	if (!vm_is_running(vm))
		return;
	kill(vm->process.pid, vm->process.death_signal);
	/* also if waiting fails */
	if (process_wait(&vm->process, grace_ms) < 0)
		process_release(&vm->process);
}

const char *vm_lost(const struct vm *vm)
{
	const char *lost = vm_net_lost(&vm->net);

	return lost ? lost : vm_shares_lost(&vm->shares);
}
