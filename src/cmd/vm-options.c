// SPDX-License-Identifier: GPL-2.0-or-later
/* The options that commands share which cut an image and boot a VM. */
#include "conf/net-kind.h"
#include "lib/log.h"
#include "vm-options.h"

static int take_memory(void *memory, const char *text)
{
	if (!parse_size(text, 1 << 20, memory))
		return 0;
	log_error("--memory: '%s' is not a size such as 512M or 2G", text);
	return -1;
}

static int take_disk(void *args, const char *text)
{
	_cleanup_free_ char *why = NULL;

	if (!vm_args_add_disk(args, text, &why))
		return 0;
	log_error("--disk %s: %s", text, why);
	return -1;
}

static int take_share(void *shares, const char *text)
{
	return share_args_add(shares, text);
}

const struct option_spec vm_options[] = {
	OPTION_STRING('k', "kernel", "KERNEL", struct vm_args, kernel,
		      "an image, a build tree, the root of an unpacked package, or a "
		      "release (default: KERNEL_SRC, the build tree in the current "
		      "directory, KERNEL_RELEASE, the running kernel, or the newest "
		      "installed; 'boot': the one the image was cut for)"),
	OPTION_NUMBER(0, "cpus", "N", struct vm_args, cpus, 1, 4096, "CPUs",
		      "the number of processors"),
	OPTION_CALL('m', "memory", "SIZE", struct vm_args, memory, take_memory,
		    "the memory, such as 512M or 2G"),
	OPTION_LIST(0, "append", "WORDS", struct vm_args, append,
		    "add words to the end of the kernel's command line"),
	{ .kind = OPTION_KIND_CALL,
	  .name = "disk",
	  .arg = "DISK",
	  .help = "a disk: FILE[,ro][,snapshot][,format=raw|qcow2][,name=NAME], or "
		  "SIZE[,name=NAME] for an empty one; in the VM it is "
		  "/dev/disk/by-id/virtio-NAME (default: disk1, disk2, ...)",
	  .call = take_disk },
	OPTION_CALL(
		0, "share", "DIR[:PATH][:rw]", struct vm_args, shares, take_share,
		"let the VM see a directory of this host, at its own path or at PATH; "
		"the VM cannot change it without 'rw'"),
	OPTION_CHOICE(
		0, "root", "host", struct vm_args, shares.root, "host",
		"the VM's root is this host's, and what it changes is in its memory"),
	OPTION_STRING(0, "user", "USER", struct vm_args, shares.user,
		      "with --root host: whom the shell and the scripts run as (default: "
		      "root)"),
	OPTION_CHOICE(0, "network", "KIND", struct vm_args, network, NET_KIND_CHOICES,
		      "the network: " NET_KIND_LIST_ALL "; tap requires setup-network"),
	OPTION_CHOICE_OR("gdb", "wait", struct vm_args, gdb, "attach", "attach|wait",
			 "let 'rapido gdb' debug the kernel, without KASLR; with =wait "
			 "it starts only when gdb says so"),
	OPTION_FLAG('n', "dry-run", struct vm_args, dry_run,
		    "print the command that starts the VM, instead of running it"),
	OPTION_LIST(0, "qemu-arg", "ARG", struct vm_args, machine_args,
		    "add a word to the command line of the VM's process, after "
		    "QEMU_EXTRA_ARGS"),
	OPTION_LIST(0, "uml-arg", "ARG", struct vm_args, um_args,
		    "the same for User Mode Linux, after UML_EXTRA_ARGS"),
	OPTION_END,
};

static int take_file(void *args, const char *path)
{
	cut_args_add_file(args, path);
	return 0;
}

static int take_command(void *args, const char *command)
{
	cut_args_add_command(args, command);
	return 0;
}

static int take_bin(void *extras, const char *name)
{
	return cut_extras_add_bin(extras, name);
}

static int take_kmod(void *extras, const char *name)
{
	return cut_extras_add_kmod(extras, name);
}

static int take_put(void *extras, const char *text)
{
	return cut_extras_add_put(extras, text);
}

/* Those of scripts get all of struct cut_args. */
#define SCRIPT_OPTION_SPECS                                                      \
	{ .kind = OPTION_KIND_CALL,                                              \
	  .letter = 'f',                                                         \
	  .name = "file",                                                        \
	  .arg = "FILE",                                                         \
	  .help = "run FILE, a script or program, after the test's own scripts", \
	  .call = take_file },                                                   \
	{                                                                        \
		.kind = OPTION_KIND_CALL, .letter = 'x', .name = "command",      \
		.arg = "CMD",                                                    \
		.help = "run the line of shell CMD in the VM; -f and -x may be " \
			"repeated and run in the order given",                   \
		.call = take_command                                             \
	}

const struct option_spec script_options[] = {
	SCRIPT_OPTION_SPECS,
	OPTION_END,
};

const struct option_spec image_options[] = {
	SCRIPT_OPTION_SPECS,
	OPTION_CALL(0, "bin", "NAME", struct cut_args, extras, take_bin,
		    "add a program, by name or path, with all it needs"),
	OPTION_CALL(0, "kmod", "NAME", struct cut_args, extras, take_kmod,
		    "add a module with those it depends on"),
	OPTION_CALL(0, "put", "FILE[:PATH]", struct cut_args, extras, take_put,
		    "add a file, or a directory with all that is in it; at its own path, "
		    "or at PATH"),
	OPTION_STRING('o', "output", "IMAGE", struct cut_args, output,
		      "write IMAGE instead of the configured file"),
	OPTION_END,
};
