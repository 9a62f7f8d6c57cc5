// SPDX-License-Identifier: GPL-2.0-or-later
/* The directory net-conf and those of its VMs: which files they have, and their kinds. */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "net/ini.h"
#include "lib/io.h"
#include "lib/log.h"
#include "net/netconf.h"
#include "lib/path.h"
#include "conf/vm-number.h"

/* The limit of DNS. */
#define HOSTNAME_MAX	  253
#define HOSTNAME_FILE_MAX 4096
/* Of a directory, no more entries are looked at. */
#define ENTRIES_MAX 4096

void netconf_release(struct netconf *conf)
{
	for (size_t i = 0; i < conf->nr; i++)
		netconf_file_release(&conf->files[i]);
	free(conf->files);
	free(conf->dir);
	free(conf->hostname);
	strvec_release(&conf->others);
	strvec_release(&conf->others_text);
	strvec_release(&conf->netdevs);
	strvec_release(&conf->kinds);
	*conf = (struct netconf)NETCONF_INIT;
}

/* The names in the directory @path, sorted, without those that begin with a dot. */
static int list_names(const char *path, struct strvec *names)
{
	_cleanup_closedir_ DIR *dir = opendir(path);

	if (!dir)
		return -errno;
	for (struct dirent *entry; (entry = readdir(dir)) && names->nr < ENTRIES_MAX;)
		if (entry->d_name[0] != '.')
			strvec_push(names, entry->d_name);
	strvec_sort(names);
	return 0;
}

/* The contents of @path; NULL after a report. */
static char *read_text(const char *path, struct report *report)
{
	_cleanup_free_ char *text = NULL;
	unsigned int line;
	size_t size;
	int err = io_read_regular(path, NETCONF_FILE_MAX, &text, &size);

	if (err == -EINVAL)
		report_error(report, "cannot read '%s': it is no regular file", path);
	else if (err == -EFBIG)
		report_error(report, "cannot read '%s': it has more than %d bytes", path,
			     NETCONF_FILE_MAX);
	else if (err)
		report_error(report, "cannot read '%s': %s", path, err_text(err));
	else if (memchr(text, '\0', size))
		report_error(report, "cannot read '%s': it holds binary data", path);
	else if (!ini_is_text(text, &line))
		report_error(report,
			     "%s:%u: this is not text: it must be UTF-8, without control "
			     "characters",
			     path, line);
	else
		return TAKE_PTR(text);
	return NULL;
}

static bool has_room(const struct netconf *conf, struct report *report)
{
	if (conf->nr + conf->others.nr < NETCONF_FILES_MAX)
		return true;
	report_error(report, "'%s' has more than %d files", conf->dir, NETCONF_FILES_MAX);
	return false;
}

static void read_network(struct netconf *conf, const char *name, const char *path,
			 struct report *report)
{
	_cleanup_free_ char *text = read_text(path, report);
	const struct netconf_file *before;
	struct netconf_file *file;

	if (!text || !has_room(conf, report))
		return;
	ALLOC_GROW(conf->files, conf->nr, conf->alloc);
	file = &conf->files[conf->nr];
	netconf_parse(file, name, path, text, report);
	before = file->device ? netconf_find(conf, file->device) : NULL;
	if (before)
		report_warn(report, "'%s' is not used: '%s' is about '%s', too", path,
			    before->path, file->device);
	conf->nr++;
}

/* Find the device that a .netdev file creates; everything else is for systemd. */
static void find_netdev(struct netconf *conf, const char *path, const char *text,
			struct report *report)
{
	_cleanup_free_ char *name = NULL, *kind = NULL;
	struct ini ini;

	ini_init(&ini, text);
	while (ini_next(&ini)) {
		char **to = streq(ini.key, "Name")   ? &name
			    : streq(ini.key, "Kind") ? &kind
						     : NULL;

		if (!to || ini.kind != INI_ASSIGNMENT || !streq(ini.section, "NetDev"))
			continue;
		free(*to);
		*to = xstrdup(ini.value);
	}
	ini_release(&ini);
	if (!name || !kind || !*kind || !net_name_is_valid(name)) {
		report_error(report,
			     "%s: it does not say which device it creates: it requires "
			     "[NetDev] with Name= and Kind=",
			     path);
		return;
	}
	strvec_take(&conf->netdevs, TAKE_PTR(name));
	strvec_take(&conf->kinds, TAKE_PTR(kind));
}

static void read_other(struct netconf *conf, const char *name, const char *path,
		       struct report *report)
{
	_cleanup_free_ char *text = read_text(path, report);

	if (!text || !has_room(conf, report))
		return;
	if (ends_with(name, ".netdev"))
		find_netdev(conf, path, text, report);
	strvec_push(&conf->others, name);
	strvec_take(&conf->others_text, TAKE_PTR(text));
}

/* The drop-ins in the VM's directory @name, which is named like a file with ".d". */
static void read_dropins(struct netconf *conf, const char *name, const char *path,
			 struct report *report)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int err = list_names(path, &names);

	if (err)
		report_error(report, "cannot read '%s': %s", path, err_text(err));
	for (size_t i = 0; i < names.nr; i++) {
		_cleanup_free_ char *inner = path_join(name, names.v[i]);
		_cleanup_free_ char *inner_path = path_join(path, names.v[i]);

		if (ends_with(inner, ".conf"))
			read_other(conf, inner, inner_path, report);
	}
}

int netconf_read_hostname(const char *dir, unsigned int number, char **hostname,
			  struct report *report)
{
	_cleanup_free_ char *path = xasprintf("%s/vm%u/hostname", dir, number);
	_cleanup_free_ char *text = NULL;
	int err = io_read_regular(path, HOSTNAME_FILE_MAX, &text, NULL);
	char *name;
	size_t len;

	*hostname = NULL;
	if (err == -ENOENT || err == -ENOTDIR)
		return 0;
	if (err)
		return report_error(report, "cannot read '%s': %s", path,
				    err == -EINVAL ? "it is no regular file"
						   : err_text(err));
	name = text + strspn(text, " \t\r\n");
	len = strcspn(name, " \t\r\n");
	name[len] = '\0';
	if (len && !is_plain_name(name, len, HOSTNAME_MAX))
		return report_error(report, "'%s' does not hold a host name: '%.64s'",
				    path, name);
	if (len)
		*hostname = xstrdup(name);
	return 0;
}

static void read_entry(struct netconf *conf, const char *name, struct report *report)
{
	_cleanup_free_ char *path = path_join(conf->dir, name);

	if (ends_with(name, ".network"))
		read_network(conf, name, path, report);
	else if (ends_with(name, ".netdev") || ends_with(name, ".link"))
		read_other(conf, name, path, report);
	else if (ends_with(name, ".network.d") || ends_with(name, ".netdev.d") ||
		 ends_with(name, ".link.d"))
		read_dropins(conf, name, path, report);
}

/* The VM's interfaces are made with their MAC addresses; those of other devices only
 * systemd-networkd can set. */
static void settle_macs(struct netconf *conf)
{
	for (size_t i = 0; i < conf->nr; i++) {
		struct netconf_file *file = &conf->files[i];
		char mac[NET_MAC_TEXT];

		if (!file->has_mac || file->beyond || netconf_is_tap(conf, file))
			continue;
		file->beyond = xasprintf("MACAddress=%s", net_mac_text(file->mac, mac));
		file->beyond_line = file->mac_line;
	}
}

int netconf_load(struct netconf *conf, const char *dir, unsigned int number,
		 struct report *report)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	size_t errors = report->errors.nr;
	int err;

	*conf = (struct netconf){ .number = number };
	conf->dir = xasprintf("%s/vm%u", dir, number);
	err = list_names(conf->dir, &names);
	if (err == -ENOENT)
		return err;
	if (err)
		return report_error(report, "cannot read '%s': %s", conf->dir,
				    err_text(err));
	netconf_read_hostname(dir, number, &conf->hostname, report);
	for (size_t i = 0; i < names.nr; i++)
		read_entry(conf, names.v[i], report);
	settle_macs(conf);
	return report->errors.nr > errors ? -EINVAL : 0;
}

/* The N of "vmN" if it is written without leading zeros, or 0. */
static unsigned int name_number(const char *name)
{
	unsigned long number;

	if (!starts_with(name, "vm") || name[2] == '0' ||
	    parse_uint(name + 2, 1, VM_NUMBER_MAX, &number))
		return 0;
	return (unsigned int)number;
}

static int compare_numbers(const void *a, const void *b)
{
	const unsigned int *na = a, *nb = b;

	return *na < *nb ? -1 : *na > *nb;
}

int netconf_numbers(const char *dir, unsigned int **numbers, size_t *nr)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	int err = list_names(dir, &names);

	*numbers = NULL;
	*nr = 0;
	if (err)
		return err;
	*numbers = xcalloc(names.nr + 1, sizeof(**numbers));
	for (size_t i = 0; i < names.nr; i++) {
		unsigned int number = name_number(names.v[i]);
		_cleanup_free_ char *path = path_join(dir, names.v[i]);
		struct stat st;

		if (number && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
			(*numbers)[(*nr)++] = number;
	}
	qsort(*numbers, *nr, sizeof(**numbers), compare_numbers);
	return 0;
}

const struct netconf_file *netconf_find(const struct netconf *conf, const char *device)
{
	for (size_t i = 0; i < conf->nr; i++)
		if (conf->files[i].device && streq(conf->files[i].device, device))
			return &conf->files[i];
	return NULL;
}

bool netconf_is_tap(const struct netconf *conf, const struct netconf_file *file)
{
	return file->device && !streq(file->device, "lo") &&
	       !strvec_has(&conf->netdevs, file->device) &&
	       netconf_find(conf, file->device) == file;
}

char *netconf_beyond(const struct netconf *conf)
{
	for (size_t i = 0; i < conf->nr; i++) {
		const struct netconf_file *file = &conf->files[i];

		if (file->beyond)
			return xasprintf("%s in '%s' line %u", file->beyond, file->path,
					 file->beyond_line);
	}
	if (conf->others.nr)
		return xasprintf("'%s/%s'", conf->dir, conf->others.v[0]);
	return NULL;
}
