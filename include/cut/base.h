/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in every image: directories, init and its rc file, the settings, bash and a few
 * more programs, terminal descriptions.
 */
#ifndef RAPIDO_BASE_H
#define RAPIDO_BASE_H

#include "closure/closure.h"
#include "conf/conf.h"

/* The reason that such entries have. */
struct plan_reason base_reason(struct plan *plan);

/*
 * Before everything else: /bin, /lib and the like, which are links on some hosts, so that
 * what is added later goes where they point.
 */
void base_add_layout(struct plan *plan, struct sysroot *root);

/*
 * After the manifest, whose entries come first and so can replace each of these.
 * @has_modules: the booting kernel may find some that it asks modprobe for.
 */
void base_add(struct plan *plan, struct sysroot *root, struct closure *closure,
	      const struct conf *conf, bool has_modules);

/* @name if its terminal description is in every image, else NULL. Static text. */
const char *base_terminal(const char *name);

#endif
