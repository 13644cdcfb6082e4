/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of codes, and records. */
#include "proto/dnp3/dnp3.h"

/* Function codes (IEEE 1815 4.4), as rules name them. */
static const struct code functions[] = {
    { 0, "confirm" }, { 1, "read" }, { 2, "write" }, { 3, "select" }, { 4, "operate" }, { 5, "direct_operate" }, { 6, "direct_operate_nr" },
    { 7, "immed_freeze" }, { 8, "immed_freeze_nr" }, { 9, "freeze_clear" }, { 10, "freeze_clear_nr" }, { 11, "freeze_at_time" },
    { 12, "freeze_at_time_nr" }, { 13, "cold_restart" }, { 14, "warm_restart" }, { 15, "initialize_data" }, { 16, "initialize_appl" },
    { 17, "start_appl" }, { 18, "stop_appl" }, { 19, "save_config" }, { 20, "enable_unsolicited" }, { 21, "disable_unsolicited" },
    { 22, "assign_class" }, { 23, "delay_measure" }, { 24, "record_current_time" }, { 25, "open_file" }, { 26, "close_file" }, { 27, "delete_file" },
    { 28, "get_file_info" }, { 29, "authenticate_file" }, { 30, "abort_file" }, { 31, "activate_config" }, { 32, "authenticate_req" },
    { 33, "authenticate_err" }, { 129, "response" }, { 130, "unsolicited_response" }, { 131, "authenticate_resp" },
};

/* Internal indications (IEEE 1815 4.2.2.6): the first octet is the high one here. */
static const struct code indications[] = {
    { 0x8000, "device_restart" }, { 0x4000, "device_trouble" }, { 0x2000, "local_control" }, { 0x1000, "need_time" },
    { 0x0800, "class_3_events" }, { 0x0400, "class_2_events" }, { 0x0200, "class_1_events" }, { 0x0100, "all_stations" },
    { 0x0080, "reserved_1" }, { 0x0040, "reserved_2" }, { 0x0020, "config_corrupt" }, { 0x0010, "already_executing" },
    { 0x0008, "event_buffer_overflow" }, { 0x0004, "parameter_error" }, { 0x0002, "object_unknown" }, { 0x0001, "no_func_code_support" },
};

const struct names dnp3_functions = { .codes = functions, .n = ROWS(functions) };
const struct names dnp3_indications = { .codes = indications, .n = ROWS(indications) };

/* "group,variation" */
bool dnp3_object_named(struct bytes name, uint64_t *number)
{
    struct rd r = rd_of(name);
    uint64_t group, variation;
    bool comma;
    struct bytes first = bytes_trim(rd_until(&r, ',', &comma), " \t");

    if (!comma || !bytes_u64(first, &group) || !bytes_u64(bytes_trim(rd_rest(&r), " \t"), &variation) || group > UINT8_MAX || variation > UINT8_MAX) {
        return false;
    }
    *number = group << 8 | variation;
    return true;
}

static void log_link(struct json *j, const struct dnp3 *d)
{
    json_object(j, "control");
    json_bool(j, "dir", (d->link & 0x80) != 0);
    json_bool(j, "pri", (d->link & 0x40) != 0);
    json_bool(j, "fcb", (d->link & 0x20) != 0);
    json_bool(j, "fcv", (d->link & 0x10) != 0);
    json_u64(j, "function_code", d->link & 0xf);
    json_end_object(j);
    json_u64(j, "src", d->source);
    json_u64(j, "dst", d->destination);
}

static void log_objects(struct json *j, const struct dnp3 *d)
{
    if (d->object_n == 0) {
        return;
    }
    json_array(j, "objects");
    for (uint32_t i = 0; i < d->object_n; i++) {
        const struct dnp3_object *o = &d->object[i];
        json_object(j, NULL);
        json_u64(j, "group", o->group);
        json_u64(j, "variation", o->variation);
        json_u64(j, "qualifier", o->qualifier);
        json_u64(j, "prefix_code", o->qualifier >> 4 & 7);
        json_u64(j, "range_code", o->qualifier & 0xf);
        json_u64(j, "start", o->start);
        json_u64(j, "stop", o->stop);
        json_u64(j, "count", o->count);
        dnp3_log_points(j, o);
        json_end_object(j);
    }
    json_end_array(j);
}

static void log_fragment(struct json *j, const struct dnp3 *d)
{
    json_object(j, "application");
    json_object(j, "control");
    json_bool(j, "fir", (d->control & 0x80) != 0);
    json_bool(j, "fin", (d->control & 0x40) != 0);
    json_bool(j, "con", (d->control & 0x20) != 0);
    json_bool(j, "uns", (d->control & 0x10) != 0);
    json_u64(j, "sequence", d->control & 0xf);
    json_end_object(j);
    json_u64(j, "function_code", d->function);
    log_objects(j, d);
    json_bool(j, "complete", d->complete);
    json_end_object(j);
}

static void log_indications(struct json *j, const struct dnp3 *d)
{
    json_object(j, "iin");
    if (d->indications != 0) {
        json_array(j, "indicators");
        for (unsigned i = 0; i < ROWS(indications); i++) {
            if ((d->indications & indications[i].number) != 0) {
                json_string(j, NULL, indications[i].name);
            }
        }
        json_end_array(j);
    }
    json_end_object(j);
}

static void log_message(struct json *j, const struct dnp3 *d)
{
    json_string(j, "type", d->request ? "request" : d->function == DNP3_UNSOLICITED ? "unsolicited_response" : "response");
    log_link(j, d);
    log_fragment(j, d);
    if (!d->request) {
        log_indications(j, d);
    }
}

/* In alerts. */
void dnp3_log(const struct txn *t, struct json *j)
{
    const struct dnp3 *d = txn_data_const(t);

    json_object(j, d->request ? "request" : "response");
    log_message(j, d);
    json_end_object(j);
}

void dnp3_log_part(const struct txn *t, unsigned i, struct json *j)
{
    (void)i;
    log_message(j, txn_data_const(t));
}

/* What was never whole gets no record. */
bool dnp3_log_wanted(const struct txn *t)
{
    const struct dnp3 *d = txn_data_const(t);

    return d->whole || d->data.cut;
}
