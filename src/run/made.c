// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of files and directories that runs have made in a directory of results. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <unistd.h>

#include "lib/io.h"
#include "made.h"
#include "lib/str.h"

/* 100,000 names of full length would need more; such a list is not read. */
#define LIST_MAX   (64 << 20)
#define STATUS_MAX (64 << 20)
#define STATUS	   "status.json"
#define TEMPORARY  MADE_FILE ".rapido-tmp"

struct made_record {
	bool is_dir;
	uint64_t size;
	struct timespec mtime;
};

/* Read a file of the directory; -EINVAL if it is not a regular file. */
static int read_file(int dir_fd, const char *name, size_t limit, char **data,
		     size_t *size)
{
	_cleanup_close_ int fd =
		openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	return S_ISREG(st.st_mode) ? io_read_fd(fd, limit, data, size) : -EINVAL;
}

/* Read the list, with the mark at its beginning. */
static int read_list(int dir_fd, char **data, size_t *size)
{
	_cleanup_free_ char *text = NULL;
	int err = read_file(dir_fd, MADE_FILE, LIST_MAX, &text, size);

	if (err)
		return err;
	/* the mark's NUL is a part of it */
	if (*size < sizeof(MADE_MARK) || memcmp(text, MADE_MARK, sizeof(MADE_MARK)))
		return -EBADMSG;
	*data = TAKE_PTR(text);
	return 0;
}

/* Whether there is a status.json of rapido's: others use that name as well. */
static bool has_status(int dir_fd)
{
	_cleanup_free_ char *text = NULL;
	struct json_object *top, *verdict;
	bool ours;

	if (read_file(dir_fd, STATUS, STATUS_MAX, &text, NULL))
		return false;
	top = json_tokener_parse(text);
	ours = json_object_object_get_ex(top, "rapido", NULL) &&
	       (json_object_object_get_ex(top, "verdict", &verdict) ||
		json_object_object_get_ex(top, "runs", &verdict));
	json_object_put(top);
	return ours;
}

static bool is_nothing(const char *name)
{
	/* entries of the file system itself */
	return streq(name, ".") || streq(name, "..") || streq(name, "lost+found");
}

int made_may_use(int dir_fd, char **other)
{
	_cleanup_closedir_ DIR *d = io_open_dir(dir_fd, ".");
	_cleanup_free_ char *list = NULL;
	struct dirent *entry;
	size_t size;

	*other = NULL;
	if (!d)
		return -errno;
	while ((entry = readdir(d)) && is_nothing(entry->d_name))
		;
	if (!entry || read_list(dir_fd, &list, &size) == 0 || has_status(dir_fd))
		return 0;
	*other = xstrdup(entry->d_name);
	return -EEXIST;
}

static void put(struct made *made, const char *path, struct made_record record)
{
	void **value = strmap_put(&made->known, path);

	if (!*value)
		*value = xcalloc(1, sizeof(record));
	*(struct made_record *)*value = record;
}

/* A record without its NUL. Anything that is not a record is passed over. */
static void parse_record(struct made *made, const char *text)
{
	unsigned long long size;
	long long sec;
	long nsec;
	int end = 0;

	if (starts_with(text, "d "))
		put(made, text + 2, (struct made_record){ .is_dir = true });
	else if (sscanf(text, "f %llu %lld.%ld %n", &size, &sec, &nsec, &end) == 3 && end)
		put(made, text + end, (struct made_record){ false, size, { sec, nsec } });
}

static int write_record(int fd, const char *path, const struct made_record *record)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	if (record->is_dir)
		strbuf_addf(&text, "d %s", path);
	else
		strbuf_addf(&text, "f %llu %lld.%09ld %s",
			    (unsigned long long)record->size,
			    (long long)record->mtime.tv_sec, record->mtime.tv_nsec, path);
	return io_write_all(fd, text.buf, text.len + 1);
}

/* Write each path once, into a new file that replaces the old one. */
static int write_list(const struct made *made, int dir_fd, int fd)
{
	int err = io_write_all(fd, MADE_MARK, sizeof(MADE_MARK));

	for (size_t i = 0; !err && i < made->known.size; i++)
		if (made->known.slots[i].key)
			err = write_record(fd, made->known.slots[i].key,
					   made->known.slots[i].value);
	if (!err && renameat(dir_fd, TEMPORARY, dir_fd, MADE_FILE) < 0)
		err = -errno;
	return err;
}

int made_open(struct made *made, int dir_fd)
{
	_cleanup_free_ char *list = NULL;
	size_t size = 0, len;
	int err;

	*made = (struct made)MADE_INIT;
	if (read_list(dir_fd, &list, &size))
		size = 0;
	for (size_t at = 0; at < size; at += len + 1) {
		len = strnlen(list + at, size - at);
		/* the last record may be incomplete */
		if (at + len < size)
			parse_record(made, list + at);
	}
	unlinkat(dir_fd, TEMPORARY, 0);
	made->fd = openat(dir_fd, TEMPORARY,
			  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (made->fd < 0)
		return -errno;
	err = write_list(made, dir_fd, made->fd);
	if (err) {
		unlinkat(dir_fd, TEMPORARY, 0);
		made_release(made);
	}
	return err;
}

void made_release(struct made *made)
{
	if (made->fd >= 0)
		close(made->fd);
	strmap_release(&made->known, free);
	*made = (struct made)MADE_INIT;
}

static int append_record(struct made *made, const char *path, struct made_record record)
{
	if (made->fd < 0)
		return -EBADF;
	put(made, path, record);
	return write_record(made->fd, path, &record);
}

int made_add_dir(struct made *made, const char *path)
{
	return append_record(made, path, (struct made_record){ .is_dir = true });
}

int made_add_file(struct made *made, const char *path, const struct stat *st)
{
	return append_record(
		made, path,
		(struct made_record){ false, (uint64_t)st->st_size, st->st_mtim });
}

static const struct made_record *get(const struct made *made, const char *path)
{
	void **value = strmap_get(&made->known, path);

	return value ? *value : NULL;
}

bool made_has_dir(const struct made *made, const char *path)
{
	const struct made_record *record = get(made, path);

	return record && record->is_dir;
}

bool made_has_file(const struct made *made, const char *path, const struct stat *st)
{
	const struct made_record *record = get(made, path);

	return record && !record->is_dir && S_ISREG(st->st_mode) &&
	       record->size == (uint64_t)st->st_size &&
	       record->mtime.tv_sec == st->st_mtim.tv_sec &&
	       record->mtime.tv_nsec == st->st_mtim.tv_nsec;
}
