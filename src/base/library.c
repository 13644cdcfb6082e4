/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/library.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

void *library_open(const char *const *files, const struct library_call *calls, size_t n, void *table)
{
    void *library = NULL;

    for (; *files != NULL && library == NULL; files++) {
        library = dlopen(*files, RTLD_NOW | RTLD_LOCAL);
    }
    for (size_t i = 0; library != NULL && i < n; i++) {
        void *call = dlsym(library, calls[i].name); /* POSIX: a void * may hold a function */
        if (call == NULL) {
            library_close(library);
            return NULL;
        }
        memcpy((uint8_t *)table + calls[i].at, &call, sizeof call);
    }
    return library;
}

void library_close(void *library)
{
    if (library != NULL) {
        (void)dlclose(library);
    }
}
