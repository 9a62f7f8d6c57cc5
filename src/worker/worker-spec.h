/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM described for a worker, as a JSON object: what the command line asks, and the
 * settings of rapido.conf that are about any VM, not about the host that has them.
 */
#ifndef RAPIDO_WORKER_SPEC_H
#define RAPIDO_WORKER_SPEC_H

#include "vm/vm.h"

/* Why a worker cannot have this VM: the option, or what it is about. Static text; NULL:
 * it can. */
const char *worker_spec_objection(const struct vm_options *options);

void worker_spec_format(struct strbuf *json, const struct vm_options *options);

/* What the worker reads. Strings are the object's. */
struct worker_spec {
	struct json_object *object;
	struct vm_args args;
	const char *release; /* or NULL */
	bool merge, stay;
};

#define WORKER_SPEC_INIT \
	{                \
		0        \
	}

/* Read @text, and set the settings in it in @conf. 0, or -EINVAL: it makes no sense.
 * worker_spec_release() in either case. */
int worker_spec_parse(struct worker_spec *spec, const char *text, size_t size,
		      struct conf *conf);
void worker_spec_release(struct worker_spec *spec);

#endif
