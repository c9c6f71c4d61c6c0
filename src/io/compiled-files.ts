/**
 * What Node's compile cache does from 22.1 on, for CommonJS, and with the functions that ran: Node's keeps a module as
 * it is before they do (seen on 22.23 and 24.21), as the package for older ones does (v8-compile-cache 2.4.0), so that
 * each command compiles them again; `bundle render` takes a fifth of its time for that.
 */
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import { keepFile } from './own-cache.ts';

/**
 * Of the source and of the compiled code: V8 itself compares no more than the length of the source, and its own
 * version.
 */
const HEADER_BYTES = 8;

type Compile = (this: NodeJS.Module, source: string, filename: string) => unknown;

/**
 * Takes compiled code of CommonJS modules that are loaded from now on out of a directory of this Node's version, and
 * leaves there, as the process ends, what it had to compile: functions that ran are in it. A file is whole or not
 * there; one that does not fit the module is written anew. Never throws of the directory.
 * @param directory absolute path
 */
export function keepCompiledFiles(directory: string): void {
  const own = join(directory, `${process.version}-${process.arch}`);
  const compiled = new Map<string, { script: Script; source: number }>();
  const prototype = Module.prototype as unknown as { _compile: Compile };
  prototype._compile = function (text, filename) {
    const source = crc32(text);
    const file = join(own, basename(filename));
    const cachedData = readKept(file, source);
    const script = new Script(Module.wrap(text), { filename, ...(cachedData && { cachedData }) });
    if (cachedData === undefined || script.cachedDataRejected === true) compiled.set(file, { script, source });
    const run = script.runInThisContext() as (this: unknown, ...parameters: unknown[]) => unknown;
    // Our build asks it for nothing else.
    const load = (id: string): unknown => this.require(id);
    return run.call(this.exports, this.exports, load, this, filename, dirname(filename));
  };
  process.once('exit', () => {
    for (const [file, { script, source }] of compiled) keep(file, source, script.createCachedData());
  });
}

/** @returns the compiled code of a module, if it is whole and of this source */
function readKept(file: string, source: number): Buffer | undefined {
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch {
    return undefined;
  }
  if (content.length <= HEADER_BYTES || content.readUInt32LE(0) !== source) return undefined;
  const code = content.subarray(HEADER_BYTES);
  return content.readUInt32LE(4) === crc32(code) ? code : undefined;
}

function keep(file: string, source: number, code: Buffer): void {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(source, 0);
  header.writeUInt32LE(crc32(code), 4);
  keepFile(file, Buffer.concat([header, code]));
}
