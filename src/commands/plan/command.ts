import { command, DIRECTORY, type Flags, type OptionsOf } from '../../cli/command.ts';
import { driftJson, planJson } from '../../plan/json-schema.ts';
import { placementJson } from '../../place/json-schema.ts';

const flags = {
  detailedExitcode: { kind: 'switch', text: 'exit 6 when there are changes' },
  wide: { kind: 'switch', text: 'each service by itself, with images in full' },
} as const satisfies Flags;

export type PlanOptions = OptionsOf<typeof flags>;

export const plan = command({
  name: 'plan',
  summary: 'show what deploy would change',
  arguments: DIRECTORY,
  flags,
  examples: ['bundle plan prod --detailed-exitcode    exit 6 when there are changes'],
  json: {
    plan: (z) =>
      planJson(z).extend({
        placement: placementJson(z).describe('Where its tasks would run, and what keeps them off each other node.'),
        drift: driftJson(z).optional().describe('What was changed by hand since the last release.'),
        certificates: z
          .array(
            z.object({
              secret: z.string(),
              urgency: z
                .enum(['must', 'due'])
                .describe('due: deploy issues it again only with --renew or after a yes.'),
              reason: z.string(),
              services: z.array(z.string()).describe('What restarts by it.'),
              here: z.boolean().describe('Whether this machine has the key of its CA.'),
            }),
          )
          .describe('Those that must, or may, be issued again.'),
        blocked: z.array(z.string()).describe('Why deploy would refuse to carry it out.'),
      }),
  },
  run: () => import('./run.ts'),
});
