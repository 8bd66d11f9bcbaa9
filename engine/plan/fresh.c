/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The certificate `.rung/fresh`: "rung-fresh-1\n", the canonical bytes of one map, and the SHA-256 of all before it, so
 * that a torn one is none. It is replaced by renaming and not synced: it can always be made again.
 *
 *   asked, root, study, version   texts; version is rung's own
 *   paths      [path, mark, …]    the binary, ledger.db, ledger.db-wal, objects/ and its 256 folders, inputs, published files
 *   envs       [name, value or nothing, …]
 *   tools      [command, output, …]
 *   skipped, tasks                counts to report
 *
 * A mark is how a path stood (mark.c). What changed after the command began to read may have been read before it changed:
 * an input of which that is possible is certified only when its content is what was read; otherwise there is no
 * certificate, and the next run writes one. Marks that were racy are replaced when a check finds that they hold and that
 * time has passed, so that files are hashed a few times at most.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/fs.h"
#include "engine/base/vec.h"
#include "engine/plan/fresh.h"
#include "engine/plan/mark.h"

#define MAGIC "rung-fresh-1\n"
#define CEILING ((size_t)256 << 20)
#define SECOND INT64_C(1000000000)
/* Times of files come from a clock that ticks 100 to 1000 times a second and may lag behind the one that is read. */
#define TICK_NS INT64_C(20000000)

typedef VEC(struct value) values;

struct marks { /* the paths of a certificate in the making */
	values list;
	struct arena *a;
	const struct fresh_place *place;
};

static int64_t now_ns(const struct fresh_place *place)
{
	return place->clock->wall_ns(place->clock);
}

/* ---- the file ----------------------------------------------------------------------------------------------------- */

static struct str path_of(const char *rung_dir, struct arena *a)
{
	return arena_printf(a, "%s/fresh", rung_dir);
}

void fresh_forget(const char *rung_dir)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();

	(void)unlink(path_of(rung_dir, a).p);
}

static bool write_all(int fd, struct str text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text = str_from(text, (size_t)n, text.n);
	}
	return true;
}

static void save(const char *rung_dir, const struct value *map, struct arena *a)
{
	const char *path = path_of(rung_dir, a).p, *aside = arena_printf(a, "%s/.rung-%ld-fresh.tmp", rung_dir, (long)getpid()).p;
	struct sb text;

	sb_init(&text, CEILING);
	sb_z(&text, MAGIC);
	value_canon(map, &text);
	struct digest seal = digest_of(sb_str(&text));

	sb_add(&text, (struct str){ (const char *)seal.b, DIGEST_BYTES });
	int fd = text.overflow ? -1 : open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	bool written = fd >= 0 && write_all(fd, sb_str(&text));

	if (fd >= 0 && close(fd) != 0)
		written = false;
	if (!written || rename(aside, path) != 0) {
		(void)unlink(aside);
		(void)unlink(path);
	}
	sb_release(&text);
}

static bool load(const char *rung_dir, struct arena *a, struct value *out)
{
	struct str text;
	struct digest seal;

	if (fs_read(a, path_of(rung_dir, a).p, CEILING, &text) < 0 || text.n < sizeof(MAGIC) + DIGEST_BYTES)
		return false;
	text.n -= DIGEST_BYTES;
	memcpy(seal.b, text.p + text.n, DIGEST_BYTES);
	struct digest found = digest_of(text);

	return digest_same(&seal, &found) && str_starts(text, MAGIC) &&
	       value_uncanon(a, str_from(text, sizeof(MAGIC) - 1, text.n), out) && out->type == V_MAP;
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

/* When this process began: the inputs were read after it. 0 when that cannot be found out. */
static int64_t process_began(const struct fresh_place *place, struct arena *a)
{
	struct str text, field;
	struct timespec up;
	int64_t ticks = 0, hz = sysconf(_SC_CLK_TCK);

	if (fs_read(a, "/proc/self/stat", 4096, &text) < 0 || hz <= 0 || clock_gettime(CLOCK_BOOTTIME, &up) != 0)
		return 0;
	/* the name in brackets may hold anything, blanks and brackets included; the start time is the 20th field behind it */
	size_t name = text.n;

	while (name && text.p[name - 1] != ')')
		name--;
	text = str_from(text, name + 1, text.n);
	for (int i = 0; i < 20; i++)
		if (!str_split(&text, ' ', &field))
			return 0;
	if (!str_int(field, &ticks))
		return 0;
	return now_ns(place) - (up.tv_sec * SECOND + up.tv_nsec - ticks * (SECOND / hz));
}

static void add_path(struct marks *to, struct str path, const struct mark *m)
{
	VEC_PUSH(to->a, &to->list, value_str(path));
	VEC_PUSH(to->a, &to->list, mark_value(m, to->a));
}

/* A path of which only how it stands now matters. */
static bool certify(struct marks *to, struct str path)
{
	struct mark m;

	if (!mark_take(arena_str(to->a, path).p, now_ns(to->place), &m))
		return false;
	add_path(to, path, &m);
	return true;
}

struct certifying {
	struct marks *to;
	struct str root;
};

static int certify_entry(void *user, const char *relative, const struct stat *st)
{
	struct certifying *c = user;

	/* what is neither file, link nor folder was not published */
	if (!S_ISREG(st->st_mode) && !S_ISLNK(st->st_mode) && !S_ISDIR(st->st_mode))
		return 0;
	return certify(c->to, path_join(c->to->a, c->root, str_z(relative))) ? 0 : -EIO;
}

/* A published folder counts with all it holds. */
static bool certify_published(struct marks *to, struct str path)
{
	struct certifying c = { to, path };
	struct stat st;

	if (!certify(to, path))
		return false;
	if (stat(arena_str(to->a, path).p, &st) != 0 || !S_ISDIR(st.st_mode))
		return true;
	return fs_walk(arena_str(to->a, path).p, certify_entry, &c) >= 0;
}

/* A path that was read after `since`: did it change since then? */
static bool certify_input(struct marks *to, const struct fresh_input *in, int64_t since)
{
	const char *path = arena_str(to->a, in->path).p;
	struct mark m;

	if (!mark_take(path, now_ns(to->place), &m))
		return false;
	int64_t changed = m.mtime_ns > m.ctime_ns ? m.mtime_ns : m.ctime_ns;

	if (m.kind != MARK_ABSENT && changed + TICK_NS >= since) {
		struct digest content = m.content;

		if (!in->was_read || m.kind != MARK_FILE)
			return false;
		if (!m.racy && digest_file(path, &content, NULL) != 0)
			return false;
		if (!digest_same(&content, &in->read))
			return false;
	}
	add_path(to, in->path, &m);
	return true;
}

/* SQLite's log: readers leave an empty one behind, which is none. */
static bool certify_log(struct marks *to, struct str path)
{
	struct mark m;

	if (!mark_take(path.p, now_ns(to->place), &m))
		return false;
	if (m.kind == MARK_ABSENT || (m.kind == MARK_FILE && !m.size))
		m = (struct mark){ .kind = MARK_EMPTY };
	add_path(to, path, &m);
	return true;
}

/* The binary, the ledger, the objects. */
static bool certify_store(struct marks *to)
{
	struct arena *a = to->a;
	const char *rung_dir = to->place->rung_dir;
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0 || !certify(to, arena_str(a, (struct str){ self, (size_t)n })) ||
	    !certify(to, arena_printf(a, "%s/ledger.db", rung_dir)) ||
	    !certify_log(to, arena_printf(a, "%s/ledger.db-wal", rung_dir)) || !certify(to, arena_printf(a, "%s/objects", rung_dir)))
		return false;
	for (unsigned i = 0; i < 256; i++)
		if (!certify(to, arena_printf(a, "%s/objects/%02x", rung_dir, i)))
			return false;
	return true;
}

static bool certify_paths(struct marks *to, const struct fresh_facts *facts)
{
	int64_t since = facts->since_ns ? facts->since_ns : process_began(to->place, to->a);

	if (!since || !certify_store(to))
		return false;
	for (size_t i = 0; i < facts->input_count; i++)
		if (!certify_input(to, &facts->inputs[i], since))
			return false;
	for (size_t i = 0; i < facts->published_count; i++)
		if (!certify_published(to, facts->published[i]))
			return false;
	return true;
}

static struct value list_of(const values *v)
{
	struct value list = { .type = V_LIST };

	list.list.items = v->data;
	list.list.n = v->n;
	return list;
}

void fresh_write(const struct fresh_place *place, const struct fresh_facts *facts)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct marks paths = { .a = a, .place = place };
	values envs = { 0 }, tools = { 0 };
	struct value map = value_map(a, 9);

	if (!certify_paths(&paths, facts)) {
		fresh_forget(place->rung_dir);
		return;
	}
	for (size_t i = 0; i < facts->env_count; i++) {
		VEC_PUSH(a, &envs, value_str(facts->envs[i].name));
		VEC_PUSH(a, &envs, facts->envs[i].has ? value_str(facts->envs[i].value) : (struct value){ .type = V_NULL });
	}
	for (size_t i = 0; i < facts->tool_count; i++) {
		VEC_PUSH(a, &tools, value_str(facts->tools[i].command));
		VEC_PUSH(a, &tools, value_str(facts->tools[i].output));
	}
	(void)value_set(&map, STR("asked"), value_str(facts->asked));
	(void)value_set(&map, STR("envs"), list_of(&envs));
	(void)value_set(&map, STR("paths"), list_of(&paths.list));
	(void)value_set(&map, STR("root"), value_str(str_z(place->root)));
	(void)value_set(&map, STR("skipped"), value_int((int64_t)facts->skipped));
	(void)value_set(&map, STR("study"), value_str(facts->study));
	(void)value_set(&map, STR("tasks"), value_int((int64_t)facts->tasks));
	(void)value_set(&map, STR("tools"), list_of(&tools));
	(void)value_set(&map, STR("version"), value_str(STR(RUNG_VERSION)));
	save(place->rung_dir, &map, a);
}

/* ---- checking ----------------------------------------------------------------------------------------------------- */

static bool text_is(const struct value *map, const char *key, struct str expected)
{
	const struct value *v = value_get(map, key);

	return v && v->type == V_STR && str_same(v->s, expected);
}

static bool count_of(const struct value *map, const char *key, size_t *out)
{
	const struct value *v = value_get(map, key);

	if (!v || v->type != V_INT || v->i < 0)
		return false;
	*out = (size_t)v->i;
	return true;
}

/* A list of [text, anything, …]. */
static bool pairs_of(const struct value *map, const char *key, struct value **items, size_t *n)
{
	const struct value *v = value_get(map, key);

	if (!v || v->type != V_LIST || v->list.n % 2)
		return false;
	for (size_t i = 0; i < v->list.n; i += 2)
		if (v->list.items[i].type != V_STR)
			return false;
	*items = v->list.items;
	*n = v->list.n / 2;
	return true;
}

static bool paths_hold(const struct value *map, const struct fresh_place *place, struct arena *a, bool *renew)
{
	struct value *items;
	int64_t now = now_ns(place);
	size_t n;

	if (!pairs_of(map, "paths", &items, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct mark then;
		bool settled;

		/* texts that were read back end with NUL */
		if (!mark_parse(&items[2 * i + 1], &then) || !mark_holds(items[2 * i].s.p, &then, now, &settled))
			return false;
		if (!settled)
			continue;
		then.racy = false;
		items[2 * i + 1] = mark_value(&then, a);
		*renew = true;
	}
	return true;
}

static bool envs_hold(const struct value *map)
{
	struct value *items;
	size_t n;

	if (!pairs_of(map, "envs", &items, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *now = getenv(items[2 * i].s.p);
		const struct value *then = &items[2 * i + 1];

		if ((then->type == V_STR) != (now != NULL) || (now && !str_is(then->s, now)))
			return false;
	}
	return true;
}

static bool tools_hold(const struct value *map, const char *root, struct arena *a)
{
	struct value *items;
	struct str output, why;
	size_t n;

	if (!pairs_of(map, "tools", &items, &n))
		return false;
	for (size_t i = 0; i < n; i++)
		if (items[2 * i + 1].type != V_STR || !tool_output(root, items[2 * i].s, a, &output, &why) ||
		    !str_same(output, items[2 * i + 1].s))
			return false;
	return true;
}

int fresh_check(const struct fresh_place *place, struct str asked, struct arena *a, struct fresh_facts *out)
{
	struct fresh_facts facts = { .asked = asked };
	struct value map;
	const struct value *study;
	bool renew = false;

	if (!load(place->rung_dir, a, &map) || !text_is(&map, "version", STR(RUNG_VERSION)) || !text_is(&map, "asked", asked) ||
	    !text_is(&map, "root", str_z(place->root)) || !count_of(&map, "tasks", &facts.tasks) || !count_of(&map, "skipped", &facts.skipped))
		return 0;
	study = value_get(&map, "study");
	if (!study || study->type != V_STR || !envs_hold(&map) || !paths_hold(&map, place, a, &renew) ||
	    !tools_hold(&map, place->root, a))
		return 0;
	if (renew)
		save(place->rung_dir, &map, a);
	facts.study = study->s;
	*out = facts;
	return 1;
}
