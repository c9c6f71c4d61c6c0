/**
 * What both services of the proof run: a TLS server with the certificate that it was given, in one file of PEM or in a
 * PKCS#12 key store. With a volume it keeps the cluster's id there, and ends if it finds another.
 */
export const SERVER = `
const fs = require('node:fs');
const { createServer } = require('node:https');
const { FORMAT, CLUSTER_ID, LEVEL, KEEP, EXIT_AFTER } = process.env;
const secret = (name) => fs.readFileSync('/run/secrets/' + name);
process.on('SIGTERM', () => process.exit(0));
const material = FORMAT === 'pkcs12'
  ? { pfx: secret('store.p12'), passphrase: secret('store.password').toString() }
  : { cert: secret('front.crt'), key: secret('front.key') };
if (EXIT_AFTER) setTimeout(() => { console.error('proof: had enough'); process.exit(3); }, EXIT_AFTER * 1000);
if (KEEP) {
  const file = KEEP + '/cluster-id';
  const held = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : CLUSTER_ID;
  if (held !== CLUSTER_ID) { console.error('the volume is of cluster ' + held); process.exit(4); }
  fs.writeFileSync(file, held);
}
createServer(material, (_request, response) => response.end('cluster ' + CLUSTER_ID + ' level ' + LEVEL + '\\n'))
  .listen(8443, () => console.log('proof: serves TLS'));
const only = () => (fs.existsSync(KEEP + '/only') ? ' only' : '');
require('node:http').createServer((_request, response) => response.end('ready' + only() + '\\n')).listen(8080);
`;

/** What the job of the proof runs. */
export const SETUP = `
const { SETUP } = process.env;
console.log('proof: set up ' + SETUP);
process.exit(SETUP === 'wrong' ? 7 : 0);
`;

/**
 * A program that prints `STORE ready` for each store that says so, in the image of a store: busybox finds no names. It
 * ends without an answer if it does not get the stores' password.
 */
export const ask = (stores: readonly string[]): string => `
if (require('node:fs').readFileSync('/run/secrets/store.password').length === 0) process.exit(5);
for (const store of ${JSON.stringify(stores)})
  fetch('http://' + store + ':8080/', { signal: AbortSignal.timeout(5000) })
    .then((response) => response.text())
    .then((text) => console.log(store + ' ' + text.trim()), () => undefined);
`;
