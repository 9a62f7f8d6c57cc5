// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kofile: what module files say of themselves, and how they lose their debug sections.
 * Results are looked at with libelf and readelf, which know nothing of how they were
 * made.
 */
#include "ko_fixture.h"

#include <gelf.h>
#include <libelf.h>
#include <sys/mman.h>

#include "kernel/kofile.h"

#define MARKER "~Module signature appended~\n"

static const char info[] = "license=GPL\0depends=a,b\0\0alias=x\0alias=y";

static int open_bytes(const void *data, size_t size)
{
	int fd = memfd_create("module", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, data, size), 0);
	return fd;
}

static int open_object(const struct fx_object *o)
{
	_cleanup_(strbuf_release) struct strbuf bytes = fx_object_bytes(o);

	return open_bytes(bytes.buf, bytes.len);
}

#define OPEN_OBJECT(list, ...)                 \
	open_object(&(const struct fx_object){ \
		.sections = list, .nr = ARRAY_SIZE(list), ##__VA_ARGS__ })

static int read_info(int fd)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int err = kofile_read_info(fd, &text, &size);

	close(fd);
	return err;
}

static int strip(int fd)
{
	_cleanup_free_ void *data = NULL;
	size_t size;
	int err = kofile_strip(fd, &data, &size);

	close(fd);
	return err;
}

static const struct fx_section plain[] = {
	{ .name = ".text", .data = "code", .size = 4, .align = 16, .flags = SHF_ALLOC },
	{ .name = ".modinfo", .data = info, .size = sizeof(info), .flags = SHF_ALLOC },
};

static void assert_info(int fd)
{
	_cleanup_free_ char *text = NULL;
	size_t size;

	assert_int_equal(kofile_read_info(fd, &text, &size), 0);
	assert_int_equal(size, sizeof(info));
	assert_memory_equal(text, info, sizeof(info));
	close(fd);
}

DEFINE_TEST(read_info__module__its_strings)
{
	assert_info(OPEN_OBJECT(plain));
}

DEFINE_TEST(read_info__other_class_or_byte_order__the_same)
{
	assert_info(OPEN_OBJECT(plain, .narrow = true));
	assert_info(OPEN_OBJECT(plain, .msb = true));
	assert_info(OPEN_OBJECT(plain, .narrow = true, .msb = true));
}

DEFINE_TEST(read_info__not_elf__enoexec)
{
	assert_int_equal(read_info(open_bytes("", 0)), -ENOEXEC);
	assert_int_equal(read_info(open_bytes("\177", 1)), -ENOEXEC);
	assert_int_equal(read_info(open_bytes("#!/bin/sh\n", 10)), -ENOEXEC);
}

DEFINE_TEST(read_info__only_the_magic__error)
{
	int err;

	err = read_info(open_bytes(ELFMAG, SELFMAG));
	assert_true(err == -ENOEXEC || err == -EBADMSG);
}

DEFINE_TEST(read_info__no_relocatable_object__ebadmsg)
{
	assert_int_equal(read_info(OPEN_OBJECT(plain, .type = ET_EXEC)), -EBADMSG);
	assert_int_equal(read_info(OPEN_OBJECT(plain, .type = ET_CORE)), -EBADMSG);
}

DEFINE_TEST(read_info__no_modinfo__ebadmsg)
{
	static const struct fx_section sections[] = { { .name = ".text" } };

	assert_int_equal(read_info(OPEN_OBJECT(sections)), -EBADMSG);
	assert_int_equal(read_info(open_object(&(const struct fx_object){ 0 })),
			 -EBADMSG);
}

DEFINE_TEST(read_info__modinfo_beyond_the_file__ebadmsg)
{
	const struct fx_section sections[][1] = {
		{ { .name = ".modinfo", .data = info, .size = 4, .claim = 1 << 20 } },
		{ { .name = ".modinfo", .data = info, .size = 4, .claim = UINT64_MAX } },
		{ { .name = ".modinfo", .data = info, .size = 4, .offset = 1 << 20 } },
		{ { .name = ".modinfo", .data = info, .size = 4, .offset = UINT64_MAX } },
		{ { .name = ".modinfo",
		    .data = info,
		    .size = 4,
		    .offset = UINT64_MAX - 3,
		    .claim = 64 } },
		{ { .name = ".modinfo", .type = SHT_NOBITS, .claim = 1 << 20 } },
		{ { .name = ".modinfo", .type = SHT_NOBITS, .claim = UINT64_MAX } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		assert_int_equal(read_info(OPEN_OBJECT(sections[i])), -EBADMSG);
}

DEFINE_TEST(read_info__empty_modinfo__no_strings)
{
	static const struct fx_section sections[] = { { .name = ".modinfo" } };
	_cleanup_close_ int fd = OPEN_OBJECT(sections);
	_cleanup_free_ char *text = NULL;
	size_t size = 1;

	assert_int_equal(kofile_read_info(fd, &text, &size), 0);
	assert_int_equal(size, 0);
}

DEFINE_TEST(read_info__more_than_16_mib__ebadmsg)
{
	size_t size = (16 << 20) + 1;
	_cleanup_free_ char *data = xcalloc(size, 1);
	struct fx_section sections[] = { { .name = ".modinfo", .data = data } };

	sections[0].size = size;
	assert_int_equal(read_info(OPEN_OBJECT(sections)), -EBADMSG);
	sections[0].size = size - 1;
	assert_int_equal(read_info(OPEN_OBJECT(sections)), 0);
}

DEFINE_TEST(read_info__directory_or_pipe__error)
{
	int ends[2], dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(pipe(ends), 0);
	close(ends[1]);
	assert_int_equal(read_info(dir), -EISDIR);
	assert_true(read_info(ends[0]) < 0);
}

static const char *value_of(const void *text, size_t size, const char *key)
{
	struct kofile_cursor cursor = { text, (const char *)text + size };

	return kofile_next_value(&cursor, key);
}

DEFINE_TEST(next_value__key__its_values_in_order)
{
	struct kofile_cursor cursor = { info, info + sizeof(info) };

	assert_string_equal(kofile_next_value(&cursor, "alias"), "x");
	assert_string_equal(kofile_next_value(&cursor, "alias"), "y");
	assert_null(kofile_next_value(&cursor, "alias"));
	assert_null(kofile_next_value(&cursor, "alias"));
}

DEFINE_TEST(next_value__no_such_key__null)
{
	assert_null(value_of(info, sizeof(info), "soft"));
	assert_null(value_of(info, sizeof(info), "dep"));
	assert_null(value_of(info, sizeof(info), "depends=a"));
	assert_null(value_of("", 0, "alias"));
}

/* The last string of a section may lack its NUL; what is read has one more behind it. */
DEFINE_TEST(next_value__last_string_has_no_end__read_all_the_same)
{
	static const char text[] = "name=x";
	static const struct fx_section sections[] = {
		{ .name = ".modinfo", .data = text, .size = sizeof(text) - 1 },
	};
	_cleanup_close_ int fd = OPEN_OBJECT(sections);
	_cleanup_free_ char *got = NULL;
	size_t size;

	assert_int_equal(kofile_read_info(fd, &got, &size), 0);
	assert_int_equal(size, 6);
	assert_string_equal(value_of(got, size, "name"), "x");
}

/* A module with all that strip has to mind. */
#define LINKABLE_SOURCE                                                          \
	".text\n"                                                                \
	".globl init\ninit: .long other - .\n.space 28\n"                        \
	".section .modinfo,\"a\"\n.asciz \"license=GPL\"\n.asciz \"depends=\"\n" \
	".section .data,\"aw\"\n.balign 64\nvalue: .quad init\n.globl value\n"   \
	".section .data.page,\"aw\"\n.balign 4096\n.byte 1\n"                    \
	".bss\n.balign 32\n.space 8192\n"                                        \
	".section .debug_info\ndi: .quad init\n.quad value\n.space 10000\n"      \
	".section .debug_line\n.quad di\n"                                       \
	".section .debug_str,\"MS\",%progbits,1\n.asciz \"a string\"\n"          \
	".section .debugger,\"a\"\n.asciz \"not a debug section\"\n"             \
	".section .BTF\n.asciz \"types\"\n"                                      \
	".section .text.group,\"axG\",%progbits,signature,comdat\n.long 3\n"     \
	".section .gnu.linkonce.this_module,\"aw\"\n.balign 64\n.quad init\n"    \
	".section .note.GNU-stack,\"\",%progbits\n"

/* And as -g3 has it; ld and objdump want no group of which a part is gone. */
#define FULL_SOURCE \
	LINKABLE_SOURCE ".section .debug_macro,\"G\",%progbits,macros,comdat\n.long 5\n"

static char *dir;

/* Made by the assembler: the file's path below @dir. */
static const char *assemble(const char *source)
{
	fx_write(dir, "/m.s", source);
	assert_int_equal(fx_shell("as -o %s/m.ko %s/m.s", dir, dir), 0);
	return fx_at(dir, "/m.ko");
}

static int open_assembled(const char *source)
{
	int fd = open(assemble(source), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* Stripped, as a file. */
static int open_stripped(int fd)
{
	_cleanup_free_ void *data = NULL;
	size_t size;

	assert_int_equal(kofile_strip(fd, &data, &size), 0);
	assert_non_null(data);
	return open_bytes(data, size);
}

static bool is_debug_name(const char *name)
{
	return starts_with(name, ".debug_") || starts_with(name, ".rela.debug_") ||
	       starts_with(name, ".rel.debug_");
}

static void assert_same_section(Elf *was, Elf *is, size_t i, size_t names)
{
	GElf_Shdr a, b;
	const char *name;
	Elf_Data *x, *y;

	assert_non_null(gelf_getshdr(elf_getscn(was, i), &a));
	assert_non_null(gelf_getshdr(elf_getscn(is, i), &b));
	name = elf_strptr(was, names, a.sh_name);
	assert_non_null(name);
	assert_string_equal(elf_strptr(is, names, b.sh_name), name);
	if (is_debug_name(name)) {
		assert_int_equal(b.sh_type, SHT_NULL);
		assert_int_equal(b.sh_size, 0);
		return;
	}
	if (a.sh_addralign > 1)
		assert_int_equal(b.sh_offset % a.sh_addralign, 0);
	a.sh_offset = b.sh_offset;
	assert_memory_equal(&a, &b, sizeof(a));
	x = elf_rawdata(elf_getscn(was, i), NULL);
	y = elf_rawdata(elf_getscn(is, i), NULL);
	if (!a.sh_size || a.sh_type == SHT_NOBITS)
		return;
	assert_int_equal(x->d_size, y->d_size);
	assert_memory_equal(x->d_buf, y->d_buf, x->d_size);
}

/* All but debug sections are what and where (by number) they were. */
static void assert_stripped(int before, int after)
{
	Elf *was, *is;
	size_t nr, nr_is, names;
	GElf_Ehdr a, b;

	elf_version(EV_CURRENT);
	was = elf_begin(before, ELF_C_READ, NULL);
	is = elf_begin(after, ELF_C_READ, NULL);
	assert_non_null(gelf_getehdr(was, &a));
	assert_non_null(gelf_getehdr(is, &b));
	a.e_shoff = b.e_shoff;
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(elf_getshdrnum(was, &nr), 0);
	assert_int_equal(elf_getshdrnum(is, &nr_is), 0);
	assert_int_equal(nr, nr_is);
	assert_int_equal(elf_getshdrstrndx(was, &names), 0);
	for (size_t i = 1; i < nr; i++)
		assert_same_section(was, is, i, names);
	elf_end(was);
	elf_end(is);
}

static void assert_strips(int before)
{
	_cleanup_close_ int after = open_stripped(before);

	assert_stripped(before, after);
	close(before);
}

DEFINE_TEST(strip__no_debug_sections__null)
{
	_cleanup_close_ int fd = OPEN_OBJECT(plain);
	void *data = dir;
	size_t size = 1;

	assert_int_equal(kofile_strip(fd, &data, &size), 0);
	assert_null(data);
}

DEFINE_TEST(strip__module_of_the_assembler__all_else_is_the_same)
{
	assert_strips(open_assembled(FULL_SOURCE));
}

DEFINE_TEST(strip__module_of_the_assembler__much_smaller)
{
	_cleanup_close_ int fd = open_assembled(FULL_SOURCE), after = open_stripped(fd);
	struct stat a, b;

	assert_int_equal(fstat(fd, &a), 0);
	assert_int_equal(fstat(after, &b), 0);
	assert_true(b.st_size + 10000 < a.st_size);
}

static void write_fd(int fd, const char *path)
{
	_cleanup_free_ char *data = NULL;
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	data = xmalloc((size_t)st.st_size);
	assert_int_equal(pread(fd, data, (size_t)st.st_size, 0), st.st_size);
	fx_write_bytes(dir, path, data, (size_t)st.st_size);
}

DEFINE_TEST(strip__result__readelf_and_modinfo_take_it)
{
	_cleanup_close_ int fd = open_assembled(FULL_SOURCE), after = open_stripped(fd);

	write_fd(after, "/stripped.ko");
	assert_int_equal(fx_shell("readelf -aW %s/stripped.ko > %s/out 2>&1", dir, dir),
			 0);
	assert_int_not_equal(fx_shell("grep -Ei 'warning|error|corrupt' %s/out", dir), 0);
	assert_int_equal(fx_shell("for f in m stripped; do readelf -sW %s/$f.ko |"
				  "grep -v '^File' > %s/$f.sym; done;"
				  "cmp %s/m.sym %s/stripped.sym",
				  dir, dir, dir, dir),
			 0);
	assert_int_equal(fx_shell("PATH=$PATH:/usr/sbin:/sbin;"
				  "test \"$(modinfo -F license %s/stripped.ko)\" = GPL",
				  dir),
			 0);
}

/* It reads all that there is. */
DEFINE_TEST(strip__result__the_linker_takes_it)
{
	_cleanup_close_ int fd = open_assembled(LINKABLE_SOURCE),
			    after = open_stripped(fd);

	write_fd(after, "/stripped.ko");
	assert_int_equal(fx_shell("ld -r -o %s/l.ko %s/stripped.ko", dir, dir), 0);
}

DEFINE_TEST(strip__twice__nothing_left_to_do)
{
	_cleanup_close_ int fd = open_assembled(FULL_SOURCE), once = open_stripped(fd);
	_cleanup_free_ void *second = NULL;
	size_t size;

	assert_int_equal(kofile_strip(once, &second, &size), 0);
	assert_null(second);
}

static const char word[64] = "0123456789";

static const struct fx_section odd[] = {
	{ .name = ".debug_info", .data = word, .size = 64 },
	{ .name = ".text", .data = word, .size = 33, .align = 16, .flags = SHF_ALLOC },
	{ .name = ".bss", .type = SHT_NOBITS, .claim = 1 << 30, .flags = SHF_ALLOC },
	{ .name = ".modinfo", .data = info, .size = sizeof(info), .flags = SHF_ALLOC },
	{ .name = ".debug_str", .data = word, .size = 10, .flags = SHF_MERGE },
	{ .name = ".rela.debug_info", .type = SHT_RELA, .data = word, .size = 24 },
	{ .name = ".rel.debug_info", .type = SHT_REL, .data = word, .size = 16 },
	{ .name = ".data", .data = word, .size = 64, .align = 64, .flags = SHF_WRITE },
	{ .name = ".unused", .type = FX_TYPE_NULL },
};

DEFINE_TEST(strip__other_class_or_byte_order__the_same)
{
	assert_strips(OPEN_OBJECT(odd));
	assert_strips(OPEN_OBJECT(odd, .narrow = true));
	assert_strips(OPEN_OBJECT(odd, .msb = true));
	assert_strips(OPEN_OBJECT(odd, .narrow = true, .msb = true));
}

/* What is loaded with the module is not for debuggers only, whatever it is called. */
DEFINE_TEST(strip__debug_section_that_is_loaded__kept)
{
	static const struct fx_section sections[] = {
		{ .name = ".debug_mine", .data = word, .size = 4, .flags = SHF_ALLOC },
	};

	assert_int_equal(strip(OPEN_OBJECT(sections)), 0);
}

DEFINE_TEST(strip__more_sections_than_16_bits_hold__the_same)
{
	size_t nr = 65400;
	_cleanup_free_ struct fx_section *sections = xcalloc(nr, sizeof(*sections));

	for (size_t i = 0; i < nr; i++)
		sections[i] = (struct fx_section){ .name = i % 2 ? ".debug_x" : ".t",
						   .data = word,
						   .size = 3 };
	assert_strips(
		open_object(&(const struct fx_object){ .sections = sections, .nr = nr }));
}

DEFINE_TEST(strip__more_than_65536_sections__ebadmsg)
{
	size_t nr = 65536;
	_cleanup_free_ struct fx_section *sections = xcalloc(nr, sizeof(*sections));

	for (size_t i = 0; i < nr; i++)
		sections[i] = (struct fx_section){ .name = ".debug_x" };
	assert_int_equal(strip(open_object(&(const struct fx_object){
				 .sections = sections, .nr = nr })),
			 -EBADMSG);
}

DEFINE_TEST(strip__signed__marker_is_gone)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;
	_cleanup_close_ int fd = -1, after = -1;

	bytes = fx_object_bytes(
		&(const struct fx_object){ .sections = odd, .nr = ARRAY_SIZE(odd) });
	strbuf_add(&bytes, word, sizeof(word));
	strbuf_adds(&bytes, MARKER);
	fd = open_bytes(bytes.buf, bytes.len);
	assert_true(kofile_is_signed(fd));
	after = open_stripped(fd);
	assert_false(kofile_is_signed(after));
	assert_stripped(fd, after);
}

DEFINE_TEST(is_signed__too_short_or_other_end__false)
{
	static const char *const texts[] = { "", "x", MARKER "x", "odule signature\n" };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_close_ int fd = open_bytes(texts[i], strlen(texts[i]));

		assert_false(kofile_is_signed(fd));
	}
}

DEFINE_TEST(strip__not_elf__enoexec)
{
	assert_int_equal(strip(open_bytes("", 0)), -ENOEXEC);
	assert_int_equal(strip(open_bytes("hello", 5)), -ENOEXEC);
}

DEFINE_TEST(both__no_sections__ebadmsg)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;

	bytes = fx_object_bytes(&(const struct fx_object){ 0 });
	/* e_shoff and all behind it */
	memset(bytes.buf + 40, 0, 64 - 40);
	assert_int_equal(strip(open_bytes(bytes.buf, 64)), -EBADMSG);
	assert_int_equal(read_info(open_bytes(bytes.buf, 64)), -EBADMSG);
}

DEFINE_TEST(both__sections_at_an_impossible_place__ebadmsg)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;

	bytes = fx_object_bytes(&(const struct fx_object){ 0 });
	memset(bytes.buf + offsetof(Elf64_Ehdr, e_shoff), 0xff, 8);
	assert_int_equal(strip(open_bytes(bytes.buf, bytes.len)), -EBADMSG);
	/* where the number of sections should be */
	memset(bytes.buf + offsetof(Elf64_Ehdr, e_shoff), 1, 1);
	memset(bytes.buf + offsetof(Elf64_Ehdr, e_shoff) + 1, 0, 7);
	memset(bytes.buf + offsetof(Elf64_Ehdr, e_shnum), 0, 2);
	assert_int_equal(strip(open_bytes(bytes.buf, bytes.len)), -EBADMSG);
}

DEFINE_TEST(strip__section_beyond_the_file__ebadmsg)
{
	const struct fx_section sections[][2] = {
		{ { .name = ".debug_info" }, { .name = ".text", .claim = 1 << 20 } },
		{ { .name = ".debug_info" }, { .name = ".text", .claim = UINT64_MAX } },
		{ { .name = ".debug_info" }, { .name = ".text", .offset = UINT64_MAX } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		assert_int_equal(strip(OPEN_OBJECT(sections[i])), -EBADMSG);
}

DEFINE_TEST(strip__alignment_makes_no_sense__ebadmsg)
{
	const struct fx_section sections[][2] = {
		{ { .name = ".debug_info" },
		  { .name = ".text", .type = SHT_NOBITS, .align = 3 } },
		{ { .name = ".debug_info" },
		  { .name = ".text", .type = SHT_NOBITS, .align = 1ULL << 63 } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		assert_int_equal(strip(OPEN_OBJECT(sections[i])), -EBADMSG);
}

/* The size of an unused section is nobody's, and must not count: it could wrap around. */
DEFINE_TEST(strip__unused_section_claims_a_size__no_overflow)
{
	static char big[8192];
	struct fx_section sections[] = {
		{ .name = ".text", .data = big, .size = sizeof(big) },
		{ .name = ".unused", .type = FX_TYPE_NULL },
		{ .name = ".debug_info" },
	};
	static const uint64_t claims[] = { UINT64_MAX - 8192 - 64 + 1, UINT64_MAX - 8192,
					   UINT64_MAX, 1 << 20 };

	for (size_t i = 0; i < ARRAY_SIZE(claims); i++) {
		int err;

		sections[1].claim = claims[i];
		err = strip(OPEN_OBJECT(sections));
		assert_true(err == 0 || err == -EBADMSG);
	}
}

/* Nobody looks for contents there, so its offset is checked by nobody. */
DEFINE_TEST(strip__section_0_is_in_use__ebadmsg)
{
	static const struct fx_section sections[] = { { .name = ".debug_info" } };
	static const struct fx_section first = { .offset = 1 << 20, .claim = 64 };

	assert_int_equal(strip(OPEN_OBJECT(sections, .first = &first)), -EBADMSG);
}

/* Cut short anywhere: an error or a result, but no access to what is not there. */
DEFINE_TEST(both__truncated_at_any_place__no_crash)
{
	_cleanup_close_ int full = open_assembled(FULL_SOURCE);
	_cleanup_free_ char *data = NULL;
	struct stat st;

	assert_int_equal(fstat(full, &st), 0);
	data = xmalloc((size_t)st.st_size);
	assert_int_equal(pread(full, data, (size_t)st.st_size, 0), st.st_size);
	for (size_t size = 0; size < (size_t)st.st_size; size += 64) {
		int err = strip(open_bytes(data, size));

		/* the headers of the sections stand at the end */
		assert_true(err == -EBADMSG || (err == -ENOEXEC && !size));
		err = read_info(open_bytes(data, size));
		assert_true(err == -EBADMSG || (err == -ENOEXEC && !size));
	}
}

/* Every byte of the headers wrong, in two ways. */
DEFINE_TEST(both__damaged_headers__no_crash)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;
	size_t table;

	bytes = fx_object_bytes(
		&(const struct fx_object){ .sections = odd, .nr = ARRAY_SIZE(odd) });
	table = bytes.len - (ARRAY_SIZE(odd) + 2) * sizeof(Elf64_Shdr);
	for (size_t i = SELFMAG; i < bytes.len; i++) {
		char was = bytes.buf[i];

		if (i == sizeof(Elf64_Ehdr))
			i = table;
		was = bytes.buf[i];
		bytes.buf[i] = (char)0xff;
		strip(open_bytes(bytes.buf, bytes.len));
		read_info(open_bytes(bytes.buf, bytes.len));
		bytes.buf[i] = (char)(was ^ 1);
		strip(open_bytes(bytes.buf, bytes.len));
		bytes.buf[i] = was;
	}
}

static int setup_group(void **state)
{
	(void)state;
	dir = fx_root();
	return 0;
}

static int teardown_group(void **state)
{
	(void)state;
	fx_remove(dir);
	return 0;
}

int main(void)
{
	return run_defined_tests(setup_group, teardown_group);
}
