import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { nodeRestart } from '../../common/node-restart.ts';
import { storeEmbedded, type ImplyAnswers } from '../answers.ts';
import { isData } from '../answers/roles.ts';
import { members, zookeeperServers } from '../members.ts';

/** How a node is restarted on purpose. */
export function restartRunbook(answers: ImplyAnswers): RunbookSection {
  const others = [
    'The manager, other agents',
    ...(storeEmbedded(answers) ? ['MySQL'] : []),
    ...(zookeeperServers(answers).length > 0 ? ['ZooKeeper'] : []),
  ];
  const graces = members(answers).flatMap(({ role }) => (isData(role) ? [answers.agents[role].gracePeriod] : []));
  return nodeRestart({
    harm: `A data agent does not drain in that time. ${others.join(', ')} may be killed in the middle of what they do.`,
    before: 'what runs on this node alone, such as the manager, or a role of one agent, is out until it is back',
    longest: [...new Set(graces)].join(' or '),
  });
}
