import { command, DIRECTORY, type Flags } from '../../cli/command.ts';

const flags = {
  stack: { kind: 'value', value: 'name', text: 'stack definition of the catalogue', completes: 'stack' },
  answers: {
    kind: 'value',
    value: 'file',
    text: 'answers file: bundle.yaml’s keys, and secretFiles',
    completes: 'file',
  },
  nodes: {
    kind: 'value',
    value: 'names',
    text: 'nodes that may carry the cluster, with commas: defaults choose from them',
  },
  set: { kind: 'list', value: 'path=value', text: 'one answer; may be repeated' },
  yes: { kind: 'switch', text: 'ask nothing: answers given and defaults' },
  newSecrets: {
    kind: 'switch',
    text: 'secrets/ was lost without a backup: make what is missing of it anew, as new versions',
  },
  prepare: { kind: 'off', text: 'make no Docker secrets and node labels, even if a swarm manager is reachable' },
} as const satisfies Flags;

export const init = command({
  name: 'init',
  summary: 'ask, then write a bundle directory: answers, secrets, stack.yml',
  arguments: DIRECTORY,
  flags,
  examples: [
    'bundle init prod                       asks on the terminal',
    'bundle init prod --yes                 takes every default',
    'bundle init prod --answers answers.yaml --set network.subnet=10.20.0.0/24 --yes',
  ],
  json: {
    init: (z) =>
      z.object({
        stack: z.string(),
        directory: z.string(),
        result: z.enum(['created', 'changed', 'unchanged']),
        files: z.array(z.string()),
        secrets: z.array(z.object({ secret: z.string(), kind: z.string(), version: z.int(), change: z.string() })),
        identities: z
          .array(z.object({ identity: z.string(), change: z.enum(['keep', 'restore', 'new']) }))
          .describe('Values that never change, such as a cluster’s id; restore: taken from stack.yml.'),
        warnings: z.array(z.string()),
        prepared: z.boolean(),
        next: z.array(z.string()).describe('Commands to go on with.'),
      }),
  },
  run: () => import('./run.ts'),
});
