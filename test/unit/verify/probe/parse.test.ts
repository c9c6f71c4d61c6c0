import { describe, expect, test } from 'vitest';
import { parseFindings } from '../../../../src/verify/probe/parse.ts';

const client = 'bundle-probe client 8.5.0';

describe('what the probe prints', () => {
  test('is read by question; a certificate comes line by line', () => {
    const { trouble, facts } = parseFindings([
      client,
      'bundle-probe q0 pem begin',
      'bundle-probe q1 tcp 7',
      'bundle-probe q0 pem AAAA',
      'bundle-probe q0 pem end',
      'bundle-probe q0 tls 0',
      'bundle-probe q0 plain 52 000',
      'bundle-probe q0 done',
    ]);
    expect(trouble).toBeUndefined();
    expect(facts.get('q0')).toMatchObject({
      done: true,
      certificates: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
      answers: { tls: { exit: 0, status: 0 }, plain: { exit: 52, status: 0 } },
    });
    expect(facts.get('q1')?.answers).toEqual({ tcp: { exit: 7, status: 0 } });
  });

  test('other lines are none of its own', () => {
    const { facts } = parseFindings([
      client,
      'q0 tls 0',
      'x bundle-probe q0 tls 0',
      'bundle-probes q0 tls 0',
      'bundle-probe',
      '',
      'bundle-probe q0 dance 1',
      'bundle-probe q0 pem AAAA',
      'bundle-probe q0 known 1:x',
    ]);
    expect(facts.get('q0')).toEqual({
      answers: {},
      certificates: [],
      mute: false,
      older: false,
      done: false,
      known: new Map(),
    });
  });

  test.each([
    [['bundle-probe client 7.88.0'], undefined],
    [['bundle-probe client 7.87.0'], 'the probe image’s curl is 7.87.0; 7.88 or newer is needed'],
    [['bundle-probe client 10.0.0'], undefined],
    [['bundle-probe client none'], 'the probe image has no curl that runs'],
    [['something else'], 'the probe printed nothing that is known'],
    // A server cannot put its own word in: what comes later does not count.
    [['bundle-probe client none', client], 'the probe image has no curl that runs'],
  ])('%j: %s', (lines, trouble) => {
    expect(parseFindings(lines).trouble).toBe(trouble);
  });
});
