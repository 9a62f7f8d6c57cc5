/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules with KUnit tests (the kernel's Documentation/dev-tools/kunit/). The kernel runs
 * the suites of a module when it is loaded; it finds them by a section of the module.
 */
#ifndef RAPIDO_KUNIT_H
#define RAPIDO_KUNIT_H

#include "kernel/modcat.h"

/*
 * Append the names of all modules in @cat that contain KUnit tests, in the catalogue's
 * order. If KUnit is a module itself, which @by_module then says, modules that do not
 * depend on it are not examined. Nor are files that cannot be read.
 */
void kunit_modules(struct modcat *cat, bool by_module, struct strvec *names);

/* Whether KUnit is a module of the kernel whose catalogue is @cat. */
bool kunit_is_module(struct modcat *cat);

#endif
