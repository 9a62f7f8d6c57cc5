// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido dump: write the memory of a running VM to a file, for a debugger. */
#include <errno.h>
#include <json-c/json.h>

#include "cmd/cmd.h"
#include "lib/log.h"
#include "lib/newfile.h"
#include "vm/control.h"

struct dump_args {
	bool compress, physical;
};

static const struct option_spec dump_options[] = {
	OPTION_FLAG('z', "compress", struct dump_args, compress,
		    "kdump's format, compressed with zlib, for crash(8) and drgn(1)"),
	OPTION_FLAG(0, "physical", struct dump_args, physical,
		    "only by physical addresses, whatever the page tables say; not for "
		    "gdb(1)"),
	OPTION_END,
};

static int complain(unsigned int number, const char *why)
{
	log_error("cannot dump the memory of VM %u: %s", number, why);
	return 1;
}

static int connect_to_vm(struct control_client *client, const char *dir,
			 unsigned int number)
{
	int err = control_connect(client, dir, number);

	if (!err)
		return 0;
	return complain(number, err == -EACCES ? "it belongs to another user"
				: err == -ENOENT || err == -ECONNREFUSED
					? "it is not running, or no rapido supervises it"
					: err_text(err));
}

/* That takes as long as the memory takes to be written. */
static int wait_for_answer(struct control_client *client, unsigned int number)
{
	struct json_object *answer = NULL;
	int err = control_wait(client, UINT64_MAX, &answer);

	json_object_put(answer);
	if (err > 0)
		return 0;
	return complain(number, err != -EOPNOTSUPP ? "it has ended, or its rapido"
				: strstr(control_why(client), "unknown request")
					? "its rapido is older and cannot do that"
					: control_why(client));
}

static int dump(const struct invocation *call)
{
	_cleanup_(control_hang_up) struct control_client client = CONTROL_CLIENT_INIT;
	_cleanup_(newfile_release) struct newfile file = NEWFILE_INIT;
	const struct dump_args *args = call->args;
	const char *dir = conf_get(&call->session->conf, "QEMU_PID_DIR"),
		   *path = call->argv[call->argc - 1];
	const char *format = args->compress   ? "kdump"
			     : args->physical ? "physical"
					      : "virtual";
	_cleanup_free_ char *request =
		xasprintf("{\"request\":\"dump\",\"format\":\"%s\"}", format);
	unsigned int number = call->argc > 1
				      ? cmd_parse_slot(call->command, call->argv[0])
				      : cmd_only_vm(dir);
	int err;

	if (!number || connect_to_vm(&client, dir, number))
		return 1;
	/* secrets of the host's files may be in it */
	err = newfile_open(&file, path, 0600);
	if (!err) {
		err = control_send_file(&client, request, file.fd);
		if (err)
			return complain(number, err_text(err));
		if (wait_for_answer(&client, number))
			return 1;
		err = newfile_commit(&file);
	}
	if (err)
		log_error("cannot write '%s': %s", path, err_text(err));
	return err ? 1 : 0;
}

const struct command cmd_dump = {
	.name = "dump",
	.summary = "write the memory of a running VM to a file",
	.options = dump_options,
	.operands = "[SLOT] FILE",
	.operand = "file",
	.min_operands = 1,
	.max_operands = 2,
	.notes =
		"SLOT is the VM's number, see 'rapido ps'. It may be omitted if only one VM is\n"
		"running. FILE is an ELF core for crash(8) and gdb(1). The VM stands still until it\n"
		"is written, and then goes on.\n",
	.flags = CMD_SESSION,
	.args_size = sizeof(struct dump_args),
	.run = dump,
};
