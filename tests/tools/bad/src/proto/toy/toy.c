/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>
#include "proto/proto.h"
#include "proto/driver.h"    // deps
#include "proto/other/other.h" // deps
#include "flow/flow.h"       // deps
#include "toy.h"             // deps
#include "../packet/x.h"     // deps
#include "missing.inc"       // deps

static int counter; // lint: file scope
static const char *names[] = { "a", "b" }; // lint: file scope
struct toy_state { int a; } toy_state; // lint: file scope
static void (*hook)(int); // lint: file scope
_Thread_local int mine; // lint: file scope

static int toy(struct rd *r, const uint8_t *p, size_t n, char *text)
{
    static int calls; // lint: local static
    static const char *last = "x"; // lint: local static
    const struct toy_head *h = (const struct toy_head *)p; // lint: cast
    uint16_t be = *(uint16_t *)text; // lint: cast
    const uint8_t *end = p + n; // lint: arithmetic
    struct bytes b = rd_bytes(r, 4);

    struct toy_state two = { .a = rd_u8(r), .b = rd_be16(r) }; // lint: second read
    memcpy(text, p, n); // lint: memcpy
    if (strlen(text) > 3) { // lint: strlen
        p++; // lint: arithmetic
    }
    while (*p++ != 0) { // lint: arithmetic
        end -= 1; // lint: arithmetic
    }
    parse(&p[4], 3); // lint: arithmetic
    parse(b.p + 4, 3); // lint: arithmetic
    parse(&b.p[4], 3); // lint: arithmetic
    void *m = malloc(n); // lint: malloc
    free(m); // lint: free
    log_say(NULL, LOG_INFO, "seen"); // lint: log_say
    printf("%d\n", be); // lint: printf
    if (h == NULL) {
        abort(); // lint: abort
    }
    return counter + calls + (last != NULL);
}
