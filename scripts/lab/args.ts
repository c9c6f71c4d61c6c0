/** The lab's command line, read into a command. */
import type { Command as CommandLine } from 'commander';
import { checked, commandLine, wholeNumber } from '../command-line.ts';
import { DEFAULT_ENGINE, ENGINE_NAMES, IMAGE_STORES } from './engines.ts';
import { checkEngine, checkId, checkImageStore, DEFAULT_ID, MAX_HOSTS, planLab, type PlanOptions } from './plan.ts';

type UpSettings = Pick<PlanOptions, 'hosts' | 'engine' | 'engines' | 'imageStore' | 'imageStores'> & {
  heartbeatSeconds?: number;
};

export type Command =
  | ({ kind: 'up'; id: string } & UpSettings)
  | { kind: 'down'; id: string }
  | { kind: 'status'; id: string }
  | { kind: 'env'; id: string; host: string }
  | { kind: 'cut' | 'heal' | 'kill' | 'start'; id: string; host: string }
  | { kind: 'upgrade'; id: string; host: string; engine: string }
  | { kind: 'docker'; id: string; host: string; args: string[] }
  | { kind: 'exec'; id: string; where: string; argv: string[] }
  | { kind: 'publish'; id: string; image: string; name?: string };

const MORE = `
Directories of labs are made in /tmp, or in LAB_DIR.

Examples:
  npm run lab -- up --hosts 4
  npm run lab -- up --hosts 3 --engine 20.10,node3=28
  npm run lab -- docker node1 node ls
  eval "$(npm run --silent lab -- env node1)"; docker stack ls
  npm run lab -- publish app.tar example/app:1.0
  npm run lab -- exec switch curl http://ADDRESS_OF_A_HOST:8080/
  npm run lab -- kill node2; npm run lab -- start node2
  npm run lab -- upgrade node3 --engine 28
  npm run lab -- down

Exit codes: 0 done, 1 failed, 2 wrong usage; docker and exec give the code of what they ran.
`;

/** The lab's command line. `done` gets the command that was read. */
export function labCommandLine(done: (command: Command) => void): CommandLine {
  const program = commandLine('lab', 'A real multi-host Docker Swarm on this machine. Needs Linux and root.')
    .enablePositionalOptions()
    .addHelpText('after', MORE);
  const withId = (command: CommandLine): CommandLine =>
    command.option('--id <id>', `one of several labs (default ${DEFAULT_ID})`, checked(checkId));
  const idOf = (command: CommandLine): string =>
    command.opts<{ id?: string }>().id ?? program.opts<{ id?: string }>().id ?? DEFAULT_ID;
  const add = (usage: string, about: string): CommandLine => withId(program.command(usage).description(about));
  // What follows the host is the other program's, its --id and --help too.
  const addFront = (usage: string, about: string): CommandLine =>
    program.command(usage).description(about).passThroughOptions();
  withId(program);

  add('up', `bring a lab up: 1 to ${MAX_HOSTS} hosts; the first three are managers, of one or two hosts the first`)
    .option('--hosts <n>', 'how many (default 4)', wholeNumber(1, MAX_HOSTS))
    .option('--heartbeat <s>', 'seconds between heartbeats of a node (swarm: 5)', wholeNumber(1, 60))
    .option(
      '--engine <engines>',
      `${ENGINE_NAMES.join(', ')} (default ${DEFAULT_ENGINE}); of single hosts: node1=28,node2=20.10`,
      checked(perHost(checkEngine)),
    )
    .option(
      '--image-store <stores>',
      `${IMAGE_STORES.join(', ')}; of single hosts: node2=containerd`,
      checked(perHost(checkImageStore)),
    )
    .action((options: UpOptions, command: CommandLine) => {
      const settings = upSettings(options);
      try {
        planLab(settings);
      } catch (error) {
        command.error(`error: ${error instanceof Error ? error.message : String(error)}`);
      }
      done({ kind: 'up', id: idOf(command), ...settings });
    });
  add('down', 'take it down, or what is left of one; leaves nothing').action((_options, command: CommandLine) =>
    done({ kind: 'down', id: idOf(command) }),
  );
  add('status', 'its hosts, their engines, and whether they answer').action((_options, command: CommandLine) =>
    done({ kind: 'status', id: idOf(command) }),
  );
  addFront('docker <host> [args...]', 'docker CLI on a host').action(
    (host: string, args: string[], _options, command: CommandLine) =>
      done({ kind: 'docker', id: idOf(command), host, args }),
  );
  addFront(
    'exec <where> <command...>',
    'a command in the network of a host, or of the switch: from there published ports can be reached',
  ).action((where: string, argv: string[], _options, command: CommandLine) =>
    done({ kind: 'exec', id: idOf(command), where, argv }),
  );
  for (const [kind, about] of [
    ['env', 'prints what points a docker CLI at a host, for eval'],
    ['cut', 'pull its network cable'],
    ['heal', 'plug it in again'],
    ['kill', 'power loss'],
    ['start', 'power on again'],
  ] as const) {
    add(`${kind} <host>`, about).action((host: string, _options, command: CommandLine) =>
      done({ kind, id: idOf(command), host }),
    );
  }
  add('upgrade <host>', 'stop its engine in good order, and start the host again with another one on the same disk')
    .requiredOption('--engine <engine>', ENGINE_NAMES.join(', '), checked(checkEngine))
    .action((host: string, { engine }: { engine: string }, command: CommandLine) =>
      done({ kind: 'upgrade', id: idOf(command), host, engine }),
    );
  add(
    'publish <image> [name]',
    "push an image of node1, or an archive made by docker save, to the lab's registry; prints its full name",
  ).action((image: string, name: string | undefined, _options, command: CommandLine) =>
    done({ kind: 'publish', id: idOf(command), image, ...(name === undefined ? {} : { name }) }),
  );
  return program;
}

interface PerHost {
  all?: string;
  hosts: Record<string, string>;
}

interface UpOptions {
  hosts?: number;
  heartbeat?: number;
  engine?: PerHost;
  imageStore?: PerHost;
}

/** A value for all hosts, `HOST=VALUE` for one of them, or several of these with commas. */
function perHost(check: (value: string) => string): (text: string) => PerHost {
  return (text) => {
    const read: PerHost = { hosts: {} };
    for (const part of text.split(',')) {
      const at = part.indexOf('=');
      if (at >= 0) read.hosts[part.slice(0, at)] = check(part.slice(at + 1));
      else if (read.all === undefined) read.all = check(part);
      else throw new Error(`two values for all hosts: '${read.all}' and '${part}'`);
    }
    return read;
  };
}

function upSettings({ hosts = 4, heartbeat, engine, imageStore }: UpOptions): UpSettings {
  return {
    hosts,
    ...(heartbeat === undefined ? {} : { heartbeatSeconds: heartbeat }),
    ...(engine === undefined
      ? {}
      : { ...(engine.all === undefined ? {} : { engine: engine.all }), engines: engine.hosts }),
    ...(imageStore === undefined
      ? {}
      : { ...(imageStore.all === undefined ? {} : { imageStore: imageStore.all }), imageStores: imageStore.hosts }),
  };
}
