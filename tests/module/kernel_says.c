// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A kernel that says and does what a test wants, by two files.
 *
 * /proc/kernel_says: each line that is written is one of the kernel's log, and the
 * kernel's own, which a line that is written to /dev/kmsg is not. "<N>" in front is its
 * level.
 *
 * /proc/kernel_does: a line of "warn", "bug", "oops" or "panic"; "taint BIT", without a
 * word in the log; or "flood LINES LENGTH LEVEL", as fast as the kernel can.
 */
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define SAY_MAX 65536

static void say(unsigned int level, const char *text)
{
	printk(KERN_SOH "%u%s\n", level, text);
}

static void say_line(const char *line)
{
	unsigned int level = 4;

	if (line[0] == '<' && line[1] >= '0' && line[1] <= '7' && line[2] == '>') {
		level = line[1] - '0';
		line += 3;
	}
	say(level, line);
}

static void flood(unsigned int lines, unsigned int length, unsigned int level)
{
	char text[901];

	length = min_t(unsigned int, length, sizeof(text) - 1);
	memset(text, 'x', length);
	text[length] = '\0';
	for (unsigned int i = 0; i < lines; i++)
		say(level, text);
}

static void do_line(const char *line)
{
	unsigned int a, b, c;

	if (!strcmp(line, "warn"))
		WARN(1, "kernel_says was told to warn\n");
	else if (!strcmp(line, "bug"))
		BUG();
	else if (!strcmp(line, "oops"))
		*(volatile int *)8 = 1;
	else if (!strcmp(line, "panic"))
		panic("kernel_says was told to panic");
	else if (sscanf(line, "taint %u", &a) == 1 && a < TAINT_FLAGS_COUNT)
		add_taint(a, LOCKDEP_STILL_OK);
	else if (sscanf(line, "flood %u %u %u", &a, &b, &c) == 3 && c < 8)
		flood(a, b, c);
	else
		pr_err("kernel_says: cannot do '%s'\n", line);
}

static ssize_t take(const char __user *buffer, size_t size, void (*line)(const char *))
{
	char *text, *rest, *next;

	size = min_t(size_t, size, SAY_MAX);
	text = memdup_user_nul(buffer, size);
	if (IS_ERR(text))
		return PTR_ERR(text);
	rest = text;
	while ((next = strsep(&rest, "\n")))
		/* what follows the last newline is no line */
		if (rest || *next)
			line(next);
	kfree(text);
	return size;
}

static ssize_t says_write(struct file *file, const char __user *buffer, size_t size,
			  loff_t *pos)
{
	return take(buffer, size, say_line);
}

static ssize_t does_write(struct file *file, const char __user *buffer, size_t size,
			  loff_t *pos)
{
	return take(buffer, size, do_line);
}

static const struct proc_ops says_ops = { .proc_write = says_write };
static const struct proc_ops does_ops = { .proc_write = does_write };

static int __init kernel_says_init(void)
{
	if (!proc_create("kernel_says", 0200, NULL, &says_ops) ||
	    !proc_create("kernel_does", 0200, NULL, &does_ops))
		return -ENOMEM;
	return 0;
}
module_init(kernel_says_init);

MODULE_DESCRIPTION("Lines of the kernel's log, and faults, for tests");
MODULE_LICENSE("GPL");
