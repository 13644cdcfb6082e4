/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/classes.h"
#include "tap.h"

static void test_lists(void)
{
    static const char text[] = "# a remark\n"
                               "\n"
                               "config classification: trojan-activity,A Network Trojan was detected,1\r\n"
                               "  config  classification :  Not-Suspicious , Not, or hardly, suspicious , 3  \n"
                               "config classification: trojan-activity,Another,2\n"
                               "config reference: cve       https://cve.example/name?id=\n"
                               "config reference: URL http://\n"
                               "config reference: bugtraq\thttps://bugs.example/bid/ \n";
    struct classes *c = classes_new();
    struct err err = { "" };
    unsigned bad = 9;

    ok(classes_load_text(c, bytes_str(text), "t", &bad, &err) && bad == 0, "both kinds of lines");
    is_int(classes_count(c), 5, "a name that comes again is not another");
    const struct class *k = classes_find(c, "Trojan-Activity");
    ok(k != NULL && k->priority == 1, "found in any case, the first of the name");
    is_str(k ? k->description : NULL, "A Network Trojan was detected", "its description");
    k = classes_find(c, "not-suspicious");
    is_str(k ? k->description : NULL, "Not, or hardly, suspicious", "commas inside a description");
    is_str(k ? k->name : NULL, "not-suspicious", "names are kept in lower case");
    ok(k != NULL && k->priority == 3, "blanks around do not count");
    k = references_find(c, "CVE");
    is_str(k ? k->prefix : NULL, "https://cve.example/name?id=", "a reference");
    k = references_find(c, "bugtraq");
    is_str(k ? k->prefix : NULL, "https://bugs.example/bid/", "behind a tab");
    ok(classes_find(c, "cve") == NULL && references_find(c, "trojan-activity") == NULL,
       "the kinds are apart");
    ok(classes_find(c, "nothing") == NULL && classes_find(c, "") == NULL, "what is not there");
    char endless[1000];
    memset(endless, 'a', sizeof(endless) - 1);
    endless[sizeof(endless) - 1] = '\0';
    ok(classes_find(c, endless) == NULL, "an endless name");
    classes_free(c);
}

static void test_errors(void)
{
    static const struct {
        const char *why, *line, *error;
    } rows[] = {
        { "no priority", "config classification: a,b\n", "t:2: a class is name,description,priority" },
        { "a priority that is none", "config classification: a,b,c\n",
          "t:2: the priority of a class is a number" },
        { "no description", "config classification: a, ,1\n", "t:2: a class needs a description" },
        { "a name with a blank", "config classification: a b,c,1\n",
          "t:2: the name of a class is letters, digits, - and _" },
        { "a name that begins with a digit", "config classification: 1a,c,1\n",
          "t:2: the name of a class is letters, digits, - and _" },
        { "nothing behind the colon", "config classification:\n",
          "t:2: a class is name,description,priority" },
        { "a reference without an address", "config reference: cve\n",
          "t:2: a kind of reference needs the beginning of an address" },
        { "another kind", "config something: a\n", "t:2: neither a classification nor a reference" },
        { "no colon", "config classification a,b,1\n",
          "t:2: a line is 'config classification: ...' or 'config reference: ...'" },
        { "other text", "alert tcp any any\n",
          "t:2: a line is 'config classification: ...' or 'config reference: ...'" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct classes *c = classes_new();
        struct err err = { "" };
        unsigned bad = 0;
        char text[256];
        snprintf(text, sizeof(text), "config classification: x,X,1\n%sconfig classification: y,Y,2",
                 rows[i].line);
        ok(!classes_load_text(c, bytes_str(text), "t", &bad, &err) && bad == 1, "told");
        is_str(err.text, rows[i].error, rows[i].why);
        ok(classes_find(c, "x") != NULL && classes_find(c, "y") != NULL, "the other lines count");
        classes_free(c);
    }
    struct classes *c = classes_new();
    struct err err = { "" };
    unsigned bad = 9;
    ok(!classes_load(c, "not-there.config", &bad, &err) && bad == 0 &&
           strstr(err.text, "not-there.config") != NULL,
       "a file that is not there");
    classes_free(c);
}

int main(void)
{
    test_lists();
    test_errors();
    return done_testing();
}
