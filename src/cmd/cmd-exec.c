// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido exec: run a command in a VM that is running. */
#include <unistd.h>

#include "cmd/cmd.h"
#include "vm/exec-client.h"

struct exec_args {
	bool tty;
};

static const struct option_spec exec_options[] = {
	OPTION_FLAG('t', "tty", struct exec_args, tty,
		    "give the command a terminal of its own"),
	OPTION_END,
};

static int exec_in_vm(const struct invocation *call)
{
	static char *const no_words[] = { NULL };
	const struct exec_args *args = call->args;
	const char *dir = conf_get(&call->session->conf, "QEMU_PID_DIR");
	unsigned int number = call->argc ? cmd_parse_slot(call->command, call->argv[0])
					 : cmd_only_vm(dir);
	const struct exec_job job = {
		.dir = dir,
		.number = number,
		.words = call->rest ? call->rest : no_words,
		.tty = args->tty || (!call->rest && isatty(STDIN_FILENO)),
		.in = STDIN_FILENO,
		.out = STDOUT_FILENO,
	};

	return number ? exec_run(&job) : EXEC_FAILED;
}

const struct command cmd_exec = {
	.name = "exec",
	.summary = "run a command in a running VM",
	.options = exec_options,
	.operands = "[SLOT] [-- CMD [ARG]...]",
	.operand = "VM",
	.max_operands = 1,
	.notes =
		"SLOT is the VM's number, see 'rapido ps'. It may be omitted if only one VM is\n"
		"running. Without CMD it is a shell, with a terminal if standard input is one. The\n"
		"exit status is CMD's; 127 if it is not in the VM, 126 if it cannot be executed,\n"
		"125 if there was no way to run it.\n",
	.flags = CMD_SESSION | CMD_REST,
	.failure = EXEC_FAILED,
	.args_size = sizeof(struct exec_args),
	.run = exec_in_vm,
};
