/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By what rapido knows the bridges and TAP devices that it made: their alias, which root
 * alone can set and which goes with the device. It names the bridge that they are for,
 * and the bridge's says also in what state its uplink was taken.
 */
#ifndef RAPIDO_NET_MARK_H
#define RAPIDO_NET_MARK_H

#include "net/host/net-state.h"
#include "lib/str.h"

/* "rapido BRIDGE uplink DEVICE down" and its NUL. */
#define NET_MARK_TEXT 64

struct net_mark {
	char bridge[IFNAMSIZ];
	char uplink[IFNAMSIZ]; /* "": none */
	bool uplink_was_up;
};

/* False, and @mark empty, when @alias (may be NULL) is no mark. */
bool net_mark_parse(struct net_mark *mark, const char *alias);

/* @text has room for NET_MARK_TEXT bytes; it is returned. */
char *net_mark_text(const struct net_mark *mark, char *text);

/* Whether @link is the bridge @bridge, and rapido made it, be it without a mark yet; NULL
 * is not. */
bool net_mark_is_bridge(const struct net_link *link, const char *bridge);
/* Whether it is a TAP device that rapido made for @bridge. */
bool net_mark_is_tap(const struct net_link *link, const char *bridge);

/* Append the bridges for which there are devices that rapido made, each once. */
void net_mark_bridges(const struct net_state *state, struct strvec *bridges);

#endif
