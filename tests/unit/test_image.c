// SPDX-License-Identifier: GPL-2.0-or-later
/* image: how image files are replaced, and what is read from one before it is booted. */
#include "newc.h"

#include <dirent.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/wait.h>

#include "image/image.h"
#include "lib/log.h"
#include "closure/sysroot.h"

struct env {
	char *dir, *image;
	struct sysroot root;
	struct plan plan;
	int saved_stderr; /* messages are expected, and not part of the output */
};

static const struct plan_reason asked = { -1, "asked for" };

static int setup(void **state)
{
	struct env *env = xcalloc(1, sizeof(*env));
	int null = open("/dev/null", O_WRONLY);

	env->dir = fx_root();
	fx_mkdir(env->dir, "/out");
	env->image = xasprintf("%s/out/myinitrd", env->dir);
	assert_int_equal(sysroot_init(&env->root, env->dir), 0);
	env->saved_stderr = dup(STDERR_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
	*state = env;
	return 0;
}

static int teardown(void **state)
{
	struct env *env = *state;

	dup2(env->saved_stderr, STDERR_FILENO);
	close(env->saved_stderr);
	plan_release(&env->plan);
	sysroot_release(&env->root);
	fx_remove(env->dir);
	free(env->image);
	free(env);
	return 0;
}

static void add_text(struct env *env, const char *path, const char *text)
{
	plan_add_data(&env->plan, path, 0644, text, strlen(text), asked);
}

static void add_file(struct env *env, const char *path, const char *source)
{
	struct stat st;

	assert_int_equal(stat(fx_at(env->dir, source), &st), 0);
	plan_add_file(&env->plan, path, env->root.fd, source, &st, false, asked);
}

/* Everything in the directory of the image, sorted: "a b". Heap. */
static char *names_in_out(const struct env *env)
{
	struct dirent **names;
	struct strbuf text = STRBUF_INIT;
	int nr = scandir(fx_at(env->dir, "/out"), &names, NULL, alphasort);

	for (int i = 0; i < nr; i++) {
		if (!streq(names[i]->d_name, ".") && !streq(names[i]->d_name, ".."))
			strbuf_addf(&text, "%s%s", text.len ? " " : "", names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return text.len ? strbuf_detach(&text) : xstrdup("");
}

static void assert_only(const struct env *env, const char *expected)
{
	_cleanup_free_ char *names = names_in_out(env);

	assert_string_equal(names, expected);
}

static bool file_has(int fd, const char *text)
{
	_cleanup_(strbuf_release) struct strbuf bytes = file_bytes(fd);

	return memmem(bytes.buf, bytes.len, text, strlen(text));
}

static bool image_has(const struct env *env, const char *text)
{
	int fd = open(env->image, O_RDONLY);
	bool has;

	assert_true(fd >= 0);
	has = file_has(fd, text);
	close(fd);
	return has;
}

#define TEST(fn) DEFINE_TEST_WITH(fn, setup, teardown)

TEST(image_write__new__whole_and_alone)
{
	struct env *env = *state;
	uint64_t size = 0;
	struct stat st;

	add_text(env, "/file", "some text");
	assert_int_equal(image_write(&env->plan, env->image, NULL, &size), 0);
	assert_only(env, "myinitrd");
	assert_int_equal(stat(env->image, &st), 0);
	assert_int_equal(size, st.st_size);
	assert_true(image_has(env, "some text"));
}

TEST(image_write__over_an_old_one__replaced)
{
	struct env *env = *state;

	fx_write(env->dir, "/out/myinitrd", "old image");
	add_text(env, "/file", "some text");
	assert_int_equal(image_write(&env->plan, env->image, NULL, NULL), 0);
	assert_only(env, "myinitrd");
	assert_true(image_has(env, "some text"));
	assert_false(image_has(env, "old image"));
}

static mode_t mode_with_umask(struct env *env, mode_t mask)
{
	mode_t saved = umask(mask);
	struct stat st;

	assert_int_equal(image_write(&env->plan, env->image, NULL, NULL), 0);
	umask(saved);
	assert_int_equal(stat(env->image, &st), 0);
	return st.st_mode & 07777;
}

TEST(image_write__whatever_umask__for_the_owner_alone)
{
	struct env *env = *state;

	assert_int_equal(mode_with_umask(env, 0), 0600);
	assert_int_equal(mode_with_umask(env, 027), 0600);
	assert_int_equal(mode_with_umask(env, 0277), 0400);
}

/* An image of an older rapido, or one that was made readable. */
TEST(image_write__in_the_place_of_a_readable_one__for_the_owner_alone)
{
	struct env *env = *state;

	fx_write(env->dir, "/out/myinitrd", "old image");
	assert_int_equal(chmod(env->image, 0644), 0);
	assert_int_equal(mode_with_umask(env, 022), 0600);
}

TEST(image_write__descriptor__is_for_reading_only)
{
	struct env *env = *state;
	int fd = -1;

	add_text(env, "/file", "some text");
	assert_int_equal(image_write(&env->plan, env->image, &fd, NULL), 0);
	assert_true(fd >= 0);
	assert_true(file_has(fd, "some text"));
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

TEST(image_write__replaced_by_another__descriptor_keeps_the_first)
{
	struct env *env = *state;
	int fd = -1;

	add_text(env, "/file", "first text");
	assert_int_equal(image_write(&env->plan, env->image, &fd, NULL), 0);
	plan_release(&env->plan);
	add_text(env, "/file", "second text");
	assert_int_equal(image_write(&env->plan, env->image, NULL, NULL), 0);
	assert_true(file_has(fd, "first text"));
	assert_true(image_has(env, "second text"));
	close(fd);
}

TEST(image_write__relative_path__of_the_current_directory)
{
	struct env *env = *state;
	char *cwd = getcwd(NULL, 0);
	int err;

	assert_int_equal(chdir(fx_at(env->dir, "/out")), 0);
	err = image_write(&env->plan, "./x/../other", NULL, NULL);
	assert_int_equal(chdir(cwd), 0);
	free(cwd);
	assert_int_equal(err, 0);
	assert_only(env, "other");
}

static void assert_old_image_stays(struct env *env, int expected)
{
	fx_write(env->dir, "/out/myinitrd", "old image");
	assert_int_equal(image_write(&env->plan, env->image, NULL, NULL), expected);
	assert_true(image_has(env, "old image"));
	assert_only(env, "myinitrd");
}

TEST(image_write__source_shrank__old_image_stays)
{
	struct env *env = *state;

	fx_fill(env->dir, "/src", 'x', 100000);
	add_file(env, "/file", "/src");
	assert_int_equal(truncate(fx_at(env->dir, "/src"), 50000), 0);
	assert_old_image_stays(env, -ESTALE);
}

TEST(image_write__source_grew__old_image_stays)
{
	struct env *env = *state;

	fx_fill(env->dir, "/src", 'x', 1000);
	add_file(env, "/file", "/src");
	fx_fill(env->dir, "/src", 'x', 2000);
	assert_old_image_stays(env, -ESTALE);
}

TEST(image_write__source_vanished__old_image_stays)
{
	struct env *env = *state;

	fx_fill(env->dir, "/src", 'x', 1000);
	add_text(env, "/first", "is written before it is noticed");
	add_file(env, "/file", "/src");
	assert_int_equal(unlink(fx_at(env->dir, "/src")), 0);
	assert_old_image_stays(env, -ESTALE);
}

TEST(image_write__no_directory__error)
{
	struct env *env = *state;
	_cleanup_free_ char *path = xasprintf("%s/none/image", env->dir);

	assert_int_equal(image_write(&env->plan, path, NULL, NULL), -ENOENT);
}

TEST(image_write__path_is_a_directory__error)
{
	struct env *env = *state;

	fx_mkdir(env->dir, "/out/myinitrd");
	assert_int_equal(image_write(&env->plan, env->image, NULL, NULL), -EINVAL);
	assert_only(env, "myinitrd");
}

TEST(image_write__path_is_a_device__stays)
{
	struct env *env = *state;
	struct stat st;

	assert_int_equal(image_write(&env->plan, "/dev/null", NULL, NULL), -EINVAL);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
}

TEST(image_write__stale_temporary__removed)
{
	struct env *env = *state;

	fx_write(env->dir, "/out/.myinitrd.1.rapido-tmp", "x");
	fx_write(env->dir, "/out/.myinitrd.99999.rapido-tmp", "x");
	assert_int_equal(image_write(&env->plan, env->image, NULL, NULL), 0);
	assert_only(env, "myinitrd");
}

TEST(image_write__locked_temporary__kept)
{
	struct env *env = *state;
	int fd;

	fx_write(env->dir, "/out/.myinitrd.1.rapido-tmp", "x");
	fd = open(fx_at(env->dir, "/out/.myinitrd.1.rapido-tmp"), O_RDONLY);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(image_write(&env->plan, env->image, NULL, NULL), 0);
	assert_only(env, ".myinitrd.1.rapido-tmp myinitrd");
	close(fd);
}

TEST(image_write__names_of_others__kept)
{
	struct env *env = *state;

	fx_write(env->dir, "/out/.other.1.rapido-tmp", "x");
	fx_write(env->dir, "/out/.myinitrd.swp", "x");
	fx_write(env->dir, "/out/myinitrd.1.rapido-tmp", "x");
	assert_int_equal(image_write(&env->plan, env->image, NULL, NULL), 0);
	assert_only(env, ".myinitrd.swp .other.1.rapido-tmp myinitrd "
			 "myinitrd.1.rapido-tmp");
}

/* image_read_info() of the archive @bytes. */
static int read_info(struct image_info *info, const struct strbuf *bytes)
{
	int fd = memory_file(bytes->buf, bytes->len);
	int err = image_read_info(info, fd, "image");

	close(fd);
	return err;
}

TEST(image_read_info__what_was_added__comes_back)
{
	struct env *env = *state;
	struct image_disk disks[] = {
		{ (char *)"scratch", 10ULL << 30 },
		{ (char *)"log-dev.1", 512ULL << 20 },
	};
	const struct image_info info = {
		.cpus = 4,
		.memory = 3ULL << 30,
		.network = true,
		.net_kind = (char *)"lan",
		.networkd = true,
		.disks = disks,
		.nr_disks = 2,
		.test = (char *)"fstests-xfs",
		.kernel = (char *)"/home/me/my linux/arch/x86/boot/bzImage",
		.release = (char *)"6.1.0-rc1+",
	};
	struct image_info back;
	uint64_t size;
	int fd;

	image_add_info(&env->plan, &info, asked);
	add_text(env, "/file", "text");
	assert_int_equal(image_write(&env->plan, env->image, &fd, &size), 0);
	assert_int_equal(image_read_info(&back, fd, "image"), 0);
	assert_int_equal(back.cpus, 4);
	assert_int_equal(back.memory, 3ULL << 30);
	assert_true(back.network);
	assert_string_equal(back.net_kind, "lan");
	assert_true(back.networkd);
	assert_int_equal(back.nr_disks, 2);
	assert_string_equal(back.disks[0].name, "scratch");
	assert_int_equal(back.disks[0].size, 10ULL << 30);
	assert_string_equal(back.disks[1].name, "log-dev.1");
	assert_string_equal(back.test, "fstests-xfs");
	assert_string_equal(back.kernel, info.kernel);
	assert_string_equal(back.release, "6.1.0-rc1+");
	assert_int_equal(back.size, size);
	image_info_release(&back);
	close(fd);
}

TEST(image_add_info__nothing_known__defaults_come_back)
{
	struct env *env = *state;
	const struct image_info info = { 0 };
	struct image_info back;
	int fd;

	image_add_info(&env->plan, &info, asked);
	assert_int_equal(image_write(&env->plan, env->image, &fd, NULL), 0);
	assert_int_equal(image_read_info(&back, fd, "image"), 0);
	assert_int_equal(back.cpus, IMAGE_DEFAULT_CPUS);
	assert_int_equal(back.memory, IMAGE_DEFAULT_MEMORY);
	assert_false(back.network);
	assert_null(back.net_kind);
	assert_false(back.networkd);
	assert_int_equal(back.nr_disks, 0);
	assert_null(back.test);
	assert_null(back.kernel);
	assert_int_equal(back.allow_faults.nr, 0);
	assert_null(back.append);
	assert_false(back.suite);
	assert_int_equal(back.case_timeout, 0);
	image_info_release(&back);
	close(fd);
}

TEST(image_read_info__suite__comes_back_with_its_limit)
{
	struct env *env = *state;
	const struct image_info info = { .suite = true, .case_timeout = 90 };
	struct image_info back;
	int fd;

	image_add_info(&env->plan, &info, asked);
	assert_int_equal(image_write(&env->plan, env->image, &fd, NULL), 0);
	assert_int_equal(image_read_info(&back, fd, "image"), 0);
	assert_true(back.suite);
	assert_int_equal(back.case_timeout, 90);
	image_info_release(&back);
	close(fd);
}

/* Many of them: what stands beside them must not get lost. */
TEST(image_read_info__allowed_faults__come_back_in_order)
{
	struct env *env = *state;
	struct image_info info = { .kernel = (char *)"/boot/vmlinuz" }, back;
	int fd;

	strvec_pushl(&info.allow_faults, "^BUG: .*(a|b)$", "kernel /other",
		     "allow-fault x", NULL);
	for (int i = 0; i < 3000; i++)
		strvec_pushf(&info.allow_faults, "WARNING: number %d of many", i);
	image_add_info(&env->plan, &info, asked);
	assert_int_equal(image_write(&env->plan, env->image, &fd, NULL), 0);
	assert_int_equal(image_read_info(&back, fd, "image"), 0);
	assert_string_equal(back.kernel, "/boot/vmlinuz");
	assert_int_equal(back.allow_faults.nr, 3003);
	for (size_t i = 0; i < back.allow_faults.nr; i++)
		assert_string_equal(back.allow_faults.v[i], info.allow_faults.v[i]);
	image_info_release(&back);
	assert_int_equal(back.allow_faults.nr, 0);
	strvec_release(&info.allow_faults);
	close(fd);
}

TEST(image_add_info__less_than_a_mebibyte__rounded_up)
{
	struct env *env = *state;
	const struct image_info info = { .memory = (64 << 20) + 1 };
	struct image_info back;
	int fd;

	image_add_info(&env->plan, &info, asked);
	assert_int_equal(image_write(&env->plan, env->image, &fd, NULL), 0);
	assert_int_equal(image_read_info(&back, fd, "image"), 0);
	assert_int_equal(back.memory, 65 << 20);
	image_info_release(&back);
	close(fd);
}

/* An image with the files @names, and others around them. */
static struct strbuf image_of(const char *const *names, size_t nr)
{
	struct strbuf bytes = STRBUF_INIT;

	newc_put_file(&bytes, "etc/before", "text");
	for (size_t i = 0; i < nr; i++)
		newc_put_file(&bytes, names[i], "");
	newc_put_file(&bytes, "etc/after", "more text");
	newc_put_trailer(&bytes);
	return bytes;
}

TEST(image_read_info__another_tools_image__resources_are_found)
{
	static const char *const names[] = { "rapido-rsc/mem/2g", "rapido-rsc/cpu/7",
					     "rapido-rsc/net" };
	_cleanup_(strbuf_release) struct strbuf bytes =
		image_of(names, ARRAY_SIZE(names));
	struct image_info info;

	assert_int_equal(read_info(&info, &bytes), 0);
	assert_int_equal(info.cpus, 7);
	assert_int_equal(info.memory, 2ULL << 30);
	assert_true(info.network);
	assert_null(info.net_kind);
	assert_false(info.networkd);
	assert_null(info.test);
	image_info_release(&info);
}

TEST(image_read_info__absolute_or_slashed_names__found)
{
	static const char *const names[] = { "/rapido-rsc//cpu/7" };
	_cleanup_(strbuf_release) struct strbuf bytes = image_of(names, 1);
	struct image_info info;

	assert_int_equal(read_info(&info, &bytes), 0);
	assert_int_equal(info.cpus, 7);
	image_info_release(&info);
}

/* as `find . | cpio -o -H newc` calls them */
TEST(image_read_info__names_with_a_dot__found)
{
	static const char *const names[] = { "./rapido-rsc/cpu/7", "./rapido-rsc/net" };
	_cleanup_(strbuf_release) struct strbuf bytes = image_of(names, 2);
	struct image_info info;

	assert_int_equal(read_info(&info, &bytes), 0);
	assert_int_equal(info.cpus, 7);
	assert_true(info.network);
	image_info_release(&info);
}

/* What the shell finds with /rapido_autorun/ *, if it is a file. */
TEST(image_read_info__scripts__counted)
{
	static const char *const names[] = {
		"rapido_autorun/000-a", "rapido_autorun/001-b",	  "rapido_autorun/001-b",
		"rapido_autorun/.c",	"rapido_autorun/d/e",	  "rapido_autorun_f",
		"x/rapido_autorun/g",	"./rapido_autorun/002-h",
	};
	_cleanup_(strbuf_release) struct strbuf bytes =
		image_of(names, ARRAY_SIZE(names));
	struct image_info info;

	assert_int_equal(read_info(&info, &bytes), 0);
	assert_false(info.scripts_unknown);
	assert_int_equal(info.scripts, 3);
	image_info_release(&info);
}

TEST(image_read_info__link_among_scripts__not_known)
{
	const struct newc link = { .name = "rapido_autorun/000-a",
				   .mode = S_IFLNK | 0777,
				   .nlink = 1,
				   .size = 2 };
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;
	struct image_info info;

	newc_put(&bytes, &link, "/x");
	newc_put_trailer(&bytes);
	assert_int_equal(read_info(&info, &bytes), 0);
	assert_true(info.scripts_unknown);
	image_info_release(&info);
}

TEST(image_read_info__no_resources__defaults)
{
	static const char *const names[] = { "rapido-rscx/cpu/7", "x/rapido-rsc/cpu/9" };
	_cleanup_(strbuf_release) struct strbuf bytes =
		image_of(names, ARRAY_SIZE(names));
	struct image_info info;

	assert_int_equal(read_info(&info, &bytes), 0);
	assert_int_equal(info.cpus, IMAGE_DEFAULT_CPUS);
	assert_int_equal(info.memory, IMAGE_DEFAULT_MEMORY);
	assert_int_equal(info.size, bytes.len);
	image_info_release(&info);
}

TEST(image_read_info__two_of_a_kind__first_counts)
{
	static const char *const names[] = {
		"rapido-rsc/cpu/3",  "rapido-rsc/cpu/5",     "rapido-rsc/mem/1G",
		"rapido-rsc/mem/2G", "rapido-rsc/disk/a/1G", "rapido-rsc/disk/a/2G",
	};
	_cleanup_(strbuf_release) struct strbuf bytes =
		image_of(names, ARRAY_SIZE(names));
	struct image_info info;

	assert_int_equal(read_info(&info, &bytes), 0);
	assert_int_equal(info.cpus, 3);
	assert_int_equal(info.memory, 1ULL << 30);
	assert_int_equal(info.nr_disks, 1);
	assert_int_equal(info.disks[0].size, 1ULL << 30);
	image_info_release(&info);
}

/* The kernel would stop there, and go on with what it has. */
TEST(image_read_info__cut_short_behind_the_resources__error)
{
	static const char *const names[] = { "rapido-rsc/cpu/3" };
	_cleanup_(strbuf_release) struct strbuf bytes = image_of(names, 1);
	struct image_info info;

	strbuf_setlen(&bytes, bytes.len - 130);
	assert_int_equal(read_info(&info, &bytes), -EBADMSG);
}

/* Files of all kinds, in a directory that stands for a host's. */
static void add_files_of_all_kinds(struct env *env)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 70000 };
	char target[201] = { 0 };

	for (size_t i = 0; i < 60; i++) {
		_cleanup_free_ char *path = xasprintf("/dir/%zu", i);
		_cleanup_free_ char *text = xcalloc(1, 70001);

		memset(text, 'x', sizes[i % ARRAY_SIZE(sizes)]);
		add_text(env, path, text);
	}
	fx_write(env->dir, "/src", "several names, one file");
	assert_int_equal(link(fx_at(env->dir, "/src"), fx_at(env->dir, "/src2")), 0);
	add_file(env, "/name", "/src");
	add_file(env, "/other name", "/src2");
	plan_add_link(&env->plan, "/short", "dir/1", asked);
	memset(target, 't', sizeof(target) - 1);
	plan_add_link(&env->plan, "/long", target, asked);
}

/* In a child, with a mount namespace: fill a tmpfs with the image, and compare. */
static int unpack_in_tmpfs(const struct env *env, const struct image_space *space)
{
	const char *dir = fx_at(env->dir, "/mnt");
	_cleanup_free_ char *options =
		xasprintf("size=%llu,nr_inodes=%llu", (unsigned long long)space->bytes_4k,
			  (unsigned long long)space->names + 1);
	struct statfs fs;

	if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", dir, "tmpfs", 0, options) < 0)
		return 77;
	if (fx_shell("cd '%s' && cpio -id --quiet < ../out/myinitrd", dir) ||
	    statfs(dir, &fs) < 0)
		return 1;
	return fs.f_bfree || fs.f_ffree ? 2 : 0;
}

/* Its page and its inode for each: what the kernel's own file system counts. */
TEST(image_read_info__space__what_a_tmpfs_counts)
{
	struct env *env = *state;
	_cleanup_close_ int fd = -1;
	struct image_info info;
	int status;
	pid_t pid;

	if (sysconf(_SC_PAGESIZE) != 4096)
		skip();
	add_files_of_all_kinds(env);
	fx_mkdir(env->dir, "/mnt");
	assert_int_equal(image_write(&env->plan, env->image, &fd, NULL), 0);
	assert_int_equal(image_read_info(&info, fd, env->image), 0);
	pid = fork();
	if (!pid)
		_exit(unshare(CLONE_NEWNS) < 0 ? 77 : unpack_in_tmpfs(env, &info.space));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	image_info_release(&info);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip(); /* it takes root */
	assert_int_equal(WEXITSTATUS(status), 0);
}

TEST(image_read_info__resource_without_sense__einval)
{
	static const char *const bad[] = {
		"rapido-rsc/cpu/0",
		"rapido-rsc/cpu/x",
		"rapido-rsc/cpu/-1",
		"rapido-rsc/cpu/99999999999999999999",
		"rapido-rsc/mem/0",
		"rapido-rsc/mem/lots",
		"rapido-rsc/mem/1Q",
		"rapido-rsc/disk/x/y",
		"rapido-rsc/disk/name-that-is-too-long-by-far/1G",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_(strbuf_release) struct strbuf bytes = image_of(&bad[i], 1);
		struct image_info info;

		if (read_info(&info, &bytes) != -EINVAL)
			fail_msg("accepted: %s", bad[i]);
	}
}

TEST(image_read_info__disk_name_with_a_comma__einval)
{
	/* it would be an option of QEMU's */
	static const char *const names[] = { "rapido-rsc/disk/a,file=x/1G" };
	_cleanup_(strbuf_release) struct strbuf bytes = image_of(names, 1);
	struct image_info info;

	assert_int_equal(read_info(&info, &bytes), -EINVAL);
}

TEST(image_read_info__empty_file__error)
{
	const struct strbuf empty = STRBUF_INIT;
	struct image_info info;

	assert_int_equal(read_info(&info, &empty), -EBADMSG);
}

TEST(image_read_info__no_image__error)
{
	_cleanup_(strbuf_release) struct strbuf bytes = STRBUF_INIT;
	struct image_info info;

	strbuf_adds(&bytes, "this is no image of any kind\n");
	assert_int_equal(read_info(&info, &bytes), -EBADMSG);
}

TEST(image_read_info__resources_cut_short__error)
{
	static const char *const names[] = { "rapido-rsc/cpu/3" };
	_cleanup_(strbuf_release) struct strbuf bytes = image_of(names, 1);
	char *at = memmem(bytes.buf, bytes.len, "rapido-rsc", 10);
	struct image_info info;

	strbuf_setlen(&bytes, (size_t)(at - bytes.buf) + 4);
	assert_int_equal(read_info(&info, &bytes), -EBADMSG);
}

int main(void)
{
	return run_defined_tests(NULL, NULL);
}
