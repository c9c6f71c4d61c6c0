/**
 * The operator's registry log-in, as the docker CLI keeps it (docker/cli: cli/config/configfile/file.go, credentials/native_store.go).
 * It goes into a header of one request to the engine and nowhere else.
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** Docker Hub's key in config.json. */
const HUB = 'https://index.docker.io/v1/';
const HELPER_TIMEOUT = 10_000;

const Config = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional(), identitytoken: z.string().optional() })).optional(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});
const Credentials = z.object({ Username: z.string(), Secret: z.string() });

/** The registry host of an image name, as it is written in config.json (distribution/reference: a first part with a dot, a colon, or localhost). */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return isHost && first !== 'docker.io' && first !== 'index.docker.io' ? first : HUB;
}

/** Runs `docker-credential-NAME get`; undefined where it fails or knows nothing. */
async function askHelper(name: string, registry: string, env: NodeJS.ProcessEnv): Promise<Record<string, string> | undefined> {
  if (!/^[\w.-]+$/.test(name)) return undefined;
  const output = await new Promise<string | undefined>((resolve) => {
    const child = spawn(`docker-credential-${name}`, ['get'], { env, stdio: ['pipe', 'pipe', 'ignore'], timeout: HELPER_TIMEOUT });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdin.on('error', () => undefined);
    child.on('error', () => resolve(undefined));
    child.on('close', (code) => resolve(code === 0 ? Buffer.concat(chunks).toString('utf8') : undefined));
    child.stdin.end(registry);
  });
  try {
    const { Username, Secret } = Credentials.parse(JSON.parse(output ?? ''));
    return Username === '<token>' ? { identitytoken: Secret } : { username: Username, password: Secret };
  } catch {
    return undefined;
  }
}

async function credentials(config: z.output<typeof Config>, registry: string, env: NodeJS.ProcessEnv): Promise<Record<string, string> | undefined> {
  const helper = config.credHelpers?.[registry] ?? config.credsStore;
  if (helper) {
    const said = await askHelper(helper, registry, env);
    if (said !== undefined) return said;
  }
  const host = (key: string): string => key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  const entry = config.auths?.[registry] ?? Object.entries(config.auths ?? {}).find(([key]) => registry !== HUB && host(key) === registry)?.[1];
  if (entry === undefined) return undefined;
  if (entry.identitytoken) return { identitytoken: entry.identitytoken };
  const [, username, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(entry.auth ?? '', 'base64').toString('utf8').replace(/\0+$/, '')) ?? [];
  return username === undefined || password === undefined ? undefined : { username, password };
}

/**
 * The value of the header X-Registry-Auth (base64url of a JSON object) for an image; undefined where the operator has no log-in
 * there, or none that can be read: then the registry is asked without, and says itself what it wants.
 */
export async function registryAuth(image: string, configDir: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const registry = registryOf(image);
  try {
    const config = Config.parse(JSON.parse(await readFile(join(configDir, 'config.json'), 'utf8')));
    const found = await credentials(config, registry, env);
    if (found === undefined) return undefined;
    // Go's URLEncoding, with padding.
    return Buffer.from(JSON.stringify({ ...found, serveraddress: registry })).toString('base64').replace(/\+/g, '-').replace(/\//g, '_');
  } catch {
    return undefined;
  }
}
