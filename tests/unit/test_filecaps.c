// SPDX-License-Identifier: GPL-2.0-or-later
/* filecaps: the list that init sets file capabilities by. Setting some takes root. */
#include <linux/capability.h>
#include <linux/xattr.h>
#include <sys/xattr.h>

#include "elf_fixture.h"

#include "cut/filecaps.h"
#include "closure/sysroot.h"

struct env {
	char *dir;
	struct sysroot root;
	struct plan plan;
	struct report report;
};

static const struct plan_reason asked = { -1, "asked for" };

static int setup(void **state)
{
	struct env *env = xcalloc(1, sizeof(*env));

	env->dir = fx_root();
	assert_int_equal(sysroot_init(&env->root, env->dir), 0);
	*state = env;
	return 0;
}

static int teardown(void **state)
{
	struct env *env = *state;

	plan_release(&env->plan);
	report_release(&env->report);
	sysroot_release(&env->root);
	fx_remove(env->dir);
	free(env);
	return 0;
}

static void add(struct env *env, const char *path, mode_t mode)
{
	struct stat st;

	fx_write(env->dir, path, "text");
	assert_int_equal(chmod(fx_at(env->dir, path), mode), 0);
	assert_int_equal(stat(fx_at(env->dir, path), &st), 0);
	plan_add_file(&env->plan, path, env->root.fd, path, &st, false, asked);
}

/* @magic is that of the revision and the flags; where they cannot be set, a skip. */
static void give(struct env *env, const char *path, uint32_t magic, size_t size)
{
	struct vfs_ns_cap_data value = {
		.magic_etc = htole32(magic),
		.data[0].permitted = htole32(1U << CAP_NET_RAW),
		.rootid = htole32(1000),
	};

	if (setxattr(fx_at(env->dir, path), XATTR_NAME_CAPS, &value, size, 0) < 0)
		skip();
}

/* Heap, or NULL. */
static char *list(struct env *env)
{
	const struct plan_entry *e;
	int index;

	filecaps_add(&env->plan, asked, &env->report);
	index = plan_find(&env->plan, IMAGE_CAPABILITIES);
	if (index < 0)
		return NULL;
	e = &env->plan.entries[index];
	return xstrndup(e->data, e->size);
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, teardown)

TEST(filecaps_add__no_file_has_any__no_list)
{
	struct env *env = *state;

	add(env, "/usr/bin/plain", 0755);
	add(env, "/etc/data", 0644);
	assert_null(list(env));
	assert_int_equal(env->report.errors.nr, 0);
}

TEST(filecaps_add__both_revisions__values_as_they_are)
{
	struct env *env = *state;
	_cleanup_free_ char *text = NULL;

	add(env, "/usr/bin/plain", 0755);
	add(env, "/usr/bin/a name", 0755);
	add(env, "/usr/bin/mine", 0755);
	give(env, "/usr/bin/a name", VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE,
	     XATTR_CAPS_SZ_2);
	give(env, "/usr/bin/mine", VFS_CAP_REVISION_3, XATTR_CAPS_SZ_3);
	text = list(env);
	assert_string_equal(text,
			    "0100000200200000000000000000000000000000 /usr/bin/a name\n"
			    "0000000300200000000000000000000000000000e8030000 "
			    "/usr/bin/mine\n");
	assert_int_equal(env->report.errors.nr, 0);
}

TEST(filecaps_add__name_with_a_newline__error)
{
	struct env *env = *state;

	add(env, "/odd\nname", 0755);
	give(env, "/odd\nname", VFS_CAP_REVISION_2, XATTR_CAPS_SZ_2);
	assert_null(list(env));
	assert_int_equal(env->report.errors.nr, 1);
	assert_non_null(strstr(env->report.errors.v[0], "capabilities"));
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
