/**
 * The docker CLI's config.json, read field by field as the CLI reads it (docker/cli v29.7: cli/config/config.go,
 * configfile/file.go). One field that it cannot use does not take the others with it, and a file that is broken counts
 * as none, with a warning. No text quotes the file: it may hold passwords.
 */
import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { messageOf } from '../errors.ts';
import { readWhole } from '../read-whole.ts';

/** A registry log-in as it goes to the engine; empty fields are left out. */
export interface Login {
  username?: string;
  password?: string;
  identitytoken?: string;
  registrytoken?: string;
}

export interface DockerConfig {
  /** By the registry as the file names it: a host, or an old address with scheme and path. */
  logins: ReadonlyMap<string, Login>;
  /** Name of the helper for all registries; empty if there is none. */
  credsStore: string;
  /** Helpers of single registries; an empty name means the file itself. */
  credHelpers: Readonly<Record<string, string>>;
  /** Sent with every request to the engine. */
  httpHeaders: Readonly<Record<string, string>>;
  /** Empty if none is set. */
  currentContext: string;
  /** What could not be read, one sentence each. */
  faults: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;
type Fault = (why: string) => void;

/**
 * The user's home directory: HOME, else the password file; empty if neither tells, as for a user id without an entry.
 * Never throws. The docker CLI takes the working directory then (cli/config/config.go, getHomeDir).
 */
export function homeDirectory(env: NodeJS.ProcessEnv): string {
  if (env['HOME']) return env['HOME'];
  try {
    return homedir();
  } catch {
    return '';
  }
}

/** The docker CLI's own directory: DOCKER_CONFIG, else `.docker` in the home directory. */
export function configDirectory(env: NodeJS.ProcessEnv, home = homeDirectory(env)): string {
  return env['DOCKER_CONFIG'] || join(home, '.docker');
}

/** Reads DIR/config.json; no file, or an empty one, gives an empty configuration. Never throws. */
export async function readDockerConfig(configDir: string): Promise<DockerConfig> {
  const file = join(configDir, 'config.json');
  let bytes: Buffer;
  try {
    bytes = await readWhole(file);
  } catch (error) {
    const absent = ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    return parseDockerConfig('', file, absent ? [] : [`${file} cannot be read: ${messageOf(error)}`]);
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return parseDockerConfig('', file, [broken(file, 'it is UTF-16')]);
  return parseDockerConfig(bytes.toString('utf8'), file);
}

/** What a text means as config.json. @param file for the faults */
export function parseDockerConfig(text: string, file: string, before: readonly string[] = []): DockerConfig {
  const faults = [...before];
  const top = topLevel(text, (why) => faults.push(broken(file, why)));
  const fault: Fault = (why) => faults.push(`${file}: ${why}`);
  const auths = mapOf(field(top, 'auths'), 'auths', fault);
  return {
    logins: new Map(
      Object.entries(auths).flatMap(([registry, entry]) => {
        const login = loginOf(mapOf(entry, `auths of ${registry}`, fault), registry, fault);
        return login === undefined ? [] : [[registry, login] as const];
      }),
    ),
    credsStore: textOf(field(top, 'credsStore'), 'credsStore', fault),
    credHelpers: textsOf(field(top, 'credHelpers'), 'credHelpers', fault),
    httpHeaders: headersOf(textsOf(field(top, 'HttpHeaders'), 'HttpHeaders', fault), fault),
    currentContext: textOf(field(top, 'currentContext'), 'currentContext', fault),
    faults,
  };
}

const broken = (file: string, why: string): string => `${file} is ignored, as docker does: ${why}`;

/** The first JSON value of the text: Go's decoder reads no further. */
function topLevel(text: string, fault: Fault): Fields {
  if (text.trim() === '') return {};
  if (text.startsWith('\uFEFF')) {
    fault('it begins with a byte order mark; save it as UTF-8 without one');
    return {};
  }
  let value: unknown;
  try {
    value = JSON.parse(firstObject(text));
  } catch {
    fault('it is not JSON');
    return {};
  }
  return mapOf(value, 'it', () => fault('it is no JSON object'));
}

/** From the start to the brace that closes the first one; the whole text if none does. */
function firstObject(text: string): string {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (token === '{') depth++;
    if (token === '}' && --depth === 0) return text.slice(0, index + 1);
  }
  return text;
}

/** A field by its name; Go takes any case, and the last of several. */
function field(fields: Fields, name: string): unknown {
  return Object.entries(fields).findLast(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function mapOf(value: unknown, what: string, fault: Fault): Fields {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Fields;
  fault(`${what} is no JSON object`);
  return {};
}

function textOf(value: unknown, what: string, fault: Fault): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  fault(`${what} is no text`);
  return '';
}

function textsOf(value: unknown, what: string, fault: Fault): Record<string, string> {
  const fields = Object.entries(mapOf(value, what, fault));
  const texts = fields.map(([key, each]) => [key, each, textOf(each, `${key} of ${what}`, fault)] as const);
  // One that is no text is none; `null` is an empty one.
  return Object.fromEntries(
    texts.filter(([, each]) => each === null || typeof each === 'string').map(([key, , text]) => [key, text]),
  );
}

/** `auth` outranks a plain user name and password. */
function loginOf(entry: Fields, registry: string, fault: Fault): Login | undefined {
  const part = (name: string): string => textOf(field(entry, name), `${name} of ${registry}`, fault);
  const auth = part('auth');
  const pair = auth === '' ? { username: part('username'), password: part('password') } : decodeAuth(auth);
  if (pair === undefined)
    fault(`auth of ${registry} is no base64 of USER:PASSWORD; log in there again with docker login`);
  return withoutEmpty({ ...pair, identitytoken: part('identitytoken'), registrytoken: part('registrytoken') });
}

/** USER:PASSWORD out of its base64; undefined for anything else. */
export function decodeAuth(auth: string): Login | undefined {
  const bare = auth.replace(/[\r\n]/g, '');
  if (bare.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(bare)) return undefined;
  const [, username, password = ''] = /^([^:]+):(.*)$/s.exec(Buffer.from(bare, 'base64').toString('utf8')) ?? [];
  return username === undefined ? undefined : { username, password: password.replace(/^\0+|\0+$/g, '') };
}

/** The fields that say something; undefined if none does. */
export function withoutEmpty(login: Login): Login | undefined {
  const filled = Object.entries(login).filter(([, value]) => value !== undefined && value !== '');
  return filled.length === 0 ? undefined : Object.fromEntries(filled);
}

/** Those that can be sent; the CLI too sets these two itself. */
function headersOf(headers: Readonly<Record<string, string>>, fault: Fault): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => {
      if (['user-agent', 'host'].includes(name.toLowerCase())) return false;
      const good = /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
      if (!good) fault('HttpHeaders has one that is no HTTP header');
      return good;
    }),
  );
}

/**
 * The helper for all registries: the file's; or, if the file names neither a helper nor a log-in, the system's own
 * where its program is there (docker/cli: credentials/default_store.go).
 */
export async function helperForAll(config: DockerConfig, env: NodeJS.ProcessEnv): Promise<string> {
  if (config.credsStore !== '' || Object.keys(config.credHelpers).length > 0 || config.logins.size > 0)
    return config.credsStore;
  const own = process.platform === 'darwin' ? 'osxkeychain' : (await isOnPath('pass', env)) ? 'pass' : 'secretservice';
  return (await isOnPath(`docker-credential-${own}`, env)) ? own : '';
}

async function isOnPath(program: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const found = await Promise.all(
    folders.map((folder) =>
      access(join(folder, program)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
