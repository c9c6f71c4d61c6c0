import { MAJORITY_HINT, type EngineInfo } from '../engine/port.ts';

const OTHER = '--host or --context';

/**
 * Why an engine cannot be asked about its swarm, in words that follow its name, and what to do; undefined if it can:
 * it is a manager. `pending` is a node that has not found its swarm yet, a manager without a majority too; `error` one
 * whose swarm ended, or could not be started, in the engine's words (moby: daemon/cluster/noderunner.go, State).
 */
export function managerTrouble({
  state,
  manager,
  error,
}: EngineInfo['swarm']): { text: string; hint: string } | undefined {
  if (state === 'active')
    return manager
      ? undefined
      : { text: 'is a swarm worker, not a manager', hint: 'name a manager: --host ssh://user@manager, or --context' };
  switch (state) {
    case 'locked':
      return { text: 'is a swarm manager, but locked', hint: 'docker swarm unlock' };
    case 'pending':
      return {
        text: 'is of a swarm that it has not joined yet, or not again since its start',
        hint:
          `try again in a moment; if it stays so, ${MAJORITY_HINT}, and see that it reaches them; or name another ` +
          `manager with ${OTHER}`,
      };
    case 'error':
      return {
        text: `is of a swarm that does not start there${error === undefined ? '' : `: ${error}`}`,
        hint:
          '`docker info` there and its engine’s log say more; its clock must be right, or certificates of the swarm ' +
          `seem expired; or name another manager with ${OTHER}`,
      };
    case 'inactive':
      return {
        text: 'is not part of a swarm',
        hint: '`docker swarm init` makes it one; or name a manager with --host or --context',
      };
  }
}
