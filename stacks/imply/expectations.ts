import type { EndpointExpectation, LogExpectation, ServiceExpectation } from '../../src/sdk/definition.ts';
import { CLIENT_PORT } from '../zookeeper/servers.ts';
import { storeEmbedded, type ImplyAnswers } from './answers.ts';
import { MANAGER, MYSQL, managerAddress, members, zookeeperServers, type Member } from './members.ts';
import { PORTS, portOf } from './ports.ts';
import { registration } from './registration.ts';

/**
 * Printed when a container starts, by manager and agent alike [D33]. Prefix, time stamp and stream are unknown, and so
 * is any wording for "disabled": only the enabled line is ever looked for.
 */
const TLS: LogExpectation = { name: 'TLS', contains: 'TLS: Enabled' };
const AUTHENTICATION: LogExpectation = { name: 'Authentication', contains: 'Authentication: Enabled' };

/** Seconds a start may take: the chart gives the manager 36 probes of 5 s and an agent 90 of 10 s. */
const MANAGER_START = 180;
const AGENT_START = 900;
/** A database may take a while to make its files. */
const STORE_START = 120;
/** Both print the lines when the container starts, long before an agent is ready. */
const LINES_WITHIN = 180;

export function expectations(answers: ImplyAnswers): ServiceExpectation[] {
  const logs = [...(answers.tls.enabled ? [TLS] : []), ...(answers.authentication.enabled ? [AUTHENTICATION] : [])];
  const key = answers.tls.enabled ? [{ secret: 'ca', part: 'key' }] : [];
  const forbidden = [...key, ...(answers.authentication.enabled ? [{ secret: 'auth-token', part: 'token' }] : [])];
  const behind = {
    logs: [],
    withinSeconds: STORE_START,
    startGraceSeconds: STORE_START,
    needs: [],
    forbiddenSecrets: forbidden,
  };
  const servers = zookeeperServers(answers).map(({ name }) => name);
  // Of a store or a ZooKeeper outside nobody here can tell since when it serves: then only the grace counts.
  const managerNeeds = storeEmbedded(answers) && servers.length > 0 ? { needs: [MYSQL, ...servers] } : {};
  const agentNeeds = servers.length > 0 ? { needs: [MANAGER, ...servers] } : {};
  return [
    ...(storeEmbedded(answers) ? [{ ...behind, service: MYSQL, endpoints: [MYSQL_GREETS] }] : []),
    ...zookeeperServers(answers).map(({ name }) => ({ ...behind, service: name, endpoints: [ZOOKEEPER_ANSWERS] })),
    {
      service: MANAGER,
      logs,
      withinSeconds: LINES_WITHIN,
      startGraceSeconds: MANAGER_START,
      ...managerNeeds,
      forbiddenSecrets: [],
      endpoints: managerEndpoints(answers),
    },
    ...members(answers).map((member) => ({
      service: member.service,
      logs,
      withinSeconds: LINES_WITHIN,
      servesWithinSeconds: AGENT_START,
      startGraceSeconds: AGENT_START,
      ...agentNeeds,
      forbiddenSecrets: key,
      endpoints: [AGENT_HEALTH, registration(answers, member.service), ...forUsers(answers, member)],
    })),
  ];
}

/**
 * The greeting names how a client is to log in, in every version from 5.7 on (MySQL: Protocol::HandshakeV10,
 * auth_plugin_name); an error in its place does not.
 */
const MYSQL_GREETS: EndpointExpectation = {
  kind: 'tcp',
  name: 'mysql',
  port: 3306,
  greeting: { send: '', contains: ['caching_sha2_password', 'mysql_native_password', 'sha256_password'] },
};
/**
 * It lives; whether it has a quorum the ensemble's own question tells. The health check asks the same, so that it is
 * allowed.
 */
const ZOOKEEPER_ANSWERS: EndpointExpectation = {
  kind: 'tcp',
  name: 'zookeeper',
  port: CLIENT_PORT,
  greeting: { send: 'ruok', contains: ['imok'] },
};

/**
 * The manager keeps its ports under TLS and switches the scheme [DSEC]. The front end's /health answers without a
 * login: the chart probes it, by HTTPS if TLS is on. The back end is what agents dial; the vendor's scripts ask it
 * with HTTP Basic, user `imply`, and `describeCluster`, which changes nothing [H2303 check-health].
 */
function managerEndpoints(answers: ImplyAnswers): EndpointExpectation[] {
  const tls = answers.tls.enabled;
  const certificate = {
    names: [managerAddress(answers)],
    dialledBy: { services: members(answers).map(({ service }) => service), variable: 'IMPLY_MANAGER_HOST' },
    authority: { secret: 'ca', part: 'certificate' },
    // The vendor calls TLS 1.0 and 1.1 deprecated; that the manager refuses them is not said [DSEC].
    olderTls: 'told' as const,
  };
  const describeCluster = JSON.stringify({ type: 'describeCluster', clusterId: answers.agents.cluster });
  return [
    ...(tls ? [{ kind: 'tls', name: 'https', port: PORTS.ui.tls, ...certificate } as const] : []),
    {
      kind: 'http',
      name: 'health',
      port: PORTS.ui.plain,
      tls,
      path: '/health',
      status: [200],
    },
    ...(tls ? [{ kind: 'tls', name: 'api-tls', port: PORTS.backEnd.tls, ...certificate } as const] : []),
    ...(answers.authentication.enabled
      ? [
          {
            kind: 'authentication',
            name: 'api-token',
            port: PORTS.backEnd.plain,
            tls,
            user: 'imply',
            token: { secret: 'auth-token', part: 'token' },
            remedy: 'it runs with another token, or without: `bundle plan` shows what a deployment would put right',
            request: { method: 'POST', path: '/manager/v1/action', body: describeCluster },
          } as const,
        ]
      : []),
  ];
}

/**
 * Plain also in TLS mode: inferred from the vendor's remove-node, which asks loopback so [H2303].
 */
const AGENT_HEALTH: EndpointExpectation = {
  kind: 'http',
  name: 'health',
  port: PORTS.agentApi.plain,
  tls: false,
  path: '/health',
  status: [200],
};

/**
 * What a query agent publishes. That both speak TLS is documented; by which certificate follows from the manager's CA,
 * unless the cluster's advanced configuration gives another [DSEC] [DSECL], so that only the protocol is asked.
 */
function forUsers({ tls, agents }: ImplyAnswers, { role }: Member): EndpointExpectation[] {
  if (!tls.enabled || role !== 'query' || !agents.query.publish.enabled) return [];
  const closedUntil = `closed until a person has started the cluster ${agents.cluster} (Manage → Start)`;
  const open = { kind: 'secured', closedUntil } as const;
  return [
    { ...open, name: 'router-not-plain', port: portOf('router', true) },
    { ...open, name: 'pivot-not-plain', port: portOf('pivot', true) },
  ];
}
