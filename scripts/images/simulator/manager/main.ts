/** The manager's simulator: checks its material, says what is enabled, reaches its store, serves. */
import '../common/signals.ts';
import { setTimeout as wait } from 'node:timers/promises';
import { ENABLED } from '../common/contract.ts';
import { type Call, serve } from '../common/http.ts';
import { die, type Life, live } from '../common/life.ts';
import { authorityPaths, readSigningAuthority, readToken } from '../common/material.ts';
import { Agents } from './agents.ts';
import { answer, type BackEnd } from './api.ts';
import { describeDefaults, readDefaults } from './defaults.ts';
import { ownIdentity } from './identity.ts';
import { reachStore, readStore } from './store.ts';

const PORTS = { frontEnd: 9097, backEnd: 9989, groveInternal: 9998, groveHttp: 9999 };
const ZOOKEEPER_PORT = 2181;

await live('manager', async ({ env, knobs, log }: Life) => {
  const authority = readSigningAuthority(authorityPaths(env));
  const token = readToken(env);
  if (authority !== undefined) await log.important(ENABLED.tls);
  log.noise();
  if (token !== undefined) await log.important(ENABLED.authentication);
  log.noise();
  if (knobs.faults.has('crash-after-lines')) return die(log, knobs);

  const store = readStore(env, knobs, log);
  const defaults = readDefaults(env);
  for (const name of defaults.unknown) log(`${name}: no such default is known; names are case-sensitive`, 'WARN');
  log(`defaults of new clusters: ${describeDefaults(defaults)}`);
  if ((env['IMPLY_MANAGER_LICENSE_KEY'] ?? '').trim() === '') log('no license key: trial of 30 days');
  const [identity] = await Promise.all([ownIdentity(authority, env, knobs), reachStore(store, knobs, log)]);
  if (knobs.serveDelayMs > 0) await wait(knobs.serveDelayMs);

  const backEnd: BackEnd = {
    cluster: { id: 'default', state: knobs.clusterState },
    agents: new Agents(knobs.heartbeatMs, log),
    token,
    acceptAnyToken: knobs.faults.has('accept-any-token'),
    welcome: {
      heartbeatMs: knobs.heartbeatMs,
      store: { host: store.host, port: store.port },
      zookeeper: zookeeperServers(defaults.values['zkHosts'] ?? ''),
    },
    issueFor:
      authority === undefined
        ? undefined
        : async (publicKey, names) =>
            `${(await import('./certificates.ts')).issue(authority, publicKey, names)}${authority.certificatePem}`,
    log,
  };
  const health = ({ path }: Call) =>
    path === '/health'
      ? { status: 200, body: { status: 'ok' } }
      : { status: 200, body: { simulator: 'a test stand-in of the manager contract, not Imply software' } };
  const back = (call: Call) => answer(backEnd, call);
  await Promise.all([
    serve(PORTS.backEnd + knobs.portOffset, identity, back),
    serve(PORTS.groveInternal + knobs.portOffset, undefined, health),
    serve(PORTS.groveHttp + knobs.portOffset, identity, health),
  ]);
  // Last: who sees this one answer may count on the others.
  await serve(PORTS.frontEnd + knobs.portOffset, identity, health);
  log(
    `serving ${identity === undefined ? 'HTTP' : 'HTTPS'} on ${PORTS.frontEnd + knobs.portOffset}; cluster ` +
      `default is ${knobs.clusterState}`,
  );
});

function zookeeperServers(list: string): { host: string; port: number }[] {
  const servers = list
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  return servers.map((one) => {
    const [host = '', port] = one.split(':');
    return { host, port: port === undefined ? ZOOKEEPER_PORT : Number(port) };
  });
}
