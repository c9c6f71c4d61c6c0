import type { Register, RegistrationEndpoint } from '../../src/sdk/definition.ts';
import type { ImplyAnswers } from './answers.ts';
import { MANAGER, managerAddress } from './members.ts';
import { PORTS } from './ports.ts';

/**
 * What the manager is asked for its agents. Of the vendor's images no public way is known: the registration protocol is
 * not documented, and `describeCluster` tells the state of the cluster only. The project's own stand-ins tell it on a
 * path of theirs (scripts/images/README.md).
 */
export function registration(answers: ImplyAnswers, agent: string): RegistrationEndpoint {
  const register = answers.images.manager.includes('simulator/')
    ? ofSimulator(answers, agent)
    : { unknown: 'no documented way to ask the manager which agents it knows' };
  return {
    kind: 'registration',
    name: 'registered',
    port: PORTS.backEnd.plain,
    register,
    remedy: `the agent does not reach the manager, or is refused: \`bundle logs ${agent}\` shows what it says of it`,
  };
}

function ofSimulator(answers: ImplyAnswers, agent: string): Register {
  return {
    service: MANAGER,
    tls: answers.tls.enabled
      ? { names: [managerAddress(answers)], authority: { secret: 'ca', part: 'certificate' } }
      : undefined,
    request: { method: 'GET', path: '/simulator/v1/agents' },
    login: answers.authentication.enabled
      ? { user: 'imply', token: { secret: 'auth-token', part: 'token' } }
      : undefined,
    entry: {
      nameKey: 'name',
      name: agent,
      stateKey: 'state',
      good: 'registered',
      bad: ['registered but unreachable', 'lost'],
    },
    // Three heartbeats of 5 s, and the time of one call.
    staleSeconds: 17,
  };
}
