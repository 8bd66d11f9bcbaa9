/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Names, points, selections, what lies upstream; specs through a pipe.
 */
#include "tests/unit/plan_fixture.h"

static void test_names(void **state)
{
	struct study_c *s = usual(*state);
	struct value point = graph_point(&s->g, 6, s->a);

	assert_text(task_name(s, 0), "corpus");
	assert_text(task_name(s, 1), "train[source=manual,seed=1]");
	assert_text(task_name(s, 12), "score[source=gpt,seed=3]");
	assert_text(task_name(s, 13), "report");
	assert_text(value_show(&point, s->a), "{\"source\":\"gpt\",\"seed\":3}");
	assert_int_equal(graph_step_named(&s->g, STR("score")), SCORE);
	assert_int_equal(graph_step_named(&s->g, STR("sc")), UINT32_MAX);
	for (uint32_t t = 0; t < s->g.task_count; t++) {
		const struct step *step = graph_step_of(&s->g, t);

		assert_true(t >= step->first && t < step->first + step->count);
	}
}

static void test_linked(void **state)
{
	struct study_c *s = usual(*state);
	struct value linked = value_map(s->a, 2);

	(void)value_set(&linked, STR("name"), value_str(STR("plain")));
	(void)value_set(&linked, STR("model"), value_str(STR("llama")));
	s->axes[0].values[0] = linked;
	s->axes[0].labels[0] = STR("plain");
	struct value point = graph_point(&s->g, 1, s->a);

	assert_text(value_show(&point, s->a), "{\"source\":\"plain\",\"seed\":1}");
	assert_text(task_name(s, 1), "train[source=plain,seed=1]");
}

/* A step without tasks begins where the next one does. */
static void test_empty_step(void **state)
{
	struct study_c *s = usual(*state);
	struct step steps[5] = { s->steps[0], { .name = STR("none"), .first = 1 }, s->steps[1], s->steps[2], s->steps[3] };

	s->g.steps = steps;
	s->g.step_count = 5;
	assert_text(graph_step_of(&s->g, 0)->name, "corpus");
	assert_text(graph_step_of(&s->g, 1)->name, "train");
	assert_text(graph_step_of(&s->g, 13)->name, "report");
}

static void assert_selects(struct study_c *s, const char *pattern, size_t n, uint32_t first)
{
	uint32_t *tasks;
	size_t got;
	struct str why = STR("");

	if (!graph_select(&s->g, str_z(pattern), s->a, &tasks, &got, &why))
		fail_msg("%s: %.*s", pattern, STR_ARG(why));
	assert_int_equal(got, n);
	assert_int_equal(tasks[0], first);
}

static void assert_refuses(struct study_c *s, const char *pattern, const char *expected)
{
	uint32_t *tasks;
	size_t got;
	struct str why = STR("");

	assert_false(graph_select(&s->g, str_z(pattern), s->a, &tasks, &got, &why));
	assert_text(why, expected);
}

static void test_select(void **state)
{
	struct study_c *s = usual(*state);

	assert_selects(s, "train", 6, 1);
	assert_selects(s, "train[]", 6, 1);
	assert_selects(s, "corpus", 1, 0);
	assert_selects(s, "train[source=gpt]", 3, 4);
	assert_selects(s, " score[seed=2, source=gpt] ", 1, 11);
	assert_selects(s, "source=gpt,seed=1", 2, 4);
	assert_refuses(s, "trian", "there is no step 'trian'; did you mean 'train'?");
	assert_refuses(s, "train[sourse=gpt]", "there is no axis 'sourse'; did you mean 'source'?");
	assert_refuses(s, "train[source=gpd]", "axis 'source' has no value 'gpd'; did you mean 'gpt'?");
	assert_refuses(s, "train[gpt]", "'gpt' is not axis=value");
	assert_refuses(s, "train[source=gpt", "'train[source=gpt' lacks its ']'");
	assert_refuses(s, "corpus[source=gpt]", "step 'corpus' does not run over 'source'");
	assert_refuses(s, "", "'' names no step; write STEP, STEP[axis=value] or axis=value");
	assert_refuses(s, "[source=gpt]", "'[source=gpt]' names no step; write STEP, STEP[axis=value] or axis=value");
	assert_refuses(s, "source=gpt,source=manual", "no task matches 'source=gpt,source=manual': the study has no such point");
}

static void count_dep(void *user, uint32_t dep)
{
	uint32_t *n = user;

	(void)dep;
	(*n)++;
}

static void test_upstream(void **state)
{
	struct study_c *s = usual(*state);
	unsigned char marks[14] = { 0 };
	uint32_t n = 0;

	graph_each_dep(&s->g, 13, count_dep, &n);
	assert_int_equal(n, 6);
	marks[9] = 1;
	graph_close_upstream(&s->g, marks);
	for (uint32_t t = 0; t < 14; t++)
		assert_int_equal(marks[t], t == 9 || t == 3 || t == 0);
	marks[13] = 1;
	graph_close_upstream(&s->g, marks);
	for (uint32_t t = 0; t < 14; t++)
		assert_int_equal(marks[t], 1);
}

static void test_codec(void **state)
{
	struct study_c *s = usual(*state);
	struct value common = value_map(s->a, 1), list = value_list(s->a, 2), back, again;
	struct str file = STR("a.csv"), tool = STR("cc --version");
	struct span at = line_of(9), tool_at = line_of(12);
	struct token token = { TOKEN_OUT, 3, STR("model"), line_of(4) };
	struct spec_out out = { STR("model"), STR("model.bin"), line_of(5) };
	struct spec_save save = { STR("x.csv"), STR(""), line_of(6) };
	struct spec_read read = { STR("params.x"), value_real(0.5), line_of(7) };
	struct spec spec = { .common = &common, .own = value_map(s->a, 1), .tokens = &token, .token_count = 1, .files = &file,
		             .file_count = 1, .file_at = &at, .tools = &tool, .tool_at = &tool_at, .tool_count = 1, .outs = &out, .out_count = 1,
		             .saves = &save, .save_count = 1, .reads = &read, .read_count = 1, .at = line_of(2) };
	struct spec got;

	list.list.items[0] = value_str(STR("\x1f" "0\x1f"));
	list.list.items[0].at = line_of(3);
	(void)value_set(&common, STR("run"), list);
	(void)value_set(&spec.own, STR("l"), value_str(STR("l")));
	spec.own.map.pairs[0].at = line_of(8);
	struct value tree = spec_encode(&spec, s->a);
	struct sb bytes, bytes_again;

	/* as it goes through the pipe, which keeps no positions */
	sb_init(&bytes, 1 << 20);
	sb_init(&bytes_again, 1 << 20);
	value_canon(&tree, &bytes);
	assert_true(value_uncanon(s->a, sb_str(&bytes), &back));
	assert_true(spec_decode(&back, s->a, &got));
	assert_int_equal(got.common->map.pairs[0].val.list.items[0].at.line, 3);
	assert_int_equal(got.own.map.pairs[0].at.line, 8);
	assert_int_equal(got.tokens[0].at.line, 4);
	assert_int_equal(got.reads[0].at.line, 7);
	assert_int_equal(got.tool_at[0].line, 12);
	assert_text(spec_part(&got, "l")->s, "l");
	assert_null(spec_part(&got, "m"));
	again = spec_encode(&got, s->a);
	value_canon(&again, &bytes_again);
	assert_true(str_same(sb_str(&bytes), sb_str(&bytes_again)));
	/* whatever is cut off or turned into something else is refused or read, never followed */
	for (size_t i = 0; i < back.map.n; i++) {
		struct value broken = value_copy(s->a, &back);

		broken.map.pairs[i].val = value_int(-1);
		assert_false(spec_decode(&broken, s->a, &got));
		broken.map.pairs[i].key = STR("?");
		assert_false(spec_decode(&broken, s->a, &got));
	}
	sb_release(&bytes);
	sb_release(&bytes_again);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_drop)

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(test_names), TEST(test_linked), TEST(test_empty_step), TEST(test_select),
		                            TEST(test_upstream), TEST(test_codec) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
