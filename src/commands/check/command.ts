import { command, DIRECTORY, ignore, type Flags, type OptionsOf } from '../../cli/command.ts';
import { checkResultJson } from '../../checks/json-schema.ts';

const flags = {
  ignore: { ...ignore, text: 'report a check, but do not fail on it; may be repeated' },
} as const satisfies Flags;

export type CheckOptions = OptionsOf<typeof flags>;

export const check = command({
  name: 'check',
  summary: 'check the bundle, the swarm and, if verify.probeImage is set, the hosts; change nothing',
  arguments: DIRECTORY,
  flags,
  examples: [
    'bundle check prod                      sysctls, disk, clock, MTU, ports and directories of every host that ' +
      'carries a task: `hosts`',
    'bundle check prod --json               each finding with its node, level and the command that fixes it',
    'bundle check prod --ignore autolock --ignore hosts',
  ],
  json: {
    check: (z) => z.object({ stack: z.string(), passed: z.boolean(), checks: z.array(checkResultJson(z)) }),
  },
  run: () => import('./run.ts'),
});
