import { describe, expect, it } from 'vitest';
import { withOwnChecks } from '../../../src/bundle/own-expectations.ts';
import { bundleKeys } from '../../../src/bundle/keys.ts';
import { parseYaml } from '../../../src/bundle/parse.ts';
import { validateAnswers } from '../../support/answers.ts';
import { renderBundle } from '../../../src/bundle/render.ts';
import { editAnswers, formatAnswers } from '../../../src/bundle/write-answers.ts';
import { refusal } from '../secrets/material.ts';

const NODES = {
  manager: { nodes: ['n1'] },
  agents: { master: { nodes: ['n1'] }, query: { nodes: ['n1'] }, data: { nodes: ['n1'] } },
};
const read = (expectations: unknown[], more: object = {}) =>
  validateAnswers({ version: 1, stack: 'imply', name: 'prod', ...NODES, verify: { expectations }, ...more }, 'f');
const problems = (expectations: unknown[], more: object = {}) =>
  (refusal(() => read(expectations, more)).details as { problems: string[] }).problems;
const secret = (kind: string) => ({ version: 1, kind, created: '2026-01-01', fingerprints: {}, facts: {} });
const lock = {
  version: 1 as const,
  secrets: {
    ca: secret('certificate-authority'),
    'auth-token': secret('auth-token'),
    'store-password': secret('password'),
  },
};

describe('verify: in bundle.yaml', () => {
  it('holds a certificate against the authority of its port, where a stack has several', () => {
    const kafka = (expectations: unknown[]) =>
      validateAnswers({ version: 1, stack: 'kafka', name: 'log', nodes: ['n1'], verify: { expectations } }, 'f');
    const defined = kafka([]);
    const plan = defined.definition.plan('log', defined.answers);
    const tls = (plan.expectations.find(({ service }) => service === 'kafka-1')?.endpoints ?? []).filter(
      (endpoint) => endpoint.kind === 'tls',
    );
    expect(new Set(tls.map(({ authority }) => authority.secret)).size).toBe(2);
    const own = tls.map(({ port }, index) => ({
      service: 'kafka-1',
      name: `own-${index}`,
      tls: { port, names: ['kafka-1'] },
    }));
    const all = withOwnChecks(plan.expectations, kafka(own).verify, plan);
    expect(all.find(({ service }) => service === 'kafka-1')?.endpoints.slice(-own.length)).toMatchObject(
      tls.map(({ port, authority }) => ({ kind: 'tls', port, authority })),
    );
  });

  it('tells that a server takes TLS 1.1 too, and fails for that only where the stack does', () => {
    const kafka = validateAnswers({ version: 1, stack: 'kafka', name: 'log', nodes: ['n1'] }, 'f');
    const judged = (bundle: ReturnType<typeof read>, service: string, ports: (defined: number) => number[]) => {
      const plan = bundle.definition.plan(bundle.name, bundle.answers);
      const defined = plan.expectations
        .find((each) => each.service === service)
        ?.endpoints.find(({ kind }) => kind === 'tls');
      const own = ports(defined?.port ?? 0).map((port, index) => ({
        ...{ service, name: `own-${index}`, tls: { port, names: [service] } },
      }));
      return withOwnChecks(plan.expectations, { expectations: own }, plan)
        .find((each) => each.service === service)
        ?.endpoints.slice(-own.length)
        .map((endpoint) => endpoint.kind === 'tls' && endpoint.olderTls);
    };
    // Also a second one of a port of the user's own.
    expect(judged(kafka, 'kafka-1', (strict) => [strict, 7443, 7443])).toEqual([undefined, 'told', 'told']);
    // Of this one the stack does not know it.
    expect(judged(read([]), 'imply-manager', (told) => [told])).toEqual(['told']);
  });

  it('adds checks to services, with and without expectations of the stack', () => {
    const bundle = read([
      { service: 'imply-manager', name: 'Licence', log: 'license accepted' },
      { service: 'mysql', name: 'port', tcp: { port: 3306 } },
      { service: 'imply-query-1', name: 'router', http: { port: 9088, tls: true, path: '/status' } },
      { service: 'imply-query-1', name: 'pivot-tls', tls: { port: 9095, names: ['imply-query-1'] } },
    ]);
    const plan = bundle.definition.plan('prod', bundle.answers);
    const all = withOwnChecks(plan.expectations, bundle.verify, plan);
    const of = (service: string) => all.find((each) => each.service === service);
    expect(of('imply-manager')?.logs.map(({ name }) => name)).toEqual(['TLS', 'Authentication', 'Licence']);
    expect(of('mysql')).toMatchObject({
      logs: [],
      endpoints: [
        { kind: 'tcp', name: 'mysql', port: 3306 },
        { kind: 'tcp', name: 'port', port: 3306 },
      ],
    });
    expect(of('imply-query-1')?.endpoints.slice(-2)).toEqual([
      { kind: 'http', name: 'router', port: 9088, tls: true, path: '/status', status: [200] },
      {
        kind: 'tls',
        name: 'pivot-tls',
        port: 9095,
        names: ['imply-query-1'],
        authority: { secret: 'ca', part: 'certificate' },
        olderTls: 'told',
      },
    ]);
    expect(
      plan.expectations.find(({ service }) => service === 'imply-manager')?.logs,
      'the plan itself stays',
    ).toHaveLength(2);
  });

  it('changes nothing in stack.yml', () => {
    const plain = validateAnswers({ version: 1, stack: 'imply', name: 'prod', ...NODES }, 'f');
    expect(renderBundle(read([{ service: 'mysql', name: 'port', tcp: { port: 3306 } }], {}), lock)).toEqual(
      renderBundle(plain, lock),
    );
  });

  it('refuses what it cannot look at, with the place and the reason', () => {
    expect(problems([{ service: 'imply-manger', name: 'a', tcp: { port: 1 } }])).toEqual([
      'verify.expectations.0.service: this stack has no service "imply-manger"; it has mysql, zookeeper-1, ' +
        'imply-manager, imply-master-1, imply-query-1, imply-data-1',
    ]);
    expect(problems([{ service: 'imply-manager', name: 'tls', log: 'x' }])).toEqual([
      'verify.expectations.0.name: imply-manager has a check of this name already',
    ]);
    expect(
      problems([
        { service: 'mysql', name: 'a', tcp: { port: 1 } },
        { service: 'mysql', name: 'A', log: 'x' },
      ]),
    ).toEqual(['verify.expectations.1.name: mysql has a check of this name already']);
    expect(problems([{ service: 'mysql', name: 'a' }])).toEqual([
      'verify.expectations.0: needs one of log, tcp, http and tls',
    ]);
    expect(problems([{ service: 'mysql', name: 'a', log: 'x', tcp: { port: 1 } }])).toEqual([
      'verify.expectations.0: needs one of log, tcp, http and tls',
    ]);
    expect(
      problems([{ service: 'mysql', name: 'a', tls: { port: 1, names: ['x'] } }], {
        tls: { enabled: false },
        authentication: { enabled: false },
      }),
    ).toEqual(['verify.expectations.0.tls: this bundle has no CA to which a certificate could chain']);
    expect(problems([{ service: 'mysql', name: 'a b', http: { port: 0, path: 'health', extra: 1 } }])).toEqual([
      expect.stringMatching(/^verify\.expectations\.0\.name: letters, digits/),
      expect.stringMatching(/^verify\.expectations\.0\.http\.port/),
      expect.stringMatching(/^verify\.expectations\.0\.http\.path: a path/),
      'verify.expectations.0.http.extra: unknown key',
    ]);
    expect(problems([], { verify: { probeImage: 'two words' } })).toEqual(['verify.probeImage: an image reference']);
  });

  it('stays as it is when other answers are edited, and can be written new', () => {
    const bundle = read([]);
    const keys = bundleKeys(bundle.definition);
    const text =
      'version: 1\nverify:\n  # ours\n  probeImage: probe:1\n  expectations:\n    - {service: mysql, name: ' +
      'port, tcp: {port: 3306}}\nname: prod\n';
    const edited = editAnswers(text, keys, { ...parseYaml(text, 'f'), name: 'other' }, []);
    expect(edited).toBe(text.replace('prod', 'other'));
    const answers = {
      version: 1,
      verify: { probeImage: 'probe:1', expectations: [{ service: 'mysql', name: 'port', tcp: { port: 3306 } }] },
    };
    expect(parseYaml(formatAnswers(keys, answers, 's'), 'f')).toEqual(answers);
  });
});
