import type { RunbookSection } from '../../../src/sdk/definition.ts';
import type { KafkaAnswers } from '../answers.ts';
import { brokersOf, copiesOf, leastInSync } from '../members.ts';
import { asAdmin, block, inside, tool } from './tools.ts';

/** Its title, for whom sends readers to it. */
export const COPIES = 'Topics with too few copies';

/**
 * Copies for partitions that have fewer than new ones get, and none on brokers that go. Not for a broker that always
 * was, and stays, the only one.
 */
export function copies(stack: string, answers: KafkaAnswers): RunbookSection {
  const wanted = copiesOf(answers.brokers);
  const nodes = brokersOf(answers).map(({ node }) => node);
  const { apart } = answers.controllers;
  const program = `/opt/kafka/bin/kafka-reassign-partitions.sh ${asAdmin(answers)}`;
  const from = '--reassignment-json-file /tmp/plan.json';
  return {
    title: COPIES,
    markdown: [
      ...(answers.brokers > 1
        ? [
            'A topic keeps the number of copies that it was made with, however many brokers come later. `bundle verify` ' +
              `names partitions with fewer than ${wanted}; with the disk of its broker an only copy is lost.`,
            '',
          ]
        : []),
      ...(apart && leastInSync(answers.brokers) === 1 ? fewerInSync(stack, answers) : []),
      'This writes `plan.json`, which gives all partitions ' +
        (wanted === 1 ? 'a copy' : 'so many copies, on different nodes as far as there are some') +
        `${apart ? ', and none on a broker that bundle.yaml no longer has' : ''}, the topics of Kafka itself (\`__…\`) ` +
        'too; take out what is to stay as it is:',
      '',
      ...block(
        `${tool(stack, answers, 'kafka-topics.sh', '--describe')} |`,
        `  awk -v copies=${wanted} -v nodes="${nodes.join(' ')}" '${PLAN}' > plan.json`,
      ),
      'This makes the copies. They are read from the others over the network: `--throttle BYTES` after `--execute` ' +
        'bounds that, for a second and a broker. The last line says when it is done, and ends the bound:',
      '',
      ...block(
        `docker exec -i ${inside(stack)} sh -c '`,
        `  cat > /tmp/plan.json; ${program} ${from} --execute' < plan.json`,
        `docker exec ${inside(stack)} ${program} ${from} --verify`,
      ),
      ...moreInSync(stack, answers),
      answers.brokers > 1 ? '`bundle verify` then names none any more.' : 'Then a broker that goes holds none.',
    ].join('\n'),
  };
}

/** How many copies `acks=all` asks for, of topics that have no minimum of their own. */
const setLeast = (stack: string, answers: KafkaAnswers): string =>
  tool(
    stack,
    answers,
    'kafka-configs.sh',
    `--alter --entity-type brokers --entity-default --add-config min.insync.replicas=${leastInSync(answers.brokers)}`,
  );

/** After the copies were made. */
function moreInSync(stack: string, answers: KafkaAnswers): string[] {
  const least = leastInSync(answers.brokers);
  if (least === 1) return [];
  return [
    `Only then have \`acks=all\` mean ${least} copies in a cluster that was made with fewer brokers; before, ` +
      'it would refuse what is written to a single copy:',
    '',
    ...block(setLeast(stack, answers)),
  ];
}

/**
 * Before copies go: what was made with more brokers keeps its minimum, `__transaction_state` and `__share_group_state`
 * as a setting of their own (documented: TransactionStateManager, ShareCoordinatorService).
 */
function fewerInSync(stack: string, answers: KafkaAnswers): string[] {
  const ofTopic = '--alter --entity-type topics --entity-name "$topic" --delete-config min.insync.replicas';
  return [
    'If there were more brokers, and some have gone or are to go: first have `acks=all` mean one copy. With the ' +
      'minimum of before, nothing would be written while one broker is away, or at all; topics that have one of their ' +
      'own (those of Kafka itself do) lose it:',
    '',
    ...block(
      setLeast(stack, answers),
      `${tool(stack, answers, 'kafka-topics.sh', '--describe')} |`,
      `  awk '$3 == "TopicId:" && sub(/.*min\\.insync\\.replicas=/, $2 " ") && $2 + 0 > 1 { print $1 }' |`,
      `  while read -r topic; do ${tool(stack, answers, 'kafka-configs.sh', ofTopic)}; done`,
    ),
  ];
}

/**
 * From what `kafka-topics.sh --describe` prints (run, 4.4.0) to what `kafka-reassign-partitions.sh` reads: the brokers
 * of a partition in their order without those that are none of these, and those that come after its first; brokers on
 * a node that has no copy before others. Who had more copies than new ones get keeps them, if there are brokers.
 */
const PLAN = `
  BEGIN { brokers = split(nodes, node, " "); printf "{\\"version\\":1,\\"partitions\\":[" }
  $3 == "Partition:" {
    all = split($8, has, ","); list = ""; n = 0; split("", taken)
    for (i = 1; i <= all; i++)
      if (has[i] in node) { list = list "," has[i]; taken[node[has[i]]] = 1; n++ }
    if (n == all && n >= copies) next
    wanted = all <= copies ? copies : all < brokers ? all : brokers
    for (any = 0; any < 2; any++)
      for (i = has[1]; n < wanted && i < has[1] + brokers; i++) {
        id = i % brokers + 1
        if (index(list ",", "," id ",") || (!any && node[id] in taken)) continue
        list = list "," id; taken[node[id]] = 1; n++
      }
    printf "%s{\\"topic\\":\\"%s\\",\\"partition\\":%s,\\"replicas\\":[%s]}", sep, $2, $4, substr(list, 2)
    sep = ","
  }
  END { print "]}" }`;
