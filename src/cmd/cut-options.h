/* SPDX-License-Identifier: GPL-2.0-or-later */
/* -f and -x of the commands that cut, for their tables of options: @field is a struct
 * cut_args. */
#ifndef RAPIDO_CUT_OPTIONS_H
#define RAPIDO_CUT_OPTIONS_H

#include "cmd/cmd.h"
#include "cut/cut-image.h"

#define CUT_OPTION_FILE(struct_type, field, help) \
	OPTION_CALL('f', "file", "FILE", struct_type, field, cut_take_file, help)
#define CUT_OPTION_COMMAND(struct_type, field, help) \
	OPTION_CALL('x', "command", "CMD", struct_type, field, cut_take_command, help)

static inline int cut_take_file(void *args, const char *path)
{
	cut_args_add_file(args, path);
	return 0;
}

static inline int cut_take_command(void *args, const char *command)
{
	cut_args_add_command(args, command);
	return 0;
}

#endif
