import { expect, it } from 'vitest';
import { driftSince } from '../../../src/project/drift.ts';
import type { Loaded } from '../../../src/project/bundle-dir.ts';
import type { Survey } from '../../../src/project/plan-bundle.ts';
import type { StoredRelease } from '../../../src/release/record.ts';
import { service, stackDocument } from '../compose/documents.ts';

it('what a release did that cannot be read is not taken for changes by hand since the one before', () => {
  const document = stackDocument({ services: { app: service() } });
  const release = { number: 6, images: { app: 'app:1' }, document, nodeLabels: [] } as unknown as StoredRelease;
  const loaded = { directory: { bundle: { name: 'prod' }, plan: { placements: [] } }, document } as unknown as Loaded;
  const live = { services: [], networks: [], secrets: [], nodes: [] };
  const since = (unreadable: string[]) =>
    driftSince({ releases: [release], unreadable }, live, loaded, { live } as unknown as Survey);
  expect(since(['prod.release.5'])?.services).toMatchObject([{ name: 'app', kind: 'removed' }]);
  expect(since(['prod.release.7'])).toBeUndefined();
});
