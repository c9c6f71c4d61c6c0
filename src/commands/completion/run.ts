import { COMPLETE } from '../../cli/command.ts';
import type { CommandIo } from '../../cli/io.ts';
import { EXIT, type ExitCode } from '../../errors.ts';
import type { CompletionOptions } from './command.ts';

/*
 * Each script asks the program itself, as it was typed, so that what it offers is never of another version: the words
 * up to the cursor go in, and `WORD<tab>ABOUT` lines come out. A word that ends in a slash goes on.
 */

const bash = `# bash completion of bundle
_bundle() {
  local line word
  COMPREPLY=()
  while IFS= read -r line; do
    word=\${line%%\$'\\t'*}
    [[ $word == *[[:space:]\\'\\"]* ]] && printf -v word '%q' "$word"
    COMPREPLY+=("$word")
  done < <("\${COMP_WORDS[0]}" ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]] && type compopt &>/dev/null && compopt -o nospace 2>/dev/null
  return 0
}
complete -F _bundle bundle
`;

const zsh = `#compdef bundle
_bundle() {
  local line
  local -a words_ shown folders
  for line in "\${(@f)$("\${words[1]}" ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z $line ]] && continue
    if [[ \${line%%\$'\\t'*} == */ ]]; then
      folders+=("\${line%%\$'\\t'*}")
    else
      words_+=("\${line%%\$'\\t'*}")
      shown+=("\${line/\$'\\t'/  -- }")
    fi
  done
  (( $#folders )) && compadd -S '' -a folders
  (( $#words_ )) && compadd -l -d shown -a words_
}
compdef _bundle bundle
`;

const fish = `# fish completion of bundle
function __bundle_complete
    set -l words (commandline -opc)
    $words[1] ${COMPLETE} $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c bundle -f -a '(__bundle_complete)'
`;

/** `bundle completion`: the script that a shell sources. */
export async function run({ shell }: CompletionOptions, { stdout }: CommandIo): Promise<ExitCode> {
  stdout({ bash, zsh, fish }[shell]);
  return EXIT.done;
}
