## A server to start from: it answers every method.
/* A server of ${name | comment}, to start from. idlc does not write over it: it is yours.
 *
 * What a handler puts into *reply is sent after it has returned, so it never points to a local: it
 * is static, the request's, or from idl_call_printf and idl_call_alloc. */
% if deprecates:
#define IDL_NO_DEPRECATED /* the IDL deprecates some of what is used here */
% endif
#include <stdio.h>

#include "${stem}_server.h"
<%include file="quiet.mako"/>
% for s in services:
%   for m in s.methods:
<%include file="sample_answer.mako"/>
%   endfor
% endfor

int main(int argc, char **argv)
{
    idl_server *server = idl_server_new(NULL);
% for s in services:
%   for m in s.methods:
%     if loop.first:
    ${s.serve.c_name}(server, &(const ${s.c_handlers}){
%     endif
        .${m.c_member} = ${m.sample.c_answer},
%     if loop.last:
    }, NULL);
%     endif
%   endfor
%   if not s.methods:
    ${s.serve.c_name}(server, &(const ${s.c_handlers}){ 0 }, NULL);
%   endif
% endfor
    if (idl_server_listen(server, argc > 1 ? argv[1] : "tcp://127.0.0.1:50051") == IDL_OK) {
        printf("listening on %s\n", idl_server_address(server, 0));
        fflush(stdout);
    }
    int status = idl_server_run(server); /* until SIGINT or SIGTERM: then drains */
    if (status != 0)
        fprintf(stderr, "%s\n", idl_server_error(server));
    idl_server_free(server);
    return status;
}
