// SPDX-License-Identifier: GPL-2.0-or-later
/* Making, starting and stopping a VM. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "kernel-image.h"
#include "ktree.h"
#include "log.h"
#include "path.h"
#include "vm.h"

#define HOSTNAME_MAX	  253
#define KERNEL_PARAMS_MAX 2048

/* Its ends of the sockets: as long as we have them too, we do not see it end. */
static void close_sockets(struct vm *vm)
{
	while (vm->nr_sockets)
		close(vm->sockets[--vm->nr_sockets]);
}

void vm_release(struct vm *vm)
{
	process_release(&vm->qemu);
	qmp_release(&vm->qmp);
	close_sockets(vm);
	slot_release(&vm->slot);
	for (size_t i = 0; i < vm->spec.nr_disks; i++)
		if (vm->disk_fds[i] >= 0)
			close(vm->disk_fds[i]);
	if (vm->kernel_fd >= 0)
		close(vm->kernel_fd);
	strvec_release(&vm->extra_args);
	strvec_release(&vm->paths);
}

/* A kernel that QEMU may not know how to unpack is unpacked for it. */
static int unpack_kernel(struct vm *vm, const struct kernel_image *image)
{
	const char *path = vm->options->kernel;
	int fd;

	if (!image->packed)
		return 0;
	if (vm->options->dry_run) {
		log_info("rapido unpacks kernel '%s' before QEMU gets it", path);
		return 0;
	}
	fd = kernel_image_unpack(image, vm->kernel_fd);
	if (fd < 0) {
		log_error("cannot unpack kernel '%s': %s", path,
			  fd == -EBADMSG ? "it is damaged" : err_text(fd));
		return fd;
	}
	close(vm->kernel_fd);
	vm->kernel_fd = fd;
	return 0;
}

/*
 * QEMU gets the image and the kernel by descriptors that were opened once: a cut or a
 * kernel build that replaces the files meanwhile changes nothing.
 */
static int open_kernel(struct vm *vm)
{
	const char *path = vm->kernel = vm->options->kernel;
	struct kernel_image image;
	int err;

	vm->kernel_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	err = vm->kernel_fd < 0 ? -errno : kernel_image_read(&image, vm->kernel_fd);
	if (err) {
		log_error("cannot open kernel '%s': %s%s", path, err_text(err),
			  err == -EACCES   ? "; make it readable with 'sudo chmod a+r'"
			  : err == -ENOENT ? "; use -k, or cut again"
					   : "");
		return err;
	}
	if (image.objection) {
		log_error("'%s' is %s", path, image.objection);
		return -EINVAL;
	}
	vm->spec.arch = image.arch;
	return unpack_kernel(vm, &image);
}

static void choose_accel(struct vm *vm)
{
	const struct strvec *peers = vm->options->peers;
	const struct accel_places places = { "/dev/kvm", "/proc/cpuinfo" };
	const char *why;

	vm->spec.accel = accel_choose(conf_get(vm->options->conf, "ACCEL"), vm->spec.arch,
				      &places, &why);
	/* it has been said for them */
	if (peers && peers->nr)
		return;
	if (why && vm->spec.accel == ACCEL_KVM)
		log_warn("using KVM because ACCEL says so, but it will hardly work: %s",
			 why);
	else if (why)
		log_info("using emulation, which is slow: %s", why);
}

/*
 * Under emulation a bzImage takes most of a second to unpack itself; the vmlinux of the
 * same build needs not. But it skips what the image does first, as KASLR.
 */
static void prefer_vmlinux(struct vm *vm)
{
	const struct conf *conf = vm->options->conf;
	bool wanted = conf_get(conf, "BOOT_VMLINUX") ? conf_is_true(conf, "BOOT_VMLINUX")
						     : vm->spec.accel == ACCEL_TCG;
	_cleanup_free_ char *path = NULL;
	int fd = wanted ? ktree_open_vmlinux(vm->kernel, &path) : -1;

	if (fd < 0)
		return;
	close(vm->kernel_fd);
	vm->kernel_fd = fd;
	vm->kernel = strvec_push(&vm->paths, path);
	log_debug("booting '%s', which need not unpack itself", path);
}

static void choose_memory(struct vm *vm)
{
	vm->spec.memory =
		qemu_memory_for(vm->options->info->memory, vm->options->info->size);
	if (vm->spec.memory > vm->options->info->memory)
		log_info("the VM gets %llu MiB of memory, for its image of %llu MiB",
			 (unsigned long long)(vm->spec.memory >> 20),
			 (unsigned long long)(vm->options->info->size >> 20));
}

/* VM_NET_CONF/vmN/hostname, if it is there. */
static int read_hostname(struct vm *vm)
{
	const char *dir = conf_get(vm->options->conf, "VM_NET_CONF");
	_cleanup_free_ char *path = NULL, *text = NULL;
	size_t len;

	if (!dir)
		return 0;
	path = xasprintf("%s/vm%u/hostname", dir, vm->spec.slot);
	if (io_read_file(AT_FDCWD, path, 4096, &text, NULL))
		return 0;
	len = strcspn(text, " \t\r\n");
	text[len] = '\0';
	if (len && !is_plain_name(text, len, HOSTNAME_MAX)) {
		log_error("'%s' does not hold a host name: '%s'", path, text);
		return -EINVAL;
	}
	if (len)
		vm->spec.hostname = strvec_push(&vm->paths, text);
	return 0;
}

/* A sparse file that has no name: it is gone with the VM. A descriptor or -errno. */
static int open_disk(const char *dir)
{
	_cleanup_free_ char *path = path_join(dir, ".disk.XXXXXX");
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	/* some network and overlay file systems cannot do that */
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

static int make_disks(struct vm *vm, const char *dir)
{
	if (vm->options->info->nr_disks > VM_DISKS_MAX) {
		log_error("the image wants %zu disks, more than %d",
			  vm->options->info->nr_disks, VM_DISKS_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; i < vm->options->info->nr_disks; i++) {
		int fd, err;

		vm->disk_fds[i] = -1;
		vm->spec.nr_disks = i + 1;
		if (vm->options->dry_run) {
			/* for whoever wants to make one and try the command */
			vm->disk_files[i] = strvec_pushf(
				&vm->paths, "%s.img", vm->options->info->disks[i].name);
			continue;
		}
		fd = open_disk(dir);
		err = fd < 0 ? fd : 0;
		vm->disk_fds[i] = fd;
		if (!err && ftruncate(fd, (off_t)vm->options->info->disks[i].size) < 0)
			err = -errno;
		if (err) {
			log_error("cannot make disk '%s' in '%s': %s",
				  vm->options->info->disks[i].name, dir, err_text(err));
			return err;
		}
		vm->disk_files[i] = strvec_pushf(&vm->paths, "/proc/self/fd/%d", fd);
	}
	return 0;
}

/* What QEMU sees of the files: our descriptors, or for people who try it their paths. */
static void name_files(struct vm *vm)
{
	if (vm->options->dry_run) {
		vm->spec.kernel = vm->kernel;
		vm->spec.initrd = vm->options->image;
		return;
	}
	vm->spec.kernel = strvec_pushf(&vm->paths, "/proc/self/fd/%d", vm->kernel_fd);
	vm->spec.initrd =
		strvec_pushf(&vm->paths, "/proc/self/fd/%d", vm->options->image_fd);
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

static int fill_spec(struct vm *vm)
{
	const struct conf *conf = vm->options->conf;
	const char *extra = conf_get(conf, "QEMU_EXTRA_ARGS");
	const char *share = conf_get(conf, "VIRTFS_SHARE_PATH");
	struct vm_spec *spec = &vm->spec;
	struct stat st;

	spec->qemu = conf_get(conf, "QEMU_BIN");
	spec->cpus = vm->options->info->cpus;
	spec->kernel_params = conf_get(conf, "QEMU_EXTRA_KERNEL_PARAMS");
	spec->extra_args = &vm->extra_args;
	spec->disks = vm->options->info->disks;
	spec->disk_files = vm->disk_files;
	if (extra && strvec_split_shell(&vm->extra_args, extra)) {
		log_error("QEMU_EXTRA_ARGS has a quote that is not closed: %s", extra);
		return -EINVAL;
	}
	if (share && (stat(share, &st) < 0 || !S_ISDIR(st.st_mode))) {
		log_error("VIRTFS_SHARE_PATH '%s' is not a directory", share);
		return -ENOTDIR;
	}
	spec->share = share;
	if (vm->options->info->network)
		log_warn("this rapido has no network for VMs yet: the VM runs without");
	choose_accel(vm);
	prefer_vmlinux(vm);
	choose_memory(vm);
	name_files(vm);
	return 0;
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
	fputs(line.buf, stdout);
	return check_kernel_params(vm);
}

int vm_init(struct vm *vm, const struct vm_options *options)
{
	const char *pid_dir = conf_get(options->conf, "QEMU_PID_DIR");
	int err;

	*vm = (struct vm){
		.options = options,
		.spec = VM_SPEC_INIT,
		.kernel_fd = -1,
		.slot = { .fd = -1 },
		.qmp = QMP_INIT,
		.qemu = PROCESS_INIT,
	};
	err = open_kernel(vm);
	if (!err && !options->dry_run)
		err = slot_take(&vm->slot, pid_dir);
	vm->spec.slot = vm->slot.number ? vm->slot.number : 1;
	if (!err)
		err = read_hostname(vm);
	if (!err)
		err = make_disks(vm, pid_dir);
	return err ? err : fill_spec(vm);
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

	keep[nr++] = vm->options->image_fd;
	keep[nr++] = vm->kernel_fd;
	keep[nr++] = vm->slot.fd;
	if (vm->qmp.peer >= 0)
		keep[nr++] = vm->qmp.peer;
	for (size_t i = 0; i < vm->nr_sockets; i++)
		keep[nr++] = vm->sockets[i];
	for (size_t i = 0; i < vm->spec.nr_disks; i++)
		keep[nr++] = vm->disk_fds[i];
	return nr;
}

/* For `rapido ps` and its kin. */
static void describe(const struct vm *vm, const char *log)
{
	const struct image_info *info = vm->options->info;
	const char *path = vm->options->kernel;
	bool is_its_own = info->release && info->kernel && streq(info->kernel, path);
	_cleanup_free_ char *kernel = xstrdup(is_its_own ? info->release : path);
	const struct slot_info slot = {
		.qemu = vm->qemu.pid,
		.rapido = getpid(),
		.test = info->test,
		.kernel = kernel,
		.log = (char *)log,
		.started = time(NULL),
	};
	int err = slot_describe(&vm->slot, &slot);

	if (err)
		log_warn("cannot write '%s': %s", vm->slot.path, err_text(err));
}

int vm_start(struct vm *vm, int in, int out, int err, const char *log)
{
	int keep[4 + VM_KEEP_MAX + VM_DISKS_MAX], error = check_kernel_params(vm);
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
	qmp_started(&vm->qmp);
	return error;
}

void vm_stop(struct vm *vm, int grace_ms)
{
	if (vm->qemu.pid <= 0)
		return;
	kill(vm->qemu.pid, SIGTERM);
	if (process_wait(&vm->qemu, grace_ms) == -ETIMEDOUT)
		process_release(&vm->qemu);
}

int vm_catch_signals(sigset_t *before)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR1);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++) {
		struct sigaction now;

		if (sigaction(ending[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			sigaddset(&set, ending[i]);
	}
	sigprocmask(SIG_BLOCK, &set, before);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}
