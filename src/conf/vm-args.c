// SPDX-License-Identifier: GPL-2.0-or-later
/* What the command line asks of one VM: its disks. */
#include <errno.h>

#include "conf/vm-args.h"

static void disk_release(struct vm_disk_arg *disk)
{
	free(disk->file);
	free(disk->name);
}

void vm_args_release(struct vm_args *args)
{
	for (size_t i = 0; i < args->nr_disks; i++)
		disk_release(&args->disks[i]);
	free(args->disks);
	share_args_release(&args->shares);
	strvec_release(&args->append);
	strvec_release(&args->machine_args);
	strvec_release(&args->um_args);
	*args = (struct vm_args){ 0 };
}

static int take_name(struct vm_disk_arg *disk, const char *name, char **why)
{
	if (!is_plain_name(name, strlen(name), MANIFEST_DISK_NAME_MAX)) {
		*why = xasprintf("'%s' cannot be a disk's name: 1 to %d of a-z A-Z 0-9 _ "
				 ". -",
				 name, MANIFEST_DISK_NAME_MAX);
		return -EINVAL;
	}
	free(disk->name);
	disk->name = xstrdup(name);
	return 0;
}

/* Take one word behind the file. */
static int take_word(struct vm_disk_arg *disk, const char *word, char **why)
{
	if (starts_with(word, "name="))
		return take_name(disk, word + strlen("name="), why);
	if (streq(word, "ro") && disk->file)
		disk->read_only = true;
	else if (streq(word, "snapshot") && disk->file)
		disk->snapshot = true;
	else if (streq(word, "format=raw") && disk->file)
		disk->format = VM_DISK_RAW;
	else if (streq(word, "format=qcow2") && disk->file)
		disk->format = VM_DISK_QCOW2;
	else {
		*why = xasprintf("'%s' is not one of %s", word,
				 disk->file ? "ro, snapshot, format=raw, format=qcow2 "
					      "and name=NAME"
					    : "the words of a disk without a file, which "
					      "has only name=NAME");
		return -EINVAL;
	}
	return 0;
}

/* The bytes of @text up to the words that follow: a file may have commas in its name. */
static size_t file_len(const char *text)
{
	static const char *const words[] = { "ro", "snapshot", "format=", "name=" };

	for (const char *comma = strchr(text, ','); comma; comma = strchr(comma + 1, ','))
		for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
			const char *rest = comma + 1 + strlen(words[i]);

			if (starts_with(comma + 1, words[i]) &&
			    (ends_with(words[i], "=") || !*rest || *rest == ','))
				return (size_t)(comma - text);
		}
	return strlen(text);
}

int vm_args_add_disk(struct vm_args *args, const char *text, char **why)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;
	struct vm_disk_arg disk = { 0 };
	size_t len = file_len(text);
	int err = 0;

	disk.file = xstrndup(text, len);
	if (parse_size(disk.file, 1 << 20, &disk.size) == 0)
		free(TAKE_PTR(disk.file));
	if (disk.file && !*disk.file) {
		*why = xstrdup("a disk needs a file or a size such as 1G");
		err = -EINVAL;
	}
	strvec_split(&words, text + len, ",");
	for (size_t i = 0; !err && i < words.nr; i++)
		err = take_word(&disk, words.v[i], why);
	if (!disk.name)
		disk.name = xasprintf("disk%zu", args->nr_disks + 1);
	for (size_t i = 0; !err && i < args->nr_disks; i++)
		if (streq(args->disks[i].name, disk.name)) {
			*why = xasprintf("there is a disk '%s' already", disk.name);
			err = -EINVAL;
		}
	if (err) {
		disk_release(&disk);
		return err;
	}
	ALLOC_GROW(args->disks, args->nr_disks, args->alloc_disks);
	args->disks[args->nr_disks++] = disk;
	return 0;
}
