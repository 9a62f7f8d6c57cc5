// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Titles of the kernel's reports. The words are those of Linux 6.1 unless a newer or
 * older release is named; a report that changes its words is a line more here.
 */
#include <regex.h>

#include "fault-titles.h"

/* "foo+0x12/0x34", or a source line */
#define PLACE "([^ ]+:[0-9]+|[^ ]+\\+0x[0-9a-f]+)"
/* what die() adds to the number of the oops: configuration, or nothing */
#define DIED "\\[#[0-9]+\\]:?( .*)?$"
/* kernel/locking/lockdep.c, all of print_*() and lockdep_rcu_suspicious() */
#define LOCKDEP                                                                            \
	"(possible (circular|recursive) locking|possible irq lock inversion"               \
	"|[A-Z_]+(-irq)?-safe -> [A-Z_]+(-irq)?-unsafe lock order|inconsistent lock state" \
	"|suspicious RCU usage|bad unlock balance|bad contention|held lock freed"          \
	"|.* still has locks held|lock held (when returning|at task exit)"                 \
	"|Nested lock was not taken|chain_key collision|Invalid wait context"              \
	"|circular locking deadlock)"

/* More specific ones first: the first that fits has it. */
static const struct fault_title table[] = {
	/* kernel/panic.c */
	{ "panic", "Kernel panic - not syncing", NULL, TITLE_PANIC },

	/* mm/kasan/report.c, mm/kfence/report.c, mm/kmsan/report.c, kernel/kcsan/report.c
	 */
	{ "kasan", "BUG: KASAN: ", NULL, TITLE_RULED },
	{ "kfence", "BUG: KFENCE: ", NULL, TITLE_RULED },
	{ "kmsan", "BUG: KMSAN: ", NULL, TITLE_RULED },
	{ "kcsan", "BUG: KCSAN: ", NULL, TITLE_RULED },
	/* lib/ubsan.c: between lines of "=", since 6.3 from "cut here" to "end trace" */
	{ "ubsan", "UBSAN: ", "^[A-Za-z -]+ in ", TITLE_RULED },
	/* mm/kmemleak.c */
	{ "kmemleak", "kmemleak: ", "^[0-9]+ new suspected memory leaks", TITLE_LINE },

	/* arch/x86/mm/fault.c; arch/powerpc/mm/fault.c, bad_page_fault(); arch/sh */
	{ "oops", "BUG: kernel NULL pointer dereference", NULL, TITLE_DIES },
	{ "oops", "BUG: unable to handle ", NULL, TITLE_DIES },
	{ "oops", "BUG: Kernel NULL pointer dereference", NULL, TITLE_DIES },
	{ "oops", "BUG: Unable to handle ", NULL, TITLE_DIES },
	/* arch/.../mm/fault.c of most others; mips and loongarch with the CPU */
	{ "oops", "Unable to handle kernel ", NULL, TITLE_DIES },
	{ "oops", "CPU ", "^[0-9]+ Unable to handle kernel ", TITLE_DIES },
	/* arch/x86/kernel/traps.c */
	{ "oops", "traps: PANIC: double fault", NULL, TITLE_DIES },
	/* arch/x86/kernel/traps.c; traps.c of arm64, arm, powerpc, s390, riscv */
	{ "stack-overflow", "BUG: ", "^[A-Za-z0-9#_ -]*stack guard page was hit",
	  TITLE_DIES },
	{ "stack-overflow", "Insufficient stack space to handle exception", NULL,
	  TITLE_DIES },
	{ "stack-overflow", "Kernel stack overflow", "^(\\.$|,| )", TITLE_DIES },
	{ "stack-overflow", "do_IRQ: stack overflow: ", NULL, 0 },

	/* kernel/watchdog.c; without the prefix up to 4.5 */
	{ "soft-lockup", "watchdog: BUG: soft lockup - ", NULL, 0 },
	{ "soft-lockup", "NMI watchdog: BUG: soft lockup - ", NULL, 0 },
	{ "soft-lockup", "BUG: soft lockup - ", NULL, 0 },
	/* kernel/watchdog_hld.c; kernel/watchdog.c since 6.5;
	   arch/powerpc/kernel/watchdog.c; arch/sparc/kernel/nmi.c */
	{ "hard-lockup", "NMI watchdog: ", "^.*Watchdog detected hard LOCKUP on cpu", 0 },
	{ "hard-lockup", "watchdog: ", "^.*detected hard LOCKUP ", 0 },
	{ "hard-lockup", "Watchdog detected hard LOCKUP on cpu", NULL, 0 },
	{ "hard-lockup", "BUG: NMI Watchdog detected LOCKUP", NULL, TITLE_DIES },
	/* kernel/rcu/tree_stall.h, tree_exp.h, tasks.h */
	{ "rcu-stall", "rcu: INFO: ", "^[^ ]+ (self-)?detected (expedited )?stalls?[ ?]",
	  0 },
	{ "rcu-stall", "INFO: rcu", "^[^ ]* (self-)?detected (expedited )?stalls?[ ?]",
	  0 },
	/* kernel/hung_task.c; newer ones say what it waits for */
	{ "hung-task", "INFO: task ", "^.+:[0-9]+ blocked (in I/O wait )?for more than ",
	  0 },
	/* kernel/workqueue.c */
	{ "workqueue-lockup", "BUG: workqueue lockup - ", NULL, 0 },
	/* kernel/sched/core.c */
	{ "atomic-sleep", "BUG: scheduling while atomic: ", NULL, 0 },
	{ "atomic-sleep", "BUG: scheduling in a non-blocking section: ", NULL, 0 },
	{ "atomic-sleep", "BUG: sleeping function called from invalid context ", NULL,
	  0 },
	{ "atomic-sleep", "BUG: assuming atomic context ", NULL, 0 },
	{ "atomic-sleep", "BUG: assuming non migratable context ", NULL, 0 },

	/* in brackets and as INFO up to 4.10, as BUG still for wait contexts */
	{ "lockdep", "WARNING: ", "^" LOCKDEP, 0 },
	{ "lockdep", "[ BUG: ", "^" LOCKDEP, 0 },
	{ "lockdep", "[ INFO: ", "^" LOCKDEP, 0 },
	{ "lockdep", "INFO: trying to register non-static key", NULL, 0 },
	{ "lockdep", "BUG: MAX_", "^(LOCK|STACK_TRACE).* too low", 0 },
	{ "lockdep", "BUG: key ", "^.* has not been registered", 0 },
	{ "lockdep", "BUG: looking up invalid subclass: ", NULL, 0 },
	{ "lockdep", "DEBUG_LOCKS_WARN_ON(", NULL, TITLE_SENTENCE },

	/* sentences of WARN(), or before BUG() by CONFIG_BUG_ON_DATA_CORRUPTION:
	   lib/refcount.c, lib/list_debug.c, lib/debugobjects.c */
	{ "refcount", "refcount_t: ", NULL, TITLE_SENTENCE },
	{ "list-corruption", "list_add corruption", NULL, TITLE_SENTENCE },
	{ "list-corruption", "list_add double add: ", NULL, TITLE_SENTENCE },
	{ "list-corruption", "list_del corruption", NULL, TITLE_SENTENCE },
	{ "debugobjects", "ODEBUG: ", "^[a-z_]+ [a-z ]+ \\(active state ",
	  TITLE_SENTENCE },
	/* mm/usercopy.c; the name of the module came with 5.16 */
	{ "usercopy", "usercopy: Kernel memory ",
	  "^(exposure|overwrite) attempt detected", TITLE_SENTENCE },
	/* lib/string_helpers.c up to 6.8, then it is the sentence of a WARN() */
	{ "fortify", "detected buffer overflow in ", NULL, TITLE_SENTENCE },
	/* kernel/cfi.c */
	{ "cfi", "CFI failure at ", NULL, TITLE_SENTENCE },

	/* lib/bug.c; include/asm-generic/bug.h */
	{ "bug", "kernel BUG at ", "^.+:[0-9]+!", TITLE_TRAP | TITLE_DIES },
	{ "bug", "Kernel BUG at ", NULL, TITLE_TRAP | TITLE_DIES },
	{ "bug", "BUG: failure at ", NULL, TITLE_TRAP },
	/* kernel/panic.c, __warn(): since 6.18 the CPU comes last, up to 3.10 there is
	   none */
	{ "warning", "WARNING: CPU: ", "^[0-9]+ PID: [0-9]+ at ", TITLE_TRAP },
	{ "warning", "WARNING: ", "^(at " PLACE "|[^ ]+:[0-9]+ at )", TITLE_TRAP },

	/* mm/page_alloc.c, mm/memory.c, mm/filemap.c; mm/slub.c, slab_bug() */
	{ "bad-page", "BUG: Bad page ", NULL, 0 },
	{ "slab", "BUG ", "^.+ \\((Not tainted|Tainted: .*)\\): ", 0 },
	{ "bug", "BUG: ", NULL, 0 },

	/*
	 * die() and its kin: arch/x86/kernel/dumpstack.c and arch/.../kernel/traps.c.
	 * Machine checks are not here: corrected ones are the host's, others panic.
	 */
	{ "oops", "Oops", "^(.*" DIED "|: [0-9a-f]{8,}$|#: [0-9a-f]+|: .*, sig: )",
	  TITLE_DIE },
	{ "oops", "Internal error: ", "^.*" DIED, TITLE_DIE },
	{ "oops", "Kernel BUG ", "^" DIED, TITLE_DIE },
};

/*
 * An oops may begin with whatever its architecture calls the trap:
 *
 *	general protection fault, maybe for address 0x0: 0000 [#1] PREEMPT SMP	x86
 *	monitor event: 0040 ilc:2 [#1] SMP					s390
 *	Kernel bug detected[#1]:					mips, loongarch
 *	Illegal instruction: sig: 9 [#1] PREEMPT				xtensa
 *	modprobe(88): Kernel bad sw trap 5 [#1]					sparc
 */
static const struct fault_title any_trap = {
	"oops", "",
	"^([A-Za-z0-9][^:\"'`]*: (sig: -?[0-9]+|[0-9a-f]{4,16}( ilc:[0-9]+)?) " DIED
	"|[A-Z][^:\"'`]*(ernel|verflow|rap|xception|ccess)[^:\"'`]*\\[#[0-9]+\\]:$"
	"|[^ ]+\\([0-9]+\\): [A-Z][^:\"'`]* \\[#[0-9]+\\]$)",
	TITLE_DIE
};

/*
 * Panics that a report brings about: of the functions that die, check_panic_on_warn(),
 * and the detectors' own, see the tables above.
 */
static const struct fault_title consequence = {
	"panic", "Kernel panic - not syncing: ",
	"Fatal exception|panic_on_(warn|taint|oops)|warned too often|hung_task: |softlockup: |RCU Stall"
	"|[Hh]ard LOCKUP|Attempted to kill |Aiee, |Oopsed too often|[Ss]tack (guard|overflow)"
	"|kernel stack|LOCKUP",
	TITLE_PANIC
};

struct fault_regex {
	regex_t regex;
	bool there;
};

#define NR_REGEXES (ARRAY_SIZE(table) + 2)

void fault_titles_init(struct fault_titles *titles)
{
	*titles = (struct fault_titles){ 0 };
	titles->compiled = xcalloc(NR_REGEXES, sizeof(*titles->compiled));
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		titles->first[(unsigned char)table[i].start[0]] = true;
}

void fault_titles_release(struct fault_titles *titles)
{
	for (size_t i = 0; i < NR_REGEXES; i++)
		if (titles->compiled[i].there)
			regfree(&titles->compiled[i].regex);
	free(titles->compiled);
}

static bool fits(struct fault_regex *compiled, const struct fault_title *title,
		 const char *text)
{
	size_t len = strlen(title->start);

	if (strncmp(text, title->start, len) != 0)
		return false;
	if (!title->rest)
		return true;
	if (!compiled->there) {
		/* an expression of ours that does not compile is found by the tests */
		if (regcomp(&compiled->regex, title->rest, REG_EXTENDED | REG_NOSUB))
			abort();
		compiled->there = true;
	}
	return regexec(&compiled->regex, text + len, 0, NULL, 0) == 0;
}

const struct fault_title *fault_titles_find(struct fault_titles *titles, const char *text)
{
	if (titles->first[(unsigned char)*text])
		for (size_t i = 0; i < ARRAY_SIZE(table); i++)
			if (fits(&titles->compiled[i], &table[i], text))
				return &table[i];
	if (strstr(text, "[#") &&
	    fits(&titles->compiled[ARRAY_SIZE(table)], &any_trap, text))
		return &any_trap;
	return NULL;
}

bool fault_titles_is_consequence(struct fault_titles *titles, const char *text)
{
	return fits(&titles->compiled[ARRAY_SIZE(table) + 1], &consequence, text);
}

const struct fault_title *fault_titles_get(size_t i)
{
	return i < ARRAY_SIZE(table) ? &table[i] : NULL;
}
