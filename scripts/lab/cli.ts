/** `npm run lab -- COMMAND`: the lab by hand. See `--help`. */
import { spawn } from 'node:child_process';
import { parseOrExit } from '../command-line.ts';
import { type Command, labCommandLine } from './args.ts';
import { engineAnswers } from './engine-api.ts';
import { attach, down, type Lab, unreachableReason, up } from './lab.ts';
import { FOREIGN_DOCKER, netnsOf } from './handle.ts';
import { netnsFile } from './processes.ts';

const log = (line: string): boolean => process.stderr.write(`${line}\n`);

async function main(): Promise<number> {
  const read: Command[] = [];
  parseOrExit(labCommandLine((command) => read.push(command)));
  try {
    for (const command of read) return await perform(command);
    return 2;
  } catch (error) {
    process.stderr.write(`lab: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function perform(command: Command): Promise<number> {
  switch (command.kind) {
    case 'up': {
      const begun = performance.now();
      const { kind: _kind, ...options } = command;
      const lab = await up({ ...options, log });
      process.stderr.write(
        `lab '${lab.id}' is up after ${((performance.now() - begun) / 1000).toFixed(1)} s, registry ${lab.registry}\n`,
      );
      return showStatus(lab);
    }
    case 'down':
      requireSupport();
      await down(command.id);
      return 0;
    default:
      requireSupport();
      return performOn(await attach(command.id), command);
  }
}

async function performOn(lab: Lab, command: Exclude<Command, { kind: 'up' | 'down' }>): Promise<number> {
  switch (command.kind) {
    case 'status':
      return showStatus(lab);
    case 'docker':
      return passOn([await lab.cli(), ...command.args], { ...FOREIGN_DOCKER, ...lab.env(command.host) });
    case 'exec':
      return passOn(['nsenter', `--net=${netnsFile(netnsOf(lab, command.where))}`, '--', ...command.argv], {});
    case 'env':
      for (const [key, value] of Object.entries(lab.env(command.host)))
        process.stdout.write(`export ${key}='${value}'\n`);
      return 0;
    case 'publish':
      process.stdout.write(`${await lab.publish(command.image, command.name)}\n`);
      return 0;
    case 'cut':
    case 'heal':
    case 'kill':
    case 'start':
      await lab[command.kind](command.host);
      return 0;
    case 'upgrade':
      await lab.upgrade(command.host, command.engine, log);
      return 0;
  }
}

function requireSupport(): void {
  const why = unreachableReason();
  if (why !== undefined) throw new Error(why);
}

async function showStatus(lab: Lab): Promise<number> {
  for (const host of lab.hosts) {
    const state = (await engineAnswers(host.socket)) ? 'running' : 'down';
    const labels = Object.entries(host.labels).map(([key, value]) => `${key}=${value}`);
    const engine = `${lab.engine(host.name).version}${host.imageStore === 'default' ? '' : `+${host.imageStore}`}`;
    process.stdout.write([host.name, state, host.role, engine, host.address, host.socket, ...labels].join('  ') + '\n');
  }
  return 0;
}

/** Runs a program on this terminal and gives its exit code. */
function passOn(argv: readonly string[], env: Record<string, string | undefined>): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: 'inherit', env: { ...process.env, ...env } });
    // Ctrl-C reaches the program by itself; this process waits for how it takes it.
    process.on('SIGINT', () => undefined);
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 128));
  });
}

process.exitCode = await main();
