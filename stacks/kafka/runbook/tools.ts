import { containerOf } from '../../common/containers.ts';
import type { KafkaAnswers } from '../answers.ts';
import { PORTS } from '../members.ts';
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

/** @param settings the option that names the file with them */
const as = (who: 'admin' | 'broker', settings = '--command-config'): string =>
  `--bootstrap-server ${FIRST}:${who === 'admin' ? PORTS.client : PORTS.internal} ` +
  `${settings} ${PRIVATE}/${who}.properties`;

/** The administrator, or the broker if there is no password. */
const administrator = ({ clients: { login } }: KafkaAnswers) => (login === 'certificate' ? 'broker' : 'admin');

/** By the broker's own certificate: works whatever the administrator's password is. */
export const AS_BROKER = as('broker');

/** Options of the tools. */
export const asAdmin = (answers: KafkaAnswers): string => as(administrator(answers));

/** One of the image's tools, in the first broker's container. */
export const tool = (stack: string, answers: KafkaAnswers, program: string, rest: string): string =>
  `docker exec ${inside(stack)} /opt/kafka/bin/${program} ${asAdmin(answers)} ${rest}`;

/** Its command stands first, and of the options for its settings the short one alone is in all versions (README.md). */
export const clusterTool = (stack: string, answers: KafkaAnswers, command: string, rest: string): string =>
  `docker exec ${inside(stack)} /opt/kafka/bin/kafka-cluster.sh ${command} ${as(administrator(answers), '-c')} ${rest}`;
