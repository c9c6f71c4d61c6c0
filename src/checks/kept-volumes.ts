import type { VolumeMount } from '../compose/types.ts';
import { STACK_NAMESPACE, type Engine, type SwarmNode } from '../engine/port.ts';
import { takesTasks } from '../place/filters.ts';
import { findNode } from '../place/named-node.ts';
import { isLeftOver, ownerLabels } from '../swarm/jobs/owner.ts';
import type { JobResult } from '../swarm/jobs/result.ts';
import { runJob, sweepJobs, type JobRequest } from '../swarm/jobs/run.ts';
import { allEnded } from '../swarm/jobs/all-ended.ts';
import type { CheckContext, LiveSwarm } from './check.ts';
import { ownService } from './own-service.ts';

/** Time of a check that reads volumes, in seconds: on hosts that were installed anew each job pulls its image first. */
export const READ_SECONDS = 120;
/** Of each job. The check's own time must not be over before. */
const TIMEOUT_MS = (READ_SECONDS - 10) * 1000;

/**
 * What was read, by the connection, which is a command's own: what it could not tell before its question, it does not
 * ask for once more under the lock.
 */
const known = new WeakMap<Engine, Map<string, JobResult>>();

/** What checks say of kept volumes if no job may run. */
export const NOT_READ = 'volumes kept from before are not read: a dry run starts no job';

/** A volume that may be there from before, on the node that is to run its service. */
export interface KeptVolume {
  service: string;
  /** In the container, in the volume. */
  path: string;
  /** Its name on the node. */
  volume: string;
  mount: VolumeMount;
  image: string;
  node: SwarmNode;
}

/**
 * The volume of a service that is to be created; undefined if the service exists (what it finds it works with), and
 * else as `volumeAt`.
 */
export function keptVolume(
  context: CheckContext,
  live: LiveSwarm,
  wanted: Pick<KeptVolume, 'service' | 'path'>,
): KeptVolume | undefined {
  if (ownService(context.stack, live.services, wanted.service) !== undefined) return undefined;
  return volumeAt(context, live, wanted);
}

/**
 * The volume of a service in which a path is, and the node that bundle.yaml names for it; undefined if nothing can be
 * started on that node, or if the path is in no volume.
 */
export function volumeAt(
  { stack, plan, document }: CheckContext,
  { nodes }: LiveSwarm,
  { service: name, path }: Pick<KeptVolume, 'service' | 'path'>,
): KeptVolume | undefined {
  const service = document.services[name];
  const mount = service?.volumes?.find(({ type, target }) => type === 'volume' && path.startsWith(`${target}/`));
  const [wanted = ''] = plan.placements.find((each) => each.services.includes(name))?.nodes ?? [];
  const { node } = findNode(nodes, wanted);
  if (service === undefined || mount === undefined || node === undefined || !takesTasks(node)) return undefined;
  return { service: name, path, volume: `${stack}_${mount.source}`, mount, image: service.image, node };
}

/**
 * Reads each on its node, by a job in the service's own image, once a command. Of the node that is asked it is known
 * which volumes it has; on another, one that is not there yet is made by that, as the service would make it.
 * @param kind label value of the jobs
 * @param script of a shell, whose first argument is the path
 * @returns the jobs' results; nothing of a volume that is not there
 */
export async function readKept<Kept extends KeptVolume>(
  kind: string,
  script: string,
  wanted: readonly Kept[],
  { stack, operator, clock, document }: CheckContext,
  { engine }: LiveSwarm,
  signal: AbortSignal | undefined,
): Promise<{ kept: Kept; result: JobResult }[]> {
  const { systemTime, swarm } = await engine.info();
  const here = new Set((await engine.localVolumes({})).map(({ name }) => name));
  const answers = known.get(engine) ?? new Map<string, JobResult>();
  known.set(engine, answers);
  const jobs = wanted
    .filter(({ node, volume }) => node.id !== swarm.nodeId || here.has(volume))
    .map((kept) => {
      const { image, path, volume, mount, node } = kept;
      const { labels: own, driver, driverOpts: options } = document.volumes[mount.source] ?? {};
      const volumeLabels = { ...own, [STACK_NAMESPACE]: stack };
      // Without them a job would make another volume than the service's, which docker then leaves as it is.
      const made = (driver ?? options) === undefined ? {} : { driver: { name: driver ?? '', options: options ?? {} } };
      const job: Omit<JobRequest, 'labels'> = {
        ...{ stack, kind, image, command: ['sh', '-c', script, 'sh', path], networks: [] },
        constraints: [`node.id == ${node.id}`],
        volumes: [{ source: volume, target: mount.target, labels: volumeLabels, ...made }],
        timeoutMs: TIMEOUT_MS,
      };
      return { kept, job, key: JSON.stringify(job) };
    });
  const open = jobs.filter(({ key }) => !answers.has(key));
  if (open.length > 0) {
    const now = Date.parse(systemTime);
    await sweepJobs(engine, stack, kind, (labels) => isLeftOver(labels, now, operator));
    const labels = ownerLabels(operator, now + TIMEOUT_MS);
    await allEnded(
      open.map(async ({ job, key }) => answers.set(key, await runJob(engine, { ...job, labels }, { clock, signal }))),
    );
  }
  return jobs.flatMap(({ kept, key }) => {
    const result = answers.get(key);
    return result === undefined ? [] : [{ kept, result }];
  });
}
