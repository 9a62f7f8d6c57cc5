/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net-conf/vmN: the interfaces of VM N, described by files in the format of
 * systemd.network(5). This module only reads them; see rapido-net-conf(5) for the keys
 * that it understands.
 */
#ifndef RAPIDO_NETCONF_H
#define RAPIDO_NETCONF_H

#include "net/net-ip.h"
#include "lib/report.h"

/* A larger file is refused, and so is a directory with more files. */
#define NETCONF_FILE_MAX  65536
#define NETCONF_FILES_MAX 64

struct netconf_address {
	struct net_prefix prefix;
	struct net_ip peer;	 /* family 0: none */
	struct net_ip broadcast; /* as in the file, or derived; family 0: none */
	unsigned char scope;	 /* rtnetlink(7): RT_SCOPE_UNIVERSE, ... */
	bool has_scope;
};

struct netconf_route {
	struct net_prefix to;  /* family 0: the default route of the gateway's family */
	struct net_ip gateway; /* family 0: none; the destination is on the link */
	struct net_ip source;  /* preferred; family 0: none */
	uint32_t metric;       /* 0: the kernel's default */
	uint32_t table;	       /* 0: main */
	uint32_t mtu;	       /* 0: the device's */
	unsigned char scope;
	bool has_scope, onlink;
};

/* No, yes, or the kernel's default. */
enum netconf_choice { NETCONF_DEFAULT, NETCONF_NO, NETCONF_YES };

/* A .network file. */
struct netconf_file {
	char *name;   /* "tap1.network" */
	char *path;   /* for messages */
	char *text;   /* the whole file */
	char *device; /* [Match] Name= if that is one plain name and the only key; or NULL
		       */
	bool has_mac; /* [Link] MACAddress=, which the VM's interface is made with */
	unsigned int mac_line;
	unsigned char mac[NET_MAC_LEN];
	uint32_t mtu;	/* 0: the device's */
	bool stay_down; /* [Link] ActivationPolicy=down or manual */
	struct netconf_address *addresses;
	size_t nr_addresses, alloc_addresses;
	struct netconf_route
		*routes; /* also of [Network] Gateway=; in the file's order */
	size_t nr_routes, alloc_routes;
	struct strvec dns; /* addresses, as text */
	/* [Network] Domains=, without those that only select a server ("~") */
	struct strvec domains;
	enum netconf_choice accept_ra;		/* [Network] IPv6AcceptRA= */
	enum netconf_choice ipv6_ll;		/* [Network] LinkLocalAddressing= */
	enum netconf_choice forward4, forward6; /* [Network] IPForward= and its kin */
	/* the first setting that requires systemd-networkd ("DHCP=yes") and its line;
	 * NULL: none does */
	char *beyond;
	unsigned int beyond_line;
};

/* The directory of one VM. */
struct netconf {
	unsigned int number;
	char *dir;
	char *hostname;		    /* from the file "hostname", or NULL */
	struct netconf_file *files; /* sorted by name, as in systemd */
	size_t nr, alloc;
	/* the files that only systemd reads, by name: .netdev, .link, and drop-ins
	   ("tap1.network.d/x.conf"); others_text has their contents */
	struct strvec others, others_text;
	struct strvec netdevs; /* the devices that .netdev files create, [NetDev] Name= */
	struct strvec kinds;   /* their [NetDev] Kind=, with the same index */
};

#define NETCONF_INIT \
	{            \
		0    \
	}

void netconf_release(struct netconf *conf);

/*
 * Read @dir/vmN. Reports each fault with its file and line: as an error where the file
 * has no meaning (no [Match], neither a section nor an assignment, an impossible value),
 * as a warning where systemd would continue, too (an unknown key or section). A key of
 * systemd.network(5) of version 252 that init cannot apply is no fault: it sets
 * netconf_file.beyond. 0; -ENOENT, without a report, if there is no such directory;
 * -EINVAL after reports of errors, and then the conf has whatever could be read.
 */
int netconf_load(struct netconf *conf, const char *dir, unsigned int number,
		 struct report *report);

/*
 * Read the name in @dir/vmN/hostname, which counts without a network, too. @hostname is
 * on the heap, or NULL if there is no such file or it is empty. 0, or -EINVAL after a
 * report.
 */
int netconf_read_hostname(const char *dir, unsigned int number, char **hostname,
			  struct report *report);

/* Read one file's @text, for which ini_is_text() is true. The file's name is @name;
 * messages call it @path. Reports and results as of netconf_load(). */
int netconf_parse(struct netconf_file *file, const char *name, const char *path,
		  const char *text, struct report *report);
void netconf_file_release(struct netconf_file *file);

/* The first file about @device, or NULL. */
const struct netconf_file *netconf_find(const struct netconf *conf, const char *device);

/* The numbers N of the directories vmN in @dir, from 1 to VM_NUMBER_MAX, sorted, in an
 * array on the heap. 0 or -errno: -ENOENT if there is no @dir. */
int netconf_numbers(const char *dir, unsigned int **numbers, size_t *nr);

/*
 * Whether @file, one of @conf's, asks the host for a TAP device: it names one device,
 * which is not "lo", and which no .netdev file of the VM creates. Of two files about the
 * same device only the first counts, as in systemd.
 */
bool netconf_is_tap(const struct netconf *conf, const struct netconf_file *file);

/* The first setting of all files that requires systemd-networkd, with its file: "DHCP=yes
 * in 'net-conf/vm1/tap1.network' line 5". Heap; NULL: init can apply them all. */
char *netconf_beyond(const struct netconf *conf);

#endif
