// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds the image and the kernel that a VM is started with. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cut/base.h"
#include "lib/log.h"
#include "vm/boot.h"

static int find_kernel(const struct session *session, const char *arg,
		       struct kernel *kernel)
{
	_cleanup_(report_release) struct report report = REPORT_INIT;
	struct utsname host;
	struct kernel_places places = kernel_host_places(session->dirs.cache, &host);
	int err;

	err = kernel_find(kernel, arg, &session->conf, &places, &report);
	report_flush(&report);
	return err;
}

static bool is_newer(const char *path, const struct stat *image)
{
	struct stat st;

	return stat(path, &st) == 0 && timespec_compare(&st.st_mtim, &image->st_mtim) > 0;
}

/* The path of the first module in the image that was built again since the cut, or NULL.
 * Heap. */
static char *find_rebuilt_module(const struct image_info *info, const struct stat *image)
{
	_cleanup_(strvec_release) struct strvec paths = STRVEC_INIT;

	if (info->sources)
		strvec_split(&paths, info->sources, "\n");
	for (size_t i = 0; i < paths.nr; i++)
		if (is_newer(paths.v[i], image))
			return xstrdup(paths.v[i]);
	return NULL;
}

/* Warn, in one line, if the kernel or a module was built again since the cut. */
static void warn_if_rebuilt(const struct image_info *info, const char *path, int image_fd)
{
	_cleanup_free_ char *module = NULL;
	struct stat image;

	if (fstat(image_fd, &image) < 0)
		return;
	module = find_rebuilt_module(info, &image);
	if (is_newer(info->kernel, &image))
		log_warn("kernel '%s' is newer than image '%s': its modules may not fit, "
			 "cut again",
			 info->kernel, path);
	else if (module)
		log_warn(
			"module '%s' is newer than image '%s', which contains the old one: "
			"cut again",
			module, path);
}

/* Warn if the kernel will refuse the modules in the image. */
static void warn_of_other_release(const struct image_info *info,
				  const struct kernel *kernel, const char *path)
{
	if (info->modules && info->release && kernel->release &&
	    !streq(info->release, kernel->release))
		log_warn("image '%s' was cut for kernel %s: its modules are not for %s",
			 path, info->release, kernel->release);
}

static int open_image(const struct boot_request *request)
{
	int fd;

	if (request->image_fd < 0)
		return image_open(request->image);
	fd = fcntl(request->image_fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0) {
		fd = -errno;
		log_error("cannot open image '%s': %s", request->image, err_text(fd));
	}
	return fd;
}

static int choose_kernel(struct boot *boot, const struct session *session,
			 const struct boot_request *request)
{
	if (!request->kernel && boot->info.kernel) {
		warn_if_rebuilt(&boot->info, request->image, boot->image_fd);
		boot->options.kernel = boot->info.kernel;
		boot->options.release = boot->info.release;
		return 0;
	}
	if (find_kernel(session, request->kernel, &boot->kernel))
		return -ENOENT;
	warn_of_other_release(&boot->info, &boot->kernel, request->image);
	boot->options.kernel = boot->kernel.image;
	boot->options.release = boot->kernel.release;
	boot->options.notice = boot->notice = kernel_notice(&boot->kernel);
	return 0;
}

/* What --gdb says. */
static enum vm_debug debug_of(const char *gdb)
{
	if (!gdb)
		return VM_DEBUG_NO;
	return streq(gdb, "wait") ? VM_DEBUG_WAIT : VM_DEBUG_ATTACH;
}

int boot_prepare(struct boot *boot, const struct session *session,
		 const struct boot_request *request)
{
	int err;

	*boot = (struct boot){ .image_fd = open_image(request) };
	if (boot->image_fd < 0)
		return boot->image_fd;
	boot->options = (struct vm_options){
		.conf = &session->conf,
		.image = request->image,
		.image_fd = boot->image_fd,
		.info = &boot->info,
		.term = base_terminal(getenv("TERM")),
		.args = request->args,
		.command = request->command,
		.quiet = request->quiet,
		.notice = request->notice,
		.debug = debug_of(request->args->gdb),
		.dry_run = request->args->dry_run,
	};
	err = image_read_info(&boot->info, boot->image_fd, request->image);
	return err ? err : choose_kernel(boot, session, request);
}

void boot_release(struct boot *boot)
{
	image_info_release(&boot->info);
	kernel_release(&boot->kernel);
	free(boot->notice);
	if (boot->image_fd >= 0)
		close(boot->image_fd);
}

int boot_image(const struct session *session, const struct boot_request *request)
{
	_cleanup_(boot_release) struct boot boot;

	return boot_prepare(&boot, session, request) ? 1 : vm_run(&boot.options);
}
