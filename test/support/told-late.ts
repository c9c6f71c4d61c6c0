/** What bundle says where a busy machine did not do something in its time: asked again, the answer may be another. */
const LATE =
  /not done after \d+ s|no answer within [\d.]+ s|the time was up before|the probe ended before it|did not answer for it/;
/** Of a task that is young: beside a failure, which another try would not mend, it is no reason. */
const YOUNG = /verify again then/;

interface Told {
  code: number;
  stdout: string;
  all: string;
}

interface Document {
  /** Of `verify`. */
  results?: { status: string; detail: string }[];
  /** Of `check`. */
  checks?: { findings: { level: string; text: string }[] }[];
  error?: { details?: { checks?: Document['checks'] } };
}

/**
 * Whether a command that only looks, or a deployment of which only the verification was left, could not tell something
 * because of the time that it took: by its own words it may be run again.
 * @param args the command and its options
 */
export function toldLate([command = '', ...rest]: readonly string[], { code, stdout, all }: Told): boolean {
  if (command === 'deploy') return code === 7 && !rest.includes('--rollback-on-failure') && LATE.test(all);
  if (command !== 'verify' && command !== 'check') return false;
  const isLate = (text: string): boolean => LATE.test(text) || (code === 7 && YOUNG.test(text));
  if (!rest.includes('--json')) return command === 'verify' && code === 7 && isLate(all);
  return stdout !== '' && untold(JSON.parse(stdout) as Document).some(isLate);
}

/** What could not be told. */
function untold({ results = [], checks, error }: Document): string[] {
  const findings = (checks ?? error?.details?.checks ?? []).flatMap((check) => check.findings);
  return [
    ...results.filter(({ status }) => status === 'unsure').map(({ detail }) => detail),
    ...findings.filter(({ level }) => level === 'unsure').map(({ text }) => text),
  ];
}
