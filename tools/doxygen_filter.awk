# SPDX-License-Identifier: MIT
# doxygen_filter.awk: the headers of runtime/include/idl as doxygen wants to read them. Their comments
# are plain: a comment becomes documentation of what follows it, or of what stands before it on its line,
# the one that begins with the file's name becomes the file's, and titles ("---- Client ----") nobody's.

# Marks that doxygen would take for its own. Indented lines are code, and left as they are.
function plain(text)
{
    if (text !~ /^ \*     /)
        gsub(/[@<>#]/, "\\\\&", text)
    return text
}

inside {
    inside = $0 !~ /\*\//
    print silent ? $0 : plain($0)
    next
}

{
    at = index($0, "/*")
    if (at == 0 || /^ *#(if|endif|else)/) {
        print
        next
    }
    before = substr($0, 1, at - 1)
    comment = substr($0, at + 2)
    inside = comment !~ /\*\//
    silent = comment ~ /^ (SPDX|-)/
    if (silent)
        print
    else if (comment ~ /^ [a-z_]+\.h: /)
        print "/** @file\n *" plain(comment)
    else
        print before (before ~ /[^ ]/ ? "/**<" : "/**") plain(comment)
}
