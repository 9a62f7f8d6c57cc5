// SPDX-License-Identifier: GPL-2.0-or-later
/* What the command line asks of one VM. */
#include "conf/vm-args.h"

void vm_args_release(struct vm_args *args)
{
	strvec_release(&args->append);
	strvec_release(&args->machine_args);
	strvec_release(&args->um_args);
	*args = (struct vm_args){ 0 };
}
