/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands about memory caps, sets of values, bits of hosts, and hosts that are kept out. */
#include "control/command.h"

#include "base/clock.h"
#include "engine/outside.h"

#include <string.h>

/* ---- memory ---- */

/* As the settings write it: the largest unit that leaves nothing over. */
static const char *size_text(uint64_t bytes, char room[32])
{
    static const char *const units[] = { "b", "kb", "mb", "gb" };
    unsigned unit = 0;

    if (bytes == 0) {
        return "unlimited";
    }
    for (; unit < 3 && bytes % 1024 == 0; unit++) {
        bytes /= 1024;
    }
    snprintf(room, 32, "%llu%s", (unsigned long long)bytes, units[unit]);
    return room;
}

static uint64_t cap_of(struct request *r, const struct memory_cap *c) { return *c->value(r->engine->settings) * r->engine->settings->workers; }

static const struct memory_cap *cap_named(struct request *r)
{
    const char *name = request_text(r, "config");

    for (unsigned i = 0; i < memory_cap_n; i++) {
        if (strcmp(memory_caps[i].name, name) == 0) {
            return &memory_caps[i];
        }
    }
    err_set(&r->err, "Memcap value not found. Use 'memcap-list' to show all");
    return NULL;
}

bool command_memcap_list(struct request *r)
{
    char room[32];

    json_array(r->out, MESSAGE);
    for (unsigned i = 0; i < memory_cap_n; i++) {
        json_object(r->out, NULL);
        json_string(r->out, "name", memory_caps[i].name);
        json_string(r->out, "value", size_text(cap_of(r, &memory_caps[i]), room));
        json_end_object(r->out);
    }
    json_end_array(r->out);
    return true;
}

bool command_memcap_show(struct request *r)
{
    const struct memory_cap *c = cap_named(r);
    char room[32];

    if (c == NULL) {
        return false;
    }
    json_object(r->out, MESSAGE);
    json_string(r->out, "value", size_text(cap_of(r, c), room));
    json_end_object(r->out);
    return true;
}

bool command_memcap_set(struct request *r)
{
    const struct memory_cap *c = cap_named(r);
    const char *text = request_text(r, "memcap");
    char said[128];
    uint64_t bytes;

    if (c == NULL) {
        return false;
    }
    if (text == NULL || !(strcmp(text, "unlimited") == 0 ? (bytes = 0, true) : conf_text_size(text, &bytes))) {
        return err_set(&r->err, "error parsing memcap specified, value not changed");
    }
    if (!engine_memory_set(r->engine, c, bytes, &r->err)) {
        return false;
    }
    snprintf(said, sizeof said, "memcap value for '%s' updated: %llu ", c->name, (unsigned long long)bytes);
    json_string(r->out, MESSAGE, said);
    return true;
}

bool command_memory(struct request *r)
{
    json_array(r->out, MESSAGE);
    for (unsigned i = 0; i < memory_cap_n; i++) {
        const struct memory_cap *c = &memory_caps[i];
        json_object(r->out, NULL);
        json_string(r->out, "name", c->name);
        json_string(r->out, "what", c->help);
        json_u64(r->out, "used", engine_memory_used(r->engine, c));
        json_u64(r->out, "cap", cap_of(r, c));
        json_string(r->out, "setting", c->setting);
        json_end_object(r->out);
    }
    json_end_array(r->out);
    return true;
}

/* ---- sets ---- */

static bool dataset_do(struct request *r, enum dataset_request what)
{
    const char *value = request_text(r, "datavalue");
    const struct dataset_call c = { what, request_text(r, "setname"), request_text(r, "settype"), value != NULL ? value : "", request_text(r, "datajson") };
    const char *said = engine_dataset(r->engine, &c, &r->err);

    if (said != NULL) {
        json_string(r->out, MESSAGE, said);
    }
    return said != NULL;
}

bool command_dataset_add(struct request *r) { return dataset_do(r, DATASET_ADD); }
bool command_dataset_remove(struct request *r) { return dataset_do(r, DATASET_REMOVE); }
bool command_dataset_lookup(struct request *r) { return dataset_do(r, DATASET_LOOKUP); }
bool command_dataset_clear(struct request *r) { return dataset_do(r, DATASET_CLEAR); }

bool command_dataset_dump(struct request *r)
{
    if (!engine_datasets_save(r->engine, &r->err)) {
        return false;
    }
    json_string(r->out, MESSAGE, "datasets dump done");
    return true;
}

bool command_lists(struct request *r)
{
    json_array(r->out, MESSAGE);
    engine_datasets_tell(r->engine, r->out);
    json_end_array(r->out);
    return true;
}

/* ---- bits of hosts ---- */

bool command_hostbit_add(struct request *r)
{
    uint64_t seconds;

    if (!request_number(r, "expire", &seconds) || seconds > UINT32_MAX) {
        return err_set(&r->err, "expire is no number of seconds");
    }
    if (!engine_host_bit_set(r->engine, request_text(r, "ipaddress"), request_text(r, "hostbit"), (uint32_t)seconds, &r->err)) {
        return false;
    }
    json_string(r->out, MESSAGE, "hostbit added");
    return true;
}

bool command_hostbit_remove(struct request *r)
{
    if (!engine_host_bit_clear(r->engine, request_text(r, "ipaddress"), request_text(r, "hostbit"), &r->err)) {
        return false;
    }
    json_string(r->out, MESSAGE, "hostbit removed");
    return true;
}

bool command_hostbit_list(struct request *r) { return engine_host_bits_tell(r->engine, request_text(r, "ipaddress"), r->out, MESSAGE, &r->err); }

/* ---- hosts that are kept out ---- */

static void block_tell(void *ctx, const struct block *one)
{
    struct json *j = ctx;
    char address[ADDR_TEXT_MAX];

    addr_text(&one->addr, one->family, address);
    json_object(j, NULL);
    json_string(j, "ip", address);
    json_u64(j, "seconds", (one->until - clock_now()) / CLOCK_SECOND);
    json_end_object(j);
}

bool command_blocked(struct request *r)
{
    json_array(r->out, MESSAGE);
    if (r->engine->blocks != NULL) {
        blocks_each(r->engine->blocks, clock_now(), block_tell, r->out);
    }
    json_end_array(r->out);
    return true;
}

/* The table, and the host that is meant; NULL: err. */
static struct blocks *blocks_of(struct request *r, struct addr *a, enum family *family)
{
    const char *address = request_text(r, "ipaddress");

    if (r->engine->blocks == NULL) {
        (void)err_set(&r->err, "nothing is kept out here: no devices are read");
        return NULL;
    }
    if (!r->engine->settings->blocks.active) {
        (void)err_set(&r->err, "nothing is kept out here: this is no guard that holds up, and neither respond.nftables nor respond.xdp is on");
        return NULL;
    }
    if (!addr_parse(address, a, family)) {
        (void)err_set(&r->err, "%s: an address is wanted", address);
        return NULL;
    }
    return r->engine->blocks;
}

bool command_block(struct request *r)
{
    uint64_t seconds = r->engine->settings->blocks.seconds;
    struct addr a;
    enum family family;
    struct blocks *b = blocks_of(r, &a, &family);

    if (b == NULL) {
        return false;
    }
    (void)request_number(r, "seconds", &seconds);
    if (seconds == 0 || seconds > BLOCK_SECONDS_MAX) {
        return err_set(&r->err, "1 to %u seconds are wanted", BLOCK_SECONDS_MAX);
    }
    uint64_t untold = blocks_count(b, BLOCKS_UNTOLD);
    if (!blocks_put(b, &a, family, clock_now(), (uint32_t)seconds)) {
        return err_set(&r->err, "it is kept out for longer already, or never to be (respond.never-block)");
    }
    if (!blocks_told(b, untold, &r->err)) {
        bool others = r->engine->settings->inline_devices || r->engine->settings->blocks.xdp;
        (void)(others || blocks_remove(b, &a, family, clock_now()));
        return err_add(&r->err, others ? "kept out here, but not by the firewall" : "not kept out");
    }
    json_string(r->out, MESSAGE, "kept out");
    return true;
}

bool command_unblock(struct request *r)
{
    struct addr a;
    enum family family;
    struct blocks *b = blocks_of(r, &a, &family);

    if (b == NULL) {
        return false;
    }
    if (!blocks_remove(b, &a, family, clock_now())) {
        return err_set(&r->err, "it is not kept out");
    }
    json_string(r->out, MESSAGE, "let in");
    return true;
}
