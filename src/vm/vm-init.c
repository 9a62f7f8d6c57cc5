// SPDX-License-Identifier: GPL-2.0-or-later
/* Make a VM: its number, kernel, disks and network. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cut/prompt.h"
#include "image/cpio.h"
#include "image/initrd.h"
#include "lib/io.h"
#include "kernel/kernel-image.h"
#include "lib/log.h"
#include "lib/path.h"
#include "vm-disk.h"
#include "vm-private.h"

/* Unpack a kernel of a format that a VM may not know. */
static int unpack_kernel(struct vm *vm, const struct kernel_image *image)
{
	const char *path = vm->options->kernel;
	int fd;

	if (!image->packed)
		return 0;
	if (vm->options->dry_run) {
		log_info("rapido unpacks kernel '%s' before the VM gets it", path);
		return 0;
	}
	fd = kernel_image_unpack(image, vm->kernel.fd);
	if (fd < 0) {
		log_error("cannot unpack kernel '%s': %s", path,
			  fd == -EBADMSG ? "it is damaged" : err_text(fd));
		return fd;
	}
	close(vm->kernel.fd);
	vm->kernel.fd = fd;
	return 0;
}

/*
 * The kernel and the image are opened once, and the VM gets the descriptors: if a build
 * or a cut replaces the files meanwhile, that changes nothing.
 */
static int open_kernel(struct vm *vm)
{
	const char *path = vm->options->kernel;
	struct kernel_image image;
	int err;

	vm->kernel.path = xstrdup(path);
	vm->kernel.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	err = vm->kernel.fd < 0 ? -errno : kernel_image_read(&image, vm->kernel.fd);
	if (err) {
		log_error("cannot open kernel '%s': %s%s", path, err_text(err),
			  err == -EACCES   ? "; make it readable with 'sudo chmod a+r'"
			  : err == -ENOENT ? "; use -k, or cut again"
					   : "");
		return err;
	}
	vm->backend = image.objection ? NULL : backend_for(&image);
	if (!vm->backend) {
		log_error("'%s' is %s", path,
			  image.objection ? image.objection
					  : "a kernel that nothing here can run");
		return -EINVAL;
	}
	vm->spec.arch = image.arch;
	vm->page_size = image.page_size;
	return unpack_kernel(vm, &image);
}

/* Say once, in one line, what the user did not choose: the kernel, or emulation. */
static void say_what_runs(const struct vm *vm)
{
	static bool said;
	const struct vm_options *options = vm->options;
	const char *why = vm->traits.why_emulated;
	_cleanup_free_ char *kernel = options->notice ? xstrdup(options->notice)
				      : options->release
					      ? xasprintf("linux %s", options->release)
					      : xasprintf("kernel '%s'", options->kernel);

	if (said || (!options->notice && !why))
		return;
	said = true;
	log_info("%s%s", kernel, why ? "; emulated" : "");
	if (why)
		log_debug("%s", why);
}

/* Say once what the command line asks for and this back end has not, or has anyway. */
static void say_what_is_not_had(const struct vm *vm, unsigned int cpus)
{
	static bool said;
	const struct vm_spec *spec = &vm->spec;

	if (said)
		return;
	said = true;
	if (spec->cpus < cpus && vm->args->cpus)
		log_warn("%s has %u processor%s, not %u", vm->backend->name, spec->cpus,
			 spec->cpus == 1 ? "" : "s", cpus);
	if (spec->debug && !vm->traits.has_debugger)
		log_info("%s needs no --gdb: 'rapido gdb' attaches to its process, see "
			 "rapido-uml(7)",
			 vm->backend->name);
}

/* --cpus, now or when the image was cut; CPUS, which conf_parse() has checked; or what
 * the manifest says. */
static unsigned int choose_cpus(const struct vm *vm)
{
	const char *text = conf_get(vm->options->conf, "CPUS");
	const struct image_info *info = vm->options->info;
	unsigned long cpus = info->cpus;

	if (vm->args->cpus)
		cpus = vm->args->cpus;
	else if (text && !info->cpus_asked)
		parse_uint(text, 1, 4096, &cpus);
	return (unsigned int)cpus;
}

/* The same for the memory. */
static uint64_t asked_memory(const struct vm *vm)
{
	const struct image_info *info = vm->options->info;
	const char *text = conf_get(vm->options->conf, "MEMORY");
	uint64_t memory = info->memory;

	if (vm->args->memory)
		memory = vm->args->memory;
	else if (text && !info->memory_asked)
		parse_size(text, 1 << 20, &memory);
	return memory;
}

/* As much as was asked for, but enough for the image itself. */
static void choose_memory(struct vm *vm)
{
	const struct image_info *info = vm->options->info;
	uint64_t memory = asked_memory(vm);

	vm->spec.memory =
		spec_memory_for(memory, info->size, &info->space, vm->page_size);
	if (vm->spec.memory > memory)
		log_info("the VM gets %llu MiB of memory, for its image of %llu MiB with "
			 "%llu files",
			 (unsigned long long)(vm->spec.memory >> 20),
			 (unsigned long long)(info->size >> 20),
			 (unsigned long long)info->space.names);
}

/* Without this check the VM fails with a message that does not help. */
static int check_initrd_size(const struct vm *vm)
{
	_cleanup_(report_release) struct report report = REPORT_INIT;
	struct stat st;

	if (fstat(vm_initrd(vm), &st) == 0)
		image_fits((uint64_t)st.st_size, vm->spec.arch->initrd_max, &report);
	return report_flush(&report) ? -EFBIG : 0;
}

/* Read VM_NET_CONF/vmN/hostname, if there is one. */
static int read_hostname(struct vm *vm)
{
	_cleanup_(report_release) struct report report = REPORT_INIT;
	char *hostname;
	int err = netconf_read_hostname(conf_get(vm->options->conf, "VM_NET_CONF"),
					vm->spec.slot, &hostname, &report);

	report_flush(&report);
	if (hostname)
		vm->spec.hostname = strvec_take(&vm->paths, hostname);
	return err;
}

/* Whether a disk of the command line takes the place of the image's disk @name. */
static bool is_replaced(const struct vm_args *args, const char *name)
{
	for (size_t i = 0; i < args->nr_disks; i++)
		if (streq(args->disks[i].name, name))
			return true;
	return false;
}

/* The next disk, and its descriptor. */
static struct vm_disk *next_disk(struct vm *vm, const char *name, int **fd)
{
	size_t i = vm->spec.nr_disks;

	if (i == VM_DISKS_MAX) {
		log_error("the VM would have more than %d disks", VM_DISKS_MAX);
		return NULL;
	}
	vm->spec.disks = vm->disks;
	vm->spec.nr_disks++;
	vm->disks[i] = (struct vm_disk){ .name = name };
	*fd = &vm->disk_fds[i];
	**fd = -1;
	return &vm->disks[i];
}

/* An empty disk, which goes with the VM. */
static int make_scratch(struct vm *vm, const char *dir, const char *name, uint64_t size)
{
	int *fd;
	struct vm_disk *disk = next_disk(vm, name, &fd);

	if (!disk)
		return -E2BIG;
	if (vm->options->dry_run) {
		/* the user may make one and try the command */
		disk->file = strvec_pushf(&vm->paths, "%s.img", name);
		return 0;
	}
	*fd = vm_disk_make(dir, name, size);
	if (*fd < 0)
		return *fd;
	disk->file = strvec_pushf(&vm->paths, "/proc/self/fd/%d", *fd);
	return 0;
}

/* A disk of the command line, with a file. */
static int add_file(struct vm *vm, const char *dir, const struct vm_disk_arg *arg)
{
	int *fd;
	struct vm_disk *disk = next_disk(vm, arg->name, &fd);
	enum vm_disk_format format;

	if (!disk)
		return -E2BIG;
	*fd = vm_disk_open(arg, &format);
	if (*fd < 0)
		return *fd;
	disk->qcow2 = format == VM_DISK_QCOW2;
	disk->read_only = arg->read_only;
	disk->snapshot = arg->snapshot && vm->backend->snapshots;
	disk->keep = !arg->snapshot;
	/* what such a file is based on is found beside it */
	disk->file = disk->qcow2 || vm->options->dry_run
			     ? strvec_take(&vm->paths, path_absolute(arg->file))
			     : NULL;
	if (arg->snapshot && !disk->snapshot && !vm->options->dry_run && !disk->qcow2) {
		int copy = vm_disk_copy(dir, arg, *fd);

		if (copy < 0)
			return copy;
		close(*fd);
		*fd = copy;
	}
	if (!disk->file)
		disk->file = strvec_pushf(&vm->paths, "/proc/self/fd/%d", *fd);
	return 0;
}

/* Those of the image, then those of the command line. */
static int make_disks(struct vm *vm, const char *dir)
{
	const struct image_info *info = vm->options->info;
	const struct vm_args *args = vm->args;
	int err = 0;

	for (size_t i = 0; !err && i < info->nr_disks; i++)
		if (!is_replaced(args, info->disks[i].name))
			err = make_scratch(vm, dir, info->disks[i].name,
					   info->disks[i].size);
	for (size_t i = 0; !err && i < args->nr_disks; i++)
		err = args->disks[i].file ? add_file(vm, dir, &args->disks[i])
					  : make_scratch(vm, dir, args->disks[i].name,
							 args->disks[i].size);
	return err;
}

/*
 * Put the programs of a prompt beside the image, unless the VM would need more memory for
 * them than it has. None of this is a reason not to boot.
 */
static void add_prompt(struct vm *vm)
{
	const struct vm_options *options = vm->options;
	struct image_space space = options->info->space;
	_cleanup_(prompt_release) struct prompt prompt = PROMPT_INIT;
	uint64_t size;

	/* with the host's root they are there */
	if (!options->prompt || options->dry_run || !options->info->test ||
	    options->info->host_root ||
	    prompt_find(&prompt, options->image_fd, options->conf))
		return;
	report_flush(&prompt.report);
	prompt_add_space(&prompt, &space);
	size = cpio_least_size(&prompt.plan);
	if (prompt.plan.nr == prompt.plan.known)
		return;
	if (spec_memory_for(0, options->info->size + size, &space, vm->page_size) >
	    asked_memory(vm)) {
		log_info("the VM has too little memory for the host's programs at its "
			 "prompt (%llu MiB)",
			 (unsigned long long)(size >> 20));
		return;
	}
	vm->initrd_fd = initrd_extend(options->image_fd, options->image, &prompt.plan);
	if (vm->initrd_fd >= 0)
		vm->spec.term = prompt.term;
}

/* Make the cards, and the image's part that tells the guest about them. */
static int make_network(struct vm *vm)
{
	const struct vm_net_request request = {
		.conf = vm->options->conf,
		.info = vm->options->info,
		.kind = vm->args->network,
		.slot = vm->spec.slot,
		.hostname = vm->spec.hostname,
		.peers = vm->options->peers,
		.nr_peers = vm->options->nr_peers,
		.together = vm->options->together,
		.packets = vm->backend->packets,
		.dry_run = vm->options->dry_run,
	};
	_cleanup_(plan_release) struct plan plan = PLAN_INIT;
	int err = vm_net_init(&vm->net, &request);

	if (err || vm->net.kind == NET_NONE)
		return err;
	vm->spec.nics = vm->net.nics;
	vm->spec.nr_nics = vm->net.nr;
	if (vm->options->dry_run) {
		log_info("rapido adds the network's configuration to '%s' before the VM "
			 "gets it",
			 vm->options->image);
		return 0;
	}
	vm_net_plan(&vm->net, &plan);
	if (vm->initrd_fd >= 0)
		return initrd_append(vm->initrd_fd, vm->options->image, &plan);
	vm->initrd_fd = initrd_extend(vm->options->image_fd, vm->options->image, &plan);
	return vm->initrd_fd < 0 ? vm->initrd_fd : 0;
}

int vm_check_network(const struct conf *conf, const struct image_info *info,
		     unsigned int slot)
{
	const struct vm_net_request request = {
		.conf = conf,
		.info = info,
		.slot = slot,
		.dry_run = true,
	};
	struct vm_net net;
	int err = info->network ? vm_net_init(&net, &request) : 0;

	if (info->network)
		vm_net_release(&net);
	return err;
}

/* The paths that the VM gets: of our descriptors, or in a dry run those that a user can
 * try. */
static void name_files(struct vm *vm)
{
	if (vm->options->dry_run) {
		vm->spec.kernel = vm->kernel.path;
		vm->spec.initrd = vm->options->image;
		return;
	}
	vm->spec.kernel = strvec_pushf(&vm->paths, "/proc/self/fd/%d", vm->kernel.fd);
	vm->spec.initrd = strvec_pushf(&vm->paths, "/proc/self/fd/%d", vm_initrd(vm));
}

/* The words of --append, as one text. */
static const char *join_append(struct vm *vm)
{
	const struct strvec *append = &vm->args->append;
	struct strbuf text = STRBUF_INIT;

	for (size_t i = 0; i < append->nr; i++)
		strbuf_addf(&text, "%s%s", i ? " " : "", append->v[i]);
	return append->nr ? strvec_take(&vm->paths, strbuf_detach(&text)) : NULL;
}

/* The command line's words for the back end; those for another one are a mistake. */
static int choose_asked_args(struct vm *vm)
{
	const struct {
		const char *option;
		const struct strvec *words;
	} lists[] = {
		{ "--qemu-arg", &vm->args->machine_args },
		{ "--uml-arg", &vm->args->um_args },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (streq(lists[i].option, vm->backend->option)) {
			vm->spec.asked_args = lists[i].words;
		} else if (lists[i].words->nr) {
			log_error(
				"option '%s' is not for %s, which runs this kernel: use "
				"'%s'",
				lists[i].option, vm->backend->name, vm->backend->option);
			return -EINVAL;
		}
	}
	return 0;
}

static int make_shares(struct vm *vm)
{
	const struct vm_options *options = vm->options;
	const struct vm_share_request request = {
		.conf = options->conf,
		.args = &vm->args->shares,
		.info = options->info,
		.image = options->image,
		.type = vm->backend->share_type,
		.dry_run = options->dry_run,
	};
	const char *virtfs = conf_get(options->conf, "VIRTFS_SHARE_PATH");
	struct stat st;
	int err;

	if (virtfs && (stat(virtfs, &st) < 0 || !S_ISDIR(st.st_mode))) {
		log_error("VIRTFS_SHARE_PATH '%s' is not a directory", virtfs);
		return -ENOTDIR;
	}
	err = vm_shares_init(&vm->shares, &request);
	vm->spec.shares = vm->shares.v;
	vm->spec.nr_shares = vm->shares.nr;
	vm->spec.user = vm->shares.user.ids;
	vm->spec.home = vm->shares.user.home;
	return err;
}

static int fill_spec(struct vm *vm)
{
	const struct vm_options *options = vm->options;
	const struct conf *conf = options->conf;
	struct vm_spec *spec = &vm->spec;
	int err;

	spec->cpus = choose_cpus(vm);
	spec->image_append = options->info->append;
	spec->append = conf_get(conf, "APPEND");
	spec->kernel_params = conf_get(conf, "QEMU_EXTRA_KERNEL_PARAMS");
	spec->asked_params = join_append(vm);
	spec->share =
		vm->backend->share_type ? NULL : conf_get(conf, "VIRTFS_SHARE_PATH");
	spec->unattended = options->unattended;
	spec->run = options->run;
	spec->merge = options->merge;
	spec->stay = options->stay;
	if (options->vmcore > 0)
		spec->vmcore = options->vmcore;
	spec->quiet = options->quiet;
	spec->debug = options->debug != VM_DEBUG_NO;
	spec->debug_wait = options->debug == VM_DEBUG_WAIT;
	if (!spec->unattended) {
		spec->rows = options->rows;
		spec->cols = options->cols;
		if (options->term)
			spec->term = options->term;
	}
	choose_memory(vm);
	err = choose_asked_args(vm);
	if (err)
		return err;
	err = vm->backend->prepare(conf, &vm->kernel, spec, &vm->traits, &vm->state);
	if (err)
		return err;
	say_what_runs(vm);
	if (spec->debug_wait && !vm->traits.has_debugger) {
		log_error("%s cannot wait for a debugger: start it in one, see "
			  "rapido-uml(7)",
			  vm->backend->name);
		return -EINVAL;
	}
	say_what_is_not_had(vm, choose_cpus(vm));
	name_files(vm);
	return 0;
}

int vm_init(struct vm *vm, const struct vm_options *options)
{
	static const struct vm_args nothing;
	const char *pid_dir = conf_get(options->conf, "QEMU_PID_DIR");
	int err;

	*vm = (struct vm){
		.options = options,
		.args = options->args ? options->args : &nothing,
		.spec = VM_SPEC_INIT,
		.kernel = { .fd = -1, .dry_run = options->dry_run },
		.initrd_fd = -1,
		.output_fd = -1,
		.dump_client = -1,
		.output = STRBUF_INIT,
		.slot = SLOT_INIT,
		.process = PROCESS_INIT,
	};
	err = open_kernel(vm);
	if (!err && !options->dry_run)
		err = slot_take(&vm->slot, pid_dir);
	if (vm->slot.number)
		vm->control = control_new(&vm->slot);
	vm->spec.slot = vm->slot.number ? vm->slot.number : 1;
	if (!err)
		err = read_hostname(vm);
	if (!err)
		err = make_disks(vm, pid_dir);
	if (!err)
		add_prompt(vm);
	if (!err)
		err = make_network(vm);
	if (!err)
		err = make_shares(vm);
	if (!err)
		err = check_initrd_size(vm);
	return err ? err : fill_spec(vm);
}
