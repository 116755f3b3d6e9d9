# bash completion for idlc                                            -*- shell-script -*-
# SPDX-License-Identifier: MIT
#
# The options are those of the idlc that is being completed: they come from its --help. Needs
# nothing but bash; `=` may be among COMP_WORDBREAKS or not.

# _idlc_words PREFIX CANDIDATE...: those that begin with PREFIX are the answer.
_idlc_words()
{
    local prefix=$1 word
    shift
    for word; do
        [[ $word != "$prefix"* ]] || COMPREPLY+=("$word")
    done
}

# _idlc_options IDLC: every option, with its `=` when it takes a value that way.
_idlc_options()
{
    "$1" --help 2>/dev/null |
        sed -n 'h; s/^ *\(-[A-Za-z]\)[, ].*/\1/p; g
                s/^ *\(-[A-Za-z], \)\{0,1\}\(--[a-z-]*=\{0,1\}\).*/\2/p'
}

# _idlc_files CURRENT: folders and IDL files.
_idlc_files()
{
    local path
    while IFS= read -r path; do
        [[ ! -d $path && $path != *.idl ]] || COMPREPLY+=("$path")
    done < <(compgen -f -- "$1")
    compopt -o filenames 2>/dev/null
}

# _idlc_emit IDLC CURRENT: one more for a list with commas, none twice.
_idlc_emit()
{
    local kinds kind done=
    [[ $2 != *,* ]] || done=${2%,*},
    kinds=$("$1" --help 2>/dev/null | sed -n 's/^ *--emit=LIST.*: \([a-z,]*\)$/\1/p')
    for kind in ${kinds//,/ }; do
        [[ ,$done == *",$kind,"* ]] || _idlc_words "$2" "$done$kind"
    done
    compopt -o nospace 2>/dev/null
}

_idlc()
{
    local idlc=$1 current=$2 option=$3 before=
    COMPREPLY=()
    # `--emit=ty` is three words where `=` breaks words, and one where it does not.
    if [[ $option == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $current == = ]]; then
        current=
    elif [[ $current == --*=* ]]; then
        option=${current%%=*}
        before=$option=
        current=${current#*=}
    fi

    case $option in
    --emit) _idlc_emit "$idlc" "$current" ;;
    --color) _idlc_words "$current" auto always never ;;
    --diagnostics) _idlc_words "$current" text json ;;
    --dump) _idlc_words "$current" view ;;
    --depfile-target | --max-errors | -W | --warning) ;;
    --depfile)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        compopt -o filenames 2>/dev/null
        ;;
    -o | --out | -I | --import-dir | --templates | --export-templates)
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        compopt -o filenames 2>/dev/null
        ;;
    *)
        if [[ $current == -* && -z $before ]]; then
            local options
            mapfile -t options < <(_idlc_options "$idlc")
            _idlc_words "$current" "${options[@]}"
            [[ ${COMPREPLY[*]-} != *= ]] || compopt -o nospace 2>/dev/null
        else
            _idlc_files "$current"
        fi
        ;;
    esac
    [[ -z $before ]] || COMPREPLY=("${COMPREPLY[@]/#/$before}")
}

complete -F _idlc idlc
