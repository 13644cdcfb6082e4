/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transform - the transforms of rules, for the table in transform.c; detect/ only.
 */
#ifndef DETECT_TRANSFORM_H
#define DETECT_TRANSFORM_H

#include "detect/scope.h"
#include "rule/keyword.h"

uint8_t *transform_room(const struct detect_scope *s, size_t n); /* n bytes until the turn ends; NULL: none left */

/* transform_http.c */
bool transform_snort(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
bool transform_snort_uri(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
bool transform_name_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err);
bool transform_snort_param(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
bool transform_snort_field(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
bool transform_element_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err);
bool transform_element(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
bool transform_macro(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
bool transform_script(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
/* transform_coded.c */
bool transform_md5(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
bool transform_sha1(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
bool transform_sha256(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
bool transform_base64_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err);
bool transform_base64(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
bool transform_inflate_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err);
bool transform_gunzip(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
bool transform_zlib(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
/* transform_domain.c */
const void *transform_suffixes(struct arena *a, struct err *err); /* the data of both; NULL with err */
bool transform_suffixes_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err);
bool transform_domain(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
bool transform_tld(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);
/* transform_lua.c */
bool transform_lua_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err);
bool transform_lua(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out);

#endif
