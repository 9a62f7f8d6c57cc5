/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What options of the command line add to an image: entries as if the manifest began with
 * them, and a command to run in the VM, with what it needs. It is a list of plain words,
 * so that a cut script can hand it on to rapido-cut.
 */
#ifndef RAPIDO_CUT_EXTRAS_H
#define RAPIDO_CUT_EXTRAS_H

#include "conf/vm-args.h"
#include "lib/util.h"

enum cut_extra_kind {
	/* entries */
	CUT_EXTRA_BIN = 'b',  /* --bin: a name, or an absolute path */
	CUT_EXTRA_KMOD = 'k', /* --kmod: the same */
	CUT_EXTRA_PUT = 'p',  /* --put: an absolute path on the host */
	CUT_EXTRA_AT = 'a',   /* where the last one goes */
	CUT_EXTRA_CPUS = 'c', /* --cpus */
	CUT_EXTRA_MEMORY = 'm',
	CUT_EXTRA_DISKS = 'd', /* the VM gets disks, whose driver it needs */
	CUT_EXTRA_SHARE = 's', /* the VM gets this directory of the host */
	CUT_EXTRA_ROOT = 'r',  /* --root host */
	/* the command */
	CUT_EXTRA_DIR = 'D',	 /* its directory, or that of the prompt */
	CUT_EXTRA_PROGRAM = 'P', /* absolute path of the program */
	CUT_EXTRA_FILE = 'F',	 /* a file that an argument names, absolute */
	CUT_EXTRA_WORD = 'W',	 /* argv[0], argv[1], ... as they were given */
	CUT_EXTRA_CONSOLE = 'C', /* it gets the console, in place of a prompt */
};

struct cut_extra {
	enum cut_extra_kind kind;
	char *text; /* heap */
};

struct cut_extras {
	struct cut_extra *v; /* in the order in which they were given */
	size_t nr, alloc;
};

void cut_extras_release(struct cut_extras *extras);

/* The first of this kind, or NULL. */
const char *cut_extras_get(const struct cut_extras *extras, enum cut_extra_kind kind);

/* The plain name of the command's program, see is_plain_name(), or NULL without one.
 * Heap. */
char *cut_extras_name(const struct cut_extras *extras);

/* Options, see rapido-image(7). 0, or -1 after a message. */
int cut_extras_add_bin(struct cut_extras *extras, const char *name);
int cut_extras_add_kmod(struct cut_extras *extras, const char *name);
int cut_extras_add_put(struct cut_extras *extras, const char *text);

/* What the image is to know of the VM's options. */
void cut_extras_add_vm(struct cut_extras *extras, const struct vm_args *vm);

/* The current directory is in the image, and a prompt begins in it. */
void cut_extras_add_directory(struct cut_extras *extras);

/*
 * The command @words, which ends with a NULL: the program words[0], a path or a name that
 * is searched on the PATH, and the regular files below the current directory that other
 * words name. @console: it gets the console instead of a prompt; otherwise it is the last
 * script of a run. 0, or -1 after a message that says what is wrong with the program.
 */
int cut_extras_add_command(struct cut_extras *extras, char *const *words, bool console);

/* Write the list to a file and read it again. 0, or -errno after a message. */
int cut_extras_write(const struct cut_extras *extras, const char *path);
int cut_extras_read(struct cut_extras *extras, const char *path);

#endif
