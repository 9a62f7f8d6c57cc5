// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido stop: end VMs that run somewhere else. */
#include <errno.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/log.h"
#include "lib/out.h"
#include "vm/slot-stop.h"

struct stop_targets {
	struct slot_patience patience;
	bool all;
	struct slot_stop *vms;
	size_t nr, alloc;
};

static void targets_release(struct stop_targets *targets)
{
	for (size_t i = 0; i < targets->nr; i++) {
		cleanup_close(&targets->vms[i].fd);
		slot_info_release(&targets->vms[i].info);
	}
	free(targets->vms);
}

static void add_vm(struct stop_targets *targets, unsigned int number)
{
	for (size_t i = 0; i < targets->nr; i++)
		if (targets->vms[i].number == number)
			return;
	ALLOC_GROW(targets->vms, targets->nr, targets->alloc);
	targets->vms[targets->nr++] = (struct slot_stop){ .number = number, .fd = -1 };
}

static int add_all(struct stop_targets *targets, const char *dir)
{
	struct slot_info *list;
	size_t nr;
	int err = slot_list(dir, &list, &nr);

	for (size_t i = 0; i < nr; i++)
		add_vm(targets, list[i].number);
	slot_list_free(list, nr);
	if (!err && !nr)
		out_print("no VM is running\n");
	return err;
}

/* 0, or 1 if some VMs cannot be found; these are left out. */
static int open_vms(struct stop_targets *targets, const char *dir)
{
	int status = 0;

	for (size_t i = 0; i < targets->nr; i++) {
		struct slot_stop *vm = &targets->vms[i];

		vm->fd = slot_open(dir, vm->number, &vm->info);
		vm->gone = vm->fd < 0;
		/* with 'all', a VM may have ended since it was listed */
		if (vm->fd >= 0 || (targets->all && vm->fd == -ENOENT))
			continue;
		if (vm->fd == -ENOENT)
			log_error("VM %u is not running", vm->number);
		else
			log_error("cannot look at VM %u: %s", vm->number,
				  err_text(vm->fd));
		status = 1;
	}
	return status;
}

static const char *why_by_force(const struct slot_stop *vm, unsigned int patience_ms)
{
	if (vm->answered && patience_ms)
		return "it did not power off in time";
	if (vm->asked)
		return "it did not answer";
	if (!patience_ms)
		return "it was not asked";
	return vm->info.foreign ? "it is not rapido's" : "it cannot be asked";
}

/* Print what became of the VM. 0 if it is gone, else 1. */
static int print_outcome(const struct slot_stop *vm, const struct slot_patience *patience)
{
	if (!vm->gone) {
		log_error("cannot stop VM %u: %s", vm->number,
			  vm->err == -EPERM ? "it belongs to another user"
			  : vm->err	    ? "its processes cannot be found"
					    : "it is still running after SIGKILL");
		return 1;
	}
	if (vm->step < SLOT_ENDED)
		out_print("VM %u powered off\n", vm->number);
	else
		out_print("VM %u was ended by force: %s\n", vm->number,
			  why_by_force(vm, patience->ask_ms));
	return 0;
}

static int stop_vms(struct stop_targets *targets, const char *dir)
{
	int status;

	if (targets->all && add_all(targets, dir))
		return 1;
	status = open_vms(targets, dir);
	slot_stop(targets->vms, targets->nr, dir, &targets->patience);
	for (size_t i = 0; i < targets->nr; i++)
		if (targets->vms[i].fd >= 0)
			status |= print_outcome(&targets->vms[i], &targets->patience);
	return status;
}

struct stop_args {
	unsigned long timeout;
};

static const struct option_spec stop_options[] = {
	OPTION_NUMBER(
		't', "timeout", "SECONDS", struct stop_args, timeout, 0, 86400, "seconds",
		"how long the VM may take to power off; 0 ends it at once (default: 5)"),
	OPTION_END,
};

static int stop(const struct invocation *call)
{
	const struct stop_args *args = call->args;
	_cleanup_(targets_release) struct stop_targets targets = {
		.patience = SLOT_PATIENCE,
		.all = call->argc == 1 && streq(call->argv[0], "all"),
	};

	targets.patience.ask_ms = (unsigned int)args->timeout * 1000;
	for (int i = 0; i < call->argc && !targets.all; i++) {
		unsigned int number = cmd_parse_slot(call->command, call->argv[i]);

		if (!number)
			return 1;
		add_vm(&targets, number);
	}
	return stop_vms(&targets, conf_get(&call->session->conf, "QEMU_PID_DIR"));
}

const struct command cmd_stop = {
	.name = "stop",
	.summary = "end running VMs",
	.options = stop_options,
	.operands = "SLOT...|all",
	.operand = "VM",
	.min_operands = 1,
	.max_operands = CMD_OPERANDS_MAX,
	.notes =
		"Asks the VM to end its test and to power off, and kills it if it does not. SLOT is\n"
		"the VM's number, see 'rapido ps'.\n",
	.flags = CMD_SESSION,
	.args_size = sizeof(struct stop_args),
	.defaults = &(const struct stop_args){ .timeout = 5 },
	.run = stop,
};
