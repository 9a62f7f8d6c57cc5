// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings: defaults, the file (read by libconfig, only here), references between
 * settings, and the shell form for the guest. The meaning of each key is known to the
 * code that uses it.
 */
#include <ctype.h>
#include <errno.h>
#include <libconfig.h>
#include <unistd.h>

#include "conf-text.h"
#include "conf/conf.h"
#include "lib/io.h"
#include "lib/log.h"
#include "conf/net-kind.h"
#include "lib/path.h"

/*
 * The types of values. A size may be a number without quotes; text without quotes would
 * lose leading zeros.
 */
enum conf_type {
	CONF_TEXT,
	CONF_SIZE,
	CONF_ACCEL,
	CONF_PATH,
	CONF_BOOL,
	CONF_NETWORK,
	CONF_CPUS,
	CONF_MEMORY,
};

/* Every key that rapido or one of its own tests reads; rapido.conf(5) explains them. */
static const struct conf_key {
	const char *name;
	enum conf_type type;
} known_keys[] = {
	{ "ACCEL", CONF_ACCEL },
	{ "ALLOW_FAULTS", CONF_TEXT },
	{ "APPEND", CONF_TEXT },
	{ "AUTOFS_SRC", CONF_PATH },
	{ "BCACHEFS_TOOLS_SRC", CONF_PATH },
	{ "BLKTESTS_DEV_SIZE", CONF_SIZE },
	{ "BLKTESTS_SRC", CONF_PATH },
	{ "BLKTESTS_TIMEOUT", CONF_SIZE },
	{ "BOOT_VMLINUX", CONF_BOOL },
	{ "BR_ADDR", CONF_TEXT },
	{ "BR_DEV", CONF_TEXT },
	{ "BR_DHCP_SRV_RANGE", CONF_TEXT },
	{ "BR_IF", CONF_TEXT },
	{ "BTRFS_PROGS_SRC", CONF_PATH },
	{ "BUILD_ARGS", CONF_TEXT },
	{ "CEPH_SRC", CONF_PATH },
	{ "CEPH_USER", CONF_TEXT },
	{ "CIFS_DOMAIN", CONF_TEXT },
	{ "CIFS_MOUNT_OPTS", CONF_TEXT },
	{ "CIFS_PW", CONF_TEXT },
	{ "CIFS_SCRATCH_SHARE", CONF_TEXT },
	{ "CIFS_SERVER", CONF_TEXT },
	{ "CIFS_SHARE", CONF_TEXT },
	{ "CIFS_USER", CONF_TEXT },
	{ "CPUS", CONF_CPUS },
	{ "DRACUT_OUT", CONF_PATH },
	{ "DYN_DEBUG_FILES", CONF_TEXT },
	{ "DYN_DEBUG_MODULES", CONF_TEXT },
	{ "E2FSPROGS_SRC", CONF_PATH },
	{ "EXFAT_PROGS_SRC", CONF_PATH },
	{ "EXTRA_MODULES", CONF_TEXT },
	{ "F2FS_TOOLS_SRC", CONF_PATH },
	{ "FORWARD", CONF_TEXT },
	{ "FSTESTS_AUTORUN_CMD", CONF_TEXT },
	{ "FSTESTS_CONFIG", CONF_PATH },
	{ "FSTESTS_SRC", CONF_PATH },
	{ "FSTESTS_ZRAM_SIZE", CONF_SIZE },
	{ "HOST_LOOPBACK", CONF_BOOL },
	{ "IMAGE_PATH", CONF_PATH },
	{ "INITIATOR_IQNS", CONF_TEXT },
	{ "KEEP_DEBUG", CONF_BOOL },
	{ "KERNEL_INSTALL_MOD_PATH", CONF_PATH },
	{ "KERNEL_RELEASE", CONF_TEXT },
	{ "KERNEL_SRC", CONF_PATH },
	{ "KSELFTEST_DIR", CONF_PATH },
	{ "KSELFTEST_TARGETS", CONF_TEXT },
	{ "KSELFTEST_TIMEOUT", CONF_TEXT },
	{ "KSMBD_TOOLS_SRC", CONF_PATH },
	{ "KUNIT_FILTER", CONF_TEXT },
	{ "KUNIT_MODULES", CONF_TEXT },
	{ "LIBURING_DEV_SIZE", CONF_SIZE },
	{ "LIBURING_SRC", CONF_PATH },
	{ "LIBURING_TIMEOUT", CONF_SIZE },
	{ "LOG_MAX", CONF_MEMORY },
	{ "LTP_DIR", CONF_PATH },
	{ "LTP_TIMEOUT_MUL", CONF_TEXT },
	{ "LTP_TMP_FS", CONF_TEXT },
	{ "MEMORY", CONF_MEMORY },
	{ "NETWORK", CONF_NETWORK },
	{ "NVMET_SIZE", CONF_SIZE },
	{ "NVMET_TRTYPES", CONF_TEXT },
	{ "NVME_IMG_SIZE", CONF_SIZE },
	{ "NVME_NUM_ITER", CONF_SIZE },
	{ "NVME_TARGET", CONF_TEXT },
	{ "NVME_TARGET_TCP", CONF_TEXT },
	{ "QEMU_BIN", CONF_TEXT },
	{ "QEMU_EXTRA_ARGS", CONF_TEXT },
	{ "QEMU_EXTRA_KERNEL_PARAMS", CONF_TEXT },
	{ "QEMU_PID_DIR", CONF_PATH },
	{ "QEMU_SANDBOX", CONF_BOOL },
	{ "RUNS_MAX", CONF_MEMORY },
	{ "SAMBA_SRC", CONF_PATH },
	{ "SHELL_TOOLS", CONF_TEXT },
	{ "TAP_USER", CONF_TEXT },
	{ "TARGET_IQN", CONF_TEXT },
	{ "TORTURE_ARGS", CONF_TEXT },
	{ "TORTURE_SECONDS", CONF_TEXT },
	{ "UML_EXTRA_ARGS", CONF_TEXT },
	{ "UNIONMOUNT_TESTSUITE_SRC", CONF_PATH },
	{ "VIRTFS_SHARE_PATH", CONF_PATH },
	{ "VIRTIOFSD", CONF_TEXT },
	{ "VM_NET_CONF", CONF_PATH },
	{ "WORKER_CACHE_MAX", CONF_MEMORY },
	{ "WORKER_PROGRAM", CONF_TEXT },
	{ "WORKER_TIMEOUT", CONF_TEXT },
	{ "XFSPROGS_SRC", CONF_PATH },
	{ "ZONEFSTESTS_DEV_SIZE", CONF_SIZE },
	{ "ZONEFSTOOLS_SRC", CONF_PATH },
};

static const struct conf_key *find_known(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_keys); i++)
		if (streq(known_keys[i].name, name))
			return &known_keys[i];
	return NULL;
}

/* The known key that is most similar to @name, or NULL. */
static const char *nearest_known(const char *name)
{
	struct nearest nearest = NEAREST_INIT(name);

	for (size_t i = 0; i < ARRAY_SIZE(known_keys); i++)
		nearest_try(&nearest, known_keys[i].name);
	return nearest.found;
}

/*
 * The last setting of @key that is not empty: an empty value leaves the default in force.
 */
static struct conf_setting *find_setting(const struct conf *conf, const char *key)
{
	for (size_t i = conf->nr; i > 0; i--) {
		struct conf_setting *setting = &conf->settings[i - 1];

		if (streq(setting->key, key) && setting->value[0])
			return setting;
	}
	return NULL;
}

/* @value (heap) becomes the conf's. */
static void set(struct conf *conf, const char *key, char *value, unsigned int line)
{
	struct conf_setting *setting;

	ALLOC_GROW(conf->settings, conf->nr, conf->alloc);
	setting = &conf->settings[conf->nr++];
	setting->key = xstrdup(key);
	setting->value = value;
	setting->line = line;
}

void conf_init(struct conf *conf, const struct dirs *dirs)
{
	*conf = (struct conf){ 0 };
	set(conf, "RAPIDO_DIR", xstrdup(dirs->rapido_dir), 0);
	set(conf, "IMAGE_PATH", path_join(dirs->state, "myinitrd"), 0);
	set(conf, "DRACUT_OUT", path_join(dirs->state, "myinitrd"), 0);
	set(conf, "QEMU_PID_DIR", xstrdup(dirs->state), 0);
	set(conf, "VM_NET_CONF", path_join(dirs->rapido_dir, "net-conf"), 0);
	set(conf, "KSELFTEST_DIR", path_join(dirs->state, "kselftest"), 0);
	/* what can be built with nothing but a C library */
	set(conf, "KSELFTEST_TARGETS", xstrdup("cgroup futex kcmp pidfd size timers"), 0);
	set(conf, "LTP_DIR", xstrdup("/opt/ltp"), 0);
	set(conf, "QEMU_EXTRA_ARGS", xstrdup("-nographic -device virtio-rng-pci"), 0);
	set(conf, "ACCEL", xstrdup("auto"), 0);
	set(conf, "BR_DEV", xstrdup("rapido-br"), 0);
	set(conf, "BR_ADDR", xstrdup("192.168.155.1/24"), 0);
	if (getenv("HOME"))
		set(conf, "HOME", xstrdup(getenv("HOME")), 0);
}

void conf_release(struct conf *conf)
{
	for (size_t i = 0; i < conf->nr; i++) {
		free(conf->settings[i].key);
		free(conf->settings[i].value);
	}
	free(conf->settings);
	free(conf->path);
	*conf = (struct conf){ 0 };
}

const char *conf_get(const struct conf *conf, const char *key)
{
	const struct conf_setting *setting = find_setting(conf, key);

	return setting ? setting->value : NULL;
}

void conf_set(struct conf *conf, const char *key, const char *value)
{
	struct conf_setting *setting;

	/* one of them has the value, the others have none */
	while ((setting = find_setting(conf, key)))
		setting->value[0] = '\0';
	for (size_t i = 0; i < conf->nr; i++) {
		setting = &conf->settings[i];
		if (streq(setting->key, key)) {
			free(setting->value);
			setting->value = xstrdup(value);
			return;
		}
	}
	set(conf, key, xstrdup(value), 0);
}

static size_t name_length(const char *s)
{
	size_t len = 0;

	if (!isdigit((unsigned char)s[0]))
		while (s[len] == '_' || isalnum((unsigned char)s[len]))
			len++;
	return len;
}

/*
 * Replaces one reference, whose text begins after "${". @next is set to the text after
 * it.
 */
static int expand_one(const struct conf *conf, const char *ref, struct strbuf *out,
		      const char **next, char **missing)
{
	size_t len = name_length(ref);
	_cleanup_free_ char *key = xstrndup(ref, len);
	const char *close = strchr(ref, '}'), *value = conf_get(conf, key);

	if (!len || !close || (ref[len] != '}' && strncmp(ref + len, ":-", 2)))
		return -EINVAL;
	/* a reference inside a default would end at the wrong '}' */
	if (memmem(ref, (size_t)(close - ref), "${", 2))
		return -EINVAL;
	*next = close + 1;
	if (value) {
		strbuf_adds(out, value);
	} else if (ref[len] == ':') {
		strbuf_add(out, ref + len + 2, (size_t)(close - ref) - len - 2);
	} else {
		*missing = TAKE_PTR(key);
		return -ENOENT;
	}
	return 0;
}

int conf_expand(const struct conf *conf, const char *text, struct strbuf *out,
		char **missing)
{
	for (const char *ref; (ref = strstr(text, "${"));) {
		int err;

		strbuf_add(out, text, (size_t)(ref - text));
		err = expand_one(conf, ref + 2, out, &text, missing);
		if (err)
			return err;
	}
	strbuf_adds(out, text);
	return 0;
}

/*
 * Explains the common mistakes: libconfig only knows "syntax error". It often notices a
 * mistake one line later, so the line before may be the wrong one.
 */
static void report_syntax(struct report *report, const char *path, const char *text,
			  unsigned int line, const char *what)
{
	unsigned int unclosed = conf_text_unclosed(text);

	if (unclosed && unclosed <= line) {
		report_error(report,
			     "%s:%u: the quote that opens in this line is not closed",
			     path, unclosed);
		return;
	}
	for (unsigned int at = line; at > 0 && at + 2 > line; at--) {
		const char *start = conf_text_line(text, at);
		const char *key, *value;
		size_t len;

		if (!start)
			continue;
		key = start + strspn(start, " \t");
		len = name_length(key);
		value = key + len + strspn(key + len, " \t");
		if (len == 6 && !strncmp(key, "export", len)) {
			report_error(
				report,
				"%s:%u: 'export' is not needed here: write KEY=\"value\"",
				path, at);
			return;
		}
		if (!len || *value != '=')
			continue;
		value += 1 + strspn(value + 1, " \t");
		if (*value == '"' || *value == '[' || *value == '(' || *value == '{')
			continue;
		report_error(
			report,
			"%s:%u: the value of '%.*s' must be in double quotes: %.*s=\"...\"",
			path, at, (int)len, key, (int)len, key);
		return;
	}
	report_error(report, "%s:%u: %s", path, line, what);
}

/* libconfig stops at the second setting of a key; say where the first one is. */
static void report_duplicate(struct report *report, const char *path, const char *text,
			     unsigned int line, const config_t *parsed)
{
	const char *start = conf_text_line(text, line);
	_cleanup_free_ char *key = NULL;
	const config_setting_t *first;

	if (start) {
		start += strspn(start, " \t");
		key = xstrndup(start, name_length(start));
	}
	first = key && *key ? config_lookup(parsed, key) : NULL;
	if (first)
		report_error(report, "%s:%u: '%s' is set twice, first in line %d", path,
			     line, key, config_setting_source_line(first));
	else
		report_error(report, "%s:%u: a key is set twice", path, line);
}

/* The value as text; NULL if it is not a string, number or boolean. Heap. */
static char *setting_text(const config_setting_t *setting)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_STRING:
		return xstrdup(config_setting_get_string(setting));
	case CONFIG_TYPE_INT:
		return xasprintf("%d", config_setting_get_int(setting));
	case CONFIG_TYPE_INT64:
		return xasprintf("%lld", config_setting_get_int64(setting));
	case CONFIG_TYPE_BOOL:
		return xstrdup(config_setting_get_bool(setting) ? "true" : "false");
	default:
		return NULL;
	}
}

bool conf_is_true(const struct conf *conf, const char *key)
{
	const char *value = conf_get(conf, key);

	return value && parse_bool(value) == 1;
}

/*
 * Returns what the value of @key should be, if @value of libconfig's type @type is wrong;
 * else NULL.
 */
static const char *wrong_type(const struct conf_key *key, int type, const char *value)
{
	enum net_kind kind;
	unsigned long cpus;
	uint64_t memory;

	switch (key->type) {
	case CONF_ACCEL:
		return streq(value, "kvm") || streq(value, "tcg") ||
				       streq(value, "auto") || !*value
			       ? NULL
			       : "kvm, tcg or auto";
	case CONF_BOOL:
		return parse_bool(value) < 0 && *value ? "yes or no" : NULL;
	case CONF_NETWORK:
		return !*value || !net_kind_parse(value, &kind) ? NULL
								: NET_KIND_LIST_ALL;
	case CONF_CPUS:
		return !*value || !parse_uint(value, 1, 4096, &cpus)
			       ? NULL
			       : "a number from 1 to 4096";
	case CONF_MEMORY:
		return !*value || !parse_size(value, 1 << 20, &memory)
			       ? NULL
			       : "a size such as 512M or 2G";
	case CONF_PATH:
		return type == CONFIG_TYPE_STRING ? NULL : "a path, in double quotes";
	case CONF_SIZE:
		return type == CONFIG_TYPE_BOOL ? "a size" : NULL;
	case CONF_TEXT:
		return type == CONFIG_TYPE_STRING ? NULL : "text, in double quotes";
	}
	return NULL;
}

static void check_key(const struct conf *conf, const char *name, unsigned int line,
		      struct report *report)
{
	const char *nearest = nearest_known(name);

	if (nearest)
		report_error(report, "%s:%u: unknown setting '%s'; did you mean '%s'?",
			     conf->path, line, name, nearest);
	else
		report_warn(
			report,
			"%s:%u: unknown setting '%s': rapido ignores it, only tests can use it",
			conf->path, line, name);
}

/* The value of @name with the references in @raw replaced. Heap; NULL after a report. */
static char *make_value(const struct conf *conf, const char *name, const char *raw,
			unsigned int line, struct report *report)
{
	_cleanup_(strbuf_release) struct strbuf value = STRBUF_INIT;
	_cleanup_free_ char *missing = NULL;
	int err = conf_expand(conf, raw, &value, &missing);

	if (err == -ENOENT)
		report_error(report,
			     "%s:%u: '%s' refers to '%s', which is not set above it",
			     conf->path, line, name, missing);
	else if (err)
		report_error(
			report,
			"%s:%u: '%s' has a '${' that is not ${KEY} or ${KEY:-default}",
			conf->path, line, name);
	for (char *p = value.buf; p && (p = strchr(p, CONF_QUOTED_DOLLAR)); p++)
		*p = '$';
	return err ? NULL : strbuf_detach(&value);
}

static int add_setting(struct conf *conf, const config_setting_t *setting,
		       struct report *report)
{
	const char *name = config_setting_name(setting), *expected;
	unsigned int line = (unsigned int)config_setting_source_line(setting);
	const struct conf_key *key = find_known(name);
	_cleanup_free_ char *raw = setting_text(setting), *value = NULL;

	/* names in libconfig may contain '-' and '*', in a shell they may not */
	if (name[name_length(name)])
		return report_error(report, "%s:%u: '%s' cannot be the name of a setting",
				    conf->path, line, name);
	if (!raw)
		return report_error(
			report,
			"%s:%u: '%s' must be text in double quotes, a whole number or a boolean",
			conf->path, line, name);
	if (streq(name, "RAPIDO_DIR"))
		return report_error(
			report, "%s:%u: 'RAPIDO_DIR' can only be set in the environment",
			conf->path, line);
	if (!key)
		check_key(conf, name, line, report);
	value = make_value(conf, name, raw, line, report);
	if (!value)
		return -EINVAL;
	expected = key ? wrong_type(key, config_setting_type(setting), value) : NULL;
	if (expected)
		return report_error(report, "%s:%u: '%s' must be %s", conf->path, line,
				    name, expected);
	set(conf, name, TAKE_PTR(value), line);
	return 0;
}

/*
 * DRACUT_OUT is the historical name of IMAGE_PATH: if the file sets one, both have that
 * value.
 */
static void join_aliases(struct conf *conf)
{
	struct conf_setting *image = find_setting(conf, "IMAGE_PATH");
	struct conf_setting *dracut = find_setting(conf, "DRACUT_OUT");
	struct conf_setting *from = image->line || !dracut->line ? image : dracut;
	struct conf_setting *to = from == image ? dracut : image;

	if (to->line)
		return;
	free(to->value);
	to->value = xstrdup(from->value);
}

/* Lets libconfig parse @alike into @conf. @text is the file as the user wrote it. */
static void parse_alike(struct conf *conf, const char *alike, const char *text,
			struct report *report)
{
	config_t parsed;

	config_init(&parsed);
	if (config_read_string(&parsed, alike)) {
		const config_setting_t *root = config_root_setting(&parsed);

		for (int i = 0; i < config_setting_length(root); i++)
			add_setting(conf, config_setting_get_elem(root, (unsigned int)i),
				    report);
		join_aliases(conf);
	} else {
		unsigned int line = (unsigned int)config_error_line(&parsed);
		const char *what = config_error_text(&parsed);

		if (strstr(what, "duplicate"))
			report_duplicate(report, conf->path, text, line, &parsed);
		else
			report_syntax(report, conf->path, text, line, what);
	}
	config_destroy(&parsed);
}

int conf_parse(struct conf *conf, const char *path, const char *text,
	       struct report *report)
{
	_cleanup_free_ char *lines = conf_text_unix(text);
	_cleanup_free_ char *alike = conf_text_alike(lines);
	unsigned int include = conf_text_include(alike);
	size_t errors = report->errors.nr;

	free(conf->path);
	conf->path = xstrdup(path);
	/* libconfig would read that file at once, also for root */
	if (include)
		return report_error(report,
				    "%s:%u: '@include' is not supported: copy the "
				    "settings into this file",
				    path, include);
	parse_alike(conf, alike, lines, report);
	return report->errors.nr > errors ? -EINVAL : 0;
}

int conf_read(struct conf *conf, const char *path, struct report *report)
{
	_cleanup_free_ char *text = NULL;
	const char *why;

	if (io_read_text(path, CONF_SIZE_MAX, &text, &why))
		return report_error(report, "cannot read '%s': %s", path, why);
	log_debug("settings from '%s'", path);
	return conf_parse(conf, path, text, report);
}

char *conf_find(const struct dirs *dirs, bool *here)
{
	_cleanup_(strvec_release) struct strvec paths = STRVEC_INIT;
	const char *env = getenv("RAPIDO_CONF");

	*here = false;
	if (env && *env)
		return xstrdup(env);
	strvec_push(&paths, "rapido.conf");
	strvec_take(&paths, path_join(dirs->config, "rapido.conf"));
	strvec_take(&paths, path_join(dirs->rapido_dir, "rapido.conf"));
	strvec_push(&paths, "/etc/rapido/rapido.conf");
	for (size_t i = 0; i < paths.nr; i++)
		if (access(paths.v[i], F_OK) == 0) {
			*here = i == 0;
			return xstrdup(paths.v[i]);
		}
	return NULL;
}

void conf_to_shell(const struct conf *conf, struct strbuf *out)
{
	for (size_t i = 0; i < conf->nr; i++) {
		if (!conf->settings[i].line)
			continue;
		strbuf_addf(out, "%s=", conf->settings[i].key);
		strbuf_add_quoted(out, conf->settings[i].value);
		strbuf_addch(out, '\n');
	}
}
