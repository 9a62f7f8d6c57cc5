// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A test's results, as they come in frames: the order that these must have, and the files
 * that are accepted. The guest chooses names, sizes and numbers, so each frame is
 * suspect.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/beneath.h"
#include "lib/io.h"
#include "lib/log.h"
#include "made.h"
#include "results-file.h"
#include "run/results.h"
#include "lib/strmap.h"
#include "lib/utf8.h"

/* The bytes of a name that a message shows. */
#define SHOWN_MAX 256

/* The length of frames before their text or bytes. */
#define FILE_HEADER 24
#define DATA_HEADER 8

/* What the last WIRE_FILE has begun. */
enum incoming {
	IN_NONE,
	IN_FILE,    /* a file that is being written */
	IN_DRAINED, /* a file that is passed over: it was refused, or the host failed */
	IN_OTHER,   /* a directory, or a kind that is refused: it has no data */
};

/* A file or directory that was written. */
struct known {
	bool is_file;  /* a complete file */
	uint64_t size; /* of the file */
	bool has_meta; /* the guest has sent the directory's mode and time */
	bool touched;  /* it must get them again when the sending ends */
	bool looked;   /* `ours` is known */
	bool ours;     /* a run has made the directory */
	mode_t mode;
	struct timespec mtime;
};

struct results_state {
	const char *const *reserved;
	struct made made;      /* by this run and earlier ones */
	mode_t umask;	       /* the process's */
	struct strmap known;   /* by path */
	struct strmap cases;   /* those of WIRE_CASE_FILES */
	struct strvec touched; /* directories */
	bool sending, was_last;

	enum incoming incoming;
	struct results_file file;
	uint64_t position; /* the end of its data so far */
	unsigned int serial;
};

void results_init(struct results *results, int dir_fd, const char *const *reserved)
{
	struct results_state *state = xcalloc(1, sizeof(*state));
	int err = made_open(&state->made, dir_fd);

	state->umask = io_umask();
	state->reserved = reserved;
	state->file = (struct results_file)RESULTS_FILE_INIT;
	*results = (struct results){
		.dir_fd = dir_fd,
		.max_files = RESULTS_FILES_MAX,
		.state = state,
		.write_error = -err,
	};
}

static _printf_(2, 3) void refuse(struct results *results, const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	const char *path = results->state->file.path;
	_cleanup_free_ char *shown = xstrndup(path, SHOWN_MAX);
	va_list ap;

	results->settled++;
	strbuf_addch(&text, '\'');
	strbuf_add_visible(&text, shown);
	strbuf_adds(&text, strlen(path) > SHOWN_MAX ? "...': " : "': ");
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	/* the same file may be refused many times */
	if (strvec_has(&results->refused, text.buf))
		return;
	results->nr_refused++;
	if (results->refused.nr < RESULTS_REFUSED_MAX)
		strvec_push(&results->refused, text.buf);
}

/*
 * A file or directory could not be made. It is refused if something is there already,
 * or if the file system does not accept the name; otherwise the host has failed.
 */
static void not_made(struct results *results, int err)
{
	if (err == -ENOTDIR || err == -ELOOP)
		refuse(results, "a file or link stands where a directory must go");
	else if (err == -EEXIST)
		refuse(results,
		       "the file that is there was not made by a run, or was changed");
	else if (err == -EISDIR || err == -ENOTEMPTY)
		refuse(results, "a directory of that name is there");
	else if (err == -ENAMETOOLONG || err == -EINVAL || err == -EILSEQ)
		refuse(results, "the host does not accept that name: %s", err_text(err));
	else if (!results->write_error)
		results->write_error = -err;
}

static void end_incoming(struct results_state *state)
{
	results_file_drop(&state->file);
	free(TAKE_PTR(state->file.path));
	state->incoming = IN_NONE;
}

/* Where a path of @len bytes is known. */
static struct strmap *map_of(struct results_state *state, const char *path, size_t len)
{
	static const char cases[] = WIRE_CASE_FILES;
	size_t first = sizeof(cases) - 1;
	bool in_cases = len >= first && memcmp(path, cases, first) == 0 &&
			(len == first || path[first] == '/');

	return in_cases ? &state->cases : &state->known;
}

static struct known *known_get(struct results_state *state, const char *path, size_t len)
{
	void **value = strmap_getn(map_of(state, path, len), path, len);

	return value ? *value : NULL;
}

static struct known *known_put(struct results_state *state, const char *path)
{
	void **value = strmap_put(map_of(state, path, strlen(path)), path);

	if (!*value)
		*value = xcalloc(1, sizeof(struct known));
	return *value;
}

/* An existing directory that was not made by a run keeps its mode and time. */
static void look_at_directory(struct results *results, const char *path,
			      struct known *dir)
{
	struct made *made = &results->state->made;
	_cleanup_close_ int fd = beneath_open(results->dir_fd, path);
	int err = fd < 0 ? made_add_dir(made, path) : 0;

	dir->looked = true;
	dir->ours = fd < 0 || made_has_dir(made, path);
	if (err && !results->write_error)
		results->write_error = -err;
}

/* Note that a directory's time changes, since something is made in it. */
static struct known *touch(struct results *results, const char *path)
{
	struct results_state *state = results->state;
	struct known *dir = known_put(state, path);

	if (!dir->looked)
		look_at_directory(results, path, dir);
	if (!dir->touched)
		strvec_push(&state->touched, path);
	dir->touched = true;
	return dir;
}

/* Create the missing directories above the new file or directory. */
static void touch_parents(struct results *results)
{
	const char *path = results->state->file.path;

	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		_cleanup_free_ char *dir = xstrndup(path, (size_t)(p - path));

		touch(results, dir);
	}
}

/* The number of files and directories that @path would add. */
static size_t new_names(struct results_state *state, const char *path)
{
	size_t nr = known_get(state, path, strlen(path)) ? 0 : 1;

	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/'))
		if (!known_get(state, path, (size_t)(p - path)))
			nr++;
	return nr;
}

/* Whether the new file or directory would exceed the limits; if so, refuse it. */
static bool is_over_limits(struct results *results)
{
	struct results_state *state = results->state;
	const char *path = state->file.path;
	const struct known *old = known_get(state, path, strlen(path));
	uint64_t size = state->file.size, others = results->bytes - (old ? old->size : 0);

	if (state->known.nr + state->cases.nr + new_names(state, path) >
	    results->max_files) {
		refuse(results, "there are %zu files and directories, which is the limit",
		       results->max_files);
		return true;
	}
	if (size > RESULTS_BYTES_MAX || others > RESULTS_BYTES_MAX - size) {
		refuse(results, "with its %llu bytes there would be more than %llu",
		       (unsigned long long)size, RESULTS_BYTES_MAX);
		return true;
	}
	return false;
}

/* Not every file system can set modes and times; the file is kept anyway. */
static void note_meta(struct results *results, const char *path, int err)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;

	if (!err)
		return;
	if (!results->meta_failed++) {
		strbuf_add_visible(&text, path);
		results->meta_reason = xasprintf("'%s': %s", text.buf, err_text(err));
	}
}

static void set_meta(struct results *results, const char *path, const struct known *dir)
{
	const struct timespec times[2] = { dir->mtime, dir->mtime };
	_cleanup_close_ int fd = beneath_open(results->dir_fd, path);
	int err;

	if (fd < 0)
		return;
	err = fchmod(fd, dir->mode | S_IRWXU) < 0 ? -errno : 0;
	if (futimens(fd, times) < 0 && !err)
		err = -errno;
	note_meta(results, path, err);
}

/* Directories get their times in the end, since each file made in one changes its time.
 */
static void settle_directories(struct results *results)
{
	struct results_state *state = results->state;

	for (size_t i = 0; i < state->touched.nr; i++) {
		const char *path = state->touched.v[i];
		struct known *dir = known_put(state, path);

		dir->touched = false;
		if (dir->has_meta && dir->ours)
			set_meta(results, path, dir);
	}
	strvec_release(&state->touched);
}

void results_finish(struct results *results)
{
	struct results_state *state = results->state;

	if (!state)
		return;
	end_incoming(state);
	settle_directories(results);
	strmap_release(&state->known, free);
	strmap_release(&state->cases, free);
	made_release(&state->made);
	free(TAKE_PTR(results->state));
}

void results_release(struct results *results)
{
	results_finish(results);
	strvec_release(&results->refused);
	free(TAKE_PTR(results->meta_reason));
}

void results_taken(struct results *results)
{
	struct strmap *cases = results->state ? &results->state->cases : NULL;

	for (size_t i = 0; cases && i < cases->size; i++) {
		const struct known *known =
			cases->slots[i].key ? cases->slots[i].value : NULL;

		if (!known || !known->is_file)
			continue;
		results->files--;
		results->bytes -= known->size;
	}
	if (cases)
		strmap_release(cases, free);
}

static void make_file(struct results *results)
{
	struct results_state *state = results->state;
	int err;

	if (is_over_limits(results))
		return;
	touch_parents(results);
	err = results_file_create(&state->file, results->dir_fd, &state->serial,
				  &state->made);
	if (err)
		not_made(results, err);
	else
		state->incoming = IN_FILE;
}

static void make_directory(struct results *results)
{
	struct results_state *state = results->state;
	struct known *dir;
	int fd;

	/* the size of a directory in the guest means nothing here */
	state->file.size = 0;
	if (is_over_limits(results))
		return;
	touch_parents(results);
	dir = touch(results, state->file.path);
	fd = beneath_make(results->dir_fd, state->file.path);
	if (fd < 0) {
		not_made(results, fd);
		return;
	}
	close(fd);
	dir->has_meta = true;
	dir->mode = state->file.mode & 0777 & ~state->umask;
	dir->mtime = state->file.mtime;
	results->settled++;
}

static int parse_file(struct results_file *file, const struct wire_frame *frame)
{
	const unsigned char *data = frame->payload;

	/* futimens(3) gives larger numbers of nanoseconds a special meaning */
	if (frame->size < FILE_HEADER || wire_get32(data + 4) > 999999999)
		return -EPROTO;
	file->mode = (mode_t)wire_get32(data);
	file->mtime.tv_sec = (time_t)wire_get64(data + 8);
	file->mtime.tv_nsec = (long)wire_get32(data + 4);
	file->size = wire_get64(data + 16);
	file->path =
		xstrndup((const char *)data + FILE_HEADER, frame->size - FILE_HEADER);
	return 0;
}

static bool has_open_file(const struct results_state *state)
{
	return state->incoming == IN_FILE || state->incoming == IN_DRAINED;
}

static int take_file(struct results *results, const struct wire_frame *frame)
{
	struct results_state *state = results->state;
	struct results_file *file = &state->file;
	const char *fault;

	if (!state->sending || has_open_file(state))
		return -EPROTO;
	end_incoming(state);
	if (parse_file(file, frame))
		return -EPROTO;
	results->sent++;
	state->position = 0;
	state->incoming = S_ISREG(file->mode) ? IN_DRAINED : IN_OTHER;
	fault = results_path_fault(file->path, frame->size - FILE_HEADER,
				   state->reserved);
	if (!fault)
		fault = results_kind_fault(file->mode);
	if (fault)
		refuse(results, "%s", fault);
	else if (S_ISDIR(file->mode))
		make_directory(results);
	else
		make_file(results);
	return 0;
}

/* The host could not write the file: remove it, and pass over the rest. */
static void give_up(struct results *results, int err)
{
	if (!results->write_error)
		results->write_error = -err;
	results_file_drop(&results->state->file);
	results->state->incoming = IN_DRAINED;
}

static int take_data(struct results *results, const struct wire_frame *frame)
{
	struct results_state *state = results->state;
	uint64_t offset, size = state->file.size;
	size_t len;
	int err = 0;

	if (!has_open_file(state) || frame->size < DATA_HEADER)
		return -EPROTO;
	offset = wire_get64(frame->payload);
	len = frame->size - DATA_HEADER;
	if (offset < state->position || offset > size || len > size - offset)
		return -EPROTO;
	state->position = offset + len;
	if (state->incoming == IN_FILE)
		err = results_file_write(&state->file, frame->payload + DATA_HEADER, len,
					 offset);
	if (err)
		give_up(results, err);
	return 0;
}

static void place_file(struct results *results)
{
	struct results_state *state = results->state;
	const char *path = state->file.path;
	struct known *known;
	int err, meta_err = 0;

	state->file.mode &= ~state->umask;
	err = results_file_place(&state->file, state->position < state->file.size,
				 &state->made, &meta_err);
	note_meta(results, path, meta_err);
	if (err) {
		not_made(results, err);
		return;
	}
	known = known_put(state, path);
	results->files += known->is_file ? 0 : 1;
	known->is_file = true;
	results->bytes = results->bytes - known->size + state->file.size;
	known->size = state->file.size;
	results->settled++;
}

static int take_file_end(struct results *results, const struct wire_frame *frame)
{
	struct results_state *state = results->state;
	uint32_t err;

	if (state->incoming == IN_NONE || frame->size != 4)
		return -EPROTO;
	err = wire_get32(frame->payload);
	if (state->incoming == IN_FILE && err)
		refuse(results, "the VM could not send all of it: %s",
		       err < 4096 ? err_text((int)err) : "unknown error");
	else if (state->incoming == IN_FILE)
		place_file(results);
	end_incoming(state);
	return 0;
}

static int begin_sending(struct results *results, const struct wire_frame *frame)
{
	struct results_state *state = results->state;

	if (state->sending || state->was_last || frame->size != 12)
		return -EPROTO;
	state->sending = results->begun = true;
	results->announced = wire_get32(frame->payload);
	results->sent = results->settled = 0;
	return 0;
}

static int end_sending(struct results *results, const struct wire_frame *frame)
{
	struct results_state *state = results->state;

	if (!state->sending || has_open_file(state) || frame->size != 8 ||
	    wire_get32(frame->payload) != results->sent ||
	    wire_get32(frame->payload + 4) > 1)
		return -EPROTO;
	end_incoming(state);
	settle_directories(results);
	state->sending = false;
	state->was_last = results->complete = wire_get32(frame->payload + 4);
	return 0;
}

int results_frame(struct results *results, const struct wire_frame *frame)
{
	switch (frame->type) {
	case WIRE_RESULTS:
		return begin_sending(results, frame);
	case WIRE_FILE:
		return take_file(results, frame);
	case WIRE_FILE_DATA:
		return take_data(results, frame);
	case WIRE_FILE_END:
		return take_file_end(results, frame);
	case WIRE_RESULTS_END:
		return end_sending(results, frame);
	default:
		return -EPROTO;
	}
}

uint64_t results_missing(const struct results *results)
{
	uint64_t announced = results->announced, settled = results->settled;

	return announced > settled ? announced - settled : 0;
}
