/** A partition, by the ids of brokers. */
export interface Partition {
  topic: string;
  number: number;
  /** Those that a reassignment adds, and those that it removes, are among them until it is done. */
  replicas: number[];
  inSync: number[];
  /** What a reassignment adds; it may be in sync before the others are. */
  adding: number[];
  /** What it takes away once all that it adds is in sync. */
  removing: number[];
  /** `min.insync.replicas` of its topic. */
  least: number;
}

/** A controller that votes, as the active one knows it. */
export interface Voter {
  id: number;
  active: boolean;
  /**
   * Milliseconds since it had all that the active one has; undefined if it never had while that one is the active one.
   */
  behindMs: number | undefined;
}

/** A broker that is no controller, as the active one knows it: it follows the log without a vote. */
export type Observer = Pick<Voter, 'id' | 'behindMs'>;

/** A directory for data that failed. */
export interface FailedDirectory {
  /** Id of its broker. */
  broker: number;
  path: string;
  /** The error's name. */
  error: string;
}

/** A setting that a member has in the cluster: it counts more than that of its stack.yml. */
export interface OwnSetting {
  /** Id of its broker or controller; undefined: of all of them. */
  member: number | undefined;
  name: string;
}

/** Settings that the cluster keeps, as far as they are of interest here. */
export interface ClusterSettings {
  /** `min.insync.replicas` of all brokers; undefined if the cluster has none of its own. */
  least: number | undefined;
  /** Those that decide who is let in, and what is listened on. */
  altered: OwnSetting[];
}

/** What the members answered. */
export interface Answers {
  /** Services that take connections. */
  open: ReadonlySet<string>;
  /** Undefined if nobody told. */
  partitions: Partition[] | undefined;
  /** Undefined if nobody told. */
  voters: Voter[] | undefined;
  /** Told with the voters. */
  observers: Observer[];
  /** Tools that ended, well or not. */
  asked: ReadonlySet<string>;
  /** Asked as the administrator; absent if that was not asked for. */
  directories?: FailedDirectory[] | 'refused' | 'unknown';
  /** Absent if they were not asked for. */
  settings?: ClusterSettings | 'unknown';
  /** The name of the last error of each tool that had one: `TimeoutException`. */
  why: ReadonlyMap<string, string>;
}

/** Reads what the job printed (tools of Kafka 4.4.0); lines that it does not know are ignored. */
export function parseAnswers(lines: readonly string[]): Answers {
  const after = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  const ended = (tool: string): boolean => lines.includes(`end ${tool} 0`);
  const asked = new Set(after('end').map((line) => line.replace(/ .*/, '')));
  const replicas = ended('voters') ? replicasOf(after('voters')) : undefined;
  return {
    open: new Set(after('open')),
    partitions: ended('topics') ? partitionsOf(after('topics')) : undefined,
    voters: replicas?.voters,
    observers: replicas?.observers ?? [],
    asked,
    ...(asked.has('settings') && { settings: ended('settings') ? settingsOf(after('settings')) : 'unknown' }),
    why: new Map(after('why').map((line) => line.split(' ', 2) as [tool: string, error: string])),
    ...(asked.has('directories') && {
      directories: lines.includes('refused directories')
        ? ('refused' as const)
        : ended('directories')
          ? directoriesOf(after('directories'))
          : ('unknown' as const),
    }),
  };
}

/**
 * `kafka-log-dirs.sh --describe`: lines for people, and one of JSON:
 * `{"brokers":[{"broker":1,"logDirs":[{"partitions":[],"error":null,"logDir":"/data"}]}],"version":1}`.
 */
function directoriesOf(lines: readonly string[]): FailedDirectory[] | 'unknown' {
  const json = lines.find((line) => line.startsWith('{'));
  if (json === undefined) return 'unknown';
  const { brokers = [] } = JSON.parse(json) as {
    brokers?: { broker: number; logDirs: { logDir: string; error: string | null }[] }[];
  };
  return brokers.flatMap(({ broker, logDirs }) =>
    logDirs.flatMap(({ logDir: path, error }) =>
      error === null ? [] : [{ broker, path, error: error.replace(/^.*\./, '') }],
    ),
  );
}

/**
 * What a running member takes and that decides where it listens, what it speaks and shows there, whom it lets in, and
 * under which name (documented: DynamicBrokerConfig). It keeps settings that it does not know, too, and those of the
 * authorizer, which it may read when it starts.
 */
const DECIDES =
  /^((advertised\.)?listeners|(listener|ssl|sasl|authorizer)\..*|principal\.builder\.class|super\.users|allow\.everyone\..*)$/;
/** But for these of a listener, which bound what it takes (documented: CLUSTER_LEVEL_LISTENER_CONFIGS). */
const BOUNDS = /^listener\.name\.[^.]+\.(max\.connections|max\.connection\.creation\.rate|num\.network\.threads)$/;

/**
 * A store that is set to the very file of stack.yml, whose value for this listener, or else for all, is printed after
 * its own: Kafka's way to have a changed file read.
 */
const SAME_STORE =
  /^ {2}(listener\.name\.[^.=]+\.)(ssl\.(?:key|trust)store\.location)=([\w./-]+) sensitive=false synonyms=\{DYNAMIC_BROKER_CONFIG:\1\2=\3, STATIC_BROKER_CONFIG:(?:\1)?\2=\3[,}](?!.* sensitive=)/;

/**
 * `kafka-configs.sh --describe --entity-type brokers`: of each broker that is unfenced (controllers that are asked: of
 * each controller), and of all, a line of its own, and one for each setting (run, 4.4.0; ConfigCommand of 3.7 prints
 * the same):
 * `Dynamic configs for broker 1 are:`, `Default configs for brokers in the cluster are:`,
 * `  min.insync.replicas=2 sensitive=false synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:min.insync.replicas=2}`. That one is
 * there since the cluster was made (measured, 4.4.0), and the value of stack.yml counts no more.
 */
function settingsOf(lines: readonly string[]): ClusterSettings {
  const settings: ClusterSettings = { least: undefined, altered: [] };
  /** Whose settings follow: `default`, or a member's id. */
  let whose = '';
  for (const line of lines) {
    if (line === 'Default configs for brokers in the cluster are:') whose = 'default';
    else if (line.endsWith(' are:')) whose = /^Dynamic configs for broker (\d+) are:$/.exec(line)?.[1] ?? '';
    // Of a value of several lines the first one has no more than its beginning.
    const [, name = '', value = ''] = /^ {2}([\w.-]+)=(.*)$/.exec(line) ?? [];
    if (whose === 'default' && name === 'min.insync.replicas') settings.least = Number(value.replace(/ .*/, ''));
    if (whose === '' || !DECIDES.test(name) || BOUNDS.test(name) || SAME_STORE.test(line)) continue;
    settings.altered.push({ member: whose === 'default' ? undefined : Number(whose), name });
  }
  return settings;
}

/**
 * `kafka-topics.sh --describe`: a line for each topic, with the settings that are not Kafka's own defaults, and one for
 * each partition: `Topic: a	Partition: 0	Leader: 1	Replicas: 1,2	Isr: 1,2	Elr: …`. Of one that is being reassigned
 * `Adding Replicas: 2	Removing Replicas: ` stands after `Isr` (documented: TopicCommand.printDescription).
 */
function partitionsOf(lines: readonly string[]): Partition[] {
  const least = new Map<string, number>();
  for (const line of lines) {
    const [, topic = '', settings = ''] = /^\s*Topic: (\S+)\s.*\bConfigs:\s*(.*)$/.exec(line) ?? [];
    const value = /(?:^|,)min\.insync\.replicas=(\d+)/.exec(settings)?.[1];
    if (value !== undefined) least.set(topic, Number(value));
  }
  return lines.flatMap((line) => {
    const [, topic = '', number] = /^\s*Topic: (\S+)\s+Partition: (\d+)\s/.exec(line) ?? [];
    if (number === undefined) return [];
    const ids = (field: string): number[] =>
      (new RegExp(`\\t${field}: ([\\d,]*)`).exec(line)?.[1]?.match(/\d+/g) ?? []).map(Number);
    return [
      {
        topic,
        number: Number(number),
        replicas: ids('Replicas'),
        inSync: ids('Isr'),
        adding: ids('Adding Replicas'),
        removing: ids('Removing Replicas'),
        least: least.get(topic) ?? 1,
      },
    ];
  });
}

/**
 * `kafka-metadata-quorum.sh describe --replication`: NodeId, DirectoryId, LogEndOffset, Lag, LastFetchTimestamp,
 * LastCaughtUpTimestamp, Status. A voter that is away stays in it: only its times tell. They are by the clock of the
 * active one, which has the moment of the question as its own; -1 for a voter that has not caught up with it (seen: a
 * host is lost, and with it the active one before). Brokers apart are in it as observers, with the same times (run,
 * 4.4.0); one that does not fetch any more goes after five minutes, one with a new disk may be there twice (read).
 */
function replicasOf(lines: readonly string[]): { voters: Voter[]; observers: Observer[] } | undefined {
  const rows = lines.map((line) => line.trim().split(/\s+/)).filter((row) => /^\d+$/.test(row[0] ?? ''));
  const leader = rows.find((row) => row[6] === 'Leader');
  if (leader === undefined) return undefined;
  const read = (row: readonly string[]): Voter => ({
    id: Number(row[0]),
    active: row === leader,
    behindMs: row === leader ? 0 : row[5] === '-1' ? undefined : Number(leader[5]) - Number(row[5]),
  });
  return {
    voters: rows.filter((row) => row[6] === 'Leader' || row[6] === 'Follower').map(read),
    observers: rows.filter((row) => row[6] === 'Observer').map(read),
  };
}
