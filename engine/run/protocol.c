/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Frames over pipes.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/run/protocol.h"

#define HEAD 4u
#define READ_PIECE ((size_t)64 << 10)

void frame_put(struct sb *out, const struct value *v)
{
	size_t at = out->n;

	sb_add(out, (struct str){ "\0\0\0\0", HEAD });
	value_canon(v, out);
	if (out->overflow)
		return;
	size_t n = out->n - at - HEAD;

	for (unsigned i = 0; i < HEAD; i++)
		out->s[at + i] = (char)(n >> (8 * i) & 0xff);
}

void frames_init(struct frames *f)
{
	sb_init(&f->bytes, FRAME_MAX + HEAD + READ_PIECE);
	f->at = 0;
}

void frames_release(struct frames *f)
{
	sb_release(&f->bytes);
}

long frames_read(struct frames *f, int fd)
{
	char piece[READ_PIECE];
	ssize_t n = read(fd, piece, sizeof(piece));

	if (n < 0)
		return -errno;
	if (f->at && f->at == f->bytes.n) {
		sb_clear(&f->bytes);
		f->at = 0;
	}
	sb_add(&f->bytes, (struct str){ piece, (size_t)n });
	return f->bytes.overflow ? -EFBIG : n;
}

int frames_take(struct frames *f, struct arena *a, struct value *out)
{
	struct str rest = { f->bytes.s + f->at, f->bytes.n - f->at };
	size_t n = 0;

	if (rest.n < HEAD)
		return 0;
	for (unsigned i = 0; i < HEAD; i++)
		n |= (size_t)(unsigned char)rest.p[i] << (8 * i);
	if (n > FRAME_MAX)
		return -1;
	if (rest.n - HEAD < n)
		return 0;
	/* the tree may point into the bytes, which are dropped */
	struct str bytes = arena_str(a, (struct str){ rest.p + HEAD, n });

	f->at += HEAD + n;
	if (!value_uncanon(a, bytes, out) || out->type != V_MAP)
		return -1;
	return 1;
}

bool frame_send(int fd, const struct value *v)
{
	struct sb b;
	size_t at = 0;

	sb_init(&b, FRAME_MAX + HEAD);
	frame_put(&b, v);
	bool fine = !b.overflow;

	while (fine && at < b.n) {
		ssize_t n = write(fd, b.s + at, b.n - at);

		if (n > 0)
			at += (size_t)n;
		else if (n < 0 && errno != EINTR)
			fine = false;
	}
	sb_release(&b);
	return fine;
}

int frame_receive(struct frames *f, int fd, struct arena *a, struct value *out)
{
	for (;;) {
		int taken = frames_take(f, a, out);

		if (taken != 0)
			return taken;
		long n = frames_read(f, fd);

		if (n == 0)
			return 0;
		if (n < 0 && n != -EINTR)
			return -1;
	}
}

struct str get_str(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);

	return v && v->type == V_STR ? v->s : STR("");
}

const char *get_z(struct arena *a, const struct value *map, const char *key)
{
	return arena_str(a, get_str(map, key)).p;
}

int64_t get_int(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);

	return v && v->type == V_INT ? v->i : 0;
}

bool get_bool(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);

	return v && v->type == V_BOOL && v->b;
}
