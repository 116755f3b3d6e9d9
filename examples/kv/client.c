/* SPDX-License-Identifier: MIT */
/* client.c: a command line for the store. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kv_client.h"

static const char usage[] =
    "usage: kv_client ADDRESS COMMAND\n"
    "  put KEY TEXT [TAG...]   stores a text\n"
    "  set KEY NUMBER          stores a number\n"
    "  add KEY NUMBER          adds to a number\n"
    "  get KEY                 shows an entry\n"
    "  find PREFIX [LIMIT]     lists entries\n"
    "  remove KEY\n"
    "  touch KEY\n"
    "  stats\n"
    "  watch PREFIX [AFTER]    shows changes, those behind a revision too\n"
    "  fill PREFIX COUNT       sets PREFIX0, PREFIX1 ... many at once, and\n"
    "                          prints the keys as they are acknowledged\n";

struct client {
    idl_channel *channel;
    idl_call *call;
    char **arg; /* the command's arguments, argc of them, then NULL */
    int argc;
};

static void show(const demo_kv_entry *entry)
{
    static const demo_kv_value none;
    const demo_kv_value *value = entry->value != NULL ? entry->value : &none;
    printf("%s = ", entry->key.data);
    switch (value->content) {
    case DEMO_KV_VALUE_CONTENT_NOT_SET: printf("nothing"); break;
    case DEMO_KV_VALUE_CONTENT_NUMBER: printf("%" PRId64, value->number); break;
    case DEMO_KV_VALUE_CONTENT_TEXT: printf("\"%s\"", value->text.data); break;
    case DEMO_KV_VALUE_CONTENT_BLOB: printf("%zu bytes", value->blob.len); break;
    }
    printf(" (version %" PRIu64 ")", entry->version);
    for (size_t i = 0; i < entry->tags.count; i++)
        printf(" #%s", entry->tags.items[i].data);
    if (entry->has_note)
        printf(" -- %s", entry->note.data);
    putchar('\n');
}

static bool number_of(const char *text, int64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoll(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0')
        return true;
    fprintf(stderr, "'%s' is not a number\n", text);
    return false;
}

static idl_code put(struct client *c, const demo_kv_value *value, idl_str_list tags)
{
    uint64_t version;
    idl_code code = demo_kv_kv_put(c->channel, c->call, idl_cstr(c->arg[0]), value, tags,
                                   (idl_str_by_str){ 0 }, NULL, NULL, &version);
    if (code == IDL_OK)
        printf("version %" PRIu64 "\n", version);
    return code;
}

static idl_code put_text(struct client *c)
{
    enum { MAX = 16 };
    idl_str tags[MAX];
    size_t count = 0;
    for (int i = 2; i < c->argc && count < MAX; i++)
        tags[count++] = idl_cstr(c->arg[i]);
    demo_kv_value value = { .content = DEMO_KV_VALUE_CONTENT_TEXT, .text = idl_cstr(c->arg[1]) };
    return put(c, &value, (idl_str_list){ tags, count });
}

static idl_code set_number(struct client *c)
{
    demo_kv_value value = { .content = DEMO_KV_VALUE_CONTENT_NUMBER };
    if (!number_of(c->arg[1], &value.number))
        return IDL_AGAIN;
    return put(c, &value, (idl_str_list){ 0 });
}

static idl_code add(struct client *c)
{
    int64_t delta, sum;
    if (!number_of(c->arg[1], &delta))
        return IDL_AGAIN;
    idl_code code = demo_kv_kv_add(c->channel, c->call, idl_cstr(c->arg[0]), delta, &sum);
    if (code == IDL_OK)
        printf("%" PRId64 "\n", sum);
    return code;
}

static idl_code get(struct client *c)
{
    demo_kv_entry entry;
    idl_code code = demo_kv_kv_get(c->channel, c->call, idl_cstr(c->arg[0]), &entry);
    if (code == IDL_OK)
        show(&entry);
    return code;
}

static idl_code find(struct client *c)
{
    demo_kv_entry_list entries;
    int64_t number = 0;
    if (c->argc > 1 && (!number_of(c->arg[1], &number) || number < 0 || number > UINT32_MAX))
        return IDL_AGAIN;
    uint32_t limit = (uint32_t)number;
    idl_code code = demo_kv_kv_find(c->channel, c->call, idl_cstr(c->arg[0]), DEMO_KV_KIND_NOTHING,
                                    c->argc > 1 ? &limit : NULL, &entries);
    for (size_t i = 0; i < entries.count; i++)
        show(&entries.items[i]);
    return code;
}

static idl_code kv_remove(struct client *c)
{
    bool removed;
    idl_code code = demo_kv_kv_remove(c->channel, c->call, idl_cstr(c->arg[0]), &removed);
    if (code == IDL_OK)
        puts(removed ? "removed" : "there was none");
    return code;
}

static idl_code touch(struct client *c)
{
    return demo_kv_kv_touch(c->channel, c->call, idl_cstr(c->arg[0]));
}

static idl_code stats(struct client *c)
{
    demo_kv_stats s;
    idl_code code = demo_kv_kv_stats(c->channel, c->call, &s);
    if (code != IDL_OK)
        return code;
    printf("%" PRIu64 " keys, %" PRIu64 " bytes\n", s.keys, s.bytes);
    for (size_t i = 0; i < s.by_kind.count; i++)
        printf("  %s: %" PRIu64 "\n", s.by_kind.items[i].key.data, s.by_kind.items[i].value);
    return code;
}

static idl_code watch(struct client *c)
{
    demo_kv_change change;
    int64_t number;
    if (c->argc > 1 && (!number_of(c->arg[1], &number) || number < 0))
        return IDL_AGAIN;
    uint64_t after = c->argc > 1 ? (uint64_t)number : 0;
    demo_kv_kv_watch(c->channel, c->call, idl_cstr(c->arg[0]), c->argc > 1 ? &after : NULL);
    if (idl_meta_wait_initial(c->call))
        puts("watching");
    fflush(stdout);
    while (demo_kv_kv_watch_recv(c->call, &change)) {
        printf("%" PRIu64 ": ", change.revision);
        if (change.entry != NULL)
            show(change.entry);
        else
            printf("%s is gone\n", change.key.data);
        fflush(stdout);
    }
    return demo_kv_kv_watch_finish(c->call);
}

/* ---- Many at once ---- */

enum { AT_ONCE = 64 };

struct fill {
    struct client *client;
    int64_t next, count;
    idl_code code; /* of the first that failed */
    char why[200];
};

/* One of those that are open at once. */
struct slot {
    struct fill *fill;
    idl_call *call;
    char key[DEMO_KV_MAX_KEY + 1];
};

static void fill_next(struct slot *slot);

static void filled(idl_call *call, idl_code code, uint64_t version, void *arg)
{
    struct slot *slot = arg;
    struct fill *fill = slot->fill;
    (void)version;
    if (code == IDL_OK) {
        puts(slot->key);
        fill_next(slot);
    } else if (fill->code == IDL_OK) {
        fill->code = code;
        snprintf(fill->why, sizeof fill->why, "%s", idl_call_message(call));
    }
}

/* Each slot sends its next one when the one before is acknowledged. */
static void fill_next(struct slot *slot)
{
    struct fill *fill = slot->fill;
    if (fill->next == fill->count || fill->code != IDL_OK)
        return;
    demo_kv_value value = { .content = DEMO_KV_VALUE_CONTENT_NUMBER, .number = fill->next };
    snprintf(slot->key, sizeof slot->key, "%s%" PRId64, fill->client->arg[0], fill->next++);
    demo_kv_kv_put_async(fill->client->channel, slot->call, idl_cstr(slot->key), &value,
                         (idl_str_list){ 0 }, (idl_str_by_str){ 0 }, NULL, NULL, filled, slot);
}

static idl_code fill(struct client *c)
{
    struct fill fill = { .client = c };
    struct slot slots[AT_ONCE];
    if (!number_of(c->arg[1], &fill.count) || fill.count < 0)
        return IDL_AGAIN;
    for (size_t i = 0; i < AT_ONCE; i++) {
        slots[i] = (struct slot){ .fill = &fill, .call = idl_call_new() };
        fill_next(&slots[i]);
    }
    idl_channel_run(c->channel);
    for (size_t i = 0; i < AT_ONCE; i++)
        idl_call_free(slots[i].call);
    if (fill.code == IDL_OK)
        return IDL_OK;
    fprintf(stderr, "fill: %s: %s\n", idl_code_name(fill.code), fill.why);
    return IDL_AGAIN;
}

/* ---- The command line ---- */

static const struct command {
    const char *name;
    int least;                         /* arguments */
    idl_code (*run)(struct client *c); /* IDL_AGAIN: failed, and said why */
} commands[] = {
    { "put", 2, put_text }, { "set", 2, set_number }, { "add", 2, add },
    { "get", 1, get },      { "find", 1, find },      { "remove", 1, kv_remove },
    { "touch", 1, touch },  { "stats", 0, stats },    { "watch", 1, watch },
    { "fill", 2, fill },
};

int main(int argc, char **argv)
{
    const struct command *command = NULL;
    for (size_t i = 0; argc > 2 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[2], commands[i].name) == 0 && argc - 3 >= commands[i].least)
            command = &commands[i];
    if (command == NULL)
        return fputs(usage, stderr), 2;

    struct client c = { idl_channel_open(argv[1], NULL), idl_call_new(), argv + 3, argc - 3 };
    idl_code code = command->run(&c);
    if (code > IDL_OK)
        fprintf(stderr, "%s: %s: %s\n", argv[2], idl_code_name(code), idl_call_message(c.call));
    idl_call_free(c.call);
    idl_channel_close(c.channel);
    return code == IDL_OK ? 0 : 1;
}
