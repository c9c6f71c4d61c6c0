/** Whether permissions are asked for, by what each member prints of its authorizer. */
import { describe, expect, it } from 'vitest';
import { expectationRows } from '../../../src/verify/bundle/list.ts';
import { EVERYTHING } from '../../../src/verify/select.ts';
import type { Loaded } from '../../../src/project/bundle-dir.ts';
import { AUTHORIZER, judgePermissions } from '../../../stacks/kafka/permissions.ts';
import { validateAnswers } from '../../support/answers.ts';
import { rendered } from './imply.ts';

const kafka = (over: Record<string, unknown> = {}) =>
  validateAnswers({ version: 1, stack: 'kafka', name: 'ev', nodes: ['a', 'b', 'c'], ...over }, 'bundle.yaml');
const APART = { controllers: { apart: true, nodes: ['a', 'b', 'c'] } };

/** As 4.4.0 prints it on the console, with the log settings of the lab's image. */
const line = (users: string, otherwise = 'DENIED', id = 1): string =>
  `[2026-11-30 03:02:19,016] INFO [StandardAuthorizer ${id}] set super.users=${users}, default result=${otherwise} ` +
  '(org.apache.kafka.metadata.authorizer.StandardAuthorizerData)';

describe('the permissions of a Kafka', () => {
  it.each([
    ['combined', {}, ['User:CN=kafka-1', 'User:CN=kafka-2', 'User:CN=kafka-3', 'User:admin']],
    ['apart', APART, ['User:CN=kafka', 'User:admin']],
    ['by certificates', { ...APART, clients: { login: 'certificate' } }, ['User:CN=kafka', 'User:CN=admin']],
  ])('%s: are asked of every member, controllers too, as stack.yml sets them', (_what, over, users) => {
    const bundle = kafka(over);
    const { definition, name, answers } = bundle;
    const { services } = rendered(bundle).document;
    const { expectations } = definition.plan(name, answers);
    expect(expectations.map(({ service }) => service).sort()).toEqual(Object.keys(services).sort());
    for (const { service, logs } of expectations) {
      expect(services[service]?.environment).toMatchObject({
        KAFKA_AUTHORIZER_CLASS_NAME: AUTHORIZER,
        KAFKA_SUPER_USERS: users.join(';'),
      });
      const permissions = logs.find((each) => each.name === 'Permissions');
      // The authorizer keeps them in a set: in whatever order.
      for (const order of [users, [...users].reverse()])
        expect(permissions?.says?.judge(line(order.join()))).toEqual({
          status: 'passed',
          detail: `without a permission nobody may do anything but ${users.join(', ')}`,
        });
      expect(permissions?.says?.judge(line([...users, 'User:mallory'].join())).status).toBe('failed');
      const id = Number(services[service]?.environment?.['KAFKA_NODE_ID']);
      expect(line(users.join(), 'DENIED', id)).toContain(permissions?.contains);
    }
  });

  it.each([
    [
      'one user more',
      line('User:admin,User:mallory,User:CN=kafka'),
      'failed',
      /^others than User:CN=kafka, User:admin are/,
    ],
    ['one less', line('User:admin'), 'failed', /^others than/],
    ['nobody', line(''), 'failed', /^others than/],
    [
      'everyone may, unless it is denied',
      line('User:admin,User:CN=kafka', 'ALLOWED'),
      'failed',
      /^whoever logs in may/,
    ],
    ['both', line('User:mallory', 'ALLOWED'), 'failed', /^whoever .*; others than/],
    ['a name with a comma', line('User:admin,User:CN=kafka,O=mallory'), 'failed', /^others than/],
    ['another form', line('User:admin').replace(', default', '; default'), 'unsure', /form that is not known/],
  ])('%s', (_what, text, status, detail) => {
    const verdict = judgePermissions(text, ['User:CN=kafka', 'User:admin']);
    expect(verdict).toEqual({ status, detail: expect.stringMatching(detail) as string });
    expect(verdict.detail, 'no line of a container is quoted').not.toContain('mallory');
  });

  it('are listed with what their line must say', () => {
    const bundle = kafka(APART);
    const plan = { ...bundle.definition.plan(bundle.name, bundle.answers), ensembles: [] };
    const loaded = { directory: { plan, bundle }, document: rendered(bundle).document } as unknown as Loaded;
    const rows = expectationRows(loaded, EVERYTHING).filter(({ check }) => check === 'Permissions');
    expect(rows).toHaveLength(6);
    expect(new Set(rows.map(({ seen }) => seen.replace(/ \d+\]/, ' ID]')))).toEqual(
      new Set([
        'a line with "[StandardAuthorizer ID] set super.users=" within 240 s of the task’s start, which names its own super users alone, and ' +
          'denies what no permission allows',
      ]),
    );
  });
});
