/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: arena memory is zeroed and aligned however often it is used again, marks free what came after them, and the
 * containers in it (vec, map) keep their order and contents while they grow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/map.h"
#include "engine/base/str.h"
#include "engine/base/vec.h"

static void assert_zero(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p[i], 0);
}

static void memory_is_zeroed_and_aligned(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (int turn = 0; turn < 3; turn++) {
		for (size_t n = 0; n < 700; n++) {
			char *p = arena_alloc(a, n);

			assert_int_equal((uintptr_t)p % 16, 0);
			assert_zero(p, n);
			memset(p, 0xff, n);
		}
		arena_reset(a, (struct arena_mark){ 0 });
	}
	arena_free(a);
}

static void a_mark_frees_what_came_after_it(void **state)
{
	struct arena *a = arena_new();
	char *kept = arena_alloc(a, 10);

	(void)state;
	memcpy(kept, "kept here", 10);
	struct arena_mark mark = arena_mark(a);
	size_t before = arena_bytes(a);

	for (int turn = 0; turn < 50; turn++) {
		for (int i = 0; i < 100; i++)
			memset(arena_alloc(a, 1000), 1, 1000);
		arena_reset(a, mark);
	}
	/* One spare chunk may stay; fifty turns' worth may not. */
	assert_in_range(arena_bytes(a), before, before + (256 << 10));
	assert_string_equal(kept, "kept here");
	char *again = arena_alloc(a, 1000);

	assert_zero(again, 1000);
	arena_free(a);
}

static void a_scratch_arena_asks_the_system_once(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	(void)arena_alloc(a, 5000);
	arena_reset(a, (struct arena_mark){ 0 });
	size_t bytes = arena_bytes(a);

	for (int i = 0; i < 1000; i++) {
		(void)arena_alloc(a, 5000);
		arena_reset(a, (struct arena_mark){ 0 });
		assert_int_equal(arena_bytes(a), bytes);
	}
	arena_free(a);
}

static void giants_fit_and_go_back(void **state)
{
	struct arena *a = arena_new();
	size_t n = (size_t)20 << 20;
	char *p = arena_alloc(a, n);

	(void)state;
	p[n - 1] = 1;
	assert_true(arena_bytes(a) >= n);
	arena_reset(a, (struct arena_mark){ 0 });
	assert_true(arena_bytes(a) < n);
	arena_free(a);
	arena_free(NULL);
}

static void printed_text_has_any_length(void **state)
{
	struct arena *a = arena_new();
	char long_text[2000];

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	struct str s = arena_printf(a, "%d-%s", 7, "seven"), l = arena_printf(a, "%s!", long_text);

	assert_string_equal(s.p, "7-seven");
	assert_int_equal(s.n, 7);
	assert_int_equal(l.n, sizeof(long_text));
	assert_int_equal(l.p[l.n - 1], '!');
	assert_string_equal(arena_str(a, (struct str){ "cut here", 3 }).p, "cut");
	assert_string_equal(arena_str(a, (struct str){ NULL, 0 }).p, "");
	assert_string_equal(arena_z(a, NULL).p, "");
	arena_free(a);
}

static void a_vec_keeps_its_items(void **state)
{
	struct arena *a = arena_new();
	VEC(int) v = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++)
		VEC_PUSH(a, &v, i);
	assert_int_equal(v.n, 10000);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(v.data[i], i);
	VEC_RESERVE(a, &v, 50000);
	assert_true(v.cap >= 60000);
	arena_free(a);
}

static void a_map_keeps_the_order_of_insertion(void **state)
{
	struct arena *a = arena_new();
	struct map m = { .arena = a };
	int values[5000];

	(void)state;
	assert_null(map_get(&m, STR("x")));
	for (int i = 0; i < 5000; i++)
		assert_null(map_put(&m, arena_printf(a, "key %d", i * 7919 % 5000), &values[i]));
	assert_int_equal(m.n, 5000);
	for (int i = 0; i < 5000; i++) {
		assert_string_equal(m.entries[i].key.p, arena_printf(a, "key %d", i * 7919 % 5000).p);
		assert_ptr_equal(map_get(&m, m.entries[i].key), &values[i]);
	}
	assert_false(map_has(&m, STR("key 5000")));
	assert_false(map_has(&m, STR("")));
	arena_free(a);
}

static void a_map_replaces_and_holds_nulls(void **state)
{
	struct arena *a = arena_new();
	struct map m = { .arena = a };
	int one, two;

	(void)state;
	assert_null(map_put(&m, STR("k"), &one));
	assert_ptr_equal(map_put(&m, STR("k"), &two), &one);
	assert_ptr_equal(map_get(&m, STR("k")), &two);
	assert_null(map_put(&m, STR(""), NULL));
	assert_true(map_has(&m, STR("")));
	assert_int_equal(m.n, 2);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(a_mark_frees_what_came_after_it),
		cmocka_unit_test(a_scratch_arena_asks_the_system_once),
		cmocka_unit_test(giants_fit_and_go_back),
		cmocka_unit_test(printed_text_has_any_length),
		cmocka_unit_test(a_vec_keeps_its_items),
		cmocka_unit_test(a_map_keeps_the_order_of_insertion),
		cmocka_unit_test(a_map_replaces_and_holds_nulls),
	};

	return cmocka_run_group_tests_name("arena, vec, map", tests, NULL, NULL);
}
