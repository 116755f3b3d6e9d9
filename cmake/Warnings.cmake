# target_warnings(TARGET): what our own C must be clean under. Never put on users' targets.
function(target_warnings target)
    target_compile_options(${target} PRIVATE
        -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
        -Wformat=2 -Wundef -Wvla -Wwrite-strings -Wpointer-arith -Wcast-qual
        $<$<BOOL:${IDLC_WERROR}>:-Werror>)
endfunction()
