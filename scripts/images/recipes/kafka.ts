/** A real Kafka, from Maven Central, behind the contract of the image `apache/kafka` as far as it is publicly known. */
import { type JavaApp, javaLayers } from '../java/app.ts';
import { javaHome } from '../java/jre.ts';
import type { Layer } from '../oci/layer.ts';
import { fileLayer, ownFile, type OwnFile } from './files.ts';
import { LABELS, PATH, type Recipe } from './recipe.ts';

const APPUSER = 1000;
const TOOLS = 'org.apache.kafka.tools';

/** The official image's tools, by their classes. Left out: Connect, MirrorMaker, Streams, the metadata shell. */
export const KAFKA_TOOLS: Readonly<Record<string, string>> = {
  'kafka-acls.sh': `${TOOLS}.AclCommand`,
  'kafka-broker-api-versions.sh': `${TOOLS}.BrokerApiVersionsCommand`,
  'kafka-client-metrics.sh': `${TOOLS}.ClientMetricsCommand`,
  'kafka-cluster.sh': `${TOOLS}.ClusterTool`,
  'kafka-configs.sh': `${TOOLS}.ConfigCommand`,
  'kafka-console-consumer.sh': `${TOOLS}.consumer.ConsoleConsumer`,
  'kafka-console-producer.sh': `${TOOLS}.ConsoleProducer`,
  'kafka-console-share-consumer.sh': `${TOOLS}.consumer.ConsoleShareConsumer`,
  'kafka-consumer-groups.sh': `${TOOLS}.consumer.group.ConsumerGroupCommand`,
  'kafka-consumer-perf-test.sh': `${TOOLS}.ConsumerPerformance`,
  'kafka-delegation-tokens.sh': `${TOOLS}.DelegationTokenCommand`,
  'kafka-delete-records.sh': `${TOOLS}.DeleteRecordsCommand`,
  'kafka-dump-log.sh': 'kafka.tools.DumpLogSegments',
  'kafka-e2e-latency.sh': `${TOOLS}.EndToEndLatency`,
  'kafka-features.sh': `${TOOLS}.FeatureCommand`,
  'kafka-get-offsets.sh': `${TOOLS}.GetOffsetShell`,
  'kafka-groups.sh': `${TOOLS}.GroupsCommand`,
  'kafka-jmx.sh': `${TOOLS}.JmxTool`,
  'kafka-leader-election.sh': `${TOOLS}.LeaderElectionCommand`,
  'kafka-log-dirs.sh': `${TOOLS}.LogDirsCommand`,
  'kafka-metadata-quorum.sh': `${TOOLS}.MetadataQuorumCommand`,
  'kafka-producer-perf-test.sh': `${TOOLS}.ProducerPerformance`,
  'kafka-reassign-partitions.sh': `${TOOLS}.reassign.ReassignPartitionsCommand`,
  'kafka-share-groups.sh': `${TOOLS}.consumer.group.ShareGroupCommand`,
  'kafka-storage.sh': 'kafka.tools.StorageTool',
  'kafka-topics.sh': `${TOOLS}.TopicCommand`,
  'kafka-transactions.sh': `${TOOLS}.TransactionsCommand`,
  'kafka-verifiable-consumer.sh': `${TOOLS}.VerifiableConsumer`,
  'kafka-verifiable-producer.sh': `${TOOLS}.VerifiableProducer`,
};

/** Java 21 as in the official image. */
async function app(): Promise<JavaApp> {
  const script = (await ownFile('kafka/training.sh')).content.toString();
  return {
    java: 21,
    jars: 'kafka',
    libs: '/opt/kafka/libs',
    training: { archive: '/opt/kafka/kafka.jsa', user: APPUSER, script },
  };
}

export const kafka: Recipe = {
  repository: 'lab/kafka',
  tag: '4.4.0',
  settings: {
    user: 'appuser',
    entrypoint: ['/__cacert_entrypoint.sh'],
    cmd: ['/etc/kafka/docker/run'],
    env: { PATH: `${javaHome(21)}/bin:${PATH}`, JAVA_HOME: javaHome(21) },
    expose: [9092],
    volumes: ['/etc/kafka/secrets', '/var/lib/kafka/data', '/mnt/shared/config'],
    labels: LABELS,
  },
  layers: async (log) => [...(await javaLayers(await app(), log)), await own()],
};

async function own(): Promise<Layer> {
  const config = (name: string): Promise<OwnFile> =>
    ownFile(`kafka/${name}`).then((file) => ({ ...file, owner: APPUSER }));
  const program = (name: string): Promise<OwnFile> => ownFile(`kafka/${name}`, 0o755);
  const tools = Object.entries(KAFKA_TOOLS).map(
    ([name, mainClass]) => [`/opt/kafka/bin/${name}`, tool(name, mainClass)] as const,
  );
  const settings = await Promise.all(
    ['server.properties', 'log4j2.yaml', 'tools-log4j2.yaml'].map(async (name) => [name, await config(name)] as const),
  );
  const below = (dir: string) => Object.fromEntries(settings.map(([name, file]) => [`${dir}/${name}`, file]));
  const owned = [
    '/home/appuser',
    '/opt/kafka',
    '/opt/kafka/config',
    '/opt/kafka/logs',
    '/etc/kafka',
    '/etc/kafka/docker',
  ];
  const volumes = ['/etc/kafka/secrets', '/var/lib/kafka', '/var/lib/kafka/data', '/mnt/shared/config'];
  return fileLayer(
    {
      '/etc/passwd': {
        content: 'root:x:0:0:root:/root:/bin/sh\nappuser:x:1000:1000::/home/appuser:/bin/bash\n',
        mode: 0o644,
      },
      '/etc/group': { content: 'root:x:0:\nappuser:x:1000:\n', mode: 0o644 },
      '/__cacert_entrypoint.sh': await program('cacert-entrypoint.sh'),
      '/etc/kafka/docker/run': await program('run'),
      '/etc/kafka/docker/configure': await program('configure'),
      '/etc/kafka/docker/launch': await program('launch'),
      '/opt/kafka/bin/kafka-run-class.sh': await program('kafka-run-class.sh'),
      '/opt/kafka/bin/kafka-server-start.sh': await program('kafka-server-start.sh'),
      ...Object.fromEntries(tools),
      ...below('/etc/kafka/docker'),
      ...below('/opt/kafka/config'),
    },
    Object.fromEntries([...owned, ...volumes].map((dir) => [dir, { owner: APPUSER }])),
  );
}

function tool(name: string, mainClass: string): OwnFile {
  const text = `#!/usr/bin/env bash
# Stands in for /opt/kafka/bin/${name} of the image apache/kafka.
exec /opt/kafka/bin/kafka-run-class.sh ${mainClass} "$@"
`;
  return { content: text, mode: 0o755 };
}
