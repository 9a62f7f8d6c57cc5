/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gdb.py as a part of the program. */
	.section .rodata
	.global gdb_script, gdb_script_end
gdb_script:
	.incbin "src/cmd/gdb.py"
gdb_script_end:
	.byte 0

	.section .note.GNU-stack, "", %progbits
