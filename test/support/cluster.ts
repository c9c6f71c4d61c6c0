import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { patientLab } from '../../scripts/lab/asked-again.ts';
import type { Lab } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { netnsFile } from '../../scripts/lab/processes.ts';
import { bundle, type CliResult } from './cli.ts';
import { laneLab, type LaneImages } from './lane-lab.ts';
import { endLeft } from './left-commands.ts';
import { toldLate } from './told-late.ts';

export { variant } from '../../scripts/images/variant.ts';

const provided = inject('lab');
/** Why there is no lab, for `describe.skipIf`; it is printed so that a skip is never silent. */
export const unsupported = 'unsupported' in provided ? provided.unsupported : undefined;
if (unsupported !== undefined) process.stderr.write(`SKIPPED, the lab cannot run here: ${unsupported}\n`);
const shared = await laneLab();
export const images: LaneImages = shared?.images ?? { manager: '', agent: '', mysql: '', zookeeper: '' };

/** The lab of this lane. @throws Error if no lab can run here */
export async function sharedLab(): Promise<Lab> {
  if (shared === undefined) throw new Error(`no lab: ${unsupported ?? 'unknown'}`);
  return shared.lab;
}

/** A bundle of its own in a temporary directory, on the shared lab. */
export class Cluster {
  readonly name: string;
  readonly parent: string;
  readonly dir: string;
  readonly lab: Lab;
  /** Another build of the command than dist/. */
  entry: string | undefined;
  /** Added to the environment of every command. */
  env: NodeJS.ProcessEnv = {};

  readonly #images: LaneImages;

  private constructor(name: string, parent: string, lab: Lab, own: LaneImages) {
    this.name = name;
    this.parent = parent;
    this.dir = join(parent, name);
    this.lab = lab;
    this.#images = own;
  }

  /** @param on a lab of the test's own, and the images in its registry */
  static async make(name: string, on?: { lab: Lab; images: LaneImages }): Promise<Cluster> {
    const parent = await mkdtemp(join(tmpdir(), 'bundle-cluster-'));
    return new Cluster(name, parent, patientLab(on?.lab ?? (await sharedLab())), on?.images ?? images);
  }

  /** Where the hosts' published ports can be reached, for commands in other directories. */
  get netns(): string {
    return netnsFile(this.lab.switchNetns);
  }

  /** Answers that put a whole small cluster on one node, with the lab's images. */
  answers(node: string, more: Record<string, string> = {}): string[] {
    const all: Record<string, string> = {
      name: this.name,
      ...Object.fromEntries(Object.entries(this.#images).map(([key, image]) => [`images.${key}`, image])),
      'manager.nodes': node,
      'agents.master.nodes': node,
      'agents.query.nodes': node,
      'agents.data.nodes': node,
      // Short: a simulator that is told to stop before it has a handler for that, as process 1, stays until they end.
      'agents.master.gracePeriod': '20s',
      'agents.query.gracePeriod': '20s',
      'agents.data.gracePeriod': '30s',
      ...Object.fromEntries(
        ['manager', 'agents.master', 'agents.query', 'agents.data'].flatMap((role) => [
          [`${role}.reserve.cpus`, '"0.01"'],
          [`${role}.reserve.memory`, '16M'],
        ]),
      ),
      ...more,
    };
    return Object.entries(all).flatMap(([path, value]) => ['--set', `${path}=${value}`]);
  }

  /**
   * A command of the built CLI against the lab's first manager, run where the hosts' published ports can be reached.
   * One that is not disturbed, and did not tell something for want of time (`toldLate`), is run once more, which is
   * printed; of two deployments everything is given that they said.
   */
  async run(args: string[], options: Parameters<Cluster['runOnce']>[1] = {}): Promise<CliResult> {
    const first = await this.runOnce(args, options);
    if (options.signal !== undefined || options.onOutput !== undefined || !toldLate(args, first)) return first;
    process.stderr.write(`${this.name}: ${args.join(' ')} ended with ${first.code}, run again:\n${first.all}\n`);
    const second = await this.runOnce(args, options);
    if (args[0] !== 'deploy') return second;
    return {
      code: second.code,
      stdout: args.includes('--json') ? second.stdout : first.stdout + second.stdout,
      stderr: first.stderr + second.stderr,
      all: first.all + second.all,
    };
  }

  /** The same, once, whatever it tells. */
  runOnce(
    args: string[],
    options: {
      input?: string;
      host?: string;
      signal?: AbortSignal;
      kill?: NodeJS.Signals;
      group?: boolean;
      onOutput?: (all: string) => void;
    } = {},
  ): Promise<CliResult> {
    const [command = '', ...rest] = args;
    return bundle([command, this.dir, ...rest], {
      ...options,
      cwd: this.parent,
      netns: this.netns,
      ...(this.entry === undefined ? {} : { entry: this.entry }),
      env: { ...this.lab.env(options.host ?? 'node1'), ...this.env },
    });
  }

  init(node: string, more: Record<string, string> = {}, flags: string[] = ['--no-prepare']): Promise<CliResult> {
    return this.run(['init', '--yes', ...flags, ...this.answers(node, more)]);
  }

  /** Sends a command a signal as soon as its output matches. */
  stopAt(args: string[], pattern: RegExp, kill: NodeJS.Signals): Promise<CliResult> {
    const controller = new AbortController();
    return this.run(args, {
      signal: controller.signal,
      kill,
      onOutput: (all) => {
        if (pattern.test(all)) controller.abort();
      },
    });
  }

  docker(
    args: string[],
    options: { input?: string; check?: boolean; host?: string } = {},
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const { host = 'node1', ...rest } = options;
    return this.lab.docker(host, args, rest);
  }

  /**
   * `docker service update`, until every task of the service is a new one that runs. The CLI's own wait goes on for 5 s
   * to see whether they stay.
   * @param service short name
   * @throws Error if they do not run within three minutes
   */
  async replaceTasks(service: string, args: readonly string[]): Promise<void> {
    const full = `${this.name}_${service}`;
    const tasks = async (): Promise<string[]> =>
      (
        await this.docker([
          ...['service', 'ps', full, '--no-trunc', '-f', 'desired-state=running', '-f', 'desired-state=ready'],
          ...['--format', '{{.ID}} {{.CurrentState}}'],
        ])
      ).stdout
        .split('\n')
        .filter(Boolean);
    const before = new Set((await tasks()).map((line) => line.split(' ')[0]));
    await this.docker(['service', 'update', '--detach', '--quiet', ...args, full]);
    await poll(`${full} runs with its new tasks`, 180_000, async () => {
      const now = await tasks();
      return now.length === before.size &&
        now.every((line) => / Running /.test(line) && !before.has(line.split(' ')[0]))
        ? true
        : undefined;
    });
  }

  read(file: string): Promise<string> {
    return readFile(join(this.dir, file), 'utf8');
  }

  /** Takes the cluster off the swarm, volumes of node1 too, and its directory off the disk. */
  async remove(): Promise<void> {
    await endLeft((argv) => argv.includes(this.dir));
    const result = await this.run(['destroy', '--yes', '--volumes']);
    await rm(this.parent, { recursive: true, force: true });
    if (result.code !== 0 && result.code !== 2)
      throw new Error(`destroy ${this.name} failed (${result.code}):\n${result.all}`);
  }
}
