import { Document, Scalar } from 'yaml';
import { usageError } from '../errors.ts';
import { TextLines } from './text-lines.ts';
import { checkText, escapeDollars, requiredVariable } from './text.ts';
import { FileMode, Quoted, Required, type FileValue } from './values.ts';

type FileMap = { [key: string]: FileValue };

/**
 * Text that no YAML reader takes for anything else, once the words of YAML 1.1 are quoted (`compat`). All other text
 * stands between double quotes: what the `yaml` package would leave plain is not always text to Go's reader.
 */
const PLAIN = /^([A-Za-z/][\w./:@-]*( [=!]= [\w./:@-]+)?|(\d+(\.\d+)?(h|m|s|ms|µs|ns))+|\d+[kmg])$/;
/**
 * What a rule of YAML 1.2 or 1.1 may quote of such text: a word for null or a boolean, a number (`e00001` is one), and
 * a colon or a hyphen at the end.
 */
const UNSURE = /^(?:null|true|false|yes|no|on|off|y|n)$|^e[-\d]|:(?: |$)|-$/i;
// YAML 1.1 words (`on`, `22:22`, `1_000`) are quoted though the rest is YAML 1.2: of the modes tried, the one that
// docker's reader never changed.
const LIBRARY = { compat: 'yaml-1.1' } as const;
const STYLE = { lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER } as const;

/**
 * Prints what the `yaml` package prints of the same nodes, to the byte. That package is given the scalars only, and
 * each distinct one once: it takes most of a second for documents of hundreds of services. Dollars are doubled, control
 * characters refused, undefined is left out.
 */
export class Emitter {
  readonly lines = new TextLines();
  readonly #comments: Record<string, string>;
  /** Made when it is first needed: most documents need it nowhere. */
  #library: Document<Scalar> | undefined;
  readonly #printed = new Map<string, string>();
  readonly #used = new Set<string>();
  readonly #spaced: ReadonlySet<string>;
  /** Paths above a comment, and those that are spaced: few, so that nothing below another one needs to be looked up. */
  readonly #special: ReadonlySet<string>;

  /**
   * @param comments by path; a path segment is a key
   * @param spaced paths of maps of which an empty line stands before every key but the first
   */
  constructor(comments: Record<string, string>, spaced: ReadonlySet<string>) {
    this.#comments = comments;
    this.#spaced = spaced;
    this.#special = new Set([...spaced, ...Object.keys(comments).flatMap(above)]);
  }

  /** Paths of comments whose key has not been printed. */
  unused(): string[] {
    return Object.keys(this.#comments).filter((path) => !this.#used.has(path));
  }

  /** Prints a comment. @param path for messages */
  comment(comment: string, path: string, indent = ''): void {
    checkText(comment, path);
    // An empty line becomes a lone `#`: a truly empty one would end the comment.
    for (const line of comment.split('\n')) this.lines.push(line === '' ? `${indent}#` : `${indent}# ${line}`);
  }

  /**
   * Prints a map, each key on a line of its own.
   * @param plain nothing in it has a comment, or is spaced
   * @param first stands in place of the first line's indentation: the dash of a list
   */
  map(map: FileMap, path = '', plain = false, indent = '', first = indent): void {
    const special = !plain && this.#special.has(path);
    const separate = special && this.#spaced.has(path);
    let start = first;
    let none = true;
    // One by one: a map may make its values when they are asked for.
    for (const key of Object.keys(map)) {
      const value = map[key];
      if (value === undefined) continue;
      const below = path === '' ? key : `${path}.${key}`;
      if (!none && separate) this.lines.push('');
      none = false;
      if (special && Object.hasOwn(this.#comments, below)) {
        this.#used.add(below);
        this.comment(this.#comments[below] ?? '', below, indent);
      }
      this.#pair(start, indent, this.#key(key, below), value, below, !special);
      start = indent;
    }
  }

  #pair(
    start: string,
    indent: string,
    key: string,
    value: Exclude<FileValue, undefined>,
    path: string,
    plain: boolean,
  ): void {
    let head = `${start}${key}:`;
    if (key.length > 1024) {
      // YAML reads a longer key only if it is marked as one.
      this.lines.push(`${start}? ${key}`);
      head = `${indent}:`;
    }
    if (!isCollection(value)) this.lines.push(`${head} ${this.#scalar(value, path)}`);
    else {
      this.lines.push(head);
      const at = this.lines.count;
      if (Array.isArray(value)) this.#list(value, path, plain, `${indent}  `);
      else this.map(value, path, plain, `${indent}  `);
      if (this.lines.count === at) this.lines.replaceLast(`${head} ${empty(value)}`);
    }
  }

  #list(list: FileValue[], path: string, plain: boolean, indent: string, first = indent): void {
    let start = first;
    for (const [index, item] of list.entries()) {
      if (item === undefined) continue;
      const below = `${path}[${index}]`;
      if (!isCollection(item)) this.lines.push(`${start}- ${this.#scalar(item, below)}`);
      else {
        const at = this.lines.count;
        if (Array.isArray(item)) this.#list(item, below, plain, `${indent}  `, `${start}- `);
        else this.map(item, below, plain, `${indent}  `, `${start}- `);
        if (this.lines.count === at) this.lines.push(`${start}- ${empty(item)}`);
      }
      start = indent;
    }
  }

  #key(key: string, path: string): string {
    if (PLAIN.test(key)) return this.#plain(key);
    checkText(key, path);
    return this.#quoted(key);
  }

  #scalar(value: Exclude<FileValue, undefined | FileMap | FileValue[]>, path: string): string {
    if (typeof value === 'string') return PLAIN.test(value) ? this.#plain(value) : this.#quoted(text(value, path));
    if (value instanceof Quoted) return this.#quoted(text(value.text, path));
    if (value instanceof Required) return this.#quoted(requiredVariable(value.variable, path));
    if (value instanceof FileMode) return `0${checkedMode(value, path).toString(8)}`;
    return String(value);
  }

  #plain(value: string): string {
    return UNSURE.test(value) ? this.#byLibrary(value, value, undefined) : value;
  }

  #quoted(value: string): string {
    const json = JSON.stringify(value);
    // Nothing to escape: then YAML's double quotes are JSON's.
    return json.includes('\\') ? this.#byLibrary(json, value, Scalar.QUOTE_DOUBLE) : json;
  }

  #byLibrary(key: string, value: string, type: Scalar.Type | undefined): string {
    const known = this.#printed.get(key);
    if (known !== undefined) return known;
    const node = new Scalar(value);
    if (type !== undefined) node.type = type;
    this.#library ??= new Document<Scalar>(undefined, LIBRARY);
    this.#library.contents = node;
    const printed = this.#library.toString(STYLE).replace(/\n$/, '');
    this.#printed.set(key, printed);
    return printed;
  }
}

/** Every path above one, the document's own (`''`) among them. */
function above(path: string): string[] {
  return ['', ...[...path.matchAll(/\./g)].map(({ index }) => path.slice(0, index))];
}

function isCollection(value: FileValue): value is FileMap | FileValue[] {
  return (
    typeof value === 'object' && !(value instanceof Quoted || value instanceof Required || value instanceof FileMode)
  );
}

function empty(value: FileMap | FileValue[]): string {
  return Array.isArray(value) ? '[]' : '{}';
}

function text(value: string, path: string): string {
  checkText(value, path);
  return escapeDollars(value);
}

function checkedMode({ mode }: FileMode, path: string): number {
  if (Number.isInteger(mode) && mode >= 0 && mode <= 0o777) return mode;
  throw usageError('document-mode', `${path}: ${mode} is no file mode`, ['Use an octal number, for example 0o444.']);
}
