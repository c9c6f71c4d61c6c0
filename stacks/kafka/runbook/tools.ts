import { atNode, containerOf } from '../../common/containers.ts';
import type { KafkaAnswers } from '../answers.ts';
import { PORTS, brokersOf } from '../members.ts';
import { PRIVATE } from '../start.ts';

/** The broker in whose container the runbook's commands run. */
export const FIRST = 'kafka-1';

/** What the commands write for clients: below `secrets/`, which git leaves out. */
export const FOR_CLIENTS = 'secrets/clients';

/** Of a shell: what it then writes there is for this user alone. */
export const PRIVATELY = `umask 077; mkdir -p ${FOR_CLIENTS}`;

/** File there with the password of a user that is made in the running cluster. */
export const passwordFor = (user: string): string => `${FOR_CLIENTS}/${user}.password`;

/** Commands as Markdown. */
export const block = (...lines: string[]): string[] => ['```sh', ...lines, '```', ''];

/** That container, on the host where the command runs. */
export const inside = (stack: string): string => containerOf(stack, FIRST);

/** Where the commands run, and where they do if the first broker or its node is the one that is away. */
export const anyBroker = (answers: KafkaAnswers): string => {
  const [first, ...others] = brokersOf(answers);
  const at = `Commands with \`docker exec\`, here and below, run ${atNode(first?.node ?? '')}, there in ${FIRST}.`;
  return others.length === 0
    ? at
    : `${at} Against that of any other broker (${others.map(({ name, node }) => `${name}: ${node}`).join(', ')}) they do ` +
        `as well, with its name in place of \`_${FIRST})\`.`;
};

/** All brokers are named, so that the tool finds another if one is away. @param settings the option for that file */
const as = (answers: KafkaAnswers, who: 'admin' | 'broker', settings = '--command-config'): string => {
  const port = who === 'admin' ? PORTS.client : PORTS.internal;
  const brokers = brokersOf(answers).map(({ name }) => `${name}:${port}`);
  return `--bootstrap-server ${brokers.join()} ${settings} ${PRIVATE}/${who}.properties`;
};

/** The administrator, or the broker if there is no password. */
const administrator = ({ clients: { login } }: KafkaAnswers) => (login === 'certificate' ? 'broker' : 'admin');

/** By the broker's own certificate: works whatever the administrator's password is. */
export const asBroker = (answers: KafkaAnswers): string => as(answers, 'broker');

/** Options of the tools. */
export const asAdmin = (answers: KafkaAnswers): string => as(answers, administrator(answers));

/** One of the image's tools, in the first broker's container. */
export const tool = (stack: string, answers: KafkaAnswers, program: string, rest: string): string =>
  `docker exec ${inside(stack)} /opt/kafka/bin/${program} ${asAdmin(answers)} ${rest}`;

/** Its command stands first, and of the options for its settings the short one alone is in all versions (README.md). */
export const clusterTool = (stack: string, answers: KafkaAnswers, command: string, rest: string): string =>
  `docker exec ${inside(stack)} /opt/kafka/bin/kafka-cluster.sh ${command} ` +
  `${as(answers, administrator(answers), '-c')} ${rest}`;

/**
 * The options of `kafka-leader-election.sh`: of those for the file with settings this one alone is in all versions of
 * Kafka 4 (README.md).
 */
export const asElector = (answers: KafkaAnswers): string => as(answers, administrator(answers), '--admin.config');
