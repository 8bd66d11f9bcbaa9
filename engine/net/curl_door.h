/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Private to engine/net: one transfer of libcurl's, appended to a descriptor.
 */
#ifndef RUNG_NET_CURL_DOOR_H
#define RUNG_NET_CURL_DOOR_H

#include "engine/base/str.h"

enum transfer_result {
	TRANSFER_DONE,
	TRANSFER_NO_LIBRARY, /* libcurl cannot be opened */
	TRANSFER_NO_RANGE,   /* the server cannot go on where we were */
	TRANSFER_HTTP,       /* it answered with status `http` */
	TRANSFER_BROKEN,     /* the connection broke or stalled: worth another try */
	TRANSFER_AWAY,       /* the server was not reached */
	TRANSFER_WRITE,      /* the descriptor took no more: errno in `sys` */
	TRANSFER_FAILED,     /* anything else */
};

struct transfer {
	const char *url;
	int fd;
	uint64_t from; /* bytes that are there */
	unsigned stall_s;
	long http;
	int sys;
	char text[256]; /* what libcurl says */
};

enum transfer_result transfer_run(struct transfer *t);

#endif
