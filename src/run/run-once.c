// SPDX-License-Identifier: GPL-2.0-or-later
/* One run, from what is known before it to the files that it leaves. */
#include <sys/stat.h>

#include "lib/log.h"
#include "run/run-once.h"
#include "run-print.h"
#include "run/verdict.h"

static void identify(struct run_file *file, const char *path, int fd)
{
	struct stat st;

	file->path = xstrdup(path);
	if ((fd < 0 ? stat(path, &st) : fstat(fd, &st)) < 0)
		return;
	file->size = (uint64_t)st.st_size;
	file->mtime = st.st_mtim;
}

void run_once_describe(struct run_record *record, const struct run_plan *plan,
		       const char *dir)
{
	const struct vm_options *vm = &plan->run.vm;

	record->test = vm->info->test ? xstrdup(vm->info->test) : NULL;
	record->release = vm->info->release ? xstrdup(vm->info->release) : NULL;
	record->dir = dir ? xstrdup(dir) : NULL;
	record->scripts = vm->info->scripts_unknown ? -1 : (int64_t)vm->info->scripts;
	identify(&record->kernel, vm->kernel, -1);
	/* the very image that is booted, whatever its name names by now */
	identify(&record->image, vm->image, vm->image_fd);
	for (size_t i = 0; i < plan->allow->nr; i++) {
		_cleanup_free_ char *why = NULL;

		faults_allow(&record->faults, plan->allow->v[i], &why);
	}
}

void run_once_failed(struct run_record *record, const char *what, int err)
{
	if (!record->host_error)
		record->host_error =
			xasprintf("cannot write '%s': %s", what, err_text(err));
	verdict_judge(record);
}

static void write_files(struct run_record *record, const struct rundir *dir)
{
	int err = run_report_faults(record, dir);

	if (err)
		run_once_failed(record, "faults.txt", err);
	err = run_report_status(record, dir);
	if (err)
		run_once_failed(record, "status.json", err);
}

/* What each of the VMs gets. */
struct vms {
	const struct run_once *once;
	struct run_options *options;
	struct run_record **records;
	struct rundir *dirs; /* the test's is the caller's */
};

static void vms_release(struct vms *vms)
{
	for (size_t i = 0; i + 1 < vms->once->nr; i++)
		rundir_release(&vms->dirs[i]);
	free(vms->options);
	free(vms->records);
	free(vms->dirs);
}

static void vms_init(struct vms *vms, const struct run_once *once,
		     struct run_record *record)
{
	*vms = (struct vms){
		.once = once,
		.options = xcalloc(once->nr, sizeof(*vms->options)),
		.records = xcalloc(once->nr, sizeof(*vms->records)),
		.dirs = xcalloc(once->nr, sizeof(*vms->dirs)),
	};
	for (size_t i = 0; i < once->nr; i++) {
		const char *name = once->plans[i].name;

		vms->dirs[i] = (struct rundir)RUNDIR_INIT;
		vms->options[i] = once->plans[i].run;
		vms->options[i].guest.logs.dir = name ? &vms->dirs[i] : once->dir;
		vms->records[i] = name ? record_add_helper(record, name) : record;
	}
}

/* The helpers' directories and records. 0 or -errno. */
static int prepare_helpers(struct vms *vms)
{
	const struct run_once *once = vms->once;

	for (size_t i = 0; i + 1 < once->nr; i++) {
		const struct run_plan *plan = &once->plans[i];
		_cleanup_free_ char *path =
			xasprintf("%s/" RUNDIR_WITH "/%s", once->dir->path, plan->name);
		int err = rundir_open(&vms->dirs[i], path);

		if (err)
			return err;
		run_once_describe(vms->records[i], plan, vms->dirs[i].path);
	}
	return 0;
}

/* The test's come last: they tell of all. */
static void finish(struct vms *vms, struct run_record *record)
{
	const struct run_once *once = vms->once;

	for (size_t i = 0; i + 1 < once->nr; i++) {
		vms->records[i]->total_ms = vms->records[i]->vm_ms;
		write_files(vms->records[i], &vms->dirs[i]);
	}
	record->total_ms = monotonic_ms() - once->start_ms;
	verdict_judge(record);
	write_files(record, once->dir);
}

void run_once(const struct run_once *once, struct run_record *record)
{
	_cleanup_(vms_release) struct vms vms;
	int err;

	vms_init(&vms, once, record);
	err = prepare_helpers(&vms);
	if (err) {
		run_once_failed(record, RUNDIR_WITH, err);
		write_files(record, once->dir);
		return;
	}
	supervise_run(vms.options, vms.records, once->nr, once->signals);
	finish(&vms, record);
}
