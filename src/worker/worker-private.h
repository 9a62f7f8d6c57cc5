/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rapido's end of a worker, for worker.c, which has the process and the connection, and
 * worker-vm.c, which has the VM. */
#ifndef RAPIDO_WORKER_PRIVATE_H
#define RAPIDO_WORKER_PRIVATE_H

#include "lib/process.h"
#include "worker-relay.h"
#include "worker/worker.h"
#include "worker/worker-cache.h"

struct worker {
	struct workers *all;
	char *name;
	struct process process;
	struct worker_link link;
	int messages;	    /* what its standard error brings; -1: closed */
	struct strbuf line; /* the beginning of a line of that */
	enum worker_state state;
	char *why; /* it was lost */
	uint64_t started_ms, worked_ms;
	uint64_t start_limit_ms;
	bool hinted;  /* the user was told that it is waited for */
	bool freeing; /* it was told to end a VM, and has not said that this is done */
	struct worker_vm *vm; /* or NULL */
};

/* It is lost: @fmt follows its name. Only the first reason counts. */
void worker_lose(struct worker *worker, const char *fmt, ...) _printf_(2, 3);

/* Do its work until @until (monotonic_ms()), waiting for it at most once. False if it is
 * lost, or the time is over. */
bool worker_pump(struct worker *worker, uint64_t until);

/* It is free for the VM now. */
void worker_vm_begin(struct worker_vm *vm);

/* Act upon a frame that is about the VM. 0 or -EPROTO. */
int worker_vm_frame(struct worker_vm *vm, const struct wire_frame *frame);

/* Move bytes, also those of files; and whether more of a file is to be sent. */
void worker_vm_work(struct worker_vm *vm);
bool worker_vm_has_more(const struct worker_vm *vm);
void worker_vm_fill_pollfds(const struct worker_vm *vm, struct pollfd *fds);

/* Its worker was lost. */
void worker_vm_lose(struct worker_vm *vm);

/* The digest of @fd: known, or computed now. 0 or -errno. */
int workers_digest(struct workers *workers, int fd, struct worker_file *file);

#endif
