// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that are not our children. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/proc.h"

#define TEXT_MAX 65536

static char *read_text(pid_t pid, const char *name)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/%s", (int)pid, name);
	char *text = NULL;

	return io_read_file(AT_FDCWD, path, TEXT_MAX, &text, NULL) ? NULL : text;
}

/* The text after "@key:" and white space at the beginning of a line, or "". */
static const char *value_of(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) == 0 && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " \t");
	}
	return "";
}

/*
 * Parses proc_pid_stat(5). The third field follows the name, which may contain anything.
 */
static time_t start_time(const char *stat)
{
	const char *at = strrchr(stat, ')');
	struct timespec up;
	long long ticks;

	/* find the space before each field; the start time is field 22 */
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	ticks = at ? strtoll(at, NULL, 10) : 0;
	clock_gettime(CLOCK_BOOTTIME, &up);
	return time(NULL) - (up.tv_sec - (time_t)(ticks / sysconf(_SC_CLK_TCK)));
}

int proc_read(struct proc *proc, pid_t pid)
{
	_cleanup_free_ char *status = read_text(pid, "status");
	_cleanup_free_ char *stat = read_text(pid, "stat");
	const char *name, *state;

	*proc = (struct proc){ 0 };
	if (!status || !stat)
		return -ESRCH;
	state = value_of(status, "State");
	if (*state == 'Z' || *state == 'X')
		return -ESRCH;
	name = value_of(status, "Name");
	snprintf(proc->name, sizeof(proc->name), "%.*s", (int)strcspn(name, "\n"), name);
	proc->uid = (uid_t)strtoul(value_of(status, "Uid"), NULL, 10);
	proc->started = start_time(stat);
	return 0;
}

int proc_has_open(pid_t pid, const struct stat *file)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/fd", (int)pid);
	_cleanup_closedir_ DIR *dir = opendir(path);
	const struct dirent *entry;
	struct stat st;

	if (!dir)
		return errno == EACCES || errno == EPERM ? -EPERM : -ESRCH;
	while ((entry = readdir(dir)))
		if (fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 &&
		    st.st_dev == file->st_dev && st.st_ino == file->st_ino)
			return 1;
	return 0;
}

int proc_signal(pid_t pid, int signal, int (*is_it)(pid_t pid, const void *data),
		const void *data)
{
	_cleanup_close_ int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	int is;

	if (fd < 0 && errno == ESRCH)
		return -ESRCH;
	is = is_it(pid, data);
	if (is <= 0)
		return is ? is : -ESRCH;
	if (fd >= 0 && syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) == 0)
		return 0;
	if (fd >= 0 && errno == ESRCH)
		return -ESRCH;
	/*
	 * without pidfds (Linux before 5.3, or a container that forbids them) another
	 * process may get the pid before the signal is sent
	 */
	return kill(pid, signal) < 0 ? -errno : 0;
}
