import { isJob } from '../compose/modes.ts';
import type { ComposeService, VolumeMount } from '../compose/types.ts';
import { listText } from '../place/words.ts';
import type { CheckContext } from './check.ts';

type MountContext = Pick<CheckContext, 'plan' | 'document'>;

/** What hosts have by themselves: no data of a member, also if a task writes there. */
const OF_THE_HOST =
  /^\/*$|^\/(proc|sys|dev|run|etc|usr|bin|sbin|lib(32|64|x32)?|boot|tmp|var\/(run|tmp|log))(\/|$)|\.sock$/;

/**
 * Mounts in which a service keeps data that stays on its node: volumes, and directories of the host that it writes to.
 * Not those that several nodes share, as the definition says.
 */
function keptMounts({ plan }: MountContext, { volumes = [] }: Pick<ComposeService, 'volumes'>): VolumeMount[] {
  return volumes.filter(
    ({ type, source, readOnly }) =>
      type === 'volume' ||
      (readOnly !== true &&
        !OF_THE_HOST.test(source) &&
        plan.sharedDirectories?.some((shared) => `${source}/`.startsWith(`${shared.replace(/\/+$/, '')}/`)) !== true),
  );
}

/** What the definition says of services that may start without their data, to follow a hint. */
export function withoutDataText({ plan }: Pick<CheckContext, 'plan'>, services: readonly string[]): string {
  return plan.placements
    .filter((placement) => placement.services.some((name) => services.includes(name)))
    .map(({ withoutData }) => (withoutData === undefined ? '' : `; ${withoutData}`))
    .join('');
}

/** The directories of hosts among them, sorted. */
export function keptDirectories(context: MountContext, services: readonly string[]): string[] {
  const mounts = services.flatMap((name) => keptMounts(context, context.document.services[name] ?? {}));
  return [...new Set(mounts.flatMap(({ type, source }) => (type === 'bind' ? [source] : [])))].sort();
}

/**
 * Those of these services that keep data on their node. A job only if no service that stays up keeps the same: a job
 * is not moved with the data, and where it ran says nothing of where they are.
 */
export function keepingServices(context: MountContext, services: readonly string[]): string[] {
  const { document } = context;
  const mountsOf = (service: ComposeService): string[] =>
    keptMounts(context, service).map(({ type, source }) => `${type} ${source}`);
  const kept = new Set(
    Object.values(document.services)
      .filter((service) => !isJob(service))
      .flatMap(mountsOf),
  );
  return services.filter((name) => {
    const service = document.services[name];
    return service !== undefined && mountsOf(service).some((mount) => !isJob(service) || !kept.has(mount));
  });
}

/** In what these services keep data, as one word. */
export function keptWord(context: MountContext, services: readonly string[]): 'volume' | 'directory' | 'data' {
  if (keptDirectories(context, services).length === 0) return 'volume';
  return hasVolume(context, services) ? 'data' : 'directory';
}

/** `volume`, `directory /srv/a`, `volume and directory /srv/a` */
export const keptText = (context: MountContext, services: readonly string[]): string =>
  listText([
    ...(hasVolume(context, services) ? ['volume'] : []),
    ...keptDirectories(context, services).map((path) => `directory ${path}`),
  ]);

const hasVolume = ({ document }: MountContext, services: readonly string[]): boolean =>
  services.some((name) => document.services[name]?.volumes?.some(({ type }) => type === 'volume') === true);
