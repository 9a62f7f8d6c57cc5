// SPDX-License-Identifier: GPL-2.0-or-later
/* Makes the dynamic linker's cache for the libraries of an image. */
#include <fcntl.h>
#include <unistd.h>

#include "closure/elffile.h"
#include "ldcache.h"
#include "ldso.h"
#include "lib/path.h"

#define MAX_LINKS 40

/* The format; all numbers are in the machine's own byte order. */
#define MAGIC	       "glibc-ld.so.cache1.1"
#define HEADER_SIZE    48
#define ENTRY_SIZE     24
#define BYTE_ORDER_IS  (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 2 : 3)
#define EXTENSION      0xeaa42174u
#define EXTENSION_SIZE 24
#define SECTION_HWCAPS 1
/* in an entry's hwcap; the lower half is the number of a string in the extension */
#define HWCAP_VARIANT ((uint64_t)1 << 62)

/* A library that the linker may search. */
struct lib {
	const char *name; /* a part of path */
	char *path;
	const char *variant; /* a part of the plan's text, up to a slash: "x86-64-v3/...";
				or NULL */
	size_t variant_len;
	uint32_t flags;
	size_t order; /* by directory, then as in the plan */
};

struct libs {
	struct lib *v;
	size_t nr, alloc;
	struct strvec variants; /* sorted */
	bool needed;
};

static void libs_release(struct libs *libs)
{
	for (size_t i = 0; i < libs->nr; i++)
		free(libs->v[i].path);
	free(libs->v);
	strvec_release(&libs->variants);
}

/*
 * The file of the entry @index, or the one that it leads to by links of the plan; or
 * NULL.
 */
static const struct plan_entry *find_file(const struct plan *plan, int index)
{
	for (int i = 0; i < MAX_LINKS && index >= 0; i++) {
		const struct plan_entry *e = &plan->entries[index];
		_cleanup_free_ char *dir = path_dirname(e->path), *joined = NULL;
		_cleanup_free_ char *path = NULL;

		if (e->kind != PLAN_LINK)
			return e->kind == PLAN_FILE ? e : NULL;
		joined = path_join(dir, e->text);
		path = path_clean(joined);
		index = plan_find(plan, path);
	}
	return NULL;
}

/* Whether @file is a library for a machine whose flags are known. */
static bool read_abi(const struct plan_entry *file, struct ldso_abi *abi)
{
	_cleanup_close_ int fd = openat(file->root, path_relative(file->text),
					O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct elf_file elf;

	if (fd < 0 || elf_file_read(&elf, fd))
		return false;
	*abi = (struct ldso_abi){ elf.class, elf.machine };
	elf_file_release(&elf);
	return ldso_cache_flags(*abi) != 0;
}

/* ldconfig accepts "lib*.so*" and "ld-*.so*"; here only such names were requested. */
static bool is_library_name(const char *name)
{
	return strstr(name, ".so") != NULL;
}

/* Collects the libraries below @dir, whose canonical path is @canonical. */
static void collect_dir(struct libs *libs, const struct plan *plan, const char *dir,
			const char *canonical)
{
	for (size_t i = 0; i < plan->nr; i++) {
		const struct plan_entry *e = &plan->entries[i], *file;
		_cleanup_(strvec_release) struct strvec system = STRVEC_INIT;
		const char *rest, *slash, *variant = NULL;
		struct ldso_abi abi;
		struct lib *lib;

		if (!path_below(e->path, canonical) || !is_library_name(e->path))
			continue;
		rest = e->path + strlen(canonical) + 1;
		slash = strchr(rest, '/');
		if (slash && starts_with(rest, LDSO_HWCAPS "/")) {
			variant = rest + strlen(LDSO_HWCAPS "/");
			slash = strchr(variant, '/');
		}
		/* a variant has one slash before the name, others have none */
		if (variant ? !slash || strchr(slash + 1, '/') : slash != NULL)
			continue;
		file = find_file(plan, (int)i);
		if (!file || !read_abi(file, &abi))
			continue;
		ldso_system_dirs(abi, &system);
		if (!strvec_has(&system, dir) && !strvec_has(&system, canonical))
			libs->needed = true;
		ALLOC_GROW(libs->v, libs->nr, libs->alloc);
		lib = &libs->v[libs->nr];
		*lib = (struct lib){
			.path = path_join(dir, rest),
			.flags = ldso_cache_flags(abi),
			.order = libs->nr++,
		};
		/*
		 * with the directory as in ld.so.conf, if the links that lead there are
		 * in the image
		 */
		if (plan_find(plan, lib->path) < 0) {
			free(lib->path);
			lib->path = xstrdup(e->path);
		}
		lib->name = path_basename(lib->path);
		if (variant) {
			_cleanup_free_ char *name =
				xstrndup(variant, (size_t)(slash - variant));

			lib->variant = variant;
			lib->variant_len = (size_t)(slash - variant);
			if (!strvec_has(&libs->variants, name))
				strvec_push(&libs->variants, name);
		}
	}
}

/* Parses the digits at @text as a number, which overflows as in the linker. */
static uint32_t take_number(const char **text)
{
	uint32_t value = 0;

	for (; **text >= '0' && **text <= '9'; ++*text)
		value = value * 10 + (uint32_t)(**text - '0');
	return value;
}

/*
 * Compares names in the linker's order: by characters, runs of digits by their value, and
 * digits after everything else.
 */
static int compare_names(const char *a, const char *b)
{
	while (*a) {
		bool a_digit = *a >= '0' && *a <= '9', b_digit = *b >= '0' && *b <= '9';

		if (a_digit != b_digit)
			return a_digit ? 1 : -1;
		if (a_digit) {
			uint32_t x = take_number(&a), y = take_number(&b);

			if (x != y)
				return (int32_t)(x - y) < 0 ? -1 : 1;
		} else if (*a != *b) {
			return *a - *b;
		} else {
			a++;
			b++;
		}
	}
	return *a - *b;
}

/*
 * Sorts in descending order of names, and variants of a name first, as the linker
 * requires.
 */
static int by_name(const void *left, const void *right)
{
	const struct lib *a = left, *b = right;
	int order = compare_names(b->name, a->name);

	if (order)
		return order;
	if (a->flags != b->flags)
		return a->flags > b->flags ? -1 : 1;
	if (!a->variant != !b->variant)
		return a->variant ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static void put32(struct strbuf *out, size_t value)
{
	const uint32_t number = (uint32_t)value;

	strbuf_add(out, &number, sizeof(number));
}

static size_t variant_number(const struct libs *libs, const struct lib *lib)
{
	size_t i = 0;

	while (strlen(libs->variants.v[i]) != lib->variant_len ||
	       strncmp(libs->variants.v[i], lib->variant, lib->variant_len) != 0)
		i++;
	return i;
}

/*
 * Writes the header, the entries, the strings, and if there are variants the extension
 * that names them.
 */
static void write_cache(const struct libs *libs, struct strbuf *out)
{
	_cleanup_(strbuf_release) struct strbuf strings = STRBUF_INIT;
	_cleanup_(strbuf_release) struct strbuf entries = STRBUF_INIT;
	_cleanup_(strbuf_release) struct strbuf names = STRBUF_INIT;
	size_t start = HEADER_SIZE + libs->nr * ENTRY_SIZE, extension;

	for (size_t i = 0; i < libs->nr; i++) {
		const struct lib *lib = &libs->v[i];
		const uint64_t hwcap =
			lib->variant ? HWCAP_VARIANT | variant_number(libs, lib) : 0;

		put32(&entries, lib->flags);
		put32(&entries, start + strings.len + (size_t)(lib->name - lib->path));
		put32(&entries, start + strings.len);
		put32(&entries, 0);
		strbuf_add(&entries, &hwcap, sizeof(hwcap));
		strbuf_add(&strings, lib->path, strlen(lib->path) + 1);
	}
	for (size_t i = 0; i < libs->variants.nr; i++) {
		put32(&names, start + strings.len);
		strbuf_add(&strings, libs->variants.v[i],
			   strlen(libs->variants.v[i]) + 1);
	}
	extension = (start + strings.len + 3) & ~(size_t)3;
	strbuf_adds(out, MAGIC);
	put32(out, libs->nr);
	put32(out, strings.len);
	strbuf_addch(out, BYTE_ORDER_IS);
	strbuf_add(out, "\0\0\0", 3);
	put32(out, libs->variants.nr ? extension : 0);
	for (int i = 0; i < 3; i++)
		put32(out, 0);
	strbuf_add(out, entries.buf, entries.len);
	strbuf_add(out, strings.buf, strings.len);
	if (!libs->variants.nr)
		return;
	strbuf_add(out, "\0\0\0", extension - start - strings.len);
	put32(out, EXTENSION);
	put32(out, 1);
	put32(out, SECTION_HWCAPS);
	put32(out, 0);
	put32(out, extension + EXTENSION_SIZE);
	put32(out, names.len);
	strbuf_add(out, names.buf, names.len);
}

bool ldcache_make(const struct plan *plan, struct sysroot *root,
		  const struct strvec *dirs, struct strbuf *cache)
{
	_cleanup_(libs_release) struct libs libs = { 0 };
	_cleanup_(strvec_release) struct strvec seen = STRVEC_INIT;

	for (size_t i = 0; i < dirs->nr; i++) {
		_cleanup_free_ char *clean = path_clean(dirs->v[i]), *canonical = NULL;

		if (sysroot_resolve(root, clean, &canonical, NULL, NULL, NULL))
			canonical = xstrdup(clean);
		if (streq(canonical, "/") || strvec_has(&seen, canonical))
			continue;
		strvec_push(&seen, canonical);
		collect_dir(&libs, plan, clean, canonical);
	}
	if (!libs.needed)
		return false;
	strvec_sort(&libs.variants);
	qsort(libs.v, libs.nr, sizeof(*libs.v), by_name);
	write_cache(&libs, cache);
	return true;
}
