import type { RunbookSection } from '../../../src/sdk/definition.ts';
import type { KafkaAnswers } from '../answers.ts';
import { block, inside, tool } from './tools.ts';

/**
 * What has to be done after an upgrade, once. `--release-version` of the tool is not it: findings/
 * kafka-features-release-version-moves-the-voters.sh.
 */
export function version(stack: string, answers: KafkaAnswers): RunbookSection {
  return {
    title: 'Another version of Kafka',
    markdown: [
      'Another `image` is a change like others: `bundle deploy` restarts one member at a time. The cluster goes on ' +
        'with the records of the version before until it is told otherwise, and so long `bundle rollback` brings that ' +
        'version back. Tell it when the new one has proved good, and every member runs it. What is in use ' +
        '(`FinalizedVersionLevel` of `metadata.version`), and the highest that the members know:',
      '',
      ...block(tool(stack, answers, 'kafka-features.sh', 'describe')),
      'If they differ, this prints the number of the version X (such as `4.4`), and the next line, with that number ' +
        'for N, takes it. **After it there is no way back**: members of the version before do not start any more.',
      '',
      ...block(
        // That of kafka-features.sh wants an address as well, in earlier versions of Kafka 4 (KAFKA-19749).
        `docker exec ${inside(stack)} /opt/kafka/bin/kafka-storage.sh version-mapping --release-version X`,
        tool(stack, answers, 'kafka-features.sh', 'upgrade --feature metadata.version=N'),
      ),
      'Never `upgrade --release-version`, and never `kraft.version`: the controllers would then be known by their disks, ' +
        'and one that comes back on another disk or node has no vote any more.',
    ].join('\n'),
  };
}
