/* SPDX-License-Identifier: MIT */
/* parser.y: tokens -> syntax tree. The language is described in README.md.
 *
 * The tokens A_... are never read: they stand where such a thing can begin, so that a syntax error
 * can say what was expected in the user's words. TYPE_CLOSE is the '>' of list<...>, which closes
 * no block. RESYNC is made up by reader.c where the text makes sense again after an error, and is
 * all that is accepted then. */
%require "3.8"
%define api.pure full
%define api.prefix {idl_}
%define api.token.prefix {TOK_}
%define api.value.type union
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%param {struct reader *reader}
%expect 0

%code requires {
    #include "reader.h"
}

%code provides {
    /* reader.c */
    int idl_lex(IDL_STYPE *value, struct span *span, struct reader *reader);
}

%code {
    #include "actions.h"

    #define YYLLOC_DEFAULT(current, rhs, n)                                                        \
        ((current) = (n) ? (struct span){ YYRHSLOC(rhs, 1).source, YYRHSLOC(rhs, 1).begin,         \
                                          YYRHSLOC(rhs, n).end }                                   \
                         : (struct span){ YYRHSLOC(rhs, 0).source, YYRHSLOC(rhs, 0).end,           \
                                          YYRHSLOC(rhs, 0).end })

    /* 10000 is bison's own; here nothing recurses but types, which reader.c limits. */
    #define YYMAXDEPTH 10000

    static const struct ast_prefix no_prefix = { .doc = { "", 0 } };

    /* Of a member; empty for one that has no name, or was not understood. */
    static struct str own_name(const struct ast_node *member)
    {
        return member && member->kind != AST_RESERVED ? member->name.text : STR("");
    }

    /* Where ';' may be missing. */
    #define END_OF(what, name)                                                                     \
        do {                                                                                       \
            if (!reader_end(reader, what, name))                                                   \
                YYERROR;                                                                           \
        } while (0)

    static void yyerror(const struct span *span, struct reader *reader, const char *message);
}

%token EOF 0        "the end of the file"
%token NAME         "NAME"
%token PACKAGE IMPORT CONST ENUM STRUCT SERVICE ONEOF RESERVED OPTIONAL LIST MAP STREAM ONEWAY
%token <struct ast_value *> INT "a number" STRING "a string" FLOAT "FLOAT"
%token ARROW        "'->'"
%token TYPE_CLOSE   "'>' of a type"
%token OTHER BAD RESYNC
%token A_DECLARATION "a declaration" A_VALUE "an enum value" A_FIELD "a field" A_METHOD "a method"
%token A_TYPE "a type" A_NAME "a name" A_CONSTANT "a value"

/* ';' ends what is before it; it is not an empty declaration or member behind it. */
%precedence NO_END
%precedence ';'

%type <struct ast_prefix> prefix annotations
%type <struct ast_name> name dotted qname
%type <struct ast_type *> type
%type <struct ast_value *> value values arguments number signed_int
%type <struct ast_node *> enum_value member field oneof_member range method parameter result
%type <struct ast_list> enum_list member_list oneof_list method_list parameters parameter_list ranges

%%

file: declarations ;

declarations:
    %empty
  | declarations declaration
  | declarations ';'
  | declarations error RESYNC   { yyerrok; reader_at_top(reader); }
  ;

declaration:
    prefix PACKAGE qname end_of_package
                                { add_package(reader, $1, @2, $3); }
  | prefix IMPORT STRING end_of_import
                                { add_import(reader, $1, $3); }
  | prefix CONST type name '=' value end_of_constant
                                { add_constant(reader, $1, $3, $4, $6); }
  | prefix ENUM name open enum_list close
                                { add_block(reader, AST_ENUM, $1, $3, $5); }
  | prefix STRUCT name open member_list close
                                { add_block(reader, AST_STRUCT, $1, $3, $5); }
  | prefix SERVICE name open method_list close
                                { add_block(reader, AST_SERVICE, $1, $3, $5); }
  | A_DECLARATION
  ;

/* Where ';' is missing: see reader_end. */
end_of_package:
    ';'
  | %empty %prec NO_END         { END_OF("package", $<struct ast_name>0.text); }
  ;

end_of_import:
    ';'
  | %empty %prec NO_END         { END_OF("import", STR("")); }
  ;

end_of_constant:
    ';'
  | %empty %prec NO_END         { END_OF("constant", $<struct ast_name>-2.text); }
  ;

end_of_value:
    ';'
  | ','                         { reader_comma(reader, @1); }
  | %empty %prec NO_END         { END_OF("enum value", own_name($<struct ast_node *>0)); }
  ;

end_of_field:
    ';'
  | %empty %prec NO_END         { END_OF("field", own_name($<struct ast_node *>0)); }
  ;

end_of_method:
    ';'
  | %empty %prec NO_END         { END_OF("method", own_name($<struct ast_node *>0)); }
  ;

open:
    '<'                         { reader_open(reader, '<', @1); }
  | '{'                         { reader_open(reader, '{', @1); }
  | %empty                      { if (!reader_open_missing(reader)) YYERROR; }
  ;

close:
    '>'                         { reader_close(reader, '>', @1); }
  | '}'                         { reader_close(reader, '}', @1); }
  ;

/* Documentation stands before the annotations or behind them, which is before the next token: it
 * has been read by the parser already, or will be next. */
prefix:
    %empty                      { $$ = (struct ast_prefix){ .doc = reader->last.doc }; }
  | annotations                 { $$ = document($1, reader_doc(reader, yychar != TOK_IDL_EMPTY)); }
  ;

annotations:
    prefix '@' name             { $$ = annotate(reader, $1, $3, NULL, false); }
  | prefix '@' name '(' arguments ')'
                                { $$ = annotate(reader, $1, $3, $5, true); }
  ;

arguments: %empty { $$ = NULL; } | values ;

values:
    value
  | values ',' value            { $1->next = $3; $$ = $1; }
  ;

value:
    INT
  | '-' INT                     { $$ = negate($2, @$); }
  | FLOAT
  | '-' FLOAT                   { $$ = negate($2, @$); }
  | STRING
  | qname                       { $$ = name_value(reader, $1); }
  | '-' qname                   { $$ = negate(name_value(reader, $2), @$); }
  | A_CONSTANT                  { $$ = NULL; }
  ;

enum_list:
    %empty                      { $$ = (struct ast_list){ 0 }; }
  | enum_list ';'
  | enum_list enum_value end_of_value
                                { $$ = append($1, $2); }
  | enum_list error RESYNC      { yyerrok; $$ = $1; }
  ;

enum_value:
    prefix name                 { $$ = enum_value(reader, $1, $2, NULL); }
  | prefix name '=' signed_int  { $$ = enum_value(reader, $1, $2, $4); }
  | A_VALUE                     { $$ = NULL; }
  ;

signed_int: INT | '-' INT { $$ = negate($2, @$); } ;

member_list:
    %empty                      { $$ = (struct ast_list){ 0 }; }
  | member_list ';'
  | member_list member end_of_field
                                { $$ = append($1, $2); }
  | member_list prefix ONEOF name open oneof_list close
                                { $$ = append($1, oneof(reader, $2, $4, $6)); }
  | member_list error RESYNC    { yyerrok; $$ = $1; }
  ;

member:
    field
  | prefix RESERVED ranges      { $$ = reserved(reader, $1, @2, $3); }
  | A_FIELD                     { $$ = NULL; }
  ;

field:
    prefix type name number     { $$ = field(reader, $1, $2, $3, $4); }
  | prefix OPTIONAL type name number
                                { $$ = field(reader, $1, $3, $4, $5); $$->optional = @2; }
  ;

number: %empty { $$ = NULL; } | '=' signed_int { $$ = $2; } ;

oneof_list:
    %empty                      { $$ = (struct ast_list){ 0 }; }
  | oneof_list ';'
  | oneof_list oneof_member end_of_field
                                { $$ = append($1, $2); }
  | oneof_list error RESYNC     { yyerrok; $$ = $1; }
  ;

oneof_member: field | A_FIELD { $$ = NULL; } ;

ranges:
    range                       { $$ = append((struct ast_list){ 0 }, $1); }
  | ranges ',' range            { $$ = append($1, $3); }
  ;

range:
    signed_int                  { $$ = range(reader, $1, NULL, @$); }
  | signed_int '-' signed_int   { $$ = range(reader, $1, $3, @$); }
  | STRING                      { $$ = range(reader, $1, NULL, @$); }
  | name                        { $$ = range(reader, name_value(reader, $1), NULL, @$); }
  ;

method_list:
    %empty                      { $$ = (struct ast_list){ 0 }; }
  | method_list ';'
  | method_list method end_of_method
                                { $$ = append($1, $2); }
  | method_list error RESYNC    { yyerrok; $$ = $1; }
  ;

method:
    prefix name '(' parameters ')' result
                                { $$ = method(reader, $1, $2, $4, $6); }
  | prefix ONEWAY name '(' parameters ')' result
                                { $$ = method(reader, $1, $3, $5, $7); $$->oneway = @2; }
  | A_METHOD                    { $$ = NULL; }
  ;

/* A node of which type, stream and optional count. */
result:
    %empty                      { $$ = NULL; }
  | ARROW type                  { $$ = field(reader, no_prefix, $2,
                                             no_name(@2), NULL); }
  | ARROW STREAM type           { $$ = field(reader, no_prefix, $3,
                                             no_name(@3), NULL); $$->stream = @2; }
  | ARROW OPTIONAL type         { $$ = field(reader, no_prefix, $3,
                                             no_name(@3), NULL); $$->optional = @2; }
  ;

parameters: %empty { $$ = (struct ast_list){ 0 }; } | parameter_list ;

parameter_list:
    parameter                   { $$ = append((struct ast_list){ 0 }, $1); }
  | parameter_list ',' parameter { $$ = append($1, $3); }
  ;

parameter:
    prefix type                 { $$ = field(reader, $1, $2, no_name(@2), NULL); }
  | prefix type name            { $$ = field(reader, $1, $2, $3, NULL); }
  | prefix STREAM type          { $$ = field(reader, $1, $3, no_name(@3), NULL);
                                  $$->stream = @2; }
  | prefix STREAM type name     { $$ = field(reader, $1, $3, $4, NULL); $$->stream = @2; }
  | prefix OPTIONAL type        { $$ = field(reader, $1, $3, no_name(@3), NULL);
                                  $$->optional = @2; }
  | prefix OPTIONAL type name   { $$ = field(reader, $1, $3, $4, NULL); $$->optional = @2; }
  ;

type:
    NAME                        { $$ = ast_type(reader->arena, name_at(@1)); }
  | dotted                      { $$ = ast_type(reader->arena, $1); }
  | LIST '<' type TYPE_CLOSE         { $$ = ast_container(reader->arena, @1, @$, NULL, $3); }
  | MAP '<' type ',' type TYPE_CLOSE { $$ = ast_container(reader->arena, @1, @$, $3, $5); }
  | A_TYPE                      { $$ = NULL; }
  ;

dotted:
    name '.' name               { $$ = join(reader, $1, $3); }
  | dotted '.' name             { $$ = join(reader, $1, $3); }
  ;

qname:
    name
  | qname '.' name              { $$ = join(reader, $1, $3); }
  ;

name:
    NAME                        { $$ = name_at(@1); }
  | PACKAGE                     { $$ = name_at(@1); }
  | IMPORT                      { $$ = name_at(@1); }
  | CONST                       { $$ = name_at(@1); }
  | ENUM                        { $$ = name_at(@1); }
  | STRUCT                      { $$ = name_at(@1); }
  | SERVICE                     { $$ = name_at(@1); }
  | ONEOF                       { $$ = name_at(@1); }
  | RESERVED                    { $$ = name_at(@1); }
  | OPTIONAL                    { $$ = name_at(@1); }
  | LIST                        { $$ = name_at(@1); }
  | MAP                         { $$ = name_at(@1); }
  | STREAM                      { $$ = name_at(@1); }
  | ONEWAY                      { $$ = name_at(@1); }
  | A_NAME                      { $$ = name_at(@1); }
  ;

%%

/* Bison's own troubles: the stack is full. */
static void yyerror(const struct span *span, struct reader *reader, const char *message)
{
    (void)message;
    reader_error(reader, *span, "too-deep", "this is nested too deeply");
}

static int yyreport_syntax_error(const yypcontext_t *context, struct reader *reader)
{
    yysymbol_kind_t symbols[YYNTOKENS];
    const char *names[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, symbols, YYNTOKENS);
    for (int i = 0; i < count; i++)
        names[i] = yysymbol_name(symbols[i]);
    reader_unexpected(reader, names, count > 0 ? (size_t)count : 0);
    return 0;
}
