// SPDX-License-Identifier: GPL-2.0-or-later
/* cpio: reading archives as the kernel would, good ones and damaged ones. */
#include "newc.h"

#include "image/cpio.h"
#include "lib/process.h"

/* All names of the archive @bytes, "a b c"; @err gets what ended it. Heap. */
static char *names_in(const struct strbuf *bytes, int *err)
{
	int fd = memory_file(bytes->buf, bytes->len);
	struct cpio_reader *reader = cpio_reader_new(fd);
	struct strbuf names = STRBUF_INIT;
	struct cpio_entry entry;

	while ((*err = cpio_read_next(reader, &entry)) > 0)
		strbuf_addf(&names, "%s%s", names.len ? " " : "", entry.name);
	/* who fails says why */
	assert_int_equal(*err == -EBADMSG, *cpio_reader_error(reader) != '\0');
	cpio_reader_free(reader);
	close(fd);
	return names.len ? strbuf_detach(&names) : xstrdup("");
}

static void assert_names(const struct strbuf *bytes, const char *expected)
{
	int err;
	_cleanup_free_ char *names = names_in(bytes, &err);

	assert_string_equal(names, expected);
	assert_int_equal(err, 0);
}

static void assert_damaged(const struct strbuf *bytes)
{
	int err;
	_cleanup_free_ char *names = names_in(bytes, &err);

	assert_int_equal(err, -EBADMSG);
}

static struct strbuf small_archive(const char *name, const char *text)
{
	struct strbuf bytes = STRBUF_INIT;

	newc_put(
		&bytes,
		&(const struct newc){ .name = "dir", .mode = S_IFDIR | 0755, .nlink = 2 },
		NULL);
	newc_put_file(&bytes, name, text);
	newc_put(
		&bytes,
		&(const struct newc){ .name = "link", .mode = S_IFLNK | 0777, .size = 6 },
		"target");
	newc_put_trailer(&bytes);
	return bytes;
}

DEFINE_TEST(cpio_read_next__fields__as_in_the_header)
{
	const struct newc e = {
		.name = "dev/x",
		.ino = 1,
		.mode = S_IFCHR | 0620,
		.uid = 2,
		.gid = 0xffffffff,
		.nlink = 4,
		.mtime = 5,
		.rdev_major = 6,
		.rdev_minor = 7,
	};
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;
	struct cpio_reader *reader;
	struct cpio_entry entry;
	int fd;

	newc_put(&bytes, &e, NULL);
	fd = memory_file(bytes.buf, bytes.len);
	reader = cpio_reader_new(fd);
	assert_int_equal(cpio_read_next(reader, &entry), 1);
	assert_string_equal(entry.name, "dev/x");
	assert_null(entry.target);
	assert_int_equal(entry.ino, 1);
	assert_int_equal(entry.mode, S_IFCHR | 0620);
	assert_int_equal(entry.uid, 2);
	assert_int_equal(entry.gid, 0xffffffff);
	assert_int_equal(entry.nlink, 4);
	assert_int_equal(entry.mtime, 5);
	assert_int_equal(entry.rdev_major, 6);
	assert_int_equal(entry.rdev_minor, 7);
	cpio_reader_free(reader);
	close(fd);
}

DEFINE_TEST(cpio_read_next__link__its_target)
{
	_cleanup_(strbuf_release) struct strbuf bytes = small_archive("file", "text");
	int fd = memory_file(bytes.buf, bytes.len);
	struct cpio_reader *reader = cpio_reader_new(fd);
	struct cpio_entry entry;

	for (int i = 0; i < 3; i++)
		assert_int_equal(cpio_read_next(reader, &entry), 1);
	assert_string_equal(entry.name, "link");
	assert_string_equal(entry.target, "target");
	assert_int_equal(cpio_read_next(reader, &entry), 0);
	cpio_reader_free(reader);
	close(fd);
}

DEFINE_TEST(cpio_read_next__empty_file__the_end)
{
	const struct strbuf empty = STRBUF_INIT;

	assert_names(&empty, "");
}

DEFINE_TEST(cpio_read_next__slashes__tidied)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;

	newc_put_file(&bytes, "a//b///c", "x");
	newc_put(&bytes, &(const struct newc){ .name = "d///", .mode = S_IFDIR }, NULL);
	newc_put_trailer(&bytes);
	assert_names(&bytes, "a/b/c d");
}

DEFINE_TEST(cpio_read_next__directory_with_slash__is_padding)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;
	struct cpio_reader *reader;
	struct cpio_entry entry;
	int fd;

	newc_put(&bytes, &(const struct newc){ .name = "d", .mode = S_IFDIR }, NULL);
	newc_put(&bytes, &(const struct newc){ .name = "d//", .mode = S_IFDIR }, NULL);
	newc_put_trailer(&bytes);
	fd = memory_file(bytes.buf, bytes.len);
	reader = cpio_reader_new(fd);
	assert_int_equal(cpio_read_next(reader, &entry), 1);
	assert_false(entry.padding);
	assert_int_equal(cpio_read_next(reader, &entry), 1);
	assert_true(entry.padding);
	cpio_reader_free(reader);
	close(fd);
}

DEFINE_TEST(cpio_read_next__archives_in_a_row__entries_of_all)
{
	_cleanup_(strbuf_release) struct strbuf bytes = small_archive("one", "x");
	_cleanup_(strbuf_release) struct strbuf second = small_archive("two", "y");

	strbuf_add(&bytes, second.buf, second.len);
	assert_names(&bytes, "dir one link dir two link");
}

DEFINE_TEST(cpio_read_next__zeros_around_archives__skipped)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;
	_cleanup_(strbuf_release) struct strbuf archive = small_archive("f", "x");

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 512; i++)
			strbuf_addch(&bytes, '\0');
		strbuf_add(&bytes, archive.buf, archive.len);
	}
	for (int i = 0; i < 1024; i++)
		strbuf_addch(&bytes, '\0');
	assert_names(&bytes, "dir f link dir f link");
}

DEFINE_TEST(cpio_read_next__crc_form__read)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;

	newc_put_file(&bytes, "f", "text");
	newc_put_trailer(&bytes);
	bytes.buf[5] = '2';
	assert_names(&bytes, "f");
}

static void assert_compressed(const char *program, const char *arguments)
{
	_cleanup_(strbuf_release) struct strbuf bytes = small_archive("one", "x");
	_cleanup_(strbuf_release) struct strbuf second = small_archive("two", "y");
	_cleanup_free_ char *found = process_find(program);
	char *root;
	int fd;

	if (!found) {
		print_message("# %s is not installed\n", program);
		skip();
	}
	root = fx_root();
	fx_write_bytes(root, "/two", second.buf, second.len);
	assert_int_equal(
		fx_shell("cd %s && %s %s < two > packed", root, program, arguments), 0);
	strbuf_release(&second);
	fd = open(fx_at(root, "/packed"), O_RDONLY);
	second = file_bytes(fd);
	close(fd);
	fx_remove(root);
	/* alone, and behind an archive that is not compressed */
	assert_names(&second, "dir two link");
	strbuf_add(&bytes, second.buf, second.len);
	assert_names(&bytes, "dir one link dir two link");
	/* and cut short */
	strbuf_setlen(&bytes, bytes.len - second.len / 2);
	assert_damaged(&bytes);
}

DEFINE_TEST(cpio_read_next__gzip_part__unpacked)
{
	assert_compressed("gzip", "-c");
}

DEFINE_TEST(cpio_read_next__xz_part__unpacked)
{
	assert_compressed("xz", "-c --check=crc32");
}

DEFINE_TEST(cpio_read_next__zstd_part__unpacked)
{
	assert_compressed("zstd", "-q -c");
}

/* What @command makes of the archive "two"; false when it is not installed. */
static bool pack_two(struct strbuf *packed, const char *command)
{
	_cleanup_(strbuf_release) struct strbuf two = small_archive("two", "y");
	_cleanup_free_ char *program = xstrndup(command, strcspn(command, " "));
	_cleanup_free_ char *found = process_find(program);
	char *root;
	int fd;

	if (!found)
		return false;
	root = fx_root();
	fx_write_bytes(root, "/two", two.buf, two.len);
	assert_int_equal(fx_shell("cd %s && %s < two > packed", root, command), 0);
	fd = open(fx_at(root, "/packed"), O_RDONLY);
	*packed = file_bytes(fd);
	close(fd);
	fx_remove(root);
	return true;
}

/* The kernel unpacks a stream and goes on behind it, whatever compressed that stream. */
DEFINE_TEST(cpio_read_next__behind_a_compressed_part__read)
{
	static const char *const commands[] = {
		"gzip -c",
		"bzip2 -c",
		"xz -c --check=crc32",
		"xz -c --check=sha256",
		"xz -c --check=none --block-size=64 -T2",
		"xz -c --check=crc32 --x86 --lzma2=preset=1",
		"xz -c --format=lzma",
		"lz4 -c -l",
		"zstd -q -c",
		"zstd -q -c -19 --no-check --no-content-size",
		"zstd -q -c --ultra -22 --check",
	};

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		_cleanup_(strbuf_release) struct strbuf bytes = small_archive("one", "x");
		_cleanup_(strbuf_release) struct strbuf packed = STRBUF_INIT;
		_cleanup_(strbuf_release) struct strbuf last = small_archive("3", "z");

		if (!pack_two(&packed, commands[i])) {
			print_message("# not installed: %s\n", commands[i]);
			continue;
		}
		strbuf_add(&bytes, packed.buf, packed.len);
		/* a header stands at a multiple of 4, and zeros bring it there */
		strbuf_add(&bytes, "\0\0\0\0\0\0\0", 4 + (-bytes.len & 3));
		strbuf_add(&bytes, last.buf, last.len);
		strbuf_add(&bytes, "\0\0\0\0", 4);
		/* and another part: at any place */
		strbuf_add(&bytes, "\0", 1);
		strbuf_add(&bytes, packed.buf, packed.len);
		assert_names(&bytes, "dir one link dir two link dir 3 link dir two link");
	}
}

/* What lengths of a part's own headers say is not believed. */
DEFINE_TEST(cpio_read_next__any_byte_of_a_part_damaged__survives)
{
	static const char *const commands[] = { "xz -c", "xz -c -T2 --block-size=64",
						"lz4 -c -l", "zstd -q -c" };

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		_cleanup_(strbuf_release) struct strbuf packed = STRBUF_INIT;

		if (!pack_two(&packed, commands[i]))
			continue;
		for (size_t at = 0; at < packed.len; at++) {
			char was = packed.buf[at];
			int err;

			for (int bits = 1; bits < 256; bits = bits * 3 + 1) {
				packed.buf[at] = (char)(was ^ bits);
				free(names_in(&packed, &err));
			}
			packed.buf[at] = was;
		}
	}
}

DEFINE_TEST(cpio_read_next__very_many_compressed_parts__read)
{
	/* four zeros, compressed, and four more behind them */
	static const char part[] = "\x1f\x8b\x08\0\0\0\0\0\0\xff\x63\x60\x60\x60\0\0"
				   "\x1c\xdf\x44\x21\x04\0\0\0\0\0\0\0";
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;
	_cleanup_(strbuf_release) struct strbuf last = small_archive("file", "x");

	for (int i = 0; i < 100000; i++)
		strbuf_add(&bytes, part, sizeof(part) - 1);
	while (bytes.len % 4)
		strbuf_addch(&bytes, '\0');
	strbuf_add(&bytes, last.buf, last.len);
	assert_names(&bytes, "dir file link");
}

DEFINE_TEST(cpio_read_next__header_at_an_odd_place__ebadmsg)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;
	_cleanup_(strbuf_release) struct strbuf archive = small_archive("file", "x");

	strbuf_add(&bytes, "\0\0\0\0\0", 5);
	strbuf_add(&bytes, archive.buf, archive.len);
	assert_damaged(&bytes);
}

/* A hole takes no time, a gibibyte of zeros not much. */
DEFINE_TEST(cpio_read_next__holes_of_any_size__passed_over)
{
	_cleanup_(strbuf_release) struct strbuf archive = small_archive("file", "x");
	int fd = memfd_create("test", MFD_CLOEXEC);
	struct cpio_reader *reader;
	struct cpio_entry entry;
	size_t nr = 0;

	assert_int_equal(pwrite(fd, archive.buf, archive.len, 1LL << 40),
			 (ssize_t)archive.len);
	assert_int_equal(ftruncate(fd, 1LL << 50), 0);
	reader = cpio_reader_new(fd);
	while (cpio_read_next(reader, &entry) > 0)
		nr++;
	assert_int_equal(nr, 3);
	assert_string_equal(cpio_reader_error(reader), "");
	cpio_reader_free(reader);
	close(fd);
}

DEFINE_TEST(cpio_read_next__cut_short_anywhere__ebadmsg)
{
	_cleanup_(strbuf_release) struct strbuf whole =
		small_archive("file", "some text");

	for (size_t size = 1; size < whole.len; size++) {
		const struct strbuf part = { .buf = whole.buf, .len = size };
		int err;
		_cleanup_free_ char *names = names_in(&part, &err);

		if (err != -EBADMSG)
			fail_msg("cut to %zu of %zu bytes: %d", size, whole.len, err);
	}
}

/* Nothing is expected but to survive, and that errors are of the two kinds. */
DEFINE_TEST(cpio_read_next__any_byte_damaged__survives)
{
	static const char values[] = { '\0', '0', 'f', '/', (char)0xff };
	_cleanup_(strbuf_release) struct strbuf bytes =
		small_archive("file", "some text");

	for (size_t i = 0; i < bytes.len; i++) {
		char good = bytes.buf[i];

		for (size_t v = 0; v < ARRAY_SIZE(values); v++) {
			int err;
			char *names;

			bytes.buf[i] = values[v];
			names = names_in(&bytes, &err);
			assert_true(err == 0 || err == -EBADMSG);
			free(names);
		}
		bytes.buf[i] = good;
	}
}

DEFINE_TEST(cpio_read_next__not_hexadecimal__ebadmsg)
{
	static const char bad[] = { 'g', ' ', '-', 'x', '\0' };

	/* each of the fields, first and last digit */
	for (size_t i = 6; i < 110; i += i % 8 == 6 ? 7 : 1) {
		for (size_t b = 0; b < ARRAY_SIZE(bad); b++) {
			_cleanup_(strbuf_release) struct strbuf bytes =
				small_archive("file", "x");

			bytes.buf[i] = bad[b];
			assert_damaged(&bytes);
		}
	}
}

static void set_name_size(struct strbuf *bytes, const char *digits)
{
	memcpy(bytes->buf + 6 + 8 * 11, digits, 8);
}

DEFINE_TEST(cpio_read_next__impossible_name_size__ebadmsg)
{
	static const char *const sizes[] = { "FFFFFFFF", "7fffffff", "00001001",
					     "00000000", "80000000" };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_(strbuf_release) struct strbuf bytes =
			small_archive("file", "x");

		set_name_size(&bytes, sizes[i]);
		assert_damaged(&bytes);
	}
}

DEFINE_TEST(cpio_read_next__name_without_end__ebadmsg)
{
	_cleanup_(strbuf_release) struct strbuf bytes = small_archive("file", "x");

	set_name_size(&bytes, "00000003");
	assert_damaged(&bytes);
}

DEFINE_TEST(cpio_read_next__data_beyond_the_end__ebadmsg)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;

	newc_put(&bytes,
		 &(const struct newc){
			 .name = "f", .mode = S_IFREG | 0644, .size = 0xffffffff },
		 NULL);
	newc_put_trailer(&bytes);
	assert_damaged(&bytes);
}

DEFINE_TEST(cpio_read_next__link_target_too_long__ebadmsg)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;
	_cleanup_free_ char *target = xcalloc(1, 5000);

	memset(target, 'x', 5000);
	newc_put(&bytes,
		 &(const struct newc){ .name = "l", .mode = S_IFLNK, .size = 5000 },
		 target);
	newc_put_trailer(&bytes);
	assert_damaged(&bytes);
}

DEFINE_TEST(cpio_read_next__garbage_behind__ebadmsg)
{
	_cleanup_(strbuf_release) struct strbuf bytes = small_archive("file", "x");
	int err;
	_cleanup_free_ char *names = NULL;

	strbuf_adds(&bytes, "garbage that is no archive");
	names = names_in(&bytes, &err);
	assert_string_equal(names, "dir file link");
	assert_int_equal(err, -EBADMSG);
}

DEFINE_TEST(cpio_read_next__no_archive__ebadmsg)
{
	static const char *const texts[] = {
		"x",
		"0707",
		"070707",
		"hello world, this is no archive",
		"#!/bin/sh\necho no archive\n",
		"\x1f\x8b",
		"\x1f\x8b and no gzip",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;

		strbuf_adds(&bytes, texts[i]);
		assert_damaged(&bytes);
	}
}

DEFINE_TEST(cpio_read_data__file__contents_with_a_nul)
{
	_cleanup_(strbuf_release) struct strbuf bytes = small_archive("file", "text");
	int fd = memory_file(bytes.buf, bytes.len);
	struct cpio_reader *reader = cpio_reader_new(fd);
	_cleanup_free_ char *data = NULL;
	struct cpio_entry entry;

	assert_int_equal(cpio_read_next(reader, &entry), 1);
	assert_int_equal(cpio_read_next(reader, &entry), 1);
	assert_int_equal(cpio_read_data(reader, 4, &data), 0);
	assert_string_equal(data, "text");
	/* what follows is still found */
	assert_int_equal(cpio_read_next(reader, &entry), 1);
	assert_string_equal(entry.name, "link");
	cpio_reader_free(reader);
	close(fd);
}

DEFINE_TEST(cpio_read_data__larger_than_limit__efbig_and_reading_goes_on)
{
	_cleanup_(strbuf_release) struct strbuf bytes = small_archive("file", "text");
	int fd = memory_file(bytes.buf, bytes.len);
	struct cpio_reader *reader = cpio_reader_new(fd);
	char *data = NULL;
	struct cpio_entry entry;

	assert_int_equal(cpio_read_next(reader, &entry), 1);
	assert_int_equal(cpio_read_next(reader, &entry), 1);
	assert_int_equal(cpio_read_data(reader, 3, &data), -EFBIG);
	assert_null(data);
	assert_int_equal(cpio_read_next(reader, &entry), 1);
	assert_string_equal(entry.name, "link");
	cpio_reader_free(reader);
	close(fd);
}

DEFINE_TEST(cpio_read_data__truncated__ebadmsg)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;
	struct cpio_reader *reader;
	struct cpio_entry entry;
	char *data = NULL;
	int fd;

	newc_put_file(&bytes, "f", "some text");
	fd = memory_file(bytes.buf, bytes.len - 8);
	reader = cpio_reader_new(fd);
	assert_int_equal(cpio_read_next(reader, &entry), 1);
	assert_int_equal(cpio_read_data(reader, 100, &data), -EBADMSG);
	cpio_reader_free(reader);
	close(fd);
}

/* What GNU cpio writes is read: another program's idea of the format. */
DEFINE_TEST(cpio_read_next__made_by_gnu_cpio__read)
{
	_cleanup_free_ char *program = process_find("cpio"), *names = NULL;
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;
	char *root;
	int fd, err;

	if (!program) {
		print_message("# cpio is not installed\n");
		skip();
	}
	root = fx_root();
	fx_write(root, "/in/a", "text");
	fx_symlink(root, "/in/b", "a");
	assert_int_equal(
		fx_shell("cd %s/in && printf 'a\\nb\\n' | cpio -o -H newc > ../x", root),
		0);
	fd = open(fx_at(root, "/x"), O_RDONLY);
	bytes = file_bytes(fd);
	close(fd);
	fx_remove(root);
	names = names_in(&bytes, &err);
	assert_string_equal(names, "a b");
	assert_int_equal(err, 0);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
