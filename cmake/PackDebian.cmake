# A script of CPack's, between installing to its folder and packing that: adds what Debian wants.
# Each package gets a copyright file and a changelog, and manual pages are compressed.
set(doc usr/share/doc)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # that of SOURCE_DATE_EPOCH, if set
file(READ ${CPACK_IDLC_SOURCE_DIR}/LICENSE license)
string(REGEX MATCH "Copyright[^\n]*" copyright "${license}")
string(REPLACE "Copyright (c) " "" copyright "${copyright}")
string(REGEX REPLACE "^.*Copyright[^\n]*\n\n" "" license "${license}")
string(STRIP "${license}" license)
string(REGEX REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " license "${license}")

# The name is kept out of the archive, and so is the time.
function(compress file)
    execute_process(COMMAND gzip -9nf ${file} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
    set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/${component})
    string(TOUPPER ${component} id)
    set(package ${CPACK_DEBIAN_${id}_PACKAGE_NAME})
    set(version ${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})

    file(WRITE ${root}/${doc}/${package}/copyright
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: idlc

Files: *
Copyright: ${copyright}
License: Expat
 ${license}
")
    file(WRITE ${root}/${doc}/${package}/changelog.Debian
"idlc (${version}) unstable; urgency=medium

  * Version ${CPACK_PACKAGE_VERSION}.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
    compress(${root}/${doc}/${package}/changelog.Debian)
    file(REMOVE ${root}/${doc}/idlc/LICENSE) # it is in copyright
    if(EXISTS ${root}/${doc}/idlc/CHANGELOG.md)
        file(RENAME ${root}/${doc}/idlc/CHANGELOG.md ${root}/${doc}/idlc/changelog)
        compress(${root}/${doc}/idlc/changelog)
    endif()
    file(GLOB pages ${root}/usr/share/man/man?/*.?)
    foreach(page IN LISTS pages)
        compress(${page})
    endforeach()
endforeach()
