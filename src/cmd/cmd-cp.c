// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido cp: copy a file into a running VM, or out of it. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/newfile.h"
#include "lib/path.h"
#include "vm/exec-client.h"

/* In the VM: the guest's first process, as long as its child has not become another
 * program; see copy.c there. */
#define COPIER "/proc/self/exe"

/* The path behind "SLOT:" or ":"; NULL: it is one of this host. */
static const char *path_in_vm(const char *text)
{
	while (isdigit((unsigned char)*text))
		text++;
	return *text == ':' ? text + 1 : NULL;
}

static unsigned int vm_of(const struct invocation *call, const char *text,
			  const char *dir)
{
	_cleanup_free_ char *number = xasprintf("%.*s", (int)strcspn(text, ":"), text);

	return *number ? cmd_parse_slot(call->command, number) : cmd_only_vm(dir);
}

static int copy_in(struct exec_job *job, const char *from, const char *to)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	_cleanup_free_ char *mode = NULL, *size = NULL;
	const bool is_stream = streq(from, "-");
	/* not waiting for the other end of a fifo */
	_cleanup_close_ int fd = is_stream
					 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
					 : open(from, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		log_error("cannot read '%s': %s", from, err_text(errno));
		return EXEC_FAILED;
	}
	if (is_stream ? S_ISDIR(st.st_mode) : !S_ISREG(st.st_mode)) {
		log_error("cannot copy '%s': it is not a regular file", from);
		return EXEC_FAILED;
	}
	mode = xasprintf("%o", is_stream ? 0644 : (unsigned int)st.st_mode & 0777);
	size = xasprintf("%lld", is_stream ? -1 : (long long)st.st_size);
	strvec_pushl(&words, COPIER, "--copy-in", *to ? to : "/",
		     is_stream ? "" : path_basename(from), mode, size, NULL);
	job->words = words.v;
	job->in = fd;
	return exec_run(job);
}

static int copy_out(struct exec_job *job, const char *from, const char *to)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	_cleanup_(newfile_release) struct newfile file = NEWFILE_INIT;
	_cleanup_close_ int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *below = NULL;
	int err, status;

	strvec_pushl(&words, COPIER, "--copy-out", from, NULL);
	job->words = words.v;
	job->in = null;
	if (streq(to, "-"))
		return exec_run(job);
	if (io_is_dir(to)) {
		below = xasprintf("%s/%s", to, path_basename(from));
		to = below;
	}
	err = newfile_open(&file, to, 0666);
	if (err) {
		log_error("cannot write '%s': %s", to, err_text(err));
		return EXEC_FAILED;
	}
	job->out = file.fd;
	status = exec_run(job);
	if (status)
		return status;
	err = newfile_commit(&file);
	if (!err)
		return 0;
	log_error("cannot write '%s': %s", to, err_text(err));
	return EXEC_FAILED;
}

static int copy(const struct invocation *call)
{
	const char *from = call->argv[0], *to = call->argv[1];
	const char *from_vm = path_in_vm(from), *to_vm = path_in_vm(to);
	struct exec_job job = {
		.dir = conf_get(&call->session->conf, "QEMU_PID_DIR"),
		.out = STDOUT_FILENO,
	};

	if (!from_vm == !to_vm)
		return cmd_usage_error(
			call->command,
			"one of '%s' and '%s' must be SLOT:PATH, the other "
			"a file of this host",
			from, to);
	job.number = vm_of(call, from_vm ? from : to, job.dir);
	if (!job.number)
		return EXEC_FAILED;
	return from_vm ? copy_out(&job, from_vm, to) : copy_in(&job, from, to_vm);
}

const struct command cmd_cp = {
	.name = "cp",
	.summary = "copy a file into a running VM, or out of it",
	.operands = "FILE|[SLOT]:PATH FILE|[SLOT]:PATH",
	.operand = "file",
	.min_operands = 2,
	.max_operands = 2,
	.notes =
		"SLOT is the VM's number, see 'rapido ps'. It may be omitted if only one VM is\n"
		"running. The second path may be a directory. '-' is standard input, or output. A\n"
		"file of this host whose name begins with digits and a colon is './NAME'.\n",
	.flags = CMD_SESSION,
	.failure = EXEC_FAILED,
	.run = copy,
};
