/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the reader of .network files share: where it is, and what the
 * sections that are read as a whole, [Address] and [Route], have said so far.
 */
#ifndef RAPIDO_NETCONF_PARSE_H
#define RAPIDO_NETCONF_PARSE_H

#include "net/netconf.h"

/* The least that RFC 791 and RFC 8200 let a link have, and the most that we take. */
#define NETCONF_MTU_MIN	 68
#define NETCONF_MTU_MIN6 1280
#define NETCONF_MTU_MAX	 65536

struct netconf_parser {
	struct netconf_file *file;
	struct report *report;
	/* the assignment that is read */
	const char *section, *key, *value;
	unsigned int line;
	/* [Match] */
	struct strvec names;  /* of Name= */
	unsigned int matches; /* other keys that say something */
	/* [Network]: NETCONF_NO after IPv6LinkLocalAddressGenerationMode=none */
	enum netconf_choice ll_mode;
	/* the [Address] or [Route] that is read */
	unsigned int object_line;
	bool bad;    /* an error was reported */
	bool beyond; /* there is more to it than we read */
	struct netconf_address address;
	unsigned int peer_length; /* of Peer= with a length, else 0 */
	bool no_broadcast;
	struct netconf_route route;
};

/* Report that the value is @what ("no address"); -EINVAL. */
int netconf_bad_value(struct netconf_parser *p, const char *what);

/* The assignment that is read takes systemd-networkd. */
void netconf_goes_beyond(struct netconf_parser *p);

/*
 * The kinds of value. An empty one is none: the family, the number or the choice of what
 * was never assigned. 0, or -EINVAL after a report.
 */
int netconf_choose(struct netconf_parser *p, enum netconf_choice *choice);
int netconf_mtu(struct netconf_parser *p, uint32_t *mtu);

/*
 * Read one assignment of a key that is known. What init has no use for is passed over,
 * what it cannot do goes beyond, and what makes no sense is reported.
 */
void netconf_set(struct netconf_parser *p);

/* The parts of that for a section each: false when init does nothing about the key. */
bool netconf_set_link(struct netconf_parser *p);
bool netconf_set_network(struct netconf_parser *p);
bool netconf_set_address(struct netconf_parser *p);
bool netconf_set_route(struct netconf_parser *p);

/*
 * The sections that are read as a whole: begin either, and add what has become of it to
 * the file.
 */
void netconf_object_begin(struct netconf_parser *p);
void netconf_address_end(struct netconf_parser *p);
void netconf_route_end(struct netconf_parser *p);

/* [Network] Address=, Gateway= and DefaultRouteOnDevice=, each of which is such a section
 * by itself; an empty address or gateway forgets all that there were. */
int netconf_network_address(struct netconf_parser *p);
int netconf_network_gateway(struct netconf_parser *p);
int netconf_network_default(struct netconf_parser *p);

/* A function for a key. */
struct netconf_setter {
	const char *key;
	int (*set)(struct netconf_parser *p);
};
/* Call that of the parser's key; false when there is none among them. The last one has
 * no key. */
bool netconf_call(const struct netconf_setter *setters, struct netconf_parser *p);

#endif
