/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `rung worker`: one job after the other, until the pipe closes.
 *
 * The protocol has a descriptor of its own: descriptor 1 is pointed at 2, so that a stray print of a library cannot break
 * a frame, and 2 at the attempt's log while a job runs. The study is loaded from the texts of the first frame, by the
 * first job that needs it: most kinds call no hooks.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/run/run.h"
#include "engine/run/worker.h"

#define LOG_MAX ((size_t)4 << 20) /* of stdout and of stderr that a metric sees: the last bytes */
#define PROTOCOL_FD 100           /* or above: out of the way of everything that libraries open */

/* ---- the study ---------------------------------------------------------------------------------------------------- */

static struct str *text_list(const struct value *hello, const char *key, struct arena *a, size_t *n)
{
	const struct value *v = value_get(hello, key);

	*n = v && v->type == V_LIST ? v->list.n : 0;
	struct str *out = arena_array(a, struct str, *n + 1);

	for (size_t i = 0; i < *n; i++)
		out[i] = v->list.items[i].s;
	return out;
}

static void load_study(struct service *s)
{
	const struct value *files = value_get(&s->hello, "files");
	size_t n = files && files->type == V_LIST ? files->list.n : 0;
	struct study_file *snapshot = arena_array(s->a, struct study_file, n + 1);
	struct study_options o = { .path = get_bool(&s->hello, "has_path") ? get_z(s->a, &s->hello, "path") : NULL,
		.phase = get_str(&s->hello, "phase"), .kinds = s->kinds, .snapshot = snapshot, .snapshot_count = n };

	for (size_t i = 0; i < n; i++)
		snapshot[i] = (struct study_file){ .path = get_str(&files->list.items[i], "path"),
			.text = get_str(&files->list.items[i], "text"), .probe = get_bool(&files->list.items[i], "probe"),
			.is_folder = get_bool(&files->list.items[i], "folder") };
	o.sets = text_list(&s->hello, "sets", s->a, &o.set_count);
	o.only = text_list(&s->hello, "only", s->a, &o.only_count);
	diags_init(&s->diags, s->a);
	s->tried = true;
	if (!study_load(&o, s->a, &s->diags, &s->study))
		s->study = NULL;
	if (s->study)
		s->front = study_front(s->study);
}

bool job_needs_study(struct job *j)
{
	struct service *s = j->service;

	if (!s->tried)
		load_study(s);
	if (s->study)
		return true;
	struct sb b;

	sb_init(&b, (size_t)64 << 10);
	sb_z(&b, "the worker cannot load the study: ");
	diags_render(&s->diags, &b, false);
	(void)job_fail(j, OUTCOME_HOOK, str_trim(sb_str(&b)), STR(""));
	sb_release(&b);
	return false;
}

static const struct kind *kind_of(struct job *j, struct str name)
{
	for (size_t i = 0; j->service->kinds[i]; i++)
		if (str_is(name, j->service->kinds[i]->name))
			return j->service->kinds[i];
	if (!job_needs_study(j))
		return NULL;
	const struct kind *const *kinds = study_kinds(j->service->study);

	for (size_t i = 0; kinds[i]; i++)
		if (str_is(name, kinds[i]->name))
			return kinds[i];
	(void)worker_host.fail(j, NULL, NULL, "the worker knows no kind '" STR_FMT "'", STR_ARG(name));
	return NULL;
}

/* ---- inputs ------------------------------------------------------------------------------------------------------- */

static bool gather_rows(struct job *j, const struct value *rows, struct str path)
{
	struct rows_of *from = arena_array(j->a, struct rows_of, rows->list.n + 1);
	struct str error = STR("");
	int err = fs_mkdirs(arena_str(j->a, path_dir(path)).p);

	if (err < 0)
		return worker_host.fail(j, NULL, NULL, STR_FMT ": cannot be made: %s", STR_ARG(path), strerror(-err)) == 0;
	for (size_t i = 0; i < rows->list.n; i++)
		from[i] = rows_decode(&rows->list.items[i], j->a);
	if (rows_write(j->a, path.p, from, rows->list.n, &error) != 0)
		return job_fail(j, OUTCOME_INPUT, error, STR("")) == 0;
	return true;
}

static bool take_inputs(struct job *j)
{
	const struct value *list = value_get(j->frame, "inputs");
	size_t n = list && list->type == V_LIST ? list->list.n : 0;

	j->inputs = arena_array(j->a, struct input, n + 1);
	for (size_t i = 0; i < n; i++) {
		const struct value *v = &list->list.items[i], *rows = value_get(v, "rows");

		j->inputs[i] = (struct input){ .name = get_str(v, "name"), .path = str_z(get_z(j->a, v, "path")),
			.format = get_str(v, "format"), .kind = get_str(v, "kind"), .digest = get_str(v, "digest"), .label = get_str(v, "label") };
		if (rows && !gather_rows(j, rows, j->inputs[i].path))
			return false;
	}
	j->input_count = n;
	return true;
}

/* ---- jobs --------------------------------------------------------------------------------------------------------- */

/* A kind written in Lua: fields and tables in, rows out. */
static void run_lua_kind(struct job *j)
{
	struct value args = value_map(j->a, 3), tables, result;

	if (!job_rows(j, &tables))
		return;
	value_set(&args, STR("fields"), j->fields);
	value_set(&args, STR("inputs"), tables);
	value_set(&args, STR("point"), j->point);
	if (!job_hook(j, STR("@kind"), &args, NULL, 0, &result))
		return;
	/* one row may stand without its list */
	if (result.type == V_MAP && result.map.n) {
		struct value *row = arena_make(j->a, struct value);

		*row = result;
		result = (struct value){ .type = V_LIST, .list = { row, 1 }, .at = row->at };
	}
	if (result.type != V_LIST && !(result.type == V_MAP && !result.map.n)) {
		(void)worker_host.fail(j, NULL, "return a list of rows, such as { {name = \"a\", score = 1} }",
		                       "the kind '%s' returned %s instead of rows", j->kind->name, value_type_name(&result));
		return;
	}
	struct writer *w = host_rows_open(j, j->kind->outputs ? j->kind->outputs[0].name : "table");

	for (size_t i = 0; w && result.type == V_LIST && i < result.list.n; i++)
		if (host_rows_put(w, &result.list.items[i]) != 0)
			return;
}

static void run_kind(struct job *j)
{
	const struct value *fields = value_get(j->frame, "fields"), *point = value_get(j->frame, "point");

	j->kind = kind_of(j, get_str(j->frame, "kind"));
	if (!j->kind || !take_inputs(j))
		return;
	j->fields = fields ? *fields : (struct value){ .type = V_MAP };
	j->point = point ? *point : (struct value){ .type = V_MAP };
	if (!j->kind->run)
		run_lua_kind(j);
	else if (j->kind->run(&worker_host, j) != 0 && !j->failed)
		(void)worker_host.fail(j, NULL, NULL, "the kind '%s' failed without saying why", j->kind->name);
}

static struct str log_text(struct job *j, const char *key)
{
	const char *path = get_z(j->a, j->frame, key);
	CLEANUP(close_fd) int fd = *path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	struct stat st;

	if (*path && (fd < 0 || fstat(fd, &st) != 0))
		(void)job_fail(j, OUTCOME_STORE, arena_printf(j->a, "%s: the command's %s cannot be read: %s", path, key, strerror(errno)), STR(""));
	if (fd < 0 || j->failed)
		return STR("");
	size_t n = (size_t)st.st_size < LOG_MAX ? (size_t)st.st_size : LOG_MAX, at = 0;
	char *bytes = arena_alloc(j->a, n + 1);

	while (at < n) {
		ssize_t got = pread(fd, bytes + at, n - at, st.st_size - (off_t)n + (off_t)at);

		if (got <= 0)
			break;
		at += (size_t)got;
	}
	return (struct str){ bytes, at };
}

static void run_metrics(struct job *j)
{
	const struct value *names = value_get(j->frame, "names");
	struct value args = value_map(j->a, 2);
	struct str out = log_text(j, "stdout");

	value_set(&args, STR("stdout"), value_str(out));
	value_set(&args, STR("stderr"), value_str(log_text(j, "stderr")));
	if (j->failed)
		return;
	const struct value list[] = { value_str(out), *value_get(&args, "stderr") }; /* for a function, by position */

	for (size_t i = 0; names && names->type == V_LIST && i < names->list.n; i++) {
		struct str name = names->list.items[i].s;
		struct value v;

		if (!job_hook(j, arena_printf(j->a, "metrics." STR_FMT, STR_ARG(name)), &args, list, countof(list), &v))
			return;
		if (v.type == V_NULL) {
			struct str tail = str_from(out, out.n > 400 ? out.n - 400 : 0, 400);

			(void)job_fail(j, OUTCOME_HOOK, arena_printf(j->a, "metric '" STR_FMT "': its hook gave nothing; stdout ends with: " STR_FMT,
			               STR_ARG(name), STR_ARG(tail.n ? str_trim(tail) : STR("(nothing)"))),
			               STR("a metric must be a number, text, true or false"));
			return;
		}
		if (v.type == V_LIST || v.type == V_MAP) {
			(void)job_fail(j, OUTCOME_HOOK, arena_printf(j->a, "metric '" STR_FMT "': its hook gave a %s: " STR_FMT, STR_ARG(name),
			               value_type_name(&v), STR_ARG(value_show(&v, j->a))), STR("a metric must be a number, text, true or false"));
			return;
		}
		(void)worker_host.metric(j, arena_str(j->a, name).p, &v);
	}
}

static struct value run_spec(struct job *j)
{
	const struct value *late = value_get(j->frame, "late");
	struct value none = { .type = V_NULL };
	struct spec spec;

	if (!job_needs_study(j))
		return none;
	if (!j->service->expanded) {
		struct graph *graph;

		/* what is wrong with it was told before the run */
		j->service->expanded = study_expand(j->service->study, &j->service->diags, &graph);
		j->service->front = study_front(j->service->study);
	}
	struct diags d = j->service->diags;

	d.arena = j->a;
	d.list = NULL;
	d.n = d.cap = d.errors = d.warnings = d.dropped = 0;
	if (j->service->front.spec(j->service->front.self, j->step, j->coords, late && late->list.n ? late->list.items : NULL, j->a, &spec, &d))
		return spec_encode(&spec, j->a);
	struct sb b;

	sb_init(&b, (size_t)64 << 10);
	diags_render(&d, &b, false);
	(void)job_fail(j, OUTCOME_HOOK, str_trim(sb_str(&b)), STR(""));
	sb_release(&b);
	return none;
}

/* What a job costs: of the worker, and of the programs that it ran. */
struct use {
	struct rusage self, children;
};

/* ---- serving ------------------------------------------------------------------------------------------------------ */

static int64_t microseconds(struct timeval after, struct timeval before)
{
	return (after.tv_sec - before.tv_sec) * INT64_C(1000000) + (after.tv_usec - before.tv_usec);
}

static void use_begin(struct use *u)
{
	CLEANUP(close_fd) int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

	/* 5: the peak of our memory counts from now; where that is forbidden it is the worker's, not the job's */
	if (fd >= 0)
		(void)!write(fd, "5", 1);
	(void)getrusage(RUSAGE_SELF, &u->self);
	(void)getrusage(RUSAGE_CHILDREN, &u->children);
}

static void put_use(struct value *v, const struct use *before)
{
	struct use now;

	(void)getrusage(RUSAGE_SELF, &now.self);
	(void)getrusage(RUSAGE_CHILDREN, &now.children);
	int64_t peak = now.self.ru_maxrss;

	/* of programs that it ran, one that was the largest so far */
	if (now.children.ru_maxrss > before->children.ru_maxrss && now.children.ru_maxrss > peak)
		peak = now.children.ru_maxrss;
	value_set(v, STR("user_us"), value_int(microseconds(now.self.ru_utime, before->self.ru_utime) +
	                                       microseconds(now.children.ru_utime, before->children.ru_utime)));
	value_set(v, STR("system_us"), value_int(microseconds(now.self.ru_stime, before->self.ru_stime) +
	                                         microseconds(now.children.ru_stime, before->children.ru_stime)));
	value_set(v, STR("max_rss_kb"), value_int(peak));
}

static struct value answer_of(struct job *j, const struct value *spec, const struct use *before)
{
	struct value v = value_map(j->a, 12);

	value_set(&v, STR("ok"), value_bool(!j->failed));
	value_set(&v, STR("metrics"), (struct value){ .type = V_MAP, .map = { j->metrics.data, j->metrics.n } });
	value_set(&v, STR("warnings"), (struct value){ .type = V_LIST, .list = { j->warnings.data, j->warnings.n } });
	put_use(&v, before);
	if (spec->type != V_NULL)
		value_set(&v, STR("spec"), *spec);
	if (j->failed) {
		value_set(&v, STR("outcome"), value_str(str_z(outcome_name(j->outcome))));
		value_set(&v, STR("detail"), value_str(j->detail));
		value_set(&v, STR("hint"), value_str(j->hint));
		value_set(&v, STR("passing"), value_bool(j->passing));
	}
	return v;
}

static void log_to(const char *path)
{
	CLEANUP(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd >= 0) {
		(void)dup2(fd, STDERR_FILENO);
		(void)dup2(fd, STDOUT_FILENO);
	}
}

static bool serve(struct service *s, const struct value *frame, int out, int own_err)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	const struct value *coords = value_get(frame, "coords");
	struct job j = { .service = s, .a = a, .frame = frame, .step = (uint32_t)get_int(frame, "step"),
		.seed = (uint64_t)get_int(frame, "seed") };
	struct value spec = { .type = V_NULL };
	struct str op = get_str(frame, "op");
	const char *log = get_z(a, frame, "log");
	struct use before;

	use_begin(&before);
	j.coords = arena_array(a, uint32_t, (coords ? coords->list.n : 0) + 1);
	for (size_t i = 0; coords && i < coords->list.n; i++)
		j.coords[i] = (uint32_t)coords->list.items[i].i;
	if (*log)
		log_to(log);
	if (str_is(op, "run"))
		run_kind(&j);
	else if (str_is(op, "metrics"))
		run_metrics(&j);
	else if (str_is(op, "spec"))
		spec = run_spec(&j);
	else
		(void)worker_host.fail(&j, NULL, NULL, "the worker knows no job '" STR_FMT "'", STR_ARG(op));
	if (!j.failed)
		(void)job_flush(&j);
	job_close(&j);
	(void)dup2(own_err, STDERR_FILENO);
	(void)dup2(own_err, STDOUT_FILENO);
	struct value answer = answer_of(&j, &spec, &before);

	return frame_send(out, &answer);
}

/* Where few descriptors are allowed, lower ones do. */
static int duplicate_high(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, PROTOCOL_FD);

	return high >= 0 ? high : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

int run_worker(const struct kind *const *kinds)
{
	struct service s = { .kinds = kinds, .a = arena_new() };
	struct frames in;
	int out = duplicate_high(STDOUT_FILENO), own_err = duplicate_high(STDERR_FILENO);
	bool alive;

	/* when the coordinator is gone, nobody wants the answer */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_IGN);
	if (out < 0 || own_err < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return 1;
	frames_init(&in);
	alive = frame_receive(&in, STDIN_FILENO, s.a, &s.hello) == 1;
	while (alive) {
		CLEANUP(arena_cleanup) struct arena *a = arena_new();
		struct value frame;

		alive = frame_receive(&in, STDIN_FILENO, a, &frame) == 1 && serve(&s, &frame, out, own_err);
	}
	frames_release(&in);
	study_close(s.study);
	arena_free(s.a);
	return 0;
}
