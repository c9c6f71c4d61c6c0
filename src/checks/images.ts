import { userImage } from '../compose/user-image.ts';
import { digestIn } from '../image/reference.ts';
import { refusalOf, type Refusal, type RefusalKind } from '../image/refusal.ts';
import { imageOf } from '../place/requirements.ts';
import { byResolution } from '../quorum/resolve-image.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { holdingOf } from './image-held.ts';

/**
 * Asks the registry for each image, through the engine. A definite no is an error, for the tasks that run would be
 * stopped for it, unless every node that will run the image holds it. A registry that does not answer, or answers with
 * something else, is a warning: what nodes hold starts nevertheless.
 */
export const images: Check = {
  name: 'images',
  title: 'images',
  offline: false,
  waitsFor: 'the registries, through the engine',
  async run(context) {
    const references = [...new Set(Object.values(context.document.services).map((service) => service.image))];
    const findings = await Promise.all(references.map((image) => look(image, context)));
    const bad = findings.filter((finding): finding is Finding => finding !== undefined);
    return bad.length > 0 ? bad : [{ level: 'ok', text: `${references.length} found in their registries` }];
  },
};

async function look(image: string, context: CheckContext): Promise<Finding | undefined> {
  let digest: string;
  try {
    ({ digest } = await context.inRegistry(image));
  } catch (error) {
    return refused(image, refusalOf(error), context);
  }
  const learned = context.wrapped[image]?.digest;
  if (learned === undefined || learned === digest || keepsEverywhere(image, learned, context))
    return leftAsItRuns(image, digest, context);
  return {
    level: 'warning',
    text:
      `${image} is another image now than the one whose entrypoint bundle.lock.json has: the wrapper might start ` +
      'the wrong program',
    hint: `docker pull ${image}, then \`bundle init\` on this directory reads it anew`,
  };
}

/** Digests that services deployed by these words run, by name; undefined of one that gets its image now. */
function runningDigests(image: string, { stack, document, live }: CheckContext): Map<string, string | undefined> {
  const named = Object.keys(document.services).filter((name) => document.services[name]?.image === image);
  return new Map(
    named.map((name) => {
      const spec = live?.services.find((service) => service.name === `${stack}_${name}`)?.spec;
      return [name, spec && userImage(spec) === image ? digestIn(imageOf(spec)) : undefined];
    }),
  );
}

/** Whether all its services run one digest and go on with it, which `docker stack deploy` by hand does not grant. */
function keepsEverywhere(image: string, digest: string, context: CheckContext): boolean {
  return !context.byHand && [...runningDigests(image, context).values()].every((running) => running === digest);
}

/** Services that go on with the image that they run, though its tag means another one by now. */
function leftAsItRuns(image: string, digest: string, context: CheckContext): Finding | undefined {
  // A rollback brings images back by digest.
  if (context.byHand || context.backTo !== undefined) return undefined;
  const others = [...runningDigests(image, context)].filter(([, now]) => now !== undefined && now !== digest);
  if (others.length === 0) return undefined;
  const taking = byResolution(Object.keys(context.document.services), context.planned()).flatMap(([way, names]) =>
    way === 'always' ? names : [],
  );
  const left = others.flatMap(([name]) => (taking.includes(name) ? [] : [name]));
  if (left.length === 0) return undefined;
  return {
    level: 'warning',
    text: `${image} is another image now than the one that runs (${left.join(', ')}); deploy leaves it as it is`,
    hint: `to take it: push it under another tag, or name it in bundle.yaml as ${image}@${digest}`,
  };
}

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
  if (kind === 'unreachable' || kind === 'unclear') return { level: 'warning', text, hint: mend };
  const { proved, unproved } = await holdingOf(context, image);
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
