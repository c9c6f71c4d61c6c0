import { command, type Arguments, type OptionsOf } from '../../cli/command.ts';

const words = {
  shell: { text: 'the shell', choices: ['bash', 'zsh', 'fish'], default: 'bash' },
} as const satisfies Arguments;

export type CompletionOptions = OptionsOf<object, typeof words>;

export const completion = command({
  name: 'completion',
  summary: 'print the completion script of a shell: commands, flags, directories, checks and services',
  arguments: words,
  flags: {},
  examples: [
    'source <(bundle completion bash)                                       in ~/.bashrc',
    'source <(bundle completion zsh)                                        in ~/.zshrc, after compinit',
    'bundle completion fish > ~/.config/fish/completions/bundle.fish',
  ],
  json: {},
  run: () => import('./run.ts'),
});
