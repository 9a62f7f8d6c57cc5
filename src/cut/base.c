// SPDX-License-Identifier: GPL-2.0-or-later
/* The files that every guest needs. */
#include <sys/sysmacros.h>
#include <unistd.h>

#include "assets.h"
#include "cut/base.h"
#include "closure/tree.h"

#define SYSTEMD_UNITS "/etc/systemd/system"

/* On merged-/usr hosts these are links, and then the image has the same links. */
static const char *const layout[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64" };

/* The programs that init and the functions of rapido.rc run, or that users expect. */
static const char *const programs[] = { "bash", "mount", "setsid", "stty" };

static const char *const ending_commands[] = { "halt", "poweroff", "reboot", "shutdown" };

/* The terminals that users have. */
static const char *const terminals[] = {
	"linux",	 "screen", "screen-256color", "tmux",
	"tmux-256color", "vt220",  "xterm",	      "xterm-256color",
};
static const char *const terminfo_dirs[] = { "/lib/terminfo", "/usr/share/terminfo",
					     "/usr/lib/terminfo" };

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n";
static const char group[] = "root:x:0:\ntty:x:5:\n";
static const char hosts[] = "127.0.0.1 localhost\n::1 localhost\n";
/* without it glibc stops at a name's first address, which may be of the wrong family */
static const char host_conf[] = "multi on\n";

struct plan_reason base_reason(struct plan *plan)
{
	return (struct plan_reason){ -1, plan_intern(plan, "in every image") };
}

bool base_ends_vm(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(ending_commands); i++)
		if (streq(word, ending_commands[i]))
			return true;
	return false;
}

const char *base_terminal(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(terminals); i++)
		if (streq(terminals[i], name))
			return terminals[i];
	return NULL;
}

void base_add_layout(struct plan *plan, struct sysroot *root)
{
	const struct plan_reason reason = base_reason(plan);

	for (size_t i = 0; i < ARRAY_SIZE(layout); i++) {
		char target[256];
		ssize_t len =
			readlinkat(root->fd, layout[i] + 1, target, sizeof(target) - 1);

		if (len > 0) {
			target[len] = '\0';
			plan_add_link(plan, layout[i], target, reason);
		} else if (sysroot_exists(root, layout[i])) {
			plan_add_dir(plan, layout[i], 0755, reason);
		}
	}
}

/* The index of the program's entry, or a negative number. */
static int add_program(struct plan *plan, struct closure *closure, const char *name)
{
	const struct closure_request request = {
		.name = name,
		.where = "rapido itself",
		.reason = base_reason(plan),
	};

	return closure_add_program(closure, &request);
}

/*
 * A booting kernel runs modprobe many times, which takes a quarter of a second under
 * emulation. If the test has no modules, modprobe would find nothing: then it is not
 * executable until init makes it so, as its first act.
 */
static void add_modprobe(struct plan *plan, struct closure *closure, bool has_modules)
{
	int entry = add_program(plan, closure, "modprobe");

	if (entry >= 0 && !has_modules)
		plan->entries[entry].mode &= ~(mode_t)0111;
}

/* terminfo(5): below the first letter, or on some systems its code in hexadecimal. */
bool base_add_terminal(struct plan *plan, struct sysroot *root, const char *name,
		       struct plan_reason reason)
{
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(terminfo_dirs); i++) {
		const char *dir = terminfo_dirs[i];
		_cleanup_free_ char *path = xasprintf("%s/%c/%s", dir, name[0], name);
		_cleanup_free_ char *hex =
			xasprintf("%s/%02x/%s", dir, (unsigned char)name[0], name);

		if (sysroot_is_file(root, path))
			found |= !tree_add_file(plan, path, root, path, false, reason);
		else if (sysroot_is_file(root, hex))
			found |= !tree_add_file(plan, hex, root, hex, false, reason);
	}
	return found;
}

static void add_text(struct plan *plan, const char *path, const char *text)
{
	plan_add_data(plan, path, 0644, text, strlen(text), base_reason(plan));
}

static void add_settings(struct plan *plan, const struct conf *conf)
{
	_cleanup_(strbuf_release) struct strbuf settings = STRBUF_INIT;

	conf_to_shell(conf, &settings);
	plan_add_data(plan, "/rapido.conf", 0644, settings.buf, settings.len,
		      base_reason(plan));
}

/* If the manifest has systemd, init hands over to it. */
static void add_systemd(struct plan *plan, struct closure *closure)
{
	static const char target[] =
		"[Unit]\nDescription=rapido VM\nDefaultDependencies=no\n"
		"Requires=rapido.service\n";
	int systemd = plan_find(plan, BASE_SYSTEMD);
	const struct plan_reason reason = { systemd,
					    plan_intern(plan, "starts the scripts") };

	if (systemd < 0)
		return;
	plan_add_data(plan, SYSTEMD_UNITS "/rapido.service", 0644, asset_service,
		      (size_t)(asset_service_end - asset_service), reason);
	plan_add_link(plan, SYSTEMD_UNITS "/default.target", "rapido.target", reason);
	add_text(plan, SYSTEMD_UNITS "/rapido.target", target);
	/* systemd executes it when the VM ends */
	add_program(plan, closure, "/usr/lib/systemd/systemd-shutdown");
}

/* Entries that init needs to report that the rest of the image did not fit. */
static void put_early(struct plan *plan, int index)
{
	if (index >= 0)
		plan->entries[index].early = true;
}

void base_add(struct plan *plan, struct sysroot *root, struct closure *closure,
	      const struct conf *conf, bool has_modules)
{
	static const struct {
		const char *path;
		mode_t mode;
	} dirs[] = {
		{ "/dev", 0755 },  { "/etc", 0755 },  { "/mnt", 0755 },
		{ "/proc", 0755 }, { "/root", 0700 }, { "/run", 0755 },
		{ "/sys", 0755 },  { "/tmp", 01777 }, { "/var", 0755 },
	};
	const struct plan_reason reason = base_reason(plan);

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		put_early(plan, plan_add_dir(plan, dirs[i].path, dirs[i].mode, reason));
	put_early(plan,
		  plan_add_device(plan, "/dev/console", 0600, makedev(5, 1), reason));
	put_early(plan, plan_add_data(plan, "/rdinit", 0755, asset_init,
				      (size_t)(asset_init_end - asset_init), reason));
	plan_add_data(plan, "/rapido.rc", 0644, asset_rc,
		      (size_t)(asset_rc_end - asset_rc), reason);
	add_settings(plan, conf);
	add_text(plan, "/etc/passwd", passwd);
	add_text(plan, "/etc/group", group);
	add_text(plan, "/etc/hosts", hosts);
	add_text(plan, "/etc/host.conf", host_conf);
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		add_program(plan, closure, programs[i]);
	add_modprobe(plan, closure, has_modules);
	plan_add_link(plan, "/bin/bash", "/usr/bin/bash", reason);
	plan_add_link(plan, "/bin/sh", "bash", reason);
	for (size_t i = 0; i < ARRAY_SIZE(ending_commands); i++) {
		_cleanup_free_ char *path = xasprintf("/sbin/%s", ending_commands[i]);

		plan_add_link(plan, path, "/rdinit", reason);
	}
	for (size_t i = 0; i < ARRAY_SIZE(terminals); i++)
		base_add_terminal(plan, root, terminals[i], reason);
	add_systemd(plan, closure);
}
