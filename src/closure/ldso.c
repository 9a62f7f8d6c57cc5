// SPDX-License-Identifier: GPL-2.0-or-later
/* The dynamic linker's directories and path tokens. */
#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fnmatch.h>

#include "ldso.h"
#include "lib/path.h"

#define LD_CONF_MAX	  (1 << 20)
#define LD_CONF_DEPTH_MAX 8

#define MUSL_PREFIX "ld-musl-"
#define MUSL_SUFFIX ".so.1"

/*
 * For each machine: Debian's multiarch directory, the kernel's AT_PLATFORM, the flags in
 * ld.so.cache, and musl's linker.
 */
static const struct abi_names {
	int machine, class;
	const char *triplet, *platform;
	uint32_t cache_flags;
	const char *musl;
} abi_names[] = {
	{ EM_X86_64, ELFCLASS64, "x86_64-linux-gnu", "x86_64", 0x0303,
	  "/lib/ld-musl-x86_64.so.1" },
	{ EM_X86_64, ELFCLASS32, "x86_64-linux-gnux32", "x86_64", 0x0803,
	  "/lib/ld-musl-x32.so.1" },
	{ EM_386, ELFCLASS32, "i386-linux-gnu", "i686", 0x0003,
	  "/lib/ld-musl-i386.so.1" },
	{ EM_AARCH64, ELFCLASS64, "aarch64-linux-gnu", "aarch64", 0x0a03,
	  "/lib/ld-musl-aarch64.so.1" },
	{ EM_ARM, ELFCLASS32, "arm-linux-gnueabihf", "v7l", 0x0903,
	  "/lib/ld-musl-armhf.so.1" },
	{ EM_RISCV, ELFCLASS64, "riscv64-linux-gnu", "riscv64", 0x1003,
	  "/lib/ld-musl-riscv64.so.1" },
	{ EM_PPC64, ELFCLASS64, "powerpc64le-linux-gnu", "power8", 0x0503,
	  "/lib/ld-musl-powerpc64le.so.1" },
	{ EM_S390, ELFCLASS64, "s390x-linux-gnu", "z13", 0x0403,
	  "/lib/ld-musl-s390x.so.1" },
};

static const struct abi_names *find_names(struct ldso_abi abi)
{
	for (size_t i = 0; i < ARRAY_SIZE(abi_names); i++)
		if (abi_names[i].machine == abi.machine &&
		    abi_names[i].class == abi.class)
			return &abi_names[i];
	return NULL;
}

/* The values of $LIB on various distributions. */
static void lib_names(struct ldso_abi abi, struct strvec *names)
{
	const struct abi_names *known = find_names(abi);

	if (known)
		strvec_pushf(names, "lib/%s", known->triplet);
	if (abi.class == ELFCLASS64)
		strvec_push(names, "lib64");
	else
		strvec_push(names, "lib32");
	strvec_push(names, "lib");
}

void ldso_system_dirs(struct ldso_abi abi, struct strvec *dirs)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;

	lib_names(abi, &names);
	for (size_t i = 0; i < names.nr; i++) {
		strvec_pushf(dirs, "/%s", names.v[i]);
		strvec_pushf(dirs, "/usr/%s", names.v[i]);
	}
}

static void read_conf(struct sysroot *root, const char *path, unsigned int depth,
		      struct strvec *dirs);

/*
 * Handles `include PATTERN`, with wildcards only in the last component, as everybody uses
 * it.
 */
static void include_conf(struct sysroot *root, const char *pattern, unsigned int depth,
			 struct strvec *dirs)
{
	_cleanup_(strvec_release) struct strvec names = STRVEC_INIT;
	_cleanup_free_ char *parent = path_dirname(pattern);
	_cleanup_closedir_ DIR *dir = sysroot_open_dir(root, parent);
	struct dirent *d;

	while (dir && (d = readdir(dir)))
		if (fnmatch(path_basename(pattern), d->d_name, FNM_PERIOD) == 0)
			strvec_push(&names, d->d_name);
	strvec_sort(&names);
	for (size_t i = 0; i < names.nr; i++) {
		_cleanup_free_ char *path = path_join(parent, names.v[i]);

		read_conf(root, path, depth + 1, dirs);
	}
}

static void conf_line(struct sysroot *root, const char *path, char *line,
		      unsigned int depth, struct strvec *dirs)
{
	_cleanup_(strvec_release) struct strvec words = STRVEC_INIT;

	line[strcspn(line, "#=")] = '\0'; /* "DIR=TYPE" is an old form */
	strvec_split(&words, line, " \t\r:,");
	if (!words.nr || streq(words.v[0], "hwcap"))
		return;
	if (!streq(words.v[0], "include")) {
		for (size_t i = 0; i < words.nr; i++)
			if (words.v[i][0] == '/' && !strvec_has(dirs, words.v[i]))
				strvec_push(dirs, words.v[i]);
		return;
	}
	for (size_t i = 1; i < words.nr; i++) {
		_cleanup_free_ char *parent = path_dirname(path);
		_cleanup_free_ char *pattern = path_join(parent, words.v[i]);

		include_conf(root, pattern, depth, dirs);
	}
}

static void read_conf(struct sysroot *root, const char *path, unsigned int depth,
		      struct strvec *dirs)
{
	_cleanup_(strvec_release) struct strvec lines = STRVEC_INIT;
	_cleanup_free_ char *text = NULL;

	if (depth > LD_CONF_DEPTH_MAX ||
	    sysroot_read_file(root, path, LD_CONF_MAX, &text, NULL))
		return;
	strvec_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.nr; i++)
		conf_line(root, path, lines.v[i], depth, dirs);
}

void ldso_conf_dirs(struct sysroot *root, struct strvec *dirs)
{
	read_conf(root, "/etc/ld.so.conf", 0, dirs);
}

/* The length of "$NAME" or "${NAME}" at the start of @text, or 0. */
static size_t token_length(const char *text, const char *name)
{
	size_t len = strlen(name);

	if (starts_with(text, "${") && !strncmp(text + 2, name, len) &&
	    text[2 + len] == '}')
		return len + 3;
	/* a longer name, as in "$LIBS", is another token */
	if (text[0] == '$' && !strncmp(text + 1, name, len) &&
	    !isalnum((unsigned char)text[1 + len]) && text[1 + len] != '_')
		return len + 1;
	return 0;
}

/*
 * @text with every token replaced, in one pass from left to right. @has_lib: it contains
 * $LIB.
 */
static char *expand_with(const char *text, const char *origin, const char *platform,
			 const char *lib, bool *has_lib)
{
	struct strbuf path = STRBUF_INIT;

	*has_lib = false;
	while (*text) {
		size_t len;

		if ((len = token_length(text, "ORIGIN"))) {
			strbuf_adds(&path, origin);
		} else if ((len = token_length(text, "PLATFORM"))) {
			strbuf_adds(&path, platform);
		} else if ((len = token_length(text, "LIB"))) {
			strbuf_adds(&path, lib);
			*has_lib = true;
		} else {
			len = 1;
			strbuf_addch(&path, *text);
		}
		text += len;
	}
	return strbuf_detach(&path);
}

void ldso_expand(const char *text, const char *origin, struct ldso_abi abi,
		 struct strvec *paths)
{
	const struct abi_names *known = find_names(abi);
	_cleanup_(strvec_release) struct strvec libs = STRVEC_INIT;
	bool has_lib = true;

	lib_names(abi, &libs);
	for (size_t i = 0; i < libs.nr && has_lib; i++)
		strvec_take(paths, expand_with(text, origin, known ? known->platform : "",
					       libs.v[i], &has_lib));
}

uint32_t ldso_cache_flags(struct ldso_abi abi)
{
	const struct abi_names *known = find_names(abi);

	return known ? known->cache_flags : 0;
}

bool ldso_is_musl(const char *interp)
{
	const char *name = path_basename(interp);

	return starts_with(name, MUSL_PREFIX) && ends_with(name, MUSL_SUFFIX);
}

const char *ldso_musl_linker(struct ldso_abi abi)
{
	const struct abi_names *known = find_names(abi);

	return known ? known->musl : NULL;
}

bool ldso_musl_has(const char *name)
{
	/* in other systems all but the first are empty archives, so that -lm works */
	static const char *const own[] = {
		"libc.",  "libpthread.", "librt.",   "libm.",
		"libdl.", "libutil.",	 "libxnet.",
	};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (starts_with(name, own[i]))
			return true;
	return ldso_is_musl(name);
}

char *ldso_musl_dirs(struct sysroot *root, const char *interp, struct strvec *dirs)
{
	const char *name = path_basename(interp), *arch = name + strlen(MUSL_PREFIX);
	/* "/opt/musl/lib/ld-musl-x86_64.so.1" reads /opt/musl/etc/ld-musl-x86_64.path */
	_cleanup_free_ char *lib = path_dirname(interp), *prefix = path_dirname(lib);
	_cleanup_free_ char *file = xasprintf(
		"%s/etc/" MUSL_PREFIX "%.*s.path", streq(prefix, "/") ? "" : prefix,
		(int)(strlen(arch) - strlen(MUSL_SUFFIX)), arch);
	_cleanup_free_ char *text = NULL;
	int err = sysroot_read_file(root, file, LD_CONF_MAX, &text, NULL);

	if (!err)
		strvec_split(dirs, text, ":\n");
	else if (err == -ENOENT)
		strvec_pushl(dirs, "/lib", "/usr/local/lib", "/usr/lib", NULL);
	return TAKE_PTR(file);
}
