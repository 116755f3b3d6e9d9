# embed_files(C_FILE TABLE FILE...): at build time, writes C_FILE: the bytes of each FILE and the
# table TABLE of them, as idlc/embed.h declares it. It is written anew when one of them changes.
#
# CMake does it itself (this file is also the script), so nothing else is needed to build, and
# there is no difference between building for this machine and for another.
if(NOT CMAKE_SCRIPT_MODE_FILE)
    set(EMBED_FILES_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
    function(embed_files c_file table)
        list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE files)
        add_custom_command(
            OUTPUT ${c_file}
            COMMAND ${CMAKE_COMMAND} -D C_FILE=${c_file} -D TABLE=${table} -D "FILES=${files}"
                    -P ${EMBED_FILES_SCRIPT}
            DEPENDS ${files} ${EMBED_FILES_SCRIPT}
            COMMENT "Embedding ${table}"
            VERBATIM)
    endfunction()
    return()
endif()

string(REPEAT "." 80 line) # 16 bytes of "0x00,"
set(arrays "")
set(rows "")
set(count 0)
foreach(file IN LISTS FILES)
    file(READ ${file} bytes HEX)
    string(LENGTH "${bytes}" size)
    math(EXPR size "${size} / 2")
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(REGEX REPLACE "(${line})" "\\1\n    " bytes "${bytes}")
    get_filename_component(name ${file} NAME)
    string(APPEND arrays
        "\nstatic const unsigned char file_${count}[] = {\n    ${bytes}0x00\n};\n")
    string(APPEND rows "    { \"${name}\", file_${count}, ${size} },\n")
    math(EXPR count "${count} + 1")
endforeach()

file(WRITE ${C_FILE} "/* Made by EmbedFiles.cmake. */
#include \"embed.h\"
${arrays}
const struct embedded_file ${TABLE}s[] = {
${rows}    { 0 } /* C has no empty arrays */
};
const size_t ${TABLE}_count = ${count};
")
