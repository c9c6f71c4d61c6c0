import * as fc from 'fast-check';

/** What a generated service may refer to: a swarm of `node1` to `node6`, some with the labels `zone` and `Rack`. */
export interface Surroundings {
  /** Ids of nodes. */
  ids: readonly string[];
  addresses: readonly string[];
}

export const ZONES = ['a', 'b', 'C'] as const;
/** Few, so that services meet on them. */
export const PORTS = [7001, 7002, 7003, 7004] as const;

const MIB = 2 ** 20;
const either = fc.constantFrom('==', '!=', ' == ', ' != ');
const compared = (key: string, values: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(either, values).map(([operator, value]) => `${key}${operator}${value}`);
const onlyNot = (key: string, values: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  values.map((value) => `${key} != ${value}`);

function constraints({ ids, addresses }: Surroundings): fc.Arbitrary<string> {
  const [first = '10.0.0.1'] = addresses;
  const network = first.replace(/\.\d+$/, '.0');
  const hosts = fc.constantFrom('node1', 'node2', 'NODE3', 'node4', 'node5', 'node6', 'node7');
  return fc.oneof(
    { weight: 4, arbitrary: compared('node.role', fc.constantFrom('manager', 'worker', 'Manager')) },
    { weight: 3, arbitrary: compared('node.hostname', hosts) },
    { weight: 6, arbitrary: onlyNot('node.hostname', hosts) },
    { weight: 6, arbitrary: compared('node.labels.zone', fc.constantFrom('a', 'B', 'c', 'd')) },
    { weight: 3, arbitrary: onlyNot('node.labels.zone', fc.constantFrom('a', 'b', 'c')) },
    compared('node.labels.Zone', fc.constantFrom('a')),
    compared('NODE.Labels.Rack', fc.constantFrom('1', '2')),
    { weight: 2, arbitrary: compared('node.labels.lab.size', fc.constantFrom('large', 'medium', 'small')) },
    compared('engine.labels.disk', fc.constantFrom('ssd')),
    compared('node.platform.os', fc.constantFrom('linux', 'windows')),
    compared('node.platform.arch', fc.constantFrom('x86_64', 'amd64', 'aarch64')),
    compared('node.id', fc.constantFrom(...ids)),
    compared(
      'node.ip',
      fc.constantFrom(
        ...addresses,
        `${network}/24`,
        '192.0.2.0/24',
        '192.0.2.1',
        `${first}/31`,
        '300.1.1.1',
        `${first}/33`,
      ),
    ),
    fc.constantFrom('node.colour == red', 'node.colour != red', 'node.labels. != x'),
  );
}

const platforms = fc.oneof(
  { weight: 4, arbitrary: fc.constant<object[]>([]) },
  fc.array(
    fc.record({
      OS: fc.constantFrom('linux', 'windows', ''),
      Architecture: fc.constantFrom('amd64', 'x86_64', 'arm64', 'aarch64', ''),
    }),
    { minLength: 1, maxLength: 2 },
  ),
);

const reservations = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  fc.record({
    NanoCPUs: fc.constantFrom(
      1_000_000,
      250_000_001,
      500_000_000,
      1_000_000_000,
      1_500_000_000,
      2_000_000_000,
      2_000_000_001,
    ),
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      MemoryBytes: fc.constantFrom(4, 64, 512, 1024, 1536, 3000, 4096, 4097, 7000, 9000).map((size) => size * MIB),
    }),
  },
  fc.record({
    NanoCPUs: fc.constantFrom(1_000_000, 300_000_000),
    MemoryBytes: fc.constantFrom(16, 700, 2048).map((size) => size * MIB),
  }),
);

const port = fc.record({
  Protocol: fc.constantFrom('tcp', 'tcp', 'udp'),
  TargetPort: fc.constantFrom(80, 81),
  // The engine chooses where it is zero.
  PublishedPort: fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...PORTS) }, fc.constant(0)),
  PublishMode: fc.constant('host'),
});
const ports = fc.oneof(
  { weight: 2, arbitrary: fc.constant<GeneratedService['EndpointSpec']['Ports']>([]) },
  fc
    .uniqueArray(port, { minLength: 1, maxLength: 2, selector: (one) => `${one.PublishedPort}/${one.Protocol}` })
    .filter((all) => new Set(all.map((one) => `${one.TargetPort}/${one.Protocol}`)).size === all.length),
);

/**
 * ServiceSpecs of the Engine API that the engine accepts, without name and image: all that the scheduler's filters look
 * at.
 */
export function generatedServices(surroundings: Surroundings): fc.Arbitrary<GeneratedService> {
  const mode = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ replicas: fc.constantFrom(1, 1, 2, 3, 6, 8), most: fc.constantFrom(0, 1, 1, 2) }),
    },
    fc.constant('global' as const),
  );
  return fc
    .record({
      mode,
      constraints: fc.array(constraints(surroundings), { maxLength: 2 }),
      platforms,
      reservations,
      ports,
    })
    .map(
      ({
        mode: chosen,
        constraints: Constraints,
        platforms: Platforms,
        reservations: Reservations,
        ports: Ports,
      }): GeneratedService => ({
        Mode: chosen === 'global' ? { Global: {} } : { Replicated: { Replicas: chosen.replicas } },
        TaskTemplate: {
          Placement: {
            Constraints,
            Platforms,
            ...(chosen !== 'global' && chosen.most > 0 && { MaxReplicas: chosen.most }),
          },
          Resources: { Reservations },
          RestartPolicy: { Condition: 'none' },
        },
        EndpointSpec: { Mode: 'dnsrr', Ports },
      }),
    );
}

export interface GeneratedService {
  Mode: { Global: object } | { Replicated: { Replicas: number } };
  TaskTemplate: {
    Placement: { Constraints: string[]; Platforms: object[]; MaxReplicas?: number };
    Resources: { Reservations: { NanoCPUs?: number; MemoryBytes?: number } };
    RestartPolicy: object;
  };
  EndpointSpec: {
    Mode: string;
    Ports: { Protocol: string; TargetPort: number; PublishedPort: number; PublishMode: string }[];
  };
}
