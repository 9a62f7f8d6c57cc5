// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido gdb: debug the kernel of a running VM. */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "kernel/kernel-image.h"
#include "kernel/ktree.h"
#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/process.h"
#include "vm/control.h"

/* How long the rapido that supervises the VM may take to answer. */
#define ANSWER_MS 5000

/* What gdb runs, gdb.py: see gdb-script.S. */
extern const char gdb_script[], gdb_script_end[];

struct gdb_args {
	const char *vmlinux;
	bool force;
};

static const struct option_spec gdb_options[] = {
	OPTION_STRING(0, "vmlinux", "FILE", struct gdb_args, vmlinux,
		      "the kernel's file with symbols (default: the vmlinux of its build "
		      "tree, or that of the package with debug symbols)"),
	OPTION_FLAG(0, "force", struct gdb_args, force,
		    "use the file even if it is of another build"),
	OPTION_END,
};

/* A VM, and what the rapido that supervises it says. */
struct target {
	unsigned int number;
	struct json_object *info;
};

static void target_release(struct target *target)
{
	json_object_put(target->info);
}

static const char *text_of(const struct target *target, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(target->info, key, &value)
		       ? json_object_get_string(value)
		       : NULL;
}

static int ask(struct target *target, const char *dir)
{
	struct control_client client = CONTROL_CLIENT_INIT;
	int err = control_connect(&client, dir, target->number);

	if (!err)
		err = control_send(&client, "{\"request\":\"info\"}");
	if (!err)
		err = control_wait(&client, monotonic_ms() + ANSWER_MS, &target->info);
	control_hang_up(&client);
	if (err == -ENOENT || err == -ECONNREFUSED)
		log_error("VM %u is not running", target->number);
	else if (err < 0)
		log_error("VM %u does not answer: %s", target->number, err_text(err));
	return err < 0 ? err : 0;
}

static char *existing(char *path)
{
	if (io_is_file(path))
		return path;
	free(path);
	return NULL;
}

/* The files with symbols of the kernel @image: its own, and its modules' directory. */
static void find_symbols(const char *image, char **vmlinux, char **modules)
{
	static const char installed[] = "/boot/vmlinuz-";
	_cleanup_(ktree_release) struct ktree tree = KTREE_INIT;
	_cleanup_free_ char *dir = path_dirname(image);
	_cleanup_close_ int fd = open(image, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *at = strstr(image, installed);
	struct kernel_image info;

	if (!ktree_find(&tree, dir)) {
		*vmlinux = existing(path_join(tree.objdir, "vmlinux"));
		*modules = xstrdup(tree.objdir);
	} else if (at) {
		const char *release = at + strlen(installed);
		int root = (int)(at - image);

		*vmlinux = existing(xasprintf("%.*s/usr/lib/debug/boot/vmlinux-%s", root,
					      image, release));
		*modules = xasprintf("%.*s/usr/lib/debug/lib/modules/%s", root, image,
				     release);
		if (!*vmlinux)
			*vmlinux = existing(path_join(*modules, "vmlinux"));
	}
	/* the image may be such a file itself */
	if (!*vmlinux && fd >= 0 && kernel_image_read(&info, fd) == 0 &&
	    (info.format == KERNEL_IMAGE_VMLINUX || info.format == KERNEL_IMAGE_UML))
		*vmlinux = xstrdup(image);
	if (!*modules)
		*modules = TAKE_PTR(dir);
}

/* How gdb reaches the kernel, as its arguments. -ENOTCONN after a message. */
static int add_connection(const struct target *target, const char *dir,
			  struct strvec *argv)
{
	_cleanup_free_ char *slot = slot_path(dir, target->number);
	_cleanup_free_ char *socket = slot_debug_path(slot);
	const char *debug = text_of(target, "debug");

	if (debug && streq(debug, "process")) {
		/* the kernel uses all kinds of signals itself */
		strvec_pushl(argv, "-ex", "handle all nostop noprint pass", "-p", NULL);
		strvec_push(argv, text_of(target, "pid"));
		return 0;
	}
	if (debug) {
		strvec_push(argv, "-ex");
		strvec_pushf(argv, "target remote %s", socket);
		return 0;
	}
	log_error(
		"the kernel of VM %u has no port for a debugger: start the VM with --gdb",
		target->number);
	return -ENOTCONN;
}

/* The script as a file without a name, which gdb inherits. */
static int open_script(void)
{
	int fd = memfd_create("rapido-gdb", 0);

	if (fd >= 0 &&
	    io_write_all(fd, gdb_script, (size_t)(gdb_script_end - gdb_script)) == 0)
		return fd;
	log_error("cannot make gdb's script: %s", err_text(errno));
	return -1;
}

static int start_gdb(const struct target *target, const struct gdb_args *args,
		     const char *dir, char **words)
{
	_cleanup_(strvec_release) struct strvec argv = STRVEC_INIT;
	_cleanup_free_ char *vmlinux = args->vmlinux ? xstrdup(args->vmlinux) : NULL;
	_cleanup_free_ char *modules = NULL, *own = NULL;
	const char *image = text_of(target, "image"), *gdb = getenv("GDB");
	int script;

	find_symbols(image ? image : "", &own, &modules);
	if (!vmlinux)
		vmlinux = TAKE_PTR(own);
	if (!vmlinux) {
		log_error("no vmlinux with the symbols of '%s' is found: name it with "
			  "--vmlinux",
			  image ? image : "the kernel");
		return 1;
	}
	strvec_push(&argv, gdb && *gdb ? gdb : "gdb");
	strvec_push(&argv, "-q");
	/* vmlinux-gdb.py of a build with CONFIG_GDB_SCRIPTS */
	strvec_push(&argv, "-iex");
	strvec_pushf(&argv, "add-auto-load-safe-path %s", modules);
	strvec_push(&argv, vmlinux);
	script = open_script();
	if (script < 0 || add_connection(target, dir, &argv))
		return 1;
	strvec_push(&argv, "-ex");
	strvec_pushf(&argv, "python exec(open('/proc/self/fd/%d').read())", script);
	for (; *words; words++)
		strvec_push(&argv, *words);
	setenv("RAPIDO_GDB_MODULES", modules, 1);
	setenv("RAPIDO_GDB_FORCE", args->force ? "1" : "0", 1);
	execvp(argv.v[0], argv.v);
	if (errno == ENOENT)
		log_error("cannot find '%s' (Debian package: gdb)", argv.v[0]);
	else
		log_error("cannot start '%s': %s", argv.v[0], err_text(errno));
	return 1;
}

static int debug(const struct invocation *call)
{
	const char *dir = conf_get(&call->session->conf, "QEMU_PID_DIR");
	_cleanup_(target_release) struct target target = { 0 };
	char **words = call->argv;

	/* words for gdb, after "--", begin with a dash */
	if (*words && **words != '-')
		target.number = cmd_parse_slot(call->command, *words++);
	else
		target.number = cmd_only_vm(dir);
	if (!target.number || ask(&target, dir))
		return 1;
	return start_gdb(&target, call->args, dir, words);
}

const struct command cmd_gdb = {
	.name = "gdb",
	.summary = "debug the kernel of a running VM",
	.options = gdb_options,
	.operands = "[SLOT] [-- GDB-ARG...]",
	.operand = "VM",
	.max_operands = CMD_OPERANDS_MAX,
	.notes =
		"The VM must have been started with --gdb, unless its kernel is a program (ARCH=um).\n"
		"SLOT, its number, may be left out if it is the only one. $GDB names another gdb.\n"
		"Modules have symbols as soon as they are loaded; the command rapido-modules looks\n"
		"for them again.\n",
	.flags = CMD_SESSION,
	.args_size = sizeof(struct gdb_args),
	.run = debug,
};
