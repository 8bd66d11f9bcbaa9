/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * OpenSSL's SHA256_* functions, not EVP: the code that computes is the same (SHA-NI, AVX2 or plain, chosen at start),
 * but the first EVP digest loads a provider and openssl.cnf (1.2 ms, where a plan of nothing to do takes a few), and
 * each one costs a dispatch (200 bytes: 206 ns against 162 ns, one core with SHA-NI).
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "engine/base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <string.h>
#include <unistd.h>

struct hasher {
	SHA256_CTX state;
};

struct hasher *hasher_new(struct arena *a)
{
	return arena_make(a, struct hasher);
}

void hasher_start(struct hasher *h)
{
	SHA256_Init(&h->state);
}

void hasher_add(struct hasher *h, const void *p, size_t n)
{
	SHA256_Update(&h->state, p, n);
}

struct digest hasher_final(struct hasher *h)
{
	struct digest d;

	SHA256_Final(d.b, &h->state);
	return d;
}

struct digest digest_of(struct str s)
{
	struct hasher h;

	hasher_start(&h);
	hasher_add(&h, s.p, s.n);
	return hasher_final(&h);
}

int digest_file(const char *path, struct digest *out, uint64_t *size)
{
	CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char piece[64 << 10]; /* stays in the second-level cache between the read and the hash */
	uint64_t total = 0;
	struct hasher h;

	if (fd < 0)
		return -errno;
	hasher_start(&h);
	for (;;) {
		ssize_t n = read(fd, piece, sizeof(piece));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		hasher_add(&h, piece, (size_t)n);
		total += (uint64_t)n;
	}
	*out = hasher_final(&h);
	if (size)
		*size = total;
	return 0;
}

bool digest_same(const struct digest *a, const struct digest *b)
{
	return memcmp(a->b, b->b, DIGEST_BYTES) == 0;
}

void digest_hex(const struct digest *d, char out[DIGEST_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		out[2 * i] = digits[d->b[i] >> 4];
		out[2 * i + 1] = digits[d->b[i] & 15];
	}
	out[DIGEST_HEX] = '\0';
}

struct str digest_str(struct arena *a, const struct digest *d)
{
	char *text = arena_alloc(a, DIGEST_HEX + 1);

	digest_hex(d, text);
	return (struct str){ text, DIGEST_HEX };
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool digest_parse(struct str hex, struct digest *out)
{
	struct digest d;

	if (hex.n != DIGEST_HEX)
		return false;
	for (size_t i = 0; i < DIGEST_BYTES; i++) {
		int high = hex_digit(hex.p[2 * i]), low = hex_digit(hex.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		d.b[i] = (unsigned char)(high << 4 | low);
	}
	*out = d;
	return true;
}
