/** Asks a registry through the engine, which is who will pull. */
import * as z from 'zod';
import { usageError } from '../errors.ts';
import type { EngineLocation } from './address.ts';
import type { Api } from './api.ts';
import { parse, Text } from './mapping.ts';
import type { Engine } from './port.ts';
import { registryAuth } from './registry-auth.ts';

/** A registry may be far away, or a name that resolves slowly. */
const TIMEOUT = 60_000;

const Distribution = z.object({
  Descriptor: z.object({ digest: z.string() }),
  Platforms: z.array(z.object({ os: Text, architecture: Text })).nullish(),
});

/** Throws a usage error for what is no image name: it becomes a path. */
export function requireImageName(image: string): void {
  if (!/^[\w][\w./:@-]*$/.test(image) || /\.\.|\/\//.test(image)) throw usageError('image-name', `"${image}" is no image name`);
}

/** The part of the port that asks registries. */
export function registryCalls(api: Api, location: EngineLocation): Pick<Engine, 'imageInRegistry'> {
  return {
    async imageInRegistry(image) {
      requireImageName(image);
      const what = `find image ${image} in its registry`;
      const auth = await registryAuth(image, location.configDir, location.child.env);
      const answer = await api.json({
        what,
        path: `/distribution/${image}/json`,
        timeout: TIMEOUT,
        ...(auth === undefined ? {} : { headers: { 'X-Registry-Auth': auth } }),
      });
      const { Descriptor: { digest }, Platforms } = parse(Distribution, answer, what);
      return { digest, platforms: Platforms ?? [] };
    },
  };
}
