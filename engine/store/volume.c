/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which file systems are known to be local. WAL needs shared memory between all processes that open the ledger, which
 * a network file system cannot give; so everything that is not on this list gets the rollback journal.
 */
#include "engine/store/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

struct volume {
	unsigned long magic; /* statfs.f_type, 32 bits */
	const char *name;
	bool local;
};

/* From linux/magic.h and, for those outside the kernel tree, their own headers. */
static const struct volume volumes[] = {
	{ 0xef53, "ext4", true }, /* and ext2, ext3 */
	{ 0x58465342, "xfs", true },
	{ 0x9123683e, "btrfs", true },
	{ 0xf2f52010, "f2fs", true },
	{ 0x2fc12fc1, "zfs", true },
	{ 0x01021994, "tmpfs", true },
	{ 0x794c7630, "overlayfs", true },
	{ 0x6969, "nfs", false },
	{ 0xff534d42, "cifs", false },
	{ 0xfe534d42, "smb2", false },
	{ 0x517b, "smb", false },
	{ 0x0bd00bd0, "lustre", false },
	{ 0x47504653, "gpfs", false },
	{ 0x00c36400, "ceph", false },
	{ 0x19830326, "beegfs", false },
	{ 0x5346414f, "afs", false },
	{ 0x65735546, "fuse", false },
	{ 0x01021997, "9p", false },
	{ 0x6a656a63, "virtiofs", false },
	{ 0x4d44, "vfat", false },
	{ 0x2011bab0, "exfat", false },
	{ 0x858458f6, "ramfs", false },
	{ 0xca451a4e, "bcachefs", false },
};

bool volume_is_local(int fd, char name[32])
{
	const char *assumed = getenv("RUNG_ASSUME_NETWORK_FS");
	struct statfs fs;

	if (assumed && strcmp(assumed, "1") == 0) {
		(void)snprintf(name, 32, "assumed network");
		return false;
	}
	if (fstatfs(fd, &fs) != 0) {
		(void)snprintf(name, 32, "unknown");
		return false;
	}
	unsigned long magic = (unsigned long)fs.f_type & 0xffffffffUL;

	for (size_t i = 0; i < countof(volumes); i++)
		if (volumes[i].magic == magic) {
			(void)snprintf(name, 32, "%s", volumes[i].name);
			return volumes[i].local;
		}
	(void)snprintf(name, 32, "0x%lx", magic);
	return false;
}
