/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crc32c - the checksum of RFC 3720 12.1 (Castagnoli), by the processor's instruction where it has one.  Any thread.
 */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of n bytes behind those that `before` is the checksum of; 0: of none. */
uint32_t crc32c(uint32_t before, const void *p, size_t n);

#endif
