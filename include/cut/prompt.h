/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs that the user of a prompt expects, as far as the host has them and the
 * image has not, and the description of the user's terminal. They come into the VM beside
 * the image, when it is booted: images stay small, a cut does not have to look for them,
 * and an image that is booted without a prompt does without.
 */
#ifndef RAPIDO_PROMPT_H
#define RAPIDO_PROMPT_H

#include "closure/sysroot.h"
#include "conf/conf.h"
#include "image/image.h"
#include "lib/report.h"

struct prompt {
	struct plan plan; /* of what is to be added: see initrd_extend() */
	struct sysroot root;
	struct report report; /* what is missing, as warnings */
	const char *term;     /* the terminal (TERM) that is described, or NULL */
};

#define PROMPT_INIT                                          \
	{                                                    \
		.root = SYSROOT_INIT, .report = REPORT_INIT, \
	}

/*
 * Find the usual programs and those that the setting SHELL_TOOLS names, with all they
 * need, for the image @image_fd. 0; -errno if the image or the host's root cannot be
 * read. prompt_release() in any case.
 */
int prompt_find(struct prompt *prompt, int image_fd, const struct conf *conf);
void prompt_release(struct prompt *prompt);

/* Add to @space what the programs need. */
void prompt_add_space(const struct prompt *prompt, struct image_space *space);

#endif
