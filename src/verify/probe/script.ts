import { bracketed } from '../../image/host-port.ts';
import { shellWord } from '../../shell-word.ts';
import type { Greeting } from '../../sdk/definition.ts';
import { WRONG_MS } from '../endpoints/ask.ts';
import { CAME } from '../endpoints/exchange.ts';
import type { ProbeLogin, ProbeQuestion, ProbeRequest } from './question.ts';

export interface ScriptOptions {
  /** Letters and digits, 32 or more: what a wrong token is made of. */
  random: string;
  /** A server that is not there yet, or answers 5xx, is asked again for so long. */
  patienceSeconds: number;
  /** Authorities' certificates in the job, to be shown too: files by id. */
  authorities: Readonly<Record<string, string>>;
}

/** Starts every line of the answer; any other line is somebody else's. */
export const MARK = 'bundle-probe';
/** In place of an exit code: what the question needs is not in the image. */
export const NO_PROGRAM = 127;
/** Processes at once: a curl needs some 10 MB. */
const AT_ONCE = 12;
/** Of each request. */
const CONNECT_SECONDS = 5;
const REQUEST_SECONDS = 10;
/** Whether a port is open is seen by then; if it is not, whoever asks it waits. */
const LOOK_SECONDS = 0.3;
/**
 * By which of curl's words (`%{errormsg}`) a server hung up, where the exit code says only that there was no
 * handshake (35), or that reading failed (56): of OpenSSL, GnuTLS and Mbed TLS. As `connect.ts` takes it, such a
 * server may be starting, and a proxy before it takes connections already; one that says something else is not.
 */
const HUNG_UP = ['*SYSCALL*', "*' reset '*", "*'roken pipe'*", "*' eof '*", '*EOF*', '*terminated*'];
/** A connection that says nothing is held for so long. */
const TCP_SECONDS = 3;

/**
 * The program of the job: POSIX sh, `date`, `sleep` and curl 7.88 or newer, whose `%{certs}` gives the chain that a
 * server presented (curl: docs/cmdline-opts/write-out.md). It prints numbers, public certificates and indices, never
 * what a server wrote. A token is read and handed on by the shell itself (`printf` must be built in), through a pipe:
 * it is in no argument, environment or file (`[` is given lengths only: it may be a program). If there is a trust,
 * curl sends nothing before the server has proved its name; the default directory of CAs is displaced by the
 * authority's own (a build of curl may have one, which `--cacert` alone leaves in force).
 */
export function probeScript(questions: readonly ProbeQuestion[], options: ScriptOptions): string {
  return [
    prelude(options),
    ...Object.entries(options.authorities).map(([id, file]) => `pem ${id} < ${shellWord(file)}`),
    ...questions.map((question) => `${question.id}() {\n${body(question)}\n}`),
    sideBySide(portsOf(questions).map((ports) => `opened ${ports.join(' ')}`)),
    // Without the last line a question was cut: the job came to its end, or was ended, before all of it was asked.
    sideBySide(questions.map(({ id }) => `${id}; say ${id} done`)),
  ].join('\n');
}

/** So many at once, each lane one after the other. */
function sideBySide(commands: readonly string[]): string {
  const lanes = Array.from({ length: Math.min(AT_ONCE, commands.length) }, (_unused, lane) =>
    commands.filter((_command, index) => index % AT_ONCE === lane),
  );
  return [...lanes.map((lane) => `{ ${lane.join('; ')}; } &`), 'wait'].join(' ');
}

/** The ports of each address that are waited for before anything is asked: while servers start, they need the cores. */
function portsOf(questions: readonly ProbeQuestion[]): string[][] {
  const ports = new Map<string, Set<string>>();
  for (const { address, port, ask } of questions)
    if (ask.kind !== 'tcp' && ask.kind !== 'secured')
      ports.set(address, (ports.get(address) ?? new Set()).add(`${bracketed(address)}:${port}`));
  return [...ports.values()].map((each) => [...each].map(shellWord));
}

const prelude = ({ random, patienceSeconds }: ScriptOptions): string => `set +x -f
LC_ALL=C; export LC_ALL
unset token right wrong rest made one who
nl='
' cr=$(printf '\\r')
say() { printf '${MARK} %s\\n' "$*"; }
version=$(curl -q --version 2>/dev/null) || version='curl none'
set -- $version
say client "$2"
openssl=; command -v openssl > /dev/null && command -v od > /dev/null && openssl=yes
builtin=; [ "$(command -v printf)" = printf ] && builtin=yes
began=$(date +%s)
early() { [ $(($(date +%s) - began)) -lt "$1" ]; }
left() { early ${Math.max(0, Math.floor(patienceSeconds))} && sleep 1; }
moment() { since=\${since:-$(date +%s)}; [ $(($(date +%s) - since)) -lt ${WRONG_MS / 1000} ] && left; }
again() { case $1:$2 in 6:* | 7:* | 28:* | 0:5* | ${HUNG_UP.map((words) => `35:${words}`).join(' | ')}) left ;; *) false ;; esac; }
unanswered() { case $1:$2 in 52:* | ${HUNG_UP.map((words) => `56:${words}`).join(' | ')}) left ;; *) again "$@" ;; esac; }
send() { curl -q -s -g --tlsv1.2 --noproxy '*' --connect-timeout ${CONNECT_SECONDS} --max-time ${REQUEST_SECONDS} "$@" 2>/dev/null; }
ask() { send -o /dev/null "$@"; }
opened() {
  for port; do
    while ask --max-time ${LOOK_SECONDS} "telnet://$port" < /dev/null; case $? in 6 | 7) left ;; *) false ;; esac; do :; done
  done
}
pem() {
  on=
  while IFS= read -r line; do
    line=\${line%"$cr"}
    case $line in
      '-----BEGIN CERTIFICATE-----') on=yes; say "$1" pem begin ;;
      '-----END CERTIFICATE-----') [ "$on" ] && say "$1" pem end; on= ;;
      *[!A-Za-z0-9+/=]*) ;;
      *) [ "$on" ] && say "$1" pem "$line" ;;
    esac
  done
}
login() {
  token=; { IFS= read -r token < "$2"; } 2>/dev/null
  token=\${token%"$cr"}
  [ "$builtin" ] && [ \${#token} -gt 0 ] || return 1
  wrong=; while [ \${#wrong} -lt \${#token} ]; do wrong=\${wrong}${random}; done
  while [ \${#wrong} -gt \${#token} ]; do wrong=\${wrong%?}; done
  right=$(account "$1" "$token") wrong=$(account "$1" "$wrong")
}
account() {
  rest=$2 made=
  while [ \${#rest} -gt 0 ]; do
    one=\${rest%"\${rest#?}"} rest=\${rest#?}
    case $one in '"' | \\\\) made=$made\\\\ ;; esac
    made=$made$one
  done
  printf 'user = "%s:%s"' "$1" "$made"
}
tried() {
  id=$1 word=$2 who=$3; shift 3
  while :; do
    status=$(printf '%s' "$who" | ask -K - -w '%{http_code} %{errormsg}' "$@"); code=$?
    unanswered "$code" "$status" || break
  done
  say "$id" "$word" "$code" "\${status%% *}"
  [ "$code" -eq 0 ]
}`;

function body({ id, address, port, ask }: ProbeQuestion): string {
  const host = bracketed(address);
  const direct = `http://${host}:${port}`;
  const secured = (name: string): string =>
    `--connect-to ${shellWord(`::${host}:${port}`)} ${shellWord(`https://${bracketed(name)}:${port}`)}`;
  switch (ask.kind) {
    case 'tls':
      return tls(id, { at: `${host}:${port}`, name: ask.name }, `-k -I ${secured(ask.name)}/`, `${direct}/`);
    case 'secured':
      return guarded(id, `-k -I ${secured(address)}/`, `${direct}/`);
    case 'http':
      return answered(
        id,
        ask.status,
        ask.tls ? `-k ${secured(address)}${shellWord(ask.path)}` : `${direct}${shellWord(ask.path)}`,
      );
    case 'tcp':
      return ask.greeting === undefined
        ? connected(id, `telnet://${host}:${port}`)
        : greeted(id, `telnet://${host}:${port}`, ask.greeting);
    case 'exchange':
      return exchanged(id, `${host}:${port}`, ask);
    case 'authentication':
      return tokens(id, ask.request.login, argumentsOf(ask.request, direct, secured));
    case 'registration':
      return registered(id, ask, argumentsOf(ask.request, direct, secured));
  }
}

function argumentsOf(
  { trust, method, path, body: sent }: ProbeRequest,
  direct: string,
  secured: (name: string) => string,
): string {
  const content = sent === undefined ? '' : `-H 'Content-Type: application/json' --data-raw ${shellWord(sent)} `;
  const url = `${trust === undefined ? direct : secured(trust.name)}${shellWord(path)}`;
  if (trust === undefined) return `-X ${method} ${content}${url}`;
  const directory = trust.authorityFile.replace(/\/[^/]*$/, '');
  return `-X ${method} ${content}--cacert ${shellWord(trust.authorityFile)} --capath ${shellWord(directory)} ${url}`;
}

/** TLS alerts to a client without certificate: handshake_failure (1.2), bad_certificate, certificate_required (1.3). */
const ALERTS = [40, 42, 116];

/**
 * A time of the handshake is there only if it was completed, with or without an answer to the request after it. A
 * server of TLS 1.2 that refuses a client without certificate does so in the handshake, of which curl tells nothing:
 * `openssl s_client` shows what came before. The alert's line begins with hex, which none does that a server wrote; the
 * temporary key is there only once the server's signature of it held.
 */
const tls = (
  id: string,
  { at, name }: { at: string; name: string },
  secured: string,
  plain: string,
): string => `  while :; do
    chain=$(ask -w '%{certs}\\n%{errormsg}' ${secured}); code=$?
    again "$code" "\${chain##*"$nl"}" || break
  done
  case $code$openssl in 35) say ${id} refusal untold ;; 35yes)
    shown=$(openssl s_client -tls1_2 -showcerts -connect ${shellWord(at)} -servername ${shellWord(name)} < /dev/null 2>&1)
    alert= key=
    IFS=$nl
    for line in $shown; do
      case $line in
        ${ALERTS.map((number) => `[0-9A-F][0-9A-F][0-9A-F][0-9A-F]*:error:*'SSL alert number ${number}'`).join(' | ')}) alert=yes ;;
        'Server Temp Key: '* | 'Peer Temp Key: '*) key=yes ;;
      esac
    done
    IFS=' '
    case $alert$key:$shown in
      yesyes:*) chain=$shown; say ${id} refusal shown ;;
      yes:*'BEGIN CERTIFICATE'*) say ${id} refusal unsigned ;;
    esac ;;
  esac
  printf '%s\\n' "$chain" | pem ${id}
${spoken(id, secured, plain)}
  took=$(ask --tlsv1.0 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 -w '%{time_appconnect}' ${secured})
  case $took in *[1-9]*) say ${id} older ;; esac`;

/** As `tls`, once, and without a look at its certificates. */
const guarded = (
  id: string,
  secured: string,
  plain: string,
): string => `  took=$(ask -w '%{time_appconnect}' ${secured}); code=$?
  case $took in *[1-9]*) code=0 ;; esac
${spoken(id, secured, plain)}`;

/** What became of the handshake, in which protocol, and what the port does with a plain request. */
const spoken = (id: string, secured: string, plain: string): string => `  say ${id} tls "$code"
  ask --tlsv1.3 ${secured}
  case $? in 35) say ${id} protocol TLSv1.2 ;; "$code") say ${id} protocol TLSv1.3 ;; esac
  status=$(ask -w '%{http_code} %{redirect_url}' ${plain}); code=$?
  case $status in *' https://'*) say ${id} redirect "$code" "\${status%% *}" ;; *) say ${id} plain "$code" "\${status%% *}" ;; esac`;

/** A server that answers something else may have answered before it was complete. */
const answered = (id: string, good: readonly number[], url: string): string => `  since=
  while :; do
    status=$(ask -w '%{http_code} %{errormsg}' ${url}); code=$?
    case $code:$status in
      ${good.map((status) => `0:${status}' '*`).join(' | ')}) break ;;
      0:[!5]*) moment ;;
      *) since=; unanswered "$code" "$status" ;;
    esac || break
  done
  say ${id} status "$code" "\${status%% *}"`;

/** A time of connecting is there as soon as there was a connection; what curl then waits for does not come. */
const connected = (id: string, url: string): string => `  while :; do
    took=$(ask --max-time ${TCP_SECONDS} -w '%{time_connect}' ${url} < /dev/null); code=$?
    case $took in *[1-9]*) code=0 ;; esac
    again "$code" 0 || break
  done
  say ${id} tcp "$code"`;

/**
 * Shells leave out the zero bytes of what a server says, bash with a warning. A server that hangs up, or says something
 * else, may be starting.
 */
const greeted = (id: string, url: string, { send, contains }: Greeting): string => `  while :; do
    { answer=$(printf '%s' ${shellWord(send)} | send --max-time ${TCP_SECONDS} -w '\\n%{time_connect}' ${url}); } 2>/dev/null; code=$?
    said=0
    case $answer in ${contains.map((text, index) => `*${shellWord(text)}*) said=${index + 1} ;;`).join(' ')} esac
    case \${answer##*"$nl"} in *[1-9]*) code=0 ;; esac
    [ "$said" = 0 ] || break
    case $code in 0) left ;; *) again "$code" 0 ;; esac || break
  done
  say ${id} greeting "$code" "$said"`;

/**
 * curl sends no bytes of one's own through TLS: `openssl s_client` does, without a certificate. It ends with its input,
 * and says of an alert that came its number. The answer gets a second, and more if nothing came. Shells cannot hold
 * zero bytes: `od` makes them hex, on lines of their own among what openssl says.
 */
function exchanged(
  id: string,
  at: string,
  { name, send, answer }: Extract<ProbeQuestion['ask'], { kind: 'exchange' }>,
): string {
  const octal = (send.match(/../g) ?? [])
    .map((byte) => `\\${parseInt(byte, 16).toString(8).padStart(3, '0')}`)
    .join('');
  const talk = `openssl s_client -quiet -no_ign_eof -connect ${shellWord(at)} -servername ${shellWord(name)}`;
  const alerts = ALERTS.map((number) => `*'alert number ${number}'*`).join(' | ');
  return `  [ "$openssl" ] || { say ${id} exchange ${NO_PROGRAM}; return; }
  hold=1
  while :; do
    code=0 hex=
    lines=$({ { printf '${octal}'; sleep "$hold"; } | ${talk} 2>&4 | od -An -v -tx1 -N ${answer.length / 2}; } 4>&1)
    IFS=$nl
    for line in $lines; do case $line in *[!0-9a-f' ']*) ;; *) hex="$hex $line" ;; esac; done
    IFS=' '
    set -- $hex
    case $(IFS=; printf %s "$*"):$lines in
      ${answer.replaceAll('.', '?')}:*) said=${CAME.indexOf('answer')} ;;
      ${alerts}) said=${CAME.indexOf('refusal')} ;;
      *)
        said=${CAME.indexOf('nothing')}
        took=$(ask --max-time 1 -w '%{time_connect}' telnet://${at} < /dev/null); code=$?
        case $took in *[1-9]*) code=0 ;; esac ;;
    esac
    [ "$said" = ${CAME.indexOf('nothing')} ] || break
    [ "$code$hold" != 01 ] || { hold=${REQUEST_SECONDS / 2}; continue; }
    case $code in 0) left ;; *) again "$code" 0 ;; esac || break
  done
  say ${id} exchange "$code" "$said"`;
}

const tokens = (
  id: string,
  { user, tokenFile }: ProbeLogin,
  request: string,
): string => `  login ${shellWord(user)} ${shellWord(tokenFile)} || { say ${id} mute; return; }
  tried ${id} none '' ${request} && tried ${id} wrong "$wrong" ${request} && tried ${id} right "$right" ${request}`;

/**
 * Entries are told apart by their opening brace; a text in the answer cannot forge one, since its quotes are escaped.
 */
function registered(
  id: string,
  { request, entries, anyEntry, states, settleSeconds }: Extract<ProbeQuestion['ask'], { kind: 'registration' }>,
  args: string,
): string {
  const cases = (patterns: readonly string[], variable: string): string =>
    patterns.map((pattern, index) => `*${shellWord(pattern)}*) ${variable}=${index} ;;`).join(' ');
  const login =
    request.login === undefined
      ? 'right='
      : `login ${shellWord(request.login.user)} ${shellWord(request.login.tokenFile)} || { say ${id} mute; return; }`;
  return `  ${login}
  while early ${settleSeconds}; do left || break; done
  while :; do
    answer=$(printf '%s' "$right" | send -K - -w '\\n%{errormsg}\\n%{http_code}' ${args}); code=$?
    why=\${answer%"$nl"*} why=\${why##*"$nl"}
    status= entry= known= good=0
    IFS="{$nl"
    for part in $answer; do
      status=$part state=
      case $part in ${cases(entries, 'entry')} *${shellWord(anyEntry)}*) entry= ;; esac
      case $part in ${cases(states, 'state')} esac
      [ "$entry" ] && [ "$state" ] || continue
      known="$known $entry:$state"; entry=
      [ "$state" = 0 ] && good=$((good + 1))
    done
    IFS=' '
    [ "$good" -ge ${entries.length} ] && break
    case $code:$status in 0:200) left ;; 0:*) again 0 "$status" ;; *) unanswered "$code" "$why" ;; esac || break
  done
  for one in $known; do say ${id} known "$one"; done
  say ${id} register "$code" "$status"`;
}
