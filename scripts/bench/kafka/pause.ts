import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { poll } from '../../lab/poll.ts';
import { BROKERS, NAME, type BenchKafka } from './cluster.ts';

const SERVICE = `${NAME}-producer`;
const SECRET = `${SERVICE}-properties`;
const HOST = 'node1';
/** Of the administrator, as the runbook writes it. */
const SETTINGS = 'secrets/clients/client.properties';
const LONG_MS = 300_000;

/**
 * A VerifiableProducer with `acks=all`, a service on the stack's network; the administrator’s settings are its secret.
 */
export class BenchProducer {
  readonly #kafka: BenchKafka;

  private constructor(kafka: BenchKafka) {
    this.#kafka = kafka;
  }

  /** Resolves once it has a record acknowledged. */
  static async start(kafka: BenchKafka): Promise<BenchProducer> {
    const { lab, directory, image } = kafka;
    const blocks = (await readFile(join(directory, 'README.md'), 'utf8')).matchAll(/```sh\n([^]*?)```/g);
    const block = [...blocks].map(([, text = '']) => text).find((text) => text.includes(`> ${SETTINGS}`)) ?? '';
    await promisify(execFile)('bash', ['-euc', block], { cwd: directory });
    const properties = await readFile(join(directory, SETTINGS), 'utf8');
    await lab.docker(HOST, ['secret', 'create', SECRET, '-'], { input: properties });
    const addresses = BROKERS.map((broker) => `${broker}:9094`).join();
    const tool = `/opt/kafka/bin/kafka-verifiable-producer.sh --bootstrap-server ${addresses} --topic orders --acks -1`;
    const command = `exec ${tool} --throughput 100 --command-config /run/secrets/client`;
    await lab.docker(HOST, [
      ...[
        'service',
        'create',
        '--detach',
        '--name',
        SERVICE,
        '--restart-condition',
        'none',
        '--network',
        `${NAME}_kafka`,
      ],
      // As the runbook says of clients on this network.
      ...['--env', 'KAFKA_OPTS=-Dsun.net.inetaddr.ttl=5 -Dsun.net.inetaddr.negative.ttl=1'],
      ...['--secret', `source=${SECRET},target=client`, '--constraint', `node.hostname==${HOST}`],
      ...[image, 'sh', '-c', command],
    ]);
    const producer = new BenchProducer(kafka);
    await poll('a record is acknowledged', LONG_MS, async () =>
      (await producer.#sent()).length > 0 ? true : undefined,
    );
    return producer;
  }

  /** Ends it. @returns the longest pause between two acknowledged records since `from`, in ms */
  async end(from: number): Promise<number> {
    const sent = (await this.#sent()).filter((at) => at >= from);
    const { lab } = this.#kafka;
    await lab.docker(HOST, ['service', 'rm', SERVICE]);
    // The secret is held until its task has ended.
    await poll(`${SECRET} is free`, LONG_MS, async () =>
      (await lab.docker(HOST, ['secret', 'rm', SECRET], { check: false })).code === 0 ? true : undefined,
    );
    return Math.max(...sent.map((at, index) => at - (sent[index - 1] ?? at)));
  }

  async #sent(): Promise<number[]> {
    const { lab } = this.#kafka;
    const id = (
      await lab.docker(HOST, ['ps', '-q', '-f', `label=com.docker.swarm.service.name=${SERVICE}`])
    ).stdout.trim();
    if (id === '') return [];
    const { stdout } = await lab.docker(HOST, ['logs', id]);
    return stdout.split('\n').flatMap((line) => {
      if (!line.includes('producer_send_success')) return [];
      return [(JSON.parse(line) as { timestamp: number }).timestamp];
    });
  }
}
