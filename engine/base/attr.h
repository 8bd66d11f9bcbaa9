/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Compiler attributes, the bug trap and cleanup of handles. Memory belongs to arenas (arena.h); CLEANUP is for handles:
 * descriptors, FILE, DIR. Every cleanup function takes NULL or -1 and half-built handles.
 */
#ifndef RUNG_ATTR_H
#define RUNG_ATTR_H

#include <stddef.h>
#include <stdio.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define NORETURN __attribute__((noreturn))
#define countof(a) (sizeof(a) / sizeof((a)[0]))

/* A broken invariant of ours, never a user's mistake: prints file, line and text to stderr and aborts. */
#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)
NORETURN void bug_at(const char *file, int line, const char *fmt, ...) PRINTF(3, 4);

void close_fd(int *fd);      /* for CLEANUP(close_fd) int fd = -1; */
void close_file(FILE **file); /* for CLEANUP(close_file) FILE *f = NULL; */

#endif
