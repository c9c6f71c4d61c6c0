import type { ZodParts } from '../../zod-parts.ts';
import {
  adopt,
  atOnce,
  command,
  DIRECTORY,
  ignore,
  timeout,
  verifyAfterwards,
  yes,
  type Flags,
  type OptionsOf,
} from '../../cli/command.ts';
import { planJson } from '../../plan/json-schema.ts';
import { verifyJson } from '../../verify/report/json-schema.ts';

const flags = {
  yes,
  adopt,
  timeout,
  verify: verifyAfterwards,
  atOnce,
  wait: {
    kind: 'off',
    text:
      'end once the swarm has taken stack.yml; neither wait nor verify (what restarts one after the other still ' +
      'waits for each other, and for what must stop first)',
  },
  renew: {
    kind: 'switch',
    text: 'issue the bundle’s certificates again that end soon, too; what uses them restarts',
  },
  rollbackOnFailure: {
    kind: 'switch',
    text: 'deploy the last good release again when it does not converge or fails verification',
  },
  ignore,
  dryRun: { kind: 'switch', text: 'print what would be done, phase by phase; change nothing' },
  detailedExitcode: { kind: 'switch', text: 'of --dry-run: exit 6 when there are changes' },
} as const satisfies Flags;

export type DeployOptions = OptionsOf<typeof flags>;

/** What `deploy` and `rollback` tell. */
export const deployedJson = (z: ZodParts) =>
  z.object({
    stack: z.string(),
    release: z.int(),
    plan: planJson(z),
    done: z.array(z.string()),
    converged: z.boolean().describe('false: not awaited (--no-wait).'),
    reissued: z
      .array(z.object({ secret: z.string(), version: z.int(), why: z.string() }))
      .optional()
      .describe('Certificates that were issued again for it; absent if none was.'),
    written: z
      .array(z.string())
      .optional()
      .describe(
        'Files of the bundle that were written for them, below its directory: those of secrets/ are to be backed up, ' +
          'all others committed. Absent if there are none.',
      ),
    warnings: z
      .array(z.object({ text: z.string(), hint: z.string().optional() }))
      .optional()
      .describe('Images that the swarm took without a digest, or under different ones; absent if there are none.'),
    verification: verifyJson(z).optional(),
  });

export const deploy = command({
  name: 'deploy',
  summary: 'prepare, deploy, wait until it runs, verify',
  arguments: DIRECTORY,
  flags,
  examples: [
    'bundle deploy prod',
    'bundle deploy prod --dry-run                 what would be done, in order; `bundle plan` says what changes',
    'bundle deploy prod --yes --timeout 15m',
    'bundle deploy prod --yes --rollback-on-failure',
  ],
  json: {
    deploy: deployedJson,
    'deploy-dry-run': (z) =>
      z.object({
        stack: z.string(),
        changes: z.boolean().describe('false: the swarm holds all of it; it would be looked at, and nothing changed.'),
        phases: z
          .array(
            z.object({
              title: z.string(),
              does: z.array(z.string()).describe('What it would do, in order; empty if the title says it all.'),
            }),
          )
          .describe('Of deploy --dry-run: what would be done, in order.'),
      }),
  },
  run: () => import('./run.ts'),
});
