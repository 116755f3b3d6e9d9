# Our programs and libraries defend themselves: checked copies, guarded stacks, tables that are
# read-only once the program runs, addresses that differ each time. What instruments a build has
# checks of its own. tests/install/deb_test.sh looks at the result.
if(IDLC_HARDEN AND NOT IDLC_SANITIZE AND NOT IDLC_COVERAGE AND NOT IDLC_FUZZ)
    include(CheckPIESupported)
    check_pie_supported(LANGUAGES C)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    add_compile_options(-fstack-protector-strong)
    # Needs an optimiser; a distribution may have set it already.
    add_compile_options(
        "$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>")
    add_link_options(-Wl,-z,relro,-z,now)
endif()
