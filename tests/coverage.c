/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * In the coverage build alone: a worker is killed when it is no longer needed, and a killed process counts nothing. So each
 * counts before every answer (linked with --wrap=frame_send).
 */
#include <gcov.h>

#include "engine/run/protocol.h"

bool __real_frame_send(int fd, const struct value *v);
bool __wrap_frame_send(int fd, const struct value *v);

bool __wrap_frame_send(int fd, const struct value *v)
{
	__gcov_dump();
	__gcov_reset();
	return __real_frame_send(fd, v);
}
