import type { RollingGroup } from '../../src/sdk/definition.ts';
import type { Role } from './answers/roles.ts';
import { storeEmbedded, type ImplyAnswers } from './answers.ts';
import { MANAGER, MYSQL, members } from './members.ts';
import { AUTH_TOKEN, CA_CERTIFICATE, CA_KEY } from './secrets.ts';

const TITLE: Readonly<Record<Role, string>> = {
  data: 'data agents',
  dataTier2: 'data agents of the second tier',
  dataTier3: 'data agents of the third tier',
  query: 'query agents',
  master: 'master agents',
};

/**
 * Druid's order of a rolling update: historicals and middle managers, brokers and routers, overlords and coordinators
 * (apache/druid, docs/operations/rolling-updates.md). An agent carries what its role names together. Each tier holds
 * data that no other has, so it is a group of its own.
 */
const UPDATE: readonly Role[] = ['data', 'dataTier2', 'dataTier3', 'query', 'master'];

/**
 * Manager and agents must agree on them: an agent with another CA or token is not let in by the manager, nor by the
 * other agents.
 */
export const TOGETHER = [CA_CERTIFICATE, CA_KEY, AUTH_TOKEN];

/**
 * The manager's address: its certificate names the new one alone, and agents find it under that one alone. Without TLS
 * the manager's own name, or how it is published, tells of it.
 */
export const AGREED = [
  'environment IMPLY_MANAGER_HOST',
  'environment IMPLY_MANAGER_HOSTNAMES',
  'host name',
  'endpoint mode',
];

/** In the order of an update: what the agents need, then the agents. */
export const rolling = (answers: ImplyAnswers): RollingGroup[] => [...needed(answers), ...agents(answers, UPDATE)];

/** In the order of a rollback. Of a downgrade the same page says: "reverse the order". */
export const rollingBack = (answers: ImplyAnswers): RollingGroup[] => [
  ...needed(answers),
  ...agents(answers, [...UPDATE].reverse()),
];

/** The manager needs its store; agents are asked for at the manager, so it must be well before them. */
function needed(answers: ImplyAnswers): RollingGroup[] {
  return [
    ...(storeEmbedded(answers) ? [{ name: 'store', title: 'metadata store', services: [MYSQL] }] : []),
    { name: 'manager', title: 'manager', services: [MANAGER] },
  ];
}

function agents(answers: ImplyAnswers, order: readonly Role[]): RollingGroup[] {
  return order.flatMap((role) => {
    const services = members(answers)
      .filter((member) => member.role === role)
      .map(({ service }) => service);
    return services.length === 0 ? [] : [{ name: role, title: TITLE[role], services }];
  });
}
