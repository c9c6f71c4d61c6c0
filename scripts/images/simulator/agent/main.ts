/**
 * The agent's simulator: says what is enabled, answers for itself, registers with the manager, runs services while the
 * cluster does.
 */
import '../common/signals.ts';
import { accessSync, constants } from 'node:fs';
import { hostname } from 'node:os';
import { ENABLED, SIMULATOR_PATHS } from '../common/contract.ts';
import { Fault, numberFrom } from '../common/environment.ts';
import { call, type Identity, serve, type Target } from '../common/http.ts';
import { newKeyPair } from '../common/keys.ts';
import { die, type Life, live } from '../common/life.ts';
import { authorityPaths, readAuthority, readToken } from '../common/material.ts';
import { advertisedAddress } from './address.ts';
import { checkSurroundings } from './checks.ts';
import { volumeIdentity } from './identity.ts';
import { keepRegistering } from './registrar.ts';
import { servicesOf } from './roles.ts';
import { Services } from './services.ts';

const PORTS = { api: 9997, logViewer: 9994 };
const MANAGER_PORT = 9989;

await live('agent', async ({ env, knobs, log }: Life) => {
  const host = env['IMPLY_MANAGER_HOST'] ?? '';
  if (host === '') throw new Fault('IMPLY_MANAGER_HOST is needed');
  const paths = authorityPaths(env);
  const authority = readAuthority(paths.cert);
  const token = readToken(env);
  if (authority !== undefined) await log.important(ENABLED.tls);
  log.noise();
  if (token !== undefined) await log.important(ENABLED.authentication);
  log.noise();
  if (isReadable(paths.key))
    log(`!!! the CA's private key ${paths.key} is readable in an agent: agents need the certificate only !!!`, 'WARN');
  if (knobs.faults.has('crash-after-lines')) return die(log, knobs);

  const name = hostname();
  const address = await advertisedAddress(env);
  const nodeType = env['IMPLY_MANAGER_AGENT_NODE_TYPE'] ?? '';
  const manager: Target = {
    host,
    port: numberFrom(env, 'IMPLY_MANAGER_BE_PORT', MANAGER_PORT),
    tls: authority && { ca: authority.certificatePem },
  };
  const identity = volumeIdentity(knobs.stateRoot, log);
  const health = () => ({ status: 200, body: { name, nodeType } });
  await Promise.all([
    serve(PORTS.api + knobs.portOffset, undefined, health),
    serve(PORTS.logViewer + knobs.portOffset, undefined, health),
  ]);

  const services = new Services({
    services: servicesOf(nodeType, authority !== undefined),
    portOffset: knobs.portOffset,
    stateRoot: knobs.stateRoot,
    identity:
      authority === undefined
        ? undefined
        : () => fetchIdentity(manager, token, [...new Set([address, name, 'localhost'])]),
    authentication: token !== undefined,
    log,
  });
  let checks: Record<string, string> = {};
  await keepRegistering({
    manager,
    token,
    log,
    registration: () => ({
      name,
      cluster: env['IMPLY_MANAGER_AGENT_CLUSTER'] ?? '',
      nodeType,
      tier: env['NODE_TIER_VALUE'] ?? '',
      address,
      port: PORTS.api + knobs.portOffset,
      ...identity,
      checks,
    }),
    onWelcome: async (welcome) => {
      const all = Object.values(checks);
      // Once is enough when all is well: MySQL counts connections that never log in, and shuts out who makes many.
      if (all.length === 0 || all.some((result) => result !== 'ok')) {
        checks = await checkSurroundings(welcome);
        for (const [what, result] of Object.entries(checks))
          log(`${what}: ${result}`, result === 'ok' ? 'INFO' : 'WARN');
      }
      await services.follow(welcome.cluster?.state === 'RUNNING');
    },
  });
});

/** A certificate for this node from the manager. The key stays here. */
async function fetchIdentity(manager: Target, token: string | undefined, names: readonly string[]): Promise<Identity> {
  const { publicKey, privateKey } = await newKeyPair();
  const { status, body } = await call(manager, 'POST', SIMULATOR_PATHS.certificates, {
    token,
    body: { publicKey, names },
  });
  if (status !== 200) throw new Error(`no certificate from the manager: ${status} ${JSON.stringify(body)}`);
  return { cert: (body as { certificate: string }).certificate, key: privateKey };
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
