/** A real ZooKeeper, from Debian's packages, behind the environment contract of the official image. */
import { keyOf, withScratch } from '../cache.ts';
import { download, type PackageSet, unpack } from '../debian/packages.ts';
import { pick } from '../debian/pick.ts';
import { javaHome, jreFiles, jrePackage, RELEASE } from '../java/jre.ts';
import { type Layer, layer } from '../oci/layer.ts';
import { fileLayer, ownFile } from './files.ts';
import { LABELS, type Log, PATH, type Recipe } from './recipe.ts';
import { skeleton } from './skeleton.ts';

/** `zookeeper` alone: its dependencies are a desktop's worth of graphical Java. */
const PACKAGES: PackageSet = {
  release: RELEASE[17],
  closure: ['libzookeeper-java', jrePackage(17), 'bash', 'util-linux'],
  alone: ['zookeeper'],
};

const ZOOKEEPER = 1000;

const JARS = [
  'commons-cli', 'commons-io', 'findbugs-annotations', 'jackson-annotations', 'jackson-core', 'jackson-databind',
  'jetty9-client', 'jetty9-http', 'jetty9-io', 'jetty9-security', 'jetty9-server', 'jetty9-servlet', 'jetty9-util', 'jetty9-util-ajax',
  'log4j-1.2', 'metrics-core', 'netty-buffer', 'netty-codec', 'netty-common', 'netty-handler', 'netty-resolver', 'netty-transport',
  'netty-transport-native-epoll', 'netty-transport-native-unix-common', 'servlet-api', 'slf4j-api', 'slf4j-log4j12', 'snappy-java',
  'zookeeper', 'zookeeper-jute',
]; // prettier-ignore

const KEPT = [
  'usr/bin/bash',
  'usr/bin/setpriv',
  'usr/share/zookeeper/bin/zkServer.sh',
  'usr/share/zookeeper/bin/zkCli.sh',
  'usr/share/zookeeper/bin/zkCleanup.sh',
  ...jreFiles(17),
  ...JARS.map((name) => `usr/share/java/${name}.jar`),
];

export const zookeeper: Recipe = {
  repository: 'lab/zookeeper',
  tag: '3.8',
  settings: {
    entrypoint: ['/docker-entrypoint.sh'],
    cmd: ['zkServer.sh', 'start-foreground'],
    env: {
      PATH: `${PATH}:/usr/share/zookeeper/bin:${javaHome(17)}/bin`,
      JAVA_HOME: javaHome(17),
      ZOO_CONF_DIR: '/conf',
      ZOO_DATA_DIR: '/data',
      ZOO_DATA_LOG_DIR: '/datalog',
      ZOO_LOG_DIR: '/logs',
      ZOO_TICK_TIME: '2000',
      ZOO_INIT_LIMIT: '5',
      ZOO_SYNC_LIMIT: '2',
      ZOO_AUTOPURGE_PURGEINTERVAL: '0',
      ZOO_AUTOPURGE_SNAPRETAINCOUNT: '3',
      ZOO_MAX_CLIENT_CNXNS: '60',
      ZOO_STANDALONE_ENABLED: 'true',
      ZOO_ADMINSERVER_ENABLED: 'true',
      // For a quick start on a small machine; what the operator gives comes later on the command line and wins.
      LAB_JVMFLAGS: '-XX:TieredStopAtLevel=1 -Xshare:auto -XX:+UseSerialGC',
      JMXDISABLE: 'true',
    },
    expose: [2181, 2888, 3888, 8080],
    volumes: ['/data', '/datalog', '/logs'],
    labels: LABELS,
  },
  layers: async (log) => [await skeleton(log), await server(log), await own()],
};

async function server(log: Log): Promise<Layer> {
  // The number goes up when the same packages and paths are to give another layer.
  return layer(keyOf('zookeeper 3', JSON.stringify([PACKAGES, KEPT])), async (root) => {
    const debs = await download(PACKAGES, log);
    await withScratch(async (tree) => {
      log('unpacking ZooKeeper and its Java');
      await unpack(debs, tree);
      await pick(tree, root, KEPT);
    });
  });
}

async function own(): Promise<Layer> {
  return fileLayer(
    {
      '/docker-entrypoint.sh': await ownFile('zookeeper/docker-entrypoint.sh', 0o755),
      '/usr/share/zookeeper/bin/zkEnv.sh': await ownFile('zookeeper/zkEnv.sh'),
      '/etc/zookeeper/conf/log4j.properties': await ownFile('zookeeper/log4j.properties'),
    },
    Object.fromEntries(['/conf', '/data', '/datalog', '/logs'].map((dir) => [dir, { owner: ZOOKEEPER }])),
  );
}
