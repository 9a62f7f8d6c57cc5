/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options in the Kconfig files of a kernel's source. The language is described in the
 * kernel's Documentation/kbuild/kconfig-language.rst. ksolve.h draws the conclusions.
 */
#ifndef RAPIDO_KSYMBOL_H
#define RAPIDO_KSYMBOL_H

#include "kconfig/kexpr.h"
#include "lib/strmap.h"

/* Limits, which no kernel comes near; the rest is not read. */
#define KSYMBOL_FILES_MAX 16384
#define KSYMBOL_FILE_MAX  (4 << 20)
#define KSYMBOL_DEPTH_MAX 32

enum ksymbol_type {
	KSYMBOL_NONE, /* not declared */
	KSYMBOL_BOOL,
	KSYMBOL_TRISTATE,
	KSYMBOL_STRING,
	KSYMBOL_INT,
	KSYMBOL_HEX,
};

/*
 * A list of expressions that must all be on. Tails are shared. ksymbols_all() parses them
 * when they are needed, as only a few of a kernel's thousands are.
 */
struct kcondition {
	struct kcondition *next;
	const char *text;
	const struct kexpr *all; /* with those after it; NULL: not parsed yet */
};

struct kdefault {
	struct kdefault *next;	      /* in the order of the file */
	struct kcondition *value;     /* an expression, or a quoted string */
	struct kcondition *condition; /* or NULL */
};

/* One `config` entry; an option may have several. */
struct kdefinition {
	struct kdefinition *next;   /* in the order of the files */
	struct kcondition *depends; /* its own, and those of the scopes around it */
	const char *prompt;	    /* NULL: cannot be set by hand */
	struct kcondition *visible; /* further conditions for the prompt */
	struct kdefault *defaults;
};

struct ksymbol;

/* `select` in another option. */
struct kselect {
	struct kselect *next;
	const struct ksymbol *by;
	struct kcondition *condition; /* or NULL */
};

struct ksymbol {
	const char *name;
	enum ksymbol_type type;
	struct kdefinition *definitions; /* NULL: only mentioned, the option is not there
					  */
	struct kdefinition *last;	 /* of them */
	struct kselect *selects;
	size_t nr; /* from 0, in the order in which they were first mentioned */
};

struct ksymbols {
	struct pool pool; /* all but the map and the texts */
	struct strmap map;
	struct strvec texts;
	char *srcdir;
	const char *arch;
	size_t nr_files;
};

#define KSYMBOLS_INIT \
	{             \
		0     \
	}

void ksymbols_release(struct ksymbols *symbols);

/*
 * Read @srcdir/Kconfig and what it sources. @arch is the directory below arch/, and must
 * outlive the symbols. What cannot be read or parsed is left out, as a tree that is being
 * worked on may have such parts. 0; -ENOENT or another -errno if there is no Kconfig.
 */
int ksymbols_read(struct ksymbols *symbols, const char *srcdir, const char *arch);

/* The same from a text, for tests; sources are looked up below @srcdir. */
void ksymbols_parse(struct ksymbols *symbols, const char *text, const char *srcdir,
		    const char *arch);

/* The option @name, without CONFIG_; NULL if the tree does not have it. */
const struct ksymbol *ksymbols_get(const struct ksymbols *symbols, const char *name);

/* The conjunction of the list @condition; NULL for NULL. The symbols'. */
const struct kexpr *ksymbols_all(struct ksymbols *symbols, struct kcondition *condition);

#endif
