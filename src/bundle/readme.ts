import type { StackPlan } from '../sdk/definition.ts';
import { nodeLabel } from '../sdk/helpers.ts';
import { LABEL } from './names.ts';
import { lostSecretsSection } from './lost-secrets.ts';
import type { Bundle } from './parse.ts';
import type { Lock } from './lock.ts';
import { swarmSecretName } from './names.ts';
import type { StackDocument } from '../compose/types.ts';

/** First line of a runbook of ours: without it the file is the user's, and left alone. */
export const README_MARK =
  '<!-- Written by bundle from bundle.yaml and bundle.lock.json. Take this line out to keep the file as your own. -->';

/**
 * The cluster's own runbook: README.md of a bundle directory. A pure function, like stack.yml. No secret is in it:
 * fingerprints are public.
 */
export function bundleReadme(bundle: Bundle, plan: StackPlan, lock: Lock, document: StackDocument): string {
  const { name, definition } = bundle;
  const sections = [
    README_MARK,
    `# ${name}: ${definition.title}`,
    [
      'This directory is a bundle: one cluster on a Docker Swarm, complete. Change answers in `bundle.yaml`, ' +
        'then run `bundle render` and `bundle deploy`.',
      '',
      '| File | What it is |',
      '| --- | --- |',
      '| `bundle.yaml` | the answers; the one file to edit |',
      '| `bundle.lock.json` | which version of each secret is meant; no value in it |',
      '| `stack.yml` | rendered from those two; `docker stack deploy` takes it as it is |',
      '| `secrets/` | the material. Git leaves it out: **back it up**, a swarm never gives a secret back |',
    ].join('\n'),
    '## With bundle',
    fence([
      'bundle check      # what stands in the way',
      'bundle plan       # what deploy would change and restart, and what somebody changed by hand',
      'bundle deploy     # make the secrets and labels, deploy, wait, verify',
      'bundle verify     # what runs, says and serves now; --list shows what is looked at',
      'bundle status     # how it is',
      'bundle history    # what was deployed, when and by whom',
      'bundle rollback   # the last good release again',
    ]),
    'Where a command was killed, run it again: it finds what is done. Where it ends with exit 8, another ' +
      'operator is at work; its message names who.',
    '## By hand',
    'What `bundle prepare` and `bundle deploy` do, as docker commands. Run them in this directory, against a ' +
      'swarm manager. A secret that is there already is not made again.',
    ...byHand(bundle, plan, lock, document),
    ...lostSecretsSection(plan.secrets, document),
    ...plan.runbook.flatMap((section) => [`## ${section.title}`, section.markdown]),
  ];
  return `${sections.join('\n\n')}\n`;
}

function byHand({ name }: Bundle, plan: StackPlan, lock: Lock, document: StackDocument): string[] {
  const secrets = secretCommands(name, plan, lock, new Set(Object.keys(document.secrets)));
  const labels = plan.placements.flatMap(({ role, nodes }) =>
    [...new Set(nodes)].map((node) => `docker node update --label-add ${nodeLabel(name, role)}=true ${node}`),
  );
  const environment = Object.entries(plan.environment).map(([variable, { secret, part }]) => {
    const file = plan.secrets.find((need) => need.secret === secret)?.files[part] ?? part;
    return `export ${variable}="$(cat secrets/${file})"`;
  });
  const why = plan.environmentAnswer ? ` (\`${plan.environmentAnswer.given}\`)` : '';
  return [
    ...(secrets.length > 0
      ? [
          'The secrets. The fingerprint label is keyed and tells nothing of the content; `bundle` knows its own ' +
            'secrets by it.',
          fence(secrets),
        ]
      : []),
    'Where each service runs:',
    fence(labels),
    ...(environment.length > 0
      ? [
          `\`stack.yml\` takes these from the environment${why}; \`docker service inspect\` shows them:`,
          fence(environment),
        ]
      : []),
    'Deploy. By hand, all changed services restart at once.',
    fence([`docker stack deploy --with-registry-auth -c stack.yml ${name}`]),
    'What runs where, and what the running tasks really say:',
    fence([`docker stack ps --no-trunc ${name}`, 'bundle verify']),
  ];
}

function secretCommands(name: string, plan: StackPlan, lock: Lock, used: ReadonlySet<string>): string[] {
  return plan.secrets.flatMap((need) => {
    const locked = lock.secrets[need.secret];
    if (!locked) return [];
    return Object.entries(need.files)
      .filter(([, file]) => used.has(file))
      .map(([part, file]) =>
        [
          'docker secret create',
          `--label ${LABEL.stack}=${name}`,
          `--label ${LABEL.kind}=${need.kind.name}`,
          `--label ${LABEL.fingerprint}=${locked.fingerprints[part] ?? ''}`,
          `${swarmSecretName(name, file, locked.version)} secrets/${file}`,
        ].join(' \\\n  '),
      );
  });
}

const fence = (lines: string[]): string => ['```sh', ...lines, '```'].join('\n');
