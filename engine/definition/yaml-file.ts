/** A YAML file with its values and their places: from a path of keys to a span of the text. */
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import { DEFINITION_BYTES_MAX, DEFINITION_DEPTH_MAX } from '../limits.ts';
import { type Diagnostic, diagnosticAt, placeOf } from '../report/diagnostic.ts';
import { lowerFirst } from '../report/lower-first.ts';
import { scalarOffset } from './scalar-offset.ts';
import type { SourceText, Span } from './source.ts';

/** Keys and list indices from the top of the file. */
export type KeyPath = readonly (string | number)[];

/** Aliases are for a repeated block or two; more is a bomb. */
const ALIASES_MAX = 20;
/** Copies that nested aliases may make of what they name. */
const COPIES_MAX = 100;
/** The first errors are the author's, the later ones mostly follow from them. */
const SYNTAX_ERRORS_MAX = 3;
/** Nobody mends more at once. */
const DUPLICATES_MAX = 100;
const TAGS = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((tag) => `tag:yaml.org,2002:${tag}`),
);
const START: Span = { start: 0, end: 0 };

export class YamlFile {
  readonly source: SourceText;
  /** The content as plain values; undefined when the text is not YAML. */
  readonly value: unknown;
  readonly diagnostics: Diagnostic[] = [];
  readonly #document: Document | undefined;

  /** @param aliasesMax how often the file may name what stands elsewhere in it */
  constructor(source: SourceText, aliasesMax = ALIASES_MAX) {
    this.source = source;
    if (Buffer.byteLength(source.text) > DEFINITION_BYTES_MAX) {
      this.#report('yaml-too-large', `the file is larger than ${DEFINITION_BYTES_MAX} bytes`, START);
      return;
    }
    this.#document = parseDocument(source.text, {
      version: '1.2',
      schema: 'core',
      // Its own check takes the square of the number of keys, and tells `7` from `"7"`, which are one key here.
      uniqueKeys: false,
      merge: false,
      prettyErrors: false,
      logLevel: 'error',
    });
    if (this.#hasSyntaxErrors() || this.#hasBadNodes(aliasesMax)) return;
    try {
      const value: unknown = this.#document.toJS({ maxAliasCount: COPIES_MAX });
      if (depthOf(value) <= DEFINITION_DEPTH_MAX) this.value = value;
      else this.#report('yaml-too-deep', `nested deeper than ${DEFINITION_DEPTH_MAX} levels`, START);
    } catch (error) {
      // The count of what aliases stand for is known only when values are made of them.
      if (!(error instanceof ReferenceError)) throw error;
      this.#report('yaml-aliases', `aliases of aliases make more than ${COPIES_MAX} copies`, START);
    }
  }

  /** The span of a value; of its key where it has none, of the nearest key around it where the path does not exist. */
  valueSpan(path: KeyPath): Span {
    return spanOf(this.#nodeAt(path)) ?? this.keySpan(path);
  }

  /** The span of a key (of an item, in a list); of the nearest key around it where the path does not exist. */
  keySpan(path: KeyPath): Span {
    if (path.length === 0) return START;
    const parent = this.#resolve(this.#nodeAt(path.slice(0, -1)));
    const last = path[path.length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => keyText(item) === String(last));
      const span = pair && spanOf(pair.key as Node);
      if (span) return span;
    }
    if (isSeq(parent) && typeof last === 'number') {
      const span = spanOf(parent.items[last] as Node | undefined);
      if (span) return span;
    }
    return this.keySpan(path.slice(0, -1));
  }

  /** The place in the file of a range of offsets in a string value, whatever the scalar's style. */
  innerSpan(path: KeyPath, inner: Span): Span {
    const node = this.#resolve(this.#nodeAt(path));
    if (!isScalar(node) || !node.range || typeof node.value !== 'string') return this.valueSpan(path);
    const start = scalarOffset(this.source.text, node, inner.start);
    return { start, end: Math.max(start, scalarOffset(this.source.text, node, inner.end)) };
  }

  /** An alias stands for what it names, so places below it are those of the anchor. */
  #nodeAt(path: KeyPath): Node | undefined {
    let node = this.#document?.contents as Node | null | undefined;
    for (const step of path) {
      const parent = this.#resolve(node);
      if (isMap(parent)) node = parent.items.find((item) => keyText(item) === String(step))?.value as Node;
      else if (isSeq(parent)) node = parent.items[Number(step)] as Node | undefined;
      else return undefined;
    }
    return node ?? undefined;
  }

  #resolve(node: Node | null | undefined): Node | undefined {
    const resolved = isAlias(node) && this.#document ? node.resolve(this.#document) : node;
    return (resolved ?? undefined) as Node | undefined;
  }

  #hasSyntaxErrors(): boolean {
    const problems = this.#document ? [...this.#document.errors, ...this.#document.warnings] : [];
    for (const { code, message, pos } of problems.slice(0, SYNTAX_ERRORS_MAX)) {
      const [start, end] = pos;
      if (code === 'RESOURCE_EXHAUSTION') {
        this.#report('yaml-too-deep', `nested deeper than ${DEFINITION_DEPTH_MAX} levels`, { start, end });
        return true;
      }
      this.#report('yaml-syntax', lowerFirst(message), { start, end });
    }
    return problems.length > 0;
  }

  /** Keys that are no text or occur twice, aliases that name nothing or themselves, too many of them, tags that make other values than JSON has. */
  #hasBadNodes(aliasesMax: number): boolean {
    const document = this.#document;
    if (!document) return true;
    let aliases = 0;
    const anchors = new Map<string, Node>();
    /** Whether to go on. The package's own `visit` copies the way to each node, which takes longer than the checks. */
    const check = (item: unknown): boolean => {
      if (isPair(item)) return check(item.key) && check(item.value);
      if (isAlias(item)) {
        aliases++;
        const problem =
          aliases > aliasesMax
            ? `more than ${aliasesMax} aliases`
            : aliasProblem(item, anchors.get(item.source));
        if (problem !== undefined) this.#report('yaml-aliases', problem, spanOf(item) ?? START);
        return problem === undefined;
      }
      if (!isNode(item)) return true;
      if (item.anchor !== undefined) anchors.set(item.anchor, item);
      if (isMap(item) && !this.#hasTexts(item.items)) return false;
      if (isMap(item)) this.#checkKeys(item.items);
      if (item.tag !== undefined && !TAGS.has(item.tag)) {
        this.#report('yaml-syntax', `the tag ${item.tag} makes no value of JSON`, spanOf(item) ?? START);
      }
      return !isCollection(item) || item.items.every(check);
    };
    check(document.contents);
    return this.diagnostics.length > 0;
  }

  /** Written out as a text, keys within keys would double their length with each level. */
  #hasTexts(pairs: readonly Pair[]): boolean {
    const odd = pairs.find(({ key }) => isCollection(key) || isAlias(key));
    if (!odd) return true;
    this.#report('yaml-syntax', 'a key is no text', spanOf(odd.key as Node) ?? START);
    return false;
  }

  #checkKeys(pairs: readonly Pair[]): void {
    const first = new Map<string, Span>();
    for (const pair of pairs) {
      const key = keyText(pair);
      const span = spanOf(pair.key as Node) ?? START;
      const before = first.get(key);
      if (!before) first.set(key, span);
      else if (this.diagnostics.length < DUPLICATES_MAX) {
        this.diagnostics.push(
          diagnosticAt(this.source, span, {
            code: 'yaml-duplicate-key',
            message: `the key \`${key}\` occurs twice`,
            related: [{ at: placeOf(this.source, before), label: 'the first one' }],
            fix: 'remove one of them',
          }),
        );
      }
    }
  }

  #report(code: string, message: string, span: Span): void {
    this.diagnostics.push(diagnosticAt(this.source, span, { code, message }));
  }
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function spanOf(node: Node | null | undefined): Span | undefined {
  if (!node?.range) return undefined;
  return { start: node.range[0], end: node.range[1] };
}

/** @param node what the last anchor of that name before the alias stands at */
function aliasProblem(alias: Alias, node: Node | undefined): string | undefined {
  const named = node?.range;
  if (!named) return `no anchor \`&${alias.source}\` stands before the alias`;
  const at = alias.range?.[0] ?? 0;
  return named[0] <= at && at < named[1]
    ? `the alias \`*${alias.source}\` stands inside of what it names`
    : undefined;
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let deepest = 0;
  for (const child of Object.values(value)) deepest = Math.max(deepest, depthOf(child));
  return deepest + 1;
}
