// SPDX-License-Identifier: GPL-2.0-or-later
/* Finds faults that the kernel's log does not show, by its taint. */
#include "run/taint.h"
#include "lib/wire.h"

/* The bits of WIRE_TAINT_FAULTS, with the kernel's letters for them. */
static const struct {
	unsigned int bit;
	char letter;
	const char *words;
} names[] = {
	{ 5, 'B', "bad page or memory error" },
	{ 7, 'D', "oops" },
	{ 9, 'W', "warning" },
	{ 14, 'L', "soft lockup" },
};

void taint_note(struct taint *taint, uint64_t value, size_t case_index)
{
	uint64_t bits = value & ~taint->now & WIRE_TAINT_FAULTS;

	/* each step has a bit of its own */
	_Static_assert(ARRAY_SIZE(taint->steps) >= __builtin_popcount(WIRE_TAINT_FAULTS),
		       "no room for the steps");
	if (bits)
		taint->steps[taint->nr_steps++] =
			(struct taint_step){ bits, case_index, !taint->known };
	taint->now |= value;
	if (!taint->known)
		taint->start = value;
	taint->known = true;
}

/*
 * The bits that reports explain. A WARN() sets only W. The bits of other reports depend
 * on the kernel's release, and an oops often follows, so they explain all bits.
 */
static uint64_t explained(const struct faults *faults)
{
	uint64_t bits = 0;

	/* some are not kept, so their kinds are not known */
	if (faults->counted + faults->allowed > faults->nr)
		return WIRE_TAINT_FAULTS;
	for (size_t i = 0; i < faults->nr; i++)
		bits |= streq(faults->list[i].kind, "warning") ? 1u << 9
							       : WIRE_TAINT_FAULTS;
	return bits;
}

static void add_fault(const struct taint_step *step, uint64_t bits, struct faults *faults,
		      uint64_t lost)
{
	_cleanup_(strbuf_release) struct strbuf title = STRBUF_INIT, text = STRBUF_INIT;
	const char *before = "tainted: ";

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(bits & 1ULL << names[i].bit))
			continue;
		strbuf_addf(&title, "%s%c (%s)", before, names[i].letter, names[i].words);
		before = ", ";
	}
	strbuf_adds(&title, ", without a report that was seen");
	strbuf_addf(&text, "%s\n/proc/sys/kernel/tainted %s\n", title.buf,
		    step->boot ? "had it when the test began"
			       : "did not have it yet when the test began");
	if (lost)
		strbuf_addf(&text, "%llu lines of the kernel's log were lost\n",
			    (unsigned long long)lost);
	faults_add(faults, "taint", title.buf, text.buf, step->case_index);
}

void taint_judge(const struct taint *taint, struct faults *faults, uint64_t lost)
{
	uint64_t known = explained(faults);

	for (size_t i = 0; i < taint->nr_steps; i++)
		if (taint->steps[i].bits & ~known)
			add_fault(&taint->steps[i], taint->steps[i].bits & ~known, faults,
				  lost);
}
