// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernels and images that a worker needs: each is sent once, however many workers share
 * the cache. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "lib/path.h"
#include "serve-files.h"

#define HEAD (24 + DIGEST_HEX)
/* Milliseconds that another worker may take to receive a file. */
#define WAIT_MS 300000

static const char *const names[WORKER_FILES] = { "kernel", "image" };

void serve_files_init(struct serve_files *files, struct worker_link *link,
		      const char *cache, uint64_t max)
{
	*files = (struct serve_files){
		.link = link,
		.dir = path_join(cache, "worker"),
		.max = max,
		.new = NEWFILE_INIT,
		.lock = LOCKFILE_INIT,
	};
	for (int i = 0; i < WORKER_FILES; i++)
		files->v[i].fd = -1;
}

static void forget(struct served_file *served)
{
	if (served->fd >= 0)
		close(served->fd);
	free(served->path);
	worker_file_release(&served->file);
	*served = (struct served_file){ .fd = -1 };
}

void serve_files_abandon(struct serve_files *files)
{
	newfile_release(&files->new);
	lockfile_release(&files->lock);
	files->waiting = files->receiving = false;
}

void serve_files_release(struct serve_files *files)
{
	serve_files_abandon(files);
	for (int i = 0; i < WORKER_FILES; i++)
		forget(&files->v[i]);
	free(files->dir);
}

/* To be called when something takes long: rapido must hear of us. */
static void tick(void *data)
{
	struct worker_link *link = data;

	worker_link_keep_alive(link, monotonic_ms());
	worker_link_write(link);
}

static void failed(struct serve_files *files, int err)
{
	_cleanup_free_ char *why = xasprintf(
		"cannot store the %s in '%s': %s", names[files->kind], files->dir,
		err == -EBADMSG ? "it has changed on its way" : err_text(err));

	serve_files_abandon(files);
	worker_link_send_text(files->link, WORKER_FAILED, why);
}

/* Whether it is here already. */
static bool find(struct serve_files *files)
{
	struct served_file *served = &files->v[files->kind];

	served->fd = worker_cache_find(files->dir, &served->file, &served->path, tick,
				       files->link);
	return served->fd >= 0;
}

static void have(struct serve_files *files)
{
	serve_files_abandon(files);
	worker_link_send32(files->link, WORKER_HAVE, files->kind);
}

/* All of it has come. */
static void complete(struct serve_files *files)
{
	struct served_file *served = &files->v[files->kind];
	int err = worker_cache_add(files->dir, &served->file, &files->new, files->max,
				   tick, files->link);

	/* nothing may have it open for writing when it is executed */
	if (!err && files->new.path) {
		served->path = xstrdup(files->new.path);
		served->fd = open(served->path, O_RDONLY | O_CLOEXEC);
	} else if (!err) {
		served->path = xasprintf("/proc/self/fd/%d", files->new.fd);
		served->fd = TAKE_FD(files->new.fd);
	}
	if (!err && served->fd < 0)
		err = -errno;
	if (err)
		failed(files, err);
	else
		have(files);
}

static void receive(struct serve_files *files)
{
	const struct worker_file *file = &files->v[files->kind].file;
	int err = worker_cache_begin(files->dir, file, &files->new);

	files->waiting = false;
	if (err) {
		log_debug("cannot store files in '%s': %s", files->dir, err_text(err));
		newfile_release(&files->new);
		/* without a place on a disk, in memory */
		files->new.fd = memfd_create("rapido", MFD_CLOEXEC);
		err = files->new.fd < 0 ? -errno : 0;
	}
	if (err) {
		failed(files, err);
		return;
	}
	files->receiving = true;
	files->received = 0;
	worker_link_send32(files->link, WORKER_WANT, files->kind);
	if (!file->size)
		complete(files);
}

void serve_files_look(struct serve_files *files)
{
	const struct worker_file *file = &files->v[files->kind].file;
	_cleanup_free_ char *path = NULL;
	int err;

	if (!files->waiting)
		return;
	path = xasprintf("%s/%s.lock", files->dir, file->digest.hex);
	io_mkdir_p(files->dir);
	err = lockfile_take(&files->lock, path, 0600, 0);
	if (err == -EWOULDBLOCK && monotonic_ms() < files->until) {
		lockfile_release(&files->lock);
		return;
	}
	/* it may have come while somebody else had the lock */
	if (find(files))
		have(files);
	else
		receive(files);
}

static int parse(struct worker_file *file, const struct wire_frame *frame)
{
	const unsigned char *at = frame->payload;

	if (frame->size <= HEAD || wire_get32(at) >= WORKER_FILES ||
	    wire_get64(at + 4) > INT64_MAX)
		return -EPROTO;
	memcpy(file->digest.hex, at + 24, DIGEST_HEX);
	file->digest.hex[DIGEST_HEX] = '\0';
	file->size = wire_get64(at + 4);
	file->mtime.tv_sec = (time_t)wire_get64(at + 12);
	file->mtime.tv_nsec = wire_get32(at + 20);
	file->path = worker_frame_text(frame, HEAD);
	return digest_is_valid(file->digest.hex) ? 0 : -EPROTO;
}

int serve_files_announced(struct serve_files *files, const struct wire_frame *frame)
{
	struct worker_file file = { .size = 0 };
	struct served_file *served;
	int err = files->receiving || files->waiting ? -EPROTO : parse(&file, frame);

	if (err) {
		worker_file_release(&file);
		return err;
	}
	files->kind = wire_get32(frame->payload);
	served = &files->v[files->kind];
	if (served->fd >= 0 && streq(served->file.digest.hex, file.digest.hex)) {
		worker_file_release(&file);
		have(files);
		return 0;
	}
	forget(served);
	served->file = file;
	if (find(files)) {
		have(files);
		return 0;
	}
	files->waiting = true;
	files->until = monotonic_ms() + WAIT_MS;
	serve_files_look(files);
	return 0;
}

int serve_files_data(struct serve_files *files, const struct wire_frame *frame)
{
	const struct worker_file *file = &files->v[files->kind].file;
	int err;

	/* what was on its way when storing it failed */
	if (!files->receiving)
		return 0;
	if (frame->size > file->size - files->received)
		return -EPROTO;
	err = io_write_all(files->new.fd, frame->payload, frame->size);
	files->received += frame->size;
	if (err)
		failed(files, err);
	else if (files->received == file->size)
		complete(files);
	return 0;
}
