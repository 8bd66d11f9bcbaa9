/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The stat cache: what the digest of a file was when it had this device, inode, size, mtime and ctime. A memo (memo.c)
 * of its own, `.rung/stat`; readers keep it too, so that `plan` hashes a data set once.
 *
 * A file that was changed less than CLOCK_GRANULARITY_NS before its hashing began is not remembered: a second change
 * within the clock's tick could leave the same times. ctime is compared because mtime can be set back (cp -p, rsync, tar).
 *
 * Rejected: a table in the ledger (readers could not keep it, and every plan would write to the ledger); paths as keys
 * (longer, and inodes are what times belong to).
 */
#include <string.h>

#include "engine/store/internal.h"

#define STAT_NAME "stat"
#define SECOND INT64_C(1000000000)
#define DAY (86400 * SECOND)
#define DAYS_KEPT 90   /* without being asked for */
#define DAYS_LATE 7    /* an entry's day is brought up to date when it is this old */

/* As it stands in the file, in this machine's byte order. */
struct entry {
	uint64_t device, inode, size;
	int64_t mtime_ns, ctime_ns;
	uint32_t day; /* when it was last asked for, days since 1970 */
	uint32_t zero;
	struct digest digest;
};

struct head {
	char magic[8];
	uint32_t version, entry_size;
	uint64_t count;
};

struct stat_cache {
	struct arena *arena;
	VEC(struct entry) entries;
	uint32_t *slots; /* index + 1; 0 = free */
	size_t slot_count; /* a power of two */
	bool dirty;
};

static const struct head expected = { "rungstat", 1, sizeof(struct entry), 0 };

static uint32_t today(const struct store *s)
{
	return (uint32_t)(s->clock->wall_ns(s->clock) / DAY);
}

/* The slot of that inode, or the free one where it would be. */
static uint32_t *slot_of(struct stat_cache *c, uint64_t device, uint64_t inode)
{
	uint64_t h = (inode ^ device * 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;
	size_t at = (h ^ h >> 32) & (c->slot_count - 1);

	while (c->slots[at]) {
		const struct entry *e = &c->entries.data[c->slots[at] - 1];

		if (e->inode == inode && e->device == device)
			break;
		at = (at + 1) & (c->slot_count - 1);
	}
	return &c->slots[at];
}

static void slots_make(struct stat_cache *c, size_t room)
{
	c->slot_count = 1024;
	while (c->slot_count < room * 2)
		c->slot_count *= 2;
	c->slots = arena_array(c->arena, uint32_t, c->slot_count);
	for (size_t i = 0; i < c->entries.n; i++)
		*slot_of(c, c->entries.data[i].device, c->entries.data[i].inode) = (uint32_t)i + 1;
}

/* What cannot be believed is as good as nothing. */
static void cache_load(struct store *s, struct stat_cache *c)
{
	struct str text = memo_load(s, STAT_NAME, c->arena);
	struct head head;

	if (text.n < sizeof(head))
		return;
	memcpy(&head, text.p, sizeof(head));
	uint64_t count = head.count;

	head.count = 0;
	if (memcmp(&head, &expected, sizeof(head)) != 0 || count != (text.n - sizeof(head)) / sizeof(struct entry))
		return;
	VEC_RESERVE(c->arena, &c->entries, (size_t)count);
	memcpy(c->entries.data, text.p + sizeof(head), (size_t)count * sizeof(struct entry));
	c->entries.n = (size_t)count;
}

static struct stat_cache *cache_of(struct store *s)
{
	if (s->stat_cache)
		return s->stat_cache;
	struct arena *a = arena_new();
	struct stat_cache *c = arena_make(a, struct stat_cache);

	c->arena = a;
	cache_load(s, c);
	slots_make(c, c->entries.n);
	s->stat_cache = c;
	return c;
}

bool stat_cache_find(struct store *s, const struct stat *st, struct digest *out)
{
	struct stat_cache *c = cache_of(s);
	uint32_t at = *slot_of(c, st->st_dev, st->st_ino);

	if (!at)
		return false;
	struct entry *e = &c->entries.data[at - 1];

	if (e->size != (uint64_t)st->st_size || e->mtime_ns != clock_file_ns(st->st_mtim) || e->ctime_ns != clock_file_ns(st->st_ctim))
		return false;
	uint32_t day = today(s);

	if (day > e->day + DAYS_LATE)
		c->dirty = true;
	if (day > e->day)
		e->day = day;
	*out = e->digest;
	return true;
}

void stat_cache_add(struct store *s, const struct stat *st, int64_t hashed_ns, const struct digest *d)
{
	struct stat_cache *c = cache_of(s);
	int64_t mtime = clock_file_ns(st->st_mtim), ctime = clock_file_ns(st->st_ctim);

	if ((mtime > ctime ? mtime : ctime) + CLOCK_GRANULARITY_NS > hashed_ns)
		return;
	struct entry e = { st->st_dev, st->st_ino, (uint64_t)st->st_size, mtime, ctime, today(s), 0, *d };
	uint32_t *slot = slot_of(c, e.device, e.inode);

	c->dirty = true;
	if (*slot) {
		c->entries.data[*slot - 1] = e;
		return;
	}
	if ((c->entries.n + 1) * 2 > c->slot_count) {
		slots_make(c, c->entries.n * 2);
		slot = slot_of(c, e.device, e.inode);
	}
	VEC_PUSH(c->arena, &c->entries, e);
	*slot = (uint32_t)c->entries.n;
}

static void cache_text(struct store *s, const struct stat_cache *c, struct sb *out)
{
	struct head head = expected;
	uint32_t day = today(s);

	for (size_t i = 0; i < c->entries.n; i++)
		head.count += c->entries.data[i].day + DAYS_KEPT >= day;
	sb_add(out, (struct str){ (const char *)&head, sizeof(head) });
	for (size_t i = 0; i < c->entries.n; i++)
		if (c->entries.data[i].day + DAYS_KEPT >= day)
			sb_add(out, (struct str){ (const char *)&c->entries.data[i], sizeof(struct entry) });
	memo_seal(out);
}

void stat_cache_close(struct store *s)
{
	if (!s->stat_cache)
		return;
	if (s->stat_cache->dirty) {
		struct sb text;

		sb_init(&text, MEMO_MAX);
		cache_text(s, s->stat_cache, &text);
		if (!text.overflow)
			memo_save(s, STAT_NAME, sb_str(&text));
		sb_release(&text);
	}
	arena_free(s->stat_cache->arena);
	s->stat_cache = NULL;
}
