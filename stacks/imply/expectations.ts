import type { LogExpectation, ServiceExpectation } from '../definition.ts';
import type { ImplyAnswers } from './answers.ts';
import { MANAGER, members } from './members.ts';

/**
 * Printed when a container starts, by manager and agent alike [D33]. Prefix, time stamp and stream are unknown, and so is any wording
 * for "disabled": only the enabled line is ever looked for.
 */
const TLS: LogExpectation = { name: 'TLS', contains: 'TLS: Enabled' };
const AUTHENTICATION: LogExpectation = { name: 'Authentication', contains: 'Authentication: Enabled' };

/** Seconds a start may take: the chart gives the manager 36 probes of 5 s and an agent 90 of 10 s. */
const MANAGER_START = 180;
const AGENT_START = 900;
/** Both print the lines when the container starts, long before an agent is ready. */
const LINES_WITHIN = 180;

export function expectations(answers: ImplyAnswers): ServiceExpectation[] {
  const logs = [...(answers.tls.enabled ? [TLS] : []), ...(answers.authentication.enabled ? [AUTHENTICATION] : [])];
  const key = answers.tls.enabled ? [{ secret: 'ca', part: 'key' }] : [];
  return [
    { service: MANAGER, logs, withinSeconds: LINES_WITHIN, startGraceSeconds: MANAGER_START, forbiddenSecrets: [] },
    ...members(answers).map((member) => ({
      service: member.service,
      logs,
      withinSeconds: LINES_WITHIN,
      startGraceSeconds: AGENT_START,
      forbiddenSecrets: key,
    })),
  ];
}
