import type { Mount, ServiceSpec } from '../compose/spec.ts';
import type { ComposeService } from '../compose/types.ts';
import type { MountedAt, StillUsed } from '../sdk/definition.ts';
import type { CheckContext } from './check.ts';
import { dataNodes } from './data-nodes.ts';
import { ownService } from './own-service.ts';

/** What is looked at: a plan has no more. */
export type LeftContext = Pick<CheckContext, 'stack' | 'plan' | 'document' | 'live' | 'backTo'>;

/** What of a service that exists is mounted no more. */
interface LeftMount {
  /** `volume prod_data`, `directory /srv/data` */
  was: string;
  target: string;
  /** What is there in place of it; undefined if nothing is. */
  now: string | undefined;
}

/**
 * Volumes and directories that a service writes to and has no more in the document. One that it mounts elsewhere counts
 * as kept. A directory with nothing in its place (a socket of the host) counts only if the definition names it.
 * @param used what the definition says of mounts, by their targets
 * @returns a sentence for each, with all services that leave it, and what to do first
 */
export function leftMounts(
  context: LeftContext,
  used: readonly (Omit<StillUsed, 'at'> & { at: MountedAt })[],
): { text: string; hint: string }[] {
  const { stack, document, live } = context;
  const all = new Map<string, LeftMount & { services: string[] }>();
  for (const [name, service] of Object.entries(document.services)) {
    const spec = ownService(stack, live?.services ?? [], name)?.spec as ServiceSpec | undefined;
    for (const mount of spec?.TaskTemplate?.ContainerSpec?.Mounts ?? []) {
      const left = leftMount(stack, mount, service);
      if (left === undefined) continue;
      if (mount.Type === 'bind' && left.now === undefined && !used.some(({ at }) => at.mount === left.target)) continue;
      const key = JSON.stringify(left);
      all.set(key, { ...left, services: [...(all.get(key)?.services ?? []), name] });
    }
  }
  return [...all.values()].map(({ was, target, now, services }) => {
    const nodes = services.flatMap((name) => dataNodes(context, name)?.now ?? []);
    const on = [...new Set(nodes.map(({ hostname }) => hostname))].join(', ');
    const { why, hint } = used.find(({ at }) => at.mount === target) ?? {};
    return {
      text:
        `${services.join(', ')} would have ${now ?? 'nothing'} at ${target} in place of ${was}` +
        `${on === '' ? '' : ` on ${on}`}, whose content stays behind${why === undefined ? '' : `: ${why}`}`,
      hint: hint ?? 'stop who writes to it and copy its content',
    };
  });
}

function leftMount(
  stack: string,
  { Type, Source, Target = '', ReadOnly }: Mount,
  { volumes = [], tmpfs = [] }: ComposeService,
): LeftMount | undefined {
  if (!Source || ReadOnly === true || (Type !== 'volume' && Type !== 'bind')) return undefined;
  const was = mountText(Type, Source);
  const wanted = volumes.map(({ type, source, target }) => ({
    text: mountText(type, type === 'volume' ? `${stack}_${source}` : source),
    target,
  }));
  if (wanted.some(({ text }) => text === was)) return undefined;
  const now = wanted.find(({ target }) => target === Target)?.text;
  return { was, target: Target, now: now ?? (tmpfs.some(({ target }) => target === Target) ? 'memory' : undefined) };
}

const mountText = (type: 'volume' | 'bind', source: string): string =>
  type === 'volume' ? `volume ${source}` : `directory ${source}`;
