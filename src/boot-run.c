// SPDX-License-Identifier: GPL-2.0-or-later
/* An image and a kernel to a running VM, for the two commands that boot. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base.h"
#include "boot-run.h"
#include "image.h"
#include "kernel.h"
#include "log.h"
#include "vm.h"

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

static void warn_if_rebuilt(const char *kernel, const char *image, int image_fd)
{
	struct stat k, i;

	if (stat(kernel, &k) == 0 && fstat(image_fd, &i) == 0 &&
	    k.st_mtim.tv_sec > i.st_mtim.tv_sec)
		log_warn(
			"kernel '%s' is newer than image '%s': its modules may not fit, cut again",
			kernel, image);
}

static int open_image(const struct boot_request *request)
{
	int fd = request->image_fd >= 0
			 ? fcntl(request->image_fd, F_DUPFD_CLOEXEC, 3)
			 : open(request->image, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err = -errno;

	if (fd < 0)
		log_error("cannot open image '%s': %s%s", request->image, err_text(err),
			  err == -ENOENT ? "; cut one with 'rapido cut TEST'" : "");
	return fd < 0 ? err : fd;
}

int boot_image(const struct session *session, const struct boot_request *request)
{
	_cleanup_(image_info_release) struct image_info info = { 0 };
	_cleanup_(kernel_release) struct kernel kernel = { 0 };
	_cleanup_close_ int fd = open_image(request);
	struct vm_options options = {
		.conf = &session->conf,
		.image = request->image,
		.image_fd = fd,
		.info = &info,
		.term = base_terminal(getenv("TERM")),
		.dry_run = request->dry_run,
	};

	if (fd < 0 || image_read_info(&info, fd, request->image))
		return 1;
	if (!request->kernel && info.kernel) {
		warn_if_rebuilt(info.kernel, request->image, fd);
		options.kernel = info.kernel;
		return vm_run(&options);
	}
	if (find_kernel(session, request->kernel, &kernel))
		return 1;
	options.kernel = kernel.image;
	return vm_run(&options);
}
