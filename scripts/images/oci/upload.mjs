// Uploads images to a registry, as `docker push` would, but from layers that were compressed once. Runs as a program of its own, for the lab's
// registry is in a network namespace that only a child process can enter. Standard input: {registry, images: [{name, tag, type, manifest, blobs}]},
// a blob being {digest, size} with a `file` or a `text`.
import { createReadStream } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

const { registry, images } = JSON.parse(await text(process.stdin));
const owners = new Map();

for (const { name, tag, type, manifest, blobs } of images) {
  await Promise.all(blobs.map((blob) => putBlob(name, blob)));
  await expect(
    [201],
    await call('PUT', `/v2/${name}/manifests/${tag}`, { 'content-type': type }, Buffer.from(manifest)),
  );
}

async function putBlob(name, blob) {
  const from = owners.get(blob.digest);
  const known = await call('HEAD', `/v2/${name}/blobs/${blob.digest}`);
  if (known.status === 200) return;
  const mount = from === undefined ? '' : `?mount=${blob.digest}&from=${from}`;
  const started = await expect([201, 202], await call('POST', `/v2/${name}/blobs/uploads/${mount}`));
  owners.set(blob.digest, name);
  if (started.status === 201) return;
  const place = new URL(started.headers.location, `http://${registry}`);
  place.searchParams.set('digest', blob.digest);
  const body =
    blob.file === undefined ? Buffer.from(blob.text) : createReadStream(blob.file, { highWaterMark: 1 << 20 });
  const headers = { 'content-type': 'application/octet-stream', 'content-length': blob.size };
  await expect([201], await call('PUT', place.pathname + place.search, headers, body));
}

function call(method, path, headers = {}, body = undefined) {
  const colon = registry.lastIndexOf(':');
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: registry.slice(0, colon), port: registry.slice(colon + 1), method, path, headers },
      (answer) => {
        text(answer).then(
          (said) => resolve({ status: answer.statusCode, headers: answer.headers, said, what: `${method} ${path}` }),
          reject,
        );
      },
    );
    sent.setTimeout(60_000, () => sent.destroy(new Error(`${method} ${path}: no answer within 60 s`)));
    sent.on('error', reject);
    if (body === undefined || Buffer.isBuffer(body)) sent.end(body);
    else body.on('error', (error) => sent.destroy(error)).pipe(sent);
  });
}

async function expect(statuses, answer) {
  if (!statuses.includes(answer.status))
    throw new Error(`${answer.what}: the registry answered ${answer.status} ${answer.said.slice(0, 500)}`);
  return answer;
}
