// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's directories: mounted at their places, or, if the host's root is one of them,
 * below an overlay in memory that becomes the root.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init.h"

#define HOST   IMAGE_RESOURCES "/host"
#define MEMORY IMAGE_RESOURCES "/memory"
#define ROOT   IMAGE_RESOURCES "/root"

/* "%20" is a blank. In place. */
static void unescape(char *text)
{
	char *to = text;
	unsigned int byte;

	for (const char *from = text; *from; to++)
		if (from[0] == '%' && sscanf(from + 1, "%2x", &byte) == 1) {
			*to = (char)byte;
			from += 3;
		} else {
			*to = *from++;
		}
	*to = '\0';
}

/* "TYPE:TAG:rw:PATH" or "...:ro:..." */
void take_share(struct params *params, char *text)
{
	struct share *share = &params->shares[params->nr_shares];
	char *tag = strchr(text, ':');
	char *how = tag ? strchr(tag + 1, ':') : NULL;
	char *path = how ? strchr(how + 1, ':') : NULL;

	if (!path || params->nr_shares == SHARES_MAX)
		return;
	*tag++ = *how++ = *path++ = '\0';
	unescape(tag);
	unescape(path);
	*share = (struct share){ text, tag, path, strcmp(how, "rw") == 0 };
	params->nr_shares++;
}

void take_home(struct params *params, char *text)
{
	unescape(text);
	params->home = text;
}

static bool mount_share(const struct share *share, const char *path, bool cached)
{
	const unsigned long flags =
		MS_NODEV | MS_NOSUID | (share->writable ? 0 : MS_RDONLY);
	const char *options = NULL;

	if (strcmp(share->type, "9p") == 0)
		options =
			cached ? "trans=virtio,version=9p2000.L,msize=262144,cache=loose"
			: share->writable
				? "trans=virtio,version=9p2000.L,msize=262144,cache=mmap"
				: "trans=virtio,version=9p2000.L,msize=262144";
	else if (strcmp(share->type, "hostfs") == 0)
		options = share->tag;
	make_dirs(path);
	if (mount(share->tag, path, share->type, flags, options) == 0)
		return true;
	say("cannot mount the host's directory at %s: %s", path, strerror(errno));
	return false;
}

static bool fail(const char *what)
{
	say("cannot have the host's root: %s: %s", what, strerror(errno));
	return false;
}

/* Make the overlay of the image, which is above, and the host. */
static bool mount_overlay(const struct share *share)
{
	unsigned long flags;
	struct stat st;

	mkdir(MEMORY, 0755);
	mkdir(ROOT, 0755);
	if (!mount_share(share, HOST, true))
		return false;
	if (mount("rapido", MEMORY, "tmpfs", 0, "mode=0755") < 0 ||
	    mkdir(MEMORY "/upper", 0755) < 0 || mkdir(MEMORY "/work", 0755) < 0)
		return fail("no memory for what is changed");
	/* where root's files seem to be another's, a set-user-ID program would make root
	   less than it is */
	flags = stat(HOST, &st) == 0 && st.st_uid == 0 ? 0 : MS_NOSUID;
	if (mount("rapido", ROOT, "overlay", flags,
		  "lowerdir=/:" HOST ",upperdir=" MEMORY "/upper,workdir=" MEMORY
		  "/work") < 0)
		return fail("overlay");
	return true;
}

/* The file systems that are mounted already come along. */
static bool enter_overlay(void)
{
	static const char *const moved[] = { "/proc", "/sys", "/dev" };

	for (size_t i = 0; i < ARRAY_SIZE(moved); i++) {
		char to[64];

		snprintf(to, sizeof(to), ROOT "%s", moved[i]);
		if (mount(moved[i], to, NULL, MS_MOVE, NULL) < 0)
			return fail(moved[i]);
	}
	/* unlike in the image, what is changed in it is in memory anyway */
	chmod(ROOT "/tmp", 01777);
	/* the host's sockets and pid files mean nothing here */
	mount("tmpfs", ROOT "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
	if (chdir(ROOT) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 ||
	    chroot(".") < 0 || chdir("/") < 0)
		return fail("cannot make it the root");
	/* the network may have name servers, but not where this link of the host's leads
	 */
	if (access("/etc/resolv.conf", F_OK) < 0)
		unlink("/etc/resolv.conf");
	return true;
}

void mount_shares(struct params *params)
{
	bool ok = true;

	for (size_t i = 0; i < params->nr_shares; i++) {
		const struct share *share = &params->shares[i];

		if (strcmp(share->path, "/") != 0) {
			ok &= mount_share(share, share->path, false);
			continue;
		}
		params->host_root = mount_overlay(share) && enter_overlay();
		if (!params->host_root)
			params->share_missing = true;
	}
	params->share_missing |= !ok;
	if (params->home)
		setenv("HOME", access(params->home, X_OK) == 0 ? params->home : "/", 1);
}

/* "UID:GID:GID,GID:NAME" */
bool parse_user(const char *text, struct user *user)
{
	char *end;

	if (!text)
		return false;
	*user = (struct user){ .uid = (uid_t)strtoul(text, &end, 10) };
	if (*end++ != ':')
		return false;
	user->gid = (gid_t)strtoul(end, &end, 10);
	while (*end && user->nr_groups < USER_GROUPS_MAX &&
	       (*end == ':' || *end == ',')) {
		char *number = end + 1;

		user->groups[user->nr_groups] = (gid_t)strtoul(number, &end, 10);
		if (end == number)
			break;
		user->nr_groups++;
		if (*end == ':')
			break;
	}
	user->name = strrchr(text, ':') + 1;
	return true;
}

void become_user(const struct params *params)
{
	struct user user;

	if (!parse_user(params->user, &user))
		return;
	(void)!fchown(STDIN_FILENO, user.uid, (gid_t)-1);
	(void)!chown("/dev/console", user.uid, (gid_t)-1);
	if (setgroups(user.nr_groups, user.groups) < 0 || setgid(user.gid) < 0 ||
	    setuid(user.uid) < 0) {
		say("cannot become %s: %s", user.name, strerror(errno));
		_exit(126);
	}
	setenv("USER", user.name, 1);
	setenv("LOGNAME", user.name, 1);
}
