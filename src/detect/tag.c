/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/flow_state.h"

bool keyword_after_threshold(const struct keyword *row)
{
    return strcmp(row->name, "tag") == 0;
}

void tags_follow(struct detect *d)
{
    (void)d;
}
