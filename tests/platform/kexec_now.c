// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * In the guest: go on with another kernel, by way of the orderly shutdown of the devices.
 *
 *	kexec_now KERNEL INITRD COMMAND-LINE
 */

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <linux/reboot.h>
#include <sys/syscall.h>

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

int main(int argc, char **argv)
{
	int kernel, initrd;

	if (argc != 4)
		errx(64, "usage: kexec_now KERNEL INITRD COMMAND-LINE");
	kernel = open_file(argv[1]);
	initrd = open_file(argv[2]);
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[3]) + 1, argv[3], 0L))
		err(1, "kexec_file_load");
	sync();
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	err(1, "reboot");
}
