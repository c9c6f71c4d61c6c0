import { isNone } from '../../compose/keys/process.ts';
import { shellWord } from '../../shell-word.ts';
import { containerName } from './command.ts';
import { hostsOf } from './hosts.ts';
import { openPorts, portText } from './reach.ts';
import type { Placed, RunInput } from './types.ts';

/** Where README.md has a host's folder copied to. */
export const folderOn = (stack: string): string => `/opt/${stack}`;

/** README.md of one host's folder. */
export function hostReadme(host: string, own: readonly Placed[], all: readonly Placed[], input: RunInput): string {
  const { stack, network, listens } = input;
  const several = hostsOf(all).length > 1;
  const verify = `bundle verify --target run${several ? ` --engine ${host}=ssh://root@${host} …` : ''}`;
  const there = `root@${shellWord(host)}:${folderOn(stack)}`;
  const hasSecrets = own.some(({ service }) => (service.secrets ?? []).length > 0);
  const names = own.map(({ name }) => containerName(stack, name)).join(' ');
  const published = own.flatMap((placed) =>
    openPorts(placed, input, several).map((port) => {
      const what = (listens[placed.name] ?? []).find(({ from }) => from === port.target)?.what ?? '';
      return `| ${portText(port)} | ${port.protocol} | ${placed.name} | ${what} |`;
    }),
  );
  const lines = [
    `# ${stack} on ${host}`,
    '',
    'Rendered by `bundle render --target run`; a change here is lost with the next rendering.',
    '',
    `What of ${stack} runs on ${host} without a swarm, and only that: ` +
      `${own.map(({ name }) => name).join(', ')}. \`secrets/\` holds secret values: no host needs another host’s ` +
      'folder.',
    '',
    '## Start',
    '',
    'Copy this folder to the host as root, then run it there:',
    '',
    '```sh',
    `rsync -a --chown=root:root ./ ${there}/`,
    ...(hasSecrets ? [`rsync -a --chown=root:root --delete ./secrets/ ${there}/secrets/`] : []),
    `ssh root@${shellWord(host)} ${folderOn(stack)}/run.sh`,
    '```',
    '',
    'The folder must stay where it was run: its secret files are mounted. Containers that were started already ' +
      'are left alone. The order of the hosts does not matter: services wait for each other.',
    '',
    '## Change, stop',
    '',
    'After a new rendering, copy the folder again, remove the containers (their volumes stay) and run it anew. ' +
      'If the network’s subnet or MTU changed, remove the network too (`docker network rm`) before that:',
    '',
    '```sh',
    `docker stop ${names}`,
    `docker rm ${names}`,
    './run.sh',
    '```',
    '',
    `Of ${stack} nothing else is meant to run here: \`bundle render --target run\` names what left this host, and ` +
      `\`${verify}\` what of it still runs. Stop and remove that in the same way, before the host that has it now ` +
      'starts it.',
    '',
    `\`docker stop\` waits for each as long as bundle.yaml says. Volumes are called \`${stack}_…\`, as the ` +
      'swarm’s are: never run both on one host.',
    '',
    ...healthLines(stack, own),
    '## Look',
    '',
    `\`${verify}\` from where the bundle is; \`docker ps --filter label=bundle.stack=${stack}\` here.`,
    '',
    '## Ports of this host',
    '',
    ...(published.length === 0
      ? ['None is open.']
      : ['| port | | service | what |', '|---|---|---|---|', ...published, '']),
    ...(several
      ? [
          `Services on ${hostsOf(all)
            .filter((other) => other !== host)
            .join(', ')} dial these; let no one else reach those that are not meant for users.`,
        ]
      : []),
    ...(network === 'host'
      ? ['With host networking nothing stands between a container and the host’s addresses.']
      : []),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

/** What a swarm does by itself and docker does not; empty if no service of the host has a health check. */
function healthLines(stack: string, own: readonly Placed[]): string[] {
  const checked = own.filter(({ service: { healthcheck } }) => healthcheck !== undefined && !isNone(healthcheck));
  if (checked.length === 0) return [];
  return [
    '## A health check that fails',
    '',
    `${checked.map(({ name }) => name).join(', ')}: a swarm replaces a task whose health check fails; docker starts ` +
      'again only what ends, so that what hangs stays until somebody restarts it. `bundle verify --target run` fails ' +
      'while one is unhealthy; `docker ps --filter health=unhealthy` shows it here. Of these the one that it is:',
    '',
    '```sh',
    ...checked.map(({ name }) => `docker restart ${shellWord(containerName(stack, name))}`),
    '```',
    '',
  ];
}
