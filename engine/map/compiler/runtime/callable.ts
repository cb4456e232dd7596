/** Functions as values: lambdas, built-in functions, and calls put off by a tail position. */
import type { Definition, Signature } from '../package-door.ts';
import { functionOpened, NotSynchronous } from './errors.ts';
import type { Frame } from './frame.ts';
import type { Run } from './run.ts';

/** What a built-in function finds under `this`. */
export class Focus {
  readonly run: Run;
  /** The context of the call, null where a function calls back. */
  readonly input: unknown;
  readonly frame: Frame | undefined;

  constructor(run: Run, input: unknown, frame: Frame | undefined) {
    this.run = run;
    this.input = input;
    this.frame = frame;
  }

  /** What the package's date functions ask for. */
  get environment(): { timestamp: Date } {
    return { timestamp: new Date(this.run.now()) };
  }

  get options(): { sequence: number } {
    return this.run.budget;
  }
}

export type Implementation = (this: Focus, ...args: never[]) => unknown;

export abstract class Callable {
  /** Name and place of the latest call by name, for errors. */
  token: string | undefined;
  position: number | undefined;
  abstract readonly signature: Signature | undefined;
}

/** Parameters as JavaScript: the context of the caller, then the arguments. */
export type Body = (caller: unknown, ...args: unknown[]) => unknown;

export interface LambdaParts {
  body: Body;
  parameters: readonly string[];
  /** The context where it was written. */
  input: unknown;
  signature?: Signature | undefined;
  /** Partially applied: the package's functions cannot call those. */
  isPartial?: boolean;
}

export class Lambda extends Callable {
  readonly body: Body;
  readonly parameters: readonly string[];
  readonly input: unknown;
  readonly signature: Signature | undefined;
  readonly isPartial: boolean;

  constructor(parts: LambdaParts) {
    super();
    this.body = parts.body;
    this.parameters = parts.parameters;
    this.input = parts.input;
    this.signature = parts.signature;
    this.isPartial = parts.isPartial ?? false;
  }

  /** The package's mark of a lambda, for its functions that are used as they are. */
  get _jsonata_lambda(): true {
    return true;
  }
}

export class Native extends Callable {
  readonly implementation: Implementation;
  readonly signature: Signature | undefined;
  /** How many arguments the functions that call back give it. */
  readonly arity: number;
  /** The parameters as the package writes them, for partial application by name. */
  readonly parameterText: string;

  constructor(definition: Definition, implementation?: Implementation) {
    super();
    this.implementation = implementation ?? (definition.implementation as Implementation);
    this.signature = definition.signature;
    this.arity = definition.implementation.length;
    this.parameterText = parameterText(definition.implementation);
  }

  get _jsonata_function(): true {
    return true;
  }
}

/** Built-in functions that the evaluation has called by name. All expressions share them. */
const called: Native[] = [];

/** Notes name and place of a call on the function, for errors. */
export function noteCall(callee: Callable, name: string | undefined, position: number | undefined): void {
  if (callee instanceof Native && callee.token === undefined && callee.position === undefined)
    called.push(callee);
  callee.token = name;
  callee.position = position;
}

/** What one evaluation has called is nothing to the next. */
export function forgetNotes(): void {
  if (called.length === 0) return;
  for (const native of called) {
    native.token = undefined;
    native.position = undefined;
  }
  called.length = 0;
}

/** A call in tail position: made by whoever called the lambda, so that recursion needs no stack. */
export class Tail extends Callable {
  readonly procedure: () => unknown;
  readonly args: () => unknown[];
  readonly signature = undefined;

  constructor(procedure: () => unknown, args: () => unknown[]) {
    super();
    this.procedure = procedure;
    this.args = args;
  }

  get _jsonata_lambda(): true {
    return true;
  }
}

/** A function that was given to a function: a JavaScript function with the arity of what it wraps. */
export type Wrapped = ((...args: unknown[]) => unknown) & { arity?: number };

/** Gives a function the text that no function has here. */
export function withoutText<F extends (...args: never[]) => unknown>(made: F): F {
  made.toString = refuseText;
  return made;
}

/** Only the package can tell its own source. @throws NotSynchronous */
function refuseText(): never {
  throw new NotSynchronous('text is made of a function');
}

/**
 * Keeps functions from being looked into, and changed: all expressions share the built-in ones, and their fields only the
 * package has.
 * @throws NotSynchronous for a built-in function and a function of JavaScript, a failure `function-opened` for a lambda
 */
export function refuseToOpen(value: unknown): void {
  if (typeof value === 'function' || value instanceof Native)
    throw new NotSynchronous('the fields of a function are looked at');
  if (value instanceof Callable) throw functionOpened();
}

export function isFunction(value: unknown): boolean {
  return typeof value === 'function' || value instanceof Callable;
}

export function arityOf(value: unknown): number {
  if (value instanceof Native) return value.arity;
  if (value instanceof Lambda) return value.parameters.length;
  if (value instanceof Tail) return 0;
  // Whatever else it is, the package asks it the same.
  const { arity } = value as Wrapped;
  if (typeof arity === 'number') return arity;
  const { implementation, length } = value as Record<string, unknown>;
  if (typeof implementation === 'function') return implementation.length;
  return typeof length === 'number' ? length : (value as { arguments: unknown[] }).arguments.length;
}

export function parameterText(implementation: (...args: never[]) => unknown): string {
  return /\(([^)]*)\)/.exec(implementation.toString())?.[1] ?? '';
}
