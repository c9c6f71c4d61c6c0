import { expect, it } from 'vitest';
import type { EndpointExpectation, TlsEndpoint } from '../../../../src/sdk/definition.ts';
import { withoutPending } from '../../../../src/verify/bundle/roll-gate.ts';

const tls: TlsEndpoint = {
  kind: 'tls',
  name: 'https',
  port: 9097,
  names: ['manager'],
  dialledBy: { services: ['data-1', 'data-2'], variable: 'HOST' },
  authority: { secret: 'ca', part: 'certificate' },
};
const { dialledBy: _nobody, ...alone } = tls;
const http: EndpointExpectation = { kind: 'http', name: 'health', port: 1, tls: true, path: '/', status: [200] };

it('in a roll a certificate need not name what clients dial that are still to be updated', () => {
  const expected = {
    service: 'manager',
    replicas: 1,
    logs: [],
    endpoints: [tls, http, alone],
    certificates: [tls],
    withinSeconds: 60,
    startGraceSeconds: 0,
    needs: undefined,
    looks: { running: true, secrets: true, absent: true, stable: true },
  };
  const updated = { ...tls, dialledBy: { services: ['data-1'], variable: 'HOST' } };
  expect(withoutPending(expected, ['data-2', 'query-1'])).toEqual({
    ...expected,
    endpoints: [updated, http, alone],
    certificates: [updated],
  });
  expect(withoutPending(expected, [])).toEqual(expected);
});
