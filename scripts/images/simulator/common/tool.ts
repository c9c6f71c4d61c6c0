/**
 * `simulator agents | state | start | stop`: asks the manager from inside a container of either image, with the secrets
 * that are there. Prints JSON; exit code 1 when the manager does not answer with success.
 */
import { SIMULATOR_PATHS } from './contract.ts';
import { numberFrom, withVariableFiles } from './environment.ts';
import { call } from './http.ts';
import { authorityPaths, readAuthority, readToken } from './material.ts';

const CLUSTER = 'default';
const ACTIONS: Readonly<Record<string, readonly [method: string, path: string, body?: unknown]>> = {
  agents: ['GET', SIMULATOR_PATHS.agents],
  state: ['POST', '/manager/v1/action', { type: 'describeCluster', clusterId: CLUSTER }],
  start: ['POST', `${SIMULATOR_PATHS.clusters}/${CLUSTER}/start`],
  stop: ['POST', `${SIMULATOR_PATHS.clusters}/${CLUSTER}/stop`],
};

const action = ACTIONS[process.argv[2] ?? ''];
if (action === undefined) {
  process.stderr.write(`usage: simulator ${Object.keys(ACTIONS).join(' | ')}\n`);
  process.exitCode = 2;
} else {
  try {
    const env = withVariableFiles(process.env);
    const port =
      numberFrom(env, 'IMPLY_MANAGER_BE_PORT', 9989) +
      (env['IMPLY_MANAGER_HOST'] ? 0 : numberFrom(env, 'SIMULATOR_PORT_OFFSET', 0));
    const authority = readAuthority(authorityPaths(env).cert);
    const manager = {
      host: env['IMPLY_MANAGER_HOST'] || 'localhost',
      port,
      tls: authority && { ca: authority.certificatePem },
    };
    const { status, body } = await call(manager, action[0], action[1], { token: readToken(env), body: action[2] });
    process.stdout.write(`${JSON.stringify(body, undefined, 2)}\n`);
    if (status !== 200) process.exitCode = 1;
  } catch (error) {
    process.stderr.write(`simulator: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
