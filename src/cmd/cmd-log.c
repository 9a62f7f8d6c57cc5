// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido log: print the console log of a running VM, and follow it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/out.h"
#include "lib/utf8.h"
#include "vm/slot.h"

#define LOOK_MS 100

struct follower {
	int vm;	     /* the VM's slot file */
	uid_t owner; /* of the slot file */
	struct slot_info info;
	int fd; /* of the log */
	off_t offset;
	bool terminal; /* standard output is one */
};

/*
 * A slot file may name any file, and other users may share the directory. Only a regular
 * file that belongs to the VM's user is opened and printed.
 */
static int open_log(const struct follower *f)
{
	_cleanup_close_ int found = open(f->info.log, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_free_ char *self = xasprintf("/proc/self/fd/%d", found);
	struct stat st;
	int fd;

	if (found < 0 || fstat(found, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	/* our own slot file is trusted, also on file systems without owners */
	if (f->owner != geteuid() && f->owner != st.st_uid)
		return -EPERM;
	fd = open(self, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* How many bytes to write now: on a terminal, half a character or half a line end would
 * be escaped. */
static size_t whole(const char *data, size_t size)
{
	size_t len = utf8_whole(data, size);

	return len == size && len && data[len - 1] == '\r' ? len - 1 : len;
}

/* Print what was appended; 0 or -errno. @last: nothing follows. */
static int copy(struct follower *f, bool last)
{
	char data[65536];
	ssize_t n;
	int err = 0;

	while (!err && (n = io_pread_full(f->fd, data, sizeof(data), f->offset)) != 0) {
		size_t len = (size_t)n;

		if (n < 0) {
			log_error("cannot read '%s': %s", f->info.log, err_text((int)n));
			return (int)n;
		}
		if (f->terminal && (!last || len == sizeof(data)))
			len = whole(data, len);
		if (!len)
			break;
		f->offset += (off_t)len;
		err = out_write(data, len);
	}
	if (!err)
		err = out_flush();
	if (err)
		log_error("cannot write to standard output: %s", err_text(err));
	return err;
}

/* If the log was emptied or replaced, start again at its beginning. */
static void look_for_new_log(struct follower *f)
{
	struct stat ours, named;
	int fd;

	if (fstat(f->fd, &ours) < 0)
		return;
	if (ours.st_size < f->offset)
		f->offset = 0;
	if (lstat(f->info.log, &named) < 0 ||
	    (ours.st_ino == named.st_ino && ours.st_dev == named.st_dev))
		return;
	fd = open_log(f);
	if (fd < 0)
		return;
	close(f->fd);
	f->fd = fd;
	f->offset = 0;
}

/* Wait a little. -EPIPE if the reader of our output is gone, which a write would only
 * show once there is something to print. */
static int pause_while_read(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return poll(&out, 1, LOOK_MS) > 0 && out.revents & (POLLERR | POLLHUP) ? -EPIPE
									       : 0;
}

static int follow(struct follower *f)
{
	int err = 0;

	while (!err) {
		/* once the VM has ended, its log is complete */
		bool running = slot_look(f->vm, &f->info);

		err = copy(f, !running);
		if (!running || err)
			break;
		err = pause_while_read();
		/* as a write would have done it */
		if (err)
			raise(SIGPIPE);
		look_for_new_log(f);
	}
	return err;
}

/* 0 or an exit status after a message. */
static int open_follower(struct follower *f, const char *dir, unsigned int number)
{
	struct stat st;

	f->vm = slot_open(dir, number, &f->info);
	if (f->vm == -ENOENT)
		log_error("VM %u is not running", number);
	else if (f->vm < 0)
		log_error("cannot look at VM %u: %s", number, err_text(f->vm));
	else if (!f->info.log)
		log_error(
			"VM %u keeps no log: its console is the terminal where it was booted",
			number);
	if (f->vm < 0 || !f->info.log)
		return 1;
	if (fstat(f->vm, &st) < 0) {
		log_error("cannot look at VM %u: %s", number, err_text(errno));
		return 1;
	}
	f->owner = st.st_uid;
	f->fd = open_log(f);
	if (f->fd < 0)
		log_error("cannot open the log of VM %u, '%s': %s", number, f->info.log,
			  f->fd == -EINVAL  ? "it is not a file"
			  : f->fd == -EPERM ? "it does not belong to the VM's user"
					    : err_text(f->fd));
	return f->fd < 0 ? 1 : 0;
}

static int print_log(const char *dir, unsigned int number, bool all)
{
	struct follower f = { .vm = -1, .fd = -1, .terminal = isatty(STDOUT_FILENO) };
	int status;

	if (!number)
		number = cmd_only_vm(dir);
	if (!number)
		return 1;
	status = open_follower(&f, dir, number);
	if (!status)
		status = (all ? follow(&f) : copy(&f, true)) ? 1 : 0;
	cleanup_close(&f.fd);
	cleanup_close(&f.vm);
	slot_info_release(&f.info);
	return status;
}

struct log_args {
	bool follow;
};

static const struct option_spec log_options[] = {
	OPTION_FLAG('f', "follow", struct log_args, follow,
		    "keep printing until the VM ends"),
	OPTION_END,
};

static int show_log(const struct invocation *call)
{
	const struct log_args *args = call->args;
	unsigned int number = 0;

	if (call->argc && !(number = cmd_parse_slot(call->command, call->argv[0])))
		return 1;
	return print_log(conf_get(&call->session->conf, "QEMU_PID_DIR"), number,
			 args->follow);
}

const struct command cmd_log = {
	.name = "log",
	.summary = "print the console log of a running VM",
	.options = log_options,
	.operands = "[SLOT]",
	.operand = "VM",
	.max_operands = 1,
	.notes =
		"SLOT is the VM's number, see 'rapido ps'. It may be omitted if only one VM is\n"
		"running.\n",
	.flags = CMD_SESSION,
	.args_size = sizeof(struct log_args),
	.run = show_log,
};
