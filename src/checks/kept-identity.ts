import type { VolumeMount } from '../compose/types.ts';
import { STACK_NAMESPACE, type SwarmNode } from '../engine/port.ts';
import { findNode } from '../place/named-node.ts';
import { takesTasks } from '../place/filters.ts';
import type { Identity, KeptIdentity } from '../sdk/definition.ts';
import { isLeftOver, ownerLabels } from '../swarm/jobs/owner.ts';
import { runJob, sweepJobs } from '../swarm/jobs/run.ts';
import type { Check, CheckContext, Finding, LiveSwarm } from './check.ts';
import { ownService } from './own-service.ts';

/** Label value of the jobs. */
const KIND = 'kept-identity';
/** Of each job; pulling the image is in it. The check's own time must not be over before. */
const TIMEOUT_MS = 22_000;
/** The file is read so far: an identity stands in a small one. */
const MOST_BYTES = 64 * 1024;

/** A volume that may be there from before, and what it must hold if it is. */
interface Kept {
  identity: Identity;
  where: KeptIdentity;
  mount: VolumeMount;
  image: string;
  node: SwarmNode;
}

/**
 * A volume that stayed when its stack was destroyed is of the former cluster: a bundle made anew has another identity,
 * and the software refuses the data, or joins the wrong cluster. Each volume of a service that is to be created is read
 * on its node, by a job in the service's own image. Of the node that is asked it is known which volumes it has; on
 * another, one that is not there yet is made by that, as the service would make it.
 */
export const keptIdentity: Check = {
  name: 'kept-identity',
  title: 'kept volumes are of this cluster',
  offline: false,
  waitsFor: 'jobs that read kept volumes',
  async run(context, signal) {
    const { live } = context;
    const wanted = live === undefined ? [] : keptOf(context, live);
    if (live === undefined || wanted.length === 0) return [];
    if (!context.mayStartJobs)
      return [{ level: 'info', text: 'volumes kept from before are not read: a dry run starts no job' }];
    const { systemTime, swarm } = await live.engine.info();
    const here = new Set((await live.engine.localVolumes({})).map(({ name }) => name));
    const asked = wanted.filter(
      ({ node, mount }) => node.id !== swarm.nodeId || here.has(`${context.stack}_${mount.source}`),
    );
    if (asked.length === 0) return [];
    const now = Date.parse(systemTime);
    const me = context.operator;
    await sweepJobs(live.engine, context.stack, KIND, (labels) => isLeftOver(labels, now, me));
    const labels = ownerLabels(me, now + TIMEOUT_MS);
    const found = await Promise.all(asked.map((kept) => findingOf(kept, context, live, labels, signal)));
    return found.flat();
  },
};

function keptOf({ stack, plan, document }: CheckContext, { services, nodes }: LiveSwarm): Kept[] {
  return (plan.identities ?? []).flatMap((identity) =>
    identity.kept.flatMap((where): Kept[] => {
      const service = document.services[where.service];
      const mount = service?.volumes?.find(
        ({ type, target }) => type === 'volume' && where.path.startsWith(`${target}/`),
      );
      // What a service finds that exists is what it works with.
      const exists = ownService(stack, services, where.service) !== undefined;
      const [name = ''] = plan.placements.find((each) => each.services.includes(where.service))?.nodes ?? [];
      const { node } = findNode(nodes, name);
      if (service === undefined || mount === undefined || exists || node === undefined || !takesTasks(node)) return [];
      return [{ identity, where, mount, image: service.image, node }];
    }),
  );
}

async function findingOf(
  { identity, where, mount, image, node }: Kept,
  { stack, identities, clock, document }: CheckContext,
  { engine }: LiveSwarm,
  labels: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<Finding[]> {
  const volume = `${stack}_${mount.source}`;
  const { ok, text, lines } = await runJob(
    engine,
    {
      stack,
      kind: KIND,
      labels,
      image,
      command: ['sh', '-c', `[ ! -e "$1" ] || head -c ${MOST_BYTES} "$1"`, 'sh', where.path],
      networks: [],
      constraints: [`node.id == ${node.id}`],
      volumes: [
        {
          source: volume,
          target: mount.target,
          labels: { ...document.volumes[mount.source]?.labels, [STACK_NAMESPACE]: stack },
        },
      ],
      timeoutMs: TIMEOUT_MS,
    },
    { clock, signal },
  );
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
