// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ending VMs. Each goes through the steps by itself. The file is read again before each
 * step, so that nothing is sent to the successor of a VM that has just ended.
 */
#include <errno.h>
#include <json-c/json.h>
#include <signal.h>
#include <unistd.h>

#include "vm/control.h"
#include "vm/slot-stop.h"

#define LOOK_MS 20
/* How long a VM may take to start; until then its file says nothing. */
#define START_MS 1000

#define STOP "{\"request\":\"stop\"}"
#define END  "{\"request\":\"stop\",\"now\":true}"

/* A VM on its way through the steps. */
struct stopping {
	struct slot_stop *vm;
	struct control_client client;
	uint64_t deadline_ms; /* for its next step, see monotonic_ms(); 0: not set yet */
};

/*
 * Send a request to the control socket. If the VM still has its number once we are
 * connected, the socket is not its successor's. If the connection was closed to make room
 * for others, connect once more.
 */
static int send_request(struct stopping *stopping, const char *dir, const char *request)
{
	struct slot_stop *vm = stopping->vm;
	int err = -EPIPE;

	for (int attempt = 0; attempt < 2 && err == -EPIPE; attempt++) {
		err = stopping->client.fd < 0
			      ? control_connect(&stopping->client, dir, vm->number)
			      : 0;
		if (!err && !slot_look(vm->fd, &vm->info))
			err = -ESRCH;
		if (!err)
			err = control_send(&stopping->client, request);
		if (err)
			control_hang_up(&stopping->client);
	}
	return err;
}

/* Read the answer. A connection that was closed without one had to make room for others,
 * or the VM has just ended. */
static void take_answer(struct stopping *stopping, const char *dir)
{
	struct slot_stop *vm = stopping->vm;
	struct json_object *answer = NULL;
	int err = control_answer(&stopping->client, &answer);

	json_object_put(answer);
	if (err >= 0) {
		vm->answered |= err;
		return;
	}
	control_hang_up(&stopping->client);
	if (err != -ECONNRESET ||
	    send_request(stopping, dir, vm->step == SLOT_ASKED ? STOP : END))
		stopping->deadline_ms = monotonic_ms() + LOOK_MS;
}

/* A rapido ends its VM and removes the files; without a rapido, signal the VM. */
static int terminate(struct slot_stop *vm)
{
	int err = slot_signal(vm->fd, &vm->info, vm->info.rapido, SIGTERM);

	return err == -ESRCH ? slot_signal(vm->fd, &vm->info, vm->info.vm, SIGTERM) : err;
}

static int end_all(struct slot_stop *vm)
{
	int vm_err = slot_signal(vm->fd, &vm->info, vm->info.vm, SIGKILL);
	int rapido_err = slot_signal(vm->fd, &vm->info, vm->info.rapido, SIGKILL);

	return vm_err && rapido_err ? vm_err : 0;
}

/* Take the next step, and as long as a step fails at once, the one after it. */
static void advance(struct stopping *stopping, const char *dir,
		    const struct slot_patience *patience)
{
	struct slot_stop *vm = stopping->vm;
	unsigned int wait_ms = 0;

	do {
		switch (++vm->step) {
		case SLOT_ASKED:
			vm->err = patience->ask_ms ? send_request(stopping, dir, STOP)
						   : -ESRCH;
			vm->asked = !vm->err;
			wait_ms = patience->ask_ms;
			break;
		case SLOT_ENDED:
			vm->err = vm->answered || !patience->ask_ms
					  ? send_request(stopping, dir, END)
					  : -ESRCH;
			wait_ms = patience->term_ms;
			break;
		case SLOT_TERMINATED:
			vm->err = terminate(vm);
			wait_ms = patience->term_ms;
			break;
		case SLOT_VM_KILLED:
			vm->err = slot_signal(vm->fd, &vm->info, vm->info.vm, SIGKILL);
			wait_ms = patience->kill_ms;
			break;
		case SLOT_KILLED:
			vm->err = end_all(vm);
			wait_ms = patience->kill_ms;
			break;
		default:
			return;
		}
		/* if no process is found they may have just ended: look again later */
	} while (vm->err && (vm->step < SLOT_KILLED || vm->err != -ESRCH) &&
		 slot_look(vm->fd, &vm->info));
	stopping->deadline_ms = monotonic_ms() + wait_ms;
}

/* Whether there is something left to do or to wait for. */
static bool attend(struct stopping *stopping, const char *dir,
		   const struct slot_patience *patience)
{
	struct slot_stop *vm = stopping->vm;
	bool is_starting;

	if (vm->gone || vm->step == SLOT_GIVEN_UP)
		return false;
	if (!slot_look(vm->fd, &vm->info)) {
		vm->gone = true;
		return false;
	}
	is_starting = vm->step == SLOT_RUNNING && !vm->info.vm && !vm->info.rapido;
	if (!stopping->deadline_ms)
		stopping->deadline_ms = monotonic_ms() + START_MS;
	if (stopping->client.fd >= 0 && vm->step <= SLOT_ENDED)
		take_answer(stopping, dir);
	if (monotonic_ms() >= stopping->deadline_ms ||
	    (vm->step == SLOT_RUNNING && !is_starting))
		advance(stopping, dir, patience);
	return true;
}

void slot_stop(struct slot_stop *vms, size_t nr, const char *dir,
	       const struct slot_patience *patience)
{
	_cleanup_free_ struct stopping *stopping = xcalloc(nr, sizeof(*stopping));

	for (size_t i = 0; i < nr; i++)
		stopping[i] =
			(struct stopping){ .vm = &vms[i], .client = CONTROL_CLIENT_INIT };
	for (;;) {
		bool busy = false;

		for (size_t i = 0; i < nr; i++)
			busy |= attend(&stopping[i], dir, patience);
		if (!busy)
			break;
		usleep(LOOK_MS * 1000);
	}
	for (size_t i = 0; i < nr; i++) {
		control_hang_up(&stopping[i].client);
		if (vms[i].gone && vms[i].step >= SLOT_TERMINATED)
			slot_tidy(dir, vms[i].number);
	}
}
