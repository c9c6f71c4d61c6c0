/** The bundle that is maltreated: its directory, its lab, and runs of `bundle` that can be killed. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patientLab } from '../lab/asked-again.ts';
import type { Lab } from '../lab/lab.ts';
import { netnsFile } from '../lab/processes.ts';
import type { Change } from './choose.ts';

export interface Ended {
  /** Null if a signal ended it. */
  code: number | null;
  stdout: string;
  /** Both streams, as they came. */
  all: string;
  ms: number;
}

export interface Running {
  ended: Promise<Ended>;
  /** Resolves when it has printed this, or ended. */
  says(pattern: RegExp): Promise<unknown>;
  /** SIGKILL to the process, or to it and what it started. False if it had ended by itself. */
  kill(group: boolean): boolean;
}

export type Images = Record<'manager' | 'agent' | 'mysql' | 'zookeeper', string>;

/** All services but those of the query agent, which the label change moves about. */
export const HOME = 'node2';
export const STACK = 'chaos';

export class Subject {
  readonly lab: Lab;
  /** Holds the bundle and nothing else but token files: what a killed init leaves beside it is seen. */
  readonly parent: string;
  readonly dir: string;
  readonly images: Images;
  queryNode = HOME;
  /** True once an engine was killed. */
  enginesDied = false;
  /** False if the swarm holds none of it. */
  deployed = false;
  readonly #entry: string;
  readonly #inputs: string;

  private constructor(lab: Lab, images: Images, entry: string, work: string) {
    this.lab = patientLab(lab);
    this.images = images;
    this.#entry = entry;
    this.#inputs = join(work, 'inputs');
    this.parent = join(work, 'bundles');
    this.dir = join(this.parent, STACK);
  }

  /** @param entry the built `bundle` */
  static async make(lab: Lab, images: Images, entry: string): Promise<Subject> {
    const subject = new Subject(lab, images, entry, await mkdtemp(join(tmpdir(), 'bundle-chaos-')));
    await mkdir(subject.#inputs);
    await mkdir(subject.parent);
    await subject.must(['init', subject.dir, ...subject.answers()]);
    return subject;
  }

  /** Arguments of a first init: a small cluster on one node whose agents stop at once. */
  answers(): string[] {
    const roles = ['manager', 'agents.master', 'agents.query', 'agents.data'];
    const sets = [
      `name=${STACK}`,
      ...Object.entries(this.images).map(([key, image]) => `images.${key}=${image}`),
      ...roles.flatMap((role) => [
        `${role}.nodes=${HOME}`,
        `${role}.reserve.cpus="0.01"`,
        `${role}.reserve.memory=16M`,
      ]),
      ...roles.slice(1).map((role) => `${role}.gracePeriod=5s`),
      // Agents on several nodes want storage that all reach; nothing is ever written to it.
      'deepStorage.type=s3',
      'deepStorage.path=s3://chaos/segments',
    ];
    return ['--yes', '--no-prepare', '--quiet', ...sets.flatMap((set) => ['--set', set])];
  }

  /**
   * Arguments of the init that makes a change, and what it means. `first` and `nothing` have none. @param luck chooses
   * among several, in [0, 1)
   */
  async edit(change: Change, number: number, luck: number): Promise<string[]> {
    const memory = `${16 + (number % 64)}M`;
    switch (change) {
      case 'data':
        return [`agents.data.reserve.memory=${memory}`];
      case 'agents':
        return ['master', 'query', 'data'].map((role) => `agents.${role}.reserve.memory=${memory}`);
      case 'manager':
        return [`manager.reserve.memory=${memory}`];
      case 'token':
        return [`secretFiles.authToken=${await this.token()}`];
      case 'label': {
        const others = ['node1', 'node2', 'node3'].filter((node) => node !== this.queryNode);
        this.queryNode = others[luck < 0.5 ? 0 : 1] ?? HOME;
        return [`agents.query.nodes=${this.queryNode}`];
      }
      default:
        return [];
    }
  }

  /** Arguments of the deploy that is killed. The query agent's move is meant: it has nothing on its volume. */
  get deploy(): string[] {
    return ['deploy', this.dir, '--yes', '--ignore', 'placement-move'];
  }

  /** A file with a new token. */
  async token(): Promise<string> {
    const file = join(this.#inputs, randomBytes(4).toString('hex'));
    await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
    return file;
  }

  start(args: string[], host: string): Running {
    const started = performance.now();
    // Ports that the lab's hosts publish are open from its switch only; nsenter becomes the program. A process group of
    // its own, so that it can be killed as one.
    const child = spawn(
      'nsenter',
      [`--net=${netnsFile(this.lab.switchNetns)}`, '--', process.execPath, this.#entry, ...args],
      {
        cwd: this.parent,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...this.lab.env(host) },
      },
    );
    let stdout = '';
    let all = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      all += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      all += chunk.toString();
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, stdout, all, ms: performance.now() - started }));
    });
    const said = (pattern: RegExp): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (pattern.test(all)) resolve();
        };
        for (const stream of [child.stdout, child.stderr]) stream.on('data', look);
      });
    return {
      ended,
      says: (pattern) => Promise.race([said(pattern), ended]),
      kill(group) {
        if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return false;
        process.kill(group ? -child.pid : child.pid, 'SIGKILL');
        return true;
      },
    };
  }

  run(args: string[], host = 'node1'): Promise<Ended> {
    return this.start(args, host).ended;
  }

  /** A run that nothing disturbs and that has to succeed. @throws Error with its output */
  async must(args: string[], host?: string): Promise<Ended> {
    const ended = await this.run(args, host);
    if (ended.code !== 0) throw new Error(`bundle ${args[0] ?? ''} ended with ${String(ended.code)}:\n${ended.all}`);
    return ended;
  }

  async docker(args: string[], host = 'node1'): Promise<string> {
    return (await this.lab.docker(host, args)).stdout;
  }

  /** Takes its directories off the disk; the swarm goes with the lab. */
  async remove(): Promise<void> {
    await rm(join(this.parent, '..'), { recursive: true, force: true });
  }
}
