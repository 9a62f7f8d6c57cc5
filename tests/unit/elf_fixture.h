/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fixture roots for the tests of what reads userspace: a temporary directory with files,
 * links, and ELF files that are written byte by byte, so that they can be of any machine
 * and as odd as a test needs them. Paths are absolute below the root.
 */
#ifndef RAPIDO_ELF_FIXTURE_H
#define RAPIDO_ELF_FIXTURE_H

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "define_test.h"
#include "lib/io.h"
#include "lib/path.h"
#include "lib/report.h"
#include "lib/str.h"

#define FX_INTERP "/lib64/ld-linux-x86-64.so.2"

/* A new empty root; fx_remove() frees it. */
static inline char *fx_root(void)
{
	const char *tmp = getenv("TMPDIR");
	char *root = xasprintf("%s/rapido-unit.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	char *real;

	assert_non_null(mkdtemp(root));
	real = realpath(root, NULL);
	assert_non_null(real);
	free(root);
	return real;
}

static inline int fx_remove_one(const char *path, const struct stat *st, int type,
				struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static inline void fx_remove(char *root)
{
	nftw(root, fx_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(root);
}

/* The host's path of @path below @root; one of a few static buffers. */
static inline const char *fx_at(const char *root, const char *path)
{
	static char buffers[8][2 * PATH_MAX];
	static unsigned int next;
	char *buffer = buffers[next++ % 8];

	snprintf(buffer, sizeof(buffers[0]), "%s%s", root, path);
	return buffer;
}

static inline void fx_mkdir(const char *root, const char *path)
{
	assert_int_equal(io_mkdir_p(fx_at(root, path)), 0);
}

static inline void fx_parent(const char *root, const char *path)
{
	_cleanup_free_ char *dir = path_dirname(path);

	fx_mkdir(root, dir);
}

/* A file with mode 0755, with its parents. */
static inline void fx_write_bytes(const char *root, const char *path, const void *data,
				  size_t size)
{
	int fd;

	fx_parent(root, path);
	fd = open(fx_at(root, path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0755), 0);
	assert_int_equal(io_write_all(fd, data, size), 0);
	close(fd);
}

static inline void fx_write(const char *root, const char *path, const char *text)
{
	fx_write_bytes(root, path, text, strlen(text));
}

/* @size bytes, each @c, and a time that the file system can tell from others. */
static inline void fx_fill(const char *root, const char *path, char c, size_t size)
{
	_cleanup_free_ char *data = xmalloc(size + 1);

	memset(data, c, size);
	fx_write_bytes(root, path, data, size);
}

static inline void fx_symlink(const char *root, const char *path, const char *target)
{
	fx_parent(root, path);
	assert_int_equal(symlink(target, fx_at(root, path)), 0);
}

static inline void fx_chmod(const char *root, const char *path, mode_t mode)
{
	assert_int_equal(chmod(fx_at(root, path), mode), 0);
}

static inline bool fx_exists(const char *root, const char *path)
{
	struct stat st;

	return lstat(fx_at(root, path), &st) == 0;
}

/* Whether any of the messages holds @text; the messages are printed if none does. */
static inline bool fx_said(const struct strvec *messages, const char *text)
{
	for (size_t i = 0; i < messages->nr; i++)
		if (strstr(messages->v[i], text))
			return true;
	for (size_t i = 0; i < messages->nr; i++)
		print_message("# message: %s\n", messages->v[i]);
	return false;
}

#define FX_NEEDED_MAX 6

/* An ELF file; what is 0 or NULL is left out, and class and machine are x86-64's. */
struct fx_elf {
	int class, machine;
	bool msb;	  /* big endian */
	bool not_dynamic; /* no dynamic section */
	const char *interp, *soname, *rpath, *runpath, *auxiliary, *filter;
	const char *symbol; /* one more string in the string table */
	const char *needed[FX_NEEDED_MAX];
	const char *dlopen; /* text of a .note.dlopen */
	const char *owner;  /* of that note, instead of "FDO" */
	uint64_t strsz;	    /* instead of the true size */
	uint64_t needed_at; /* one more DT_NEEDED, of this offset in the string table */
};

struct fx_writer {
	struct strbuf out;
	bool msb, wide;
};

static inline void fx_put(struct fx_writer *w, unsigned int bytes, uint64_t value)
{
	for (unsigned int i = 0; i < bytes; i++)
		strbuf_addch(&w->out, (char)(value >> 8 * (w->msb ? bytes - 1 - i : i)));
}

/* An address, offset or size: as wide as the class. */
static inline void fx_put_word(struct fx_writer *w, uint64_t value)
{
	fx_put(w, w->wide ? 8 : 4, value);
}

static inline void fx_put_segment(struct fx_writer *w, uint32_t type, uint64_t offset,
				  uint64_t size)
{
	fx_put(w, 4, type);
	if (w->wide)
		fx_put(w, 4, PF_R);
	fx_put_word(w, offset);
	fx_put_word(w, offset); /* loaded at the address that is the offset */
	fx_put_word(w, offset);
	fx_put_word(w, size);
	fx_put_word(w, size);
	if (!w->wide)
		fx_put(w, 4, PF_R);
	fx_put_word(w, 4);
}

static inline uint64_t fx_add_string(struct strbuf *table, const char *text)
{
	uint64_t offset = table->len;

	strbuf_add(table, text, strlen(text) + 1);
	return offset;
}

/* The bytes of the file @spec, in a buffer that is the caller's. */
static inline struct strbuf fx_elf_bytes(const struct fx_elf *spec)
{
	struct fx_writer w = { .out = STRBUF_INIT, .msb = spec->msb };
	struct fx_writer dyn = { .out = STRBUF_INIT, .msb = spec->msb };
	struct fx_writer note = { .out = STRBUF_INIT, .msb = spec->msb };
	_cleanup_(strbuf_release) struct strbuf strings = STRBUF_INIT;
	const struct {
		int64_t tag;
		const char *text;
	} tags[] = {
		{ DT_SONAME, spec->soname },	{ DT_RPATH, spec->rpath },
		{ DT_RUNPATH, spec->runpath },	{ DT_AUXILIARY, spec->auxiliary },
		{ DT_FILTER, spec->filter },	{ DT_NEEDED, spec->needed[0] },
		{ DT_NEEDED, spec->needed[1] }, { DT_NEEDED, spec->needed[2] },
		{ DT_NEEDED, spec->needed[3] }, { DT_NEEDED, spec->needed[4] },
		{ DT_NEEDED, spec->needed[5] },
	};
	int class = spec->class ? spec->class : ELFCLASS64;
	bool wide = class == ELFCLASS64;
	uint64_t segments, header = wide ? 64 : 52, phdr = wide ? 56 : 32, at[5], end;
	size_t interp_size = spec->interp ? strlen(spec->interp) + 1 : 0;

	w.wide = dyn.wide = note.wide = wide;
	segments = 1 + !!spec->interp + !spec->not_dynamic + !!spec->dlopen;
	strbuf_addch(&strings, '\0');
	if (spec->symbol)
		fx_add_string(&strings, spec->symbol);
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++) {
		if (!tags[i].text)
			continue;
		fx_put_word(&dyn, (uint64_t)tags[i].tag);
		fx_put_word(&dyn, fx_add_string(&strings, tags[i].text));
	}
	if (spec->needed_at) {
		fx_put_word(&dyn, DT_NEEDED);
		fx_put_word(&dyn, spec->needed_at);
	}
	if (spec->dlopen) {
		const char *owner = spec->owner ? spec->owner : "FDO";

		fx_put(&note, 4, 4);
		fx_put(&note, 4, strlen(spec->dlopen) + 1);
		fx_put(&note, 4, 0x407c0c0a);
		strbuf_add(&note.out, owner, 4);
		strbuf_add(&note.out, spec->dlopen, strlen(spec->dlopen) + 1);
		while (note.out.len % 4)
			strbuf_addch(&note.out, '\0');
	}
	at[0] = header + segments * phdr;
	at[1] = (at[0] + interp_size + 7) & ~7ULL;		 /* dynamic */
	at[2] = at[1] + dyn.out.len + 3 * (wide ? 16ULL : 8ULL); /* strings */
	at[3] = (at[2] + strings.len + 3) & ~3ULL;		 /* note */
	end = at[3] + note.out.len;
	fx_put_word(&dyn, DT_STRTAB);
	fx_put_word(&dyn, at[2]);
	fx_put_word(&dyn, DT_STRSZ);
	fx_put_word(&dyn, spec->strsz ? spec->strsz : strings.len);
	fx_put_word(&dyn, DT_NULL);
	fx_put_word(&dyn, 0);

	strbuf_add(&w.out, ELFMAG, SELFMAG);
	fx_put(&w, 1, (uint64_t) class);
	fx_put(&w, 1, spec->msb ? ELFDATA2MSB : ELFDATA2LSB);
	fx_put(&w, 1, EV_CURRENT);
	fx_put(&w, 8, 0);
	fx_put(&w, 1, 0);
	fx_put(&w, 2, ET_DYN);
	fx_put(&w, 2, (uint64_t)(spec->machine ? spec->machine : EM_X86_64));
	fx_put(&w, 4, EV_CURRENT);
	fx_put_word(&w, 0);
	fx_put_word(&w, header);
	fx_put_word(&w, 0);
	fx_put(&w, 4, 0);
	fx_put(&w, 2, header);
	fx_put(&w, 2, phdr);
	fx_put(&w, 2, segments);
	fx_put(&w, 2, 0);
	fx_put(&w, 2, 0);
	fx_put(&w, 2, 0);
	fx_put_segment(&w, PT_LOAD, 0, end);
	if (spec->interp)
		fx_put_segment(&w, PT_INTERP, at[0], interp_size);
	if (!spec->not_dynamic)
		fx_put_segment(&w, PT_DYNAMIC, at[1], dyn.out.len);
	if (spec->dlopen)
		fx_put_segment(&w, PT_NOTE, at[3], note.out.len);
	strbuf_add(&w.out, spec->interp ? spec->interp : "", interp_size);
	while (w.out.len < at[1])
		strbuf_addch(&w.out, '\0');
	strbuf_add(&w.out, dyn.out.buf, dyn.out.len);
	strbuf_add(&w.out, strings.buf, strings.len);
	while (w.out.len < at[3])
		strbuf_addch(&w.out, '\0');
	strbuf_add(&w.out, note.out.buf, note.out.len);
	strbuf_release(&dyn.out);
	strbuf_release(&note.out);
	return w.out;
}

static inline void fx_elf(const char *root, const char *path, const struct fx_elf *spec)
{
	_cleanup_(strbuf_release) struct strbuf bytes = fx_elf_bytes(spec);

	fx_write_bytes(root, path, bytes.buf, bytes.len);
}

/* The usual: a program, or a library that is called by the last part of its path. */
#define FX_PROGRAM(root, path, ...) \
	fx_elf(root, path, &(const struct fx_elf){ .interp = FX_INTERP, __VA_ARGS__ })
#define FX_LIBRARY(root, path, ...) \
	fx_elf(root, path,          \
	       &(const struct fx_elf){ .soname = path_basename(path), __VA_ARGS__ })

/* Run a shell command; its exit status. Its output is not seen. */
static inline int fx_shell(const char *fmt, ...) _printf_(1, 2);
static inline int fx_shell(const char *fmt, ...)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	va_list ap;
	int status;

	va_start(ap, fmt);
	strbuf_addch(&text, '{');
	strbuf_addch(&text, ' ');
	strbuf_vaddf(&text, fmt, ap);
	strbuf_adds(&text, "\n} > /dev/null 2>&1");
	va_end(ap);
	status = system(text.buf);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

#endif
