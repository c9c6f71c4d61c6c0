import type { RunbookSection } from '../../src/sdk/definition.ts';
import { deepStorageHasKey, type ImplyAnswers } from './answers.ts';
import { DATA_SYSCTLS } from './hosts.ts';
import { serversRunbook } from '../zookeeper/runbook.ts';
import { zookeeperServers } from './members.ts';
import { backup } from './runbook/backup.ts';
import { failures } from './runbook/failures.ts';
import { customFiles, hostDirectories } from './runbook/files.ts';
import { firewall } from './runbook/firewall.ts';
import { firstStart } from './runbook/first-start.ts';
import { nodesRunbook } from './runbook/nodes.ts';
import { queryAgentsRunbook } from './runbook/query-agents.ts';
import { restartRunbook } from './runbook/restart.ts';
import { rotate } from './runbook/rotate.ts';
import { storeLost } from './runbook/store-lost.ts';
import { storeVersion } from './runbook/store-version.ts';
import { twoDataCentres } from './runbook/two-centres.ts';
import { volumesRunbook } from './runbook/volumes.ts';

/** The Imply sections of a bundle's own README.md. */
export function runbook(stack: string, answers: ImplyAnswers): RunbookSection[] {
  const sections: RunbookSection[] = [
    firstStart(answers),
    {
      title: 'What to know',
      markdown: [
        `- Stopping a data agent may take up to ${answers.agents.data.gracePeriod}: it drains first. Removing ` +
          'the stack waits as long.',
        '- Append data nodes, never reorder them: a data agent’s volume stays on its node. A list that is shorter than ' +
          'its count starts over at its end: write it out first, a node for each agent, before you append.',
        '- `bundle deploy` restarts one service after the other: store, manager, data agents, query agents, ' +
          'master agents; the next one goes down when the one before passes its checks. `bundle plan` names in ' +
          'its first line what is out meanwhile: a role of one agent is.',
        '- `docker stack deploy` by hand, and `bundle deploy --at-once`, restart all changed services at once.',
        '- By hand, stop what changes and may take more than a minute to stop first, as `bundle deploy` does: ' +
          `\`docker service scale --detach ${stack}_SERVICE=0\`, until \`docker ps\` on its node shows it no more. ` +
          'By itself the swarm waits a minute, then starts the new one beside the old one, on the same volume.',
        '- Replacing the CA or the token restarts manager and agents together and is an outage.',
        answers.clusterDefaults.update === 'disabled'
          ? '- `imply_defaults_*` values are used for new clusters only; `clusterDefaults.update` changes that.'
          : `- Changed \`imply_defaults_*\` values reach the running cluster too (\`clusterDefaults.update: ` +
            `${answers.clusterDefaults.update}\`).`,
        ...(deepStorageHasKey(answers) && answers.clusterDefaults.update === 'disabled'
          ? [
              '- So a new key of deep storage, once deployed, must be entered in the running cluster’s settings ' +
                'as well.',
            ]
          : []),
        `- Data nodes want ${Object.entries(DATA_SYSCTLS)
          .map(([name, least]) => `\`${name}=${least}\``)
          .join(' and ')}; a stack file cannot set them.`,
      ].join('\n'),
    },
    failures(stack, answers),
    firewall(answers),
    nodesRunbook(stack, answers),
    restartRunbook(stack, answers),
    rotate(stack, answers),
    backup(stack, answers),
  ];
  sections.push(
    ...storeLost(stack, answers),
    ...storeVersion(stack, answers),
    ...volumesRunbook(stack, answers),
    ...hostDirectories(answers),
    ...queryAgentsRunbook(answers),
    customFiles(stack, answers),
  );
  const servers = zookeeperServers(answers);
  if (servers.length > 0) sections.push(serversRunbook(stack, servers));
  sections.push(twoDataCentres);
  return sections;
}
