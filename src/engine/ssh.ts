/**
 * Connections over ssh, made as the docker CLI makes them: a child `ssh … docker system dial-stdio` whose stdin and
 * stdout are the engine's socket (docker/cli: cli/connhelper/connhelper.go). So the user's own ssh config, keys and
 * known hosts hold.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { Duplex } from 'node:stream';
import { firstWords, onOneLine } from './first-words.ts';
import type { Target } from './url.ts';

type SshTarget = Extract<Target, { kind: 'ssh' }>;

/** How much of what ssh says is kept for an error. */
const KEPT_STDERR = 2000;
/** How many may be logging in at once: sshd drops further ones (MaxStartups 10:30:100). */
const MAX_LOGINS = 4;
/** A login that says nothing for so long no longer keeps others waiting, in ms. */
const LOGIN_PATIENCE = 10_000;

/** What an engine's answer begins with; nothing else may come over the connection. */
const ANSWER = Buffer.from('HTTP/');
/** How much of what a login prints is read, and how long it may go on printing, in ms, before it is told. */
const KEPT_STDOUT = 1000;
const PRINTS_FOR = 500;

/** Arguments of ssh for an engine. BatchMode, since many connections could each ask for a password. */
export function sshArgs(target: SshTarget): string[] {
  return [
    ...(target.user === undefined ? [] : ['-l', target.user]),
    ...(target.port === undefined ? [] : ['-p', String(target.port)]),
    '-o',
    'ConnectTimeout=30',
    '-o',
    'BatchMode=yes',
    '-T',
    '--',
    target.host,
    'docker',
    ...(target.socket === undefined ? [] : ['--host', `unix://${target.socket}`]),
    'system',
    'dial-stdio',
  ];
}

/**
 * @param why what stands in the way; ssh's own words may begin with its name
 * @param code `ESSH_ENDED` if another try may do: the engine had answered over this connection, or a signal ended it,
 *   as the Ctrl-C of a terminal does before the child has a session of its own
 */
function sshError(why: string, code: 'ESSH' | 'ESSH_ENDED' = 'ESSH'): Error {
  return Object.assign(new Error(`ssh: ${why.replace(/^ssh: /, '')}`), { code });
}

/** The lines that ssh said, without what would steer a terminal. */
function cleanLines(said: string): string {
  const lines = said.split(/[\r\n]+/).map(onOneLine);
  return lines.filter((line) => line !== '').join('\n');
}

const printsText = (printed: Buffer = Buffer.alloc(0)): string =>
  `the login prints text where the engine's answer is due: ${firstWords(printed)}; a start-up file of that user's ` +
  'shell there does it (it may print for a terminal only)';

/** A child's stdio as one stream, with the parts of net.Socket that node:http calls. */
class ChildSocket extends Duplex {
  private readonly child: ChildProcess;
  private said = '';
  /** The first bytes, until they can be told from a login's text; undefined afterwards. */
  private head: Buffer | undefined = Buffer.alloc(0);
  /** What a login printed in place of an answer. */
  private printed: Buffer | undefined;

  constructor(child: ChildProcess) {
    super({ allowHalfOpen: true });
    this.child = child;
    child.stdout?.on('data', (chunk: Buffer) => {
      if (this.printed !== undefined) return this.keep(chunk);
      const answer = this.head === undefined ? chunk : this.begin(Buffer.concat([this.head, chunk]));
      if (answer !== undefined && !this.push(answer)) child.stdout?.pause();
    });
    child.stderr?.on('data', (chunk: Buffer) => (this.said = (this.said + chunk.toString()).slice(-KEPT_STDERR)));
    // Its end is told by `close` below, once stderr has been read as well.
    child.stdin?.on('error', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? 'there is no ssh client on the PATH' : error.message;
      this.destroy(sshError(why));
    });
    child.on('close', (code, signal) => {
      const end = code === null ? `signal ${String(signal)}` : `code ${String(code)}`;
      const said = cleanLines(this.said);
      const begun = this.printed ?? this.head;
      if (begun !== undefined && begun.length > 0) {
        const words = `the login prints ${firstWords(begun)} where the engine's answer is due, and ends with ${end}`;
        this.destroy(sshError(said === '' ? words : `${words}: ${said}`));
      } else if (code === 0) this.push(null);
      else {
        const works = begun === undefined || code === null;
        this.destroy(sshError(said || `ended with ${end}`, works ? 'ESSH_ENDED' : 'ESSH'));
      }
    });
  }

  /**
   * What to hand on of the first bytes: nothing yet while they may still be an answer's, never a text that a login
   * prints.
   */
  private begin(head: Buffer): Buffer | undefined {
    const seen = head.subarray(0, ANSWER.length);
    if (!seen.equals(ANSWER.subarray(0, seen.length))) {
      this.printed = Buffer.alloc(0);
      // It may print in pieces; and one that ends by itself says why, so its end is waited for.
      setTimeout(() => this.destroy(sshError(printsText(this.printed))), PRINTS_FOR).unref();
      this.keep(head);
      return undefined;
    }
    const whole = seen.length === ANSWER.length;
    this.head = whole ? undefined : head;
    return whole ? head : undefined;
  }

  private keep(chunk: Buffer): void {
    this.printed = Buffer.concat([this.printed ?? Buffer.alloc(0), chunk]).subarray(0, KEPT_STDOUT);
  }

  override _read(): void {
    this.child.stdout?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // A dead child's own words come with `close`; EPIPE would hide them.
    this.child.stdin?.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.child.stdin?.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.child.stdin?.destroy();
    this.child.stdout?.destroy();
    this.child.kill();
    done(error);
  }

  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }

  ref(): this {
    this.child.ref();
    for (const pipe of [this.child.stdin, this.child.stdout, this.child.stderr])
      (pipe as { ref?: () => void } | null)?.ref?.();
    return this;
  }

  /** An idle connection must not keep the process from ending. */
  unref(): this {
    this.child.unref();
    for (const pipe of [this.child.stdin, this.child.stdout, this.child.stderr])
      (pipe as { unref?: () => void } | null)?.unref?.();
    return this;
  }
}

/**
 * Those that run end with this process: one that is still logging in does not see its stdin end, and no Ctrl-C of the
 * terminal reaches it.
 */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill();
});

/**
 * Gives a function that opens connections to one engine, a few logins at a time. A failing ssh destroys its connection
 * with an error of code `ESSH` or `ESSH_ENDED` that carries what ssh said. Each ssh has a session of its own, as the
 * docker CLI gives it (docker/cli: cli/connhelper/commandconn/session_unix.go): the Ctrl-C of a terminal goes to the
 * whole process group, and what is tidied up after it needs the connection.
 * @param env environment of ssh; its PATH finds it
 */
export function sshDialer(target: SshTarget, env: NodeJS.ProcessEnv): () => Promise<Duplex> {
  let busy = 0;
  const waiting: (() => void)[] = [];

  return async () => {
    if (busy >= MAX_LOGINS) await new Promise<void>((go) => waiting.push(go));
    else busy++;
    const child = spawn('ssh', sshArgs(target), { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    running.add(child);
    const socket = new ChildSocket(child);
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      clearTimeout(timer);
      const next = waiting.shift();
      if (next === undefined) busy--;
      else next();
    };
    const timer = setTimeout(release, LOGIN_PATIENCE).unref();
    child.stdout.once('data', release);
    child.once('close', () => {
      running.delete(child);
      release();
    });
    child.once('error', release);
    return socket;
  };
}
