// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * User Mode Linux as a back end. The kernel's process traces a child for each address
 * space of the guest, and maps the guest's memory from an unlinked file.
 */
#ifdef __x86_64__
#include <cpuid.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/path.h"
#include "lib/unix-socket.h"
#include "uml.h"

/* MAX_DEV of arch/um/drivers/ubd_kern.c */
#define DISKS_MAX 16
/*
 * In an unattended boot the kernel gets this as its name. To restart, it executes what it
 * is called (main() of arch/um/os-Linux/main.c), which then fails and ends the VM.
 */
#define NO_RESTART "/dev/null/linux"
/* What it says then. */
#define RESTARTS "\nFailed to exec kernel"
/* HOST_FP_SIZE of arch/x86/um/user-offsets.c, in kernels before 6.13 */
#define REGISTERS_SIZE 2696
/* Where less is free, the file with the guest's memory cannot grow. */
#define ROOM_MIN (64 << 10)

/* The view's tmpfs has the kernel's memory and a few small files. */
#define MEMORY_BESIDE (16 << 20)

/* The descriptor that a dry run, which opens none, shows for the first card. */
#define DRY_RUN_FD 3
/* ETH_MAX_PACKET of arch/um/drivers/vector_kern.h */
#define MTU_FIRST 1500

/* The back end's state of one VM. */
struct uml {
	struct strvec extra_args;
	char *dir;	    /* where the kernel makes its directory */
	char *id;	    /* the name of that */
	char *tmpdir;	    /* "TMPDIR=...": for the file with the guest's memory */
	struct view view;   /* what it sees of the host, if it has shares */
	bool confined;	    /* the view is used */
	const char *prefix; /* of its shares' tags, see hostfs= */
	int kernel;	    /* its descriptor, not ours */
	bool started;	    /* the number, and so the directory, is this VM's */
	/* what was noted while it ran */
	const char *interference; /* or NULL */
	bool lost_registers;	  /* those of a process could not be restored */
	bool off;		  /* the kernel has powered off */
};

static const char has_no_memory[] =
	"could not use all of its memory: the file system of its memory file is full; "
	"set TMPDIR, or MEMORY";
static const char has_no_registers[] =
	"cannot run its processes here: the kernel has no room for this processor's "
	"registers; use a kernel from 6.13 on, or raise HOST_FP_SIZE in "
	"arch/x86/um/user-offsets.c and CONFIG_KERNEL_STACK_ORDER";

static bool uml_takes(const struct kernel_image *image)
{
	return image->arch && streq(image->arch->name, "um");
}

/* Why @dir cannot have the file of @size bytes that is the guest's memory; or NULL. */
static const char *unfit(const char *dir, uint64_t size)
{
	struct statvfs fs;

	if (access(dir, W_OK | X_OK) < 0 || statvfs(dir, &fs) < 0)
		return err_text(errno);
	if (fs.f_flag & ST_NOEXEC)
		return "it is mounted noexec";
	if ((uint64_t)fs.f_bavail * fs.f_frsize < size)
		return "it has too little room";
	return NULL;
}

/* The kernel itself would take any directory, and die when that is full. */
static int choose_tmpdir(struct uml *uml, uint64_t memory)
{
	const char *const dirs[] = { "/dev/shm", getenv("TMPDIR"), "/tmp" };
	_cleanup_(strbuf_release) struct strbuf reasons = STRBUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		const char *why = dirs[i] && *dirs[i] ? unfit(dirs[i], memory) : NULL;

		if (!dirs[i] || !*dirs[i])
			continue;
		if (!why) {
			uml->tmpdir = xasprintf("TMPDIR=%s", dirs[i]);
			return 0;
		}
		strbuf_addf(&reasons, "%s'%s': %s", reasons.len ? "; " : "", dirs[i],
			    why);
	}
	log_error("no directory can have the file that the VM's memory of %llu MiB is "
		  "mapped from: %s",
		  (unsigned long long)(memory >> 20), reasons.buf);
	return -ENOSPC;
}

/* Whether the kernel can be executed. On a noexec mount access(2) says no, too. */
static int check_program(const char *path)
{
	int err = access(path, X_OK) < 0 ? -errno : 0;

	if (err)
		log_error("cannot execute '%s': %s; a kernel that is a program must be "
			  "executable (chmod +x), on a file system that is not mounted "
			  "noexec",
			  path, err_text(err));
	return err;
}

static int check_spec(const struct vm_spec *spec)
{
	if (spec->nr_disks > DISKS_MAX) {
		log_error("User Mode Linux has at most %d disks", DISKS_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; i < spec->nr_disks; i++)
		if (spec->disks[i].qcow2) {
			log_error("User Mode Linux has no disks of the format qcow2, as "
				  "'%s' is: use a raw one",
				  spec->disks[i].name);
			return -EINVAL;
		}
	return 0;
}

/* The kernel removes its directory, unless it was killed. */
static void remove_directory(const struct uml *uml)
{
	static const char *const names[] = { "pid", "mconsole" };
	_cleanup_free_ char *dir = path_join(uml->dir, uml->id);

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_free_ char *path = path_join(dir, names[i]);

		unlink(path);
	}
	rmdir(dir);
}

/*
 * Whether a kernel runs that has the directory: its socket there takes datagrams. What
 * one has left would not be used again while some other process has the number in "pid".
 */
static bool directory_is_used(const struct uml *uml)
{
	_cleanup_free_ char *dir = path_join(uml->dir, uml->id);
	_cleanup_free_ char *socket = path_join(dir, "mconsole");

	return unix_socket_connect(AT_FDCWD, socket) == -EPROTOTYPE;
}

/*
 * hostfs can reach whatever the kernel's process can: a path with ".." as the option of a
 * mount is enough, and its own mounts are only as read-only as the guest wants. So the
 * process gets to see nothing but the shares.
 */
static int confine(struct uml *uml, const struct vm_spec *spec)
{
	int err = view_check();

	/* without a confinement it could be shared before, and it is the user's word */
	if (err && streq(spec->shares[0].tag, VM_SHARE_ALONE) &&
	    !strchr(spec->shares[0].dir, ',')) {
		log_debug("User Mode Linux is not confined to VIRTFS_SHARE_PATH: %s",
			  err_text(err));
		uml->prefix = spec->shares[0].dir;
		return 0;
	}
	if (err) {
		log_error(
			"cannot share '%s': User Mode Linux must be confined to it, and "
			"this host lets rapido make no mount namespace: %s",
			spec->shares[0].dir, err_text(err));
		return err;
	}
	uml->confined = true;
	uml->view.room = spec->memory + MEMORY_BESIDE;
	view_add_libraries(&uml->view);
	for (size_t i = 0; i < spec->nr_shares; i++) {
		const struct vm_share *share = &spec->shares[i];
		_cleanup_free_ char *path = path_join("share", share->tag);
		_cleanup_free_ char *target = path_clean(path);

		view_add(&uml->view, share->dir, path_relative(target), share->writable);
	}
	return 0;
}

/* Where the kernel makes its files, and what it sees. */
static int choose_places(struct uml *uml, const struct conf *conf,
			 const struct vm_spec *spec, bool dry_run)
{
	int err = 0;

	/* without a prefix, hostfs would be all of the host's */
	uml->prefix = !spec->nr_shares ? "/dev/null" : dry_run ? "/" : "/share";
	uml->id = xasprintf("rapido_vm%u.uml", spec->slot);
	if (spec->nr_shares && dry_run)
		log_info("rapido lets the VM see only its shares; the command that is "
			 "printed does not confine it");
	else if (spec->nr_shares)
		err = confine(uml, spec);
	if (uml->confined) {
		uml->dir = xstrdup("/tmp");
		uml->tmpdir = xstrdup("TMPDIR=/tmp");
		return err;
	}
	uml->dir = path_absolute(conf_get(conf, "QEMU_PID_DIR"));
	/* in a dry run the number may be another VM's */
	if (!directory_is_used(uml))
		remove_directory(uml);
	return err ? err : choose_tmpdir(uml, spec->memory);
}

static int uml_prepare(const struct conf *conf, struct vm_kernel *kernel,
		       struct vm_spec *spec, struct vm_traits *traits, void **state)
{
	const char *extra = conf_get(conf, "UML_EXTRA_ARGS");
	struct uml *uml = *state = xcalloc(1, sizeof(*uml));
	int err;

	uml->kernel = kernel->fd;
	spec->cpus = 1;
	if (extra && strvec_split_shell(&uml->extra_args, extra)) {
		log_error("UML_EXTRA_ARGS has a quote that is not closed: %s", extra);
		return -EINVAL;
	}
	for (size_t i = 0; spec->asked_args && i < spec->asked_args->nr; i++)
		strvec_push(&uml->extra_args, spec->asked_args->v[i]);
	err = check_program(kernel->path);
	if (!err)
		err = check_spec(spec);
	if (!err)
		err = choose_places(uml, conf, spec, kernel->dry_run);
	*traits = (struct vm_traits){
		.accel = "uml",
		.has_console = true,
		.keeps_output = true,
		.has_children = true,
		.title = spec->unattended ? NO_RESTART : NULL,
		.env = uml->tmpdir,
		.view = uml->confined ? &uml->view : NULL,
	};
	spec->words = (struct vm_words){
		.console = spec->arch->console,
		.channel = spec->arch->channel,
	};
	return err;
}

static void uml_started(void *state)
{
	struct uml *uml = state;

	uml->started = true;
}

/* The socket may still be open, in children that are dying. */
static void uml_release(void *state)
{
	struct uml *uml = state;

	if (!uml)
		return;
	if (uml->started && !uml->confined)
		remove_directory(uml);
	view_release(&uml->view);
	strvec_release(&uml->extra_args);
	free(uml->dir);
	free(uml->id);
	free(uml->tmpdir);
	free(uml);
}

/*
 * Without "d" the kernel would look for a header of its own in the file's content; with
 * "c" it does not lock the file, which rapido has done; with "r" it does not write.
 */
static void add_disks(const struct vm_spec *spec, struct strvec *argv)
{
	/* else it is a file root_fs of the current directory */
	if (!spec->nr_disks)
		strvec_push(argv, "ubd0=/dev/null/none");
	for (size_t i = 0; i < spec->nr_disks; i++)
		strvec_pushf(argv, "ubd%zud%s%s=%s,,%s", i,
			     spec->disks[i].keep ? "c" : "",
			     spec->disks[i].read_only ? "r" : "", spec->disks[i].file,
			     spec->disks[i].name);
}

/*
 * "bess" is a socket for packets that is connected whenever the card is brought up; a
 * descriptor given with "fd" would be closed when it is brought down. The driver accepts
 * no larger MTU later than the one that it begins with.
 */
static void add_cards(const struct vm_spec *spec, struct strvec *argv)
{
	for (size_t i = 0; i < spec->nr_nics; i++) {
		const struct vm_nic *nic = &spec->nics[i];
		int fd = nic->fd >= 0 ? nic->fd : DRY_RUN_FD + (int)i;
		_cleanup_(strbuf_release) struct strbuf card = STRBUF_INIT;

		strbuf_addf(&card, "vec%zu:transport=bess,dst=/proc/self/fd/%d,mac=%s", i,
			    fd, nic->mac);
		if (nic->mtu > MTU_FIRST)
			strbuf_addf(&card, ",mtu=%u", nic->mtu);
		strvec_push(argv, card.buf);
	}
}

static void add_lines(const struct vm_spec *spec, struct strvec *argv)
{
	/* the others would start terminal emulators */
	strvec_pushl(argv, "con=null", "ssl=null", NULL);
	if (spec->console >= 0)
		strvec_pushf(argv, "con0=null,fd:%d", spec->console);
	else
		strvec_push(argv, spec->unattended ? "con0=null,fd:1" : "con0=fd:0,fd:1");
	if (spec->channel >= 0)
		strvec_pushf(argv, "ssl0=fd:%d", spec->channel);
	/* until there is a console */
	strvec_push(argv, "stderr=1");
}

static void uml_argv(const void *state, const struct vm_spec *spec, struct strvec *argv)
{
	_cleanup_(strbuf_release) struct strbuf params = STRBUF_INIT;
	const struct uml *uml = state;

	strvec_push(argv, spec->kernel);
	strvec_pushf(argv, "mem=%lluM", (unsigned long long)(spec->memory >> 20));
	strvec_pushf(argv, "uml_dir=%s/", uml->dir);
	strvec_pushf(argv, "umid=%s", uml->id);
	strvec_pushf(argv, "initrd=%s", spec->initrd);
	strvec_pushf(argv, "hostfs=%s", uml->prefix);
	add_disks(spec, argv);
	add_cards(spec, argv);
	add_lines(spec, argv);
	/*
	 * Arguments of these kinds keep the kernel from adding some after the user's.
	 * With the name of a root, the first file system would be a ramfs (init_rootfs()
	 * of init/do_mounts.c): without limits, and without capabilities of files.
	 */
	strvec_push(argv, "root=");
	strvec_pushf(argv, "console=%s", spec->words.console);
	/* words of one argument reach the guest's kernel as they are */
	spec_kernel_params(spec, &params);
	strvec_push(argv, params.buf);
	for (size_t i = 0; i < uml->extra_args.nr; i++)
		strvec_push(argv, uml->extra_args.v[i]);
}

/*
 * Bytes of this processor's registers, as ptrace(2) handles them: Intel's manual, volume
 * 1, section 13.2, has the leaf. 0 if it has no XSAVE.
 */
static uint64_t registers_size(void)
{
#ifdef __x86_64__
	unsigned int a, b, c, d;

	if (__get_cpuid_count(0xd, 0, &a, &b, &c, &d))
		return b;
#endif
	return 0;
}

/*
 * Kernels before 6.13 have an array for the registers of a new process, exec_fp_regs of
 * arch/um/os-Linux/registers.c. Later ones ask the processor for its size, and have a
 * pointer there.
 */
static bool lacks_room_for_registers(const struct uml *uml)
{
	uint64_t room = kernel_image_object_size(uml->kernel, "exec_fp_regs");

	if (!room && uml->lost_registers)
		room = REGISTERS_SIZE;
	return room > sizeof(void *) && room < registers_size();
}

/* What @line of the kernel's log says about this host. Static text, or NULL. */
static const char *fault_in_log(const char *line)
{
	/* arch/um/kernel/trap.c, and process.c of arch/um/os-Linux/skas */
	static const char was_killed[] =
		"lost a process of its guest: this host has killed it (see whether it "
		"ran out of memory), or sent it a signal";
	static const char no_process[] =
		"could not make a process of its guest: this host has too many, or no "
		"memory for more; see 'ulimit -u'";
	static const struct {
		const char *begin, *end, *fault;
	} faults[] = {
		{ "userspace - ", ", errno = 3", was_killed },
		{ "userspace - child stopped with signal ", "", was_killed },
		/* of waitpid(2): ended by SIGKILL, stopped by SIGBUS */
		{ "wait_stub_done : ", ", status = 0x9", was_killed },
		{ "wait_stub_done : ", ", status = 0x77f", has_no_memory },
		/* the guest's memory is all that the kernel has mapped from a file */
		{ "Kernel panic - not syncing: Kernel mode", " signal 7", has_no_memory },
		{ "start_userspace : clone failed", "", no_process },
		{ "start_userspace : mmap failed", "", no_process },
	};

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		if (starts_with(line, faults[i].begin) && ends_with(line, faults[i].end))
			return faults[i].fault;
	return NULL;
}

static bool is_full(const char *dir)
{
	struct statvfs fs;

	return statvfs(dir, &fs) == 0 && (uint64_t)fs.f_bavail * fs.f_frsize < ROOM_MIN;
}

static void uml_watch(void *state, const char *line)
{
	struct uml *uml = state;

	/* kernel/reboot.c */
	if (line && streq(line, "reboot: Power down"))
		uml->off = true;
	if (uml->interference)
		return;
	if (!line)
		uml->interference =
			!uml->confined && is_full(uml->tmpdir + strlen("TMPDIR="))
				? has_no_memory
				: NULL;
	else if (streq(line, "userspace - ptrace set fp regs failed, errno = 14"))
		uml->lost_registers = true;
	else
		uml->interference = fault_in_log(line);
}

const char *uml_host_fault(const char *output)
{
	/* the sources: mem.c, start_up.c of arch/um/os-Linux */
	static const struct {
		const char *words, *fault;
	} faults[] = {
		{ "must be not mounted noexec",
		  "cannot execute its memory: the directory of its memory file is mounted "
		  "noexec" },
		{ "check_ptrace", "cannot trace its processes: ptrace(2) is forbidden "
				  "here" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		if (strstr(output, faults[i].words))
			return faults[i].fault;
	return NULL;
}

/*
 * panic() ends in os_dump_core(), which aborts. The signals that end the kernel in good
 * order make it exit with 1. What the process does once the kernel has powered off, and
 * now and then it aborts, is nothing that a machine would do.
 */
static struct vm_ending uml_how_it_ended(void *state, const struct vm_traces *traces)
{
	const struct uml *uml = state;
	struct vm_ending ending = { .end = VM_END_OFF,
				    .interference = uml->interference };

	if (uml->off)
		return ending;
	if (traces->status == 128 + SIGABRT || strstr(traces->output, RESTARTS))
		ending.end = VM_END_RESET;
	else if (traces->status >= 128)
		ending.end = VM_END_KILLED;
	else if (traces->status)
		ending.end = VM_END_FAILED;
	if (traces->status)
		ending.fault = uml_host_fault(traces->output);
	if (traces->status && lacks_room_for_registers(uml))
		ending.interference = has_no_registers;
	return ending;
}

const struct vm_backend vm_uml = {
	.name = "User Mode Linux",
	.setting = "KERNEL_SRC",
	.option = "--uml-arg",
	.packets = true,
	.share_type = "hostfs",
	.takes = uml_takes,
	.prepare = uml_prepare,
	.release = uml_release,
	.argv = uml_argv,
	.watch = uml_watch,
	.started = uml_started,
	.how_it_ended = uml_how_it_ended,
};
