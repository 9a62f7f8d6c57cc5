/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of a shell script, as far as its text tells: the words that stand where
 * the grammar of bash(1) has a command's name. Nothing is run or expanded, so a name
 * that comes out of a variable is not found.
 */
#ifndef RAPIDO_SHELLWORDS_H
#define RAPIDO_SHELLWORDS_H

#include "lib/strmap.h"

/* Commands in commands in commands: what is deeper is not found. */
#define SHELLWORDS_DEPTH_MAX 40

struct shellword {
	const char *name; /* without quotes: a plain name, or an absolute path */
	/*
	 * another program runs it, as in "timeout 5 NAME", so that a function or builtin
	 * of this name does not count
	 */
	bool external;
	/*
	 * it is run whatever happens before, and the script does not seem to expect that
	 * it fails
	 */
	bool certain;
	size_t list; /* private: the list of commands in which it became certain */
};

struct shellwords {
	struct shellword *v; /* each name once, in the order of their first use */
	size_t nr, alloc;
	struct strmap index;	 /* private: name -> its number + 1 */
	struct strmap functions; /* the names of functions and aliases */
	struct strmap handled;	 /* names that it asks for or may make ("> /bin/NAME") */
	/*
	 * something that is not in the text may have changed which commands there are:
	 * what follows is not certain
	 */
	bool unsure;
	bool ended;	 /* private: the script may have ended by itself */
	size_t nr_lists; /* private */
};

#define SHELLWORDS_INIT \
	{               \
		0       \
	}

void shellwords_release(struct shellwords *words);

/*
 * Add what the script @text has, as if it followed the scripts that were added before.
 * Names with an expansion or a pattern are left out; so are builtins, unless they are
 * external, and relative paths. What well-known programs run is found as well: "env
 * VAR=x NAME", "xargs NAME", "find -exec NAME", "sh -c TEXT" and their kin. Errors of
 * syntax do no harm.
 */
void shellwords_scan(struct shellwords *words, const char *text);

/* Whether @word is the name of a function or an alias where it is used. */
bool shellwords_is_function(const struct shellwords *words, const struct shellword *word);

#endif
