import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv-draft-04';
import { parse } from 'yaml';

/** Says what the compose file format 3.8 finds wrong in a file's text; an empty list if it is valid. */
export type SchemaOracle = (text: string) => string[];
/** What `docker stack config` makes of a file's text, parsed; rejects with the CLI's own words. */
export type ConfigOracle = (text: string, environment?: Record<string, string>) => Promise<Record<string, unknown>>;

const SCHEMA =
  process.env['BUNDLE_COMPOSE_SCHEMA'] ??
  fileURLToPath(new URL('../../../shared/data/config_schema_v3.8.json', import.meta.url));
const DURATION = /^0$|^(\d+\.?\d*(ns|us|µs|ms|s|m|h))+$/;

/**
 * The v3.8 JSON schema (draft-04) of docker/cli, which is not part of this repository: undefined if it is not found.
 */
export function schemaOracle(): SchemaOracle | undefined {
  if (!existsSync(SCHEMA)) return undefined;
  const ajv = new (Ajv as unknown as typeof Ajv.default)({ strict: false, allErrors: true });
  ajv.addFormat('duration', DURATION);
  ajv.addFormat('ports', { type: 'string', validate: () => true });
  ajv.addFormat('expose', { type: 'string', validate: () => true });
  const validate = ajv.compile(JSON.parse(readFileSync(SCHEMA, 'utf8')) as object);
  return (text) => {
    validate(parse(text));
    return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ''}`);
  };
}

/** The docker CLI's own loader; it needs no engine. Undefined if there is no CLI, or one older than 23.0. */
export function configOracle(): ConfigOracle | undefined {
  try {
    execFileSync('docker', ['stack', 'config', '--help'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return (text, environment = {}) =>
    new Promise((resolve, reject) => {
      // Nothing but PATH and HOME of our own environment: docker would fill empty values from it.
      const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment };
      const child = execFile(
        'docker',
        ['stack', 'config', '--compose-file', '-'],
        { env, maxBuffer: 64 << 20 },
        (error, stdout, stderr) => {
          if (error !== null) reject(new Error(stderr));
          else resolve(parse(stdout) as Record<string, unknown>);
        },
      );
      child.stdin?.end(text);
    });
}

/**
 * Both oracles.
 * @throws Error if BUNDLE_REQUIRE_ORACLE=1 and one of them is missing: a run that must prove something then did not
 */
export function requireOracle(): { schema: SchemaOracle | undefined; config: ConfigOracle | undefined } {
  const oracles = { schema: schemaOracle(), config: configOracle() };
  const missing = missingOracles(oracles);
  if (process.env['BUNDLE_REQUIRE_ORACLE'] === '1' && missing.length > 0)
    throw new Error(`an oracle is required and not here: ${missing.join('; ')}`);
  return oracles;
}

/** What to get for the oracles that are not here. */
export function missingOracles(here: Record<'schema' | 'config', unknown>): string[] {
  return [
    ...(here.schema === undefined
      ? [`the compose v3.8 schema of docker/cli, ${SCHEMA} (BUNDLE_COMPOSE_SCHEMA names another file)`]
      : []),
    ...(here.config === undefined ? ['a docker CLI from 23.0 on'] : []),
  ];
}

type SchemaNode = Record<string, unknown>;

/** What the v3.8 schema says of a service: every key below it, `deploy.placement.constraints`. */
export class ServiceSchema {
  readonly #root: SchemaNode;

  constructor(root: SchemaNode) {
    this.#root = root;
  }

  /** All keys that a service may have, those below others with a dot between. */
  keys(): string[] {
    const found = new Set<string>();
    this.#walk(this.#service(), '', (path) => found.add(path));
    return [...found].sort();
  }

  /** Those of them that a service of a parsed file uses. */
  usedBy(service: unknown): string[] {
    const found = new Set<string>();
    this.#match(this.#service(), service, '', (path) => found.add(path));
    return [...found].sort();
  }

  #service(): SchemaNode {
    return (this.#root['definitions'] as Record<string, SchemaNode>)['service'] ?? {};
  }

  #alternatives(node: SchemaNode): SchemaNode[] {
    const ref = node['$ref'] as string | undefined;
    const own = ref === undefined ? node : this.#named(ref);
    return ((own['oneOf'] as SchemaNode[] | undefined) ?? [own]).flatMap((each) =>
      each === node ? [each] : each['$ref'] === undefined ? [each] : this.#alternatives(each),
    );
  }

  #named(ref: string): SchemaNode {
    const name = ref.replace(/^#\/definitions\//, '');
    return (this.#root['definitions'] as Record<string, SchemaNode>)[name] ?? {};
  }

  #walk(node: SchemaNode, path: string, note: (path: string) => void): void {
    for (const each of this.#alternatives(node)) {
      for (const [key, below] of Object.entries((each['properties'] ?? {}) as Record<string, SchemaNode>)) {
        const at = path === '' ? key : `${path}.${key}`;
        note(at);
        this.#walk(below, at, note);
      }
      const patterns = Object.entries((each['patternProperties'] ?? {}) as Record<string, SchemaNode>);
      for (const [pattern, below] of patterns) if (pattern !== '^x-') this.#walk(below, path, note);
      if (typeof each['items'] === 'object') this.#walk(each['items'] as SchemaNode, path, note);
    }
  }

  #match(node: SchemaNode, value: unknown, path: string, note: (path: string) => void): void {
    if (typeof value !== 'object' || value === null) return;
    for (const each of this.#alternatives(node)) {
      if (Array.isArray(value)) {
        for (const item of value) this.#match((each['items'] ?? {}) as SchemaNode, item, path, note);
        continue;
      }
      const properties = (each['properties'] ?? {}) as Record<string, SchemaNode>;
      const [pattern] = Object.values((each['patternProperties'] ?? {}) as Record<string, SchemaNode>);
      for (const [key, below] of Object.entries(value)) {
        const at = path === '' ? key : `${path}.${key}`;
        if (properties[key] !== undefined) {
          note(at);
          this.#match(properties[key], below, at, note);
        } else if (pattern !== undefined) this.#match(pattern, below, path, note);
      }
    }
  }
}

/** Undefined if the schema is not found. */
export function serviceSchema(): ServiceSchema | undefined {
  return existsSync(SCHEMA) ? new ServiceSchema(JSON.parse(readFileSync(SCHEMA, 'utf8')) as SchemaNode) : undefined;
}
