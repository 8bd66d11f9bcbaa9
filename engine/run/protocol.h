/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/run: what coordinator and worker say to each other. A frame is the length of what follows, four bytes,
 * little end first, and then the canonical bytes of one map. docs/formats.md lists the maps.
 */
#ifndef RUNG_RUN_PROTOCOL_H
#define RUNG_RUN_PROTOCOL_H

#include "engine/base/value.h"

#define FRAME_MAX ((size_t)1 << 30)

void frame_put(struct sb *out, const struct value *v); /* appends; out's ceiling must allow it */

/* Bytes that have come in; frames are taken off the front. */
struct frames {
	struct sb bytes;
	size_t at; /* taken already */
};

void frames_init(struct frames *f);
void frames_release(struct frames *f);
/* Reads once from the descriptor: bytes read, 0 at the end, or a negative errno. */
long frames_read(struct frames *f, int fd);
/* 1 and *out (in the arena); 0: not a whole one yet; -1: what came is no frame. */
int frames_take(struct frames *f, struct arena *a, struct value *out);

/* For the side that may block. */
bool frame_send(int fd, const struct value *v);
int frame_receive(struct frames *f, int fd, struct arena *a, struct value *out); /* 1, 0 at the end, -1 */

/* Reading maps: what is absent or of another type gives the empty value. */
struct str get_str(const struct value *map, const char *key); /* a view */
const char *get_z(struct arena *a, const struct value *map, const char *key); /* a copy that ends with NUL */
int64_t get_int(const struct value *map, const char *key);
bool get_bool(const struct value *map, const char *key);

#endif
