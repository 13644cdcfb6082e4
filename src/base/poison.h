/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poison - tells AddressSanitizer which bytes of an own allocator are free.
 *
 * For the files of base/ that hand out pieces of larger blocks; nothing at all in other builds.
 */
#ifndef BASE_POISON_H
#define BASE_POISON_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BASE_POISON 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define BASE_POISON 1
#endif

#ifdef BASE_POISON
#include <sanitizer/asan_interface.h>
#define poison(p, n) __asan_poison_memory_region((p), (n))
#define unpoison(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define poison(p, n) ((void)(p), (void)(n))
#define unpoison(p, n) ((void)(p), (void)(n))
#endif

#endif
