/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * print - what a sign means: tables of fingerprints, read once from files that people can read and change.
 *
 * Evidence is a kind of sign and its text (base/sign.h).  A table says for such a text which operating system, device,
 * software or hypervisor it speaks of, and how surely.  Nothing is decided here: the map weighs guesses of many signs
 * (precedence, conflicts); a row that many systems share says so by its strength.
 *
 * Owner: the engine; immutable after prints_load, read by any thread.  Texts of guesses live as long as the table.
 */
#ifndef AWARE_PRINT_H
#define AWARE_PRINT_H

#include "base/err.h"
#include "base/rd.h"
#include "base/sign.h"

enum os_family { OS_FAMILY_UNKNOWN, OS_FAMILY_WINDOWS, OS_FAMILY_LINUX, OS_FAMILY_ANDROID, OS_FAMILY_MACOS, OS_FAMILY_IOS, OS_FAMILY_BSD,
                 OS_FAMILY_SOLARIS, OS_FAMILY_UNIX /* another */, OS_FAMILY_CISCO, OS_FAMILY_JUNIPER, OS_FAMILY_NETWORK /* another */,
                 OS_FAMILY_EMBEDDED, OS_FAMILY_HYPERVISOR, OS_FAMILY_N };
enum device { DEVICE_UNKNOWN, DEVICE_COMPUTER, DEVICE_SERVER, DEVICE_PHONE, DEVICE_TABLET, DEVICE_PRINTER, DEVICE_ROUTER, DEVICE_SWITCH, DEVICE_ACCESS_POINT,
              DEVICE_FIREWALL, DEVICE_LOAD_BALANCER, DEVICE_NAT, DEVICE_CAMERA, DEVICE_MEDIA, DEVICE_VOIP, DEVICE_STORAGE, DEVICE_CONTROLLER /* industrial */, DEVICE_IOT, DEVICE_N };
enum hypervisor { HYPERVISOR_NONE, HYPERVISOR_VMWARE, HYPERVISOR_HYPERV, HYPERVISOR_KVM, HYPERVISOR_XEN, HYPERVISOR_VIRTUALBOX, HYPERVISOR_PARALLELS,
                  HYPERVISOR_BHYVE, HYPERVISOR_CONTAINER, HYPERVISOR_CLOUD, HYPERVISOR_OTHER, HYPERVISOR_N };
extern const char *const os_family_names[OS_FAMILY_N], *const device_names[DEVICE_N], *const hypervisor_names[HYPERVISOR_N];

/* One thing a sign may mean.  What a row does not speak of is 0 or empty. */
struct guess {
    uint8_t family, device, hypervisor; /* enums above */
    uint8_t strength;        /* 1 to 100: how often of a hundred it is so, by the row's source */
    struct bytes vendor;     /* "Microsoft" */
    struct bytes os, version;/* "Windows", "10.0.19041": of the operating system */
    struct bytes product, product_version; /* of the software that speaks: "nginx", "1.18.0"; may point into the sign's text */
    struct bytes cpe;        /* its vendor and name in the dictionary of CPE: "f5:nginx" */
    const char *row;         /* file:line of the row, for evidence */
};
enum { GUESSES_MAX = 8 };

struct prints;

/* The project's own tables from `dir` (NULL: those built in), p0f's file and the list of MAC makers where they are installed.  A bad row is told with
 * file, line, column and reason to `log` and left out.  NULL: no memory, or `dir` can't be read. */
struct prints *prints_load(const char *dir, void (*bad)(void *ctx, const struct err *e), void *ctx, struct err *err);
void prints_free(struct prints *p);

/* What that sign may mean, strongest first; no more than GUESSES_MAX.  Bounded work for any text. */
unsigned prints_match(const struct prints *p, enum sign sign, struct bytes text, struct guess out[GUESSES_MAX]);

#endif
