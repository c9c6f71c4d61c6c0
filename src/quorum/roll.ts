import { filterDocument } from '../compose/filter.ts';
import { renderStack } from '../compose/render.ts';
import type { ServiceSpec } from '../compose/spec.ts';
import type { StackDocument } from '../compose/types.ts';
import { desiredEntries } from '../plan/convert.ts';
import { soleOwnersOf } from '../swarm/former-tasks.ts';
import { Account } from './account.ts';
import { deployCalls } from './deploy-calls.ts';
import { GroupRoll } from './group.ts';
import { heldPlaceHints } from './held-place.ts';
import { EnsembleRoll, type RollContext } from './members.ts';
import { withNewPorts } from './kept-tasks.ts';
import { makeWay } from './make-way.ts';
import type { WavesOptions } from './options.ts';
import { sweepProbes } from './probe.ts';
import { refuseForbidden } from './refuse.ts';
import { wavesOf } from './stages.ts';
import { waitFor } from './wait.ts';
import { membersOf } from './waves.ts';

export type { WavesOptions } from './options.ts';

/**
 * Deploys what the plan creates or updates, and nothing else: an unchanged service that is deployed again loses the
 * specification it could be rolled back to. First each ensemble of which members restart or are added, member by
 * member, each proved by convergence and the ensemble's own probe, or, if it is one of which no member could be asked
 * and others follow, in one call that is waited for; then, in one call, all that is created, changes in
 * place or restarts at once; then the rolling groups, one service after the other, each proved by convergence and its
 * checks. Of the one call what restarts is waited for if groups follow. Nothing starts in the place of a task that
 * still stops; the others of its call do not wait for that. Removes no service.
 * @throws BundleError `ensemble-shrinks`, `ensemble-fixed` (exit 3) before anything is done; `ensemble-not-ready`,
 *   `roll-stopped` or `not-converged` (exit 4) at the first service that does not come right; `still-stopping`
 *   (exit 4) at the first that does not end; what the engine or docker says; `interrupted` (exit 130). All but the
 *   first say what was done and what was not.
 */
export async function deployInWaves(options: WavesOptions): Promise<void> {
  const { engine, plan, ensembles, converge, document, environment, onLine } = options;
  const { stack, signal } = converge;
  refuseForbidden(ensembles, plan, options.ignore);
  const { works, rest, joint, groups } = wavesOf(plan, ensembles, options.rolling);
  const members = works.flatMap(({ work }) => membersOf(work));
  const account = new Account([...members, ...rest, ...groups.flatMap(({ restart }) => restart)]);
  const owners = soleOwnersOf(specsOf(stack, document));
  const deploy = async (services: readonly string[]): Promise<void> => {
    for await (const portion of makeWay(services, { ...options, account, owners })) {
      account.sent(portion.services);
      await withNewPorts(portion.services, options, send, portion.stopped);
    }
  };
  const send = async (services: readonly string[]): Promise<void> => {
    for (const { names, way } of await deployCalls(services, options)) {
      const text = renderStack({ document: filterDocument(document, names), heading: [], comments: {} });
      await engine.deployStack(stack, text, {
        ...way,
        env: environment,
        onLine,
        ...(signal === undefined ? {} : { signal }),
      });
      account.started(names);
    }
  };
  const context: RollContext = { ...options, deploy, account };
  try {
    if (works.length > 0) await sweepProbes(engine, stack);
    for (const { ensemble, work } of works)
      if (work.unasked) await oneCall(membersOf(work), membersOf(work), true, context);
      else await new EnsembleRoll(ensemble, work, context).run();
    if (rest.length > 0) await oneCall(rest, joint, groups.length > 0, context);
    if (groups.length > 0) await new GroupRoll(groups, context).run();
  } catch (error) {
    if (signal?.aborted === true) throw account.interrupted(stack);
    throw account.told(error);
  }
}

/** One by one: of thousands of services they are never there together. */
function* specsOf(stack: string, document: StackDocument): Generator<[name: string, spec: ServiceSpec]> {
  for (const [name, { spec }] of desiredEntries(stack, document)) yield [name, spec];
}

async function oneCall(
  services: readonly string[],
  restarting: readonly string[],
  wait: boolean,
  context: RollContext,
): Promise<void> {
  const { engine, converge, account } = context;
  const before = await engine.services({ stack: converge.stack });
  await context.deploy(services);
  // What is created is judged at the end, as ever: it may wait for the place of a service that is still to be removed.
  if (!wait || restarting.length === 0) return;
  const failure = await waitFor(engine, restarting, before, converge);
  if (failure !== undefined) throw account.notConverged(failure, await heldPlaceHints(restarting, context));
  account.proved(restarting);
}
