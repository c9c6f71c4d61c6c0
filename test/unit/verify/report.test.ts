import { describe, expect, test } from 'vitest';
import { createStyle } from '../../../src/ui/style.ts';
import { reportJson } from '../../../src/verify/report/json.ts';
import { reportJunit } from '../../../src/verify/report/junit.ts';
import { reportTap } from '../../../src/verify/report/tap.ts';
import { reportMatrix } from '../../../src/verify/report/matrix.ts';
import { reportText } from '../../../src/verify/report/text.ts';
import { verification } from '../../../src/verify/result.ts';

const task = { service: 'imply-manager', task: 'k3x1a2b3c4d5e6f7', slot: 1, node: 'node1' };
const mixed = verification('prod', [
  { ...task, check: 'running', status: 'passed', detail: 'since 2026-01-01T00:00:00Z' },
  { ...task, check: 'TLS', status: 'passed', detail: 'TLS: Enabled <ca & "co">' },
  { ...task, check: 'secrets', status: 'failed', detail: 'mounts prod_x.v1, the bundle says v2 # TODO\u0001' },
  {
    service: 'imply-agent',
    task: 'z9',
    node: 'node2',
    check: 'TLS',
    status: 'unsure',
    detail: 'node2 is not available',
  },
  { service: 'imply-agent', check: 'tasks', status: 'failed', detail: '1 of 2 tasks: waiting' },
]);
const plain = createStyle(process.stdout, { color: false });

describe('reports', () => {
  test('text: a line a task, the reason of everything that did not pass, and last the counts', () => {
    expect(reportText(mixed, { style: plain, width: 100 })).toBe(`prod  5 checks on 2 tasks
  ✘ imply-manager  node1  2/3  secrets: mounts prod_x.v1, the bundle says v2 # TODO\u0001
  ? imply-agent    node2  0/1  unknown: TLS: node2 is not available
  ✘ imply-agent           0/1  tasks: 1 of 2 tasks: waiting
2 passed · 2 failed · 1 unknown
`);
  });

  test('the matrix: a row a task and a column a check, then the reasons', () => {
    expect(reportMatrix(mixed, plain)).toBe(`SERVICE        TASK              NODE   RUNNING  TLS      SECRETS
imply-manager  1 (k3x1a2b3c4d5)  node1  ok       ok       FAILED
imply-agent    z9                node2  -        unknown  -

FAILED   imply-manager task 1 (k3x1a2b3c4d5) on node1  secrets: mounts prod_x.v1, the bundle says v2 # TODO\u0001
unknown  imply-agent task z9 on node2                  TLS: node2 is not available
FAILED   imply-agent                                   tasks: 1 of 2 tasks: waiting

prod: 5 checks on 2 tasks: 2 passed · 2 failed · 1 unknown
`);
  });

  test('not run: one line for each reason in text, skipped in JUnit, SKIP in TAP, and no failure anywhere', () => {
    const open = (service: string, check: string) => ({
      service,
      task: `${service}-task`,
      check,
      status: 'not-run' as const,
      detail: 'not published # TODO',
    });
    const certificate = {
      subject: 'CN=m',
      names: ['m'],
      issuer: 'CN=ca',
      notAfter: '2030-01-01T00:00:00Z',
      daysLeft: 9,
    };
    const result = verification(
      'prod',
      [
        { ...task, check: 'https', status: 'passed', detail: 'CN=m, 9 days left', certificate },
        open('a', 'health'),
        open('b', 'health'),
        open('a', 'api'),
      ],
      3,
    );
    const text = reportText(result, { style: plain, width: 100 });
    expect(text).toContain('  ○ 3 not run (health, api of a, b): not published # TODO\n');
    expect(text, 'a certificate is worth reading').toContain('  ✔ imply-manager  node1  1/1  https: CN=m, 9 days\n');
    expect(text).toContain('prod  4 checks on 3 tasks\n');
    expect(text).toContain('\n1 passed · 3 not run · 3 left out\n');
    expect(reportJson(result)).toMatchObject({
      verdict: 'passed',
      exitCode: 0,
      leftOut: 3,
      results: [{ certificate: { daysLeft: 9 } }, {}, {}, {}],
    });
    expect(reportJunit(result)).toContain('failures="0" errors="0" skipped="3"');
    expect(
      reportJunit(result).match(/<skipped message="not published # TODO">task [ab]-task<\/skipped>/g),
    ).toHaveLength(3);
    expect(reportTap(result)).toContain('\nok 2 - a: health # SKIP not published \\# TODO\n');
  });

  test('JSON: the results as they are', () => {
    expect(reportJson(mixed)).toMatchObject({ stack: 'prod', verdict: 'failed', exitCode: 5 });
    expect(JSON.parse(JSON.stringify(reportJson(mixed)))).toEqual(reportJson(mixed));
    expect(
      reportJson(
        verification(
          'prod',
          mixed.results.filter((result) => result.status !== 'failed'),
        ),
      ),
    ).toMatchObject({ verdict: 'unsure', exitCode: 7 });
  });

  test('JUnit: well-formed whatever a detail holds, unsure as an error', () => {
    const xml = reportJunit(mixed);
    expect(xml).toContain('<testsuites name="prod" tests="5" failures="2" errors="1" skipped="0">');
    expect(xml).toContain('<error message="node2 is not available">task z9 on node2</error>');
    expect(xml).toContain('TLS: Enabled &#60;ca &#38; &#34;co&#34;&#62;');
    expect(xml).not.toMatch(/[\u0000-\u0008]/);
    // Every element that is opened is closed, and no raw markup is left in texts.
    expect(xml.match(/<testcase /g)).toHaveLength(5);
    expect(xml.match(/<\/testcase>/g)).toHaveLength(5);
  });

  test('JUnit and TAP: names stay though every task is another one on another node; the ids are told beside', () => {
    const names = (text: string) => text.match(/classname="[^"]*" name="[^"]*"|^(not )?ok .*$/gm);
    const later = verification(
      'prod',
      mixed.results.map((result) =>
        result.slot === undefined ? { ...result, task: 'new' } : { ...result, task: 'new', node: 'node3' },
      ),
    );
    const before = verification(
      'prod',
      mixed.results.filter(({ task: id }) => id !== undefined),
    );
    const after = verification(
      'prod',
      later.results.filter(({ check }) => check !== 'tasks'),
    );
    expect(names(reportJunit(after))).toEqual(names(reportJunit(before)));
    expect(names(reportJunit(before))).toContain('classname="imply-agent.node2" name="TLS"');
    expect(names(reportTap(after))).toEqual(names(reportTap(before)));
    expect(reportJunit(before)).toContain('task k3x1a2b3c4d5e6f7 on node1');
  });

  test('TAP: what was left out is a comment, and no test', () => {
    const one = verification('prod', [{ ...task, check: 'TLS', status: 'passed', detail: '' }], 3);
    expect(reportTap(one)).toBe('TAP version 13\n1..1\nok 1 - imply-manager 1: TLS\n# 3 left out\n');
  });

  test('TAP: a detail cannot turn a failure into a TODO', () => {
    const tap = reportTap(
      verification('prod', [
        { ...task, check: 'x # TODO later', status: 'failed', detail: 'no' },
        { ...task, check: 'TLS', status: 'passed', detail: '' },
      ]),
    );
    expect(tap).toBe(`TAP version 13
1..2
not ok 1 - imply-manager 1: x \\# TODO later
  ---
  status: failed
  reason: "no"
  task: "k3x1a2b3c4d5e6f7 on node1"
  ...
ok 2 - imply-manager 1: TLS
`);
  });
});
