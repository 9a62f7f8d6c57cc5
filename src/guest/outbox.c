// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends the files in $RAPIDO_RESULTS to the host while everything else goes on. Each
 * sending walks the directory twice: once to count what must be sent, once to send it;
 * piece by piece, with memory for one entry at a time. A table of limited size remembers
 * the files that were sent; a file that has no place in it is sent once, at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "outbox.h"

/* Entries that one step takes. */
#define STEP_ENTRIES 64
#define SETTLE_MS    3000
/* At most a tenth of the time is spent on looking for files that have settled. */
#define SETTLE_SHARE 10
/* Even a tree that grows faster than it can be counted must come to an end. */
#define ENTRIES_MAX 4000000

/* Flags in the low bits of a known file's state. */
#define GENERATION 3ULL
#define SENT	   4ULL
#define DUE	   8ULL
#define FLAGS	   15ULL

/* As the kernel hands them out, see getdents(2). */
struct dirent64 {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

void outbox_init(struct outbox *outbox)
{
	outbox->depth = outbox->file = -1;
	outbox->next_ms = now_ms() + SETTLE_MS;
}

/* FNV-1a. */
static uint64_t hash(uint64_t sum, const void *data, size_t size)
{
	const unsigned char *at = data;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ at[i]) * 0x100000001b3ULL;
	return sum;
}

#define HASH_INIT 0xcbf29ce484222325ULL

static uint64_t hash_path(const char *path)
{
	uint64_t sum = hash(HASH_INIT, path, strlen(path));

	return sum ? sum : 1;
}

static uint64_t hash_state(const struct stat *st)
{
	const uint64_t what[] = {
		st->st_ino,
		st->st_mode,
		(uint64_t)st->st_size,
		(uint64_t)st->st_mtim.tv_sec,
		(uint64_t)st->st_mtim.tv_nsec,
		(uint64_t)st->st_ctim.tv_sec,
		(uint64_t)st->st_ctim.tv_nsec,
	};

	return hash(HASH_INIT, what, sizeof(what)) & ~FLAGS;
}

static bool is_stale(const struct outbox *outbox, const struct outbox_known *known)
{
	unsigned int age = outbox->generation - (unsigned int)(known->state & GENERATION);

	return !known->path || (age & GENERATION) > 1;
}

/* The entry for a path. @make: add one if there is a place for it. */
static struct outbox_known *find(struct outbox *outbox, uint64_t path, bool make)
{
	struct outbox_known *set = outbox->known[path % KNOWN_SETS], *place = NULL;

	for (size_t i = 0; i < KNOWN_WAYS; i++) {
		if (set[i].path == path)
			return &set[i];
		if (!place && is_stale(outbox, &set[i]))
			place = &set[i];
	}
	if (!make || !place)
		return NULL;
	*place = (struct outbox_known){ .path = path };
	return place;
}

/* The first pass: decide whether a file must be sent. */
static bool judge(struct outbox *outbox, const struct stat *st)
{
	struct outbox_known *known;
	uint64_t state = hash_state(st);
	bool same, sent, due;

	/* the next case may have files of these names */
	if (outbox->kind == OUTBOX_CASE)
		return true;
	known = find(outbox, hash_path(outbox->path), true);
	if (!known)
		return outbox->kind == OUTBOX_LAST;
	same = (known->state & ~FLAGS) == state;
	sent = same && known->state & SENT;
	due = !sent && (same || outbox->kind != OUTBOX_SETTLED || !S_ISREG(st->st_mode));
	known->state = state | (sent ? SENT : 0) | (due ? DUE : 0) |
		       (outbox->generation & GENERATION);
	return due;
}

/* The second pass: whether the first one has chosen the file. */
static bool is_due(struct outbox *outbox)
{
	const struct outbox_known *known;

	if (outbox->kind == OUTBOX_CASE)
		return true;
	known = find(outbox, hash_path(outbox->path), false);
	return known ? known->state & DUE : outbox->kind == OUTBOX_LAST;
}

/*
 * Remember that a file was sent in the state @st; but not one that was changed in this
 * very tick of the kernel's clock, since it could change again and look the same.
 */
static void note_sent(struct outbox *outbox, const struct stat *st)
{
	struct outbox_known *known = find(outbox, hash_path(outbox->path), false);
	struct timespec now;
	bool settled;

	if (!known)
		return;
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	settled = st->st_ctim.tv_sec < now.tv_sec ||
		  (st->st_ctim.tv_sec == now.tv_sec && st->st_ctim.tv_nsec < now.tv_nsec);
	known->state =
		hash_state(st) | (settled ? SENT : 0) | (outbox->generation & GENERATION);
}

static void open_level(struct outbox *outbox, int fd)
{
	struct outbox_level *level = &outbox->levels[++outbox->depth];

	level->fd = fd;
	level->path_len = strlen(outbox->path);
	level->at = level->len = 0;
}

static void start_pass(struct outbox *outbox)
{
	bool is_case = outbox->kind == OUTBOX_CASE;
	struct stat st;
	int fd = open(is_case ? RESULTS_DIR "/" WIRE_CASE_FILES : RESULTS_DIR,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	strcpy(outbox->path, is_case ? WIRE_CASE_FILES : "");
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0)
		outbox->dev = st.st_dev;
	open_level(outbox, fd);
}

static void start_stream(struct outbox *outbox)
{
	outbox->kind = outbox->wanted;
	outbox->wanted = OUTBOX_NONE;
	outbox->counting = true;
	outbox->files = outbox->sent = 0;
	outbox->bytes = 0;
	outbox->generation += outbox->kind != OUTBOX_CASE;
	outbox->began_ms = now_ms();
	start_pass(outbox);
}

/* The name of the next entry, which is appended to the path; NULL if there is none. */
static const char *next_name(struct outbox *outbox)
{
	struct outbox_level *level = &outbox->levels[outbox->depth];
	struct dirent64 *entry;
	char *at = outbox->path + level->path_len;
	long n;

	if (level->at >= level->len) {
		n = syscall(SYS_getdents64, level->fd, level->entries,
			    sizeof(level->entries));
		if (n <= 0)
			return NULL;
		level->at = 0;
		level->len = (size_t)n;
	}
	entry = (struct dirent64 *)(level->entries + level->at);
	level->at += entry->reclen;
	if (level->path_len)
		*at++ = '/';
	strcpy(at, entry->name);
	return at;
}

static void send_file_frame(struct outbox *outbox, struct uplink *uplink,
			    const struct stat *st)
{
	unsigned char *at = uplink_place(uplink);
	size_t len = strlen(outbox->path);

	wire_put32(at, st->st_mode);
	wire_put32(at + 4, (uint32_t)st->st_mtim.tv_nsec);
	wire_put64(at + 8, (uint64_t)st->st_mtim.tv_sec);
	wire_put64(at + 16, S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0);
	memcpy(at + 24, outbox->path, len);
	uplink_commit(uplink, WIRE_FILE, 24 + len);
	outbox->sent++;
}

static void send_file_end(struct outbox *outbox, struct uplink *uplink, int err)
{
	unsigned char payload[4];

	wire_put32(payload, (uint32_t)err);
	uplink_send(uplink, WIRE_FILE_END, payload, sizeof(payload));
	if (outbox->file >= 0)
		close(outbox->file);
	outbox->file = -1;
}

/* Begin to send a regular file: as it is now, not as it was when its name was read. */
static void send_regular(struct outbox *outbox, struct uplink *uplink, int dir,
			 const char *name)
{
	struct stat st;
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return;
	}
	note_sent(outbox, &st);
	send_file_frame(outbox, uplink, &st);
	outbox->file = fd;
	outbox->size = (uint64_t)st.st_size;
	outbox->offset = outbox->extent_end = 0;
}

/* Find the next piece of the file that is not a hole; false if there is none. */
static bool find_extent(struct outbox *outbox)
{
	off_t data, hole;

	if (outbox->offset >= outbox->size)
		return false;
	data = lseek(outbox->file, (off_t)outbox->offset, SEEK_DATA);
	if (data < 0 && errno == ENXIO)
		return false;
	if (data < 0)
		data = (off_t)outbox->offset;
	hole = lseek(outbox->file, data, SEEK_HOLE);
	outbox->offset = (uint64_t)data;
	outbox->extent_end = hole > data && (uint64_t)hole < outbox->size ? (uint64_t)hole
									  : outbox->size;
	return outbox->offset < outbox->size;
}

/* It must still be as long as announced, or the zeroes at its end would not be its own.
 */
static int check_size(const struct outbox *outbox)
{
	struct stat st;

	if (fstat(outbox->file, &st) < 0)
		return errno;
	return (uint64_t)st.st_size < outbox->size ? ENODATA : 0;
}

static void send_data(struct outbox *outbox, struct uplink *uplink)
{
	size_t size = WIRE_PAYLOAD_MAX - 8;
	unsigned char *at;
	ssize_t n;

	if (outbox->offset >= outbox->extent_end && !find_extent(outbox)) {
		send_file_end(outbox, uplink, check_size(outbox));
		return;
	}
	if (outbox->extent_end - outbox->offset < size)
		size = (size_t)(outbox->extent_end - outbox->offset);
	at = uplink_place(uplink);
	n = pread(outbox->file, at + 8, size, (off_t)outbox->offset);
	if (n <= 0) {
		send_file_end(outbox, uplink, n ? errno : ENODATA);
		return;
	}
	wire_put64(at, outbox->offset);
	uplink_commit(uplink, WIRE_FILE_DATA, 8 + (size_t)n);
	outbox->offset += (uint64_t)n;
}

/*
 * Whether to enter a directory. Not if another file system is mounted there, which may
 * not answer; nor if it has no place in the table, since its files will have none either.
 */
static bool is_walked(struct outbox *outbox, const struct stat *st)
{
	return S_ISDIR(st->st_mode) && st->st_dev == outbox->dev &&
	       outbox->depth < WALK_DEPTH &&
	       (outbox->kind == OUTBOX_LAST || outbox->kind == OUTBOX_CASE ||
		find(outbox, hash_path(outbox->path), false));
}

static void enter(struct outbox *outbox, int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		open_level(outbox, fd);
}

static void count(struct outbox *outbox, const struct stat *st)
{
	if (!judge(outbox, st))
		return;
	outbox->files++;
	if (S_ISREG(st->st_mode) && st->st_dev == outbox->dev)
		outbox->bytes += (uint64_t)st->st_size;
}

static void send_entry(struct outbox *outbox, struct uplink *uplink,
		       const struct stat *st, int dir, const char *name)
{
	if (!is_due(outbox))
		return;
	if (S_ISREG(st->st_mode) && st->st_dev == outbox->dev) {
		send_regular(outbox, uplink, dir, name);
		return;
	}
	note_sent(outbox, st);
	send_file_frame(outbox, uplink, st);
	send_file_end(outbox, uplink, st->st_dev == outbox->dev ? 0 : EXDEV);
}

/* Whether nothing is left to be found, or too much. */
static bool is_enough(const struct outbox *outbox)
{
	return outbox->counting ? outbox->files >= ENTRIES_MAX
				: outbox->sent >= outbox->files;
}

/* Whether an entry is the directory for a case's files, which is not looked at. */
static bool is_cases(const struct outbox *outbox)
{
	return outbox->cases && outbox->kind != OUTBOX_CASE && !outbox->depth &&
	       strcmp(outbox->path, WIRE_CASE_FILES) == 0;
}

/* Take the next entry of the walk, which is over when no level is left. */
static void take_entry(struct outbox *outbox, struct uplink *uplink)
{
	int dir = outbox->levels[outbox->depth].fd;
	const char *name = is_enough(outbox) ? NULL : next_name(outbox);
	struct stat st;

	if (!name) {
		close(dir);
		outbox->depth--;
		return;
	}
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || is_cases(outbox) ||
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (outbox->counting)
		count(outbox, &st);
	else
		send_entry(outbox, uplink, &st, dir, name);
	if (is_walked(outbox, &st))
		enter(outbox, dir, name);
}

static void finish(struct outbox *outbox)
{
	/* cases may end more often than that */
	if (outbox->kind != OUTBOX_CASE)
		outbox->next_ms = now_ms() + SETTLE_MS + SETTLE_SHARE * outbox->count_ms;
	outbox->kind = OUTBOX_NONE;
}

/* Everything is counted: announce how much it is, unless it is nothing. */
static void begin_sending(struct outbox *outbox, struct uplink *uplink)
{
	unsigned char payload[12];

	outbox->counting = false;
	outbox->count_ms = now_ms() - outbox->began_ms;
	if (!outbox->files && outbox->kind != OUTBOX_LAST) {
		finish(outbox);
		return;
	}
	wire_put32(payload, outbox->files);
	wire_put64(payload + 4, outbox->bytes);
	uplink_send(uplink, WIRE_RESULTS, payload, sizeof(payload));
	if (outbox->files)
		start_pass(outbox);
}

static void end_sending(struct outbox *outbox, struct uplink *uplink)
{
	unsigned char payload[8];

	wire_put32(payload, outbox->sent);
	wire_put32(payload + 4, outbox->kind == OUTBOX_LAST);
	uplink_send(uplink, WIRE_RESULTS_END, payload, sizeof(payload));
	finish(outbox);
}

void outbox_want(struct outbox *outbox, enum outbox_kind kind)
{
	if (kind > outbox->wanted)
		outbox->wanted = kind;
}

bool outbox_has(const struct outbox *outbox, enum outbox_kind kind)
{
	return outbox->kind == kind || outbox->wanted == kind;
}

bool outbox_busy(const struct outbox *outbox)
{
	return outbox->kind || outbox->wanted;
}

void outbox_step(struct outbox *outbox, struct uplink *uplink)
{
	if (!outbox->kind && outbox->wanted)
		start_stream(outbox);
	for (int i = 0; i < STEP_ENTRIES && outbox->kind && uplink_has_room(uplink, true);
	     i++)
		if (outbox->file >= 0)
			send_data(outbox, uplink);
		else if (outbox->depth >= 0)
			take_entry(outbox, uplink);
		else if (outbox->counting)
			begin_sending(outbox, uplink);
		else
			end_sending(outbox, uplink);
}
