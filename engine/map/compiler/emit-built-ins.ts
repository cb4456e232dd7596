/** Which calls of built-in functions need no signature, because the types of the arguments are right? */

import { emitTruth } from './emit-operators.ts';
import type { Emitter } from './emitter.ts';
import { ANY, BOOLEAN, FUNCTION, isOnly, mayBe, NUMBER, STRING, UNDEFINED, type Value } from './value.ts';

/** JavaScript of a call without its signature, the condition on the arguments under which that is right, and its type. */
interface Shortcut {
  when: string;
  js: string;
  type: number;
}

/** @param general JavaScript of the call with its signature */
export function emitBuiltIn(
  emitter: Emitter,
  name: string,
  args: Value[],
  general: (args: Value[]) => string,
): Value | undefined {
  const always = emitUnconditional(emitter, name, args);
  if (always) return always;
  const tried = emitTried(emitter, name, args, general);
  if (tried) return tried;
  if (name === 'toMillis' && args.length === 1) return emitParsedTime(emitter, args, general);
  const shortcut = SHORTCUTS[name]?.(args);
  if (!shortcut) return undefined;
  const [first] = args as [Value];
  if (shortcut.when === '') return emitter.temp(shortcut.js, shortcut.type);
  // The keys of nothing are an empty list, which only at the end is nothing.
  const isNothing = mayBe(first, UNDEFINED) && name !== 'keys';
  const missing = isNothing ? `${first.js} === undefined ? undefined : ` : '';
  const isSafe = args.slice(1).every((each) => isOnly(each, STRING) && each.literal !== undefined);
  // Only where the other arguments are right is a missing first one simply no result.
  const fallback = isSafe ? `${missing}${general(args)}` : general(args);
  return emitter.temp(`${shortcut.when} ? ${shortcut.js} : ${fallback}`, shortcut.type | UNDEFINED);
}

/** Functions of ours that give undefined where the general call must decide. */
function emitTried(
  emitter: Emitter,
  name: string,
  args: Value[],
  general: (args: Value[]) => string,
): Value | undefined {
  const [first, second] = args;
  if (!first) {
    if (name !== 'millis') return undefined;
    return emitter.temp(`run.given !== undefined ? run.given : ${general(args)}`, NUMBER | UNDEFINED);
  }
  if (args.length === 2 && second && name === 'append') {
    const joins = `canAppend(${first.js}, ${second.js}, LIMIT)`;
    return emitter.temp(`${joins} ? append(${first.js}, ${second.js}, LIMIT) : ${general(args)}`, ANY);
  }
  const attempt = args.length === 1 ? TRIED[name]?.(first.js) : undefined;
  if (!attempt || (name === 'merge' && emitter.makesBare)) return undefined;
  const { js, type } = attempt;
  return emitter.temp(
    mayBe(first, UNDEFINED)
      ? `${first.js} === undefined ? undefined : ${js} ?? ${general(args)}`
      : `${js} ?? ${general(args)}`,
    type | UNDEFINED,
  );
}

type Attempt = (value: string) => { js: string; type: number };

/** By name: JavaScript for one argument that is not undefined. */
const TRIED: Readonly<Record<string, Attempt | undefined>> = {
  __proto__: null as never,
  type: (value) => ({ js: `typeOf(${value})`, type: STRING }),
  string: (value) => ({ js: `stringOf(${value})`, type: STRING }),
  distinct: (value) => ({ js: `distinctOf(${value}, run)`, type: ANY }),
  merge: (value) => ({ js: `mergeOf(${value})`, type: ANY }),
};

/** A full timestamp is read at once; everything else may be an error or no result. */
function emitParsedTime(emitter: Emitter, args: Value[], general: (args: Value[]) => string): Value {
  const [text] = args as [Value];
  const time = emitter.temp(`typeof ${text.js} === "string" ? timeOf(${text.js}) : undefined`, ANY);
  return emitter.temp(`${time.js} !== undefined ? ${time.js} : ${general(args)}`, NUMBER | UNDEFINED);
}

/** Functions whose signature takes anything. */
function emitUnconditional(emitter: Emitter, name: string, args: Value[]): Value | undefined {
  const [first] = args;
  if (!first || args.length !== 1) return undefined;
  // A function as an argument arrives wrapped, which these do not look at.
  switch (name) {
    case 'exists':
      return isOnly(first, ANY & ~UNDEFINED)
        ? { js: 'true', type: BOOLEAN }
        : emitter.temp(`${first.js} !== undefined`, BOOLEAN);
    case 'not':
      return mayBe(first, UNDEFINED)
        ? emitter.temp(`${first.js} === undefined ? undefined : !(${emitTruth(first)})`, BOOLEAN | UNDEFINED)
        : emitter.temp(`!(${emitTruth(first)})`, BOOLEAN);
    case 'count':
      return emitter.temp(`countOf(${first.js})`, NUMBER);
    default:
      return undefined;
  }
}

const isText = ({ js, type }: Value) => (type === STRING ? '' : `typeof ${js} === "string"`);
const isNumber = ({ js, type }: Value) => (type === NUMBER ? '' : `typeof ${js} === "number"`);

function both(...conditions: string[]): string {
  return conditions.filter(Boolean).join(' && ');
}

type Rule = (args: Value[]) => Shortcut | undefined;

/** One argument, of one type. */
function unary(test: (value: Value) => string, js: (name: string) => string, type: number): Rule {
  return (args) => {
    const [first] = args;
    if (!first || args.length !== 1) return undefined;
    return { when: test(first), js: js(first.js), type };
  };
}

function texts(js: (text: string, other: string) => string, type: number): Rule {
  return (args) => {
    const [first, second] = args;
    if (!first || !second || args.length !== 2 || isOnly(second, FUNCTION)) return undefined;
    return { when: both(isText(first), isText(second)), js: js(first.js, second.js), type };
  };
}

const SHORTCUTS: Readonly<Record<string, Rule | undefined>> = {
  __proto__: null as never,
  lowercase: unary(isText, (text) => `made(${text}.toLowerCase())`, STRING),
  uppercase: unary(isText, (text) => `made(${text}.toUpperCase())`, STRING),
  keys: unary(
    ({ js }) => `isPlain(${js})`,
    (object) => `keysOfPlain(${object}, LIMIT)`,
    ANY,
  ),
  max: unary(isNumber, (number) => number, NUMBER),
  min: unary(isNumber, (number) => number, NUMBER),
  sum: unary(isNumber, (number) => `0 + ${number}`, NUMBER),
  floor: unary(isNumber, (number) => `Math.floor(${number})`, NUMBER),
  ceil: unary(isNumber, (number) => `Math.ceil(${number})`, NUMBER),
  abs: unary(isNumber, (number) => `Math.abs(${number})`, NUMBER),
  contains: texts((text, other) => `indexIn(${text}, ${other}) >= 0`, BOOLEAN),
  substringBefore: texts((text, other) => `textBefore(${text}, ${other})`, STRING),
  substringAfter: texts((text, other) => `textAfter(${text}, ${other})`, STRING),
  lookup: (args) => {
    const [object, key] = args;
    if (!object || !key || args.length !== 2) return undefined;
    const when = both(`isPlain(${object.js})`, isText(key));
    return { when, js: `own(${object.js}, ${key.js})`, type: ANY };
  },
};
