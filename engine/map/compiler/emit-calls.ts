/** Calls as JavaScript: directly where it is known what is called, through the runtime where it is not. */
import type { ApplyNode, CallNode, Node } from '../ast.ts';
import { BoundedRegex } from './bounded-regex.ts';
import { emitBuiltIn } from './emit-built-ins.ts';
import { readVariable } from './emit-frames.ts';
import { type Context, type Emitter, positionOf } from './emitter.ts';
import { slotsOf } from './scope.ts';
import { ANY, BOOLEAN, FUNCTION, quote, STRING, UNDEFINED, type Value } from './value.ts';

/** @param applied the first argument of a call on the right of `~>` */
export function emitCall(emitter: Emitter, node: CallNode, context: Context, applied?: Value): Value {
  const inside = { input: context.input, scope: context.scope };
  const first = applied && { ...applied, isApplied: true };
  const name = builtInName(emitter, node.procedure, inside);
  if (name !== undefined) return emitBuiltInCall(emitter, node, name, inside, first);
  const direct = emitDirectCall(emitter, node, inside, first);
  if (direct) return direct;
  const procedure = emitter.emit(node.procedure, inside);
  emitMissingDollar(emitter, node, procedure, 'T1005', inside);
  const args = emitArguments(emitter, node, inside, first);
  return emitter.temp(
    `call(run, ${procedure.js}, [${wrapped(emitter, args, inside)}], ${inside.input}, ${positionOf(node)}, ${nameOf(node)}${emitter.frameArgument(inside)})`,
    ANY,
  );
}

/** Whether a node calls a built-in function whose list is a new one. */
export function makesList(emitter: Emitter, node: Node, context: Context): boolean {
  if (node.type !== 'function' || node.predicate || node.group) return false;
  const name = builtInName(emitter, node.procedure, context);
  return name !== undefined && MAKERS.has(name);
}

const MAKERS: ReadonlySet<string> = new Set(['map', 'filter', 'each', 'keys', 'match']);

/** The built-in function that a node names for certain. */
function builtInName(emitter: Emitter, procedure: Node, { scope }: Context): string | undefined {
  if (procedure.type !== 'variable' || procedure.predicate || procedure.group) return undefined;
  if (scope.frame !== undefined || !emitter.trustsBuiltIns) return undefined;
  const { value: name } = procedure;
  return emitter.builtIns.has(name) && slotsOf(name, scope).length === 0 ? name : undefined;
}

function emitBuiltInCall(
  emitter: Emitter,
  node: CallNode,
  name: string,
  context: Context,
  applied: Value | undefined,
): Value {
  const regex =
    name === 'contains' ? patternOf(emitter, node.arguments[applied ? 0 : 1], context) : undefined;
  if (regex && node.arguments.length === (applied ? 1 : 2)) {
    const text = applied ?? emitter.emit(node.arguments[0] as Node, context);
    return emitContainsPattern(emitter, node, text, regex, context);
  }
  const replaced = applied ? undefined : emitReplacement(emitter, node, name, context);
  if (replaced) return replaced;
  const args = emitArguments(emitter, node, context, applied);
  const general = (values: Value[]) =>
    `call(run, ${emitter.constant(emitter.builtIns.get(name))}, [${wrapped(emitter, values, context)}], ${context.input}, ${positionOf(node)}, ${quote(name)})`;
  return (
    emitLoopCall(emitter, name, args, general, positionOf(node)) ??
    emitBuiltIn(emitter, name, args, general) ??
    emitter.temp(general(args), ANY)
  );
}

/** `$map(list, lambda)` and the like: without a wrapper around the lambda. */
function emitLoopCall(
  emitter: Emitter,
  name: string,
  args: Value[],
  general: (args: Value[]) => string,
  position: string,
): Value | undefined {
  const [subject, callee] = args;
  const loop = LOOPS[name];
  if (!loop || !subject || !callee || args.length !== 2 || (callee.type & FUNCTION) === 0) return undefined;
  if (name === 'sift' && emitter.makesBare) return undefined;
  const when = `${loop.takes}(${subject.js}) && isOpen(${callee.js})`;
  const js = `${loop.js}(run, ${subject.js}, ${callee.js}, ${quote(name)}, ${position})`;
  return emitter.temp(`${when} ? ${js} : ${general(args)}`, ANY);
}

const LOOPS: Readonly<Record<string, { takes: string; js: string } | undefined>> = {
  __proto__: null as never,
  map: { takes: 'isArray', js: 'mapWith' },
  filter: { takes: 'isArray', js: 'filterWith' },
  each: { takes: 'isPlain', js: 'eachWith' },
  sift: { takes: 'isPlain', js: 'siftWith' },
};

/** `$replace(text, /literal/, "literal")`: the expression is made once, and its matches need no objects. */
function emitReplacement(
  emitter: Emitter,
  node: CallNode,
  name: string,
  context: Context,
  caller?: string,
): Value | undefined {
  const [first, pattern, replacement] = node.arguments;
  if (name !== 'replace' || !first || node.arguments.length !== 3) return undefined;
  const regex = patternOf(emitter, pattern, context);
  if (!regex?.global || replacement?.type !== 'string' || replacement.predicate || replacement.group)
    return undefined;
  const text = emitter.emit(first, context);
  const own = emitter.constant(new BoundedRegex(regex));
  const by = quote(replacement.value as string);
  const args = `[${caller === undefined ? wrapped(emitter, [text], context) : text.js}, matcher(${emitter.constant(regex)}, undefined), ${by}]`;
  const builtIn = emitter.constant(emitter.builtIns.get(name));
  const general =
    caller === undefined
      ? `call(run, ${builtIn}, ${args}, ${context.input}, ${positionOf(node)}, "replace")`
      : `callInTail(run, ${builtIn}, ${args}, ${caller}, ${positionOf(node.procedure)}, "replace")`;
  const direct = emitter.temp(
    `typeof ${text.js} === "string" ? replacePattern(${text.js}, ${own}, ${by}) : undefined`,
    ANY,
  );
  return emitter.temp(
    `${direct.js} !== undefined || ${text.js} === undefined ? ${direct.js} : ${general}`,
    STRING | UNDEFINED,
  );
}

/** The regular expression that an argument certainly is: written there, or bound once to a variable. */
function patternOf(emitter: Emitter, node: Node | undefined, { scope }: Context): RegExp | undefined {
  if (!node || node.predicate || node.group) return undefined;
  if (node.type === 'regex') {
    const { value } = node;
    return value instanceof RegExp ? value : undefined;
  }
  const slot =
    node.type === 'variable' && scope.frame === undefined ? slotsOf(node.value, scope)[0] : undefined;
  return slot && emitter.isDefinite(slot) ? slot.value?.regex : undefined;
}

/** `$contains(text, /literal/)`: the expression is made once, without the state of a search. */
function emitContainsPattern(
  emitter: Emitter,
  node: CallNode,
  text: Value,
  regex: RegExp,
  context: Context,
): Value {
  const test = emitter.constant(new BoundedRegex(new RegExp(regex.source, regex.flags.replace('g', ''))));
  const general = `call(run, ${emitter.constant(emitter.builtIns.get('contains'))}, [${wrapped(emitter, [text], context)}, matcher(${emitter.constant(regex)}, undefined)], ${context.input}, ${positionOf(node)}, "contains")`;
  return emitter.temp(
    `typeof ${text.js} === "string" ? ${test}.for(${text.js}).test(${text.js}) : ${text.js} === undefined ? undefined : ${general}`,
    BOOLEAN | UNDEFINED,
  );
}

/** A call of a lambda that is bound once: no value, no list of arguments. */
function emitDirectCall(
  emitter: Emitter,
  node: CallNode,
  context: Context,
  applied: Value | undefined,
): Value | undefined {
  const { procedure } = node;
  if (procedure.type !== 'variable' || procedure.predicate || procedure.group) return undefined;
  if (context.scope.frame !== undefined) return undefined;
  const [slot] = slotsOf(procedure.value, context.scope);
  if (!slot?.lambda || !emitter.isDefinite(slot)) return undefined;
  const { js, hasTail, place, type } = slot.lambda;
  const args = wrapped(emitter, emitArguments(emitter, node, context, applied), context);
  const result = emitter.name('t');
  const at = `${positionOf(node)}, ${quote(procedure.value)}`;
  // The package notes the place on the function itself: of calls in calls, all name the latest.
  if (place !== undefined) emitter.line(`${place} = ${positionOf(node)};`);
  const latest = `${place ?? positionOf(node)}, ${quote(procedure.value)}`;
  emitter.line(
    `let ${result}; try { ${result} = ${js}(${[context.input, args].filter(Boolean).join(', ')}); } catch (x) { throw atDirectCall(run, x, ${latest}); }`,
  );
  if (hasTail) {
    emitter.line(
      `if (${result} instanceof Tail) ${result} = finishTail(run, ${result}, ${context.input}, ${at});`,
    );
  }
  return { js: result, type };
}

/** A call in tail position to a built-in function: arguments are not wrapped, the context is the caller's. */
export function emitTailBuiltIn(emitter: Emitter, node: CallNode, context: Context, caller: string): Value {
  const name = (node.procedure as { value: string }).value;
  const replaced = emitReplacement(emitter, node, name, context, caller);
  if (replaced) return replaced;
  const args = node.arguments.map((argument) => emitter.emit(argument, context));
  const general = (values: Value[]) =>
    `callInTail(run, ${emitter.constant(emitter.builtIns.get(name))}, [${values.map(({ js }) => js).join(', ')}], ${caller}, ${positionOf(node.procedure)}, ${quote(name)})`;
  return emitBuiltIn(emitter, name, args, general) ?? emitter.temp(general(args), ANY);
}

function emitArguments(
  emitter: Emitter,
  node: CallNode,
  context: Context,
  applied: Value | undefined,
): Value[] {
  const args = node.arguments.map((argument) => emitter.emit(argument, context));
  return applied ? [applied, ...args] : args;
}

function wrapped(emitter: Emitter, args: readonly Value[], context: Context): string {
  const frame = emitter.frameArgument(context);
  return args
    .map(({ js, type, isApplied }) => {
      if (isApplied || (type & FUNCTION) === 0) return js;
      const wrapper = `argument(run, ${js}${frame})`;
      if (type === FUNCTION) return wrapper;
      return `typeof ${js} === "string" ? ${js} : ${wrapper}`;
    })
    .join(', ');
}

/** Helps whoever forgot the `$` of a function's name. */
function emitMissingDollar(
  emitter: Emitter,
  node: CallNode,
  procedure: Value,
  code: string,
  context: Context,
): void {
  const step = node.procedure.type === 'path' ? node.procedure.steps[0] : undefined;
  const name = (step as { value?: unknown } | undefined)?.value;
  if (typeof name !== 'string') return;
  const { frame } = context.scope;
  emitter.line(`if (${procedure.js} === undefined) {`);
  emitter.branch(() => {
    const known =
      frame !== undefined ? `${frame}.lookup(${quote(name)})` : readVariable(emitter, name, context).js;
    emitter.line(
      `if (${name === '' ? 'undefined' : known}) throw failure(${quote(code)}, { position: ${positionOf(node)}, token: ${quote(name)} });`,
    );
  });
  emitter.line('}');
}

function nameOf(node: CallNode): string {
  const { procedure } = node;
  const named = procedure.type === 'path' ? procedure.steps[0] : procedure;
  const name = (named as { value?: unknown } | undefined)?.value;
  return name === undefined || typeof name === 'object' ? 'undefined' : JSON.stringify(name);
}

export function emitPartial(emitter: Emitter, node: CallNode, context: Context): Value {
  const inside = { input: context.input, scope: context.scope };
  const args = node.arguments.map((argument) =>
    argument.type === 'operator' ? 'PLACEHOLDER' : emitter.emit(argument, inside).js,
  );
  const procedure = emitter.emit(node.procedure, inside);
  emitMissingDollar(emitter, node, procedure, 'T1007', inside);
  return emitter.temp(
    `partial(run, ${procedure.js}, [${args.join(', ')}], { position: ${positionOf(node)}, token: ${nameOf(node)} }${emitter.frameArgument(inside)})`,
    FUNCTION,
  );
}

export function emitApply(emitter: Emitter, node: ApplyNode, context: Context): Value {
  const inside = { input: context.input, scope: context.scope };
  const left = emitter.emit(node.lhs, inside);
  if (node.rhs.type === 'function') return emitCall(emitter, node.rhs, inside, left);
  const right = emitter.emit(node.rhs, inside);
  return emitter.temp(
    `chain(run, ${left.js}, ${right.js}, ${positionOf(node)}${emitter.frameArgument(inside)})`,
    ANY,
  );
}
