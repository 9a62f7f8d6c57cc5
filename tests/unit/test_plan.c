// SPDX-License-Identifier: GPL-2.0-or-later
/* plan: the list of an image's entries, and how each path is dealt with. */
#include "elf_fixture.h"

#include <sys/sysmacros.h>

#include "image/plan.h"

static const struct plan_reason asked = { -1, "asked for" };

static int setup(void **state)
{
	*state = xcalloc(1, sizeof(struct plan));
	return 0;
}

static int teardown(void **state)
{
	plan_release(*state);
	free(*state);
	return 0;
}

static int add_text(struct plan *plan, const char *path, const char *text)
{
	return plan_add_data(plan, path, 0644, text, strlen(text), asked);
}

static const struct plan_entry *entry_at(const struct plan *plan, const char *path)
{
	int index = plan_find(plan, path);

	assert_true(index >= 0);
	return &plan->entries[index];
}

static void assert_order(const struct plan *plan, const char *const *paths, size_t nr)
{
	assert_int_equal(plan->nr, nr);
	for (size_t i = 0; i < nr; i++)
		assert_string_equal(plan->entries[i].path, paths[i]);
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, teardown)

TEST(plan_add__nested_path__parents_stand_before)
{
	static const char *const paths[] = { "/a", "/a/b", "/a/b/c", "/a/d" };
	struct plan *plan = *state;

	assert_int_equal(add_text(plan, "/a/b/c", "x"), 2);
	assert_int_equal(add_text(plan, "/a/d", "x"), 3);
	assert_order(plan, paths, ARRAY_SIZE(paths));
	assert_int_equal(plan->entries[0].kind, PLAN_DIR);
	assert_int_equal(plan->entries[0].mode, 0755);
	assert_true(plan->entries[0].implied);
	assert_false(plan->entries[2].implied);
}

TEST(plan_add__same_path_twice__first_wins)
{
	struct plan *plan = *state;

	assert_int_equal(add_text(plan, "/x", "one"), 0);
	assert_int_equal(add_text(plan, "/x", "second"), 0);
	assert_int_equal(plan_add_link(plan, "/x", "/y", asked), 0);
	assert_int_equal(plan->nr, 1);
	assert_int_equal(plan->entries[0].size, 3);
	assert_memory_equal(plan->entries[0].data, "one", 3);
}

TEST(plan_add__path_not_clean__is_cleaned)
{
	struct plan *plan = *state;

	assert_int_equal(add_text(plan, "a//b/./c/../d/", "x"), 2);
	assert_string_equal(plan->entries[2].path, "/a/b/d");
	assert_int_equal(plan_find(plan, "/a/b/d"), 2);
	assert_int_equal(plan_find(plan, "//a/x/../b/d"), 2);
}

TEST(plan_add__root__is_left_out)
{
	struct plan *plan = *state;

	assert_int_equal(plan_add_dir(plan, "/", 0755, asked), PLAN_FILTERED);
	assert_int_equal(plan_add_dir(plan, "/a/..", 0755, asked), PLAN_FILTERED);
	assert_int_equal(plan->nr, 0);
}

TEST(plan_add__through_relative_link__lands_at_the_target)
{
	static const char *const paths[] = { "/lib", "/usr", "/usr/lib", "/usr/lib/x" };
	struct plan *plan = *state;

	plan_add_link(plan, "/lib", "usr/lib", asked);
	assert_int_equal(add_text(plan, "/lib/x", "x"), 3);
	assert_int_equal(add_text(plan, "/usr/lib/x", "y"), 3);
	assert_order(plan, paths, ARRAY_SIZE(paths));
	assert_int_equal(plan_find(plan, "/lib/x"), 3);
}

TEST(plan_add__through_absolute_link_and_dotdot__lands_at_the_target)
{
	struct plan *plan = *state;

	plan_add_link(plan, "/a/b", "/c/d", asked);
	plan_add_link(plan, "/c/d/up", "../e", asked);
	add_text(plan, "/a/b/up/x", "x");
	assert_string_equal(entry_at(plan, "/c/e/x")->path, "/c/e/x");
	assert_int_equal(plan_find(plan, "/a/b/up/x"), plan_find(plan, "/c/e/x"));
}

TEST(plan_add__link_itself__not_followed)
{
	struct plan *plan = *state;

	plan_add_link(plan, "/x", "/y", asked);
	add_text(plan, "/x", "text");
	assert_int_equal(plan->nr, 1);
	assert_int_equal(plan->entries[0].kind, PLAN_LINK);
}

TEST(plan_add__circular_links__eloop)
{
	struct plan *plan = *state;

	plan_add_link(plan, "/a", "b", asked);
	plan_add_link(plan, "/b", "a", asked);
	assert_int_equal(add_text(plan, "/a/x", "x"), -ELOOP);
	assert_int_equal(plan_find(plan, "/a/x"), -1);
}

TEST(plan_add__below_a_file__enotdir)
{
	struct plan *plan = *state;

	add_text(plan, "/a", "x");
	assert_int_equal(add_text(plan, "/a/b", "x"), -ENOTDIR);
	assert_int_equal(add_text(plan, "/a/b/c", "x"), -ENOTDIR);
	assert_int_equal(plan->nr, 1);
}

TEST(plan_add__below_a_link_to_a_file__enotdir)
{
	struct plan *plan = *state;

	add_text(plan, "/file", "x");
	plan_add_link(plan, "/link", "file", asked);
	assert_int_equal(add_text(plan, "/link/x", "x"), -ENOTDIR);
}

TEST(plan_add__too_long__enametoolong)
{
	struct plan *plan = *state;
	char path[PATH_MAX + 1];

	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = i % 100 ? 'a' : '/';
	path[PATH_MAX] = '\0';
	assert_int_equal(add_text(plan, path, "x"), -ENAMETOOLONG);
	path[PATH_MAX - 2] = '\0';
	assert_true(add_text(plan, path, "x") >= 0);
}

TEST(plan_add__implied_directory_asked_for_later__takes_its_mode)
{
	struct plan *plan = *state;

	add_text(plan, "/tmp/x", "x");
	assert_int_equal(plan_add_dir(plan, "/tmp", 01777, asked), 0);
	assert_int_equal(plan->entries[0].mode, 01777);
	assert_false(plan->entries[0].implied);
	plan_add_dir(plan, "/tmp", 0700, asked);
	assert_int_equal(plan->entries[0].mode, 01777);
}

TEST(plan_filter__path__it_and_what_is_below_stay_out)
{
	struct plan *plan = *state;

	plan_filter(plan, "/usr/share/");
	assert_int_equal(add_text(plan, "/usr/share", "x"), PLAN_FILTERED);
	assert_int_equal(add_text(plan, "/usr/share/doc/x", "x"), PLAN_FILTERED);
	assert_int_equal(plan_add_dir(plan, "/usr/share/doc", 0755, asked),
			 PLAN_FILTERED);
	assert_int_equal(plan->nr, 0);
	assert_true(add_text(plan, "/usr/shared", "x") >= 0);
}

TEST(plan_filter__path_through_link__stays_out_by_either_name)
{
	struct plan *plan = *state;

	plan_add_link(plan, "/lib", "usr/lib", asked);
	plan_filter(plan, "/usr/lib/x");
	plan_filter(plan, "/lib/y");
	assert_int_equal(add_text(plan, "/lib/x", "x"), PLAN_FILTERED);
	assert_int_equal(add_text(plan, "/lib/y", "x"), PLAN_FILTERED);
	assert_true(add_text(plan, "/lib/z", "x") >= 0);
}

TEST(plan_filter__added_before__is_still_there)
{
	struct plan *plan = *state;

	add_text(plan, "/a", "x");
	plan_filter(plan, "/a");
	assert_int_equal(plan_find(plan, "/a"), 0);
}

TEST(plan_add_data__callers_buffer_changes__plan_has_its_own)
{
	struct plan *plan = *state;
	char path[] = "/file", text[] = "text";

	add_text(plan, path, text);
	memset(path, 'X', sizeof(path) - 1);
	memset(text, 'X', sizeof(text) - 1);
	assert_string_equal(plan->entries[0].path, "/file");
	assert_memory_equal(plan->entries[0].data, "text", 4);
}

TEST(plan_add_data__binary__all_bytes_are_kept)
{
	struct plan *plan = *state;

	plan_add_data(plan, "/file", 0600, "a\0b\0c", 5, asked);
	assert_int_equal(plan->entries[0].size, 5);
	assert_memory_equal(plan->entries[0].data, "a\0b\0c", 5);
}

TEST(plan_add_data__generated__roots_and_of_1970)
{
	struct plan *plan = *state;

	add_text(plan, "/file", "x");
	assert_int_equal(plan->entries[0].uid, 0);
	assert_int_equal(plan->entries[0].gid, 0);
	assert_int_equal(plan->entries[0].mtime, 0);
}

TEST(plan_add_device__number__is_kept)
{
	struct plan *plan = *state;

	plan_add_device(plan, "/dev/console", 0600, makedev(5, 1), asked);
	assert_int_equal(entry_at(plan, "/dev/console")->kind, PLAN_DEVICE);
	assert_int_equal(entry_at(plan, "/dev/console")->dev, makedev(5, 1));
}

static const struct stat source = {
	.st_mode = S_IFREG | 04750,
	.st_uid = 12,
	.st_gid = 34,
	.st_size = 99,
	.st_nlink = 1,
	.st_ino = 77,
	.st_mtim = { .tv_sec = 1000, .tv_nsec = 5 },
};

TEST(plan_add_file__as_it_is__owner_mode_and_time_of_the_source)
{
	struct plan *plan = *state;

	plan_add_file(plan, "/f", 3, "/src", &source, false, asked);
	assert_int_equal(plan->entries[0].mode, 04750);
	assert_int_equal(plan->entries[0].uid, 12);
	assert_int_equal(plan->entries[0].gid, 34);
	assert_int_equal(plan->entries[0].mtime, 1000);
	assert_int_equal(plan->entries[0].size, 99);
	assert_int_equal(plan->entries[0].root, 3);
	assert_string_equal(plan->entries[0].text, "/src");
	assert_int_equal(plan->entries[0].ino, 0);
}

TEST(plan_add_file__normalised__roots_and_of_1970)
{
	struct plan *plan = *state;
	struct stat st = source;

	st.st_nlink = 2;
	plan_add_file(plan, "/f", 3, "/src", &st, true, asked);
	st.st_mode = S_IFREG | 0640;
	plan_add_file(plan, "/g", 3, "/src", &st, true, asked);
	assert_int_equal(plan->entries[0].mode, 0755);
	assert_int_equal(plan->entries[1].mode, 0644);
	assert_int_equal(plan->entries[0].uid, 0);
	assert_int_equal(plan->entries[0].mtime, 0);
	assert_int_equal(plan->entries[0].ino, 0);
	/* what is needed to notice a change stays */
	assert_int_equal(plan->entries[0].source_mtime.tv_sec, 1000);
}

TEST(plan_add_file__several_names__the_file_is_remembered)
{
	struct plan *plan = *state;
	struct stat st = source;

	st.st_nlink = 2;
	plan_add_file(plan, "/f", 3, "/src", &st, false, asked);
	assert_int_equal(plan->entries[0].ino, 77);
}

TEST(plan_intern__repeated_text__is_shared)
{
	struct plan *plan = *state;
	char text[] = "because";
	const char *first = plan_intern(plan, text);

	assert_ptr_not_equal(first, text);
	assert_ptr_equal(plan_intern(plan, "because"), first);
	assert_string_not_equal(plan_intern(plan, "other"), first);
}

TEST(plan_chain__files_and_links__links_are_not_named)
{
	struct plan *plan = *state;
	_cleanup_free_ char *chain = NULL;
	int prog = add_text(plan, "/usr/bin/prog", "x");
	int link = plan_add_link(plan, "/usr/lib/liba.so", "liba.so.1",
				 (struct plan_reason){ prog, "needs" });
	int lib = plan_add_data(plan, "/usr/lib/liba.so.1", 0644, "x", 1,
				(struct plan_reason){ link, "target" });
	int other = plan_add_data(plan, "/usr/lib/libb.so", 0644, "x", 1,
				  (struct plan_reason){ lib, "needs" });

	chain = plan_chain(plan, other);
	assert_string_equal(chain, "prog -> liba.so.1 -> libb.so");
}

TEST(plan_chain__only_a_link__is_named)
{
	struct plan *plan = *state;
	_cleanup_free_ char *chain =
		plan_chain(plan, plan_add_link(plan, "/a", "b", asked));

	assert_string_equal(chain, "a");
}

TEST(plan_chain__nothing__empty)
{
	_cleanup_free_ char *chain = plan_chain(*state, -1);

	assert_string_equal(chain, "");
}

TEST(plan_find__not_there__minus_one)
{
	struct plan *plan = *state;

	add_text(plan, "/a/b", "x");
	assert_int_equal(plan_find(plan, "/a/c"), -1);
	assert_int_equal(plan_find(plan, "/a/b/c"), -1);
	assert_int_equal(plan_find(plan, "/"), -1);
}

TEST(plan_add__many_entries__all_are_found)
{
	struct plan *plan = *state;

	for (int i = 0; i < 3000; i++) {
		_cleanup_free_ char *path = xasprintf("/d%d/f%d", i % 50, i);

		assert_true(add_text(plan, path, "x") >= 0);
	}
	assert_int_equal(plan->nr, 3050);
	for (int i = 0; i < 3000; i++) {
		_cleanup_free_ char *path = xasprintf("/d%d/f%d", i % 50, i);

		assert_string_equal(entry_at(plan, path)->path, path);
	}
}

static bool is_not(struct plan_entry *entry, void *path)
{
	if (streq(entry->path, "/c"))
		entry->mode = 0600;
	return !streq(entry->path, path);
}

TEST(plan_keep__others__are_gone_and_can_be_added_again)
{
	struct plan *plan = *state;
	int b;

	add_text(plan, "/a", "x");
	b = add_text(plan, "/b", "x");
	add_text(plan, "/c", "x");
	plan->entries[2].by = 0;
	plan->entries[0].by = b;
	plan_keep(plan, is_not, (char *)"/b");
	assert_int_equal(plan->nr, 2);
	assert_int_equal(plan_find(plan, "/b"), -1);
	assert_int_equal(plan_find(plan, "/c"), 1);
	assert_string_equal(plan->entries[1].path, "/c");
	assert_int_equal(plan->entries[1].mode, 0600);
	assert_int_equal(plan->entries[1].by, 0);
	assert_int_equal(plan->entries[0].by, -1);
	assert_int_equal(add_text(plan, "/b", "y"), 2);
	assert_int_equal(plan_find(plan, "/b"), 2);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
