/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Relays the frames of `rapido exec` between its connections and the guest of a VM. Both
 * make room for what the other may send, so that little is queued here, and neither is
 * trusted to keep to it.
 */
#ifndef RAPIDO_EXEC_RELAY_H
#define RAPIDO_EXEC_RELAY_H

#include "vm/downlink.h"

/* Its insides are exec-relay.c's. */
struct exec_relay;

/* @link is borrowed. Until exec_relay_open(), commands wait. */
struct exec_relay *exec_relay_new(struct downlink *link);
/* Harmless for NULL. */
void exec_relay_free(struct exec_relay *relay);

/*
 * Serve the connection @fd of control_take_exec(), which becomes the relay's. The first
 * thing that it gets is the answer to its request; then frames go both ways.
 */
void exec_relay_add(struct exec_relay *relay, int fd);

/* The guest listens from now on. */
void exec_relay_open(struct exec_relay *relay);
/* The guest does not listen any more, or will not: all commands are refused for this
 * reason, those that run, too. It may be opened again. */
void exec_relay_close(struct exec_relay *relay, const char *why);

/* The descriptor to poll for POLLIN, -1 for NULL. */
int exec_relay_fd(const struct exec_relay *relay);
/* Read and write what is possible without waiting; call it also when the link has taken
 * some of what was queued. It does a bounded amount of work. */
void exec_relay_work(struct exec_relay *relay);

/* A frame from the guest: 1; 0 if it is about something else; -EPROTO if it makes no
 * sense. */
int exec_relay_frame(struct exec_relay *relay, const struct wire_frame *frame);

#endif
