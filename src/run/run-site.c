// SPDX-License-Identifier: GPL-2.0-or-later
/* The VM of a run that is on this host: what run-vm.c wants of it, by vm.h. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/log.h"
#include "run-vm.h"

/* Make it, its console, the ways to the guest's agent, and the monitor. */
static int here_make(struct run_vm *run, int *console, int *slow, int *fast)
{
	int err = vm_new(&run->vm, &run->vm_options);

	if (err)
		return err;
	err = vm_add_console(run->vm, console);
	if (!err)
		err = vm_add_channel(run->vm, slow);
	if (!err)
		err = vm_add_port(run->vm, fast);
	if (err)
		log_error("cannot make a socket or pipe for the VM: %s", err_text(err));
	return err ? err : vm_add_monitor(run->vm);
}

static int here_start(struct run_vm *run, const char *log)
{
	_cleanup_close_ int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* the words of the VM's own program must not mix with the test's output */
	return vm_start(run->vm, null_fd, STDERR_FILENO, -1, log);
}

static bool here_started(const struct run_vm *run, struct run_site_facts *facts)
{
	const struct vm_traits *traits = vm_traits(run->vm);

	*facts = (struct run_site_facts){
		.slot = vm_number(run->vm),
		.accel = traits->accel,
		.emulated = traits->emulated,
	};
	return true;
}

static void here_free(struct run_vm *run)
{
	vm_free(run->vm);
}

static void here_fill_pollfds(const struct run_vm *run, struct pollfd fds[RUN_SITE_FDS])
{
	fds[0] = (struct pollfd){ .fd = vm_monitor_fd(run->vm), .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = control_fd(vm_control(run->vm)),
				  .events = POLLIN };
}

static enum control_request here_work(struct run_vm *run,
				      const struct pollfd fds[RUN_SITE_FDS])
{
	struct control *control = vm_control(run->vm);
	enum control_request request;
	int fd;

	vm_watch(run->vm, NULL);
	if (fds[0].revents)
		vm_read_monitor(run->vm);
	if (!fds[1].revents)
		return CONTROL_NONE;
	request = control_read(control);
	while ((fd = control_take_exec(control)) >= 0)
		conversation_exec(run->guest, fd);
	vm_serve_dumps(run->vm);
	return request;
}

static int here_timeout(const struct run_vm *run)
{
	(void)run;
	return -1;
}

static int here_wait(struct run_vm *run)
{
	return vm_wait(run->vm, 0);
}

static void here_stop(struct run_vm *run, int grace_ms)
{
	vm_stop(run->vm, grace_ms);
}

static void here_give_number_back(struct run_vm *run)
{
	vm_give_number_back(run->vm);
}

static const char *here_lost(const struct run_vm *run)
{
	return vm_lost(run->vm);
}

static void here_watch(struct run_vm *run, const char *line)
{
	vm_watch(run->vm, line);
}

/* Pipe and sockets have it all. */
static bool here_more(struct run_vm *run)
{
	(void)run;
	return false;
}

static const char *here_output(struct run_vm *run)
{
	return vm_output(run->vm);
}

static struct vm_ending here_ending(struct run_vm *run)
{
	return vm_ending(run->vm, run->record->vm_status);
}

const struct run_site run_site_here = {
	.make = here_make,
	.start = here_start,
	.started = here_started,
	.free = here_free,
	.fill_pollfds = here_fill_pollfds,
	.work = here_work,
	.timeout = here_timeout,
	.wait = here_wait,
	.stop = here_stop,
	.give_number_back = here_give_number_back,
	.lost = here_lost,
	.watch = here_watch,
	.more = here_more,
	.output = here_output,
	.ending = here_ending,
};
