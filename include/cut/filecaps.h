/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File capabilities (capabilities(7)). A newc archive cannot store them, so the image has
 * a list by which the guest's init sets them again.
 */
#ifndef RAPIDO_FILECAPS_H
#define RAPIDO_FILECAPS_H

#include "image/plan.h"
#include "lib/report.h"
#include "lib/wire.h"

/*
 * Add IMAGE_CAPABILITIES to the plan: a line for each file, the value of its extended
 * attribute security.capability in hexadecimal digits, a space and its path in the image.
 * Nothing is added if no executable file of the plan has capabilities. Those that cannot
 * be read or listed are errors in the report.
 */
void filecaps_add(struct plan *plan, struct plan_reason reason, struct report *report);

#endif
