import { describe, expect, it } from 'vitest';
import { mayBeGone, unreadable } from '../../../../src/verify/tasks/log-driver.ts';

const STARTED = Date.parse('2026-01-01T00:00:00Z');

const task = (name?: string, options?: Record<string, string>) => ({
  stateAt: new Date(STARTED).toISOString(),
  spec: name === undefined ? {} : { LogDriver: { Name: name, Options: options ?? null } },
});
const read = (megabytes: number, secondsAfterStart = 0) => ({
  bytes: megabytes * 1e6,
  records: megabytes * 1e4,
  firstTime: new Date(STARTED + secondsAfterStart * 1000).toISOString(),
});

describe('unreadable', () => {
  it('knows the settings under which the engine gives an empty log and says nothing', () => {
    expect(unreadable(task('none'))).toContain('"none"');
    expect(unreadable(task('gelf', { 'cache-disabled': 'true' }))).toContain('cache-disabled');
    for (const readable of [
      task(),
      task('json-file'),
      task('local', {}),
      task('gelf', { 'cache-disabled': 'false' }),
      task(''),
    ])
      expect(unreadable(readable)).toBeUndefined();
  });
});

describe('mayBeGone', () => {
  it.each([
    ['as stack.yml has it', task('json-file', { 'max-size': '50m', 'max-file': '5' }), read(50)],
    [
      'big files, and a first line long after the start',
      task('json-file', { 'max-size': '50m', 'max-file': '5' }),
      read(1, 3600),
    ],
    [
      'too little for that, however long the records that the node’s settings make',
      task('json-file', { 'max-size': '50m', 'max-file': '5' }),
      read(15, 3600),
    ],
    [
      'enough for that with long records, from the start on',
      task('json-file', { 'max-size': '50m', 'max-file': '5' }),
      read(50, 20),
    ],
    ['the node’s default, from the start on', task(), read(50, 1)],
    ['the node’s default, tiny, and late', task(), read(0.01, 3600)],
    ['a driver without a size of its own', task('local'), read(5, 0)],
    ['a slow writer, non-blocking', task('json-file', { mode: 'non-blocking' }), read(0.1)],
  ])('is not said: %s', (_name, subject, seen) => {
    expect(mayBeGone(subject, seen)).toBeUndefined();
  });

  it.each([
    [
      'as many bytes as the driver keeps',
      task('json-file', { 'max-size': '50m', 'max-file': '5' }),
      read(150),
      'keeps 5 × 50m',
    ],
    [
      'enough for that with a tag or labels in each record, late',
      task('json-file', { 'max-size': '50m', 'max-file': '5' }),
      read(50, 3600),
      'begins 60 min after its start: the first lines were rotated away; verify it soon after its start',
    ],
    [
      'one file, which is cut when it is full',
      task('local', { 'max-size': '1.5 GB' }),
      read(0.001),
      'keeps 1 × 1.5 GB',
    ],
    ['the node’s default, late', task(), read(0.1, 40), 'begins 40 s after its start'],
    [
      'the node’s default, big and a little late',
      task('json-file', { 'max-size': '-1' }),
      read(5, 3),
      'begins 3 s after its start',
    ],
    ['the node’s default, nothing', task(), { bytes: 0, records: 0 }, 'may keep none'],
    ['a driver that is read from a copy', task('syslog'), read(0.001), 'could not be delivered'],
    ['a driver that drops', task('json-file', { mode: 'non-blocking' }), read(1), 'non-blocking'],
    [
      'a driver that drops, small buffer',
      task('json-file', { mode: 'non-blocking', 'max-buffer-size': '10k' }),
      read(0.1),
      'non-blocking',
    ],
  ])('is said, with what to do: %s', (_name, subject, seen, words) => {
    expect(mayBeGone(subject, seen)).toContain(words);
    expect(mayBeGone(subject, seen)).toContain('; ');
  });
});
