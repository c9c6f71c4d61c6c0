import { describe, expect, it } from 'vitest';
import { filterDocument } from '../../../src/compose/filter.ts';
import type { StackDocument } from '../../../src/compose/types.ts';
import { service } from './documents.ts';

const document: StackDocument = {
  services: {
    a: service({
      networks: { one: { aliases: [] } },
      volumes: [
        { type: 'volume', source: 'v', target: '/v' },
        { type: 'bind', source: '/host', target: '/b' },
      ],
      secrets: [{ source: 's', target: 't' }],
    }),
    b: service({
      networks: { two: { aliases: [] } },
      volumes: [{ type: 'volume', source: 'w', target: '/v' }],
      secrets: [],
    }),
    c: service({ networks: { one: { aliases: [] }, two: { aliases: [] } } }),
  },
  networks: { one: { driver: 'overlay' }, two: { driver: 'overlay' } },
  volumes: { v: {}, w: {} },
  secrets: { s: { name: 'prod_s.v1' }, unused: { name: 'prod_unused.v1' } },
};

describe('a document of some services', () => {
  it('has what they use, and nothing else', () => {
    expect(filterDocument(document, ['a', 'nobody'])).toEqual({
      services: { a: document.services['a'] },
      networks: { one: document.networks['one'] },
      volumes: { v: {} },
      secrets: { s: { name: 'prod_s.v1' } },
    });
    expect(Object.keys(filterDocument(document, ['c', 'b']).services)).toEqual(['b', 'c']);
    expect(Object.keys(filterDocument(document, ['b']).networks)).toEqual(['two']);
  });
  it('is the whole, but for what nobody uses, where all are named', () => {
    expect(filterDocument(document, ['a', 'b', 'c'])).toEqual({ ...document, secrets: { s: { name: 'prod_s.v1' } } });
  });
});
