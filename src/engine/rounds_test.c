/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/rounds.h"

#include "base/clock.h"
#include "tap.h"

/* clang-format off */
static const struct {
    const char *why;
    uint64_t came, lost, uninspected, unsent, full, gone, silent;
    enum health health;
    uint64_t busy, shared;
} rows[] = {
    { "traffic and no loss", 1000, 0, 0, 0, 0, 0, 0, HEALTH_WELL },
    { "less than a hundredth lost", 1000, 9, 0, 0, 0, 0, 0, HEALTH_WELL },
    { "a hundredth lost", 990, 10, 0, 0, 0, 0, 0, HEALTH_BLIND },
    { "all lost", 0, 1, 0, 0, 0, 0, 0, HEALTH_BLIND },
    { "nothing came, not long yet", 0, 0, 0, 0, 0, 0, 59, HEALTH_WELL },
    { "nothing came for a minute", 0, 0, 0, 0, 0, 0, 60, HEALTH_SILENT },
    { "a hundredth went on uninspected", 1000, 0, 10, 0, 0, 0, 0, HEALTH_BLIND },
    { "lost and uninspected together are a hundredth", 996, 4, 6, 0, 0, 0, 0, HEALTH_BLIND },
    { "a hundredth could not be sent", 1000, 0, 0, 10, 0, 0, 0, HEALTH_BROKEN },
    { "a queue was full: nobody knows how many passed", 1000, 0, 0, 0, 1, 0, 0, HEALTH_BLIND },
    { "an interface is gone", 1000, 0, 0, 0, 0, 1, 0, HEALTH_BLIND },
    { "blindness goes before that", 1000, 50, 0, 50, 0, 0, 0, HEALTH_BLIND },
    { "loss goes before silence", 0, 5, 0, 0, 0, 0, 600, HEALTH_BLIND },
    { "an interface became another's port", .came = 1000, .shared = 1, .health = HEALTH_BLIND },
    { "a worker did not say", .came = 1000, .busy = 1, .health = HEALTH_BLIND },
};
/* clang-format on */

int main(void)
{
    const struct rounds_settings s = { .loss_permille = 10, .silence = 60 }, off = { 0 };

    for (unsigned i = 0; i < ROWS(rows); i++) {
        const struct health_numbers n = { rows[i].came, rows[i].lost, rows[i].uninspected, rows[i].unsent, rows[i].full, rows[i].gone, .shared = rows[i].shared, .busy = rows[i].busy };
        is_int(rounds_judge(&s, &n, rows[i].silent * CLOCK_SECOND), rows[i].health, rows[i].why);
        is_int(rounds_judge(&off, &n, rows[i].silent * CLOCK_SECOND), HEALTH_WELL, "nothing is told when nothing is asked");
    }
    return done_testing();
}
