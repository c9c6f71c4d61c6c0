/** The fault of an image that prints what it was given, in the forms that a redactor has to know. */
import { basic } from './http.ts';
import { BASIC_USER } from './contract.ts';
import type { Environment } from './environment.ts';
import type { Log } from './log.ts';
import { readToken } from './material.ts';

/** Prints every variable (those from files too), a JDBC URL with its password and the Authorization header. */
export function printEnvironment(env: Environment, log: Log): void {
  for (const [name, value] of Object.entries(env)) log.raw(`${name}=${value ?? ''}`);
  log.raw(JSON.stringify({ environment: env }));
  const {
    IMPLY_MANAGER_STORE_HOST: host,
    IMPLY_MANAGER_STORE_USER: user,
    IMPLY_MANAGER_STORE_PASSWORD: password,
  } = env;
  if (password !== undefined)
    log.raw(`jdbc:mysql://${host}/?user=${encodeURIComponent(user ?? '')}&password=${encodeURIComponent(password)}`);
  const token = readToken(env);
  if (token !== undefined) log.raw(`token ${token} sent as Authorization: ${basic(BASIC_USER, token)}`);
}
