## A client to start from: it calls every method once.
/* A client of ${name | comment}, to start from. idlc does not write over it: it is yours. */
% if deprecates:
#define IDL_NO_DEPRECATED /* the IDL deprecates some of what is used here */
% endif
#include <inttypes.h>
#include <stdio.h>

#include "${stem}_client.h"
<%include file="quiet.mako"/>
% for s in services:
%   for m in s.methods:
<%include file="sample_try.mako"/>
%   endfor
% endfor

int main(int argc, char **argv)
{
    idl_channel *channel = idl_channel_open(argc > 1 ? argv[1] : "tcp://127.0.0.1:50051", NULL);
    idl_call *call = idl_call_new(); /* owns the replies' memory: each until the next call */
    int failures = 0;
% for s in services:
%   for m in s.methods:
    failures += ${m.sample.c_try}(channel, call) != IDL_OK;
%   endfor
% endfor
    idl_call_free(call);
    idl_channel_close(channel);
    return failures != 0;
}
