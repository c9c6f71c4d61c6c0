/**
 * The operator's registry log-in, found as the docker CLI finds it (docker/cli v29.7: configfile/file.go,
 * GetCredentialsStore; credentials/file_store.go). It goes into a header of one request to the engine and nowhere else.
 */
import {
  decodeAuth,
  helperForAll,
  readDockerConfig,
  withoutEmpty,
  type DockerConfig,
  type Login,
} from './docker-config.ts';
import { domainOf } from '../image/reference.ts';

/** Docker Hub's key in config.json. */
export const HUB = 'https://index.docker.io/v1/';
/** The variable that names log-ins; also where such a log-in is said to be from. */
export const AUTH_VARIABLE = 'DOCKER_AUTH_CONFIG';

export interface FoundLogin {
  /** The registry as config.json names it. */
  registry: string;
  login?: Login;
  /** Where it was looked for: the variable, a helper's program, or the file. */
  source: string;
  /** Why a helper, or DOCKER_AUTH_CONFIG, could not be used. */
  trouble?: string;
}

/** The registry host of an image name, as it is written in config.json. */
export function registryOf(image: string): string {
  const domain = domainOf(image);
  return domain === 'docker.io' ? HUB : domain;
}

/** The log-in for an image's registry, and what kept us from finding one. Never throws. */
export async function findLogin(image: string, configDir: string, env: NodeJS.ProcessEnv): Promise<FoundLogin> {
  const registry = registryOf(image);
  const fromEnv = parseAuthVariable(env[AUTH_VARIABLE] ?? '');
  const given = fromEnv?.get(registry);
  if (given !== undefined) return { registry, login: given, source: AUTH_VARIABLE };
  const broken =
    fromEnv === undefined
      ? `${AUTH_VARIABLE} holds something else than {"auths": {REGISTRY: {"auth": BASE64}}} and is ignored`
      : undefined;
  const config = await readDockerConfig(configDir);
  const inFile = loginInFile(config, registry);
  const helper = Object.hasOwn(config.credHelpers, registry)
    ? config.credHelpers[registry]
    : await helperForAll(config, env);
  if (!helper) return found(registry, 'config.json', inFile, broken);
  const program = `docker-credential-${helper}`;
  const { askHelper } = await import('./credential-helper.ts');
  const { login, failed } = await askHelper(helper, registry, env);
  // As the CLI: a helper outranks the file, and a token for the registry itself is only ever in the file.
  if (failed === undefined)
    return found(
      registry,
      program,
      withoutEmpty({ ...login, ...(inFile?.registrytoken && { registrytoken: inFile.registrytoken }) }),
      broken,
    );
  return found(registry, program, inFile, [broken, failed].filter((each) => each !== undefined).join('; '));
}

function found(registry: string, source: string, login: Login | undefined, trouble: string | undefined): FoundLogin {
  return { registry, source, ...(login === undefined ? {} : { login }), ...(trouble === undefined ? {} : { trouble }) };
}

function loginInFile({ logins }: DockerConfig, registry: string): Login | undefined {
  const host = (key: string): string => key.replace(/^[a-z]+:\/\//i, '').replace(/\/.*$/, '');
  return logins.get(registry) ?? [...logins].find(([key]) => registry !== HUB && host(key) === registry)?.[1];
}

/**
 * The variable is read strictly: any other field, and any log-in that cannot be decoded, makes it useless. Undefined
 * then.
 */
function parseAuthVariable(text: string): ReadonlyMap<string, Login> | undefined {
  if (text.trim() === '') return new Map();
  try {
    const all = JSON.parse(text) as { auths?: Record<string, { auth?: string }> | null };
    if (Object.keys(all).some((key) => key.toLowerCase() !== 'auths')) return undefined;
    const logins = Object.entries(all.auths ?? {}).map(([registry, entry]) => {
      const login =
        Object.keys(entry).every((key) => key.toLowerCase() === 'auth') && entry.auth
          ? decodeAuth(entry.auth)
          : undefined;
      if (login === undefined) throw new Error('no log-in');
      return [registry, login] as const;
    });
    return new Map(logins);
  } catch {
    return undefined;
  }
}

/**
 * The value of the header X-Registry-Auth (base64url of a JSON object) for an image; undefined if the operator has no
 * log-in there, or none that can be read: then the registry is asked without, and says itself what it wants.
 */
export async function registryAuth(
  image: string,
  configDir: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  return authHeader(await findLogin(image, configDir, env));
}

/** The same of a log-in that was found before. */
export function authHeader({ registry, login }: FoundLogin): string | undefined {
  if (login === undefined) return undefined;
  // Go's URLEncoding, with padding.
  return Buffer.from(JSON.stringify({ ...login, serveraddress: registry }))
    .toString('base64')
    .replace(/\+/g, '-')
    .replace(/\//g, '_');
}
