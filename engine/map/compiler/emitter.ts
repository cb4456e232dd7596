/** The JavaScript of one expression while it is being written: lines, names, constants, and what is known so far. */
import type { Node } from '../ast.ts';
import type { Analysis } from './analysis.ts';
import type { Native } from './runtime/callable.ts';
import type { Scope, Slot } from './scope.ts';
import type { Value } from './value.ts';

/** Where a node stands. */
export interface Context {
  /** JavaScript name of the context value. */
  input: string;
  scope: Scope;
  /** Whether the value goes into the result and is not looked at again. */
  output?: boolean;
  /** Whether nobody may ask for the value. */
  unused?: boolean;
  /** How often what is in tail position is looked at for being a sequence, beyond once. */
  finishes?: number;
  /** JavaScript name of the caller's context, in the tail position of a lambda. */
  tail?: string;
}

/** A line, or one that is only known (or left out) when all is compiled. */
type Line = string | (() => string | undefined);

export interface Options {
  analysis: Analysis;
  /** Whether built-in functions are known to be what they are called. */
  trustsBuiltIns: boolean;
  /** Whether the program gives up where a list is told to stay one that others know as its item. */
  trustsLists: boolean;
  /** Whether objects are made without a prototype. */
  makesBare: boolean;
  builtIns: ReadonlyMap<string, Native>;
  emitNode: (emitter: Emitter, node: Node, context: Context) => Value;
  /** Nodes that become functions of their own. */
  chunks: ReadonlySet<Node>;
}

/** An object of the input that names were read from, all as JavaScript. */
export interface Opened {
  js: string;
  /** Whether it is a plain object. */
  isPlain: string;
  /** What its fields are where it is none. */
  otherwise: string;
}

export class Emitter {
  readonly analysis: Analysis;
  readonly trustsBuiltIns: boolean;
  readonly trustsLists: boolean;
  readonly makesBare: boolean;
  readonly builtIns: ReadonlyMap<string, Native>;
  readonly constants: unknown[] = [];
  readonly chunks: ReadonlySet<Node>;
  private readonly emitNode: Options['emitNode'];
  private lines: Line[] = [];
  private names = 0;
  private readonly definite = new Map<Slot, true>();
  private readonly opened = new Map<string, Opened>();
  private readonly computed = new Map<string, Value>();
  /** What takes back what is known since the start, newest last. */
  private readonly undoing: (() => void)[] = [];
  private readonly pureNames = new Set<string>();

  constructor(options: Options) {
    this.analysis = options.analysis;
    this.trustsBuiltIns = options.trustsBuiltIns;
    this.trustsLists = options.trustsLists;
    this.makesBare = options.makesBare;
    this.builtIns = options.builtIns;
    this.emitNode = options.emitNode;
    this.chunks = options.chunks;
  }

  /** With another `$clone` than the package's, a transform may change the input itself. */
  private get isInputConstant(): boolean {
    return this.trustsBuiltIns && !this.analysis.bound.has('clone');
  }

  emit(node: Node, context: Context): Value {
    const isChunk = this.chunks.has(node) && context.tail === undefined && context.scope.frame === undefined;
    return isChunk ? this.emitChunk(node, context) : this.emitNode(this, node, context);
  }

  private emitChunk(node: Node, context: Context): Value {
    let value: Value | undefined;
    const name = this.chunk(() => {
      value = this.emitNode(this, node, context);
      value.use?.();
      return value.js;
    });
    const { type, isFresh, isPlainArray, isFinished } = value as unknown as Value;
    return {
      js: name,
      type,
      ...(isFresh && { isFresh }),
      ...(isPlainArray && { isPlainArray }),
      ...(isFinished && { isFinished }),
    };
  }

  /** Writes code as a function that is called once, here; gives the name of its result. */
  chunk(write: () => string): string {
    const name = this.name('t');
    const body = this.aside(() => {
      const result = write();
      this.line(`return ${result};`);
    });
    this.line(() => `const ${name} = (() => {\n${body()}\n})();`);
    return name;
  }

  line(line: Line): void {
    this.lines.push(line);
  }

  /** A name that nothing else has. */
  name(prefix: string): string {
    return `${prefix}${++this.names}`;
  }

  /** Evaluates JavaScript here, once. */
  temp(js: string, type: number): Value {
    const name = this.name('t');
    this.line(`const ${name} = ${js};`);
    return { js: name, type };
  }

  /** The same for what has no effect: left out where nothing names it. */
  pure(js: string, type: number): Value {
    const value = this.temp(js, type);
    this.pureNames.add(value.js);
    return value;
  }

  /** The name of a value that is made before any evaluation. */
  constant(value: unknown): string {
    const known = this.constants.indexOf(value);
    return `k${known >= 0 ? known : this.constants.push(value) - 1}`;
  }

  /** Code that may not run, or run often: what it binds or opens is not known after it. */
  branch<T>(write: () => T): T {
    const before = this.undoing.length;
    try {
      return write();
    } finally {
      for (let undo = this.undoing.length; undo > before; undo--) this.undoing.pop()?.();
    }
  }

  /** Notes what is known under a key until the branch ends. */
  private note<K, V>(known: Map<K, V>, key: K, value: V): void {
    const before = known.get(key);
    this.undoing.push(() => (before === undefined ? known.delete(key) : known.set(key, before)));
    known.set(key, value);
  }

  /** Writes code aside and gives it as text that is joined when all is compiled. */
  aside(write: () => void): () => string {
    const outside = this.lines;
    const inside: Line[] = [];
    this.lines = inside;
    try {
      this.branch(write);
    } finally {
      this.lines = outside;
    }
    return () => joined(inside);
  }

  /** An arrow function of a context (and a frame, where variables are looked up by name), as JavaScript for later. */
  part(node: Node, context: Context): () => string {
    const input = this.name('c');
    const frame = context.scope.frame === undefined ? undefined : this.name('e');
    const scope = frame === undefined ? context.scope : { ...context.scope, frame };
    const body = this.aside(() => {
      const value = this.emit(node, { input, scope });
      this.line(`return ${value.js};`);
    });
    return () => `(${input}${frame === undefined ? '' : `, ${frame}`}) => {\n${body()}\n}`;
  }

  isDefinite(slot: Slot): boolean {
    return this.definite.has(slot);
  }

  define(slot: Slot): void {
    this.note(this.definite, slot, true);
  }

  openedAt(path: string): Opened | undefined {
    return this.opened.get(path);
  }

  open(path: string, opened: Opened): void {
    if (this.isInputConstant) this.note(this.opened, path, opened);
  }

  /** What is computed once wherever it is certain to have been computed before. */
  once(key: string, compute: () => Value): Value {
    const known = this.computed.get(key);
    if (known) return known;
    const value = compute();
    if (this.isInputConstant) this.note(this.computed, key, value);
    return value;
  }

  /** Notes what a computation gives; false where it cannot be relied on. */
  know(key: string, value: Value): boolean {
    if (this.isInputConstant) this.note(this.computed, key, value);
    return this.isInputConstant;
  }

  /** A slot for a variable that starts unbound. */
  slot(name: string, isSingle: boolean): Slot {
    const slot: Slot = { name, js: this.name('v'), isSingle, isRead: false };
    this.line(() => (slot.isRead ? `let ${slot.js} = UNBOUND;` : undefined));
    return slot;
  }

  /** @param result what the JavaScript around it names */
  text(result: string): string {
    return withoutUnused(joined(this.lines), result, this.pureNames);
  }

  /** The last argument of runtime functions that need the frame, where there is one. */
  frameArgument(context: Context): string {
    return context.scope.frame === undefined ? '' : `, ${context.scope.frame}`;
  }
}

function joined(lines: Line[]): string {
  const texts: string[] = [];
  for (const line of lines) {
    const text = typeof line === 'string' ? line : line();
    if (text !== undefined) texts.push(text);
  }
  return texts.join('\n');
}

/** A position in the source as an argument. */
export function positionOf(node: { position?: number | undefined }): string {
  return node.position === undefined ? 'undefined' : String(node.position);
}

/** Leaves out lines that define names without an effect which nothing after them mentions. */
function withoutUnused(text: string, result: string, pureNames: ReadonlySet<string>): string {
  if (pureNames.size === 0) return text;
  const used: boolean[] = [];
  noteNames(result, 0, used);
  const kept: string[] = [];
  const lines = text.split('\n');
  for (let index = lines.length - 1; index >= 0; index--) {
    const line = lines[index] as string;
    let at = 0;
    if (line.startsWith(DEFINITION)) {
      at = line.indexOf(' ', DEFINITION.length);
      const name = line.slice(DEFINITION.length - 1, at);
      if (pureNames.has(name) && used[Number(name.slice(1))] !== true) continue;
    }
    noteNames(line, at, used);
    kept.push(line);
  }
  return kept.reverse().join('\n');
}

const DEFINITION = 'const t';

/** Notes the numbers of names such as `t12`. A generated function has tens of thousands of them, too many for expressions. */
function noteNames(line: string, from: number, used: boolean[]): void {
  for (let at = line.indexOf('t', from); at >= 0; at = line.indexOf('t', at + 1)) {
    let end = at + 1;
    let number = 0;
    for (let code = line.charCodeAt(end); code >= 48 && code <= 57; code = line.charCodeAt(++end)) {
      number = number * 10 + code - 48;
    }
    if (end > at + 1) used[number] = true;
  }
}
