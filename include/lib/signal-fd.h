/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals as something to poll for, beside other descriptors. */
#ifndef RAPIDO_SIGNAL_FD_H
#define RAPIDO_SIGNAL_FD_H

#include <signal.h>

/* So many kinds of signals can be pending at once, without @more. */
#define SIGNAL_FD_KINDS 5

/*
 * Block SIGCHLD and the signals that end us, and @more if that is not 0, to get them
 * through a descriptor of signalfd(2), non-blocking, which is returned and is the
 * caller's; or -errno. One that ends us and that the caller had ignored, as nohup(1)
 * does, stays ignored. @before gets the mask to restore.
 */
int signal_fd_open(sigset_t *before, int more);

#endif
