// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines that make a report one, and whose they are. */
#include "run/fault-heads.h"

uint64_t fault_line_hash(const struct klog_line *line)
{
	uint64_t hash = 14695981039346656037u ^ line->usec;

	for (const char *p = line->text; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 1099511628211u;
	return hash ? hash : 1;
}

void fault_heads_add(struct fault_heads *heads, const struct klog_line *line)
{
	bool known = line->origin == KLOG_KERNEL;

	if (heads->nr < FAULT_HEADS_MAX) {
		heads->line[heads->nr] = fault_line_hash(line);
		heads->known[heads->nr] = known;
	}
	heads->nr++;
	heads->certain |= known;
}

bool fault_heads_settle(struct fault_heads *heads, uint64_t hash, bool kernel, bool *lost)
{
	size_t nr = heads->nr < FAULT_HEADS_MAX ? heads->nr : FAULT_HEADS_MAX, i = 0;

	*lost = false;
	while (i < nr && (heads->line[i] != hash || heads->known[i]))
		i++;
	if (i == nr)
		return false;
	if (kernel) {
		heads->known[i] = heads->certain = true;
	} else if (heads->nr <= FAULT_HEADS_MAX) {
		heads->nr--;
		heads->line[i] = heads->line[heads->nr];
		heads->known[i] = heads->known[heads->nr];
		*lost = !heads->nr;
	}
	return true;
}

bool fault_heads_revoke(struct fault_heads *heads, bool *allowed, uint64_t hash)
{
	if (!*allowed || heads->allowed != hash)
		return false;
	*allowed = false;
	heads->allowed = 0;
	return true;
}
