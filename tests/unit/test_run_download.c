/* SPDX-License-Identifier: GPL-3.0-or-later
 * Downloads from file:// and from a server of the test's own, on the loopback. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/fs.h"
#include "engine/net/download.h"

#define BODY_SIZE 200000

enum manners { SERVE_RANGES, SERVE_NO_RANGES, SERVE_HALF_FIRST, SERVE_OTHER_FIRST, SERVE_HALF_NO_RANGES, SERVE_404, SERVE_503,
	SERVE_LOOP, SERVE_NOTHING };

struct server {
	int fd, port;
	enum manners manners;
	pthread_t thread;
	char body[BODY_SIZE];
	unsigned requests;
	long last_from; /* of the last Range; -1 = none */
};

struct world {
	struct arena *a;
	char folder[64];
	struct server server;
	struct digest want;
};

static void put(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);

		if (done <= 0)
			return;
		p += done;
		n -= (size_t)done;
	}
}

static void put_text(int fd, const char *z)
{
	put(fd, z, strlen(z));
}

static void answer(struct server *s, int fd)
{
	char request[8192] = "", head[256];
	size_t n = 0;

	while (n < sizeof(request) - 1 && !strstr(request, "\r\n\r\n")) {
		ssize_t got = recv(fd, request + n, sizeof(request) - 1 - n, 0);

		if (got <= 0)
			return;
		n += (size_t)got;
	}
	const char *range = strstr(request, "Range: bytes=");
	long from = range ? strtol(range + 13, NULL, 10) : 0;

	s->requests++;
	s->last_from = range ? from : -1;
	if (s->manners == SERVE_404) {
		put_text(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
		return;
	}
	if (s->manners == SERVE_503) {
		put_text(fd, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
		return;
	}
	if (s->manners == SERVE_LOOP) {
		put_text(fd, "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
		return;
	}
	if (s->manners == SERVE_NOTHING) {
		(void)recv(fd, request, 1, 0); /* until the client gives up */
		return;
	}
	bool partial = range && s->manners != SERVE_NO_RANGES && s->manners != SERVE_HALF_NO_RANGES;
	bool first = s->requests == 1, half = (first && (s->manners == SERVE_HALF_FIRST || s->manners == SERVE_OTHER_FIRST)) ||
	             s->manners == SERVE_HALF_NO_RANGES;

	if (!partial)
		from = 0;
	if (partial)
		(void)snprintf(head, sizeof(head), "HTTP/1.1 206 Partial Content\r\nContent-Length: %ld\r\nContent-Range: bytes %ld-%d/%d\r\n"
		               "Connection: close\r\n\r\n", BODY_SIZE - from, from, BODY_SIZE - 1, BODY_SIZE);
	else
		(void)snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", BODY_SIZE);
	put(fd, head, strlen(head));
	/* the other contents are the same bytes, one further on */
	put(fd, s->body + from + (first && s->manners == SERVE_OTHER_FIRST), half ? BODY_SIZE / 2 : (size_t)(BODY_SIZE - from));
}

static void *serve(void *user)
{
	struct server *s = user;

	for (;;) {
		int fd = accept(s->fd, NULL, NULL);

		if (fd < 0)
			return NULL;
		answer(s, fd);
		(void)shutdown(fd, SHUT_WR);
		(void)close(fd);
	}
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);

	*state = w;
	w->a = arena_new();
	(void)snprintf(w->folder, sizeof(w->folder), "/tmp/rung-net-XXXXXX");
	if (!mkdtemp(w->folder))
		return -1;
	for (size_t i = 0; i < BODY_SIZE; i++)
		w->server.body[i] = (char)('a' + i * 7919 % 26);
	w->want = digest_of((struct str){ w->server.body, BODY_SIZE });
	w->server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(w->server.fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(w->server.fd, 8) != 0)
		return -1;
	(void)getsockname(w->server.fd, (struct sockaddr *)&at, &size);
	w->server.port = ntohs(at.sin_port);
	return pthread_create(&w->server.thread, NULL, serve, &w->server);
}

static int teardown(void **state)
{
	struct world *w = *state;

	(void)shutdown(w->server.fd, SHUT_RDWR);
	(void)pthread_join(w->server.thread, NULL);
	(void)close(w->server.fd);
	(void)fs_remove_tree(w->folder);
	arena_free(w->a);
	free(w);
	return 0;
}

static struct download from_server(struct world *w)
{
	return (struct download){ .url = arena_printf(w->a, "http://127.0.0.1:%d/pool.csv", w->server.port),
		.path = arena_printf(w->a, "%s/pool.csv", w->folder).p, .want = w->want, .stall_s = 1 };
}

static void assert_whole(struct world *w, const struct download *d)
{
	struct digest got;

	assert_int_equal(digest_file(d->path, &got, NULL), 0);
	assert_true(digest_same(&got, &w->want));
	assert_false(fs_exists(arena_printf(w->a, "%s.part", d->path).p));
}

static void part_is(struct world *w, const struct download *d, size_t n)
{
	assert_int_equal(fs_write_atomic(arena_printf(w->a, "%s.part", d->path).p, (struct str){ w->server.body, n }, 0644), 0);
}

static void assert_says(struct str text, const char *part)
{
	if (!strstr(text.p, part))
		fail_msg("\"%s\" does not say \"%s\"", text.p, part);
}

static void test_whole(void **state)
{
	struct world *w = *state;
	struct download d = from_server(w);

	assert_int_equal(download(&d, w->a), 0);
	assert_whole(w, &d);
}

static void test_goes_on_where_it_was(void **state)
{
	struct world *w = *state;
	struct download d = from_server(w);

	part_is(w, &d, 150000);
	assert_int_equal(download(&d, w->a), 0);
	assert_int_equal(w->server.last_from, 150000);
	assert_whole(w, &d);
}

static void test_server_without_ranges(void **state)
{
	struct world *w = *state;
	struct download d = from_server(w);

	w->server.manners = SERVE_NO_RANGES;
	part_is(w, &d, 150000);
	assert_int_equal(download(&d, w->a), 0);
	assert_whole(w, &d);
}

static void test_connection_breaks(void **state)
{
	struct world *w = *state;
	struct download d = from_server(w);

	w->server.manners = SERVE_HALF_FIRST;
	assert_int_equal(download(&d, w->a), 0);
	assert_int_equal(w->server.requests, 2);
	assert_int_equal(w->server.last_from, BODY_SIZE / 2);
	assert_whole(w, &d);
}

/* The file changes between two transfers: what came is of no version, so once more from the start. */
static void test_changes_meanwhile(void **state)
{
	struct world *w = *state;
	struct download d = from_server(w);

	w->server.manners = SERVE_OTHER_FIRST;
	assert_int_equal(download(&d, w->a), 0);
	assert_int_equal(w->server.requests, 3);
	assert_whole(w, &d);
}

static void test_always_breaks_without_ranges(void **state)
{
	struct world *w = *state;
	struct download d = from_server(w);

	w->server.manners = SERVE_HALF_NO_RANGES;
	assert_int_equal(download(&d, w->a), -1);
	assert_int_equal(w->server.requests, 5); /* four that broke, and one that found that there are no ranges */
	assert_says(d.error, "with 100000 bytes remaining to read");
	assert_says(d.hint, "run again");
}

static void test_loop(void **state)
{
	struct world *w = *state;
	struct download d = from_server(w);

	w->server.manners = SERVE_LOOP;
	assert_int_equal(download(&d, w->a), -1);
	assert_says(d.error, "Maximum (10) redirects followed");
}

/* a part of another version: once more from the start */
static void test_part_of_something_else(void **state)
{
	struct world *w = *state;
	struct download d = from_server(w);

	assert_int_equal(fs_write_atomic(arena_printf(w->a, "%s.part", d.path).p, STR("something else"), 0644), 0);
	assert_int_equal(download(&d, w->a), 0);
	assert_int_equal(w->server.requests, 2);
	assert_whole(w, &d);
}

static void test_part_is_all_of_it(void **state)
{
	struct world *w = *state;
	struct download d = from_server(w);

	part_is(w, &d, BODY_SIZE);
	assert_int_equal(download(&d, w->a), 0);
	assert_int_equal(w->server.requests, 0);
	assert_whole(w, &d);
}

static void test_wrong_hash(void **state)
{
	struct world *w = *state;
	struct download d = from_server(w);

	d.want.b[0] ^= 1;
	assert_int_equal(download(&d, w->a), -1);
	assert_says(d.error, "' has SHA-256 ");
	assert_says(d.error, "(200000 bytes came)");
	assert_says(d.hint, "put their SHA-256 into the step");
	assert_false(fs_exists(d.path));
	assert_false(fs_exists(arena_printf(w->a, "%s.part", d.path).p));
}

static void test_status(void **state)
{
	struct world *w = *state;
	struct download d = from_server(w);

	w->server.manners = SERVE_404;
	assert_int_equal(download(&d, w->a), -1);
	assert_says(d.error, "the server answered with status 404");
	assert_says(d.hint, "has the file moved?");
	assert_false(d.passing);
	w->server.manners = SERVE_503;
	assert_int_equal(download(&d, w->a), -1);
	assert_says(d.error, "the server answered with status 503");
	assert_says(d.hint, "the server is in trouble: try later, or give the step a `retry`");
	assert_true(d.passing);
	assert_false(fs_exists(d.path));
}

static void test_stall(void **state)
{
	struct world *w = *state;
	struct download d = from_server(w);

	w->server.manners = SERVE_NOTHING;
	assert_int_equal(download(&d, w->a), -1);
	assert_says(d.hint, "run again");
}

static void test_file(void **state)
{
	struct world *w = *state;
	struct str source = arena_printf(w->a, "%s/source file", w->folder);
	struct download d = from_server(w);

	assert_int_equal(fs_write_atomic(source.p, (struct str){ w->server.body, BODY_SIZE }, 0644), 0);
	d.url = arena_printf(w->a, "file://%s/source%%20file", w->folder);
	assert_int_equal(download(&d, w->a), 0);
	assert_whole(w, &d);
	d.url = arena_printf(w->a, "file://%s/none", w->folder);
	d.path = arena_printf(w->a, "%s/b", w->folder).p;
	assert_int_equal(download(&d, w->a), -1);
	assert_says(d.error, "cannot be downloaded: Couldn't open file");
	d.url = STR("gopher://x/y");
	assert_int_equal(download(&d, w->a), -1);
	assert_says(d.error, "gopher");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole), TEST(test_goes_on_where_it_was), TEST(test_server_without_ranges), TEST(test_connection_breaks),
		TEST(test_part_of_something_else), TEST(test_part_is_all_of_it), TEST(test_wrong_hash), TEST(test_status),
		TEST(test_stall), TEST(test_file), TEST(test_changes_meanwhile), TEST(test_always_breaks_without_ranges), TEST(test_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
