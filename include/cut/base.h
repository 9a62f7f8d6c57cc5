/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contents of every image: directories, init and its rc file, the settings, bash and
 * a few more programs, terminal descriptions.
 */
#ifndef RAPIDO_BASE_H
#define RAPIDO_BASE_H

#include "closure/closure.h"
#include "conf/conf.h"

/* If an image has it, init hands over to it. */
#define BASE_SYSTEMD "/usr/lib/systemd/systemd"

/* The reason of such entries. */
struct plan_reason base_reason(struct plan *plan);

/*
 * Add /bin, /lib and the like, which are links on some hosts. Must come before all other
 * entries, which then go where the links point.
 */
void base_add_layout(struct plan *plan, struct sysroot *root);

/*
 * Add the rest. Must come after the manifest's entries, which can so replace each of
 * these. @has_modules: the kernel may find modules that it asks modprobe for while it
 * starts.
 */
void base_add(struct plan *plan, struct sysroot *root, struct closure *closure,
	      const struct conf *conf, bool has_modules);

/*
 * Add the host's description of the terminal @name, a plain name. False if it has none
 * that can be read.
 */
bool base_add_terminal(struct plan *plan, struct sysroot *root, const char *name,
		       struct plan_reason reason);

/* Whether @word is a command that every image has to end the VM, which is not the host's.
 */
bool base_ends_vm(const char *word);

/* @name if its terminal description is in every image, else NULL. Static text. */
const char *base_terminal(const char *name);

#endif
