/** The docker CLI's context store on disk (docker/cli: cli/context/store). Read only. */
import { createHash } from 'node:crypto';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { BundleError, messageOf, usageError } from '../errors.ts';
import { readWhole } from '../read-whole.ts';

/** Paths of TLS material; a file that is not there is left out. */
export interface TlsFiles {
  ca?: string;
  cert?: string;
  key?: string;
  /** False accepts any certificate of the engine. */
  verify: boolean;
}

export interface DockerContext {
  name: string;
  /** Engine URL; empty means the default socket. */
  host: string;
  tls?: TlsFiles;
}

const Meta = z.object({
  Name: z.string(),
  Endpoints: z
    .object({ docker: z.object({ Host: z.string().optional(), SkipTLSVerify: z.boolean().optional() }).optional() })
    .optional(),
});

async function readMeta(file: string): Promise<z.infer<typeof Meta>> {
  const text = (await readWhole(file)).toString('utf8');
  try {
    return Meta.parse(JSON.parse(text));
  } catch {
    throw usageError('context-broken', `the docker context file ${file} cannot be read as a context`, [
      '`docker context ls` shows what docker makes of it',
    ]);
  }
}

const isAbsent = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

/** The given names of ca.pem, cert.pem and key.pem that exist in a directory. */
export async function tlsFilesIn(dir: string): Promise<Omit<TlsFiles, 'verify'>> {
  const found: Omit<TlsFiles, 'verify'> = {};
  for (const part of ['ca', 'cert', 'key'] as const) {
    const file = join(dir, `${part}.pem`);
    // One that may not be looked at is there: whoever reads it tells why that fails.
    if (
      await access(file).then(
        () => true,
        (error: unknown) => !isAbsent(error),
      )
    )
      found[part] = file;
  }
  return found;
}

/** Names of all contexts below a docker config directory, `default` first. A broken entry is passed over. */
async function contextNames(configDir: string): Promise<string[]> {
  const meta = join(configDir, 'contexts', 'meta');
  const ids = await readdir(meta).catch(() => []);
  const names = await Promise.all(
    ids.map((id) =>
      readMeta(join(meta, id, 'meta.json')).then(
        (found) => found.Name,
        () => undefined,
      ),
    ),
  );
  return ['default', ...names.filter((name) => name !== undefined).sort()];
}

/**
 * Reads one context; its files lie under the SHA-256 of its name.
 * @throws BundleError `context-unknown` (usage) naming those that exist, `context-broken` if its file is no context, or
 *   may not be read
 */
export async function readContext(configDir: string, name: string, source: string): Promise<DockerContext> {
  const id = createHash('sha256').update(name).digest('hex');
  let meta: z.infer<typeof Meta>;
  try {
    meta = await readMeta(join(configDir, 'contexts', 'meta', id, 'meta.json'));
  } catch (error) {
    if (error instanceof BundleError) throw error;
    if (!isAbsent(error))
      throw usageError(
        'context-broken',
        `the docker context "${name}" (${source}) cannot be read: ${messageOf(error)}`,
        ['contexts are kept in the home directory of their user, or where DOCKER_CONFIG says'],
      );
    const names = await contextNames(configDir);
    throw usageError('context-unknown', `there is no docker context "${name}" (${source})`, [
      `contexts here: ${names.join(', ')}`,
    ]);
  }
  const docker = meta.Endpoints?.docker;
  const files = await tlsFilesIn(join(configDir, 'contexts', 'tls', id, 'docker'));
  const verify = docker?.SkipTLSVerify !== true;
  // As the CLI: a context with neither material nor SkipTLSVerify speaks plain TCP.
  const tls = Object.keys(files).length > 0 || !verify ? { tls: { ...files, verify } } : {};
  return { name, host: docker?.Host ?? '', ...tls };
}
