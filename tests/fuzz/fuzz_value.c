/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as JSON, as canonical bytes, as a number, as a source line. What is read must be written so that it reads
 * back the same; canonical bytes have one spelling.
 */
#include <string.h>

#include "engine/base/diag.h"
#include "engine/base/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_canon(struct arena *a, struct str text)
{
	struct value v;
	struct sb b;

	if (!value_uncanon(a, text, &v))
		return;
	sb_init(&b, 1 << 24);
	value_canon(&v, &b);
	if (!str_same(text, sb_str(&b)))
		BUG("a second spelling: " STR_FMT " of %s", STR_ARG(text), b.s);
	sb_release(&b);
}

static void try_json(struct arena *a, struct str text)
{
	struct value v, again;
	struct str error;
	struct sb b;

	if (!json_parse(a, text, &v, &error))
		return;
	sb_init(&b, 1 << 24);
	json_write(&v, &b);
	if (!json_parse(a, sb_str(&b), &again, &error) || !value_same(&v, &again))
		BUG("'%s' does not read back: " STR_FMT, b.s, STR_ARG(error));
	sb_clear(&b);
	value_canon(&v, &b);
	try_canon(a, sb_str(&b));
	if (!value_uncanon(a, sb_str(&b), &again) || !value_same(&v, &again))
		BUG("'%s' does not read back", b.s);
	sb_release(&b);
}

static void try_numbers(struct str text)
{
	double r, back;
	int64_t i;
	char z[32];

	if (str_real(text, &r) && (!str_real((struct str){ z, real_text(r, z) }, &back) || back != r))
		BUG("'%s' does not read back", z);
	(void)str_int(text, &i);
	(void)str_size(text, &i);
	(void)str_money(text, &i);
	(void)str_duration(text, &r);
}

static void try_diag(struct arena *a, struct str text)
{
	struct diags d;
	struct sb b;

	if (text.n < 4)
		return;
	diags_init(&d, a);
	const unsigned char *p = (const unsigned char *)text.p;
	struct span at = { diag_source(&d, STR("s"), text), p[0] % 8, p[1], p[2] };

	(void)diag_error(&d, at, "code", STR_FMT, STR_ARG(text));
	sb_init(&b, 1 << 24);
	diags_render(&d, &b, false);
	for (size_t i = 0; i < b.n; i++)
		if ((unsigned char)b.s[i] < 0x20 && b.s[i] != '\n')
			BUG("a control character came through");
	if (!str_utf8(sb_str(&b), NULL))
		BUG("no UTF-8");
	sb_clear(&b);
	diags_json(&d, &b);
	sb_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct str text = { (const char *)data, size };

	try_json(a, text);
	try_canon(a, text);
	try_numbers(text);
	try_diag(a, text);
	arena_free(a);
	return 0;
}
