// SPDX-License-Identifier: GPL-2.0-or-later
/* Which modules contain KUnit tests. */
#include "kernel/kofile.h"
#include "kernel/kunit.h"

/* find_module_sections() in the kernel's kernel/module/main.c; the second since 6.9. */
static const char *const sections[] = { ".kunit_test_suites", ".kunit_init_test_suites" };

bool kunit_is_module(struct modcat *cat)
{
	_cleanup_(modcat_list_release) struct modcat_list list = { 0 };

	modcat_lookup(cat, "kunit", &list);
	return list.nr && list.v[0].path;
}

static bool has_tests(const char *path)
{
	_cleanup_close_ int fd = kofile_open(path);

	for (size_t i = 0; fd >= 0 && i < ARRAY_SIZE(sections); i++)
		if (kofile_has_section(fd, sections[i]) == 1)
			return true;
	return false;
}

void kunit_modules(struct modcat *cat, struct strvec *names)
{
	_cleanup_(modcat_list_release) struct modcat_list list = { 0 };
	bool by_name = !modcat_is_build(cat) && kunit_is_module(cat);

	modcat_users(cat, by_name ? "kunit" : NULL, &list);
	for (size_t i = 0; i < list.nr; i++)
		if (has_tests(list.v[i].path))
			strvec_push(names, list.v[i].name);
}
