/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's monitor, which tells how a VM ended. The protocol is in QEMU's
 * docs/interop/qmp-spec.rst: one JSON object in each line.
 */
#ifndef RAPIDO_QEMU_QMP_H
#define RAPIDO_QEMU_QMP_H

#include "lib/str.h"

struct qmp {
	int fd;	  /* our end, non-blocking; -1: there is no monitor */
	int peer; /* QEMU's end, inherited by it; -1 after qmp_started() */
	struct strbuf line;
	bool has_ended; /* QEMU said that the VM has ended */
	bool was_reset; /* and that the guest had reset it, not powered off */
};

#define QMP_INIT                                          \
	{                                                 \
		.fd = -1, .peer = -1, .line = STRBUF_INIT \
	}

/* Make the connection. 0 or -errno. */
int qmp_init(struct qmp *qmp);
void qmp_release(struct qmp *qmp);

/* Close QEMU's end, which it has inherited, and ask for events. */
void qmp_started(struct qmp *qmp);

/* Read what has arrived, without blocking. At the end of the stream fd becomes -1. */
void qmp_read(struct qmp *qmp);

/* Take one line; for tests. */
void qmp_line(struct qmp *qmp, const char *line);

#endif
