/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which objects exist, for a plan that asks after every artifact of 90,000 tasks. A set filled from the names in the 256
 * folders; no object is looked at. Reading the names of 90,000 objects takes 40 ms, so they are remembered in a memo
 * (`.rung/present`): a folder whose mtime has not changed holds the same names. As with the stat cache, a folder that
 * changed less than CLOCK_GRANULARITY_NS before it was read is read again.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/store/internal.h"

#define PRESENT_NAME "present"
#define FOLDERS 256

/* As they stand in the memo, in this machine's byte order. */
struct folder {
	uint64_t device, inode;
	int64_t mtime_ns; /* 0 = not to be believed */
	uint64_t n;       /* names */
};
struct head {
	char magic[8];
	uint32_t version, folder_size;
};

/* Open addressing over the first eight bytes of a digest, which are as good as random; 0 = free. That two objects share
 * them becomes likely at 2^32 objects. */
struct presence {
	uint64_t *slots;
	size_t n, cap; /* cap: a power of two */
	struct arena *arena;
	struct folder folders[FOLDERS];
	VEC(uint64_t) tags[FOLDERS]; /* as read; in the memo's order */
	bool dirty;
};

static const struct head expected = { "rungobjs", 1, sizeof(struct folder) };

/* ---- the set ------------------------------------------------------------------------------------------------------ */

static uint64_t tag_of(const struct digest *d)
{
	uint64_t tag;

	memcpy(&tag, d->b, sizeof(tag));
	return tag ? tag : 1;
}

static void slot_put(struct presence *p, uint64_t tag)
{
	size_t at = tag & (p->cap - 1);

	while (p->slots[at] && p->slots[at] != tag)
		at = (at + 1) & (p->cap - 1);
	p->n += !p->slots[at];
	p->slots[at] = tag;
}

static void slots_grow(struct presence *p, size_t expected_n)
{
	uint64_t *old = p->slots;
	size_t old_cap = p->cap;

	p->cap = p->cap ? p->cap : 4096;
	while (p->cap < expected_n * 2)
		p->cap *= 2;
	p->n = 0;
	p->slots = arena_array(p->arena, uint64_t, p->cap);
	for (size_t i = 0; i < old_cap; i++)
		if (old[i])
			slot_put(p, old[i]);
}

void presence_add(struct presence *p, const struct digest *d)
{
	if ((p->n + 1) * 2 > p->cap)
		slots_grow(p, p->n * 2);
	slot_put(p, tag_of(d));
}

bool presence_has(const struct presence *p, const struct digest *d)
{
	uint64_t tag = tag_of(d);
	size_t at = tag & (p->cap - 1);

	while (p->slots[at] && p->slots[at] != tag)
		at = (at + 1) & (p->cap - 1);
	return p->slots[at] == tag;
}

/* ---- reading the folders ------------------------------------------------------------------------------------------ */

/* The tag of an object's file, from its name alone. */
static bool name_tag(unsigned folder, const char *name, uint64_t *tag)
{
	struct digest d = { { (unsigned char)folder } };

	if (strlen(name) != DIGEST_HEX - 2)
		return false;
	for (int i = 0; i < 7; i++) {
		int high = hex_value(name[2 * i]), low = hex_value(name[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		d.b[i + 1] = (unsigned char)(high << 4 | low);
	}
	*tag = tag_of(&d);
	return true;
}

static void folder_read(struct store *s, struct presence *p, unsigned folder, const char *name)
{
	int fd = openat(s->objects_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(close_dir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	uint64_t tag;

	p->tags[folder].n = 0;
	for (struct dirent *e; dir && (e = readdir(dir));)
		if (name_tag(folder, e->d_name, &tag))
			VEC_PUSH(p->arena, &p->tags[folder], tag);
}

/* The folder as it stands now; mtime 0 when it changed too lately for its time to mean anything. */
static struct folder folder_now(struct store *s, const char *name, int64_t now_ns)
{
	struct stat st;

	if (fstatat(s->objects_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (struct folder){ 0 };
	int64_t mtime = clock_file_ns(st.st_mtim);

	return (struct folder){ st.st_dev, st.st_ino, mtime + CLOCK_GRANULARITY_NS > now_ns ? 0 : mtime, 0 };
}

static bool folder_known(const struct folder *then, const struct folder *now)
{
	return then->mtime_ns && then->mtime_ns == now->mtime_ns && then->inode == now->inode && then->device == now->device;
}

static void folder_take(struct store *s, struct presence *p, unsigned folder)
{
	char name[3];

	(void)snprintf(name, sizeof(name), "%02x", folder);
	struct folder now = folder_now(s, name, s->clock->wall_ns(s->clock)), *then = &p->folders[folder];

	if (!folder_known(then, &now)) {
		folder_read(s, p, folder, name);
		p->dirty = p->dirty || now.mtime_ns || then->mtime_ns;
		*then = now;
	}
	then->n = p->tags[folder].n;
}

/* ---- the memo ----------------------------------------------------------------------------------------------------- */

static void memo_take(struct store *s, struct presence *p)
{
	struct str text = memo_load(s, PRESENT_NAME, p->arena);
	size_t fixed = sizeof(expected) + sizeof(p->folders);
	uint64_t total = 0;

	if (text.n < fixed || memcmp(text.p, &expected, sizeof(expected)) != 0)
		return;
	memcpy(p->folders, text.p + sizeof(expected), sizeof(p->folders));
	for (unsigned i = 0; i < FOLDERS; i++)
		total += p->folders[i].n;
	if (total != (text.n - fixed) / sizeof(uint64_t)) {
		memset(p->folders, 0, sizeof(p->folders));
		return;
	}
	const char *at = text.p + fixed;

	for (unsigned i = 0; i < FOLDERS; i++) {
		size_t n = (size_t)p->folders[i].n;

		if (!n)
			continue;
		VEC_RESERVE(p->arena, &p->tags[i], n);
		memcpy(p->tags[i].data, at, n * sizeof(uint64_t));
		p->tags[i].n = n;
		at += n * sizeof(uint64_t);
	}
}

static void memo_give(struct store *s, const struct presence *p)
{
	struct sb text;

	sb_init(&text, MEMO_MAX);
	sb_add(&text, (struct str){ (const char *)&expected, sizeof(expected) });
	sb_add(&text, (struct str){ (const char *)p->folders, sizeof(p->folders) });
	for (unsigned i = 0; i < FOLDERS; i++)
		sb_add(&text, (struct str){ (const char *)p->tags[i].data, p->tags[i].n * sizeof(uint64_t) });
	memo_seal(&text);
	if (!text.overflow)
		memo_save(s, PRESENT_NAME, sb_str(&text));
	sb_release(&text);
}

struct presence *presence_scan(struct store *s)
{
	struct arena *a = arena_new();
	struct presence *p = arena_make(a, struct presence);
	size_t total = 0;

	p->arena = a;
	memo_take(s, p);
	for (unsigned i = 0; i < FOLDERS; i++) {
		folder_take(s, p, i);
		total += p->tags[i].n;
	}
	slots_grow(p, total);
	for (unsigned i = 0; i < FOLDERS; i++)
		for (size_t k = 0; k < p->tags[i].n; k++)
			slot_put(p, p->tags[i].data[k]);
	return p;
}

void presence_close(struct store *s)
{
	struct presence *p = s->presence;

	if (!p)
		return;
	/* folders that changed since show it by their mtime */
	if (p->dirty)
		memo_give(s, p);
	arena_free(p->arena);
	s->presence = NULL;
}
