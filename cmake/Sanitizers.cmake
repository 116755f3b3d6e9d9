# Whole-build instrumentation, chosen by the presets; off for users.
if(IDLC_SANITIZE)
    add_compile_options(-fsanitize=${IDLC_SANITIZE} -fno-omit-frame-pointer -g)
    add_link_options(-fsanitize=${IDLC_SANITIZE})
    if(IDLC_SANITIZE MATCHES "undefined")
        add_compile_options(-fno-sanitize-recover=undefined)
    endif()
endif()
# Threads count with atomic additions. Optimised as far as constants go, as functions that are compiled
# once for each kind of number would count a branch for every other kind; but not inlined, so that a small
# function's branches count once, and not wherever it is called.
if(IDLC_COVERAGE)
    add_compile_options(--coverage -fprofile-update=atomic -Og -fno-inline -g)
    add_link_options(--coverage)
endif()
# Coverage for libFuzzer in all code; the fuzzers link -fsanitize=fuzzer themselves. Of comparisons only
# those of strings are looked into: telling libFuzzer of those of numbers took half the time, and
# dictionaries, and drivers that make whole frames, reach what it would have found that way.
if(IDLC_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp)
endif()
