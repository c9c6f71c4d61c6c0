/** Simulators as child processes on loopback, and the material they are given. */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import forge from 'node-forge';
import { bundlePrograms, type Program } from '../../../scripts/images/simulator/bundle.ts';

const PORTS = [9994, 9997, 9097, 9989, 9998, 9999, 8282, 9088, 9095];

let nextOffset = 1000 + Math.floor(Math.random() * 200) * 50;

/** A directory with the bundled programs in it, and room for secrets. */
export class Bench {
  readonly dir = mkdtempSync(path.join(tmpdir(), 'simulators-'));
  private readonly running: Simulator[] = [];
  private readonly servers: Server[] = [];

  static async create(): Promise<Bench> {
    const bench = new Bench();
    for (const [name, text] of Object.entries(await bundlePrograms()))
      writeFileSync(path.join(bench.dir, `${name}.mjs`), text);
    return bench;
  }

  /** Writes a file; its path. */
  file(name: string, content: string): string {
    const file = path.join(this.dir, name);
    writeFileSync(file, content);
    return file;
  }

  /** Starts a program with this environment only. */
  start(program: Program, env: Record<string, string> = {}, args: string[] = []): Simulator {
    const simulator = new Simulator(path.join(this.dir, `${program}.mjs`), env, args);
    this.running.push(simulator);
    return simulator;
  }

  /** Something that accepts connections and calls itself a store. */
  async store(
    onConnection: (socket: Socket) => void = (socket) => socket.on('error', () => undefined),
  ): Promise<number> {
    const server = createServer(onConnection);
    this.servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    await Promise.all(this.running.map((one) => one.stop('SIGKILL')));
    for (const server of this.servers) server.close();
    rmSync(this.dir, { recursive: true });
  }
}

/** A running program and what it said. */
export class Simulator {
  output = '';
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;
  private waiting: (() => void)[] = [];

  constructor(file: string, env: Record<string, string>, args: string[]) {
    this.child = spawn(process.execPath, [file, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString('utf8');
        this.wake();
      });
    }
    this.ended = new Promise((resolve) => this.child.once('close', (code) => resolve(code)));
    void this.ended.then(() => this.wake());
  }

  /** Waits until something was said. @throws Error with all that was said when the program ends first. */
  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`ended without saying '${text}':\n${this.output}`);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const one of waiting) one();
  }
}

/** What to add to the contract's ports so that all of them are free. */
export async function freeOffset(): Promise<number> {
  for (;;) {
    const offset = (nextOffset += 50);
    if ((await Promise.all(PORTS.map((port) => isFree(port + offset)))).every(Boolean)) return offset;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

/** A CA as PEM; `validDays` negative for one that has expired. */
export function makeAuthority({ ca = true, validDays = 10 }: { ca?: boolean; validDays?: number } = {}): {
  cert: string;
  key: string;
} {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = '01';
  certificate.validity.notBefore = new Date(Date.now() - 100 * 86_400_000);
  certificate.validity.notAfter = new Date(Date.now() + validDays * 86_400_000);
  const name = [{ name: 'commonName', value: 'test authority' }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([{ name: 'basicConstraints', cA: ca, critical: true }, { name: 'subjectKeyIdentifier' }]);
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key: privateKey };
}
