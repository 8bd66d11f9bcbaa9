/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a kind may ask of its host: fields, inputs, outputs, metrics, hooks.
 */
#include <string.h>

#include "engine/run/internal.h"
#include "engine/run/worker.h"

#define MESSAGE_MAX ((size_t)64 << 10)

int job_fail(struct job *j, enum outcome outcome, struct str detail, struct str hint)
{
	if (j->failed)
		return -1;
	j->failed = true;
	j->outcome = outcome;
	j->detail = arena_str(j->a, detail);
	j->hint = arena_str(j->a, hint);
	return -1;
}

static void *host_alloc(struct job *j, size_t bytes)
{
	return arena_alloc(j->a, bytes);
}

PRINTF(4, 5) static int host_fail(struct job *j, const char *field, const char *hint, const char *fmt, ...)
{
	struct sb b;
	va_list ap;

	sb_init(&b, MESSAGE_MAX);
	if (field)
		sb_printf(&b, "%s: ", field);
	va_start(ap, fmt);
	sb_vprintf(&b, fmt, ap);
	va_end(ap);
	(void)job_fail(j, OUTCOME_REFUSED, sb_str(&b), str_z(hint));
	sb_release(&b);
	return -1;
}

PRINTF(2, 3) static void host_warn(struct job *j, const char *fmt, ...)
{
	struct sb b;
	va_list ap;

	sb_init(&b, MESSAGE_MAX);
	va_start(ap, fmt);
	sb_vprintf(&b, fmt, ap);
	va_end(ap);
	VEC_PUSH(j->a, &j->warnings, value_str(sb_take(&b, j->a)));
	sb_release(&b);
}

static const struct value *host_fields(struct job *j)
{
	return &j->fields;
}

static const struct value *host_point(struct job *j)
{
	return &j->point;
}

static struct str host_task(struct job *j)
{
	return get_str(j->frame, "task");
}

static uint64_t host_seed(struct job *j)
{
	return j->seed;
}

static const struct input *host_input(struct job *j, struct str name)
{
	for (size_t i = 0; i < j->input_count; i++)
		if (str_same(j->inputs[i].name, name))
			return &j->inputs[i];
	return NULL;
}

static const struct input *host_inputs(struct job *j, size_t *n)
{
	*n = j->input_count;
	return j->inputs;
}

static const char *host_out(struct job *j, const char *output)
{
	struct str path = get_str(value_get(j->frame, "outs"), output);

	if (!path.n) {
		(void)host_fail(j, NULL, NULL, "the kind has no output '%s'", output);
		return NULL;
	}
	return arena_str(j->a, path).p;
}

static int host_metric(struct job *j, const char *name, const struct value *v)
{
	struct pair p = { .key = arena_z(j->a, name) };

	if (v->type == V_LIST || v->type == V_MAP)
		return host_fail(j, NULL, NULL, "the metric '%s' is a %s; a metric is one value", name, value_type_name(v));
	p.val = value_copy(j->a, v);
	for (size_t i = 0; i < j->metrics.n; i++)
		if (str_same(j->metrics.data[i].key, p.key))
			return j->metrics.data[i] = p, 0;
	VEC_PUSH(j->a, &j->metrics, p);
	return 0;
}

/* ---- hooks -------------------------------------------------------------------------------------------------------- */

/* What was recorded, rendered with place and caret; the sources are those of the study. */
static void fail_with_diags(struct job *j, const struct diags *d)
{
	struct sb b;

	sb_init(&b, MESSAGE_MAX);
	diags_render(d, &b, false);
	(void)job_fail(j, OUTCOME_HOOK, b.n ? str_trim(sb_str(&b)) : STR("a hook failed without a word"), STR(""));
	sb_release(&b);
}

bool job_hook(struct job *j, struct str field, const struct value *args, const struct value *list, size_t n, struct value *result)
{
	if (!job_needs_study(j))
		return false;
	struct diags d = j->service->diags;
	struct hook_call call = { .step = j->step, .coords = j->coords, .field = field, .list = list, .list_count = n, .seed = j->seed,
		                  .wall_s = run_env_ms("RUNG_HOOK_MS", 0) / 1000 };

	d.arena = j->a;
	d.list = NULL;
	d.n = d.cap = d.errors = d.warnings = d.dropped = 0;
	call.args = args ? *args : (struct value){ .type = V_MAP };
	*result = (struct value){ .type = V_NULL };
	if (j->service->front.hook(j->service->front.self, &call, j->a, result, &d))
		return true;
	fail_with_diags(j, &d);
	return false;
}

/* Without arguments the hook is a step's own function: it gets the tables by name. */
static int host_call(struct job *j, const char *field, const struct value *args, size_t n, struct value *result)
{
	struct value tables = { .type = V_MAP };

	if (n == 0 && !job_rows(j, &tables))
		return -1;
	return job_hook(j, str_z(field), &tables, args, n, result) ? 0 : -1;
}

const struct host worker_host = {
	.abi = RUNG_ABI,
	.struct_size = sizeof(struct host),
	.alloc = host_alloc,
	.fail = host_fail,
	.warn = host_warn,
	.fields = host_fields,
	.point = host_point,
	.task = host_task,
	.seed = host_seed,
	.input = host_input,
	.inputs = host_inputs,
	.out = host_out,
	.metric = host_metric,
	.table_open = host_table_open,
	.table_columns = host_table_columns,
	.table_next = host_table_next,
	.table_line = host_table_line,
	.table_raw = host_table_raw,
	.table_header = host_table_header,
	.rows_open = host_rows_open,
	.rows_put = host_rows_put,
	.call = host_call,
	.sql = host_sql,
	.command = host_command,
	.download = host_download,
	.number = str_real,
};
