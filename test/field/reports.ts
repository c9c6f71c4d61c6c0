/**
 * What people met elsewhere, of Docker, Swarm and tools like this one, and what `bundle` says of it: each is one
 * instance of a kind, and its test holds neighbours of it. It grows with every report; test/swarm/lies.ts is the same
 * for what a task may claim.
 */
export interface Report {
  /** What the user has before him. */
  setUp: string;
  /** What is concluded from it. */
  verdict: string;
  /** Of the command that tells it; undefined for a report that is told as a warning, or needs no word. */
  exit?: number;
  /** Words that must be there. */
  says: string[];
  /** The test that shows it: its file, below test/, and its name as it stands there. */
  shownBy: { file: string; name: string };
}

const by = (file: string, name: string): Pick<Report, 'shownBy'> => ({ shownBy: { file, name } });

export const REPORTS: readonly Report[] = [
  {
    setUp: 'a given CA with nameConstraints that exclude the manager’s name',
    verdict: 'refused by init, by a leaf put through the clients’ verifier',
    exit: 3,
    says: ['excluded'],
    ...by(
      'programs/init/authority-clients.test.ts',
      'refuses one whose constraints rule out the name that agents dial',
    ),
  },
  {
    setUp: 'a CA with keyUsage and without keyCertSign',
    verdict: 'refused for that reason',
    exit: 3,
    says: ['keyCertSign'],
    ...by('programs/secrets/clients.test.ts', 'keyUsage without keyCertSign is refused for that reason'),
  },
  {
    setUp:
      'a CA whose constraints rule out subjects, a root above it that allows no CA below, a chain that has a fault above',
    verdict: 'refused for just that; of Java’s clients what they take is taken',
    exit: 3,
    says: ['the subject of the certificates', 'has a path length', 'or one above it in its file'],
    ...by('programs/secrets/clients.test.ts', '%s: says %s'),
  },
  {
    setUp: 'swarm init --advertise-addr 127.0.0.1, and another program at that port of the operator’s machine',
    verdict: 'could not be told from here; inside decides if it is asked there',
    exit: 7,
    says: ['could not tell from here', 'verify.probeImage'],
    ...by('programs/verify/endpoints/elsewhere.test.ts', 'another program that answers with %s says nothing'),
  },
  {
    setUp: 'the same on a real swarm of one host',
    verdict: 'could not be told from here; with verify.probeImage inside decides',
    exit: 7,
    says: ['could not tell from here'],
    ...by(
      'swarm/between.test.ts',
      'another program at that port of the operator’s machine says nothing; inside decides',
    ),
  },
  {
    setUp: 'a node whose addresses are all 0.0.0.0',
    verdict: 'has no address; its ports are asked inside, or could not be told',
    exit: 7,
    says: ['tells no address of'],
    ...by(
      'programs/verify/endpoints/elsewhere.test.ts',
      'a published port of a node without an address is not asked anywhere',
    ),
  },
  {
    setUp: 'a proxy between operator and nodes that intercepts TLS',
    verdict: 'could not be told from here, with the issuer that answered',
    exit: 7,
    says: ['could not tell from here', 'issued by'],
    ...by(
      'programs/verify/endpoints/elsewhere.test.ts',
      '$name: could not tell from here, with the issuer that answered',
    ),
  },
  {
    setUp: 'such a proxy before a real node, and verify.probeImage',
    verdict: 'inside decides; what was seen from here is said too',
    exit: 0,
    says: ['issued by', 'asked inside'],
    ...by(
      'swarm/between.test.ts',
      'a proxy that intercepts TLS: could not tell from here, with its issuer; inside decides',
    ),
  },
  {
    setUp: 'an external MySQL that refuses for good: password expired, plugin not loaded',
    verdict: 'refused, busy, this host, or cannot be tried: by error number, with what mends it',
    exit: 3,
    says: ['ALTER USER', 'caching_sha2_password'],
    ...by('unit/stacks/mysql-refusals.test.ts', 'what a MySQL says at login'),
  },
  {
    setUp: 'no docker CLI on the path',
    verdict: 'refused before anything is made',
    exit: 3,
    says: ['docker-cli'],
    ...by('swarm/preflight.test.ts', 'no docker CLI: exit 3, and nothing is made'),
  },
  {
    setUp:
      'a credential helper that is killed, tells why on its standard error, prints without end or a log-in before it fails',
    verdict: 'told in its words, and no log-in is quoted',
    exit: 3,
    says: ['prints without end'],
    ...by('programs/engine/registry-auth.test.ts', 'that %s'),
  },
  {
    setUp: 'DEBUG=* in the environment',
    verdict: 'no request is printed: its headers hold log-ins',
    says: [],
    ...by('transcripts/debug.test.ts', 'DEBUG=%s prints no request with its headers'),
  },
  {
    setUp: 'a bundle of authorities of 163 kB, with secretDelivery env or wrapper',
    verdict: 'refused at init and render; check tells it of a bundle made before',
    exit: 2,
    says: ['starts no program with a variable of more than', 'secretDelivery: file'],
    ...by('unit/bundle/long-variables.test.ts', '%s: 163 kB are refused, once, with what to do'),
  },
  {
    setUp: 'a wrapper whose shell ends with 126 or 127',
    verdict: 'a start error: no grace is waited for',
    exit: 4,
    says: ['exit 126', 'exit 127'],
    ...by('unit/converge/start-failure.test.ts', 'exit %i is a start error'),
  },
  {
    setUp: 'destroy (volumes stay), a new init with the same name, deploy',
    verdict: 'refused, with the two ways out: the old password, or no volume',
    exit: 3,
    says: ['is from before', 'docker volume rm'],
    ...by('swarm/field.test.ts', 'data from before and a new password: refused before anything is made'),
  },
  {
    setUp: 'a service that stays silent or is not registered',
    verdict: 'its own last lines are quoted, redacted',
    exit: 5,
    says: ['its last lines'],
    ...by('unit/verify/verify-endpoints.test.ts', '%s: its own last lines are quoted, redacted'),
  },
  {
    setUp: 'a node that left and joined again: its old entry is down',
    verdict: 'the name means the new entry; no move is told',
    exit: 0,
    says: ['docker node rm'],
    ...by('swarm/labels.test.ts', 'of a node that joined again: the name means the new entry'),
  },
  {
    setUp: 'no HOME, and a user id without an entry in passwd',
    verdict: 'no error',
    says: [],
    ...by('unit/engine/docker-config.test.ts', 'the home directory of %o'),
  },
  {
    setUp: 'a home directory that is none, empty, relative, a file or not readable; with --host and with --context',
    verdict: 'no bug; a context that cannot be read is told as that',
    exit: 2,
    says: ['cannot be read'],
    ...by('transcripts/home.test.ts', 'holds no context that --context could name'),
  },
  {
    setUp: 'deploy is interrupted while it verifies',
    verdict: 'says that all of it is deployed and not marked as verified',
    exit: 130,
    says: ['is deployed and all its tasks were seen to run'],
    ...by('swarm/field.test.ts', 'interrupted while it verifies: says that all of it is deployed'),
  },
  {
    setUp: 'deploy is interrupted in any of its phases, or loses its lock there',
    verdict: 'says what was made and what was not',
    exit: 130,
    says: ['made so far', 'not done, or not to its end'],
    ...by('unit/deploy/interrupted.test.ts', 'in the phase "%s", after %i steps'),
  },
  {
    setUp: 'a host port that another program holds, engines 20.10 and 28',
    verdict: 'the same error, whatever ids and addresses stand in it',
    exit: 4,
    says: ['ss -ltnp'],
    ...by('unit/converge/start-failure.test.ts', 'the same trouble in two tasks'),
  },
  {
    setUp: 'task errors of the overlay, a full disk, a registry’s limit, DNS, an unknown authority',
    verdict: 'of the kind network, disk or image, never a port that is taken',
    exit: 4,
    says: ['docker login'],
    ...by('unit/converge/start-failure.test.ts', 'the kind of a failed start'),
  },
  {
    setUp: 'config.json with null, a BOM, plain username and password, HttpHeaders',
    verdict: 'read field by field as the docker CLI does; what is broken is a warning',
    says: ['docker login'],
    ...by('unit/engine/docker-config.test.ts', 'a log-in in config.json'),
  },
  {
    setUp: 'Windows line ends in secrets/',
    verdict: 'no new version of any secret',
    exit: 0,
    says: [],
    ...by(
      'programs/init/authority-clients.test.ts',
      'of everything in secrets/, its fingerprint key too, make no version',
    ),
  },
  {
    setUp: 'line ends of old Macs, twice converted ones or a byte order mark in a secret’s file',
    verdict: 'the same secret',
    says: [],
    ...by('programs/secrets/line-ends.test.ts', 'with %s is the same'),
  },
  {
    setUp: 'the same in bundle.yaml, the lockfile and stack.yml; or UTF-16',
    verdict: 'read as it was meant; another encoding is refused by name',
    exit: 2,
    says: ['UTF-16 text'],
    ...by('unit/bundle/file-text.test.ts', '%s is refused by name'),
  },
  {
    setUp: 'a checkout with Windows line ends',
    verdict: 'only line ends differ; .gitattributes prevents it',
    exit: 6,
    says: ['line ends'],
    ...by('programs/init/authority-clients.test.ts', 'line ends that something changed'),
  },
  {
    setUp: 'UDP 4789 is dropped at one host',
    verdict: 'could not be told, grouped by pairs of nodes, with the three usual causes',
    exit: 7,
    says: ['do not reach each other', 'UDP 4789', '--data-path-addr', '--data-path-port'],
    ...by('swarm/field.test.ts', 'UDP 4789 dropped at one host: which pair of nodes, and the three usual causes'),
  },
  {
    setUp: 'the same before the first deployment, with hosts.pairs',
    verdict: 'check names the pairs of nodes that do not reach each other',
    exit: 3,
    says: ['do not reach each other', 'UDP 4789'],
    ...by('swarm/hosts.test.ts', 'UDP 4789 dropped at one host'),
  },
  {
    setUp: 'port 7946 is dropped at one host',
    verdict: 'the same, with the port by which nodes tell each other of containers',
    exit: 3,
    says: ['TCP and UDP 7946'],
    ...by('swarm/hosts.test.ts', 'port 7946 dropped at one host: nodes that tell each other nothing'),
  },
  {
    setUp: 'a proxy before the engine that answers 403 with a page',
    verdict: 'its words without markup, the path, one exit code in all commands',
    exit: 3,
    says: ["not the engine's words"],
    ...by('swarm/field.test.ts', 'every command that asks: exit 3, the path, no markup, and nothing is changed'),
  },
  {
    setUp: 'the same proxy refuses one path, and status is asked',
    verdict: 'the other parts are told; nothing is said of what could not be read',
    exit: 3,
    says: ['not read'],
    ...by('swarm/field.test.ts', '%s: status tells the other parts'),
  },
  {
    setUp: 'a proxy before the engine that redirects to a log-in page',
    verdict: 'told as that, with the path; the program does not end by it',
    exit: 3,
    says: ['a redirect, which no engine gives'],
    ...by('programs/engine/api.test.ts', '%i to "%s" is told, and not followed'),
  },
  {
    setUp: 'an image of the same product by another maker (bitnami, percona, cp-zookeeper)',
    verdict: 'a warning by name, with where that image keeps its data',
    says: ['which is not made as the official image'],
    ...by('unit/stacks/other-images.test.ts', 'images of the same product with another contract'),
  },
  {
    setUp: 'an image that the engine holds, and that keeps its data beside the stack’s volume',
    verdict: 'a warning with both places; not run if the engine does not hold the image',
    says: ['keeps data in', 'is gone with the container'],
    ...by('unit/checks/image-data.test.ts', 'one is elsewhere: the service, both places, and what follows'),
  },
  {
    setUp: 'references with an upper-case registry, an IPv6 registry; HOST:PORT in all its forms',
    verdict: 'one parser after the distribution grammar, with hints by what was meant',
    exit: 2,
    says: ['is no part of a repository'],
    ...by('unit/image/reference.test.ts', 'an image reference'),
  },
  {
    setUp: 'an ssh login that prints text on its standard output',
    verdict: 'its first words are quoted',
    exit: 3,
    says: ['ssh'],
    ...by('programs/engine/ssh.test.ts', 'that prints %s is told so, by its first words'),
  },
  {
    setUp: 'an ssh login that ends by itself: an account that may not log in, a restricted command',
    verdict: 'its words and its exit code; nothing of start-up files',
    exit: 3,
    says: ['is due, and ends with'],
    ...by('programs/engine/ssh.test.ts', 'that ends by itself after %s: why'),
  },
  {
    setUp: 'an address at which something else answers: ssh, SMTP, a database, TLS where none is meant',
    verdict: 'its first words are quoted, or what it speaks',
    exit: 3,
    says: ['speaks no HTTP', 'speaks TLS'],
    ...by('unit/engine/errors.test.ts', 'what answers with %j is no engine'),
  },
  {
    setUp: 'a certificate as TRUSTED CERTIFICATE, DER, PFX, on one line, with its key',
    verdict: 'the form is named, with the command that turns it',
    exit: 3,
    says: ['openssl'],
    ...by('programs/secrets/pem-forms.test.ts', 'a CA certificate in another form is refused with its form'),
  },
  {
    setUp: 'a crash loop from the start',
    verdict: 'told after the third end once all that it needs has run',
    exit: 4,
    says: ['in a row'],
    ...by(
      'unit/converge/converge.test.ts',
      'a loop is told after the third end in the same words once all that it needs',
    ),
  },
  {
    setUp: 'a slow crash loop: it serves well and ends every 25 s',
    verdict: 'unstable; such a release is never a good one',
    exit: 4,
    says: ['does not stay up'],
    ...by('swarm/converge.test.ts', 'a slow crash loop: found in the history, by the wait and by the verification'),
  },
  {
    setUp: 'a stray label on another node',
    verdict: 'where the task runs counts; the command takes the stray label off',
    says: ['docker node update'],
    ...by('swarm/labels.test.ts', 'that are strays are told, with the command that takes them off, and deploy does'),
  },
  {
    setUp: 'a stray label, and the node with the data is down or drained',
    verdict: 'that node is brought back first; only then the label goes',
    exit: 3,
    says: ['back first ('],
    ...by('unit/checks/placement-move.test.ts', 'its node is down, and swarm started it at the stray label'),
  },
  {
    setUp: 'one failed start that swarm heals',
    verdict: 'the paused update is taken up again once; the failure is a warning',
    exit: 0,
    says: ['taken up again'],
    ...by(
      'unit/converge/converge.test.ts',
      'a failed start that swarm heals: the paused update is taken up again once',
    ),
  },
  {
    setUp: 'failed starts of several services at once',
    verdict: 'each is taken up again, and is a warning',
    exit: 0,
    says: [],
    ...by(
      'unit/converge/converge.test.ts',
      'failed starts of several services at once, which swarm heals: each is a warning',
    ),
  },
  {
    setUp: 'the registry is unreachable, and the nodes hold the images',
    verdict: 'a warning for each image after one wait, which is told',
    exit: 0,
    says: ['waiting'],
    ...by('swarm/preflight.test.ts', 'check and prepare: a warning for each image after one wait, which is told'),
  },
  {
    setUp: 'any command fails with --json',
    verdict: 'one error document by the published schema',
    says: ['error'],
    ...by('transcripts/json-errors.test.ts', 'every command that fails prints the one error document with --json'),
  },
  {
    setUp: 'a task that never started',
    verdict: 'no advice names its log',
    exit: 4,
    says: ['never started'],
    ...by('unit/swarm/log-advice.test.ts', 'a log is named only of a task that may have one'),
  },
  {
    setUp: 'a node that was cut off and is ready again, and whose log the swarm says it cannot read',
    verdict: 'could not be told, with why: the leader lost its log stream, and what brings it back',
    exit: 7,
    says: ['has lost the stream', 'docker logs'],
    ...by('unit/verify/tasks/log-stream.test.ts', 'of a node that is ready: the leader lost its log stream: %s'),
  },
  {
    setUp: 'an engine that is killed while destroy waits for its tasks',
    verdict: 'it is not waited for; whether they ended cannot be told',
    exit: 0,
    says: ['does not answer'],
    ...by('programs/swarm/tasks-gone.test.ts', 'a node that goes down while its tasks are waited for'),
  },
  {
    setUp: 'an engine that takes long to answer',
    verdict: 'what is waited for is told, with its limit',
    says: ['no longer than 30 s'],
    ...by('unit/engine/slow.test.ts', 'is told long before it is given up, and one beside it is not'),
  },
  {
    setUp: 'destroy of tasks with a grace of 24 h',
    verdict: 'names --kill-after before it begins and while it waits',
    says: ['--kill-after'],
    ...by('unit/deploy/destroy-texts.test.ts', 'a grace of 24 h names --kill-after, before anything is removed'),
  },
  {
    setUp: 'a server’s certificate with names of hosts alone and an empty subject',
    verdict: 'verified as any other',
    exit: 0,
    says: ['no subject'],
    ...by(
      'programs/verify/endpoints/judges.test.ts',
      'one with names of hosts alone, without a subject, passes; an issuer without a name is told',
    ),
  },
  {
    setUp: 'a clock of the operator’s machine that is hours or a year off',
    verdict: 'a warning with by how much: certificates are made and judged by it',
    says: ['the swarm manager’s'],
    ...by('unit/checks/checks.test.ts', 'warns if this machine’s clock is %i ms from the manager’s'),
  },
  {
    setUp: 'a disk that is full when a bundle is written, and has room again',
    verdict: 'nothing is left behind, not a lock either',
    exit: 1,
    says: ['.writing.lock'],
    ...by(
      'transcripts/full-disk.test.ts',
      'what could not be written leaves nothing behind, not a lock either: with room again it goes on at once',
    ),
  },
  {
    setUp: 'a bundle that is copied and renamed, with the same outside database, path in ZooKeeper or host directory',
    verdict: 'a warning with the other stack’s service and the answer to change',
    says: ['is also that of service'],
    ...by('unit/checks/shared-data.test.ts', '%s in another stack is told, with that service'),
  },
  {
    setUp:
      'an update of a service that takes longer than a minute to stop: the new task starts beside the old one, on one ' +
      'volume (moby/moby#36111)',
    verdict: 'stopped, awaited and then started, and what does not end in time is told',
    exit: 4,
    says: ['still stopping on '],
    ...by('unit/quorum/roll.test.ts', 'a task that may take longer to stop than the swarm waits'),
  },
  {
    setUp: 'a MySQL of 8.4 on data that 9.x took over: “Invalid MySQL server downgrade”',
    verdict: 'refused before anything is done',
    exit: 3,
    says: ['does not start on the data of a later series'],
    ...by('unit/checks/image-downgrade.test.ts', 'is refused, with what ran, why and what to do'),
  },
  {
    setUp: 'a MySQL of 9.x on data of 8.0: “Invalid MySQL server upgrade”, and the data stays as it is',
    verdict: 'the way back brings 8.0 back: the later one never came to run',
    says: [],
    ...by(
      'unit/deploy/way-back.test.ts',
      'brings it back if the later one never ran on the data: it refused it, or could not be pulled',
    ),
  },
  {
    setUp: 'a rollback to a release with an earlier MySQL',
    verdict: 'its image stays, the rest goes back, and that is said',
    exit: 0,
    says: ['and does not get'],
    ...by('unit/deploy/way-back.test.ts', 'leaves its image as it is, and brings back the rest'),
  },
  {
    setUp: 'a deployment from a checkout of two months ago',
    verdict: 'a warning with the release that it was and what came after it',
    says: ['this is what release'],
    ...by('unit/checks/older-release.test.ts', 'is told: which release it was, what came after it, and what to do'),
  },
];
