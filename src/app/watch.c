/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch - the traffic of devices, as it comes: alerts and logs, and nothing is held up.
 */
#include "app/app.h"

#include <unistd.h>

static const struct flag flags[] = {
    NATIVE_FLAGS, LIVE_FLAGS,
    { 0, "filter", "EXPRESSION", "BPF: only frames that match" },
    { 'n', "packets", "N", "end after so many: there is one worker then", 1, UINT64_MAX },
    NATIVE_FLAGS_END
};

static int watch(struct session *s, const struct arguments *a, const _Atomic bool *stop)
{
    struct live_ready ready = { s, "watching", a->rest, a->rest_n, false };
    struct run run = { .paths = a->rest, .path_n = a->rest_n, .log_dir = s->settings.log_dir, .bpf = argument_value(a, "filter"),
                       .group = (uint32_t)getpid(), .ready = live_say_ready, .ready_ctx = &ready };
    const char *most = argument_value(a, "packets");

    if (!native_rules(s, a, &s->err)) {
        return live_fail(&command_watch, s);
    }
    if (most != NULL && conf_text_u64(most, &run.packets_max) && s->settings.workers > 1) {
        (void)err_set(&s->err, "--packets is for one worker: each reads so many");
        return live_fail(&command_watch, s);
    }
    return live_go(&command_watch, s, a, &run, "live", stop);
}

static int watch_run(int argc, char **argv) { return live_run(&command_watch, watch, false, argc, argv); }

const struct command command_watch = {
    "watch", watch_run, "look at the traffic of devices as it comes", "[OPTION…] INTERFACE…",
    "Looks at the traffic of network interfaces and other devices, runs rules over it and writes eve.json and\n"
    "fast.log into the log folder, until it is interrupted (SIGINT, SIGTERM) or all of them have ended.",
    flags,
};
