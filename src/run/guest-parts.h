/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What guest.c, guest-frames.c and guest-logs.c have of each other; for them alone. */
#ifndef RAPIDO_GUEST_PARTS_H
#define RAPIDO_GUEST_PARTS_H

#include "run/guest.h"

/* guest-frames.c */

/* Act upon a frame; one that makes no sense becomes record->damage. */
void guest_take_frame(struct guest *guest, const struct wire_frame *frame);

/* The first of it is kept. */
void guest_damaged(struct guest *guest, const char *what);

/* guest-logs.c */

/* Make the files. What cannot be written becomes record->host_error, with a message. */
void guest_open_logs(struct guest *guest);
/* Harmless when they are closed already. */
void guest_close_logs(struct guest *guest);
void guest_log_write(struct guest *guest, struct guest_log *log, const void *data,
		     size_t size);

/* Put it into our own output; a helper's is marked, and all in one sink. */
void guest_show(struct guest *guest, struct sink *sink, const char *data, size_t size);

/* A line of the kernel's log, and whose it is, for klog_init(); @data is the guest. */
void guest_kernel_line(void *data, const struct klog_line *line);
void guest_line_settled(void *data, const struct klog_line *line);

/* The last of the console, and see record->kernel_said. Heap. */
char *guest_last_words(struct guest *guest);
char *guest_kernel_said(struct guest *guest);

#endif
