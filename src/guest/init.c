// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's first process: /rdinit. Static, with libc alone. It prepares the VM, runs
 * bash, which runs the autorun scripts, reaps what is left behind, and ends the VM. What
 * the kernel lacks is said and then done without. Under the names shutdown, poweroff,
 * halt and reboot it is the command that asks the first process to end the VM.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define MODULES_LIST "/rapido-rsc/modules"
#define SYSTEMD	     "/usr/lib/systemd/systemd"
#define HOST_TAG     "host0"

/* linux/module.h */
#define MODULE_INIT_COMPRESSED_FILE 4

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* What the kernel command line says to us. */
struct params {
	const char *vm_num;
	const char *hostname;
	const char *stty; /* "ROWS,COLS" */
	bool unattended;
};

static void say(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int len, n;

	len = snprintf(line, sizeof(line), "rapido-init: ");
	va_start(ap, fmt);
	n = vsnprintf(line + len, sizeof(line) - (size_t)len - 1, fmt, ap);
	va_end(ap);
	len += n;
	if (len > (int)sizeof(line) - 2)
		len = (int)sizeof(line) - 2;
	line[len] = '\n';
	(void)!write(STDERR_FILENO, line, (size_t)len + 1);
}

/* Read a small file; false when it cannot be read. @text is NUL-terminated. */
static bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n >= 0;
}

static void do_mount(const char *type, const char *dir, unsigned long flags,
		     const char *data)
{
	mkdir(dir, 0755);
	/* EBUSY: the kernel has mounted devtmpfs itself */
	if (mount(type, dir, type, flags, data) < 0 && errno != EBUSY)
		say("cannot mount %s at %s: %s", type, dir, strerror(errno));
}

static void do_symlink(const char *target, const char *path)
{
	if (symlink(target, path) < 0 && errno != EEXIST)
		say("cannot make %s: %s", path, strerror(errno));
}

/* Files that the image has in /tmp, a build of the user's perhaps, stay visible. */
static void mount_tmp(void)
{
	if (rmdir("/tmp") < 0 && (errno == ENOTEMPTY || errno == EEXIST) &&
	    mount("/tmp", "/tmp", NULL, MS_BIND, NULL) == 0)
		return;
	do_mount("tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777");
}

static void mount_all(void)
{
	const unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	do_mount("proc", "/proc", safe, NULL);
	do_mount("sysfs", "/sys", safe, NULL);
	do_mount("devtmpfs", "/dev", MS_NOSUID, "mode=0755");
	do_mount("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC,
		 "mode=0620,gid=5,ptmxmode=0666");
	do_mount("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777");
	mount_tmp();
	do_symlink("/proc/self/fd", "/dev/fd");
	do_symlink("/proc/self/fd/0", "/dev/stdin");
	do_symlink("/proc/self/fd/1", "/dev/stdout");
	do_symlink("/proc/self/fd/2", "/dev/stderr");
}

/* The kernel opens /dev/console for us if it can; if not, try again with devtmpfs there.
 */
static void open_console(void)
{
	int fd;

	if (fcntl(STDOUT_FILENO, F_GETFD) >= 0)
		return;
	fd = open("/dev/console", O_RDWR | O_NOCTTY);
	if (fd < 0)
		fd = open("/dev/null", O_RDWR);
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

static void take_param(struct params *params, const char *param)
{
	const struct {
		const char *name;
		const char **value;
	} texts[] = {
		{ "rapido.vm_num=", &params->vm_num },
		{ "rapido.hostname=", &params->hostname },
		{ "rapido.stty=", &params->stty },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		size_t len = strlen(texts[i].name);

		if (strncmp(param, texts[i].name, len) == 0 && param[len])
			*texts[i].value = param + len;
	}
	if (strcmp(param, "rapido.unattended=1") == 0)
		params->unattended = true;
}

static void read_params(struct params *params)
{
	static char line[8192];

	if (!read_text("/proc/cmdline", line, sizeof(line)))
		return;
	for (char *p = strtok(line, " \t\n"); p; p = strtok(NULL, " \t\n"))
		take_param(params, p);
}

/* Run a program and wait for it: its status, or -1. */
static int run(const char *const argv[])
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -1;
	if (!pid) {
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* "/lib/modules/R/kernel/fs/9p/9p.ko.xz": "9p". In place. */
static char *module_name(char *path)
{
	char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	name[strcspn(name, ".")] = '\0';
	return name;
}

/*
 * The kernel unpacks compressed modules itself if it was built for it; otherwise modprobe
 * does, which knows the dependencies too, of which none is missing by then.
 */
static void load_module(char *path)
{
	size_t len = strlen(path);
	bool packed = len < 3 || strcmp(path + len - 3, ".ko") != 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = errno;

	if (fd >= 0) {
		err = syscall(SYS_finit_module, fd, "",
			      packed ? MODULE_INIT_COMPRESSED_FILE : 0)
			      ? errno
			      : 0;
		close(fd);
	}
	if (!err || err == EEXIST)
		return;
	if (packed && fd >= 0) {
		const char *argv[] = { "/sbin/modprobe", module_name(path), NULL };

		if (run(argv) == 0)
			return;
	}
	say("cannot load module %s: %s", path, strerror(err));
}

static void load_modules(void)
{
	static char list[65536];

	if (!read_text(MODULES_LIST, list, sizeof(list)))
		return;
	for (char *path = list; *path;) {
		size_t len = strcspn(path, "\n");
		bool more = path[len] == '\n';

		path[len] = '\0';
		if (len)
			load_module(path);
		path += len + more;
	}
}

/* "host.domain" sets both names; without one it is "rapidoN". */
static void set_host_name(const struct params *params)
{
	char name[256];
	char *dot;

	if (params->hostname)
		snprintf(name, sizeof(name), "%s", params->hostname);
	else
		snprintf(name, sizeof(name), "rapido%s",
			 params->vm_num ? params->vm_num : "");
	dot = strchr(name, '.');
	if (dot) {
		*dot++ = '\0';
		if (setdomainname(dot, strlen(dot)) < 0)
			say("cannot set the domain name '%s': %s", dot, strerror(errno));
	}
	if (sethostname(name, strlen(name)) < 0)
		say("cannot set the host name '%s': %s", name, strerror(errno));
}

/* A kernel without networking is fine. */
static void bring_up_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
}

/* Call @fn with each name in @dir. */
static void for_each_name(const char *dir, void (*fn)(const char *dir, const char *name))
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			fn(dir, entry->d_name);
	if (d)
		closedir(d);
}

/* /dev/disk/by-id/virtio-NAME, as udev would make it. */
static void link_disk(const char *dir, const char *name)
{
	char path[512], serial[64], link[128], target[300];

	snprintf(path, sizeof(path), "%s/%s/serial", dir, name);
	if (!read_text(path, serial, sizeof(serial)))
		return;
	serial[strcspn(serial, "\n")] = '\0';
	if (!serial[0] || strchr(serial, '/'))
		return;
	mkdir("/dev/disk", 0755);
	mkdir("/dev/disk/by-id", 0755);
	snprintf(link, sizeof(link), "/dev/disk/by-id/virtio-%s", serial);
	snprintf(target, sizeof(target), "../../%s", name);
	do_symlink(target, link);
}

/* The directory that the host shares: `-virtfs ...,mount_tag=host0`. */
static void mount_share(const char *dir, const char *name)
{
	char path[512], tag[64];

	snprintf(path, sizeof(path), "%s/%s/mount_tag", dir, name);
	if (!read_text(path, tag, sizeof(tag)) || strcmp(tag, HOST_TAG) != 0)
		return;
	mkdir("/host", 0755);
	if (mount(HOST_TAG, "/host", "9p", 0,
		  "trans=virtio,version=9p2000.L,msize=262144") < 0)
		say("cannot mount the host's directory at /host: %s", strerror(errno));
}

static void set_window_size(const char *stty)
{
	struct winsize size = { 0 };
	unsigned int rows, cols;

	if (!stty || sscanf(stty, "%u,%u", &rows, &cols) != 2 || rows > 10000 ||
	    cols > 10000)
		return;
	size.ws_row = (unsigned short)rows;
	size.ws_col = (unsigned short)cols;
	ioctl(STDIN_FILENO, TIOCSWINSZ, &size);
}

/* Become the shell, with the console as its controlling terminal if somebody is there. */
static void exec_shell(const struct params *params)
{
	static const char *const interactive[] = { "bash", "--rcfile", "/rapido.rc", "-i",
						   NULL };
	static const char *const unattended[] = { "bash", "/rapido.rc", NULL };
	int null_fd;

	if (params->unattended) {
		null_fd = open("/dev/null", O_RDWR);
		if (null_fd >= 0)
			dup2(null_fd, STDIN_FILENO);
	} else {
		ioctl(STDIN_FILENO, TIOCSCTTY, 1);
		set_window_size(params->stty);
	}
	execv("/bin/bash",
	      (char *const *)(params->unattended ? unattended : interactive));
	say("cannot run /bin/bash: %s", strerror(errno));
}

/* The shell, in a session of its own. */
static pid_t start_shell(const struct params *params)
{
	sigset_t none;
	pid_t pid = fork();

	if (pid)
		return pid;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	exec_shell(params);
	/* a reset tells the host that this was no good end */
	if (params->unattended)
		kill(1, SIGTERM);
	_exit(127);
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* What was printed last must get out before the power goes; but nobody may be reading. */
static void drain_console(void)
{
	const struct sigaction interrupt = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &interrupt, NULL);
	alarm(2);
	tcflow(STDOUT_FILENO, TCOON);
	tcdrain(STDOUT_FILENO);
	alarm(0);
}

/* Does not return. */
static void end_vm(int how)
{
	/* a fifth of a second for whoever has something to put in order */
	kill(-1, SIGTERM);
	for (int i = 0; i < 20; i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) < 0)
			break; /* there is nobody left */
		usleep(10000);
	}
	kill(-1, SIGKILL);
	sync();
	drain_console();
	reboot(how);
	/* no way to power off: a reset is the other way out */
	say("the kernel cannot power off: %s", strerror(errno));
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

static void watch(pid_t shell, const sigset_t *signals)
{
	for (;;) {
		int sig = sigwaitinfo(signals, NULL);
		pid_t pid;

		if (sig == SIGUSR2)
			end_vm(RB_POWER_OFF);
		if (sig == SIGTERM || sig == SIGINT)
			end_vm(RB_AUTOBOOT);
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			if (pid == shell)
				end_vm(RB_POWER_OFF);
		if (pid < 0 && errno == ECHILD)
			end_vm(RB_POWER_OFF);
	}
}

static void set_environment(void)
{
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("LOGNAME", "root", 1);
	setenv("SHELL", "/bin/bash", 1);
	setenv("TERM", "linux", 0);
}

static int first_process(char *argv[])
{
	struct params params = { 0 };
	sigset_t signals;
	pid_t shell;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGUSR2);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);

	/* see add_modprobe() in base.c */
	chmod("/sbin/modprobe", 0755);
	mount_all();
	open_console();
	read_params(&params);
	set_environment();
	load_modules();
	set_host_name(&params);
	bring_up_loopback();
	for_each_name("/sys/block", link_disk);
	for_each_name("/sys/bus/virtio/drivers/9pnet_virtio", mount_share);
	reboot(RB_DISABLE_CAD);
	if (access(SYSTEMD, X_OK) == 0) {
		sigprocmask(SIG_UNBLOCK, &signals, NULL);
		execv(SYSTEMD, argv);
		say("cannot run " SYSTEMD ": %s", strerror(errno));
		sigprocmask(SIG_BLOCK, &signals, NULL);
	}
	shell = start_shell(&params);
	if (shell < 0) {
		say("cannot start a process: %s", strerror(errno));
		end_vm(RB_POWER_OFF);
	}
	watch(shell, &signals);
	return 0;
}

/*
 * Ask the first process, whichever it is. systemd(1) ends the machine at once on these
 * signals, for which it needs no unit files; it unmounts and syncs all the same.
 */
static int ask(bool again)
{
	char comm[32] = "";
	bool systemd = read_text("/proc/1/comm", comm, sizeof(comm)) &&
		       strcmp(comm, "systemd\n") == 0;
	int sig = systemd ? SIGRTMIN + (again ? 15 : 14) : again ? SIGTERM : SIGUSR2;

	sync();
	drain_console();
	if (kill(1, sig) < 0) {
		say("cannot ask the first process: %s", strerror(errno));
		return 1;
	}
	/* what comes after us in a script must not run */
	sleep(30);
	return 1;
}

/* Where systemd is the first process it starts us for the shell. */
static int service_shell(void)
{
	struct params params = { 0 };

	read_params(&params);
	exec_shell(&params);
	return 127;
}

int main(int argc, char *argv[])
{
	const char *slash, *name = argc > 0 ? argv[0] : "";
	bool again = false;

	if (getpid() == 1)
		return first_process(argv);
	if (argc == 2 && strcmp(argv[1], "--shell") == 0)
		return service_shell();
	if (argc == 2 && strcmp(argv[1], "--power-off") == 0)
		return ask(false);
	slash = strrchr(name, '/');
	name = slash ? slash + 1 : name;
	for (int i = 1; i < argc && strcmp(name, "shutdown") == 0; i++)
		again |= strcmp(argv[i], "-r") == 0 || strcmp(argv[i], "--reboot") == 0;
	if (strcmp(name, "reboot") == 0)
		return ask(true);
	if (strcmp(name, "shutdown") == 0 || strcmp(name, "poweroff") == 0 ||
	    strcmp(name, "halt") == 0)
		return ask(again);
	say("this is the first process of a rapido VM, not a command");
	return 1;
}
