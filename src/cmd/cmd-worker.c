// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido worker: runs the VMs of a rapido elsewhere, which has started it. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/log.h"
#include "worker/serve.h"

/*
 * The standard streams carry messages of a protocol. Whatever else is written to standard
 * output goes to standard error instead, and nobody else reads the standard input.
 */
static int take_streams(int *in, int *out)
{
	_cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	*in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	*out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (null_fd < 0 || *in < 0 || *out < 0 || dup2(null_fd, STDIN_FILENO) < 0 ||
	    dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return -errno;
	return 0;
}

static int serve(const struct invocation *call)
{
	int in = -1, out = -1, err;

	if (isatty(STDIN_FILENO) || isatty(STDOUT_FILENO)) {
		log_error(
			"'rapido run --worker' starts this command, and speaks to it by "
			"its standard input and output");
		return 1;
	}
	err = take_streams(&in, &out);
	if (!err)
		return worker_serve(call->session, in, out);
	log_error("cannot use standard input and output: %s", err_text(err));
	cleanup_close(&in);
	cleanup_close(&out);
	return 1;
}

const struct command cmd_worker = {
	.name = "worker",
	.summary = "run the VMs of 'rapido run --worker' on this host",
	.flags = CMD_SESSION,
	.run = serve,
};
