/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls that fail, as in a container that does not know them. */
#ifndef RAPIDO_TESTS_SECCOMP_FIXTURE_H
#define RAPIDO_TESTS_SECCOMP_FIXTURE_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "fixture.h"

/*
 * Run @fn in a child process in which the system call @number fails with @error; its
 * return value. Skips the test where seccomp(2) has no filters.
 */
static inline int seccomp_run_without(int number, int error, int (*fn)(void))
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K,
			 SECCOMP_RET_ERRNO | ((unsigned int)error & SECCOMP_RET_DATA)),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = ARRAY_SIZE(code), .filter = code };
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
			_exit(177);
		_exit(fn());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail_msg("cannot run a child process");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 177) {
		print_message("there are no filters of system calls here\n");
		skip();
	}
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#endif
