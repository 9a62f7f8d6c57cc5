/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TAP devices for tests, in a network namespace that the test has made. */
#ifndef RAPIDO_TESTS_TAP_FIXTURE_H
#define RAPIDO_TESTS_TAP_FIXTURE_H

#include <unistd.h>

#include "net/tun.h"

/* The persistent TAP device @name of the user @owner. 0 or -errno. */
static inline int put_tap(const char *name, uid_t owner)
{
	_cleanup_close_ int fd = tun_make(name, owner);

	return fd < 0 ? fd : tun_keep(fd);
}

#endif
