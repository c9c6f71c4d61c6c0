import { Pair, Scalar, YAMLMap, YAMLSeq, type Node, type ScalarTag } from 'yaml';
import { usageError } from '../errors.ts';
import { checkText, escapeDollars, requiredVariable } from './text.ts';
import { FileMode, Quoted, Required, type FileValue } from './values.ts';

/** Prints FileMode as an integer with a leading zero, which the `yaml` package cannot do in its YAML 1.2 schema. */
export const fileModeTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  identify: (value) => value instanceof FileMode,
  // Nothing is parsed with this tag.
  test: /^\b$/,
  resolve: (text) => text,
  stringify: ({ value }) => `0${(value as FileMode).mode.toString(8)}`,
};

/**
 * Text that no YAML reader takes for anything else, once the words of YAML 1.1 are quoted (`compat`). All other text stands between double
 * quotes: what the `yaml` package would leave plain is not always text to Go's reader.
 */
const PLAIN = /^([A-Za-z/][\w./:@-]*( [=!]= [\w./:@-]+)?|(\d+(\.\d+)?(h|m|s|ms|µs|ns))+|\d+[kmg])$/;

/** YAML nodes of a value: dollars doubled, control characters refused, undefined left out. `path` is for messages. */
export function toNode(value: Exclude<FileValue, undefined>, path: string): Node {
  if (value instanceof Quoted) return scalar(text(value.text, path), Scalar.QUOTE_DOUBLE);
  if (value instanceof Required) return scalar(requiredVariable(value.variable, path), Scalar.QUOTE_DOUBLE);
  if (value instanceof FileMode) return scalar(checkedMode(value, path));
  if (typeof value === 'string') return scalar(text(value, path), PLAIN.test(value) ? undefined : Scalar.QUOTE_DOUBLE);
  if (typeof value !== 'object') return scalar(value);
  if (Array.isArray(value)) {
    const list = new YAMLSeq();
    value.forEach((item, index) => item !== undefined && list.add(toNode(item, `${path}[${index}]`)));
    return list;
  }
  const map = new YAMLMap();
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const below = path === '' ? key : `${path}.${key}`;
    checkText(key, below);
    map.items.push(new Pair(scalar(key, PLAIN.test(key) ? undefined : Scalar.QUOTE_DOUBLE), toNode(item, below)));
  }
  return map;
}

function text(value: string, path: string): string {
  checkText(value, path);
  return escapeDollars(value);
}

function checkedMode(value: FileMode, path: string): FileMode {
  if (Number.isInteger(value.mode) && value.mode >= 0 && value.mode <= 0o777) return value;
  throw usageError('document-mode', `${path}: ${value.mode} is no file mode`, ['Use an octal number, for example 0o444.']);
}

function scalar(value: unknown, type?: Scalar.Type): Scalar {
  const node = new Scalar(value);
  if (type !== undefined) node.type = type;
  return node;
}
