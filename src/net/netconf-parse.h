/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of .network files: netconf-parse.c reads them line by line,
 * netconf-network.c the settings in [Link] and [Network], netconf-objects.c those in
 * [Address] and [Route]. All use netconf-values.c.
 */
#ifndef RAPIDO_NETCONF_PARSE_H
#define RAPIDO_NETCONF_PARSE_H

#include "net/netconf.h"

/* The least that RFC 791 and RFC 8200 allow, and the most that we accept. */
#define NETCONF_MTU_MIN	 68
#define NETCONF_MTU_MIN6 1280
#define NETCONF_MTU_MAX	 65536

struct netconf_parser {
	struct netconf_file *file;
	struct report *report;
	/* the current assignment */
	const char *section, *key, *value;
	unsigned int line;
	/* [Match] */
	struct strvec names;  /* of Name= */
	unsigned int matches; /* other keys that are not empty */
	/* [Network]: NETCONF_NO after IPv6LinkLocalAddressGenerationMode=none */
	enum netconf_choice ll_mode;
	/* the current [Address] or [Route], which is added when all of it has been read
	 */
	unsigned int object_line;
	bool bad;    /* an error was reported */
	bool beyond; /* it has settings that init cannot apply */
	struct netconf_address address;
	unsigned int peer_length; /* of Peer=, or 0 without one */
	bool no_broadcast;
	struct netconf_route route;
};

/* Report that the value is @what ("not an address"); -EINVAL. */
int netconf_bad_value(struct netconf_parser *p, const char *what);

/* Note that the current assignment requires systemd-networkd. */
void netconf_goes_beyond(struct netconf_parser *p);

/*
 * Parse a value. An empty one is as if the key had never been assigned. 0, or -EINVAL
 * after a report.
 */
int netconf_choose(struct netconf_parser *p, enum netconf_choice *choice);
int netconf_mtu(struct netconf_parser *p, uint32_t *mtu);

/* Read an assignment in this section: false if init does not apply the key. */
bool netconf_set_link(struct netconf_parser *p);
bool netconf_set_network(struct netconf_parser *p);
bool netconf_set_address(struct netconf_parser *p);
bool netconf_set_route(struct netconf_parser *p);

/*
 * Begin an [Address] or [Route] section, and at its end add the address or route to the
 * file.
 */
void netconf_object_begin(struct netconf_parser *p);
void netconf_address_end(struct netconf_parser *p);
void netconf_route_end(struct netconf_parser *p);

/* [Network] Address=, Gateway= and DefaultRouteOnDevice=, each of which is such a section
 * by itself. An empty address or gateway removes all addresses or routes so far. */
int netconf_network_address(struct netconf_parser *p);
int netconf_network_gateway(struct netconf_parser *p);
int netconf_network_default(struct netconf_parser *p);

/* A function for a key. */
struct netconf_setter {
	const char *key;
	int (*set)(struct netconf_parser *p);
};
/* Call the function for the current key; false if there is none. The last element has no
 * key. */
bool netconf_call(const struct netconf_setter *setters, struct netconf_parser *p);

#endif
