/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that stay as they are in normalised scripts: the language's (ECMA-262), and what browsers and script hosts bring. */
#include "detect/script_text.h"

#include "base/rows.h"

#include <stdlib.h>

/* Each list sorted by bytes. */
static const char *const keywords[] = {
    "arguments", "async", "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else", "enum", "export", "extends",
    "false", "finally", "for", "function", "if", "implements", "import", "in", "instanceof", "interface", "let", "new", "null", "of", "package", "private", "protected",
    "public", "return", "static", "super", "switch", "this", "throw", "true", "try", "typeof", "undefined", "var", "void", "while", "with", "yield",
};
static const char *const globals[] = {
    "ActiveXObject", "Array", "ArrayBuffer", "Atomics", "Audio", "BigInt", "Blob", "Boolean", "DOMParser", "DataView", "Date", "Document", "Element", "Enumerator", "Error",
    "EvalError", "Event", "FileReader", "Float32Array", "Float64Array", "FormData", "Function", "Image", "Infinity", "Int16Array", "Int32Array", "Int8Array", "Intl", "JSON",
    "Map", "Math", "MessageChannel", "NaN", "Node", "Number", "Object", "Option", "Promise", "Proxy", "RangeError", "ReferenceError", "Reflect", "RegExp", "Request",
    "Response", "Set", "SharedArrayBuffer", "String", "Symbol", "SyntaxError", "TypeError", "URIError", "URL", "URLSearchParams", "Uint16Array", "Uint32Array", "Uint8Array",
    "Uint8ClampedArray", "VBArray", "WScript", "WeakMap", "WeakSet", "WebAssembly", "WebSocket", "Worker", "XMLHttpRequest", "XMLSerializer", "addEventListener", "alert",
    "app", "atob", "btoa", "clearInterval", "clearTimeout", "confirm", "console", "decodeURI", "decodeURIComponent", "document", "encodeURI", "encodeURIComponent", "escape",
    "eval", "event", "execScript", "fetch", "frames", "globalThis", "history", "isFinite", "isNaN", "localStorage", "location", "name", "navigator", "open", "opener",
    "parent", "parseFloat", "parseInt", "performance", "postMessage", "print", "prompt", "requestAnimationFrame", "screen", "self", "sessionStorage", "setInterval",
    "setTimeout", "status", "top", "unescape", "util", "window",
};
static const char *const properties[] = {
    "CreateObject", "Run", "ShellExecute", "addEventListener", "appendChild", "apply", "bind", "body", "call", "charAt", "charCodeAt", "concat", "constructor", "cookie",
    "createElement", "exec", "filter", "forEach", "fromCharCode", "fromCodePoint", "getAttribute", "getElementById", "getElementsByTagName", "hasOwnProperty", "href",
    "indexOf", "innerHTML", "innerText", "insertBefore", "join", "lastIndexOf", "length", "map", "match", "outerHTML", "pop", "prototype", "push", "reduce", "removeChild",
    "replace", "responseBody", "responseText", "reverse", "search", "send", "setAttribute", "shift", "slice", "sort", "splice", "split", "src", "style", "substr",
    "substring", "test", "then", "toLowerCase", "toString", "toUpperCase", "trim", "unshift", "valueOf", "write", "writeln",
};

static int compare(const void *key, const void *row)
{
    const struct bytes *name = key;
    const char *word = *(const char *const *)row;
    size_t n = strlen(word);
    int c = memcmp(name->p, word, name->n < n ? name->n : n);

    return c != 0 ? c : name->n < n ? -1 : name->n > n;
}

bool script_keyword(struct bytes name)
{
    return bsearch(&name, keywords, ROWS(keywords), sizeof(*keywords), compare) != NULL;
}

bool script_global(struct bytes name)
{
    return bsearch(&name, globals, ROWS(globals), sizeof(*globals), compare) != NULL;
}

bool script_property(struct bytes name)
{
    return bsearch(&name, properties, ROWS(properties), sizeof(*properties), compare) != NULL;
}
