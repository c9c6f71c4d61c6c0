import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { containerOf } from '../../common/containers.ts';
import type { ImplyAnswers } from '../answers.ts';
import { isData } from '../answers/roles.ts';
import { DATA_SYSCTLS } from '../hosts.ts';
import { members } from '../members.ts';

/** How a node joins, and how the last data agent leaves. */
export function nodesRunbook(stack: string, answers: ImplyAnswers): RunbookSection {
  const last = members(answers).findLast(({ role }) => isData(role));
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
      '2. In `bundle.yaml` **append** it to `agents.data.nodes` and raise `agents.data.replicas`. Never ' +
        'reorder: the volumes of the others stay where they are.',
      '3. `bundle render`, `bundle check`, `bundle plan`, `bundle deploy`. No other service restarts. The new ' +
        'agent joins the cluster by itself.',
      '',
      ...(last === undefined
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
            'Wait in the manager’s UI until it holds no segments and runs no tasks. Then lower ' +
              `\`agents.${last.role}.replicas\`, take the node off the list, \`bundle render\`, \`bundle deploy\`.`,
          ]),
    ].join('\n'),
  };
}
