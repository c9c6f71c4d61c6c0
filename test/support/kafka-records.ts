import { expect } from 'vitest';
import type { RunResult } from '../../scripts/lab/lab.ts';
import { poll } from '../../scripts/lab/poll.ts';
import { AT_THREE, type KafkaCluster } from './kafka.ts';

export interface ToolEvent {
  name: string;
  value: string;
  timestamp: number;
  /** Of a record that was not taken. */
  exception: string;
}

/** Lines of Kafka's verifiable tools. */
export function eventsOf(output: string): ToolEvent[] {
  return output.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    const { name, value, timestamp, exception } = JSON.parse(line) as Record<string, unknown>;
    return [{ name: String(name), value: String(value), timestamp: Number(timestamp), exception: String(exception) }];
  });
}

const SENT = 'producer_send_success';

/** A VerifiableProducer of up to three brokers, outside the stack's network: `acks=all`, and no second try. */
export class Producer {
  readonly #kafka: KafkaCluster;
  readonly #properties: string;
  readonly #topic: string;
  readonly #run: Promise<RunResult>;

  private constructor(kafka: KafkaCluster, properties: string, topic: string) {
    this.#kafka = kafka;
    this.#properties = properties;
    this.#topic = topic;
    const tool = `kafka-verifiable-producer.sh ${AT_THREE} --topic ${topic} --acks -1 --throughput 50`;
    this.#run = kafka.outside(properties, `exec ${tool}`, this.#name);
  }

  /** Resolves once the first record is acknowledged. */
  static async start(kafka: KafkaCluster, properties: string, topic: string): Promise<Producer> {
    const producer = new Producer(kafka, properties, topic);
    await producer.acknowledges(1);
    return producer;
  }

  get #name(): string {
    return `${this.#kafka.cluster.name}-${this.#topic}-producer`;
  }

  async #events(): Promise<ToolEvent[]> {
    const { stdout } = await this.#kafka.cluster.docker(['logs', this.#name], { host: 'node4', check: false });
    return eventsOf(stdout);
  }

  /** Waits until a record is not taken, for a reason of this name. */
  async isRefused(why: string): Promise<void> {
    await poll(`a record is refused: ${why}`, 180_000, async () =>
      (await this.#events()).some(({ exception }) => exception.includes(why)) ? true : undefined,
    );
  }

  /** Waits until so many more records are acknowledged. */
  async acknowledges(more: number): Promise<void> {
    const count = async (): Promise<number> => (await this.#events()).filter(({ name }) => name === SENT).length;
    const before = await count();
    await poll(`${more} records are acknowledged`, 180_000, async () =>
      (await count()) >= before + more ? true : undefined,
    );
  }

  /** Ends it. None may have been refused since too few brokers had it. @returns the acknowledged records */
  async stop(): Promise<ToolEvent[]> {
    await this.#kafka.cluster.docker(['kill', '--signal', 'TERM', this.#name], { host: 'node4' });
    const events = eventsOf((await this.#run).stdout);
    expect(events.filter(({ exception }) => exception.includes('NotEnoughReplicas'))).toEqual([]);
    return events.filter(({ name }) => name === SENT);
  }

  /** Ends it, reads the topic, and expects each acknowledged record in it. @returns them */
  async end(): Promise<ToolEvent[]> {
    const sent = await this.stop();
    const tool = `kafka-console-consumer.sh ${AT_THREE} --topic ${this.#topic} --from-beginning --timeout-ms 60000`;
    const { stdout, stderr } = await this.#kafka.outside(this.#properties, tool);
    const read = new Set(stdout.split('\n'));
    expect(sent.map(({ value }) => value).filter((value) => !read.has(value)), stderr).toEqual([]); // prettier-ignore
    return sent;
  }
}

/** Between two acknowledged records, in ms. */
export const longestPause = (sent: readonly ToolEvent[]): number =>
  Math.max(...sent.map(({ timestamp }, index) => timestamp - (sent[index - 1]?.timestamp ?? timestamp)));

/** Of acknowledged records, in words. */
export const summaryOf = (sent: readonly ToolEvent[]): string =>
  `${sent.length} records acknowledged and read; longest pause between two ${longestPause(sent)} ms`;
