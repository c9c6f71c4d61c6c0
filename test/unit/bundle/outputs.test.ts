import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { definitions } from '../../support/definitions.ts';
import { bundleJsonSchema } from '../../../src/bundle/json-schema.ts';
import { lineDiff } from '../../../src/bundle/line-diff.ts';
import type { Lock } from '../../../src/bundle/lock.ts';
import { validateAnswers } from '../../support/answers.ts';
import { README_MARK, bundleReadme } from '../../../src/bundle/readme.ts';
import { renderBundle } from '../../../src/bundle/render.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { lockOf } from '../stacks/imply.ts';

const ANSWERS = {
  version: 1,
  stack: 'imply',
  name: 'prod',
  manager: { nodes: ['n1'] },
  agents: { master: { nodes: ['n1'] }, query: { nodes: ['n2'] }, data: { nodes: ['n1', 'n2'], replicas: 2 } },
  deepStorage: { type: 's3', path: 's3://b/p' },
};
const bundle = (over: object = {}) => validateAnswers({ ...ANSWERS, ...over }, 'f');
const readme = (over: object = {}) => {
  const made = bundle(over);
  const plan = made.definition.plan(made.name, made.answers);
  const lock = lockOf(made);
  return bundleReadme(made, plan, lock, renderBundle(made, lock).document);
};

describe('the runbook', () => {
  it('begins with the mark by which it is known as ours', () =>
    expect(readme().startsWith(`${README_MARK}\n\n# prod: Imply`)).toBe(true));

  it('has the commands by hand: every secret that stack.yml names, with our labels', () => {
    const text = readme().replaceAll(' \\\n  ', ' ');
    const made = bundle();
    for (const { name } of Object.values(renderBundle(made, lockOf(made)).document.secrets)) {
      expect(text).toMatch(
        new RegExp(
          `docker secret create --label bundle\\.stack=prod --label bundle\\.kind=[a-z-]+ --label ` +
            `bundle\\.fingerprint=[0-9a-f]{64} ${name.replaceAll('.', '\\.')} secrets/`,
        ),
      );
    }
  });

  it('has one label line for each placement, and the deploy', () => {
    const text = readme();
    for (const line of ['bundle.prod.manager=true n1', 'bundle.prod.query-1=true n2', 'bundle.prod.data-2=true n2'])
      expect(text).toContain(`docker node update --label-add ${line}\n`);
    expect(text).toContain('docker stack deploy --with-registry-auth -c stack.yml prod\n');
    expect(text).toContain('bundle verify');
  });

  it('says how to supply what is delivered by environment', () => {
    const text = readme({ secretDelivery: 'env', license: 'file' });
    expect(text).toContain('export IMPLY_MANAGER_LICENSE_KEY="$(cat secrets/imply-license)"');
    // What no service mounts is no Docker secret either.
    expect(text).not.toContain('prod_imply-license');
  });

  it('is the same for the same answers and lock', () => expect(readme()).toBe(readme()));
});

describe('the JSON Schema', () => {
  const validate = new Ajv2020({ strict: false }).compile(bundleJsonSchema(definitions));
  it('takes what bundle takes', () => expect([validate(ANSWERS), validate.errors]).toEqual([true, null]));
  it.each([
    ['an unknown key', { ...ANSWERS, tls: { bits: 1 } }],
    ['another stack', { ...ANSWERS, stack: 'x' }],
    ['a wrong type', { ...ANSWERS, manager: { nodes: 'n1' } }],
    ['no name', { ...ANSWERS, name: undefined }],
  ])('refuses %s', (_what, value) => expect(validate(JSON.parse(JSON.stringify(value)))).toBe(false));
});

describe('rendering', () => {
  it('stops with exit 3 where the lock has no version', () => {
    const empty: Lock = { version: 1, secrets: {} };
    expect(() => renderBundle(bundle(), empty)).toThrow(BundleError);
    try {
      renderBundle(bundle(), empty);
    } catch (error) {
      expect(error).toMatchObject({ code: 'secret-not-locked', exit: EXIT.preflight });
    }
  });
  it('names each secret by its locked version', () => {
    const made = bundle();
    const lock = lockOf(made);
    (lock.secrets['ca'] as { version: number }).version = 7;
    expect(renderBundle(made, lock).text).toMatch(/prod_imply-ca\.crt\.v7[^]*prod_imply-ca\.key\.v7/);
  });
});

describe('rendering a wrapper', () => {
  const made = bundle({ secretDelivery: 'wrapper', images: { manager: 'example/manager:2' } });
  const lock = lockOf(made);
  it.each([
    [
      'nothing is known of any image',
      undefined,
      /^bundle\.lock\.json does not say what example\/manager:2 runs; a wrapper must know it$/,
    ],
    [
      'another reference is known',
      { 'example/manager:1': { entrypoint: ['/x'], cmd: [] } },
      /does not say what example\/manager:2 runs, only what example\/manager:1 does/,
    ],
  ])('is refused where %s, with the way out', (_what, images, message) => {
    const thrown = (() => {
      try {
        return renderBundle(made, { version: 1, secrets: lock.secrets, ...(images && { images }) });
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toMatchObject({
      code: 'entrypoint-unknown',
      exit: EXIT.preflight,
      message: expect.stringMatching(message) as string,
      hints: ['docker pull example/manager:2', expect.stringContaining('bundle init') as string],
    });
  });
  it('starts the entrypoint, then the CMD, as the image does', () => {
    const { document } = renderBundle(made, {
      ...lock,
      images: { 'example/manager:2': { entrypoint: [], cmd: ['only', 'cmd'] } },
    });
    expect(document.services['imply-manager']?.command).toEqual(['only', 'cmd']);
  });
});

describe('a difference of texts', () => {
  it('shows what goes and what comes, with its line', () =>
    expect(lineDiff('a\nb\nc\nd\n', 'a\nB\nc\nd\ne\n')).toEqual({
      added: 2,
      removed: 1,
      lines: ['@@ line 2 @@', '-b', '+B', '@@ line 5 @@', '+e'],
      more: 0,
    }));
  it('is nothing for the same text', () =>
    expect(lineDiff('a\n', 'a\n')).toEqual({ added: 0, removed: 0, lines: [], more: 0 }));
  it('is cut where it is long', () =>
    expect(lineDiff('', Array.from({ length: 50 }, (_unused, index) => index).join('\n'), 5)).toMatchObject({
      added: 50,
      more: 47,
      lines: { length: 5 },
    }));
});
