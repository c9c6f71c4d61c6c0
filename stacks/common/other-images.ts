import type { Notice } from '../../src/sdk/definition.ts';
import { parseReference } from '../../src/sdk/helpers.ts';

/** Images of a product that are made by somebody else than the one whose variables and directories are used. */
export interface OtherImage {
  /** In the repository's path, also behind the name of a mirror: `mirror.example.com/hub/bitnami/zookeeper`. */
  repository: RegExp;
  /** Where it keeps its data, and what it takes its settings from. */
  contract: string;
}

/**
 * A notice if an image is one of another make: it starts with the variables of the official image, and does not heed
 * them, or writes beside the volume.
 * @param key of the image in bundle.yaml
 * @param official the image whose contract the definition follows, and what it counts on of it
 * @returns none for the official image, a mirror of it, or one whose name says nothing
 */
export function otherImageNotices(
  key: string,
  image: string,
  official: { name: string; contract: string },
  others: readonly OtherImage[],
): Notice[] {
  const path = parseReference(image).reference?.path ?? '';
  return others
    .filter(({ repository }) => repository.test(path))
    .slice(0, 1)
    .map(({ contract }) => ({
      name: 'image-contract',
      level: 'warning',
      text:
        `${key} is ${image}, which is not made as the official image ${official.name} is: this stack counts on ` +
        `${official.contract}; ${contract}`,
      hint: `use ${official.name} or a copy of it, or prove on a test swarm that data is in the volume and settings hold`,
    }));
}

/** A notice if an image is what its tag names at the moment. @param key of the image in bundle.yaml */
export function pinnedNotice(key: string, image: string): Notice[] {
  const { tag, digest } = parseReference(image).reference ?? {};
  if (tag !== 'latest' || digest !== undefined) return [];
  return [
    {
      name: 'latest-tag',
      level: 'warning',
      text: `${key} is ${image}: what runs changes without a change of yours`,
      hint: 'pin a version',
    },
  ];
}
