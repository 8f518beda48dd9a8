"""The scripts that teach a shell to complete `wansync` and `wan`.

All ask the program the same way: with the line up to the cursor, for lines of a word, a tab and a description.
An answer that is only the word itself means "a file".
"""

from __future__ import annotations

from enum import StrEnum


class Shell(StrEnum):
    """A shell that can be taught."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


_ASK = 'env _WANSYNC_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args _TYPER_COMPLETE_ARGS="$line" wansync'

_BASH = f"""\
# eval "$(wansync completion bash)"
_wansync_completion() {{
    local line="${{COMP_LINE:0:COMP_POINT}}" word _ head=
    local current="${{line##*[[:space:]]}}"
    # Readline replaces only what follows the last of these; an @, as in MODEL@VARIANT, it replaces too.
    local breaks="${{COMP_WORDBREAKS//[!@:=]/}}"
    [[ -z "$breaks" ]] || head="${{current%"${{current##*["$breaks"]}}"}}"
    head="${{head%@}}"
    COMPREPLY=()
    while IFS=$'\\t' read -r word _; do
        [[ -z "$word" || "$word" == "$current" ]] || COMPREPLY+=("${{word#"$head"}}")
    done < <({_ASK} 2>/dev/null)
}}
complete -o default -F _wansync_completion wansync wan
"""

_ZSH = f"""\
#compdef wansync wan
# eval "$(wansync completion zsh)", after compinit
_wansync() {{
    local line="${{(j: :)words[1,CURRENT]}}" word help
    local -a names shown
    while IFS=$'\\t' read -r word help; do
        [[ -z "$word" || "$word" == "$words[CURRENT]" ]] && continue
        names+=("$word")
        shown+=("$word${{help:+  -- $help}}")
    done < <({_ASK} 2>/dev/null)
    if (( $#names )); then compadd -l -d shown -a names; else _files; fi
}}
if [[ "$funcstack[1]" == _wansync ]]; then _wansync "$@"; else compdef _wansync wansync wan; fi
"""

_FISH = f"""\
# wansync completion fish | source
function __wansync_complete
    set -l line (commandline -cp)
    set -l answers ({_ASK} 2>/dev/null)
    if test -n "$answers"; and test "$answers" != (commandline -ct | string collect --allow-empty)
        printf '%s\\n' $answers
    else
        __fish_complete_path (commandline -ct)
    end
end
complete --command wansync --no-files --arguments '(__wansync_complete)'
complete --command wan --no-files --arguments '(__wansync_complete)'
"""

_SCRIPTS = {Shell.BASH: _BASH, Shell.ZSH: _ZSH, Shell.FISH: _FISH}


def completion_script(shell: Shell) -> str:
    """Return what a shell must read to complete our commands."""
    return _SCRIPTS[shell]
