/**
 * An engine that records: it takes what `bundle prepare` and `docker stack deploy` write, and gives it back, as a swarm
 * of one manager would, with some ended tasks for each service. It runs nothing, so thousands of services cost nothing.
 * A program of its own, told the socket to listen on, since the bench blocks while a command runs.
 */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

export const RECORDED_ENGINE = fileURLToPath(import.meta.url);
export const NODE = 'node1';
const NODE_ID = 'n0000000000000000000001';
/** Of each service, beside the one that runs: 2,000 services have 5,000 tasks. */
const ENDED_TASKS_OF_TWO = 3;

type Json = Record<string, unknown>;
interface Stored {
  ID: string;
  Version: { Index: number };
  CreatedAt: string;
  UpdatedAt: string;
  Spec: Json & { Name?: string; Labels?: Record<string, string> };
}

const now = '2026-01-01T00:00:00.123456789Z';
let ids = 0;
const newId = (): string => `x${(ids++).toString(36).padStart(24, '0')}`;
const stored = (Spec: Stored['Spec'], ID = newId()): Stored => ({
  ID,
  Version: { Index: 10 },
  CreatedAt: now,
  UpdatedAt: now,
  Spec,
});
const node = {
  ...stored({ Role: 'manager', Availability: 'active', Labels: {} }, NODE_ID),
  Description: {
    Hostname: NODE,
    Platform: { Architecture: 'x86_64', OS: 'linux' },
    Resources: { NanoCPUs: 9000e9, MemoryBytes: 2 ** 45 },
    Engine: { EngineVersion: '28.5.2' },
  },
  Status: { State: 'ready', Addr: '10.77.0.1' },
  ManagerStatus: { Leader: true, Reachability: 'reachable', Addr: '10.77.0.1:2377' },
};
/** By the first part of their path. */
const objects: Record<string, Stored[]> = { nodes: [node], services: [], secrets: [], configs: [] };
const networks: Json[] = [];
/** Answers to whole lists, until something is written: each run is to cost the engine the same. */
const written = new Map<string, string>();

/** A service as the engine gives it back: networks by id, an image with its digest. */
function asService({ TaskTemplate, ...spec }: Json): Stored['Spec'] {
  const { ContainerSpec, Networks = [], ...task } = TaskTemplate as { ContainerSpec: Json; Networks?: Json[] };
  const Image = `${String(ContainerSpec['Image'])}@sha256:${'5'.repeat(64)}`;
  const idOf = (name: unknown): unknown => networks.find(({ Name }) => Name === name)?.['Id'] ?? name;
  return {
    ...spec,
    TaskTemplate: {
      ...task,
      ContainerSpec: { ...ContainerSpec, Image },
      Networks: Networks.map((network) => ({ ...network, Target: idOf(network['Target']) })),
      Runtime: 'container',
    },
  };
}

function tasks(): Json[] {
  return (objects['services'] ?? []).flatMap(({ ID: ServiceID, Spec }, index) =>
    Array.from({ length: 1 + ((index * ENDED_TASKS_OF_TWO) % 2 === 0 ? 1 : 2) }, (_unused, age) => ({
      ID: `t${index.toString(36).padStart(12, '0')}${age.toString(36).padStart(12, '0')}`,
      Version: { Index: 20 },
      CreatedAt: new Date(Date.parse(now) - age * 60_000).toISOString(),
      UpdatedAt: now,
      Labels: {},
      Spec: Spec['TaskTemplate'],
      ServiceID,
      Slot: 1,
      NodeID: NODE_ID,
      DesiredState: age === 0 ? 'running' : 'shutdown',
      Status: {
        Timestamp: now,
        State: age === 0 ? 'running' : 'failed',
        Message: age === 0 ? 'started' : 'finished',
        ContainerStatus: { ContainerID: 'c'.repeat(64), PID: 4711, ExitCode: age },
        PortStatus: {},
      },
      NetworksAttachments: [],
    })),
  );
}

const info = {
  ID: 'recorded',
  Name: NODE,
  ServerVersion: '28.5.2',
  OSType: 'linux',
  SystemTime: now,
  Swarm: {
    NodeID: NODE_ID,
    NodeAddr: '10.77.0.1',
    LocalNodeState: 'active',
    ControlAvailable: true,
    Managers: 1,
    Nodes: 1,
    Cluster: { ID: 'recorded', DefaultAddrPool: ['10.0.0.0/8'], SubnetSize: 24, Spec: {} },
  },
};
const version = { Version: '28.5.2', ApiVersion: '1.51', MinAPIVersion: '1.24', Os: 'linux', Arch: 'amd64' };

type Filters = Record<string, string[] | Record<string, boolean>>;
const wanted = (filters: Filters, key: string): string[] => {
  const values = filters[key] ?? [];
  return Array.isArray(values) ? values : Object.keys(values);
};

/** Whether all labels and one of the names or ids are met. */
function meets(filters: Filters, { id, name, labels }: { id: string; name: string; labels: Record<string, string> }) {
  const [names, only] = [wanted(filters, 'name'), wanted(filters, 'id')];
  return (
    wanted(filters, 'label').every((label) => {
      const [key = '', value] = label.split('=', 2);
      return key in labels && (value === undefined || labels[key] === value);
    }) &&
    (names.length === 0 || names.some((one) => name.startsWith(one))) &&
    (only.length === 0 || only.some((one) => id.startsWith(one)))
  );
}

function list(kind: string, filters: Filters): unknown {
  if (kind === 'tasks') {
    const states = wanted(filters, 'desired-state');
    return tasks().filter(({ DesiredState }) => states.length === 0 || states.includes(String(DesiredState)));
  }
  if (kind === 'networks')
    return networks.filter(({ Id, Name, Labels }) =>
      meets(filters, { id: String(Id), name: String(Name), labels: (Labels ?? {}) as Record<string, string> }),
    );
  if (kind === 'volumes') return { Volumes: [], Warnings: null };
  return objects[kind]?.filter(({ ID, Spec: { Name = '', Labels } }) =>
    meets(filters, { id: ID, name: Name, labels: Labels ?? {} }),
  );
}

interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: string;
}

function answer({ method, path, query, body }: Asked): { status: number; text: string } {
  const [kind = '', which, what] = path.split('/').slice(1);
  const ok = (json: unknown, status = 200) => ({ status, text: json === undefined ? '' : JSON.stringify(json) });
  if (kind === '_ping') return { status: 200, text: 'OK' };
  if (kind === 'info') return ok(info);
  if (kind === 'version') return ok(version);
  const all = objects[kind];
  if (method === 'GET' && which === undefined) {
    const key = `${path}?${query.toString()}`;
    const text = written.get(key) ?? JSON.stringify(list(kind, JSON.parse(query.get('filters') ?? '{}') as Filters));
    written.set(key, text);
    return { status: 200, text };
  }
  written.clear();
  if (method === 'POST' && which === 'create') {
    const spec = JSON.parse(body) as Stored['Spec'];
    if (kind === 'networks') {
      const Id = newId();
      const given = spec as Json & { Options?: Json };
      networks.push({ ...given, Id, Scope: 'swarm', IPAM: given['IPAM'] ?? { Config: [{ Subnet: '10.0.1.0/24' }] } });
      return ok({ Id }, 201);
    }
    const made = stored(kind === 'services' ? asService(spec) : spec);
    all?.push(made);
    return ok({ ID: made.ID }, 201);
  }
  const found =
    all?.find(({ ID, Spec }) => ID === which || Spec.Name === which) ??
    networks.find(({ Id, Name }) => Id === which || Name === which);
  if (found === undefined) return ok({ message: `${kind} ${which ?? ''} not found` }, 404);
  if (method === 'GET') return ok(found);
  if (method === 'DELETE') {
    all?.splice(all.indexOf(found as Stored), 1);
    return ok(undefined, 204);
  }
  if (what === 'update') {
    Object.assign(found, { Spec: JSON.parse(body) as Json, Version: { Index: (found as Stored).Version.Index + 1 } });
    return ok({});
  }
  return ok({ message: 'page not found' }, 404);
}

const socket = process.argv[2];
if (process.argv[1] === RECORDED_ENGINE && socket !== undefined)
  createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://engine');
      const { status, text } = answer({
        method: request.method ?? 'GET',
        path: pathname.replace(/^\/v\d+\.\d+/, ''),
        query: searchParams,
        body: Buffer.concat(chunks).toString(),
      });
      response.writeHead(status, {
        'Content-Type': 'application/json',
        'Api-Version': version.ApiVersion,
        'Docker-Experimental': 'false',
        Ostype: 'linux',
        Server: 'Docker/28.5.2 (linux)',
      });
      response.end(request.method === 'HEAD' ? undefined : text);
    });
  }).listen(socket, () => process.stdout.write('listening\n'));
