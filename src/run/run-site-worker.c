// SPDX-License-Identifier: GPL-2.0-or-later
/* The VM of a run that a worker runs: what run-vm.c wants of it, by worker.h. */
#include <errno.h>

#include "run-vm.h"
#include "vm/backend.h"

static int remote_make(struct run_vm *run, int *console, int *slow, int *fast)
{
	return worker_vm_new(&run->remote, run->worker, &run->vm_options, console, slow,
			     fast);
}

/* The worker starts it as soon as it is made. */
static int remote_start(struct run_vm *run, const char *log)
{
	(void)run;
	(void)log;
	return 0;
}

static bool remote_started(const struct run_vm *run, struct run_site_facts *facts)
{
	const char *accel;

	switch (worker_vm_state(run->remote)) {
	case WORKER_VM_RUNNING:
	case WORKER_VM_ENDED:
		break;
	default:
		return false;
	}
	accel = worker_vm_accel(run->remote);
	*facts = (struct run_site_facts){
		.slot = worker_vm_number(run->remote),
		.accel = accel ? backend_accel(accel) : NULL,
		.emulated = worker_vm_is_emulated(run->remote),
	};
	return true;
}

static void remote_free(struct run_vm *run)
{
	worker_vm_free(run->remote);
}

static void remote_fill_pollfds(const struct run_vm *run, struct pollfd fds[RUN_SITE_FDS])
{
	worker_fill_pollfds(run->worker, fds);
}

static enum control_request remote_work(struct run_vm *run,
					const struct pollfd fds[RUN_SITE_FDS])
{
	(void)fds;
	worker_work(run->worker);
	return worker_vm_request(run->remote);
}

static int remote_timeout(const struct run_vm *run)
{
	return worker_timeout(run->worker);
}

/* The worker was lost, so nobody knows what became of the VM. */
static void note_lost(struct run_vm *run)
{
	run->lost_worker = true;
	if (!run->record->host_error)
		run->record->host_error = xasprintf("%s %s", worker_name(run->worker),
						    worker_why_lost(run->worker));
}

/* A host on which the VM cannot be started is of no use for others like it. */
static void drop_worker(struct run_vm *run)
{
	const char *why = worker_vm_why_failed(run->remote);
	_cleanup_free_ char *text =
		xasprintf("could not start the VM%s%s", *why ? ": " : "", why);

	worker_drop(run->worker, text);
	note_lost(run);
}

static int remote_wait(struct run_vm *run)
{
	switch (worker_vm_state(run->remote)) {
	case WORKER_VM_MADE:
	case WORKER_VM_RUNNING:
		return -ETIMEDOUT;
	case WORKER_VM_ENDED:
		return worker_vm_status(run->remote);
	case WORKER_VM_FAILED:
		drop_worker(run);
		return -ESRCH;
	case WORKER_VM_LOST:
		break;
	}
	note_lost(run);
	return -ESRCH;
}

static void remote_stop(struct run_vm *run, int grace_ms)
{
	worker_vm_stop(run->remote, grace_ms);
	if (worker_vm_state(run->remote) == WORKER_VM_LOST)
		note_lost(run);
}

/* It is another host's, and free when the VM has ended. */
static void remote_give_number_back(struct run_vm *run)
{
	(void)run;
}

static const char *remote_lost(const struct run_vm *run)
{
	return worker_vm_lost(run->remote);
}

static void remote_watch(struct run_vm *run, const char *line)
{
	worker_vm_watch(run->remote, line);
}

static bool remote_more(struct run_vm *run)
{
	return worker_vm_more(run->remote);
}

static const char *remote_output(struct run_vm *run)
{
	return worker_vm_output(run->remote);
}

/* The record outlives the worker's texts. */
static const char *keep(struct run_vm *run, const char *text)
{
	return text ? strvec_push(&run->record->texts, text) : NULL;
}

static struct vm_ending remote_ending(struct run_vm *run)
{
	struct vm_ending ending = worker_vm_ending(run->remote, run->record->vm_status);

	if (worker_vm_state(run->remote) == WORKER_VM_LOST)
		note_lost(run);
	ending.fault = keep(run, ending.fault);
	ending.interference = keep(run, ending.interference);
	return ending;
}

const struct run_site run_site_worker = {
	.tells_end = true,
	.make = remote_make,
	.start = remote_start,
	.started = remote_started,
	.free = remote_free,
	.fill_pollfds = remote_fill_pollfds,
	.work = remote_work,
	.timeout = remote_timeout,
	.wait = remote_wait,
	.stop = remote_stop,
	.give_number_back = remote_give_number_back,
	.lost = remote_lost,
	.watch = remote_watch,
	.more = remote_more,
	.output = remote_output,
	.ending = remote_ending,
};
