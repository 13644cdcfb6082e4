/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One message: a function and what goes with it (MODBUS Application Protocol V1.1b3). */
#include "proto/modbus/modbus.h"

enum shape { SHAPE_ANY, SHAPE_0, SHAPE_1, SHAPE_2, SHAPE_4, SHAPE_READ, SHAPE_VALUES, SHAPE_WRITE, SHAPE_WRITE_MANY, SHAPE_MASK, SHAPE_READ_WRITE,
             SHAPE_DIAGNOSTIC, SHAPE_MEI };
enum { FUNCTION_COIL = 5, FUNCTION_READ_WRITE = 23, FUNCTION_DIAGNOSTIC = 8, FUNCTION_MEI = 43 };
enum { COIL_ON = 0xff00, READ_BITS_MAX = 2000, READ_WORDS_MAX = 125, WRITE_BITS_MAX = 1968, WRITE_WORDS_MAX = 123, READ_WRITE_MAX = 121 };

static const struct function {
    const char *name;
    uint16_t access;
    uint8_t request, response; /* enum shape */
} functions[128] = {
#define FUNCTION(number, name, access, request, response) [number] = { name, access, request, response },
#include "proto/modbus/modbus_functions.list"
#undef FUNCTION
};

static const struct function *function_of(const struct modbus_message *m) { return &functions[m->function & 0x7f]; }

const char *modbus_function_name(const struct modbus_message *m) { return function_of(m)->name != NULL ? function_of(m)->name : "Unknown"; }

/* 5: user-defined and reserved codes; annex A: reserved by some companies. */
static uint8_t category_of(uint8_t function)
{
    static const struct { uint8_t low, high, category; } rows[] = {
        { 0, 0, 0 }, { 8, 8, RESERVED }, { 41, 43, RESERVED }, { 65, 72, USER_DEFINED }, { 90, 91, RESERVED }, { 100, 110, USER_DEFINED }, { 125, 127, RESERVED },
    };

    for (unsigned i = 0; i < ROWS(rows); i++) {
        if (function >= rows[i].low && function <= rows[i].high) {
            return rows[i].category;
        }
    }
    return functions[function].name != NULL ? PUBLIC_ASSIGNED : PUBLIC_UNASSIGNED;
}

/* Bits are packed in octets, registers have two. */
static bool is_bits(const struct modbus_message *m) { return (m->access & (COILS | DISCRETES)) != 0; }
static size_t octets_of(const struct modbus_message *m, uint16_t quantity) { return is_bits(m) ? (quantity + 7u) / 8 : quantity * 2u; }

static void flag_if(struct modbus_message *m, bool wrong, uint16_t flag) { m->flags |= (uint16_t)(wrong ? flag : 0); }

/* What follows must be n octets; fewer are kept as they are, and false. */
static bool octets(struct modbus_message *m, struct rd *r, size_t n, struct arena *a)
{
    flag_if(m, rd_left(r) != n, FLAG_LENGTH);
    if (rd_left(r) >= n) {
        return true;
    }
    m->has_bytes = true;
    m->bytes = arena_copy(a, rd_rest(r));
    return false;
}

static void read_bytes(struct modbus_message *m, struct rd *r, struct arena *a)
{
    m->has_bytes = true;
    m->bytes = arena_copy(a, rd_rest(r));
}

static void read_range(struct modbus_message *m, struct rd *r)
{
    m->has_read = true;
    m->read_address = rd_be16(r);
    m->read_quantity = rd_be16(r);
    flag_if(m, m->read_quantity == 0 || m->read_quantity > (is_bits(m) ? READ_BITS_MAX : READ_WORDS_MAX), FLAG_VALUE);
}

static void read_values(struct modbus_message *m, struct rd *r, struct arena *a)
{
    if (rd_left(r) == 0) {
        m->flags |= FLAG_LENGTH;
        return;
    }
    uint8_t n = rd_u8(r);
    flag_if(m, rd_left(r) != n, FLAG_VALUE);
    m->has_values = true;
    m->bytes = arena_copy(a, rd_rest(r));
}

static void read_write(struct modbus_message *m, bool request, struct rd *r)
{
    m->has_write = true;
    m->write_address = rd_be16(r);
    m->write_quantity = rd_be16(r);
    flag_if(m, request && m->function == FUNCTION_COIL && m->write_quantity != 0 && m->write_quantity != COIL_ON, FLAG_VALUE);
}

static void read_write_many(struct modbus_message *m, struct rd *r, struct arena *a)
{
    uint16_t max = is_bits(m) ? WRITE_BITS_MAX : m->function == FUNCTION_READ_WRITE ? READ_WRITE_MAX : WRITE_WORDS_MAX;

    m->has_write = m->many = true;
    m->write_address = rd_be16(r);
    m->write_quantity = rd_be16(r);
    uint8_t n = rd_u8(r);
    flag_if(m, m->write_quantity == 0 || m->write_quantity > max || n != octets_of(m, m->write_quantity), FLAG_VALUE);
    flag_if(m, m->write_quantity == 0 || n != rd_left(r), FLAG_LENGTH);
    m->values = arena_copy(a, rd_rest(r));
}

static void read_mask(struct modbus_message *m, struct rd *r)
{
    m->has_mask = true;
    m->write_address = rd_be16(r);
    m->and_mask = rd_be16(r);
    m->or_mask = rd_be16(r);
}

/* 6.8: what a request holds besides the code; `zero`: nothing, `low`: the second octet is zero, `coil`: as a coil's value. */
static const struct diagnostic { const char *name; enum { ANY, ZERO, LOW, COIL } holds; } diagnostics[] = {
    { "RetQueryData", ANY }, { "RestartCommOpt", COIL }, { "RetDiagReg", ZERO }, { "ChangeInputDelimiter", LOW }, { "ForceListenOnlyMode", ANY },
    { NULL, ANY }, { NULL, ANY }, { NULL, ANY }, { NULL, ANY }, { NULL, ANY }, { "ClearCtrDiagReg", ZERO }, { "RetBusMsgCount", ZERO },
    { "RetBusCommErrCount", ZERO }, { "RetBusExcErrCount", ZERO }, { "RetServerMsgCount", ZERO }, { "RetServerNoRespCount", ZERO },
    { "RetServerNAKCount", ZERO }, { "RetServerBusyCount", ZERO }, { "RetBusCharOverrunCount", ZERO }, { "RetOverrunErrCount", ZERO },
    { "ClearOverrunCounterFlag", ZERO }, { "GetClearPlusStats", ZERO },
};

const char *modbus_diagnostic_name(uint16_t code)
{
    return code < ROWS(diagnostics) && diagnostics[code].name != NULL ? diagnostics[code].name : "Reserved";
}

static void read_diagnostic(struct modbus_message *m, bool request, struct rd *r, struct arena *a)
{
    m->category = 0;
    if (rd_left(r) < 2) {
        m->flags |= FLAG_LENGTH;
        return;
    }
    m->has_code = true;
    m->code = rd_be16(r);
    m->category = m->code < ROWS(diagnostics) && diagnostics[m->code].name != NULL ? PUBLIC_ASSIGNED : RESERVED;
    struct rd data = *r;
    uint16_t v = rd_be16(&data);
    unsigned holds = m->code < ROWS(diagnostics) ? diagnostics[m->code].holds : ANY;
    flag_if(m, !rd_done(&data), FLAG_LENGTH);
    flag_if(m, request && rd_done(&data) && ((holds == ZERO && v != 0) || (holds == LOW && (v & 0xff) != 0) || (holds == COIL && v != 0 && v != COIL_ON)), FLAG_VALUE);
    m->bytes = arena_copy(a, rd_rest(r));
}

static void read_interface(struct modbus_message *m, struct rd *r, struct arena *a)
{
    m->category = 0;
    if (rd_left(r) == 0) {
        m->flags |= FLAG_LENGTH;
        return;
    }
    m->has_code = true;
    m->code = rd_u8(r);
    m->category = m->code == 13 || m->code == 14 ? PUBLIC_ASSIGNED : RESERVED; /* 6.20, 6.21 */
    m->bytes = arena_copy(a, rd_rest(r));
}

/* 7: codes of exceptions in use. */
static void read_exception(struct modbus_message *m, struct rd *r, struct arena *a)
{
    if ((m->function & 0x7f) == FUNCTION_DIAGNOSTIC || function_of(m)->name == NULL || (m->function & 0x7f) == FUNCTION_MEI) {
        m->category = 0;
    }
    if (!octets(m, r, 1, a)) {
        return;
    }
    m->has_exception = true;
    m->exception = rd_u8(r);
    flag_if(m, m->exception == 0 || (m->exception > 7 && m->exception != 10 && m->exception != 11), FLAG_EXCEPTION);
}

void modbus_read(struct modbus_message *m, bool request, struct rd r, struct arena *a)
{
    const struct function *f = function_of(m);
    unsigned shape = request ? f->request : f->response;

    m->access = f->access;
    m->category = category_of(m->function & 0x7f);
    if (request) {
        flag_if(m, m->function == 0 || (m->function & EXCEPTION_BIT) != 0, FLAG_FUNCTION);
    } else if ((m->function & EXCEPTION_BIT) != 0) {
        read_exception(m, &r, a);
        return;
    }
    switch ((enum shape)shape) {
    case SHAPE_READ: if (octets(m, &r, 4, a)) { read_range(m, &r); } break;
    case SHAPE_VALUES: read_values(m, &r, a); break;
    case SHAPE_WRITE: if (octets(m, &r, 4, a)) { read_write(m, request, &r); } break;
    case SHAPE_MASK: if (octets(m, &r, 6, a)) { read_mask(m, &r); } break;
    case SHAPE_WRITE_MANY:
        if (rd_left(&r) >= 5) {
            read_write_many(m, &r, a);
        } else {
            (void)octets(m, &r, 5, a);
        }
        break;
    case SHAPE_READ_WRITE:
        if (rd_left(&r) < 4) {
            (void)octets(m, &r, 4, a);
            break;
        }
        read_range(m, &r);
        flag_if(m, rd_left(&r) < 5, FLAG_LENGTH);
        if (rd_left(&r) >= 5) {
            read_write_many(m, &r, a);
        }
        break;
    case SHAPE_DIAGNOSTIC: read_diagnostic(m, request, &r, a); break;
    case SHAPE_MEI: read_interface(m, &r, a); break;
    case SHAPE_ANY:
    case SHAPE_0:
    case SHAPE_1:
    case SHAPE_2:
    case SHAPE_4: {
        static const uint8_t n[] = { [SHAPE_0] = 0, [SHAPE_1] = 1, [SHAPE_2] = 2, [SHAPE_4] = 4 };
        flag_if(m, shape != SHAPE_ANY && rd_left(&r) != n[shape], FLAG_LENGTH);
        read_bytes(m, &r, a);
        break;
    }
    default: break;
    }
}

/* A response is as long as the request asked for, and a write is repeated. */
bool modbus_agree(const struct modbus_message *request, const struct modbus_message *response)
{
    const struct function *f = function_of(response);
    bool shaped = (response->function & EXCEPTION_BIT) != 0 || f->response == SHAPE_VALUES || f->response == SHAPE_WRITE || f->response == SHAPE_MASK;

    if (shaped && (response->flags & (FLAG_LENGTH | FLAG_VALUE)) != 0) {
        return false;
    }
    if (response->has_values && request->has_read) {
        return response->bytes.n == octets_of(request, request->read_quantity);
    }
    if (response->has_mask && request->has_mask) {
        return response->write_address == request->write_address && response->and_mask == request->and_mask && response->or_mask == request->or_mask;
    }
    if (response->has_write && request->has_write) {
        return response->write_address == request->write_address && response->write_quantity == request->write_quantity;
    }
    return true;
}

bool modbus_value(const struct modbus_message *m, unsigned i, uint16_t *out)
{
    if (m->has_write && !m->many) {
        *out = (m->function & 0x7f) == FUNCTION_COIL ? m->write_quantity != 0 : m->write_quantity;
        return i == 0;
    }
    if (!m->has_write || i >= m->write_quantity) {
        return false;
    }
    if (is_bits(m)) {
        struct rd r = rd_of(bytes_from(m->values, i / 8));
        *out = rd_u8(&r) >> i % 8 & 1;
        return rd_ok(&r);
    }
    struct rd r = rd_of(bytes_from(m->values, (size_t)i * 2));
    *out = rd_be16(&r);
    return rd_ok(&r);
}
