// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Titles of the kernel's reports. The words are those of Linux 6.1 to 6.12 unless another
 * release is named. If a report changes its words, it gets one more line here.
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

/* More specific titles come first, since the first that fits is used. */
static const struct fault_title table[] = {
	/* kernel/panic.c */
	{ "panic", "Kernel panic - not syncing", NULL, TITLE_PANIC },

	/* mm/kasan/report.c, mm/kfence/report.c, mm/kmsan/report.c, kernel/kcsan/report.c
	 */
	{ "kasan", "BUG: KASAN: ", NULL, TITLE_RULED },
	{ "kfence", "BUG: KFENCE: ", NULL, TITLE_RULED },
	{ "kmsan", "BUG: KMSAN: ", NULL, TITLE_RULED },
	{ "kcsan", "BUG: KCSAN: ", NULL, TITLE_RULED },
	/* lib/ubsan.c: between lines of "=", since 6.3 from "cut here" to "end trace";
	   and before the trap that CONFIG_UBSAN_TRAP makes of it */
	{ "ubsan", "UBSAN: ", "^[A-Za-z -]+ in ", TITLE_RULED | TITLE_CUT },
	{ "ubsan", "UBSAN: ", "^[A-Za-z -]+ at [^ ]+\\+0x", TITLE_SENTENCE },
	/* mm/kmemleak.c */
	{ "kmemleak", "kmemleak: ", "^[0-9]+ new suspected memory leaks", TITLE_LINE },

	/* arch/x86/mm/fault.c; arch/powerpc/mm/fault.c, bad_page_fault(); arch/sh */
	{ "oops", "BUG: kernel NULL pointer dereference", NULL, TITLE_DIES },
	{ "oops", "BUG: unable to handle ", NULL, TITLE_DIES },
	{ "oops", "BUG: Kernel NULL pointer dereference", NULL, TITLE_DIES },
	{ "oops", "BUG: Unable to handle ", NULL, TITLE_DIES },
	/* arch/.../mm/fault.c of most others; mips and loongarch with the CPU */
	{ "oops", "Unable to handle kernel ", NULL, TITLE_DIES | TITLE_CUT },
	{ "oops", "CPU ", "^[0-9]+ Unable to handle kernel ", TITLE_DIES },
	/* arch/x86/kernel/traps.c, arch/x86/mm/extable.c */
	{ "oops", "PANIC: double fault", NULL, TITLE_DIES | TITLE_PREFIXED },
	{ "oops", "PANIC: early exception ", NULL, 0 },
	/* arch/x86/kernel/traps.c; traps.c of arm64, arm, powerpc, s390, riscv */
	{ "stack-overflow", "BUG: ", "^[A-Za-z0-9#_ -]*stack guard page was hit",
	  TITLE_DIES },
	{ "stack-overflow", "Insufficient stack space to handle exception", NULL,
	  TITLE_DIES },
	{ "stack-overflow", "Kernel stack overflow", "^(\\.$|,| )", TITLE_DIES },
	{ "stack-overflow", "do_IRQ: stack overflow: ", NULL, 0 },
	{ "stack-overflow", "low stack detected by irq handler", NULL, 0 },
	/* arch/x86/kernel/unwind_frame.c, unwind_orc.c */
	{ "unwinder", "WARNING: kernel stack ", "^(regs|frame pointer) at .* has bad ",
	  0 },
	{ "unwinder", "WARNING: ",
	  "^(WARNING: )?(bad lookup (idx|value): |can't access |missing [A-Z0-9]+ value at "
	  "|.*\\.orc_unwind |unknown [BS]P base reg |stack going in the wrong direction)",
	  0 },

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
	/* kernel/smp.c */
	{ "csd-lockup", "csd: ", "^.* non-responsive CSD lock ", 0 },
	/* kernel/rcu/tree_stall.h, tree_exp.h, tasks.h */
	{ "rcu-stall", "rcu: INFO: ", "^[^ ]+ (self-)?detected (expedited )?stalls?[ ?,]",
	  0 },
	{ "rcu-stall", "INFO: rcu", "^[^ ]* (self-)?detected (expedited )?stalls?[ ?,]",
	  0 },
	/* kernel/hung_task.c; newer ones say what it waits for */
	{ "hung-task", "INFO: task ", "^.+:[0-9]+ blocked (in I/O wait )?for more than ",
	  0 },
	/* drivers/base/power/main.c */
	{ "hung-task", "**** DPM device timeout ****", NULL, TITLE_PREFIXED },
	/* kernel/workqueue.c */
	{ "workqueue-lockup", "BUG: workqueue lockup - ", NULL, 0 },
	/* kernel/sched/core.c, idle.c; kernel/softirq.c */
	{ "atomic-sleep", "BUG: scheduling while atomic: ", NULL, 0 },
	{ "atomic-sleep", "BUG: scheduling in a non-blocking section: ", NULL, 0 },
	{ "atomic-sleep", "BUG: sleeping function called from invalid context ", NULL,
	  0 },
	{ "atomic-sleep", "BUG: assuming atomic context ", NULL, 0 },
	{ "atomic-sleep", "BUG: assuming non migratable context ", NULL, 0 },
	{ "atomic-sleep", "bad: scheduling from the idle thread!", NULL, 0 },
	{ "atomic-sleep", "huh, entered softirq ", NULL, TITLE_PREFIXED },

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
	   lib/refcount.c, lib/list_debug.c, lib/debugobjects.c, fs/super.c, fs/open.c */
	{ "refcount", "refcount_t: ", NULL, TITLE_SENTENCE },
	{ "list-corruption", "list_add corruption", NULL, TITLE_SENTENCE },
	{ "list-corruption", "list_add double add: ", NULL, TITLE_SENTENCE },
	{ "list-corruption", "list_del corruption", NULL, TITLE_SENTENCE },
	{ "debugobjects", "ODEBUG: ",
	  "^([a-z_]+ [a-z ]+ \\(active state |object [^ ]+ is (NOT )?on stack)",
	  TITLE_SENTENCE },
	{ "leak", "VFS: Busy inodes after unmount of ", NULL, TITLE_SENTENCE },
	{ "bug", "VFS: Close: file count is 0", NULL, TITLE_SENTENCE },
	/* mm/usercopy.c; the name of the module came with 5.16 */
	{ "usercopy", "usercopy: Kernel memory ",
	  "^(exposure|overwrite) attempt detected", TITLE_SENTENCE },
	/* lib/string_helpers.c up to 6.8, then it is the sentence of a WARN() */
	{ "fortify", "detected buffer overflow in ", NULL, TITLE_SENTENCE },
	/* kernel/cfi.c; arch/x86/kernel/cet.c */
	{ "cfi", "CFI failure at ", NULL, TITLE_SENTENCE },
	{ "cfi", "Missing ENDBR: ", NULL, TITLE_SENTENCE | TITLE_PREFIXED },
	/* net/core/skbuff.c; kernel/trace/ftrace.c */
	{ "bug", "skb_", "^(over|under)_panic: text:", TITLE_SENTENCE | TITLE_PREFIXED },
	{ "bug", "------------[ ftrace bug ]------------", NULL, TITLE_SENTENCE },
	/*
	 * fs/xfs/xfs_message.c, fs/btrfs/messages.h, fs/ext4, fs/jbd2, fs/jfs, fs/netfs,
	 * fs/afs, net/rxrpc, drivers/block/rbd.c and drbd, fs/gfs2/util.c: BUG() or
	 * WARN() follows most of them. What a file system says of its data is no fault.
	 */
	{ "assertion", "Assertion fail", "^(ed(:|$| - )|ure in )",
	  TITLE_SENTENCE | TITLE_PREFIXED },
	{ "assertion", "assertion failed: ", "^.*, in [^ ]+:[0-9]+",
	  TITLE_SENTENCE | TITLE_PREFIXED },
	{ "assertion", "assertion failure: ", NULL, TITLE_SENTENCE | TITLE_PREFIXED },
	{ "assertion", "ASSERTION ", "^(FAILED: |.* FAILED in )", TITLE_PREFIXED },
	{ "assertion", "fatal: assertion \"", NULL, TITLE_SENTENCE | TITLE_PREFIXED },
	{ "assertion", "BUG at ", "^[^ ]+:[0-9]+( |$)", TITLE_SENTENCE },
	{ "assertion", "ES ", "^(insert |cache |len )?assertion failed ", 0 },
	{ "assertion", "Inode ",
	  "^[0-9]+ \\([^)]*\\): (inode tracked as orphan|orphan list check failed)!",
	  TITLE_PREFIXED },

	/* net/core/dev.c, lib/ref_tracker.c */
	{ "leak", "unregister_netdevice: waiting for ", "^.* to become free", 0 },
	{ "leak",
	  "ref_tracker: ", "^.*(has [0-9]+/[0-9]+ users at|skipped reports about)", 0 },
	/* sockets and addresses of net/ */
	{ "leak", "Attempt to release ", "^(alive |TCP socket in state )",
	  TITLE_PREFIXED },
	{ "leak", "Freeing alive ", NULL, TITLE_PREFIXED },
	{ "leak", "Destroying alive neighbour ", NULL, TITLE_PREFIXED },
	{ "leak", "l2tp: ", "^.* IDR not empty at net ", 0 },
	/* fs/jbd2/journal.c, fs/btrfs/extent_io.c and disk-io.c */
	{ "leak", "JBD2: leaked ", NULL, 0 },
	{ "leak", "BTRFS: buffer leak ", NULL, 0 },
	{ "leak", "leaked root ", "^.* refcount ", TITLE_PREFIXED },
	/* drivers/tty/tty_io.c; drivers/base/power/runtime.c, dd.c */
	{ "refcount", "tty->count(", NULL, TITLE_PREFIXED },
	{ "refcount", "Unbalanced pm_runtime_", NULL, TITLE_PREFIXED },
	{ "refcount", "Runtime PM usage count underflow!", NULL, TITLE_PREFIXED },
	{ "leak", "Resources present before probing", NULL, TITLE_PREFIXED },

	/* kernel/irq/spurious.c */
	{ "irq", "irq ", "^([0-9]+: nobody cared|event [0-9]+: bogus return value)", 0 },

	/* lib/kobject.c, fs/sysfs/dir.c */
	{ "kobject", "kobject",
	  "^ .*(something is seriously wrong|invalid kobject pointer|must have a ktype)",
	  TITLE_PREFIXED },
	{ "kobject", "cannot create duplicate filename '", NULL, TITLE_PREFIXED },

	/* lib/bug.c; include/asm-generic/bug.h */
	{ "bug", "kernel BUG at ", "^.+:[0-9]+!", TITLE_TRAP | TITLE_DIES },
	{ "bug", "Kernel BUG at ", NULL, TITLE_TRAP | TITLE_DIES },
	{ "bug", "BUG: failure at ", NULL, TITLE_TRAP },
	/* kernel/panic.c, __warn(): since 6.18 the CPU comes last, and the condition may
	   come first; up to 3.10 there is no CPU */
	{ "warning", "WARNING: CPU: ", "^[0-9]+ PID: [0-9]+ at ", TITLE_TRAP },
	{ "warning", "WARNING: ",
	  "^(at " PLACE "|(\\[.*\\] )?[^ ]+:[0-9]+ at |.* at [^ ]+, CPU#[0-9]+: )",
	  TITLE_TRAP },

	/* mm/page_alloc.c, mm/memory.c, mm/filemap.c; mm/page_poison.c; mm/swapfile.c */
	{ "bad-page", "BUG: Bad page ", NULL, 0 },
	{ "bad-page", "pagealloc: ", "^(memory corruption|single bit error)", 0 },
	{ "bad-page", "Bad swap ", "^(file|offset) entry ", TITLE_PREFIXED },
	{ "bad-page", "Unused swap offset entry ", NULL, TITLE_PREFIXED },
	/* mm/slub.c, slab_bug() and the validation of lists; mm/slab_common.c up to 5.19
	 */
	{ "slab", "BUG ", "^.+ \\((Not tainted|Tainted: .*)\\): ", 0 },
	{ "slab", "SLUB", "^:? .* counted but counter=", 0 },
	{ "slab", "kmem_cache_destroy ", "^.*: Slab cache still has objects", 0 },

	/* kernel/time/timer.c, kernel/module/main.c, net/core/neighbour.c and dev.c,
	   net/sched/sch_generic.c */
	{ "bug", "schedule_timeout: wrong timeout value ", NULL, 0 },
	{ "bug", "do_init_module: ", "^.*->init suspiciously returned ", TITLE_PREFIXED },
	{ "bug", "NEIGH: BUG, ", NULL, 0 },
	{ "bug", "hw csum failure", NULL, TITLE_PREFIXED },
	{ "bug", "BUG ", "^(.* code -?[0-9]+ qlen |in [a-z_]+: )", 0 },
	/* and whoever else says so, most of them in drivers/net */
	{ "bug", "BUG: ", NULL, TITLE_CUT | TITLE_PREFIXED },
	{ "bug", "BUG! ", NULL, TITLE_CUT | TITLE_PREFIXED },
	{ "bug", "BUG!, ", NULL, TITLE_CUT | TITLE_PREFIXED },

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

/* The limits on names before a title: their number, and their bytes together. */
#define PREFIXES_MAX	    4
#define PREFIXES_LENGTH_MAX 120

struct fault_regex {
	regex_t regex;
	bool there;
};

#define NR_REGEXES (ARRAY_SIZE(table) + 2)

void fault_titles_init(struct fault_titles *titles)
{
	_Static_assert(ARRAY_SIZE(table) < 255, "numbers of titles are bytes");

	*titles = (struct fault_titles){ 0 };
	titles->compiled = xcalloc(NR_REGEXES, sizeof(*titles->compiled));
	titles->next = xcalloc(ARRAY_SIZE(table), 1);
	for (size_t i = ARRAY_SIZE(table); i-- > 0;) {
		unsigned char *first = &titles->first[(unsigned char)table[i].start[0]];

		titles->next[i] = *first;
		*first = (unsigned char)(i + 1);
	}
}

void fault_titles_release(struct fault_titles *titles)
{
	for (size_t i = 0; i < NR_REGEXES; i++)
		if (titles->compiled[i].there)
			regfree(&titles->compiled[i].regex);
	free(titles->compiled);
	free(titles->next);
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
		/* the tests find expressions that do not compile */
		if (regcomp(&compiled->regex, title->rest, REG_EXTENDED | REG_NOSUB))
			abort();
		compiled->there = true;
	}
	return regexec(&compiled->regex, text + len, 0, NULL, 0) == 0;
}

/* The first title with all of @flags that @text begins with. */
static const struct fault_title *find_at(struct fault_titles *titles, const char *text,
					 unsigned int flags)
{
	size_t i = titles->first[(unsigned char)*text];

	for (; i; i = titles->next[i - 1])
		if ((table[i - 1].flags & flags) == flags &&
		    fits(&titles->compiled[i - 1], &table[i - 1], text))
			return &table[i - 1];
	return NULL;
}

/* Lines that may have anything in them. */
static bool quotes(const char *text)
{
	return *text == '#' || starts_with(text, "audit: ") ||
	       starts_with(text, "Command line: ") ||
	       starts_with(text, "Kernel command line: ") ||
	       starts_with(text, "Unknown kernel command line parameters ");
}

const struct fault_title *fault_titles_find(struct fault_titles *titles, const char *text)
{
	const struct fault_title *title = find_at(titles, text, 0);
	const char *name = text;

	if (!title && strstr(text, "[#") &&
	    fits(&titles->compiled[ARRAY_SIZE(table)], &any_trap, text))
		return &any_trap;
	for (int i = 0; !title && i < PREFIXES_MAX; i++) {
		name = strstr(name, ": ");
		if (!name || name - text > PREFIXES_LENGTH_MAX)
			break;
		name += 2;
		title = find_at(titles, name, TITLE_PREFIXED);
	}
	return title && name != text && quotes(text) ? NULL : title;
}

bool fault_titles_is_consequence(struct fault_titles *titles, const char *text)
{
	return fits(&titles->compiled[ARRAY_SIZE(table) + 1], &consequence, text);
}

const struct fault_title *fault_titles_get(size_t i)
{
	return i < ARRAY_SIZE(table) ? &table[i] : NULL;
}
