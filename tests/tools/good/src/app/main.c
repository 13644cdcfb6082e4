/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/err.h"
#include "config/settings.h"
#include "engine/engine.h"

static volatile sig_atomic_t stop_asked;

int main(void)
{
    exit(stop_asked);
}
