/** A YAML file with its values and their places: from a path of keys to a span of the text. */
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import { DEFINITION_BYTES_MAX, DEFINITION_DEPTH_MAX } from '../limits.ts';
import { type Diagnostic, diagnosticAt } from '../report/diagnostic.ts';
import { scalarOffset } from './scalar-offset.ts';
import type { SourceText, Span } from './source.ts';

/** Keys and list indices from the top of the file. */
export type KeyPath = readonly (string | number)[];

/** Aliases are for a repeated block or two; more is a bomb. */
const ALIASES_MAX = 20;

export class YamlFile {
  readonly source: SourceText;
  /** The content as plain values; undefined when the text is not YAML. */
  readonly value: unknown;
  readonly diagnostics: Diagnostic[] = [];
  readonly #document: Document | undefined;

  constructor(source: SourceText) {
    this.source = source;
    if (Buffer.byteLength(source.text) > DEFINITION_BYTES_MAX) {
      this.#report('yaml-too-large', `the file is larger than ${DEFINITION_BYTES_MAX} bytes`, {
        start: 0,
        end: 0,
      });
      return;
    }
    try {
      this.#document = parseDocument(source.text, {
        lineCounter: new LineCounter(),
        version: '1.2',
        schema: 'core',
        uniqueKeys: true,
        merge: false,
      });
      if (this.#collectErrors()) return;
      this.value = this.#document.toJS({ maxAliasCount: ALIASES_MAX });
      if (depthOf(this.value) > DEFINITION_DEPTH_MAX) {
        this.#report('yaml-too-deep', `nested deeper than ${DEFINITION_DEPTH_MAX} levels`, {
          start: 0,
          end: 0,
        });
        this.value = undefined;
      }
    } catch (error) {
      // Deep nesting overflows the parser's stack, too many aliases are refused when values are made.
      const alias = error instanceof ReferenceError;
      const code = alias ? 'yaml-aliases' : 'yaml-too-deep';
      this.#report(code, alias ? `more than ${ALIASES_MAX} aliases` : 'nested too deep', {
        start: 0,
        end: 0,
      });
    }
  }

  /** The span of a value; of the nearest thing around it where the path does not exist. */
  valueSpan(path: KeyPath): Span {
    return (
      spanOf(this.#nodeAt(path)) ??
      (path.length === 0 ? { start: 0, end: 0 } : this.keySpan(path.slice(0, -1)))
    );
  }

  /** The span of a key (of an item, in a list); of the nearest key around it where the path does not exist. */
  keySpan(path: KeyPath): Span {
    if (path.length === 0) return { start: 0, end: 0 };
    const parent = this.#nodeAt(path.slice(0, -1));
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
    const node = this.#nodeAt(path);
    if (!isScalar(node) || !node.range || typeof node.value !== 'string') return this.valueSpan(path);
    return {
      start: scalarOffset(this.source.text, node, inner.start),
      end: Math.max(
        scalarOffset(this.source.text, node, inner.end),
        scalarOffset(this.source.text, node, inner.start),
      ),
    };
  }

  #nodeAt(path: KeyPath): Node | undefined {
    const node = path.length === 0 ? this.#document?.contents : this.#document?.getIn(path, true);
    return (node ?? undefined) as Node | undefined;
  }

  #collectErrors(): boolean {
    const document = this.#document;
    if (!document) return true;
    for (const problem of [...document.errors, ...document.warnings]) {
      const [start, end] = problem.pos;
      // The first line is the message; the rest is yaml's own picture of the place.
      const message = (problem.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
      this.#report('yaml-syntax', lowerFirst(message), { start, end });
    }
    return this.diagnostics.length > 0;
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

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let deepest = 0;
  for (const child of Object.values(value)) deepest = Math.max(deepest, depthOf(child));
  return deepest + 1;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
