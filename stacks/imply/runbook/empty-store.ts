import { stopAndWait } from '../../common/containers.ts';
import type { ImplyAnswers } from '../answers.ts';
import { MANAGER, managerNode, members } from '../members.ts';

/** What comes of a manager that starts on an empty store, as the beginning of a sentence. */
export const FIRST_VISITOR = 'whoever opens it first becomes its super user';

/** What shortens the end of data agents, which finish what they take in. To follow others of its sentence. */
export const SUSPEND = 'suspend all ingestion, in the manager’s UI';

/** How nobody but the operator opens the manager meanwhile. @param also another node of the port, to follow its node */
export function closePort({ manager, ...answers }: ImplyAnswers, also = ''): string {
  const at = manager.portMode === 'ingress' ? 'every node' : `${managerNode({ manager, ...answers })}${also}`;
  return (
    `Close port ${manager.port} of ${at} to all but yourself, by a firewall before it or its chain \`DOCKER-USER\`: rules ` +
    'of `INPUT` do not count for a port of Docker.'
  );
}

/**
 * Lines of the shell that stop all that writes to the store, and wait until it has ended: what a dump lacks is lost,
 * and what is written beside a dump that is read, too. @param more services to stop
 */
export const stopWriters = (stack: string, answers: ImplyAnswers, ...more: string[]): string[] =>
  stopAndWait([MANAGER, ...members(answers).map(({ service }) => service), ...more].map((name) => `${stack}_${name}`));
