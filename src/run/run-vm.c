// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VM of a run, from its start to its last words. conversation.c sorts what the guest
 * says, and run-limits.c computes when the VM must end.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/live.h"
#include "lib/log.h"
#include "run-vm.h"

/* Milliseconds that the VM has to end after SIGTERM. */
#define TERM_GRACE_MS 500
/* Milliseconds that a dump may take, and between looks at it. */
#define DUMP_LIMIT_MS 600000
#define DUMP_POLL_MS  100
/* The file for it in the run's directory. */
#define VMCORE "vmcore"

static void identify(struct run_file *file, const char *path, int fd)
{
	struct stat st;

	file->path = xstrdup(path);
	if ((fd < 0 ? stat(path, &st) : fstat(fd, &st)) < 0)
		return;
	file->size = (uint64_t)st.st_size;
	file->mtime = st.st_mtim;
}

void run_vm_note(struct run_record *record, const struct run_vm_config *vm,
		 const char *dir)
{
	const struct vm_options *options = &vm->boot.options;
	const struct image_info *info = options->info;

	record->test = info->test ? xstrdup(info->test) : NULL;
	record->release = info->release ? xstrdup(info->release) : NULL;
	record->dir = dir ? xstrdup(dir) : NULL;
	record->kunit = info->kunit;
	record->scripts = info->scripts_unknown ? -1 : (int64_t)info->scripts;
	identify(&record->kernel, options->kernel, -1);
	/* the image that is booted: its path may name another one by now */
	identify(&record->image, options->image, options->image_fd);
	for (size_t i = 0; i < vm->allow.nr; i++) {
		_cleanup_free_ char *why = NULL;

		faults_allow(&record->faults, vm->allow.v[i], &why);
	}
}

/* The guest's kernel may say what this host has done to it. */
static void heard(void *data, const char *line)
{
	struct run_vm *run = data;

	run->site->watch(run, line);
}

void run_vm_init(struct run_vm *run, const struct run_config *config,
		 const struct run_vm_config *vm, struct run_record *record,
		 const struct rundir *dir)
{
	*run = (struct run_vm){
		.config = vm,
		.site = &run_site_here,
		.vm_options = vm->boot.options,
		.talk_options = {
			.logs = { .dir = dir,
				  .out = vm->out,
				  .err = vm->err,
				  .max = config->log_max,
				  .show_kernel = config->show_log,
				  .mark = vm->name,
				  .heard = heard,
				  .data = run },
			.in = vm->in,
		},
		.record = record,
		.vmcore = -1,
	};
	run_facts_init(&run->facts);
	run->facts.timeout = (unsigned int)config->timeout;
	run->facts.boot_timeout = (unsigned int)config->boot_timeout;
	run->facts.hang_timeout = (unsigned int)config->hang_timeout;
	run->facts.debugged = vm->boot.options.debug != VM_DEBUG_NO;
	run->facts.stop_on_fault = !config->no_fault_check && !run->facts.debugged &&
				   !streq(config->on_fault, "continue");
	run->dump_on_fault = !config->no_fault_check && streq(config->on_fault, "dump");
	record->fault_check = !config->no_fault_check;
	record->tap_check = streq(config->tap, "fail");
}

void run_vm_use_worker(struct run_vm *run, struct worker *worker)
{
	run->worker = worker;
	if (worker)
		run->site = &run_site_worker;
}

/* Make the file for a dump. 0, or -errno after a message. */
static int make_vmcore(struct run_vm *run)
{
	int err;

	if (!run->dump_on_fault)
		return 0;
	run->vmcore = rundir_create(run->talk_options.logs.dir, VMCORE);
	err = run->vmcore < 0 ? run->vmcore : 0;
	/* the image's files are in it, also those that only the user can read */
	if (!err && fchmod(run->vmcore, 0600) < 0)
		err = -errno;
	if (err) {
		log_error("cannot create '" VMCORE "' in '%s': %s",
			  run->talk_options.logs.dir->path, err_text(err));
		return err;
	}
	run->vm_options.vmcore = run->vmcore;
	return 0;
}

/* Keep the dump if there is a whole one. */
static void finish_vmcore(struct run_vm *run)
{
	const struct rundir *dir = run->talk_options.logs.dir;
	const char *error = NULL;

	if (run->vmcore < 0)
		return;
	close(TAKE_FD(run->vmcore));
	switch (run->vm ? vm_dump_state(run->vm, &error) : VM_DUMP_NONE) {
	case VM_DUMP_DONE:
		log_info("the VM's memory is in '%s/" VMCORE "'", dir->path);
		return;
	case VM_DUMP_FAILED:
		log_warn("the VM's memory could not be dumped: %s", error);
		break;
	case VM_DUMP_RUNNING:
		log_warn("the VM ended before its memory was dumped");
		break;
	case VM_DUMP_NONE:
		break;
	}
	unlinkat(dir->fd, VMCORE, 0);
}

void run_vm_release(struct run_vm *run)
{
	finish_vmcore(run);
	conversation_free(run->guest);
	run->site->free(run);
}

/* Make the VM, the ways to the guest's agent, and the conversation by these. */
static int make_vm(struct run_vm *run)
{
	int console = -1, slow = -1, fast = -1;
	int err = run->site->make(run, &console, &slow, &fast);

	run->guest =
		conversation_new(&run->talk_options, run->record, console, slow, fast);
	return err;
}

/* Note that the VM has been started, if it was. */
static void look_whether_started(struct run_vm *run)
{
	struct run_record *record = run->record;
	struct run_site_facts facts;

	if (run->started || !run->site->started(run, &facts))
		return;
	clock_gettime(CLOCK_REALTIME, &record->started);
	conversation_pause(run->guest, false);
	conversation_started(run->guest);
	record->started_vm = true;
	record->slot = facts.slot;
	record->accel = facts.accel;
	run->facts.emulated = facts.emulated;
	run->started = true;
}

static void start_vm(struct run_vm *run)
{
	_cleanup_free_ char *log =
		xasprintf("%s/console.log", run->talk_options.logs.dir->path);

	if (run->site->start(run, log)) {
		if (!run->record->host_error)
			run->record->host_error = xstrdup("the VM could not be started");
		return;
	}
	run->running = true;
	/* no limit is about the time before its start */
	conversation_pause(run->guest, true);
	look_whether_started(run);
}

void run_vm_start(struct run_vm *run)
{
	int err;

	run->vm_options.unattended = run->vm_options.run = true;
	run->vm_options.merge = run->config->merge;
	run->vm_options.stay = run->record->helper;
	err = make_vmcore(run);
	if (!err)
		err = make_vm(run);
	if (!err && run->vmcore >= 0 && run->vm && !vm_traits(run->vm)->can_dump) {
		log_error(
			"--on-fault=dump: the memory of this VM cannot be dumped: it is a "
			"process, which 'rapido gdb' can attach to");
		err = -EOPNOTSUPP;
	}
	if (!err)
		start_vm(run);
}

/* The VM has ended: its number is free for others. */
static void note_vm_end(struct run_vm *run)
{
	run->running = false;
	run->record->vm_ms = conversation_ms(run->guest);
	run->site->give_number_back(run);
}

void run_vm_child_ended(struct run_vm *run)
{
	const struct run_record *record = run->record;
	int status = run->running ? run->site->wait(run) : 0;

	if (!run->running)
		return;
	if (status >= 0) {
		run->record->vm_status = status;
		note_vm_end(run);
	} else if (status != -ETIMEDOUT) {
		record_host_failed(run->record, "see whether the VM has ended", status);
		run_vm_kill(run, RUN_HOST);
	} else if (!run->lost && !record->has_end && record->stop == RUN_NOT_STOPPED) {
		run->lost = run->site->lost(run);
		if (run->lost)
			run->facts.lost_ms = conversation_ms(run->guest);
	}
}

void run_vm_fill_pollfds(const struct run_vm *run, struct pollfd *fds)
{
	for (int i = 0; i < RUN_VM_FDS; i++)
		fds[i] = (struct pollfd){ .fd = -1 };
	if (!run->running)
		return;
	run->site->fill_pollfds(run, fds);
	conversation_fill_pollfds(run->guest, fds + RUN_SITE_FDS);
}

void run_vm_work(struct run_vm *run, const struct pollfd *fds)
{
	enum control_request request;

	conversation_work(run->guest, fds + RUN_SITE_FDS);
	request = run->site->work(run, fds);
	look_whether_started(run);
	if (request == CONTROL_STOP)
		run_vm_stop(run, RUN_COMMAND, RUN_STOP_GRACE_MS);
	else if (request == CONTROL_END)
		run_vm_kill(run, RUN_COMMAND);
	if (run->site->tells_end)
		run_vm_child_ended(run);
}

/* Milliseconds until @at, as a timeout for poll(2): -1 for RUN_NEVER. */
static int time_left(const struct run_vm *run, uint64_t at)
{
	uint64_t now = conversation_ms(run->guest);

	if (at == RUN_NEVER)
		return -1;
	if (at <= now)
		return 0;
	return at - now < INT_MAX ? (int)(at - now) : INT_MAX;
}

/* Wait until @until for slow readers of the output. SIGCHLD may still come, if we ended
 * the VM. Whoever sends another signal does not want to wait. */
static void flush_output(struct run_vm *run, uint64_t until, int signals,
			 int (*on_signal)(void *data), void *data)
{
	int err;

	do {
		bool over = run->record->signal;

		err = conversation_flush(run->guest, over ? 0 : time_left(run, until),
					 over ? -1 : signals);
	} while (err == -EINTR && on_signal(data));
}

/*
 * If the VM ended before its kernel had a console, what it said until then stands for the
 * console; and what only its program said is for the user.
 */
static void take_output(struct run_vm *run)
{
	const char *output = run->site->output(run);

	if (run->record->console_spoke || !*output)
		return;
	if (strstr(output, "Linux version "))
		conversation_console(run->guest, output, strlen(output));
	else
		log_text(output, strlen(output));
}

void run_vm_finish(struct run_vm *run, int signals, int (*on_signal)(void *data),
		   void *data)
{
	uint64_t until = run_output_until(&run->facts, run->record->limit_s,
					  conversation_ms(run->guest));
	struct vm_ending ending;

	while (!conversation_read_rest(run->guest) || run->site->more(run))
		flush_output(run, until, signals, on_signal, data);
	take_output(run);
	ending = run->site->ending(run);
	run->record->was_reset = ending.end == VM_END_RESET;
	run->record->never_ran = ending.end == VM_END_NEVER_RAN;
	run->record->vm_fault = ending.fault;
	run->record->vm_interference = ending.interference;
	conversation_finish(run->guest);
	flush_output(run, until, signals, on_signal, data);
}

/* Fill in the facts that the limits depend on. Returns the time of that. */
static uint64_t look_at_facts(struct run_vm *run)
{
	struct run_record *record = run->record;
	const struct conversation *guest = run->guest;
	struct run_facts *facts = &run->facts;
	uint64_t now = conversation_ms(guest);

	/* first, because it counts a report that has ended meanwhile */
	facts->fault_pending = faults_pending(&record->faults, now);
	facts->fault = record->faults.counted;
	facts->fault_certain = faults_certain(&record->faults);
	facts->panicked = record->faults.panicked;
	facts->stop = record->stop;
	facts->hello = record->hello;
	facts->has_end = record->has_end;
	facts->damaged = record->damage;
	facts->results_begun = record->results.begun;
	facts->awaited = record->helper && !record->ready && !run->waited_for;
	facts->boot_ms = record->boot_ms;
	facts->tested_ms = record->tested_ms;
	facts->can_be_asked = conversation_can_stop(guest);
	facts->asked = conversation_was_stopped(guest);
	facts->listening = conversation_listens(guest);
	facts->heard_ms = conversation_heard_ms(guest);
	run_facts_note(facts, now);
	return now;
}

void run_vm_stop(struct run_vm *run, enum run_stop why, uint64_t grace_ms)
{
	uint64_t now = look_at_facts(run);

	run_facts_stop(&run->facts, why, grace_ms, now);
	run->record->stop = run->facts.stop;
	conversation_stop(run->guest);
}

void run_vm_kill(struct run_vm *run, enum run_stop why)
{
	if (run->record->stop == RUN_NOT_STOPPED)
		run->record->stop = why;
	run->site->stop(run, TERM_GRACE_MS);
	note_vm_end(run);
}

/* Whether the VM's memory is being dumped. Then the VM stands still, and its time, too,
 * and it may not be ended. */
static bool is_dumping(struct run_vm *run)
{
	uint64_t now = monotonic_ms();
	const char *error;
	bool dumping = run->running && run->vm &&
		       vm_dump_state(run->vm, &error) == VM_DUMP_RUNNING;

	if (!dumping)
		run->dump_until = 0;
	else if (!run->dump_until)
		run->dump_until = now + DUMP_LIMIT_MS;
	dumping &= now < run->dump_until;
	conversation_pause(run->guest, dumping || !run->started);
	return dumping;
}

/* Begin a dump, unless that was done when the VM was reset. */
static void dump(struct run_vm *run)
{
	const char *error;
	int err;

	run->dumped = true;
	if (vm_dump_state(run->vm, &error) != VM_DUMP_NONE)
		return;
	err = vm_dump(run->vm, run->vmcore, VM_DUMP_COMPRESSED);
	if (err)
		log_warn("cannot dump the VM's memory: %s", err_text(err));
}

static void stop_for(struct run_vm *run, const struct run_due *due)
{
	struct run_record *record = run->record;

	if (due->why == RUN_FAULT && run->vmcore >= 0 && !run->dumped) {
		dump(run);
		return;
	}

	/* an agent that seems silent may have said something that was not read yet */
	if (due->why == RUN_SILENT && conversation_read(run->guest))
		return;
	if (due->why == RUN_NO_NETWORK && !record->host_error)
		record->host_error = xstrdup(run->lost);
	if (due->limit_s)
		record->limit_s = due->limit_s;
	run_vm_stop(run, due->why, due->grace_ms);
}

static void say_what_is_waited_for(struct run_vm *run)
{
	if (look_at_facts(run) < run_hint_at(&run->facts))
		return;
	run->waited_for = true;
	log_info("waiting for '%s' to be ready: its scripts have not ended, and none has "
		 "called _vm_ar_ready",
		 run->record->helper);
}

static enum run_phase phase_of(struct run_vm *run)
{
	const struct run_record *record = run->record;

	if (is_dumping(run))
		return RUN_PHASE_DUMP;
	if (!run->running || (record->helper && record->ready))
		return RUN_PHASE_NONE;
	if (!run->started)
		return RUN_PHASE_WAIT;
	return record->hello ? RUN_PHASE_TEST : RUN_PHASE_BOOT;
}

/* One VM does something at a time: helpers are ready before the next VM starts. */
static void show_progress(struct run_vm *run)
{
	const struct run_record *record = run->record;
	const char *name = record->helper ? record->helper
			   : record->test ? record->test
					  : "the image";
	enum run_phase phase = phase_of(run);

	/* several VMs of a suite share a line, which their loop shows */
	if (run->talk_options.suite)
		return;
	if (phase != run->phase) {
		live_end();
		if (phase == RUN_PHASE_WAIT)
			live_say("waiting for %s", worker_name(run->worker));
		else if (phase == RUN_PHASE_BOOT)
			live_say("booting %s",
				 record->release ? record->release : "the kernel");
		else if (phase == RUN_PHASE_TEST)
			live_say("running %s", name);
		else if (phase == RUN_PHASE_DUMP)
			live_say("dumping the VM's memory");
		run->phase = phase;
	}
	if (phase != RUN_PHASE_NONE)
		live_tick();
}

void run_vm_keep_limits(struct run_vm *run)
{
	say_what_is_waited_for(run);
	show_progress(run);
	while (run->running && !is_dumping(run)) {
		uint64_t now = look_at_facts(run);
		struct run_due due = run_due(&run->facts, now);

		if (due.at > now)
			return;
		if (due.kill)
			run_vm_kill(run, due.why);
		else
			stop_for(run, &due);
	}
}

int run_vm_next_wake(struct run_vm *run)
{
	uint64_t now = look_at_facts(run);
	int left, site;

	if (is_dumping(run))
		return DUMP_POLL_MS;
	left = time_left(run, run_wake_at(&run->facts, now));
	site = run->site->timeout(run);
	return live_timeout(site >= 0 && (left < 0 || site < left) ? site : left);
}
