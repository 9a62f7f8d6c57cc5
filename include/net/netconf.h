/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net-conf/vmN: what the interfaces of VM N are, in files as systemd.network(5) has them.
 * Reading them is all that is done here; see rapido-net-conf(5) for what is understood.
 */
#ifndef RAPIDO_NETCONF_H
#define RAPIDO_NETCONF_H

#include "net/net-ip.h"
#include "lib/report.h"

/* A larger file is refused, and a directory with more of them. */
#define NETCONF_FILE_MAX  65536
#define NETCONF_FILES_MAX 64

struct netconf_address {
	struct net_prefix prefix;
	struct net_ip peer;	 /* family 0: none */
	struct net_ip broadcast; /* family 0: none; else of the file or the network's */
	unsigned char scope;	 /* rtnetlink(7): RT_SCOPE_UNIVERSE, ... */
	bool has_scope;
};

struct netconf_route {
	struct net_prefix to;  /* family 0: the default route of the gateway's family */
	struct net_ip gateway; /* family 0: none, the destination is on the link */
	struct net_ip source;  /* preferred; family 0: none */
	uint32_t metric;       /* 0: the kernel's choice */
	uint32_t table;	       /* 0: main */
	uint32_t mtu;	       /* 0: the device's */
	unsigned char scope;
	bool has_scope, onlink;
};

/* yes, no, or what the kernel does by itself. */
enum netconf_choice { NETCONF_DEFAULT, NETCONF_NO, NETCONF_YES };

/* A .network file. */
struct netconf_file {
	char *name;   /* "tap1.network" */
	char *path;   /* for messages */
	char *text;   /* as it was read */
	char *device; /* [Match] Name=, when that is one plain name and all; else NULL */
	bool has_mac; /* [Link] MACAddress=, which QEMU gives to the VM's interface */
	unsigned int mac_line;
	unsigned char mac[NET_MAC_LEN];
	uint32_t mtu;	/* 0: the device's */
	bool stay_down; /* [Link] ActivationPolicy=down or manual */
	struct netconf_address *addresses;
	size_t nr_addresses, alloc_addresses;
	struct netconf_route *routes; /* of [Network] Gateway= too, in the file's order */
	size_t nr_routes, alloc_routes;
	struct strvec dns; /* addresses, as text */
	/* [Network] Domains=, without those that only route ("~") */
	struct strvec domains;
	enum netconf_choice accept_ra;		/* [Network] IPv6AcceptRA= */
	enum netconf_choice ipv6_ll;		/* [Network] LinkLocalAddressing= */
	enum netconf_choice forward4, forward6; /* [Network] IPForward= and its kin */
	/* the first thing that takes systemd-networkd: "DHCP=yes", and its line; NULL:
	 * none
	 */
	char *beyond;
	unsigned int beyond_line;
};

/* The directory of one VM. */
struct netconf {
	unsigned int number;
	char *dir;
	char *hostname;		    /* of the file of that name, or NULL */
	struct netconf_file *files; /* sorted by name, as systemd does */
	size_t nr, alloc;
	/* what is for systemd alone: .netdev and .link files, and drop-in directories'
	   "tap1.network.d/x.conf", by name; in others_text the contents */
	struct strvec others, others_text;
	struct strvec netdevs; /* the devices that .netdev files make, [NetDev] Name= */
	struct strvec kinds;   /* and their [NetDev] Kind=, of the same index */
};

#define NETCONF_INIT \
	{            \
		0    \
	}

void netconf_release(struct netconf *conf);

/*
 * Read @dir/vmN. What is wrong is reported with file and line, as an error where the file
 * cannot mean anything (no [Match], a line that is none, a value that makes no sense), as
 * a warning where systemd would go on, too (a key or section that nobody knows). What is
 * known to systemd.network(5) of version 252 but not to init is no warning: it is what
 * netconf_file.beyond is for. 0; -ENOENT, without a report, when there is no such
 * directory; -EINVAL after reports of errors, the conf then has what could be read.
 */
int netconf_load(struct netconf *conf, const char *dir, unsigned int number,
		 struct report *report);

/*
 * The name in @dir/vmN/hostname, which needs no network: @hostname, on the heap, or NULL
 * when there is no such file or it is empty. 0, or -EINVAL after a report.
 */
int netconf_read_hostname(const char *dir, unsigned int number, char **hostname,
			  struct report *report);

/* The same as netconf_load() of one file's @text, of which ini_is_text() is true; its
 * name is @name, and messages call it @path. */
int netconf_parse(struct netconf_file *file, const char *name, const char *path,
		  const char *text, struct report *report);
void netconf_file_release(struct netconf_file *file);

/* The first of the files about @device, or NULL. */
const struct netconf_file *netconf_find(const struct netconf *conf, const char *device);

/* The numbers N of the directories vmN in @dir, 1 to VM_NUMBER_MAX, sorted; a heap array.
 * 0 or -errno: -ENOENT without @dir. */
int netconf_numbers(const char *dir, unsigned int **numbers, size_t *nr);

/*
 * Whether @file, one of @conf's, is about a device that the host can be asked to have a
 * TAP for: it names one, which is not "lo" and which no .netdev file of the VM makes. Of
 * two files about the same device only the first counts, as for systemd.
 */
bool netconf_is_tap(const struct netconf *conf, const struct netconf_file *file);

/* The first thing in all of them that takes systemd-networkd, with its file: "DHCP=yes in
 * 'net-conf/vm1/tap1.network' line 5"; NULL: none, init can do it all. Heap. */
char *netconf_beyond(const struct netconf *conf);

#endif
