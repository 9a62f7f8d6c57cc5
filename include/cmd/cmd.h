/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands: one const struct each, defined in its own cmd-NAME.c, and the dispatcher,
 * which does what they have in common.
 */
#ifndef RAPIDO_CMD_H
#define RAPIDO_CMD_H

#include "conf/session.h"
#include "lib/options.h"

/* A call of a command, after its options are parsed and its operands counted. */
struct invocation {
	const struct command *command;
	void *args;  /* the values of its options, see args_size */
	int argc;    /* of the operands */
	char **argv; /* the operands, then @rest or NULL */
	/* with CMD_REST: the words behind "--", then NULL; itself NULL if there is no
	 * "--" */
	char **rest;
	const struct session *session; /* with CMD_SESSION, else NULL */
	int nr_words;
	char **words; /* the whole command line from the command's name */
};

enum {
	CMD_SESSION = 1 << 0, /* needs the directories and the configuration */
	CMD_PROGRAM =
		1 << 1,	     /* called by its own name, not as one of rapido's commands */
	CMD_REST = 1 << 2,   /* the words behind "--" are a command for the VM */
	CMD_HIDDEN = 1 << 3, /* for programs: not in the list of the commands */
};

/* Options that several commands have, for a struct that is a part of each one's own. */
struct command_options {
	const struct option_spec *specs;
	size_t offset; /* of that struct */
	const char *title;
};

#define CMD_SHARED_MAX 3

struct command {
	const char *name;
	const char *alias;		   /* or NULL */
	const char *summary;		   /* one line for `rapido help` */
	const struct option_spec *options; /* or NULL */
	struct command_options shared[CMD_SHARED_MAX];
	const char *operands; /* for the synopsis: "TEST...", or NULL */
	const char *operand;  /* one of them, for complaints: "test" */
	int min_operands, max_operands;
	const char *notes;    /* text that --help prints below the options, or NULL */
	unsigned int flags;   /* CMD_... */
	int failure;	      /* the exit status if it cannot begin; 0 stands for 1 */
	size_t args_size;     /* of the struct that the values of options go into */
	const void *defaults; /* its initial contents; NULL: zeroes */
	void (*release)(void *args); /* frees what the struct owns, or NULL */
	/* The exit status of the program. */
	int (*run)(const struct invocation *call);
};

extern const struct command cmd_boot;
extern const struct command cmd_check;
extern const struct command cmd_complete;
extern const struct command cmd_config;
extern const struct command cmd_cp;
extern const struct command cmd_cut;
extern const struct command cmd_dump;
extern const struct command cmd_exec;
extern const struct command cmd_gdb;
extern const struct command cmd_help;
extern const struct command cmd_list;
extern const struct command cmd_log;
extern const struct command cmd_ls;
extern const struct command cmd_net;
extern const struct command cmd_ps;
extern const struct command cmd_rapido_cut;
extern const struct command cmd_run;
extern const struct command cmd_setup_network;
extern const struct command cmd_shell;
extern const struct command cmd_stop;
extern const struct command cmd_teardown_network;
extern const struct command cmd_why;
extern const struct command cmd_worker;

/* For max_operands: no limit. */
#define CMD_OPERANDS_MAX 1000000

/*
 * Run a command whose name is argv[0]: parse options, count operands, read the
 * configuration if it needs that, and call its function. The exit status of the program.
 */
int command_run(const struct command *command, int argc, char **argv);

/* The same for the command that argv[1] names, behind options of rapido's own. */
int command_run_named(int argc, char **argv);

/* All commands, sorted by name. */
const struct command *const *command_list(size_t *nr);

/* The command with this name or alias, or NULL. */
const struct command *command_find(const char *name);

/* The options that every command has, beside its own. */
extern const struct option_spec common_options[];

/* Complain about how @command was called, and point to its help. Returns the exit
 * status. */
int cmd_usage_error(const struct command *command, const char *fmt, ...) _printf_(2, 3);

/*
 * How to run the @nr words @words in a VM, with the command @command of rapido, to follow
 * a complaint; NULL if the first is no program of this host. Heap.
 */
char *cmd_how_to_run(const char *command, int nr, char *const *words);

/* If @name is not a test, but a program of this host: say how to run that in a VM. */
void cmd_advise_program(const struct session *session, const char *name);

/* The number of a VM, or 0 after a complaint. */
unsigned int cmd_parse_slot(const struct command *command, const char *text);

/* The number of the only VM that is running in the directory @dir, see slot_list(); 0
 * after a message if there is none, or more than one. */
unsigned int cmd_only_vm(const char *dir);

#endif
