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
    `Before a broker is given an empty disk, here ${name}: of which partitions is no other in sync? It must be \`0 of\` ` +
      `a number that is not 0, three times. What others have an older copy of is written into \`${FILE}\`, too:`,
    '',
    ...block(
      `${tool(stack, answers, 'kafka-topics.sh', '--describe')} |`,
      `  awk -v id=${id} -v file=${FILE} '${KINDS}'`,
    ),
    `If it is not, and ${name} runs, or can be started with the disk that it has: make copies of what has no other ` +
      `(“${COPIES}”), and wait until the others are in sync again. If that disk is lost for good, stop ${name} ` +
      'first, on a manager: swarm starts it by itself as soon as its node is there again, also with an empty disk:',
    '',
    ...block(`docker service scale ${stack}_${name}=0`),
    '- What has no other copy is gone, and comes back empty.',
    '- What others have all of waits for these: one of them leads by itself once they are back.',
    `- Of what others have an older copy the end is lost: what ${name} took while they were away, and what they lost ` +
      'themselves if their power failed, acknowledged records as well. The next command has one of them lead, and ' +
      'gives that end up, also if the disk turns out to be readable later. A partition that has a leader keeps it. Run it ' +
      `**while ${name} is stopped**: once it has started with an empty disk, the others follow that one, and lose all. ` +
      'Then ask as above once more: nothing of this kind is left.',
    '',
    ...block(
      `docker exec -i ${inside(stack)} sh -c '`,
      `  cat > /tmp/${FILE}; ${elect} --path-to-json-file /tmp/${FILE}' < ${FILE}`,
    ),
  ];
}

/**
 * From what `kafka-topics.sh --describe` prints (run, 4.4.0): partitions of which no other broker is in sync. Who was
 * when it went (`Elr`, since 4.0) has everything, and leads by itself once it is back. Of nobody in sync what follows
 * stands in that place, whatever it is: `Adding Replicas:`, `Elr:`, or nothing. What a reassignment adds may have
 * nothing yet.
 */
const KINDS = `
  function others(list, but,   has, n, i, found) {
    n = split(list, has, ",")
    for (i = 1; i <= n; i++)
      if (has[i] ~ /^[0-9]+$/ && has[i] != id && index("," but ",", "," has[i] ",") == 0) found = found "," has[i]
    return substr(found, 2)
  }
  $3 == "Partition:" {
    all++; whole = adding = ""
    for (i = 10; i < NF; i++) {
      if ($i == "Elr:") whole = others($(i + 1))
      if ($i == "Adding") adding = $(i + 2)
    }
    if (others($10) != "" || others($8) == $8) next
    if (whole != "") { print $2 "-" $4 ", all of it on " whole; away++ }
    else if (others($8, adding) == "") { print $2 "-" $4; lost++ }
    else {
      print $2 "-" $4 ", older on " others($8, adding)
      list = list (older++ ? "," : "") "{\\"topic\\":\\"" $2 "\\",\\"partition\\":" $4 "}"
    }
  }
  END {
    print lost + 0 " of " all + 0 " partitions would be lost"
    print older + 0 " of " all + 0 " would lose their end: others have an older copy"
    print away + 0 " of " all + 0 " would wait: others have everything, and are not in sync yet"
    print "{\\"partitions\\":[" list "]}" > file
  }`;
