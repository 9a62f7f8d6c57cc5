/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File capabilities (capabilities(7)). A newc archive cannot store them, so the image has
 * a list by which the guest's init sets them again.
 */
#ifndef RAPIDO_FILECAPS_H
#define RAPIDO_FILECAPS_H

#include "image/plan.h"
#include "lib/report.h"

/*
 * The list: a line for each file, the value of its extended attribute security.capability
 * in hexadecimal digits, a space and its path in the image. The guest's guest.h has the
 * name too.
 */
#define FILECAPS_LIST PLAN_RESOURCES "/capabilities"

/*
 * Add the list to the plan if any of its executable files has capabilities. Those that
 * cannot be read or listed are errors in the report.
 */
void filecaps_add(struct plan *plan, struct plan_reason reason, struct report *report);

#endif
