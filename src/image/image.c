// SPDX-License-Identifier: GPL-2.0-or-later
/* Image files: written as a whole, and read for the resources of their VM. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/manifest.h"
#include "image/cpio.h"
#include "image/image.h"
#include "lib/lockfile.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/strmap.h"

#define META_NAME	  IMAGE_RESOURCES "/image"
#define META_NO_TEST	  "no-test"
#define META_CPUS_ASKED	  "asked cpus"
#define META_MEMORY_ASKED "asked memory"
#define META_ALLOW_FAULT  "allow-fault "
#define META_CASE_TIMEOUT "case-timeout "
#define META_MAX	  (16 << 20)
#define SOURCES_MAX	  (16 << 20)

/* The temporary file for the image NAME is ".NAME.PID.rapido-tmp", beside it. */
#define TMP_SUFFIX ".rapido-tmp"

/*
 * An image may contain secrets: passwords of rapido.conf, and files that not everybody
 * may read.
 */
#define IMAGE_MODE 0600

/* Another process may remove the file as stale before it is locked: then try again. */
static int open_named(const char *tmp)
{
	for (int attempt = 0; attempt < 100; attempt++) {
		_cleanup_close_ int fd = -1;

		unlink(tmp);
		fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, IMAGE_MODE);
		if (fd < 0)
			return -errno;
		if (lockfile_lock_named(fd, AT_FDCWD, tmp) == 0)
			return TAKE_FD(fd);
	}
	return -EBUSY;
}

/*
 * Opens and locks a file in @dir to write the image to. Without O_TMPFILE (on some
 * network and overlay file systems) it has the name @tmp from the beginning, and *named
 * is set.
 */
static int open_temporary(const char *dir, const char *tmp, bool *named)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, IMAGE_MODE);

	*named = fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL);
	if (*named)
		return open_named(tmp);
	if (fd < 0)
		return -errno;
	/* locked before it has a name, so that nobody takes it for stale */
	lockfile_lock(fd, 0);
	return fd;
}

static int give_name(int fd, const char *tmp)
{
	_cleanup_free_ char *self = xasprintf("/proc/self/fd/%d", fd);

	unlink(tmp);
	return linkat(AT_FDCWD, self, AT_FDCWD, tmp, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/* Opens the same file for reading only: a VM must not be able to change it. */
static int reopen(int fd)
{
	_cleanup_free_ char *self = xasprintf("/proc/self/fd/%d", fd);

	return open(self, O_RDONLY | O_CLOEXEC);
}

/*
 * Replaces @path by @tmp. They are exchanged, and then the old image is removed, because
 * ext4 writes a file to disk at once if it is renamed over another one (auto_da_alloc in
 * ext4(5)). That would take longer than the rest of a cut, for a file that is easily made
 * again after a power failure.
 */
static int take_place(const char *tmp, const char *path)
{
	if (renameat2(AT_FDCWD, tmp, AT_FDCWD, path, RENAME_EXCHANGE) == 0) {
		unlink(tmp);
		return 0;
	}
	return rename(tmp, path) < 0 ? -errno : 0;
}

static int write_temporary(const struct plan *plan, const char *path, const char *dir,
			   const char *tmp, int *fd)
{
	bool named;
	int err;

	*fd = open_temporary(dir, tmp, &named);
	if (*fd < 0) {
		log_error("cannot write an image in '%s': %s", dir, err_text(*fd));
		return *fd;
	}
	err = cpio_write(plan, *fd);
	if (err) {
		if (named)
			unlink(tmp);
		return err;
	}
	err = named ? 0 : give_name(*fd, tmp);
	if (!err)
		err = take_place(tmp, path);
	if (err) {
		unlink(tmp);
		log_error("cannot replace image '%s': %s", path, err_text(err));
	}
	return err;
}

bool image_fits(uint64_t size, uint64_t max, struct report *report)
{
	if (!max || size <= max)
		return true;
	report_error(
		report,
		"the image has %llu MiB, but an initramfs can have at most %llu: leave "
		"files out, or share their directory with the VM: --share DIR",
		(unsigned long long)(size >> 20), (unsigned long long)(max >> 20));
	return false;
}

int image_write(const struct plan *plan, const char *path, int *fd, uint64_t *size)
{
	_cleanup_free_ char *absolute = path_absolute(path),
			    *clean = path_clean(absolute);
	_cleanup_free_ char *dir = path_dirname(clean);
	_cleanup_free_ char *prefix = xasprintf(".%s.", path_basename(clean));
	_cleanup_free_ char *tmp =
		xasprintf("%s/%s%d%s", dir, prefix, (int)getpid(), TMP_SUFFIX);
	_cleanup_close_ int out = -1;
	struct stat st;
	int err;

	if (stat(clean, &st) == 0 && !S_ISREG(st.st_mode)) {
		log_error("cannot write image '%s': it is not a regular file", path);
		return -EINVAL;
	}
	lockfile_remove_stale(dir, prefix, TMP_SUFFIX);
	err = write_temporary(plan, clean, dir, tmp, &out);
	if (err)
		return err;
	if (fstat(out, &st) < 0) {
		err = -errno;
		log_error("cannot read image '%s': %s", path, err_text(err));
		return err;
	}
	if (size)
		*size = (uint64_t)st.st_size;
	if (fd) {
		*fd = reopen(out);
		if (*fd < 0) {
			err = -errno;
			log_error("cannot read image '%s': %s", path, err_text(err));
		}
	}
	return err;
}

int image_open(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		int err = -errno;

		log_error("cannot open image '%s': %s%s", path, err_text(err),
			  err == -ENOENT   ? "; cut one with 'rapido cut TEST'"
			  : err == -EACCES ? "; only the user who cut an image may read "
					     "it: cut it again"
					   : "");
		return err;
	}
	if (!S_ISREG(st.st_mode)) {
		log_error("cannot read image '%s': it is %s", path,
			  S_ISDIR(st.st_mode) ? "a directory" : "not a regular file");
		return -EINVAL;
	}
	return TAKE_FD(fd);
}

void image_info_release(struct image_info *info)
{
	for (size_t i = 0; i < info->nr_disks; i++)
		free(info->disks[i].name);
	free(info->disks);
	free(info->net_kind);
	free(info->test);
	free(info->kernel);
	free(info->release);
	free(info->modules);
	free(info->sources);
	free(info->append);
	free(info->share);
	free(info->host_root);
	strvec_release(&info->allow_faults);
	*info = (struct image_info){ 0 };
}

/* "key value" lines. */
static void parse_meta(struct image_info *info, const char *text)
{
	const struct {
		const char *key;
		char **value;
	} keys[] = {
		{ "test ", &info->test },	 { "kernel ", &info->kernel },
		{ "release ", &info->release },	 { "modules ", &info->modules },
		{ "network ", &info->net_kind }, { "append ", &info->append },
		{ "share ", &info->share },	 { "root ", &info->host_root },
	};
	_cleanup_(strvec_release) struct strvec lines = STRVEC_INIT;
	unsigned long seconds;

	strvec_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.nr; i++) {
		if (starts_with(lines.v[i], META_ALLOW_FAULT))
			strvec_push(&info->allow_faults,
				    lines.v[i] + strlen(META_ALLOW_FAULT));
		if (starts_with(lines.v[i], META_CASE_TIMEOUT) &&
		    !parse_uint(lines.v[i] + strlen(META_CASE_TIMEOUT), 1,
				MANIFEST_SECONDS_MAX, &seconds))
			info->case_timeout = (unsigned int)seconds;
		info->no_test |= streq(lines.v[i], META_NO_TEST);
		info->cpus_asked |= streq(lines.v[i], META_CPUS_ASKED);
		info->memory_asked |= streq(lines.v[i], META_MEMORY_ASKED);
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
			if (!starts_with(lines.v[i], keys[k].key) || *keys[k].value)
				continue;
			*keys[k].value = xstrdup(lines.v[i] + strlen(keys[k].key));
		}
	}
}

static void add_disk(struct image_info *info, const char *name, size_t len, uint64_t size)
{
	for (size_t i = 0; i < info->nr_disks; i++)
		if (strlen(info->disks[i].name) == len &&
		    !strncmp(info->disks[i].name, name, len))
			return;
	ALLOC_GROW(info->disks, info->nr_disks, info->alloc_disks);
	info->disks[info->nr_disks++] = (struct image_disk){ xstrndup(name, len), size };
}

/* What was found so far; only the first of a kind counts. */
struct seen {
	bool cpus, memory;
};

/* Parses @rest, the path below IMAGE_RESOURCES, "cpu/4". False if it is invalid. */
static bool take_resource(struct image_info *info, struct seen *seen, const char *rest)
{
	const char *value = strchr(rest, '/'), *size;
	unsigned long cpus = info->cpus;
	uint64_t bytes = info->memory;

	if (!value)
		return true;
	value++;
	if (starts_with(rest, "cpu/") && !seen->cpus) {
		if (parse_uint(value, 1, 4096, &cpus))
			return false;
		info->cpus = (unsigned int)cpus;
		seen->cpus = true;
	} else if (starts_with(rest, "mem/") && !seen->memory) {
		if (parse_size(value, 1 << 20, &bytes))
			return false;
		info->memory = bytes;
		seen->memory = true;
	} else if (starts_with(rest, "disk/") && (size = strchr(value, '/'))) {
		if (!is_plain_name(value, (size_t)(size - value),
				   MANIFEST_DISK_NAME_MAX) ||
		    parse_size(size + 1, 1 << 20, &bytes))
			return false;
		add_disk(info, value, (size_t)(size - value), bytes);
	}
	return true;
}

/*
 * simple_symlink_inode_operations in the kernel's mm/shmem.c; its limit includes the NUL
 */
#define SHORT_SYMLINK_LEN 128

/*
 * Adds the space that @e needs when unpacked: see the kernel's init/initramfs.c and
 * mm/shmem.c.
 */
static void add_space(struct image_space *space, const struct cpio_entry *e)
{
	bool pages =
		S_ISREG(e->mode) || (S_ISLNK(e->mode) && e->size >= SHORT_SYMLINK_LEN);
	uint64_t size = pages ? e->size : 0;

	/* of several names of a file, one has the contents */
	space->names += !e->padding;
	space->bytes_4k += (size + 0xfff) & ~0xfffULL;
	space->bytes_16k += (size + 0x3fff) & ~0x3fffULL;
	space->bytes_64k += (size + 0xffff) & ~0xffffULL;
}

static void scripts_release(struct strmap *scripts)
{
	strmap_release(scripts, NULL);
}

/* If an archive has two entries with one name, the second one counts. */
static void count_script(struct image_info *info, struct strmap *scripts,
			 const char *name, uint32_t mode)
{
	static const char dir[] = IMAGE_AUTORUN;
	const char *script = name + sizeof(dir) - 1;
	void **known;

	if (!starts_with(name, &dir[1]) || (script[-1] && script[-1] != '/'))
		return;
	/* the directory itself; and the targets of links are not examined */
	if (!script[-1] || S_ISLNK(mode)) {
		info->scripts_unknown |= S_ISLNK(mode);
		return;
	}
	if (script[0] == '.' || strchr(script, '/'))
		return;
	known = strmap_put(scripts, script);
	info->scripts += S_ISREG(mode) - !!*known;
	*known = S_ISREG(mode) ? info : NULL;
}

static int read_entries(struct image_info *info, struct cpio_reader *reader,
			const char *path)
{
	const char *const prefix = &IMAGE_RESOURCES[1], *const meta = &META_NAME[1];
	struct cpio_entry entry;
	struct seen seen = { 0 };
	_cleanup_(scripts_release) struct strmap scripts = STRMAP_INIT;
	bool inside = false, over = false;
	int more;

	while ((more = cpio_read_next(reader, &entry)) > 0) {
		/* other tools begin names with "/" or "./" */
		const char *name = starts_with(entry.name, "./") ? entry.name + 2
				   : entry.name[0] == '/'	 ? entry.name + 1
								 : entry.name;
		const char *rest = name + strlen(prefix);

		add_space(&info->space, &entry);
		count_script(info, &scripts, name, entry.mode);
		if (over)
			continue;
		if (!starts_with(name, prefix) || (*rest && *rest != '/')) {
			over = inside;
			continue;
		}
		inside = true;
		if (streq(name, prefix))
			continue;
		if (streq(rest, "/net"))
			info->network = true;
		if (streq(rest, "/networkd"))
			info->networkd = true;
		if (streq(name, &IMAGE_KUNIT[1]))
			info->kunit = true;
		if (streq(name, &IMAGE_SUITE[1]))
			info->suite = true;
		if (streq(name, meta)) {
			_cleanup_free_ char *text = NULL;

			if (cpio_read_data(reader, META_MAX, &text) == 0)
				parse_meta(info, text);
		} else if (streq(name, &IMAGE_SOURCES[1])) {
			if (!info->sources)
				cpio_read_data(reader, SOURCES_MAX, &info->sources);
		} else if (!take_resource(info, &seen, rest + 1)) {
			log_error(
				"cannot boot '%s': '%s' in it is not a resource of a VM",
				path, name);
			return -EINVAL;
		}
	}
	return more;
}

int image_read_info(struct image_info *info, int fd, const char *path)
{
	struct cpio_reader *reader = cpio_reader_new(fd);
	struct stat st;
	int err;

	*info = (struct image_info){ .cpus = IMAGE_DEFAULT_CPUS,
				     .memory = IMAGE_DEFAULT_MEMORY };
	if (fstat(fd, &st) == 0)
		info->size = (uint64_t)st.st_size;
	err = read_entries(info, reader, path);
	if (err < 0 && err != -EINVAL)
		log_error("cannot read image '%s': %s", path,
			  err == -EBADMSG ? cpio_reader_error(reader) : err_text(err));
	if (!err && !info->size) {
		log_error("cannot read image '%s': it is empty", path);
		err = -EBADMSG;
	}
	cpio_reader_free(reader);
	if (err)
		image_info_release(info);
	return err;
}

/* Rounds up: a resource of 1k counts as 1M. */
static unsigned long long mebibytes(uint64_t size)
{
	return (size + (1 << 20) - 1) >> 20;
}

void image_add_info(struct plan *plan, const struct image_info *info,
		    struct plan_reason reason)
{
	_cleanup_(strbuf_release) struct strbuf meta = STRBUF_INIT;
	_cleanup_free_ char *cpus = xasprintf(IMAGE_RESOURCES "/cpu/%u", info->cpus);
	_cleanup_free_ char *memory =
		xasprintf(IMAGE_RESOURCES "/mem/%lluM", mebibytes(info->memory));

	if (info->test)
		strbuf_addf(&meta, "test %s\n", info->test);
	if (info->kernel)
		strbuf_addf(&meta, "kernel %s\n", info->kernel);
	if (info->release)
		strbuf_addf(&meta, "release %s\n", info->release);
	if (info->modules)
		strbuf_addf(&meta, "modules %s\n", info->modules);
	if (info->net_kind)
		strbuf_addf(&meta, "network %s\n", info->net_kind);
	if (info->no_test)
		strbuf_adds(&meta, META_NO_TEST "\n");
	if (info->cpus_asked)
		strbuf_adds(&meta, META_CPUS_ASKED "\n");
	if (info->memory_asked)
		strbuf_adds(&meta, META_MEMORY_ASKED "\n");
	for (size_t i = 0; i < info->allow_faults.nr; i++)
		strbuf_addf(&meta, META_ALLOW_FAULT "%s\n", info->allow_faults.v[i]);
	if (info->append)
		strbuf_addf(&meta, "append %s\n", info->append);
	if (info->share)
		strbuf_addf(&meta, "share %s\n", info->share);
	if (info->host_root)
		strbuf_addf(&meta, "root %s\n", info->host_root);
	if (info->case_timeout)
		strbuf_addf(&meta, META_CASE_TIMEOUT "%u\n", info->case_timeout);
	plan_add_data(plan, META_NAME, 0644, meta.buf, meta.len, reason);
	if (info->cpus)
		plan_add_data(plan, cpus, 0644, NULL, 0, reason);
	if (info->memory)
		plan_add_data(plan, memory, 0644, NULL, 0, reason);
	if (info->network)
		plan_add_data(plan, IMAGE_RESOURCES "/net", 0644, NULL, 0, reason);
	if (info->networkd)
		plan_add_data(plan, IMAGE_RESOURCES "/networkd", 0644, NULL, 0, reason);
	if (info->suite)
		plan_add_data(plan, IMAGE_SUITE, 0644, NULL, 0, reason);
	for (size_t i = 0; i < info->nr_disks; i++) {
		_cleanup_free_ char *disk =
			xasprintf(IMAGE_RESOURCES "/disk/%s/%lluM", info->disks[i].name,
				  mebibytes(info->disks[i].size));

		plan_add_data(plan, disk, 0644, NULL, 0, reason);
	}
}
