/** The Druid services of an agent: their ports are open while the cluster runs, and at no other time. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import path from 'node:path';
import { type Answer, type Call, type Identity, serve } from '../common/http.ts';
import type { Log } from '../common/log.ts';
import type { Service } from './roles.ts';

export interface ServiceSettings {
  services: readonly Service[];
  portOffset: number;
  stateRoot: string;
  /** Gives the certificate to serve with; undefined without TLS. */
  identity: (() => Promise<Identity>) | undefined;
  /** With authentication on, Druid asks for users too. */
  authentication: boolean;
  log: Log;
}

/** The list of probes: it exists only while services do. One line each: scheme, host, port, path. */
export function probeFile(stateRoot: string): string {
  return path.join(stateRoot || '/', 'opt/grove/.stage/sv/imply/probe');
}

export class Services {
  private readonly settings: ServiceSettings;
  private servers: Server[] = [];

  constructor(settings: ServiceSettings) {
    this.settings = settings;
    rmSync(probeFile(settings.stateRoot), { force: true });
  }

  /** Opens the ports when the cluster runs, closes them when it does not. */
  async follow(running: boolean): Promise<void> {
    if (running === this.servers.length > 0) return;
    await (running ? this.open() : this.close());
  }

  private async open(): Promise<void> {
    const { services, portOffset, identity, log } = this.settings;
    if (services.length === 0) return;
    const own = await identity?.();
    this.servers = await Promise.all(
      services.map(({ port, path: health }) => serve(port + portOffset, own, (call) => this.answer(health, call))),
    );
    const scheme = own === undefined ? 'http' : 'https';
    this.writeProbes(services.map((one) => `${scheme} localhost ${one.port + portOffset} ${one.path}\n`).join(''));
    log(`cluster is running: ${services.map((one) => `${one.name} on ${one.port + portOffset}`).join(', ')}`);
  }

  private async close(): Promise<void> {
    const { stateRoot, log } = this.settings;
    rmSync(probeFile(stateRoot), { force: true });
    await Promise.all(
      this.servers.map((server) => new Promise((resolve) => server.close(resolve).closeAllConnections())),
    );
    this.servers = [];
    log('cluster is not running: services ended');
  }

  private writeProbes(lines: string): void {
    const file = probeFile(this.settings.stateRoot);
    try {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, lines);
    } catch (error) {
      // A read-only root file system: the checks will find no services.
      this.settings.log(`${file}: ${error instanceof Error ? error.message : String(error)}`, 'WARN');
    }
  }

  private answer(health: string, call: Call): Answer {
    if (call.path === health) return { status: 200, body: true };
    if (this.settings.authentication)
      return { status: 401, body: { error: 'Unauthorized' }, headers: { 'www-authenticate': 'Basic realm="druid"' } };
    return { status: 200, body: { simulator: 'no Druid' } };
  }
}
