# What `cmake --install` puts in place: the compiler with its manual, both runtime libraries, the
# public headers, the CMake package, pkg-config's file. In three components, which are also the
# binary packages of Pack.cmake. `uninstall` takes it away again.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/idlc)

# ---- The compiler, and the load generator ----

install(TARGETS idlc EXPORT idlcTargets
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT compiler)
install(TARGETS idl_bench RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT compiler)
install(FILES docs/man/idlc.1 docs/man/idl_bench.1
    DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT compiler)
install(FILES docs/man/idlc.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT compiler)
install(FILES tools/completion/idlc.bash RENAME idlc
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT compiler)
install(FILES LICENSE README.md CHANGELOG.md
    DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT compiler)

# ---- The shared library: what programs need to run ----

set_target_properties(idl-runtime-static PROPERTIES EXPORT_NAME runtime-static)
set_target_properties(idl-runtime-shared PROPERTIES EXPORT_NAME runtime-shared)
install(TARGETS idl-runtime-static idl-runtime-shared EXPORT idlcTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# ---- What is needed to build them ----

install(DIRECTORY runtime/include/idl DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    COMPONENT development FILES_MATCHING PATTERN "*.h")
install(FILES runtime/health/health.idl DESTINATION ${CMAKE_INSTALL_DATADIR}/idlc
    COMPONENT development)
install(EXPORT idlcTargets NAMESPACE idlc:: DESTINATION ${package_dir} COMPONENT development)

configure_package_config_file(cmake/idlcConfig.cmake.in ${PROJECT_BINARY_DIR}/idlcConfig.cmake
    INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/idlcConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/idlcConfig.cmake
    ${PROJECT_BINARY_DIR}/idlcConfigVersion.cmake
    cmake/IdlcGenerate.cmake
    DESTINATION ${package_dir} COMPONENT development)

file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/idl-runtime.pc.in ${PROJECT_BINARY_DIR}/idl-runtime.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/idl-runtime.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# ---- Out again ----

if(PROJECT_IS_TOP_LEVEL AND NOT TARGET uninstall)
    add_custom_target(uninstall
        COMMAND ${CMAKE_COMMAND} -P ${PROJECT_SOURCE_DIR}/cmake/Uninstall.cmake
        WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
        COMMENT "Removing what was installed last"
        VERBATIM)
endif()

# Inside this build, find_package(idlc) finds the targets that are here already: the examples are
# written as a user writes them.
file(WRITE ${PROJECT_BINARY_DIR}/in-tree/idlcConfig.cmake
    "include(${PROJECT_SOURCE_DIR}/cmake/IdlcGenerate.cmake)\n")
set(idlc_DIR ${PROJECT_BINARY_DIR}/in-tree CACHE PATH "" FORCE)
mark_as_advanced(idlc_DIR)
