import type { RunbookSection } from '../definition.ts';
import { storeEmbedded, type ImplyAnswers } from './answers.ts';
import { serversRunbook } from '../zookeeper/runbook.ts';
import { MYSQL, members, zookeeperServers } from './members.ts';
import { backup } from './runbook/backup.ts';
import { failures } from './runbook/failures.ts';
import { firewall } from './runbook/firewall.ts';
import { firstStart } from './runbook/first-start.ts';
import { nodesRunbook } from './runbook/nodes.ts';
import { rotate } from './runbook/rotate.ts';
import { twoDataCentres } from './runbook/two-centres.ts';

/** The Imply sections of a bundle's own README.md. */
export function runbook(stack: string, answers: ImplyAnswers): RunbookSection[] {
  const sections: RunbookSection[] = [
    firstStart(answers),
    {
      title: 'What to know',
      markdown: [
        `- Stopping a data agent may take up to ${answers.agents.data.gracePeriod}: it drains first. Removing the stack waits as long.`,
        '- Append data nodes, never reorder them: a data agent’s volume stays on its node.',
        '- `docker stack deploy` by hand restarts all changed services at once.',
        '- Replacing the CA or the token restarts everything and is an outage.',
        '- `imply_defaults_*` values are used for new clusters only.',
        '- Data nodes want `vm.max_map_count=500000` and `kernel.threads-max=999999`; a stack file cannot set them.',
      ].join('\n'),
    },
    failures(stack, answers),
    firewall(answers),
    nodesRunbook(stack, answers),
    rotate(stack, answers),
    backup(stack, answers),
  ];
  const volumes = [
    ...(storeEmbedded(answers) ? [`${stack}_${MYSQL}-data`] : []),
    ...members(answers).map((member) => `${stack}_${member.service}-var (on ${member.node})`),
  ];
  sections.push({ title: 'Volumes', markdown: `They stay when the stack is removed:\n\n${volumes.map((name) => `- \`${name}\``).join('\n')}` });
  const servers = zookeeperServers(answers);
  if (servers.length > 0) sections.push(serversRunbook(stack, servers));
  sections.push(twoDataCentres);
  return sections;
}
