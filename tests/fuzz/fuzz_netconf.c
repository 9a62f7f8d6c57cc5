// SPDX-License-Identifier: GPL-2.0-or-later
/* A .network file, what the guest is told of it, and the file with another [Match]. */
#include "fuzz.h"
#include "net/ini.h"
#include "net/netguest.h"

#define PATH NETGUEST_DIR "/x.network"

/* The file in the plan still is about one device, and says the same. */
static void read_again(const struct plan *plan, const struct netconf_file *before)
{
	const struct plan_entry *entry = &plan->entries[plan_find(plan, PATH)];
	_cleanup_free_ char *text = xstrndup(entry->data, entry->size);
	struct report report = REPORT_INIT;
	struct netconf_file file;

	if (netconf_parse(&file, "x.network", PATH, text, &report) || !file.beyond ||
	    file.nr_addresses != before->nr_addresses ||
	    file.nr_routes != before->nr_routes)
		abort();
	netconf_file_release(&file);
	report_release(&report);
}

static void tell_guest(struct netconf_file *file)
{
	struct netconf conf = { .files = file, .nr = 1 };
	struct netguest_nic nic = { .device = "tap1", .mac = { 0xb8 }, .file = file };
	struct netguest guest = { .nics = &nic, .nr_nics = 1, .conf = &conf };
	struct plan plan = PLAN_INIT;

	netguest_plan(&guest, &plan);
	if (file->device)
		read_again(&plan, file);
	plan_release(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = fuzz_text(data, size);
	struct report report = REPORT_INIT;
	struct netconf_file file;
	unsigned int line;
	int err;

	/* what is no text is not parsed */
	if (!text || !ini_is_text(text, &line))
		return 0;
	err = netconf_parse(&file, "x.network", "net-conf/vm1/x.network", text, &report);
	/* no error without a message, and no message without an error */
	if ((err < 0) != (report.errors.nr > 0))
		abort();
	if (!err)
		tell_guest(&file);
	netconf_file_release(&file);
	report_release(&report);
	return 0;
}
