import type { ServiceSpec } from '../compose/spec.ts';
import { digestIn } from '../image/reference.ts';
import { imageOf } from '../place/requirements.ts';
import { DIGEST_FIELD, type FieldChange } from './diff.ts';

/**
 * Images that a wrapper starts, as the document writes them, each with the digest of the one whose entrypoint the
 * document has; undefined if that is not known.
 */
export type WrappedImages = Readonly<Record<string, string | undefined>>;

/**
 * That a service's image is taken anew though its words stay: its start becomes that of another image than the one that
 * runs, which would begin with another program's words. Empty if it is not wrapped, or keeps its start or its image.
 * @param image as the document writes it
 * @param changes of its specification
 */
export function wrappedImageChange(
  image: string,
  changes: readonly FieldChange[],
  live: ServiceSpec,
  wrapped: WrappedImages,
): FieldChange[] {
  const has = (...fields: string[]): boolean => changes.some(({ field }) => fields.includes(field));
  // The entrypoint is the wrapper, and the command is what it starts.
  if (!Object.hasOwn(wrapped, image) || !has('command') || has('image')) return [];
  const [from, to] = [digestIn(imageOf(live)), wrapped[image]];
  if (to !== undefined && from === to) return [];
  return [
    {
      ...{ field: DIGEST_FIELD, kind: 'changed', effect: 'restart' },
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    },
  ];
}
