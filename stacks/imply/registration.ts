import type { Register, RegistrationEndpoint } from '../../src/sdk/definition.ts';
import type { ImplyAnswers } from './answers.ts';
import { MANAGER, managerAddress } from './members.ts';
import { PORTS } from './ports.ts';

/**
 * What the manager is asked for its agents, if the answers say how. By itself no way is known: the registration
 * protocol is not documented, and `describeCluster` tells the state of the cluster only.
 */
export function registration(answers: ImplyAnswers, agent: string): RegistrationEndpoint {
  const { agentList } = answers.manager;
  const register = agentList
    ? registerOf(answers, agentList, agent)
    : {
        unknown:
          'no documented way to ask the manager which agents it knows; manager.agentList in bundle.yaml can give one',
      };
  return {
    kind: 'registration',
    name: 'registered',
    port: PORTS.backEnd.plain,
    register,
  };
}

function registerOf(
  answers: ImplyAnswers,
  list: NonNullable<ImplyAnswers['manager']['agentList']>,
  agent: string,
): Register {
  const { path, nameKey, stateKey, good, bad, staleSeconds } = list;
  return {
    service: MANAGER,
    tls: answers.tls.enabled
      ? { names: [managerAddress(answers)], authority: { secret: 'ca', part: 'certificate' } }
      : undefined,
    request: { method: 'GET', path },
    login: answers.authentication.enabled
      ? { user: 'imply', token: { secret: 'auth-token', part: 'token' } }
      : undefined,
    entry: { nameKey, name: agent, stateKey, good, bad },
    staleSeconds,
  };
}
