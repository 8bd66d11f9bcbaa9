/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/cli/progress.h"

#include <string.h>

#include "engine/cli/command.h"

#define REDRAW_NS 100000000
#define TAILS_KEPT 10

static size_t ended(const struct run_counts *c)
{
	return c->ran + c->cached + c->failed + c->blocked + c->skipped;
}

/* ---- the live line ------------------------------------------------------------------------------------------------ */

void progress_clear(struct progress *p)
{
	if (p->drawn)
		err_text(STR("\r\033[K"));
	p->drawn = false;
}

/* Nothing for a study that spends nothing. */
static struct str money_text(struct arena *a, int64_t picodollars)
{
	return picodollars ? arena_printf(a, ", $%.2f", (double)picodollars / 1e12) : STR("");
}

static void draw(struct progress *p, const struct event *e)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	const struct run_counts *c = e->counts;
	unsigned columns = terminal_columns() - 1;
	size_t running = c->running ? c->running : e->running_count;
	struct str left = c->eta_s >= 0 ? arena_printf(a, ", " STR_FMT " left", STR_ARG(clock_span(a, c->eta_s))) : STR("");
	char total[24];
	int digits = snprintf(total, sizeof(total), "%zu", c->tasks);
	struct str head = arena_printf(a, "[%*zu/%s] %zu running", digits, ended(c), total, running);
	struct str end = arena_printf(a, "  %s" STR_FMT " elapsed" STR_FMT STR_FMT,
	                              c->failed ? arena_printf(a, "%zu failed, ", c->failed).p : "",
	                              STR_ARG(clock_span(a, c->seconds)), STR_ARG(left), STR_ARG(money_text(a, c->spent)));
	unsigned used = text_width(head) + text_width(end) + 2;
	struct str name = e->running_count ? e->running[0] : STR("");
	struct sb line;

	sb_init(&line, (size_t)1 << 16);
	sb_z(&line, "\r");
	sb_add(&line, head);
	if (name.n && used + 8 < columns) {
		sb_z(&line, ": ");
		sb_add(&line, text_fit(a, name, columns - used - 2));
		if (running > 1)
			sb_z(&line, " …");
	}
	sb_add(&line, end);
	struct str fitted = text_fit(a, str_from(sb_str(&line), 1, line.n), columns);

	sb_clear(&line);
	sb_printf(&line, "\r" STR_FMT "\033[K", STR_ARG(fitted));
	err_text(sb_str(&line));
	sb_release(&line);
	p->drawn = true;
}

static void tick(struct progress *p, const struct event *e)
{
	int64_t now = system_clock.monotonic_ns(&system_clock);

	if (p->show != SHOW_LIVE || !e->counts || (p->drawn && now - p->last_ns < REDRAW_NS))
		return;
	p->last_ns = now;
	draw(p, e);
}

/* ---- lines -------------------------------------------------------------------------------------------------------- */

/* The line and the caret below a hook's error come with the summary. */
static struct str first_line(struct str text)
{
	struct str line = text;

	(void)str_split(&text, '\n', &line);
	return line;
}

static void line(struct progress *p, const struct event *e, enum paint colour, const char *what)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct sb b;

	if (p->show == SHOW_QUIET)
		return;
	progress_clear(p);
	sb_init(&b, (size_t)1 << 20);
	if (e->counts) {
		char total[24];
		int digits = snprintf(total, sizeof(total), "%zu", e->counts->tasks);

		sb_printf(&b, "[%*zu/%s] ", digits, ended(e->counts), total);
	}
	sb_printf(&b, "%s%s%s " STR_FMT, paint_err(colour), what, paint_err(PLAIN), STR_ARG(e->task));
	if (e->kind == EVENT_TASK_DONE)
		sb_printf(&b, "  " STR_FMT, STR_ARG(seconds_text(a, e->seconds)));
	if (e->kind == EVENT_TASK_RETRY)
		sb_printf(&b, " (attempt %d: " STR_FMT "; again in " STR_FMT ")", e->attempt, STR_ARG(e->detail), STR_ARG(seconds_text(a, e->seconds)));
	if (e->kind == EVENT_TASK_FAILED)
		sb_printf(&b, ": " STR_FMT, STR_ARG(first_line(e->detail)));
	sb_char(&b, '\n');
	err_text(sb_str(&b));
	sb_release(&b);
}

/* ---- JSON --------------------------------------------------------------------------------------------------------- */

static const char *event_name(enum event_kind k)
{
	static const char *const names[] = {
		[EVENT_STARTED] = "started",     [EVENT_TASK_START] = "start",     [EVENT_TASK_DONE] = "done",
		[EVENT_TASK_HIT] = "hit",        [EVENT_TASK_RETRY] = "retry",     [EVENT_TASK_FAILED] = "failed",
		[EVENT_TASK_BLOCKED] = "blocked", [EVENT_TASK_SKIPPED] = "skipped", [EVENT_PUBLISHED] = "published",
		[EVENT_WARNING] = "warning",     [EVENT_DRAINING] = "draining",    [EVENT_TICK] = "tick",
		[EVENT_FINISHED] = "finished",
	};

	return names[k];
}

static void event_json(struct progress *p, const struct event *e)
{
	CLEANUP(arena_cleanup) struct arena *a = arena_new();
	struct value v = value_map(a, 12);

	if (e->kind == EVENT_TICK || e->kind == EVENT_FINISHED)
		return;
	(void)value_set(&v, STR("event"), value_str(str_z(event_name(e->kind))));
	if (e->kind == EVENT_STARTED && e->counts) {
		(void)value_set(&v, STR("study"), value_str(study_name(p->w->study)));
		(void)value_set(&v, STR("tasks"), value_int((int64_t)e->counts->tasks));
		(void)value_set(&v, STR("cached"), value_int((int64_t)e->counts->cached));
	}
	if (e->task.n)
		(void)value_set(&v, STR("task"), value_str(e->task));
	if (e->attempt > 0)
		(void)value_set(&v, STR("attempt"), value_int(e->attempt));
	if (e->kind == EVENT_TASK_DONE || e->kind == EVENT_TASK_RETRY)
		(void)value_set(&v, STR("seconds"), value_real(e->seconds));
	if (e->kind == EVENT_TASK_FAILED || e->kind == EVENT_TASK_RETRY)
		(void)value_set(&v, STR("outcome"), value_str(str_z(outcome_name(e->outcome))));
	if (e->detail.n)
		(void)value_set(&v, STR("detail"), value_str(e->detail));
	if (e->hint.n)
		(void)value_set(&v, STR("hint"), value_str(e->hint));
	if (e->tail.n)
		(void)value_set(&v, STR("tail"), value_str(e->tail));
	if (e->path.n)
		(void)value_set(&v, STR("path"), value_str(e->path));
	if (e->kind == EVENT_TASK_FAILED)
		(void)value_set(&v, STR("at"), value_span(p->w, e->at, a));
	out_json(&v);
	out_flush();
}

/* `skipped` is there only when a `when` was false: the contract's keys come first and alone. */
void finished_json(const struct run_counts *c)
{
	out_f("{\"event\":\"finished\",\"tasks\":%zu,\"ran\":%zu,\"cached\":%zu,\"failed\":%zu,\"blocked\":%zu,\"calls\":%zu,"
	      "\"calls_cached\":%zu,\"spent_usd\":\"%lld.%06lld\",\"seconds\":%.3f",
	      c->tasks, c->ran, c->cached, c->failed, c->blocked, c->calls, c->calls_cached, (long long)(c->spent / 1000000000000),
	      (long long)(c->spent % 1000000000000 / 1000000), c->seconds);
	if (c->skipped)
		out_f(",\"skipped\":%zu", c->skipped);
	out_text(STR("}\n"));
}

/* ---- events ------------------------------------------------------------------------------------------------------- */

/* One mistake in a step fails each of its tasks: the words are kept once. Only the first few failures keep theirs. */
static bool failed_before(struct progress *p, const struct event *e)
{
	for (size_t i = 0; i < p->failures.n && i < TAILS_KEPT; i++) {
		struct failure *f = &p->failures.data[i];

		if (f->at.line == e->at.line && f->at.file == e->at.file && f->outcome == e->outcome && str_same(f->detail, e->detail) &&
		    str_same(f->hint, e->hint) && str_same(f->tail, e->tail))
			return ++f->alike;
	}
	return false;
}

static void remember(struct progress *p, const struct event *e)
{
	struct arena *a = p->w->arena;

	if (e->kind == EVENT_PUBLISHED)
		VEC_PUSH(a, &p->published, arena_str(a, e->path));
	if (e->kind == EVENT_TASK_FAILED && !failed_before(p, e))
		VEC_PUSH(a, &p->failures,
		         ((struct failure){ arena_str(a, e->task), arena_str(a, e->detail), arena_str(a, e->hint),
		                            p->failures.n < TAILS_KEPT ? arena_str(a, e->tail) : STR(""), e->outcome, e->at, 0 }));
}

void progress_event(void *user, const struct event *e)
{
	struct progress *p = user;

	remember(p, e);
	if (p->show == SHOW_JSON) {
		event_json(p, e);
		return;
	}
	switch (e->kind) {
	case EVENT_TASK_DONE:
		if (p->show == SHOW_LINES)
			line(p, e, GREEN, "done");
		break;
	case EVENT_TASK_RETRY:
		line(p, e, YELLOW, "retry");
		break;
	case EVENT_TASK_FAILED:
		line(p, e, RED, "failed");
		break;
	case EVENT_WARNING:
		progress_clear(p);
		say("%swarning:%s " STR_FMT, paint_err(YELLOW), paint_err(PLAIN), STR_ARG(e->detail));
		break;
	case EVENT_DRAINING:
		progress_clear(p);
		say("interrupted: waiting for the running tasks; once more kills them");
		break;
	default:
		break;
	}
	tick(p, e);
}
