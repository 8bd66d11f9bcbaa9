/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What keys take from outside: files and folders of the study, output of tools, environment. Each is looked at once per
 * plan, however many tasks name it: a run works on the study as it was when it started.
 *
 * A folder's digest is SHA-256 over "rung-folder-1\n" and, in byte order of the relative paths, canonical bytes of
 * [path, "file", digest], [path, "folder", digest] and [path, "link", target]. A link counts as the file or folder that it
 * leads to, for that is what a command reads through it; one that leads nowhere, or into a folder that is being listed
 * (whose content counts already), counts as its text. Folders named .rung and .git are not part of it.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/plan/internal.h"

static void consult(struct plan *p, struct str path, bool folder, const struct digest *read)
{
	if (p->looking_again)
		return;
	struct fresh_input in = { .path = path, .is_folder = folder };

	if (read) {
		in.was_read = true;
		in.read = *read;
	}
	VEC_PUSH(p->a, &p->consulted, in);
}

/* 0 or a negative errno. */
static int file_digest(struct plan *p, const char *path, struct digest *out)
{
	if (!p->store)
		return digest_file(path, out, NULL);
	if (store_file_digest(p->store, path, out) == STORE_OK)
		return 0;
	/* the store has the sentence, the errno is found again */
	int err = digest_file(path, out, NULL);

	return err;
}

#define LINKS_MAX 8 /* folders through links, one in the other: k of them that all lead to each other are k! walks */

struct folder_walk {
	struct plan *p;
	struct arena *a; /* that of the plan when paths are noted */
	struct str root, real; /* as named; without links */
	const struct folder_walk *outer; /* of the link that led here */
	struct sb listing;
};

static int folder_digest(struct folder_walk *f, struct digest *out);

static void list_entry(struct folder_walk *f, const char *relative, struct str what, struct str content)
{
	struct value items[3] = { value_str(str_z(relative)), value_str(what), value_str(content) };
	struct value entry = { .type = V_LIST };

	entry.list.items = items;
	entry.list.n = countof(items);
	value_canon(&entry, &f->listing);
}

static bool is_listed(const struct folder_walk *f, struct str real)
{
	for (; f; f = f->outer)
		if (str_starts(real, f->real.p) && (real.n == f->real.n || real.p[f->real.n] == '/'))
			return true;
	return false;
}

static int see_file(struct folder_walk *f, const char *relative, struct str path)
{
	struct digest d;
	int err = file_digest(f->p, path.p, &d);

	if (err < 0)
		return err;
	consult(f->p, path, false, &d);
	list_entry(f, relative, STR("file"), (struct str){ (const char *)d.b, DIGEST_BYTES });
	return 0;
}

static int see_link(struct folder_walk *f, const char *relative, struct str path)
{
	char target[4096], real[PATH_MAX];
	struct digest d;
	struct stat st;
	bool leads = realpath(path.p, real) && stat(real, &st) == 0;

	if (leads && !is_listed(f, str_z(real))) {
		if (S_ISREG(st.st_mode))
			return see_file(f, relative, path);
		if (!S_ISDIR(st.st_mode))
			return 0; /* a device, a pipe: no content to know again */
		struct folder_walk inner = { .p = f->p, .a = f->a, .root = path, .outer = f };
		int err = folder_digest(&inner, &d);

		if (!err)
			list_entry(f, relative, STR("folder"), (struct str){ (const char *)d.b, DIGEST_BYTES });
		return err;
	}
	ssize_t n = readlink(path.p, target, sizeof(target));

	if (n < 0)
		return -errno;
	if (!leads)
		consult(f->p, path, false, NULL);
	list_entry(f, relative, STR("link"), (struct str){ target, (size_t)n });
	return 0;
}

static int see_entry(void *user, const char *relative, const struct stat *st)
{
	struct folder_walk *f = user;
	struct str path = path_join(f->a, f->root, str_z(relative)), name = path_base(path);

	if (S_ISREG(st->st_mode))
		return see_file(f, relative, path);
	if (S_ISLNK(st->st_mode))
		return see_link(f, relative, path);
	if (!S_ISDIR(st->st_mode))
		return 0;
	if (str_is(name, ".rung") || str_is(name, ".git"))
		return FS_SKIP;
	consult(f->p, path, true, NULL);
	return 0;
}

static int folder_digest(struct folder_walk *f, struct digest *out)
{
	char real[PATH_MAX];
	unsigned depth = 0;

	for (const struct folder_walk *o = f->outer; o; o = o->outer)
		if (++depth > LINKS_MAX)
			return -ELOOP;
	if (!realpath(f->root.p, real))
		return -errno;
	f->real = arena_z(f->a, real);
	consult(f->p, f->root, true, NULL);
	sb_init(&f->listing, SIZE_MAX / 2);
	sb_z(&f->listing, "rung-folder-1\n");
	int err = fs_walk(f->root.p, see_entry, f);

	if (err >= 0)
		*out = digest_of(sb_str(&f->listing));
	sb_release(&f->listing);
	return err < 0 ? err : 0;
}

static int content_digest(struct plan *p, struct str absolute, bool folder, struct arena *a, struct digest *out)
{
	struct folder_walk f = { .p = p, .a = a, .root = absolute };

	return folder ? folder_digest(&f, out) : file_digest(p, absolute.p, out);
}

bool plan_look(struct plan *p, struct str absolute, struct digest *out)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct stat st;

	if (stat(absolute.p, &st) != 0)
		return false;
	p->looking_again = true;
	int err = content_digest(p, absolute, S_ISDIR(st.st_mode), a, out);

	p->looking_again = false;
	return !err;
}

static struct file_note *look_at(struct plan *p, struct str path)
{
	struct file_note *note = arena_make(p->a, struct file_note);
	struct str absolute = path_join(p->a, p->g->root, path);
	struct stat st;

	(void)map_put(&p->files, arena_str(p->a, path), note);
	if (stat(absolute.p, &st) != 0)
		note->err = -errno;
	else if (S_ISDIR(st.st_mode))
		note->is_tree = true;
	else if (!S_ISREG(st.st_mode))
		note->err = -EINVAL;
	if (note->err)
		return note;
	note->err = content_digest(p, absolute, note->is_tree, p->a, &note->digest);
	if (!note->err && !note->is_tree)
		consult(p, absolute, false, &note->digest);
	return note;
}

bool input_digest(struct plan *p, struct str path, struct span at, struct diags *d, struct digest *out)
{
	struct file_note *note = map_get(&p->files, path);

	if (!note)
		note = look_at(p, path);
	if (!note->err) {
		*out = note->digest;
		return true;
	}
	if (d && !note->reported) {
		note->reported = true;
		if (note->err == -EINVAL)
			(void)diag_error(d, at, "input", "input '" STR_FMT "' is neither a file nor a folder", STR_ARG(path)),
				diag_hint(d, "sockets, pipes and devices have no content to know again");
		else
			(void)diag_error(d, at, "input", "input '" STR_FMT "' cannot be read: %s", STR_ARG(path), strerror(-note->err));
	}
	return false;
}

bool input_tool(struct plan *p, struct str command, struct span at, struct diags *d, struct str *out)
{
	struct tool_note *note = map_get(&p->tools, command);

	if (!note) {
		note = arena_make(p->a, struct tool_note);
		note->ok = tool_output(arena_str(p->a, p->g->root).p, command, p->a, &note->output, &note->why);
		(void)map_put(&p->tools, arena_str(p->a, command), note);
	}
	*out = note->output;
	if (!note->ok && d && !note->reported) {
		note->reported = true;
		(void)diag_error(d, at, "tool", "the tool '" STR_FMT "' " STR_FMT, STR_ARG(command), STR_ARG(note->why));
		diag_hint(d, "commands under tools: must print their version to stdout and exit with 0");
	}
	return note->ok;
}

/* Variables that came from outside; those that the study sets to a text of its own cannot be told from them when both are
 * the same, which does no harm: they are compared more than need be. */
void input_env(struct plan *p, const struct value *env)
{
	for (size_t i = 0; env->type == V_MAP && i < env->map.n; i++) {
		const struct pair *pair = &env->map.pairs[i];

		if (map_has(&p->env, pair->key))
			continue;
		struct str name = arena_str(p->a, pair->key);
		const char *now = getenv(name.p);
		struct value *kept = arena_make(p->a, struct value);

		if (pair->val.type == V_NULL && !now)
			*kept = (struct value){ .type = V_NULL };
		else if (pair->val.type == V_STR && now && str_is(pair->val.s, now))
			*kept = value_str(arena_str(p->a, pair->val.s));
		else
			continue;
		(void)map_put(&p->env, name, kept);
	}
}

void plan_consulted(const struct plan *p, struct fresh_facts *facts, struct arena *a)
{
	facts->inputs = arena_array(a, struct fresh_input, p->consulted.n + 1);
	facts->input_count = 0;
	struct map seen = { .arena = a };

	for (size_t i = 0; i < p->consulted.n; i++)
		if (!map_has(&seen, p->consulted.data[i].path)) {
			(void)map_put(&seen, p->consulted.data[i].path, facts);
			facts->inputs[facts->input_count++] = p->consulted.data[i];
		}
	facts->tools = arena_array(a, struct fresh_tool, p->tools.n + 1);
	facts->tool_count = p->tools.n;
	for (size_t i = 0; i < p->tools.n; i++)
		facts->tools[i] = (struct fresh_tool){ p->tools.entries[i].key, ((struct tool_note *)p->tools.entries[i].value)->output };
	facts->envs = arena_array(a, struct fresh_env, p->env.n + 1);
	facts->env_count = p->env.n;
	for (size_t i = 0; i < p->env.n; i++) {
		const struct value *v = p->env.entries[i].value;

		facts->envs[i] = (struct fresh_env){ p->env.entries[i].key, v->type == V_STR ? v->s : STR(""), v->type == V_STR };
	}
}
