/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files embedded in the program; the Makefile says where they are. */
	.section .rodata
	.macro asset name, path
	.global \name, \name\()_end
	.balign 4096
\name:	.incbin "\path"
\name\()_end:
	.byte 0
	.endm

	asset asset_init, INIT_PATH
	asset asset_rc, "src/guest/rapido.rc"
	asset asset_service, "src/guest/rapido.service"

	.section .note.GNU-stack, "", %progbits
