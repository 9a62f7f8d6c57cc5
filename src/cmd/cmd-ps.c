// SPDX-License-Identifier: GPL-2.0-or-later
/* rapido ps: the running VMs, from their files and the rapidos that supervise them. */
#include <json-c/json.h>

#include "cmd/cmd.h"
#include "lib/out.h"
#include "lib/table.h"
#include "vm/control.h"
#include "vm/slot.h"

/* How long all of them together may take to answer. */
#define ANSWER_MS 500

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

/* Ask all, so that they can answer at the same time. */
static struct control_client *ask_all(const char *dir, const struct slot_info *vms,
				      size_t nr)
{
	struct control_client *clients = xcalloc(nr, sizeof(*clients));

	for (size_t i = 0; i < nr; i++) {
		clients[i] = (struct control_client)CONTROL_CLIENT_INIT;
		if (control_connect(&clients[i], dir, vms[i].number) == 0 &&
		    control_send(&clients[i], "{\"request\":\"info\"}") < 0)
			control_hang_up(&clients[i]);
	}
	return clients;
}

/* The answer, or NULL if none arrives before @deadline. */
static struct json_object *wait_for_answer(struct control_client *client,
					   uint64_t deadline)
{
	struct json_object *answer = NULL;

	if (client->fd >= 0)
		control_wait(client, deadline, &answer);
	control_hang_up(client);
	return answer;
}

/* The kind of the network; NULL if there is no answer, or one of the VM's successor. */
static const char *network_in(struct json_object *answer, const struct slot_info *vm)
{
	struct json_object *pid, *network;

	if (!json_object_object_get_ex(answer, "pid", &pid) ||
	    !json_object_object_get_ex(answer, "network", &network) ||
	    json_object_get_int64(pid) != vm->vm)
		return NULL;
	return json_object_get_string(network);
}

static void add_vm(struct table *table, const struct slot_info *vm, const char *network)
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
	table_add(table, network);
	table_add(table, up);
	table_add(table, vm->log);
}

static int ps(const struct invocation *call)
{
	static const char *const head[] = { "SLOT",    "PID", "TEST", "KERNEL",
					    "NETWORK", "UP",  "LOG" };
	_cleanup_(table_release) struct table table = TABLE_INIT(ARRAY_SIZE(head));
	_cleanup_(strbuf_release) struct strbuf text = STRBUF_INIT;
	const char *dir = conf_get(&call->session->conf, "QEMU_PID_DIR");
	_cleanup_free_ struct control_client *clients = NULL;
	struct slot_info *vms;
	uint64_t deadline;
	size_t nr;
	int err = slot_list(dir, &vms, &nr);

	for (size_t i = 0; i < ARRAY_SIZE(head); i++)
		table_add(&table, head[i]);
	clients = ask_all(dir, vms, nr);
	deadline = monotonic_ms() + ANSWER_MS;
	for (size_t i = 0; i < nr; i++) {
		struct json_object *answer = wait_for_answer(&clients[i], deadline);

		add_vm(&table, &vms[i], network_in(answer, &vms[i]));
		json_object_put(answer);
	}
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
		"Prints for each VM its number, its process id, its test and kernel, the kind of its\n"
		"network, how long it has been running, and its console log. '-' stands for what is\n"
		"not known.\n",
	.flags = CMD_SESSION,
	.run = ps,
};
