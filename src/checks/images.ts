import { userImage } from '../compose/user-image.ts';
import { digestIn } from '../image/reference.ts';
import { refusalOf, type Refusal, type RefusalKind } from '../image/refusal.ts';
import { imageOf } from '../place/requirements.ts';
import { unpinnedWarning } from '../quorum/image-digests.ts';
import { takesImage } from '../quorum/resolve-image.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { holdingOf, stoppedFor, type StoppedFor } from './image-held.ts';

/**
 * Asks the registry for each image, through the engine. A definite no is an error, for the tasks that run would be
 * stopped for it, unless every node that will run the image holds it. A registry that does not answer, or answers with
 * something else, is a warning: what nodes hold starts nevertheless. One that does not answer is an error too if what
 * runs is to be stopped for another image, and it told of the one that runs: then it is away for now, and nodes would
 * ask in vain as well. It never told a swarm whose nodes were given their images by hand, or whose managers reach no
 * registry. What answers with something else, a limit or a mirror's word, may answer nodes otherwise. Nor is it an
 * error of a way back: its images ran on these nodes, and it may be what ends an outage.
 */
export const images: Check = {
  name: 'images',
  title: 'images',
  offline: false,
  waitsFor: 'the registries, through the engine',
  async run(context) {
    const references = [...new Set(Object.values(context.document.services).map((service) => service.image))];
    const bad = (await Promise.all(references.map((image) => look(image, context)))).flat();
    return bad.length > 0 ? bad : [{ level: 'ok', text: `${references.length} found in their registries` }];
  },
};

async function look(image: string, context: CheckContext): Promise<Finding[]> {
  let digest: string;
  try {
    ({ digest } = await context.inRegistry(image));
  } catch (error) {
    return [await refused(image, refusalOf(error), context)];
  }
  const learned = context.wrapped[image]?.digest;
  if (learned === undefined || learned === digest || keepsEverywhere(image, learned, context))
    return leftAsItRuns(image, digest, context);
  return [
    {
      level: 'warning',
      text:
        `${image} is another image now than the one whose entrypoint bundle.lock.json has: the wrapper might start ` +
        'the wrong program',
      hint: `docker pull ${image}, then \`bundle init\` on this directory reads it anew`,
    },
  ];
}

const servicesOf = (image: string, { document: { services } }: CheckContext): string[] =>
  Object.keys(services).filter((name) => services[name]?.image === image);

/** In place of a digest: the tag alone. */
const UNPINNED = 'unpinned';

/** Digests that services deployed by these words run, by name; undefined of one that gets its image now. */
function runningDigests(image: string, context: CheckContext): Map<string, string | undefined> {
  const { stack, live } = context;
  return new Map(
    servicesOf(image, context).map((name) => {
      const spec = live?.services.find((service) => service.name === `${stack}_${name}`)?.spec;
      return [name, spec && userImage(spec) === image ? (digestIn(imageOf(spec)) ?? UNPINNED) : undefined];
    }),
  );
}

/** Whether all its services run one digest and go on with it, which `docker stack deploy` by hand does not grant. */
function keepsEverywhere(image: string, digest: string, context: CheckContext): boolean {
  return !context.byHand && [...runningDigests(image, context).values()].every((running) => running === digest);
}

/** Services that go on with what they run, though its tag means another image by now, or they have no digest of it. */
function leftAsItRuns(image: string, digest: string, context: CheckContext): Finding[] {
  // A rollback brings images back by digest.
  if (context.byHand || context.backTo !== undefined) return [];
  const others = [...runningDigests(image, context)].filter(([, now]) => now !== undefined && now !== digest);
  if (others.length === 0) return [];
  const taking = context.planned().services.flatMap((change) => (takesImage(change) ? [change.name] : []));
  const left = others.filter(([name]) => !taking.includes(name));
  const unpinned = left.flatMap(([name, now]) => (now === UNPINNED ? [name] : []));
  const moved = left.flatMap(([name, now]) => (now === UNPINNED ? [] : [name]));
  return [
    ...(unpinned.length > 0 ? [unpinnedWarning(image, unpinned, digest)] : []),
    ...(moved.length > 0 ? [movedWarning(image, moved, digest)] : []),
  ];
}

const movedWarning = (image: string, services: readonly string[], digest: string): Finding => ({
  level: 'warning',
  text: `${image} is another image now than the one that runs (${services.join(', ')}); deploy leaves it as it is`,
  hint: `to take it: push it under another tag, or name it in bundle.yaml as ${image}@${digest}`,
});

const SAYS: Record<RefusalKind, (image: string, words: string) => string> = {
  absent: (image, words) => `${image}: its registry has no such image (${words})`,
  denied: (image, words) => `${image}: its registry does not give it to this log-in (${words})`,
  unreachable: (image, words) => `${image}: its registry does not answer (${words})`,
  unclear: (image, words) =>
    `${image}: its registry was asked, and it is not known whether it has the image (${words})`,
};

const MENDS: Record<RefusalKind, string> = {
  absent: 'correct the name or the tag in bundle.yaml, or push the image; `docker push` shows what the registry takes',
  denied:
    '`docker login` to its registry on this machine: the log-in goes to the nodes with each service that is deployed. ' +
    'Registries also say so of a name that does not exist',
  unreachable: 'nodes that do not hold this image cannot start its tasks until the registry answers',
  unclear: 'nodes that do not hold this image may be unable to start its tasks; try `docker pull` on one of them',
};

/** What is absent from a registry that had it is of no use in the answers: a way back does not ask those. */
const mendOf = (kind: RefusalKind, { backTo }: CheckContext): string =>
  kind === 'absent' && backTo !== undefined
    ? `release ${String(backTo)} ran it: push it again from a node that holds it (\`docker image ls --digests\` there), ` +
      'or choose another release with --to'
    : MENDS[kind];

async function refused(image: string, { kind, words }: Refusal, context: CheckContext): Promise<Finding> {
  const text = SAYS[kind](image, words);
  const mend = mendOf(kind, context);
  const services = servicesOf(image, context);
  if (kind === 'unreachable' || kind === 'unclear')
    return notTold({ kind, text, mend }, await stoppedFor(context, image, services), context);
  const { proved, unproved } = await holdingOf(context, image, services);
  if (unproved.length === 0 && proved.size > 0) {
    const nodes = [...proved].map(([node, how]) => `${node} (${how})`).join(', ');
    return {
      level: 'warning',
      text: `${text}; every node that will run it holds it: ${nodes}`,
      hint: `a node that loses it cannot get it again: ${mend}`,
    };
  }
  const where = unproved.length === 0 ? '' : `; it is not known to be on ${unproved.join(', ')}`;
  return {
    level: 'error',
    text: `${text}${where}`,
    hint: `${mend}; if the nodes hold it, continue with --ignore images`,
  };
}

/** Of a registry that did not say whether it has the image. @param stopped what a deployment would stop for it */
function notTold(
  { kind, text, mend }: { kind: RefusalKind; text: string; mend: string },
  stopped: readonly StoppedFor[],
  { backTo }: CheckContext,
): Finding {
  if (stopped.length === 0) return { level: 'warning', text, hint: mend };
  const services = stopped.map(({ service }) => service).join(', ');
  const nodes = [...new Set(stopped.flatMap(({ unproved }) => unproved))].join(', ');
  const outage = `${text}; to be stopped for it: ${services}; it is not known to be on ${nodes}`;
  if (kind !== 'unreachable' || backTo !== undefined || !stopped.some(({ askedBefore }) => askedBefore))
    return { level: 'warning', text: outage, hint: mend };
  return {
    level: 'error',
    text: outage,
    hint:
      'deploy once the registry answers; if the nodes hold it, or get what this engine cannot ask for, continue ' +
      'with --ignore images',
  };
}
