// SPDX-License-Identifier: GPL-2.0-or-later
/* Firmware files into a plan. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <unistd.h>

#include "lib/io.h"
#include "kernel/modfw.h"
#include "lib/path.h"
#include "closure/tree.h"
#include "lib/unpack.h"

/* The largest firmware files have some tens of megabytes. */
#define FIRMWARE_MAX (256 << 20)

/* In the kernel's order: an uncompressed file in any directory comes first. */
static const char *const suffixes[] = { "", ".zst", ".xz" };

static void firmware_dirs(const struct modfw *fw, struct strvec *dirs)
{
	strvec_pushf(dirs, "/lib/firmware/updates/%s", fw->release);
	strvec_push(dirs, "/lib/firmware/updates");
	strvec_pushf(dirs, "/lib/firmware/%s", fw->release);
	strvec_push(dirs, "/lib/firmware");
}

static int add_unpacked(struct modfw *fw, const char *source, const char *path,
			struct plan_reason reason)
{
	_cleanup_free_ char *canonical = NULL, *data = NULL;
	_cleanup_close_ int fd = -1, unpacked = -1;
	size_t size;
	int err = sysroot_resolve(fw->root, source, &canonical, NULL, NULL, NULL);

	if (err)
		return err;
	fd = sysroot_open(fw->root, canonical);
	if (fd < 0)
		return fd;
	unpacked = unpack_to_memory(
		&(const struct packed){ .fd = fd, .size = UINT64_MAX }, FIRMWARE_MAX);
	if (unpacked < 0)
		return unpacked;
	if (lseek(unpacked, 0, SEEK_SET) < 0)
		return -errno;
	err = io_read_fd(unpacked, FIRMWARE_MAX, &data, &size);
	if (err)
		return err;
	err = plan_add_data(fw->plan, path, 0644, data, size, reason);
	if (err < 0)
		return err;
	fw->nr++;
	fw->size += size;
	return 0;
}

static int add_as_it_is(struct modfw *fw, const char *path, struct plan_reason reason)
{
	_cleanup_free_ char *canonical = NULL;
	size_t before = fw->plan->nr;
	struct stat st;
	int err = sysroot_resolve(fw->root, path, &canonical, NULL, NULL, NULL);

	/* an unreadable file would make the whole cut fail when it is written */
	if (!err &&
	    faccessat(fw->root->fd, path_relative(canonical), R_OK, AT_EACCESS) < 0)
		err = -errno;
	if (!err)
		err = tree_add_path(fw->plan, fw->root, path, reason, NULL, &st);
	if (err < 0)
		return err;
	/* two modules may ask for the same */
	if (fw->plan->nr > before) {
		fw->nr++;
		fw->size += (uint64_t)st.st_size;
	}
	return 0;
}

static int add_first_found(struct modfw *fw, const struct strvec *dirs, const char *name,
			   struct plan_reason reason, char **path)
{
	for (size_t s = 0; s < ARRAY_SIZE(suffixes); s++) {
		bool as_it_is = s == 0 || (s == 1 ? fw->takes_zstd : fw->takes_xz);

		for (size_t i = 0; i < dirs->nr; i++) {
			_cleanup_free_ char *plain = path_join(dirs->v[i], name);
			_cleanup_free_ char *file = xasprintf("%s%s", plain, suffixes[s]);
			int err;

			if (!sysroot_is_file(fw->root, file))
				continue;
			err = as_it_is ? add_as_it_is(fw, file, reason)
				       : add_unpacked(fw, file, plain, reason);
			if (!err || err == PLAN_FILTERED)
				return 0;
			*path = TAKE_PTR(file);
			return err;
		}
	}
	return -ENOENT;
}

/*
 * Append the names, without suffixes, of the files in @dir that match the pattern @name.
 */
static void find_names(struct modfw *fw, const char *dir, const char *name,
		       struct strvec *names)
{
	const char *base = path_basename(name);
	_cleanup_free_ char *part = xstrndup(name, (size_t)(base - name));
	_cleanup_free_ char *path = path_join(dir, part), *clean = path_clean(path);
	_cleanup_closedir_ DIR *d = sysroot_open_dir(fw->root, clean);
	const struct dirent *entry;

	while (d && (entry = readdir(d))) {
		_cleanup_free_ char *found = xasprintf("%s%s", part, entry->d_name);

		for (size_t s = 1; s < ARRAY_SIZE(suffixes); s++)
			if (ends_with(found, suffixes[s]))
				found[strlen(found) - strlen(suffixes[s])] = '\0';
		if (fnmatch(base, path_basename(found), FNM_PERIOD) == 0 &&
		    !strvec_has(names, found))
			strvec_push(names, found);
	}
}

int modfw_add(struct modfw *fw, const char *name, struct plan_reason reason, char **path)
{
	_cleanup_(strvec_release) struct strvec dirs = STRVEC_INIT, names = STRVEC_INIT;
	_cleanup_free_ char *absolute = xasprintf("/%s", name);
	_cleanup_free_ char *clean = path_clean(absolute);
	int err = -ENOENT;

	*path = NULL;
	/* the kernel rejects such a name, which would lead elsewhere */
	if (!streq(absolute, clean))
		return -ENOENT;
	firmware_dirs(fw, &dirs);
	if (!strpbrk(name, "*?["))
		return add_first_found(fw, &dirs, name, reason, path);
	for (size_t i = 0; i < dirs.nr; i++)
		find_names(fw, dirs.v[i], name, &names);
	strvec_sort(&names);
	for (size_t i = 0; i < names.nr; i++) {
		int one = add_first_found(fw, &dirs, names.v[i], reason, path);

		/* a directory may match, too */
		if (one && one != -ENOENT)
			return one;
		err = one ? err : 0;
	}
	return err;
}
