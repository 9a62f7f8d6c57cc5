/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes that move frames beside a VM: their surroundings, start and end. */
#ifndef RAPIDO_LAN_PROCESS_H
#define RAPIDO_LAN_PROCESS_H

#include "lib/util.h"

/*
 * Fork a process called @name, of at most 15 bytes, which calls @run with @data and ends
 * when that returns. @signals is a descriptor that can be read after SIGTERM, which the
 * kernel also sends when we end; other signals have their default actions. Of our
 * descriptors the process keeps standard error and the @nr in @keep alone, which are
 * sorted here; those that are -1 do not count. It has a session of its own.
 *
 * Returns its number or -errno.
 */
pid_t lan_process_start(const char *name, int *keep, size_t nr,
			void (*run)(void *data, int signals), void *data);

/* End the process @pid and reap it: SIGTERM, and SIGKILL after two seconds. */
void lan_process_stop(pid_t pid);

#endif
