/** The lab's command line, read into a command. Pure. */
import { DEFAULT_ID, MAX_HOSTS } from './plan.ts';

export type Command =
  | { kind: 'help' }
  | { kind: 'up'; id: string; hosts: number; heartbeatSeconds?: number }
  | { kind: 'down'; id: string }
  | { kind: 'status'; id: string }
  | { kind: 'env'; id: string; host: string }
  | { kind: 'cut' | 'heal' | 'kill' | 'start'; id: string; host: string }
  | { kind: 'docker'; id: string; host: string; args: string[] }
  | { kind: 'exec'; id: string; where: string; argv: string[] }
  | { kind: 'publish'; id: string; image: string; name?: string };

/** A command line that makes no sense; the message says what is wrong with it. */
export class UsageError extends Error {}

export const HELP = `A real multi-host Docker Swarm on this machine. Needs Linux and root.

Usage: npm run lab -- [--id ID] COMMAND

  up [--hosts N] [--heartbeat S]  bring a lab up: 1 to ${MAX_HOSTS} hosts (default 4); the first three are managers,
                                  of one or two hosts the first
  down                  take it down, or what is left of one; leaves nothing
  status                its hosts, and whether their engines answer
  docker HOST ARG...    docker CLI on a host
  env HOST              prints what points a docker CLI at a host, for eval
  exec HOST|switch COMMAND...
                        a command in the network of a host, or of the switch: from there
                        the ports that hosts publish can be reached
  cut HOST              pull its network cable
  heal HOST             plug it in again
  kill HOST             power loss
  start HOST            power on again
  publish IMAGE [NAME]  push an image of node1, or an archive made by docker save, to the lab's registry;
                        prints its full name

  --id ID               one of several labs (default ${DEFAULT_ID})
  LAB_DIR               directory that labs are made in (default /tmp)

Examples:
  npm run lab -- up --hosts 4
  npm run lab -- docker node1 node ls
  eval "$(npm run --silent lab -- env node1)"; docker stack ls
  npm run lab -- publish app.tar example/app:1.0
  npm run lab -- exec switch curl http://ADDRESS_OF_A_HOST:8080/
  npm run lab -- kill node2; npm run lab -- start node2
  npm run lab -- down

Exit codes: 0 done, 1 failed, 2 wrong usage; docker and exec give the code of what they ran.
`;

/**
 * Reads the arguments after the program's name.
 *
 * @throws UsageError naming the argument that is wrong or missing.
 */
export function parseArgs(argv: readonly string[]): Command {
  const rest = [...argv];
  let id = DEFAULT_ID;
  while (rest[0]?.startsWith('-')) {
    const option = rest.shift();
    if (option === '--help' || option === '-h') return { kind: 'help' };
    if (option !== '--id') throw new UsageError(`unknown option '${option}' before the command`);
    id = value('--id', rest);
  }
  const kind = rest.shift();
  if (kind === undefined || kind === 'help') return { kind: 'help' };
  if (kind === 'docker') return { kind, id, host: operand(kind, 'HOST', rest), args: rest };
  if (kind === 'exec') {
    const where = operand(kind, 'HOST or switch', rest);
    if (rest.length === 0) throw new UsageError('exec: which command?');
    return { kind, id, where, argv: rest };
  }
  // What follows docker and exec is theirs; of the others' arguments --help and --id may stand anywhere.
  if (rest.includes('--help') || rest.includes('-h')) return { kind: 'help' };
  const at = rest.indexOf('--id');
  if (at >= 0) id = value('--id', rest.splice(at, 2).slice(1));
  return simple(kind, id, rest);
}

function simple(kind: string, id: string, rest: string[]): Command {
  switch (kind) {
    case 'up':
      return parseUp(id, rest);
    case 'down':
      return last(rest, { kind, id });
    case 'status':
      return last(rest, { kind, id });
    case 'env':
      return last(rest, { kind, id, host: operand(kind, 'HOST', rest) });
    case 'cut':
    case 'heal':
    case 'kill':
    case 'start':
      return last(rest, { kind, id, host: operand(kind, 'HOST', rest) });
    case 'publish': {
      const image = operand(kind, 'IMAGE', rest);
      const name = rest.shift();
      return last(rest, { kind, id, image, ...(name === undefined ? {} : { name }) });
    }
    default:
      throw new UsageError(`unknown command '${kind}'`);
  }
}

function parseUp(id: string, rest: string[]): Command {
  let hosts = 4;
  let heartbeatSeconds: number | undefined;
  for (let option = rest.shift(); option !== undefined; option = rest.shift()) {
    if (option === '--hosts') hosts = wholeNumber('--hosts', rest, MAX_HOSTS);
    else if (option === '--heartbeat') heartbeatSeconds = wholeNumber('--heartbeat', rest, 60);
    else throw new UsageError(`up: unknown argument '${option}'`);
  }
  return { kind: 'up', id, hosts, ...(heartbeatSeconds === undefined ? {} : { heartbeatSeconds }) };
}

function wholeNumber(option: string, rest: string[], max: number): number {
  const text = value(option, rest);
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > max) throw new UsageError(`${option}: 1 to ${max}, not '${text}'`);
  return number;
}

function value(option: string, rest: string[]): string {
  const given = rest.shift();
  if (given === undefined || given.startsWith('-')) throw new UsageError(`${option}: a value is missing`);
  return given;
}

function operand(command: string, what: string, rest: string[]): string {
  const given = rest.shift();
  if (given === undefined || given.startsWith('-')) throw new UsageError(`${command}: ${what} is missing`);
  return given;
}

function last<T extends Command>(rest: readonly string[], command: T): T {
  if (rest.length > 0) throw new UsageError(`${command.kind}: '${rest[0]}' is one argument too many`);
  return command;
}
