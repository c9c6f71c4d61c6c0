/**
 * The manager's back end on 9989: the vendor's actions as far as its scripts show them, and the simulators' own paths.
 */
import { timingSafeEqual } from 'node:crypto';
import { BASIC_USER, SIMULATOR_PATHS } from '../common/contract.ts';
import { type Answer, basic, type Call } from '../common/http.ts';
import { parseRegistration, type Welcome } from '../common/registration.ts';
import type { Agents } from './agents.ts';

/** The one cluster that is there from the start, and must be started once by a person. */
export interface Cluster {
  id: string;
  state: string;
}

export interface BackEnd {
  cluster: Cluster;
  agents: Agents;
  token: string | undefined;
  /** Lets everyone in, whatever the token. */
  acceptAnyToken: boolean;
  welcome: Omit<Welcome, 'cluster'>;
  issueFor: ((publicKeyPem: string, names: readonly string[]) => Promise<string>) | undefined;
  log: (message: string) => void;
}

/** Answers a call. */
export async function answer(manager: BackEnd, call: Call): Promise<Answer> {
  if (!mayEnter(manager, call.authorization))
    return { status: 401, body: { error: 'Unauthorized' }, headers: { 'www-authenticate': 'Basic realm="simulator"' } };
  const route = `${call.method} ${call.path}`;
  if (route === 'POST /manager/v1/action') return action(manager, call.body);
  if (route === `POST ${SIMULATOR_PATHS.agents}`) return register(manager, call.body);
  if (route === `GET ${SIMULATOR_PATHS.agents}`)
    return { status: 200, body: { cluster: manager.cluster, agents: manager.agents.list() } };
  if (route === `POST ${SIMULATOR_PATHS.certificates}`) return certificate(manager, call.body);
  const wanted = new RegExp(`^POST ${SIMULATOR_PATHS.clusters}/([^/]+)/(start|stop)$`).exec(route);
  if (wanted !== null)
    return changeState(manager, wanted[1] ?? '', wanted[2] === 'start' ? 'RUNNING' : 'CLUSTER_STOPPED');
  return { status: 404, body: { error: `The URI [${call.path}] is not known` } };
}

function mayEnter({ token, acceptAnyToken }: BackEnd, authorization: string | undefined): boolean {
  if (token === undefined || acceptAnyToken) return true;
  const wanted = Buffer.from(basic(BASIC_USER, token));
  const given = Buffer.from(authorization ?? '');
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

function action({ cluster, agents }: BackEnd, body: unknown): Answer {
  const { type, clusterId } = (body ?? {}) as { type?: unknown; clusterId?: unknown };
  if (clusterId !== cluster.id)
    return { status: 404, body: { error: `Cluster [${String(clusterId)}] does not exist` } };
  if (type === 'describeCluster') return { status: 200, body: { info: { id: cluster.id, state: cluster.state } } };
  if (type === 'describeClusterReplaceableAgents')
    return { status: 200, body: { agents: agents.list().map(({ address }) => address) } };
  if (type === 'updateClusterAgents') {
    if (cluster.state === 'RUNNING') return { status: 200, body: {} };
    return { status: 400, body: { error: `Invalid state change: the cluster is in state ${cluster.state}` } };
  }
  return { status: 400, body: { error: `Unknown action [${String(type)}]` } };
}

async function register({ agents, cluster, welcome }: BackEnd, body: unknown): Promise<Answer> {
  const agent = await agents.register(parseRegistration(body));
  const member = agent.cluster === cluster.id ? cluster : undefined;
  return { status: 200, body: { ...welcome, cluster: member } satisfies Welcome };
}

async function certificate({ issueFor }: BackEnd, body: unknown): Promise<Answer> {
  const { publicKey, names } = (body ?? {}) as { publicKey?: unknown; names?: unknown };
  if (issueFor === undefined) return { status: 400, body: { error: 'TLS is off: no certificates' } };
  if (typeof publicKey !== 'string' || !Array.isArray(names))
    return { status: 400, body: { error: 'publicKey and names are needed' } };
  return { status: 200, body: { certificate: await issueFor(publicKey, names.map(String)) } };
}

function changeState({ cluster, log }: BackEnd, id: string, state: string): Answer {
  if (id !== cluster.id) return { status: 404, body: { error: `Cluster [${id}] does not exist` } };
  if (cluster.state !== state) log(`cluster ${id}: ${cluster.state} to ${state}`);
  cluster.state = state;
  return { status: 200, body: { info: { id, state } } };
}
