import type { RunbookSection } from '../../../src/sdk/definition.ts';
import type { KafkaAnswers } from '../answers.ts';
import { MOST_COPIES, brokersOf } from '../members.ts';
import { COPIES } from './copies.ts';
import { asAdmin, block, clusterTool, inside } from './tools.ts';

/** Brokers added and taken away, if they are no controllers. */
export function brokers(stack: string, answers: KafkaAnswers): RunbookSection {
  return { title: 'More brokers, fewer brokers', markdown: markdown(stack, answers).join('\n') };
}

function markdown(stack: string, answers: KafkaAnswers): string[] {
  const nodes = brokersOf(answers).map(({ node }) => node);
  const names = answers.external.publish
    ? ` --set 'external.names=[${[...answers.external.names, 'NEW-NAME'].join()}]'`
    : '';
  const next = nodes.length + 1;
  const all = nodes.length < MOST_COPIES;
  return [
    ...(all
      ? [
          'One more broker, on the node NEW. All brokers and controllers restart for it, one at a time: up to three ' +
            `brokers, new topics have a copy on each. Topics that exist keep the copies that they have (“${COPIES}” ` +
            'of this page as it is then gives them more). One that has a single copy is away while its broker restarts; ' +
            'without `--ignore quorum-stop` the deployment stops before that:',
        ]
      : ['One more broker, on the node NEW; the others are not touched:']),
    '',
    ...block(
      `bundle init . --yes --set brokers=${next} --set 'nodes=[${[...nodes, 'NEW'].join()}]'${names}`,
      `bundle deploy${all ? ' --ignore quorum-stop' : ''}`,
    ),
    'It has no partitions of the topics that exist. To move those of `orders` so that all brokers named in ' +
      '`--broker-list` have their share; the last line says when it is done:',
    '',
    ...block(...move(stack, answers, [...nodes, 'NEW'].map((_node, index) => index + 1))), // prettier-ignore
    ...(nodes.length > 1 ? fewer(answers) : []),
    'A broker that went stays registered: new topics may be placed on it while others are away, and `kafka-features.sh` ' +
      'refuses what it did not know. After the deployment, see that it is `fenced`, as one is that has ended:',
    '',
    ...block(clusterTool(stack, answers, 'list-endpoints', '--include-fenced-brokers')),
    `Then unregister it by its number, ${next} if ${nodes.length} are left. This prints \`Broker ${next} is no ` +
      'longer registered.`:',
    '',
    ...block(clusterTool(stack, answers, 'unregister', `--id ${next}`)),
    `A topic that was placed on it by then has too few copies (above, “How the cluster is”): “${COPIES}” gives it others.`,
  ];
}

/** The last one: ids are those of services, and volumes stay where they are. */
function fewer({ brokers, external }: KafkaAnswers): string[] {
  const left = brokers - 1;
  const names = external.publish ? ` --set 'external.names=[${external.names.slice(0, left).join()}]'` : '';
  return [
    `A broker that goes is the last one, here kafka-${brokers}. This writes the answers and this page for those that stay:`,
    '',
    ...block(`bundle init . --yes --no-prepare --set brokers=${left}${names}`),
    `Then follow “${COPIES}” on this page as it is now: all that the others lack is copied to them, and nothing is left ` +
      'on the one that goes. Then `bundle deploy`, which refuses (`quorum-leave`) as long as it holds any, or the others ' +
      'do not tell.' +
      (brokers <= MOST_COPIES
        ? ' All others restart for it, and it stops before one that has the only copy of a partition, unless with ' +
          '`--ignore quorum-stop`.'
        : ''),
    '',
  ];
}

/** The tool says on standard output why it has no plan, and that is all that there is then. */
function move(stack: string, answers: KafkaAnswers, ids: readonly number[]): string[] {
  const program = `/opt/kafka/bin/kafka-reassign-partitions.sh ${asAdmin(answers)}`;
  const from = '--reassignment-json-file /tmp/plan.json';
  return [
    `echo '{"version":1,"topics":[{"topic":"orders"}]}' | docker exec -i ${inside(stack)} sh -c '`,
    '  cat > /tmp/topics.json',
    `  ${program} --topics-to-move-json-file /tmp/topics.json \\`,
    `    --broker-list ${ids.join()} --generate > /tmp/proposed`,
    '  sed "1,/^Proposed/d" /tmp/proposed > /tmp/plan.json',
    '  [ -s /tmp/plan.json ] || { cat /tmp/proposed; exit 1; }',
    `  ${program} ${from} --execute' &&`,
    `docker exec ${inside(stack)} ${program} ${from} --verify`,
  ];
}
