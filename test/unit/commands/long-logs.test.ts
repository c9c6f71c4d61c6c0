import { constants } from 'node:buffer';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { CommandIo } from '../../../src/cli/io.ts';
import { KeptLines, type KeptLine } from '../../../src/commands/logs/kept-lines.ts';
import { run } from '../../../src/commands/logs/run.ts';
import { jsonText } from '../../../src/json-text.ts';
import type { LogsOptions } from '../../../src/commands/logs/command.ts';
import { BundleError } from '../../../src/errors.ts';
import { fakeEngine, frame, type Answer } from '../engine/fake-engine.ts';
import { init, NODES, recordedIo } from '../init/support.ts';

const TIME = '2026-01-01T00:00:02Z';
const MIB = 2 ** 20;

let cwd: string;
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'bundle-logs-'));
  expect((await init(cwd, { yes: true, set: NODES })).error).toBeUndefined();
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** `bundle logs` of one service with tasks whose logs are answered so. */
async function logs(answers: Answer[], options: Partial<LogsOptions> = {}, over: Partial<CommandIo> = {}) {
  const fake = await fakeEngine({
    'GET /secrets': () => ({ json: [] }),
    'GET /info': () => ({ json: { Swarm: { NodeID: 'n', LocalNodeState: 'active', ControlAvailable: true } } }),
    'GET /services': () => ({
      json: [{ ID: 's', Version: { Index: 1 }, Spec: { Name: 'prod_mysql', TaskTemplate: { ContainerSpec: {} } } }],
    }),
    'GET /nodes': () => ({
      json: [
        {
          ...{ ID: 'n', Version: { Index: 1 }, Status: { State: 'ready' }, Description: { Hostname: 'n1' } },
          Spec: { Labels: {}, Role: 'manager', Availability: 'active' },
        },
      ],
    }),
    'GET /tasks': () => ({
      json: answers.map((_each, at) => ({
        ...{ ID: `t${at}`, CreatedAt: TIME, ServiceID: 's', NodeID: 'n', Slot: at + 1, Spec: {} },
        ...{ DesiredState: 'running', Status: { State: 'running', ContainerStatus: { ContainerID: 'c' } } },
      })),
    }),
    ...Object.fromEntries(answers.map((answer, at) => [`GET /tasks/t${at}/logs`, answer])),
  });
  onTestFinished(() => fake.close());
  const recorded = recordedIo(cwd, over);
  const all = { dir: 'prod', service: 'mysql', host: `unix://${fake.socket}`, ...options };
  return { ...recorded, done: run(all, recorded.io) };
}

/** As the engine gives text: in records of 16 KiB, each with the time before it. */
const records = (text: string): Buffer =>
  Buffer.concat((text.match(/[^\n]{0,16383}\n|[^\n]{1,16384}/g) ?? []).map((record) => frame(1, `${TIME} ${record}`)));
const saying =
  (text: string): Answer =>
  (_seen, response) =>
    void response.end(records(text));

describe('a long line', () => {
  const CUT = ' … (the line is longer than 1 MiB: its rest is left out)';

  it('is one line, each of its words once', async () => {
    const long = JSON.stringify(Array.from({ length: 60_000 }, (_, at) => at));
    expect(long.length).toBeGreaterThan(5 * 64 * 1024);
    const { done, out } = await logs([saying(`${long}\nnext\n`)]);
    expect(await done).toBe(0);
    expect(out()).toBe(`mysql@n1 | ${long}\nmysql@n1 | next\n`);
  });

  it('has no secret where it was given in parts before', async () => {
    const token = readFileSync(join(cwd, 'prod/secrets/imply-auth-token'), 'utf8').trim();
    const before = 'x'.repeat(64 * 1024 - TIME.length - 9);
    const { done, out } = await logs([saying(`${before}${token}${'y'.repeat(70_000)}\n`)]);
    expect(await done).toBe(0);
    expect(out()).toBe(`mysql@n1 | ${before}[redacted]${'y'.repeat(70_000)}\n`);
  });

  it.each([false, true])(
    'without an end is shown up to a limit, told, without half a secret (--json: %s)',
    async (json) => {
      const token = readFileSync(join(cwd, 'prod/secrets/imply-auth-token'), 'utf8').trim();
      for (const seen of [1, 8, token.length - 1]) {
        const before = 'é'.repeat((MIB - TIME.length - 1 - seen) / 2);
        const { done, out } = await logs([saying(`${before}${token}${'y'.repeat(3 * MIB)}\nnext\n`)], {}, { json });
        expect(await done).toBe(0);
        const texts = json
          ? (JSON.parse(out()) as { tasks: [{ lines: { text: string }[] }] }).tasks[0].lines.map(({ text }) => text)
          : out()
              .trim()
              .split('\n')
              .map((line) => line.replace('mysql@n1 | ', ''));
        expect(texts).toEqual([expect.stringMatching(/^é+ … \(the line/), 'next']);
        expect(texts[0]?.endsWith(CUT)).toBe(true);
        expect(texts[0]?.length, 'most of it').toBeGreaterThan(MIB / 4);
      }
    },
  );
});

describe('a log that is longer than one document may be', () => {
  const PIECES = 200;

  it('is refused with --json, with what reads less of it, and nothing is read any more', async () => {
    let written = 0;
    const long: Answer = (_seen, response) => {
      const piece = records(`${'x'.repeat(MIB - 1000)}\n`);
      const go = (): void => {
        while (written < PIECES && !response.destroyed) {
          written += 1;
          if (!response.write(piece)) return;
        }
        response.end();
      };
      response.on('drain', go);
      go();
    };
    const { done, out, err } = await logs([long, saying('short\n'), long], {}, { json: true });
    await expect(done).rejects.toMatchObject({
      code: 'logs-too-long',
      exit: 2,
      message: expect.stringContaining('prod') as string,
      hints: [expect.stringContaining('--since') as string, expect.any(String)],
    });
    expect([out(), err()]).toEqual(['', '']);
    expect(written).toBeLessThan(PIECES / 2);
  });

  it('counts what stands around each line as well', async () => {
    const kept = new KeptLines('prod');
    const lines: KeptLine[] = [];
    for (let at = 0; at < 2_000_000 && !kept.full.aborted; at += 1) kept.add(lines, { at: TIME, text: '"\\' });
    expect(kept.full.aborted).toBe(true);
    expect(jsonText(lines).length).toBeLessThan(constants.MAX_STRING_LENGTH / 2);
  });
});

describe('a reader that is slower than the log', () => {
  const LINE = `${'x'.repeat(1000)}\n`;
  const answer = saying(LINE.repeat(5_000));
  const reader = () => {
    let go: () => void = () => undefined;
    const room = new Promise<void>((resolve) => (go = resolve));
    return { go, room: () => room };
  };
  const idle = () => new Promise((resolve) => setTimeout(resolve, 300));

  it('is waited for by each task', async () => {
    const { go, room } = reader();
    const { done, out } = await logs([answer, answer], {}, { room });
    await expect.poll(() => out().length).toBeGreaterThan(0);
    await idle();
    expect(out().length).toBeLessThan(4 * LINE.length);
    go();
    expect(await done).toBe(0);
    expect(out().split('\n')).toHaveLength(10_001);
  });

  it.each([false, true])('and goes away ends it (--follow: %s)', async (follow) => {
    const { go, room } = reader();
    const unread = new AbortController();
    const { done, out } = await logs([answer], { follow }, { room, unread: unread.signal });
    await expect.poll(() => out().length).toBeGreaterThan(0);
    unread.abort();
    go();
    expect(await done).toBe(0);
    expect(out().length).toBeLessThan(4 * LINE.length);
  });

  it('does not hold up an interruption', async () => {
    const { go, room } = reader();
    const interrupted = new AbortController();
    const { done, out } = await logs([answer], {}, { room, signal: interrupted.signal });
    await expect.poll(() => out().length).toBeGreaterThan(0);
    interrupted.abort(new BundleError('interrupted', 'interrupted', { exit: 130 }));
    go();
    await expect(done).rejects.toMatchObject({ code: 'interrupted' });
  });

  it.each([false, true])('gives no cut document, and no success, if it is interrupted (--json: %s)', async (json) => {
    const interrupted = new AbortController();
    const cut: Answer = (_seen, response) => {
      response.write(records('first\n'));
      setTimeout(() => {
        interrupted.abort(new BundleError('interrupted', 'interrupted', { exit: 130 }));
        response.end();
      }, 20);
    };
    const { done, out } = await logs([cut], {}, { json, signal: interrupted.signal });
    await expect(done).rejects.toMatchObject({ code: 'interrupted' });
    if (json) expect(out()).toBe('');
  });
});
