// SPDX-License-Identifier: GPL-2.0-or-later
/* Small files: reading those that the host put into the image, and adding to others; and
 * directories. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"

bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n >= 0;
}

void make_dirs(const char *dir)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s", dir) >= (int)sizeof(path))
		return;
	for (char *p = path; (p = strchr(p + 1, '/'));) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
	mkdir(path, 0755);
}

/* Read @size bytes, or as many as there are. */
static char *read_size(int fd, size_t size)
{
	char *text = malloc(size + 1);
	size_t len = 0;
	ssize_t n = 1;

	while (text && len < size && n > 0) {
		n = read(fd, text + len, size - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (text && n >= 0) {
		text[len] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

char *read_all(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	struct stat st;

	/* the image need not have it */
	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd >= 0 && fstat(fd, &st) == 0)
		text = read_size(fd, (size_t)st.st_size);
	if (!text)
		say("cannot read %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return text;
}

static bool lacks_newline(int fd)
{
	char last;

	return lseek(fd, -1, SEEK_END) >= 0 && read(fd, &last, 1) == 1 && last != '\n';
}

static bool write_all(int fd, const char *text)
{
	for (size_t left = strlen(text); left > 0;) {
		ssize_t n = write(fd, text, left);

		if (n <= 0)
			return false;
		text += n;
		left -= (size_t)n;
	}
	return true;
}

bool image_complete(void)
{
	char text[sizeof(IMAGE_COMPLETE_TEXT) + 1];

	if (read_text(IMAGE_COMPLETE, text, sizeof(text)) &&
	    strcmp(text, IMAGE_COMPLETE_TEXT) == 0)
		return true;
	say("files of the image are missing: the VM has too little memory for them");
	return false;
}

void append_text(const char *path, const char *text)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || (lacks_newline(fd) && !write_all(fd, "\n")) || !write_all(fd, text))
		say("cannot write %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}
