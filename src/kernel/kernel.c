// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Chooses the kernel. What is installed below a root is kernel-installed.c's, what is in
 * a tree ktree.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "lib/io.h"
#include "kernel/kernel-image.h"
#include "kernel-installed.h"
#include "kernel/ktree.h"
#include "lib/log.h"
#include "lib/path.h"

void kernel_release(struct kernel *kernel)
{
	free(kernel->image);
	free(kernel->release);
	free(kernel->moddir);
	free(kernel->why);
	free(kernel->config);
	free(kernel->objdir);
	free(kernel->srcdir);
	*kernel = (struct kernel){ 0 };
}

/* Where to look for a kernel, and whether it must have an image. */
struct search {
	const struct conf *conf;
	const struct kernel_places *places;
	bool modules_will_do;
};

int kernel_check_readable(const char *image, struct report *report)
{
	_cleanup_free_ char *denied = NULL;

	if (access(image, R_OK) == 0)
		return 0;
	if (errno != EACCES)
		return report_error(report, "cannot read kernel '%s': %s", image,
				    err_text(errno));
	denied = io_denied(image);
	if (denied) {
		report_error(report, "cannot read kernel '%s': permission denied at '%s'",
			     image, denied);
		return -EACCES;
	}
	report_error(report,
		     "cannot read kernel '%s': permission denied; make it readable with "
		     "'sudo chmod a+r %s', or copy it and use -k",
		     image, image);
	return -EACCES;
}

/* Use the build in @tree, whose strings become the kernel's. */
static int use_tree(struct kernel *kernel, struct ktree *tree,
		    const struct kernel_places *places, struct report *report)
{
	int err = ktree_check_built(tree, report);
	_cleanup_free_ char *order = NULL;

	kernel->image = TAKE_PTR(tree->image);
	kernel->release = TAKE_PTR(tree->release);
	kernel->config = TAKE_PTR(tree->config);
	kernel->objdir = TAKE_PTR(tree->objdir);
	kernel->srcdir = TAKE_PTR(tree->srcdir);
	order = path_join(kernel->objdir, "modules.order");
	/* a build without modules may have been installed by `make modules_install` */
	if (!err && !io_is_file(order))
		kernel->moddir = installed_moddir(places->root, kernel->release);
	return err;
}

/*
 * Whether @image is a build's image or vmlinux. Then the rest of the build belongs to it.
 */
static bool find_tree_of_image(struct ktree *tree, const char *image, const char *release)
{
	_cleanup_free_ char *dir = path_dirname(image);
	struct stat st;

	/* an image that somebody copied there has another release */
	if (ktree_find(tree, dir) || !tree->release || stat(image, &st) < 0 ||
	    (release && !streq(release, tree->release)))
		return false;
	free(tree->image);
	tree->image = xstrdup(image);
	tree->image_mtime = st.st_mtim;
	return true;
}

/*
 * Find the modules of an installed image: beside it (/usr/lib/modules/REL/vmlinuz), or
 * below the root that has its boot/.
 */
static void find_modules_of_image(struct kernel *kernel)
{
	_cleanup_free_ char *dir = path_dirname(kernel->image), *root = path_dirname(dir);
	_cleanup_free_ char *depmod = path_join(dir, "modules.dep");
	const char *dash = strchr(path_basename(kernel->image), '-');
	bool known = kernel->release != NULL;

	if (io_is_file(depmod)) {
		free(kernel->release);
		kernel->release = xstrdup(path_basename(dir));
		kernel->moddir = xstrdup(dir);
		return;
	}
	/* the format has no release: it is in the name, vmlinuz-REL or Image-REL */
	if (!known && dash && is_kernel_release(dash + 1))
		kernel->release = xstrdup(dash + 1);
	if (!kernel->release)
		return;
	kernel->moddir = installed_moddir(streq(root, "/") ? "" : root, kernel->release);
	if (!kernel->moddir && known)
		kernel->moddir = installed_moddir("", kernel->release);
}

static int use_image(struct kernel *kernel, const char *path,
		     const struct kernel_places *places, struct report *report)
{
	_cleanup_(ktree_release) struct ktree tree = KTREE_INIT;
	_cleanup_free_ char *absolute = path_absolute(path),
			    *clean = path_clean(absolute);
	_cleanup_close_ int fd = open(clean, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	kernel->image = xstrdup(clean);
	if (fd < 0)
		return kernel_check_readable(clean, report);
	kernel->release = kernel_image_release(fd);
	if (find_tree_of_image(&tree, clean, kernel->release)) {
		installed_forget(kernel);
		return use_tree(kernel, &tree, places, report);
	}
	find_modules_of_image(kernel);
	return 0;
}

/*
 * The first directory for kernels in @root that cannot be read, or the directory above it
 * that denies access. Heap or NULL.
 */
static char *find_denied(const char *root)
{
	static const char *const dirs[] = { "boot", "lib/modules", "usr/lib/modules" };

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		_cleanup_free_ char *path = path_join(root, dirs[i]);
		char *denied = io_denied(path);

		if (denied)
			return denied;
		if (access(path, R_OK | X_OK) < 0 && errno == EACCES)
			return TAKE_PTR(path);
	}
	return NULL;
}

/* @dir is a tree, the root of a package (which may lie in a tree), or inside a tree. */
static int use_directory(struct kernel *kernel, const char *dir,
			 const struct kernel_places *places, struct report *report)
{
	_cleanup_free_ char *absolute = path_absolute(dir), *clean = path_clean(absolute);
	_cleanup_(ktree_release) struct ktree tree = KTREE_INIT;
	_cleanup_free_ char *unreadable = NULL, *denied = NULL;
	bool in_tree = ktree_find(&tree, clean) == 0;

	if (in_tree && streq(tree.objdir, clean))
		return use_tree(kernel, &tree, places, report);
	if (installed_newest(kernel, absolute, &unreadable))
		return 0;
	if (in_tree)
		return use_tree(kernel, &tree, places, report);
	if (unreadable)
		return kernel_check_readable(unreadable, report);
	denied = find_denied(absolute);
	if (denied)
		return report_error(report,
				    "cannot look for a kernel in '%s': permission denied",
				    denied);
	return report_error(report,
			    "'%s' is neither a built kernel tree nor the root of an "
			    "unpacked kernel package",
			    dir);
}

/* Use the modules of @release, if the search allows a kernel without an image. */
static bool find_release_modules(struct kernel *kernel, const char *release,
				 const struct search *search)
{
	const char *modules = conf_get(search->conf, "KERNEL_INSTALL_MOD_PATH");
	_cleanup_free_ char *root = modules ? path_absolute(modules) : NULL;

	if (!search->modules_will_do)
		return false;
	kernel->moddir = root ? installed_moddir(root, release) : NULL;
	if (!kernel->moddir)
		kernel->moddir = installed_moddir(search->places->root, release);
	if (!kernel->moddir)
		return false;
	kernel->release = xstrdup(release);
	return true;
}

static int use_argument(struct kernel *kernel, const char *arg, const char *what,
			const struct search *search, struct report *report)
{
	const struct kernel_places *places = search->places;
	_cleanup_free_ char *denied = io_denied(arg);

	kernel->why = xasprintf("given with %s", what);
	if (denied)
		return report_error(
			report,
			"cannot look at kernel '%s' (%s): permission denied at "
			"'%s'",
			arg, what, denied);
	if (io_is_file(arg))
		return use_image(kernel, arg, places, report);
	if (io_is_dir(arg))
		return use_directory(kernel, arg, places, report);
	if (!strchr(arg, '/') && (installed_find(kernel, arg, places) ||
				  find_release_modules(kernel, arg, search)))
		return 0;
	return report_error(
		report,
		"there is no kernel '%s' (%s): no such file or directory, and "
		"no installed kernel of this release%s",
		arg, what, arg[0] == '~' || arg[0] == '$' ? "; write ${HOME}" : "");
}

/*
 * No kernel was named: use the running one, or else the newest. An image that only root
 * may read is skipped if there is another.
 */
static int choose_installed(struct kernel *kernel, const struct kernel_places *places,
			    struct report *report)
{
	_cleanup_free_ char *unreadable = NULL, *other = NULL;

	kernel->why = xstrdup("the running kernel");
	if (installed_use(kernel, places->root, places->running)) {
		if (access(kernel->image, R_OK) == 0)
			return 0;
		unreadable = TAKE_PTR(kernel->image);
	}
	kernel_release(kernel);
	if (installed_newest(kernel, places->root, &other))
		kernel->why = xstrdup(unreadable || other ? "the newest that can be read"
							  : "the newest installed");
	else if (installed_newest_in_cache(kernel, places->cache, &other))
		kernel->why = xstrdup("the newest unpacked");
	else if (unreadable || other)
		return kernel_check_readable(unreadable ? unreadable : other, report);
	else
		return report_error(
			report, "there is no kernel to boot: neither /boot nor "
				"/lib/modules has one; use -k, set KERNEL_SRC, or run "
				"'make kernel' in rapido's source to unpack one");
	kernel->is_fallback = true;
	if (unreadable)
		log_debug("cannot read the running kernel '%s': 'sudo chmod a+r' would "
			  "make it readable",
			  unreadable);
	else
		log_debug("the running kernel %s has no image here", places->running);
	if (other)
		log_debug("cannot read '%s'", other);
	return 0;
}

static int use_named_release(struct kernel *kernel, const char *release,
			     const struct search *search, struct report *report)
{
	kernel->why = xstrdup("named by KERNEL_RELEASE");
	if (installed_find(kernel, release, search->places) ||
	    find_release_modules(kernel, release, search))
		return 0;
	return report_error(report,
			    "KERNEL_RELEASE is '%s', but no image of it is installed",
			    release);
}

static int choose(struct kernel *kernel, const struct search *search,
		  struct report *report)
{
	const struct kernel_places *places = search->places;
	const struct conf *conf = search->conf;
	_cleanup_(ktree_release) struct ktree tree = KTREE_INIT;
	const char *src = conf_get(conf, "KERNEL_SRC");
	const char *release = conf_get(conf, "KERNEL_RELEASE");
	bool in_tree;

	if (src)
		return use_argument(kernel, src, "KERNEL_SRC", search, report);
	in_tree = places->cwd && ktree_find(&tree, places->cwd) == 0;
	/* in a tree that is not built, the user expects an error, not another kernel */
	if (in_tree && (tree.image || !release)) {
		kernel->why = xstrdup("built in the current directory's tree");
		kernel->from_cwd = true;
		return use_tree(kernel, &tree, places, report);
	}
	if (release)
		return use_named_release(kernel, release, search, report);
	return choose_installed(kernel, places, report);
}

static int find_arch(struct kernel *kernel, struct report *report)
{
	struct kernel_image image;
	_cleanup_close_ int fd = -1;
	int err;

	if (kernel_check_readable(kernel->image, report))
		return -EACCES;
	fd = open(kernel->image, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	err = fd < 0 ? -errno : kernel_image_read(&image, fd);
	if (err)
		return report_error(report, "cannot read kernel '%s': %s", kernel->image,
				    err_text(err));
	if (image.objection)
		return report_error(report, "'%s' is %s", kernel->image, image.objection);
	kernel->arch = image.arch;
	return 0;
}

/* Warn of modules that were installed before the kernel was built again. */
static void check_installed_age(const struct kernel *kernel, struct report *report)
{
	_cleanup_free_ char *dep = path_join(kernel->moddir, "modules.dep");
	struct stat image, installed;

	if (stat(kernel->image, &image) == 0 && stat(dep, &installed) == 0 &&
	    timespec_compare(&installed.st_mtim, &image.st_mtim) < 0)
		report_warn(report,
			    "the modules in '%s' were installed before kernel image '%s' "
			    "was made; run 'make modules_install'",
			    kernel->moddir, kernel->image);
}

/*
 * Use the modules in KERNEL_INSTALL_MOD_PATH, if it has this kernel's. It may have been
 * set for another installed kernel, but it should have those of a tree.
 */
static void use_installed_modules(struct kernel *kernel, const char *path,
				  struct report *report)
{
	_cleanup_free_ char *root = path_absolute(path);
	char *dir = kernel->release ? installed_moddir(root, kernel->release) : NULL;

	if (!dir) {
		if (kernel->objdir)
			report_warn(
				report,
				"KERNEL_INSTALL_MOD_PATH '%s' has no 'lib/modules/%s', "
				"using the modules in kernel tree '%s'",
				path, kernel->release, kernel->objdir);
		return;
	}
	free(kernel->moddir);
	kernel->moddir = dir;
	if (kernel->objdir)
		check_installed_age(kernel, report);
}

const char *kernel_known_as(const struct kernel *kernel)
{
	return kernel->release ? kernel->release : "unknown";
}

/* The configuration that packages install with a kernel. Heap or NULL. */
static char *find_config(const struct kernel *kernel)
{
	_cleanup_free_ char *dir =
		kernel->image ? path_dirname(kernel->image) : xstrdup("/boot");
	char *candidates[] = {
		xasprintf("%s/config-%s", dir, kernel_known_as(kernel)),
		xasprintf("%s/config", kernel->moddir ? kernel->moddir : dir),
		xasprintf("%s/build/.config", kernel->moddir ? kernel->moddir : dir),
	};
	char *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(candidates); i++) {
		if (!found && io_is_file(candidates[i]))
			found = candidates[i];
		else
			free(candidates[i]);
	}
	return found;
}

struct kernel_places kernel_host_places(const char *cache, struct utsname *host)
{
	uname(host);
	return (struct kernel_places){
		.root = "",
		.cache = cache,
		.cwd = ".",
		.running = host->release,
	};
}

static int find_kernel(struct kernel *kernel, const char *arg,
		       const struct search *search, struct report *report)
{
	const char *modules = conf_get(search->conf, "KERNEL_INSTALL_MOD_PATH");
	int err;

	*kernel = (struct kernel){ 0 };
	err = arg ? use_argument(kernel, arg, "-k", search, report)
		  : choose(kernel, search, report);
	if (err)
		return err;
	if (modules)
		use_installed_modules(kernel, modules, report);
	if (!kernel->config)
		kernel->config = find_config(kernel);
	modules = kernel->moddir ? kernel->moddir : kernel->objdir;
	if (kernel->image)
		log_debug("kernel %s, %s: '%s'", kernel_known_as(kernel), kernel->why,
			  kernel->image);
	else
		log_debug("kernel %s, %s: no image is here", kernel_known_as(kernel),
			  kernel->why);
	if (modules)
		log_debug("its modules: '%s'", modules);
	else
		log_debug("it has no modules");
	if (kernel->image)
		return find_arch(kernel, report);
	kernel->arch = arch_native();
	return 0;
}

int kernel_find(struct kernel *kernel, const char *arg, const struct conf *conf,
		const struct kernel_places *places, struct report *report)
{
	const struct search search = { .conf = conf, .places = places };

	return find_kernel(kernel, arg, &search, report);
}

int kernel_find_modules(struct kernel *kernel, const char *arg, const struct conf *conf,
			const struct kernel_places *places, struct report *report)
{
	const struct search search = {
		.conf = conf,
		.places = places,
		.modules_will_do = true,
	};

	return find_kernel(kernel, arg, &search, report);
}

char *kernel_notice(const struct kernel *kernel)
{
	return kernel->is_fallback
		       ? xasprintf("linux %s, %s", kernel->release, kernel->why)
		       : NULL;
}
