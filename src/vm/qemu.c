// SPDX-License-Identifier: GPL-2.0-or-later
/* QEMU as a back end: what is decided for it before it starts, and how it ended. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/ktree.h"
#include "lib/log.h"
#include "lib/process.h"
#include "qemu-sandbox.h"
#include "qemu.h"

static bool qemu_takes(const struct kernel_image *image)
{
	return image->arch && qemu_arch_of(image->arch);
}

static const char *program_for(const struct conf *conf, const struct arch *arch)
{
	const char *setting = conf_get(conf, "QEMU_BIN");

	return setting ? setting : qemu_arch_of(arch)->program;
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       timespec_compare(&a->st_ctim, &b->st_ctim) == 0;
}

/*
 * The vmlinux in the bzImage @fd. What was unpacked last stays in memory for the VMs that
 * follow, most of which have the same kernel. A descriptor, which the caller closes, or
 * -errno.
 */
static int unpack_vmlinux(int fd)
{
	static struct stat last;
	static int vmlinux = -1;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!is_same_file(&st, &last)) {
		if (vmlinux >= 0)
			close(vmlinux);
		vmlinux = kernel_image_unpack_vmlinux(fd);
		last = st;
	}
	return vmlinux < 0 ? vmlinux : fcntl(vmlinux, F_DUPFD_CLOEXEC, 0);
}

/*
 * Under emulation a bzImage takes most of a second to unpack itself, of which this host
 * needs a tenth, and the vmlinux of a tree need not be unpacked at all. But it skips what
 * the image does first, such as KASLR, and UEFI cannot start it. If there is no such
 * vmlinux, or the image is damaged, the image is booted, and says itself what is wrong
 * with it.
 */
static void prefer_vmlinux(const struct conf *conf, const struct vm_traits *traits,
			   struct vm_kernel *kernel)
{
	bool wanted = conf_get(conf, "BOOT_VMLINUX")
			      ? conf_is_true(conf, "BOOT_VMLINUX")
			      : traits->emulated && !traits->firmware_draws;
	char *path = NULL;
	int fd = wanted ? ktree_open_vmlinux(kernel->path, &path) : -ENOEXEC;

	/* without a PVH note in a tree's vmlinux, there is none in its image either; and
	 * in a dry run the user gets the path of what can be tried */
	if (fd < 0 && fd != -ENOEXEC && !kernel->dry_run) {
		fd = unpack_vmlinux(kernel->fd);
		if (fd < 0 && fd != -EINVAL)
			log_debug("booting '%s' as it is: %s", kernel->path,
				  fd == -ENOEXEC   ? "the kernel has no PVH note"
				  : fd == -EBADMSG ? "its vmlinux cannot be unpacked"
						   : err_text(fd));
	}
	if (fd < 0)
		return;
	log_debug("booting %s'%s', which need not unpack itself",
		  path ? "" : "the vmlinux in ", path ? path : kernel->path);
	close(kernel->fd);
	kernel->fd = fd;
	if (path) {
		free(kernel->path);
		kernel->path = path;
	}
}

static int qemu_prepare(const struct conf *conf, struct vm_kernel *kernel,
			struct vm_spec *spec, struct vm_traits *traits, void **state)
{
	const struct accel_places places = ACCEL_PLACES_HOST;
	const char *extra = conf_get(conf, "QEMU_EXTRA_ARGS"), *why;
	struct qemu *qemu = *state = xcalloc(1, sizeof(*qemu));

	*qemu = (struct qemu){
		.arch = qemu_arch_of(spec->arch),
		.program = program_for(conf, spec->arch),
		.qmp = QMP_INIT,
		.vmcore = spec->vmcore,
	};
	if (extra && strvec_split_shell(&qemu->extra_args, extra)) {
		log_error("QEMU_EXTRA_ARGS has a quote that is not closed: %s", extra);
		return -EINVAL;
	}
	for (size_t i = 0; spec->asked_args && i < spec->asked_args->nr; i++)
		strvec_push(&qemu->extra_args, spec->asked_args->v[i]);
	qemu->accel = accel_choose(conf_get(conf, "ACCEL"), spec->arch, &places, &why);
	if (why && qemu->accel == ACCEL_KVM)
		log_warn("using KVM as ACCEL says, though it will hardly work: %s", why);
	if (why && qemu->accel == ACCEL_TCG)
		qemu->why_emulated = xasprintf("the CPU is emulated, which is slow, "
					       "because KVM cannot be used: %s",
					       why);
	*traits = (struct vm_traits){
		.accel = qemu->accel == ACCEL_KVM ? "kvm" : "tcg",
		.emulated = qemu->accel == ACCEL_TCG,
		.why_emulated = qemu->why_emulated,
		.has_console = qemu_has_default_console(&qemu->extra_args),
		.has_port = true,
		.has_debugger = true,
		.can_dump = true,
		.firmware_draws = qemu_firmware_draws(qemu->arch, &qemu->extra_args),
	};
	spec->words = (struct vm_words){
		.console = spec->arch->console,
		.channel = spec->arch->channel,
		.params = qemu->accel == ACCEL_TCG ? qemu->arch->tcg_params : NULL,
	};
	qemu->sandbox = qemu_sandbox_choose(conf_get(conf, "QEMU_SANDBOX"), qemu->program,
					    &qemu->extra_args, &why);
	if (why)
		log_debug("QEMU runs without its sandbox: %s", why);
	prefer_vmlinux(conf, traits, kernel);
	return 0;
}

static void qemu_release(void *state)
{
	struct qemu *qemu = state;

	if (!qemu)
		return;
	qmp_release(&qemu->qmp);
	strvec_release(&qemu->extra_args);
	free(qemu->why_emulated);
	free(qemu);
}

static void qemu_make_argv(const void *state, const struct vm_spec *spec,
			   struct strvec *argv)
{
	qemu_argv(state, spec, argv);
}

static int qemu_monitor(void *state)
{
	struct qemu *qemu = state;
	int err = qmp_init(&qemu->qmp);

	qemu->has_monitor = !err;
	qemu->qmp.vmcore = qemu->vmcore;
	qemu->qmp.stays = qemu->vmcore >= 0;
	return err ? err : qemu->qmp.peer;
}

static void qemu_started(void *state)
{
	struct qemu *qemu = state;

	qmp_started(&qemu->qmp);
}

static int qemu_monitor_fd(const void *state)
{
	const struct qemu *qemu = state;

	return qemu->qmp.fd;
}

static void qemu_read_monitor(void *state)
{
	struct qemu *qemu = state;

	qmp_read(&qemu->qmp);
}

static int qemu_dump(void *state, int fd, enum vm_dump_format format)
{
	struct qemu *qemu = state;

	return qmp_dump(&qemu->qmp, fd, format);
}

static enum vm_dump qemu_dump_state(const void *state, const char **error)
{
	const struct qemu *qemu = state;

	*error = qemu->qmp.dump_error;
	return qemu->qmp.dump;
}

static struct vm_ending qemu_how_it_ended(void *state, const struct vm_traces *traces)
{
	struct qemu *qemu = state;
	struct vm_ending ending = { .end = VM_END_OFF };
	int status = traces->status;

	qmp_read(&qemu->qmp);
	if (status == 128 + SIGSYS)
		ending.fault =
			"was ended by its sandbox for what QEMU_EXTRA_ARGS asks for "
			"(QEMU_SANDBOX=\"no\" does without one)";
	if (qemu->qmp.was_reset)
		ending.end = VM_END_RESET;
	else if (status >= 128)
		ending.end = VM_END_KILLED;
	else if (status)
		ending.end = VM_END_FAILED;
	else if (qemu->has_monitor && !qemu->qmp.has_ended && !qemu->arch->ends_silently)
		ending.end = VM_END_NEVER_RAN;
	return ending;
}

static void qemu_forget_dump(void *state)
{
	struct qemu *qemu = state;

	qmp_forget_dump(&qemu->qmp);
}

static char *qemu_missing(const struct conf *conf, const struct arch *arch)
{
	const char *program = program_for(conf, arch);
	_cleanup_free_ char *path = process_find(program);

	return path ? NULL
		    : xasprintf("QEMU '%s' (Debian package: %s)", program,
				qemu_arch_of(arch)->package);
}

static void qemu_check(const struct conf *conf, const struct arch *arch,
		       struct report *report)
{
	const struct accel_places places = ACCEL_PLACES_HOST;
	_cleanup_free_ char *lack = qemu_missing(conf, arch);
	const char *why;
	enum accel accel = accel_choose(conf_get(conf, "ACCEL"), arch, &places, &why);

	if (lack)
		report_error(report, "cannot find %s", lack);
	if (why && accel == ACCEL_KVM)
		report_error(report, "ACCEL is kvm, but KVM does not work: %s", why);
	else if (why)
		report_warn(report, "VMs run under emulation, which is slow: %s", why);
}

static bool qemu_is_process(const char *name)
{
	return starts_with(name, "qemu");
}

const struct vm_backend vm_qemu = {
	.name = "QEMU",
	.setting = "QEMU_BIN",
	.option = "--qemu-arg",
	.snapshots = true,
	.takes = qemu_takes,
	.prepare = qemu_prepare,
	.release = qemu_release,
	.argv = qemu_make_argv,
	.monitor = qemu_monitor,
	.started = qemu_started,
	.monitor_fd = qemu_monitor_fd,
	.read_monitor = qemu_read_monitor,
	.how_it_ended = qemu_how_it_ended,
	.dump = qemu_dump,
	.dump_state = qemu_dump_state,
	.forget_dump = qemu_forget_dump,
	.missing = qemu_missing,
	.check = qemu_check,
	.is_process = qemu_is_process,
};
