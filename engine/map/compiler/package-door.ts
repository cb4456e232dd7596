/** What of the `jsonata` package does compiled code use? Its parser, its messages and the built-in functions that never call back. */
import jsonata from 'jsonata';
import metadata from 'jsonata/package.json' with { type: 'json' };
import type { Node } from '../ast.ts';
import { BUILT_IN_FUNCTIONS } from '../built-in-functions.ts';
import { refuseCopies } from './default-copies.ts';
import { refuseOldJsonata } from './jsonata-version.ts';
import { measure } from './runtime/meter.ts';

// Whatever was installed or bundled says itself which version it is: a range in package.json can be overridden.
refuseOldJsonata(metadata.version);

/** Checks arguments against a signature such as `<s-:n>`; gives them with the context filled in and values made lists. */
export interface Signature {
  validate(args: unknown[], context: unknown): unknown[];
}

export interface Definition {
  implementation: (this: unknown, ...args: never[]) => unknown;
  signature?: Signature;
  /** Name and place of the latest call. */
  token?: unknown;
  position?: unknown;
}

interface Environment {
  lookup(name: string): Definition | undefined;
}

/** Parses as the package does. @throws the package's plain error objects, with their message */
export function parse(source: string): Node {
  try {
    return parseRaw(source);
  } catch (thrown) {
    fillMessage(thrown);
    throw thrown;
  }
}

/** Parses as `$eval` does: without the message. @throws also a failure `too-many-defaults` */
export function parseRaw(source: string): Node {
  if (typeof source === 'string') refuseCopies(source);
  return (jsonata as unknown as { parser(text: string, recover: boolean): Node }).parser(source, false);
}

/** The package's definition of a built-in function, by its name without the `$`. */
export function definitionOf(name: string): Definition {
  const definition = environment.lookup(name);
  if (!definition) throw new Error(`the jsonata package has no function ${name}`);
  return definition;
}

/**
 * Takes off the package's functions what calls of other expressions left there: all expressions share them, and one that
 * looks into a function would find it.
 */
export function forgetCalls(): void {
  for (const name of BUILT_IN_FUNCTIONS) {
    const definition = definitionOf(name);
    delete definition.token;
    delete definition.position;
  }
}

/**
 * Puts the package's message into an error, found by its code, with the inserts filled in.
 * The package fills in messages for what its scanner throws, and the scanner first asks a text for its characters.
 * @throws what the package fails with instead, where a message has to show what cannot be shown
 */
export function fillMessage(error: unknown): void {
  if (typeof error !== 'object' || error === null) return;
  for (const name of SHOWN) measure((error as Record<string, unknown>)[name]);
  const shown = showable(error);
  const text = {
    length: 1,
    charAt() {
      throw shown;
    },
  };
  try {
    jsonata(text as unknown as string);
  } catch (thrown) {
    if (thrown !== shown) throw thrown;
    if (shown !== error && 'message' in shown) Object.assign(error, { message: shown.message });
  }
}

/** Fields of an error that its message shows. */
const SHOWN = ['value', 'value2', 'exp'] as const;

/** The error with the functions in its values as the package has them, in which a lambda leads back to itself. */
function showable(error: object): object {
  let shown = error;
  for (const name of SHOWN) {
    const value = (error as Record<string, unknown>)[name];
    if (typeof value !== 'object' || value === null) continue;
    const toJSON = () => {
      const text = JSON.stringify(value, (_key, each) => inPackage(each)) as string | undefined;
      return text === undefined ? undefined : (JSON.parse(text) as unknown);
    };
    shown = { ...shown, [name]: { toJSON } };
  }
  return shown;
}

function inPackage(value: unknown): unknown {
  const { _jsonata_lambda: isLambda, _jsonata_function: isNative } = (value ?? {}) as Record<string, unknown>;
  if (isLambda === true) throw new TypeError('a message cannot show a function');
  if (isNative !== true) return value;
  return { _jsonata_function: true, signature: (value as Definition).signature };
}

// Built-in functions are values of the package's outermost frame, which only its evaluation hook shows. The hook is called
// before the first `await`, so the frame is there at once.
const environment = outermostFrame();

function outermostFrame(): Environment {
  let frame: Environment | undefined;
  const expression = jsonata('0');
  const hook = Symbol.for('jsonata.__evaluate_entry') as unknown as string;
  expression.assign(hook, (_node: unknown, _input: unknown, environment: Environment) => {
    frame = environment;
  });
  void expression.evaluate(undefined);
  if (!frame) throw new Error('the jsonata package does not call its evaluation hook');
  return frame;
}
