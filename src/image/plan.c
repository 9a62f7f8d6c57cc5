// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of an image's entries. */
#include <errno.h>
#include <limits.h>

#include "image/plan.h"
#include "lib/live.h"
#include "lib/path.h"

#define MAX_LINKS      40
#define SHARED_REASONS 16
/* The number in the index of an entry that was taken out again. */
#define GONE UINTPTR_MAX

void plan_release(struct plan *plan)
{
	free(plan->entries);
	strmap_release(&plan->index, NULL);
	strvec_release(&plan->filters);
	strvec_release(&plan->reasons);
	pool_release(&plan->pool);
	*plan = (struct plan)PLAN_INIT;
}

const char *plan_intern(struct plan *plan, const char *why)
{
	for (size_t i = plan->reasons.nr; i > 0 && plan->reasons.nr - i < SHARED_REASONS;
	     i--)
		if (streq(plan->reasons.v[i - 1], why))
			return plan->reasons.v[i - 1];
	return strvec_push(&plan->reasons, why);
}

static bool filtered(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->filters.nr; i++)
		if (path_below(path, plan->filters.v[i]))
			return true;
	return false;
}

/* The entry for the path that is the first @len bytes of @path, or NULL. */
static struct plan_entry *lookup(const struct plan *plan, const char *path, size_t len)
{
	void **number = strmap_getn(&plan->index, path, len);

	return number && (uintptr_t)*number != GONE ? &plan->entries[(uintptr_t)*number]
						    : NULL;
}

/*
 * Replaces links of the plan in the directory part of @path, a clean path. Usually the
 * parent is a directory of the plan already, and nothing needs to be done.
 */
static int follow_links(const struct plan *plan, const char *path, char **result)
{
	_cleanup_free_ char *now = xstrdup(path);
	const struct plan_entry *entry;
	int links = 0;

	for (char *slash = now; (slash = strchr(slash + 1, '/'));) {
		_cleanup_free_ char *parent = NULL, *target = NULL, *longer = NULL;

		entry = lookup(plan, now, (size_t)(slash - now));
		if (!entry || entry->kind == PLAN_DIR)
			continue;
		if (entry->kind != PLAN_LINK)
			return -ENOTDIR;
		if (++links > MAX_LINKS)
			return -ELOOP;
		parent = path_dirname(entry->path);
		target = path_join(parent, entry->text);
		longer = xasprintf("%s%s", target, slash);
		free(now);
		now = path_clean(longer);
		slash = now;
	}
	*result = TAKE_PTR(now);
	return 0;
}

void plan_filter(struct plan *plan, const char *path)
{
	_cleanup_free_ char *clean = path_clean(path), *followed = NULL;

	/* as for entries, "/lib/x" means "/usr/lib/x" if /lib is a link */
	if (follow_links(plan, clean, &followed) == 0 && !streq(followed, clean))
		strvec_take(&plan->filters, TAKE_PTR(followed));
	strvec_take(&plan->filters, TAKE_PTR(clean));
}

static bool parent_is_dir(const struct plan *plan, const char *path)
{
	const char *slash = strrchr(path, '/');
	const struct plan_entry *parent;

	if (slash == path)
		return true;
	parent = lookup(plan, path, (size_t)(slash - path));
	return parent && parent->kind == PLAN_DIR;
}

static int append(struct plan *plan, const struct plan_entry *entry, const char *path,
		  struct plan_reason reason)
{
	void **number = strmap_put(&plan->index, path);
	struct plan_entry *copy;

	*number = (void *)(uintptr_t)plan->nr;
	ALLOC_GROW(plan->entries, plan->nr, plan->alloc);
	copy = &plan->entries[plan->nr++];
	*copy = *entry;
	copy->path = strmap_key(number);
	copy->by = reason.by;
	copy->why = reason.why;
	if (entry->text)
		copy->text = pool_strndup(&plan->pool, entry->text, strlen(entry->text));
	if (entry->data)
		copy->data = memcpy(pool_alloc(&plan->pool, entry->size), entry->data,
				    entry->size);
	return (int)plan->nr - 1;
}

/* Adds the directories above @path that are missing. */
static void add_parents(struct plan *plan, const char *path, struct plan_reason reason)
{
	const struct plan_entry dir = { .kind = PLAN_DIR, .mode = 0755, .implied = true };
	_cleanup_free_ char *parent = path_dirname(path);

	if (streq(parent, "/") || lookup(plan, parent, strlen(parent)))
		return;
	add_parents(plan, parent, reason);
	append(plan, &dir, parent, reason);
}

/*
 * A directory that was only implied gets the owner and mode of one that is added by name.
 */
static void adopt(struct plan_entry *old, const struct plan_entry *new)
{
	if (!old->implied || old->kind != PLAN_DIR || new->kind != PLAN_DIR)
		return;
	old->implied = new->implied;
	old->mode = new->mode;
	old->uid = new->uid;
	old->gid = new->gid;
	old->mtime = new->mtime;
}

int plan_add(struct plan *plan, const struct plan_entry *entry, struct plan_reason reason)
{
	_cleanup_free_ char *clean = path_clean(entry->path), *path = NULL;
	struct plan_entry *old;
	int err;

	/* for each entry a file was read, or some */
	live_tick();
	if (strlen(clean) >= PATH_MAX - 1)
		return -ENAMETOOLONG;
	if (parent_is_dir(plan, clean)) {
		path = TAKE_PTR(clean);
	} else {
		err = follow_links(plan, clean, &path);
		if (err)
			return err;
	}
	if (filtered(plan, path) || (clean && filtered(plan, clean)))
		return PLAN_FILTERED;
	if (streq(path, "/"))
		return PLAN_FILTERED; /* the root always exists */
	old = lookup(plan, path, strlen(path));
	if (old) {
		adopt(old, entry);
		return (int)(old - plan->entries);
	}
	add_parents(plan, path, reason);
	return append(plan, entry, path, reason);
}

void plan_keep(struct plan *plan, bool (*wanted)(struct plan_entry *entry, void *data),
	       void *data)
{
	_cleanup_free_ int *places = xcalloc(plan->nr, sizeof(*places));
	size_t nr = 0;

	for (size_t i = 0; i < plan->nr; i++) {
		struct plan_entry *entry = &plan->entries[i];
		void **number = strmap_get(&plan->index, entry->path);

		places[i] = wanted(entry, data) ? (int)nr++ : -1;
		*number = (void *)(places[i] < 0 ? GONE : (uintptr_t)places[i]);
	}
	for (size_t i = 0; i < plan->nr; i++) {
		struct plan_entry *entry = &plan->entries[i];

		if (entry->by >= 0)
			entry->by = places[entry->by];
		if (places[i] >= 0)
			plan->entries[places[i]] = *entry;
	}
	plan->nr = nr;
}

int plan_add_dir(struct plan *plan, const char *path, mode_t mode, struct plan_reason why)
{
	const struct plan_entry entry = { .kind = PLAN_DIR, .path = path, .mode = mode };

	return plan_add(plan, &entry, why);
}

int plan_add_link(struct plan *plan, const char *path, const char *target,
		  struct plan_reason why)
{
	const struct plan_entry entry = {
		.kind = PLAN_LINK,
		.path = path,
		.mode = 0777,
		.text = target,
	};

	return plan_add(plan, &entry, why);
}

int plan_add_data(struct plan *plan, const char *path, mode_t mode, const void *data,
		  size_t size, struct plan_reason why)
{
	const struct plan_entry entry = {
		.kind = PLAN_DATA,
		.path = path,
		.mode = mode,
		.data = data ? data : "",
		.size = size,
	};

	return plan_add(plan, &entry, why);
}

int plan_add_device(struct plan *plan, const char *path, mode_t mode, dev_t device,
		    struct plan_reason why)
{
	const struct plan_entry entry = {
		.kind = PLAN_DEVICE,
		.path = path,
		.mode = mode,
		.dev = device,
	};

	return plan_add(plan, &entry, why);
}

int plan_add_file(struct plan *plan, const char *path, int root, const char *source,
		  const struct stat *st, bool normalise, struct plan_reason why)
{
	struct plan_entry entry = {
		.kind = PLAN_FILE,
		.path = path,
		.root = root,
		.text = source,
		.mode = st->st_mode & 07777,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.mtime = st->st_mtim.tv_sec,
		.size = (uint64_t)st->st_size,
		.source_mtime = st->st_mtim,
	};

	if (st->st_nlink > 1) {
		entry.dev = st->st_dev;
		entry.ino = st->st_ino;
	}
	if (normalise) {
		entry.mode = st->st_mode & 0111 ? 0755 : 0644;
		entry.uid = 0;
		entry.gid = 0;
		entry.mtime = 0;
		entry.ino = 0;
	}
	return plan_add(plan, &entry, why);
}

void plan_make_executable(struct plan *plan, int index)
{
	struct plan_entry *entry = &plan->entries[index];

	if (entry->mode & 0100)
		return;
	entry->mode |= 0111;
	entry->ino = 0;
}

int plan_find(const struct plan *plan, const char *path)
{
	_cleanup_free_ char *clean = path_clean(path), *followed = NULL;
	const struct plan_entry *entry;

	if (follow_links(plan, clean, &followed))
		return -1;
	entry = lookup(plan, followed, strlen(followed));
	return entry ? (int)(entry - plan->entries) : -1;
}

char *plan_chain(const struct plan *plan, int index)
{
	char *chain = NULL;

	for (; index >= 0; index = plan->entries[index].by) {
		const struct plan_entry *entry = &plan->entries[index];
		char *longer;

		/* a link is left out, unless it is the last part */
		if (chain && entry->kind == PLAN_LINK)
			continue;
		longer = xasprintf("%s%s%s", path_basename(entry->path),
				   chain ? " -> " : "", chain ? chain : "");
		free(chain);
		chain = longer;
	}
	return chain ? chain : xstrdup("");
}
