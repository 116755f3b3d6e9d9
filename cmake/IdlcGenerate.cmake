# idlc_generate(TARGET name IDL file.idl... [IMPORT_DIRS dir...] [EMIT kind...] [TEMPLATES dir]
#               [OPTIONS option...] [RUNTIME static|shared])
#
# Makes the static library `name` of the C that idlc writes for the IDL files; it carries the
# include path of the generated headers and idlc::runtime, so that
#
#     idlc_generate(TARGET greeter_stubs IDL greeter.idl)
#     target_link_libraries(server PRIVATE greeter_stubs)
#
# is all that a program needs. Editing an IDL, an IDL that it imports, a template of TEMPLATES, or
# idlc itself runs idlc again for the files concerned; what comes out unchanged is left untouched,
# so that only what really differs is compiled again. (CMake's makefiles never forget a dependency:
# when an import or template is deleted, idlc runs at each build until the next clean one.)
#
# RUNTIME: which library of the runtime the stubs bring along; default: the one of idlc::runtime. Plugins
# that one program loads share one runtime: shared.
#
# EMIT: types, client, server (default: these three). An IDL that imports another needs the other's
# stubs as well: name both here, or link the target that has them.
#
# Generated files are in ${CMAKE_CURRENT_BINARY_DIR}/<name>.idlc. When cross-compiling, set
# IDLC_EXECUTABLE to an idlc that runs on the build machine; else CMAKE_CROSSCOMPILING_EMULATOR
# runs the target's.
include_guard(GLOBAL)
cmake_policy(VERSION 3.22) # of what follows, whatever the project has

# Sets ${paths} to the IDL files in full, when they can all be stubs of one target.
function(idlc_check_files paths)
    set(stems)
    set(found)
    foreach(idl IN LISTS ARGN)
        get_filename_component(path ${idl} ABSOLUTE)
        get_filename_component(stem ${path} NAME_WLE)
        if(stem IN_LIST stems)
            message(FATAL_ERROR "idlc_generate: two IDL files are named '${stem}': what they generate "
                "has the same names")
        endif()
        get_source_file_property(generated ${path} GENERATED)
        if(NOT generated AND NOT EXISTS ${path})
            message(FATAL_ERROR "idlc_generate: there is no IDL file '${path}'")
        endif()
        list(APPEND stems ${stem})
        list(APPEND found ${path})
    endforeach()
    set(${paths} ${found} PARENT_SCOPE)
endfunction()

function(idlc_generate)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "TARGET;TEMPLATES;RUNTIME" "IDL;IMPORT_DIRS;EMIT;OPTIONS")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "idlc_generate: unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
    endif()
    if(arg_KEYWORDS_MISSING_VALUES)
        message(FATAL_ERROR "idlc_generate: nothing behind: ${arg_KEYWORDS_MISSING_VALUES}")
    endif()
    if(NOT arg_TARGET OR NOT arg_IDL)
        message(FATAL_ERROR "idlc_generate: TARGET and IDL are needed")
    endif()
    set(runtime idlc::runtime)
    if(arg_RUNTIME)
        set(runtime idlc::runtime-${arg_RUNTIME})
    endif()
    if(NOT runtime MATCHES "^idlc::runtime(-static|-shared)?$")
        message(FATAL_ERROR "idlc_generate: RUNTIME is static or shared, not '${arg_RUNTIME}'")
    endif()
    if(NOT arg_EMIT)
        set(arg_EMIT types client server)
    endif()
    foreach(kind IN LISTS arg_EMIT)
        if(NOT kind MATCHES "^(types|client|server)$")
            message(FATAL_ERROR "idlc_generate: EMIT takes types, client and server, not '${kind}'")
        endif()
    endforeach()
    get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
    if(NOT "C" IN_LIST languages)
        message(FATAL_ERROR "idlc_generate: stubs are C: add C to the LANGUAGES of project()")
    endif()
    if(TARGET ${arg_TARGET})
        message(FATAL_ERROR "idlc_generate: there is a target '${arg_TARGET}' already")
    endif()
    idlc_check_files(idls ${arg_IDL})

    set(out ${CMAKE_CURRENT_BINARY_DIR}/${arg_TARGET}.idlc)
    set(idlc $<TARGET_FILE:idlc::idlc>)
    set(runner)
    if(IDLC_EXECUTABLE)
        set(idlc ${IDLC_EXECUTABLE})
    elseif(CMAKE_CROSSCOMPILING AND CMAKE_CROSSCOMPILING_EMULATOR)
        set(runner ${CMAKE_CROSSCOMPILING_EMULATOR})
    endif()
    string(REPLACE ";" "," emit "${arg_EMIT}")
    set(options --out ${out} --emit ${emit} ${arg_OPTIONS})
    foreach(dir IN LISTS arg_IMPORT_DIRS)
        get_filename_component(dir ${dir} ABSOLUTE)
        list(APPEND options -I ${dir})
    endforeach()
    set(templates)
    if(arg_TEMPLATES)
        get_filename_component(arg_TEMPLATES ${arg_TEMPLATES} ABSOLUTE)
        if(NOT IS_DIRECTORY ${arg_TEMPLATES})
            message(FATAL_ERROR "idlc_generate: there is no folder '${arg_TEMPLATES}' of templates")
        endif()
        list(APPEND options --templates ${arg_TEMPLATES})
        file(GLOB templates CONFIGURE_DEPENDS ${arg_TEMPLATES}/*.mako)
    endif()

    # Written when its content changes: another command line, a template more or less. Not every
    # build system sees these by itself.
    string(REPLACE ";" "\n" content "${options};${templates}")
    file(CONFIGURE OUTPUT ${out}/inputs CONTENT "@content@\n" @ONLY)

    set(sources)
    set(stamps)
    foreach(idl IN LISTS idls)
        get_filename_component(stem ${idl} NAME_WLE)
        set(files)
        foreach(kind IN LISTS arg_EMIT)
            list(APPEND files ${out}/${stem}_${kind}.h ${out}/${stem}_${kind}.c)
        endforeach()
        # The stamp is what the build system compares: the files keep their times when unchanged.
        add_custom_command(
            OUTPUT ${out}/${stem}.stamp
            BYPRODUCTS ${files}
            COMMAND ${runner} ${idlc} ${options} --depfile ${out}/${stem}.d --depfile-target ${out}/${stem}.stamp ${idl}
            COMMAND ${CMAKE_COMMAND} -E touch ${out}/${stem}.stamp
            DEPENDS ${idl} ${idlc} ${templates} ${out}/inputs
            DEPFILE ${out}/${stem}.d
            COMMENT "idlc ${stem}.idl"
            VERBATIM)
        list(APPEND sources ${files})
        list(APPEND stamps ${out}/${stem}.stamp)
    endforeach()

    add_custom_target(${arg_TARGET}_generate DEPENDS ${stamps})
    set_source_files_properties(${sources} PROPERTIES GENERATED TRUE)
    add_library(${arg_TARGET} STATIC ${sources})
    add_dependencies(${arg_TARGET} ${arg_TARGET}_generate)
    set_target_properties(${arg_TARGET} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_compile_features(${arg_TARGET} PUBLIC c_std_11)
    target_include_directories(${arg_TARGET} PUBLIC ${out})
    target_link_libraries(${arg_TARGET} PUBLIC ${runtime})
endfunction()
