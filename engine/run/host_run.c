/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a kind runs: programs, downloads, SQL.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/net/download.h"
#include "engine/run/spawn.h"
#include "engine/run/worker.h"
#include "engine/store/sql.h"

#define TEXT_MAX ((size_t)1 << 20)

/* ---- SQL ---------------------------------------------------------------------------------------------------------- */

struct sql_out {
	struct writer *w;
	struct arena *a;
	bool failed;
};

static bool put_sql_row(void *user, size_t n, const struct str *columns, const struct value *values)
{
	struct sql_out *o = user;
	struct arena_mark mark = arena_mark(o->a);
	struct value row = value_map(o->a, n);

	for (size_t i = 0; i < n; i++)
		value_set(&row, columns[i], values[i]);
	o->failed = host_rows_put(o->w, &row) != 0;
	arena_reset(o->a, mark);
	return !o->failed;
}

/* "draw (n, seed, error), cities (id, name)": what a query that was wrong could have named. */
static const char *tables_hint(struct job *j)
{
	struct str text = STR("");

	for (size_t i = 0; i < j->input_count; i++) {
		const struct input *in = &j->inputs[i];
		bool known = str_is(in->format, "csv") || str_is(in->format, "jsonl");
		struct table *t = known ? host_table_open(j, in) : NULL;
		size_t n = 0;
		const struct str *columns = t ? table_columns(t, &n) : NULL;

		if (!t)
			continue;
		text = arena_printf(j->a, STR_FMT "%s" STR_FMT, STR_ARG(text), text.n ? "; " : "its tables: ", STR_ARG(in->name));
		for (size_t k = 0; k < n; k++)
			text = arena_printf(j->a, STR_FMT "%s" STR_FMT "%s", STR_ARG(text), k ? ", " : " (", STR_ARG(columns[k]), k + 1 == n ? ")" : "");
	}
	return text.n ? text.p : NULL;
}

static int run_sql(struct job *j, struct sql *q, struct str query, struct writer *w)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct sql_out o = { .w = w, .a = a };

	for (size_t i = 0; i < j->input_count; i++) {
		const struct input *in = &j->inputs[i];

		if (!str_is(in->format, "csv") && !str_is(in->format, "jsonl"))
			continue;
		if (!sql_load(q, in->name, in->path.p, in->label))
			return worker_host.fail(j, NULL, NULL, "%s", sql_error(q));
	}
	if (!sql_query(q, query, put_sql_row, &o) && !o.failed)
		return worker_host.fail(j, "sql", tables_hint(j), "%s", sql_error(q));
	return o.failed ? -1 : 0;
}

int host_sql(struct job *j, struct str query, const char *output)
{
	struct writer *w = host_rows_open(j, output);

	if (!w)
		return -1;
	struct sql *q = sql_new();
	int result = q ? run_sql(j, q, query, w) : worker_host.fail(j, NULL, NULL, "SQLite cannot be opened");

	sql_free(q);
	return result;
}

/* ---- programs ----------------------------------------------------------------------------------------------------- */

struct talk {
	int to, from; /* -1 = closed */
	struct str input;
	struct sb text;
};

static void talk_write(struct talk *t)
{
	ssize_t n = write(t->to, t->input.p, t->input.n);

	if (n > 0)
		t->input = str_from(t->input, (size_t)n, t->input.n);
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || !t->input.n)
		close_fd(&t->to);
}

static void talk_read(struct talk *t)
{
	char piece[16384];
	ssize_t n = read(t->from, piece, sizeof(piece));

	if (n > 0)
		sb_add(&t->text, (struct str){ piece, (size_t)n });
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_fd(&t->from);
}

/* Both ways at once, so that neither side waits for the other for ever. */
static void talk_all(struct talk *t)
{
	while (t->from >= 0) {
		struct pollfd fds[2] = { { .fd = t->from, .events = POLLIN }, { .fd = t->to, .events = POLLOUT } };

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		if (t->to >= 0 && fds[1].revents)
			talk_write(t);
		if (fds[0].revents)
			talk_read(t);
	}
}

int host_command(struct job *j, const char *const argv[], struct str input, struct str *text)
{
	int in[2], out[2], status = 0, err;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) != 0)
		return worker_host.fail(j, NULL, NULL, "'%s' cannot be started: %s", argv[0], strerror(errno));
	if (pipe2(out, O_CLOEXEC) != 0) {
		err = errno;
		(void)close(in[0]);
		(void)close(in[1]);
		return worker_host.fail(j, NULL, NULL, "'%s' cannot be started: %s", argv[0], strerror(err));
	}
	err = spawn_start(&(struct spawn){ .argv = argv, .envp = spawn_environment(j->a, NULL, 0), .cwd = NULL, .in = in[0],
	                                       .out = out[1], .err = out[1], .stay = true }, &pid);
	struct talk t = { .to = in[1], .from = out[0], .input = input };

	(void)close(in[0]);
	(void)close(out[1]);
	if (err) {
		close_fd(&t.to);
		close_fd(&t.from);
		return worker_host.fail(j, NULL, err == ENOENT ? "`rung doctor` says how to install what is missing" : NULL,
		                        err == ENOENT ? "the program '%s' is not installed" : "'%s' cannot be started", argv[0]);
	}
	(void)fcntl(t.to, F_SETFL, O_NONBLOCK);
	if (!input.n)
		close_fd(&t.to);
	sb_init(&t.text, TEXT_MAX);
	talk_all(&t);
	close_fd(&t.to);
	close_fd(&t.from);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	*text = sb_take(&t.text, j->a);
	sb_release(&t.text);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* ---- downloads ---------------------------------------------------------------------------------------------------- */

/* A file of that content, whoever made it: no server is asked. false: there is none, or it is damaged. */
static bool from_store(struct str root, const struct digest *want, const char *path, struct arena *a)
{
	char hex[DIGEST_HEX + 1];
	struct digest got;

	digest_hex(want, hex);
	if (fs_copy(arena_printf(a, STR_FMT "/objects/%.2s/%s", STR_ARG(root), hex, hex + 2).p, path, 0644) < 0)
		return false;
	if (digest_file(path, &got, NULL) == 0 && digest_same(&got, want))
		return true;
	(void)unlink(path);
	return false;
}

int host_download(struct job *j, struct str url, struct str sha256, const char *path)
{
	struct str root = path_dir(path_dir(get_str(j->frame, "dir")));
	/* below .rung/, and named by what it is to be: the next attempt, or the next run, goes on with it */
	struct download d = { .url = url, .path = path, .part = arena_printf(j->a, STR_FMT "/downloads/" STR_FMT ".part",
	                      STR_ARG(root), STR_ARG(sha256)).p };

	if (!digest_parse(sha256, &d.want))
		return worker_host.fail(j, "sha256", "`sha256sum FILE` prints it", "'" STR_FMT "' is no SHA-256: 64 hex digits", STR_ARG(sha256));
	if (from_store(root, &d.want, path, j->a) || download(&d, j->a) == 0)
		return 0;
	j->passing = d.passing;
	return worker_host.fail(j, "url", d.hint.n ? d.hint.p : NULL, STR_FMT, STR_ARG(d.error));
}
