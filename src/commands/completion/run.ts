import { COMPLETE } from '../../cli/command.ts';
import type { CommandIo } from '../../cli/io.ts';
import { PACKAGE } from '../../cli/started-as.ts';
import { EXIT, type ExitCode } from '../../errors.ts';
import type { CompletionOptions } from './command.ts';

/*
 * Each script asks the program itself, as it was typed, so that what it offers is never of another version: the words
 * up to the cursor go in, and `WORD<tab>ABOUT` lines come out. A word that ends in a slash goes on. The function has
 * the package's name: other programs that are called `bundle` have completions of their own.
 */

/** Makes a script. @param names of the commands that it completes */
type Script = (names: readonly string[]) => string;

const bash: Script = (names) => `# bash completion of ${names.join(', ')}
_swarm_stack_bundler() {
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
complete -F _swarm_stack_bundler ${names.join(' ')}
`;

const zsh: Script = (names) => `#compdef ${names.join(' ')}
_swarm_stack_bundler() {
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
compdef _swarm_stack_bundler ${names.join(' ')}
`;

const fish: Script = (names) => `# fish completion of ${names.join(', ')}
function __swarm_stack_bundler_complete
    set -l words (commandline -opc)
    $words[1] ${COMPLETE} $words[2..-1] (commandline -ct) 2>/dev/null
end
${names.map((name) => `complete -c ${name} -f -a '(__swarm_stack_bundler_complete)'\n`).join('')}`;

/**
 * `bundle completion`: the script that a shell sources. Started by its other name it completes that one alone: `bundle`
 * may be somebody else's there.
 */
export async function run({ shell }: CompletionOptions, { stdout, program }: CommandIo): Promise<ExitCode> {
  const names = program.endsWith(PACKAGE) ? [PACKAGE] : ['bundle', PACKAGE];
  stdout({ bash, zsh, fish }[shell](names));
  return EXIT.done;
}
