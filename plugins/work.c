/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugins/work.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void *work_grow(const struct work *w, void *data, size_t n, size_t *cap, size_t item)
{
	if (n < *cap)
		return data;
	size_t want = *cap ? *cap * 2 : 16;
	void *p = w->host->alloc(w->job, want * item);

	if (n)
		memcpy(p, data, n * item);
	*cap = want;
	return p;
}

struct str str_of(const char *z)
{
	return (struct str){ z, strlen(z) };
}

/* ---- fields ------------------------------------------------------------------------------------------------------- */

struct str field_text(const struct work *w, const char *name)
{
	const struct value *v = value_get(w->host->fields(w->job), name);

	return v && v->type == V_STR ? v->s : (struct str){ "", 0 };
}

int64_t field_int(const struct work *w, const char *name, int64_t absent)
{
	const struct value *v = value_get(w->host->fields(w->job), name);

	return v && v->type == V_INT ? v->i : absent;
}

const struct value *field_list(const struct work *w, const char *name, size_t *n)
{
	const struct value *v = value_get(w->host->fields(w->job), name);

	*n = 0;
	if (!v || v->type == V_NULL)
		return NULL;
	if (v->type != V_LIST) {
		*n = 1;
		return v;
	}
	*n = v->list.n;
	return v->list.items;
}

/* ---- text --------------------------------------------------------------------------------------------------------- */

static void text_room(struct text *t, size_t more)
{
	if (t->cap - t->n > more)
		return;
	size_t want = t->cap ? t->cap : 256;

	while (want - t->n <= more)
		want *= 2;
	char *p = t->w->host->alloc(t->w->job, want);

	if (t->n)
		memcpy(p, t->p, t->n);
	t->p = p;
	t->cap = want;
}

void text_add(struct text *t, struct str s)
{
	text_room(t, s.n);
	if (s.n)
		memcpy(t->p + t->n, s.p, s.n);
	t->n += s.n;
	t->p[t->n] = '\0';
}

void text_z(struct text *t, const char *z)
{
	text_add(t, str_of(z));
}

void text_vprintf(struct text *t, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);

	if (n > 0) {
		text_room(t, (size_t)n);
		(void)vsnprintf(t->p + t->n, (size_t)n + 1, fmt, again);
		t->n += (size_t)n;
	}
	va_end(again);
}

void text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(t, fmt, ap);
	va_end(ap);
}

struct str text_str(const struct text *t)
{
	return (struct str){ t->n ? t->p : "", t->n };
}

int bytes_save(const struct work *w, struct str bytes, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0)
		return w->host->fail(w->job, NULL, NULL, "cannot write %s: %s", path, strerror(errno));
	while (bytes.n) {
		ssize_t done = write(fd, bytes.p, bytes.n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			int why = errno;

			(void)close(fd);
			return w->host->fail(w->job, NULL, NULL, "cannot write %s: %s", path, strerror(why));
		}
		bytes.p += done;
		bytes.n -= (size_t)done;
	}
	if (close(fd))
		return w->host->fail(w->job, NULL, NULL, "cannot write %s: %s", path, strerror(errno));
	return 0;
}

int text_save(const struct text *t, const char *output)
{
	const char *path = t->w->host->out(t->w->job, output);

	return path ? bytes_save(t->w, text_str(t), path) : -1;
}

/* ---- numbers ------------------------------------------------------------------------------------------------------ */

struct str number_text(const struct work *w, double r)
{
	char *out = w->host->alloc(w->job, 32);

	for (int digits = 15; digits <= 17; digits++) {
		int n = snprintf(out, 32, "%.*g", digits, r);
		double back;
		struct str s = { out, n > 0 ? (size_t)n : 0 };

		if (digits == 17 || (w->host->number(s, &back) && back == r))
			return s;
	}
	return (struct str){ "", 0 };
}

struct str digits_text(const struct work *w, double r, int digits)
{
	char plain[352]; /* the longest double in full has 309 digits before the point */
	double size = fabs(r);
	int decimals = 0;

	if (size > 0 && size < 1e300)
		decimals = digits - 1 - (int)floor(log10(size));
	if (!(size < 1e15) || (size > 0 && size < 1e-4)) {
		struct text t = { .w = w };
		text_printf(&t, "%.*g", digits, r);
		return text_str(&t);
	}
	if (decimals < 0)
		decimals = 0;
	int n = snprintf(plain, sizeof plain, "%.*f", decimals, size);
	struct str all = { plain, (size_t)n };

	while (decimals && all.n && all.p[all.n - 1] == '0')
		all.n--;
	if (decimals && all.n && all.p[all.n - 1] == '.')
		all.n--;
	const char *point = memchr(all.p, '.', all.n);
	size_t whole = point ? (size_t)(point - all.p) : all.n;
	struct text t = { .w = w };

	if (r < 0)
		text_z(&t, "-");
	for (size_t i = 0; i < whole; i++) {
		if (i && (whole - i) % 3 == 0)
			text_z(&t, ",");
		text_add(&t, (struct str){ all.p + i, 1 });
	}
	text_add(&t, (struct str){ all.p + whole, all.n - whole });
	return text_str(&t);
}
