import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { certificateAuthority } from '../../../secrets/certificate-authority.ts';
import { stacks } from '../../../stacks/index.ts';
import type { Material } from '../../../src/sdk/kind.ts';
import type { InitOptions, InitSeams } from '../../../src/init/options.ts';
import { run } from '../../../src/commands/init/run.ts';
import type { CommandIo } from '../../../src/cli/io.ts';
import type { Engine, SwarmNode } from '../../../src/engine/port.ts';
import { BundleError, type ExitCode } from '../../../src/errors.ts';

/** An empty directory that goes when the test ends. */
export function workplace(): string {
  const dir = mkdtempSync(join(tmpdir(), 'bundle-init-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export interface Recorded {
  io: CommandIo;
  out: () => string;
  err: () => string;
}

/** A process without a terminal. */
export function recordedIo(cwd: string, over: Partial<CommandIo> = {}): Recorded {
  let out = '';
  let err = '';
  const io: CommandIo = {
    stacks,
    program: 'bundle',
    stdin: Readable.from([]),
    stdout: (text) => void (out += text),
    stderr: (text) => void (err += text),
    interactive: false,
    env: {},
    cwd,
    signal: new AbortController().signal,
    json: false,
    quiet: false,
    color: false,
    ...over,
  };
  return { io, out: () => out, err: () => err };
}

/** What a bundle without an engine needs; a small CA key, since tests make many. */
export const NODES = [
  'tls.keyBits=2048',
  'manager.nodes=n1',
  'agents.master.nodes=n1',
  'agents.query.nodes=n1',
  'agents.data.nodes=n1',
];

export interface Done {
  exit: ExitCode;
  out: string;
  err: string;
  error: BundleError | undefined;
}

type Generate = NonNullable<typeof certificateAuthority.generate>;
const generate = certificateAuthority.generate?.bind(certificateAuthority) as Generate;
const authorities = new Map<string, Material[]>();
/** More than any test here makes of one bundle, so that two of them never get the same. */
const POOL = 4;
let turn = 0;

/**
 * A key pair costs more than all else that init does. Authorities themselves are tested in test/unit/secrets; here a
 * few are used in turn.
 */
const fromPool: Generate = async (options, source) => {
  const name = JSON.stringify(options);
  const pool = authorities.get(name) ?? [];
  authorities.set(name, pool);
  const at = turn++ % POOL;
  return (pool[at] ??= await generate(options, source));
};

/** Runs init without an engine; an error is a value here. */
export async function init(
  cwd: string,
  options: Partial<InitOptions> = {},
  seams: InitSeams = {},
  over: Partial<CommandIo> = {},
): Promise<Done> {
  const recorded = recordedIo(cwd, over);
  certificateAuthority.generate = fromPool;
  try {
    const exit = await run({ dir: 'prod', ...options }, recorded.io, {
      connect: () => Promise.resolve(undefined),
      ...seams,
    });
    return { exit, out: recorded.out(), err: recorded.err(), error: undefined };
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    return { exit: error.exit, out: recorded.out(), err: recorded.err(), error };
  } finally {
    certificateAuthority.generate = generate;
  }
}

/** All files below a directory: path to content. */
export function tree(dir: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    const path = join(dir, name);
    if (statSync(path).isFile()) files[relative(dir, path)] = readFileSync(path, 'latin1');
  }
  return files;
}

/** The last nine bits of a mode, as `ls` numbers them. */
export const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

export function node(hostname: string, over: Partial<SwarmNode> = {}): SwarmNode {
  return {
    id: `${hostname}-id`,
    hostname,
    role: 'worker',
    leader: false,
    votes: over.role === 'manager',
    availability: 'active',
    state: 'ready',
    address: '',
    cpus: 4,
    memoryBytes: 8 * 2 ** 30,
    os: 'linux',
    arch: 'x86_64',
    engineVersion: '20.10.24',
    labels: {},
    engineLabels: {},
    ...over,
  };
}

/** A reachable manager with these nodes; everything that init has no business with is absent. */
export function manager(nodes: SwarmNode[], over: Partial<Engine> = {}): Engine {
  return {
    address: { url: 'unix:///test', source: 'test' },
    info: () =>
      Promise.resolve({
        version: '20.10.24',
        apiVersion: '1.41',
        hostname: 'n1',
        swarm: { state: 'active', manager: true, nodeId: 'x', clusterId: 'swarm' },
      }),
    nodes: () => Promise.resolve(nodes),
    services: () => Promise.resolve([]),
    tasks: () => Promise.resolve([]),
    localImage: () => Promise.resolve(undefined),
    localImages: () => Promise.resolve([]),
    imageInRegistry: () => Promise.resolve({ digest: 'sha256:1', platforms: [] }),
    close: () => Promise.resolve(),
    ...over,
  } as unknown as Engine;
}
