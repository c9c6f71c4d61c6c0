import type { Identity, KeptIdentity } from '../sdk/definition.ts';
import type { JobResult } from '../swarm/jobs/result.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { keptVolume, NOT_READ, READ_SECONDS, readKept, type KeptVolume } from './kept-volumes.ts';

/** The file is read so far: an identity stands in a small one. */
const MOST_BYTES = 64 * 1024;

/** A volume that may be there from before, and what it must hold if it is. */
interface Kept extends KeptVolume {
  identity: Identity;
  where: KeptIdentity;
}

/**
 * A volume that stayed when its stack was destroyed is of the former cluster: a bundle made anew has another identity,
 * and the software refuses the data, or joins the wrong cluster. Each volume of a service that is to be created is read
 * on its node.
 */
export const keptIdentity: Check = {
  name: 'kept-identity',
  title: 'kept volumes are of this cluster',
  offline: false,
  waitsFor: 'jobs that read kept volumes',
  limitSeconds: READ_SECONDS,
  async run(context, signal) {
    const { live } = context;
    const wanted =
      live === undefined
        ? []
        : (context.plan.identities ?? []).flatMap((identity) =>
            identity.kept.flatMap((where): Kept[] => {
              const kept = keptVolume(context, live, where);
              return kept === undefined ? [] : [{ ...kept, identity, where }];
            }),
          );
    if (live === undefined || wanted.length === 0) return [];
    if (!context.mayStartJobs) return [{ level: 'info', text: NOT_READ }];
    const script = `[ ! -e "$1" ] || head -c ${MOST_BYTES} "$1"`;
    const read = await readKept('kept-identity', script, wanted, context, live, signal);
    return read.flatMap(({ kept, result }) => findingOf(kept, result, context));
  },
};

function findingOf(
  { identity, where, volume, node }: Kept,
  { ok, text, lines }: JobResult,
  { identities }: CheckContext,
): Finding[] {
  const about = { node: node.hostname };
  if (!ok) {
    const why = `could not tell whether volume ${volume} holds data of another ${identity.name}: ${text}`;
    return [{ ...about, level: 'unsure', text: why, hint: `on ${node.hostname}: docker volume inspect ${volume}` }];
  }
  const pattern = new RegExp(where.pattern);
  const held = lines.map((line) => pattern.exec(line)?.[1]).find((value) => value !== undefined);
  if (held === undefined || held === identities[identity.name]) return [];
  return [
    {
      ...about,
      level: 'error',
      text:
        `volume ${volume} on ${node.hostname} was kept from another cluster: its ${identity.name} is ${held}, and ` +
        `that of this bundle is ${identities[identity.name] ?? 'not made yet'}`,
      hint:
        'to go on with that data, use the bundle whose bundle.lock.json has that value; to start empty, on ' +
        `${node.hostname}: docker volume rm ${volume} (deletes its data for good)`,
    },
  ];
}
