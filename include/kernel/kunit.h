/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules with KUnit tests (the kernel's Documentation/dev-tools/kunit/). The kernel runs
 * the suites of a module when it is loaded; it finds them by a section of the module.
 */
#ifndef RAPIDO_KUNIT_H
#define RAPIDO_KUNIT_H

#include "kernel/modcat.h"

/* Whether KUnit is a module of the kernel whose catalogue is @cat. */
bool kunit_is_module(struct modcat *cat);

/*
 * Append the names of all modules in @cat that contain KUnit tests, in the catalogue's
 * order. Of an installed kernel that has KUnit as a module, only modules that depend on
 * it are examined, since there are thousands, and compressed. Files that cannot be read
 * are left out.
 */
void kunit_modules(struct modcat *cat, struct strvec *names);

#endif
