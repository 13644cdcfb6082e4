/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

enum { ACCESS_READ = 1, ACCESS_WRITE = 2 }; /* bits of modbus.access */

struct asked {
    const struct field *unit_field, *function_field, *subfunction_field, *category_field, *access_field, *value_field;
    const struct field *address_field[2], *quantity_field[2]; /* read, written */
    bool has_unit, has_function, has_subfunction, has_address, has_value;
    struct range unit, address, value;
    uint64_t function, subfunction, category, direction, table;
};

/* A number's condition, of which everything but the bounds of "A<>B" is as in other keywords: these are outside. */
static bool number(struct bytes b, uint64_t max, struct range *out, struct err *err)
{
    char text[64];

    if (b.n == 0 || b.n >= sizeof text) {
        return err_set(err, "modbus: a number is wanted");
    }
    for (size_t i = 0; i < b.n; i++) {
        text[i] = (char)b.p[i];
    }
    text[b.n] = '\0';
    return range_parse_max(text, max, out, err);
}

/* "WORD rest": the rest, without blanks around it. */
static bool word(struct bytes b, const char *name, struct bytes *rest)
{
    size_t n = strlen(name);

    if (!bytes_starts_nocase(b, name) || (b.n > n && b.p[n] != ' ' && b.p[n] != '\t')) {
        return false;
    }
    *rest = bytes_trim(bytes_from(b, n), " \t");
    return true;
}

/* A code, or a category with or without '!'. */
static bool parse_function(struct bytes b, struct asked *to, struct err *err)
{
    static const struct { const char *name; uint8_t bits; } categories[] = { { "assigned", 1 }, { "unassigned", 2 }, { "public", 3 }, { "user", 4 },
        { "reserved", 8 }, { "all", 15 } };
    bool not = bytes_starts(b, "!");
    struct bytes name = bytes_trim(bytes_from(b, not), " \t");

    to->has_function = bytes_u64(b, &to->function);
    if (to->has_function) {
        return to->function <= UINT8_MAX || err_set(err, "modbus: function %llu is above 255", (unsigned long long)to->function);
    }
    for (unsigned i = 0; i < ROWS(categories); i++) {
        if (bytes_is_nocase(name, categories[i].name)) {
            to->category = not ? 15u & ~categories[i].bits : categories[i].bits;
            return true;
        }
    }
    return err_set(err, "modbus: '%.*s' is neither a function code nor a category", (int)b.n, (const char *)b.p);
}

/* "read|write [discretes|coils|input|holding]"; only what can be written can be. */
static bool parse_access(struct bytes b, struct asked *to, struct err *err)
{
    static const struct { const char *name; uint8_t bit, directions; } tables[] = { { "discretes", 4, 1 }, { "coils", 8, 3 }, { "input", 16, 1 }, { "holding", 32, 3 } };
    struct bytes table;

    to->direction = word(b, "read", &table) ? ACCESS_READ : word(b, "write", &table) ? ACCESS_WRITE : 0;
    for (unsigned i = 0; to->direction != 0 && i < ROWS(tables); i++) {
        if (bytes_is_nocase(table, tables[i].name) && (tables[i].directions & to->direction) != 0) {
            to->table = tables[i].bit;
            return true;
        }
    }
    return (to->direction != 0 && table.n == 0) || err_set(err, "modbus: '%.*s' is no access", (int)b.n, (const char *)b.p);
}

static bool parse_part(struct bytes b, struct asked *to, struct err *err)
{
    struct bytes rest;

    if (word(b, "unit", &rest) && !to->has_unit) {
        to->has_unit = true;
        return number(rest, UINT8_MAX, &to->unit, err);
    }
    if (word(b, "function", &rest) && !to->has_function && to->category == 0 && to->direction == 0) {
        return parse_function(rest, to, err);
    }
    if (word(b, "subfunction", &rest) && to->has_function && !to->has_subfunction) {
        to->has_subfunction = bytes_u64(rest, &to->subfunction) && to->subfunction <= UINT16_MAX;
        return to->has_subfunction || err_set(err, "modbus: '%.*s' is no subfunction", (int)rest.n, (const char *)rest.p);
    }
    if (word(b, "access", &rest) && !to->has_function && to->category == 0 && to->direction == 0) {
        return parse_access(rest, to, err);
    }
    if (word(b, "address", &rest) && to->table != 0 && !to->has_address) {
        to->has_address = true;
        return number(rest, UINT16_MAX, &to->address, err);
    }
    if (word(b, "value", &rest) && to->has_address && to->direction == ACCESS_WRITE && !to->has_value) {
        to->has_value = true;
        return to->address.op == RANGE_EQ ? number(rest, UINT16_MAX, &to->value, err) : err_set(err, "modbus: a value goes with one address");
    }
    return err_set(err, "modbus: '%.*s' is not expected here", (int)b.n, (const char *)b.p);
}

static bool fields_find(struct rule_parse *p, struct asked *to, struct err *err)
{
    const struct { const struct field **field; const char *name; } rows[] = {
        { &to->unit_field, "modbus.unit" }, { &to->function_field, "modbus.function" }, { &to->subfunction_field, "modbus.subfunction" },
        { &to->category_field, "modbus.category" }, { &to->access_field, "modbus.access" }, { &to->value_field, "modbus.value" },
        { &to->address_field[0], "modbus.read_address" }, { &to->quantity_field[0], "modbus.read_quantity" },
        { &to->address_field[1], "modbus.write_address" }, { &to->quantity_field[1], "modbus.write_quantity" },
    };

    for (unsigned i = 0; i < ROWS(rows); i++) {
        if ((*rows[i].field = kw_field(p, "modbus", rows[i].name, err)) == NULL) {
            return false;
        }
    }
    return true;
}

/* "unit >9, access read coils, address 0<>2"; "function 8, subfunction 4"; "function !reserved" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct asked *to = kw_data(p, sizeof *to, err);
    struct rd b = rd_of(bytes_str(argument));

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL || !fields_find(p, to, err)) {
        return false;
    }
    for (bool more = true; more;) {
        if (!parse_part(bytes_trim(rd_until(&b, ',', &more), " \t"), to, err)) {
            return false;
        }
    }
    return true;
}

/* Is one of the addresses meant, with a value that is?  Rules count addresses from 1. */
static bool access_match(const struct detect_scope *s, const struct asked *a)
{
    unsigned written = a->direction == ACCESS_WRITE;
    uint64_t first, n, v;

    if (!a->has_address) {
        return true;
    }
    if (!kw_field_number(s, a->address_field[written], &first) || !kw_field_number(s, a->quantity_field[written], &n)) {
        return false;
    }
    for (uint64_t i = 0; i < n; i++) {
        if (range_has(&a->address, first + 1 + i) &&
            (!a->has_value || (a->value_field->number(s->txn, s->side, (unsigned)i, &v) && range_has(&a->value, v)))) {
            return true;
        }
    }
    return false;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct asked *a = data;
    uint64_t x;

    (void)r;
    if (a->has_unit && !(kw_field_number(s, a->unit_field, &x) && range_has(&a->unit, x))) {
        return false;
    }
    if (a->direction != 0) {
        return kw_field_number(s, a->access_field, &x) && (x & a->direction) != 0 && (a->table == 0 || (x & a->table) != 0) && access_match(s, a);
    }
    if (a->category != 0) {
        return kw_field_number(s, a->category_field, &x) && (x & a->category) != 0;
    }
    if (!a->has_function) {
        return a->has_unit;
    }
    return kw_field_number(s, a->function_field, &x) && x == a->function &&
           (!a->has_subfunction || (kw_field_number(s, a->subfunction_field, &x) && x == a->subfunction));
}

const struct keyword keyword_modbus = {
    .name = "modbus",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_TXN,
    .proto = "modbus",
    .parse = parse,
    .match = match,
    .help = "a request by unit, function or access: modbus:unit 10; modbus:function 8, subfunction 4; modbus:access write holding, address 500, value >200",
};
