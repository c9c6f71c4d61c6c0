import { containerOf } from '../../common/containers.ts';
import type { KafkaAnswers } from '../answers.ts';
import { PORTS } from '../members.ts';
import { PRIVATE } from '../start.ts';

/** The broker in whose container the runbook's commands run. */
export const FIRST = 'kafka-1';

/** Commands as Markdown. */
export const block = (...lines: string[]): string[] => ['```sh', ...lines, '```', ''];

/** That container, on the host where the command runs. */
export const inside = (stack: string): string => containerOf(stack, FIRST);

/** By the broker's own certificate: works whatever the administrator's password is. */
export const AS_BROKER = `--bootstrap-server ${FIRST}:${PORTS.internal} --command-config ${PRIVATE}/broker.properties`;

/** Options of every tool: as the administrator, or as the broker if there is no password. */
export const asAdmin = ({ clients: { login } }: KafkaAnswers): string =>
  login === 'certificate'
    ? AS_BROKER
    : `--bootstrap-server ${FIRST}:${PORTS.client} --command-config ${PRIVATE}/admin.properties`;

/** One of the image's tools, in the first broker's container. */
export const tool = (stack: string, answers: KafkaAnswers, program: string, rest: string): string =>
  `docker exec ${inside(stack)} /opt/kafka/bin/${program} ${asAdmin(answers)} ${rest}`;
