import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BundleError, EXIT } from '../../../src/errors.ts';
import { renderStack } from '../../../src/compose/render.ts';
import type { ComposeService, StackDocument } from '../../../src/compose/types.ts';
import { documents } from './arbitrary.ts';
import { AWKWARD } from './awkward.ts';
import { documentOf, richDocument, service, stackDocument } from './documents.ts';
import { printedByLibrary } from './library.ts';

const render = (document: StackDocument, comments = {}, heading: string[] = []): string =>
  renderStack({ document, heading, comments });
const thrown = (run: () => unknown): BundleError => {
  try {
    run();
  } catch (error) {
    if (error instanceof BundleError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('renderStack', () => {
  it('prints every key in a fixed order', async () => {
    await expect(
      render(
        richDocument(),
        {
          'services.db-1': 'the database',
          'services.db-1.environment.NUMBER': 'derived\nfrom two answers',
          'networks.internal': 'all share it',
        },
        ['Rendered by bundle.', '', 'Edit bundle.yaml.'],
      ),
    ).toMatchFileSnapshot('rich.stack.yml');
  });

  it('gives the same bytes whatever the order of insertion', () => {
    const reverse = <Value>(record: Record<string, Value>): Record<string, Value> =>
      Object.fromEntries(Object.entries(record).reverse());
    const document = richDocument();
    const one = document.services['db-1'];
    if (one === undefined) throw new Error('db-1 is missing');
    const shuffled: ComposeService = {
      ...(reverse(one as unknown as Record<string, unknown>) as unknown as ComposeService),
      environment: reverse(one.environment ?? {}),
      networks: Object.fromEntries(
        Object.entries(one.networks)
          .reverse()
          .map(([name, { aliases }]) => [name, { aliases: [...aliases].reverse() }]),
      ),
      secrets: [...(one.secrets ?? [])].reverse(),
      volumes: [...(one.volumes ?? [])].reverse(),
      ports: [...(one.ports ?? [])].reverse(),
      logging: { ...one.logging, options: reverse(one.logging.options) },
      deploy: {
        ...(reverse(one.deploy as unknown as Record<string, unknown>) as unknown as ComposeService['deploy']),
        constraints: [...one.deploy.constraints].reverse(),
      },
    };
    const other = {
      services: { ...document.services, 'db-1': shuffled },
      networks: reverse(document.networks),
      volumes: document.volumes,
      secrets: reverse(document.secrets),
    };
    expect(render(other)).toBe(render(document));
  });

  it('prints what the yaml package would, to the byte', () => {
    const labels = Object.fromEntries(AWKWARD.map((value) => [value, value]));
    const awkward = stackDocument({
      services: { db: service({ command: [...AWKWARD] }) },
      volumes: { data: { labels } },
    });
    expect(render(awkward)).toBe(printedByLibrary(awkward));
    expect(render(richDocument())).toBe(printedByLibrary(richDocument()));
    fc.assert(
      fc.property(documents, (document) => void expect(render(document)).toBe(printedByLibrary(document))),
      { numRuns: 100 },
    );
  });

  it('quotes the words that the yaml package quotes', () => {
    const word = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9.:_/@+-]{1,9}$/),
      fc.stringMatching(/^[eEfiInNoOxXtyY][0-9eEfns_.:+-]{1,9}$/),
    );
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 30, maxLength: 60 }), (constraints) => {
        const document = stackDocument({
          services: {
            db: service({
              deploy: { ...service().deploy, constraints },
              networks: Object.fromEntries(constraints.map((key) => [key, { aliases: [] }])),
            }),
          },
        });
        expect(render(document)).toBe(printedByLibrary(document));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the order of the services', () => {
    const text = render(stackDocument({ services: { zookeeper: service(), alpha: service() } }));
    expect(text.indexOf('zookeeper:')).toBeLessThan(text.indexOf('alpha:'));
  });

  it.each<[string, number]>([
    ['0444', 0o444],
    ['0400', 0o400],
    ['07', 7],
    ['00', 0],
  ])('prints a mode as %s', (printed, mode) => {
    const text = render(documentOf({ secrets: [{ source: 'key', target: 'key', mode }] }));
    expect(text).toContain(`mode: ${printed}\n`);
    expect(parse(text, { version: '1.1' })).toHaveProperty('services.db.secrets.0.mode', mode);
  });

  it('shares nothing by reference', () => {
    const logging = { driver: 'json-file', options: { 'max-size': '1m' } };
    expect(render(stackDocument({ services: { one: service({ logging }), two: service({ logging }) } }))).not.toMatch(
      /[&*]a\d/,
    );
  });

  it('leaves out sections without content', () => {
    expect(Object.keys(parse(render(stackDocument())) as object)).toEqual(['version', 'services', 'networks']);
  });

  it('has no space at the end of a line', () => {
    expect(render(richDocument(), { 'services.db-1': 'one\n\ntwo' }, ['', 'x'])).not.toMatch(/[ \t]$/m);
  });

  it('keeps a hint from becoming the value', () => {
    // In docker's reader a hyphen after `:?` is the "default value" operator.
    const text = render(
      documentOf({ environment: { A: { fromEnvironment: 'TOKEN', hint: 'see secrets/auth-token}' } } }),
    );
    expect(text).toContain('"${TOKEN:?see secrets/auth\u2010token)}"');
  });

  it.each<[string, StackDocument, string, string]>([
    [
      'a bell in an environment value',
      documentOf({ environment: { A: 'hunter\u0007two' } }),
      'document-control-character',
      'services.db.environment.A',
    ],
    [
      'a carriage return in a command',
      documentOf({ command: ['x\r'] }),
      'document-control-character',
      'services.db.command[0]',
    ],
    [
      'a NUL in a key',
      documentOf({ environment: { 'A\0': 'x' } }),
      'document-control-character',
      'services.db.environment.A',
    ],
    [
      'a next-line in a label',
      stackDocument({ volumes: { data: { labels: { x: '\u0085' } } } }),
      'document-control-character',
      'volumes.data.labels.x',
    ],
    ['a lone surrogate', documentOf({ hostname: 'a\ud800' }), 'document-control-character', 'services.db.hostname'],
    ['half a duration', documentOf({ stopGracePeriod: '10' }), 'document-duration', 'services.db.stop_grace_period'],
    [
      'a negative duration',
      documentOf({ stopGracePeriod: '-1s' }),
      'document-duration',
      'services.db.stop_grace_period',
    ],
    [
      'a mode beyond 0777',
      documentOf({ secrets: [{ source: 'key', target: 'key', mode: 0o1777 }] }),
      'document-mode',
      'services.db.secrets[0].mode',
    ],
    [
      'a variable that is no name',
      documentOf({ environment: { A: { fromEnvironment: 'a b', hint: '' } } }),
      'document-variable-name',
      'services.db.environment.A',
    ],
  ])('refuses %s', (_what, document, code, path) => {
    const error = thrown(() => render(document));
    expect(error.code).toBe(code);
    expect(error.exit).toBe(EXIT.usage);
    expect(error.message.startsWith(path)).toBe(true);
    expect(error.message).not.toMatch(/hunter|two/);
  });

  it('refuses a control character in a comment, which could end it', () => {
    expect(thrown(() => render(stackDocument(), { 'services.db': 'a\rimage: other' })).code).toBe(
      'document-control-character',
    );
    expect(thrown(() => render(stackDocument(), {}, ['a\u2028b'])).code).toBe('document-control-character');
  });

  it('takes a comment on a missing path for a bug', () => {
    expect(() => render(stackDocument(), { 'services.web': 'x' })).toThrow(/services\.web: there is no such key/);
  });
});
