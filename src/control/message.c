/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control/message.h"

#include "base/json_read.h"
#include "control/command.h"
#include "control/inside.h"

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

enum message_state message_cut(struct bytes b, size_t *n)
{
    unsigned depth = 0;
    bool string = false, escaped = false;

    for (size_t i = 0; i < b.n; i++) {
        uint8_t c = b.p[i];
        if (string) {
            string = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if (c == '"') {
            string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > MESSAGE_DEPTH) {
                return MESSAGE_BAD;
            }
        } else if ((c == '}' || c == ']') && (depth == 0 || --depth == 0)) {
            *n = i + 1;
            return MESSAGE_WHOLE; /* one that closes nothing is for the reader to refuse */
        }
        if (depth == 0 && !is_blank(c)) {
            return MESSAGE_BAD; /* no object */
        }
    }
    *n = 0;
    return b.n >= MESSAGE_MAX ? MESSAGE_BAD : MESSAGE_MORE;
}

static void answer_begin(struct json *j, struct text *out)
{
    json_init(j, out);
    json_object(j, NULL);
}

/* "return" stands behind the message, as clients know it. */
static void answer_end(struct json *j, bool ok)
{
    json_string(j, "return", ok ? "OK" : "NOK");
    json_end_object(j);
    text_byte(j->out, '\n');
}

static void answer_refuse(struct text *out, size_t from, const char *why)
{
    struct json j;

    out->n = from; /* what a command wrote before it failed */
    answer_begin(&j, out);
    json_string(&j, MESSAGE, why);
    answer_end(&j, false);
}

/* Each argument is of its kind, and those that must be there are. */
static bool arguments_hold(const struct control_command *c, struct bytes arguments, struct err *err)
{
    static const char *const kinds[] = { [COMMAND_TEXT] = "text", [COMMAND_NUMBER] = "number", [COMMAND_FLAG] = "true or false", [COMMAND_PATH] = "text" };

    for (unsigned i = 0; i < COMMAND_ARGUMENTS && c->argument[i].name != NULL; i++) {
        const struct command_argument *a = &c->argument[i];
        enum json_kind kind;
        struct bytes value;
        if (arguments.n == 0 || !json_find(arguments, a->name, &value, &kind)) {
            if (!a->optional) {
                return err_set(err, "%s: the argument '%s' is wanted", c->name, a->name);
            }
            continue;
        }
        bool good = a->kind == COMMAND_TEXT || a->kind == COMMAND_PATH ? kind == JSON_STRING : a->kind == COMMAND_NUMBER ? kind == JSON_NUMBER : kind == JSON_TRUE || kind == JSON_FALSE;
        if (!good) {
            return err_set(err, "%s: the argument '%s' is no %s", c->name, a->name, kinds[a->kind]);
        }
    }
    return true;
}

/* Runs a command; what it wrote is an answer, or taken back. */
static void command_answer(struct request *r, bool (*run)(struct request *r), struct text *out)
{
    size_t from = out->n;
    struct json j;

    answer_begin(&j, out);
    size_t empty = out->n;
    r->out = &j;
    bool ok = run(r);
    if (r->waits) {
        out->n = from;
        return;
    }
    if (!ok) {
        answer_refuse(out, from, r->err.text);
        return;
    }
    if (out->n == empty) {
        json_string(&j, MESSAGE, "done");
    }
    answer_end(&j, true);
    if (out->cut) {
        out->cut = false;
        answer_refuse(out, from, "the answer is too long");
    }
}

static bool command_ask(struct control *c, struct bytes message, struct arena *arena, struct text *out)
{
    struct request r = { .control = c, .engine = c->engine, .arena = arena };
    struct bytes name;
    enum json_kind kind;

    if (!json_find(message, "command", &name, &kind) || kind != JSON_STRING || !json_text(arena, name, &name)) {
        answer_refuse(out, out->n, "command is not a string");
        return false;
    }
    if (json_find(message, "arguments", &r.arguments, &kind) && kind != JSON_OBJECT) {
        r.arguments = bytes_none();
    }
    const struct control_command *row = control_command_named(name);
    if (row == NULL || (row->jobs && !c->settings.jobs)) {
        answer_refuse(out, out->n, "Unknown command");
    } else if (!arguments_hold(row, r.arguments, &r.err)) {
        answer_refuse(out, out->n, r.err.text);
    } else {
        command_answer(&r, row->run, out);
    }
    return r.waits;
}

void message_answer_waiting(struct control *c, struct text *out)
{
    struct request r = { .control = c, .engine = c->engine };

    command_answer(&r, command_reload_answer, out);
}

/* {"version": "0.1"} or 0.2: the same here, since ends of messages are found either way. */
static bool hello(struct bytes message, struct text *out)
{
    struct bytes version;
    enum json_kind kind;

    if (!json_find(message, "version", &version, &kind) || kind != JSON_STRING ||
        !(bytes_is(version, "\"0.1\"") || bytes_is(version, "\"0.2\""))) {
        text_str(out, "{\"return\": \"NOK\"}\n");
        return false;
    }
    text_str(out, "{\"return\": \"OK\"}\n");
    return true;
}

bool message_answer(struct control *c, struct bytes message, bool *greeted, bool *waits, struct text *out)
{
    struct bytes whole;

    if (json_whole(message, &whole) != JSON_OBJECT) {
        answer_refuse(out, out->n, "no JSON object");
        return false;
    }
    if (!*greeted) {
        return *greeted = hello(whole, out);
    }
    struct arena arena;
    arena_init(&arena, NULL, 1 << 20);
    *waits = command_ask(c, whole, &arena, out);
    arena_fini(&arena);
    return true;
}

const char *request_text(struct request *r, const char *name)
{
    enum json_kind kind;
    struct bytes value, text;

    if (r->arguments.n == 0 || !json_find(r->arguments, name, &value, &kind) || kind != JSON_STRING || !json_text(r->arena, value, &text)) {
        return NULL;
    }
    return arena_str(r->arena, text); /* one that holds a NUL ends there */
}

bool request_number(struct request *r, const char *name, uint64_t *out)
{
    enum json_kind kind;
    struct bytes value;

    if (r->arguments.n == 0 || !json_find(r->arguments, name, &value, &kind) || kind != JSON_NUMBER) {
        return false;
    }
    *out = 0;
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] < '0' || value.p[i] > '9' || *out > (UINT64_MAX - 9) / 10) {
            return false;
        }
        *out = *out * 10 + (value.p[i] - '0');
    }
    return true;
}

bool request_flag(struct request *r, const char *name)
{
    enum json_kind kind;
    struct bytes value;

    return r->arguments.n != 0 && json_find(r->arguments, name, &value, &kind) && kind == JSON_TRUE;
}
