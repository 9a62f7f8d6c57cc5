// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's first process: /rdinit. It is static and uses libc alone. It prepares the
 * VM, runs bash, which runs the autorun scripts, reaps orphans, and ends the VM; in an
 * unattended run agent.c does all but the first. If the kernel lacks something, init says
 * so and goes on without it. Under the names shutdown, poweroff, halt and reboot it is
 * the command that asks the first process to end the VM.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init.h"
#include "network.h"

#define HOST_TAG "host0"

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

/*
 * pivot_root(2), which container runtimes need, requires a root that is mounted on
 * another file system, but the kernel unpacks the image into the very first one. So the
 * same files are mounted over it. Nothing is copied: init's root is another mount of
 * them.
 */
static void mount_root(void)
{
	mkdir("/mnt", 0755);
	if (mount("/", "/mnt", NULL, MS_BIND, NULL) < 0) {
		say("cannot mount the root: %s", strerror(errno));
		return;
	}
	if (chdir("/mnt") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
	    chroot(".") < 0) {
		say("cannot make another mount the root: %s", strerror(errno));
		umount2("/mnt", MNT_DETACH);
	}
	(void)!chdir("/");
}

/* Files that the image has in /tmp, perhaps a build of the user's, stay visible. */
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

/* The kernel opens /dev/console for us if it can, but the one of the initramfs, which
 * devtmpfs hides: ttyname(3), by which programs know their terminal, would not find it.
 */
static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	if (fd < 0) {
		if (fcntl(STDOUT_FILENO, F_GETFD) >= 0)
			return;
		fd = open("/dev/null", O_RDWR);
	}
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

static void take_param(struct params *params, char *param)
{
	const struct {
		const char *name;
		const char **value;
	} texts[] = {
		{ "rapido.vm_num=", &params->vm_num },
		{ "rapido.hostname=", &params->hostname },
		{ "rapido.stty=", &params->stty },
		{ "rapido.channel=", &params->channel },
		{ "rapido.user=", &params->user },
		{ "systemd.machine_id=", &params->machine_id },
	};
	const struct {
		const char *name;
		void (*take)(struct params *params, char *text);
	} others[] = {
		{ "rapido.share=", take_share },
		{ "rapido.home=", take_home },
	};
	const struct {
		const char *param;
		bool *value;
	} flags[] = {
		{ "rapido.unattended=1", &params->unattended },
		{ "rapido.run=1", &params->run },
		{ "rapido.merge=1", &params->merge },
		{ "rapido.stay=1", &params->stay },
		{ "rapido.alone=1", &params->alone },
		{ "rapido.quiet=1", &params->quiet },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		size_t len = strlen(texts[i].name);

		if (strncmp(param, texts[i].name, len) == 0 && param[len])
			*texts[i].value = param + len;
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		size_t len = strlen(others[i].name);

		if (strncmp(param, others[i].name, len) == 0 && param[len])
			others[i].take(params, param + len);
	}
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (strcmp(param, flags[i].param) == 0)
			*flags[i].value = true;
}

static void read_params(struct params *params)
{
	static char line[8192];

	if (!read_text("/proc/cmdline", line, sizeof(line)))
		return;
	for (char *p = strtok(line, " \t\n"); p; p = strtok(NULL, " \t\n"))
		take_param(params, p);
}

/* "host.domain" sets both names. The default is "rapidoN". */
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

/* Make /dev/disk/by-id/virtio-NAME as udev would. */
static bool link_disk(const char *dir, const char *name, void *data)
{
	char path[512], serial[64], link[128], target[300];

	(void)data;
	snprintf(path, sizeof(path), "%s/%s/serial", dir, name);
	if (!read_text(path, serial, sizeof(serial)))
		return false;
	serial[strcspn(serial, "\n")] = '\0';
	if (!serial[0] || strchr(serial, '/'))
		return false;
	mkdir("/dev/disk", 0755);
	mkdir("/dev/disk/by-id", 0755);
	snprintf(link, sizeof(link), "/dev/disk/by-id/virtio-%s", serial);
	snprintf(target, sizeof(target), "../../%s", name);
	do_symlink(target, link);
	return false;
}

static void mount_host(void)
{
	mkdir("/host", 0755);
	if (mount(HOST_TAG, "/host", "9p", 0,
		  "trans=virtio,version=9p2000.L,msize=262144") < 0)
		say("cannot mount the host's directory at /host: %s", strerror(errno));
}

/* Mount the directory that the host shares under the tag host0. */
static bool mount_tagged(const char *dir, const char *name, void *data)
{
	char path[512], tag[64];

	(void)data;
	snprintf(path, sizeof(path), "%s/%s/mount_tag", dir, name);
	if (read_text(path, tag, sizeof(tag)) && strcmp(tag, HOST_TAG) == 0)
		mount_host();
	return false;
}

/* Start the shell in a session of its own. */
static pid_t start_shell(const struct params *params)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	default_signals();
	setsid();
	if (command_is_there(IMAGE_CONSOLE))
		_exit(exec_console_command(params));
	exec_shell(params);
	/* a reset tells the host that something went wrong */
	if (params->unattended)
		kill(1, SIGTERM);
	_exit(127);
}

/* Only what needs the user's attention: warnings, and what is worse. */
static void quiet_console(void)
{
	enum { SET_CONSOLE_LEVEL = 8, WARNINGS = 5 }; /* see syslog(2) */

	klogctl(SET_CONSOLE_LEVEL, NULL, WARNINGS);
}

static void end_vm(int how)
{
	end_processes();
	sync();
	power_off(how);
}

static void leave(struct attendant *attendant, int how)
{
	attendant_leave(attendant);
	end_vm(how);
}

/* Wait for the shell's end, or for a request to end the VM. */
static void watch(pid_t shell, struct attendant *attendant)
{
	bool is_command = command_is_there(IMAGE_CONSOLE);

	for (;;) {
		bool stop = attendant_wait(attendant);
		int status;
		pid_t pid;

		if (signal_arrived(SIGUSR2) || stop)
			leave(attendant, RB_POWER_OFF);
		if (signal_arrived(SIGTERM) || signal_arrived(SIGINT))
			leave(attendant, RB_AUTOBOOT);
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			if (pid != shell) {
				attendant_reaped(attendant, pid, status);
				continue;
			}
			if (is_command)
				attendant_tell_status(attendant, command_status(status));
			leave(attendant, RB_POWER_OFF);
		}
		if (pid < 0 && errno == ECHILD)
			leave(attendant, RB_POWER_OFF);
	}
}

/* The VM of `rapido boot`: a shell, for a user or for nobody. */
static void serve_boot(const struct params *params, struct attendant *attendant)
{
	pid_t shell = start_shell(params);

	if (shell < 0) {
		say("cannot start a process: %s", strerror(errno));
		end_vm(RB_POWER_OFF);
	}
	watch(shell, attendant);
}

static void serve_run(const struct params *params)
{
	agent_run(params, true);
	power_off(RB_POWER_OFF);
}

/* If systemd is the first process, this child serves the host, until systemd ends it. */
static void start_watcher(struct attendant *attendant)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	if (!attendant || fork() != 0)
		return;
	setsid();
	/* else a command that does not read its input would end it */
	sigaction(SIGPIPE, &ignore, NULL);
	while (!signal_arrived(SIGTERM) && !signal_arrived(SIGINT)) {
		bool stop = attendant_wait(attendant);
		int status;
		pid_t pid;

		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			attendant_reaped(attendant, pid, status);
		if (stop)
			_exit(ask_for_end(false));
	}
	attendant_end(attendant);
	_exit(0);
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

/* Prepare the VM for the user's programs. */
static void prepare(struct params *params)
{
	/* see add_modprobe() in base.c */
	chmod("/sbin/modprobe", 0755);
	mount_root();
	mount_all();
	open_console();
	set_file_capabilities();
	read_params(params);
	set_environment();
	load_modules(IMAGE_MODULES);
	/* a share may have the host's */
	params->systemd = access(SYSTEMD, X_OK) == 0;
	mount_shares(params);
	set_host_name(params);
	set_up_network(params);
	for_each_name("/sys/block", link_disk, NULL);
	for_each_name("/sys/bus/virtio/drivers/9pnet_virtio", mount_tagged, NULL);
	reboot(RB_DISABLE_CAD);
}

/*
 * The directory for a run's results, with room for as many small files as a test may
 * make. systemd would unmount it before the results are sent.
 */
static void make_results_dir(bool systemd)
{
	mkdir(RESULTS_DIR, 0755);
	if (!systemd)
		do_mount("tmpfs", RESULTS_DIR, MS_NOSUID | MS_NODEV,
			 "mode=0755,size=50%,nr_inodes=1m");
}

static int first_process(char *argv[])
{
	struct params params = { 0 };
	struct attendant *attendant;
	bool complete, systemd;

	catch_signals();
	prepare(&params);
	/* the agent of a run checks by itself, and tells the host */
	complete = params.run ? access(IMAGE_COMPLETE, F_OK) == 0 : image_complete();
	if ((!complete || params.share_missing) && params.unattended && !params.run)
		end_vm(RB_AUTOBOOT);
	/* a command would have a status that says nothing of it, and without the host's
	   root there is no shell */
	if (params.share_missing && !params.run &&
	    (command_is_there(IMAGE_CONSOLE) || access("/bin/bash", X_OK) < 0))
		end_vm(RB_POWER_OFF);
	systemd = complete && !params.host_root && params.systemd;
	if (params.run)
		make_results_dir(systemd);
	/* before the channel is opened: the host may know a newer size */
	init_window_size(&params);
	if (params.quiet)
		quiet_console();
	attendant = params.run ? NULL : attendant_new(&params);
	if (systemd) {
		if (!params.run)
			start_watcher(attendant);
		default_signals();
		execv(SYSTEMD, argv);
		say("cannot run " SYSTEMD ": %s", strerror(errno));
		catch_signals();
	}
	if (params.run)
		serve_run(&params);
	serve_boot(&params, attendant);
	return 0;
}

/* If systemd is the first process, it starts us to run the shell. */
static int service_shell(void)
{
	struct params params = { 0 };

	read_params(&params);
	if (params.run) {
		bool is_last;

		catch_signals();
		is_last = agent_run(&params, false);
		/* systemd must be able to end us */
		default_signals();
		return is_last ? ask_for_end(false) : 0;
	}
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
	if (argc == 2 && strcmp(argv[1], "--command") == 0)
		return command_run(IMAGE_COMMAND);
	if (argc == 2 && strcmp(argv[1], "--console") == 0)
		return command_exec(IMAGE_CONSOLE);
	if (argc == 2 && strcmp(argv[1], "--power-off") == 0)
		return ask_for_end(false);
	if (argc > 2 && strcmp(argv[1], "--keep") == 0)
		return keep_files(argv + 2);
	if (argc == 3 && strcmp(argv[1], "--copy-out") == 0)
		return copy_out(argv[2]);
	if (argc == 6 && strcmp(argv[1], "--copy-in") == 0)
		return copy_in(argv[2], argv[3], argv[4], argv[5]);
	slash = strrchr(name, '/');
	name = slash ? slash + 1 : name;
	for (int i = 1; i < argc && strcmp(name, "shutdown") == 0; i++)
		again |= strcmp(argv[i], "-r") == 0 || strcmp(argv[i], "--reboot") == 0;
	if (strcmp(name, "reboot") == 0)
		return ask_for_end(true);
	if (strcmp(name, "shutdown") == 0 || strcmp(name, "poweroff") == 0 ||
	    strcmp(name, "halt") == 0)
		return ask_for_end(again);
	say("this is the first process of a rapido VM, not a command to be run");
	return 1;
}
