import { BundleError, EXIT } from '../errors.ts';

/** What ends a deployment (exit 8) if these services are changed by somebody else as often as they are deployed. */
export function notApplied(services: readonly string[]): BundleError {
  const [differs, them] = services.length === 1 ? ['differs', 'it'] : ['differ', 'them'];
  return new BundleError(
    'not-applied',
    `${services.join(', ')} in the swarm still ${differs} from stack.yml after docker stack deploy: somebody else ` +
      `changes ${them}`,
    {
      exit: EXIT.held,
      hints: ['`bundle plan` shows what differs', 'see who else deploys this stack, then run the same command again'],
    },
  );
}
