## The project of the sample.
# A server and a client, to start from. idlc does not write over this file: it is yours.
#
#     cmake -B build && cmake --build build
#     build/server & build/client
cmake_minimum_required(VERSION 3.22)
project(sample LANGUAGES C)

find_package(idlc REQUIRED)

# What idlc has written beside this folder. To have CMake run idlc as well, whenever an IDL changes:
#     idlc_generate(TARGET stubs IDL ../${sample.stem}.idl)
add_library(stubs STATIC
% for i in sample.stems:
    "../${i}_types.c"
% endfor
    "../${sample.stem}_client.c"
    "../${sample.stem}_server.c")
target_include_directories(stubs PUBLIC ..)
target_link_libraries(stubs PUBLIC idlc::runtime)

foreach(program server client)
    add_executable($${program} $${program}.c)
    target_link_libraries($${program} PRIVATE stubs)
endforeach()
