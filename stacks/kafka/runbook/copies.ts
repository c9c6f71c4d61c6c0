import type { RunbookSection } from '../../../src/sdk/definition.ts';
import type { KafkaAnswers } from '../answers.ts';
import { copiesOf, leastInSync } from '../members.ts';
import { asAdmin, block, inside, tool } from './tools.ts';

/** Its title, for whom sends readers to it. */
export const COPIES = 'Topics with too few copies';

/** Copies for partitions that have fewer than new ones get. Only if there are several brokers. */
export function copies(stack: string, answers: KafkaAnswers): RunbookSection {
  const wanted = copiesOf(answers.brokers);
  const least = leastInSync(answers.brokers);
  const program = `/opt/kafka/bin/kafka-reassign-partitions.sh ${asAdmin(answers)}`;
  const from = '--reassignment-json-file /tmp/plan.json';
  return {
    title: COPIES,
    markdown: [
      'A topic keeps the number of copies that it was made with, however many brokers come later. `bundle verify` ' +
        `names partitions with fewer than ${wanted}; with the disk of its broker an only copy is lost. This writes ` +
        '`plan.json`, which gives all of them so many, the topics of Kafka itself (`__…`) too; take out what is to ' +
        'have fewer:',
      '',
      ...block(
        `${tool(stack, answers, 'kafka-topics.sh', '--describe')} |`,
        `  awk -v brokers=${answers.brokers} -v copies=${wanted} '${PLAN}' > plan.json`,
      ),
      'This makes the copies. They are read from the others over the network: `--throttle BYTES` after `--execute` ' +
        'bounds that, for a second and a broker. The last line says when it is done, and ends the bound:',
      '',
      ...block(
        `docker exec -i ${inside(stack)} sh -c '`,
        `  cat > /tmp/plan.json; ${program} ${from} --execute' < plan.json`,
        `docker exec ${inside(stack)} ${program} ${from} --verify`,
      ),
      ...(least > 1
        ? [
            `Only then have \`acks=all\` mean ${least} copies in a cluster that was made with fewer brokers; before, ` +
              'it would refuse what is written to a single copy:',
            '',
            ...block(
              tool(
                stack,
                answers,
                'kafka-configs.sh',
                `--alter --entity-type brokers --entity-default --add-config min.insync.replicas=${least}`,
              ),
            ),
          ]
        : []),
      '`bundle verify` then names none any more.',
    ].join('\n'),
  };
}

/**
 * From what `kafka-topics.sh --describe` prints (run, 4.4.0) to what `kafka-reassign-partitions.sh` reads: the brokers
 * of a partition in their order, and those that come after its first.
 */
const PLAN = `
  BEGIN { printf "{\\"version\\":1,\\"partitions\\":[" }
  $3 == "Partition:" && (n = split($8, has, ",")) < copies {
    list = $8
    for (i = has[1]; n < copies && i < has[1] + brokers; i++) {
      id = i % brokers + 1
      if (!index("," list ",", "," id ",")) { list = list "," id; n++ }
    }
    printf "%s{\\"topic\\":\\"%s\\",\\"partition\\":%s,\\"replicas\\":[%s]}", sep, $2, $4, list
    sep = ","
  }
  END { print "]}" }`;

/** A command that counts the partitions of which nobody but this broker has everything, or nobody is in sync. */
export const onlyCopies = (stack: string, answers: KafkaAnswers, id: number): string[] => [
  `${tool(stack, answers, 'kafka-topics.sh', '--describe')} | awk '`,
  `  $3 == "Partition:" { all++; if ($8 == "${id}" || $10 == "${id}" || $10 == "Elr:") { print $2 "-" $4; lost++ } }`,
  '  END { print lost + 0 " of " all + 0 " partitions would be lost" }\'',
];
