/** Asks a registry through the engine, which is who will pull. */
import * as z from 'zod';
import { compareVersions } from '../compare-versions.ts';
import { BundleError, usageError } from '../errors.ts';
import type { EngineLocation } from './address.ts';
import type { Api } from './api.ts';
import type { DockerCli } from './cli.ts';
import { parseReference } from '../image/reference.ts';
import { MIRRORED } from '../image/refusal.ts';
import { parse, Text } from './mapping.ts';
import type { Engine } from './port.ts';
import { AUTH_VARIABLE, authHeader, findLogin, HUB, registryOf, type FoundLogin } from './registry-auth.ts';

/**
 * A registry may be far away, or a name that resolves slowly. The engine itself gives one that is cut off 15 s, and 30
 * s if it may be insecure (20.10 and 28).
 */
const REGISTRY_TIMEOUT = 20_000;

const Distribution = z.object({
  Descriptor: z.object({ digest: z.string() }),
  Platforms: z.array(z.object({ os: Text, architecture: Text })).nullish(),
});

/**
 * The first engine that asks Docker Hub too if the mirror before it has no such image. One of before takes the first
 * registry that answers at all for the only one, though its pulls go on to Docker Hub (moby/moby 8aacbb3, first in
 * v25.0.0: api/server/router/distribution/distribution_routes.go; v24.0.9: distribution/repository.go, GetRepository,
 * and distribution/pull.go). Mirrors are of Docker Hub alone (registry/service_v2.go, lookupV2Endpoints).
 */
const ASKS_ON = '25.0';

const MirrorInfo = z.object({
  ServerVersion: Text,
  RegistryConfig: z.object({ Mirrors: z.array(z.string()).nullish() }).nullish(),
});

/** Throws a usage error for what is no image name: it becomes a path. */
export function requireImageName(image: string): void {
  const { why } = parseReference(image);
  if (why !== undefined) throw usageError('image-name', `"${image}" is no image name: ${why}`);
}

/** The first docker CLI that reads DOCKER_AUTH_CONFIG (docker/cli: v28.3.0, cli/config/configfile/file.go). */
const READS_VARIABLE = '28.3';

type LoginOf = (image: string) => Promise<FoundLogin>;

/** Looks once a registry: a helper may take long, or ask a person. */
function loginsBy({ configDir }: EngineLocation, env: NodeJS.ProcessEnv): LoginOf {
  const logins = new Map<string, Promise<FoundLogin>>();
  return (image) => {
    const registry = registryOf(image);
    const login = logins.get(registry) ?? findLogin(image, configDir, env);
    logins.set(registry, login);
    return login;
  };
}

/** The part of the port that asks registries. @param cli the docker CLI that deploys */
export function registryCalls(
  api: Api,
  location: EngineLocation,
  cli: () => Promise<DockerCli>,
): Pick<Engine, 'imageInRegistry' | 'findLogins'> {
  const { env } = location.child;
  const loginFor = loginsBy(location, env);
  const loginWithoutVariable = loginsBy(location, { ...env, [AUTH_VARIABLE]: '' });
  /** What a docker CLI that does not read the variable finds in its place; undefined if it reads it. */
  const pastVariable = async (image: string): Promise<{ login: FoundLogin['login']; trouble: string } | undefined> => {
    // Without a CLI nothing is deployed.
    const found = await cli().catch(() => undefined);
    if (found === undefined || compareVersions(found.version, READS_VARIABLE) >= 0) return undefined;
    const trouble =
      `the log-in is in ${AUTH_VARIABLE}, which docker CLI ${found.version} does not read (${READS_VARIABLE} is the ` +
      'first that does), so that the nodes do not get it';
    return { login: (await loginWithoutVariable(image)).login, trouble };
  };
  let mirrored: Promise<boolean> | undefined;
  /** What the registry says, marked if it may be a mirror's word alone. */
  const marked = async (image: string, error: unknown): Promise<unknown> => {
    const said = error instanceof BundleError && (error.details as { status?: number } | undefined)?.status;
    if (!said || registryOf(image) !== HUB) return error;
    mirrored ??= stopsAtMirror(api);
    if (!(await mirrored)) return error;
    const { code, message, exit, hints, details } = error;
    return new BundleError(code, message, { exit, hints, details: { ...(details as object), [MIRRORED]: true } });
  };
  return {
    async findLogins(images) {
      const ofRegistries = new Map(images.map((image) => [registryOf(image), image]));
      return Promise.all(
        [...ofRegistries].map(async ([registry, image]) => {
          const { login, source, trouble } = await loginFor(image);
          const past = source === AUTH_VARIABLE ? await pastVariable(image) : undefined;
          const why = past?.trouble ?? trouble;
          return {
            ...{ registry, known: login !== undefined, source },
            sent: (past ?? { login }).login !== undefined,
            ...(why === undefined ? {} : { trouble: why }),
          };
        }),
      );
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
      ).catch(async (error: unknown) => {
        throw await marked(image, error);
      });
      const {
        Descriptor: { digest },
        Platforms,
      } = parse(Distribution, answer, what);
      return { digest, platforms: Platforms ?? [] };
    },
  };
}

/** Whether what the engine says of an image of Docker Hub may come from a mirror, and Docker Hub was not asked. */
async function stopsAtMirror(api: Api): Promise<boolean> {
  const what = 'ask the engine for its registry mirrors';
  // If it does not tell, what it said of the image stands as it is.
  const info = await api
    .json({ what, path: '/info' })
    .then((answer) => parse(MirrorInfo, answer, what))
    .catch(() => undefined);
  return (info?.RegistryConfig?.Mirrors ?? []).length > 0 && compareVersions(info?.ServerVersion ?? '', ASKS_ON) < 0;
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
