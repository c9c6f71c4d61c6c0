import { isDeepStrictEqual } from 'node:util';
import { canonicalDocument } from '../compose/canonical.ts';
import type { StackDocument } from '../compose/types.ts';
import { digestIn } from '../image/reference.ts';
import { isOneMachine, type NodeEntry } from '../place/named-node.ts';
import type { Release, StoredRelease } from './record.ts';

/** What a release asks of the swarm. */
export type Content = Pick<Release, 'document' | 'nodeLabels'>;

/**
 * Whether two releases ask the same of the swarm, in the same words. Secret versions are in the document, as names.
 * @param nodes of the swarm: of a machine that joined again, whose id is another one, labels of before count as its
 *   own; without them ids alone count
 */
export function sameContent(a: Content, b: Content, nodes?: readonly NodeEntry[]): boolean {
  const content = ({ document }: Content): unknown => JSON.parse(JSON.stringify(canonicalDocument(document)));
  const hasAll = (some: Release['nodeLabels'], all: Release['nodeLabels']): boolean =>
    some.every((label) => all.some((other) => label.key === other.key && sameNode(label, other, nodes)));
  return (
    hasAll(a.nodeLabels, b.nodeLabels) &&
    hasAll(b.nodeLabels, a.nodeLabels) &&
    isDeepStrictEqual(content(a), content(b))
  );
}

type LabelledNode = Pick<Release['nodeLabels'][number], 'nodeId' | 'node'>;

function sameNode(a: LabelledNode, b: LabelledNode, nodes: readonly NodeEntry[] | undefined): boolean {
  if (nodes === undefined) return a.nodeId === b.nodeId;
  const entryOf = ({ nodeId, node }: LabelledNode) => ({ id: nodeId, hostname: node });
  return isOneMachine(nodes, entryOf(a), entryOf(b));
}

type Recorded = Content & Pick<StoredRelease, 'images'>;

/**
 * Whether two releases ran the same: the same words may have meant another image by then, and other words the same one.
 * An image of which no digest is known counts as the same if its words are.
 * @param nodes as for `sameContent`
 */
export function ranTheSame(a: Recorded, b: Recorded, nodes: readonly NodeEntry[]): boolean {
  const sameDigest = (name: string): boolean => {
    const [one, other] = [digestOf(a, name), digestOf(b, name)];
    if (one === undefined || other === undefined)
      return a.document.services[name]?.image === b.document.services[name]?.image;
    return one === other;
  };
  return Object.keys(a.document.services).every(sameDigest) && sameContent(withoutDigests(a), withoutDigests(b), nodes);
}

/** The digest of a service's image: as the swarm pinned it, or else as it was asked for. */
function digestOf({ document, images }: Recorded, name: string): string | undefined {
  return digestIn(images[name] ?? '') ?? digestIn(document.services[name]?.image ?? '');
}

/** The same with the images of services as `name:tag` alone. */
export function withoutDigests({ document, nodeLabels }: Content): Content {
  const services = Object.entries(document.services).map(([name, service]) => [
    name,
    { ...service, image: service.image.replace(/@.*$/, '') },
  ]);
  return {
    document: { ...document, services: Object.fromEntries(services) as StackDocument['services'] },
    nodeLabels,
  };
}
