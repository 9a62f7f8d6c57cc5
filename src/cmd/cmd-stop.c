// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido stop: end VMs that run somewhere else. */
#include <errno.h>
#include <getopt.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "lib/log.h"
#include "lib/out.h"
#include "vm/slot-stop.h"

#define TIMEOUT_MAX_S 86400

struct stop_args {
	struct slot_patience patience;
	bool all;
	struct slot_stop *vms;
	size_t nr, alloc;
};

static void release(struct stop_args *args)
{
	for (size_t i = 0; i < args->nr; i++) {
		cleanup_close(&args->vms[i].fd);
		slot_info_release(&args->vms[i].info);
	}
	free(args->vms);
}

static void add(struct stop_args *args, unsigned int number)
{
	for (size_t i = 0; i < args->nr; i++)
		if (args->vms[i].number == number)
			return;
	ALLOC_GROW(args->vms, args->nr, args->alloc);
	args->vms[args->nr++] = (struct slot_stop){ .number = number, .fd = -1 };
}

static int add_all(struct stop_args *args, const char *dir)
{
	struct slot_info *list;
	size_t nr;
	int err = slot_list(dir, &list, &nr);

	for (size_t i = 0; i < nr; i++)
		add(args, list[i].number);
	slot_list_free(list, nr);
	if (!err && !nr)
		out_print("no VM is running\n");
	return err;
}

/* 0, or 1 when some cannot be found, which are left out. */
static int open_vms(struct stop_args *args, const char *dir)
{
	int status = 0;

	for (size_t i = 0; i < args->nr; i++) {
		struct slot_stop *vm = &args->vms[i];

		vm->fd = slot_open(dir, vm->number, &vm->info);
		vm->gone = vm->fd < 0;
		/* of all, one may have ended meanwhile */
		if (vm->fd >= 0 || (args->all && vm->fd == -ENOENT))
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

static const char *why_hard(const struct slot_stop *vm, unsigned int patience_ms)
{
	if (vm->asked)
		return "it did not answer";
	if (!patience_ms)
		return "it was not asked";
	return vm->info.foreign ? "it is not rapido's" : "it cannot be asked";
}

/* 0 when it is gone, else 1. */
static int tell(const struct slot_stop *vm, const struct slot_patience *patience)
{
	if (!vm->gone) {
		log_error("cannot stop VM %u: %s", vm->number,
			  vm->err == -EPERM ? "it is another user's"
			  : vm->err	    ? "its processes cannot be found"
					    : "QEMU does not even end when it is killed");
		return 1;
	}
	if (vm->step < SLOT_TERMINATED)
		out_print("VM %u powered off\n", vm->number);
	else
		out_print("VM %u was ended hard: %s\n", vm->number,
			  why_hard(vm, patience->ask_ms));
	return 0;
}

static int stop(struct stop_args *args, const char *dir)
{
	int status;

	if (args->all && add_all(args, dir))
		return 1;
	status = open_vms(args, dir);
	slot_stop(args->vms, args->nr, dir, &args->patience);
	for (size_t i = 0; i < args->nr; i++)
		if (args->vms[i].fd >= 0)
			status |= tell(&args->vms[i], &args->patience);
	return status;
}

/* -1: go on; else the exit status. */
static int parse_vms(int argc, char **argv, struct stop_args *args)
{
	if (!argc)
		return cmd_usage_error(&cmd_stop, "no VM is given");
	if (argc == 1 && streq(argv[0], "all")) {
		args->all = true;
		return -1;
	}
	for (int i = 0; i < argc; i++) {
		unsigned int number = cmd_parse_slot(&cmd_stop, argv[i]);

		if (!number)
			return 1;
		add(args, number);
	}
	return -1;
}

static int parse(int argc, char **argv, struct stop_args *args)
{
	static const struct option options[] = {
		{ "timeout", required_argument, NULL, 't' },
		CMD_LONG_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	unsigned long seconds;
	int c, status;

	while ((c = getopt_long(argc, argv, CMD_SHORT_OPTIONS "t:", options, NULL)) !=
	       -1) {
		if (c == 't') {
			if (parse_uint(optarg, 0, TIMEOUT_MAX_S, &seconds))
				return cmd_usage_error(
					&cmd_stop,
					"'%s' is not a number of seconds, 0 to %d",
					optarg, TIMEOUT_MAX_S);
			args->patience.ask_ms = (unsigned int)seconds * 1000;
		} else if ((status = cmd_common_option(&cmd_stop, c)) >= 0) {
			return status;
		}
	}
	return parse_vms(argc - optind, argv + optind, args);
}

static int run(int argc, char **argv)
{
	_cleanup_(release) struct stop_args args = { .patience = SLOT_PATIENCE };
	_cleanup_(session_release) struct session session = { 0 };
	int status = parse(argc, argv, &args);

	if (status >= 0)
		return status;
	if (session_init(&session))
		return 1;
	return stop(&args, conf_get(&session.conf, "QEMU_PID_DIR"));
}

const struct command cmd_stop = {
	.name = "stop",
	.summary = "end running VMs",
	.usage = "stop [-t SECONDS] SLOT...|all",
	.options =
		"  -t, --timeout SECONDS  how long the VM may take to power off, by default 5; 0: end\n"
		"                         it at once\n"
		"\n"
		"The VM is asked to end its test and to power off. If it does not, QEMU is ended.\n"
		"SLOT is the VM's number, see 'rapido ps'.\n",
	.run = run,
};
