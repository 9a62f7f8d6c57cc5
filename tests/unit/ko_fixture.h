/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Relocatable objects for tests, written byte by byte: of either class and byte order,
 * and as odd as a test needs them. The format is that of elf(5).
 */
#ifndef RAPIDO_KO_FIXTURE_H
#define RAPIDO_KO_FIXTURE_H

#include "elf_fixture.h"

/* A section; what is 0 is left out. The one with their names is added at the end. */
struct fx_section {
	const char *name;
	uint32_t type; /* 0: SHT_PROGBITS; FX_TYPE_NULL for SHT_NULL */
	uint64_t flags, align, entry_size;
	uint32_t link, info;
	const void *data;
	uint64_t size;	 /* of @data */
	uint64_t claim;	 /* what the header says instead of @size */
	uint64_t offset; /* and instead of where the data is */
};

#define FX_TYPE_NULL UINT32_MAX

struct fx_object {
	bool narrow, msb;		/* 32 bits; big endian */
	int type;			/* 0: ET_REL */
	const struct fx_section *first; /* instead of section 0, which is not in use */
	const struct fx_section *sections;
	size_t nr;
};

static inline void fx_put_section(struct fx_writer *w, const struct fx_section *s,
				  uint64_t name, uint64_t offset)
{
	uint32_t type = s->type ? s->type : SHT_PROGBITS;

	fx_put(w, 4, name);
	fx_put(w, 4, type == FX_TYPE_NULL ? SHT_NULL : type);
	fx_put_word(w, s->flags);
	fx_put_word(w, 0);
	fx_put_word(w, s->offset ? s->offset : offset);
	fx_put_word(w, s->claim ? s->claim : s->size);
	fx_put(w, 4, s->link);
	fx_put(w, 4, s->info);
	fx_put_word(w, s->align);
	fx_put_word(w, s->entry_size);
}

static inline void fx_put_object_header(struct fx_writer *w, const struct fx_object *o,
					uint64_t table)
{
	uint64_t nr = o->nr + 2;

	strbuf_add(&w->out, ELFMAG, SELFMAG);
	fx_put(w, 1, w->wide ? ELFCLASS64 : ELFCLASS32);
	fx_put(w, 1, w->msb ? ELFDATA2MSB : ELFDATA2LSB);
	fx_put(w, 1, EV_CURRENT);
	fx_put(w, 8, 0);
	fx_put(w, 1, 0);
	fx_put(w, 2, (uint64_t)(o->type ? o->type : ET_REL));
	fx_put(w, 2, w->msb ? EM_S390 : w->wide ? EM_X86_64 : EM_386);
	fx_put(w, 4, EV_CURRENT);
	fx_put_word(w, 0);
	fx_put_word(w, 0);
	fx_put_word(w, table);
	fx_put(w, 4, 0);
	fx_put(w, 2, w->wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
	fx_put(w, 2, 0);
	fx_put(w, 2, 0);
	fx_put(w, 2, w->wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr));
	fx_put(w, 2, nr < SHN_LORESERVE ? nr : 0);
	fx_put(w, 2, nr < SHN_LORESERVE ? nr - 1 : SHN_XINDEX);
}

static inline void fx_pad(struct strbuf *out, uint64_t align)
{
	while (align > 1 && out->len % align)
		strbuf_addch(out, '\0');
}

/* The bytes of the object; section i of @o has number i + 1. The buffer is the caller's.
 */
static inline struct strbuf fx_object_bytes(const struct fx_object *o)
{
	struct fx_writer w = { .out = STRBUF_INIT, .msb = o->msb, .wide = !o->narrow };
	struct fx_writer table = { .out = STRBUF_INIT,
				   .msb = o->msb,
				   .wide = !o->narrow };
	_cleanup_(strbuf_release) struct strbuf names = STRBUF_INIT;
	struct fx_section first = { .type = FX_TYPE_NULL }, last = { .type = SHT_STRTAB };
	uint64_t size;

	strbuf_addch(&names, '\0');
	/* many sections: their number and that of their names stand in the first */
	if (o->nr + 2 >= SHN_LORESERVE) {
		first.claim = o->nr + 2;
		first.link = (uint32_t)o->nr + 1;
	}
	fx_put_section(&table, o->first ? o->first : &first, 0, 0);
	fx_put_object_header(&w, o, 0);
	for (size_t i = 0; i < o->nr; i++) {
		const struct fx_section *s = &o->sections[i];

		if (s->type != SHT_NOBITS)
			fx_pad(&w.out, s->align);
		fx_put_section(&table, s, fx_add_string(&names, s->name), w.out.len);
		if (s->data)
			strbuf_add(&w.out, s->data, s->size);
	}
	last.size = names.len + sizeof(".shstrtab");
	fx_put_section(&table, &last, fx_add_string(&names, ".shstrtab"), w.out.len);
	strbuf_add(&w.out, names.buf, names.len);
	fx_pad(&w.out, 8);
	size = w.out.len;
	strbuf_add(&w.out, table.out.buf, table.out.len);
	/* the header once more, now that it is known where the table is */
	strbuf_release(&table.out);
	table.out = (struct strbuf)STRBUF_INIT;
	fx_put_object_header(&table, o, size);
	memcpy(w.out.buf, table.out.buf, table.out.len);
	strbuf_release(&table.out);
	return w.out;
}

/*
 * A module that is nothing but a .modinfo with these strings; depmod(8) takes it too. The
 * buffer is the caller's.
 */
static inline struct strbuf fx_ko_bytes(const char *const *info)
{
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct fx_section section = { .name = ".modinfo", .flags = SHF_ALLOC };

	for (size_t i = 0; info[i]; i++)
		strbuf_add(&text, info[i], strlen(info[i]) + 1);
	section.data = text.buf;
	section.size = text.len;
	return fx_object_bytes(
		&(const struct fx_object){ .sections = &section, .nr = 1 });
}

/* FX_KO(root, "/a/x.ko", "alias=y", ...) */
#define FX_KO(root, path, ...) \
	fx_ko(root, path, (const char *const[]){ "license=GPL", ##__VA_ARGS__, NULL })

static inline void fx_ko(const char *root, const char *path, const char *const *info)
{
	_cleanup_(strbuf_release) struct strbuf bytes = fx_ko_bytes(info);

	fx_write_bytes(root, path, bytes.buf, bytes.len);
}

#endif
