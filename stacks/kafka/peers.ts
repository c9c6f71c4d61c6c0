import type { ProgramExpectation, ProgramVerdict } from '../../src/sdk/definition.ts';
import { PORTS, type Member } from './members.ts';
import { BEGIN, PEER_FILES, asPeer } from './quorum/client.ts';
import { NETWORK } from './services.ts';

/**
 * How a member's own listener is asked if no image with OpenSSL is named: by a program of Kafka's, as a peer. It checks
 * the chain, the name and the dates as every peer does, and says in its own protocol what the member can do.
 */
export function asksAsPeer({ name, broker }: Pick<Member, 'name' | 'broker'>): ProgramExpectation {
  const [program, at] = broker
    ? ['kafka-broker-api-versions.sh --bootstrap-server', `${name}:${PORTS.internal}`]
    : ['kafka-metadata-quorum.sh --bootstrap-controller', `${name}:${PORTS.controller}`];
  const what = broker ? '' : ' describe --status';
  return {
    name: 'as-peer',
    seen: 'answers a peer through TLS, with a certificate of the peers’ CA for its name (by its image’s own tool)',
    withoutProbeImage: true,
    network: NETWORK,
    command: [
      'bash',
      '-c',
      `${BEGIN}
${asPeer}
/opt/kafka/bin/${program} ${at} --command-config $dir/peer${what} > $dir/out 2> $dir/errors && echo ended
grep -q '^${name}:.* -> (' $dir/out && echo speaks
why '' $dir/out $dir/errors
rm -r $dir`,
    ],
    secrets: PEER_FILES,
    timeoutSeconds: 60,
    judge: (lines) => judgeAsPeer(lines, broker),
  };
}

/** @param lists whether the program lists each member that it asked */
export function judgeAsPeer(lines: readonly string[], lists: boolean): ProgramVerdict {
  const why = lines.find((line) => /^why [A-Za-z]+$/.test(line))?.slice('why '.length);
  if (lines.includes(lists ? 'speaks' : 'ended'))
    return { status: 'passed', detail: 'answers a peer through TLS, under its name' };
  if (why === 'SslAuthenticationException')
    return { status: 'failed', detail: `a peer does not come to terms with it over TLS (${why})` };
  return { status: 'unsure', detail: `its image’s tool got no answer${why === undefined ? '' : ` (${why})`}` };
}
