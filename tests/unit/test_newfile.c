// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that are complete when they have their names. */
#include <dirent.h>

#include "fixture.h"
#include "lib/io.h"
#include "lib/newfile.h"

/* The file has just this in it. */
static void assert_text(const char *name, const char *text)
{
	_cleanup_free_ char *data = NULL;
	size_t size;

	assert_int_equal(io_read_file(AT_FDCWD, at(name), 4096, &data, &size), 0);
	assert_string_equal(data, text);
}

static unsigned int files_in(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned int nr = 0;

	for (const struct dirent *entry; (entry = readdir(d));)
		nr += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
	closedir(d);
	return nr;
}

static void write_new(struct newfile *file, const char *path)
{
	assert_int_equal(newfile_open(file, path, 0640), 0);
	assert_int_equal(write(file->fd, "new", 3), 3);
}

FIXTURE_TEST(newfile_commit__nothing_there__it_is)
{
	struct newfile file;
	struct stat st;

	put_dir("dir");
	write_new(&file, at("dir/file"));
	assert_int_equal(access(at("dir/file"), F_OK), -1);
	assert_int_equal(newfile_commit(&file), 0);
	newfile_release(&file);
	assert_text("dir/file", "new");
	assert_int_equal(stat(at("dir/file"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640 & ~io_umask());
	assert_int_equal(files_in(at("dir")), 1);
}

FIXTURE_TEST(newfile_commit__a_link_to_a_file__the_file_is_replaced)
{
	struct newfile file;

	put_file("dir/file", "old");
	assert_int_equal(symlink("file", at("dir/link")), 0);
	write_new(&file, at("dir/link"));
	assert_text("dir/file", "old");
	assert_int_equal(newfile_commit(&file), 0);
	newfile_release(&file);
	assert_text("dir/file", "new");
	assert_int_equal(files_in(at("dir")), 2);
}

FIXTURE_TEST(newfile_release__not_completed__nothing_has_changed)
{
	struct newfile file;

	put_file("dir/file", "old");
	write_new(&file, at("dir/file"));
	newfile_release(&file);
	assert_text("dir/file", "old");
	assert_int_equal(files_in(at("dir")), 1);
}

/* As on file systems without O_TMPFILE. */
FIXTURE_TEST(newfile_release__named_meanwhile__nothing_is_left)
{
	struct newfile file;

	put_dir("dir");
	write_new(&file, at("dir/file"));
	assert_int_equal(close(open(file.tmp, O_CREAT | O_WRONLY | O_CLOEXEC, 0600)), 0);
	file.named = true;
	newfile_release(&file);
	assert_int_equal(files_in(at("dir")), 0);
}

FIXTURE_TEST(newfile_open__a_device__itself)
{
	struct newfile file;
	struct stat st;

	assert_int_equal(newfile_open(&file, "/dev/null", 0600), 0);
	assert_int_equal(fstat(file.fd, &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(newfile_commit(&file), 0);
	newfile_release(&file);
}

FIXTURE_TEST(newfile_open__directory_or_none__the_reason)
{
	struct newfile file;

	assert_int_equal(newfile_open(&file, put_dir("dir"), 0600), -EISDIR);
	newfile_release(&file);
	assert_int_equal(newfile_open(&file, at("absent/file"), 0600), -ENOENT);
	newfile_release(&file);
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
