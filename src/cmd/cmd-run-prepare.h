/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `rapido run` does before it runs anything: images are cut, kernels found. */
#ifndef RAPIDO_CMD_RUN_PREPARE_H
#define RAPIDO_CMD_RUN_PREPARE_H

#include "cut/cut-image.h"
#include "run/rundir.h"
#include "vm/boot.h"

/* As the command line has it. */
struct run_request {
	struct cut_args cut;	   /* of the test; the kernel is everybody's */
	const char *test, *image;  /* one of them, the other is NULL */
	const char *results;	   /* directory, or NULL for a new one */
	struct strvec with, allow; /* tests that help; expressions for faults */
};

void run_request_release(struct run_request *request);

/* A test cut now, or an image that was before. */
struct run_prepared_vm {
	char *name; /* of a helper: plain, no two have the same; NULL: it is the test */
	struct cut_result cut;
	struct boot boot;
	struct strvec allow; /* expressions of the image, the configuration, and ours */
};

struct run_prepared {
	struct rundir dir;
	struct run_prepared_vm *vms; /* the test's is the last; what points into boot
					stays where it is */
	size_t nr;
};

/*
 * Cut what is to be cut, find the kernels, check the expressions, and make the directory
 * for results. The images of helpers are beside the test's, with "-with-NAME" behind its
 * name. 0, or an error after a message; run_prepared_release() in any case.
 */
int run_prepare(struct run_prepared *prepared, const struct session *session,
		const struct run_request *request);
void run_prepared_release(struct run_prepared *prepared);

#endif
