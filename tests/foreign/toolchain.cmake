# Cross-compiles for FOREIGN, s390x or i386, with Debian's compilers; the libraries are in
# FOREIGN_ROOT, as libraries.sh puts them there.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES FOREIGN FOREIGN_ROOT)
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${FOREIGN})

if(FOREIGN STREQUAL "i386")
    set(triplet i686-linux-gnu)
    # The kernel of an x86-64 runs it, given the loader.
    set(loader "-Wl,--dynamic-linker=/usr/${triplet}/lib/ld-linux.so.2 -Wl,-rpath,/usr/${triplet}/lib")
else()
    set(triplet ${FOREIGN}-linux-gnu)
    set(CMAKE_CROSSCOMPILING_EMULATOR qemu-${FOREIGN} -L /usr/${triplet})
endif()
set(CMAKE_C_COMPILER ${triplet}-gcc)

set(libraries ${FOREIGN_ROOT}/usr/lib/${FOREIGN}-linux-gnu)
# Some checks read this file in the same process without knowing either.
if(FOREIGN_ROOT)
    set(ENV{PKG_CONFIG_SYSROOT_DIR} ${FOREIGN_ROOT})
    set(ENV{PKG_CONFIG_LIBDIR} ${libraries}/pkgconfig)
endif()
set(CMAKE_EXE_LINKER_FLAGS_INIT "-L${libraries} -Wl,-rpath,${libraries} ${loader}")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-L${libraries}")
