import type { KafkaAnswers } from '../answers.ts';
import type { Member } from '../members.ts';
import { COPIES } from './copies.ts';
import { asElector, block, inside, tool } from './tools.ts';

/** The file of partitions that are given a leader. */
const FILE = 'election.json';

/**
 * What nobody but this broker has, or has all of, and what is done about it before it is given an empty disk. Of what
 * others have an older copy, one of these has to lead before: else the empty one does, and the others follow it
 * (documented: ReplicationControlManager, PartitionChangeBuilder, with and without `eligible.leader.replicas.version`).
 */
export function onlyCopies(stack: string, answers: KafkaAnswers, { id, name }: Pick<Member, 'id' | 'name'>): string[] {
  const elect = `/opt/kafka/bin/kafka-leader-election.sh ${asElector(answers)} --election-type unclean`;
  return [
    `Before a broker is given an empty disk, here ${name}: of which partitions does nobody else have everything? Both ` +
      `must be \`0 of\` a number that is not 0. The second kind is written into \`${FILE}\`, too:`,
    '',
    ...block(
      `${tool(stack, answers, 'kafka-topics.sh', '--describe')} |`,
      `  awk -v id=${id} -v file=${FILE} '${KINDS}'`,
    ),
    `If they are not, and ${name} runs, or can be started with the disk that it has: make copies of the first kind ` +
      `(“${COPIES}”), and wait until the others are in sync again for the second. Only if that disk is lost for good: ` +
      'what has no other copy is gone, and comes back empty. Of the second kind the others have all but the end: what ' +
      `${name} took while they were away, and what they lost themselves if their power failed, acknowledged records as ` +
      `well. This makes one of them the leader, and that end is lost for good, also if the disk is found to be readable ` +
      `later. It must be done before ${name} starts with an empty disk: the others would follow that, and lose all:`,
    '',
    ...block(
      `docker exec -i ${inside(stack)} sh -c '`,
      `  cat > /tmp/${FILE}; ${elect} --path-to-json-file /tmp/${FILE}' < ${FILE}`,
    ),
    'A partition that has a leader keeps it. Then ask as above once more: nothing of the second kind is left.',
    '',
  ];
}

/**
 * From what `kafka-topics.sh --describe` prints (run, 4.4.0): partitions of which no other broker is in sync, or was
 * when the last one went (`Elr`, since 4.0). Of nobody in sync what follows stands in that place, whatever it is:
 * `Adding Replicas:`, `Elr:`, or nothing. What a reassignment adds may have nothing yet.
 */
const KINDS = `
  $3 == "Partition:" {
    all++; full = $10; coming = ""; others = ""
    for (i = 10; i < NF; i++) {
      if ($i == "Elr:") full = full "," $(i + 1)
      if ($i == "Adding") coming = "," $(i + 2) ","
    }
    if (index("," $8 ",", "," id ",") == 0) next
    n = split(full, has, ",")
    for (i = 1; i <= n; i++) if (has[i] ~ /^[0-9]/ && has[i] != id) next
    n = split($8, has, ",")
    for (i = 1; i <= n; i++)
      if (has[i] != id && index(coming, "," has[i] ",") == 0) others = others "," has[i]
    if (others == "") { print $2 "-" $4; lost++; next }
    print $2 "-" $4 ", older on " substr(others, 2)
    list = list (older++ ? "," : "") "{\\"topic\\":\\"" $2 "\\",\\"partition\\":" $4 "}"
  }
  END {
    print lost + 0 " of " all + 0 " partitions would be lost"
    print older + 0 " of " all + 0 " would lose their end: others have an older copy"
    print "{\\"partitions\\":[" list "]}" > file
  }`;
