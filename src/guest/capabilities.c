// SPDX-License-Identifier: GPL-2.0-or-later
/* Sets the file capabilities that the image lists; see rapido's filecaps.h. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/xattr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "init.h"

/* @line is "HEX PATH". */
static void set_one(char *line)
{
	unsigned char value[sizeof(struct vfs_ns_cap_data)];
	char *space = strchr(line, ' ');
	size_t size = 0;
	unsigned int byte;

	for (char *hex = line; space && hex + 2 <= space && size < sizeof(value);
	     hex += 2)
		if (sscanf(hex, "%2x", &byte) == 1)
			value[size++] = (unsigned char)byte;
	if (!space || setxattr(space + 1, XATTR_NAME_CAPS, value, size, 0) == 0)
		return;
	say("cannot give %s its capabilities: %s%s", space + 1, strerror(errno),
	    errno == EOPNOTSUPP ? " (CONFIG_TMPFS_XATTR)" : "");
}

void set_file_capabilities(void)
{
	char *text = read_all(IMAGE_CAPABILITIES), *rest = text;
	char *line;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			set_one(line);
	free(text);
}
