/** Starts every line of the answer; any other line is somebody else's. */
const MARK = 'bundle-pair';
/** Nothing listens there: an engine's kernel that gets the request refuses it at once, and that is the answer. */
const DISCARD_PORT = 9;
/** A kernel that knows no neighbour of that address says so after 3 s. */
const CONNECT_SECONDS = 4;
/** Nodes tell each other of a new container a moment late: who finds no neighbour at once asks again. */
const AGAIN_WITHIN_SECONDS = 4;
/** Processes at once: a curl needs some 10 MB. */
const AT_ONCE = 32;

/**
 * The program of the job that waits to be asked: it ends when it is told to, or by itself if nobody takes it away.
 * @param seconds for which it is there, whatever else is waited for: one that ended would look cut off
 */
export const listenScript = (seconds: number): string => `trap 'exit 0' TERM; sleep ${seconds} & wait`;

/** What one container heard of another: an answer, nothing, or its own kernel's word that it knows no way. */
export type Heard = 'answer' | 'silence' | 'no-way';

/**
 * The program of the job that asks: POSIX sh, date, sleep and curl, whose trace tells a refusal from an address without
 * a neighbour (both are its exit code 7).
 * @param addresses of the containers to ask
 */
export function askScript(addresses: readonly string[]): string {
  const batches = Array.from({ length: Math.ceil(addresses.length / AT_ONCE) }, (_unused, index) =>
    addresses.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
  return `LC_ALL=C; export LC_ALL
say() { printf '${MARK} %s\\n' "$*"; }
command -v curl > /dev/null || { say none; exit 0; }
began=$(date +%s)
try() {
  while :; do
    said=$(curl -q -s -S -v -g --noproxy '*' --connect-timeout ${CONNECT_SECONDS} --max-time ${CONNECT_SECONDS + 1} "telnet://$1:${DISCARD_PORT}" 2>&1 < /dev/null); code=$?
    case $code:$said in 0:* | *' refused'*) say answer "$1"; return ;; esac
    [ $(($(date +%s) - began)) -lt ${AGAIN_WITHIN_SECONDS} ] || break
    sleep 1
  done
  case $code in 28) say silence "$1" ;; 7) say no-way "$1" ;; esac
}
${batches.map((batch) => `${batch.map((address) => `try ${address} &`).join(' ')} wait`).join('\n')}
say end
exit 0`;
}

/**
 * Reads what the job printed: what was heard of each address.
 * @returns why there is no answer, if there is none
 */
export function parseHeard(lines: readonly string[]): Map<string, Heard> | string {
  const heard = new Map<string, Heard>();
  let complete = false;
  for (const line of lines) {
    const [mark, word, address = ''] = line.split(' ');
    if (mark !== MARK) continue;
    if (word === 'none') return 'the probe image has no curl';
    if (word === 'end') complete = true;
    else if (word === 'answer' || word === 'silence' || word === 'no-way') heard.set(address, word);
  }
  return complete ? heard : 'the probe’s answer is incomplete';
}
