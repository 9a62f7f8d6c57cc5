// SPDX-License-Identifier: GPL-2.0-or-later
/* elffile: what the dynamic linker is asked for, from good files and from bad ones. */
#include "elf_fixture.h"

#include <sys/mman.h>

#include "closure/elffile.h"

/* elf_file_read() of @size bytes. */
static int read_bytes(struct elf_file *elf, const void *data, size_t size)
{
	int fd = memfd_create("elf", MFD_CLOEXEC), err;

	assert_true(fd >= 0);
	assert_int_equal(io_write_all(fd, data, size), 0);
	err = elf_file_read(elf, fd);
	close(fd);
	return err;
}

static int read_spec(struct elf_file *elf, const struct fx_elf *spec)
{
	_cleanup_(strbuf_release) struct strbuf bytes = fx_elf_bytes(spec);

	return read_bytes(elf, bytes.buf, bytes.len);
}

DEFINE_TEST(elf_file_read__gcc_program_with_runpath__fields_are_found)
{
	char *root = fx_root();
	struct elf_file elf;
	int fd;

	fx_write(root, "/p.c", "int main(void) { return 0; }\n");
	if (fx_shell("cd %s && gcc -o p p.c -Wl,--enable-new-dtags,-rpath,/a:/b", root))
		fail_msg("gcc failed");
	fd = open(fx_at(root, "/p"), O_RDONLY);
	assert_int_equal(elf_file_read(&elf, fd), 0);
	assert_true(elf.dynamic);
	assert_non_null(elf.interp);
	assert_int_equal(elf.interp[0], '/');
	assert_string_equal(elf.runpath, "/a:/b");
	assert_null(elf.rpath);
	assert_true(elf.needed.nr >= 1);
	assert_true(elf_file_compatible(&elf, fd));
	elf_file_release(&elf);
	close(fd);
	fx_remove(root);
}

DEFINE_TEST(elf_file_read__gcc_program_with_rpath__rpath_is_found)
{
	char *root = fx_root();
	struct elf_file elf;
	int fd;

	fx_write(root, "/p.c", "int main(void) { return 0; }\n");
	if (fx_shell("cd %s && gcc -o p p.c -Wl,--disable-new-dtags,-rpath,/a", root))
		fail_msg("gcc failed");
	fd = open(fx_at(root, "/p"), O_RDONLY);
	assert_int_equal(elf_file_read(&elf, fd), 0);
	assert_string_equal(elf.rpath, "/a");
	assert_null(elf.runpath);
	elf_file_release(&elf);
	close(fd);
	fx_remove(root);
}

DEFINE_TEST(elf_file_read__all_tags__each_in_its_field)
{
	const struct fx_elf spec = {
		.interp = "/lib/ld.so",
		.soname = "libself.so.1",
		.rpath = "/r",
		.runpath = "/run",
		.auxiliary = "libaux.so",
		.filter = "libfilter.so",
		.needed = { "liba.so", "sub/libb.so" },
	};
	struct elf_file elf;

	assert_int_equal(read_spec(&elf, &spec), 0);
	assert_int_equal(elf.class, ELFCLASS64);
	assert_int_equal(elf.machine, EM_X86_64);
	assert_string_equal(elf.interp, "/lib/ld.so");
	assert_string_equal(elf.soname, "libself.so.1");
	assert_string_equal(elf.rpath, "/r");
	assert_string_equal(elf.runpath, "/run");
	assert_int_equal(elf.auxiliary.nr, 1);
	assert_string_equal(elf.auxiliary.v[0], "libaux.so");
	assert_int_equal(elf.needed.nr, 3);
	assert_true(strvec_has(&elf.needed, "libfilter.so"));
	assert_true(strvec_has(&elf.needed, "liba.so"));
	assert_true(strvec_has(&elf.needed, "sub/libb.so"));
	assert_false(elf.wants_unwinder);
	elf_file_release(&elf);
}

DEFINE_TEST(elf_file_read__32_bit__is_read)
{
	const struct fx_elf spec = { .class = ELFCLASS32,
				     .machine = EM_386,
				     .needed = { "libc.so.6" } };
	struct elf_file elf;

	assert_int_equal(read_spec(&elf, &spec), 0);
	assert_int_equal(elf.class, ELFCLASS32);
	assert_int_equal(elf.machine, EM_386);
	assert_string_equal(elf.needed.v[0], "libc.so.6");
	elf_file_release(&elf);
}

DEFINE_TEST(elf_file_read__big_endian__is_read)
{
	const struct fx_elf spec = { .machine = EM_S390,
				     .msb = true,
				     .needed = { "libc.so.6" } };
	struct elf_file elf;

	assert_int_equal(read_spec(&elf, &spec), 0);
	assert_int_equal(elf.machine, EM_S390);
	assert_string_equal(elf.needed.v[0], "libc.so.6");
	elf_file_release(&elf);
}

DEFINE_TEST(elf_file_read__static_program__is_not_dynamic)
{
	const struct fx_elf spec = { .not_dynamic = true };
	struct elf_file elf;

	assert_int_equal(read_spec(&elf, &spec), 0);
	assert_false(elf.dynamic);
	assert_null(elf.interp);
	assert_int_equal(elf.needed.nr, 0);
	elf_file_release(&elf);
}

DEFINE_TEST(elf_file_read__user_of_pthread_exit__wants_unwinder)
{
	const struct fx_elf exits = { .symbol = "pthread_exit" };
	const struct fx_elf other = { .symbol = "pthread_exit_not" };
	struct elf_file elf;

	assert_int_equal(read_spec(&elf, &exits), 0);
	assert_true(elf.wants_unwinder);
	elf_file_release(&elf);
	assert_int_equal(read_spec(&elf, &other), 0);
	assert_false(elf.wants_unwinder);
	elf_file_release(&elf);
}

DEFINE_TEST(elf_file_read__empty_or_script_or_short__enoexec)
{
	struct elf_file elf;

	assert_int_equal(read_bytes(&elf, "", 0), -ENOEXEC);
	assert_int_equal(read_bytes(&elf, "#!/bin/sh\n", 10), -ENOEXEC);
	assert_int_equal(read_bytes(&elf, "\177EL", 3), -ENOEXEC);
}

DEFINE_TEST(elf_file_read__magic_and_garbage__ebadmsg)
{
	char bytes[300];
	struct elf_file elf;

	memset(bytes, 0xff, sizeof(bytes));
	memcpy(bytes, ELFMAG, SELFMAG);
	assert_int_equal(read_bytes(&elf, bytes, sizeof(bytes)), -EBADMSG);
	assert_int_equal(read_bytes(&elf, ELFMAG, SELFMAG), -EBADMSG);
}

DEFINE_TEST(elf_file_read__directory__its_errno)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY);
	struct elf_file elf;

	assert_int_equal(elf_file_read(&elf, fd), -EISDIR);
	close(fd);
}

DEFINE_TEST(elf_file_read__cut_short_anywhere__error)
{
	const struct fx_elf spec = {
		.interp = FX_INTERP,
		.runpath = "/a",
		.needed = { "libc.so.6" },
	};
	_cleanup_(strbuf_release) struct strbuf bytes = fx_elf_bytes(&spec);
	struct elf_file elf;

	/* the string table ends the file, but for at most three bytes of padding */
	for (size_t size = 0; size + 4 < bytes.len; size++) {
		int err = read_bytes(&elf, bytes.buf, size);

		if (err != (size < SELFMAG ? -ENOEXEC : -EBADMSG))
			fail_msg("cut to %zu of %zu bytes: %d", size, bytes.len, err);
	}
}

/* Nothing is expected but to survive; sanitizers and valgrind look on. */
DEFINE_TEST(elf_file_read__any_byte_damaged__survives)
{
	const struct fx_elf spec = {
		.interp = FX_INTERP,
		.needed = { "libc.so.6" },
		.dlopen = "[{\"soname\":[\"libx.so\"]}]",
	};
	_cleanup_(strbuf_release) struct strbuf bytes = fx_elf_bytes(&spec);
	static const char values[] = { 0x00, 0x7f, (char)0x80, (char)0xff };
	struct elf_file elf;

	for (size_t i = 0; i < bytes.len; i++) {
		char good = bytes.buf[i];

		for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
			bytes.buf[i] = values[v];
			if (!read_bytes(&elf, bytes.buf, bytes.len))
				elf_file_release(&elf);
		}
		bytes.buf[i] = good;
	}
}

DEFINE_TEST(elf_file_read__string_offset_outside__ebadmsg)
{
	const struct fx_elf far = { .needed_at = 1ULL << 40 };
	const struct fx_elf end = { .symbol = "abc", .needed_at = 5 };
	struct elf_file elf;

	assert_int_equal(read_spec(&elf, &far), -EBADMSG);
	assert_int_equal(read_spec(&elf, &end), -EBADMSG);
}

DEFINE_TEST(elf_file_read__string_without_end__ebadmsg)
{
	/* the table is said to end within the name */
	const struct fx_elf spec = { .needed = { "libc.so.6" }, .strsz = 5 };
	struct elf_file elf;

	assert_int_equal(read_spec(&elf, &spec), -EBADMSG);
}

DEFINE_TEST(elf_file_read__empty_name__ebadmsg)
{
	const struct fx_elf spec = { .needed = { "" } };
	struct elf_file elf;

	assert_int_equal(read_spec(&elf, &spec), -EBADMSG);
}

DEFINE_TEST(elf_file_read__string_table_larger_than_file__ebadmsg)
{
	const struct fx_elf spec = { .needed = { "a" }, .strsz = 1 << 20 };
	const struct fx_elf huge = { .needed = { "a" }, .strsz = UINT64_MAX };
	struct elf_file elf;

	assert_int_equal(read_spec(&elf, &spec), -EBADMSG);
	assert_int_equal(read_spec(&elf, &huge), -EBADMSG);
}

DEFINE_TEST(elf_file_read__dlopen_note__priorities_are_told_apart)
{
	const struct fx_elf spec = {
		.dlopen = "[{\"soname\":[\"libreq.so.1\"],\"priority\":\"required\"},"
			  "{\"soname\":[\"librec.so.2\",\"librec.so.1\"],"
			  "\"priority\":\"recommended\",\"feature\":\"x\"},"
			  "{\"soname\":[\"libsug.so\"],\"priority\":\"suggested\"},"
			  "{\"soname\":[\"libdefault.so\"]}]",
	};
	struct elf_file elf;

	assert_int_equal(read_spec(&elf, &spec), 0);
	assert_int_equal(elf.nr_dlopen, 3);
	assert_true(elf.dlopen[0].required);
	assert_string_equal(elf.dlopen[0].sonames.v[0], "libreq.so.1");
	assert_false(elf.dlopen[1].required);
	assert_int_equal(elf.dlopen[1].sonames.nr, 2);
	assert_string_equal(elf.dlopen[1].sonames.v[1], "librec.so.1");
	assert_false(elf.dlopen[2].required);
	elf_file_release(&elf);
}

DEFINE_TEST(elf_file_read__note_of_another_owner__ignored)
{
	const struct fx_elf spec = { .dlopen = "[{\"soname\":[\"libx.so\"]}]",
				     .owner = "GNU" };
	struct elf_file elf;

	assert_int_equal(read_spec(&elf, &spec), 0);
	assert_int_equal(elf.nr_dlopen, 0);
	elf_file_release(&elf);
}

DEFINE_TEST(elf_file_read__damaged_dlopen_note__file_is_still_good)
{
	const struct fx_elf spec = { .needed = { "libc.so.6" },
				     .dlopen = "[{\"soname\":[\"libx" };
	struct elf_file elf;

	assert_int_equal(read_spec(&elf, &spec), 0);
	assert_int_equal(elf.nr_dlopen, 0);
	assert_string_equal(elf.needed.v[0], "libc.so.6");
	elf_file_release(&elf);
}

static int parse_note(const char *json, size_t *nr)
{
	struct elf_file elf = { 0 };
	int err = elf_parse_dlopen_note(&elf, json, strlen(json));

	*nr = elf.nr_dlopen;
	elf_file_release(&elf);
	return err;
}

DEFINE_TEST(elf_parse_dlopen_note__not_an_array__ebadmsg)
{
	static const char *const bad[] = {
		"",
		"{}",
		"1",
		"\"x\"",
		"null",
		"[",
		"[{\"soname\":",
		"]",
		"[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
	};
	size_t nr;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (parse_note(bad[i], &nr) != -EBADMSG || nr)
			fail_msg("accepted: %s", bad[i]);
}

DEFINE_TEST(elf_parse_dlopen_note__items_of_other_types__left_out)
{
	static const char *const odd[] = {
		"[]",
		"[1,\"x\",null,[],{}]",
		"[{\"soname\":\"libx.so\"}]",
		"[{\"soname\":null}]",
		"[{\"soname\":[\"a\"],\"priority\":null}]",
	};
	size_t nr;

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		assert_int_equal(parse_note(odd[i], &nr), 0);
		assert_int_equal(nr, 0);
	}
}

DEFINE_TEST(elf_file_compatible__other_class_or_machine__false)
{
	const struct fx_elf native = { .needed = { "a" } };
	const struct fx_elf narrow = { .class = ELFCLASS32, .machine = EM_X86_64 };
	const struct fx_elf arm = { .machine = EM_AARCH64 };
	const struct fx_elf *const specs[] = { &native, &narrow, &arm };
	struct elf_file elf;

	assert_int_equal(read_spec(&elf, &native), 0);
	for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
		_cleanup_(strbuf_release) struct strbuf bytes = fx_elf_bytes(specs[i]);
		int fd = memfd_create("elf", MFD_CLOEXEC);

		assert_int_equal(io_write_all(fd, bytes.buf, bytes.len), 0);
		assert_int_equal(elf_file_compatible(&elf, fd), specs[i] == &native);
		assert_int_equal(ftruncate(fd, 10), 0);
		assert_false(elf_file_compatible(&elf, fd));
		close(fd);
	}
	elf_file_release(&elf);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
