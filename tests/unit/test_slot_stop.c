// SPDX-License-Identifier: GPL-2.0-or-later
/* Ending VMs: rapidos that obey, that are deaf, and that are not there. They are children
 * of ours which behave so, and QEMU is one that sleeps. */
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "fixture.h"
#include "vm/control.h"
#include "vm/slot-stop.h"

/* Long enough for a busy machine, where something is waited for that comes. */
static const struct slot_patience patient = { 5000, 5000, 5000 };
static const struct slot_patience hasty = { 100, 100, 1000 };

enum manner {
	POLITE,	  /* does what it is asked by the control socket */
	HUNG,	  /* its guest does not power off, but it can end that at once */
	BUSY,	  /* answers and does nothing, but for SIGTERM */
	DEAF,	  /* does not answer */
	HASTY,	  /* closes each connection unanswered */
	OLD,	  /* has no socket */
	STUBBORN, /* as BUSY, and only SIGKILL ends it */
	ABSENT,	  /* has died, QEMU lives on */
};

struct fake {
	struct slot slot;
	pid_t rapido, qemu;
};

static void stay(void)
{
	for (;;)
		pause();
}

static pid_t start_qemu(bool stubborn)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_NAME, "qemu-system-x86");
	signal(SIGTERM, stubborn ? SIG_IGN : SIG_DFL);
	stay();
	return 0;
}

static pid_t fake_qemu;
static struct slot fake_slot;
static char *fake_socket; /* malloc(3) is not for signal handlers */

/* What rapido does at the end: QEMU, the files, itself. */
static void end_vm(int signal)
{
	/* a QEMU that has just been forked has this handler too */
	if (fake_qemu > 0) {
		kill(fake_qemu, SIGKILL);
		waitpid(fake_qemu, NULL, 0);
		unlink(fake_socket);
		unlink(fake_slot.lock.path);
	}
	_exit(signal ? 128 + signal : 0);
}

static void ignore(int signal)
{
	(void)signal;
}

/* To read a request from each connection, and close it. */
static int listen_only(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", fake_socket);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 10))
		_exit(1);
	return fd;
}

static void hang_up_on_all(int listener)
{
	for (;;) {
		char request[100];
		int fd = accept(listener, NULL, NULL);

		(void)!read(fd, request, sizeof(request));
		close(fd);
	}
}

static void serve(enum manner manner, struct control *control)
{
	for (;;) {
		struct pollfd fd = { control_fd(control), POLLIN, 0 };
		enum control_request request;

		if (poll(&fd, 1, -1) < 0)
			continue;
		request = control_read(control);
		if ((request == CONTROL_STOP && manner == POLITE) ||
		    (request == CONTROL_END && (manner == POLITE || manner == HUNG)))
			end_vm(0);
	}
}

/* In the child: tell the pid of QEMU, and wait. */
static void be_rapido(enum manner manner, int tell)
{
	struct control *control = NULL;
	int listener = -1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "rapido");
	signal(SIGTERM, manner == STUBBORN ? ignore : end_vm);
	fake_qemu = start_qemu(manner == STUBBORN);
	if (manner == HASTY)
		listener = listen_only();
	else if (manner != OLD)
		control = control_new(&fake_slot);
	if (write(tell, &fake_qemu, sizeof(fake_qemu)) != sizeof(fake_qemu))
		_exit(1);
	if (manner == ABSENT)
		_exit(0);
	if (manner == OLD || manner == DEAF)
		stay();
	if (manner == HASTY)
		hang_up_on_all(listener);
	serve(manner, control);
}

/* A VM that runs, with everything in other processes. */
static struct fake start_vm(enum manner manner)
{
	struct fake vm = { 0 };
	struct slot_info info = { .test = (char *)"fake" };
	int ends[2];

	/* so that what a rapido leaves behind becomes our child */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	assert_int_equal(slot_take(&vm.slot, at("pids")), 0);
	fake_slot = vm.slot;
	free(fake_socket);
	fake_socket = slot_socket_path(vm.slot.lock.path);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	vm.rapido = fork();
	if (!vm.rapido)
		be_rapido(manner, ends[1]);
	close(ends[1]);
	assert_int_equal(read(ends[0], &vm.qemu, sizeof(vm.qemu)), sizeof(vm.qemu));
	close(ends[0]);
	info.vm = vm.qemu;
	info.rapido = vm.rapido;
	assert_int_equal(slot_describe(&vm.slot, &info), 0);
	/* from here on it is theirs */
	close(vm.slot.lock.fd);
	if (manner == ABSENT)
		assert_int_equal(waitpid(vm.rapido, NULL, 0), vm.rapido);
	return vm;
}

/* Whether QEMU has gone; nothing is left behind in any case. */
static bool end_fake(struct fake *vm)
{
	bool gone = kill(vm->qemu, 0) < 0 || waitpid(vm->qemu, NULL, WNOHANG) == vm->qemu;

	if (!gone)
		kill(vm->qemu, SIGKILL);
	kill(vm->rapido, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	free(vm->slot.lock.path);
	return gone;
}

static void stop_one(struct slot_stop *stop, const struct slot_patience *patience)
{
	*stop = (struct slot_stop){ .number = 1 };
	stop->fd = slot_open(at("pids"), 1, &stop->info);
	if (stop->fd < 0) {
		stop->gone = true;
		return;
	}
	slot_stop(stop, 1, at("pids"), patience);
	close(stop->fd);
	slot_info_release(&stop->info);
}

static void expect_gone(enum manner manner, const struct slot_patience *patience,
			bool asked, enum slot_step step)
{
	struct fake vm = start_vm(manner);
	struct slot_stop stop;
	_cleanup_free_ char *socket = slot_socket_path(vm.slot.lock.path);
	bool files_there, gone;

	stop_one(&stop, patience);
	files_there = access(vm.slot.lock.path, F_OK) == 0 || access(socket, F_OK) == 0;
	gone = end_fake(&vm);
	assert_true(stop.gone);
	assert_true(gone);
	assert_int_equal(stop.asked, asked);
	assert_int_equal(stop.step, step);
	assert_false(files_there);
}

FIXTURE_TEST(slot_stop__rapido_obeys__powered_off)
{
	expect_gone(POLITE, &patient, true, SLOT_ASKED);
}

FIXTURE_TEST(slot_stop__guest_hangs__rapido_ends_it_at_once)
{
	const struct slot_patience short_of_it = { 100, 5000, 5000 };

	expect_gone(HUNG, &short_of_it, true, SLOT_ENDED);
}

FIXTURE_TEST(slot_stop__does_not_do_it__terminated)
{
	const struct slot_patience short_of_it = { 100, 1500, 5000 };

	expect_gone(BUSY, &short_of_it, true, SLOT_TERMINATED);
}

FIXTURE_TEST(slot_stop__does_not_answer__terminated)
{
	const struct slot_patience short_of_it = { 100, 5000, 5000 };

	expect_gone(DEAF, &short_of_it, true, SLOT_TERMINATED);
}

/* It is asked again until the end of the patience. */
FIXTURE_TEST(slot_stop__connection_closed__asked_again)
{
	const struct slot_patience short_of_it = { 200, 5000, 5000 };

	expect_gone(HASTY, &short_of_it, true, SLOT_TERMINATED);
}

FIXTURE_TEST(slot_stop__no_socket__terminated_at_once)
{
	expect_gone(OLD, &patient, false, SLOT_TERMINATED);
}

FIXTURE_TEST(slot_stop__no_patience__ended_at_once)
{
	const struct slot_patience none = { 0, 5000, 5000 };

	expect_gone(POLITE, &none, false, SLOT_ENDED);
}

FIXTURE_TEST(slot_stop__no_patience_and_no_answer__terminated)
{
	const struct slot_patience none = { 0, 100, 5000 };

	expect_gone(DEAF, &none, false, SLOT_TERMINATED);
}

FIXTURE_TEST(slot_stop__nothing_helps__killed_and_file_removed)
{
	expect_gone(STUBBORN, &hasty, true, SLOT_KILLED);
}

FIXTURE_TEST(slot_stop__rapido_is_gone__qemu_terminated)
{
	expect_gone(ABSENT, &patient, false, SLOT_TERMINATED);
}

/* A stopped process takes no signal but SIGKILL. */
FIXTURE_TEST(slot_stop__rapido_is_stopped__killed)
{
	struct fake vm = start_vm(POLITE);
	struct slot_stop stop;
	bool gone;

	kill(vm.rapido, SIGSTOP);
	stop_one(&stop, &hasty);
	gone = end_fake(&vm);
	assert_true(stop.gone);
	assert_true(gone);
	assert_int_equal(stop.step, SLOT_KILLED);
}

FIXTURE_TEST(slot_stop__several__all_at_the_same_time)
{
	static const enum manner manners[] = { DEAF, POLITE, DEAF, DEAF, DEAF };
	const struct slot_patience a_second = { 1000, 5000, 5000 };
	struct slot_stop stops[ARRAY_SIZE(manners)];
	struct fake vms[ARRAY_SIZE(manners)];
	struct timespec begin, end;
	bool gone = true;

	for (size_t i = 0; i < ARRAY_SIZE(manners); i++) {
		vms[i] = start_vm(manners[i]);
		stops[i] = (struct slot_stop){ .number = (unsigned int)i + 1 };
		stops[i].fd = slot_open(at("pids"), stops[i].number, &stops[i].info);
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	slot_stop(stops, ARRAY_SIZE(stops), at("pids"), &a_second);
	clock_gettime(CLOCK_MONOTONIC, &end);
	for (size_t i = 0; i < ARRAY_SIZE(manners); i++) {
		gone &= stops[i].gone;
		gone &= stops[i].step ==
			(manners[i] == POLITE ? SLOT_ASKED : SLOT_TERMINATED);
		close(stops[i].fd);
		slot_info_release(&stops[i].info);
	}
	for (size_t i = 0; i < ARRAY_SIZE(manners); i++)
		gone &= end_fake(&vms[i]);
	assert_true(gone);
	assert_true(end.tv_sec - begin.tv_sec < 4);
}

/* The pids of its file are in other hands: those are left alone, and it is said. */
FIXTURE_TEST(slot_stop__pids_of_other_processes__not_hit)
{
	pid_t bystander = start_qemu(false);
	const struct slot_info info = { .vm = bystander, .rapido = bystander };
	struct slot_stop stop;
	struct slot slot;
	bool alive;

	/* started before the number was taken, it has not the file */
	assert_int_equal(slot_take(&slot, at("pids")), 0);
	assert_int_equal(slot_describe(&slot, &info), 0);
	stop_one(&stop, &hasty);
	alive = waitpid(bystander, NULL, WNOHANG) == 0;
	kill(bystander, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	assert_true(alive);
	assert_false(stop.gone);
	assert_int_equal(stop.err, -ESRCH);
	slot_release(&slot);
}

FIXTURE_TEST(slot_stop__not_described__given_up)
{
	struct slot_stop stop;
	struct slot slot;

	assert_int_equal(slot_take(&slot, at("pids")), 0);
	stop_one(&stop, &hasty);
	assert_false(stop.gone);
	assert_int_equal(stop.err, -ESRCH);
	slot_release(&slot);
}

static bool is_taken(unsigned int number)
{
	_cleanup_(slot_info_release) struct slot_info info = { 0 };
	_cleanup_close_ int fd = slot_open(at("pids"), number, &info);

	return fd >= 0;
}

FIXTURE_TEST(slot_stop__qemu_of_another_tool__terminated_then_killed)
{
	for (int stubborn = 0; stubborn < 2; stubborn++) {
		pid_t pid = start_qemu(stubborn);
		_cleanup_free_ char *text = xasprintf("%d\n", (int)pid);
		struct slot_stop stop;
		siginfo_t end = { 0 };

		/* it is in its place when it has its name */
		for (int i = 0; i < 500 && !is_taken(1); i++) {
			put_file("pids/rapido_vm1.pid", text);
			usleep(10000);
		}
		stop_one(&stop, &hasty);
		kill(pid, SIGKILL);
		waitid(P_PID, (id_t)pid, &end, WEXITED);
		assert_true(stop.gone);
		assert_true(stop.step >= SLOT_TERMINATED);
		assert_int_equal(end.si_status, stubborn ? SIGKILL : SIGTERM);
	}
}

int main(void)
{
	return run_defined_tests(fixture_clean_environment, NULL);
}
