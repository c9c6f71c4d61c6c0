import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { nodeLabel } from '../../../src/sdk/helpers.ts';
import { removeVolume } from '../../common/containers.ts';
import type { KafkaAnswers } from '../answers.ts';
import { brokersOf, controllersOf, membersOf, volumeOf } from '../members.ts';
import { onlyCopies } from './only-copies.ts';
import { anyBroker, block, tool } from './tools.ts';

/** How the cluster is, a lost node, a replaced disk. */
export function cluster(stack: string, answers: KafkaAnswers): RunbookSection {
  const { apart } = answers.controllers;
  const members = membersOf(answers);
  const what = apart ? 'controllers' : 'brokers';
  const several = answers.brokers > 1 || controllersOf(answers).length > 1;
  return {
    title: 'How the cluster is, a lost node, another disk',
    markdown: [
      anyBroker(answers),
      '',
      'What is wrong with the cluster: its voters, what has too few copies (nothing, if all is well), and ' +
        'directories that failed (`"error":null` is good):',
      '',
      ...block(
        tool(stack, answers, 'kafka-metadata-quorum.sh', 'describe --status'),
        tool(stack, answers, 'kafka-topics.sh', '--describe --under-replicated-partitions'),
        tool(stack, answers, 'kafka-log-dirs.sh', '--describe'),
      ),
      ...(answers.brokers === 1 ? ['- One broker: clients wait while it restarts.'] : []),
      ...(answers.brokers >= 3 ? ['- Two of the three copies of a topic must be there for `acks=all`.'] : []),
      ...(several
        ? [
            `- More than half of the ${controllersOf(answers).length} ${what} must run.`,
            '- `bundle deploy` restarts one service at a time, each only when every broker is unfenced and in sync, ' +
              'and stops before one without which a partition would be offline or under its minimum, or that starts, and ' +
              'may be recovering its logs, for longer than two minutes (`--ignore quorum-stop` goes on). `docker stack ' +
              'deploy` by hand restarts all at once.',
          ]
        : []),
      `- The number of ${what} never changes${apart ? '' : ': each is a controller'}; the controllers are fixed when ` +
        'the cluster is made. One whose volume was made for other controllers refuses to start, and says so; set ' +
        `\`${apart ? 'controllers.count' : 'brokers'}\` back.`,
      '- `KAFKA_MIN_INSYNC_REPLICAS` counts when the cluster is made; later `kafka-configs.sh --entity-type brokers ' +
        '--entity-default --alter` changes it. `bundle verify` tells if the value in effect is another.',
      '- The volumes stay when the stack is removed, and with them the cluster id of `bundle.lock.json`: ' +
        members.map(({ name, node }) => `\`${stack}_${volumeOf(name)}\` on ${node}`).join(', ') +
        '.',
      ...(several ? replaced(stack, answers) : []),
    ].join('\n'),
  };
}

/** Of the last broker, if there are others with its copies, or of the last controller that is apart. */
function replaced(stack: string, answers: KafkaAnswers): string[] {
  const broker = answers.brokers > 1 ? brokersOf(answers).at(-1) : undefined;
  const { name = '' } = broker ?? controllersOf(answers).at(-1) ?? {};
  const volume = `${stack}_${volumeOf(name)}`;
  return [
    '',
    ...(broker === undefined
      ? ['kafka-1 has the only copy of every topic: with its disk they are gone. What follows is for controllers.', '']
      : onlyCopies(stack, answers, broker)),
    'Another disk: the others must be well (above), and one member at a time. A member whose disk is lost starts empty ' +
      `and takes its copies from the others. Of ${name}, on a manager, and the middle line on its node, with the ` +
      'disk in place (the containers of earlier tasks, which swarm keeps, hold the volume until they are removed):',
    '',
    ...block(
      `docker service scale ${stack}_${name}=0`,
      removeVolume(volume),
      `docker service scale ${stack}_${name}=1`,
    ),
    `A node that is lost for good, here OLD with ${name}, in whose place NEW comes; one member at a time, and never ` +
      'more than half of the controllers: what they agreed on would be gone. ' +
      (broker === undefined ? '' : 'First see what would be lost, as above. ') +
      'Its label says that this is meant:',
    '',
    ...block(
      '# a manager is removed only after this, even if it is down; a worker stays what it is',
      'docker node demote OLD',
      'docker node rm --force OLD',
      `docker node update --label-add ${nodeLabel(stack, name)}=true NEW`,
      '# name NEW in the place of OLD in bundle.yaml: the order stays',
      ...(broker?.outside === undefined
        ? []
        : [`# have ${broker.outside} resolve to NEW, where clients outside dial ${name}`]),
      'bundle render .',
      'bundle deploy .',
    ),
    'What was there starts empty on the new node, and copies what the others have.',
  ];
}
