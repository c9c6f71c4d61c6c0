/** Asks a registry through the engine, which is who will pull. */
import * as z from 'zod';
import { BundleError, usageError } from '../errors.ts';
import type { EngineLocation } from './address.ts';
import type { Api } from './api.ts';
import { parseReference } from '../image/reference.ts';
import { parse, Text } from './mapping.ts';
import type { Engine } from './port.ts';
import { authHeader, findLogin, registryOf, type FoundLogin } from './registry-auth.ts';

/**
 * A registry may be far away, or a name that resolves slowly. The engine itself gives one that is cut off 15 s, and 30
 * s if it may be insecure (20.10 and 28).
 */
const REGISTRY_TIMEOUT = 20_000;

const Distribution = z.object({
  Descriptor: z.object({ digest: z.string() }),
  Platforms: z.array(z.object({ os: Text, architecture: Text })).nullish(),
});

/** Throws a usage error for what is no image name: it becomes a path. */
export function requireImageName(image: string): void {
  const { why } = parseReference(image);
  if (why !== undefined) throw usageError('image-name', `"${image}" is no image name: ${why}`);
}

/** The part of the port that asks registries. */
export function registryCalls(api: Api, location: EngineLocation): Pick<Engine, 'imageInRegistry' | 'findLogins'> {
  // Once a registry: a helper may take long, or ask a person.
  const logins = new Map<string, Promise<FoundLogin>>();
  const loginFor = (image: string): Promise<FoundLogin> => {
    const registry = registryOf(image);
    const login = logins.get(registry) ?? findLogin(image, location.configDir, location.child.env);
    logins.set(registry, login);
    return login;
  };
  return {
    async findLogins(images) {
      const found = await Promise.all(
        [...new Map(images.map((image) => [registryOf(image), image])).values()].map(loginFor),
      );
      return found.map(({ registry, login, source, trouble }) => ({
        registry,
        known: login !== undefined,
        source,
        ...(trouble === undefined ? {} : { trouble }),
      }));
    },
    async imageInRegistry(image) {
      requireImageName(image);
      const what = `find image ${image} in its registry`;
      const auth = authHeader(await loginFor(image));
      const answer = await withoutBlame(
        what,
        api.json({
          what,
          path: `/distribution/${image}/json`,
          timeout: REGISTRY_TIMEOUT,
          ...(auth === undefined ? {} : { headers: { 'X-Registry-Auth': auth } }),
        }),
      );
      const {
        Descriptor: { digest },
        Platforms,
      } = parse(Distribution, answer, what);
      return { digest, platforms: Platforms ?? [] };
    },
  };
}

/** An answer that does not come in time is the registry's fault here, not the engine's. */
async function withoutBlame(what: string, answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof BundleError) || (error.details as { timeout?: boolean } | undefined)?.timeout !== true)
      throw error;
    throw new BundleError(
      'engine-unreachable',
      `cannot ${what}: no answer within ${String(REGISTRY_TIMEOUT / 1000)} s`,
      { details: error.details },
    );
  }
}
