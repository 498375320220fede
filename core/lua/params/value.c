/* wxlive.core.params: what one value must be, and how it goes on the wire. */
#include "params/params.h"

#include <math.h>
#include <string.h>

#include "wxlive/json.h"
#include "wxlive/base/digits.h"
#include "wxlive/base/percent.h"
#include "wxlive/base/text.h"

#define DIGITS_MAX 20          /* of any 64-bit number */
#define SHORT_DIGITS 15        /* of a cursor that is text for its own sake */
#define FEN_MAX 1000000000000LL

/* A value on its way through the rules of its field. */
struct judging {
    lua_State *L;
    const struct param *f;
    int names; /* and number: see wxl_param_judge */
    int number;
    int at; /* where it is on the stack */
    struct param_value *v;
    struct param_fault *fault;
};

static enum param_verdict wrong(const struct judging *j, const char *rule, double amount)
{
    j->fault->rule = rule;
    j->fault->amount = amount;
    return PARAM_WRONG;
}

/* The text at stack index `at`, without invisible characters at its ends. False: it is not a
 * text. */
static bool get_text(lua_State *L, int at, const char **text, size_t *len)
{
    size_t from;
    size_t to;
    const char *s;

    if (lua_type(L, at) != LUA_TSTRING) {
        return false;
    }
    s = lua_tolstring(L, at, len);
    wxl_text_trim(s, *len, &from, &to);
    *text = s + from;
    *len = to - from;
    return true;
}

bool wxl_param_is_blank(lua_State *L, int at)
{
    const char *text;
    size_t len;

    return get_text(L, at, &text, &len) && len == 0;
}

/* Takes the text as it is. False: it is not a text. */
static bool take_text(const struct judging *j)
{
    j->v->kind = VALUE_TEXT;
    j->v->trimmed = false;
    if (lua_type(j->L, j->at) != LUA_TSTRING) {
        return false;
    }
    j->v->text = lua_tolstring(j->L, j->at, &j->v->len);
    return true;
}

/* Takes a whole number, or text that is one. */
static bool take_integer(const struct judging *j)
{
    struct param_value *v = j->v;
    const char *text;
    size_t len;
    double n;

    v->kind = VALUE_INTEGER;
#if LUA_VERSION_NUM >= 504
    if (lua_isinteger(j->L, j->at)) {
        v->integer = lua_tointeger(j->L, j->at);
        return true;
    }
#endif
    if (lua_type(j->L, j->at) == LUA_TNUMBER) {
        n = (double)lua_tonumber(j->L, j->at);
        if (!(fabs(n) <= (double)WXL_EXACT_MAX) || floor(n) != n) {
            return false;
        }
        v->integer = (int64_t)n;
        return true;
    }
    return get_text(j->L, j->at, &text, &len) && wxl_readexact(text, len, &v->integer);
}

static bool is_listed(const struct param *f, long long n)
{
    int i;

    for (i = 0; i < f->allowed_count; i++) {
        if (f->allowed[i] == n) {
            return true;
        }
    }
    return f->allowed_count == 0;
}

static enum param_verdict judge_integer(const struct judging *j)
{
    const struct param *f = j->f;

    if (!take_integer(j)) {
        return wrong(j, "type", 0);
    }
    if (f->zero_is_default && j->v->integer == 0) {
        return PARAM_ABSENT;
    }
    if (f->has_least && j->v->integer < f->least) {
        return wrong(j, "least", (double)f->least);
    }
    if (f->has_most && j->v->integer > f->most) {
        return wrong(j, "most", (double)f->most);
    }
    return is_listed(f, j->v->integer) ? PARAM_RIGHT : wrong(j, "allowed", 0);
}

/* Digits that a number of this interpreter cannot hold are sent unchanged. */
static bool long_digits(struct param_value *v)
{
    if (v->len <= SHORT_DIGITS || v->len > DIGITS_MAX || v->text[0] == '0' ||
        !wxl_digits_only(v->text, v->len)) {
        return false;
    }
    v->kind = VALUE_DIGITS;
    return true;
}

static enum param_verdict judge_id(const struct judging *j)
{
    struct param_value *v = j->v;
    bool right = take_integer(j) ? v->integer >= 1
                                 : get_text(j->L, j->at, &v->text, &v->len) && long_digits(v);

    return right ? PARAM_RIGHT : wrong(j, "type", 0);
}

static enum param_verdict judge_time(const struct judging *j)
{
    if (!take_integer(j)) {
        return wrong(j, "type", 0);
    }
    if (j->v->integer > 100000000000LL) {
        return wrong(j, "milliseconds", 0);
    }
    return j->v->integer >= 1000000000LL ? PARAM_RIGHT : wrong(j, "long_ago", 0);
}

/* Yuan as decimal text to fen. -1: it is not such a text, -2: it has more than two decimals. */
static int64_t parse_fen(const char *text, size_t len)
{
    const char *point = memchr(text, '.', len);
    size_t whole = point ? (size_t)(point - text) : len;
    int64_t fen;
    size_t i;

    if (!wxl_digits_only(text, whole) || whole > SHORT_DIGITS ||
        !wxl_readexact(text, whole, &fen)) {
        return -1;
    }
    fen *= 100;
    for (i = whole + 1; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }
        if (i > whole + 2 && text[i] != '0') {
            return -2;
        }
        fen += i > whole + 2 ? 0 : (text[i] - '0') * (i == whole + 1 ? 10 : 1);
    }
    return fen;
}

/* Yuan with at most two decimals, as fen. -1 and -2 as above. */
static int64_t get_fen(lua_State *L, int at)
{
    const char *text;
    size_t len;
    double yuan;
    double fen;

    if (lua_type(L, at) != LUA_TNUMBER) {
        return get_text(L, at, &text, &len) ? parse_fen(text, len) : -1;
    }
    yuan = (double)lua_tonumber(L, at);
    if (!(yuan >= 0) || yuan - yuan != 0) {
        return -1;
    }
    if (yuan * 100 > (double)FEN_MAX) {
        return -2;
    }
    fen = floor(yuan * 100 + 0.5);
    return fabs(yuan * 100 - fen) <= 1e-6 ? (int64_t)fen : -2;
}

static enum param_verdict judge_price(const struct judging *j)
{
    struct param_value *v = j->v;

    v->kind = VALUE_FEN;
    v->integer = get_fen(j->L, j->at);
    if (v->integer == -1) {
        return wrong(j, "type", 0);
    }
    if (v->integer < 0 || v->integer > FEN_MAX) {
        return wrong(j, "decimals", 0);
    }
    return j->f->zero_is_default && v->integer == 0 ? PARAM_ABSENT : PARAM_RIGHT;
}

static bool begins(const struct param_value *v, const char *with)
{
    size_t n = strlen(with);

    return v->len >= n && memcmp(v->text, with, n) == 0;
}

/* Whether it begins with a scheme: a page path has a colon in its query only. */
static bool is_address(const struct param_value *v)
{
    size_t i = 0;

    while (i < v->len && v->text[i] != '/' && v->text[i] != '?' && v->text[i] != '#') {
        if (v->text[i++] == ':') {
            return true;
        }
    }
    return false;
}

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Where plain ASCII without blanks and backslashes ends. */
static size_t plain_length(const struct param_value *v)
{
    size_t i = 0;

    while (i < v->len && v->text[i] > ' ' && v->text[i] < 127 && v->text[i] != '\\') {
        i++;
    }
    return i;
}

static enum param_verdict judge_page_path(const struct judging *j)
{
    const struct param_value *v = j->v;
    size_t plain = plain_length(v);
    size_t word = 0;

    if (begins(v, "/")) {
        return wrong(j, "page_slash", 0);
    }
    if (is_address(v)) {
        return wrong(j, "page_address", 0);
    }
    while (word < v->len && is_alphanumeric(v->text[word])) {
        word++;
    }
    if (word > 0 && v->len - word >= 3 && memcmp(v->text + word, "%2", 2) == 0 &&
        (v->text[word + 2] == 'f' || v->text[word + 2] == 'F')) {
        return wrong(j, "page_encoded", 0);
    }
    return plain == v->len ? PARAM_RIGHT : wrong(j, "page_character", (double)plain + 1);
}

static enum param_verdict judge_format(const struct judging *j)
{
    const struct param_value *v = j->v;

    switch (j->f->format) {
    case PARAM_MEDIA_ID:
        if (wxl_text_is_word(v->text, v->len)) {
            return PARAM_RIGHT;
        }
        return wrong(j, begins(v, "http://") || begins(v, "https://") ? "media_address" : "media_id",
                     0);
    case PARAM_PAGE_PATH:
        return judge_page_path(j);
    case PARAM_CGI_PATH:
        if (!begins(v, "/")) {
            return wrong(j, "path_slash", 0);
        }
        return memchr(v->text, '?', v->len) || memchr(v->text, '#', v->len)
                   ? wrong(j, "path_query", 0)
                   : PARAM_RIGHT;
    default:
        return PARAM_RIGHT;
    }
}

static enum param_verdict judge_length(const struct judging *j, size_t width)
{
    const struct param *f = j->f;
    const struct param_value *v = j->v;

    if (f->units_most > 0 &&
        (width > f->units_most || wxl_text_most_units(v->text, v->len) < f->units_least)) {
        return wrong(j, "units", (double)width);
    }
    if (f->bytes_most > 0 && v->len > f->bytes_most) {
        return wrong(j, "bytes", (double)v->len);
    }
    if (f->encoded_most > 0 && wxl_percent_length(v->text, v->len) > f->encoded_most) {
        return wrong(j, "encoded", (double)wxl_percent_length(v->text, v->len));
    }
    return judge_format(j);
}

static enum param_verdict judge_characters(const struct judging *j)
{
    const struct param_value *v = j->v;
    unsigned long code = 0;
    size_t width = v->len;
    size_t bad;

    if (plain_length(v) == v->len) { /* all but titles, nearly always */
        return judge_length(j, width);
    }
    if (!wxl_text_width(v->text, v->len, &width, &bad)) {
        return wrong(j, "utf8", (double)bad + 1);
    }
    if (memchr(v->text, '\0', v->len)) {
        return wrong(j, "nul", 0);
    }
    if (j->f->place != PARAM_LOCAL && wxl_text_find_hidden(v->text, v->len, &code) != v->len) {
        return wrong(j, "hidden", (double)code);
    }
    return judge_length(j, width);
}

/* Whether the text, trimmed, is among those that the field takes. */
static bool is_listed_text(const struct judging *j)
{
    bool listed;

    lua_rawgeti(j->L, j->names, PARAM_NAME(j->number, PARAM_ACCEPTS));
    lua_pushlstring(j->L, j->v->text, j->v->len);
    lua_rawget(j->L, -2);
    listed = lua_toboolean(j->L, -1);
    lua_pop(j->L, 2);
    return listed;
}

static enum param_verdict judge_string(const struct judging *j)
{
    struct param_value *v = j->v;
    enum param_verdict verdict;
    size_t from;
    size_t to;

    if (!take_text(j)) {
        return wrong(j, "type", 0);
    }
    if (j->f->format == PARAM_MEDIA_ID && wxl_text_is_word(v->text, v->len)) {
        return PARAM_RIGHT;
    }
    if (j->f->place != PARAM_LOCAL) {
        wxl_text_trim(v->text, v->len, &from, &to);
        v->trimmed = to - from != v->len;
        v->text += from;
        v->len = to - from;
    }
    verdict = v->len > 0 ? judge_characters(j) : wrong(j, "empty", 0);
    if (verdict == PARAM_RIGHT && j->f->listed && !is_listed_text(j)) {
        return wrong(j, "allowed", 0);
    }
    return verdict;
}

/* A cursor is the platform's value from the page before, and opaque. A number that this interpreter
 * cannot hold was read as text, and is sent as the same number. */
static enum param_verdict judge_cursor(const struct judging *j)
{
    struct param_value *v = j->v;

    if (lua_type(j->L, j->at) == LUA_TNUMBER) {
        return take_integer(j) ? PARAM_RIGHT : wrong(j, "type", 0);
    }
    if (!take_text(j) || v->len == 0) {
        return wrong(j, "type", 0);
    }
    if (v->len > SHORT_DIGITS && wxl_readexact(v->text, v->len, &v->integer)) {
        v->kind = VALUE_INTEGER;
    } else {
        (void)long_digits(v);
    }
    return PARAM_RIGHT;
}

static enum param_verdict judge_file(const struct judging *j)
{
    if (!take_text(j) || j->v->len == 0) {
        return wrong(j, "type", 0);
    }
    return memchr(j->v->text, '\0', j->v->len) ? wrong(j, "nul", 0) : PARAM_RIGHT;
}

static enum param_verdict judge_boolean(const struct judging *j)
{
    j->v->kind = VALUE_BOOLEAN;
    j->v->integer = lua_toboolean(j->L, j->at);
    return lua_isboolean(j->L, j->at) ? PARAM_RIGHT : wrong(j, "type", 0);
}

enum param_verdict wxl_param_judge(lua_State *L, const struct param *f, int names, int number, int at,
                                   struct param_value *v, struct param_fault *fault)
{
    static enum param_verdict (*const judges[])(const struct judging *) = {
        [PARAM_ID] = judge_id,           [PARAM_INTEGER] = judge_integer,
        [PARAM_TIME] = judge_time,       [PARAM_PRICE] = judge_price,
        [PARAM_STRING] = judge_string,   [PARAM_BOOLEAN] = judge_boolean,
        [PARAM_CURSOR] = judge_cursor,   [PARAM_FILE] = judge_file,
    };
    const struct judging j = {L, f, names, number, at, v, fault};
    enum param_verdict verdict = judges[f->type](&j);

    /* An empty text counts as not given: people leave cells empty, and libraries with typed records
     * send "" for unset fields. */
    return verdict == PARAM_WRONG && !f->required && wxl_param_is_blank(L, at) ? PARAM_ABSENT : verdict;
}

static size_t write_fen(long long fen, char *to)
{
    size_t n = wxl_json_integer(fen / 100, to);

    if (fen % 100 != 0) {
        to[n] = '.';
        to[n + 1] = (char)('0' + fen / 10 % 10);
        to[n + 2] = (char)('0' + fen % 10);
        n += fen % 10 == 0 ? 2 : 3;
    }
    return n;
}

static size_t write_at(enum param_place place, const struct param_value *v, char *to)
{
    switch (v->kind) {
    case VALUE_INTEGER:
        return wxl_json_integer(v->integer, to);
    case VALUE_FEN:
        return write_fen(v->integer, to);
    case VALUE_DIGITS:
        memcpy(to, v->text, v->len);
        return v->len;
    case VALUE_BOOLEAN:
        memcpy(to, v->integer ? "true" : "false", v->integer ? 4 : 5);
        return v->integer ? 4 : 5;
    default:
        return place == PARAM_QUERY ? wxl_percent_encode(v->text, v->len, to)
                                    : wxl_json_quote(v->text, v->len, to);
    }
}

bool wxl_param_write(struct wxl_buf *out, enum param_place place, const char *key, size_t key_len,
                     const struct param_value *v)
{
    /* Enough for JSON, which needs more than a query. */
    size_t room = v->kind == VALUE_TEXT || v->kind == VALUE_DIGITS ? WXL_JSON_QUOTED(v->len)
                                                                   : WXL_JSON_INTEGER_MAX + 3;
    enum wxl_status st;
    char *to;

    if (v->kind == VALUE_TEXT && v->len > out->max / 6) {
        return false;
    }
    to = wxl_buf_reserve(out, key_len + room, &st);
    if (to) {
        if (key_len > 0) {
            memcpy(to, key, key_len);
        }
        wxl_buf_commit(out, key_len + write_at(place, v, to + key_len));
    }
    return to != NULL;
}
