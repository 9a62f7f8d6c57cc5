/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `rapido run` does before it runs anything: images are cut, kernels found. */
#ifndef RAPIDO_RUN_PREPARE_H
#define RAPIDO_RUN_PREPARE_H

#include "run/runs.h"

/*
 * Cut what is to be cut, find the kernels, check the expressions, and make the directory
 * for results: from the first part of @config to its vms and its dir. The images of
 * helpers are beside the test's, with "-with-NAME" behind its name. 0, or an error after
 * a message; run_config_release() in either case.
 */
int run_prepare(struct run_config *config, const struct session *session);

#endif
