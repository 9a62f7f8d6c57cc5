/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `rapido run` does before its runs: it cuts images and finds kernels. */
#ifndef RAPIDO_RUN_PREPARE_H
#define RAPIDO_RUN_PREPARE_H

#include "run/runs.h"

/* Whether the test has a manifest that says that it is a suite. */
bool run_is_suite(const struct run_config *config, const struct session *session);

/* Whether there is such a test, or none is asked for. The cut says it if not. */
bool run_finds_test(const struct run_config *config, const struct session *session);

/*
 * Fill the second half of @config from its options: cut the images, find the kernels,
 * check the regular expressions, and make the directory for results. A helper's image is
 * written beside the test's, with "-with-NAME" appended to its name. 0, or an error after
 * a message. The caller calls run_config_release() in either case.
 */
int run_prepare(struct run_config *config, const struct session *session);

#endif
