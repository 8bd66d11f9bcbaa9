/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proves: the digests are SHA-256 (FIPS 180-4 examples), whether in one piece, in many or from a file; random numbers
 * are the published generators'; times are written as UTC.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/clock.h"
#include "engine/base/digest.h"
#include "engine/base/fs.h"
#include "engine/base/rng.h"

static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char nothing[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char million_a[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static void assert_digest(struct digest d, const char *hex)
{
	char text[DIGEST_HEX + 1];

	digest_hex(&d, text);
	assert_string_equal(text, hex);
}

static void known_digests(void **state)
{
	struct arena *a = arena_new();
	struct hasher *h = hasher_new(a);
	char piece[1000];

	(void)state;
	assert_digest(digest_of(STR("abc")), abc);
	assert_digest(digest_of(STR("")), nothing);
	assert_digest(digest_of((struct str){ NULL, 0 }), nothing);
	memset(piece, 'a', sizeof(piece));
	hasher_start(h);
	for (int i = 0; i < 1000; i++)
		hasher_add(h, piece, sizeof(piece));
	assert_digest(hasher_final(h), million_a);
	hasher_start(h); /* again, without a new one */
	hasher_add(h, "a", 1);
	hasher_add(h, "bc", 2);
	assert_digest(hasher_final(h), abc);
	arena_free(a);
}

static void a_file_has_the_digest_of_its_bytes(void **state)
{
	char path[] = "/tmp/test_base_digest.XXXXXX";
	int fd = mkstemp(path);
	struct digest d;
	uint64_t size = 7;
	char *text = malloc(1000000);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(digest_file(path, &d, &size), 0);
	assert_digest(d, nothing);
	assert_int_equal(size, 0);
	memset(text, 'a', 1000000);
	assert_int_equal(write(fd, text, 1000000), 1000000);
	free(text);
	assert_int_equal(digest_file(path, &d, &size), 0);
	assert_digest(d, million_a);
	assert_int_equal(size, 1000000);
	assert_int_equal(digest_file(path, &d, NULL), 0);
	close(fd);
	unlink(path);
	assert_int_equal(digest_file(path, &d, NULL), -ENOENT);
	assert_int_equal(digest_file("/tmp", &d, NULL), -EISDIR);
	assert_digest(d, million_a); /* untouched by failures */
}

static void digests_are_read_back(void **state)
{
	struct arena *a = arena_new();
	struct digest d = digest_of(STR("abc")), back;
	char upper[] = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";

	(void)state;
	assert_true(digest_parse(digest_str(a, &d), &back));
	assert_true(digest_same(&d, &back));
	assert_true(digest_parse(str_z(upper), &back));
	assert_true(digest_same(&d, &back));
	back.b[31] ^= 1;
	assert_false(digest_same(&d, &back));
	upper[10] = 'g';
	assert_false(digest_parse(str_z(upper), &back));
	assert_false(digest_parse(STR("ba78"), &back));
	arena_free(a);
}

static void random_numbers_are_the_published_ones(void **state)
{
	struct rng g, h;

	(void)state;
	/* splitmix64 from 0 begins so: the test vector of its authors */
	rng_seed(&g, 0);
	assert_true(g.s[0] == 0xe220a8397b1dcdafu);
	assert_true(g.s[1] == 0x6e789e6aa1b965f4u);
	/* xoshiro256** from state 1, 2, 3, 4: as in the Rust crate's test against the reference */
	g = (struct rng){ { 1, 2, 3, 4 } };
	assert_true(rng_next(&g) == 11520u);
	assert_true(rng_next(&g) == 0u);
	assert_true(rng_next(&g) == 1509978240u);
	assert_true(rng_next(&g) == 1215971899390074240u);
	rng_seed(&g, 5);
	rng_seed(&h, 5);
	for (int i = 0; i < 1000; i++) {
		double u = rng_unit(&g);

		assert_true(u >= 0 && u < 1 && u == rng_unit(&h));
		assert_true(rng_below(&g, 7) < 7 && rng_below(&g, 1) == 0);
		h = g;
	}
}

static void small_numbers_are_equally_likely(void **state)
{
	struct rng g;
	int count[6] = { 0 };

	(void)state;
	rng_seed(&g, 1);
	for (int i = 0; i < 60000; i++)
		count[rng_below(&g, 6)]++;
	for (int i = 0; i < 6; i++)
		assert_in_range(count[i], 9600, 10400); /* 10000 ± 4.4 standard deviations */
}

static void times_are_written_as_utc(void **state)
{
	struct clock fixed = { fixed_clock_ns, fixed_clock_ns, 1769860800123456789 };
	char text[32];

	(void)state;
	clock_text(fixed.wall_ns(&fixed), text);
	assert_string_equal(text, "2026-01-31T12:00:00Z");
	clock_text(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	clock_text(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59Z");
	clock_text(INT64_MAX, text);
	assert_string_equal(text, "2262-04-11T23:47:16Z");
	int64_t before = system_clock.monotonic_ns(&system_clock);

	assert_true(system_clock.monotonic_ns(&system_clock) >= before);
	assert_true(system_clock.wall_ns(&system_clock) > fixed.fixed_ns / 2);
}

static void times_of_files_may_be_anything(void **state)
{
	(void)state;
	assert_int_equal(clock_file_ns((struct timespec){ .tv_sec = 1, .tv_nsec = 2 }), 1000000002);
	assert_int_equal(clock_file_ns((struct timespec){ .tv_sec = -1, .tv_nsec = 999999999 }), -1);
	/* the last second of ext4, and what file systems without an end can hold */
	assert_int_equal(clock_file_ns((struct timespec){ .tv_sec = 15032385535 }), INT64_MAX / 2);
	assert_int_equal(clock_file_ns((struct timespec){ .tv_sec = INT64_MAX, .tv_nsec = 999999999 }), INT64_MAX / 2);
	assert_int_equal(clock_file_ns((struct timespec){ .tv_sec = INT64_MIN }), -(INT64_MAX / 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_digests),
		cmocka_unit_test(a_file_has_the_digest_of_its_bytes),
		cmocka_unit_test(digests_are_read_back),
		cmocka_unit_test(random_numbers_are_the_published_ones),
		cmocka_unit_test(small_numbers_are_equally_likely),
		cmocka_unit_test(times_are_written_as_utc),
		cmocka_unit_test(times_of_files_may_be_anything),
	};

	return cmocka_run_group_tests_name("digest, rng, clock", tests, NULL, NULL);
}
