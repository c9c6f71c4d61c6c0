import { messageOf } from '../errors.ts';
import type { Check, Finding } from './check.ts';

/** Asks the registry for each image, through the engine. A warning only: a node may hold an image that no registry has. */
export const images: Check = {
  name: 'images',
  title: 'images',
  offline: false,
  waitsFor: 'the registries, through the engine',
  async run({ document, wrapped, inRegistry }) {
    const references = [...new Set(Object.values(document.services).map((service) => service.image))];
    const findings = await Promise.all(
      references.map(async (image): Promise<Finding | undefined> => {
        try {
          const { digest } = await inRegistry(image);
          const learned = wrapped[image]?.digest;
          if (learned === undefined || learned === digest) return undefined;
          return { level: 'warning', text: `${image} is another image now than the one whose entrypoint bundle.lock.json has: the wrapper might start the wrong program`, hint: `docker pull ${image}, then \`bundle init\` on this directory reads it anew` };
        } catch (error) {
          return { level: 'warning', text: `${image}: ${messageOf(error)}`, hint: 'nodes that do not hold this image cannot start its tasks; log in to its registry, or correct the reference' };
        }
      }),
    );
    const bad = findings.filter((finding): finding is Finding => finding !== undefined);
    return bad.length > 0 ? bad : [{ level: 'ok', text: `${references.length} found in their registries` }];
  },
};
