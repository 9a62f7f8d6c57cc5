/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options of a command line as one table, from which getopt_long(3)'s arguments, the
 * synopsis and the help text are made:
 *
 *	struct args {
 *		bool all;
 *		unsigned long limit;
 *	};
 *	static const struct option_spec specs[] = {
 *		OPTION_FLAG('a', "all", struct args, all, "print all"),
 *		OPTION_NUMBER('n', "limit", "N", struct args, limit, 1, 99, "lines",
 *			      "print at most N lines"),
 *		OPTION_END,
 *	};
 *
 * A table is constant; the values go into a struct of the caller's, at offsets that the
 * macros take from its type, checking that the field's type is that of the option's
 * values.
 */
#ifndef RAPIDO_OPTIONS_H
#define RAPIDO_OPTIONS_H

#include "lib/str.h"

enum option_kind {
	OPTION_KIND_END,
	OPTION_KIND_FLAG,   /* bool */
	OPTION_KIND_STRING, /* const char *: the argument, which stays argv's */
	OPTION_KIND_NUMBER, /* unsigned long */
	OPTION_KIND_CHOICE, /* const char *: one of a few words */
	OPTION_KIND_LIST,   /* struct strvec: may be repeated */
	OPTION_KIND_CALL,   /* whatever the function does with it: may be repeated */
};

struct option_spec {
	enum option_kind kind;
	char letter;	     /* "-k", or 0 */
	const char *name;    /* "--kernel", without the dashes, or NULL */
	const char *arg;     /* the argument's name for the help; NULL: it has none */
	const char *help;    /* one paragraph, which is wrapped to fit */
	size_t offset;	     /* of the value */
	bool required;	     /* not optional, in spite of its name */
	const char *choices; /* CHOICE: "stop|continue" */
	/* CHOICE without a letter: what the option alone stands for; "=" must be before
	   its argument then. NULL: it requires one. */
	const char *bare;
	unsigned long min, max; /* NUMBER */
	const char *unit;	/* NUMBER: the plural of what is counted: "seconds" */
	/* CALL: 0 to go on. Any other result ends the parsing, and options_parse()
	 * returns it without a complaint of its own: if it is an error, the function has
	 * written the message. The text is NULL for an option without an argument. */
	int (*call)(void *value, const char *text);
};

/* The offset of a field, which must have the given type. */
#define OPTION_OFFSET(struct_type, field, value_type)                                  \
	(offsetof(struct_type, field) +                                                \
	 0 * sizeof(char[__builtin_types_compatible_p(                                 \
				 __typeof__(((struct_type *)NULL)->field), value_type) \
				 ? 1                                                   \
				 : -1]))

#define OPTION_FLAG(l, n, struct_type, field, h)                             \
	{                                                                    \
		.kind = OPTION_KIND_FLAG, .letter = l, .name = n, .help = h, \
		.offset = OPTION_OFFSET(struct_type, field, bool)            \
	}
#define OPTION_STRING(l, n, a, struct_type, field, h)                                    \
	{                                                                                \
		.kind = OPTION_KIND_STRING, .letter = l, .name = n, .arg = a, .help = h, \
		.offset = OPTION_OFFSET(struct_type, field, const char *)                \
	}
#define OPTION_NUMBER(l, n, a, struct_type, field, least, most, u, h)                    \
	{                                                                                \
		.kind = OPTION_KIND_NUMBER, .letter = l, .name = n, .arg = a, .help = h, \
		.offset = OPTION_OFFSET(struct_type, field, unsigned long),              \
		.min = least, .max = most, .unit = u                                     \
	}
#define OPTION_CHOICE(l, n, a, struct_type, field, c, h)                                 \
	{                                                                                \
		.kind = OPTION_KIND_CHOICE, .letter = l, .name = n, .arg = a, .help = h, \
		.offset = OPTION_OFFSET(struct_type, field, const char *), .choices = c  \
	}
/* An option without a letter, whose argument may be left out: @b stands for that. */
#define OPTION_CHOICE_OR(n, a, struct_type, field, b, c, h)                              \
	{                                                                                \
		.kind = OPTION_KIND_CHOICE, .name = n, .arg = a, .help = h,              \
		.offset = OPTION_OFFSET(struct_type, field, const char *), .choices = c, \
		.bare = b                                                                \
	}
#define OPTION_LIST(l, n, a, struct_type, field, h)                                    \
	{                                                                              \
		.kind = OPTION_KIND_LIST, .letter = l, .name = n, .arg = a, .help = h, \
		.offset = OPTION_OFFSET(struct_type, field, struct strvec)             \
	}
/* The function gets the address of @field. */
#define OPTION_CALL(l, n, a, struct_type, field, f, h)                                 \
	{                                                                              \
		.kind = OPTION_KIND_CALL, .letter = l, .name = n, .arg = a, .help = h, \
		.offset = offsetof(struct_type, field), .call = f                      \
	}
#define OPTION_END                      \
	{                               \
		.kind = OPTION_KIND_END \
	}

/* A table, and the struct that its values go into. */
struct option_group {
	const struct option_spec *specs; /* up to OPTION_END; NULL: none */
	void *values;
};

/*
 * Parse @argv with the options of @nr groups, as getopt_long(3) does: operands may stand
 * between options, "--" ends these, and a long name may be cut short. If two groups have
 * the same letter or name, it is the first one's. Values of options that are not given
 * stay as they are. Afterwards the operands are the last words of @argv, from *@operands.
 *
 * 0; -EINVAL with a complaint in *@why (heap); or what a function of OPTION_CALL
 * returned, and then *@why stays as it is: the caller sets it to NULL before.
 */
int options_parse(const struct option_group *groups, size_t nr, int argc, char **argv,
		  int *operands, char **why);

/*
 * The same for a command line that may end with the words of another command, after "--".
 * *@rest is the index of the first of these words, which stand behind the operands; @argc
 * if there are none; -1 if there is no "--".
 */
int options_parse_rest(const struct option_group *groups, size_t nr, int argc,
		       char **argv, int *operands, int *rest, char **why);

/*
 * Append a line or more "@program [-k KERNEL] [--json] @operands", with the options of
 * the table @specs (or NULL), which does not go beyond 80 columns; @operands may be NULL.
 */
void options_add_synopsis(struct strbuf *out, const char *program,
			  const struct option_spec *specs, const char *operands);

/* Append the help of all options in the group @index of @groups, a line or more each. */
void options_add_help(struct strbuf *out, const struct option_group *groups,
		      size_t index);

#endif
