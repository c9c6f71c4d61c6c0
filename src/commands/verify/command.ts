import { command, DIRECTORY, type Flags, type OptionsOf } from '../../cli/command.ts';
import { verifyJson } from '../../verify/report/json-schema.ts';

const flags = {
  timeout: { kind: 'value', value: 'duration', text: 'how long to wait for what is not there yet', default: '5m' },
  target: {
    kind: 'value',
    value: 'target',
    text: 'swarm: the stack’s tasks; run: the containers of render --target run',
    choices: ['swarm', 'run'],
    default: 'swarm',
  },
  engine: {
    kind: 'list',
    value: 'host=where',
    text: 'of --target run: a host’s engine, as URL or context; may be repeated',
  },
  expiry: {
    kind: 'value',
    value: 'duration',
    text: 'fail if a certificate ends sooner: of the CA, of an endpoint, of the swarm',
  },
  list: { kind: 'switch', text: 'print what would be looked at; ask nothing' },
  wide: { kind: 'switch', text: 'every check of every task, as a table as wide as it needs' },
  only: {
    kind: 'list',
    value: 'name',
    text: 'look at this check, or this service, only; may be repeated',
    completes: 'checked',
  },
  skip: {
    kind: 'list',
    value: 'name',
    text: 'leave this check, or this service, out; may be repeated',
    completes: 'checked',
  },
  format: {
    kind: 'value',
    value: 'format',
    text: 'how to print the results',
    choices: ['text', 'json', 'junit', 'tap', 'prometheus'],
  },
} as const satisfies Flags;

export type VerifyOptions = OptionsOf<typeof flags>;

export const verify = command({
  name: 'verify',
  summary: 'show what every running task really says and serves',
  arguments: DIRECTORY,
  flags,
  examples: [
    'bundle verify prod',
    'bundle verify prod --list              what is looked at, and from where',
    'bundle verify prod --only https --only SERVICE',
    'bundle verify prod --format junit > verify.xml',
    'bundle verify prod --target run --host ssh://root@node1',
    'bundle verify prod --expiry 14d        and whether a certificate ends within two weeks',
    'bundle verify prod --format prometheus > /var/lib/node_exporter/prod.new; [ -s /var/lib/node_exporter/prod.new ] && ' +
      'mv /var/lib/node_exporter/prod.new /var/lib/node_exporter/prod.prom',
  ],
  json: {
    verify: verifyJson,
    'verify-list': (z) =>
      z.object({
        stack: z.string(),
        expectations: z
          .array(
            z.object({
              service: z.string(),
              check: z.string(),
              seen: z.string().describe('What must be seen, in words.'),
              from: z.string().describe('Where it is asked from.'),
            }),
          )
          .describe('Of verify --list.'),
      }),
  },
  run: () => import('./run.ts'),
});
