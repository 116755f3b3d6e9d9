/* SPDX-License-Identifier: MIT */
/* start.c: the time from exec to the first byte of a program's output, in microseconds, the least of
 * COUNT runs: start COUNT PROGRAM [ARGUMENT]... */
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

extern char **environ;

static uint64_t start_once(char **argv)
{
    posix_spawn_file_actions_t actions;
    int pipes[2];
    pid_t child;
    char byte;
    if (pipe(pipes) != 0)
        die("pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, pipes[0]);
    uint64_t begin = now_ns();
    if (posix_spawn(&child, argv[0], &actions, NULL, argv, environ) != 0)
        die(argv[0]);
    close(pipes[1]);
    if (read(pipes[0], &byte, 1) != 1)
        die("no output");
    uint64_t end = now_ns();
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(pipes[0]);
    posix_spawn_file_actions_destroy(&actions);
    return end - begin;
}

int main(int argc, char **argv)
{
    uint64_t best = UINT64_MAX;
    if (argc < 3)
        die("start COUNT PROGRAM [ARGUMENT]...");
    for (int left = atoi(argv[1]); left > 0; left--) {
        uint64_t taken = start_once(argv + 2);
        best = taken < best ? taken : best;
    }
    printf("%.0f\n", (double)best / 1e3);
    return 0;
}
