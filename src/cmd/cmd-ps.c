// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido ps: the VMs that are running. */
#include "cmd/cmd.h"
#include "lib/out.h"
#include "lib/table.h"
#include "vm/slot.h"

/* "1h02m". Heap. */
static char *duration_text(long long seconds)
{
	/* the clock may have been set back */
	if (seconds < 0)
		seconds = 0;
	if (seconds < 60)
		return xasprintf("%llds", seconds);
	if (seconds < 3600)
		return xasprintf("%lldm%02llds", seconds / 60, seconds % 60);
	return xasprintf("%lldh%02lldm", seconds / 3600, seconds / 60 % 60);
}

static void add_vm(struct table *table, const struct slot_info *vm)
{
	_cleanup_free_ char *up =
		vm->started ? duration_text((long long)time(NULL) - vm->started) : NULL;

	table_addf(table, "%u", vm->number);
	if (vm->vm)
		table_addf(table, "%ld", (long)vm->vm);
	else
		table_add(table, NULL);
	table_add(table, vm->test);
	table_add(table, vm->kernel);
	table_add(table, up);
	table_add(table, vm->log);
}

static int ps(const struct invocation *call)
{
	static const char *const head[] = {
		"SLOT", "PID", "TEST", "KERNEL", "UP", "LOG"
	};
	_cleanup_(table_release) struct table table = TABLE_INIT(ARRAY_SIZE(head));
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	struct slot_info *vms;
	size_t nr;
	int err = slot_list(conf_get(&call->session->conf, "QEMU_PID_DIR"), &vms, &nr);

	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		table_add(&table, head[i]);
	for (size_t i = 0; i < nr; i++)
		add_vm(&table, &vms[i]);
	slot_list_free(vms, nr);
	if (err)
		return 1;
	table_format(&table, &text);
	out_print("%s", text.buf);
	return 0;
}

const struct command cmd_ps = {
	.name = "ps",
	.summary = "list the running VMs",
	.notes =
		"Prints for each VM its number, its process id, its test and kernel, how long it has\n"
		"been running, and its console log. '-' stands for what is not known.\n",
	.flags = CMD_SESSION,
	.run = ps,
};
