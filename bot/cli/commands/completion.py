"""`completion SHELL`: the script that makes a shell complete kubectl-smart."""

from __future__ import annotations

import click

from kubectl_smart.bot.cli import exit_codes

_SCRIPTS = {
    "bash": """_kubectl_smart() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        case "$line" in
            :0) compopt -o default ;;
            :*) ;;
            */) COMPREPLY+=("$line"); compopt -o nospace ;;
            *) COMPREPLY+=("$line") ;;
        esac
    done < <(kubectl_complete-smart "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _kubectl_smart kubectl-smart
""",
    "zsh": """#compdef kubectl-smart
_kubectl_smart() {
    local line
    local -a found
    while IFS= read -r line; do
        case "$line" in
            :0) _files ;;
            :*) ;;
            *) found+=("$line") ;;
        esac
    done < <(kubectl_complete-smart "${(@)words[2,CURRENT]}" 2>/dev/null)
    compadd -- $found
}
compdef _kubectl_smart kubectl-smart
""",
    "fish": """function __kubectl_smart
    set -l words (commandline -opc) (commandline -ct)
    kubectl_complete-smart $words[2..] 2>/dev/null | string match -v -r '^:'
end
complete -c kubectl-smart -f -a '(__kubectl_smart)'
""",
}


@click.command(name="completion")
@click.argument("shell", type=click.Choice(sorted(_SCRIPTS)))
def command(*, shell: str) -> int:
    """Print the completion script of a shell.

    kubectl itself completes `kubectl smart …` through `kubectl_complete-smart`, which is
    installed beside this program; the script is for typing `kubectl-smart`.
    """
    click.echo(_SCRIPTS[shell], nl=False)
    return exit_codes.OK
