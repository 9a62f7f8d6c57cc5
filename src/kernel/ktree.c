// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel tree: where it is, and what was built in it. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/io.h"
#include "kernel/kconfig.h"
#include "kernel/kernel-image.h"
#include "kernel/ktree.h"
#include "lib/log.h"
#include "lib/path.h"

#define RELEASE_FILE	 "include/config/kernel.release"
#define RELEASE_FILE_MAX 4096

void ktree_release(struct ktree *tree)
{
	free(tree->objdir);
	free(tree->srcdir);
	free(tree->config);
	free(tree->release);
	free(tree->image);
	*tree = (struct ktree)KTREE_INIT;
}

static bool has_file(const char *dir, const char *name)
{
	_cleanup_free_ char *path = path_join(dir, name);

	return io_is_file(path);
}

/* U-Boot and others use kbuild too, but have no init/. */
static bool is_source(const char *dir)
{
	return has_file(dir, "Kbuild") && has_file(dir, "init/Kconfig");
}

/* The source that the O= directory @dir links to. Heap or NULL. */
static char *linked_source(const char *dir)
{
	_cleanup_free_ char *link = path_join(dir, "source");
	char *source = realpath(link, NULL);

	if (source && is_source(source))
		return source;
	free(source);
	return NULL;
}

static bool is_top(const char *dir)
{
	_cleanup_free_ char *source = NULL;

	if (is_source(dir) || has_file(dir, RELEASE_FILE))
		return true;
	if (!has_file(dir, ".config"))
		return false;
	source = linked_source(dir);
	return source != NULL;
}

/*
 * The top of the tree: @dir, which is absolute and clean, or a directory above it. Heap
 * or NULL.
 */
static char *find_top(const char *dir)
{
	char *top = xstrdup(dir);

	while (!is_top(top)) {
		char *above = path_dirname(top);

		if (streq(above, top)) {
			free(above);
			free(top);
			return NULL;
		}
		free(top);
		top = above;
	}
	return top;
}

/* Use the image @name, if it is newer than the one found so far. */
static bool take_image(struct ktree *tree, const char *name)
{
	char *path = path_join(tree->objdir, name);
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (tree->image && timespec_compare(&st.st_mtim, &tree->image_mtime) <= 0)) {
		free(path);
		return false;
	}
	free(tree->image);
	tree->image = path;
	tree->image_mtime = st.st_mtim;
	return true;
}

/* Every build has a vmlinux, but not every vmlinux can be booted. */
static bool is_bootable(const char *dir, const char *name)
{
	_cleanup_free_ char *path = path_join(dir, name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct kernel_image image;

	return fd >= 0 && kernel_image_read(&image, fd) == 0 && !image.objection;
}

static bool is_uml(const char *path)
{
	_cleanup_(report_release) struct report report = REPORT_INIT;
	_cleanup_(kconfig_release) struct kconfig config = KCONFIG_INIT;

	return access(path, F_OK) == 0 && !kconfig_read(&config, path, &report) &&
	       kconfig_get(&config, "UML");
}

/*
 * Whether @name, which a tree may have for other reasons, is an image: it can be booted,
 * or it is what such a configuration makes, and whoever reads it says what is wrong.
 */
static bool is_image(const struct ktree *tree, const char *name)
{
	return is_bootable(tree->objdir, name) ||
	       (has_file(tree->objdir, name) && is_uml(tree->config));
}

/*
 * Find the image of the build. A tree that was built for several architectures has
 * several images, of which the newest counts. Anything may be called "linux".
 */
static void find_image(struct ktree *tree)
{
	const struct arch *arch;

	for (size_t i = 0; (arch = arch_nth(i)); i++)
		for (size_t k = 0; k < ARCH_TREE_IMAGES_MAX && arch->tree_images[k];
		     k++) {
			const char *name = arch->tree_images[k];

			if (!streq(name, "vmlinux") &&
			    (strchr(name, '/') || is_image(tree, name)) &&
			    take_image(tree, name))
				break;
		}
	if (!tree->image && is_bootable(tree->objdir, "vmlinux"))
		take_image(tree, "vmlinux");
}

/* The first word of the build's kernel.release. Heap; NULL if it is not a release. */
static char *read_release(const char *objdir)
{
	_cleanup_free_ char *path = path_join(objdir, RELEASE_FILE);
	char *text;

	if (io_read_regular(path, RELEASE_FILE_MAX, &text, NULL))
		return NULL;
	text[strcspn(text, " \n")] = '\0';
	if (is_kernel_release(text))
		return text;
	free(text);
	return NULL;
}

int ktree_find(struct ktree *tree, const char *dir)
{
	_cleanup_free_ char *absolute = path_absolute(dir), *clean = path_clean(absolute);
	_cleanup_free_ char *real = NULL;

	*tree = (struct ktree)KTREE_INIT;
	/* first the path that the user gave, then, as it may be a link, where it leads */
	tree->objdir = find_top(clean);
	if (!tree->objdir && (real = realpath(clean, NULL)))
		tree->objdir = find_top(real);
	if (!tree->objdir)
		return -ENOENT;
	tree->srcdir = is_source(tree->objdir) ? xstrdup(tree->objdir)
					       : linked_source(tree->objdir);
	tree->config = path_join(tree->objdir, ".config");
	tree->release = read_release(tree->objdir);
	find_image(tree);
	return 0;
}

/* A file of the build in @objdir that may exist but cannot be read. Heap or NULL. */
static char *find_denied(const char *objdir)
{
	_cleanup_free_ char *release = path_join(objdir, RELEASE_FILE);
	const struct arch *arch;

	if (access(release, R_OK) < 0 && errno == EACCES)
		return TAKE_PTR(release);
	for (size_t i = 0; (arch = arch_nth(i)); i++) {
		_cleanup_free_ char *image = path_join(objdir, arch->tree_images[0]);

		if (access(image, R_OK) < 0 && errno == EACCES)
			return TAKE_PTR(image);
	}
	return NULL;
}

static int not_built(const struct ktree *tree, struct report *report)
{
	bool separate = !tree->srcdir || !streq(tree->srcdir, tree->objdir);
	_cleanup_free_ char *denied = find_denied(tree->objdir);

	if (denied)
		return report_error(report, "cannot read '%s' of kernel tree '%s': %s",
				    denied + strlen(tree->objdir) + 1, tree->objdir,
				    err_text(EACCES));
	return report_error(report,
			    "kernel tree '%s' has not been built: it has no %s; run "
			    "'make' in it%s",
			    tree->objdir, tree->image ? "'" RELEASE_FILE "'" : "image",
			    separate ? ""
				     : ", or name the O= directory that it was built in "
				       "with -k or KERNEL_SRC");
}

/* Compare the build's release with the one in the image, if its format has it. */
static int check_release(const struct ktree *tree, struct report *report)
{
	_cleanup_close_ int fd = open(tree->image, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	_cleanup_free_ char *release = fd < 0 ? NULL : kernel_image_release(fd);

	if (!release || streq(release, tree->release))
		return 0;
	return report_error(report,
			    "kernel image '%s' is %s, but '%s' says %s: they are from "
			    "different builds; run 'make' in '%s'",
			    tree->image, release, RELEASE_FILE, tree->release,
			    tree->objdir);
}

/* Warn if the image is older than the files that make builds it from. */
static void check_image_age(const struct ktree *tree, struct report *report)
{
	static const char *const parts[] = { "vmlinux", "vmlinux.o", "vmlinux.a",
					     "built-in.a" };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		_cleanup_free_ char *part = path_join(tree->objdir, parts[i]);
		struct stat st;

		if (stat(part, &st) < 0 ||
		    timespec_compare(&st.st_mtim, &tree->image_mtime) <= 0)
			continue;
		report_warn(report,
			    "kernel image '%s' is older than '%s': it lacks the latest "
			    "changes; run 'make' in '%s'",
			    tree->image, parts[i], tree->objdir);
		return;
	}
}

/* Warn if .config differs from auto.conf, the configuration that the last make used. */
static void check_config(const struct ktree *tree, struct report *report)
{
	_cleanup_(kconfig_release) struct kconfig now = KCONFIG_INIT;
	_cleanup_(kconfig_release) struct kconfig built = KCONFIG_INIT;
	_cleanup_(strvec_release) struct strvec changed = STRVEC_INIT;
	_cleanup_(strbuf_release) struct strbuf names = STRBUF_INIT;
	_cleanup_free_ char *used = path_join(tree->objdir, "include/config/auto.conf");
	struct stat config, auto_conf;

	if (stat(tree->config, &config) < 0 || stat(used, &auto_conf) < 0 ||
	    timespec_compare(&config.st_mtim, &auto_conf.st_mtim) <= 0 ||
	    kconfig_read(&now, tree->config, report) ||
	    kconfig_read(&built, used, report))
		return;
	kconfig_changed(&now, &built, &changed);
	if (!changed.nr)
		return;
	kconfig_add_names(&names, &changed);
	report_warn(report,
		    "the configuration '%s' was changed after the build (%s): run 'make' "
		    "in '%s'",
		    tree->config, names.buf, tree->objdir);
}

const struct arch *ktree_arch(const char *config)
{
	const char *name = getenv("ARCH");
	const struct arch *arch = name ? arch_by_name(name) : NULL;

	if (!arch && name)
		arch = arch_by_machine(name);
	if (arch)
		return arch;
	return is_uml(config) ? arch_by_name("um") : arch_native();
}

int ktree_check_built(const struct ktree *tree, struct report *report)
{
	if (!tree->image || !tree->release)
		return not_built(tree, report);
	if (check_release(tree, report))
		return -EINVAL;
	check_image_age(tree, report);
	check_config(tree, report);
	return 0;
}

int ktree_open_vmlinux(const char *image, char **path)
{
	static const char name[] = "/arch/x86/boot/bzImage";
	size_t len = strlen(image);
	_cleanup_free_ char *vmlinux = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st, image_st;

	if (!ends_with(image, name))
		return -ENOENT;
	vmlinux = xasprintf("%.*s/vmlinux", (int)(len - strlen(name)), image);
	fd = open(vmlinux, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0 || stat(image, &image_st) < 0)
		return -errno;
	if (timespec_compare(&st.st_mtim, &image_st.st_mtim) > 0)
		return -ESTALE;
	if (!kernel_image_has_pvh(fd))
		return -ENOEXEC;
	*path = TAKE_PTR(vmlinux);
	return TAKE_FD(fd);
}
