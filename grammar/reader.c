/* SPDX-License-Identifier: MIT */
/* reader.c: the layer between scanner and parser: looks ahead, keeps the open blocks, and finds
 * the end of what is wrong. */
#include "reader.h"

#include <string.h>

#include "parser.h"
#include "parser.tab.h"
#include "utf8.h"

static bool is_name(int kind)
{
    return kind >= TOK_NAME && kind <= TOK_ONEWAY; /* parser.y declares them in a row */
}

static bool is_opener(int kind)
{
    return kind == '<' || kind == '{';
}

static bool is_closer(int kind)
{
    return kind == '>' || kind == '}';
}

static const struct token *peek(struct reader *reader, size_t i)
{
    while (reader->ahead_count <= i)
        reader->ahead[reader->ahead_count++] = scanner_next(reader);
    return &reader->ahead[i];
}

static struct token take(struct reader *reader)
{
    struct token token = *peek(reader, 0);
    reader->ahead_count--;
    memmove(reader->ahead, reader->ahead + 1, reader->ahead_count * sizeof *reader->ahead);
    return token;
}

static void put_back(struct reader *reader, struct token token)
{
    memmove(reader->ahead + 1, reader->ahead, reader->ahead_count * sizeof *reader->ahead);
    reader->ahead[0] = token;
    reader->ahead_count++;
}

static struct token made_up(const struct reader *reader, int kind)
{
    struct span span = reader->last.span;
    span.begin = span.end;
    return (struct token){ .kind = kind, .span = span, .doc = STR(""), .made_up = true };
}

/* The file, and the blocks that are open. */
static void set_broken(struct reader *reader)
{
    reader->file->broken = true;
    reader->error_count++;
}

void reader_error(struct reader *reader, struct span span, const char *id, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct str message = arena_vprintf(reader->arena, format, args);
    va_end(args);
    diag_error(reader->diag, span, id, "%.*s", STR_ARG(message));
    set_broken(reader);
}

/* Whether a declaration begins here, as it can inside of no block: the keywords are names too, but
 * none of these sequences is legal there. */
static bool starts_declaration(struct reader *reader, size_t i)
{
    switch (peek(reader, i)->kind) {
    case TOK_STRUCT:
    case TOK_ENUM:
    case TOK_SERVICE: {
        int third = is_name(peek(reader, i + 1)->kind) ? peek(reader, i + 2)->kind : TOK_BAD;
        return third == '<' || third == '{';
    }
    case TOK_CONST: return is_name(peek(reader, i + 1)->kind) && is_name(peek(reader, i + 2)->kind);
    case TOK_IMPORT: return peek(reader, i + 1)->kind == TOK_STRING;
    case TOK_PACKAGE: return is_name(peek(reader, i + 1)->kind);
    default: return false;
    }
}

/* ... and, by its indentation, was meant to stand outside of the open blocks. */
static bool starts_outside(struct reader *reader)
{
    const struct token *token = peek(reader, 0);
    if (!token->first || !starts_declaration(reader, 0))
        return false;
    return reader->block_count == 0 ||
           token->column <= reader->blocks[reader->block_count - 1].column;
}

static char closer_of(char bracket)
{
    return bracket == '{' ? '}' : '>';
}

static void report_unclosed(struct reader *reader, struct block *block)
{
    bool known = reader->comment_open || block->bracket == 0 || block->reported;
    block->reported = true;
    if (known)
        return;
    reader_error(reader, block->span, "unclosed-block", "'%c' is never closed", block->bracket);
    struct span here = reader->last.span;
    here.begin = here.end;
    diag_note(reader->diag, here, "expected '%c' here", closer_of(block->bracket));
}

static struct token close_unclosed(struct reader *reader)
{
    struct block *block = &reader->blocks[reader->block_count - 1];
    report_unclosed(reader, block);
    reader->closers_owed = reader->block_count;
    return made_up(reader, closer_of(block->bracket));
}

/* A declaration inside of a block: said once, and skipped as a whole. */
static void refuse_nested(struct reader *reader)
{
    struct span span = peek(reader, 0)->span;
    bool is_block = peek(reader, 0)->kind != TOK_CONST && peek(reader, 0)->kind != TOK_IMPORT &&
                    peek(reader, 0)->kind != TOK_PACKAGE;
    span.end = peek(reader, 1)->span.end;
    struct str text = span_text(span);
    reader_error(reader, span, "nested-declaration",
                 "'%.*s' cannot stand inside of a block; move it out", STR_ARG(text));
    diag_note(reader->diag, reader->blocks[reader->block_count - 1].span, "the block begins here");
    size_t depth = 0;
    take(reader);
    while (peek(reader, 0)->kind != TOK_EOF && !starts_outside(reader)) {
        int kind = take(reader).kind;
        if (is_opener(kind))
            depth++;
        if (is_closer(kind) && depth > 0 && --depth == 0 && is_block)
            return;
        if (kind == ';' && depth == 0)
            return;
    }
}

/* Other languages' word for a list: said, and dropped, so that the rest is read. */
static bool drop_repeated(struct reader *reader)
{
    const struct token *token = peek(reader, 0);
    struct str text = span_text(token->span);
    bool repeated = str_is(text, "repeated");
    if (token->kind != TOK_NAME || !(repeated || str_is(text, "required")) ||
        !is_name(peek(reader, 1)->kind) || !is_name(peek(reader, 2)->kind) ||
        peek(reader, 1)->first || peek(reader, 2)->first)
        return false;
    struct str type = span_text(peek(reader, 1)->span);
    if (repeated)
        reader_error(reader, token->span, "foreign-keyword",
                     "there is no 'repeated'; write 'list<%.*s>'", STR_ARG(type));
    else
        reader_error(reader, token->span, "foreign-keyword",
                     "there is no 'required'; leave it out");
    take(reader);
    return true;
}

static struct token next(struct reader *reader)
{
    int last = reader->last.kind;
    if ((last == '@' || last == '.') && is_name(peek(reader, 0)->kind)) {
        struct token name = take(reader); /* no keyword stands there */
        name.kind = TOK_NAME;
        return name;
    }
    while (reader->block_count > 0) {
        if (drop_repeated(reader))
            continue;
        if (peek(reader, 0)->kind == TOK_EOF || starts_outside(reader))
            return close_unclosed(reader);
        if (!starts_declaration(reader, 0))
            break;
        refuse_nested(reader);
    }
    return take(reader);
}

void reader_skip(struct reader *reader)
{
    struct token last = reader->last;
    reader->skipping = true;
    reader->skip_line = last.kind == TOK_BAD && *span_text(last.span).ptr == '"';
    reader->skip_types = reader->type_depth;
    reader->skip_none =
        is_opener(last.kind) && is_opener(reader->previous.kind) && reader->type_depth == 0;
    reader->type_depth = 0;
    reader->closers_owed = 0;
    reader->skip_depth = is_opener(last.kind);
    if (last.made_up || last.kind == TOK_EOF)
        return;
    /* skip() decides about what may end the error, or begin what is right. */
    put_back(reader, last);
    if (last.kind != ';' && !is_closer(last.kind) && !starts_outside(reader))
        take(reader);
    while (reader->skip_none && is_opener(peek(reader, 0)->kind)) /* one message for all of them */
        take(reader);
}

static struct token resync(struct reader *reader)
{
    reader->skipping = false;
    return made_up(reader, TOK_RESYNC);
}

/* A closing bracket while skipping: of something skipped, one too many, or the block's. */
static bool closes_block(struct reader *reader)
{
    if (reader->skip_depth > 0) {
        reader->skip_depth--;
        return false;
    }
    if (reader->skip_types > 0 && peek(reader, 0)->kind == '>') {
        reader->skip_types--;
        return false;
    }
    const struct token *token = peek(reader, 0);
    if (reader->block_count == 0 || token->first || peek(reader, 1)->first ||
        is_closer(peek(reader, 1)->kind) || starts_declaration(reader, 1))
        return true;
    uint32_t line = token->span.begin - token->column;
    return reader->blocks[reader->block_count - 1].span.begin >= line; /* all on one line */
}

/* The end of a bracketed part that was not understood is the end of it all, unless the line goes
 * on. */
static bool ends_line(struct reader *reader)
{
    const struct token *token = peek(reader, 0);
    return reader->skip_depth == 0 &&
           (token->first || (reader->skip_types == 0 && is_closer(token->kind)));
}

/* Drops tokens to where the text makes sense again: the end of the member, of the block, or the
 * begin of a declaration. */
static struct token skip(struct reader *reader)
{
    for (;;) {
        struct token token = *peek(reader, 0);
        if (token.kind == TOK_EOF || starts_outside(reader) || reader->skip_none ||
            (reader->skip_line && token.first))
            return resync(reader);
        if (is_closer(token.kind) && reader->skip_depth == 0 && closes_block(reader)) {
            if (reader->block_count == 0)
                take(reader);
            return resync(reader);
        }
        if (token.kind == ';' && reader->skip_depth == 0) {
            take(reader);
            return resync(reader);
        }
        bool inner = is_closer(token.kind) && reader->skip_depth > 0 && !closes_block(reader);
        reader->skip_depth += is_opener(token.kind);
        if (token.kind == TOK_BAD && *span_text(token.span).ptr == '"')
            reader->skip_line = true;
        take(reader);
        if (inner && ends_line(reader))
            return resync(reader);
    }
}

static bool begins_named(int kind)
{
    return kind == TOK_STRUCT || kind == TOK_ENUM || kind == TOK_SERVICE || kind == TOK_ONEOF;
}

/* Tells the brackets of list<...> and map<...> from those of blocks. before is the token before
 * reader->previous: a block can be called list. */
static void count_types(struct reader *reader, struct token *token, int before)
{
    int keyword = reader->previous.kind;
    if (token->kind == '<' && (keyword == TOK_LIST || keyword == TOK_MAP) &&
        !begins_named(before)) {
        reader->type_depth++;
    } else if (token->kind == '>' && reader->type_depth > 0) {
        reader->type_depth--;
        token->kind = TOK_TYPE_CLOSE;
    } else if (token->kind == ';' || token->kind == '(' || token->kind == ')' ||
               token->kind == '{') {
        reader->type_depth = 0;
    }
}

int idl_lex(IDL_STYPE *value, struct span *span, struct reader *reader)
{
    /* A bracket that was made up did not close its block: the parser is outside already. */
    if (reader->closers_owed && reader->closers_owed == reader->block_count)
        reader->block_count--;
    reader->closers_owed = 0;

    struct token token = reader->skipping ? skip(reader) : next(reader);
    int before = reader->previous.kind;
    reader->previous = reader->last;
    if (!token.made_up)
        count_types(reader, &token, before);
    reader->last = token;
    if (token.first)
        reader->indent = token.column;
    *span = token.span;
    if (token.value)
        value->TOK_INT = token.value; /* and the other literals: one place in the union */
    if (token.kind == TOK_BAD) {
        reader_skip(reader);
        return TOK_IDL_error;
    }
    if (reader->type_depth > TYPE_DEPTH_MAX) { /* the parser's stack is finite */
        reader_error(reader, token.span, "too-deep", "type is nested too deeply");
        reader->type_depth--; /* reader_skip counts this bracket itself */
        reader_skip(reader);
        return TOK_IDL_error;
    }
    return token.kind;
}

void reader_at_top(struct reader *reader)
{
    reader->block_count = 0;
}

struct str reader_doc(struct reader *reader, bool of_last)
{
    return of_last ? reader->last.doc : peek(reader, 0)->doc;
}

void reader_open(struct reader *reader, char bracket, struct span span)
{
    if (reader->block_count == reader->block_cap) {
        size_t cap = reader->block_cap ? 2 * reader->block_cap : 8;
        struct block *grown = arena_array(reader->arena, cap, sizeof *grown);
        if (reader->block_count)
            memcpy(grown, reader->blocks, reader->block_count * sizeof *grown);
        reader->blocks = grown;
        reader->block_cap = cap;
    }
    reader->blocks[reader->block_count++] = (struct block){ .bracket = bracket,
                                                            .span = span,
                                                            .column = reader->indent,
                                                            .errors_before = reader->error_count };
}

bool reader_open_missing(struct reader *reader)
{
    struct span span = reader->previous.span;
    struct str name = span_text(span);
    span.begin = span.end;
    if (!reader->last.made_up)
        reader_error(reader, span, "expected", "expected '<' after '%.*s'", STR_ARG(name));
    /* The block may be there, behind something else; or nothing of it. */
    if (reader->last.made_up || reader->last.kind == ';' || is_closer(reader->last.kind) ||
        is_opener(peek(reader, 0)->kind)) {
        reader_skip(reader);
        return false;
    }
    reader_open(reader, 0, span);
    return true;
}

static void check_closer(struct reader *reader, struct block *block, char bracket, struct span span)
{
    if (block->bracket == 0 || bracket == closer_of(block->bracket))
        return;
    if (reader->block_count > 0 && bracket == closer_of(block[-1].bracket) && reader->last.first &&
        reader->last.column <= block[-1].column) {
        /* By its place it closes the block around this one. */
        report_unclosed(reader, block);
        put_back(reader, reader->last);
        return;
    }
    reader_error(reader, span, "wrong-bracket", "expected '%c', found '%c'",
                 closer_of(block->bracket), bracket);
    diag_note(reader->diag, block->span, "this '%c' is still open", block->bracket);
}

void reader_close(struct reader *reader, char bracket, struct span span)
{
    reader->closed_broken = true;
    if (reader->block_count == 0)
        return;
    struct block *block = &reader->blocks[--reader->block_count];
    check_closer(reader, block, bracket, span);
    reader->closed_broken = reader->error_count != block->errors_before;
}

bool reader_end(struct reader *reader, const char *what, struct str name)
{
    if (is_closer(reader->last.kind))
        return true;
    struct span span = reader->previous.span;
    span.begin = span.end;
    if (name.len)
        reader_error(reader, span, "expected-semicolon", "expected ';' after %s '%.*s'", what,
                     STR_ARG(name));
    else
        reader_error(reader, span, "expected-semicolon", "expected ';' after %s", what);
    if (reader->last.first || reader->last.kind == TOK_EOF)
        return true;
    reader_skip(reader);
    return false;
}

void reader_comma(struct reader *reader, struct span span)
{
    uint32_t block = reader->block_count ? reader->blocks[reader->block_count - 1].span.begin : 0;
    if (reader->comma_block != block)
        reader_error(reader, span, "expected-semicolon",
                     "expected ';' after enum value, found ','");
    reader->comma_block = block;
}

void reader_unexpected(struct reader *reader, const char *const *expected, size_t count)
{
    if (!reader->last.made_up) /* else what it stands for was reported */
        report_unexpected(reader, expected, count);
    set_broken(reader);
    reader_skip(reader);
}

static void check_encoding(struct reader *reader)
{
    struct str text = reader->source->text;
    if (str_starts(text, STR("\xFF\xFE")) || str_starts(text, STR("\xFE\xFF"))) {
        reader->encoding_reported = true;
        reader_error(reader, (struct span){ reader->source, 0, 2 }, "bad-encoding",
                     "this looks like UTF-16; IDL files are UTF-8");
        return;
    }
    const char *nul = text.len ? memchr(text.ptr, 0, text.len) : NULL;
    if (nul) {
        uint32_t at = (uint32_t)(nul - text.ptr);
        reader_error(reader, (struct span){ reader->source, at, at + 1 }, "nul-byte",
                     "NUL byte in the text");
    }
    for (size_t i = 0; i < text.len;) {
        uint32_t code;
        size_t len = (unsigned char)text.ptr[i] < 0x80
                         ? 1
                         : utf8_next((struct str){ text.ptr + i, text.len - i }, &code);
        if (len == 0) {
            reader->encoding_reported = true;
            reader_error(reader, (struct span){ reader->source, (uint32_t)i, (uint32_t)i + 1 },
                         "bad-encoding", "invalid UTF-8 byte 0x%02X", (unsigned char)text.ptr[i]);
            return;
        }
        i += len;
    }
}

struct ast_file *parse_source(struct arena *arena, struct diag *diag, const struct source *source)
{
    struct reader reader = { .arena = arena, .diag = diag, .source = source };
    reader.file = ARENA_NEW(arena, struct ast_file);
    reader.file->source = source;
    reader.file->doc = reader.file->package.text = STR("");
    reader.last.span = (struct span){ source, 0, 0 };
    reader.previous.span = reader.last.span;
    check_encoding(&reader);
    if (str_starts(source->text, STR("\xFF\xFE")) || str_starts(source->text, STR("\xFE\xFF")))
        return reader.file;
    scanner_open(&reader);
    idl_parse(&reader);
    scanner_close(&reader);
    return reader.file;
}
