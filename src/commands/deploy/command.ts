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
import { deployedJson } from '../../cli/json-documents.ts';

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
      'waits for each other)',
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
} as const satisfies Flags;

export type DeployOptions = OptionsOf<typeof flags>;

export const deploy = command({
  name: 'deploy',
  summary: 'prepare, deploy, wait until it runs, verify',
  arguments: DIRECTORY,
  flags,
  examples: [
    'bundle deploy prod',
    'bundle deploy prod --yes --timeout 15m',
    'bundle deploy prod --yes --rollback-on-failure',
  ],
  json: { deploy: deployedJson },
  run: () => import('./run.ts'),
});
