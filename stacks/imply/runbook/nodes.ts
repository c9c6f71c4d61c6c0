import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { containerOf } from '../../common/containers.ts';
import type { ImplyAnswers, Role } from '../answers.ts';
import { isData } from '../answers/roles.ts';
import { DATA_SYSCTLS } from '../hosts.ts';
import { members } from '../members.ts';
import { DEEP_STORAGE_VOLUME } from '../services.ts';

/** How a node joins, and how the last data agent leaves. */
export function nodesRunbook(stack: string, answers: ImplyAnswers): RunbookSection {
  const last = members(answers).findLast(({ role }) => isData(role));
  const nodesOf = (wanted: Role): string[] =>
    members(answers).flatMap(({ role, node }) => (role === wanted ? [node] : []));
  const data = nodesOf('data');
  const left = last === undefined ? [] : nodesOf(last.role).slice(0, -1);
  const apart = answers.deepStorage.type !== 'local' || answers.deepStorage.sharedMount !== undefined;
  return {
    title: 'Add or take away a node',
    markdown: [
      'A node more for data:',
      '',
      '1. On a manager of the swarm `docker swarm join-token worker`; run the line it prints on the new host. ' +
        'Open the ports of the firewall table, and set on it:',
      '',
      '```sh',
      `sysctl -w ${Object.entries(DATA_SYSCTLS)
        .map(([name, least]) => `${name}=${least}`)
        .join(' ')}    # and in /etc/sysctl.d, to outlive a reboot`,
      '```',
      '',
      `2. In \`bundle.yaml\` **append** it: \`agents.data.replicas: ${data.length + 1}\`, and \`agents.data.nodes: ` +
        `[${[...data, 'NEW'].join(', ')}]\`, a node for each agent. Never reorder: the volumes of the others stay where ` +
        'they are.',
      '3. `bundle render`, `bundle check`, `bundle plan`, `bundle deploy`. ' +
        (apart
          ? 'No other service restarts. '
          : 'First, deep storage must be where the new node has it, too: see below. ') +
        'The new agent joins the cluster by itself.',
      '',
      ...shareDeepStorage(stack, answers),
      // The first tier keeps one.
      ...(last === undefined || (last.role === 'data' && left.length === 0)
        ? []
        : [
            `To take one away, begin with the last, \`${last.service}\`. Swarm runs nothing before it stops a ` +
              `task, so drain it yourself, on ${last.node} (the script is called by the vendor’s chart; that your ` +
              'image has it is inferred):',
            '',
            '```sh',
            `docker exec ${containerOf(stack, last.service)} /root/remove-node`,
            '```',
            '',
            'Wait in the manager’s UI until it holds no segments and runs no tasks. Then ' +
              `\`agents.${last.role}.replicas: ${left.length}\`, \`agents.${last.role}.nodes: [${left.join(', ')}]\`, ` +
              '`bundle render`, `bundle deploy`.',
          ]),
    ]
      .join('\n')
      .trimEnd(),
  };
}

/**
 * How deep storage comes from the volume of one node into a directory that several share: also of a bundle that has the
 * directory, since `bundle render` writes this page before `bundle deploy` refuses.
 */
function shareDeepStorage(stack: string, answers: ImplyAnswers): string[] {
  const { type, sharedMount, path } = answers.deepStorage;
  if (type !== 'local') return [];
  const volume = `${stack}_${DEEP_STORAGE_VOLUME}`;
  const directory = sharedMount ?? '/srv/deep-storage';
  const node = members(answers)[0]?.node ?? '';
  return [
    ...(sharedMount === undefined
      ? [
          `Deep storage is the volume \`${volume}\` of ${node}: all segments are there, and no other node has it. ` +
            'So before the first agent on another node mount a directory that all these nodes share (NFS …) on each ' +
            `of them, \`${directory}\` here, and copy:`,
        ]
      : [`If deep storage was the volume \`${volume}\` of one node until now, copy it before that deployment:`]),
    '',
    '1. In the manager’s UI suspend all ingestion, and wait until no task runs: what is written after the copy stays ' +
      `behind. Then, on ${sharedMount === undefined ? node : 'that node'}, as root:`,
    '',
    '```sh',
    // Never inside the path: of a volume that this node does not have, it would be that of the whole host.
    `from=$(docker volume inspect -f '{{.Mountpoint}}' ${volume}) && cp -a "\${from:?}/." ${directory}/`,
    '```',
    '',
    `2. \`deepStorage.sharedMount: ${directory}\` in \`bundle.yaml\`, \`bundle render\`, and \`bundle deploy\` with ` +
      '`--ignore left-data`, which says that the copy is made. All agents restart. The store lists each segment below ' +
      `\`${path}\`, where it is now too.`,
    '3. Take up ingestion again. The volume stays; remove it once queries have all that they had.',
    '',
  ];
}
