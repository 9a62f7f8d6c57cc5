// SPDX-License-Identifier: GPL-2.0-or-later
/* Signs modules with the kernel build's own scripts/sign-file. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/io.h"
#include "lib/log.h"
#include "kernel/modsign.h"
#include "lib/path.h"
#include "lib/process.h"

#define MODULE_MAX (1U << 30)
/* Signing takes milliseconds, with a key in a hardware token longer. */
#define SIGN_TIMEOUT_MS 60000

void modsign_release(struct modsign *sign)
{
	free(sign->program);
	free(sign->hash);
	free(sign->key);
	free(sign->cert);
	tmpdir_release(&sign->tmpdir);
	*sign = (struct modsign)MODSIGN_INIT;
}

/* The key where kbuild looks for it. Heap. */
static char *find_key(const char *objdir, const char *srcdir, const char *key)
{
	char *path;

	if (starts_with(key, "pkcs11:"))
		return xstrdup(key);
	path = path_join(objdir, key);
	if (access(path, F_OK) == 0 || !srcdir)
		return path;
	free(path);
	return path_join(srcdir, key);
}

/* Check the files that signing requires. 0, or -errno and the reason. */
static int check_files(const struct modsign *sign, char **why)
{
	const char *absent = NULL;
	int err;

	if (access(sign->program, X_OK) < 0)
		absent = sign->program;
	else if (access(sign->cert, R_OK) < 0)
		absent = sign->cert;
	else if (sign->key[0] == '/' && access(sign->key, R_OK) < 0)
		absent = sign->key;
	if (!absent)
		return 0;
	err = -errno;
	*why = xasprintf("cannot use '%s': %s", absent, err_text(err));
	return err;
}

int modsign_init(struct modsign *sign, const char *objdir, const char *srcdir,
		 const char *hash, const char *key, const char *tmp, char **why)
{
	int err;

	sign->program = path_join(objdir, "scripts/sign-file");
	sign->cert = path_join(objdir, "certs/signing_key.x509");
	sign->key = find_key(objdir, srcdir, key);
	sign->hash = xstrdup(hash);
	err = check_files(sign, why);
	if (!err) {
		err = tmpdir_init(&sign->tmpdir, tmp);
		if (err)
			*why = xasprintf("cannot write in '%s': %s", tmp, err_text(err));
	}
	if (err)
		modsign_release(sign);
	return err;
}

static int write_module(const char *path, const void *data, size_t size)
{
	_cleanup_close_ int fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : io_write_all(fd, data, size);
}

/* sign-file HASH KEY CERTIFICATE MODULE: appends the signature to the file. */
static int run_tool(const struct modsign *sign, const char *path, char **why)
{
	_cleanup_(process_release) struct process process = PROCESS_INIT;
	int status;

	strvec_pushl(&process.argv, sign->program, sign->hash, sign->key, sign->cert,
		     path, NULL);
	status = process_start(&process);
	if (!status)
		status = process_wait(&process, SIGN_TIMEOUT_MS);
	if (status < 0)
		*why = xasprintf("cannot run '%s': %s", sign->program, err_text(status));
	else if (status)
		*why = xasprintf("'%s' failed with the key '%s'", sign->program,
				 sign->key);
	return status > 0 ? -EIO : status;
}

int modsign_sign(struct modsign *sign, const void *data, size_t size, char **result,
		 size_t *result_size, char **why)
{
	_cleanup_free_ char *path = path_join(sign->tmpdir.path, "module.ko");
	int err = write_module(path, data, size);

	if (!err) {
		err = run_tool(sign, path, why);
		if (err)
			return err;
		err = io_read_file(AT_FDCWD, path, MODULE_MAX, result, result_size);
	}
	if (err)
		*why = xasprintf("cannot write in '%s': %s", sign->tmpdir.path,
				 err_text(err));
	return err;
}
