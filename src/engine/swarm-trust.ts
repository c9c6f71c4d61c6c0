/** The swarm's own certificate authority, which issues the nodes' certificates. */
import * as z from 'zod';
import type { Api } from './api.ts';
import { parse, Text } from './mapping.ts';
import type { Engine } from './port.ts';

/** The join tokens of the answer are left behind here. */
const SwarmAnswer = z.object({ TLSInfo: z.object({ TrustRoot: Text }).nullish() });
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The part of the port that is about the swarm's certificates. */
export function swarmTrustCalls(api: Api): Pick<Engine, 'swarmTrust'> {
  return {
    async swarmTrust() {
      const what = 'ask for the swarm’s certificate authority';
      const { TLSInfo } = parse(SwarmAnswer, await api.json({ what, path: '/swarm' }), what);
      return { roots: TLSInfo?.TrustRoot.match(CERTIFICATE) ?? [] };
    },
  };
}
