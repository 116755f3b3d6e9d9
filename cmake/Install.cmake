# What `cmake --install` puts in place: the compiler, both runtime libraries, the public headers,
# the CMake package, pkg-config's file.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/idlc)

set_target_properties(idl-runtime-static PROPERTIES EXPORT_NAME runtime)
set_target_properties(idl-runtime-shared PROPERTIES EXPORT_NAME runtime-shared)
install(TARGETS idlc idl-runtime-static idl-runtime-shared EXPORT idlcTargets
    RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY runtime/include/idl DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.h")
install(EXPORT idlcTargets NAMESPACE idlc:: DESTINATION ${package_dir})

configure_package_config_file(cmake/idlcConfig.cmake.in ${PROJECT_BINARY_DIR}/idlcConfig.cmake
    INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/idlcConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES
    ${PROJECT_BINARY_DIR}/idlcConfig.cmake
    ${PROJECT_BINARY_DIR}/idlcConfigVersion.cmake
    cmake/IdlcGenerate.cmake
    DESTINATION ${package_dir})

file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/idl-runtime.pc.in ${PROJECT_BINARY_DIR}/idl-runtime.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/idl-runtime.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Inside this build, find_package(idlc) finds the targets that are here already: the examples are
# written as a user writes them.
file(WRITE ${PROJECT_BINARY_DIR}/in-tree/idlcConfig.cmake
    "include(${PROJECT_SOURCE_DIR}/cmake/IdlcGenerate.cmake)\n")
set(idlc_DIR ${PROJECT_BINARY_DIR}/in-tree CACHE PATH "" FORCE)
mark_as_advanced(idlc_DIR)
