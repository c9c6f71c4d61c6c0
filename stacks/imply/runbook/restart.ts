import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { durationNanoseconds } from '../../../src/sdk/helpers.ts';
import { nodeRestart } from '../../common/node-restart.ts';
import { storeEmbedded, type ImplyAnswers } from '../answers.ts';
import { servicesOf } from '../document.ts';
import { zookeeperServers } from '../members.ts';

/** How a node is restarted on purpose. */
export function restartRunbook(stack: string, answers: ImplyAnswers): RunbookSection {
  const others = [
    'The manager, other agents',
    ...(storeEmbedded(answers) ? ['MySQL'] : []),
    ...(zookeeperServers(answers).length > 0 ? ['ZooKeeper'] : []),
  ];
  const graces = Object.values(servicesOf(stack, answers)).map(({ stopGracePeriod = '0' }) => stopGracePeriod);
  const length = (grace: string): number => durationNanoseconds(grace) ?? 0;
  return nodeRestart({
    harm: `A data agent does not drain in that time. ${others.join(', ')} may be killed in the middle of what they do.`,
    before: 'what runs on this node alone, such as the manager, or a role of one agent, is out until it is back',
    longest: graces.reduce((longest, each) => (length(each) > length(longest) ? each : longest)),
  });
}
