/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SHA-256 (OpenSSL's, with its hardware paths). A hasher can be used again after `final` without allocation.
 */
#ifndef RUNG_DIGEST_H
#define RUNG_DIGEST_H

#include "engine/base/str.h"

#define DIGEST_BYTES 32
#define DIGEST_HEX 64

struct digest {
	unsigned char b[DIGEST_BYTES];
};

struct hasher; /* opaque, 112 bytes of state inside */

struct hasher *hasher_new(struct arena *a); /* freed with the arena */
void hasher_start(struct hasher *h);
void hasher_add(struct hasher *h, const void *p, size_t n);
struct digest hasher_final(struct hasher *h);

struct digest digest_of(struct str s);
/* Hashes a file. 0 or a negative errno; *size may be NULL. */
int digest_file(const char *path, struct digest *out, uint64_t *size) MUST_USE;

bool digest_same(const struct digest *a, const struct digest *b);
void digest_hex(const struct digest *d, char out[DIGEST_HEX + 1]);
struct str digest_str(struct arena *a, const struct digest *d);
bool digest_parse(struct str hex, struct digest *out);

#endif
