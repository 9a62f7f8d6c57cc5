// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's log: bytes of the console and records of /dev/kmsg, and the reports in it.
 * The input's pieces are separated by 0xff, then a byte whose lowest bit says which of
 * the two comes, and whose others how many tenths of a second have passed.
 */
#include "run/faults.h"
#include "fuzz.h"

struct run {
	struct klog klog;
	struct faults faults;
	uint64_t now_ms;
	bool disowned;
};

static void line(void *data, const struct klog_line *klog_line)
{
	struct run *run = data;

	if (strlen(klog_line->text) > KLOG_LINE_MAX || strchr(klog_line->text, '\n'))
		abort();
	if (klog_line->origin != KLOG_USER)
		faults_line(&run->faults, klog_line, run->now_ms, SIZE_MAX);
}

static void settled(void *data, const struct klog_line *klog_line)
{
	struct run *run = data;

	if (klog_line->origin == KLOG_CONSOLE)
		abort();
	if (klog_line->origin == KLOG_USER)
		faults_disown(&run->faults, klog_line);
	else
		faults_confirm(&run->faults, klog_line);
	run->disowned |= klog_line->origin == KLOG_USER;
}

static void feed(struct run *run, const uint8_t *data, size_t size)
{
	const uint8_t *end = data + size;

	while (data < end) {
		const uint8_t *next = memchr(data, 0xff, (size_t)(end - data));
		size_t n = (size_t)((next ? next : end) - data);

		if (n && (data[0] & 1))
			klog_kmsg(&run->klog, (const char *)data + 1, n - 1);
		else if (n)
			klog_console(&run->klog, (const char *)data + 1, n - 1);
		if (n)
			run->now_ms += (uint64_t)(data[0] >> 1) * 100;
		faults_pending(&run->faults, run->now_ms);
		data += n + 1;
	}
}

static void check(const struct run *run)
{
	const struct faults *faults = &run->faults;
	size_t all = faults->counted + faults->allowed;
	size_t kept = all < FAULTS_MAX ? all : FAULTS_MAX;

	/* of those that were not kept, none takes the place of one that was no fault */
	if (faults->nr > kept || (faults->nr < kept && !run->disowned))
		abort();
	if (!faults->counted != !faults_first(faults) &&
	    !(faults->counted && run->disowned))
		abort();
	for (size_t i = 0; i < faults->nr; i++)
		if (!*faults->list[i].title ||
		    strlen(faults->list[i].text) > FAULT_TEXT_MAX ||
		    (!strstr(faults->list[i].text, faults->list[i].title) &&
		     !strstr(faults->list[i].text, "[... the rest is left out ...]")))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run run;
	_cleanup_free_ char *why = NULL;

	run.now_ms = 0;
	run.disowned = false;
	klog_init(&run.klog, line, settled, &run);
	faults_init(&run.faults);
	if (faults_allow(&run.faults, "allowed|foo_[a-z]+", &why))
		abort();
	feed(&run, data, size);
	klog_console_end(&run.klog);
	faults_finish(&run.faults);
	if (faults_pending(&run.faults, run.now_ms))
		abort();
	check(&run);
	klog_release(&run.klog);
	faults_release(&run.faults);
	return 0;
}
