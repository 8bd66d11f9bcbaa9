/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "plugins/threshold/threshold.h"

static const char *const names[] = { "needed", "cost", "price ratio", "budget", "at budget", "benefit" };

static struct value name_or_null(bool there, struct str name)
{
	return there ? value_str(name) : (struct value){ .type = V_NULL };
}

static void put_text(struct row *row, const char *key, const char *z)
{
	row_set(row, key, z ? value_str(str_of(z)) : (struct value){ .type = V_NULL });
}

static struct str unit_of(const struct market *m, const struct question *q)
{
	switch (q->what) {
	case ASK_NEEDED:
	case ASK_BENEFIT:
		return m->laws[q->a].x;
	case ASK_AT_BUDGET:
		return m->laws[q->a].y;
	case ASK_RATIO:
		return STR("ratio");
	default:
		return STR("USD");
	}
}

static struct value group_name(const struct market *m, int group)
{
	return name_or_null(group >= 0, group >= 0 ? m->laws[group].name : STR(""));
}

static void put_question(const struct market *m, struct row *row, const struct question *q)
{
	put_text(row, "question", names[q->what]);
	row_set(row, "a", value_str(m->laws[q->a].name));
	row_set(row, "b", name_or_null(question_of_two(q), m->laws[q->b].name));
	row_real(row, "given", q->given);
}

int write_answer(struct threshold *t, const struct answer *a)
{
	const struct market *m = &t->m;
	struct row row = { .w = m->w };
	const double scaled[] = { a->e.value, a->e.low, a->e.high, a->e.boot_low, a->e.boot_high };
	static const char *const columns[] = { "estimate", "low", "high", "boot_low", "boot_high" };

	put_question(m, &row, a->q);
	row_set(&row, "unit", value_str(unit_of(m, a->q)));
	for (size_t i = 0; i < 5; i++)
		row_real(&row, columns[i], a->there && !isnan(scaled[i]) ? question_value(a->q, &m->base, scaled[i]) : (double)NAN);
	row_real(&row, "se", a->there ? a->e.se : (double)NAN);
	put_text(&row, "method", a->e.method);
	row_set(&row, "inside", a->there ? value_bool(question_inside(m, a->q)) : (struct value){ .type = V_NULL });
	row_set(&row, "better", group_name(m, a->here));
	row_set(&row, "better_below", group_name(m, a->below));
	row_set(&row, "better_above", group_name(m, a->above));
	put_text(&row, "note", a->note);
	put_text(&row, "refused", a->refused);
	return m->w->host->rows_put(t->table, &row.map);
}

/* ---- sensitivity -------------------------------------------------------------------------------------------------- */

struct change {
	const char *what;
	struct str of; /* empty: of no group */
	double *number; /* inside the copy of the assumptions that is changed */
	double low, high;
};

static int write_change(struct threshold *t, const struct question *q, struct assumptions *s, const struct change *c)
{
	const struct market *m = &t->m;
	const double base = *c->number, ends[2] = { c->low, c->high };
	double got[2], now;
	struct row row = { .w = m->w };
	struct text name = { .w = m->w }, note = { .w = m->w };

	if (!question_answer(m, q, s, &now))
		return 0;
	for (size_t i = 0; i < 2; i++) {
		double moved;

		*c->number = ends[i];
		got[i] = isfinite(ends[i]) && question_answer(m, q, s, &moved) ? question_value(q, s, moved) : (double)NAN;
		*c->number = base;
		if (isnan(got[i]))
			text_printf(&note, "%sno answer at %s", note.n ? "; " : "",
			            isfinite(ends[i]) ? number_text(m->w, ends[i]).p : i ? "its open upper end" : "its open lower end");
	}
	text_printf(&name, "%s%s%.*s", c->what, c->of.n ? " of " : "", STR_ARG(c->of));
	put_question(m, &row, q);
	row_real(&row, "estimate", question_value(q, s, now));
	put_text(&row, "assumption", name.p);
	row_real(&row, "base", base);
	row_real(&row, "from", c->low);
	row_real(&row, "to", c->high);
	row_real(&row, "at_from", got[0]);
	row_real(&row, "at_to", got[1]);
	row_real(&row, "swing", fabs(got[1] - got[0]));
	put_text(&row, "note", note.n ? note.p : NULL);
	return m->w->host->rows_put(t->sensitivity, &row.map);
}

static struct change half_to_double(const char *what, struct str of, double *number)
{
	return (struct change){ what, of, number, *number / 2, *number * 2 };
}

static int write_group(struct threshold *t, const struct question *q, struct assumptions *s, size_t group)
{
	const struct market *m = &t->m;
	const struct fitted_law *l = &m->laws[group];
	const bool money = q->what != ASK_NEEDED && q->what != ASK_RATIO;
	struct change c = half_to_double("price", l->name, &s->price[group]);

	if (money && write_change(t, q, s, &c))
		return -1;
	c = half_to_double("fixed", l->name, &s->fixed[group]);
	if (money && s->fixed[group] > 0 && write_change(t, q, s, &c))
		return -1;
	if (!l->law)
		return 0;
	double *moved = work_array(m->w, double, l->spread.p);

	memcpy(moved, l->params, l->spread.p * sizeof *moved);
	s->params[group] = moved;
	for (size_t k = 0; k < l->spread.p; k++) {
		c = (struct change){ l->law->params[k].name, l->name, &moved[k], l->low[k], l->high[k] };
		if ((isfinite(c.low) || isfinite(c.high)) && write_change(t, q, s, &c))
			return -1;
	}
	s->params[group] = NULL;
	return 0;
}

int write_sensitivity(struct threshold *t, const struct question *q)
{
	const struct market *m = &t->m;
	struct assumptions s = m->base;

	s.given = q->given;
	s.price = work_array(m->w, double, m->n);
	s.fixed = work_array(m->w, double, m->n);
	s.params = work_array(m->w, const double *, m->n);
	memcpy(s.price, m->base.price, m->n * sizeof *s.price);
	memcpy(s.fixed, m->base.fixed, m->n * sizeof *s.fixed);
	struct change worth = half_to_double("worth", STR(""), &s.worth), budget = half_to_double("budget", STR(""), &s.given);

	if ((q->what == ASK_BENEFIT && write_change(t, q, &s, &worth)) ||
	    (q->what == ASK_AT_BUDGET && write_change(t, q, &s, &budget)) || write_group(t, q, &s, q->a) ||
	    (question_of_two(q) && write_group(t, q, &s, q->b)))
		return -1;
	return 0;
}
