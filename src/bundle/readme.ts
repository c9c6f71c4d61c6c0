import type { RunbookSection, StackPlan } from '../sdk/definition.ts';
import { addressCommand, namedById } from '../place/named-by-id.ts';
import { nodeLabel } from '../sdk/helpers.ts';
import { environmentExports } from './environment-exports.ts';
import { directoryCommands } from './host-directories.ts';
import { lostSecretsSection } from './lost-secrets.ts';
import { topology } from './topology.ts';
import type { Bundle } from './parse.ts';
import type { Lock } from './lock.ts';
import { secretLabels, swarmSecretName } from './names.ts';
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
  const runbook = plan.runbook();
  const sections = [
    ...firstStart(plan, document, runbook),
    {
      title: 'Topology',
      markdown: [
        'Hosts, the services on them with the ports that they listen on, and who dials whom.',
        '',
        '```mermaid',
        topology(plan, document),
        '```',
        ...addressesOf(plan),
      ].join('\n'),
    },
    { title: 'With bundle', markdown: WITH_BUNDLE },
    ...runbook.filter((section) => !section.firstStart),
    ...lostSecretsSection(plan.secrets, document),
    { title: 'By hand', markdown: byHand(bundle, plan, lock, document).join('\n\n') },
  ];
  const parts = [
    README_MARK,
    `# ${name}: ${definition.title}`,
    ...(definition.caution === undefined ? [] : [`**${definition.caution}**`]),
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
    '## Contents',
    sections.map(({ title }) => `- [${title}](#${anchor(title)})`).join('\n'),
    ...sections.flatMap(({ title, markdown }) => [`## ${title}`, markdown]),
  ];
  return `${parts.join('\n\n')}\n`;
}

const WITH_BUNDLE = [
  fence([
    'bundle check      # what stands in the way',
    'bundle plan       # what deploy would change and restart, and what somebody changed by hand',
    'bundle deploy     # make the secrets and labels, deploy, wait, verify',
    'bundle verify     # what runs, says and serves now; --list shows what is looked at',
    'bundle status     # how it is',
    'bundle history    # what was deployed, when and by whom',
    'bundle rollback   # the last good release again',
  ]),
  'If a command was killed, run it again: it finds what is done. If it ends with exit 8, another ' +
    'operator is at work; its message names who.',
].join('\n\n');

function firstStart(plan: StackPlan, document: StackDocument, runbook: readonly RunbookSection[]): RunbookSection[] {
  const directories = directoryCommands(document, plan.placements);
  return [
    {
      title: 'The first start',
      markdown: [
        ...(directories.length === 0
          ? []
          : ['Directories that the nodes must have; swarm makes none:', fence(directories)]),
        'In this directory, with a manager of the swarm as the docker CLI’s engine:',
        fence([
          'bundle check      # what stands in the way',
          'bundle deploy     # shows what it will do, asks, deploys, waits, verifies',
        ]),
      ].join('\n\n'),
    },
    ...runbook.filter((section) => section.firstStart),
  ];
}

/** What to dial in the place of ids. */
function addressesOf({ placements }: StackPlan): string[] {
  const ids = namedById(placements);
  if (ids.length === 0) return [];
  return [
    '',
    'Nodes that `bundle.yaml` names by id: in an address, put what this says in the place of the id.',
    '',
    fence(ids.map((id) => addressCommand({}, id))),
  ];
}

/** As GitHub and GitLab make it of a heading. */
const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

function byHand({ name }: Bundle, plan: StackPlan, lock: Lock, document: StackDocument): string[] {
  const secrets = secretCommands(name, plan, lock, new Set(Object.keys(document.secrets)));
  const labels = plan.placements.flatMap(({ role, nodes }) =>
    [...new Set(nodes)].map((node) => `docker node update --label-add ${nodeLabel(name, role)}=true ${node}`),
  );
  const environment = environmentExports(plan, '.');
  const why = plan.environmentAnswer ? ` (\`${plan.environmentAnswer.given}\`)` : '';
  return [
    'What `bundle prepare` and `bundle deploy` do, as docker commands. Run them in this directory, against a ' +
      'swarm manager. A secret that is there already is not made again.',
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
    `Deploy. By hand, all changed services restart at once.${stagedOnly(plan)}`,
    fence([`docker stack deploy --with-registry-auth -c stack.yml ${name}`]),
    'Without `--with-registry-auth` if you are not logged in to a registry here: services keep the log-in that they have, ' +
      'and would lose it otherwise.',
    'What runs where, and what the running tasks really say:',
    fence([`docker stack ps --no-trunc ${name}`, 'bundle verify']),
  ];
}

/** What of a stack that runs one `docker stack deploy` must not do; `bundle prepare` looks whether it would. */
function stagedOnly({ ensembles, told = [] }: StackPlan): string {
  const groups = ensembles.flatMap(({ title, services }) => (services.length > 1 ? [title] : []));
  const cases = [
    ...(groups.length > 0 ? [`servers of ${groups.join(' or ')} are added, change or go`] : []),
    ...told.map(({ what }) => `${what} changes`),
    'what runs moves to another node',
    'what changes may take more than a minute to stop (`stop_grace_period`): the swarm would start the new task beside ' +
      'the old one, on the same volume',
  ];
  return ` Of a stack that runs, only \`bundle deploy\` may do it if ${cases.join(', or if ')}. \`bundle prepare\` says so.`;
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
          ...Object.entries(secretLabels(name, need, part, locked)).map(
            ([label, value]) => `--label ${label}=${value}`,
          ),
          `${swarmSecretName(name, file, locked.version)} secrets/${file}`,
        ].join(' \\\n  '),
      );
  });
}

function fence(lines: string[]): string {
  return ['```sh', ...lines, '```'].join('\n');
}
