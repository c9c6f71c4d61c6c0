/** Images that the engine itself holds. */
import * as z from 'zod';
import { BundleError } from '../errors.ts';
import type { Api } from './api.ts';
import { digestIn, familiarName } from '../image/reference.ts';
import { parse } from './mapping.ts';
import type { Engine } from './port.ts';
import { requireImageName } from './registry.ts';

const Words = z.array(z.string()).nullish();
const Config = z.object({
  Entrypoint: Words,
  Cmd: Words,
  Env: Words,
  Volumes: z.record(z.string(), z.unknown()).nullish(),
});
const Image = z.object({ RepoDigests: Words, Config: Config.nullish() });
const Images = z.array(z.object({ Created: z.number(), RepoTags: Words }));
/** Of an image that lost its tag to another one. */
const UNTAGGED = '<none>:<none>';

/** The part of the port that is about them. */
export function imageCalls(api: Api): Pick<Engine, 'localImage' | 'localImages'> {
  return {
    async localImage(image) {
      requireImageName(image);
      const what = `read image ${image}`;
      let answer: unknown;
      try {
        answer = await api.json({ what, path: `/images/${image}/json` });
      } catch (error) {
        if (error instanceof BundleError && error.code === 'engine-not-found') return undefined;
        throw error;
      }
      const { RepoDigests, Config: config } = parse(Image, answer, what);
      // One image may have come from several repositories, under a digest of each.
      const of = (RepoDigests ?? []).find((each) => familiarName(each) === familiarName(image));
      const digest = of && digestIn(of);
      return {
        ...(digest === undefined ? {} : { digest }),
        entrypoint: config?.Entrypoint ?? [],
        cmd: config?.Cmd ?? [],
        volumes: Object.keys(config?.Volumes ?? {}),
        env: config?.Env ?? [],
      };
    },
    async localImages() {
      const what = 'list the images';
      const images = parse(Images, await api.json({ what, path: '/images/json' }), what);
      return images
        .toSorted((a, b) => b.Created - a.Created)
        .flatMap(({ RepoTags }) => RepoTags ?? [])
        .filter((tag) => tag !== UNTAGGED);
    },
  };
}
