/** What runs in the switch: the lab's own registry, and a name server that says no at once. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDaemon } from './daemon.ts';
import { run } from './exec.ts';
import { type LabPlan, REGISTRY_PORT } from './plan.ts';
import { netnsFile } from './processes.ts';

const NAME_SERVER = fileURLToPath(new URL('name-server.mjs', import.meta.url));

/** Starts the registry and waits until it listens. */
export async function startRegistry(plan: LabPlan, signal?: AbortSignal): Promise<void> {
  const dir = path.join(plan.dir, 'registry');
  mkdirSync(dir, { recursive: true });
  const config = path.join(dir, 'config.yml');
  writeFileSync(config, registryConfig(path.join(dir, 'data'), plan.registry));
  await startDaemon({
    what: 'registry',
    netns: plan.switchNetns,
    argv: ['docker-registry', 'serve', config],
    logFile: path.join(dir, 'registry.log'),
    timeoutMs: 120_000,
    ready: () => listens(plan, 'tcp', REGISTRY_PORT),
    signal,
  });
}

/** Starts the name server and waits until it listens. */
export async function startNameServer(plan: LabPlan, signal?: AbortSignal): Promise<void> {
  await startDaemon({
    what: 'name server',
    netns: plan.switchNetns,
    argv: [process.execPath, NAME_SERVER, plan.switchAddress],
    logFile: path.join(plan.dir, 'name-server.log'),
    timeoutMs: 120_000,
    ready: () => listens(plan, 'udp', 53),
    signal,
  });
}

async function listens(plan: LabPlan, protocol: 'tcp' | 'udp', port: number): Promise<boolean> {
  const { stdout } = await run([
    'nsenter',
    `--net=${netnsFile(plan.switchNetns)}`,
    '--',
    'cat',
    `/proc/net/${protocol}`,
    `/proc/net/${protocol}6`,
  ]);
  // proc(5): local address as HEX:PORT; state 0A is a listening TCP socket, 07 an unconnected UDP one.
  const state = protocol === 'tcp' ? '0A' : '07';
  const pattern = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} [0-9A-F]+:0000 ${state} `);
  return pattern.test(stdout);
}

/** Settings of docker-registry 2.8 (distribution/distribution: docs/configuration.md), as JSON, which is YAML too. */
function registryConfig(storage: string, address: string): string {
  return JSON.stringify({
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: address, secret: 'one registry process, nothing to share' },
  });
}
