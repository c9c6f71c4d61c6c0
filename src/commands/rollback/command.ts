import {
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
import { deployedJson } from '../../cli/json-documents.ts';

const flags = {
  to: { kind: 'value', value: 'release', text: 'number of the release, see `bundle history`' },
  yes,
  timeout,
  verify: verifyAfterwards,
  atOnce,
  withSecrets: {
    kind: 'switch',
    text: 'bring back secrets too that were replaced since; without it the present ones stay',
  },
  ignore,
} as const satisfies Flags;

export type RollbackOptions = OptionsOf<typeof flags>;

export const rollback = command({
  name: 'rollback',
  summary: 'deploy an earlier release again',
  arguments: DIRECTORY,
  flags,
  examples: ['bundle rollback prod             the last good one before this', 'bundle rollback prod --to 4 --yes'],
  json: { rollback: deployedJson },
  run: () => import('./run.ts'),
});
