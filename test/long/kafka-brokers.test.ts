/** Brokers that come and go beside controllers apart, and a disk that held what no other has. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '../../scripts/lab/poll.ts';
import { containerOf } from '../../stacks/common/containers.ts';
import { unsupported } from '../support/cluster.ts';
import type { KafkaCluster } from '../support/kafka.ts';
import { apart, brokers, move, spread, topics } from '../support/kafka-apart.ts';

describe.skipIf(unsupported !== undefined)('brokers of a Kafka with controllers apart come and go', () => {
  let kafka: KafkaCluster;
  beforeAll(async () => {
    kafka = await apart('kmore', 3);
  });
  afterAll(() => kafka?.cluster.remove());

  /** Gives a topic its copies on so many first brokers alone, by the runbook of these. */
  async function toOthers(topic: string, brokers: number): Promise<void> {
    await kafka.runbook(/> plan\.json/);
    await kafka.runbook(/--execute' < plan\.json/);
    await poll(`${topic} on ${brokers} brokers alone`, 180_000, async () => {
      const copies = [...(await spread(kafka, topic)).matchAll(/Replicas: (\S+)\s+Isr: (\S+)\s/g)].flatMap(
        ([, ...lists]) => lists,
      );
      const all = Array.from({ length: brokers }, (_unused, index) => index + 1).join();
      return copies.every((list) => list.split(',').sort().join() === all) ? true : undefined;
    });
  }

  /** A broker without partitions loses its controllers for a while; its port stays open. */
  async function cutOff(broker: string, host: string): Promise<void> {
    const { lab, name } = kafka.cluster;
    const { stdout: id } = await lab.docker(host, [
      'ps',
      '-q',
      '-f',
      `label=com.docker.swarm.service.name=${name}_${broker}`,
    ]);
    const { stdout: pid } = await lab.docker(host, ['inspect', '-f', '{{.State.Pid}}', id.trim()]);
    const rule = ['OUTPUT', '-p', 'tcp', '--dport', '9093', '-j', 'DROP'];
    const iptables = (action: string) => lab.onHost(host, ['nsenter', '--target', pid.trim(), '--net', 'iptables', action, ...rule]); // prettier-ignore
    const quorum = async (status: string): Promise<string | undefined> => {
      const row = (await kafka.rows('--only', 'quorum', '--timeout', '45s'))['brokers quorum'];
      return row?.status === status ? row.detail : undefined;
    };
    await poll('all brokers are well', 180_000, () => quorum('passed'));
    await iptables('-I');
    // While the tools find their way past it, a reading may have no answer at all.
    const fenced = new RegExp(`3 of 4 in sync.*${broker}: fenced: without its controllers for \\d+ s`);
    await poll(`${broker} is fenced, and nothing else`, 180_000, async () =>
      fenced.exec((await quorum('failed')) ?? '') === null ? undefined : true,
    ).finally(() => iptables('-D'));
    await poll('all brokers are well again', 180_000, () => quorum('passed'));
  }

  it('has another lead what the third alone had in sync, before that one starts on an empty disk', async () => {
    const scale = (broker: string, count: number) => kafka.shell(`docker service scale kmore_${broker}=${count}`);
    /** One of the tools as a broker that is not touched. */
    const asSecond = (program: string, options: string, before = ''): Promise<string> =>
      kafka.shell(
        `${before}docker exec -i ${containerOf('kmore', 'kafka-2')} /opt/kafka/bin/${program} ` +
          `--bootstrap-server kafka-2:9092 --command-config /dev/shm/kafka/broker.properties ${options}`,
        'node2',
      );
    const late = (what: string, wanted: RegExp): Promise<true> =>
      poll(what, 180_000, async () =>
        wanted.test(await asSecond('kafka-topics.sh', '--describe --topic late', 'true | ')) ? true : undefined,
      );
    await topics(kafka, '--create --topic late --replica-assignment 3:1 --config min.insync.replicas=1');
    await asSecond('kafka-console-producer.sh', '--topic late', 'echo early | ');
    await scale('kafka-1', 0);
    await late('kafka-3 alone is in sync', /Isr: 3\s/);
    await scale('kafka-3', 0);
    await late('nobody leads', /Leader: none/);
    await scale('kafka-1', 1);
    await kafka.started('kafka-1');
    expect(await kafka.runbook(/would be lost/)).toMatch(
      /^late-0, older on 1\n0 of \d+ partitions would be lost\n1 of .*\n0 of /m,
    );
    await kafka.runbook(/^docker service scale \S+=0\n$/);
    expect(await kafka.runbook(/--election-type unclean/)).toContain(
      'Successfully completed leader election (UNCLEAN) for partitions late-0',
    );
    await late('kafka-1 leads', /Leader: 1\s.*Isr: 1\s/);
    expect(await kafka.runbook(/would be lost/)).toMatch(/^0 of \d+ partitions would be lost\n0 of .*\n0 of /m);
    const [, remove = ''] = /\n(until docker volume rm .*)\n/.exec(await kafka.cluster.read('README.md')) ?? [];
    await kafka.shell(remove, 'node3');
    await scale('kafka-3', 1);
    await late('both are in sync', /Isr: (1,3|3,1)\s/);
    expect(await asSecond('kafka-get-offsets.sh', '--topic late', 'true | ')).toContain('late:0:1');
    await topics(kafka, '--delete --topic late');
    await kafka.verify(0, '--only', 'quorum');
  });

  it('takes a fourth without touching the others, tells that it is fenced, and lets it go once the runbook has moved what it holds', async () => {
    const services = async (): Promise<string[]> => {
      const { stdout } = await kafka.cluster.docker(['stack', 'services', '--format', '{{.Name}}', 'kmore']);
      return stdout.trim().split('\n').sort();
    };
    const before = await services();
    await kafka.change(...brokers(4));
    expect(await kafka.deploy()).not.toContain('· update');
    expect(await services()).toEqual([...before, 'kmore_kafka-4'].sort());
    await cutOff('kafka-4', 'node4');
    await topics(kafka, '--create --topic old --replica-assignment 4:1');

    await kafka.change(...brokers(3));
    const refused = await kafka.cluster.run(['deploy', '--yes']);
    expect(refused.code, refused.all).toBe(3);
    expect(refused.stderr).toContain('kafka-4 of Kafka brokers would be taken away, and holds old-0');
    expect(await services()).toContain('kmore_kafka-4');
    await toOthers('old', 3);
    expect(await kafka.deploy()).not.toContain('· update');
    expect(await services()).toEqual(before);

    // It stays registered, and new topics may be placed on it, until it is unregistered.
    const registered = async (): Promise<string[]> => {
      const told = await kafka.runbook(/kafka-cluster\.sh list-endpoints/);
      return [...told.matchAll(/^(\d+) .*\b(fenced|unfenced)\b/gm)].map(([, id, state]) => `${id} ${state}`).sort();
    };
    const others = [1, 2, 3].map((id) => `${id} unfenced`);
    await poll('kafka-4 has ended', 120_000, async () =>
      (await registered()).includes('4 fenced') ? true : undefined,
    );
    expect(await registered()).toEqual([...others, '4 fenced']);
    expect(await kafka.runbook(/kafka-cluster\.sh unregister/)).toContain('Broker 4 is no longer registered.\n');
    await poll('the others alone are registered', 60_000, async () =>
      (await registered()).join() === others.join() ? true : undefined,
    );
  }, 1_200_000);

  it('lets the third go, whose copies the tool itself has no plan for', async () => {
    // Nothing is done if there are three.
    await kafka.change(...brokers(3));
    await kafka.deploy();
    await topics(kafka, '--create --topic thrice --replica-assignment 3:1:2,1:2:3 --config min.insync.replicas=2');
    const refused = await move(kafka, 'thrice', '1,2,3,4', '1,2').catch((error: { stdout: string }) => error.stdout);
    expect(refused).toMatch(/^Error: .* replication factor of 3 cannot be reached because only 2 broker/m);

    await kafka.change(...brokers(2));
    await kafka.runbook(/--delete-config min\.insync\.replicas/);
    await toOthers('thrice', 2);
    expect(await spread(kafka, 'thrice')).not.toContain('min.insync.replicas=2');
    await kafka.deploy();
    const detail = (await kafka.verify(0, '--only', 'quorum'))['brokers quorum']?.detail;
    expect(detail).toMatch(/2 of 2 in sync$/);
  }, 1_200_000);
});
