/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sections and keys of systemd.network(5), and the one that a user may have meant. */
#ifndef RAPIDO_NETCONF_KEYS_H
#define RAPIDO_NETCONF_KEYS_H

#include "lib/str.h"

bool netconf_section_is_known(const char *section);
bool netconf_key_is_known(const char *section, const char *key);

/* The first section that has @key, or NULL. Static text. */
const char *netconf_key_home(const char *key);

/* The section that is one or two typing errors away from @section, or NULL. Static text.
 */
const char *netconf_section_nearest(const char *section);

/* The same for a key of @section. Heap. */
char *netconf_key_nearest(const char *section, const char *key);

#endif
