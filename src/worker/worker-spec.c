// SPDX-License-Identifier: GPL-2.0-or-later
/* From the options of a VM to JSON and back. */
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>

#include "worker-spec.h"

/* Settings of rapido.conf(5) that go along. A worker has its own of the others: where it
 * keeps its files, which program runs a VM, which network its host has. */
static const char *const settings[] = {
	"ACCEL",	"APPEND",	   "BOOT_VMLINUX",
	"CPUS",		"HOST_LOOPBACK",   "MEMORY",
	"NETWORK",	"QEMU_EXTRA_ARGS", "QEMU_EXTRA_KERNEL_PARAMS",
	"QEMU_SANDBOX", "UML_EXTRA_ARGS",
};

const char *worker_spec_objection(const struct vm_options *options)
{
	const struct vm_args *args = options->args;

	if (options->vmcore > 0)
		return "--on-fault=dump";
	if (options->debug != VM_DEBUG_NO)
		return "--gdb";
	if (options->info->host_root || (args && args->shares.root))
		return "--root host";
	if (args && args->shares.nr)
		return "--share";
	for (size_t i = 0; args && i < args->nr_disks; i++)
		if (args->disks[i].file)
			return "--disk with a FILE";
	if (options->nr_peers || options->together)
		return "--with";
	return NULL;
}

static void add_text(struct json_object *object, const char *key, const char *text)
{
	if (text)
		json_object_object_add(object, key, json_object_new_string(text));
}

static void add_number(struct json_object *object, const char *key, uint64_t number)
{
	if (number)
		json_object_object_add(object, key,
				       json_object_new_int64((int64_t)number));
}

static void add_flag(struct json_object *object, const char *key, bool flag)
{
	json_object_object_add(object, key, json_object_new_boolean(flag));
}

static void add_list(struct json_object *object, const char *key,
		     const struct strvec *list)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < list->nr; i++)
		json_object_array_add(array, json_object_new_string(list->v[i]));
	json_object_object_add(object, key, array);
}

static struct json_object *disks_of(const struct vm_args *args)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < args->nr_disks; i++) {
		struct json_object *disk = json_object_new_object();

		add_text(disk, "name", args->disks[i].name);
		add_number(disk, "size", args->disks[i].size);
		json_object_array_add(array, disk);
	}
	return array;
}

/* One that is not set here is not set there. */
static struct json_object *settings_of(const struct conf *conf)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		const char *value = conf_get(conf, settings[i]);

		add_text(object, settings[i], value ? value : "");
	}
	return object;
}

void worker_spec_format(struct strbuf *json, const struct vm_options *options)
{
	static const struct vm_args nothing;
	const struct vm_args *args = options->args ? options->args : &nothing;
	struct json_object *object = json_object_new_object();

	add_text(object, "release", options->release);
	add_flag(object, "merge", options->merge);
	add_flag(object, "stay", options->stay);
	add_number(object, "cpus", args->cpus);
	add_number(object, "memory", args->memory);
	add_text(object, "network", args->network);
	add_list(object, "append", &args->append);
	add_list(object, "machine_args", &args->machine_args);
	add_list(object, "um_args", &args->um_args);
	json_object_object_add(object, "disks", disks_of(args));
	json_object_object_add(object, "settings", settings_of(options->conf));
	strbuf_adds(json, json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN));
	json_object_put(object);
}

/* The member of that type, or NULL. */
static struct json_object *member(struct json_object *object, const char *key,
				  enum json_type type)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value) &&
			       json_object_is_type(value, type)
		       ? value
		       : NULL;
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key, json_type_string);

	return value ? json_object_get_string(value) : NULL;
}

static uint64_t number_of(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key, json_type_int);
	int64_t number = value ? json_object_get_int64(value) : 0;

	return number > 0 ? (uint64_t)number : 0;
}

static bool flag_of(struct json_object *object, const char *key)
{
	struct json_object *value = member(object, key, json_type_boolean);

	return value && json_object_get_boolean(value);
}

static void read_list(struct json_object *object, const char *key, struct strvec *list)
{
	struct json_object *array = member(object, key, json_type_array);

	for (size_t i = 0; array && i < json_object_array_length(array); i++) {
		struct json_object *word = json_object_array_get_idx(array, i);

		if (json_object_is_type(word, json_type_string))
			strvec_push(list, json_object_get_string(word));
	}
}

/* A name goes into arguments, and a size of 0 makes no disk. */
static int read_disks(struct json_object *object, struct vm_args *args)
{
	struct json_object *array = member(object, "disks", json_type_array);

	for (size_t i = 0; array && i < json_object_array_length(array); i++) {
		struct json_object *disk = json_object_array_get_idx(array, i);
		const char *name = text_of(disk, "name");
		uint64_t size = number_of(disk, "size");

		if (!name || !size ||
		    !is_plain_name(name, strlen(name), MANIFEST_DISK_NAME_MAX))
			return -EINVAL;
		ALLOC_GROW(args->disks, args->nr_disks, args->alloc_disks);
		args->disks[args->nr_disks++] = (struct vm_disk_arg){
			.name = xstrdup(name),
			.size = size,
		};
	}
	return 0;
}

int worker_spec_parse(struct worker_spec *spec, const char *text, size_t size,
		      struct conf *conf)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;
	int err;

	*spec = (struct worker_spec)WORKER_SPEC_INIT;
	if (!tokener || size > INT_MAX)
		return -EINVAL;
	object = spec->object = json_tokener_parse_ex(tokener, text, (int)size);
	err = json_tokener_get_error(tokener) != json_tokener_success ||
			      !json_object_is_type(object, json_type_object)
		      ? -EINVAL
		      : 0;
	json_tokener_free(tokener);
	if (err)
		return err;
	spec->release = text_of(object, "release");
	spec->merge = flag_of(object, "merge");
	spec->stay = flag_of(object, "stay");
	spec->args.cpus = number_of(object, "cpus");
	spec->args.memory = number_of(object, "memory");
	spec->args.network = text_of(object, "network");
	read_list(object, "append", &spec->args.append);
	read_list(object, "machine_args", &spec->args.machine_args);
	read_list(object, "um_args", &spec->args.um_args);
	object = member(object, "settings", json_type_object);
	for (size_t i = 0; object && i < ARRAY_SIZE(settings); i++) {
		const char *value = text_of(object, settings[i]);

		if (value)
			conf_set(conf, settings[i], value);
	}
	/* a directory of this host is nothing that the other side has asked for */
	conf_set(conf, "VIRTFS_SHARE_PATH", "");
	return read_disks(spec->object, &spec->args);
}

void worker_spec_release(struct worker_spec *spec)
{
	vm_args_release(&spec->args);
	json_object_put(spec->object);
	*spec = (struct worker_spec)WORKER_SPEC_INIT;
}
