// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's log, and its taint, which shows that there was a fault even if the report
 * of it got lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent.h"

/* A console with this log level shows all but debug messages. */
#define LEVEL_ALL 7

/* False if it cannot be read. The descriptor stays open, since a test may unmount /proc.
 */
static bool read_taint(const struct agent *a, uint64_t *taint)
{
	char text[32];
	ssize_t n = a->tainted < 0 ? -1 : pread(a->tainted, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return false;
	text[n] = '\0';
	*taint = strtoull(text, NULL, 10);
	return true;
}

/* Whether the log's beginning may have lines that the console did not show. */
static bool wants_beginning(const struct agent *a)
{
	uint64_t taint = 0;
	char level[64];

	if (read_taint(a, &taint) && taint & WIRE_TAINT_FAULTS)
		return true;
	return read_text("/proc/sys/kernel/printk", level, sizeof(level)) &&
	       strtoul(level, NULL, 10) < LEVEL_ALL;
}

void open_kernel(struct agent *a)
{
	a->tainted = open("/proc/sys/kernel/tainted", O_RDONLY | O_CLOEXEC);
	a->kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (a->kmsg < 0)
		a->kmsg_error = (uint32_t)errno;
	else if (!wants_beginning(a))
		lseek(a->kmsg, 0, SEEK_END);
}

void send_kernel(struct agent *a)
{
	unsigned char payload[16];
	uint32_t flags = a->kmsg_more ? WIRE_KERNEL_MORE : 0;

	if (read_taint(a, &a->taint))
		flags |= WIRE_KERNEL_TAINT;
	wire_put32(payload, flags);
	wire_put32(payload + 4, a->kmsg_error);
	wire_put64(payload + 8, a->taint);
	uplink_send(&a->uplink, WIRE_KERNEL, payload, sizeof(payload));
}

void send_taint(struct agent *a)
{
	uint64_t taint = a->taint;

	if (read_taint(a, &taint) && taint != a->taint)
		send_kernel(a);
}
