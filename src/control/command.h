/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * command - one row a command: its arguments, what it does.  For the files of control/, and for ctl, which reads the rows.
 *
 * A command runs on the control thread with the request's arguments; it writes the value of "message" into `out` and returns
 * true, or says in `err` what is wrong.  A command that writes nothing has the message "done".
 */
#ifndef CONTROL_COMMAND_H
#define CONTROL_COMMAND_H

#include "base/arena.h"
#include "base/text.h"
#include "control/control.h"

struct request {
    struct control *control;
    struct engine *engine;
    struct bytes arguments;      /* a checked object; empty: none */
    struct arena *arena;         /* of the request */
    struct json *out;            /* under the key "message" */
    struct err err;
    bool waits;                  /* the answer comes when the rules are loaded */
};
/* … and is this. */
bool command_reload_answer(struct request *r);

enum command_kind { COMMAND_TEXT, COMMAND_NUMBER, COMMAND_FLAG, COMMAND_PATH /* a text; ctl says where it is from the root on */ };
struct command_argument {
    const char *name;
    enum command_kind kind;
    bool optional;
};
enum { COMMAND_ARGUMENTS = 6 };
struct control_command {
    const char *name;
    bool (*run)(struct request *r);
    bool jobs;                   /* only where captures are read as they are asked for */
    const char *help;
    struct command_argument argument[COMMAND_ARGUMENTS]; /* in the order of a command line */
};
extern const struct control_command control_commands[];
extern const unsigned control_command_n;
const struct control_command *control_command_named(struct bytes name);

/* An argument; absent: NULL, or false.  Their kinds were checked before the command runs. */
const char *request_text(struct request *r, const char *name);
bool request_number(struct request *r, const char *name, uint64_t *out);
bool request_flag(struct request *r, const char *name);

/* run() of each, by file: commands.c, command_rules.c, command_lists.c, jobs.c; two names may have one */
#define COMMAND(name, function, ...) bool function(struct request *r);
#include "control/commands.list"
#undef COMMAND

#define MESSAGE "message"

#endif
