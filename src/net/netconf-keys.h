/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which names systemd.network(5) knows, and which one somebody meant. */
#ifndef RAPIDO_NETCONF_KEYS_H
#define RAPIDO_NETCONF_KEYS_H

#include "lib/str.h"

bool netconf_section_is_known(const char *section);
bool netconf_key_is_known(const char *section, const char *key);

/* The first section that has @key, or NULL. Static text. */
const char *netconf_key_home(const char *key);

/* The section that is a typing error or two away from @section, or NULL. Static text. */
const char *netconf_section_nearest(const char *section);

/* The same among the keys of @section. Heap. */
char *netconf_key_nearest(const char *section, const char *key);

#endif
