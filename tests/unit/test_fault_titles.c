// SPDX-License-Identifier: GPL-2.0-or-later
/* Which lines of the kernel's log head a report, and of which kind. */
#include "run/fault-titles.h"
#include "fixture.h"

static struct fault_titles titles;

static int setup(void **state)
{
	(void)state;
	fault_titles_init(&titles);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fault_titles_release(&titles);
	return 0;
}

/* The kernel's formats with invented values, after Linux 6.1 if nothing else is said. */
static const struct {
	const char *kind, *text;
} known[] = {
	{ "panic", "Kernel panic - not syncing: sysrq triggered crash" },
	{ "panic",
	  "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)" },

	/* x86 */
	{ "oops", "BUG: kernel NULL pointer dereference, address: 0000000000000008" },
	{ "oops", "BUG: unable to handle page fault for address: ffffc90000a1b000" },
	{ "oops", "Oops: 0002 [#1] PREEMPT SMP PTI" },
	{ "oops",
	  "general protection fault, probably for non-canonical address 0xdffffc0000000000: 0000 [#1] PREEMPT SMP KASAN" },
	{ "oops", "general protection fault: 0000 [#3] SMP" },
	{ "oops", "invalid opcode: 0000 [#1] PREEMPT SMP NOPTI" },
	{ "oops", "divide error: 0000 [#12] SMP" },
	{ "oops", "stack segment: 0000 [#1] SMP" },
	{ "oops", "int3: 0000 [#1] SMP" },
	{ "oops", "double fault: 0000 [#1] SMP" },
	{ "oops", "traps: PANIC: double fault, error_code: 0x0" },
	/* x86 since 6.11 and 6.15 */
	{ "oops",
	  "Oops: general protection fault, maybe for address 0x1: 0000 [#1] SMP NOPTI" },
	{ "oops", "Oops: Oops: 0000 [#1] PREEMPT(full) SMP" },
	/* arm64, arm */
	{ "oops",
	  "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008" },
	{ "oops", "Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP" },
	{ "oops", "Internal error: Oops - BUG: 00000000f2000800 [#1]  SMP" },
	{ "oops",
	  "Internal error: synchronous external abort: 0000000096000410 [#1] SMP" },
	{ "oops", "Internal error: Oops: 17 [#1] SMP ARM" },
	/* riscv */
	{ "oops",
	  "Unable to handle kernel paging request at virtual address ff60000012345678" },
	{ "oops", "Oops [#1]" },
	{ "oops", "Oops - illegal instruction [#2]" },
	{ "oops", "Kernel BUG [#1]" },
	/* powerpc */
	{ "oops", "BUG: Kernel NULL pointer dereference on read at 0x00000008" },
	{ "oops",
	  "BUG: Unable to handle kernel data access on write at 0xc0080000deadbeef" },
	{ "oops", "Oops: Kernel access of bad area, sig: 11 [#1]" },
	{ "oops", "Oops: Exception in kernel mode, sig: 5 [#1]" },
	/* s390 */
	{ "oops",
	  "Unable to handle kernel pointer dereference in virtual kernel address space" },
	{ "oops", "Oops: 0004 ilc:2 [#1] SMP " },
	{ "oops", "monitor event: 0040 ilc:2 [#1] PREEMPT SMP " },
	{ "oops", "illegal operation: 0001 ilc:1 [#1] SMP " },
	/* mips, loongarch, sparc, xtensa, openrisc, m68k, nios2 */
	{ "oops",
	  "CPU 0 Unable to handle kernel paging request at virtual address 00000000, epc == 80102030, ra == 80102034" },
	{ "oops", "Oops[#1]:" },
	{ "oops", "Kernel bug detected[#1]:" },
	{ "oops", "Reserved instruction in kernel code[#1]:" },
	{ "oops", "modprobe(88): Oops [#1]" },
	{ "oops", "Illegal instruction: sig: 9 [#1] PREEMPT" },
	{ "oops", "Oops#: 0000" },
	{ "oops", "Oops: 00000000" },
	{ "oops", "Oops: kernel access of bad area, sig: 11" },

	{ "stack-overflow",
	  "BUG: TASK stack guard page was hit at 000000001b2c3d4e (stack is 00000000aabbccdd..00000000ddccbbaa)" },
	{ "stack-overflow",
	  "BUG: IRQ stack guard page was hit at 000000001b2c3d4e (stack is 0..1)" },
	{ "stack-overflow", "Insufficient stack space to handle exception!" },
	{ "stack-overflow", "Kernel stack overflow." },
	{ "stack-overflow", "do_IRQ: stack overflow: 1648" },

	{ "bug", "kernel BUG at fs/xfs/xfs_message.c:102!" },
	{ "bug", "kernel BUG at /home/me/linux/mm/slub.c:4023!" },
	{ "bug",
	  "Kernel BUG at foo_init+0x10/0x1000 [foo] [verbose debug info unavailable]" },
	{ "bug", "BUG: failure at kernel/foo.c:12/foo()!" },
	{ "bug",
	  "BUG: using smp_processor_id() in preemptible [00000000] code: kworker/u4:1/33" },
	{ "bug", "BUG: spinlock bad magic on CPU#0, insmod/123" },
	{ "bug", "BUG: workqueue leaked lock or atomic: kworker/0:1/0x00000001/12" },
	{ "bug",
	  "BUG: Dentry 00000000deadbeef{i=2a,n=foo}  still in use (1) [unmount of tmpfs tmpfs]" },

	{ "warning", "WARNING: CPU: 0 PID: 1 at kernel/foo.c:12 foo+0x10/0x20" },
	{ "warning", "WARNING: CPU: 11 PID: 4711 at foo_init+0x8/0x1000 [foo]" },
	{ "warning", "WARNING: kernel/foo.c:12 at foo+0x10/0x20, CPU#1: bash/77" },
	{ "warning", "WARNING: rust/kernel/foo.rs:12 at foo+0x10/0x20, CPU#1: bash/77" },
	{ "warning", "WARNING: at foo+0x10/0x20, CPU#1: bash/77" },
	{ "warning", "WARNING: at kernel/foo.c:12 foo+0x10/0x20()" },

	{ "kasan", "BUG: KASAN: slab-out-of-bounds in foo_init+0x8/0x1000 [foo]" },
	{ "kasan", "BUG: KASAN: invalid-access" },
	{ "kcsan", "BUG: KCSAN: data-race in foo / bar" },
	{ "kfence", "BUG: KFENCE: use-after-free read in foo+0x10/0x20" },
	{ "kmsan", "BUG: KMSAN: uninit-value in foo+0x10/0x20" },
	{ "ubsan", "UBSAN: array-index-out-of-bounds in fs/foo/foo.c:12:5" },
	{ "ubsan", "UBSAN: Undefined behaviour in fs/foo/foo.c:12:5" },
	{ "kmemleak",
	  "kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)" },

	{ "lockdep", "WARNING: possible circular locking dependency detected" },
	{ "lockdep", "WARNING: possible recursive locking detected" },
	{ "lockdep", "WARNING: possible irq lock inversion dependency detected" },
	{ "lockdep", "WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected" },
	{ "lockdep", "WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected" },
	{ "lockdep", "WARNING: inconsistent lock state" },
	{ "lockdep", "WARNING: suspicious RCU usage" },
	{ "lockdep", "WARNING: bad unlock balance detected!" },
	{ "lockdep", "WARNING: bad contention detected!" },
	{ "lockdep", "WARNING: held lock freed!" },
	{ "lockdep", "WARNING: bash/77 still has locks held!" },
	{ "lockdep", "WARNING: lock held when returning to user space!" },
	{ "lockdep", "WARNING: Nested lock was not taken" },
	{ "lockdep", "WARNING: chain_key collision" },
	{ "lockdep", "[ BUG: Invalid wait context ]" },
	{ "lockdep", "[ BUG: bad unlock balance detected! ]" },
	{ "lockdep", "[ INFO: possible circular locking dependency detected ]" },
	{ "lockdep", "INFO: trying to register non-static key." },
	{ "lockdep", "BUG: MAX_LOCKDEP_ENTRIES too low!" },
	{ "lockdep", "BUG: MAX_LOCK_DEPTH too low!" },
	{ "lockdep", "BUG: key ffff888012345678 has not been registered!" },
	{ "lockdep", "BUG: looking up invalid subclass: 9" },
	{ "lockdep", "DEBUG_LOCKS_WARN_ON(lock->magic != lock)" },

	{ "hung-task", "INFO: task xfs_io:1234 blocked for more than 120 seconds." },
	{ "hung-task", "INFO: task kworker/0:1 x:7 blocked for more than 1 seconds." },
	{ "hung-task",
	  "INFO: task dd:1234 blocked in I/O wait for more than 120 seconds." },
	{ "soft-lockup",
	  "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [insmod:88]" },
	{ "soft-lockup", "BUG: soft lockup - CPU#0 stuck for 22s! [insmod:88]" },
	{ "soft-lockup",
	  "NMI watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [insmod:88]" },
	{ "hard-lockup", "Watchdog detected hard LOCKUP on cpu 2" },
	{ "hard-lockup",
	  "BUG: NMI Watchdog detected LOCKUP on CPU2, ip 00012345, registers:" },
	{ "hard-lockup", "NMI watchdog: Watchdog detected hard LOCKUP on cpu 2" },
	{ "hard-lockup", "watchdog: Watchdog detected hard LOCKUP on cpu 2" },
	{ "hard-lockup", "watchdog: CPU2: Watchdog detected hard LOCKUP on cpu 2" },
	{ "hard-lockup", "watchdog: CPU 1 self-detected hard LOCKUP @ foo+0x10/0x20" },
	{ "hard-lockup", "watchdog: CPU 0 detected hard LOCKUP on other CPUs 1" },
	{ "rcu-stall", "rcu: INFO: rcu_preempt self-detected stall on CPU" },
	{ "rcu-stall", "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:" },
	{ "rcu-stall",
	  "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 0-...D } 6 jiffies s: 1 root: 0x1/." },
	{ "rcu-stall", "INFO: rcu_tasks detected stalls on tasks:" },
	{ "rcu-stall", "INFO: rcu_tasks_trace detected stalls? (Late IPI?)" },
	{ "rcu-stall", "INFO: rcu_sched self-detected stall on CPU { 0}" },
	{ "workqueue-lockup",
	  "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 31s!" },
	{ "atomic-sleep", "BUG: scheduling while atomic: bash/77/0x00000002" },
	{ "atomic-sleep",
	  "BUG: sleeping function called from invalid context at mm/slab.h:274" },

	{ "atomic-sleep", "BUG: scheduling in a non-blocking section: bash/77/1" },
	{ "atomic-sleep", "BUG: assuming atomic context at kernel/foo.c:12" },
	{ "atomic-sleep", "BUG: assuming non migratable context at kernel/foo.c:12" },

	{ "refcount", "refcount_t: underflow; use-after-free." },
	{ "refcount", "refcount_t: addition on 0; use-after-free." },
	{ "list-corruption",
	  "list_add corruption. next->prev should be prev (ffff888012345678), but was 0000000000000000. (next=ffff888012345679)." },
	{ "list-corruption",
	  "list_add double add: new=ffff888012345678, prev=ffff888012345678, next=ffff888012345679." },
	{ "list-corruption",
	  "list_del corruption, ffff888012345678->next is LIST_POISON1 (dead000000000100)" },
	{ "debugobjects",
	  "ODEBUG: free active (active state 0) object type: timer_list hint: foo+0x0/0x10 [foo]" },
	{ "debugobjects",
	  "ODEBUG: assert_init not available (active state 0) object type: timer_list hint: 0x0" },
	{ "usercopy",
	  "usercopy: Kernel memory exposure attempt detected from SLUB object 'kmalloc-64' (offset 0, size 128)!" },
	{ "fortify", "detected buffer overflow in memcpy" },
	{ "cfi",
	  "CFI failure at foo+0x10/0x20 (target: bar+0x0/0x10; expected type: 0x12345678)" },
	{ "bad-page", "BUG: Bad page state in process bash  pfn:12345" },
	{ "bad-page",
	  "BUG: Bad page map in process bash  pte:8000000012345067 pmd:12345067" },
	{ "slab", "BUG kmalloc-64 (Not tainted): Right Redzone overwritten" },
	{ "slab",
	  "BUG ext4_inode_cache (Tainted: G    B      OE     ): Poison overwritten" },
	{ "ubsan", "UBSAN: array index out of bounds at foo+0x10/0x20 [foo]" },
	{ "oops", "PANIC: double fault, error_code: 0x0" },
	{ "oops", "PANIC: early exception 0x0e IP 10:ffffffff81000000 error 0 cr2 0x8" },
	{ "stack-overflow", "low stack detected by irq handler" },
	{ "unwinder",
	  "WARNING: kernel stack regs at 0000000012345678 in bash:77 has bad 'bp' value 0000000000000000" },
	{ "unwinder",
	  "WARNING: kernel stack frame pointer at 0000000012345678 in bash:77 has bad value 0000000000000001" },
	{ "unwinder", "WARNING: can't access registers at foo+0x10/0x20" },
	{ "unwinder", "WARNING: WARNING: bad lookup idx: idx=5 num=4 ip=foo+0x10/0x20" },
	{ "unwinder", "WARNING: stack going in the wrong direction? at foo+0x10/0x20" },
	{ "unwinder",
	  "WARNING: WARNING: Bad or missing .orc_unwind table.  Disabling unwinder." },
	{ "csd-lockup",
	  "csd: Detected non-responsive CSD lock (#1) on CPU#0, waiting 5000000044 ns for CPU#01 foo+0x0/0x20(0x0)." },
	{ "csd-lockup",
	  "csd: Continued non-responsive CSD lock (#1) on CPU#0, waiting 10000000044 ns for CPU#01 foo+0x0/0x20(0x0)." },
	{ "rcu-stall",
	  "rcu: INFO: rcu_preempt detected stall, but suppressed full report due to a stuck CSD-lock." },
	{ "hung-task", "virtio-pci 0000:00:03.0: **** DPM device timeout ****" },
	{ "atomic-sleep", "bad: scheduling from the idle thread!" },
	{ "atomic-sleep",
	  "softirq: huh, entered softirq 3 NET_RX 00000000f2d2a1c0 with preempt_count 00000100, exited with 00000101?" },
	{ "debugobjects",
	  "ODEBUG: object 00000000f2d2a1c0 is on stack 00000000f2d2a000, but NOT annotated." },
	{ "leak", "VFS: Busy inodes after unmount of vda (ext4)" },
	{ "leak",
	  "VFS: Busy inodes after unmount of vda. Self-destruct in 5 seconds.  Have a nice day..." },
	{ "bug", "VFS: Close: file count is 0 (f_op=foo_fops)" },
	{ "cfi", "traps: Missing ENDBR: foo+0x0/0x20" },
	{ "bug",
	  "skbuff: skb_under_panic: text:ffffffffc0390133 len:98 put:14 head:ffff888005a3d000 data:ffff888005a3cff2 tail:0x54 end:0x6c0 dev:foo" },
	{ "bug", "------------[ ftrace bug ]------------" },
	{ "assertion",
	  "XFS (vda): Assertion failed: 0, file: fs/xfs/xfs_inode.c, line: 1" },
	{ "assertion",
	  "Assertion failure in jbd2_journal_commit_transaction() at fs/jbd2/commit.c:1: \"0\"" },
	{ "assertion", "AFS: Assertion failed" },
	{ "assertion", "rxrpc: Assertion failed - 1(0x1) == 2(0x2) is false" },
	{ "assertion", "assertion failed: 0, in fs/btrfs/inode.c:1" },
	{ "assertion",
	  "JBD2: assertion failure: h_type=0 h_line_no=1 block_no=80 jlist 0" },
	{ "assertion",
	  "drbd foo: ASSERTION FAILED: connection->current_epoch->list not empty" },
	{ "assertion", "drbd foo/0 drbd0: ASSERTION i->size == 0 FAILED in foo" },
	{ "assertion", "gfs2: fsid=foo.0: fatal: assertion \"0\" failed" },
	{ "assertion",
	  "ES insert assertion failed for inode: 12 we can't find an extent at block 1" },
	{ "assertion",
	  "EXT4-fs (vda): Inode 12 (00000000f2d2a1c0): orphan list check failed!" },
	{ "leak",
	  "unregister_netdevice: waiting for veth0 to become free. Usage count = 5" },
	{ "leak", "ref_tracker: veth0@ffff8880 has 1/4 users at" },
	{ "leak", "ref_tracker: veth0@ffff8880 skipped reports about 2/4 users." },
	{ "leak", "IPv4: Attempt to release alive inet socket 00000000f2d2a1c0" },
	{ "leak", "Freeing alive netlink socket 00000000f2d2a1c0" },
	{ "leak", "neighbour: Destroying alive neighbour 00000000f2d2a1c0" },
	{ "leak", "l2tp: tunnel IDR not empty at net 1 exit" },
	{ "leak", "JBD2: leaked 4 journal_heads!" },
	{ "leak", "BTRFS: buffer leak start 30441472 len 16384 refs 1 bflags 5 owner 5" },
	{ "leak", "BTRFS error (device vda): leaked root 5-0 refcount 1" },
	{ "leak", "foo 0000:00:03.0: Resources present before probing" },
	{ "refcount",
	  "tty ttyS1: tty_release: tty->count(1) != (#fd's(2) + #kopen's(0))" },
	{ "refcount", "foo foo.0: Unbalanced pm_runtime_enable!" },
	{ "refcount", "foo foo.0: Runtime PM usage count underflow!" },
	{ "irq", "irq 4: nobody cared (try booting with the \"irqpoll\" option)" },
	{ "irq", "irq event 4: bogus return value 8" },
	{ "kobject",
	  "kobject: kobject '(null)' (00000000f2d2a1c0): tried to add an uninitialized object, something is seriously wrong." },
	{ "kobject", "sysfs: cannot create duplicate filename '/class/foo'" },
	{ "bug", "BUG! foo called with NULL hardware_device" },
	{ "bug", "foo 0000:00:04.0 eth0: BUG! Tx Ring full when queue awake!" },
	{ "bug", "foo 0000:00:04.0 can0: BUG!, TX full when queue awake!" },
	{ "bug", "schedule_timeout: wrong timeout value ffffffffffffffff" },
	{ "bug",
	  "do_init_module: 'foo'->init suspiciously returned 1, it should follow 0/-E convention" },
	{ "bug", "NEIGH: BUG, double timer add, state is 8" },
	{ "bug", "eth0: hw csum failure" },
	{ "bug", "BUG eth0 code 5 qlen 3" },
	{ "assertion", "BUG at mas_validate_gaps:7213 (1)" },
	{ "warning", "WARNING: [n < 0] a/b.c:3 at f+0x1/0x2, CPU#0: x/1" },
	{ "warning", "WARNING: [strcmp(a, \"b: c\")] a/b.c:3 at f+0x1/0x2, CPU#0: x/1" },
	{ "bad-page", "pagealloc: memory corruption" },
	{ "bad-page", "_swap_info_get: Bad swap offset entry 3ffffffffffff" },
	{ "bad-page", "_swap_info_get: Unused swap offset entry 00000004" },
	{ "slab", "SLUB foo: 7 partial slabs counted but counter=6" },
	{ "slab", "SLUB: foo 7 slabs counted but counter=6" },
	{ "slab", "kmem_cache_destroy foo: Slab cache still has objects" },
};

#define TEST(name) DEFINE_TEST_WITH(name, setup, teardown)

TEST(fault_titles_find__the_kernels_words__their_kind)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		const struct fault_title *title =
			fault_titles_find(&titles, known[i].text);

		if (!title || !streq(title->kind, known[i].kind))
			fail_msg("'%s' is %s, not %s", known[i].text,
				 title ? title->kind : "nothing", known[i].kind);
	}
}

TEST(fault_titles_find__anything_else__nothing)
{
	static const char *const harmless[] = {
		"",
		" ",
		"[",
		"BUG",
		"BUGGY: x",
		"bash: page allocation failure: order:4, mode:0xcc0(GFP_KERNEL), nodemask=(null)",
		"warn_alloc: 1 callbacks suppressed",
		"bash invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
		"Out of memory: Killed process 77 (bash) total-vm:1kB, anon-rss:1kB",
		"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null)",
		/* plain pr_warn() and pr_info() */
		"WARNING: Spectre v2 mitigation leaves CPU vulnerable to RETBleed attacks, data leaks possible!",
		"WARNING: stack recursion on stack type 4",
		"WARNING: kernel not compiled with CPU_SRSO.",
		"WARNING: workqueue cpumask: online intersect > possible intersect",
		"WARNING: trying to remove a running interface, stopping it now",
		"WARNING: the mand mount option is being deprecated and",
		"WARNING: CPU is old",
		"**   This means that this kernel is built with NOTICE NOTICE  **",
		"INFO: lockdep is turned off.",
		"INFO: NMI handler (foo) took too long to run: 1.234 msecs",
		"INFO: task x:1 is fine",
		"INFO: Stall ended before state dump start",
		"rcu: rcu_preempt kthread starved for 2000 jiffies! g1 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x0 ->cpu=0",
		"rcu: Hierarchical RCU implementation.",
		"kmemleak: Kernel memory leak detector initialized (mem pool available: 15679)",
		"kmemleak: Automatic memory scanning thread started",
		"ODEBUG: selftest passed",
		"ODEBUG: Out of memory. ODEBUG disabled",
		"NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.",
		"NMI watchdog: Perf NMI watchdog permanently disabled",
		"watchdog: Disabling watchdog on nohz_full cores by default",
		"watchdog: CPU 1 Hard LOCKUP",
		"mce: [Hardware Error]: Machine check events logged",
		"mce: CPU0: Thermal monitoring enabled (TM1)",
		"kfence: initialized - using 2097152 bytes for 255 objects at 0x1-0x2",
		"kasan: KernelAddressSanitizer initialized",
		"KASAN: null-ptr-deref in range [0x0000000000000008-0x000000000000000f]",
		"Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar",
		"kernel BUG at the end of the story",
		"[drm] BUG: not mine",
		"[ 1.0] BUG: quoted",
		/* of programs in user space */
		"traps: bash[77] general protection fault ip:55 sp:7f error:0 in bash[55+1]",
		"traps: bash[77] trap invalid opcode ip:55 sp:7f error:0 in bash[55+1]",
		"bash[77]: segfault at 0 ip 0000000000000000 sp 00007fff12345678 error 14",
		"bash[77]: unhandled signal 11 code 0x1 at 0x0000000000000000",
		"User process fault: interruption code 003b ilc:2 in bash[55+1]",
		/* what quotes */
		"test: expected 'BUG: KASAN: slab-out-of-bounds'",
		"kselftest: WARNING: CPU: 0 PID: 1 at kernel/foo.c:12 foo+0x10/0x20",
		"# Oops: 0000 [#1] SMP",
		"saw \"Oops: 0002 [#1] PREEMPT SMP\" in the log",
		"test: Oops: 0000 [#1] SMP",
		"systemd[1]: Kernel panic - not syncing",
		"Command line: kernel.panic=1 oops=panic panic_on_warn=1",
		"Oops, got nothing",
		"Oops: I did it again",
		"Oops",
		"Test [#1]:",
		"case [#1] and [#2]",
		"Internal error: type 0x0012",
		"audit: type=1701 audit(1.1:2): sig=11 res=1",
		"sysrq: Trigger a crash",
		"Kernel panic on oops is set",
		"UBSAN: ready",
		"lkdtm: Performing direct entry BUG",
		"refcount_type: x",
		"list_address: corruption",
	};

	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++) {
		const struct fault_title *title = fault_titles_find(&titles, harmless[i]);

		if (title)
			fail_msg("'%s' is %s", harmless[i], title->kind);
	}
}

/* Each line of the table is of use: none hides behind another. */
TEST(fault_titles_find__whole_table__covered_by_the_known_lines)
{
	const struct fault_title *title;

	for (size_t i = 0; (title = fault_titles_get(i)); i++) {
		size_t k = 0;

		while (k < ARRAY_SIZE(known) &&
		       fault_titles_find(&titles, known[k].text) != title)
			k++;
		if (k == ARRAY_SIZE(known))
			fail_msg("no test line for '%s'", title->start);
	}
}

TEST(fault_titles_is_consequence__panics__only_those_of_reports)
{
	static const char *const consequences[] = {
		"Kernel panic - not syncing: Fatal exception in interrupt",
		"Kernel panic - not syncing: Oops: Fatal exception",
		"Kernel panic - not syncing: kernel: panic_on_warn set ...",
		"Kernel panic - not syncing: panic_on_taint set ...",
		"Kernel panic - not syncing: KASAN: panic_on_warn set ...",
		"Kernel panic - not syncing: hung_task: blocked tasks",
		"Kernel panic - not syncing: softlockup: hung tasks",
		"Kernel panic - not syncing: RCU Stall",
		"Kernel panic - not syncing: Hard LOCKUP",
		"Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009",
		"Kernel panic - not syncing: Aiee, killing interrupt handler!",
		"Kernel panic - not syncing: TASK stack guard hit",
		"Kernel panic - not syncing: kernel stack overflow",
		"Kernel panic - not syncing: Corrupt kernel stack, can't continue.",
	};
	static const char *const others[] = {
		"Kernel panic - not syncing: sysrq triggered crash",
		"Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
		"Kernel panic - not syncing: No working init found.",
		"Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled",
	};

	for (size_t i = 0; i < ARRAY_SIZE(consequences); i++)
		if (!fault_titles_is_consequence(&titles, consequences[i]))
			fail_msg("'%s' stands alone", consequences[i]);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (fault_titles_is_consequence(&titles, others[i]))
			fail_msg("'%s' does not stand alone", others[i]);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
