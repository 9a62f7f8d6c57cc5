// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido ps: the VMs that are running. */
#include "cmd/cmd.h"
#include "lib/out.h"
#include "vm/slot.h"

enum { SLOT, PID, TEST, KERNEL, UP, LOG, NR_COLUMNS };

/* The cells of all rows, one after the other. */
struct table {
	struct strvec cells;
	int width[NR_COLUMNS];
};

/* A file may have been written by somebody else: nothing in it drives the terminal. */
static void add_cell(struct table *table, const char *text)
{
	_cleanup_(strbuf_release) struct strbuf cell = STRBUF_INIT;
	size_t column = table->cells.nr % NR_COLUMNS;

	strbuf_add_visible(&cell, text && *text ? text : "-");
	if ((int)cell.len > table->width[column])
		table->width[column] = (int)cell.len;
	strvec_push(&table->cells, cell.buf);
}

static void add_number(struct table *table, long number)
{
	_cleanup_free_ char *text = number ? xasprintf("%ld", number) : NULL;

	add_cell(table, text);
}

static void add_duration(struct table *table, long long seconds)
{
	_cleanup_free_ char *text = NULL;

	/* the clock may have been set meanwhile */
	if (seconds < 0)
		seconds = 0;
	if (seconds < 60)
		text = xasprintf("%llds", seconds);
	else if (seconds < 3600)
		text = xasprintf("%lldm%02llds", seconds / 60, seconds % 60);
	else
		text = xasprintf("%lldh%02lldm", seconds / 3600, seconds / 60 % 60);
	add_cell(table, text);
}

static void add_vm(struct table *table, const struct slot_info *vm)
{
	add_number(table, vm->number);
	add_number(table, vm->vm);
	add_cell(table, vm->test);
	add_cell(table, vm->kernel);
	if (vm->started)
		add_duration(table, (long long)time(NULL) - vm->started);
	else
		add_cell(table, NULL);
	add_cell(table, vm->log);
}

static void print(const struct table *table)
{
	for (size_t i = 0; i < table->cells.nr; i++) {
		size_t column = i % NR_COLUMNS;

		if (column < NR_COLUMNS - 1)
			out_print("%-*s  ", table->width[column], table->cells.v[i]);
		else
			out_print("%s\n", table->cells.v[i]);
	}
}

static int list_vms(const char *dir)
{
	static const char *const head[] = {
		"SLOT", "PID", "TEST", "KERNEL", "UP", "LOG"
	};
	struct table table = { .cells = STRVEC_INIT };
	struct slot_info *vms;
	size_t nr;
	int err = slot_list(dir, &vms, &nr);

	for (size_t i = 0; i < NR_COLUMNS; i++)
		add_cell(&table, head[i]);
	for (size_t i = 0; i < nr; i++)
		add_vm(&table, &vms[i]);
	if (!err)
		print(&table);
	strvec_release(&table.cells);
	slot_list_free(vms, nr);
	return err ? 1 : 0;
}

static int ps(const struct invocation *call)
{
	return list_vms(conf_get(&call->session->conf, "QEMU_PID_DIR"));
}

const struct command cmd_ps = {
	.name = "ps",
	.summary = "list the running VMs",
	.notes =
		"For each VM its number, the process id of its QEMU, its test and kernel, for how\n"
		"long it has been running, and the log of its console; '-' is what is not known.\n",
	.flags = CMD_SESSION,
	.run = ps,
};
