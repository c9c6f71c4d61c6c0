import { readHistory } from '../release/store.ts';
import type { SecretState } from '../bundle/secret-state.ts';
import type { LocalVolume } from '../engine/port.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { ownService } from './own-service.ts';

/**
 * A volume that stayed when its stack was destroyed keeps the passwords of that time: a bundle made anew has others, and the
 * service that finds its old data refuses them. Seen on the node of the engine that is asked; no other lists its
 * volumes.
 */
export const oldData: Check = {
  name: 'old-data',
  title: 'data from before',
  offline: false,
  async run(context) {
    const { stack, live } = context;
    const kept = live === undefined ? [] : context.secrets.filter(({ need }) => (need.keptIn ?? []).length > 0);
    // A service that runs was deployed by hand: what it finds is what it works with.
    if (live === undefined || kept.length === 0 || hasServices(context)) return [];
    const volumes = await live.engine.localVolumes({ stack });
    const found = kept.flatMap((secret) =>
      volumes.filter((volume) => isOlder(volume, secret, stack)).map((volume) => ({ secret, volume })),
    );
    if (found.length === 0) return [];
    const { releases, unreadable } = await readHistory(live.engine, stack);
    if (releases.length + unreadable.length > 0) return [];
    return found.map(({ secret, volume }) => finding(secret, volume, context));
  },
};

const hasServices = ({ stack, document, live }: CheckContext): boolean =>
  Object.keys(document.services).some((own) => ownService(stack, live?.services ?? [], own) !== undefined);

/** Whether a volume holds data under a value that was there before this one. */
function isOlder({ name, createdAt }: LocalVolume, { need, created }: SecretState, stack: string): boolean {
  if (createdAt === undefined || !(need.keptIn ?? []).some((volume) => name === `${stack}_${volume}`)) return false;
  return Date.parse(createdAt) < Date.parse(created);
}

function finding(
  { need, part, created }: SecretState,
  volume: LocalVolume,
  { stack, info, live }: CheckContext,
): Finding {
  const input = need.inputs[part];
  const node = live?.nodes.find(({ id }) => id === info?.swarm.nodeId)?.hostname;
  const where = node === undefined ? 'the node of this engine' : node;
  return {
    level: 'error',
    ...(node === undefined ? {} : { node }),
    text:
      `volume ${volume.name} on ${where} is from before (${day(volume.createdAt)}) and no release of ${stack} is in ` +
      `this swarm, but the ${need.purpose} was made ${day(created)}: the data there refuses it`,
    hint:
      'either keep the data with its old password: ' +
      `\`bundle init\` with --set secretFiles.${input ?? need.secret}=FILE` +
      `, then --ignore old-data; or start empty: on ${where}, docker volume rm ${volume.name} (deletes its data for good)`,
  };
}

const day = (time = ''): string => time.slice(0, 10);
