import { isScalar, isSeq, parseDocument, type Document } from 'yaml';
import type { Key } from '../bundle/keys.ts';
import { yamlValue } from '../bundle/yaml-faults.ts';
import { usageError } from '../errors.ts';

const YES = /^(true|yes|on)$/i;
const NO = /^(false|no|off)$/i;

/**
 * The value that a person means who types `text` for a key, in `--set` or at a question. The key's type decides, so
 * that an image tag or a node called `1` stays text. What fits no type stays text too: the schema then says what it
 * wants.
 * @throws BundleError (exit 2) for broken YAML; the text itself is not quoted
 */
export function valueFromText(key: Key, text: string): unknown {
  const trimmed = text.trim();
  switch (key.type) {
    case 'boolean':
      return YES.test(trimmed) ? true : NO.test(trimmed) ? false : trimmed;
    case 'number':
      return /^[+-]?[0-9]+(\.[0-9]+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
    case 'list':
      return listFromText(key, trimmed);
    case 'mapping':
      return fromYaml(key.path, trimmed);
    case 'string':
      return /^(".*"|'.*')$/s.test(trimmed) ? fromYaml(key.path, trimmed) : trimmed;
  }
}

function listFromText(key: Key, text: string): unknown {
  // [fd00::1]:2181 begins as a YAML list does.
  const inner = /^\[(.*)\]$/s.exec(text)?.[1];
  if (inner !== undefined && ADDRESS.test(inner)) return listItems(inner);
  if (!text.startsWith('[') || ADDRESS.test(text)) return listItems(text);
  return fromYaml(key.path, text, key.ofText ? itemsAsWritten : undefined);
}

/** Items that YAML takes for numbers or booleans, as they were written: `01` may be a node, which `1` is not. */
function itemsAsWritten({ contents }: Document.Parsed): void {
  if (!isSeq(contents)) return;
  for (const item of contents.items)
    if (isScalar(item) && ['number', 'boolean'].includes(typeof item.value)) item.value = item.source;
}

/** An IPv6 address in brackets with a port, anywhere in a list. */
const ADDRESS = /(^|,)\s*\[[0-9a-f:.%]*:[^[\],]*\]:/i;

function listItems(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** @param mend changes what was read without errors */
function fromYaml(path: string, text: string, mend?: (document: Document.Parsed) => void): unknown {
  const document = parseDocument(text, { prettyErrors: false, merge: false });
  if (document.errors.length > 0) {
    throw usageError('invalid-set', `${path}: the value is not valid YAML`, [
      'lists are written [a, b] or a,b; mappings {key: value}',
    ]);
  }
  mend?.(document);
  const read = yamlValue(document);
  if ('fault' in read) throw usageError('invalid-set', `${path}: the value has ${read.fault.why}`, [read.fault.hint]);
  return read.value;
}

/** A value as a person reads it. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(itemText).join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === undefined || value === null ? '' : itemText(value);
}

/** Of a mapping what its author wrote, as YAML has it on one line: `{ service: db, tcp: { port: 3306 } }`. */
function itemText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(itemText).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${itemText(item)}`)
    .join(', ')} }`;
}

/** A value as `--set PATH=` takes it. */
export function setText(value: unknown): string {
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.map(String).join(',');
  if (typeof value === 'boolean') return String(value);
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : textOf(value);
}
