/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directories and the configuration that most commands begin with. */
#ifndef RAPIDO_SESSION_H
#define RAPIDO_SESSION_H

#include "conf/conf.h"
#include "lib/caller.h"

struct session {
	struct dirs dirs;
	struct conf conf;
};

/*
 * Read the directories and the configuration. 0, or a negative number after messages;
 * session_release() in either case. A ./rapido.conf that RAPIDO_CONF does not name and
 * that is not in RAPIDO_DIR must belong to the user or root, and so must its directory;
 * -EPERM if another user can write them.
 */
int session_init(struct session *session);
void session_release(struct session *session);

/*
 * The same for root, who acts for @caller: the configuration file must be trusted
 * wherever it is, see trust_check_file().
 */
int session_init_trusted(struct session *session, const struct caller *caller);

/*
 * The path of the image that `rapido boot` boots by default: the last one that was cut.
 * Heap.
 */
char *session_last_image(const struct session *session);

/* Remember @path as the last image. Failure is ignored. */
void session_set_last_image(const struct session *session, const char *path);

#endif
