/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What conversation.c and run-logs.c have of each other; for them alone. */
#ifndef RAPIDO_GUEST_PARTS_H
#define RAPIDO_GUEST_PARTS_H

#include "run/conversation.h"

/* Make the files. What cannot be written becomes record->host_error, with a message. */
void guest_open_logs(struct conversation *talk);
/* Harmless when they are closed already. */
void guest_close_logs(struct conversation *talk);
void guest_log_write(struct conversation *talk, struct log_file *log, const void *data,
		     size_t size);

/* Put it into our own output; a helper's is marked, and all in one sink. */
void guest_show(struct conversation *talk, struct sink *sink, const char *data,
		size_t size);

/* A line of the kernel's log, and whose it is, for klog_init(); @data is the guest. */
void guest_kernel_line(void *data, const struct klog_line *line);
void guest_line_settled(void *data, const struct klog_line *line);

/* The last of the console, and see record->kernel_said. Heap. */
char *guest_last_words(struct conversation *talk);
char *guest_kernel_said(struct conversation *talk);

#endif
