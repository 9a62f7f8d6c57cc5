// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads the modules that the image lists, in the list's order. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"

/* linux/module.h */
#define MODULE_INIT_COMPRESSED_FILE 4

/* "/lib/modules/R/kernel/fs/9p/9p.ko.xz": "9p". In place. */
static char *module_name(char *path)
{
	char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	name[strcspn(name, ".")] = '\0';
	return name;
}

/*
 * The kernel unpacks compressed modules itself, if it was built to; otherwise modprobe
 * does. modprobe also loads dependencies, but these were all loaded before.
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

		if (run_program(argv) == 0)
			return;
	}
	say("cannot load module %s: %s", path, strerror(err));
}

void load_modules(const char *list)
{
	char *text = read_all(list);

	for (char *path = text; path && *path;) {
		size_t len = strcspn(path, "\n");
		bool more = path[len] == '\n';

		path[len] = '\0';
		if (len)
			load_module(path);
		path += len + more;
	}
	free(text);
}
