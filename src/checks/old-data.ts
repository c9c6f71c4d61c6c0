import { FILE, formerFile, LABEL } from '../bundle/names.ts';
import type { SecretState } from '../bundle/secret-state.ts';
import type { LocalVolume } from '../engine/port.ts';
import { isLabelled, ownVolumes } from '../plan/own-volumes.ts';
import { versionOf } from '../release/choose.ts';
import type { StoredRelease } from '../release/record.ts';
import { keptVersion } from '../release/same-secret.ts';
import { readHistory, type History } from '../release/store.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { ownService } from './own-service.ts';

/**
 * A volume that stayed when its service went keeps the passwords of that time: the service that finds its old data
 * refuses another one, and nobody runs who could be told of it. The releases say which it goes by, wherever the volume
 * is. Without them the volume itself does if it is older than the password, on the node of the engine that is asked: no
 * other lists its volumes.
 */
export const oldData: Check = {
  name: 'old-data',
  title: 'data from before',
  offline: false,
  async run(context) {
    const { stack, live } = context;
    const kept = context.secrets.filter((secret) => volumesOf(secret).length > 0 && !mayBeTold(secret, context));
    if (live === undefined || kept.length === 0) return [];
    const [history, volumes] = await Promise.all([readHistory(live.engine, stack), live.engine.localVolumes({})]);
    const local = ownVolumes(stack, { document: context.document, services: live.services }, volumes);
    return kept.flatMap((secret) => findingsOf(secret, context, history, local));
  },
};

const volumesOf = ({ need: { keptIn = [] } }: SecretState): readonly string[] => keptIn;

/** Whether a service exists that is told of another version, or works with its data as it is: somebody deployed it. */
function mayBeTold(secret: SecretState, { stack, plan, document, live }: CheckContext): boolean {
  const volumes = volumesOf(secret);
  const holders = Object.entries(document.services).flatMap(([name, service]) =>
    (service.volumes ?? []).some(({ type, source }) => type === 'volume' && volumes.includes(source)) ? [name] : [],
  );
  const services = plan.told?.find(({ file }) => file === secret.file)?.services ?? holders;
  return services.some((name) => ownService(stack, live?.services ?? [], name) !== undefined);
}

function findingsOf(secret: SecretState, context: CheckContext, history: History, local: LocalVolume[]): Finding[] {
  const { known, maybe, unread } = keptVersion(secret.need, history, context.needsOf);
  const hasIt = ({ lock }: StoredRelease): boolean =>
    lock.secrets[secret.need.secret]?.fingerprints[secret.part] === secret.labels[LABEL.fingerprint];
  const older = local.filter((volume) => isOlder(volume, secret, context.stack));
  if (known === undefined ? older.length === 0 : hasIt(known) || isGone(secret, context)) return [];
  const open = maybe.find(hasIt);
  if (unread !== undefined)
    return [untold(secret, `this version of bundle cannot read release ${unread}`, known, context.stack)];
  if (open !== undefined) return [untold(secret, `release ${open.number} did not end well`, known, context.stack)];
  if (known !== undefined) return [ofRelease(secret, known, context)];
  // The first one was made with the bundle; whoever ran may have been told of a later one.
  if (ownVersion(secret) > 1)
    return [untold(secret, 'it replaced another one, and no release tells who was told of it', known, context.stack)];
  return older.map((volume) =>
    // When it was made says nothing of the age of what was put into it since.
    isLabelled(context.stack, volume)
      ? ofVolume(secret, volume, context)
      : untold(secret, `${volume.name} was made by hand, as in a restore`, known, context.stack),
  );
}

/** Whether a volume holds data under a value that was there before this one. */
function isOlder({ name, createdAt }: LocalVolume, secret: SecretState, stack: string): boolean {
  if (createdAt === undefined || !volumesOf(secret).some((volume) => name === `${stack}_${volume}`)) return false;
  return Date.parse(createdAt) < Date.parse(secret.created);
}

/** Whether all of its volumes were seen not to be there. */
function isGone(secret: SecretState, { stack, planned }: CheckContext): boolean {
  const { volumes } = planned();
  return volumesOf(secret).every((own) => {
    const found = volumes.filter(({ name }) => name === `${stack}_${own}`);
    return found.length > 0 && found.every(({ action, seen }) => action === 'create' && seen);
  });
}

/** `the data in prod_db-1, prod_db-2` */
const dataOf = (secret: SecretState, stack: string): string =>
  `the data in ${volumesOf(secret)
    .map((volume) => `${stack}_${volume}`)
    .join(', ')}`;

const ownVersion = ({ name }: SecretState): number => versionOf(name)[1];

/** How its former content comes back. */
const giveAgain = ({ need: { inputs }, part, file }: SecretState): string =>
  inputs[part] === undefined
    ? `write it into ${FILE.secrets}/${file}, then \`bundle init\``
    : `\`bundle init --set secretFiles.${inputs[part]}=FILE\``;

function ofRelease(secret: SecretState, known: StoredRelease, { stack, plan }: CheckContext): Finding {
  const { need, file } = secret;
  const version = known.lock.secrets[need.secret]?.version ?? 0;
  const told = plan.told?.some((each) => each.file === file) === true;
  return {
    level: 'error',
    text:
      `${dataOf(secret, stack)} goes by version ${version} of ${need.secret} (${need.purpose}), that of release ` +
      `${known.number}: it refuses version ${ownVersion(secret)}, and nothing runs that could be told of it`,
    hint: [
      `\`bundle rollback --to ${known.number}\` brings both back` +
        (told ? ', and `bundle deploy` after it tells what runs of the present version' : ''),
      `give version ${version} again: ${giveAgain(secret)} (it is ${FILE.secrets}/${formerFile(file, version)} if ` +
        '`init` put another one in its place)',
      'without that data: remove its volume, then --ignore old-data',
    ].join('; or '),
  };
}

function untold(secret: SecretState, doubt: string, known: StoredRelease | undefined, stack: string): Finding {
  const { need } = secret;
  return {
    level: 'unsure',
    text:
      `whether ${dataOf(secret, stack)} goes by version ${ownVersion(secret)} of ${need.secret} (${need.purpose}) ` +
      `cannot be told: ${doubt}`,
    ...(known && { hint: `if it is refused: \`bundle rollback --to ${known.number}\`, which has the one before` }),
  };
}

function ofVolume(secret: SecretState, volume: LocalVolume, { stack, info, live }: CheckContext): Finding {
  const { need, created } = secret;
  const node = live?.nodes.find(({ id }) => id === info?.swarm.nodeId)?.hostname;
  const where = node === undefined ? 'the node of this engine' : node;
  return {
    level: 'error',
    ...(node === undefined ? {} : { node }),
    text:
      `volume ${volume.name} on ${where} is from before (${day(volume.createdAt)}) and no release of ${stack} in ` +
      `this swarm ran with it, but the ${need.purpose} was made ${day(created)}: the data there refuses it`,
    hint:
      `either keep the data with its old password: ${giveAgain(secret)}, then --ignore old-data; or start empty: on ` +
      `${where}, docker volume rm ${volume.name} (deletes its data for good)`,
  };
}

const day = (time = ''): string => time.slice(0, 10);
