import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { AGENT_LIST } from '../../scripts/images/simulator/agent-list.ts';
import { resolveEngine } from '../../src/engine/address.ts';
import { connect } from '../../src/engine/docker.ts';
import type { Engine, SwarmTask } from '../../src/engine/port.ts';
import type { CliResult } from '../support/cli.ts';
import { Cluster, images, variant } from '../support/cluster.ts';

/** In the order in which they roll. */
export const AGENTS = ['imply-data-1', 'imply-data-2', 'imply-query-1', 'imply-master-1'];

/** A running cluster with four agents in three roles on two nodes, and its tasks as the swarm has them. */
export class RollingCluster {
  readonly cluster: Cluster;
  readonly #engine: Engine;

  private constructor(cluster: Cluster, engine: Engine) {
    this.cluster = cluster;
    this.#engine = engine;
  }

  /** Deploys one of that name. */
  static async make(name: string): Promise<RollingCluster> {
    const cluster = await Cluster.make(name);
    const { probe } = await buildImages(cluster.lab, { only: ['probe'] });
    const { socket } = cluster.lab.host('node1');
    const env = { ...process.env, ...cluster.lab.env('node1') };
    const rolling = new RollingCluster(cluster, await connect(await resolveEngine({ host: socket, env })));
    const made = await cluster.init('node1', {
      'agents.data.replicas': '2',
      'agents.data.nodes': '[node2,node3]',
      'agents.query.nodes': 'node2',
      'deepStorage.type': 's3',
      'deepStorage.path': 's3://bucket/prefix',
      'verify.probeImage': probe,
      ...AGENT_LIST,
    });
    expect(made.code, made.all).toBe(0);
    await rolling.deploy(0, '--no-verify');
    return rolling;
  }

  async remove(): Promise<void> {
    await this.#engine.close();
    await this.cluster.remove();
  }

  async deploy(code: number, ...flags: string[]): Promise<CliResult> {
    const deployed = await this.cluster.run(['deploy', '--yes', ...flags]);
    expect(deployed.code, deployed.all).toBe(code);
    return deployed;
  }

  async change(...sets: string[]): Promise<void> {
    const args = ['init', '--yes', '--no-prepare', ...sets.flatMap((set) => ['--set', set])];
    const changed = await this.cluster.run(args);
    expect(changed.code, changed.all).toBe(0);
  }

  async agentImage(tag: string, env: Record<string, string> = {}): Promise<void> {
    await this.change(`images.agent=${await variant(this.cluster.lab, images.agent, tag, env)}`);
  }

  /** All tasks by service, the newest first. */
  async #tasks(): Promise<Map<string, SwarmTask[]>> {
    const stack = this.cluster.name;
    const [services, all] = await Promise.all([this.#engine.services({ stack }), this.#engine.tasks({ stack })]);
    return new Map(
      services.map(({ id, name }) => [name.slice(stack.length + 1), all.filter((task) => task.serviceId === id)]),
    );
  }

  /** MiB of the node, as the scheduler counts them. */
  async memory(hostname: string): Promise<number> {
    const node = (await this.#engine.nodes()).find((each) => each.hostname === hostname);
    return Math.floor((node?.memoryBytes ?? 0) / 2 ** 20);
  }

  async current(service: string): Promise<SwarmTask | undefined> {
    return (await this.#tasks()).get(service)?.find(({ state }) => state === 'running');
  }

  /** Does the work, and looks all the while which agents have no task that runs. */
  async watched<T>(work: () => Promise<T>): Promise<{ result: T; down: string[][] }> {
    const down: string[][] = [];
    let done = false;
    const watching = (async () => {
      while (!done) {
        // An election leaves a question without an answer; the next one has it.
        const now = await this.#tasks().catch(() => undefined);
        if (now) down.push(AGENTS.filter((name) => now.get(name)?.some(({ state }) => state === 'running') !== true));
        await pause(150);
      }
    })();
    try {
      const result = await work();
      expect(down).not.toEqual([]);
      return { result, down };
    } finally {
      done = true;
      await watching;
    }
  }
}

/** Services that a deployment updated, in its order. */
export const updated = ({ stderr }: CliResult): string[] =>
  [...stderr.matchAll(/^· update (\S+)/gm)].map((match) => match[1] ?? '');

export const mostDown = (down: string[][]): number => Math.max(...down.map((names) => names.length));
