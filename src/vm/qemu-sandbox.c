// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether QEMU has a sandbox, and whether the user's arguments work in it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "closure/elffile.h"
#include "lib/process.h"
#include "qemu-sandbox.h"

/* Whether a part of an option's value begins with @start, as "fd=" in "tap,fd=7". */
static bool has_part(const char *value, const char *start)
{
	const char *at = value;

	while ((at = strstr(at, start)) && at != value && at[-1] != ',')
		at++;
	return at;
}

/* Programs, by qemu(1): scripts of tap, the helper of bridge, smbd(8), and commands. */
static bool network_starts_programs(const char *value)
{
	bool has_own_fd = has_part(value, "fd=") || has_part(value, "fds=");
	bool has_no_script =
		has_part(value, "script=no") && has_part(value, "downscript=no");

	if (has_part(value, "helper=") || has_part(value, "smb=") ||
	    strstr(value, "-cmd:"))
		return true;
	if (starts_with(value, "bridge"))
		return true;
	return starts_with(value, "tap") && !has_own_fd && !has_no_script;
}

/* QEMU accepts options with one dash or two. */
static const char *option_name(const char *word)
{
	return *word == '-' ? word + 1 + (word[1] == '-') : "";
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (streq(name, *names))
			return true;
	return false;
}

/* Graphical toolkits start programs: a bus, a sound server. */
static bool opens_window(const struct strvec *args)
{
	static const char *const without[] = { "nographic", "curses", "vnc", NULL };
	bool opens = true;

	for (size_t i = 0; i < args->nr; i++) {
		const char *name = option_name(args->v[i]);
		const char *value = i + 1 < args->nr ? args->v[i + 1] : "";

		if (is_one_of(name, without))
			opens = false;
		else if (streq(name, "display"))
			opens = !starts_with(value, "none") &&
				!starts_with(value, "curses") &&
				!starts_with(value, "vnc");
	}
	return opens;
}

static bool starts_programs(const struct strvec *args)
{
	static const char *const networks[] = { "netdev", "nic", "net", NULL };
	static const char *const become_others[] = { "runas", "run-with", "chroot",
						     "daemonize", NULL };

	for (size_t i = 0; i < args->nr; i++) {
		const char *name = option_name(args->v[i]);
		const char *value = i + 1 < args->nr ? args->v[i + 1] : "";

		if (is_one_of(name, become_others) ||
		    (is_one_of(name, networks) && network_starts_programs(value)) ||
		    (streq(name, "incoming") && starts_with(value, "exec:")))
			return true;
	}
	return false;
}

static bool has_option(const struct strvec *args, const char *name)
{
	for (size_t i = 0; i < args->nr; i++)
		if (streq(option_name(args->v[i]), name))
			return true;
	return false;
}

/* Asking QEMU itself would take a tenth of a second. */
static bool is_linked_with_libseccomp(const char *program)
{
	_cleanup_free_ char *path = process_find(program);
	_cleanup_close_ int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	struct elf_file elf;
	bool is = false;

	if (fd < 0 || elf_file_read(&elf, fd))
		return false;
	for (size_t i = 0; i < elf.needed.nr; i++)
		is |= starts_with(elf.needed.v[i], "libseccomp.so");
	elf_file_release(&elf);
	return is;
}

/* Given a filter at NULL, a kernel with filters fails with EFAULT. */
static bool kernel_has_filters(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) < 0 && errno == EFAULT;
}

bool qemu_sandbox_choose(const char *setting, const char *program,
			 const struct strvec *extra_args, const char **why)
{
	*why = NULL;
	if (has_option(extra_args, "sandbox"))
		*why = "QEMU_EXTRA_ARGS has a -sandbox of its own";
	else if (setting && !parse_bool(setting))
		*why = "QEMU_SANDBOX says so";
	else if (setting)
		return true;
	else if (starts_programs(extra_args))
		*why = "QEMU_EXTRA_ARGS makes it start other programs";
	else if (opens_window(extra_args))
		*why = "QEMU_EXTRA_ARGS makes it open a window";
	else if (!is_linked_with_libseccomp(program))
		*why = "it is not linked with libseccomp";
	else if (!kernel_has_filters())
		*why = "this kernel has no filters of system calls";
	return !*why;
}
