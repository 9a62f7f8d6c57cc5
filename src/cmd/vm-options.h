/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that commands share which cut an image and boot a VM. */
#ifndef RAPIDO_VM_OPTIONS_H
#define RAPIDO_VM_OPTIONS_H

#include "cmd/cmd.h"
#include "cut/cut-image.h"

/* Of the VM, for struct vm_args. */
extern const struct option_spec vm_options[];
#define VM_OPTIONS(struct_type, field)                                         \
	{                                                                      \
		vm_options, offsetof(struct_type, field), "Options of the VM:" \
	}

/* Of what is in the image, for struct cut_args. */
extern const struct option_spec image_options[];
#define IMAGE_OPTIONS(struct_type, field)                                            \
	{                                                                            \
		image_options, offsetof(struct_type, field), "Options of the image:" \
	}

/* --build, which is not for images that are only explained. */
#define BUILD_OPTION(struct_type, field)                                            \
	OPTION_FLAG(0, "build", struct_type, field,                                 \
		    "first run make in the kernel's tree, and in the source trees " \
		    "that the test names")

/* Of rapido-cut: scripts, a part of @image_options. */
extern const struct option_spec script_options[];
#define SCRIPT_OPTIONS(struct_type, field)                               \
	{                                                                \
		script_options, offsetof(struct_type, field), "Scripts:" \
	}

#endif
