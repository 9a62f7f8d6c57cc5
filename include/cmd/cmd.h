/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands: one const struct each, defined in its own cmd-NAME.c, listed in main.c.
 */
#ifndef RAPIDO_CMD_H
#define RAPIDO_CMD_H

#include "conf/session.h"

struct command {
	const char *name;
	const char *summary; /* one line for `rapido help` */
	const char *usage;   /* "cut [OPTION]... TEST" */
	const char *options; /* what --help says below that, or NULL */
	/* argv[0] is the command's name. The exit status of the program. */
	int (*run)(int argc, char **argv);
};

extern const struct command cmd_boot;
extern const struct command cmd_check;
extern const struct command cmd_config;
extern const struct command cmd_cut;
extern const struct command cmd_help;
extern const struct command cmd_list;
extern const struct command cmd_log;
extern const struct command cmd_ls;
extern const struct command cmd_net;
extern const struct command cmd_ps;
extern const struct command cmd_rapido_cut;
extern const struct command cmd_run;
extern const struct command cmd_setup_network;
extern const struct command cmd_stop;
extern const struct command cmd_teardown_network;
extern const struct command cmd_why;

/* The table of main.c, sorted by name, NULL after the last; for help. */
extern const struct command *const commands[];

/* Find by name or alias; NULL. */
const struct command *command_find(const char *name);

/* Short and long options that every command has; a command puts them into its own. */
#define CMD_SHORT_OPTIONS "hqv"
#define CMD_LONG_OPTIONS                                                         \
	{ "help", no_argument, NULL, 'h' }, { "quiet", no_argument, NULL, 'q' }, \
	{                                                                        \
		"verbose", no_argument, NULL, 'v'                                \
	}

/*
 * Act on an option that the command did not take: one of the common ones, or one that
 * getopt_long(3) has complained about. -1: go on; else the status to return with.
 */
int cmd_common_option(const struct command *command, int option);

/* Complain about how @command was called, and point to its help; returns 1. */
int cmd_usage_error(const struct command *command, const char *fmt, ...) _printf_(2, 3);

/* The number of a VM, or 0 after a complaint. */
unsigned int cmd_parse_slot(const struct command *command, const char *text);

/* Whether @text is a kind of network, see net-kind.h; else a complaint. */
bool cmd_check_network(const struct command *command, const char *text);

/* Print the help of @command to standard output. */
void cmd_print_help(const struct command *command);

#endif
