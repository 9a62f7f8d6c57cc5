/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker's side: `rapido worker`. */
#ifndef RAPIDO_SERVE_H
#define RAPIDO_SERVE_H

#include "conf/session.h"

/*
 * Serve the rapido at the other end of the descriptors @in and @out, until it hangs up:
 * run its VMs, one at a time. On return no VM is left. Returns the exit status.
 */
int worker_serve(const struct session *session, int in, int out);

#endif
