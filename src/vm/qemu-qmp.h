/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's monitor, which tells how a VM ended, and dumps its memory. The protocol is in
 * QEMU's docs/interop/qmp-spec.rst: one JSON object in each line. The commands and events
 * are in qapi/run-state.json, qapi/dump.json and qapi/misc.json.
 */
#ifndef RAPIDO_QEMU_QMP_H
#define RAPIDO_QEMU_QMP_H

#include "lib/str.h"
#include "vm/backend.h"

struct qmp {
	int fd;	  /* our end, non-blocking; -1: there is no monitor */
	int peer; /* QEMU's end, inherited by it; -1 after qmp_started() */
	struct strbuf line;
	bool has_ended; /* QEMU said that the VM has ended */
	bool was_reset; /* and that the guest had reset it, not powered off */
	/* A VM that has ended stays there until it is told to quit. */
	bool stays;
	/* if that is so: where its memory goes if the guest has reset it; borrowed; -1:
	   nowhere */
	int vmcore;
	enum vm_dump dump;
	char *dump_error; /* heap; if that is VM_DUMP_FAILED */
};

#define QMP_INIT                                                         \
	{                                                                \
		.fd = -1, .peer = -1, .line = STRBUF_INIT, .vmcore = -1, \
	}

/* Make the connection. 0 or -errno. */
int qmp_init(struct qmp *qmp);
void qmp_release(struct qmp *qmp);

/* Close QEMU's end, which it has inherited, and ask for events. */
void qmp_started(struct qmp *qmp);

/* Read what has arrived, without blocking. At the end of the stream fd becomes -1. */
void qmp_read(struct qmp *qmp);

/*
 * Begin to write the VM's memory to the file @fd; see dump() of struct vm_backend. The
 * VM's processors stand still until that is done.
 */
int qmp_dump(struct qmp *qmp, int fd, enum vm_dump_format format);

/* The last dump has ended, and no one else wants to know of it. */
void qmp_forget_dump(struct qmp *qmp);

/* Take one line; for tests. */
void qmp_line(struct qmp *qmp, const char *line);

#endif
