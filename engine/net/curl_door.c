/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The one file that knows libcurl. Its types come from curl.h, its functions from the library that is found at run time.
 */
#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/net/curl_door.h"

#define LIBRARY "libcurl.so.4"
#define CONNECT_S 30L
#define REDIRECTS 10L

/* curl.h makes macros of them that check types where they are called by name */
#undef curl_easy_setopt
#undef curl_easy_getinfo

static struct {
	void *library;
	CURL *(*easy_init)(void);
	CURLcode (*setopt)(CURL *, CURLoption, ...);
	CURLcode (*perform)(CURL *);
	CURLcode (*getinfo)(CURL *, CURLINFO, ...);
	void (*cleanup)(CURL *);
	const char *(*strerror)(CURLcode);
} curl;

/* ISO C has no cast from an object to a function. */
static bool find(const char *name, void *function)
{
	void *symbol = dlsym(curl.library, name);

	memcpy(function, &symbol, sizeof(symbol));
	return symbol != NULL;
}

static bool open_library(void)
{
	CURLcode (*global_init)(long);

	if (curl.library)
		return curl.easy_init != NULL;
	curl.library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!curl.library)
		return false;
	bool found = find("curl_global_init", &global_init) && find("curl_easy_setopt", &curl.setopt) &&
	             find("curl_easy_perform", &curl.perform) && find("curl_easy_getinfo", &curl.getinfo) &&
	             find("curl_easy_cleanup", &curl.cleanup) && find("curl_easy_strerror", &curl.strerror) &&
	             find("curl_easy_init", &curl.easy_init);

	if (!found || global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		curl.easy_init = NULL;
	return curl.easy_init != NULL;
}

static size_t take_bytes(char *bytes, size_t size, size_t n, void *user)
{
	struct transfer *t = user;

	for (size_t at = 0; at < size * n;) {
		ssize_t put = write(t->fd, bytes + at, size * n - at);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			t->sys = errno;
			return 0;
		}
		at += (size_t)put;
	}
	return size * n;
}

static void set_options(CURL *c, struct transfer *t)
{
	(void)curl.setopt(c, CURLOPT_URL, t->url);
	(void)curl.setopt(c, CURLOPT_ERRORBUFFER, t->text);
	(void)curl.setopt(c, CURLOPT_WRITEFUNCTION, take_bytes);
	(void)curl.setopt(c, CURLOPT_WRITEDATA, t);
	(void)curl.setopt(c, CURLOPT_FAILONERROR, 1L);
	(void)curl.setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	(void)curl.setopt(c, CURLOPT_MAXREDIRS, REDIRECTS);
	(void)curl.setopt(c, CURLOPT_PROTOCOLS_STR, "http,https,file");
	/* a server must not send us to a file of this machine */
	(void)curl.setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	(void)curl.setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	(void)curl.setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	(void)curl.setopt(c, CURLOPT_NOSIGNAL, 1L);
	(void)curl.setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	(void)curl.setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	(void)curl.setopt(c, CURLOPT_LOW_SPEED_TIME, (long)t->stall_s);
	(void)curl.setopt(c, CURLOPT_USERAGENT, "rung/" RUNG_VERSION);
	if (t->from)
		(void)curl.setopt(c, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)t->from);
}

static enum transfer_result result_of(CURLcode code, const struct transfer *t)
{
	switch (code) {
	case CURLE_OK:
		return TRANSFER_DONE;
	case CURLE_RANGE_ERROR:
	case CURLE_BAD_DOWNLOAD_RESUME:
		return TRANSFER_NO_RANGE;
	case CURLE_HTTP_RETURNED_ERROR:
		return t->http == 416 ? TRANSFER_NO_RANGE : TRANSFER_HTTP;
	case CURLE_PARTIAL_FILE:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
		return TRANSFER_BROKEN;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_SSL_CONNECT_ERROR:
		return TRANSFER_AWAY;
	case CURLE_WRITE_ERROR:
		return TRANSFER_WRITE;
	default:
		return TRANSFER_FAILED;
	}
}

enum transfer_result transfer_run(struct transfer *t)
{
	CURL *c = open_library() ? curl.easy_init() : NULL;

	t->text[0] = '\0';
	t->sys = 0;
	t->http = 0;
	if (!c)
		return TRANSFER_NO_LIBRARY;
	_Static_assert(sizeof(t->text) >= CURL_ERROR_SIZE, "libcurl writes that much");
	set_options(c, t);
	CURLcode code = curl.perform(c);

	(void)curl.getinfo(c, CURLINFO_RESPONSE_CODE, &t->http);
	if (code != CURLE_OK && !t->text[0])
		(void)snprintf(t->text, sizeof(t->text), "%s", curl.strerror(code));
	curl.cleanup(c);
	return result_of(code, t);
}
