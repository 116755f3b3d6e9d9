# Debian packages, a component of Install.cmake each:
#
#     cmake --preset package && cmake --build --preset package
#     (cd build/package && cpack)
#
#   idlc                the compiler, its manual, completion
#   libidl-runtime0.1   the shared library, by its soname
#   libidl-runtime-dev  headers, static library, pkg-config's file, the CMake package
#
# The preset installs to /usr, so that libraries go where Debian has them. The maintainer's name is
# that of DEBFULLNAME and DEBEMAIL, as with Debian's own tools.
set(soversion ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(same_version "(= ${PROJECT_VERSION}-1)")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL compiler runtime development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGE_CONTACT "The idlc authors <idlc@localhost>")
if(DEFINED ENV{DEBFULLNAME} AND DEFINED ENV{DEBEMAIL})
    set(CPACK_PACKAGE_CONTACT "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY >=)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_COMPILER_PACKAGE_NAME idlc)
set(CPACK_DEBIAN_COMPILER_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_COMPILER_PACKAGE_RECOMMENDS libidl-runtime-dev)
set(CPACK_DEBIAN_COMPILER_DESCRIPTION "RPC for C: compiler of service descriptions
Reads descriptions of services in a small language and writes typed C client
and server stubs for them. Messages are in the protobuf wire format. What it
writes needs libidl-runtime-dev to be built.")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libidl-runtime${soversion})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${PROJECT_BINARY_DIR}/triggers)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "RPC for C: shared library
Carries the calls of stubs that idlc wrote over TCP and unix sockets: many at
once on one connection, with deadlines, cancellation and streams.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libidl-runtime-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
    "libidl-runtime${soversion} ${same_version}, idlc ${same_version}, libuv1-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS pkg-config)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS cmake)
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "RPC for C: headers and static library
What is needed to build programs with stubs that idlc wrote: headers, the
static library, and the way to it for pkg-config and CMake.")

# What Debian wants in every package, and nobody else.
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/PackDebian.cmake)
set(CPACK_IDLC_SOURCE_DIR ${PROJECT_SOURCE_DIR})
file(WRITE ${PROJECT_BINARY_DIR}/triggers "activate-noawait ldconfig\n")
include(CPack)
