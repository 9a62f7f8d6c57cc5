/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How rapido recognises the bridges and TAP devices that it made: by their alias, which
 * only root can set and which lives as long as the device. It names the bridge that the
 * device is for. A bridge's alias also names its uplink, and says whether that was up
 * before.
 */
#ifndef RAPIDO_NET_MARK_H
#define RAPIDO_NET_MARK_H

#include "net/host/net-state.h"
#include "lib/str.h"

/* "rapido BRIDGE uplink DEVICE down" and its NUL. */
#define NET_MARK_TEXT 64

struct net_mark {
	char bridge[IFNAMSIZ];
	char uplink[IFNAMSIZ]; /* "" if there is none */
	bool uplink_was_up;
};

/* Parse @alias (may be NULL); false, and @mark empty, if it is not a mark. */
bool net_mark_parse(struct net_mark *mark, const char *alias);

/* @text has room for NET_MARK_TEXT bytes; it is returned. */
char *net_mark_text(const struct net_mark *mark, char *text);

/* Whether @link (may be NULL) is the bridge @bridge and rapido made it, even if it was
 * interrupted before it could set the mark. */
bool net_mark_is_bridge(const struct net_link *link, const char *bridge);
/* Whether @link (may be NULL) is a TAP device that rapido made for @bridge. */
bool net_mark_is_tap(const struct net_link *link, const char *bridge);

/* Append the bridges for which rapido has made devices, each once. */
void net_mark_bridges(const struct net_state *state, struct strvec *bridges);

#endif
