// SPDX-License-Identifier: GPL-2.0-or-later
/* The least that a guest can do: print one line. What it takes to get there is the floor.
 */
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
	static const char line[] = "RAPIDO-FLOOR\n";

	if (write(STDOUT_FILENO, line, sizeof(line) - 1) < 0)
		return 1;
	reboot(RB_POWER_OFF);
	pause();
	return 0;
}
