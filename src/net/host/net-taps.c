// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads the TAP devices of all VMs from net-conf. */
#include <errno.h>

#include "lib/log.h"
#include "net/host/net-taps.h"
#include "net/netconf.h"

void net_taps_release(struct net_taps *taps)
{
	for (size_t i = 0; i < taps->nr; i++) {
		free(taps->taps[i].device);
		strvec_release(&taps->taps[i].vms);
	}
	free(taps->taps);
	*taps = (struct net_taps)NET_TAPS_INIT;
}

const struct net_tap *net_taps_find(const struct net_taps *taps, const char *device)
{
	for (size_t i = 0; i < taps->nr; i++)
		if (streq(taps->taps[i].device, device))
			return &taps->taps[i];
	return NULL;
}

static void add_tap(struct net_taps *taps, const char *device, unsigned int number)
{
	struct net_tap *tap = (struct net_tap *)net_taps_find(taps, device);

	if (!tap) {
		ALLOC_GROW(taps->taps, taps->nr, taps->alloc);
		tap = &taps->taps[taps->nr++];
		*tap = (struct net_tap){ .device = xstrdup(device) };
	}
	strvec_pushf(&tap->vms, "%u", number);
}

static int load_vm(struct net_taps *taps, const char *dir, unsigned int number,
		   struct report *report)
{
	_cleanup_(netconf_release) struct netconf conf = NETCONF_INIT;
	int err = netconf_load(&conf, dir, number, report);

	for (size_t i = 0; i < conf.nr; i++)
		if (netconf_is_tap(&conf, &conf.files[i]))
			add_tap(taps, conf.files[i].device, number);
	if (!err && !conf.nr)
		report_warn(report, "there is no *.network file in '%s/vm%u'", dir,
			    number);
	return err;
}

int net_taps_load(struct net_taps *taps, const char *dir, struct report *report)
{
	_cleanup_free_ unsigned int *numbers = NULL;
	int err, first = 0;

	*taps = (struct net_taps)NET_TAPS_INIT;
	err = netconf_numbers(dir, &numbers, &taps->nr_vms);
	if (err) {
		taps->nr_vms = 0;
		if (err != -ENOENT)
			report_error(report, "cannot read '%s': %s", dir, err_text(err));
		return err;
	}
	for (size_t i = 0; i < taps->nr_vms; i++) {
		err = load_vm(taps, dir, numbers[i], report);
		/* a VM's directory may have been removed meanwhile */
		if (err && err != -ENOENT && !first)
			first = err;
	}
	return first;
}
