/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/run_as.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

bool run_as_read(struct conf *conf, struct run_as *out, struct err *err)
{
    const struct conf_node *at = conf_node(conf, "run-as");
    const char *user = conf_get(conf, "run-as.user"), *group = conf_get(conf, "run-as.group");

    *out = (struct run_as){ 0 };
    if (at == NULL) {
        return true;
    }
    if (user == NULL) {
        return err_set(err, "no user name was provided - ensure it is specified either in the configuration file (run-as.user) or in "
                            "command-line arguments (--user)");
    }
    const struct passwd *u = getpwnam(user);
    if (u == NULL) {
        return err_set(err, "run-as.user '%s': unable to get the user ID, check if user exist!!", user);
    }
    out->on = true;
    out->user = u->pw_uid;
    out->group = u->pw_gid;
    if (group != NULL) {
        const struct group *g = getgrnam(group);
        if (g == NULL) {
            return err_set(err, "run-as.group '%s': unable to get the group ID, check if group exist!!", group);
        }
        out->group = g->gr_gid;
    }
    return true;
}

bool run_as_become(const struct run_as *r, struct err *err)
{
    if (!r->on || (getuid() == r->user && getgid() == r->group)) {
        return true;
    }
    if (setgroups(1, &r->group) != 0 || setgid(r->group) != 0 || setuid(r->user) != 0) {
        return err_sys(err, "run-as: become user %u, group %u", (unsigned)r->user, (unsigned)r->group);
    }
    return true;
}
