/*
 * What the answers of each stack can be, as data: one dimension for each thing that an operator decides, and in
 * `refused` the values that cannot go together. A new answer is a value here, or a dimension; the tests hold `refused`
 * and the answers' validation against each other.
 */
import { AGENT_LIST } from '../images/simulator/agent-list.ts';

export interface Value {
  name: string;
  /**
   * As `--set` takes them. {mysql}, {zookeeper}, {directory} and {subnet} stand for what the case finds: servers
   * outside the stack, a directory of its hosts, addresses.
   */
  answers: readonly string[];
  /** Why the lab cannot run it: then it is only rendered. */
  notOnLab?: string;
}

export interface Dimension {
  name: string;
  /** The first is the usual one. */
  values: readonly Value[];
}

/** Every value of `these` with every one of `those` is refused, at `path`. */
export interface Refused {
  these: { dimension: string; values: readonly string[] };
  those: { dimension: string; values: readonly string[] };
  path: string;
}

export interface Matrix {
  stack: string;
  /** Why the lab runs no case of it: then all are only rendered. */
  notOnLab?: string;
  dimensions: readonly Dimension[];
  refused: readonly Refused[];
}

const agents = (master: string, query: string, data: string): string[] =>
  Object.entries({ master, query, data }).flatMap(([role, nodes]) => [
    `agents.${role}.replicas=${nodes.split(',').length}`,
    `agents.${role}.nodes=[${nodes}]`,
  ]);

const NO_IPVS = 'the lab’s kernel may lack IPVS: an ingress port then answers nobody, and cannot be verified';
const NO_ESP = 'the lab’s kernel may lack IPsec (CONFIG_INET_ESP)';

const NETWORK: readonly Value[] = [
  { name: 'usual', answers: [] },
  { name: 'own subnet and MTU', answers: ['network.subnet={subnet}', 'network.mtu=1400'] },
  { name: 'encrypted', answers: ['network.encrypted=true'], notOnLab: NO_ESP },
];

const zookeeper: Matrix = {
  stack: 'zookeeper',
  dimensions: [
    {
      name: 'servers',
      values: [
        { name: '3', answers: ['servers=3', 'nodes=[node1,node2,node3]'] },
        { name: '1', answers: ['servers=1', 'nodes=node2'] },
        { name: '5 on three hosts', answers: ['servers=5', 'nodes=[node1,node2,node3]'] },
        {
          name: '5',
          answers: ['servers=5', 'nodes=[node1,node2,node3,node4,node5]'],
          notOnLab: 'five hosts are more than it has',
        },
      ],
    },
    {
      name: 'client port',
      values: [
        { name: 'closed', answers: ['client.publish=false'] },
        { name: 'open', answers: ['client.publish=true'] },
      ],
    },
    {
      name: 'heap',
      values: [
        { name: '64 MB', answers: ['heapMb=64'] },
        { name: '96 MB', answers: ['heapMb=96'] },
      ],
    },
    // For an update of one task, and no more.
    { name: 'network', values: [...NETWORK, { name: 'tiny', answers: ['network.subnet=10.66.0.0/29'] }] },
  ],
  refused: [
    {
      these: { dimension: 'servers', values: ['5 on three hosts'] },
      those: { dimension: 'client port', values: ['open'] },
      path: 'nodes',
    },
    {
      these: { dimension: 'servers', values: ['3', '5 on three hosts', '5'] },
      those: { dimension: 'network', values: ['tiny'] },
      path: 'network.subnet',
    },
  ],
};

const kafka: Matrix = {
  stack: 'kafka',
  notOnLab: 'its brokers take a minute to start; test/swarm/kafka*.test.ts run them',
  dimensions: [
    {
      name: 'brokers',
      values: [
        { name: '3', answers: ['brokers=3', 'nodes=[node1,node2,node3]'] },
        { name: '1', answers: ['brokers=1', 'nodes=node2'] },
        { name: '5 on three hosts', answers: ['brokers=5', 'nodes=[node1,node2,node3]'] },
        { name: '4', answers: ['brokers=4', 'nodes=[node1,node2,node3,node4]'] },
      ],
    },
    {
      name: 'controllers',
      values: [
        { name: 'the brokers', answers: ['controllers.apart=false'] },
        { name: '1 apart', answers: ['controllers.apart=true', 'controllers.count=1', 'controllers.nodes=node2'] },
        {
          name: '3 apart',
          answers: ['controllers.apart=true', 'controllers.count=3', 'controllers.nodes=[node1,node2,node3]'],
        },
        {
          name: '5 apart on three hosts, small',
          answers: [
            'controllers.apart=true',
            'controllers.count=5',
            'controllers.nodes=[node3,node1,node2]',
            'controllers.heapMb=128',
            'controllers.reserve.memory=256M',
          ],
        },
      ],
    },
    {
      name: 'login',
      values: [
        { name: 'SCRAM', answers: ['clients.login=scram'] },
        { name: 'PLAIN', answers: ['clients.login=plain'] },
        { name: 'PLAIN with users', answers: ['clients.login=plain', 'clients.users=[alice,bob]'] },
        { name: 'certificates', answers: ['clients.login=certificate'] },
        { name: 'certificates of users', answers: ['clients.login=certificate', 'clients.users=[alice,bob]'] },
      ],
    },
    {
      name: 'clients outside',
      values: [
        { name: 'none', answers: ['external.publish=false'] },
        { name: 'of one broker', answers: ['external.publish=true', 'external.names=k1.example.org'] },
        {
          name: 'of three brokers',
          answers: [
            'external.publish=true',
            'external.port=19095',
            'external.names=[k1.example.org,k2.example.org,k3.example.org]',
          ],
        },
      ],
    },
    {
      name: 'CA',
      values: [
        { name: 'made', answers: ['tls.ca=generate'] },
        { name: 'own', answers: ['tls.ca=files'] },
      ],
    },
    {
      name: 'certificates',
      values: [
        { name: 'usual', answers: [] },
        {
          name: 'of 90 days',
          answers: ['tls.certificates.days=90', 'tls.certificates.backdateHours=24', 'tls.certificates.renewalDays=20'],
        },
      ],
    },
    {
      name: 'resources',
      values: [
        { name: 'usual', answers: [] },
        { name: 'own', answers: ['heapMb=256', 'reserve.memory=512M'] },
      ],
    },
    { name: 'network', values: NETWORK },
  ],
  refused: [
    {
      these: { dimension: 'brokers', values: ['4'] },
      those: { dimension: 'controllers', values: ['the brokers'] },
      path: 'brokers',
    },
    {
      these: { dimension: 'brokers', values: ['1', '5 on three hosts', '4'] },
      those: { dimension: 'clients outside', values: ['of three brokers'] },
      path: 'external.names',
    },
    {
      these: { dimension: 'brokers', values: ['3', '5 on three hosts', '4'] },
      those: { dimension: 'clients outside', values: ['of one broker'] },
      path: 'external.names',
    },
  ],
};

const imply: Matrix = {
  stack: 'imply',
  dimensions: [
    {
      name: 'TLS',
      values: [
        { name: 'on', answers: ['tls.enabled=true'] },
        { name: 'own CA', answers: ['tls.ca=files'] },
        { name: 'off', answers: ['tls.enabled=false'] },
      ],
    },
    {
      name: 'authentication',
      values: [
        { name: 'on', answers: ['authentication.enabled=true'] },
        { name: 'own token', answers: ['authentication.token=file'] },
        { name: 'in clear', answers: ['authentication.allowClearText=true'] },
        { name: 'off', answers: ['authentication.enabled=false'] },
      ],
    },
    {
      name: 'licence',
      values: [
        { name: 'trial', answers: ['license=trial'] },
        { name: 'file', answers: ['license=file'] },
      ],
    },
    {
      name: 'secrets',
      values: [
        { name: 'by file', answers: ['secretDelivery=file'] },
        { name: 'by environment', answers: ['secretDelivery=env'] },
      ],
    },
    {
      name: 'manager',
      values: [
        { name: 'usual', answers: ['manager.nodes=node1'] },
        { name: 'on every node', answers: ['manager.nodes=node1', 'manager.portMode=ingress'], notOnLab: NO_IPVS },
        {
          name: 'own name and port',
          answers: [
            'manager.nodes=node2',
            'manager.hostname=boss',
            'manager.port=9443',
            ...Object.entries(AGENT_LIST).map(([path, value]) => `${path}=${value}`),
          ],
        },
      ],
    },
    {
      name: 'store',
      values: [
        { name: 'embedded', answers: ['store.embedded=true'] },
        { name: 'embedded elsewhere', answers: ['store.nodes=node3'] },
        { name: 'external MySQL', answers: ['store.host={mysql}', 'store.port=13306', 'store.user=root'] },
        {
          name: 'external MySQL of an own authority',
          answers: ['store.host=db.example.org', 'store.port=13306', 'store.user=imply', 'store.tls.ca=file'],
          notOnLab: 'the outside MySQL makes its own certificate when it starts',
        },
        {
          name: 'external PostgreSQL',
          answers: ['store.type=postgresql', 'store.host=db.example.org', 'store.user=imply'],
          notOnLab: 'the manager’s simulator logs in to MySQL only',
        },
      ],
    },
    {
      name: 'ZooKeeper',
      values: [
        { name: '1', answers: ['zookeeper.servers=1'] },
        { name: '3', answers: ['zookeeper.servers=3', 'zookeeper.nodes=[node1,node2,node3]'] },
        { name: '5 on three hosts', answers: ['zookeeper.servers=5', 'zookeeper.nodes=[node3,node1,node2]'] },
        { name: 'external', answers: ['zookeeper.hosts=[{zookeeper}]'] },
      ],
    },
    {
      name: 'agents',
      values: [
        { name: 'on one host', answers: agents('node1', 'node1', 'node1') },
        { name: 'on three hosts', answers: agents('node1', 'node2', 'node3') },
        { name: 'two for data', answers: agents('node1', 'node1', 'node2,node3') },
        { name: 'two for queries', answers: agents('node1', 'node1,node2', 'node3') },
        { name: 'two for queries on one host', answers: agents('node3', 'node3,node3', 'node3') },
        {
          name: 'two data tiers',
          answers: [
            ...agents('node1', 'node1', 'node2'),
            'agents.dataTier2.replicas=1',
            'agents.dataTier2.nodes=node3',
          ],
        },
        { name: 'three masters', answers: agents('node1,node2,node3', 'node2', 'node3') },
      ],
    },
    {
      name: 'query ports',
      values: [
        { name: 'open', answers: ['agents.query.publish.enabled=true'] },
        { name: 'own', answers: ['agents.query.publish.router=8443', 'agents.query.publish.pivot=8495'] },
        { name: 'closed', answers: ['agents.query.publish.enabled=false'] },
      ],
    },
    {
      name: 'deep storage',
      values: [
        { name: 's3', answers: ['deepStorage.type=s3', 'deepStorage.path=s3://bucket/prefix'] },
        { name: 'local', answers: ['deepStorage.type=local'] },
        {
          name: 'shared mount',
          answers: ['deepStorage.sharedMount=/srv/matrix', 'deepStorage.path=/mnt/deep-storage/own'],
        },
        {
          name: 's3 with endpoint and keys',
          answers: [
            'deepStorage.type=s3',
            'deepStorage.path=s3://imply/',
            'deepStorage.user=imply',
            'deepStorage.s3.endpoint=https://minio.example.org:9000',
          ],
        },
        { name: 'hdfs', answers: ['deepStorage.type=hdfs', 'deepStorage.path=hdfs://namenode:8020/druid'] },
        { name: 'azure', answers: ['deepStorage.type=azure', 'deepStorage.path=azure://container/prefix'] },
        { name: 'google', answers: ['deepStorage.type=google', 'deepStorage.path=gs://bucket/prefix'] },
      ],
    },
    {
      name: 'resources',
      values: [
        { name: 'trial', answers: ['agents.size=trial'] },
        {
          name: 'own',
          answers: [
            'agents.query.reserve.memory=32M',
            'agents.query.limit.memory=512M',
            'agents.data.limit.cpus="1.5"',
            'manager.limit.memory=1G',
          ],
        },
        { name: 'production', answers: ['agents.size=production'], notOnLab: 'it has neither the CPUs nor the memory' },
      ],
    },
    {
      name: 'agents’ data',
      values: [
        { name: 'in volumes', answers: [] },
        {
          name: 'in host directories',
          answers: [
            ...['manager', 'agents.master', 'agents.query', 'agents.data'].map(
              (owner) => `${owner}.hostPaths.var={directory}/${owner.replace('agents.', '')}`,
            ),
            'agents.data.hostPaths.tmp={directory}/tmp',
          ],
        },
      ],
    },
    {
      name: 'cluster defaults',
      values: [
        { name: 'none', answers: [] },
        {
          name: 'files and properties',
          answers: [
            'clusterDefaults.update=rolling',
            'clusterDefaults.implyVersion=2023.03',
            'clusterDefaults.customFiles=[{"path":"manager:///users.json"}]',
            'clusterDefaults.properties.common=["druid.startup.logging.logProperties=true","druid.emitter=$none"]',
            'clusterDefaults.properties.pivot=["maxRows: 100"]',
          ],
        },
        {
          name: 'S3 endpoint',
          answers: ['clusterDefaults.properties.common=["druid.s3.endpoint.url=https://minio.example.org:9000"]'],
        },
      ],
    },
    { name: 'network', values: NETWORK },
  ],
  refused: [
    {
      these: { dimension: 'TLS', values: ['off'] },
      those: { dimension: 'authentication', values: ['on', 'own token'] },
      path: 'authentication.allowClearText',
    },
    {
      these: { dimension: 'deep storage', values: ['local'] },
      those: {
        dimension: 'agents',
        values: ['on three hosts', 'two for data', 'two for queries', 'two data tiers', 'three masters'],
      },
      path: 'deepStorage.sharedMount',
    },
    {
      these: { dimension: 'query ports', values: ['open', 'own'] },
      those: { dimension: 'agents', values: ['two for queries on one host'] },
      path: 'agents.query.nodes',
    },
    {
      these: { dimension: 'agents’ data', values: ['in host directories'] },
      those: { dimension: 'agents', values: ['two for queries on one host'] },
      path: 'agents.query.hostPaths.var',
    },
    {
      these: { dimension: 'cluster defaults', values: ['S3 endpoint'] },
      those: { dimension: 'deep storage', values: ['s3 with endpoint and keys'] },
      path: 'clusterDefaults.properties.common.0',
    },
  ],
};

export const matrices: readonly Matrix[] = [zookeeper, imply, kafka];
